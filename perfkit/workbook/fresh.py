"""What a report was made from, then and now: what is the same need not be made again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from perfkit.assessment import Page
from perfkit.project import digest

JOURNAL = ".journal"  # the reports finished since the last manifest, a line each
KINDS = ("html", "ipynb")
SHOWN = 16  # hexadecimal digits of a fingerprint; enough to notice a change

Basis = Mapping[str, str]  # kind of thing a report is made from → its fingerprint


@dataclass(frozen=True)
class Made:
    """A report on the disk: what it was made from, and the sha256 of its page and notebook."""

    basis: Basis
    outputs: Mapping[str, str]


def earlier(folder: Path, runs: Sequence[Mapping[str, Any]]) -> dict[str, Made]:
    """Stem → the report as the runs of a manifest, or a run that did not come to its end, have left it."""
    found = {report["stem"]: Made(report.get("basis", {}), {kind: run["outputs"].get(f"{report['stem']}.{kind}", "") for kind in KINDS})
             for run in runs for report in run["reports"]}  # fmt: skip
    try:
        lines = (folder / JOURNAL).read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    for line in lines:
        try:
            row = json.loads(line)
            found[row["stem"]] = Made(row["basis"], row["outputs"])
        except (ValueError, KeyError, TypeError):  # cut off in the middle
            continue
    return found


def note(folder: Path, stem: str, basis: Basis) -> None:
    """Write into the journal that a report is there."""
    outputs = {kind: digest((folder / f"{stem}.{kind}").read_bytes()) for kind in KINDS}
    with (folder / JOURNAL).open("a", encoding="utf-8") as file:
        file.write(json.dumps({"stem": stem, "basis": basis, "outputs": outputs}) + "\n")


def stale(folder: Path, stem: str, made: Made | None, basis: Basis) -> list[str]:
    """Why a report must be made: new, missing, damaged, or what it is made from that changed; nothing if it stands."""
    if made is None:
        return ["new"]
    for kind in KINDS:
        file = folder / f"{stem}.{kind}"
        if not file.is_file():
            return ["missing"]
        if digest(file.read_bytes()) != made.outputs.get(kind):
            return ["damaged"]
    return [name for name in basis if made.basis.get(name) != basis[name]]


def of_page(page: Page, everything: str) -> str:
    """The fingerprint of all data of a page. What is computed only when asked for stands for ``everything``, and the period before for itself."""
    parts = [f"{each.name}={_shared(each.name, getattr(page, each.name))}" for each in fields(page) if each.name not in APART]
    whole = everything if len(page.period) == 4 and not page.division else ""
    return short("\n".join([*parts, _of(page.earlier()), whole]))


APART = ("scheme", "moved", "readings", "earlier")  # what of a page is no plain data
_last: dict[str, tuple[object, str]] = {}  # part of a page → the last that was looked at, and its fingerprint


def _shared(name: str, value: object) -> str:
    """The fingerprint of a part of a page; what all pages of a period share is looked through once for all of them."""
    if name not in _last or _last[name][0] is not value:
        _last[name] = value, of_plain(value) if name == "names" else _of(value)
    return _last[name][1]


def of_plain(value: object) -> str:
    """The fingerprint of what JSON can say."""
    return short(json.dumps(value, ensure_ascii=False, sort_keys=True, default=str))


def short(text: str) -> str:
    """A fingerprint as it is kept."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:SHOWN]


def _of(value: object) -> str:
    if isinstance(value, pd.DataFrame):
        return _of_table(value)
    if isinstance(value, Mapping):
        return ";".join(f"{key}={_of(each)}" for key, each in value.items())
    return repr(value)


def _of_table(table: pd.DataFrame) -> str:
    total = sha256(repr((list(table.columns), [str(kind) for kind in table.dtypes], len(table))).encode())
    for place in range(table.shape[1] if len(table) else 0):
        total.update(_of_column(table.iloc[:, place]))
    return total.hexdigest()


def _of_column(column: "pd.Series[Any]") -> bytes:
    values = column.to_numpy()
    if values.dtype.kind in "biufM":
        return values.tobytes()
    return "\x1f".join(map(repr, column.tolist())).encode("utf-8", "surrogatepass")
