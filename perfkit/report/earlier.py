"""Since the version published before: what moved, by which lines, and because of what; nothing where no version was given."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from perfkit import __version__
from perfkit.periods import in_order
from perfkit.report.basis import corrected_place, shown
from perfkit.report.formats import COLUMN, day
from perfkit.report.html import Html, Table, paragraphs, points
from perfkit.report.tables import item_words, table
from perfkit.report.view import Earlier, View, number, signed
from perfkit.since import Cause, Since

SEAL = 12  # characters of a sha256 that name a manifest to a reader
Shown = Table | Html
PLACES = {"score": 2, "rank": 0, "coefficient": 4}
NOTHING = Html("")


def summary(view: View) -> Html:
    """What was compared with, what the own numbers did and because of what, and what has no known cause."""
    earlier = view.since
    if earlier is None:
        return NOTHING
    if earlier.version is None or earlier.moved is None:
        return paragraphs([view.say("since.not_published")], anchor="since")
    moved, lines = earlier.moved, _own(view, earlier.moved)
    if lines.empty and _numbers(view, moved).empty and (view.page.edition == "public" or _people(view, moved).empty):
        return paragraphs([view.say("since.nothing", version=_version(view, earlier)), *_outside(view, moved)], anchor="since")
    said = [view.say("since.against", version=_version(view, earlier)), *_sums(view, lines), *_outside(view, moved), *_reservations(view, earlier)]
    return Html(f'<div id="since">{points(said).html}</div>')


def _version(view: View, earlier: Earlier) -> str:
    """The earlier version in words: its state, who signed and when, the program that made it, and the mark of its manifest."""
    assert earlier.version is not None
    run = earlier.version.run
    state = view.term("state", run["state"]["name"])
    signed_by = view.say("state.signed", state=state, by=run["state"]["by"], on=day(run["state"]["on"], view.lang)) if run["state"].get("by") else state
    return view.say("since.version", state=signed_by, program=run["code"]["perfkit"], seal=earlier.version.seal[:SEAL])


def _sums(view: View, lines: pd.DataFrame) -> list[str]:
    """What each cause moved the division's score by, in one sentence a cause; on the bureau's page, how many divisions moved."""
    page = view.page
    if not page.division:
        changed = lines[lines["measure"] == "score"].groupby("subject", sort=False)["change"].sum()
        return [view.say("since.divisions_moved", count=int((changed.abs() > 0).sum()))] if len(changed) else [view.say("since.no_score")]
    own = lines[(lines["subject"] == page.division) & (lines["measure"] == "score")]
    if own.empty:
        return [view.say("since.no_score")]
    by: dict[str, float] = {}
    for causes in own["causes"]:
        for cause in causes:
            words = cause_words(view, cause)
            by[words] = by.get(words, 0.0) + cause.change
    parts = view.say("point.list_separator").join(view.say("since.part", cause=words, change=signed(change)) for words, change in by.items())
    return [view.say("since.score_moved", change=signed(own["change"].sum()), parts=parts)]


def _outside(view: View, moved: Since) -> list[str]:
    """What was decided or set otherwise since, and what was taken back."""
    said = []
    decided = _decided(view, moved)
    if len(decided):
        said.append(view.say("since.decided", count=len(decided)))
    if moved.withdrawn:
        said.append(view.say("since.withdrawn", names=view.say("point.separator").join(moved.withdrawn)))
    if len(moved.parameters):
        said.append(view.say("since.parameters", count=len(moved.parameters)))
    return said


def _reservations(view: View, earlier: Earlier) -> list[str]:
    """The finding that a line moved for no reason known; and that the program is another."""
    assert earlier.version is not None
    assert earlier.moved is not None
    unknown = _mine(view, earlier.moved, earlier.moved.unexplained)
    if view.page.edition == "public":
        unknown = unknown[unknown["subject"].isin(set(view.page.names) | _bodies(view))]
    periods = view.say("point.separator").join(view.period(each) for each in sorted(unknown["period"].unique(), key=in_order))
    said = [view.say("since.unexplained", count=len(unknown), periods=periods)] if len(unknown) else []
    code = earlier.version.run["code"]
    if len(unknown) and code["perfkit"] != __version__:
        said.append(view.say("since.program", then=code["perfkit"]))
    return said


def cause_words(view: View, cause: Cause) -> str:
    """A cause in words."""
    between = view.say("point.separator")
    match cause.kind:
        case "correction":
            return between.join(_correction(view, each) for each in cause.names)
        case "parameters":
            return view.say("since.cause_parameters", names=between.join(view.term("parameter", each) for each in cause.names))
        case "follows" if not cause.names:
            return view.say("since.cause_follows_own")
        case "follows":
            return view.say("since.cause_follows", names=between.join(view.name(each) for each in cause.names))
    return view.say(f"since.cause_{cause.kind}", names=between.join(cause.names))


def _correction(view: View, correction: str) -> str:
    """A correction, with the appeals that its reason names."""
    assert view.since is not None
    assert view.since.moved is not None
    appeals = view.since.moved.appeals.get(correction, ())
    if not appeals:
        return view.say("since.cause_correction", names=correction)
    return view.say("since.cause_correction_appeal", names=correction, appeals=view.say("point.separator").join(appeals))


def _own(view: View, moved: Since) -> pd.DataFrame:
    """The moved lines of the page's division and its people; on the bureau's page those of the divisions, the bureau and people in no division."""
    return _mine(view, moved, moved.lines)


def _mine(view: View, moved: Since, rows: pd.DataFrame) -> pd.DataFrame:
    page = view.page
    if page.division:
        return rows[(rows["subject"] == page.division) | (rows["subject"].map(moved.homes) == page.division)]
    return rows[rows["subject"].isin(_bodies(view)) | (rows["subject"].map(lambda each: moved.homes.get(each, "")) == "")]


def _bodies(view: View) -> set[str]:
    """Whose lines are no person's: the division's, or on the bureau's page all divisions' and the bureau's."""
    return {view.page.division} if view.page.division else {*view.page.divisions["division"], view.page.scheme.name}


