"""Where things are: the project root and the paths given relative to it."""

from pathlib import Path

from perfkit.problems import UsageError, nearest


def project_root(start: Path) -> Path:
    """The nearest folder upwards with ``params/`` and ``notebooks/``; UsageError if there is none."""
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / "params").is_dir() and (folder / "notebooks").is_dir():
            return folder
    raise UsageError("no_project")


def found(path: str | Path, root: Path) -> Path:
    """A path as given from the working folder if it is there, else from the project root."""
    given = Path(path)
    return given if given.is_absolute() or given.exists() else root / given


def scheme_file(bureau: str, root: Path) -> Path:
    """The scheme file of a bureau: a name in ``params/`` or a path; UsageError if unknown."""
    named = root / "params" / f"{bureau}.yaml"
    if named.is_file():
        return named
    given = found(bureau, root)
    if given.is_file():
        return given
    names = [file.stem for file in sorted((root / "params").glob("*.yaml"))]
    raise UsageError("bureau_unknown", given=bureau, near=nearest(bureau, names))
