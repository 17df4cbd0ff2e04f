"""The result of an assessment: tidy tables, their explanation, and the page of each report."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache, partial
from typing import Any

import numpy as np
import pandas as pd

from perfkit import differences, office
from perfkit.edition import in_public
from perfkit.periods import before, is_year, kind_of, months_of
from perfkit.problems import RecordsError, UsageError, nearest
from perfkit.published import Published
from perfkit.records import Records
from perfkit.records.corrections import decided
from perfkit.scheme import Scheme
from perfkit.since import Since, Step, changed_parameters, compared, states
from perfkit.stages import Stages
from perfkit.steps import Memo

KEPT = 3  # assessments within another that are kept: a report looks at its period, the one before and the whole
EXAMPLES = {"month": "-06", "quarter": "-Q2", "half_year": "-H1", "year": ""}


@dataclass(frozen=True)
class State:
    """How far a report has come: draft, proposed by the performance office, final by the party group."""

    name: str = "draft"
    by: str = ""
    on: str = ""


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
    state: State
    calendar: pd.DataFrame
    reviews: pd.DataFrame
    late: pd.DataFrame
    register: pd.DataFrame
    appeals: pd.DataFrame
    away: pd.DataFrame
    settlement: pd.DataFrame
    losses: pd.DataFrame
    guidance: pd.DataFrame
    corrections: pd.DataFrame
    totals: pd.DataFrame
    checks: pd.DataFrame
    bureau: pd.DataFrame  # the bureau's own score, on its own page
    beside: Mapping[str, pd.DataFrame]  # what the components show, by table
    moved: Callable[[], pd.DataFrame]  # what decided corrections moved; empty but on the bureau's year
    readings: Callable[[], pd.DataFrame]  # what other readings would have moved; likewise
    earlier: Callable[[], pd.DataFrame]  # division, score, rank of the period before in the year; empty if there is none


@dataclass(frozen=True)
class Assessment:
    """A period's results as tidy tables.

    ``divisions``, ``staff``, ``leaders``, ``payouts``, ``ledger`` and ``open`` have the columns that
    docs/method.md lists; ``division_months`` and ``staff_months`` hold the months behind a year,
    ``standing`` what stands beside the rank: mean hours, deduction points, people assessed, veto, ``entries`` the
    period's time entries with the hours of each that counted. ``bureau`` is the bureau's own score where components say
    something of it as a whole, ``beside`` what components show beside their scores (indicators, survey rounds,
    inspections), ``shown`` the public part of it; ``corrections`` are the decided ones, ``answers`` the appeals answered.
    ``moved``, ``readings`` and ``steps`` assess again when called: before corrections, under each other reading, and in the states
    between an earlier version and now. ``under`` gives what another scheme of the bureau makes of the same records and period
    (divisions, staff, leaders, payouts, standing, open), at the cost of what depends on the difference; ``within`` assesses
    a period inside this one.
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
    calendar: pd.DataFrame
    reviews: pd.DataFrame
    late: pd.DataFrame
    register: pd.DataFrame
    appeals: pd.DataFrame
    away: pd.DataFrame
    settlement: pd.DataFrame
    losses: pd.DataFrame
    guidance: pd.DataFrame
    bureau: pd.DataFrame
    beside: Mapping[str, pd.DataFrame]
    shown: Mapping[str, pd.DataFrame]
    corrections: pd.DataFrame
    answers: pd.DataFrame
    moved: Callable[[], pd.DataFrame]
    readings: Callable[[], pd.DataFrame]
    steps: Callable[[pd.DataFrame, Mapping[str, Any]], list[Step]]
    under: Callable[[Scheme], Mapping[str, pd.DataFrame]]
    within: Callable[[str], "Assessment"]
    edition: str = "internal"

    @cached_property
    def names(self) -> dict[str, str]:
        """Id → name of every division, and but in the public edition of every person."""
        return {**({} if self.edition == "public" else self.records.names("staff")), **self.records.names("divisions")}

    @cached_property
    def _places(self) -> dict[tuple[str, str], Mapping[Any, Any]]:
        """Of a table and column, by which pages were cut before: value → rows."""
        return {}

    def rows(self, name: str, column: str, wanted: Collection[str] | None) -> pd.DataFrame:
        """The rows of a table that hold one of the wanted, in their order; all for None. The table is looked through once, not for every page."""
        table: pd.DataFrame = getattr(self, name)
        if wanted is None:
            return table
        if (name, column) not in self._places:
            self._places[name, column] = table.groupby(column, sort=False).indices
        found = [self._places[name, column][each] for each in wanted if each in self._places[name, column]]
        return table.take(np.sort(np.concatenate(found))) if found else table.iloc[:0]

    def whole(self, period: str) -> Mapping[str, pd.DataFrame]:
        """What every page of a period shows of all divisions, the same tables for all of them: divisions, months, losses."""
        if period not in self._wholes:
            own, months = period == self.period, self.division_months
            losses = self.losses[(self.losses["period"] <= period) & (self.losses["period"].str.len() == len(period))]
            self._wholes[period] = {
                "divisions": self.divisions if own else _divisions_of(self, period), "months": months[months["period"].isin(months_of(period))],
                "losses": self.losses if is_year(period) else losses,
            }  # fmt: skip
        return self._wholes[period]

    @cached_property
    def _wholes(self) -> dict[str, Mapping[str, pd.DataFrame]]:
        return {}

    def state(self, period: str | None = None) -> "State":
        """How far a period has been signed: its own row of ``sign_off``, for a month also the year's."""
        return state_of(self.scheme, self.records, period or self.period)

    @property
    def checks(self) -> pd.DataFrame:
        """The proof of the sums: check, subject, expected, found, holds."""
        return office.checks(self.scheme, self.period, vars(self))

    def since(self, then: Published) -> Since:
        """What moved against an earlier version of the same period, by which lines, and because of what."""
        parameters = changed_parameters({path: each.value for path, each in self.scheme.parameters.items()}, then.parameters)
        between = self.steps(then.tables["corrections"], then.parameters)
        divisions, decimals = list(self.records.names("divisions")), self.scheme.spec.rounding.score_decimals.value
        return compared(vars(self), then.tables, between, parameters, self.period, then.run["period"] == self.period, divisions, decimals)

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
        """All that one report shows and nothing else: a division's, or without one the bureau's.

        ``period`` is the assessed one or lies within it; a quarter or half-year of a year is assessed for itself.
        """
        if str(period) != self.period and kind_of(str(period)) in ("quarter", "half_year"):
            return self.at(str(period)).page(str(period), division)
        known = set(self.divisions["division"])
        wanted = self.subject(division) if division and division not in known else division or ""
        if wanted and wanted not in known:
            raise UsageError("not_a_division", given=division)
        return _page(self, str(period), wanted)

    def at(self, period: str) -> "Assessment":
        """The assessment of a period within this one; UsageError if it lies outside."""
        if not set(months_of(period)) <= set(months_of(self.period)):
            raise UsageError("page_outside", given=period, period=self.period)
        if period == self.period or kind_of(period) == "month":
            return self
        return self.within(period)

    def at_itself(self, period: str) -> "Assessment":
        """The assessment of a period as if nothing else had been asked for."""
        return self if period == self.period else self.within(period)

    def public(self) -> "Assessment":
        """The same without people and money, of whom only counts and means of five or more remain.

        Raises UsageError where a division's score would give the mean of fewer away.
        """
        return replace(self, **in_public(vars(self)), edition="public", within=lru_cache(KEPT)(partial(_published, self.within)))


