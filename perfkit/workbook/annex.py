"""The annex of a set of reports: its result tables as one Excel workbook, in words, the same to the byte for the same tables."""

import io
import json
import math
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter

from perfkit.assessment import Assessment
from perfkit.language import Lang, catalogue, localised, say, term
from perfkit.report.plain import width
from perfkit.report.spreadsheet import FORMULA
from perfkit.report.view import period_words
from perfkit.workbook.signing import words as words_of

ANNEX = "annex.xlsx"
CREATED = datetime(2000, 1, 1)  # a workbook has to say when it was made; the day is not among the inputs
ROWS = 1_048_575  # what a sheet holds below its header; a longer table goes on in another sheet
LONGEST = 32_767  # characters of a cell
NARROW, WIDE = 6, 48  # columns are as wide as their widest cell, within these; longer text is wrapped
OPTIONS = {"in_memory": True, "constant_memory": False, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}

POINTS, WEIGHT, MONEY, WHOLE, SHARE, FINE, DAY = "0.00", "0.0000", "#,##0.00", "0", "0.0%", "#,##0.00##", "yyyy-mm-dd"
# The number format of a column; of all others POINTS.
FORMATS: dict[str | tuple[str, str], str] = {
    **dict.fromkeys(("weight", "factor", "coefficient", "coefficient_before", "coefficient_after", "coefficient_change"), WEIGHT),
    **dict.fromkeys(("base", "amount", "due", "paid", "difference", "amount_before", "amount_after", "amount_change", "before", "after", "change",
                     "lowest", "highest", "effect", "expected", "found"), MONEY),
    **dict.fromkeys(("rank", "rank_before", "rank_after", "rank_change", "excellent_places", "count", "level", "planned", "population", "n", "main",
                     "replacements", "complete", "refused", "not_reached", "ineligible", "pending", "visits", "covert", "findings", "band", "people",
                     "winners", "losers", "size", "quantity", "needed"), WHOLE),
    **dict.fromkeys(("elapsed", "rate"), SHARE), **dict.fromkeys(("raw", "value"), FINE),
    ("register", "quantity"): "General", ("indicators", "target"): "General", ("indicators", "result"): "General",
    **{(table, side): "General" for table in ("parameters", "movers") for side in ("before", "after")},
    ("indicator_counts", "found"): WHOLE, ("survey_warnings", "found"): FINE, ("survey_warnings", "needed"): FINE,
}  # fmt: skip
# What a text column holds: ids, ids or parameters with ; between, or the sections of the catalogue that have words for it. All others are as they are.
TEXTS: dict[str | tuple[str, str], str] = {
    **dict.fromkeys(("division", "staff", "subject", "leader", "owner", "person", "excused_by"), "subject"), "divisions": "subjects",
    "rules": "parameters", "parameters": "parameters", "needs": "parameters", "path": "parameters", "options": "options", "why": "localised",
    "role": "role", "component": "component", "question": "question", "recusal": "recusal", "check": "check", "part": "part mode", "matter": "matter",
    "step": "approval", "direction": "direction", "rating": "rating", "rating_before": "rating", "rating_after": "rating",
    ("ledger", "measure"): "measure", ("ledger", "item"): "item", ("ledger", "note"): "item adjustment aspect",
    ("staff", "reason"): "reason", ("register", "kind"): "adjustment", ("losses", "cause"): "adjustment", ("guidance", "state"): "progress",
    ("late", "kind"): "late", ("payouts", "kind"): "kind", ("settlement", "kind"): "kind", ("cost", "kind"): "kind",
    ("indicators", "source"): "number_source", ("indicator_counts", "kind"): "level", ("indicator_grades", "aspect"): "item",
    ("survey", "stratum"): "stratum", ("survey", "flag"): "sample", ("survey_parts", "kind"): "breakdown", ("survey_warnings", "kind"): "warning",
    ("survey_warnings", "mode"): "mode", ("answers", "stage"): "stage", ("answers", "decision"): "decision",
    ("inspections", "mode"): "visit", ("inspections", "aspect"): "aspect", ("inspections", "effect"): "finding_effect",
    ("inspection_counts", "aspect"): "aspect", ("meetings", "kind"): "meeting", ("movers", "measure"): "moved", ("attribution", "measure"): "measure",
    **{(table, side): "choice rating" for table in ("parameters", "movers") for side in ("before", "after")},
}  # fmt: skip
# The word of a column where it is another than its own name has.
HEADS: dict[tuple[str, str], str] = {
    ("ledger", "measure"): "counts_as", ("register", "counted"): "in_score", ("losses", "points"): "lost", ("late", "kind"): "what",
    ("late", "count"): "how_many",
    ("settlement", "due"): "due_amount", ("approvals", "late"): "overdue", ("indicators", "title"): "goal_title", ("indicators", "target"): "aim",
    ("indicators", "result"): "reached", ("indicators", "source"): "basis", ("indicators", "difference"): "gap",
    ("indicator_grades", "title"): "goal_title", ("indicator_counts", "found"): "present", ("indicator_counts", "planned"): "prescribed",
    ("survey", "mean"): "average", ("survey_parts", "mean"): "average", ("survey_parts", "kind"): "breakdown", ("survey_parts", "part"): "of_breakdown",
    ("survey_change", "difference"): "changed_by", ("survey_change", "exceeds_error"): "exceeds", ("survey_warnings", "found"): "reached",
    ("survey_warnings", "kind"): "flag", ("survey_design", "planned"): "allocated", ("inspections", "inspection"): "inspection_id",
    ("inspection_log", "inspection"): "inspection_id", ("parameters", "before"): "in_scheme", ("parameters", "after"): "in_trial",
    ("cost", "before"): "in_scheme", ("cost", "after"): "in_trial", ("cost", "change"): "changed_by", ("cost", "tier"): "of_tier",
    ("transitions", "before"): "in_scheme", ("transitions", "after"): "in_trial", ("transitions", "count"): "how_many",
    ("transitions", "divisions"): "division", ("bands", "change"): "changed_by", ("movers", "measure"): "moved_measure",
    ("movers", "before"): "in_scheme", ("movers", "after"): "in_trial", ("movers", "parameters"): "brought_by",
    ("attribution", "measure"): "moved_measure", ("attribution", "parameters"): "effect_of", ("attribution", "effect"): "whole_effect",
    ("corrections", "table"): "of_table", ("corrections", "key"): "row", ("corrections", "column"): "of_column",
    ("needs", "parameters"): "effect_of", ("needs", "problem"): "why_not",
}  # fmt: skip
SIDES = ("before", "after", "change")


