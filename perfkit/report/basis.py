"""What a report rests on, as tables: clauses, assumptions, changes of an experiment, corrections, other readings, the proof of the sums."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from perfkit.language import choice, localised
from perfkit.records.corrections import meant
from perfkit.report.formats import exact
from perfkit.report.html import Html, Table, paragraphs
from perfkit.report.tables import PAYMENTS, cell, table
from perfkit.report.view import View, number

SEEN = 0.005  # points, yuan: what shows as a change


def _rules(view: View) -> list[str]:
    paths = {rule for rules in view.page.ledger["rules"].unique() for rule in rules.split(";")}
    return [path for path in view.page.scheme.parameters if path in paths]


def clauses(view: View) -> Table | Html:
    """The clauses of the plan this report applied."""
    scheme = view.page.scheme
    used = scheme.clauses_of(";".join(_rules(view)))
    rows = pd.DataFrame([{"clause": each, "where": scheme.spec.clauses[each].where, "says": localised(scheme.spec.clauses[each].says, view.lang)}
                         for each in scheme.spec.clauses if each in used], columns=["clause", "where", "says"])  # fmt: skip
    return table(view, "clauses", rows, {"clause": "clauses", "where": "text", "says": "text"})


def assumptions(view: View) -> Table | Html:
    """The readings this report rests on where the plan is silent."""
    scheme = view.page.scheme
    rows = [
        {"path": path, "value_used": shown(view, parameter.value, path), "why": localised(parameter.assumption, view.lang),
         "alternatives": view.say("point.separator").join(shown(view, each, path) for each in parameter.alternatives)}
        for path, parameter in ((each, scheme.parameters[each]) for each in _rules(view)) if parameter.assumption
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["path", "value_used", "why", "alternatives"])
    return table(view, "assumptions", frame, {"path": "assumptions", "value_used": "text", "why": "text", "alternatives": "text"})


def changes(view: View) -> Table | Html:
    """What an experiment changed against the plan; nothing when the plan runs as it is."""
    rows = [
        {"path": view.term("parameter", path), "value_used": shown(view, parameter.value, path), "replaces": shown(view, parameter.replaces, path),
         "why": localised(parameter.why, view.lang)}
        for path, parameter in view.page.scheme.parameters.items() if parameter.overlay
    ]  # fmt: skip
    if not rows:
        return Html("")
    frame = pd.DataFrame(rows)
    return table(view, "changes", frame, dict.fromkeys(map(str, frame), "text"))


def shown(view: View, value: Any, path: str = "") -> str:
    """The value of the parameter at ``path`` in words."""
    if value is None or value == {}:
        return view.say("choice.unset")
    if isinstance(value, dict):
        return view.say("point.separator").join(f"{choice(path, key, view.lang)} {shown(view, each, path)}" for key, each in value.items())
    if isinstance(value, list) and value:
        between = "point.list_separator" if isinstance(value[0], dict) else "point.separator"
        return view.say(between).join(shown(view, each, path) for each in value)
    if value == []:
        return view.say("choice.nobody")
    if isinstance(value, bool):
        return view.say("column.yes") if value else view.say("column.no")
    if isinstance(value, float | int):
        return exact(value)
    return choice(path, value, view.lang)


def open_questions(view: View) -> Table | Html:
    """What people still have to decide."""
    rows = view.page.open
    if rows.empty:
        return paragraphs([view.say("report.no_open")])
    options = [view.say("point.separator").join(view.term("option", each) for each in str(each).split(";")) for each in rows["options"]]
    return table(view, "open", rows.assign(options=options), {"subject": "subject", "question": "question", "options": "text"})


def corrections(view: View) -> Table | Html:
    """The corrections that were decided, and the row each changes; nothing if there are none."""
    rows = view.page.corrections
    if rows.empty:
        return Html("")
    named = [corrected_place(view, row) for row in rows.to_dict("records")]
    columns: dict[str, int | str] = {"correction": "text", "row": "text", "old": "text", "new": "text", "decided_by": "text"}
    columns |= {"decided_on": "date", "why": "text"}
    return table(view, "corrections", rows.assign(row=named), columns)


def corrected_place(view: View, row: Mapping[Any, Any]) -> str:
    """The cell a correction means, by the names that its table and column have in the records."""
    where, column = meant(pd.Series(row))
    return f"{where.zh} {row['key']} {column.zh}" if view.lang == "zh" else f"{where.name} {row['key']} {column.name}"


def moved(view: View) -> Table | Html:
    """Every number the corrections moved, before and after; nothing without corrections."""
    found = view.page.moved()
    if found.empty:
        return Html("")
    rows = found.assign(
        moved_measure=[view.term("kind" if each in PAYMENTS else "moved", each) for each in found["measure"]],
        before=[_value(view, measure, value) for measure, value in zip(found["measure"], found["before"], strict=True)],
        after=[_value(view, measure, value) for measure, value in zip(found["measure"], found["after"], strict=True)],
    )
    return table(view, "moved", rows, {"subject": "subject", "moved_measure": "text", "before": "figure", "after": "figure"})


def _value(view: View, measure: str, value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return cell(view, value, "flag")
    if isinstance(value, str):
        return view.term(measure, value)
    return number(value, 0 if measure in ("rank", "excellent_places") else 2)


def readings(view: View) -> Table | Html:
    """What each other reading of the plan would have changed, so that whoever decides knows it; those that change nothing in one sentence."""
    found = view.page.readings()
    if found.empty:
        return Html("")
    rows = pd.DataFrame({
        "reading": [view.say("report.reading", path=view.term("parameter", path), alternative=shown(view, other, path), value=shown(view, value, path))
                    for path, value, other in zip(found["path"], found["value"], found["alternative"], strict=True)],
        "tiers_moved": [view.say("point.separator").join(view.say("report.tier_moved", division=view.name(division), before=before or "–", after=after or "–")
                                                         for division, before, after in moves) for moves in found["tiers"]],
        **{f"{name}_moved": found[name].to_numpy() for name in ("ratings", "amount", "bureau") if name in found},
    })  # fmt: skip
    tiered, numbers = view.page.scheme.spec.has("tiers"), [name for name in ("ratings_moved", "amount_moved", "bureau_moved") if name in rows]
    moves = (rows["tiers_moved"] != "") | (rows[numbers].abs() > SEEN).any(axis=1)
    columns: dict[str, int | str] = {"reading": "text"}
    columns |= {"tiers_moved": "text"} if tiered else {"bureau_moved": "signed"}
    columns |= {"ratings_moved": 0, "amount_moved": 2} if tiered and "amount_moved" in rows else {}
    same = view.say("report.readings_same", count=int((~moves).sum()), list=view.say("point.list_separator").join(rows.loc[~moves, "reading"]))
    parts = [table(view, "readings", rows[moves], columns)] if moves.any() else []
    return Html("".join(each._repr_html_() for each in [*parts, *([paragraphs([same])] if (~moves).any() else [])]))


def checks(view: View) -> Table | Html:
    """The proof that the sums agree."""
    rows = view.page.checks
    sums = rows.groupby("check", sort=False).agg(expected=("expected", "sum"), found=("found", "sum"), holds=("holds", "all")).reset_index()
    return table(view, "checks", sums, {"check": "check", "expected": 2, "found": 2, "holds": "flag"})
