"""Assessments by the files they are made from; one that was put by is found again by their content."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from perfkit.assessment import Assessment, assess
from perfkit.project import fingerprints, found
from perfkit.records import load_records
from perfkit.scheme import load_scheme

Stamps = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class _Kept:
    rules: str
    records: Path
    stamps: Stamps
    prints: dict[str, str]
    results: tuple[Assessment, ...]


_kept: list[_Kept] = []  # at most one: filled before notebooks are forked from this process


def assessed(scheme: Path, overlays: Sequence[Path], overrides: str, period: str, edition: str, root: Path) -> Assessment:
    """Load and assess ``period`` in an edition, unless the same is there already.

    Raises SchemeError, RecordsError and UsageError as loading and assessing do.
    """
    rules = _digest(scheme, overlays, overrides)
    for kept in _kept:
        if kept.rules == rules and _same(kept, found(kept.results[0].scheme.spec.records, root)):
            for result in kept.results:
                if (result.period, result.edition) == (period, edition):
                    return result
    loaded = load_scheme(scheme, list(overlays), overrides)
    result = assess(loaded, load_records(found(loaded.spec.records, root)), period)
    return result.public() if edition == "public" else result


def keep(scheme: Path, overlays: Sequence[Path], overrides: str, results: Sequence[Assessment]) -> None:
    """Put assessments of the same rules and records by, in the place of those before."""
    rules, records = _digest(scheme, overlays, overrides), results[0].records.path.resolve()
    if not _kept or (_kept[0].rules, _kept[0].records) != (rules, records):
        _kept[:] = [_Kept(rules, records, _stamps(records), fingerprints(records), ())]
    _kept[:] = [replace(_kept[0], results=tuple(results))]


def _same(kept: _Kept, records: Path) -> bool:
    """Whether these records are those that were assessed; the same rules may be another project's, with records of its own."""
    if not records.exists():
        return False
    return (records.resolve() == kept.records and _stamps(records) == kept.stamps) or fingerprints(records) == kept.prints


def _stamps(records: Path) -> Stamps:
    """Size and time of every file of the records: while they are as they were, so is the content, which a large bureau need not read for each report."""
    files = sorted(records.glob("*.csv")) if records.is_dir() else [records]
    return tuple((file.name, (of := file.stat()).st_size, of.st_mtime_ns) for file in files)


def _digest(scheme: Path, overlays: Sequence[Path], overrides: str) -> str:
    parts = [part for file in (scheme, *overlays) for part in (file.name.encode(), file.read_bytes())] + [overrides.encode()]
    return sha256(b"\0".join(sha256(part).digest() for part in parts)).hexdigest()
