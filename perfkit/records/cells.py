"""Cells from text to values, a whole column at a time; what cannot be read is named, not guessed."""

import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from perfkit.problems import Problem, nearest
from perfkit.records.schema import Column

# Not to be seen, and yet they part equal ids; the marks of direction also turn round the digits after them wherever the cell is shown.
_INVISIBLE = dict.fromkeys([0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])
_DATE = r"^(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?(?: 0?0:00(?::00)?)?$"
_MONTH = r"^(\d{4})(?:-|/|\.|年)(\d{1,2})(?:月|(?:-|/|\.|月)0?1日?)?$"  # Excel turns a typed 2023-06 into the 1st of June
_PERIOD = r"^\d{4}(-(0[1-9]|1[0-2])|-Q[1-4]|-H[12])?$"
_PERCENT = r"^-?\d+(\.\d+)?%$"
_NUMBER = r"^-?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?([eE][-+]?\d+)?$"


def parsed(cells: pd.Series, column: Column, report: Callable[..., None]) -> pd.Series:
    """One column's values: float, datetime64, or text; blanks are NaN, NaT or ''.

    ``report`` gets a message's key and the faulty cells, without surrounding blanks and invisible marks.
    """
    codes, words = pd.factorize(cells)  # each word is read once: days of work repeat theirs by the thousand
    text = pd.Series(words, dtype=object).map(lambda word: word.translate(_INVISIBLE).strip())

    def told(key: str, faulty: pd.Series, **values: object) -> None:
        rows = np.isin(codes, faulty.index)
        report(key, text.take(codes[rows]).set_axis(cells.index[rows]), **values)

    values = _parsed(text, column, told)
    if column.filled:
        told("blank", text[text == ""])
    return values.take(codes).set_axis(cells.index)


def _parsed(text: pd.Series, column: Column, report: Callable[..., None]) -> pd.Series:
    match column.kind:
        case "number":
            return _number(text, column, report)
        case "date":
            return _date(text, report)
        case "month":
            return _month(text, report)
        case "period":
            return _matched(text, _PERIOD, "not_a_period", report)
        case "year":
            return _matched(text, r"^(19|20)\d\d$", "not_a_year", report)
        case "choice" | "flag":
            return _choice(text, column, report)
        case "word":
            known = _named(column)
            return text.map(lambda cell: known.get(cell, cell))
    return text


def _plain(text: pd.Series) -> pd.Series:
    return text.map(lambda cell: unicodedata.normalize("NFKC", cell).strip())


def _number(text: pd.Series, column: Column, report: Callable[..., None]) -> pd.Series:
    plain = _plain(text)
    written = plain.str.match(_NUMBER)
    values = pd.to_numeric(plain.where(written, "").str.replace(",", ""), errors="coerce").astype(float)
    values = values.where(np.isfinite(values))
    percent = plain.str.match(_PERCENT)
    report("percent_sign", text[percent], example="0.85" if column.high == 1 else "85")
    report("not_a_number", text[values.isna() & (plain != "") & ~percent])
    low = -np.inf if column.low is None else column.low
    high = np.inf if column.high is None else column.high
    outside = (values < low) | (values > high)
    bounds = {"low": f"{low:g}", "high": f"{high:g}"}
    key = {1: "share_out_of_range", 100: "percent_out_of_range", np.inf: "below_low" if low == 0 else "too_low"}.get(high, "out_of_range")
    report(key, text[outside], **bounds)
    return values.mask(outside)


def _date(text: pd.Series, report: Callable[..., None]) -> pd.Series:
    parts = _plain(text).str.extract(_DATE)
    joined = parts[0] + "-" + parts[1].str.zfill(2) + "-" + parts[2].str.zfill(2)
    dates = pd.to_datetime(joined, format="%Y-%m-%d", errors="coerce").astype("datetime64[s]")
    report("not_a_date", text[dates.isna() & (text != "")])
    return dates


def _month(text: pd.Series, report: Callable[..., None]) -> pd.Series:
    parts = _plain(text).str.extract(_MONTH)
    month = pd.to_numeric(parts[1])
    good = month.between(1, 12)
    report("not_a_month", text[~good & (text != "")])
    return (parts[0] + "-" + parts[1].str.zfill(2)).where(good, "")


def _matched(text: pd.Series, pattern: str, key: str, report: Callable[..., None]) -> pd.Series:
    plain = _plain(text).str.upper()
    good = plain.str.match(pattern)
    report(key, text[~good & (text != "")])
    return plain.where(good, "")


def _named(column: Column) -> dict[str, str]:
    return {alias: name for name, aliases in (column.choices or {}).items() for alias in (name, *aliases)}


def _choice(text: pd.Series, column: Column, report: Callable[..., None]) -> pd.Series:
    choices, known = column.choices or {}, _named(column)
    found = text.map(lambda cell: known.get(cell) or known.get(cell.lower(), ""))
    options = tuple(f"{name}/{aliases[0]}" for name, aliases in choices.items())
    report("not_a_choice", text[(found == "") & (text != "")], options=options, known=known)
    return found


def problems_of(key: str, cells: pd.Series, file: str, column: Column, **values: Any) -> list[Problem]:
    """One Problem a faulty cell; the index of ``cells`` is the row in the file."""
    known = values.pop("known", ())
    return [
        Problem(key, file, int(str(row)), column.label, {"given": given, "near": nearest(given, known) if known else "", **values})
        for row, given in cells.items()
    ]
