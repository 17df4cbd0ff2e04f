"""Names of periods: ``2023``, ``2023-06``, ``2023-Q2``, ``2023-H1``."""

import re
from collections.abc import Sequence

import pandas as pd

from perfkit.problems import UsageError

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


def is_year(period: str) -> bool:
    """Whether the period is a whole year."""
    return len(str(period)) == 4


def bounds(periods: Sequence[str]) -> pd.DataFrame:
    """First and last day of periods of any kind: period, start, end."""
    months = [months_of(period) for period in periods]
    frame = pd.DataFrame({
        "period": list(periods),
        "start": [pd.Period(each[0], freq="M").start_time for each in months],
        "end": [pd.Period(each[-1], freq="M").end_time.normalize() for each in months],
    })  # fmt: skip
    return frame.astype({"start": "datetime64[s]", "end": "datetime64[s]"})
