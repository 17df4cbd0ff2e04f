"""Personal working time: statutory hours, approved hours and credits, absences (plan 二、3 second paragraph; 三)."""

from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Literal

import numpy as np
import pandas as pd

from perfkit.scoring import ledger

AWAY = ["months", "days", "calendar_days", "longest_months", "longest_days", "longest_calendar_days"]


def leave_days(absences: pd.DataFrame, workdays: pd.Series) -> pd.DataFrame:
    """The workdays each person was on approved leave, each once: staff, date.

    ``workdays``: date → bool for every day of the year.
    """
    days = workdays.index[workdays].to_numpy()
    first, last = days.searchsorted(absences["start"].to_numpy()), days.searchsorted(absences["end"].to_numpy(), side="right")
    dates = [days[start:end] for start, end in zip(first, last, strict=True)]
    off = pd.DataFrame({"staff": absences["staff"].to_numpy().repeat(last - first), "date": np.concatenate([days[:0], *dates])})
    return off.drop_duplicates(ignore_index=True)


def fixed_month(workdays: pd.Series, hours_per_month: float) -> pd.Series:
    """Month → hours a workday, such that every whole month has ``hours_per_month``."""
    return hours_per_month / workdays.groupby(pd.DatetimeIndex(workdays.index).strftime("%Y-%m")).sum()


def statutory(posts: pd.DataFrame, workdays: pd.Series, leave: pd.DataFrame, hours_per_day: float | pd.Series) -> pd.Series:
    """(period, staff) → statutory hours: workdays in post × hours a day, less approved leave.

    22 workdays of 8 hours are 176 hours. ``hours_per_day`` may differ by period.
    """
    index = pd.MultiIndex.from_frame(posts[["period", "staff"]])
    counts = np.concatenate([[0], workdays.astype(int).cumsum().to_numpy()])
    first, last = workdays.index.get_indexer(pd.Index(posts["start"])), workdays.index.get_indexer(pd.Index(posts["end"]))
    in_post = pd.Series(counts[last + 1] - counts[first], index=index)
    off = posts[["period", "staff", "start", "end"]].merge(leave, on="staff")
    off = off[(off["start"] <= off["date"]) & (off["date"] <= off["end"])]
    away = off.groupby(["period", "staff"]).size()
    worked = in_post.groupby(level=[0, 1], sort=False).sum()
    each = hours_per_day.reindex(worked.index.get_level_values("period")).to_numpy() if isinstance(hours_per_day, pd.Series) else hours_per_day
    return (worked - away.reindex(worked.index, fill_value=0)) * each


def in_post(hours: pd.DataFrame, posts: pd.DataFrame) -> pd.Series:
    """Whether each entry falls on a day its person held a post; ``posts``: staff, start, end."""
    entries = hours[["staff", "date"]].reset_index(names="entry").merge(posts[["staff", "start", "end"]], on="staff")
    held = entries[(entries["start"] <= entries["date"]) & ~(entries["end"] < entries["date"])]
    return pd.Series(hours.index.isin(held["entry"]), index=hours.index)


def worked(hours: pd.DataFrame, credits: pd.DataFrame, credit_hours: Mapping[str, float | None]) -> pd.Series:
    """(month, staff) → approved hours plus approved credits (quantity × hours of the kind; blank quantity is 1)."""
    counted = hours[(hours["approved_by"] != "") & hours["approved"].notna()]
    day, dates = pd.factorize(counted["date"])
    own = pd.DataFrame({"month": pd.DatetimeIndex(dates).strftime("%Y-%m").take(day), "staff": counted["staff"], "hours": counted["approved"]})
    granted = credits[credits["approved_by"] != ""]
    extra = granted["kind"].map(dict(credit_hours)).astype(float) * granted["quantity"].fillna(1.0)
    both = pd.concat([own, pd.DataFrame({"month": granted["month"], "staff": granted["staff"], "hours": extra})])
    return both.groupby(["month", "staff"])["hours"].sum()


