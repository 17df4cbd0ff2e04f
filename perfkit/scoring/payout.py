"""Monthly and annual payments (plan 二、4. 结果运用)."""

from collections.abc import Sequence

import pandas as pd

from perfkit.scoring import ledger, ranking

RULE = "payouts."


def organisation(people: pd.DataFrame, *, roles: Sequence[str], full_marks: float, decimals: int) -> pd.DataFrame:
    """Monthly organisation part: base × score ÷ 100, half-up to the cent; no score, no row.

    ``people``: period, staff, role, base, score (a leader's is the mean over the divisions led).
    """
    paid = people[people["role"].isin(roles) & people["score"].notna() & people["base"].notna()]
    return _lines(paid, "monthly_organisation", paid["score"] / full_marks, f"{RULE}organisation_roles", decimals)


def standard(people: pd.DataFrame, *, roles: Sequence[str], standard_share: float, below: float, decimals: int) -> pd.DataFrame:
    """Monthly standard part: all of it at or above the standard, ``below`` of it otherwise.

    ``people``: period, staff, role, base, hours, statutory_hours.
    """
    paid = people[people["role"].isin(roles) & people["base"].notna()]
    met = ranking.reaches(paid["hours"], standard_share * paid["statutory_hours"])
    factor = pd.Series(met, index=paid.index).map({True: 1.0, False: below}).astype(float)
    note = [f"{hours:.2f} h / {share:.2f} h" for hours, share in zip(paid["hours"], standard_share * paid["statutory_hours"], strict=True)]
    return _lines(paid, "monthly_standard", factor, f"{RULE}standard_roles;{RULE}below_standard;hours.standard_share", decimals, note)


def competitive(people: pd.DataFrame, *, roles: Sequence[str], standard_share: float, decimals: int) -> pd.DataFrame:
    """Monthly competitive part: a division pools its people's bases and shares them by excess hours.

    Shares are rounded down to the cent; what is left is a line ``remainder`` of the division. Three equal
    shares of 100.00 are 33.33 each and a remainder of 0.01. ``people``: period, staff, division, role, base,
    hours, statutory_hours.
    """
    rivals = people[people["role"].isin(roles) & people["base"].notna()]
    excess = rivals["hours"] - standard_share * rivals["statutory_hours"]
    excess = ranking.snap(excess).clip(lower=0.0)
    by = [rivals["period"], rivals["division"]]
    pool, whole = rivals["base"].groupby(by).transform("sum"), excess.groupby(by).transform("sum")
    factor = (excess / whole.where(whole > 0)).fillna(0.0)
    amount = ranking.floor(pool * factor, decimals)
    note = [f"{hours:.2f} h ÷ {total:.2f} h" for hours, total in zip(excess, whole, strict=True)]
    rules = f"{RULE}competitive_roles;hours.standard_share"
    shares = _lines(rivals.assign(base=pool), "monthly_competitive", factor, rules, decimals, note, amount)
    pools = pd.DataFrame({"period": rivals["period"], "division": rivals["division"], "pool": pool, "amount": amount})
    left = pools.groupby(["period", "division"], sort=False).agg(pool=("pool", "first"), amount=("amount", "sum")).reset_index()
    rest = ranking.half_up(left["pool"] - left["amount"], decimals)
    text = [f"{pool:.2f} − {amount:.2f}" for pool, amount in zip(left["pool"], left["amount"], strict=True)]
    remainder = ledger.lines(left.index, period=left["period"], subject=left["division"], measure="amount", component="monthly_competitive",
                             item="remainder", raw=rest, rules=f"{rules};rounding.money_decimals", note=text)  # fmt: skip
    return ledger.joined([shares, remainder])


def annual(people: pd.DataFrame, *, decimals: int) -> pd.DataFrame:
    """Annual payment: base × division coefficient × own coefficient, half-up to the cent; undecided, no row.

    ``people``: period, staff, base, division_coefficient, own_coefficient.
    """
    factor = people["division_coefficient"] * people["own_coefficient"]
    paid = people[people["base"].notna() & factor.notna()]
    note = [f"{base:.2f} × {division:.4f} × {own:.4g}" for base, division, own in
            zip(paid["base"], paid["division_coefficient"], paid["own_coefficient"], strict=True)]  # fmt: skip
    return _lines(paid, "annual", factor[paid.index], f"tiers.coefficients;{RULE}personal_coefficients;{RULE}leader_mean", decimals, note)


def _lines(
    paid: pd.DataFrame, kind: str, factor: pd.Series, rules: str, decimals: int,
    note: Sequence[str] | str = "", amount: pd.Series | None = None,
) -> pd.DataFrame:  # fmt: skip
    found = ledger.lines(paid.index, period=paid["period"], subject=paid["staff"], measure="amount", component=kind, item=kind,
                         raw=paid["base"], weight=factor, rules=rules, note=note)  # fmt: skip
    by = [*ledger.SUM_OF, "component"]
    if amount is None:
        return ledger.rounded(found, decimals, "rounding.money_decimals", by)
    wanted = amount.groupby([paid["period"], paid["staff"], found["measure"], found["component"]]).sum()
    wanted.index.names = by
    return ledger.corrected(found, wanted, "rounding", "rounding.money_decimals", by)


def table(lines: pd.DataFrame, decimals: int) -> pd.DataFrame:
    """The payments behind amount lines of people: period, staff, kind, base, factor, amount, rules."""
    first = lines[lines["item"] == lines["component"]]
    keys = ["period", "subject", "component"]
    amounts = ranking.half_up(lines.groupby(keys, sort=False)["value"].sum(), decimals)
    found = first.set_index(keys)
    found["amount"] = amounts.reindex(found.index)
    found = found.reset_index().rename(columns={"subject": "staff", "component": "kind", "raw": "base", "weight": "factor"})
    return found[["period", "staff", "kind", "base", "factor", "amount", "rules"]]
