"""A bureau of one's own: the scheme of another under a new name, and empty tables to fill in."""

import csv
import io
import re
import shutil
from pathlib import Path

from perfkit.language import Lang
from perfkit.problems import UsageError
from perfkit.project import found, write_whole
from perfkit.records import TABLES, read_records
from perfkit.scheme import load_scheme

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


def start(name: str, like: Path, root: Path, lang: Lang) -> list[Path]:
    """Write ``params/NAME.yaml`` and ``data/NAME/`` after another bureau's; the files written.

    The scheme is the other's word for word but for its name and records, so every clause and assumption can be gone through; the tables
    are those the other keeps, with headers and no rows. Raises UsageError for a name that is no file name, or one already taken.
    """
    scheme = load_scheme(like)
    params, folder = root / "params" / f"{name}.yaml", root / "data" / name
    if not _NAME.fullmatch(name):
        raise UsageError("name_form", given=name)
    taken = next((each for each in (params, folder) if each.exists()), None)
    if taken:
        raise UsageError("name_taken", given=name, path=taken.relative_to(root).as_posix())
    text = like.read_text(encoding="utf-8")
    for key, value in (("scheme", name), ("records", f"data/{name}")):
        text = re.sub(rf"^{key}:.*$", f"{key}: {value}", text, count=1, flags=re.MULTILINE)
    tables = [table for table in read_records(found(scheme.spec.records, root))[0].files if table in TABLES]
    written = [folder / f"{table}.csv" for table in tables]
    try:
        for table, path in zip(tables, written, strict=True):
            write_whole(path, _header(table, lang))
        write_whole(params, text.encode("utf-8"))
    except OSError:  # half a bureau would only bar the next try
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return [params, *written]


def _header(table: str, lang: Lang) -> bytes:
    """A table without rows, as a spreadsheet opens it."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([column.zh if lang == "zh" else column.name for column in TABLES[table].columns])
    return line.getvalue().encode("utf-8-sig")
