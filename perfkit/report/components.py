"""The tables of the components that stand on their own: indicators, public evaluation, inspections."""

from dataclasses import replace

import pandas as pd

from perfkit.periods import bounds
from perfkit.report.formats import exact
from perfkit.report.html import Html, Table, paragraphs
from perfkit.report.tables import table
from perfkit.report.view import View, number
from perfkit.scheme.declared import declared

Shown = Table | Html


def _given(view: View, name: str) -> pd.DataFrame:
    """A table that the page's components show; empty if the scheme has no such component."""
    return view.page.beside.get(name, pd.DataFrame())


def chosen_weights(view: View) -> Html:
    """Where the plan gives no number at all: which weights somebody had to choose; nothing where it gives any."""
    known = {path: each for path, each in view.page.scheme.parameters.items() if path.startswith("components.")}
    numbers = {path: each for path, each in known.items() if declared(each).kind in ("number", "numbers")}
    if any(each.clause for each in numbers.values()):
        return Html("")
    chosen = [view.term("parameter", path) for path in numbers if path.endswith((".weight", ".parts", ".shares"))]
    return paragraphs([view.say("report.chosen_weights", names=view.say("point.separator").join(chosen))])


def bureau(view: View) -> Shown:
    """The bureau's own score by component."""
    rows = view.page.bureau
    if rows.empty:
        return Html("")
    columns: dict[str, int | str] = {name: 2 for name in rows.columns if name != "period"}
    found = table(view, "bureau", rows, {"period": "period", **columns})
    rules = view.page.scheme.spec.components
    beside = {name for name in rules.parts.value if getattr(getattr(rules, name), "weight", None) and not getattr(rules, name).weight.value}
    if isinstance(found, Table):
        heads = zip(["period", *columns], found.heads, strict=True)
        return replace(found, heads=[view.say("column.not_counted", name=head) if name in beside else head for name, head in heads])
    return found


def first_level(view: View) -> Shown:
    """The parts and first-level indicators with their scores and what they are made of."""
    rows = _given(view, "indicators")
    if rows.empty:
        return Html("")
    grades = _given(view, "indicator_grades")
    made = grades.pivot_table(index="indicator", columns="aspect", values="raw", sort=False) if len(grades) else pd.DataFrame()
    own = rows[rows["level"] < 2].rename(columns={"title": "goal_title"})
    parts = view.page.scheme.spec.components.indicators.parts.value
    own = own.assign(weight=own["weight"].mask(own["level"] == 0, own["part"].map(parts)))
    own = own.assign(**{name: own["indicator"].map(made[name]) for name in ("completion", "progress", "innovation") if name in made})
    columns: dict[str, int | str] = {"indicator": "text", "part": "part", "goal_title": "text", "weight": 4, **dict.fromkeys(made.columns, 2), "score": 2}
    return table(view, "first_level", own, columns)


def goals(view: View) -> Shown:
    """The goals: target, result, completion, who is responsible, and when they are due."""
    rows = _goals(view)
    if rows.empty:
        return Html("")
    people: dict[str, int | str] = {"person": "subject"} if "person" in rows else {}
    where: dict[str, int | str] = {} if view.page.division else {"division": "subject"}
    rows = rows.assign(aim=_aims(view, rows), reached=_reached(view, rows))
    columns: dict[str, int | str] = {"indicator": "text", "goal_title": "text", **where, **people, "aim": "text", "reached": "text"}
    return table(view, "goals", rows, columns | {"due": "date", "score": 2})


def plans(view: View) -> Shown:
    """What each goal says of itself: measures, time limit, expected effect."""
    rows = _goals(view)
    if rows.empty:
        return Html("")
    return table(view, "plans", rows, {"indicator": "text", "goal_title": "text", "measures": "text", "due": "date", "effect": "text"})


def evidence(view: View) -> Shown:
    """The evidence of each goal's number, for the city's spot check; not in the public edition."""
    rows = _goals(view)
    if rows.empty or "evidence" not in rows:
        return Html("")
    own = rows.assign(evidence=rows["evidence"].fillna(""), basis=rows["source"])
    return table(view, "evidence", own, {"indicator": "text", "goal_title": "text", "score": 2, "basis": "number_source", "evidence": "text"})