@dataclass(frozen=True)
class Column:
    """One column of a sheet: its word, its cells as Excel shall hold them, and the format of its numbers."""

    head: str
    cells: list[str | float | datetime | None]
    shown: str = POINTS


def annex(tables: Mapping[str, pd.DataFrame], result: Assessment, period: str, lang: Lang) -> bytes:
    """The result tables (name → table) of a period as an .xlsx: a first sheet with what is where, then a sheet a table that has rows.

    Numbers are numbers, unrounded, dates dates, everything else text that no spreadsheet takes for a formula or a link. Names stand
    before ids where they differ. The bytes depend on the arguments alone, not on the system that wrote them.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, OPTIONS)
    book.set_properties({"title": result.scheme.title(lang), "created": CREATED})
    first = book.add_worksheet(say("annex.first", lang))
    contents: list[tuple[str, str, int]] = []
    for name, table in tables.items():
        if table.empty:
            continue
        columns = columns_of(name, table, result, lang)
        for start in range(0, len(table), ROWS):
            sheet = say(f"sheet.{name}", lang) + (f" {start // ROWS + 1}" if len(table) > ROWS else "")
            part = [Column(each.head, each.cells[start : start + ROWS], each.shown) for each in columns]
            _fill(book, book.add_worksheet(sheet), part)
            contents.append((sheet, say(f"sheet_about.{name}", lang), len(part[0].cells)))
    _front(book, first, _facts(result, period, lang), contents, lang)
    book.close()
    return _packed(buffer.getvalue())


def columns_of(name: str, table: pd.DataFrame, result: Assessment, lang: Lang) -> list[Column]:
    """The columns of one table: their words, and each cell as a number, a date or text."""
    names = {**result.records.names("staff"), **result.records.names("divisions")}
    found: list[Column] = []
    for column in map(str, table.columns):
        how = TEXTS.get((name, column)) or TEXTS.get(column, "")
        shown = FORMATS.get((name, column)) or FORMATS.get(column, POINTS)
        word = head(name, column, lang)
        found.append(Column(word, [_cell(value, how, names, lang) for value in table[column]], shown))
        if how == "subject" and any(names.get(each, each) != each for each in table[column]):
            found.append(Column(say("annex.id", lang, column=word), [_cell(value, "", names, lang) for value in table[column]]))
        if column == "rules":
            cited = {each: say("point.separator", lang).join(result.scheme.clauses_of(each)) for each in table[column].unique()}
            found.append(Column(say("column.clauses", lang), [cited[each] for each in table[column]]))
    return found


def head(table: str, column: str, lang: Lang) -> str:
    """The word of a result column; its own name if there is none."""
    known, key = catalogue(lang), HEADS.get((table, column), column)
    if f"column.{key}" in known:
        word = known[f"column.{key}"]
        return word[0].upper() + word[1:]
    if key[:4].isdigit():  # a round of the survey
        return period_words(key, lang)
    own, _, side = key.rpartition("_")
    return say(f"annex.{side}", lang, column=known[f"column.{own}"]) if side in SIDES and f"column.{own}" in known else column


def _cell(value: Any, how: str, names: Mapping[str, str], lang: Lang) -> str | float | datetime | None:
    """A cell as Excel shall hold it; None for a blank."""
    if isinstance(value, bool | np.bool_):
        return say("column.yes" if value else "column.no", lang)
    if isinstance(value, str):
        return _text(value, how, names, lang)
    if value is None or pd.isna(value):
        return None
    if isinstance(value, date):  # a timestamp too
        return datetime(value.year, value.month, value.day)
    if isinstance(value, Real):
        return float(value) if math.isfinite(value) else str(value)
    return str(value)


def _text(text: str, how: str, names: Mapping[str, str], lang: Lang) -> str | float | None:
    match how:
        case "":
            return text or None
        case "subject":
            return names.get(text, text) or None
        case "subjects":
            return _joined((names.get(each, each) for each in text.split(";")), lang)
        case "parameters":
            return _joined((term("parameter", each, lang) for each in text.split(";")), lang)
        case "options":
            return _joined((term("option", each, lang) for each in text.split(";")), lang)
        case "stratum":
            return text or say("column.all_strata", lang)
        case "localised":
            return _own_words(text, lang) or None
    known = catalogue(lang)
    word = next((known[f"{section}.{text}"] for section in how.split() if f"{section}.{text}" in known), text)
    return _number(word) if how.startswith("choice") else word or None


def _joined(words: Iterable[str], lang: Lang) -> str | None:
    return say("point.separator", lang).join(words) or None


def _own_words(text: str, lang: Lang) -> str:
    """A text of a scheme in the reader's language, where it came as JSON with one a language."""
    try:
        given = json.loads(text)
    except ValueError:
        return text
    return localised(given, lang) if isinstance(given, dict) else text


