"""Decided corrections: entries that name the row they change, laid over the records before anything is computed."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from perfkit.problems import Problem, nearest
from perfkit.records.cells import parsed
from perfkit.records.schema import TABLES, Column, Table, label

LAW = ("corrections", "sign_off")  # what decides is not changed by what it decides
_REFERRED = {column.refers for table in TABLES.values() for column in table.columns}  # their ids stand in other tables too
Resolve = Callable[[Column, str], str]


class _RefusedError(Exception):
    """Why one correction cannot be carried out: the faulty column of the entry, and the message."""

    def __init__(self, column: str, key: str, **values: object) -> None:
        self.column, self.key, self.values = column, key, values


def decided(corrections: pd.DataFrame) -> pd.Series:
    """Whether each correction has been decided: by whom, and on which day."""
    return corrections["decided_on"].notna() & (corrections["decided_by"] != "")


def applied(tables: Mapping[str, pd.DataFrame], file: str, resolve: Resolve) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """The tables with every decided correction laid over them in order of decision, and what does not fit.

    ``key`` holds the values of the table's key columns, ``/`` between them; ``old`` must be what the cell holds.
    ``resolve`` turns a name into the id its column refers to; ``file`` is where the corrections stand.
    """
    changed = dict(tables)
    problems: list[Problem] = []
    rows = tables["corrections"]
    for row, entry in rows[decided(rows)].sort_values(["decided_on", "correction"], kind="stable").iterrows():
        try:
            table, column = meant(entry)
            at = _row(table, str(entry["key"]), changed[table.name], resolve)
            old, new = _value(column, "old", entry, resolve), _value(column, "new", entry, resolve)
            current = changed[table.name].at[at, column.name]
            if _text(current) != _text(old):
                raise _RefusedError("old", "correction_stale", given=entry["old"], current=_text(current), row=at)
        except _RefusedError as refused:
            problems.append(Problem(refused.key, file, int(str(row)), label("corrections", refused.column), refused.values))
            continue
        changed[table.name] = changed[table.name].copy()
        changed[table.name].at[at, column.name] = new
    return changed, problems


def meant(entry: pd.Series) -> tuple[Table, Column]:
    """The table and column an entry names, by either header; of a decided correction that was carried out there always are."""
    tables = {alias: table for table in TABLES.values() if table.name not in LAW and (table.key or table.named) for alias in (table.name, table.zh)}
    table = tables.get(entry["table"])
    if table is None:
        raise _RefusedError("table", "correction_table", given=entry["table"], near=nearest(entry["table"], tables))
    columns = {alias: column for column in table.columns for alias in column.headers}
    column = columns.get(entry["column"])
    if column is None:
        raise _RefusedError("column", "correction_column", given=entry["column"], near=nearest(entry["column"], columns))
    if column is table.columns[0] and table.name in _REFERRED:
        raise _RefusedError("column", "correction_id", given=entry["column"], name=table.name, zh=table.zh)
    return table, column


def _row(table: Table, key: str, frame: pd.DataFrame, resolve: Resolve) -> Any:
    """The index of the one row whose key columns, or those that name it, hold the given values."""
    columns = [column for name in table.key or table.named for column in table.columns if column.name == name]
    parts = [part.strip() for part in key.split("/")]
    parts += ["" for column in columns[len(parts) :] if not column.filled]  # what may be blank at the end may be left out
    if len(parts) != len(columns):
        names, headers = tuple(column.name for column in columns), tuple(column.zh for column in columns)
        raise _RefusedError("key", "correction_key", given=key, names=names, columns=headers)
    found = pd.Series(True, index=frame.index)
    for column, part in zip(columns, parts, strict=True):
        found &= frame[column.name].map(_text) == _meaning(column, part, resolve)
    if found.sum() != 1:
        raise _RefusedError("key", "correction_no_row", given=key, count=int(found.sum()), name=table.name, zh=table.zh)
    return found.idxmax()


def _meaning(column: Column, part: str, resolve: Resolve) -> str | None:
    """A part of a key as the column's cells hold it; None, which no cell holds, where it means nothing."""
    value, good = _read(column, part, resolve)
    return _text(value) if good else None


def _value(column: Column, side: str, entry: pd.Series, resolve: Resolve) -> Any:
    """The typed value of ``old`` or ``new``, as the corrected column would read it."""
    given = str(entry[side])
    value, good = _read(column, given, resolve)
    if not good or (column.filled and not given):
        raise _RefusedError(side, "correction_value", given=given, name=column.name, zh=column.zh)
    return value


def _read(column: Column, given: str, resolve: Resolve) -> tuple[Any, bool]:
    """What a text means in a column, and whether it means anything there."""
    faults: list[str] = []
    value = parsed(pd.Series([given]), column, lambda key, faulty, **_: faults.extend(faulty)).iloc[0]
    value = resolve(column, given) if column.refers and given else value
    return value, not faults and not (column.refers and given and not value)


def _text(value: Any) -> str:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return ""
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else f"{value:.15g}" if isinstance(value, float) else str(value)
