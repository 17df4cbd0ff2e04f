"""Monthly and annual payments (plan 二、4. 结果运用)."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from perfkit.scoring import keys, ledger, ranking

RULE = "payouts."


Reduction = Literal["score", "points_missed", "items_missed", "bands"]


def paid_score(scores: pd.Series, items: pd.DataFrame, *, reduction: Reduction, bands: Sequence[tuple[float, float]], full_marks: float) -> pd.Series:
    """(period, division) → what the organisation part is paid by, 0 to ``full_marks``: the score, unless read otherwise.

    ``points_missed`` and ``items_missed`` take off all points, or the share of items, that are missed and not excused,
    whatever they cost; ``bands`` are (score, share paid from there up), highest first. ``items``: month, division,
    points, completion, excused.
    """
    if reduction == "score":
        return scores
    if reduction == "bands":
        paid = scores * float("nan")
        for score, share in reversed(bands):
            paid = paid.mask(scores >= score, full_marks * share)
        return paid
    missed = ((items["completion"] < 1) & ~items["excused"]).astype(float)
    part = missed * items["points"] / full_marks if reduction == "points_missed" else missed
    lost = part.groupby([items["month"], items["division"]]).agg("sum" if reduction == "points_missed" else "mean")
    by: pd.Series = (full_marks * (1 - lost.reindex(scores.index))).where(scores.notna())
    return by


def organisation(people: pd.DataFrame, *, roles: Sequence[str], full_marks: float, decimals: int) -> ledger.Lines:
    """Monthly organisation part: base × score ÷ 100, half-up to the cent; no score, no row.

    ``people``: period, staff, role, base, score as of ``paid_score`` (a leader's is the mean over the divisions led).
    """
    paid = people[people["role"].isin(roles) & people["score"].notna() & people["base"].notna()]
    rules = f"{RULE}organisation_roles;{RULE}organisation_reduction"
    return _lines(paid, "monthly_organisation", paid["score"] / full_marks, rules, decimals)


def standard(people: pd.DataFrame, *, roles: Sequence[str], standard_share: float, below: Literal["nothing", "pro_rata"], decimals: int) -> ledger.Lines:
    """Monthly standard part: all of it at or above the standard; below it nothing, or in proportion to the hours.

    ``people``: period, staff, role, base, hours, statutory_hours.
    """
    paid = people[people["role"].isin(roles) & people["base"].notna()]
    threshold = standard_share * paid["statutory_hours"]
    met = pd.Series(ranking.reaches(paid["hours"], threshold), index=paid.index)
    factor = (paid["hours"] / threshold if below == "pro_rata" else threshold * 0.0).mask(met, 1.0)
    note = [f"{hours:.2f} h / {share:.2f} h" for hours, share in zip(paid["hours"], threshold, strict=True)]
    return _lines(paid, "monthly_standard", factor, f"{RULE}standard_roles;{RULE}below_standard;hours.standard_share", decimals, note)


def competitive(
    people: pd.DataFrame,
    *,
    roles: Sequence[str],
    standard_share: float,
    competition: Literal["proportional", "per_hour", "rank"],
    hour_rate: float,
    decimals: int,
) -> ledger.Lines:
    """Monthly competitive part: a division pools its people's bases and shares them by excess hours.

    Shares are rounded down to the cent; what is left is a line ``remainder`` of the division. Three equal
    shares of 100.00 are 33.33 each and a remainder of 0.01. Read otherwise the pool is shared by rank (of n with
    excess the last counts 1, the first n), or each excess hour is paid ``hour_rate`` and the remainder may be
    negative. ``people``: period, staff, division, role, base, hours, statutory_hours.
    """
    rivals = people[people["role"].isin(roles) & people["base"].notna()]
    excess = rivals["hours"] - standard_share * rivals["statutory_hours"]
    excess = ranking.snap(excess).clip(lower=0.0)
    by = [rivals["period"], rivals["division"]]
    counts = excess.where(excess > 0).groupby(by).rank(method="average").fillna(0.0) if competition == "rank" else excess
    pool, whole = rivals["base"].groupby(by).transform("sum"), counts.groupby(by).transform("sum")
    base = pool * 0.0 + hour_rate if competition == "per_hour" else pool
    factor = excess if competition == "per_hour" else (counts / whole.where(whole > 0)).fillna(0.0)
    amount = ranking.floor(base * factor, decimals)
    note = [f"{hours:.2f} h ÷ {total:.2f} h" for hours, total in zip(excess, excess.groupby(by).transform("sum"), strict=True)]
    rules = f"{RULE}competitive_roles;{RULE}competition;hours.standard_share" + (f";{RULE}hour_rate" if competition == "per_hour" else "")
    shares = _lines(rivals.assign(base=base), "monthly_competitive", factor, rules, decimals, note, amount)
    pools = pd.DataFrame({"period": rivals["period"], "division": rivals["division"], "pool": pool, "amount": amount})
    left = pools.groupby(["period", "division"], sort=False).agg(pool=("pool", "first"), amount=("amount", "sum")).reset_index()
    rest = ranking.half_up(left["pool"] - left["amount"], decimals)
    text = [f"{pool:.2f} − {amount:.2f}" for pool, amount in zip(left["pool"], left["amount"], strict=True)]
    remainder = ledger.lines(left.index, period=left["period"], subject=left["division"], measure="amount", component="monthly_competitive",
                             item="remainder", raw=rest, rules=f"{rules};rounding.money_decimals", note=text)  # fmt: skip
    return ledger.joined([shares, remainder])


def settlement(due: pd.DataFrame, paid: pd.DataFrame, *, period: str, decimals: int) -> ledger.Lines:
    """What was paid against what the year now gives: amount due less amount paid, one line each, a person.

    ``due`` and ``paid``: staff, amount. Whoever has neither has no line.
    """
    owed = due.groupby("staff")["amount"].sum()
    given = paid.groupby("staff")["amount"].sum()
    both = pd.DataFrame({"due": owed, "paid": given}).fillna(0.0).rename_axis("staff").reset_index()
    common = {"period": period, "subject": both["staff"], "measure": "amount", "component": "settlement", "rules": f"{RULE}settles"}
    found = [
        ledger.lines(both.index, item="settlement", raw=ranking.half_up(both["due"], decimals), **common),
        ledger.lines(both.index, item="paid", raw=ranking.half_up(both["paid"], decimals), weight=-1.0, **common),
    ]
    return ledger.joined(found)


def annual(people: Mapping[str, np.ndarray], *, decimals: int) -> ledger.Lines:
    """Annual payment: base × share of the year × division coefficient × own coefficient, half-up to the cent; undecided, no row.

    ``people``: columns period, staff, base, year_share (1 unless the base is read by time in post), division_coefficient, own_coefficient.
    """
    factor = people["year_share"] * people["division_coefficient"] * people["own_coefficient"]
    settled = ~np.isnan(people["base"] * factor)
    paid = {name: np.asarray(column)[settled] for name, column in people.items()}
    note = [f"{base:.2f} × {'' if share == 1 else f'{share:.4f} × '}{division:.4f} × {own:.4g}" for base, share, division, own in
            zip(paid["base"], paid["year_share"], paid["division_coefficient"], paid["own_coefficient"], strict=True)]  # fmt: skip
    rules = f"{RULE}annual_base;tiers.coefficients;{RULE}personal_coefficients;{RULE}coefficients_apply_to;{RULE}leader_mean"
    return _lines(paid, "annual", factor[settled], rules, decimals, note)


def _lines(
    paid: Mapping[str, Any] | pd.DataFrame, kind: str, factor: Any, rules: str, decimals: int, note: Sequence[str] | str = "", amount: pd.Series | None = None
) -> ledger.Lines:
    """A line a row, taken to ``amount``, or to its own half-up."""
    found = ledger.lines(paid["staff"], period=paid["period"], subject=paid["staff"], measure="amount", component=kind, item=kind,
                         raw=paid["base"], weight=factor, rules=rules, note=note)  # fmt: skip
    wanted = ranking.half_up(found["value"], decimals) if amount is None else amount.to_numpy()
    return ledger.corrected(found, np.arange(len(found)), wanted, "rounding", "rounding.money_decimals")


def table(lines: ledger.Lines, decimals: int) -> pd.DataFrame:
    """The payments behind amount lines of people: period, staff, kind, base, factor, amount, rules."""
    groups = keys.codes([lines["period"], lines["subject"], lines["component"]])
    own = lines["item"] == lines["component"]
    head, of = lines[own], groups[own]
    amount = ranking.half_up(keys.sums(groups, lines["value"]), decimals)[of]
    text = {"period": head["period"], "staff": head["subject"], "kind": head["component"]}
    numbers = {"base": head["raw"], "factor": head["weight"], "amount": amount}
    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in text.items()} | numbers
                        | {"rules": pd.Series(head["rules"], dtype=object)})  # fmt: skip