def _number(text: str) -> str | float | None:
    """A value of a mixed column: the number it stands for, or the text."""
    try:
        value = float(text)
    except ValueError:
        return text or None
    return value if math.isfinite(value) else text


def _facts(result: Assessment, period: str, lang: Lang) -> Iterator[tuple[str, str]]:
    """What the first sheet says of the whole: label, value."""
    yield say("annex.bureau", lang), result.scheme.title(lang)
    yield say("column.period", lang), period_words(period, lang)
    yield say("annex.edition", lang), say(f"edition.{result.edition}", lang)
    yield say("column.state", lang), words_of(result.state(period), lang)
    if result.scheme.scenario:
        yield say("column.scenario", lang), result.scheme.scenario_title(lang)
        yield "", say("report.experiment", lang)


def _front(book: Any, sheet: Any, facts: Iterable[tuple[str, str]], contents: list[tuple[str, str, int]], lang: Lang) -> None:
    """The first sheet: bureau, period, edition, state, then what is in which sheet."""
    bold, wrapped, whole = book.add_format({"bold": True, "valign": "top"}), _format(book, ""), _format(book, WHOLE)
    row = 0
    for label, value in facts:
        _write(sheet, row, 0, label, bold)
        _write(sheet, row, 1, value, wrapped)
        row += 1
    row += 1
    for place, key in enumerate(("annex.sheet", "annex.content", "annex.rows")):
        _write(sheet, row, place, say(key, lang), book.add_format({"bold": True, "bottom": 1}))
    for place, (name, about, count) in enumerate(contents, row + 1):
        _write(sheet, place, 0, name, wrapped)
        _write(sheet, place, 1, about, wrapped)
        _write(sheet, place, 2, float(count), whole)
    widest = max((width(name) for name, _, _ in contents), default=NARROW)
    for column, room in enumerate((min(max(widest, 20) + 2, WIDE), 70, 10)):
        sheet.set_column(column, column, room)
    _paged(sheet)


