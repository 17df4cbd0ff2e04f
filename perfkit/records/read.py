"""From files to checked tables: every problem at once, each with its cell."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from perfkit.language import Text
from perfkit.problems import Problem, RecordsError, nearest
from perfkit.project import fingerprints
from perfkit.records import checks, corrections
from perfkit.records.cells import parsed, problems_of
from perfkit.records.files import ENCODINGS, Sheet, read_sheets
from perfkit.records.schema import IGNORED, TABLES, Column, Table

UNNAMED = {"items": "unknown_item", "indicators": "unknown_indicator", "survey_frame": "unknown_stratum"}  # tables of ids, and what to say of a missing one
_SEPARATORS = {";": ";", "；": "；", "，": "，", "\t": "Tab", "|": "|"}  # what people take for a comma, and what to call it


@dataclass(frozen=True)
class Records:
    """The tables of a bureau, typed; the index of each is the row in its file.

    ``files`` names the file, encoding and row count of each table that was given.
    """

    tables: Mapping[str, pd.DataFrame]
    files: Mapping[str, dict[str, Any]]
    path: Path
    entered: Mapping[str, pd.DataFrame] | None = None  # the tables before decided corrections, where there are any

    @property
    def uncorrected(self) -> "Records":
        """The same records without the decided corrections."""
        return replace(self, tables=self.entered, entered=None) if self.entered else self

    def corrected_by(self, chosen: pd.DataFrame) -> "Records":
        """The records as entered, with other corrections laid over them; RecordsError where one of those does not fit."""
        base = {**(self.entered or self.tables), "corrections": chosen}
        changed, problems = corrections.applied(base, str(self.files.get("corrections", {}).get("file", "corrections.csv")), _resolver(base))
        if problems:
            raise RecordsError(problems)
        return replace(self, tables=changed, entered=base if len(chosen) else None)

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.tables[name]

    def names(self, table: str) -> dict[str, str]:
        """Id → name of ``divisions`` or ``staff``."""
        frame = self.tables[table]
        return dict(zip(frame.iloc[:, 0], frame["name"], strict=True))

    def identify(self, table: str, given: str) -> str:
        """The id meant by an id or a name; KeyError if unknown, LookupError if ambiguous."""
        return _Directory(self.tables[table]).id_of(given)


def load_records(path: str | Path) -> Records:
    """Read a folder of CSV files or one .xlsx; raises RecordsError with every problem found."""
    records, problems = read_records(Path(path))
    if problems:
        raise RecordsError(problems)
    return records


def read_records(path: Path) -> tuple[Records, list[Problem]]:
    """What could be read, and everything that was wrong."""
    problems: list[Problem] = []
    sheets: dict[str, Sheet] = {}
    for sheet in read_sheets(path, problems):
        table = _table_named(sheet.name)
        if table is None and sheet.encoding == "xlsx" and not any(map(any, sheet.rows)):
            continue  # one of the empty sheets that a new workbook comes with
        if table is None:
            near = nearest(sheet.name, [*TABLES, *(each.zh for each in TABLES.values())])
            problems.append(Problem("unknown_table", sheet.file, values={"near": near}))
        elif table.name in sheets:
            problems.append(Problem("table_twice", sheet.file, values={"first": sheets[table.name].file}))
        else:
            sheets[table.name] = sheet
    tables = {name: _typed(table, sheets.get(name), problems) for name, table in TABLES.items()}
    shown = {name: sheets[name].file if name in sheets else f"{name}.csv" for name in TABLES}
    _refer(tables, shown, problems)
    changed, faults = corrections.applied(tables, shown["corrections"], _resolver(tables))
    for name, table in TABLES.items():
        problems += _duplicates(table, changed[name], shown[name])
    problems += faults
    told = {(problem.file, problem.line, problem.field) for problem in problems}
    problems += [each for each in checks.across(changed, shown) if (each.file, each.line, each.field) not in told]  # a cell's first fault explains the rest
    prints = fingerprints(path) if path.exists() else {}
    files = {
        name: {"file": sheet.file, "rows": len(tables[name]), "encoding": sheet.encoding,
               "sha256": prints.get(sheet.file.split("!")[0], "")}
        for name, sheet in sheets.items()
    }  # fmt: skip
    corrected = corrections.decided(tables["corrections"]).any()
    return Records(changed, files, path, tables if corrected else None), problems


def _resolver(tables: Mapping[str, pd.DataFrame]) -> corrections.Resolve:
    """Id of what a cell names in the column's table; '' if there is none or more than one."""
    directories = {name: _Directory(tables[name]) for name in ("divisions", "staff")}
    ids = {name: set(tables[name].iloc[:, 0]) for name in UNNAMED}

    def resolve(column: Column, given: str) -> str:
        if column.refers in ids:
            return given if given in ids[column.refers] or not ids[column.refers] else ""
        among = list(directories.values()) if column.refers == "subject" else [directories[column.refers]]
        meant, _ = _resolved(pd.Series([given]), among)
        return meant[given]

    return resolve


