"""Rows that belong together, and rows found by their keys: numbers for the labels of one or more columns."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

Codes = np.ndarray  # one whole number a row
Columns = Sequence[Any]  # arrays or Series of one length


def codes(columns: Columns) -> Codes:
    """The same number for rows that are alike in every column, counted from 0 in the order of first appearance."""
    found = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        values = np.asarray(column)
        if len(values) and values.strides != (0,):  # a column that repeats one value tells nothing apart
            own, labels = pd.factorize(values, use_na_sentinel=False)
            found = pd.factorize(found * len(labels) + own)[0]
    return found


def first(of: Codes) -> np.ndarray:
    """The row in which each number appears first."""
    return np.unique(of, return_index=True)[1]


def positions(own: Columns, wanted: Columns) -> np.ndarray:
    """For each wanted row the row of ``own`` with the same keys, which has each once; -1 where there is none."""
    size = len(own[0])
    both = codes([np.concatenate([np.asarray(one, dtype=object), np.asarray(other, dtype=object)]) for one, other in zip(own, wanted, strict=True)])
    place = np.full(both.max(initial=-1) + 1, -1)
    place[both[:size]] = np.arange(size)
    found: np.ndarray = place[both[size:]]
    return found


def among(values: Any, wanted: Iterable[Any]) -> np.ndarray:
    """Which rows hold one of the wanted; numpy's own would compare objects with each of them in turn."""
    found: np.ndarray = pd.Index(np.asarray(values, dtype=object)).isin(list(wanted))
    return found


def taken(values: Any, place: np.ndarray) -> np.ndarray:
    """The numbers at ``positions``; NaN where there is none."""
    array = np.asarray(values, dtype=float)
    return np.where(place >= 0, array[place], np.nan) if len(array) else np.full(len(place), np.nan)


def sums(of: Codes, values: Any) -> np.ndarray:
    """The sum of each group's values."""
    return np.bincount(of, weights=np.asarray(values, dtype=float))
