"""Shared by the tests: a bureau of three divisions whose numbers can be worked out by hand, and one browser."""

import csv
import datetime as dt
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

from perfkit import assess, load_records, load_scheme
from perfkit.assessment import Assessment
from perfkit.records import TABLES, Records

PROJECT = Path(__file__).resolve().parents[1]
SCHEME = PROJECT / "params" / "planning-bureau.yaml"
SAMPLE = PROJECT / "data" / "planning-bureau"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
MONTHS = [f"2023-{month:02d}" for month in range(1, 13)]

Row = dict[str, Any]

settings.register_profile("project", deadline=None, derandomize=True)  # the same examples on every machine, however slow
settings.load_profile("project")


def write_csv(folder: Path, table: str, rows: Iterable[Mapping[str, Any]], header: Iterable[str] | None = None, encoding: str = "utf-8-sig") -> Path:
    """One table as CSV; without ``header`` the columns are those the table declares."""
    columns = list(header or (column.name for column in TABLES[table].columns))
    file = folder / f"{table}.csv"
    with file.open("w", encoding=encoding, newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return file


class Bureau:
    """Three divisions 甲 A, 乙 B, 丙 C and nine people; the days 1 to 20 of each month are its workdays.

    So a month has 20 × 8 = 160 statutory hours, a year 1,920, and the standard is 112. As built, everybody
    works 144 hours a month (90 points), is appraised 称职 (85) and rated competent; every item is
    done; the public finds 甲 良好 (85), 乙 一般 (70), 丙 较差 (50). The years are therefore
    80 + 17 = 97, 80 + 14 = 94 and 80 + 10 = 90, and the personal part is 0.7 × 90 + 0.3 × 85 = 88.5.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        people = {
            "P1": "陈局长",
            "P2": "林副局",
            "H1": "甲处长",
            "V1": "甲副处",
            "M1": "甲一",
            "H2": "乙处长",
            "M2": "乙一",
            "M3": "乙二",
            "H3": "丙处长",
            "M4": "丙一",
        }
        divisions = {"D1": "甲处", "D2": "乙处", "D3": "丙处"}
        grades = {"D1": "良好", "D2": "一般", "D3": "较差"}
        inside = {"H1": "D1", "V1": "D1", "M1": "D1", "H2": "D2", "M2": "D2", "M3": "D2", "H3": "D3", "M4": "D3"}
        roles = {"H": ("head", "正处"), "V": ("deputy", "副处"), "M": ("member", "科级")}
        posts = [("P1", "", "director", "局长"), *(("P2", division, "leader", "副局长") for division in divisions)]
        posts += [(person, division, *roles[person[0]]) for person, division in inside.items()]
        days = pd.date_range("2023-01-01", "2023-12-31")
        self.tables: dict[str, list[Row]] = {
            "divisions": [{"division": key, "name": name, "group": "business"} for key, name in divisions.items()],
            "staff": [{"staff": key, "name": name} for key, name in people.items()],
            "postings": [dict(zip(("staff", "division", "role", "grade", "start"), (*post, "2020-01-01"), strict=True)) for post in posts],
            "plan_items": [
                {"month": month, "division": division, "item": f"{division}-{month}", "title": "事项", "completion": 1}
                for month in MONTHS
                for division in divisions
            ],
            "appraisals": [
                {"period": "2023", "kind": "mass", "subject": key, "rater_group": "群众", "grade": grade, "votes": 10} for key, grade in grades.items()
            ]
            + [{"period": "2023", "kind": "democratic", "subject": key, "rater_group": "同事", "grade": "称职", "votes": 5} for key in inside],
            "ratings": [{"year": "2023", "staff": key, "rating": "competent"} for key in ["P2", *inside]],
            "payout_bases": [
                {
                    "year": "2023",
                    "grade": grade,
                    "monthly_organisation": organisation,
                    "monthly_standard": standard,
                    "competitive": competitive,
                    "annual": annual,
                }
                for grade, organisation, standard, competitive, annual in [
                    ("副局长", 2600, 0, 0, 32000),
                    ("正处", 2000, 1500, 0, 30000),
                    ("副处", 1800, 1300, 900, 25000),
                    ("科级", 0, 1000, 600, 20000),
                ]
            ],
            "calendar": [{"date": day.date().isoformat(), "workday": "yes" if day.day <= 20 else "no"} for day in days],
            **{name: [] for name in ("absences", "exemptions", "hours", "credits", "adjustments", "vetoes", "decisions", "items")},
        }
        for month in MONTHS:
            for person in inside:
                self.work(person, month, 144)

    def rows(self, table: str, **wanted: Any) -> list[Row]:
        """The rows of a table whose cells are as ``wanted``, to be changed in place."""
        return [row for row in self.tables[table] if all(row.get(column) == cell for column, cell in wanted.items())]

    def drop(self, table: str, **wanted: Any) -> None:
        """Take those rows out."""
        gone = self.rows(table, **wanted)
        assert gone, f"{table} has no row {wanted}"
        self.tables[table] = [row for row in self.tables[table] if not any(row is each for each in gone)]

    def add(self, table: str, /, **row: Any) -> None:
        """Put one more row in."""
        self.tables.setdefault(table, []).append(row)

    def work(self, person: str, month: str, hours: float) -> None:
        """Set a person's approved hours of a month, in days of at most 24."""
        self.tables["hours"] = [row for row in self.tables["hours"] if row["staff"] != person or row["date"][:7] != month]
        day = dt.date.fromisoformat(f"{month}-01")
        while hours > 0:
            self.add(
                "hours",
                date=day.isoformat(),
                staff=person,
                declared=min(hours, 24),
                approved=min(hours, 24),
                approved_by="处长",
                approved_on=f"{month}-28",
            )
            hours, day = hours - 24, day + dt.timedelta(days=1)

    def rated_by_public(self, division: str, grade: str) -> None:
        """Let the public find a division so."""
        for row in self.rows("appraisals", kind="mass", subject=division):
            row["grade"] = grade

    def miss(self, division: str, month: str) -> None:
        """Leave the only item of a division's month undone: 50 points."""
        for row in self.rows("plan_items", division=division, month=month):
            row["completion"] = 0

    def write(self) -> Path:
        """All tables as CSV files; returns the folder."""
        for table, rows in self.tables.items():
            write_csv(self.folder, table, rows)
        return self.folder

    def records(self) -> Records:
        """The tables as the project reads them."""
        return load_records(self.write())

    def assess(self, period: str = "2023", **settings: Any) -> Assessment:
        """Assess under the shipped scheme; ``tiers__rounding="floor"`` sets a parameter."""
        changed = {path.replace("__", "."): value for path, value in settings.items()}
        return assess(load_scheme(SCHEME, set=changed), self.records(), period)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where files are shared out among processes, those that take long come first, so that no process is left alone with them."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.path.parent.name not in ("workbook", "widgets"))


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    """A small bureau, to be changed before it is assessed."""
    folder = tmp_path / "records"
    folder.mkdir()
    return Bureau(folder)


@pytest.fixture(scope="session")
def sample() -> Records:
    """The planning bureau's sample records."""
    return load_records(SAMPLE)


@pytest.fixture(scope="session")
def sample_year(sample: Records) -> Assessment:
    """The planning bureau's sample year."""
    return assess(load_scheme(SCHEME), sample, "2023")


@pytest.fixture
def scheme_file(tmp_path: Path) -> Callable[..., Path]:
    """Write the shipped scheme with some texts replaced; every text replaced must be there once."""

    def write(*changes: tuple[str, str], name: str = "changed.yaml") -> Path:
        text = SCHEME.read_text(encoding="utf-8")
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return file

    return write


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("PERFKIT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")
    assert path, "no Chromium found: install it, or name it in PERFKIT_CHROMIUM"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
