"""The tables of the reports: columns of a page, named and formatted in the reader's language."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from perfkit.periods import is_year, kind_of
from perfkit.report.addresses import assumption_page, clause_page, division_page
from perfkit.report.formats import COLUMN, day, places
from perfkit.report.html import Html, Linked, Table, paragraphs
from perfkit.report.view import View, needs, number, signed
from perfkit.scoring.ranking import half_up

MANY, FIRST, NEIGHBOURS = 30, 3, 5  # of more divisions than that a division's page shows the first and its neighbours
PAYMENTS = ("monthly_organisation", "monthly_standard", "monthly_competitive", "annual", "settlement")


def table(view: View, caption: str, frame: pd.DataFrame, columns: dict[str, int | str], own: str = "", foot: bool = False, anchor: str = "") -> Table | Html:
    """A table of ``columns``: decimals for numbers, ``exact`` for as many as they have, or the kind of word a text column holds.

    Links lead to ``anchor``, or its caption's key.
    """
    if frame.empty:
        return paragraphs([view.say("report.nothing_of", what=view.say(f"table.{caption}"))], anchor=anchor or caption)
    columns = {name: places(frame[name]) if how == "exact" else how for name, how in columns.items()}
    numeric = frozenset(place for place, how in enumerate(columns.values()) if isinstance(how, int) or how in ("signed", "figure"))
    rows = [[cell(view, value, how) for value, how in zip(row, columns.values(), strict=True)]
            for row in frame[list(columns)].itertuples(index=False, name=None)]  # fmt: skip
    total = []
    if foot:
        total = [view.say("column.total") if place == 0 else (cell(view, frame[name].sum(), how) if place in numeric and name in _SUMMED else "")
                 for place, (name, how) in enumerate(columns.items())]  # fmt: skip
    marked = next((place for place, value in enumerate(frame.iloc[:, 0]) if own and value == own), None)
    heads = [view.say(f"column.{name}") for name in columns]
    return Table(view.say(f"table.{caption}"), heads, rows, numeric, total, marked, anchor or caption)


_SUMMED = {"lost", "value", "amount", "count", "entries", "points", "due_amount", "paid", "difference", "times", "bureau_mean", "earlier", *PAYMENTS,
           "amount_before", "amount_after", "amount_change", "people", "winners", "losers", "whole_effect", "paid_then", "paid_now", "paid_change"}  # fmt: skip


def cell(view: View, value: Any, how: int | str) -> str:
    """One value as its column shows it: a number of decimals, a kind of text, or a list of words."""
    if isinstance(value, Linked):
        return value
    if isinstance(how, int):
        return number(value, how)
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return ""
    match how:
        case "subject":
            return view.name(str(value))
        case "subjects":
            return view.say("point.separator").join(view.name(each) for each in str(value).split(";"))
        case "signed":
            return signed(value)
        case "flag":
            return view.say("column.yes") if value else view.say("column.no")
        case "period":
            return view.period(str(value))
        case "date":
            return day(value, view.lang, COLUMN)
        case "clauses":
            return view.list_linked([(clause, clause_page(clause)) for clause in str(value).split(";") if clause])
        case "assumptions":
            return view.list_linked([(view.term("parameter", path), assumption_page(path)) for path in str(value).split(";") if path])
        case "text" | "figure":
            return str(value)
    return view.term(how, value)


@needs("components.monthly_plan")
def months(view: View) -> Table | Html:
    """A division's months beside the bureau's mean and its rank among the divisions."""
    page = view.page
    mean = page.months.groupby("period")["score"].mean()
    own = page.months[page.months["division"] == page.division]
    return table(view, "months", own.assign(mean=own["period"].map(mean)), {"period": "period", "score": 2, "mean": 2, "rank": 0})


@needs("components.monthly_plan")
def items(view: View) -> Table | Html:
    """The month's plan items with what each miss cost."""
    columns: dict[str, int | str] = {"item": "text", "title": "text", "points": 2, "completion": 2, "excused": "flag", "late": "flag"}
    columns |= {"reason": "text", "lost": 2} if "reason" in view.page.items else {"lost": 2}
    return table(view, "items", item_losses(view), columns, foot=True)


