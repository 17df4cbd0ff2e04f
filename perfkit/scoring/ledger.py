"""The common currency of all rules: lines whose values sum to a published number."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, overload

import numpy as np
import pandas as pd

from perfkit.scoring import keys, ranking

COLUMNS = ["period", "subject", "measure", "component", "item", "raw", "weight", "value", "rules", "note"]
NUMBERS = ("raw", "weight", "value")
SUM_OF = ("period", "subject", "measure")


class Lines:
    """Ledger lines as columns: a frame without the cost of one. ``lines["value"]`` is an array, ``lines[mask]`` some lines."""

    def __init__(self, columns: Mapping[str, np.ndarray]) -> None:
        self._columns = columns

    def __len__(self) -> int:
        return len(self._columns["value"])

    @overload
    def __getitem__(self, which: str) -> np.ndarray: ...
    @overload
    def __getitem__(self, which: np.ndarray) -> "Lines": ...
    def __getitem__(self, which: str | np.ndarray) -> "np.ndarray | Lines":
        return self._columns[which] if isinstance(which, str) else Lines({name: column[which] for name, column in self._columns.items()})

    def but(self, **columns: Any) -> "Lines":
        """The same lines with other columns; ``value`` follows from ``raw`` and ``weight``."""
        own = {**self._columns, **{name: _column(name, values, len(self)) for name, values in columns.items()}}
        return Lines({**own, "value": own["raw"] * own["weight"]})

    def frame(self) -> pd.DataFrame:
        """The lines as a table."""
        return pd.DataFrame({name: pd.Series(column, dtype=float if name in NUMBERS else object) for name, column in self._columns.items()})


def _column(name: str, values: Any, size: int) -> np.ndarray:
    if np.ndim(values) == 0:
        return np.broadcast_to(np.array(values, dtype=float if name in NUMBERS else object), (size,))
    return np.asarray(values, dtype=float if name in NUMBERS else object)


def lines(index: Any, **columns: Any) -> Lines:
    """One line an entry of ``index``: given columns, ``value`` = ``raw`` × ``weight``, blanks for the rest."""
    given = {"item": "", "weight": 1.0, "note": "", **columns}
    own = {name: _column(name, given[name], len(index)) for name in COLUMNS if name != "value"}
    return Lines({name: own["raw"] * own["weight"] if name == "value" else own[name] for name in COLUMNS})


def joined(parts: Iterable[Lines]) -> Lines:
    """Several sets of lines as one, in their order."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return lines(range(0), period="", subject="", measure="", component="", raw=0.0, rules="")
    return filled[0] if len(filled) == 1 else Lines({name: np.concatenate([part[name] for part in filled]) for name in COLUMNS})


def corrected(part: Lines, groups: np.ndarray, wanted: np.ndarray, item: str, rules: str) -> Lines:
    """The lines plus one a group that takes its sum to ``wanted`` (a cap, a floor, a rounding) where it differs.

    ``groups``: the number of each line's group, as of ``keys.codes``; ``wanted``: one number a group.
    """
    gap = wanted - keys.sums(groups, part["value"])
    apart = np.abs(gap) > 1e-9
    if not apart.any():
        return part
    head = part[keys.first(groups)[apart]]
    return joined([part, head.but(raw=gap[apart], weight=1.0, item=item, rules=rules, note=item)])


def rounded(part: Lines, decimals: int, rules: str, by: Sequence[str] = SUM_OF) -> Lines:
    """The lines with a rounding line wherever the half-up sum of a group differs from the exact one."""
    groups = keys.codes([part[name] for name in by])
    return corrected(part, groups, ranking.half_up(keys.sums(groups, part["value"]), decimals), "rounding", rules)


def published(part: Lines, decimals: int, period: Any, subject: Any, measure: str = "score") -> np.ndarray:
    """The published number of one measure for each wanted period and subject, clean of binary noise; NaN without a line."""
    chosen = part if (part["measure"] == measure).all() else part[part["measure"] == measure]
    groups = keys.codes([chosen["period"], chosen["subject"]])
    head = chosen[keys.first(groups)] if len(chosen) else chosen
    size = len(subject)
    wanted = [_column("period", period, size), _column("subject", subject, size)]
    place = keys.positions([head["period"], head["subject"]], wanted)
    return ranking.half_up(keys.taken(keys.sums(groups, chosen["value"]), place), decimals)