def _numbers(view: View, moved: Since) -> pd.DataFrame:
    rows = moved.numbers
    return rows[rows["division"] == view.page.division] if view.page.division else rows


def _people(view: View, moved: Since) -> pd.DataFrame:
    rows = moved.people
    return rows[rows["staff"].map(lambda each: moved.homes.get(each, "")) == view.page.division]


def numbers(view: View) -> Shown:
    """The published numbers of the division, or on the bureau's page of all, that are not what they were."""
    if view.since is None or view.since.moved is None:
        return NOTHING
    rows = _numbers(view, view.since.moved)
    if rows.empty:
        return NOTHING
    return table(
        view,
        "since_numbers",
        _told(view, rows),
        {"division": "subject", "moved_measure": "text", "before": "figure", "after": "figure", "change": "figure"},
    )


def _told(view: View, rows: pd.DataFrame) -> pd.DataFrame:
    """Numbers with their words: measure, before, after, and by how much where both are numbers."""
    told = []
    for measure, before, after in rows[["measure", "before", "after"]].itertuples(index=False, name=None):
        both = all(isinstance(each, float | int) for each in (before, after))
        change = _change(view, measure, after - before) if both else ""
        told.append((view.term("moved", measure), _value(view, measure, before), _value(view, measure, after), change))
    return rows.drop(columns=["measure", "before", "after"]).assign(
        **{name: [row[place] for row in told] for place, name in enumerate(("moved_measure", "before", "after", "change"))}
    )


def _change(view: View, measure: str, value: float) -> str:
    if measure == "rank":
        return view.say(f"point.places_{'down' if value > 0 else 'up'}", places=abs(int(value)))
    return f"{'+' if value > 0 else ''}{number(value, PLACES[measure])}"


def _value(view: View, measure: str, value: Any) -> str:
    if value is None:
        return view.say("since.none")
    return view.term(measure, value) if isinstance(value, str) else number(value, PLACES.get(measure, 2))


def lines(view: View) -> Shown:
    """The ledger lines that appeared, vanished or have another value: the division's, on the bureau's page all divisions'."""
    if view.since is None or view.since.moved is None:
        return NOTHING
    rows = _own(view, view.since.moved)
    return _listed(view, rows[rows["subject"].isin(_bodies(view))], "since_lines", "subject")


def people_lines(view: View) -> Shown:
    """The ledger lines of the division's people that moved; on the bureau's page those of people in no division."""
    if view.since is None or view.since.moved is None:
        return NOTHING
    rows = _own(view, view.since.moved)
    return _listed(view, rows[~rows["subject"].isin(_bodies(view))], "since_people_lines", "person")


def _listed(view: View, rows: pd.DataFrame, caption: str, who: str) -> Shown:
    if rows.empty:
        return NOTHING
    scheme = view.page.scheme
    known = scheme.parameters
    rules = [";".join(each for each in str(each).split(";") if each in known) for each in rows["rules"]]
    told = rows.rename(columns={"subject": who}).assign(
        counts_as=[view.term("measure", each) for each in rows["measure"]],
        item=[item_words(view, str(each)) for each in rows["item"]],
        before=[view.say("since.none") if pd.isna(each) else number(each) for each in rows["before"]],
        after=[view.say("since.none") if pd.isna(each) else number(each) for each in rows["after"]],
        because=[_because(view, causes) for causes in rows["causes"]],
        clauses=[";".join(scheme.clauses_of(each)) for each in rules],
    )
    several = who == "person" or not view.page.division
    columns: dict[str, int | str] = {**({who: "subject"} if several else {}), "component": "component", "item": "text",
                                     **({"counts_as": "text"} if several else {}), "before": "figure", "after": "figure", "change": "signed",
                                     "because": "text", "clauses": "clauses"}  # fmt: skip
    return table(view, caption, told, columns)