def component(people: pd.DataFrame, *, period: str, weight: float, full_marks: float) -> ledger.Lines:
    """Mean personal hours as a part of a division's score: one ledger line, the mean of its people's time points.

    ``people``: division, hours, statutory_hours; points are ``full_marks`` × hours ÷ statutory hours, capped there.
    """
    points = (full_marks * people["hours"] / people["statutory_hours"]).clip(upper=full_marks)
    mean = points.groupby(people["division"], sort=False).mean().rename_axis("division").reset_index(name="raw")
    return ledger.lines(mean.index, period=period, subject=mean["division"], measure="score", component="mean_hours", item="hours",
                        raw=mean["raw"], weight=weight, rules="components.mean_hours.use;components.mean_hours.weight")  # fmt: skip


def absent(absences: pd.DataFrame, year: int, kinds: Sequence[str], days_per_month: int) -> pd.DataFrame:
    """How long each person was away within the year; index staff.

    Only absences of ``kinds``; spells that overlap or follow on each other are one. ``months`` and ``days``: all
    spells together, whole months and left-over days, of which ``days_per_month`` make a month; ``calendar_days``: the
    same in days; ``longest_months``, ``longest_days``, ``longest_calendar_days``: the longest spell alone.
    1 March–31 May is 3 months, 0 days.
    """
    first, last = pd.Timestamp(year, 1, 1), pd.Timestamp(year, 12, 31)
    spells = absences[absences["kind"].isin(kinds) & (absences["end"] >= first) & (absences["start"] <= last)]
    spells = spells.assign(start=spells["start"].where(spells["start"] >= first, first), end=spells["end"].where(spells["end"] <= last, last))
    ordered = spells.sort_values(["staff", "start"], kind="stable")[["staff", "start", "end"]].itertuples(index=False, name=None)
    rows = []
    for staff, own in groupby(ordered, itemgetter(0)):
        merged: list[list[pd.Timestamp]] = []
        for _, start, end in own:
            if merged and start <= merged[-1][1] + pd.Timedelta(days=1):
                merged[-1][1] = max(merged[-1][1], end)
            else:
                merged.append([start, end])
        lengths = [(*_months_and_days(start, end), (end - start).days + 1) for start, end in merged]
        days = sum(length[1] for length in lengths)
        whole = sum(length[0] for length in lengths) + days // days_per_month
        rows.append((staff, whole, days % days_per_month, sum(length[2] for length in lengths), *max(lengths)))
    return pd.DataFrame(rows, columns=["staff", *AWAY]).set_index("staff")


def _months_and_days(start: pd.Timestamp, end: pd.Timestamp) -> tuple[int, int]:
    after = end + pd.Timedelta(days=1)
    months = (after.year - start.year) * 12 + after.month - start.month
    while start + pd.DateOffset(months=months) > after:
        months -= 1
    return months, (after - (start + pd.DateOffset(months=months))).days


def over(
    away: pd.DataFrame,
    months: int,
    *,
    at_limit: Literal["included", "excluded"],
    spells: Literal["cumulative", "longest"],
    counted_in: Literal["calendar_months", "days"],
    days_per_month: int,
) -> pd.Index:
    """Those away for more than ``months`` (``at_limit`` excluded: for that long already); ``away`` as of ``absent``.

    All spells of the year count or the longest alone, in calendar months or in days of which
    ``days_per_month`` make a month.
    """
    own = "longest_" if spells == "longest" else ""
    if counted_in == "days":
        beyond = away[f"{own}calendar_days"] - months * days_per_month
    else:
        beyond = (away[f"{own}months"] - months) * days_per_month + away[f"{own}days"]
    return away.index[beyond >= 0 if at_limit == "excluded" else beyond > 0]


def exempt(exemptions: pd.DataFrame, year: int, steps: Sequence[str]) -> pd.Series:
    """Whether each application went through all ``steps``, in order and within the year."""
    dates = exemptions[list(steps)]
    ordered: pd.Series = dates.notna().all(axis=1)
    for step in steps:
        ordered &= dates[step].dt.year == year
    for earlier, later in pairwise(steps):
        ordered &= exemptions[earlier] <= exemptions[later]
    return ordered
