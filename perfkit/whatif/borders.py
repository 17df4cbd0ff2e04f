"""How far each division is from another tier: the smallest change of one number that would move it, found exactly.

Tiers follow from published, rounded numbers, so that over one parameter they are a step function. It can change only
where a number is about to be rounded the other way, or where the places of the tiers change: those values are worked
out from what the number is before it is rounded, and the tiers at them and between them with the same rules as always.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from perfkit.assessment import Assessment
from perfkit.problems import UsageError, nearest
from perfkit.scheme import Parameter
from perfkit.scheme.model import MonthlyPlan, SchemeFile
from perfkit.scoring import ledger, ranking
from perfkit.stages import Stages
from perfkit.steps import Memo
from perfkit.whatif.draws import TIME, Contest, Year, chunks, stages_of, year_of

AMOUNTS, POINTS, LOSS = "components.adjustments.amounts", "components.appraisal.points", "components.monthly_plan.unexcused_loss"
SHARES, BANDS = "tiers.shares", "tiers.bands"
DECIDING = {"forced": SHARES, "bands": BANDS}  # the numbers that make the tiers out of the scores
WEIGHT = "components.monthly_plan.weight"
_CORRECTED = ["components.monthly_plan.floor", "rounding.score_decimals"]  # the lines that floor and round a month
_NOISE = 1e-11  # smaller differences are binary noise
_STEP = 64.0  # how far a straight line is followed to measure its slope; a power of two, which costs no digits
_WINDOW = 4000  # borders looked at together on the way outwards, before the windows grow
_DIGITS = 12  # borders closer than this are one: numbers are taken to the nearest 1e-9 before they are rounded


@dataclass(frozen=True)
class Change:
    """The smallest change of a parameter that moves a division to another tier.

    ``needed`` is the border; where ``counts`` is False the tier changes just beyond it, not on it. ``before`` and
    ``after`` are tiers, '' while undecided. ``direction`` is up or down, the parameter's.
    """

    path: str
    division: str
    now: float
    needed: float
    counts: bool
    before: str
    after: str
    direction: str


@dataclass(frozen=True)
class _Course:
    """What a parameter does: the values where tiers may change between two values of it, and everyone's tier at given values."""

    now: float
    low: float
    high: float
    density: float  # such values a unit, about
    edges: Callable[[float, float], np.ndarray]
    labels: Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class _Lines:
    """Straight lines over a parameter, one a division or month: its value at 0, and the rise."""

    base: np.ndarray
    rise: np.ndarray

    def at(self, values: np.ndarray) -> np.ndarray:
        found: np.ndarray = self.base + values[:, None] * self.rise
        return found


@dataclass(frozen=True)
class _Months:
    """Months that a parameter moves: each counts ``share`` (months × divisions) in the year's scores, floored and rounded."""

    lines: _Lines
    share: np.ndarray
    floor: float


def nearest_change(result: Assessment, path: str, division: str) -> Change | None:
    """The smallest change of one number that changes a division's tier, or None if none within its bounds does.

    ``path`` is one of: a component's weight (its siblings rescaled so that they sum to 1), a tier's share such as
    ``tiers.shares.A`` (the others rescaled in proportion), a tier's lowest score such as ``tiers.bands.A`` (between those
    of its neighbours), ``components.adjustments.amounts.<kind>``, ``components.monthly_plan.unexcused_loss``,
    ``components.appraisal.points.<grade>``. Shares move nobody where tiers go by bands, nor bands where they are forced.
    Up comes before down, and a border that counts before one that does not, where both are as near. None also for a
    division without a score. Raises UsageError for a month, a result of the public edition, an unknown path, or who is
    not a division.
    """
    wanted = result.subject(division)
    year, memo = _year(result)
    if wanted not in year.divisions:
        raise UsageError("not_a_division", given=division)
    return next(_changes(result, path, [wanted], year, memo))


def borders(result: Assessment, paths: Iterable[str] | None = None) -> pd.DataFrame:
    """The nearest change of each division for each path, a row each; ``paths`` default to all that have borders.

    Columns as in ``Change``; where nothing within the parameter's bounds changes the tier, ``needed`` is NaN and
    ``after`` and ``direction`` are ''. Divisions without a score are left out. Raises UsageError as ``nearest_change``.
    """
    year, memo = _year(result)
    scored = [division for division, has in zip(year.divisions, year.scored, strict=True) if has]
    columns = [field.name for field in fields(Change)]
    rows: list[dict[str, Any]] = []
    for path in paths if paths is not None else known_paths(result):
        for division, change in zip(scored, _changes(result, path, scored, year, memo), strict=True):
            none = {"path": path, "division": division, "now": _value(result, path), "needed": np.nan, "counts": False, "after": "", "direction": ""}
            rows.append(asdict(change) if change else {**none, "before": _tier(result, division)})
    return pd.DataFrame(rows, columns=columns)