def _table_named(name: str) -> Table | None:
    wanted = name.strip()
    return next((table for table in TABLES.values() if wanted.lower() == table.name or wanted == table.zh), None)


def _typed(table: Table, sheet: Sheet | None, problems: list[Problem]) -> pd.DataFrame:
    """The table's columns from its sheet; without one, an empty table of the right types."""
    rows = sheet.rows if sheet else []
    file = sheet.file if sheet else ""
    header = [cell.replace("\ufeff", "").strip() for cell in rows[0]] if rows else []
    place, found = _placed(header, table, file, sheet.encoding if sheet else "") if header else ({}, [])
    problems += found
    body = {number: row for number, row in enumerate(rows[1:], 2) if any(cell.strip() for cell in row)}
    for number, row in body.items():
        if len(row) > len(header) and any(cell.strip() for cell in row[len(header) :]):
            problems.append(Problem("too_many_cells", file, number, values={"cells": len(row), "columns": len(header)}))
    frame = pd.DataFrame(index=pd.Index(body, dtype="int64", name="row"))
    for column in table.columns:
        at = place.get(column.name)
        cells = [row[at] if at is not None and at < len(row) else "" for row in body.values()]

        def report(key: str, faulty: pd.Series, column: Column = column, at: int | None = at, **values: object) -> None:
            if at is not None:  # a missing column was told of as one
                problems.extend(problems_of(key, faulty, file, column, **values))

        frame[column.name] = parsed(pd.Series(cells, index=frame.index, dtype=object), column, report)
    return frame


def _placed(header: list[str], table: Table, file: str, encoding: str) -> tuple[dict[str, int], list[Problem]]:
    """Column name → position; unknown, double and missing headers are problems."""
    known = {alias: column.name for column in table.columns for alias in column.headers}
    place: dict[str, int] = {}
    problems: list[Problem] = []
    unknown: list[str] = []
    for position, cell in enumerate(header):
        name = known.get(cell) or known.get(cell.lower())
        if name is None:
            if cell and cell not in IGNORED:
                unknown.append(cell)
        elif name in place:
            problems.append(Problem("header_twice", file, 1, cell))
        else:
            place[name] = position
    if unknown and not place:
        return {}, [_no_header(unknown, table, file, encoding)]
    missing = [column for column in table.columns if column.filled and column.name not in place]
    free = [alias for alias, name in known.items() if name not in place]
    meant = {cell: nearest(cell, free) for cell in unknown}
    hinted = {known[near] for near in meant.values() if near}
    problems += [Problem("unknown_header", file, 1, cell, {"near": near}) for cell, near in meant.items()]
    problems += [Problem("missing_header", file, 1, column.label, {"name": column.name, "zh": column.zh}) for column in missing if column.name not in hinted]
    return place, problems


def _no_header(cells: list[str], table: Table, file: str, encoding: str) -> Problem:
    """Why a first line has none of the table's columns: other separators, a title above them, another encoding."""
    separator = next((each for each in _SEPARATORS if len(cells) == 1 and each in cells[0]), "")
    if separator:
        return Problem("wrong_separator", file, 1, values={"given": _SEPARATORS[separator]})
    if encoding == ENCODINGS[-1] and not any(cell.isascii() for cell in cells):
        return Problem("wrong_encoding", file, 1)
    return Problem("no_header", file, 1, values={"given": cells[0], "columns": tuple(column.zh for column in table.columns if column.filled)})


