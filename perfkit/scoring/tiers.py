"""The forced ranking: tiers, the tie chain, the veto, and places for excellent (plan 二、3 and 二、4)."""

from collections.abc import Mapping, Sequence
from typing import Literal

import pandas as pd

from perfkit.scoring import ranking

Effect = Literal["lose_title", "drop", "drop_and_refill"]
Tied = Literal["open", "higher", "lower"]
BETTER = {"mean_hours": 1.0, "deductions": -1.0}  # more hours are better, fewer deduction points are


def chain(divisions: pd.DataFrame, tie_break: Sequence[str], orders: Mapping[str, float], decimals: int) -> pd.DataFrame:
    """The keys that order divisions, higher is better: score, the tie-breakers, then decided orders.

    ``divisions``: division, score, mean_hours, deductions. An order counts only where every one of the tied
    has one; ``orders``: division → 1 for the first.
    """
    keys = pd.DataFrame({"score": ranking.half_up(divisions["score"], decimals)})
    for name in tie_break:
        keys[name] = ranking.half_up(divisions[name].fillna(0.0), decimals) * BETTER[name]
    keys["decided"] = _decided(divisions["division"], orders, [keys[name] for name in keys])
    return keys


def _decided(subjects: pd.Series, orders: Mapping[str, float], tied_by: list[pd.Series]) -> pd.Series:
    """The decided order as a key, higher first; 0 where not every one of the tied has one."""
    decided = -subjects.map(dict(orders)).astype(float)
    tied = decided.groupby(tied_by, dropna=False)
    return decided.where(tied.transform("count") == tied.transform("size"), 0.0)


def assign(
    divisions: pd.DataFrame,
    keys: pd.DataFrame,
    *,
    shares: Mapping[str, float],
    rounding: ranking.Rounding,
    place_tie_order: Sequence[str],
    groups: Literal["together", "apart"],
    at_border: Literal["chain", "higher", "lower"],
    effect: Effect,
) -> pd.Series:
    """Each division's tier, best first: 30/50/20 % of 8 are 2/4/2; a tie the chain leaves open has none.

    With ``at_border`` higher or lower there is no chain: divisions of one score share that side's tier.
    ``divisions``: division, group, score, vetoed. Without a score there is no tier.
    """
    tier = pd.Series(None, index=divisions.index, dtype=object)
    keys = keys if at_border == "chain" else keys[["score"]]
    tied: Tied = "open" if at_border == "chain" else at_border
    ranked = divisions[divisions["score"].notna()]
    together = pd.Series("", index=ranked.index) if groups == "together" else ranked["group"]
    for _, rows in ranked.groupby(together, sort=False):
        places = ranking.apportion(pd.Series(dict(shares)), len(rows), rounding, place_tie_order)
        tier[rows.index] = _filled(keys.loc[rows.index], places, rows["vetoed"], effect, tied)
    return tier


def _filled(keys: pd.DataFrame, places: pd.Series, vetoed: pd.Series, effect: Effect, tied: Tied) -> pd.Series:
    best, second = places.index[0], places.index[min(1, len(places) - 1)]
    tier = ranking.fill_places(keys, places, tied)
    if effect == "drop_and_refill":
        clean = ranking.fill_places(keys[~vetoed], places, tied)
        winners = clean.index[clean == best]
        rest = places.copy()
        rest[best] = max(0, rest[best] - len(winners))
        tier = pd.concat([clean[winners], ranking.fill_places(keys.drop(winners), rest, tied)]).reindex(keys.index)
    if effect != "lose_title":
        tier[vetoed & (tier == best)] = second
    return tier


def headroom(divisions: pd.DataFrame, shares: Mapping[str, float]) -> pd.Series:
    """Points to the next better tier: its lowest score minus one's own; empty in the best tier or while open.

    A tie left open at a border holds the better tier's last place, whoever gets it.
    """
    order = list(shares)
    ranked = divisions.dropna(subset=["score"]).sort_values("score", ascending=False, kind="stable")
    lowest = ranked["score"].groupby(ranked["tier"].ffill().fillna(order[0])).min().reindex(order)
    filled = lowest.ffill()  # an empty tier is passed over
    target = dict(zip(order[1:], filled.iloc[:-1], strict=True))
    return divisions["tier"].map(target).astype(float) - divisions["score"]


def excellent_places(divisions: pd.DataFrame, assessed: pd.Series, shares: Mapping[str, float], rounding: str) -> pd.Series:
    """Places for excellent a division: its tier's share of the people assessed, head counted; 70 % of 90 are 63."""
    people = divisions["division"].map(assessed).fillna(0.0)
    quota = divisions["tier"].map(dict(shares)).astype(float) * people
    return ranking.ROUNDINGS[rounding](quota, 0)


def excellent(
    people: pd.DataFrame, places: Mapping[str, float], orders: Mapping[str, float], at_last_place: Literal["chain", "all", "none"], decimals: int
) -> pd.Series:
    """Who is excellent: True, False, or missing where it cannot be settled.

    ``people``: staff, division, score, hours (uncapped), democratic, eligible (True, False or missing while the
    rating is). The first ones by rank take the places; ties go by hours, then appraisal, then decided
    ``orders`` (staff → 1 for the first); a barred one's place passes on. A tie over the last place, or a
    missing rating or score before it, leaves it open. With ``at_last_place`` all or none, people of one score
    stay together: all of those tied for the last place are excellent, or none.
    """
    keys = pd.DataFrame({
        "score": ranking.half_up(people["score"], decimals),
        "hours": ranking.half_up(people["hours"], decimals),
        "democratic": ranking.half_up(people["democratic"], decimals),
    })  # fmt: skip
    keys["decided"] = _decided(people["staff"], orders, [people["division"], *(keys[name] for name in keys)])
    keys = keys if at_last_place == "chain" else keys[["score"]]
    by = [f"{name}_key" for name in keys]
    ordered = people.join(keys.add_suffix("_key")).sort_values(["division", *by], ascending=[True, *[False] * len(by)], kind="stable")
    level = ordered.groupby(["division", *by], sort=False, dropna=False).ngroup()
    sure, maybe = (ordered["eligible"] == True).astype(int), (ordered["eligible"] != False).astype(int)  # noqa: E712
    by_level = pd.DataFrame({"division": ordered["division"], "sure": sure, "maybe": maybe}).groupby(level)
    counts = by_level.agg({"division": "first", "sure": "sum", "maybe": "sum"})
    through = counts.groupby("division")["maybe"].cumsum()
    above = counts.groupby("division")["sure"].cumsum() - counts["sure"]
    number = ordered["division"].map(dict(places)).astype(float)
    result = pd.Series(pd.NA, index=ordered.index, dtype="boolean")
    within = level.map(through - counts["maybe"]) < number if at_last_place == "all" else level.map(through) <= number
    beyond = level.map(above + ((counts["sure"] - 1).clip(lower=0) if at_last_place == "none" else 0)) >= number
    result[(sure == 1) & within] = True
    result[(maybe == 0) | beyond] = False
    unscored = (ordered["score"].isna() & (maybe == 1)).groupby(ordered["division"]).transform("any") & (number > 0)
    result[(unscored | number.isna()) & (maybe == 1)] = pd.NA
    return result.reindex(people.index)


def coefficients(divisions: pd.DataFrame, by_tier: Mapping[str, float]) -> pd.Series:
    """Each division's coefficient by tier: A 1.2, B 1.0, C 0.8; none while undecided."""
    return divisions["tier"].map(dict(by_tier)).astype(float)
