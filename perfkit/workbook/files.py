"""Fingerprints, and tables that are harmless in a spreadsheet."""

from hashlib import sha256
from pathlib import Path

from perfkit.report.spreadsheet import FORMULA as FORMULA
from perfkit.report.spreadsheet import as_csv as as_csv
from perfkit.report.spreadsheet import harmless as harmless


def digest(content: bytes) -> str:
    """The sha256 of some bytes."""
    return sha256(content).hexdigest()


def tree_digest(folder: Path, pattern: str) -> str:
    """One sha256 over the names and contents of the files of a folder, line ends aside."""
    total = sha256()
    for file in sorted(folder.rglob(pattern), key=lambda each: each.relative_to(folder).as_posix()):
        total.update(file.relative_to(folder).as_posix().encode() + b"\0")
        total.update(file.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return total.hexdigest()
