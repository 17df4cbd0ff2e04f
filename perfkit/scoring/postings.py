"""Who held which post when, clipped to periods; the last post and the share of days."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from perfkit.scoring import keys

Parts = Mapping[str, np.ndarray]  # period, staff, division, raw, weight: columns of one length


def posted(postings: pd.DataFrame, periods: pd.DataFrame) -> pd.DataFrame:
    """Each posting in each period it touches: period, staff, division, role, grade, start, end, days.

    ``periods``: period, start, end; an open end lasts.
    """
    rows = postings.merge(periods, how="cross", suffixes=("", "_period"))
    rows["start"] = rows[["start", "start_period"]].max(axis=1)
    rows["end"] = rows["end"].fillna(rows["end_period"]).where(rows["end"].isna() | (rows["end"] < rows["end_period"]), rows["end_period"])
    rows["days"] = (rows["end"] - rows["start"]).dt.days + 1
    held = rows[rows["days"] > 0]
    return held[["period", "staff", "division", "role", "grade", "start", "end", "days"]].reset_index(drop=True)


def last_post(posts: pd.DataFrame) -> pd.DataFrame:
    """One row a person and period: the post of the last day."""
    ordered = posts.sort_values(["period", "staff", "end", "start"], kind="stable")
    return ordered.drop_duplicates(["period", "staff"], keep="last").reset_index(drop=True)


def days_in(posts: pd.DataFrame) -> pd.DataFrame:
    """The days each person was posted to each division: period, staff, division, days; one row each."""
    return posts.groupby(["period", "staff", "division"], sort=False)["days"].sum().reset_index()


def time_in_post(posts: pd.DataFrame, months: pd.DataFrame, counted: Literal["by_days", "by_months"]) -> pd.Series:
    """Staff → the share of a year, 0 to 1, in which any post was held, posts held at once counted once (a reading of plan 二、4（1）年度考核兑现).

    By its days, or by the months in which a post was held on some day. ``posts``: postings; ``months``: the year's, period, start, end.
    """
    rows = posted(posts, months).sort_values(["staff", "start"], kind="stable")
    if counted == "by_months":
        return rows.groupby("staff")["period"].nunique() / len(months)
    before = rows.groupby("staff")["end"].cummax().groupby(rows["staff"]).shift()
    first = rows["start"].mask(before >= rows["start"], before + pd.Timedelta(days=1))
    days = ((rows["end"] - first).dt.days + 1).clip(lower=0)
    return days.groupby(rows["staff"]).sum() / ((months["end"] - months["start"]).dt.days + 1).sum()


def by_days(days: pd.DataFrame, values: Mapping[str, Any], whole: bool = False) -> Parts:
    """Parts of each person's mean over the divisions posted to, weighted by days.

    ``days``: as of ``days_in``. ``values``: columns period, division, value; a division without one is left out and the rest
    reweighted, or with ``whole`` the person is left out. The weights of a person sum to 1.
    """
    raw = keys.taken(values["value"], keys.positions([values["period"], values["division"]], [days["period"], days["division"]]))
    lacking = np.isnan(raw)
    person = keys.codes([days["period"], days["staff"]])
    if whole and lacking.any():
        lacking = keys.sums(person, lacking)[person] > 0
    length = np.where(lacking, 0.0, days["days"].to_numpy(dtype=float))
    total = keys.sums(person, length)[person]
    text = {name: days[name].to_numpy(dtype=object)[~lacking] for name in ("period", "staff", "division")}
    return {**text, "raw": raw[~lacking], "weight": length[~lacking] / total[~lacking]}


def reweighted(parts: Parts, values: Mapping[str, Any]) -> Parts:
    """The same parts with each weight × its division's value; ``values``: columns period, division, value."""
    place = keys.positions([values["period"], values["division"]], [parts["period"], parts["division"]])
    weight = parts["weight"] * keys.taken(values["value"], place)
    person = keys.codes([parts["period"], parts["staff"]])
    whole = keys.sums(person, weight)[person] if len(weight) else weight
    return {**parts, "weight": np.where(whole > 0, weight / np.where(whole > 0, whole, 1.0), parts["weight"])}


def mean_of(parts: Parts, period: Any, staff: Any) -> np.ndarray:
    """The mean those parts make for each wanted period and person; NaN where there is none."""
    person = keys.codes([parts["period"], parts["staff"]])
    head = keys.first(person)
    place = keys.positions([parts["period"][head], parts["staff"][head]], [period, staff])
    return keys.taken(keys.sums(person, parts["raw"] * parts["weight"]), place)
