"""The year's calendar: monthly meetings, deadlines and weekly reviews, moved on for holidays (plan 二、2)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


def on_or_after(days: pd.Series, workdays: pd.Series, further: int = 0) -> pd.Series:
    """The first workday on or after each day, then ``further`` workdays on; NaT where the calendar ends before.

    ``workdays``: date → bool for every day known.
    """
    known = pd.DatetimeIndex(workdays.index[workdays.to_numpy(dtype=bool)])
    place = known.searchsorted(pd.DatetimeIndex(days)) + further
    dates = pd.Series(known[np.minimum(place, len(known) - 1)], index=days.index)
    inside = days.notna().to_numpy() & (place < len(known)) & (days >= workdays.index[0]).to_numpy()
    return dates.where(pd.Series(inside, index=days.index))


def meetings(months: Sequence[str], workdays: pd.Series, *, meeting_day: int, deadline_workdays: int) -> pd.DataFrame:
    """Each month's review: month, meeting, due.

    A month is reviewed in the next one, on ``meeting_day`` or the first workday after it; its completion is due by the
    ``deadline_workdays``-th workday after the meeting.
    """
    first = pd.Series([pd.Period(month, freq="M").end_time.normalize() for month in months], dtype="datetime64[s]")
    planned = first + pd.Timedelta(days=meeting_day)
    return pd.DataFrame({
        "month": list(months), "meeting": on_or_after(planned, workdays), "due": on_or_after(planned, workdays, deadline_workdays),
    })  # fmt: skip


def review_of(days: pd.Series, workdays: pd.Series, *, review_weekday: str) -> pd.DataFrame:
    """When the week of each day is reviewed: week (its Monday), planned, due.

    That is ``review_weekday`` of the week after, or the first workday after it where that is a holiday.
    """
    week = days - pd.to_timedelta(days.dt.day_of_week, unit="D")
    planned = week + pd.Timedelta(days=7 + WEEKDAYS.index(review_weekday))
    each = pd.Series(pd.unique(planned.dropna()))
    due = dict(zip(each, on_or_after(each, workdays), strict=True))
    return pd.DataFrame({"week": week, "planned": planned, "due": planned.map(due).astype("datetime64[s]")})


def reviews(months: Sequence[str], workdays: pd.Series, *, review_weekday: str) -> pd.DataFrame:
    """The weekly reviews planned within the months: week, planned, due, moved."""
    start, end = pd.Period(months[0], freq="M").start_time, pd.Period(months[-1], freq="M").end_time
    days = pd.Series(pd.date_range(start.normalize(), end.normalize(), freq="D", unit="s"))
    planned = days[days.dt.day_of_week == WEEKDAYS.index(review_weekday)].reset_index(drop=True)
    found = review_of(planned - pd.Timedelta(days=7), workdays, review_weekday=review_weekday)
    return found.assign(moved=found["due"] != found["planned"])


def late(done: pd.Series, due: pd.Series) -> Any:
    """Whether each was done after it was due; False where either day is unknown."""
    return (done > due).to_numpy(dtype=bool)
