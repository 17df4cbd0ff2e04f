"""The public edition: what of an assessment may be told to everyone, made by leaving data out, not by hiding it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd

from perfkit.problems import UsageError
from perfkit.records.corrections import meant
from perfkit.scheme import Scheme
from perfkit.scoring.contribution import FEWEST
from perfkit.since import Step

PUBLIC = {  # what the public edition keeps of the records: no people, no money
    "divisions": ("division", "name", "group"),
    "goals": ("division", "goal", "source", "standard"),
    "items": ("item", "division", "title"),
    "plan_items": ("month", "division", "item", "title", "points", "completion"),
    "sign_off": ("period", "state", "by", "on"),
}
PRIVATE = ("staff", "leaders", "payouts", "staff_months", "entries", "away", "settlement")
OF_SUBJECTS = ("appeals", "answers", "guidance", "open")  # of which the divisions' rows are told


def in_public(whole: Mapping[str, Any]) -> dict[str, Any]:
    """The tables of an assessment without people and money, of whom only counts and means of five or more remain.

    ``whole`` holds what Assessment holds, by name; what is not returned stays as it is. Raises UsageError where a division's score would give
    the mean of fewer away.
    """
    own, names, records, standing = whole["divisions"], whole["records"].names("divisions"), whole["records"], whole["standing"]
    _unless_of_few(own, standing, names)
    divisions = set(own["division"])
    together = partial(_raters_together, few=_rated_by_few(records["appraisals"], whole["period"]))
    lines = partial(_lines_of, divisions=divisions, together=together)
    few = standing["assessed"] < FEWEST
    cause, plan = whole["losses"]["cause"], whole["losses"]["component"] == "monthly_plan"
    told = {name: whole[name][whole[name]["subject"].isin(divisions)] for name in OF_SUBJECTS}
    known = {name: table[list(PUBLIC[name])] if name in PUBLIC else table.iloc[:0] for name, table in records.tables.items()}
    return {
        **{name: whole[name].iloc[:0] for name in PRIVATE}, **told, "late": whole["late"][whole["late"]["kind"] == "item"],
        "guidance": told["guidance"].drop(columns=["owner"]), "corrections": _without_private_cells(whole["corrections"]),
        "register": whole["register"].drop(columns=["proposed_by"]), "losses": together(whole["losses"].assign(cause=cause.mask(plan, ""))),
        "items": whole["items"].drop(columns=["excused_by", "reason"]), "ledger": lines(whole["ledger"]), "beside": whole["shown"],
        "standing": standing.assign(mean_hours=standing["mean_hours"].mask(few), assessed=standing["assessed"].mask(few)),
        "records": replace(records, tables=known, entered=None), "steps": partial(_steps_in_public, whole["steps"], lines),
        "moved": partial(_moved_divisions, whole["moved"], divisions), "readings": partial(_of_tiers, whole["readings"]),
        "under": partial(_without_people, whole["under"], divisions, names),
    }  # fmt: skip


def _lines_of(ledger: pd.DataFrame, *, divisions: set[str], together: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    """The ledger lines that the public edition shows: the divisions', without money, groups of few raters together."""
    return together(ledger[ledger["subject"].isin(divisions) & (ledger["measure"] != "amount")])


def _steps_in_public(
    steps: Callable[[pd.DataFrame, Mapping[str, Any]], list[Step]], lines: Callable[[pd.DataFrame], pd.DataFrame],
    known: pd.DataFrame, then: Mapping[str, Any],
) -> list[Step]:  # fmt: skip
    return [replace(each, ledger=lines(each.ledger)) for each in steps(known, then)]


def _without_private_cells(corrections: pd.DataFrame) -> pd.DataFrame:
    """Corrections without who decided and why; of one that changes what is not public only the id and the day."""
    columns = ["table", "key", "column", "old", "new"]
    places = [meant(entry) for _, entry in corrections.iterrows()]
    private = [column.name not in PUBLIC.get(table.name, ()) for table, column in places]
    found = corrections.drop(columns=["decided_by", "why"])
    found[columns] = found[columns].mask(pd.Series(private, index=found.index, dtype=bool), "")
    return found


def _moved_divisions(moved: Callable[[], pd.DataFrame], divisions: set[str]) -> pd.DataFrame:
    found = moved()
    return found[found["subject"].isin(divisions)].reset_index(drop=True)


def _unless_of_few(divisions: pd.DataFrame, standing: pd.DataFrame, names: Mapping[str, str]) -> None:
    """UsageError where mean personal hours of fewer than five people are a part of a score: all its other parts are public."""
    if "mean_hours" in divisions and divisions["mean_hours"].notna().any():
        few = standing.loc[standing["assessed"].between(1, FEWEST - 1), "division"]
        if len(few):
            raise UsageError("mean_of_few", names=" / ".join(names[division] for division in few))


def _rated_by_few(votes: pd.DataFrame, period: str) -> set[str]:
    """The subjects that some group of fewer than five raters rated in a period."""
    cast = votes[(votes["kind"] == "mass") & (votes["period"] == period)].groupby(["subject", "rater_group"])["votes"].sum()
    return set(cast[cast.between(1, FEWEST - 1)].index.get_level_values("subject"))


def _raters_together(rows: pd.DataFrame, few: set[str]) -> pd.DataFrame:
    """Ledger lines or losses where a subject in ``few`` has one for all its groups of raters: the whole less the others would be a small group's mean."""
    subject, item = ("subject", "item") if "subject" in rows else ("division", "cause")
    one = (rows["component"] == "appraisal") & rows[subject].isin(few)
    if not one.any():
        return rows
    keys, sums = ["period", subject], [name for name in ("weight", "value", "points") if name in rows]
    whole = rows[one].drop_duplicates(keys).copy()
    whole[sums] = rows[one].groupby(keys, sort=False)[sums].sum().to_numpy()
    whole[item] = "all_raters"
    if "raw" in whole:
        whole["raw"] = whole["value"] / whole["weight"]
    return pd.concat([rows[~one], whole]).sort_index()


def _without_people(
    under: Callable[[Scheme], Mapping[str, pd.DataFrame]], divisions: set[str], names: Mapping[str, str], scheme: Scheme
) -> dict[str, pd.DataFrame]:
    """What another scheme makes of the divisions; nothing of people and money."""
    found = under(scheme)
    _unless_of_few(found["divisions"], found["standing"], names)
    kept = {"divisions": found["divisions"], "bureau": found["bureau"], "open": found["open"][found["open"]["subject"].isin(divisions)]}
    return {name: kept.get(name, table.iloc[:0]) for name, table in found.items()}


def _of_tiers(readings: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    return readings().drop(columns=["ratings", "amount", "open"])