def schedule(view: View) -> Shown:
    """The goals behind the time passed, the furthest first."""
    rows = _goals(view)
    if rows.empty:
        return Html("")
    late = rows[(rows["behind"] > 0) | rows["overdue"].eq(True)].sort_values(["behind", "indicator"], ascending=[False, True], kind="stable")
    late = late.assign(elapsed=100 * late["elapsed"].astype(float))
    where: dict[str, int | str] = {} if view.page.division else {"division": "subject"}
    columns: dict[str, int | str] = {"indicator": "text", "goal_title": "text", **where, "due": "date", "elapsed": 1, "done": 2, "behind": 2}
    return table(view, "schedule", late, columns | {"overdue": "flag"})


def self_scores(view: View) -> Shown:
    """Self scores beside verified scores, with their difference."""
    rows = _goals(view)
    own = rows[rows["self_score"].notna() | rows["verified_score"].notna()] if len(rows) else rows
    if own.empty:
        return Html("")
    own = own.assign(gap=own["difference"])
    return table(view, "self_scores", own, {"indicator": "text", "goal_title": "text", "self_score": 2, "verified_score": 2, "gap": "signed"})


def counts(view: View) -> Shown:
    """How many indicators and goals there are beside how many the plan names."""
    rows = _given(view, "indicator_counts").rename(columns={"found": "present", "planned": "prescribed"})
    rows = rows.assign(fits=rows["fits"].where(rows["prescribed"].notna(), None)) if len(rows) else rows
    return table(view, "indicator_counts", rows, {"part": "part", "kind": "level", "present": 0, "prescribed": 0, "fits": "flag"}) if len(rows) else Html("")


def _goals(view: View) -> pd.DataFrame:
    rows = _given(view, "indicators").rename(columns={"title": "goal_title"})
    return rows[~rows["indicator"].isin(rows["parent"]) & (rows["division"] != "")] if len(rows) else rows


def _aims(view: View, rows: pd.DataFrame) -> list[str]:
    """Targets with their unit, and the sign of those that are better the lower."""
    sign = {"down": "≤ ", "up": ""}
    return [_quantity(view, target, unit, sign.get(direction, "")) for target, unit, direction in
            zip(rows["target"], rows["unit"], rows["direction"], strict=True)]  # fmt: skip


def _reached(view: View, rows: pd.DataFrame) -> list[str]:
    """Results with their unit; one that was reported before the page's period ends says of which period it is."""
    found = [_quantity(view, result, unit) for result, unit in zip(rows["result"], rows["unit"], strict=True)]
    spans = bounds([view.page.period, *rows["reported"].dropna().unique()])
    earlier = set(spans.loc[spans["end"] < spans["end"].iloc[0], "period"])
    return [view.say("report.as_of", result=each, period=view.period(of)).strip() if of in earlier else each
            for each, of in zip(found, rows["reported"], strict=True)]  # fmt: skip


def _quantity(view: View, value: float, unit: str, sign: str = "") -> str:
    """A number with its unit as the language sets them beside each other; a percent sign always stands close. Nothing for a missing one."""
    if value != value:
        return ""
    return sign + (f"{exact(value)}{unit}" if unit in ("", "%") else view.say("report.quantity", number=exact(value), unit=unit))


def approvals(view: View) -> Shown:
    """What goals, plan, report and evidence went through, and what is late."""
    rows = _given(view, "approvals")
    if rows.empty or view.page.division:
        return Html("")
    columns: dict[str, int | str] = {"matter": "matter", "step": "approval", "due": "date", "on": "date", "by": "text", "reference": "text"}
    return table(view, "approvals", rows.rename(columns={"late": "overdue"}), columns | {"overdue": "flag"})


def meetings(view: View) -> Shown:
    """The meetings that heard of the period's work."""
    rows = _given(view, "meetings")
    if rows.empty or view.page.division:
        return Html("")
    return table(view, "meetings", rows, {"month": "period", "kind": "meeting", "held_on": "date", "record": "text"})


