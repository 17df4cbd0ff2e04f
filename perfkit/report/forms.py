"""The forms an office prints and signs: forms.toml says what each holds, one renderer fills them all."""

import tomllib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Literal

import pandas as pd
from jinja2 import Environment, PackageLoader
from pydantic import BaseModel, ConfigDict

from perfkit.assessment import Assessment
from perfkit.language import Lang, catalogue
from perfkit.periods import is_year, kind_of, months_of
from perfkit.records.schema import KINDS
from perfkit.report import tables
from perfkit.report.formats import day, days, places
from perfkit.report.html import Table, endless, worded
from perfkit.report.view import View, number

_ENVIRONMENT = Environment(loader=PackageLoader("perfkit.report", "template"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
_ENVIRONMENT.tests |= {"endless": endless, "worded": worded}
EMPTY_ROWS = 3  # lines to write on, printed only when the records have none


class Listing(BaseModel):
    """One table of a form; forms.toml explains the keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    rows: str
    columns: dict[str, int | str]
    caption: str = ""
    when: str = ""
    who: str = ""
    only: dict[str, bool | str] = {}
    internal: tuple[str, ...] = ()
    total: tuple[str, ...] = ()
    optional: bool = False


class Declared(BaseModel):
    """One form as forms.toml declares it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    period: Literal["year", "month"]
    scope: tuple[Literal["division", "bureau", "person"], ...]
    tables: tuple[Listing, ...]
    public: bool = False
    needs: str = "personal"
    each: Literal["", "staff", "division", "week"] = ""
    info: tuple[str, ...] = ()
    boxes: tuple[str, ...] = ()
    sign: tuple[str, ...] = ()


@dataclass(frozen=True)
class Form:
    """One filled form; ``of`` names whom it is for where a booklet holds several of a kind."""

    key: str
    anchor: str
    title: str
    of: str
    lead: str
    note: str
    info: list[tuple[str, str]]
    tables: list[Table]
    boxes: list[tuple[str, str]]
    sign: list[str]

    def html(self, nothing: str) -> str:
        """The form as a piece of a page; ``nothing`` is what a table without rows says."""
        return _ENVIRONMENT.get_template("form.html.j2").render(form=self, nothing=nothing, empty_rows=EMPTY_ROWS)


@cache
def declared() -> dict[str, Declared]:
    """Every form by name, in the order of the booklets."""
    text = files("perfkit.report").joinpath("forms.toml").read_text(encoding="utf-8")
    return {key: Declared.model_validate(each) for key, each in tomllib.loads(text).items()}


@dataclass
class Filler:
    """The forms of one period, filled for one reader."""

    result: Assessment
    period: str
    lang: Lang
    view: View = field(init=False)
    _kept: dict[str, pd.DataFrame] = field(init=False, default_factory=dict)
    _chosen: dict[tuple[object, ...], pd.DataFrame] = field(init=False, default_factory=dict)  # rows of a period, of all divisions and people

    def __post_init__(self) -> None:
        self.view = View(self.result.page(self.period), self.lang)
        staff, records = self.view.page.staff, self.result.records
        self.division_of = dict(zip(staff["staff"], staff["division"], strict=True))
        self.role_of = dict(zip(staff["staff"], staff["role"], strict=True))
        self.order = {subject: place for place, subject in enumerate(["", *records["divisions"]["division"], *records["staff"]["staff"]])}

    def booklet(self, division: str = "") -> list[Form]:
        """All forms of the period for a division, or without one for the bureau; the public edition has fewer."""
        scope = "division" if division else "bureau"
        people = [person for person, own in self.division_of.items() if own == division]
        given = {"division": self.view.name(division) if division else self.view.say("report.bureau_page"), "period": self.view.period()}
        kind, public, has = kind_of(self.period), self.result.edition == "public", self.result.scheme.spec.has
        return [form for key, each in declared().items() if each.period == kind and scope in each.scope and (each.public or not public) and has(each.needs)
                for form in self._filled(key, each, {division, *people} if division else None, given)]  # fmt: skip

    def statement(self, person: str) -> Form:
        """What the year came to for one person."""
        division = self.division_of.get(person, "")
        given = {"staff": self.view.name(person), "division": self.view.name(division), "period": self.view.period()}
        return next(self._filled("statement", declared()["statement"], {person}, given))

    def _filled(self, key: str, form: Declared, subjects: Collection[str] | None, given: dict[str, str]) -> Iterator[Form]:
        found = [self._rows(listing, subjects) for listing in form.tables]
        groups = list(found[0][form.each].unique()) if form.each and len(found[0]) else [None]
        words = catalogue(self.lang)
        for place, group in enumerate(groups, 1):
            chosen = found if group is None else [rows[rows[form.each] == group] for rows in found]
            of = "" if group is None else self._group(form.each, group)
            info = given | ({form.each: of} if form.each and of else {})
            lead, note = (self.view.own(words.get(f"{part}.{key}", "")).format(**info) for part in ("form_lead", "form_note"))
            yield Form(
                key, f"{key}-{place}" if of else key, self.view.say(f"form.{key}"), of, lead, note,
                [(self.view.say(f"column.{name}"), info.get(name, "")) for name in form.info],
                [self._table(listing, rows) for listing, rows in zip(form.tables, chosen, strict=True) if len(rows) or not listing.optional],
                [(self.view.say(f"box.{name}"), self._date(chosen[0], name)) for name in form.boxes],
                [self.view.say(f"sign.{name}") for name in form.sign],
            )  # fmt: skip

    def rows(self, name: str) -> pd.DataFrame:
        """The rows of that name in forms.toml, made once."""
        if name not in self._kept:
            self._kept[name] = _ROWS[name](self) if name in _ROWS else self.result.records[name]
        return self._kept[name]

    def _group(self, column: str, value: str) -> str:
        return value if column == "week" else self.view.name(value) or self.view.say("form_word.leaders")

    def _date(self, rows: pd.DataFrame, column: str) -> str:
        return day(rows[column].iloc[0], self.lang) if column in rows and len(rows) == 1 else ""

    def _rows(self, listing: Listing, subjects: Collection[str] | None) -> pd.DataFrame:
        """The rows a table shows: of its period, with the cells wanted, and of its division or person."""
        chosen = (listing.rows, listing.when, *listing.only.items())
        if chosen not in self._chosen:
            rows = self.rows(listing.rows)
            if listing.when:
                rows = rows[rows[listing.when].astype(str).str.startswith(self.period)]
            for column, wanted in listing.only.items():
                rows = rows[rows[column] == wanted]
            self._chosen[chosen] = rows
        rows = self._chosen[chosen]
        return rows[rows[listing.who].isin(subjects)] if listing.who and subjects is not None else rows

    def _table(self, listing: Listing, rows: pd.DataFrame) -> Table:
        public = self.result.edition == "public"
        columns = {name: how for name, how in listing.columns.items() if not (public and name in listing.internal)}
        columns = {name: places(rows[name]) if how == "exact" else how for name, how in columns.items()}
        words = catalogue(self.lang)
        heads = [self.view.own(words.get(f"heading.{listing.rows}.{name}", "")) or self.view.say(f"column.{name}") for name in columns]
        kept = [[""] * len(rows) if how == "blank" else [tables.cell(self.view, value, how) for value in rows[name].tolist()] for name, how in columns.items()]
        cells = [list(row) for row in zip(*kept, strict=True)]
        foot = [number(rows[name].sum(min_count=1), how) if name in listing.total and isinstance(how, int) else "" for name, how in columns.items()]
        caption = self.view.say(f"form_table.{listing.caption}") if listing.caption else ""
        numeric = frozenset(place for place, how in enumerate(columns.values()) if isinstance(how, int))
        return Table(caption, heads, cells, numeric, [self.view.say("column.total"), *foot[1:]] if listing.total and cells else ())

    def sorted(self, rows: pd.DataFrame, *columns: str) -> pd.DataFrame:
        """Rows in the order in which the records list divisions and people."""
        return rows.sort_values(list(columns), key=lambda cells: cells.map(self.order) if cells.name in ("division", "staff") else cells, kind="stable")


def _days(fill: Filler) -> pd.DataFrame:
    """The period's time entries: with the item's title, the ISO week within the month, and the division of the post then held."""
    records, entries = fill.result.records, fill.result.entries
    rows = entries[entries["date"].astype(str).str.startswith(fill.period)].sort_values("date", kind="stable")
    posts = records["postings"]
    posts = posts[(posts["division"] != "") & (posts["role"] != "leader")].sort_values("start", kind="stable")
    held = pd.merge_asof(rows, posts[["staff", "start", "division"]], left_on="date", right_on="start", by="staff")
    first = posts.drop_duplicates("staff").set_index("staff")["division"]
    titles = records["items"].set_index("item")["title"].to_dict()
    held["division"] = held["division"].fillna(held["staff"].map(first)).fillna("")
    held["title"] = [titles.get(item, item) for item in held["item"]]
    weeks = {date: _week(fill, date) for date in held["date"].unique()}
    held["week"] = held["date"].map(weeks).astype(object)
    held["monday"] = held["date"] - pd.to_timedelta(held["date"].dt.day_of_week, unit="D")
    return fill.sorted(held, "division", "staff", "date")


def _week(fill: Filler, date: pd.Timestamp) -> str:
    """An ISO week in words, with its days within the month: weeks add up to months."""
    first, last = (date.replace(day=each) for each in (max(date.day - date.weekday(), 1), min(date.day - date.weekday() + 6, date.days_in_month)))
    return fill.view.say("form_word.week", week=date.isocalendar()[1], days=days(first.date(), last.date(), fill.lang))


def _weeks(fill: Filler) -> pd.DataFrame:
    """Hours a person and week: declared, reviewed, approved, and counted."""
    by = fill.rows("days").groupby(["monday", "week", "division", "staff"], sort=False)
    hours = by[["declared", "reviewed", "approved", "counted"]].sum(min_count=1)
    separator = fill.view.say("point.separator")
    tasks = by["title"].agg(lambda titles: separator.join(dict.fromkeys(filter(None, titles)))).rename("tasks")
    return fill.sorted(hours.join(tasks).reset_index(), "monday", "division", "staff")


def _staff_year(fill: Filler) -> pd.DataFrame:
    return fill.sorted(fill.view.page.staff, "division", "rank")


def _leaders(fill: Filler) -> pd.DataFrame:
    """The leaders with the rating each was given."""
    leaders, ratings = fill.view.page.leaders, fill.result.records["ratings"]
    given = ratings[ratings["year"] == fill.period].set_index("staff")["rating"]
    return leaders.assign(rating=leaders["leader"].map(given))


def _register(fill: Filler) -> pd.DataFrame:
    """The year's bonuses and deductions with what each counted; blank for what is not decided."""
    lines, rows = fill.view.page.ledger, fill.result.records["adjustments"]
    counted = lines[lines["component"] == "adjustments"].groupby("item")["value"].sum()
    return rows.assign(value=rows["adjustment"].map(counted).astype(float)).sort_values(["date", "adjustment"], kind="stable")


def _paid(fill: Filler) -> pd.DataFrame:
    """The payments of the period and its months: a row a person and period, a column a kind, their sum, base and factor of the annual one."""
    payouts = fill.result.payouts
    payouts = payouts[payouts["period"].isin([*months_of(fill.period), fill.period])]
    keys = ["period", "staff"]
    wide = payouts.groupby([*keys, "kind"], sort=False)["amount"].sum().unstack("kind").reindex(columns=list(KINDS))
    wide["amount"] = wide.sum(axis=1)
    annual = payouts[payouts["kind"] == "annual"].set_index(keys)[["base", "factor"]]
    rows = wide.join(annual).reset_index()
    rows["division"] = rows["staff"].map(fill.division_of).fillna("")
    rows["role"] = rows["staff"].map(fill.role_of).fillna("leader")  # those paid beside the staff table are leaders
    return fill.sorted(rows.assign(year=rows["period"].map(is_year)), "division", "staff", "year", "period")


def _paid_year(fill: Filler) -> pd.DataFrame:
    rows = fill.rows("paid")
    return rows[rows["period"] == fill.period]


_ROWS: dict[str, Callable[[Filler], pd.DataFrame]] = {
    "days": _days,
    "weeks": _weeks,
    "losses": lambda fill: tables.item_losses(fill.view),
    "assessed": lambda fill: tables.assessed(fill.view),
    "ranked": lambda fill: fill.view.page.divisions.sort_values(["rank", "tier", "division"], kind="stable"),
    "staff_year": _staff_year,
    "leaders": _leaders,
    "register": _register,
    "paid": _paid,
    "paid_year": _paid_year,
}
