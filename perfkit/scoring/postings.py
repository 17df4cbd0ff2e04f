"""Who held which post when, clipped to periods; the last post and the share of days."""

import pandas as pd


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


def by_days(posts: pd.DataFrame, values: pd.Series, whole: bool = False) -> pd.DataFrame:
    """Parts of each person's mean over the divisions posted to, weighted by days.

    ``values``: (period, division) → number; a division without one is left out and the rest reweighted, or
    with ``whole`` the person is left out.
    Returns period, staff, division, raw, weight; the weights of a person sum to 1.
    """
    parts = posts.groupby(["period", "staff", "division"], sort=False)["days"].sum().reset_index()
    keys = pd.MultiIndex.from_frame(parts[["period", "division"]])
    parts["raw"] = values.reindex(keys).to_numpy(dtype=float)
    lacking = parts["raw"].isna()
    if whole:
        lacking = lacking.groupby([parts["period"], parts["staff"]]).transform("any")
    parts = parts[~lacking].reset_index(drop=True)
    parts["weight"] = parts["days"] / parts.groupby(["period", "staff"])["days"].transform("sum")
    return parts.drop(columns="days")


def reweighted(parts: pd.DataFrame, values: pd.Series) -> pd.DataFrame:
    """The same parts with each weight × its division's value; ``values``: (period, division) → number."""
    weight = parts["weight"] * values.reindex(pd.MultiIndex.from_frame(parts[["period", "division"]])).to_numpy(dtype=float)
    whole = weight.groupby([parts["period"], parts["staff"]]).transform("sum")
    return parts.assign(weight=(weight / whole).where(whole > 0, parts["weight"]))


def mean_of(parts: pd.DataFrame) -> pd.Series:
    """(period, staff) → the mean those parts make."""
    return (parts["raw"] * parts["weight"]).groupby([parts["period"], parts["staff"]], sort=False).sum()
