"""What a panel shows of one scenario beside the plan, in plain rows: the same figures as a Comparison, made for redrawing.

A Comparison's tables take tens of milliseconds even for a small bureau; a slider that is dragged asks for them many
times a second.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from perfkit.assessment import Assessment
from perfkit.scheme import Scheme
from perfkit.whatif.tables import Tables, earned

Number = tuple[float, float]  # before and after; NaN where there is none
Word = tuple[str, str]  # before and after; '' where there is none
NAN = float("nan")


@dataclass(frozen=True)
class Row:
    """A division, or a person (``division`` is theirs, '' for leaders): score, rank, tier or rating, and all payments."""

    subject: str
    division: str
    score: Number
    rank: Number
    grade: Word
    amount: Number

    @property
    def regraded(self) -> bool:
        """Whether the tier or rating is another."""
        return self.grade[0] != self.grade[1]

    @property
    def change(self) -> float:
        """Payments after less before."""
        return self.amount[1] - self.amount[0]


@dataclass(frozen=True)
class Live:
    """Divisions and people in the plan's order, payments by kind (settlements aside), and how many questions are open."""

    divisions: Sequence[Row]
    people: Sequence[Row]
    kinds: Mapping[str, Number]
    open: int

    @property
    def total(self) -> Number:
        """All payments."""
        return sum(each[0] for each in self.kinds.values()), sum(each[1] for each in self.kinds.values())


@dataclass(frozen=True)
class _Side:
    """One assessment: subject → (division, score, rank, grade), subject → payments, kind → payments."""

    divisions: Mapping[str, tuple[str, float, float, str]]
    people: Mapping[str, tuple[str, float, float, str]]
    paid: Mapping[str, float]
    kinds: Mapping[str, float]
    open: int


class Beside:
    """The plan's side, read once; ``under`` puts a scheme beside it."""

    def __init__(self, result: Assessment) -> None:
        self.result = result
        self._base = _side(vars(result))

    def under(self, scheme: Scheme) -> Live:
        """Assess the scheme and put it beside the plan. Raises SchemeError and RecordsError as ``Assessment.under``."""
        base, other = self._base, _side(self.result.under(scheme))
        kinds = {kind: (base.kinds.get(kind, 0.0), other.kinds.get(kind, 0.0)) for kind in {**base.kinds, **other.kinds}}
        home = {person: each[0] for person, each in base.people.items()}
        return Live(_rows(base.divisions, other.divisions, *(_by_home(side.paid, home) for side in (base, other))),
                    _rows(base.people, other.people, base.paid, other.paid), kinds, other.open)  # fmt: skip


def _side(tables: Tables) -> _Side:
    divisions, staff, leaders = tables["divisions"], tables["staff"], tables["leaders"]
    ids = divisions["division"].tolist()
    people = dict(zip(staff["staff"].tolist(), zip(*_columns(staff, "division", "score", "rank", "rating"), strict=True), strict=True))
    led = {leader: ("", NAN, NAN, "") for leader in leaders["leader"].tolist() if leader not in people}
    paid = earned(tables)
    return _Side(dict(zip(ids, zip(ids, *_columns(divisions, "score", "rank", "tier"), strict=True), strict=True)), {**people, **led},
                 _sums(paid["staff"], paid["amount"]), _sums(paid["kind"], paid["amount"]), len(tables["open"]))  # fmt: skip


def _columns(table: pd.DataFrame, *names: str) -> list[list[object]]:
    """Columns as lists; '' for a missing word."""
    found = []
    for name in names:
        values = table[name].tolist()
        found.append(values if name in ("score", "rank") else [each if isinstance(each, str) else "" for each in values])
    return found


def _sums(names: pd.Series, values: pd.Series) -> dict[str, float]:
    codes, known = pd.factorize(names)
    sums = np.bincount(codes, weights=values.to_numpy(dtype=float), minlength=len(known))
    return dict(zip(map(str, known), sums.tolist(), strict=True))


def _by_home(paid: Mapping[str, float], home: Mapping[str, str]) -> dict[str, float]:
    """Payments of each division's people."""
    sums: dict[str, float] = {}
    for person, amount in paid.items():
        division = home.get(person, "")
        sums[division] = sums.get(division, 0.0) + amount
    return sums


def _rows(before: Mapping[str, tuple[str, float, float, str]], after: Mapping[str, tuple[str, float, float, str]],
          paid: Mapping[str, float], pays: Mapping[str, float]) -> list[Row]:  # fmt: skip
    nobody = ("", NAN, NAN, "")
    rows = []
    for subject, (division, score, rank, grade) in before.items():
        _, score_after, rank_after, grade_after = after.get(subject, nobody)
        rows.append(Row(subject, division, (score, score_after), (rank, rank_after), (grade, grade_after), (paid.get(subject, 0.0), pays.get(subject, 0.0))))
    return rows
