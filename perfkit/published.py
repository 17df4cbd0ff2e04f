"""A version that was published before: which folder is meant, whether its files are still what its manifest says, and its tables."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from perfkit.periods import is_year, kind_of
from perfkit.problems import UsageError

MANIFEST = "manifest.json"
# The tables that a comparison reads, with the columns it needs of each.
TABLES: Mapping[str, tuple[str, ...]] = {
    "ledger": ("period", "subject", "measure", "component", "item", "value", "rules"),
    "divisions": ("division", "score", "rank", "tier", "coefficient"),
    "staff": ("staff", "division", "score", "rank", "rating", "coefficient"),
    "payouts": ("period", "staff", "kind", "base", "amount"),
    "corrections": ("correction", "table", "key", "column", "old", "new", "decided_on"),
    "answers": ("appeal", "subject", "stage", "decision", "decided_on"),
}


@dataclass(frozen=True)
class Asked:
    """What a version has to be of to be compared with; paths as the manifest has them."""

    bureau: str
    year: int
    edition: str
    overlays: tuple[str, ...] = ()
    overrides: str = ""


@dataclass(frozen=True)
class Site:
    """A published folder whose manifest fits; ``seal`` is the manifest's sha256."""

    folder: Path
    seal: str
    runs: Sequence[Mapping[str, Any]]

    def run_of(self, period: str, division: str = "") -> Mapping[str, Any] | None:
        """The run that published a page, else one that published its period; a year's run has its months too. None if there is none."""
        found = [run for run in self.runs if run["period"] == period or (kind_of(period) == "month" and run["period"] == period[:4])]
        found = [run for run in found if _name(run, "ledger") in run["outputs"]] or found  # a later run of the period has taken the tables over
        own = [run for run in found if any((page.get("period"), page.get("division")) == (period, division) for page in run.get("reports", []))]
        return next(reversed(own or found), None)


@dataclass(frozen=True)
class Published:
    """One run of a published folder: its manifest's words, its tables, and the sha256 of every file read, by its path in the folder."""

    run: Mapping[str, Any]
    seal: str
    tables: Mapping[str, pd.DataFrame]
    files: Mapping[str, str]

    @property
    def parameters(self) -> dict[str, Any]:
        """Path → the value it had."""
        return {path: each["value"] for path, each in self.run["parameters"].items()}


def opened(folder: Path, asked: Asked) -> Site:
    """The published folder that is meant: this one, or the only one below it that fits.

    Raises UsageError where there is none, where several fit, or where the only one is another bureau's, year's or edition's.
    """
    files = [folder / MANIFEST] if (folder / MANIFEST).is_file() else sorted(folder.rglob(MANIFEST)) if folder.is_dir() else []
    if not files:
        raise UsageError("manifest_missing", folder=folder)
    sites = [_site(file) for file in files]
    fitting = [site for site, _ in sites if site and any(_misfit(run, asked) is None for run in site.runs)]
    if len(fitting) == 1:
        return Site(fitting[0].folder, fitting[0].seal, [run for run in fitting[0].runs if _misfit(run, asked) is None])
    if fitting:
        raise UsageError("since_several", folder=folder, found=" / ".join(str(site.folder) for site in fitting))
    if len(sites) == 1:
        raise _why(sites[0], asked)
    raise UsageError("since_none_fits", folder=folder, bureau=asked.bureau, year=asked.year, edition=asked.edition)


def read(site: Site, period: str, division: str = "") -> Published:
    """The tables of the run that published a page; UsageError if the folder did not publish it, or a file is not what its manifest says."""
    run = site.run_of(period, division)
    if run is None:
        raise UsageError("since_period", folder=site.folder, given=period)
    names = {table: _name(run, table) for table in TABLES}
    tables = {table: _table(site.folder, name, run["outputs"].get(name), TABLES[table]) for table, name in names.items()}
    return Published(run, site.seal, tables, {MANIFEST: site.seal, **{name: run["outputs"][name] for name in names.values()}})


def _name(run: Mapping[str, Any], table: str) -> str:
    return f"{'results' if is_year(run['period']) else 'results/' + run['period']}/{table}.parquet"


def _site(file: Path) -> tuple[Site | None, Path]:
    """What a manifest describes, without comparisons of scenarios; None for one that cannot be used."""
    try:
        content = file.read_bytes()
        runs = json.loads(content.decode("utf-8"))["runs"]
        usable = [run for run in runs if not run.get("compare") and _complete(run)]
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None, file.parent
    return Site(file.parent, sha256(content).hexdigest(), usable) if usable else None, file.parent


def _complete(run: Mapping[str, Any]) -> bool:
    texts = all(isinstance(run[name], str) for name in ("period", "edition", "scheme", "overrides"))
    tables = isinstance(run["outputs"], dict) and isinstance(run["reports"], list) and isinstance(run["overlays"], list)
    return texts and tables and all("value" in each for each in run["parameters"].values()) and isinstance(run["state"]["name"], str)


def _misfit(run: Mapping[str, Any], asked: Asked) -> UsageError | None:
    """Why a run is no earlier version of what was asked for."""
    bureau, year = run.get("bureau", Path(run["scheme"]).stem), run["period"][:4]
    if bureau != asked.bureau:
        return UsageError("since_bureau", given=bureau, bureau=asked.bureau)
    if year != str(asked.year):
        return UsageError("since_year", given=year, year=asked.year)
    if run["edition"] != asked.edition:
        return UsageError("since_edition", given=run["edition"], edition=asked.edition)
    if (tuple(run["overlays"]), run["overrides"]) != (asked.overlays, asked.overrides):
        return UsageError("since_experiment")
    return None


def _why(found: tuple[Site | None, Path], asked: Asked) -> UsageError:
    site, folder = found
    faults = [fault for run in site.runs if (fault := _misfit(run, asked))] if site else []
    return faults[-1] if faults else UsageError("manifest_missing", folder=folder)


def _table(folder: Path, name: str, seal: str | None, columns: Sequence[str]) -> pd.DataFrame:
    if seal is None:
        raise UsageError("since_table", folder=folder, file=name)
    try:
        content = (folder / name).read_bytes()
    except OSError:
        raise UsageError("since_missing", folder=folder, file=name) from None
    if sha256(content).hexdigest() != seal:
        raise UsageError("since_damaged", folder=folder, file=name)
    try:
        table = pd.read_parquet(io.BytesIO(content))
    except (ValueError, OSError):  # what pyarrow raises of a file that is no Parquet
        raise UsageError("since_damaged", folder=folder, file=name) from None
    if not set(columns) <= set(table.columns):
        raise UsageError("since_table", folder=folder, file=name)
    return table
