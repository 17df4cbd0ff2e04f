"""The result of an assessment: tidy tables, their explanation, and the page of each report."""

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from perfkit.fit import problems_between
from perfkit.periods import is_year, months_of
from perfkit.problems import RecordsError, UsageError, nearest
from perfkit.records import Records
from perfkit.scheme import Scheme
from perfkit.stages import Stages

PUBLIC = {  # what the public edition keeps of the records: no people, no money
    "divisions": ("division", "name", "group"),
    "goals": ("division", "goal", "source", "standard"),
    "items": ("item", "division", "title"),
    "plan_items": ("month", "division", "item", "title", "points", "completion"),
}


@dataclass(frozen=True)
class Page:
    """All data of one report, and nothing else. ``division`` is '' on the bureau's own."""

    scheme: Scheme
    period: str
    division: str
    edition: str
    names: dict[str, str]  # id → name of every subject that occurs
    divisions: pd.DataFrame
    months: pd.DataFrame
    items: pd.DataFrame
    staff: pd.DataFrame
    leaders: pd.DataFrame
    payouts: pd.DataFrame
    ledger: pd.DataFrame
    open: pd.DataFrame
    standing: pd.DataFrame


@dataclass(frozen=True)
class Assessment:
    """A period's results as tidy tables.

    ``divisions``, ``staff``, ``leaders``, ``payouts``, ``ledger`` and ``open`` have the columns that
    docs/method.md lists; ``division_months`` and ``staff_months`` hold the months behind a year,
    ``standing`` what stands beside the rank: mean hours, deduction points, people assessed, veto,
    ``entries`` the period's time entries with the hours of each that counted.
    """

    scheme: Scheme
    records: Records
    period: str
    divisions: pd.DataFrame
    staff: pd.DataFrame
    leaders: pd.DataFrame
    payouts: pd.DataFrame
    ledger: pd.DataFrame
    open: pd.DataFrame
    division_months: pd.DataFrame
    staff_months: pd.DataFrame
    standing: pd.DataFrame
    items: pd.DataFrame
    entries: pd.DataFrame
    edition: str = "internal"

    def subject(self, given: str) -> str:
        """The id of a division or person, from id or name; UsageError if unknown or ambiguous."""
        for table in ("divisions", "staff"):
            try:
                return self.records.identify(table, given)
            except KeyError:
                continue
            except LookupError:
                raise UsageError("subject_ambiguous", given=given) from None
        names = [name for table in ("divisions", "staff") for name in self.records.names(table).values()]
        raise UsageError("subject_unknown", given=given, near=nearest(given, names))

    def explain(self, subject: str, period: str | None = None, measure: str | None = None) -> pd.DataFrame:
        """The ledger lines of one subject in ``period`` (default the assessed one), with clauses and assumptions.

        The values of each measure sum to the published number. Raises UsageError for an unknown subject.
        """
        lines = self.ledger[(self.ledger["subject"] == self.subject(subject)) & (self.ledger["period"] == (period or self.period))]
        if measure:
            lines = lines[lines["measure"] == measure]
        clauses = [";".join(self.scheme.clauses_of(rules)) for rules in lines["rules"]]
        assumptions = [";".join(self.scheme.assumptions_of(rules)) for rules in lines["rules"]]
        return lines.assign(clauses=clauses, assumptions=assumptions).reset_index(drop=True)

    def page(self, period: str, division: str | None = None) -> Page:
        """All that one report shows and nothing else: a division's, or without one the bureau's."""
        wanted = self.subject(division) if division else ""
        if wanted and wanted not in set(self.divisions["division"]):
            raise UsageError("not_a_division", given=division)
        return _page(self, str(period), wanted)

    def public(self) -> "Assessment":
        """The same without people and money, of whom only counts and means of five or more remain."""
        divisions = set(self.divisions["division"])
        lines = self.ledger[self.ledger["subject"].isin(divisions) & (self.ledger["measure"] != "amount")]
        few = self.standing["assessed"] < 5
        standing = self.standing.assign(mean_hours=self.standing["mean_hours"].mask(few), assessed=self.standing["assessed"].mask(few))
        hidden = {name: getattr(self, name).iloc[:0] for name in ("staff", "leaders", "payouts", "staff_months", "entries")}
        items = self.items.drop(columns=["excused_by"])
        asked = self.open[self.open["subject"].isin(divisions)]
        known = {name: table[list(PUBLIC[name])] if name in PUBLIC else table.iloc[:0] for name, table in self.records.tables.items()}
        records = replace(self.records, tables=known)
        return replace(self, **hidden, records=records, ledger=lines, open=asked, standing=standing, items=items, edition="public")


def assess(scheme: Scheme, records: Records, period: str | int) -> Assessment:
    """Assess a month or the whole year.

    Raises RecordsError when the records do not fit the scheme, UsageError for a period it does not cover.
    """
    period = str(period)
    months = months_of(period)
    if len(months) not in (1, 12):
        raise UsageError("period_not_assessed", given=period)
    if int(period[:4]) != scheme.year:
        raise UsageError("other_year", given=period, year=scheme.year, scheme=scheme.name)
    problems = problems_between(scheme, records)
    if problems:
        raise RecordsError(problems)
    tables: dict[str, Any] = {**Stages(scheme, records, period, months).tables()}
    return Assessment(scheme, records, period, **tables)


def _page(result: Assessment, period: str, division: str) -> Page:
    """The page of a period within the assessed one; UsageError if it lies outside."""
    months = months_of(period)
    if not set(months) <= set(months_of(result.period)) or (is_year(period) and period != result.period):
        raise UsageError("page_outside", given=period, period=result.period)
    year = is_year(period)
    staff = result.staff if period == result.period else _staff_of(result, period)
    here = result.staff_months[result.staff_months["period"] == period] if not year else result.staff
    people = set(here.loc[here["division"] == division, "staff"]) if division else set(result.records["staff"]["staff"])
    subjects = ({division} | people) if division else None
    lines = result.ledger[result.ledger["period"] == period]
    mine = lines if subjects is None else lines[lines["subject"].isin(subjects)]
    paid = result.payouts[(result.payouts["period"] == period) & (result.payouts["staff"].isin(people))]
    asked = result.open if subjects is None else result.open[result.open["subject"].isin(subjects)]
    items = result.items[result.items["month"].isin(months)]
    public = result.edition == "public"
    names = {**({} if public else result.records.names("staff")), **result.records.names("divisions")}
    return Page(
        scheme=result.scheme, period=period, division=division, edition=result.edition, names=names,
        divisions=result.divisions if period == result.period else _divisions_of(result, period),
        months=result.division_months[result.division_months["period"].isin(months)],
        items=items[items["division"] == division] if division else items,
        staff=staff[staff["staff"].isin(people)] if division else staff,
        leaders=result.leaders.iloc[:0] if division else result.leaders,
        payouts=paid, ledger=mine, open=asked.reset_index(drop=True),
        standing=result.standing if period == result.period else result.standing.iloc[:0],
    )  # fmt: skip


def _divisions_of(result: Assessment, period: str) -> pd.DataFrame:
    own = result.division_months[result.division_months["period"] == period]
    return own.assign(monthly_plan=own["score"]).reindex(columns=result.divisions.columns)


def _staff_of(result: Assessment, period: str) -> pd.DataFrame:
    own = result.staff_months[result.staff_months["period"] == period]
    return own.assign(included=True, reason="").reindex(columns=result.staff.columns)