def _fill(book: Any, sheet: Any, columns: list[Column]) -> None:
    """One table: header bold, frozen, filtered and repeated on every page; cells typed."""
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    forms = {shown: _format(book, shown) for shown in dict.fromkeys(each.shown for each in columns)}
    text, kept, day = _format(book, ""), _format(book, "", quote_prefix=True), _format(book, DAY)
    for place, column in enumerate(columns):
        _write(sheet, 0, place, column.head, bold)
        number = forms[column.shown]
        for row, value in enumerate(column.cells, 1):
            if value is not None:
                form = number if isinstance(value, float) else day if isinstance(value, datetime) else kept if value.startswith(FORMULA) else text
                _write(sheet, row, place, value, form)
        widest = max([width(column.head), *(_room(value, column.shown) for value in set(column.cells))])
        sheet.set_column(place, place, min(max(widest, NARROW), WIDE) + 2)
    last = len(columns[0].cells)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, last, len(columns) - 1)
    sheet.repeat_rows(0)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})  # ids and periods are text on purpose
    _paged(sheet)


def _paged(sheet: Any) -> None:
    """A4 landscape, as many pages high as it takes and one wide, with sheet and page number at the foot."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&A&R&P / &N")


def _format(book: Any, shown: str, **own: object) -> Any:
    """The format of a number, or with '' of text, which is wrapped."""
    return book.add_format({"valign": "top", **({"num_format": shown} if shown else {"text_wrap": True}), **own})


def _write(sheet: Any, row: int, column: int, value: str | float | datetime, form: Any) -> None:
    """One cell by its type; text never as formula, link or number."""
    write: Callable[..., int] = {str: sheet.write_string, float: sheet.write_number}.get(type(value), sheet.write_datetime)
    write(row, column, plain(value) if isinstance(value, str) else value, form)


def plain(text: str) -> str:
    """A text that Excel can hold: not too long, and not between the tags that xlsxwriter would pass on as markup."""
    cut = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return f"{cut} " if cut.startswith("<r>") and cut.endswith("</r>") else cut


def _room(value: str | float | datetime | None, shown: str) -> int:
    """How many narrow characters a cell takes; a Chinese one takes two."""
    if isinstance(value, str):
        return max(map(width, value.split("\n")))
    if value is None or isinstance(value, datetime):
        return len(DAY) * (value is not None)
    return len(f"{value:,.4f}") if shown in (WEIGHT, FINE) else len(f"{value:,.2f}")


def _packed(content: bytes) -> bytes:
    """The same workbook with nothing of the system in it: no trace of who packed it, and no compression, whose bytes differ from library to library."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o600 << 16
            new.writestr(entry, old.read(name))
    return buffer.getvalue()
