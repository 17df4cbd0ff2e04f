"""Tiers, forced by rank or by bands of score; the tie chain, the veto, and places for excellent (plan 二、3 and 二、4)."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd

from perfkit.scoring import keys, ranking

Effect = Literal["lose_title", "drop", "drop_and_refill"]
Tied = Literal["open", "higher", "lower"]
BETTER = {"mean_hours": 1.0, "deductions": -1.0}  # more hours are better, fewer deduction points are


def chain(divisions: pd.DataFrame, tie_break: Sequence[str], orders: Mapping[str, float], decimals: int) -> pd.DataFrame:
    """The keys that order divisions, higher is better: score, the tie-breakers, then decided orders.

    ``divisions``: division, score, mean_hours, deductions. An order counts only where every one of the tied
    has one; ``orders``: division → 1 for the first.
    """
    columns = {"score": ranking.half_up(divisions["score"].to_numpy(dtype=float), decimals)}
    for name in tie_break:
        columns[name] = ranking.half_up(np.nan_to_num(divisions[name].to_numpy(dtype=float)), decimals) * BETTER[name]
    columns["decided"] = _decided(divisions["division"], orders, list(columns.values()))
    return pd.DataFrame(columns, index=divisions.index)


def _decided(subjects: pd.Series, orders: Mapping[str, float], tied_by: Sequence[Any]) -> np.ndarray:
    """The decided order as a key, higher first; 0 where not every one of the tied has one."""
    decided = -np.array([orders.get(subject, np.nan) for subject in subjects], dtype=float)
    tied = keys.codes(tied_by)
    missing = keys.sums(tied, np.isnan(decided))[tied] > 0
    return np.where(missing, 0.0, decided)


def assign(
    divisions: pd.DataFrame,
    order: pd.DataFrame,
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
    ``divisions``: division, group, score, vetoed; ``order``: as of ``chain``. Without a score there is no tier.
    """
    tier = pd.Series(None, index=divisions.index, dtype=object)
    chained = order if at_border == "chain" else order[["score"]]
    tied: Tied = "open" if at_border == "chain" else at_border
    ranked = divisions[divisions["score"].notna()]
    together = pd.Series("", index=ranked.index) if groups == "together" else ranked["group"]
    for _, rows in ranked.groupby(together, sort=False):
        places = ranking.apportion(pd.Series(dict(shares)), len(rows), rounding, place_tie_order)
        tier[rows.index] = _filled(chained.loc[rows.index], places, rows["vetoed"], effect, tied)
    return tier


def _filled(order: pd.DataFrame, places: pd.Series, vetoed: pd.Series, effect: Effect, tied: Tied) -> pd.Series:
    best, second = places.index[0], places.index[min(1, len(places) - 1)]
    tier = ranking.fill_places(order, places, tied)
    if effect == "drop_and_refill":
        clean = ranking.fill_places(order[~vetoed], places, tied)
        winners = clean.index[clean == best]
        left = max(0, places[best] - len(winners))
        # Those tied over the last best places hold them, whoever of them it is: nobody with a veto takes one meanwhile.
        highest = ranking.fill_places(order[~vetoed], places, "higher")
        rivals = clean.index[clean.isna() & (highest == best)]
        held = winners.union(rivals[:left], sort=False)
        rest = places.copy()
        rest[best] = 0 if len(rivals) else left
        tier = pd.concat([clean[winners], clean[rivals[:left]], ranking.fill_places(order.drop(held), rest, tied)]).reindex(order.index)
        tier[rivals] = None
    if effect != "lose_title":
        tier[vetoed & (tier == best)] = second
    return tier


def banded(divisions: pd.DataFrame, *, shares: Mapping[str, float], bands: Mapping[str, float], effect: Effect) -> pd.Series:
    """Each division's tier by fixed bands of its own score: with A from 95 and B from 85, 95 is A, 94.99 B and 84.99 C.

    No clause has bands; they stand beside the forced distribution of 2.4.3. ``divisions``: division, score as published,
    vetoed; ``shares``: the tiers, best first; ``bands``: the lowest score of each but the last. Nobody's tier depends on
    another's, so that no tie is open, and a veto that takes the best tier frees no place: ``drop_and_refill`` is ``drop``.
    """
    score = divisions["score"].to_numpy(dtype=float)
    tier = np.array(list(shares), dtype=object)[band(score, divisions["vetoed"].to_numpy(dtype=bool), list(shares), bands, effect)]
    return pd.Series(np.where(np.isnan(score), None, tier), index=divisions.index, dtype=object)


def band(scores: np.ndarray, vetoed: np.ndarray, tiers: Sequence[str], bands: Mapping[str, float], effect: Effect) -> np.ndarray:
    """The place of each score's tier among ``tiers``, 0 the best, for any rows of divisions: how many lowest scores it does not reach."""
    missed = np.zeros(np.shape(scores), dtype=np.int64)
    for tier in tiers[:-1]:
        missed += ~ranking.reaches(scores, bands[tier])
    return np.where(vetoed & (missed == 0) & (effect != "lose_title"), min(1, len(tiers) - 1), missed)