def survey(view: View) -> Shown:
    """Each round's mean with its error, and every stratum's."""
    rows = _given(view, "survey")
    if rows.empty:
        return paragraphs([view.say("report.no_round")]) if view.page.scheme.spec.has("components.survey") else Html("")
    rows = rows.assign(stratum=rows["stratum"].replace("", view.say("column.all_strata")), average=rows["mean"], interval=_intervals(view, rows))
    columns: dict[str, int | str] = {"round": "period", "stratum": "text", "population": 0, "n": 0, "average": 2, "se": 2, "interval": "text"}
    columns |= {"flag": "sample"}
    return table(view, "survey", rows, columns)


def survey_parts(view: View) -> Shown:
    """Means by mode of contact and by region."""
    rows = _given(view, "survey_parts")
    if rows.empty:
        return Html("")
    named = [view.term("mode", part) if kind == "mode" else part for kind, part in zip(rows["kind"], rows["part"], strict=True)]
    rows = rows.assign(part=named, average=rows["mean"], interval=_intervals(view, rows))
    return table(view, "survey_parts", rows, {"round": "period", "kind": "breakdown", "part": "text", "n": 0, "average": 2, "se": 2, "interval": "text"})


def survey_rates(view: View) -> Shown:
    """How many of the names were used and answered."""
    rows = _given(view, "survey_rates")
    if rows.empty:
        return Html("")
    rows = rows.assign(rate=100 * rows["rate"])
    shown: dict[str, int | str] = dict.fromkeys(("main", "replacements", "complete", "refused", "not_reached", "ineligible", "pending"), 0)
    return table(view, "survey_rates", rows, {"round": "period", "stratum": "text", **shown, "rate": 1})


def survey_change(view: View) -> Shown:
    """From round to round: the difference, and whether it is larger than its error."""
    rows = _given(view, "survey_change")
    if rows.empty:
        return Html("")
    said = [view.say("report.change_unknown") if found is None else view.say("column.yes" if found else "column.no") for found in rows["exceeds_error"]]
    rows = rows.assign(exceeds=said, changed_by=rows["difference"], interval=_intervals(view, rows))
    return table(view, "survey_change", rows, {"before": "period", "after": "period", "changed_by": "signed", "se": 2, "interval": "text", "exceeds": "text"})


def survey_warnings(view: View) -> Shown:
    """Where the fieldwork falls short of the plan; nothing if it does not."""
    rows = _given(view, "survey_warnings")
    if rows.empty:
        return Html("")
    rows = rows.rename(columns={"found": "reached"})
    return table(view, "survey_warnings", rows, {"round": "period", "kind": "warning", "stratum": "text", "reached": 0, "needed": 0})


def survey_design(view: View) -> Shown:
    """How many names each stratum should have, and has."""
    rows = _given(view, "survey_design")
    if rows.empty:
        return Html("")
    rounds = [name for name in rows if name not in ("stratum", "population", "planned")]
    drawn = [view.say("point.separator").join(number(row[name], 0) for name in rounds) for row in rows.to_dict("records")]
    rows = rows.rename(columns={"planned": "allocated"}).assign(drawn=drawn)
    return table(view, "survey_design", rows, {"stratum": "text", "population": 0, "allocated": 0, **({"drawn": "text"} if rounds else {})})


def _intervals(view: View, rows: pd.DataFrame) -> list[str]:
    """Confidence intervals as text; blank where there is none."""
    return [f"{number(low)}–{number(high)}" if low == low else "" for low, high in zip(rows["low"], rows["high"], strict=True)]


def inspections(view: View) -> Shown:
    """The visits: what was found, and what it means."""
    rows = _given(view, "inspections")
    if rows.empty:
        return paragraphs([view.say("report.no_visit")]) if view.page.scheme.spec.has("components.inspection") else Html("")
    where: dict[str, int | str] = {} if view.page.division else {"division": "subject"}
    columns: dict[str, int | str] = {"inspection_id": "text", "date": "date", "mode": "visit", "aspect": "aspect", **where, "finding": "text", "points": 1}
    return table(view, "inspections", rows.rename(columns={"inspection": "inspection_id"}), columns | {"circulated_on": "date", "effect": "finding_effect"})


def inspection_counts(view: View) -> Shown:
    """Visits and findings by aspect."""
    rows = _given(view, "inspection_counts")
    if rows.empty or view.page.division:
        return Html("")
    return table(view, "inspection_counts", rows, {"aspect": "aspect", "visits": 0, "covert": 0, "findings": 0, "points": 1}, foot=True)