def _because(view: View, causes: Sequence[Cause]) -> str:
    """The causes of one line; where they are several, with the part of each."""
    if len(causes) == 1:
        return cause_words(view, causes[0])
    return view.say("point.list_separator").join(view.say("since.part", cause=cause_words(view, each), change=signed(each.change)) for each in causes)


def _decided(view: View, moved: Since) -> pd.DataFrame:
    """Corrections and answers since; on a division's page those that moved one of its lines, or concern it."""
    own = _own(view, moved) if view.page.division else moved.lines
    felt = {name for causes in own["causes"] for cause in causes if cause.kind == "correction" for name in cause.names}
    corrections, answers = moved.corrections, moved.answers
    if view.page.division:
        corrections = corrections[corrections["correction"].isin(felt)]
        answers = answers[answers["subject"].isin({view.page.division, *view.page.staff["staff"]})]
    rows = [*(_correction_row(view, row) for row in corrections.to_dict("records")), *(_answer_row(view, row) for row in answers.to_dict("records"))]
    return pd.DataFrame(rows, columns=["decision_id", "kind", "content", "settled_on"])


def _correction_row(view: View, row: Mapping[Any, Any]) -> tuple[str, ...]:
    if not row["table"]:
        content = view.say("since.not_public")
    else:
        values = {name: row[name] or view.say("since.none") for name in ("old", "new")}
        content = view.say("since.corrected", place=corrected_place(view, row), **values)
        content += view.say("since.why", why=row["why"]) if row.get("why") else ""
    return str(row["correction"]), view.say("since.correction"), content, day(row["decided_on"], view.lang, COLUMN)


def _answer_row(view: View, row: Mapping[Any, Any]) -> tuple[str, ...]:
    content = view.say("since.answered", subject=view.name(row["subject"]), stage=view.term("stage", row["stage"]),
                       decision=view.term("decision", row["decision"]))  # fmt: skip
    return str(row["appeal"]), view.say("since.appeal"), content, day(row["decided_on"], view.lang, COLUMN)


def decisions(view: View) -> Shown:
    """The corrections and the answers to appeals that are in the records now and were not then."""
    if view.since is None or view.since.moved is None:
        return NOTHING
    rows = _decided(view, view.since.moved)
    return table(view, "since_decisions", rows, dict.fromkeys(map(str, rows), "text")) if len(rows) else NOTHING


def parameters(view: View) -> Shown:
    """The parameters that have other values."""
    if view.since is None or view.since.moved is None or view.since.moved.parameters.empty:
        return NOTHING
    rows = view.since.moved.parameters
    told = pd.DataFrame({"path": [view.term("parameter", path) for path in rows["path"]],
                         **{side: [shown(view, value, path) for path, value in zip(rows["path"], rows[side], strict=True)] for side in ("before", "after")},
                         })  # fmt: skip
    return table(view, "since_parameters", told, dict.fromkeys(map(str, told), "text"))


def people(view: View) -> Shown:
    """The published numbers of the division's people that are not what they were, a row a person; on the bureau's page of people in no division."""
    if view.since is None or view.since.moved is None:
        return NOTHING
    rows = _people(view, view.since.moved)
    if rows.empty:
        return NOTHING
    sides = zip(rows["measure"], rows["before"], rows["after"], strict=True)
    rows = rows.assign(told=[view.say("since.from_to", before=_value(view, name, was), after=_value(view, name, now)) for name, was, now in sides])
    names = [name for name in ("score", "rank", "rating", "coefficient") if name in set(rows["measure"])]
    wide = rows.pivot(index="staff", columns="measure", values="told").reindex(index=rows["staff"].unique(), columns=names).fillna("")
    return table(view, "since_people", wide.reset_index(names="person"), {"person": "subject", **dict.fromkeys(names, "figure")})


def money(view: View) -> Shown:
    """The payments that are not what they were, by kind and in sum: the division's people's; on the bureau's page every division's."""
    if view.since is None or view.since.moved is None:
        return NOTHING
    rows = view.since.moved.money
    rows = rows[rows["division"] == view.page.division] if view.page.division else rows
    if rows.empty:
        return NOTHING
    told = rows.rename(columns={"before": "paid_then", "after": "paid_now", "change": "paid_change"})
    told["division"] = [each or view.say("role.leader") for each in told["division"]]
    who: dict[str, int | str] = {} if view.page.division else {"division": "subject"}
    return table(view, "since_money", told, {**who, "kind": "kind", "paid_then": 2, "paid_now": 2, "paid_change": "signed"}, foot=True)
