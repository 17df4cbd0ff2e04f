"""A division's month: 100 points, less what unfinished items cost (plan 二、3, first paragraph)."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from perfkit.scoring import keys, ledger

LossBase = Literal["item", "uncompleted_share", "whole_score", "extra"]
RULE = "components.monthly_plan."


def excused(items: pd.DataFrame, directors: pd.DataFrame) -> pd.Series:
    """Whether each item's miss was accepted by the director.

    An excuse counts if ``excused_by`` held the post on ``excused_on``; ``directors`` has staff, start, end.
    """
    claims = items[["excused_by", "excused_on"]].reset_index(names="claim")
    terms = claims.merge(directors[["staff", "start", "end"]], left_on="excused_by", right_on="staff")
    held = terms[(terms["start"] <= terms["excused_on"]) & ~(terms["end"] < terms["excused_on"])]
    return pd.Series(items.index.isin(held["claim"]), index=items.index)


def reported(items: pd.DataFrame, months: Sequence[str]) -> pd.DataFrame:
    """The items of those months of a division in which every completion is filled in."""
    own = items[items["month"].isin(list(months)) & (items["division"] != "")]
    return own[own["completion"].notna().groupby([own["month"], own["division"]]).transform("all")]


def weighted(items: pd.DataFrame, full_marks: float) -> pd.Series:
    """Each item's points: as given, or equal parts of ``full_marks`` where a division's month gives none."""
    month = items.groupby(["month", "division"])["points"]
    return items["points"].where(month.transform("count") > 0, full_marks / month.transform("size"))


def score(
    items: pd.DataFrame,
    *,
    full_marks: float,
    unexcused_loss: float,
    loss_base: LossBase,
    floor: float,
    decimals: int,
) -> ledger.Lines:
    """Ledger lines that sum to each division's month, 0 to ``full_marks`` points.

    ``items``: month, division, item, title, points (filled), completion (0 to 1), excused. A miss is a
    completion below 1; unexcused it loses ``unexcused_loss`` of its points, excused nothing. The other
    readings: ``uncompleted_share`` loses that share of the unfinished part, ``whole_score`` of the whole
    month once, ``extra`` all points of any miss and that share on top if it is unexcused.
    """
    missed = items[items["completion"] < 1]
    loose = ~missed["excused"]
    raw = missed["points"] * ((1 - missed["completion"]) if loss_base == "uncompleted_share" else 1)
    loss = np.where(loose, 0.0 if loss_base == "whole_score" else unexcused_loss, 0.0) + (loss_base == "extra")
    month = items[["month", "division"]].drop_duplicates()
    hit = missed.loc[loose, ["month", "division"]].drop_duplicates()
    common = {"measure": "score", "component": "monthly_plan"}
    parts = [
        ledger.lines(month.index, period=month["month"], subject=month["division"], item="full_marks",
                     raw=full_marks, rules=f"{RULE}full_marks", **common),
        ledger.lines(missed.index, period=missed["month"], subject=missed["division"], item=missed["item"], raw=raw, weight=-loss,
                     rules=[RULE + ("unexcused_loss" if each else "excused_by") + f";{RULE}loss_base" for each in loose], note=missed["title"],
                     **common),
    ]  # fmt: skip
    if loss_base == "whole_score":
        parts.append(ledger.lines(hit.index, period=hit["month"], subject=hit["division"], item="whole_score", raw=full_marks,
                                  weight=-unexcused_loss, rules=f"{RULE}unexcused_loss;{RULE}loss_base", **common))  # fmt: skip
    found = ledger.joined(parts)
    groups = keys.codes([found["period"], found["subject"]])
    floored = ledger.corrected(found, groups, np.maximum(keys.sums(groups, found["value"]), floor), "floor", f"{RULE}floor")
    return ledger.rounded(floored, decimals, "rounding.score_decimals")


def year(months: pd.DataFrame, *, period: str, weight: float, aggregate: Literal["mean", "sum"]) -> ledger.Lines:
    """One line a month of a division's year: the published month, averaged over those assessed or summed.

    ``months``: month, division, score (NaN where not assessed).
    """
    assessed = months[months["score"].notna()]
    own = keys.codes([assessed["division"]])
    count = np.bincount(own)[own] if aggregate == "mean" else 1.0
    return ledger.lines(assessed.index, period=period, subject=assessed["division"], measure="score", component="monthly_plan",
                        item=assessed["month"], raw=assessed["score"], weight=weight / count,
                        rules=f"components.parts;{RULE}weight;{RULE}aggregate")  # fmt: skip
