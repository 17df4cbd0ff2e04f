"""What one report shows: the slice of an assessment that belongs to a division or the bureau."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from perfkit.periods import is_year, months_of
from perfkit.problems import UsageError

if TYPE_CHECKING:
    from perfkit.assessment import Assessment
    from perfkit.scheme import Scheme


@dataclass(frozen=True)
class Page:
    """All data of one report, and nothing else. ``division`` is '' on the bureau's own."""

    scheme: "Scheme"
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


def page_of(result: "Assessment", period: str, division: str) -> Page:
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


def _divisions_of(result: "Assessment", period: str) -> pd.DataFrame:
    own = result.division_months[result.division_months["period"] == period]
    return own.assign(monthly_plan=own["score"]).reindex(columns=result.divisions.columns)


def _staff_of(result: "Assessment", period: str) -> pd.DataFrame:
    own = result.staff_months[result.staff_months["period"] == period]
    return own.assign(included=True, reason="").reindex(columns=result.staff.columns)
