"""What must hold between rows, whatever the bureau's rules: dates in order, one post at a time."""

from collections.abc import Mapping

import pandas as pd

from perfkit.problems import Problem
from perfkit.records.schema import label

_LAST = pd.Timestamp("2262-01-01")


def across(tables: Mapping[str, pd.DataFrame], shown: Mapping[str, str]) -> list[Problem]:
    """All faults between rows of the tables."""
    return [*_subjects(tables, shown), *_dates(tables, shown), *_posts(tables["postings"], shown["postings"])]


def _subjects(tables: Mapping[str, pd.DataFrame], shown: Mapping[str, str]) -> list[Problem]:
    """Divisions and people are subjects alike, so no id may stand for both: their lines would add up."""
    divisions, staff = tables["divisions"], tables["staff"]
    first = {division: int(str(row)) for row, division in divisions["division"].items() if division}
    return [
        Problem("id_of_a_division", shown["staff"], int(str(row)), label("staff", "staff"),
                {"given": given, "first": first[given], "other": shown["divisions"]})
        for row, given in staff["staff"].items() if given in first
    ]  # fmt: skip


def _dates(tables: Mapping[str, pd.DataFrame], shown: Mapping[str, str]) -> list[Problem]:
    return [
        Problem("end_before_start", shown[name], int(str(row)), label(name, "end"))
        for name in ("postings", "absences")
        for row in tables[name].index[tables[name]["end"] < tables[name]["start"]]
    ]


def _posts(postings: pd.DataFrame, file: str) -> list[Problem]:
    """A person holds one division post at a time; a leader may lead several, each once."""
    problems: list[Problem] = []
    lone = postings["role"].isin(["director"])
    for row in postings.index[(postings["division"] == "") & ~lone & (postings["role"] != "")]:
        if postings.loc[row, "role"] in ("head", "deputy"):
            problems.append(Problem("post_without_division", file, int(str(row)), label("postings", "division")))
    dated = postings[postings["start"].notna() & (postings["staff"] != "")]
    ordered = dated.assign(end=dated["end"].fillna(_LAST)).sort_values(["staff", "start", "end"], kind="stable")
    leads = ordered["role"] == "leader"
    overlapping = pd.concat([_overlaps(ordered[~leads], ["staff"]), _overlaps(ordered[leads], ["staff", "division"])])
    both = set(ordered.loc[leads, "staff"])
    mixed = ordered[~leads & ordered["staff"].isin(both)]
    for row, earlier in overlapping.items():
        problems.append(Problem("posts_overlap", file, int(str(row)), label("postings", "start"), {"first": int(earlier)}))
    for row, post in mixed.iterrows():
        clash = ordered[leads & (ordered["staff"] == post["staff"]) & (ordered["start"] <= post["end"]) & (ordered["end"] >= post["start"])]
        if len(clash):
            problems.append(Problem("posts_overlap", file, int(str(row)), label("postings", "role"), {"first": int(str(clash.index[0]))}))
    return problems


def _overlaps(ordered: pd.DataFrame, by: list[str]) -> pd.Series:
    """Row → the earlier row of the same person that it overlaps."""
    found: dict[int, int] = {}
    several = ordered[ordered.duplicated(by, keep=False)]
    for _, own in several.groupby(by, sort=False):
        until, holder = own["end"].iloc[0], int(str(own.index[0]))
        for row, start, end in zip(own.index[1:], own["start"].iloc[1:], own["end"].iloc[1:], strict=True):
            if start <= until:
                found[int(str(row))] = holder
            if end > until:
                until, holder = end, int(str(row))
    return pd.Series(found, dtype="int64")
