"""The common currency of all rules: lines whose values sum to a published number."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from perfkit.scoring import ranking

COLUMNS = ["period", "subject", "measure", "component", "item", "raw", "weight", "value", "rules", "note"]
SUM_OF = ["period", "subject", "measure"]


def lines(index: pd.Index, **columns: Any) -> pd.DataFrame:
    """One line a row of ``index``: given columns, ``value`` = ``raw`` × ``weight``, blanks for the rest."""
    given = {"item": "", "weight": 1.0, "note": "", **columns}
    frame = pd.DataFrame(given, index=index)
    frame["value"] = frame["raw"] * frame["weight"]
    return frame[COLUMNS]


def joined(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Several sets of lines as one, in their order."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return lines(pd.RangeIndex(0), period="", subject="", measure="", component="", raw=0.0, rules="")
    return pd.concat(filled, ignore_index=True)


def sums(part: pd.DataFrame) -> pd.Series:
    """The number each (period, subject, measure) adds up to."""
    return part.groupby(SUM_OF, sort=False)["value"].sum()


def corrected(part: pd.DataFrame, wanted: pd.Series, item: str, rules: str, by: list[str] | None = None) -> pd.DataFrame:
    """The lines plus one a group that takes its sum to ``wanted`` (a cap, a floor, a rounding) where it differs."""
    keys = by or SUM_OF
    total = part.groupby(keys, sort=False)["value"].sum()
    difference = (wanted.reindex(total.index) - total).rename("raw")
    gap = difference[difference.abs() > 1e-9].reset_index()
    first = part.drop_duplicates(keys)[[*dict.fromkeys([*SUM_OF, "component", *keys])]]
    line = gap.merge(first, on=keys, how="left")
    if "item" not in keys:
        line["item"] = item
    extra = lines(line.index, **{name: line[name] for name in [*SUM_OF, "component", "item", "raw"]}, rules=rules, note=item)
    return joined([part, extra])


def rounded(part: pd.DataFrame, decimals: int, rules: str, by: list[str] | None = None) -> pd.DataFrame:
    """The lines with a rounding line wherever the half-up sum differs from the exact one."""
    total = part.groupby(by or SUM_OF, sort=False)["value"].sum()
    return corrected(part, ranking.half_up(total, decimals), "rounding", rules, by)


def published(part: pd.DataFrame, decimals: int, measure: str = "score") -> pd.Series:
    """(period, subject) → the published number of one measure, clean of binary noise."""
    chosen = part[part["measure"] == measure]
    return ranking.half_up(chosen.groupby(["period", "subject"], sort=False)["value"].sum(), decimals)