def item_losses(view: View) -> pd.DataFrame:
    """The month's plan items, each with the points it lost."""
    page = view.page
    lost = -page.ledger[page.ledger["component"] == "monthly_plan"].groupby(["subject", "item"])["value"].sum()
    keys = pd.MultiIndex.from_frame(page.items[["division", "item"]])
    return page.items.assign(lost=lost.reindex(keys, fill_value=0.0).to_numpy(dtype=float))


def lines(view: View) -> Table | Html:
    """The ledger lines that sum to the division's score."""
    page = view.page
    own = page.ledger[(page.ledger["subject"] == page.division) & (page.ledger["measure"] == "score")]
    scheme = page.scheme
    own = own.assign(
        item_key=own["item"], item=[item_words(view, item) for item in own["item"]],
        note=[view.term("adjustment", note) if component == "adjustments" else "" if note == item else view.term("item", note)
              for component, note, item in zip(own["component"], own["note"], own["item"], strict=True)],
        clauses=[";".join(scheme.clauses_of(rules)) for rules in own["rules"]],
        assumptions=[";".join(scheme.assumptions_of(rules)) for rules in own["rules"]],
    )  # fmt: skip
    decimals = 2 if kind_of(page.period) == "month" else 4
    own = _as_shown(own, decimals, view.term("item", "rounding"))
    columns: dict[str, int | str] = {"component": "component", "item": "text", "note": "text", "raw": 2, "weight": 4 if places(own["weight"]) <= 4 else 6,
                                     "value": decimals, "clauses": "clauses", "assumptions": "assumptions"}  # fmt: skip
    found, total = table(view, "lines", own, columns, foot=True), number(own["value"].sum())
    if isinstance(found, Table):  # its sum is the published number, with the decimals of that
        return replace(found, foot=[total if name == "value" else said for name, said in zip(columns, found.foot, strict=True)])
    return found


def _as_shown(lines: pd.DataFrame, decimals: int, rounding: str) -> pd.DataFrame:
    """Ledger lines whose values add up as they are shown: what the roundings of the others leave stands in the line of the rounding, which is no product."""
    if lines.empty:
        return lines
    closing = (lines["item_key"] == "rounding").to_numpy()
    shown, total = half_up(lines["value"], decimals), float(lines["value"].sum())
    rows = lines.assign(value=shown)[~closing]
    left = float(half_up(total - rows["value"].sum(), decimals))
    words = dict.fromkeys(("note", "clauses", "assumptions"), "")
    last = lines[closing] if closing.any() else lines.iloc[-1:].assign(item=rounding, **words)
    return pd.concat([rows, last.iloc[-1:].assign(value=left, raw=np.nan, weight=np.nan)]) if left or closing.any() else rows


def item_words(view: View, item: str) -> str:
    """What a ledger line is of: an indicator with its title, a period, or a word."""
    indicators = view.page.beside.get("indicators")
    if indicators is not None and item in set(indicators["indicator"]):
        return f"{item} {indicators.set_index('indicator')['title'][item]}"
    return view.period(item) if len(item) == 7 and item[:4].isdigit() and item[4] == "-" else view.term("item", item)


@needs("personal")
def people(view: View) -> Table | Html:
    """The people assessed, by rank within their division."""
    page, rows = view.page, assessed(view)
    year = rows["democratic"].notna().any()
    columns: dict[str, int | str] = {"staff": "subject", **({} if page.division else {"division": "subject"}), "role": "role", "hours": 2,
                                     "statutory_hours": 2, "standard": 2, "personal": 2}  # fmt: skip
    columns |= {"democratic": 2} if year else {}
    columns |= {"organisation": 2, "score": 2, "rank": 0}
    columns |= {"rating": "rating", "coefficient": "exact"} if year else {}
    return table(view, "people_year" if year else "people_month", rows, columns, anchor="people")