def assess(scheme: Scheme, records: Records, period: str | int) -> Assessment:
    """Assess a month, quarter, half-year or the whole year, whichever the scheme reports on.

    Raises RecordsError when the records do not fit the scheme, UsageError for a period it does not cover.
    """

    @lru_cache(KEPT)
    def within(period: str) -> Assessment:
        return _assess(scheme, records, period, within)

    return _assess(scheme, records, str(period), within)


def _assess(scheme: Scheme, records: Records, period: str, within: Callable[[str], Assessment]) -> Assessment:
    """The assessment of one period; it reaches others of the same scheme and records through ``within``."""
    months = months_of(period)
    if kind_of(period) not in scheme.spec.bureau.reports.value:
        kinds = scheme.spec.bureau.reports.value
        raise UsageError("period_not_assessed", given=period, examples=" / ".join(f"{period[:4]}{EXAMPLES[kind]}" for kind in kinds))
    if int(period[:4]) != scheme.year:
        raise UsageError("other_year", given=period, year=scheme.year, scheme=scheme.name)
    memo: Memo = {}
    tables = _tables(scheme, records, period, months, memo)
    moved = partial(_moved, tables, scheme, records, period, months)
    under = partial(_under, records=records, period=period, months=months, memo=memo)
    readings = partial(differences.of_readings, scheme, under)
    steps = partial(states, scheme, records, ledger=partial(_ledger, period=period, months=months), now=tables["ledger"])
    return Assessment(scheme, records, period, moved=cache(moved), readings=cache(readings), steps=steps, under=under, within=within, **tables)


