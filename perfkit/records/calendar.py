"""Statutory workdays: the office's own calendar where it has one, else the published holiday arrangements."""

import datetime as dt

import pandas as pd

from perfkit.problems import Problem, RecordsError


def workdays(year: int, calendar: pd.DataFrame) -> pd.Series:
    """Date → whether it is a statutory workday, for every day of ``year``.

    ``calendar`` (date, workday) overrides single days. Raises RecordsError for a year that neither it nor
    the published arrangements cover.
    """
    import chinese_calendar  # loads its tables on import

    days = pd.date_range(f"{year}-01-01", f"{year}-12-31", unit="s")
    own = dict(zip(calendar["date"], calendar["workday"] == "yes", strict=True))
    if set(days) <= set(own):
        return pd.Series([own[day] for day in days], index=days)
    try:
        known = {day: chinese_calendar.is_workday(dt.date(day.year, day.month, day.day)) for day in days}
    except NotImplementedError:
        raise RecordsError([Problem("calendar_missing", "calendar.csv", values={"year": year})]) from None
    return pd.Series([own.get(day, known[day]) for day in days], index=days)


def days_after(year: int, calendar: pd.DataFrame) -> pd.Series:
    """The first two months of the next year, in which December is reviewed; empty where they are not known yet."""
    import chinese_calendar

    days = pd.date_range(f"{year + 1}-01-01", f"{year + 1}-02-28", unit="s")
    own = dict(zip(calendar["date"], calendar["workday"] == "yes", strict=True))
    try:
        known = {day: own.get(day, chinese_calendar.is_workday(dt.date(day.year, day.month, day.day))) for day in days}
    except NotImplementedError:
        known = {day: own[day] for day in days if day in own} if set(days) <= set(own) else {}
    return pd.Series(known, dtype=bool, index=days[: len(known)])
