"""Scenario files: an overlay with its author and reason in ``params/what-if/``, written whole and read back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from perfkit.language import Lang, Text, localised
from perfkit.problems import Problem, SchemeError, UsageError
from perfkit.project import write_whole
from perfkit.scheme import Scheme, load_scheme
from perfkit.scheme.source import read_source
from perfkit.whatif.attribution import changed

FOLDER = Path("params/what-if")
_NAME = re.compile(r"[^\W_][\w-]{0,39}")
_RESERVED = re.compile(r"(?i)con|prn|aux|nul|com\d|lpt\d")


class _Plain(yaml.SafeDumper):
    """YAML without anchors: every value is written out."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


@dataclass(frozen=True)
class ScenarioFile:
    """A scenario as it lies in the folder; ``title`` is blank unless somebody gave it one."""

    path: Path
    author: str
    why: Text
    title: Text

    @property
    def name(self) -> str:
        """The name it is saved under."""
        return self.path.stem

    def label(self, lang: Lang) -> str:
        """Its title, or else its name."""
        return localised(self.title, lang) or self.name


def scenarios(root: Path, scheme: Scheme) -> list[ScenarioFile]:
    """The scenarios of this bureau, in the order of their names; files that cannot be read, or are another's, are left out."""
    found = []
    for path in sorted((root / FOLDER).glob("*.yaml")):
        source = read_source(path, path.name)
        data = source.data
        if not source.problems and data.get("base") == scheme.name:
            found.append(ScenarioFile(path, str(data.get("author") or ""), data.get("why") or "", data.get("title") or ""))
    return found


def read_scenario(path: Path, plan: Scheme) -> dict[str, Any]:
    """What a scenario changes of the plan: parameter path → value. Raises SchemeError if it is no scheme."""
    other = load_scheme(plan.path, overlay=path)
    return {name: other.parameters[name].value for name in changed(plan, other)}


def scenario_path(root: Path, name: str) -> Path:
    """Where a scenario of this name lies; UsageError for a name that not every system takes."""
    if not _NAME.fullmatch(name) or _RESERVED.fullmatch(name):
        raise UsageError("scenario_name", given=name)
    return root / FOLDER / f"{name}.yaml"


def save_scenario(root: Path, plan: Scheme, changes: Mapping[str, Any], name: str, author: str, why: str, replace: bool = False) -> Path:
    """Write a scenario and read it back.

    Raises UsageError for an unusable name, a missing author or reason, or a file that is already there unless
    ``replace``; SchemeError, before anything is written, if the changes are no scheme.
    """
    plan.changed(changes)
    path = scenario_path(root, name)
    for key, text in (("scenario_author", author), ("scenario_why", why)):
        if not text.strip():
            raise UsageError(key)
    if path.exists() and not replace:
        raise UsageError("scenario_exists", given=name)
    content = {"base": plan.name, "author": author.strip(), "why": why.strip(), "set": dict(changes)}
    write_whole(path, yaml.dump(content, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=120).encode())
    if repr(read_scenario(path, plan)) != repr(_ordered(plan, changes)):
        raise SchemeError([Problem("scenario_differs", path.name)])
    return path


def _ordered(plan: Scheme, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes as the scheme holds them."""
    other = plan.changed(changes)
    return {name: other.parameters[name].value for name in changed(plan, other)}
