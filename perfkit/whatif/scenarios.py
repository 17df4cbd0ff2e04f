"""Scenarios by name: which schemes a comparison was asked for."""

from pathlib import Path

from perfkit.problems import Problem, SchemeError, UsageError, nearest
from perfkit.project import found
from perfkit.scheme import Scheme, load_scheme
from perfkit.whatif.saved import FOLDER


def overlay_file(given: str, root: Path) -> Path:
    """The file of a scenario: a name in ``params/what-if/`` or a path; UsageError if there is none."""
    folder = root / FOLDER
    named = folder / f"{given}.yaml"
    file = named if named.is_file() else found(given, root)
    if not file.is_file():
        raise UsageError("overlay_missing", given=given, near=nearest(given, [each.stem for each in folder.glob("*.yaml")]))
    return file


def stacked(given: str, root: Path) -> list[Path]:
    """The files of one scenario, ``+`` between them; a file whose own name has a ``+`` is that file."""
    if found(given, root).is_file():
        return [found(given, root)]
    return [overlay_file(each.strip(), root) for each in given.split("+") if each.strip()]


def schemes_of(scheme: str, overlays: str, overrides: str, root: Path) -> list[Scheme]:
    """The base, then a scheme a scenario: ``overlays`` with ``;`` between scenarios, ``overrides`` (JSON) one more.

    Raises SchemeError with the problems of all of them, each once.
    """
    file = found(scheme, root)
    wanted = [(stacked(each, root), "") for each in overlays.split(";") if each.strip()]
    wanted += [([], overrides)] if overrides.strip() else []
    schemes, problems = [load_scheme(file)], list[Problem]()
    for files, settings in wanted:
        try:
            schemes.append(load_scheme(file, files, settings))
        except SchemeError as error:
            problems += [problem for problem in error.problems if problem not in problems]
    if problems:
        raise SchemeError(problems)
    return schemes
