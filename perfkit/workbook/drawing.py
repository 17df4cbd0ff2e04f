"""Charts as SVG: Vega draws a chart once, with marks in the place of its texts, and each language's texts are put where the marks are.

Vega measures every text, which takes most of its time, and our charts do not depend on what it finds. So charts that differ in their texts alone, those of
a report in two languages, are one drawing. What is drawn so is to the byte what Vega draws with the texts; where that is not certain, Vega does.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import vl_convert

from perfkit.report.palette import FONT

VEGA_LITE_VERSION = "5.21"
MEASURED = "sans-serif"  # one font that every system has, in the place of a list to be searched for every text
KEPT = 16  # drawings; a report's languages follow one another
WORDED = ("text", "x", "y")  # the channels that write words
_MARK = re.compile(r"@(\d+)@")
_UNSAFE = re.compile(r"[&<>\"'\\@]")  # what is written otherwise in SVG, or would be taken for a mark


class _UncertainError(Exception):
    """A chart to be drawn as it is."""


def drawn(spec: Mapping[str, Any]) -> str:
    """The SVG of a Vega-Lite chart."""
    texts: dict[str, str] = {}

    def mark(text: str) -> str:
        if not text.isprintable() or _UNSAFE.search(text):
            raise _UncertainError
        return texts.setdefault(text, f"@{len(texts)}@") if text.strip() else text

    try:
        svg = _drawn(json.dumps(_marked(spec, mark)))
    except (_UncertainError, KeyError):
        return vl_convert.vegalite_to_svg(dict(spec), vl_version=VEGA_LITE_VERSION)
    told = list(texts)
    font = FONT.replace('"', "&quot;")
    return _MARK.sub(lambda found: told[int(found[1])], svg.replace(f'font-family="{MEASURED}"', f'font-family="{font}"'))


@lru_cache(KEPT)
def _drawn(spec: str) -> str:
    return vl_convert.vegalite_to_svg(json.loads(spec), vl_version=VEGA_LITE_VERSION)  # of a text it would read some numbers with another last digit


def _marked(spec: Mapping[str, Any], mark: Callable[[str], str]) -> dict[str, Any]:
    """The chart with a mark for each text: those of its title, and of the columns and orders that are written beside its axes or into it."""
    if spec["autosize"] != {"type": "none"} or spec["config"]["font"] != FONT:  # none of ours
        raise _UncertainError
    encodings = list(_encodings(spec))
    worded = {channel["field"] for each in encodings for name, channel in each.items() if name in WORDED and channel.get("type") == "nominal"}
    other = {channel.get("field") for each in encodings for name, channel in each.items() if name not in WORDED}
    unordered = [channel for each in encodings for name, channel in each.items() if name != "text" and channel.get("field") in worded and "sort" not in channel]
    if worded & other or unordered:  # marks would be put into another order than words
        raise _UncertainError
    tables: dict[str, str] = {}  # they are named after their content

    def walked(node: Any, key: str = "") -> Any:
        if isinstance(node, list):
            return [mark(each) if key in ("sort", "text", "subtitle") and isinstance(each, str) else walked(each) for each in node]
        if not isinstance(node, dict):
            return mark(node) if key in ("text", "subtitle") and isinstance(node, str) else node
        if "labelExpr" in node:
            raise _UncertainError
        return {name: tables.setdefault(value, f"table-{len(tables)}") if (key, name) == ("data", "name") else walked(value, name)
                for name, value in node.items() if name not in ("datasets", "description")}  # fmt: skip

    rest = walked({**spec, "config": {**spec["config"], "font": MEASURED}})
    rows = {short: [{name: mark(value) if name in worded and isinstance(value, str) else value for name, value in row.items()}
                    for row in spec["datasets"][name]] for name, short in tables.items()}  # fmt: skip
    return {**rest, "datasets": rows}


def _encodings(spec: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What each layer shows by what."""
    if "encoding" in spec:
        yield spec["encoding"]
    for layer in spec.get("layer", ()):
        yield from _encodings(layer)