def known_paths(result: Assessment) -> list[str]:
    """The parameters whose borders can be worked out: those that have a number, of the two that decide tiers the scheme's own."""
    parameters, deciding = result.scheme.parameters, DECIDING[result.scheme.spec.tiers.method.value]
    weights = [f"components.{name}.weight" for name in (*result.scheme.spec.components.parts.value, "mean_hours")]
    return [*(path for path in weights if path in parameters), *(f"{deciding}.{tier}" for tier in parameters[deciding].value),
            *(f"{AMOUNTS}.{kind}" for kind, amount in parameters[AMOUNTS].value.items() if amount is not None), LOSS,
            *(f"{POINTS}.{grade}" for grade in parameters[POINTS].value)]  # fmt: skip


def changes(result: Assessment, path: str, value: float) -> dict[str, Any]:
    """What one value of a path means for the scheme: parameter path → value, what gives way to it included."""
    if path.startswith(f"{SHARES}."):
        return {SHARES: _shares(result, path, value)}
    if path.endswith(".weight") and path != TIME:
        weights = {other: _value(result, other) for other in known_paths(result) if other.endswith(".weight") and other not in (path, TIME)}
        rest = sum(weights.values())
        even = {other: (weight / rest if rest else 1 / len(weights)) for other, weight in weights.items()}
        return {path: value, **{other: (1 - value) * part for other, part in even.items()}}
    return {path: value}


def _shares(result: Assessment, path: str, value: float) -> dict[str, float]:
    """The tiers' shares with one of them changed and the others in proportion, or alike if they had nothing."""
    now, tier = result.scheme.parameters[SHARES].value, path.rsplit(".", 1)[1]
    rest = sum(share for name, share in now.items() if name != tier)
    others = {name: (share / rest if rest else 1 / (len(now) - 1)) for name, share in now.items() if name != tier}
    return {name: value if name == tier else (1 - value) * others[name] for name in now}


def _value(result: Assessment, path: str) -> float:
    parameters = result.scheme.parameters
    known = {*known_paths(result), *(f"{each}.{tier}" for each in DECIDING.values() for tier in parameters[each].value)}
    if path not in known:
        raise UsageError("border_unknown_path", path=path, near=nearest(path, known))
    whole, _, entry = path.rpartition(".")
    return float(parameters[path].value if path in parameters else parameters[whole].value[entry])


def _tier(result: Assessment, division: str) -> str:
    (tier,) = result.divisions.loc[result.divisions["division"] == division, "tier"]
    return "" if pd.isna(tier) else str(tier)


def limits(path: str) -> tuple[float, float]:
    """The least and the largest value that the scheme's types allow a number; infinite where they set no bound."""
    kind: Any = SchemeFile
    for name in path.split("."):
        kind = kind.model_fields[name].annotation
        if issubclass(kind, Parameter):
            break
    found = dict(_bounds(kind.model_json_schema()["properties"]["value"]))
    return found.get("minimum", -np.inf), found.get("maximum", np.inf)


def _bounds(schema: Any) -> Iterator[tuple[str, float]]:
    """Every minimum and maximum within a JSON schema."""
    for key, value in schema.items() if isinstance(schema, dict) else enumerate(schema) if isinstance(schema, list) else ():
        if key in ("minimum", "maximum"):
            yield key, float(value)
        else:
            yield from _bounds(value)


def _year(result: Assessment) -> tuple[Year, Memo]:
    if result.edition == "public":
        raise UsageError("whole_result_needed")
    memo: Memo = {}
    return year_of(stages_of(result.scheme, result.records, result.period, memo), result.scheme), memo


def _changes(result: Assessment, path: str, divisions: list[str], year: Year, memo: Memo) -> Iterator[Change | None]:
    """The nearest change of each division."""
    now, names = _value(result, path), [*year.contest.names, ""]  # the last stands for OPEN
    place = {division: number for number, division in enumerate(np.array(year.divisions, dtype=object)[year.scored])}
    columns = [place[division] for division in divisions if division in place]
    course = _course(result, path, year, memo) if columns else None
    found: dict[str, dict[int, tuple[float, bool, int]]] = {}
    own = course.labels(np.array([now]))[0] if course else np.empty(0, dtype=np.int64)
    if course:
        found = {"up": _walk(course, course.high, own, columns), "down": _walk(course, course.low, own, columns)}
    for division in divisions:
        column = place.get(division, -1)
        both = [Change(path, division, now, border, counts, names[own[column]], names[label], way)
                for way, ends in found.items() if column in ends for border, counts, label in [ends[column]]]  # fmt: skip
        yield min(both, key=lambda each: (round(abs(each.needed - now), _DIGITS), not each.counts), default=None)