def _published(within: Callable[[str], Assessment], period: str) -> Assessment:
    return within(period).public()


def _tables(scheme: Scheme, records: Records, period: str, months: list[str], memo: Memo) -> dict[str, Any]:
    stages = _fitting(scheme, records, period, months, memo)
    found = stages.tables()
    beside, shown = stages.beside()
    if not scheme.spec.has("calendar"):  # which has a table of its own for them
        held = records["meetings"]
        beside, shown = ({**each, "meetings": held[held["month"].isin(months)]} for each in (beside, shown))
    if scheme.spec.has("approvals"):
        beside, shown = ({**each, "approvals": office.approvals(scheme, records)} for each in (beside, shown))
    tables = office.beside(scheme, records, period, months, {name: table.copy(deep=False) for name, table in found.items()})
    entered, answered = records["corrections"], records["appeals"]
    entered = entered[decided(entered)].reset_index(drop=True)
    answered = answered[(answered["decision"] != "") & answered["decided_on"].notna()].reset_index(drop=True)
    return {**tables, "beside": beside, "shown": shown, "corrections": entered, "answers": answered}


def _ledger(scheme: Scheme, records: Records, *, period: str, months: list[str]) -> pd.DataFrame:
    lines: pd.DataFrame = _tables(scheme, records, period, months, {})["ledger"]
    return lines


def _under(scheme: Scheme, *, records: Records, period: str, months: list[str], memo: Memo) -> dict[str, pd.DataFrame]:
    if scheme.year != int(period[:4]):
        raise UsageError("other_year", given=period, year=scheme.year, scheme=scheme.name)
    found = _fitting(scheme, records, period, months, memo).results()
    return {name: table.copy(deep=False) for name, table in found.items()}  # a caller who writes into one changes nothing kept


def _fitting(scheme: Scheme, records: Records, period: str, months: list[str], memo: Memo) -> Stages:
    """The stages of an assessment; RecordsError if the records do not fit the scheme."""
    stages = Stages(scheme, records, period, months, memo)
    if stages.problems:
        raise RecordsError(stages.problems)
    return stages


def _moved(tables: Mapping[str, pd.DataFrame], scheme: Scheme, records: Records, period: str, months: list[str]) -> pd.DataFrame:
    """What the decided corrections moved, for everyone they moved."""
    if not records.entered:
        return pd.DataFrame(columns=differences.COLUMNS)
    return differences.between(_tables(scheme, records.uncorrected, period, months, {}), tables)


def state_of(scheme: Scheme, records: Records, period: str) -> State:
    """The last step signed for a period; a month takes the year's if it has none, an experiment is always a draft."""
    rows = records["sign_off"]
    for wanted in (period, period[:4]):
        own = rows[rows["period"] == wanted]
        if len(own) and not scheme.scenario:
            last = own.assign(step=own["state"].map({"proposed": 0, "final": 1})).sort_values("step", kind="stable").iloc[-1]
            return State(str(last["state"]), str(last["by"]), str(last["on"].date()))
    return State()


