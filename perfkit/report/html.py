"""Tables and figures as a notebook shows and the publisher prints them; all text is escaped."""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from jinja2 import Environment

from perfkit.report.spreadsheet import as_csv, digits

VEGA_LITE = "application/vnd.vegalite.v5+json"  # the newest that JupyterLab draws by itself, without a network
DATA_TABLE = "application/vnd.perfkit.table+html"  # not text/html, which JupyterLab would show instead of the chart
VEGA_LITE_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"  # a name inside the chart; nothing fetches it
_ONE_LINE = 12  # characters
_ENDLESS = re.compile(r"[^\s\u2e80-\uffef-]{40,}")
_ENVIRONMENT = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)


def endless(text: str) -> bool:
    """Whether a text has a word so long that it must be broken wherever the line ends; Chinese may be broken anywhere as it is."""
    return bool(_ENDLESS.search(text))


def worded(text: str) -> bool:
    """Whether a text is of words alone, so that it may go on to a next line; a number, a date or a code may not."""
    return not any(map(str.isdigit, text))


_ENVIRONMENT.tests["endless"] = endless
_PARTS = """{%- macro parts(text) -%}
{% if text.parts is defined %}{% for said, href in text.parts %}{% if href %}<a href="{{ href }}">{{ said }}</a>{% else %}{{ said }}{% endif %}{% endfor %}{% else %}{{ text }}{% endif %}
{%- endmacro -%}
"""  # noqa: E501
_TABLE = _ENVIRONMENT.from_string(
    _PARTS
    + """\
<div class="table"{% if t.anchor %} id="{{ t.anchor }}"{% endif %} tabindex="0" role="region" aria-label="{{ t.caption }}"><table>
<caption>{{ t.caption }}</caption>
<thead><tr>{% for head in t.heads %}<th scope="col"{% if loop.index0 in t.numeric %} class="n"{% endif %}>{{ head }}</th>{% endfor %}</tr></thead>
<tbody>
{% for row in t.rows %}
<tr{% if t.marked is not none and t.marked == loop.index0 %} class="own"{% endif %}>{% for cell in row %}{% set kind = "n" if loop.index0 in t.numeric else "k" if loop.index0 in t.short else "w" if cell is endless else "" %}{% if loop.first %}<th scope="row"{% if kind %} class="{{ kind }}"{% endif %}>{{ parts(cell) }}</th>{% else %}<td{% if kind %} class="{{ kind }}"{% endif %}>{{ parts(cell) }}</td>{% endif %}{% endfor %}</tr>
{% endfor %}
</tbody>
{% if t.foot %}
<tfoot><tr>{% for cell in t.foot %}{% if loop.first %}<th scope="row">{{ cell }}</th>{% else %}<td{% if loop.index0 in t.numeric %} class="n"{% endif %}>{{ cell }}</td>{% endif %}{% endfor %}</tr></tfoot>
{% endif %}
</table></div>
"""  # noqa: E501
)
_FILE = _ENVIRONMENT.from_string('<p class="file"><a download="{{ name }}.csv" href="data:text/csv;charset=utf-8;base64,{{ content }}">{{ words }}</a></p>\n')
_TEXT = _ENVIRONMENT.from_string('{% for line in lines %}<p{% if loop.first and anchor %} id="{{ anchor }}"{% endif %}>{{ line }}</p>\n{% endfor %}')
_LIST = _ENVIRONMENT.from_string(_PARTS + '<ul class="points">\n{% for line in lines %}<li>{{ parts(line) }}</li>\n{% endfor %}</ul>')


class Linked(str):
    """A text of which parts lead somewhere: ``parts`` are texts with the address of each, '' for none."""

    parts: Sequence[tuple[str, str]]

    def __new__(cls, parts: Sequence[tuple[str, str]]) -> "Linked":
        text = super().__new__(cls, "".join(said for said, _ in parts))
        text.parts = tuple(parts)
        return text


@dataclass(frozen=True)
class Html:
    """A piece of a page."""

    html: str

    def _repr_html_(self) -> str:
        return self.html


@dataclass(frozen=True)
class Table:
    """A captioned table; ``numeric`` are the columns set right, ``marked`` the reader's own row."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: frozenset[int] = frozenset()
    foot: Sequence[str] = ()
    marked: int | None = None
    anchor: str = ""  # what a link leads to

    @property
    def short(self) -> frozenset[int]:
        """The columns whose cells stay on one line: none of them is longer than a date or a name."""
        return frozenset(place for place, column in enumerate(zip(*self.rows, strict=True)) if max(map(len, column)) <= _ONE_LINE)

    def _repr_html_(self) -> str:
        return _TABLE.render(t=self)

    def csv(self) -> bytes:
        """The rows as a spreadsheet reads them: numbers as numbers, to the decimals shown, and no formulas."""
        rows = [[digits(cell) if place in self.numeric else str(cell) for place, cell in enumerate(row)] for row in self.rows]
        return as_csv(pd.DataFrame(rows, columns=list(self.heads), dtype=object))


@dataclass(frozen=True)
class Figure:
    """A chart as Vega-Lite, its headline, what it says in words, and the data behind it.

    JupyterLab draws the first; the publisher prints the same as SVG with the other two beside it.
    """

    spec: Mapping[str, Any]
    title: str
    text: str
    data: Table = field(repr=False)
    file: str  # what the table is called when it is saved, without suffix
    save: str  # the words of the link that saves it

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        saved = _FILE.render(name=self.file, content=b64encode(self.data.csv()).decode(), words=self.save)
        return {VEGA_LITE: {**self.spec, "description": self.text}, DATA_TABLE: saved + self.data._repr_html_(), "text/plain": self.text}


def paragraphs(lines: Sequence[str], anchor: str = "") -> Html:
    """Plain sentences, one paragraph each; a link may lead to the first."""
    return Html(_TEXT.render(lines=lines, anchor=anchor))


def points(lines: Sequence[str]) -> Html:
    """Sentences as a list."""
    return Html(_LIST.render(lines=lines))
