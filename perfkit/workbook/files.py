"""Names that are safe everywhere, and fingerprints."""

import re
from hashlib import sha256
from pathlib import Path

_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\u200b-\u200f\u202a-\u202e\u2066-\u2069]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_TAKEN = re.compile(r"bureau|compare|results|.*-forms(-\d+)?")  # what stands beside the divisions' pages
_LONGEST = 40


def safe_name(identity: str) -> str:
    """A file name for an id, the id itself where every system takes it, else with a short hash."""
    plain = _UNSAFE.sub("_", identity).strip(" .")[:_LONGEST].strip(" .")
    if plain == identity and not _RESERVED.fullmatch(plain) and plain.lower() == plain and not _TAKEN.fullmatch(plain):
        return plain
    return f"{plain or '_'}-{digest(identity.encode())[:8]}"


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