def _page(result: Assessment, period: str, division: str) -> Page:
    """The page of a period within the assessed one; UsageError if it lies outside."""
    months = months_of(period)
    if not set(months) <= set(months_of(result.period)) or (is_year(period) and period != result.period):
        raise UsageError("page_outside", given=period, period=result.period)
    year = is_year(period)
    staff = result.staff if period == result.period else _staff_of(result, period)
    own = {division} if division else None
    here = result.rows("staff" if year else "staff_months", "division", own)
    people = set(here["staff"] if year else here.loc[here["period"] == period, "staff"]) if division else set(result.records["staff"]["staff"])
    subjects = {division, *people} if division else None
    whole = result.whole(period)
    lines, paid, items = result.rows("ledger", "subject", subjects), result.rows("payouts", "staff", people), result.rows("items", "division", own)
    return Page(
        scheme=result.scheme, period=period, division=division, edition=result.edition, names=result.names,
        items=items[items["month"].isin(months)],
        staff=staff[staff["staff"].isin(people)] if division else staff,
        leaders=result.leaders.iloc[:0] if division else result.leaders,
        payouts=paid[paid["period"] == period], ledger=lines[lines["period"] == period], open=result.rows("open", "subject", subjects).reset_index(drop=True),
        standing=result.standing if period == result.period else result.standing.iloc[:0],
        earlier=partial(_earlier, result, before(period)), divisions=whole["divisions"], months=whole["months"], losses=whole["losses"],
        **_beside(result, period, division, subjects),
    )  # fmt: skip


def _earlier(result: Assessment, period: str) -> pd.DataFrame:
    """Every division's score and rank in an earlier period; none where there is no such period, or it cannot be assessed."""
    if not period:
        return pd.DataFrame(columns=["division", "score", "rank"])
    try:
        inside = set(months_of(period)) <= set(months_of(result.period))
        then = result.at(period) if inside else result.within(period)
        return then.whole(period)["divisions"][["division", "score", "rank"]]
    except RecordsError:
        return _earlier(result, "")


def _beside(result: Assessment, period: str, division: str, subjects: set[str] | None) -> dict[str, Any]:
    """What stands beside the scores, cut to one page."""
    months, year = months_of(period), is_year(period)
    calendar = result.calendar[result.calendar["month"].isin(months)]
    reviews = result.reviews[result.reviews["planned"].dt.strftime("%Y-%m").isin(months)]
    late = result.rows("late", "division", {division} if division else None)
    cut = {"register": "division", "appeals": "subject", "away": "staff", "settlement": "staff", "guidance": "subject"}
    own = {name: result.rows(name, column, subjects) for name, column in cut.items()}
    whole = year and not division
    return {
        "bureau": result.bureau if not division else result.bureau.iloc[:0],
        "beside": {name: table[table["division"] == division] if division and "division" in table else table for name, table in result.beside.items()},
        "state": result.state(period), "calendar": calendar, "reviews": reviews,
        "late": late[late["month"].isin(months)],
        **{name: table if year or (name == "guidance" and kind_of(period) != "month") else table.iloc[:0] for name, table in own.items()},
        "corrections": result.records["corrections"] if whole else result.records["corrections"].iloc[:0],
        "totals": office.totals(vars(result)) if whole else pd.DataFrame({"division": [], "kind": [], "amount": []}),
        "moved": result.moved if whole else partial(pd.DataFrame, columns=differences.COLUMNS),
        "readings": result.readings if whole else partial(pd.DataFrame, columns=differences.READINGS),
        "checks": result.checks if whole and result.edition == "internal" else pd.DataFrame(columns=[*office.CHECKS, "holds"]),
    }  # fmt: skip


def _divisions_of(result: Assessment, period: str) -> pd.DataFrame:
    own = result.division_months[result.division_months["period"] == period]
    return own.assign(monthly_plan=own["score"]).reindex(columns=result.divisions.columns)


def _staff_of(result: Assessment, period: str) -> pd.DataFrame:
    own = result.staff_months[result.staff_months["period"] == period]
    return own.assign(included=True, reason="").reindex(columns=result.staff.columns)