class _Directory:
    """Ids and names of one table, for cells where a person may type either."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.ids = set(frame.iloc[:, 0])
        self.named: dict[str, list[str]] = {}
        for identity, name in zip(frame.iloc[:, 0], frame["name"], strict=True):
            if identity not in self.named.setdefault(name, []):
                self.named[name].append(identity)

    def id_of(self, given: str) -> str:
        if given in self.ids:
            return given
        owners = self.named.get(given, [])
        if len(owners) > 1:
            raise LookupError(given)
        if not owners:
            raise KeyError(given)
        return owners[0]

    def known(self) -> list[str]:
        return [*self.ids, *self.named]


def _refer(tables: dict[str, pd.DataFrame], shown: Mapping[str, str], problems: list[Problem]) -> None:
    """Turn names into ids; a word that is no known id or name is a problem."""
    directories = {name: _Directory(tables[name]) for name in ("divisions", "staff")}
    ids = {name: set(tables[name].iloc[:, 0]) for name in UNNAMED}
    for table in TABLES.values():
        for column in table.columns:
            if not column.refers:
                continue
            cells = tables[table.name][column.name]
            if column.refers in ids:
                known = ids[column.refers] - {""}
                faulty = cells[~cells.isin(known) & (cells != "")] if known else cells[:0]
                problems += problems_of(UNNAMED[column.refers], faulty, shown[table.name], column, known=known)
                continue
            among = list(directories.values()) if column.refers == "subject" else [directories[column.refers]]
            if not any(directory.ids for directory in among):
                continue  # the table of ids itself is missing or unreadable, and said so
            meant, faults = _resolved(cells, among)
            tables[table.name][column.name] = cells.map(meant).astype(object)
            if any(not directory.ids - {""} for directory in among if directory is not directories["staff"] or len(tables["postings"])):
                continue  # one of the tables of ids is missing or unreadable, and said so
            for key, words in faults.items():
                words_known = [word for directory in among for word in directory.known()]
                problems += problems_of(f"{key}_{column.refers}", cells[cells.isin(words)], shown[table.name], column, known=words_known)


def _resolved(cells: pd.Series, among: Iterable[_Directory]) -> tuple[dict[str, str], dict[str, list[str]]]:
    meant: dict[str, str] = {"": ""}
    faults: dict[str, list[str]] = {"unknown": [], "ambiguous": []}
    for word in cells.unique():
        found: list[str] = []
        ambiguous = False
        for directory in among:
            try:
                found.append(directory.id_of(word))
            except KeyError:
                continue
            except LookupError:
                ambiguous = True
        meant[word] = found[0] if found else ""
        if word and (ambiguous or len(found) > 1):
            faults["ambiguous"].append(word)
        elif word and not found:
            faults["unknown"].append(word)
    return meant, faults


def _duplicates(table: Table, frame: pd.DataFrame, file: str) -> list[Problem]:
    if not table.key or frame.empty:
        return []
    needed = [column.name for column in table.columns if column.name in table.key and column.filled]
    known = frame[~(frame[needed].isna() | (frame[needed].astype(str) == "")).any(axis=1)]
    again = known[known.duplicated(list(table.key))]
    first = known.drop_duplicates(list(table.key)).reset_index().set_index(list(table.key))["row"]
    keyed = [column for column in table.columns if column.name in table.key]
    labels: Text = {"zh": "、".join(column.zh for column in keyed), "en": ", ".join(column.name for column in keyed)}
    problems = []
    for row, keys in zip(again.index, again[list(table.key)].itertuples(index=False, name=None), strict=True):
        given = " / ".join(filter(None, map(_shown, keys)))
        earlier = int(first.loc[keys if len(keys) > 1 else keys[0]])
        problems.append(Problem(table.again, file, int(str(row)), labels, {"given": given, "first": earlier}))
    return problems


def _shown(cell: Any) -> str:
    return cell.date().isoformat() if isinstance(cell, pd.Timestamp) else str(cell)
