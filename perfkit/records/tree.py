"""Whether the indicators hang together: one top a part, weights, an owner and the four fields of every goal."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from perfkit.problems import Problem
from perfkit.records.schema import PARTS, label

FIELDS = ("title", "measures", "due", "effect")  # a goal's content, measures, time limit and expected effect


def problems_of(indicators: pd.DataFrame, file: str) -> list[Problem]:
    """Every fault of the table; ``file`` is where it stands. Unknown parents and indicators given twice are told elsewhere."""
    rows = indicators[indicators["indicator"] != ""]
    leaf = ~rows["indicator"].isin(rows["parent"])
    found = (*_rings(rows, file), *_tops(rows, file), *_weights(rows, file), *_goals(rows[leaf], file), *_targets(rows, file))
    untitled = rows.index[~leaf & (rows["title"] == "")]
    return [*found, *(Problem("blank", file, int(str(row)), label("indicators", "title")) for row in untitled)]


def rings(parents: pd.Series) -> list[list[str]]:
    """Indicators that stand above themselves, a list a ring: each begins with its first row and goes upwards.

    ``parents``: indicator → its parent, '' at the top; each indicator once.
    """
    count = len(parents)
    above = np.append(pd.Index(parents.index).get_indexer(pd.Index(parents)), -1)  # the last place stands above every top
    far = above
    for _ in range(count.bit_length()):  # each time twice as far up, so that in the end only rings are left
        far = far[far]
    left = dict.fromkeys(np.unique(far[far >= 0]).tolist())
    found = []
    while left:
        ring = [next(iter(left))]
        while (up := int(above[ring[-1]])) != ring[0]:
            ring.append(up)
        for place in ring:
            del left[place]
        found.append([str(parents.index[place]) for place in ring])
    return found


def _rings(rows: pd.DataFrame, file: str) -> Iterator[Problem]:
    once = rows.drop_duplicates("indicator")
    row_of = dict(zip(once["indicator"], once.index, strict=True))
    for ring in rings(once.set_index("indicator")["parent"]):
        yield Problem("indicators_in_a_ring", file, int(row_of[ring[0]]), label("indicators", "parent"), {"ring": " → ".join([*ring, ring[0]])})


def _tops(rows: pd.DataFrame, file: str) -> Iterator[Problem]:
    """A part has one indicator without a parent, and all others of the part are below it."""
    tops = rows[(rows["parent"] == "") & (rows["part"] != "")]
    first = {part: (row, indicator) for row, part, indicator in tops[["part", "indicator"]][::-1].itertuples(name=None)}
    for row, part in tops.loc[tops["part"].duplicated(), "part"].items():
        values = {"part": _named(part), "other": first[part][1], "first": first[part][0]}
        yield Problem("two_tops", file, int(str(row)), label("indicators", "parent"), values)
    once = rows.drop_duplicates("indicator").set_index("indicator")["part"]
    over = rows["parent"].map(once).fillna("")
    other = rows.assign(over=over)[(over != "") & (rows["part"] != "") & (over != rows["part"])]
    for row, given, parent, part in other[["part", "parent", "over"]].itertuples(name=None):
        values = {"given": _named(given), "parent": parent, "part": _named(part)}
        yield Problem("part_differs", file, int(str(row)), label("indicators", "part"), values)


def _named(part: str) -> str:
    return f"{PARTS[part][0]}/{part}" if part in PARTS else part


def _weights(rows: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Weights below one parent: all given and summing to 1, or all blank."""
    below = rows[rows["parent"] != ""]
    for parent, weights in below.groupby("parent", sort=False)["weight"]:
        lines = tuple(map(int, weights.index))
        if weights.isna().all() or (weights.notna().all() and abs(weights.sum() - 1) <= 1e-9):
            continue
        blank = weights.index[weights.isna()]
        values: dict[str, object] = {"parent": parent, "lines": lines, "total": f"{weights.sum():g}"}
        yield Problem("weights_partly_blank" if len(blank) else "weights_sum", file, int(str([*blank, *lines][0])), label("indicators", "weight"), values)


def _goals(leaves: pd.DataFrame, file: str) -> Iterator[Problem]:
    """A goal is owned by a division and in it by a person, and has its four fields."""
    for field in ("division", "person"):
        for row in leaves.index[leaves[field] == ""]:
            yield Problem("goal_without_owner", file, int(str(row)), label("indicators", field), {"indicator": leaves.at[row, "indicator"]})
    for field in FIELDS:
        blank = leaves[field].isna() if field == "due" else leaves[field] == ""
        for row in leaves.index[blank]:
            yield Problem("goal_field_blank", file, int(str(row)), label("indicators", field), {"indicator": leaves.at[row, "indicator"]})


def _targets(rows: pd.DataFrame, file: str) -> Iterator[Problem]:
    """A target that a result can be divided by, and which way is better."""
    for row, target in rows.loc[rows["target"] <= 0, "target"].items():
        yield Problem("target_not_positive", file, int(str(row)), label("indicators", "target"), {"given": f"{target:g}"})
    for row in rows.index[rows["target"].notna() & (rows["direction"] == "")]:
        yield Problem("direction_missing", file, int(str(row)), label("indicators", "direction"))
