"""Numbers and dates as pages print them; the words are those of CLDR's charts for zh-Hans-CN and en-GB."""

import datetime as dt
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.language import Lang
from perfkit.report.formats import COLUMN, day, days, exact, month_name, number, percent, period_words, places, short_period, signed

PACKAGE = Path(__file__).parents[2] / "perfkit"


@pytest.mark.parametrize(("value", "decimals", "shown"), [
    (1507933.333, 2, "1,507,933.33"), (-7.5, 2, "−7.50"), (0, 2, "0.00"), (-0.001, 2, "0.00"), (12345, 0, "12,345"), (1 / 3, 4, "0.3333"),
    (84.125, 2, "84.13"), (-84.125, 2, "−84.13"), (1.005, 2, "1.01"), (88.74499999999999, 2, "88.75"), (None, 2, ""), (float("nan"), 0, ""),
])  # fmt: skip
def test_numbers(value: float, decimals: int, shown: str) -> None:
    """Halves go up as the scores' do, so that a page and a calculator agree; what rounds to nothing has no sign."""
    assert number(value, decimals) == shown


@given(st.integers(-(10**12), 10**12))
def test_a_number_in_cents_is_shown_to_the_cent(cents: int) -> None:
    shown = number(cents / 100)
    assert int(re.sub("[,.]", "", shown).replace("−", "-")) == cents
    assert re.fullmatch(r"−?\d{1,3}(,\d{3})*\.\d\d", shown)


def test_numbers_with_the_decimals_they_have() -> None:
    assert [exact(each) for each in (0.8, 95, 1234567.5, 0.1 + 0.2, -0.25, None)] == ["0.8", "95", "1,234,567.5", "0.3", "−0.25", ""]
    assert [percent(each) for each in (0.7, 0.655, 1, 1 / 3)] == ["70%", "65.5%", "100%", "33.3%"]
    assert [signed(each) for each in (1234.5, -0.01, 0.004, None)] == ["+1,234.50", "−0.01", "–", "–"]


@pytest.mark.parametrize("value", ["2023-06-08", "2023-06-08 00:00:00", dt.date(2023, 6, 8), pd.Timestamp("2023-06-08")])
def test_dates(value: object) -> None:
    assert [day(value, "zh"), day(value, "zh", COLUMN)] == ["2023年6月8日"] * 2
    assert [day(value, "en"), day(value, "en", COLUMN)] == ["8 June 2023", "8 Jun 2023"]


@pytest.mark.parametrize("value", ["", None, pd.NaT])
def test_no_date(value: object) -> None:
    assert day(value, "zh") == ""


@pytest.mark.parametrize(("lang", "month", "quarter", "half", "year", "name"), [
    ("zh", "2023年6月", "2023年第2季度", "2023年上半年", "2023年", "6月"), ("en", "June 2023", "Q2 2023", "first half of 2023", "2023", "Jun"),
])  # fmt: skip
def test_periods(lang: Lang, month: str, quarter: str, half: str, year: str, name: str) -> None:
    assert [period_words(each, lang) for each in ("2023-06", "2023-Q2", "2023-H1", "2023", "2023-13")] == [month, quarter, half, year, "2023-13"]
    assert month_name(6, lang) == name


def test_days_of_a_month() -> None:
    week = dt.date(2023, 6, 5), dt.date(2023, 6, 11)
    assert [days(*week, "zh"), days(*week, "en")] == ["6月5日至11日", "5–11 Jun"]
    assert days(week[0], week[0], "zh") == "6月5日"


def test_no_page_formats_a_number_or_a_date_by_itself() -> None:
    """The annex is made for programs, and holds dates and numbers as such."""
    by_hand = re.compile(r"strftime|isoformat\(\)|\.date\(\)\)|\[:10\]|:[,+]?\.\d[f%]\}|:g\}")
    rooms = [*(PACKAGE / "report").glob("*.py"), *(PACKAGE / "workbook" / f"{name}.py" for name in ("booklets", "search", "signing", "site"))]
    found = [
        f"{file.name}: {line}" for file in rooms if file.name != "formats.py" for line in file.read_text(encoding="utf-8").splitlines() if by_hand.search(line)
    ]
    assert found == []


def test_babel_is_read_with_the_first_number() -> None:
    code = "import sys; from perfkit.report import formats; assert not [each for each in sys.modules if each.startswith('babel')]"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(("lang", "shown"), [
    ("zh", ["6月", "第2季度", "上半年", "下半年", "2023年"]), ("en", ["Jun", "Q2", "First half", "Second half", "2023"]),
])  # fmt: skip
def test_periods_beside_their_year(lang: Lang, shown: list[str]) -> None:
    assert [short_period(each, lang) for each in ("2023-06", "2023-Q2", "2023-H1", "2023-H2", "2023")] == shown


def test_a_column_has_the_decimals_that_leave_none_of_its_numbers_rounded() -> None:
    assert [places(each) for each in ([1.2, 1, 0.8], [1.25, 1.2], [2, None], [], [0.1 + 0.2])] == [1, 2, 0, 0, 1]
