"""Making a published folder again elsewhere, and saying where it differs."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

from perfkit.problems import InputError, UsageError
from perfkit.workbook import manifest
from perfkit.workbook.code import code
from perfkit.workbook.execute import Outcome
from perfkit.workbook.jobs import Settings
from perfkit.workbook.run import Plan, prepare, run

_HEADING = re.compile(r"<h[12][^>]*>(.*?)</h[12]>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Difference:
    """One thing that is not as the manifest says.

    ``kind``: a file that is missing or different, or what changed of that it was made from: an input, a parameter, a notebook,
    perfkit itself, the lock. ``place``: of a page the section of the first difference, of a notebook the cell, of a table the line.
    """

    kind: str
    file: str
    place: str = ""


def verify(folder: Path, root: Path, scratch: Path, jobs: int, progress: Callable[[Outcome], None]) -> tuple[int, list[Difference]]:
    """Make every run of a manifest again in ``scratch`` and compare byte by byte.

    Returns the number of files compared and the differences: reports, other pages, the rest, and what they may come from.
    """
    described = manifest.read(folder)
    causes: list[Difference] = []
    unmade: list[Difference] = []
    found: list[Difference] = []
    again = scratch
    for old in described["runs"]:
        settings = Settings(old["scheme"], old["period"], old["division"], tuple(old["overlays"]), old["overrides"], old["edition"], old["lang"],
                            old.get("compare", False), old.get("since", ""))  # fmt: skip
        try:
            plan = prepare(settings, root, scratch)
        except InputError as error:
            causes += [Difference("input", problem.file) for problem in error.problems]
            continue
        except UsageError:
            if not settings.since:
                raise
            unmade.append(Difference("input", settings.since))  # the version compared with is not there as it was
            continue
        again = plan.out
        causes += _causes(old, plan, root)
        run(plan, root, jobs, progress)
        found += [each for name in old["outputs"] if (each := _compared(folder, again, name))]
    site = sorted(described.get("site", [manifest.INDEX]))
    expected = {name for old in described["runs"] for name in old["outputs"]} | set(site)
    around = [each for name in site if (each := _compared(folder, again, name))]
    reports = {f"{report['stem']}.html" for old in described["runs"] for report in old["reports"]}
    found = sorted(found, key=lambda each: (each.file not in reports, not each.file.endswith(".html"), each.file)) + around
    return len(expected), [*unmade, *found, *dict.fromkeys(causes)]


def _causes(old: Mapping[str, Any], plan: Plan, root: Path) -> Iterator[Difference]:
    """What a run was made from and is otherwise now."""
    made_by = code(root)
    yield from _changed("input", old["inputs"], manifest.inputs(plan.result, plan.earlier))
    values = [{path: each["value"] for path, each in parameters.items()} for parameters in (old["parameters"], _plain(manifest.parameters(plan.result)))]
    yield from _changed("parameter", *values)
    yield from _changed("notebook", old["code"]["notebooks"], made_by["notebooks"])
    yield from _changed("perfkit", {"perfkit": old["code"]["package"]}, {"perfkit": made_by["package"]})
    yield from _changed("lock", {"requirements.lock": old["code"]["lock"]}, {"requirements.lock": made_by["lock"]})


def _plain(value: Any) -> Any:
    """As it is read back from JSON."""
    return json.loads(json.dumps(value))


def _changed(kind: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    yield from (Difference(kind, name) for name in sorted({*before, *now}) if before.get(name) != now.get(name))


def _compared(folder: Path, again: Path, name: str) -> Difference | None:
    if not (folder / name).is_file():
        return Difference("missing", name)
    here, there = (folder / name).read_bytes(), (again / name).read_bytes() if (again / name).is_file() else b""
    return None if here == there else Difference("different", name, _place(Path(name).suffix, here, there))


def _place(kind: str, here: bytes, there: bytes) -> str:
    """Where two versions of a file part: the heading above, the number of the cell or of the line; '' where that says nothing."""
    at = next((place for place, (one, other) in enumerate(zip(here, there, strict=False)) if one != other), min(len(here), len(there)))
    if kind == ".html":
        above = _HEADING.findall(here[:at].decode("utf-8", "ignore"))
        return unescape(_TAG.sub("", above[-1])).strip() if above else ""
    if kind == ".csv":
        return str(here.count(b"\n", 0, at) + 1)
    if kind == ".ipynb":
        return _cell(here, there)
    return ""


def _cell(here: bytes, there: bytes) -> str:
    try:
        one, other = (json.loads(each)["cells"] for each in (here, there))
    except (ValueError, KeyError):
        return ""
    return str(next((place for place, (a, b) in enumerate(zip(one, other, strict=False), 1) if a != b), min(len(one), len(other)) + 1))


def ordered(differences: Sequence[Difference]) -> list[Difference]:
    """The first differing file, then what it may come from, then the rest: so that the first lines tell the story."""
    files = [each for each in differences if each.kind in ("missing", "different")]
    causes = [each for each in differences if each.kind not in ("missing", "different")]
    return [*files[:1], *causes, *files[1:]]