def assessed(view: View) -> pd.DataFrame:
    """The people assessed, by rank within their division, these in the order of the records, with the hours that meet the standard."""
    share = view.page.scheme.spec.hours.standard_share.value
    included = view.page.staff[view.page.staff["included"].astype(bool)]
    order = included["division"].map({division: place for place, division in enumerate(view.page.divisions["division"])})
    rows = included.assign(standard=share * included["statutory_hours"], order=order).sort_values(["order", "rank", "staff"], kind="stable")
    return rows.drop(columns="order")


@needs("personal")
def left_out(view: View) -> Table | Html:
    """Those who are not assessed, and why."""
    rows = view.page.staff[~view.page.staff["included"].astype(bool)]
    return table(view, "left_out", rows, {"staff": "subject", "division": "subject", "reason": "reason"})


def by_rank(view: View) -> pd.DataFrame:
    """All divisions by rank, of one rank the better tier first, then in the order of the records."""
    own, spec = view.page.divisions, view.page.scheme.spec
    better = {tier: place for place, tier in enumerate(spec.tiers.shares.value)} if spec.has("tiers") else {}
    return own.assign(better=own["tier"].map(better)).sort_values(["rank", "better"], kind="stable").drop(columns="better")


def nearby(view: View, rows: pd.DataFrame) -> pd.DataFrame:
    """Of many divisions the first and the own one's neighbours; all where they are few, and on the bureau's page."""
    if not view.page.division or len(rows) <= MANY:
        return rows
    place = np.arange(len(rows))
    own = int(place[(rows["division"] == view.page.division).to_numpy()][0])
    return rows[(place < FIRST) | (np.abs(place - own) <= NEIGHBOURS)]


def divisions(view: View) -> Table | Html:
    """All divisions by rank, or on the page of one among many those about it; the caption says how many there are."""
    every = by_rank(view)
    rows = nearby(view, every)
    found = _divisions(view, rows)
    if len(rows) < len(every) and isinstance(found, Table):
        return replace(found, caption=view.say("report.nearby", caption=found.caption, first=FIRST, neighbours=NEIGHBOURS, count=len(every)))
    return found


def _divisions(view: View, rows: pd.DataFrame) -> Table | Html:
    page = view.page
    if not page.division:
        led = [_reasoned(score, division) for score, division in zip(rows["score"], rows["division"], strict=True)]
        rows = rows.assign(score=pd.Series(led, index=rows.index, dtype=object))
    parts: dict[str, int | str] = {name: 2 for name in page.scheme.spec.components.parts.value if name in rows}
    if not page.divisions["tier"].notna().any():
        parts = parts if len(parts) > 1 and kind_of(page.period) != "month" else {}
        return table(view, "divisions_month", rows, {"division": "subject", **parts, "score": 2, "rank": 0}, own=page.division, anchor="divisions")
    columns: dict[str, int | str] = {"division": "subject", **parts, "score": 2, "rank": 0, "tier": "text", "coefficient": "exact"}
    columns |= {"advanced": "flag", "excellent_places": 0, "headroom": 2}
    return table(view, "divisions_year", rows, columns, own=page.division, anchor="divisions")


def _reasoned(score: float, division: str) -> Linked:
    """A division's score, leading to the lines of its own report that sum to it."""
    return Linked([(number(score), "" if pd.isna(score) else division_page(division, "lines"))])


@needs("tiers")
def standing(view: View) -> Table | Html:
    """What is consulted beside the rank: mean hours, deductions, people assessed, vetoes."""
    page = view.page
    rows = page.standing[page.standing["division"] == page.division] if page.division else page.standing
    return table(view, "standing", rows, {"division": "subject", "group": "group", "mean_hours": 2, "assessed": 0, "deductions": 2, "vetoed": "flag"})


@needs("payouts")
def leaders(view: View) -> Table | Html:
    """Leaders with the divisions they lead and the mean of their coefficients."""
    return table(view, "leaders", view.page.leaders, {"leader": "subject", "divisions": "subjects", "coefficient": 4})


