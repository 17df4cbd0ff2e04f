"""A folder of CSV files or one workbook as tables of text, each cell where the spreadsheet shows it."""

import csv
import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from perfkit.problems import Problem

ENCODINGS = ("utf-8-sig", "gb18030")  # strict and in this order; detectors guess wrong on short Chinese text


@dataclass(frozen=True)
class Sheet:
    """One table as it was written: ``rows`` with the header first, all cells text."""

    name: str  # file stem or sheet name
    file: str  # what a message calls it
    rows: list[list[str]]
    encoding: str


def read_sheets(path: Path, problems: list[Problem]) -> Iterator[Sheet]:
    """Every CSV of a folder in name order, or every sheet of an .xlsx."""
    if path.is_dir():
        for file in sorted(path.glob("*.csv")):
            yield from _csv(file, problems)
    elif path.suffix.lower() == ".xlsx" and path.exists():
        yield from _workbook(path, problems)
    else:
        problems.append(Problem("records_missing", str(path)))


def _csv(file: Path, problems: list[Problem]) -> Iterator[Sheet]:
    raw = file.read_bytes()
    if not raw.strip(b"\xef\xbb\xbf\r\n\t ,"):
        problems.append(Problem("file_empty", file.name))
        yield Sheet(file.stem, file.name, [], "")
        return
    text, encoding = _decoded(raw)
    if text is None:
        problems.append(Problem("wrong_encoding", file.name, _first_bad_line(raw)))
        yield Sheet(file.stem, file.name, [], "")
        return
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        problems.append(Problem("csv_quotes", file.name))
        rows = []
    yield Sheet(file.stem, file.name, rows, encoding)


def _decoded(raw: bytes) -> tuple[str | None, str]:
    if b"\x00" in raw or _nearly_utf8(raw):
        return None, ""
    for encoding in ENCODINGS:
        try:
            return raw.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return None, ""


def _nearly_utf8(raw: bytes) -> bool:
    """UTF-8 with a few broken bytes would pass as GB18030 and come out as nonsense."""
    text = raw.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    return broken > 0 and broken < 0.1 * sum(ord(letter) > 127 for letter in text)


def _first_bad_line(raw: bytes) -> int | None:
    try:
        raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return raw[: error.start].count(b"\n") + 1
    return None


def _workbook(path: Path, problems: list[Problem]) -> Iterator[Sheet]:
    from python_calamine import CalamineError, CalamineWorkbook  # a slow import that folders of CSV never need

    try:
        with CalamineWorkbook.from_path(path) as book:
            for name in book.sheet_names:
                cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                yield Sheet(name, f"{path.name}!{name}", [[_text(cell) for cell in row] for row in cells], "xlsx")
    except CalamineError:
        problems.append(Problem("workbook_unreadable", path.name))


def _text(cell: object) -> str:
    """A spreadsheet cell as a person would type it into a CSV."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return str(cell)
