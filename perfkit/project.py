"""Where things are: the project root, the paths given relative to it, names safe everywhere, files that appear whole or not at all, and their fingerprints."""

import os
import re
import tempfile
from collections.abc import Sequence
from glob import glob, has_magic
from hashlib import sha256
from pathlib import Path

from perfkit.problems import UsageError, nearest

ASIDE = ".perfkit-"  # how the name of a file begins while it is being written
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\u200b-\u200f\u202a-\u202e\u2066-\u2069]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_TAKEN = re.compile(r"bureau|compare|results|.*-forms(-\d+)?")  # what stands beside the divisions' pages
_LONGEST = 40


def project_root(start: Path) -> Path:
    """The nearest folder upwards with ``params/`` and ``notebooks/``; UsageError if there is none."""
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / "params").is_dir() and (folder / "notebooks").is_dir():
            return folder
    raise UsageError("no_project")


def found(path: str | Path, root: Path) -> Path:
    """A path from the project root, wherever one stands; where it is not there, as given from the working folder, if it is there."""
    inside = root / path
    return Path(path) if not inside.exists() and Path(path).exists() else inside


def scheme_file(bureau: str, root: Path) -> Path:
    """The scheme file of a bureau: a name in ``params/`` or a path; UsageError if unknown."""
    named = root / "params" / f"{bureau}.yaml"
    if named.is_file():
        return named
    given = found(bureau, root)
    if given.is_file():
        return given
    names = [file.stem for file in sorted((root / "params").glob("*.yaml"))]
    raise UsageError("bureau_unknown", given=bureau, known=" / ".join(names), near=nearest(bureau, names))


def scheme_files(bureaus: Sequence[str], root: Path) -> list[Path]:
    """The scheme files of several bureaus, each a name, a path, or a pattern of paths as ``params/province/*.yaml``.

    Raises UsageError for a bureau that is unknown and a pattern that fits nothing.
    """
    files: dict[Path, None] = {}
    for each in bureaus:
        fitting = sorted(glob(each, root_dir=root)) if has_magic(each) else []  # noqa: PTH207  a path of any kind
        files |= dict.fromkeys(scheme_file(one, root) for one in fitting or [each])
    return list(files)


def write_whole(path: Path, content: bytes) -> None:
    """Write aside, flush, then rename over ``path``: a reader sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=ASIDE)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def safe_name(identity: str) -> str:
    """A file name for an id, the id itself where every system takes it, else with a short hash."""
    plain = _UNSAFE.sub("_", identity).strip(" .")[:_LONGEST].strip(" .")
    if plain == identity and not _RESERVED.fullmatch(plain) and plain.lower() == plain and not _TAKEN.fullmatch(plain):
        return plain
    return f"{plain or '_'}-{sha256(identity.encode()).hexdigest()[:8]}"


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


def fingerprints(path: Path) -> dict[str, str]:
    """File name → sha256 of every record file."""
    files = sorted(path.glob("*.csv")) if path.is_dir() else [path]
    return {file.name: sha256(file.read_bytes()).hexdigest() for file in files}