@needs("payouts")
def payouts(view: View) -> Table | Html:
    """The payments of the page's period, one a person and kind."""
    rows = view.page.payouts[view.page.payouts["kind"] != "settlement"]  # which has a table of its own
    kind = "payouts_year" if is_year(view.page.period) else "payouts_month"
    return table(view, kind, rows, {"staff": "subject", "kind": "kind", "base": 2, "factor": 4, "amount": 2}, foot=True)


@needs("payouts")
def payout_sums(view: View) -> Table | Html:
    """The payments by kind."""
    grouped = view.page.payouts.groupby("kind", sort=False)["amount"]
    rows = pd.DataFrame({"count": grouped.size(), "amount": grouped.sum()}).reset_index()
    return table(view, "payouts_sum", rows, {"kind": "kind", "count": 0, "amount": 2}, foot=True)


@needs("payouts")
def remainders(view: View) -> Table | Html:
    """What the competitive pools could not share."""
    own = view.page.ledger
    rows = own[own["item"] == "remainder"].rename(columns={"subject": "division", "value": "amount"})
    return table(view, "remainders", rows, {"division": "subject", "note": "text", "amount": 2}, foot=True)


@needs("components.adjustments")
def register(view: View) -> Table | Html:
    """The bonuses and deductions behind a year's score, and those that concern a miss already paid for in its month."""
    rows = view.page.register.rename(columns={"counted": "in_score"})
    columns: dict[str, int | str] = {"adjustment": "text", "date": "date", **({} if view.page.division else {"division": "subject"}),
                                     "kind": "adjustment", "quantity": "exact", "points": 2, "in_score": "flag", "item": "text", "twice": "flag"}  # fmt: skip
    columns |= {"recusal": "recusal"} if (rows["recusal"] != "").any() else {}
    return table(view, "register", rows, columns, foot=True)


@needs("calendar")
def calendar(view: View) -> Table | Html:
    """The monthly meetings with their deadlines, and what came late."""
    rows = view.page.calendar.rename(columns={"late": "entered_late"})
    columns: dict[str, int | str] = {"month": "period", "meeting": "date", "held_on": "date", "held_late": "flag", "due": "date", "entered_late": 0}
    return table(view, "calendar", rows, columns)


@needs("calendar")
def reviews(view: View) -> Table | Html:
    """The weekly reviews that holidays move."""
    rows = view.page.reviews[view.page.reviews["moved"]].rename(columns={"due": "moved_to"})
    return table(view, "reviews", rows, {"planned": "date", "moved_to": "date"})


@needs("calendar")
def late(view: View) -> Table | Html:
    """What was entered or approved after it was due; nothing if all came in time."""
    rows = view.page.late.rename(columns={"kind": "what", "count": "entries"})
    if rows.empty:
        return Html("")
    columns: dict[str, int | str] = {**({"month": "period"} if is_year(view.page.period) else {}), "division": "subject", "what": "late"}
    return table(view, "late", rows, columns | {"subject": "subject", "entries": 0}, foot=True)


@needs("appeals")
def appeals(view: View) -> Table | Html:
    """The appeals, stage by stage."""
    rows = view.page.appeals
    columns: dict[str, int | str] = {"appeal": "text", "subject": "subject", "stage": "stage", "filed_on": "date", "decision": "decision",
                                     "decided_on": "date"}  # fmt: skip
    columns |= {"due": "date", "overdue": "flag"} if rows["due"].notna().any() else {}
    return table(view, "appeals", rows, columns | ({"recusal": "recusal"} if (rows["recusal"] != "").any() else {}))


@needs("exclusion")
def away(view: View) -> Table | Html:
    """Absences that may exclude from the year: all together, and the longest alone."""
    rows = view.page.away.rename(columns={"months": "months_away", "days": "days_away"})
    rows["longest_away"] = [view.say(f"report.{'months_days' if months and days else 'only_months' if months else 'only_days'}", months=months, days=days)
                            for months, days in zip(rows["longest_months"], rows["longest_days"], strict=True)]  # fmt: skip
    return table(view, "away", rows, {"staff": "subject", "months_away": 0, "days_away": 0, "longest_away": "text"})


