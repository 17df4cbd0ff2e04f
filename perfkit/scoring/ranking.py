"""Rounding, ranks, places and tiers: the primitives every other rule builds on."""

from collections.abc import Sequence
from typing import Any, Literal, TypeVar

import numpy as np
import pandas as pd

Rounding = Literal["largest_remainder", "floor", "ceil", "half_up"]
Values = TypeVar("Values", pd.Series, np.ndarray, float)

_GRID_DECIMALS, _GRID = 9, 1e-9  # values are taken to the nearest 1e-9 before any decision: far above binary noise,
_NOISE = 2.0**-50  # far below any real difference; for large amounts the noise is relative


class TieError(ValueError):
    """Several claimants with the same remainder for the last places; ``.tied`` names them."""

    def __init__(self, tied: Sequence[Any], places: int) -> None:
        self.tied, self.places = list(tied), places
        names = ", ".join(map(str, tied))
        super().__init__(f"equal remainders of {names} for the last {places} place(s); give tie_order=")


def _scaled(values: Any, decimals: int) -> tuple[Any, Any]:
    """Values in units of the last decimal, and how far binary noise may have moved them."""
    array = np.asarray(values, dtype=float)
    scale = 10.0**decimals
    grid = _GRID / 2 if decimals < _GRID_DECIMALS else 0.0
    return array * scale, np.maximum(grid, _NOISE * np.abs(array)) * scale


def snap(values: Values) -> Values:
    """Values to the nearest 1e-9, so that what differs by binary noise alone is equal."""
    return _like(values, np.round(np.asarray(values, dtype=float), _GRID_DECIMALS) + 0.0)


def half_up(values: Values, decimals: int) -> Values:
    """Round halves away from zero, after snapping to 1e-9: 84.125 → 84.13, 1.005 → 1.01.

    Returns the kind it was given (Series, array or number); NaN stays NaN.
    """
    scaled, noise = _scaled(values, decimals)
    rounded = np.copysign(np.floor(np.abs(scaled) + 0.5 + noise), scaled)
    return _like(values, rounded / 10.0**decimals + 0.0)


def floor(values: Values, decimals: int = 0) -> Values:
    """Round down to ``decimals``, snapping first: 0.7 × 90 → 63."""
    scaled, noise = _scaled(values, decimals)
    return _like(values, np.floor(scaled + noise) / 10.0**decimals)


def ceil(values: Values, decimals: int = 0) -> Values:
    """Round up to ``decimals``, snapping first."""
    scaled, noise = _scaled(values, decimals)
    return _like(values, np.ceil(scaled - noise) / 10.0**decimals + 0.0)


def _like(given: Values, result: np.ndarray) -> Values:
    if isinstance(given, pd.Series):
        return pd.Series(result, index=given.index, name=given.name)
    plain: Any = result if np.ndim(given) else float(result)
    return plain  # type: ignore[no-any-return]


ROUNDINGS = {"floor": floor, "ceil": ceil, "half_up": half_up}


def reaches(values: Any, threshold: Any) -> Any:
    """Whether values are at or above a threshold, binary noise aside (123.2 of 0.7 × 176 does)."""
    border, noise = _scaled(threshold, 0)
    return np.asarray(values, dtype=float) >= border - noise


def rank(scores: pd.Series, decimals: int = 2, method: Literal["competition", "dense"] = "competition") -> pd.Series:
    """Rank 1 for the highest; equal published scores share a rank; NaN has none.

    ``scores`` are rounded half-up to ``decimals`` first, so that what looks equal is equal.
    """
    how: Literal["min", "dense"] = "dense" if method == "dense" else "min"
    return half_up(scores, decimals).rank(ascending=False, method=how)


def rank_in(groups: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Competition rank of each score within its group, 1 for the highest; NaN has none. Scores are compared as they are."""
    order = np.lexsort((-scores, groups))
    group, score = groups[order], scores[order]
    place = np.arange(len(order))
    new = np.ones(len(order), dtype=bool)
    new[1:] = group[1:] != group[:-1]
    start = np.maximum.accumulate(np.where(new, place, 0))
    new[1:] |= score[1:] != score[:-1]
    level = np.maximum.accumulate(np.where(new, place, 0))
    found = np.empty(len(order))
    found[order] = np.where(np.isnan(score), np.nan, level - start + 1.0)
    return found


def apportion(
    shares: pd.Series,
    places: int,
    rounding: Rounding = "largest_remainder",
    tie_order: Sequence[Any] | None = None,
) -> pd.Series:
    """Whole places for shares that sum to 1: 30/50/20 % of 8 → 2, 4, 2.

    Only ``largest_remainder`` is sure to sum to ``places``. Equal remainders for the last place raise
    TieError unless ``tie_order`` says who comes first.
    """
    quota = shares.astype(float) * places
    if rounding != "largest_remainder":
        return ROUNDINGS[rounding](quota, 0).astype(int)
    whole = floor(quota).astype(int)
    left = places - int(whole.sum())
    rest = snap(quota - whole)
    order = {name: place for place, name in enumerate(tie_order)} if tie_order is not None else {}
    first = sorted(shares.index, key=lambda name: (-rest[name], order.get(name, len(order))))
    if left:
        edge = rest[first[left - 1]]
        tied = [name for name in shares.index if rest[name] == edge and name not in order]
        at_edge = [name for name in shares.index if rest[name] == edge]
        above = sum(rest > edge)
        if tied and len(at_edge) > left - above:
            raise TieError(at_edge, left - above)
    for name in first[:left]:
        whole[name] += 1
    return whole


def fill_places(keys: pd.DataFrame, places: pd.Series, tied: Literal["open", "higher", "lower"] = "open") -> pd.Series:
    """Give each row the label of its place, best first; a tied group across a border gets none, or one side's.

    ``keys``: one row a subject, columns in order of importance, higher is better, NaN is worst.
    ``places``: label → number, best label first; who is left over takes the last label.
    """
    values = np.nan_to_num(keys.to_numpy(dtype=float), nan=-np.inf, posinf=np.inf, neginf=-np.inf)
    order = np.lexsort(-values.T[::-1])
    number = places.to_numpy().astype(int)
    label = np.repeat(np.arange(len(number)), number)[: len(keys)]
    label = np.concatenate([label, np.full(len(keys) - len(label), len(number) - 1)])
    new = np.ones(len(keys), dtype=bool)
    new[1:] = (values[order][1:] != values[order][:-1]).any(axis=1)
    group = np.cumsum(new) - 1
    first = label[new][group] if len(keys) else label
    last = label[np.append(new[1:], True)][group] if len(keys) else label
    chosen = {"open": np.where(first == last, first, -1), "higher": first, "lower": last}[tied]
    found = np.empty(len(keys), dtype=object)
    found[order] = np.array([*places.index, None], dtype=object)[chosen]
    return pd.Series(found, index=keys.index, dtype=object)
