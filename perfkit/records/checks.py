"""What must hold between rows, whatever the bureau's rules: dates in order, one post at a time."""

from collections.abc import Iterator, Mapping

import pandas as pd

from perfkit.problems import Problem
from perfkit.records import tree
from perfkit.records.schema import MATTERS, OUTCOMES, STEPS, TABLES, label

_LAST = pd.Timestamp("2262-01-01")
_ORDER = (("settled", "submitted"), ("submitted", "approved"), ("settled", "published"))  # steps that follow each other


def across(tables: Mapping[str, pd.DataFrame], shown: Mapping[str, str]) -> list[Problem]:
    """All faults between rows of the tables."""
    return [
        *_subjects(tables, shown), *_dates(tables, shown), *_posts(tables["postings"], shown["postings"]),
        *_approvals(tables["approvals"], shown["approvals"]),
        *tree.problems_of(tables["indicators"], shown["indicators"]), *_fractions(tables["indicator_results"], shown["indicator_results"]),
        *_drawn(tables, shown), *_scored(tables["survey_responses"], shown["survey_responses"]),
        *_logged(tables["inspections"], shown["inspections"]),
    ]  # fmt: skip


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


def _approvals(rows: pd.DataFrame, file: str) -> Iterator[Problem]:
    """No step of a matter is taken before the one it follows."""
    for earlier, later in _ORDER:
        before = rows[rows["step"] == earlier]
        both = rows[rows["step"] == later].reset_index().merge(before, on=["year", "matter"], suffixes=("", "_before"))
        for row, matter, day in both.loc[both["on"] < both["on_before"], ["row", "matter", "on_before"]].itertuples(index=False, name=None):
            values = {"matter": _word(MATTERS, matter), "earlier": _word(STEPS, earlier), "day": f"{day:%Y-%m-%d}"}
            yield Problem("step_too_early", file, int(row), label("approvals", "on"), values)


def _word(choices: Mapping[str, tuple[str, ...]], name: str) -> str:
    return f"{choices[name][0]}/{name}"


def _fractions(results: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Shares where percentages belong: 0.93 would count as less than one point."""
    for column in TABLES["indicator_results"].columns:
        if column.high == 100:
            cells = results[column.name]
            for row, given in cells[(cells > 0) & (cells <= 1)].items():
                values = {"given": f"{given:g}", "percent": f"{100 * given:g}"}
                yield Problem("share_for_percent", file, int(str(row)), column.label, values)


def _drawn(tables: Mapping[str, pd.DataFrame], shown: Mapping[str, str]) -> Iterator[Problem]:
    """Returns come from entries that were drawn for the round, and keep their stratum."""
    file, entries = shown["survey_responses"], tables["survey_entries"]
    returns = tables["survey_responses"].query("round != '' and entry != ''").reset_index()
    if entries.empty:
        return  # the table itself is missing, and a scheme that needs it says so
    held = returns["round"].isin(entries["round"])
    for given, rows in returns[~held].groupby("round", sort=False)["row"]:
        values: dict[str, object] = {"given": given, "count": len(rows), "other": shown["survey_entries"]}
        yield Problem("round_without_entries", file, int(rows.iloc[0]), label("survey_responses", "round"), values)
    once = entries.drop_duplicates(["round", "entry"]).reset_index()
    found = returns[held].merge(once, on=["round", "entry"], how="left", suffixes=("", "_drawn"))
    for row, given, round_ in found.loc[found["row_drawn"].isna(), ["row", "entry", "round"]].itertuples(index=False, name=None):
        values = {"given": given, "round": round_, "other": shown["survey_entries"]}
        yield Problem("entry_not_drawn", file, int(row), label("survey_responses", "entry"), values)
    framed = tables["survey_frame"]["stratum"] if len(tables["survey_frame"]) else entries["stratum"]
    moved = found[found["stratum_drawn"].isin(framed) & (found["stratum_drawn"] != found["stratum"])]
    for row, given, drawn, first in moved[["row", "stratum", "stratum_drawn", "row_drawn"]].itertuples(index=False, name=None):
        values = {"given": given, "drawn": drawn, "other": shown["survey_entries"], "first": int(first)}
        yield Problem("stratum_differs", file, int(row), label("survey_responses", "stratum"), values)


def _scored(returns: pd.DataFrame, file: str) -> Iterator[Problem]:
    """A complete return has a score, and no other has one."""
    complete, scored = returns["outcome"] == "complete", returns["score"].notna()
    for row in returns.index[complete & ~scored]:
        yield Problem("score_missing", file, int(str(row)), label("survey_responses", "score"))
    for row, outcome in returns.loc[~complete & scored & (returns["outcome"] != ""), "outcome"].items():
        yield Problem("score_unexpected", file, int(str(row)), label("survey_responses", "score"), {"outcome": _word(OUTCOMES, outcome)})


def _logged(visits: pd.DataFrame, file: str) -> Iterator[Problem]:
    """The log runs on in time, and what was found is circulated afterwards."""
    dated = visits[visits["date"].notna()]
    for row in dated.index[dated["date"] < dated["date"].cummax()]:
        later = dated.loc[dated["date"] > dated["date"][row], "date"]
        values = {"given": f"{dated['date'][row]:%Y-%m-%d}", "first": int(str(later.index[0])), "day": f"{later.iloc[0]:%Y-%m-%d}"}
        yield Problem("inspection_backdated", file, int(str(row)), label("inspections", "date"), values)
    for row, day in dated.loc[dated["circulated_on"] < dated["date"], "date"].items():
        yield Problem("circulated_before_visit", file, int(str(row)), label("inspections", "circulated_on"), {"day": f"{day:%Y-%m-%d}"})