@needs("payouts")
def settlement(view: View) -> Table | Html:
    """Where what is due and what was paid differ."""
    rows = view.page.settlement
    rows = rows[rows["difference"] != 0].rename(columns={"due": "due_amount"})
    columns: dict[str, int | str] = {"staff": "subject", "period": "period", "kind": "kind", "due_amount": 2, "paid": 2, "difference": 2}
    return table(view, "settlement", rows, columns, foot=True)


@needs("payouts")
def parts(view: View) -> Table | Html:
    """All payments of the year, its months included: a row a division, a column a kind."""
    found = view.page.totals
    found = found.assign(division=found["division"].where(found["division"] != "", view.say("role.leader")))
    kinds = [kind for kind in PAYMENTS if kind in set(found["kind"])]
    sums = found.pivot_table(index="division", columns="kind", values="amount", aggfunc="sum", sort=False)
    rows = sums.reindex(columns=kinds).fillna(0.0).assign(amount=sums.sum(axis=1)).reset_index()
    return table(view, "parts", rows, {"division": "subject", **dict.fromkeys(kinds, 2), "amount": 2}, foot=True)


@needs("components.monthly_plan")
def causes(view: View) -> Table | Html:
    """Points lost by cause and clause, beside the months before and the mean of all divisions."""
    page = view.page
    lost, year, count = page.losses, is_year(page.period), max(1, len(page.divisions))
    now, before = (lost, lost.iloc[:0]) if year else (lost[lost["period"] == page.period], lost[lost["period"] < page.period])
    own = now[now["division"] == page.division] if page.division else now
    past = before[before["division"] == page.division] if page.division else before
    keys = ["cause", "clauses"]
    rows = _by_cause(view, own[own["points"] > 0]).reset_index()
    every = _by_cause(view, now)["lost"] / count
    earlier = _by_cause(view, past)["lost"] / max(1, before["period"].nunique())
    index = pd.MultiIndex.from_frame(rows[keys])
    rows = rows.assign(bureau_mean=every.reindex(index).to_numpy(), earlier=earlier.reindex(index, fill_value=0.0).to_numpy())
    rows = rows.sort_values(["lost", "cause"], ascending=[False, True], kind="stable")
    columns: dict[str, int | str] = {"cause": "text", "clauses": "text", "times": 0, "lost": 2, **({} if year else {"earlier": 2})}
    return table(view, "causes", rows, columns | ({"bureau_mean": 2} if page.division else {}), foot=not year)


def _by_cause(view: View, lost: pd.DataFrame) -> pd.DataFrame:
    """Losses by cause and clauses in words: lost, times. Words are looked for once a kind, not once a loss."""
    kinds = lost.groupby(["component", "cause", "rules"], sort=False)["points"].agg(lost="sum", times="size").reset_index()
    kinds["clauses"] = [view.say("point.separator").join(view.page.scheme.clauses_of(rules)) for rules in kinds["rules"]]
    kinds["cause"] = [_cause(view, component, cause) for component, cause in zip(kinds["component"], kinds["cause"], strict=True)]
    return kinds.groupby(["cause", "clauses"], sort=False)[["lost", "times"]].sum()


def _cause(view: View, component: str, cause: str) -> str:
    if component == "adjustments":
        return view.term("adjustment", cause)
    if component == "appraisal":
        return f"{view.term('component', component)}{view.say('point.colon')}{view.term('item', cause)}"
    return cause or view.say("report.no_reason" if view.page.edition == "internal" else "report.reason_withheld")


def guidance(view: View) -> Table | Html:
    """The guidance register: who was to do what by when, whether it was done, and the months before and after."""
    rows = view.page.guidance
    columns: dict[str, int | str] = {"subject": "subject", "issue": "text", **({"owner": "subject"} if "owner" in rows else {}), "due": "date",
                                     "done_on": "date", "state": "progress", "effect": "text"}  # fmt: skip
    months: dict[str, int | str] = {"before": 2, "after": 2} if rows[["before", "after"]].notna().any(axis=None) else {}
    return table(view, "guidance", rows, columns | months)
