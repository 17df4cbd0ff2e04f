"""What each changed parameter did: single and joint effects, and the smallest change that brings a new tier.

With f(S) the result when only the parameters S are changed, the effect of S is what f(S) adds to the effects of all
smaller subsets: m(S) = f(S) − Σ m(T), T a proper subset of S, and m of nothing is the base. The effects of all subsets
sum to the whole difference. Some subsets are no scheme by themselves (one of two weights that must sum to 1): they
have no effect of their own, and what they bring together stands with the smallest subset that is one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from perfkit.problems import InputError, UsageError
from perfkit.scheme import Scheme
from perfkit.whatif.tables import Tables, amounts, rated, scores

LIMIT = 6  # 64 assessments; every further parameter doubles them
EFFECTS = ["subject", "measure", "parameters", "size", "effect"]
NEEDS = ["parameters", "needs", "problem"]
CAUSES = ["subject", "measure", "parameters"]

Subset = frozenset[str]


@dataclass(frozen=True)
class Subsets:
    """The results of every subset of the changed parameters that is a scheme, and why the others are none."""

    paths: Sequence[str]
    found: Mapping[Subset, Tables]  # smallest first; within a size in the order of ``paths``
    refused: Mapping[Subset, InputError]


def subsets(base: Scheme, other: Scheme, under: Callable[[Scheme], Tables]) -> Subsets:
    """Assess every subset of what differs between two schemes.

    Raises UsageError if more than LIMIT parameters differ.
    """
    paths = changed(base, other)
    if len(paths) > LIMIT:
        raise UsageError("too_many_changes", count=len(paths), limit=LIMIT)
    found: dict[Subset, Tables] = {}
    refused: dict[Subset, InputError] = {}
    for some in [frozenset(chosen) for size in range(len(paths) + 1) for chosen in combinations(paths, size)]:
        values = {path: other.parameters[path].value for path in paths if path in some}
        try:
            found[some] = under(other if len(some) == len(paths) else base.changed(values))
        except InputError as error:
            refused[some] = error
    return Subsets(paths, found, refused)


def changed(base: Scheme, other: Scheme) -> list[str]:
    """The parameters whose values differ, in the scheme's order; the order of a mapping counts."""
    return [path for path, each in base.parameters.items() if repr(each.value) != repr(other.parameters[path].value)]


def effects(given: Subsets) -> pd.DataFrame:
    """Each subset's own effect on every score and on every person's payments: subject, measure, parameters, size, effect.

    ``measure`` is score or amount; ``parameters`` are joined by ``;``. The effects of a subject sum to its whole
    change; those that are nothing are left out, and so is whoever lacks the score before or after. Where a subset
    leaves somebody without a score, it has no effect on them of its own, as if it were no scheme.
    """
    whole = _numbers(given)
    own: dict[Subset, pd.Series] = {}
    for place, some in enumerate(given.found):
        smaller = sum((own[part].fillna(0.0) for part in own if part < some), start=whole[place] * 0.0)
        own[some] = whole[place] - smaller
    parts = [pd.DataFrame(columns=EFFECTS)]
    for some, each in own.items():
        felt = each[each.abs() > 1e-9].rename_axis(["measure", "subject"]).rename("effect").reset_index()
        parts += [felt.assign(parameters=_joined(given.paths, some), size=len(some))[EFFECTS]] if some and len(felt) else []
    return pd.concat(parts[1:] or parts, ignore_index=True)


def _numbers(given: Subsets) -> pd.DataFrame:
    """The score and amount of everyone with both ends, a column a subset; who is not paid has the amount 0."""
    every = list(given.found.values())
    score = pd.DataFrame({place: scores(tables) for place, tables in enumerate(every)})
    amount = pd.DataFrame({place: amounts(tables) for place, tables in enumerate(every)}).fillna(0.0)
    score = score[score[0].notna() & score[len(every) - 1].notna()]
    return pd.concat({"score": score, "amount": amount})


def causes(given: Subsets) -> pd.DataFrame:
    """Of everyone whose tier, rating or rank is another: the first smallest subset that alone brings it.

    Columns: subject, measure (tier, rank or rating), parameters.
    """
    outcomes = {some: rated(tables) for some, tables in given.found.items()}
    before, after = outcomes[frozenset()], outcomes[frozenset(given.paths)]
    rows = []
    for measure in before:
        was, now = before[measure].align(after[measure])
        for subject in was.index[(was != now) & ~(was.isna() & now.isna())]:
            brings = next(some for some, each in outcomes.items() if some and _alike(each[measure].get(subject), now[subject]))
            rows.append((subject, measure, _joined(given.paths, brings)))
    return pd.DataFrame(rows, columns=CAUSES)


def needs(given: Subsets) -> pd.DataFrame:
    """The smallest subsets that are no scheme by themselves, and what the smallest scheme around each changes besides.

    Columns: parameters, needs, problem (a Problem, in whose words the reader is told).
    """
    smallest = [some for some in given.refused if not any(other < some for other in given.refused)]
    rows = []
    for some in smallest:
        around = next((other for other in given.found if other > some), frozenset(given.paths))
        rows.append((_joined(given.paths, some), _joined(given.paths, around - some), given.refused[some].problems[0]))
    return pd.DataFrame(rows, columns=NEEDS)


def _joined(paths: Sequence[str], some: Subset) -> str:
    return ";".join(path for path in paths if path in some)


def _alike(one: object, other: object) -> bool:
    return one == other or (bool(pd.isna(one)) and bool(pd.isna(other)))  # type: ignore[call-overload]
