"""A tree of indicators as a table: its structure and its weights, and what keeps it from being one."""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from perfkit.scoring import keys

ROOT, UNKNOWN = -1, -2
SUM_TOLERANCE = 1e-9

Siblings = Literal["equal", "by_leaves"]


class Fault(NamedTuple):
    """What is wrong, or open, at one indicator: the kind, the indicator, and what a message about it needs.

    ``values`` always has ``row`` (label of the tree's row, None where there is none) and ``column``.
    """

    kind: str
    indicator: Any
    values: dict[str, Any]


class Tree(NamedTuple):
    """A sound tree, one entry a row of the table: row of the parent, level (roots 0), weight among siblings, whether a leaf."""

    indicator: np.ndarray
    above: np.ndarray
    level: np.ndarray
    weight: np.ndarray
    leaf: np.ndarray

    def downwards(self) -> list[np.ndarray]:
        """The rows of each level, from the first below the roots."""
        order = np.argsort(self.level, kind="stable")
        return np.split(order, np.cumsum(np.bincount(self.level))[:-1])[1:]

    def inherited(self, own: np.ndarray, combine: Any) -> np.ndarray:
        """What each row has when its own is combined with its parent's, from the roots downwards."""
        found = own.copy()
        for rows in self.downwards():
            found[rows] = combine(found[self.above[rows]], own[rows])
        return found


def blank(column: pd.Series) -> np.ndarray:
    """Which cells hold nothing: missing, or no more than spaces."""
    return (column.isna() | (column.astype(str).str.strip() == "")).to_numpy(dtype=bool)


def grown(table: pd.DataFrame) -> Tree:
    """The tree of a table with indicator, parent, weight; ValueError that names every fault if it is none."""
    above = parents(table)
    faults = list(structure(table, above))
    if faults:
        raise ValueError("; ".join(f"{fault.kind} at {fault.indicator}: {_said(fault)}" for fault in faults))
    children = np.bincount(above[above >= 0], minlength=len(above))
    weight = weights(table)
    with np.errstate(divide="ignore"):
        equal = 1 / children[above]
    filled = np.where(above == ROOT, 1.0, np.where(np.isnan(weight), equal, weight))
    return Tree(table["indicator"].to_numpy(dtype=object), above, _climbed(above)[0], filled, children == 0)


def sound(table: pd.DataFrame) -> bool:
    """Whether a table is a tree."""
    return next(structure(table, parents(table)), None) is None


def _said(fault: Fault) -> str:
    return ", ".join(f"{name} {value}" for name, value in fault.values.items())


def parents(table: pd.DataFrame) -> np.ndarray:
    """The row of each row's parent: ROOT where the cell is blank, UNKNOWN where no row has that name."""
    found = keys.positions([table["indicator"]], [table["parent"]])
    return np.where(blank(table["parent"]), ROOT, np.where(found < 0, UNKNOWN, found))


def weights(table: pd.DataFrame) -> np.ndarray:
    """The weights as given, NaN where blank."""
    return pd.to_numeric(table["weight"]).to_numpy(dtype=float)


def _climbed(above: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Steps from each row up to its root, and the rows that lie on a cycle, by steps of 1, 2, 4, 8 …"""
    jump, steps = above.copy(), (above >= 0).astype(np.int64)
    for _ in range(len(above).bit_length()):
        live = jump >= 0
        steps[live] += steps[jump[live]]
        jump[live] = jump[jump[live]]
    return steps, np.unique(jump[jump >= 0])


def structure(table: pd.DataFrame, above: np.ndarray) -> Iterator[Fault]:
    """What keeps a table from being a tree: ids given twice, unknown parents, cycles, and siblings' weights."""
    ids, rows = table["indicator"].to_numpy(dtype=object), list(table.index)
    first = keys.positions([ids[::-1]], [ids])
    first = len(ids) - 1 - first  # positions takes the last of several, counted here from the end
    for row in np.flatnonzero(first != np.arange(len(ids))):
        yield Fault("duplicate_indicator", ids[row], {"row": rows[row], "column": "indicator", "first": rows[first[row]]})
    for row in np.flatnonzero(above == UNKNOWN):
        yield Fault("unknown_parent", ids[row], {"row": rows[row], "column": "parent", "parent": table["parent"].iloc[row]})
    yield from _cycles(above, ids, rows)
    yield from _sums(above, weights(table), ids, rows)


def _cycles(above: np.ndarray, ids: np.ndarray, rows: list[Any]) -> Iterator[Fault]:
    """Each cycle once, named by its first row, its members from child to parent."""
    seen: set[int] = set()
    for start in map(int, _climbed(above)[1]):
        members, row = [], start
        while row not in seen:
            seen.add(row)
            members.append(row)
            row = int(above[row])
        if members:
            yield Fault("cycle", ids[start], {"row": rows[start], "column": "parent", "members": tuple(ids[members])})


def _sums(above: np.ndarray, weight: np.ndarray, ids: np.ndarray, rows: list[Any]) -> Iterator[Fault]:
    """Weights below 0; siblings of whom some have a weight and some none, or whose weights do not sum to 1."""
    child = np.flatnonzero(above >= 0)
    parent, own = above[child], weight[child]
    for row in child[own < 0]:
        yield Fault("weight_negative", ids[row], {"row": rows[row], "column": "weight", "weight": weight[row]})
    size = np.bincount(parent, minlength=len(above))
    without = np.bincount(parent, weights=np.isnan(own), minlength=len(above))
    total = np.bincount(parent, weights=np.nan_to_num(own), minlength=len(above))
    for row in np.flatnonzero((without > 0) & (without < size)):
        lacking = child[(parent == row) & np.isnan(own)]
        values = {"row": rows[lacking[0]], "column": "weight", "blank": tuple(ids[lacking]), "siblings": int(size[row])}
        yield Fault("weights_partly_blank", ids[row], values)
    for row in np.flatnonzero((size > 0) & (without == 0) & (np.abs(total - 1) > SUM_TOLERANCE)):
        siblings = child[parent == row]
        values = {"row": rows[siblings[0]], "column": "weight", "total": float(total[row]), "siblings": tuple(ids[siblings])}
        yield Fault("weights_sum", ids[row], values)


def filled(tree: pd.DataFrame, siblings: Siblings) -> pd.DataFrame:
    """The tree with the weights of blank siblings filled in: equal parts, or ``by_leaves`` by the number of goals under each.

    The plan gives 10 first-level indicators and 39 goals but no weights. By leaves every goal of a part weighs the same.
    A column ``filled`` says whose weight was blank.
    """
    found = grown(tree)
    below = found.leaf.astype(float)
    for rows in reversed(found.downwards()):
        np.add.at(below, found.above[rows], below[rows])
    child = found.above >= 0
    share = found.weight if siblings == "equal" else np.where(child, below / below[found.above], 1.0)
    given = weights(tree)
    lacking = child & np.isnan(given)
    return tree.assign(weight=np.where(lacking, share, given), filled=lacking)


def path_weights(tree: pd.DataFrame) -> pd.Series:
    """Leaf → its weight in its part: the product of the weights on the way up; the leaves of a part sum to 1."""
    found = grown(tree)
    product = found.inherited(found.weight, np.multiply)
    return pd.Series(product[found.leaf], index=pd.Index(found.indicator[found.leaf], name="indicator"))
