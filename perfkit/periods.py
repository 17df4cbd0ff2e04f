"""Names of periods: ``2023``, ``2023-06``, ``2023-Q2``, ``2023-H1``."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from perfkit.problems import UsageError

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("month", "quarter", "half_year", "year")  # the shorter first
_PERIOD = re.compile(r"(\d{4})(?:-(?:(0[1-9]|1[0-2])|Q([1-4])|H([12])))?")


def months_of(period: str) -> list[str]:
    """The months of a period, in order; UsageError if it names none."""
    match = _PERIOD.fullmatch(str(period))
    if match is None:
        raise UsageError("not_a_period", given=period)
    year, month, quarter, half = match.groups()
    if month:
        return [str(period)]
    size, place = (3, int(quarter)) if quarter else (6, int(half)) if half else (12, 1)
    return [f"{year}-{number:02d}" for number in range(size * (place - 1) + 1, size * place + 1)]


def kind_of(period: str) -> str:
    """month, quarter, half_year or year."""
    return {"": "year", "Q": "quarter", "H": "half_year"}.get(str(period)[5:6], "month")


def parts_of(year: str, kinds: Sequence[str]) -> list[str]:
    """A year's periods of those kinds, the shorter kinds first."""
    inside = {"month": months_of(year), "quarter": [f"{year}-Q{number}" for number in range(1, 5)], "half_year": [f"{year}-H1", f"{year}-H2"], "year": [year]}
    return [period for kind, periods in inside.items() if kind in kinds for period in periods]


def before(period: str) -> str:
    """The period of the same kind before this one in its year; '' for the first, and for a year."""
    kind = kind_of(period)
    alike = [each for each in parts_of(str(period)[:4], [kind]) if kind != "year"]
    place = alike.index(str(period)) if period in alike else 0
    return alike[place - 1] if place else ""


def in_order(period: str) -> tuple[int, str]:
    """A key that puts periods in order, the shorter kinds first."""
    return KINDS.index(kind_of(period)), str(period)


def is_year(period: str) -> bool:
    """Whether the period is a whole year."""
    return len(str(period)) == 4


def bounds(periods: Sequence[str]) -> "pd.DataFrame":
    """First and last day of periods of any kind: period, start, end."""
    import pandas as pd  # slow to load, and names of periods are wanted where no table is

    months = [months_of(period) for period in periods]
    frame = pd.DataFrame({
        "period": list(periods),
        "start": [pd.Period(each[0], freq="M").start_time for each in months],
        "end": [pd.Period(each[-1], freq="M").end_time.normalize() for each in months],
    })  # fmt: skip
    return frame.astype({"period": object, "start": "datetime64[s]", "end": "datetime64[s]"})
