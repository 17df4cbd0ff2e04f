"""Appraisals by votes: grades turned into points, means of rater groups (plan 二、3)."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from perfkit.scoring import ledger


def group_means(votes: pd.DataFrame, points: Mapping[str, float], groups: Mapping[str, float]) -> pd.DataFrame:
    """Each rater group's mean for each subject, and its weight.

    ``votes``: subject, rater_group, grade, votes. Groups weigh equally unless ``groups`` gives weights; a
    subject lacking a group that has a weight gets no mean at all. Returns subject, rater_group, mean, weight.
    """
    counted = votes.assign(total=votes["grade"].map(points).astype(float) * votes["votes"])
    sums = counted.groupby(["subject", "rater_group"], sort=False)[["total", "votes"]].sum()
    sums = sums[sums["votes"] > 0]
    means = (sums["total"] / sums["votes"]).rename("mean").reset_index()
    if not groups:
        return means.assign(weight=1 / means.groupby("subject")["mean"].transform("size"))
    means["weight"] = means["rater_group"].map(groups).fillna(0.0)
    whole = means.groupby("subject")["weight"].transform("sum") > 1 - 1e-9
    return means[whole & (means["weight"] > 0)].reset_index(drop=True)


def result(means: pd.DataFrame) -> pd.Series:
    """Subject → its points, 0 to 100: the weighted mean of its groups' means."""
    return (means["mean"] * means["weight"]).groupby(means["subject"], sort=False).sum()


def score(means: pd.DataFrame, *, period: str, component: str, weight: Any, rules: str) -> ledger.Lines:
    """One ledger line a rater group: its mean times its weight times the component's.

    ``weight`` is one number, or one a row of ``means``.
    """
    return ledger.lines(means.index, period=period, subject=means["subject"], measure="score", component=component,
                        item=means["rater_group"], raw=means["mean"], weight=means["weight"] * weight, rules=rules)  # fmt: skip