def _walk(course: _Course, end: float, own: np.ndarray, columns: list[int]) -> dict[int, tuple[float, bool, int]]:
    """Outwards from the present value until every wanted column has another label: column → border, whether it counts, label."""
    found: dict[int, tuple[float, bool, int]] = {}
    place, width = course.now, _WINDOW / max(course.density, _WINDOW / max(abs(end - course.now), 1e-300))
    while place != end:
        until = min(place + width, end) if end > place else max(place - width, end)
        edges = np.unique(np.round(course.edges(min(place, until), max(place, until)), _DIGITS))
        inner = edges[(edges > min(place, until)) & (edges < max(place, until))]
        stops = np.array([place, *(inner if end > place else inner[::-1]), until])
        points = np.empty(2 * (len(stops) - 1))
        points[0::2], points[1::2] = (stops[:-1] + stops[1:]) / 2, stops[1:]  # between two borders, and on the second
        for rows in chunks(len(points), len(own)):
            labels = course.labels(points[rows])
            for column in [each for each in columns if each not in found]:
                moved = np.flatnonzero(labels[:, column] != own[column])
                if len(moved):
                    first = rows.start + int(moved[0])
                    found[column] = (float(stops[(first + 1) // 2]), first % 2 == 1, int(labels[moved[0], column]))
            if len(found) == len(columns):
                return found
        place, width = until, 2 * width
    return found


def _course(result: Assessment, path: str, year: Year, memo: Memo) -> _Course | None:
    """What a parameter does; None where it decides nothing under the scheme's method."""
    for deciding, course in ((SHARES, _of_shares), (BANDS, _of_bands)):
        if path.startswith(f"{deciding}."):
            return course(result, path, year) if path in known_paths(result) else None
    now, (low, high) = _value(result, path), limits(path)
    other = high if np.isfinite(high) else now + _STEP
    other = low if other == now else other
    scheme = result.scheme.changed(changes(result, path, other))
    there = stages_of(scheme, result.records, result.period, memo)
    if path == LOSS:
        here = stages_of(result.scheme, result.records, result.period, memo)
        months, sums = _through(now, _sums(here).to_numpy(), other, _sums(there).to_numpy()), _sums(here)
        rest, lowered = _lowered(year, months, sums.index.get_level_values("subject"), result.scheme.spec.components.monthly_plan)
        return _of_scores(year, now, low, high, rest, lowered, {})
    its, names = year_of(there, scheme), year.contest.rule.tie_break.value
    beside = {name: _through(now, year.contest.beside[name], other, its.contest.beside[name]) for name in names}
    lines = _through(now, year.unrounded(year.now)[0], other, its.unrounded(its.now)[0])
    return _of_scores(year, now, low, high, lines, None, {name: each for name, each in beside.items() if each.rise.any()})


def _through(one: float, values: np.ndarray, other: float, others: np.ndarray) -> _Lines:
    """The straight lines through what is found at two values of the parameter; binary noise is no slope."""
    values, others = np.nan_to_num(values), np.nan_to_num(others)
    rise = np.where(np.abs(others - values) < _NOISE, 0.0, (others - values) / (other - one))
    return _Lines(values - one * rise, rise)


def _sums(stages: Stages) -> pd.Series:
    """(period, division) → its month before floor and rounding."""
    lines = ledger.joined(lines for outcome in stages.outcomes("month_scores") for lines in outcome.lines).frame()
    plain: pd.Series = lines["value"].mask(lines["rules"].isin(_CORRECTED), 0.0)
    return plain.groupby([lines["period"], lines["subject"]]).sum()


def _lowered(year: Year, months: _Lines, owners: pd.Index, rule: MonthlyPlan) -> tuple[_Lines, _Months]:
    """What the year's scores are without the months, and the months with what they count in them."""
    place = list(year.weights).index(WEIGHT)
    mine = owners.to_numpy()[:, None] == np.array(year.divisions, dtype=object)[year.scored]
    share = year.effective(year.now)[0, place] * mine / (mine.sum(axis=0) if rule.aggregate.value == "mean" else 1.0)
    rest = year.unrounded(year.now)[0] - year.effective(year.now)[0, place] * year.parts[place]
    return _Lines(rest, np.zeros(len(rest))), _Months(months, share, rule.floor.value)


def _of_scores(
    year: Year, now: float, low: float, high: float, lines: _Lines, months: _Months | None, beside: Mapping[str, _Lines]
) -> _Course:  # fmt: skip
    """The course of a parameter that moves scores, or months that make them, along straight lines."""
    contest, decimals = year.contest, year.contest.decimals
    rounded = [lines, *beside.values(), *([months.lines] if months else [])]

    def edges(start: float, end: float) -> np.ndarray:
        return np.concatenate([_halves(each, start, end, decimals) for each in rounded])

    def labels(values: np.ndarray) -> np.ndarray:
        found = lines.at(values)
        if months:
            monthly = ranking.half_up(np.maximum(months.floor, months.lines.at(values)), decimals)
            found = found + monthly @ months.share
        scores = ranking.half_up(found, decimals)
        _, keys = contest.ranked(scores, {name: each.at(values) for name, each in beside.items()})
        return contest.decided(scores, keys).labels

    density = sum(float(np.abs(each.rise).sum()) for each in rounded) * 10.0**decimals
    return _Course(now, low, high if np.isfinite(high) else _settled(_beside_bands(lines, contest), now, decimals), density, edges, labels)


def _halves(lines: _Lines, start: float, end: float, decimals: int) -> np.ndarray:
    """The values between two at which one of the lines is halfway between two numbers of so many decimals."""
    scale, found = 10.0**decimals, [np.empty(0)]
    moving = lines.rise != 0
    for base, rise in zip(lines.base[moving], lines.rise[moving], strict=True):
        ends = sorted((base + rise * start, base + rise * end))
        steps = np.arange(np.floor(ends[0] * scale - 0.5) - 1, np.ceil(ends[1] * scale - 0.5) + 2) + 0.5
        found.append((steps / scale - base) / rise)
    both = np.concatenate(found)
    return both[(both >= start) & (both <= end)]


def _beside_bands(lines: _Lines, contest: Contest) -> _Lines:
    """The lines, and where tiers go by bands their lowest scores as level lines that the others may cross."""
    levels = np.array([*contest.rule.fixed.values()], dtype=float)
    return _Lines(np.append(lines.base, levels), np.append(lines.rise, np.zeros(len(levels))))


def _settled(lines: _Lines, now: float, decimals: int) -> float:
    """A value beyond which nothing new can come where a parameter has no upper bound.

    Where all lines of different slope have crossed by more than their rounding, their order stays; those of one slope
    meet the same roundings again and again, once a step of the last decimal.
    """
    unit, apart = 2 * 10.0**-decimals, np.subtract.outer(lines.rise, lines.rise)
    gap = np.abs(np.subtract.outer(lines.base, lines.base)) + unit
    crossed = np.divide(gap, np.abs(apart), out=np.zeros_like(gap), where=np.abs(apart) > _NOISE)
    moving = np.abs(lines.rise[lines.rise != 0])
    return max(now, float(crossed.max(initial=0.0))) + (unit / float(moving.min()) if len(moving) else 0.0)


def _of_shares(result: Assessment, path: str, year: Year) -> _Course:
    """The course of one tier's share: the scores stay, the places change where a quota or its remainder does."""
    contest = year.contest
    _, keys = contest.ranked(ranking.half_up(year.unrounded(year.now), contest.decimals))
    none, all_of_it = (np.array(list(_shares(result, path, value).values())) for value in (0.0, 1.0))
    sizes = {len(columns) for columns in contest.divided}
    rises = [(size * none, size * (all_of_it - none)) for size in sizes]
    # Floors and ceilings change at whole quotas, halves at half ones; remainders change order where two quotas are whole numbers apart.
    bases = [np.concatenate([base * 2, np.subtract.outer(base, base).ravel() * 2]) for base, _ in rises]
    steps = [np.concatenate([rise * 2, np.subtract.outer(rise, rise).ravel() * 2]) for _, rise in rises]
    lines = _Lines(np.concatenate(bases) + 0.5, np.concatenate(steps))  # so that a whole half of a quota is halfway between whole numbers

    def labels(values: np.ndarray) -> np.ndarray:
        return np.vstack([contest.tiers(keys, _shares(result, path, float(value))).labels for value in values])

    now, (low, high) = _value(result, path), limits(SHARES)
    return _Course(now, low, high, float(np.abs(lines.rise).sum()), lambda start, end: _halves(lines, start, end, 0), labels)


def _of_bands(result: Assessment, path: str, year: Year) -> _Course:
    """The course of one tier's lowest score between those of its neighbours: the scores stay, and it meets them one by one."""
    contest, now, tier = year.contest, _value(result, path), path.rsplit(".", 1)[1]
    bands = contest.rule.bands.value
    scores = ranking.half_up(year.unrounded(year.now)[0], contest.decimals)
    met, (low, high) = np.append(scores, now), (limits(BANDS)[0], float(np.append(scores, now).max()) + 1)
    # It may come near a neighbour but not meet it: half way from there to the next score is as far as anything can change.
    for other in bands.values():
        if other < now:
            low = max(low, float(other + met[met > other].min()) / 2)
        if other > now:
            high = min(high, float(other + met[met < other].max()) / 2)

    def labels(values: np.ndarray) -> np.ndarray:
        return np.vstack([contest.banded(scores, {**bands, tier: float(value)}).labels for value in values])

    return _Course(now, low, high, 1.0, lambda start, end: scores[(scores >= start) & (scores <= end)], labels)
