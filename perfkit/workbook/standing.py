"""A run that need not be made again: nothing it was made from and nothing it made has changed. Loads no library, so that it is quick to see."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perfkit.project import digest, fingerprints, found
from perfkit.workbook.code import code
from perfkit.workbook.jobs import Settings

NAME = "manifest.json"


@dataclass(frozen=True)
class Standing:
    """A published run, as its manifest has it."""

    out: Path
    run: dict[str, Any]


def standing(settings: Settings, root: Path, base: Path) -> Standing | None:
    """The run below ``base`` that was asked for the same, from the same bytes, with every file as it was written; None if there is none."""
    if settings.since:
        return None  # the earlier version is looked at anew
    asked = json.loads(json.dumps(vars(settings)))
    for file in sorted(base.glob(f"*/*/{settings.edition}/{settings.lang}/{NAME}")):
        try:
            described = json.loads(file.read_text(encoding="utf-8"))
            for run in described["runs"]:
                if {name: run.get(name, "") for name in asked} == asked:
                    whole = not run["failed"] and len(run["reports"]) == run["count"]
                    return Standing(file.parent, run) if whole and _as_written(file.parent, run, described["site"], root) else None
        except (OSError, ValueError, KeyError, TypeError):  # no manifest of ours: a run will say or write what is needed
            continue
    return None


def _as_written(out: Path, run: dict[str, Any], site: dict[str, str], root: Path) -> bool:
    given = {name: each["sha256"] for name, each in run["inputs"].items()}
    return (
        code(root) == run["code"]
        and {name.split("!")[0]: print for name, print in given.items()} == dict(_inputs(run, root))
        and all(_is(out / name, print) for name, print in {**run["outputs"], **site}.items())
    )


def _inputs(run: dict[str, Any], root: Path) -> Iterator[tuple[str, str]]:
    """Name → sha256 of the scheme, the overlays and all records as they are now."""
    overlays = [part for each in run["overlays"] for part in each.split("+")]
    for name in [run["scheme"], *overlays]:
        yield Path(name).name, digest(found(name, root).read_bytes())
    yield from fingerprints(found(run["records"], root)).items()


def _is(file: Path, print: str) -> bool:
    try:
        return digest(file.read_bytes()) == print
    except OSError:
        return False
