"""A YAML file as plain data plus the line of every key, with YAML's own traps refused instead of guessed."""

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from perfkit.problems import Problem

Path_ = tuple[str, ...]

_DEEPEST = 12
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
# What a YAML reader would silently turn into something else than what the eye reads.
_TRAPS = {
    "boolean": re.compile(r"(?i)y|n|yes|no|on|off|true|false"),
    "leading_zero": re.compile(r"-?0[0-9_]+(\.[0-9]*)?"),
    "sexagesimal": re.compile(r"[-+]?[0-9]+(:[0-9]{1,2})+(\.[0-9]*)?"),
    "date": re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?"),
    "number": re.compile(r"(?i)[-+]?(\.(inf|nan)|0x[0-9a-f_]+|0o[0-7_]+|\.[0-9_]+|[0-9][0-9_]*\.?[0-9_]*(e[-+]?[0-9]+)?)|\+[0-9.]+"),
}


@dataclass
class Source:
    """One YAML file: ``data``, the 1-based ``lines`` of its paths, and what was wrong with it."""

    file: str
    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[Path_, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path_) -> int | None:
        """The line of ``path``, or of its nearest ancestor that stands in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)

    def problem(self, key: str, path: Path_, **values: object) -> None:
        """Note a problem at ``path``."""
        self.problems.append(Problem(key, self.file, self.line(path), ".".join(path), values))


def read_source(file: Path, shown_as: str, blank: bool = False) -> Source:
    """Read ``file``; every fault of the YAML itself ends up in ``.problems``. ``blank``: it may say nothing."""
    source = Source(shown_as)
    try:
        text = file.read_text(encoding="utf-8-sig")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except OSError:
        source.problems.append(Problem("file_missing", shown_as))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        source.problems.append(Problem("not_utf8", shown_as, line))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        source.problems.append(Problem("yaml_syntax", shown_as, mark.line + 1 if mark else None, "", {"detail": error.problem}))
    except yaml.YAMLError as error:
        source.problems.append(Problem("yaml_syntax", shown_as, None, "", {"detail": str(error).splitlines()[0]}))
    else:
        if isinstance(root, yaml.MappingNode):
            source.data = _mapping(root, (), source)
        elif root is not None or not blank:
            source.problems.append(Problem("yaml_not_a_mapping", shown_as, 1))
    return source


def flow(text: str) -> Any:
    """A list or mapping in the braces of YAML as a scheme file has them; anything else stays text."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    source = Source("")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return text
    found = _value(node, (), source) if node else text
    return text if source.problems else found


def _value(node: yaml.Node, path: Path_, source: Source) -> Any:
    if len(path) > _DEEPEST:  # an anchor that holds itself has no end
        source.problem("yaml_feature", path[:3])
        return None
    source.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, source)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, str(place)), source) for place, item in enumerate(node.value)]
    return _scalar(node, path, source)


def _mapping(node: yaml.MappingNode, path: Path_, source: Source) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else str(key_node.value)
        here = (*path, key)
        line = key_node.start_mark.line + 1
        if key in data:
            source.problems.append(Problem("duplicate_key", source.file, line, ".".join(here), {"first": source.lines[here]}))
            continue
        source.lines[here] = line
        if key == "<<" or value_node.tag.startswith("!") or key_node.tag.startswith("!"):
            source.problem("yaml_feature", here)
            continue
        data[key] = _value(value_node, here, source)
    return data


def _scalar(node: yaml.Node, path: Path_, source: Source) -> Any:
    text = str(node.value)
    if getattr(node, "style", None) is not None:  # quoted or a block: text, as written
        return text
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if _NUMBER.fullmatch(text):
        number = float(text)
        if not math.isfinite(number):
            source.problem("yaml_trap_number", path, text=text)
        return int(text) if re.fullmatch(r"-?[0-9]+", text) else number
    for trap, pattern in _TRAPS.items():
        if pattern.fullmatch(text):
            source.problem(f"yaml_trap_{trap}", path, text=text)
            return None
    return text