def headroom(divisions: pd.DataFrame, shares: Mapping[str, float]) -> pd.Series:
    """Points to the next better tier: its lowest score minus one's own; empty in the best tier or while open.

    A tie left open at a border holds the better tier's last place, whoever gets it.
    """
    order = list(shares)
    score = divisions["score"].to_numpy(dtype=float)
    best_first = np.argsort(-score, kind="stable")[: np.count_nonzero(~np.isnan(score))]
    lowest = np.full(len(order), np.nan)
    held = 0
    place = {tier: number for number, tier in enumerate(order)}
    tiers = divisions["tier"].to_numpy(dtype=object)
    for row in best_first:
        held = place.get(tiers[row], held)
        lowest[held] = np.fmin(lowest[held], score[row])
    filled = pd.Series(lowest).ffill().to_numpy()  # an empty tier is passed over
    target = dict(zip(order[1:], filled[:-1], strict=True))
    return pd.Series([target.get(tier, np.nan) for tier in tiers], index=divisions.index, dtype=float) - divisions["score"]


def headroom_to_bands(divisions: pd.DataFrame, shares: Mapping[str, float], bands: Mapping[str, float]) -> pd.Series:
    """Points to the next better tier: its lowest score minus one's own; empty in the best tier or without one."""
    order = list(shares)
    target = {tier: bands[better] for better, tier in pairwise(order)}
    return divisions["tier"].map(target).astype(float) - divisions["score"]


def excellent_places(divisions: pd.DataFrame, assessed: pd.Series, shares: Mapping[str, float], rounding: str) -> pd.Series:
    """Places for excellent a division: its tier's share of the people assessed, head counted; 70 % of 90 are 63."""
    people = divisions["division"].map(assessed).fillna(0.0)
    quota = divisions["tier"].map(dict(shares)).astype(float) * people
    return ranking.ROUNDINGS[rounding](quota, 0)


def excellent(
    people: Mapping[str, Any], places: Mapping[str, float], orders: Mapping[str, float], at_last_place: Literal["chain", "all", "none"], decimals: int
) -> np.ndarray:
    """Who is excellent: True, False, or None where it cannot be settled.

    ``people``: columns staff, division, score, hours (uncapped), democratic, eligible (True, False or missing while the
    rating is). The first ones by rank take the places; ties go by hours, then appraisal, then decided
    ``orders`` (staff → 1 for the first); a barred one's place passes on. A tie over the last place, or a
    missing rating or score before it, leaves it open. With ``at_last_place`` all or none, people of one score
    stay together: all of those tied for the last place are excellent, or none.
    """
    columns = [ranking.half_up(np.asarray(people[name], dtype=float), decimals) for name in ("score", "hours", "democratic")]
    division = keys.codes([people["division"]])
    if at_last_place == "chain":
        columns.append(_decided(people["staff"], orders, [division, *columns]))
    else:
        columns = columns[:1]
    columns = [np.where(np.isnan(column), -np.inf, column) for column in columns]
    order = np.lexsort([*(-column for column in reversed(columns)), division])
    level = keys.codes([division[order], *(column[order] for column in columns)])
    given = np.asarray(people["eligible"], dtype=object)[order]
    sure, maybe = np.array([each is True for each in given], dtype=float), np.array([each is not False for each in given], dtype=float)
    here = division[order]
    begins = np.append(True, here[1:] != here[:-1])[: len(here)]
    through, above = _within(keys.sums(level, maybe), level, here, begins), _within(keys.sums(level, sure), level, here, begins)
    tied = keys.sums(level, sure)[level]
    number = np.array([places.get(each, np.nan) for each in people["division"]], dtype=float)[order]
    within = through - keys.sums(level, maybe)[level] < number if at_last_place == "all" else through <= number
    beyond = above - tied + (np.maximum(tied - 1, 0) if at_last_place == "none" else 0) >= number
    result = np.full(len(order), None, dtype=object)
    result[(sure == 1) & within] = True
    result[(maybe == 0) | beyond] = False
    unscored = keys.sums(here, np.isnan(np.asarray(people["score"], dtype=float)[order]) & (maybe == 1))[here] > 0
    result[((unscored & (number > 0)) | np.isnan(number)) & (maybe == 1)] = None
    found = np.empty(len(order), dtype=object)
    found[order] = result
    return found


def _within(counts: np.ndarray, level: np.ndarray, division: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """For each row how many of its division its level and those before it count; rows in order, levels in theirs."""
    head = keys.first(level)
    run = np.cumsum(counts)
    before = np.where(begins[head], run - counts, 0.0)
    start = np.maximum.accumulate(before) if len(head) else before
    found: np.ndarray = (run - start)[level]
    return found
