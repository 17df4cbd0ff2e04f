"""From an executed notebook to a page: nbconvert with our template, one language, charts as SVG."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from itertools import takewhile
from pathlib import Path
from posixpath import relpath
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader
from nbconvert import HTMLExporter
from nbconvert.filters import DataTypeFilter
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from traitlets.config import Config

from perfkit import __version__
from perfkit.language import Lang, catalogue, say
from perfkit.report.html import DATA_TABLE, VEGA_LITE, endless
from perfkit.workbook.drawing import drawn

TEMPLATE = Path(str(files("perfkit.report").joinpath("template")))
HIDDEN = {"zh": "en", "en": "zh"}
HTML_LANG = {"zh": "zh-CN", "en": "en"}
_FIGURE = Environment(autoescape=True).from_string(
    '<figure><div role="img" tabindex="0" aria-label="{{ text }}">{{ svg | safe }}</div>'
    "<details><summary>{{ data_behind }}</summary>{{ table | safe }}</details></figure>"
)


class _Figures(Preprocessor):  # type: ignore[misc]
    """Each Vega-Lite output becomes a figure: SVG, its description, and the table that came with it."""

    lang: Lang = "zh"

    def preprocess_cell(self, cell: NotebookNode, resources: dict[str, Any], index: int) -> tuple[NotebookNode, dict[str, Any]]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if VEGA_LITE in data:
                spec = data.pop(VEGA_LITE)
                svg = drawn(spec).replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
                parts = {"text": spec["description"], "svg": svg, "table": data.pop(DATA_TABLE)}
                data["text/html"] = _FIGURE.render(parts, data_behind=say("report.data_behind", self.lang))
        return cell, resources


class _Sections(Preprocessor):  # type: ignore[misc]
    """A section of which this bureau or period has nothing to show goes with its heading."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        headed = [cell.cell_type == "markdown" and cell.source.startswith("#") for cell in nb.cells]
        nb.cells = [cell for place, cell in enumerate(nb.cells) if not (headed[place] and _says_nothing(nb.cells[place + 1 :]))]
        return nb, resources


def _says_nothing(cells: list[NotebookNode]) -> bool:
    """Whether the code cells up to the next text, one at least, show nothing."""
    own = list(takewhile(lambda cell: cell.cell_type == "code", cells))
    return bool(own) and not any(data.get("text/html") or VEGA_LITE in data for cell in own for output in cell.outputs if (data := output.get("data")))


class _Plain(HTMLExporter):  # type: ignore[misc]
    """nbconvert's exporter without its second look at the finished page, which mends images and tables that our template has whole."""

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **options: Any) -> Any:
        return super(HTMLExporter, self).from_notebook_node(nb, resources, **options)

    def default_filters(self) -> Any:
        yield from super().default_filters()
        yield from {"filter_data_type": DataTypeFilter(parent=self), "highlight_code": lambda code, **_: code}.items()  # code is not shown


@cache
def _exporter(lang: Lang, edition: str, absent: tuple[str, ...]) -> HTMLExporter:
    removed = {HIDDEN[lang], *(["internal"] if edition == "public" else []), *(f"needs-{section}" for section in absent)}
    config = Config()
    config.TagRemovePreprocessor.enabled = True
    config.TagRemovePreprocessor.remove_cell_tags = removed
    exporter = _Plain(
        config=config, template_name=TEMPLATE.name, extra_template_basedirs=[str(TEMPLATE.parent)], exclude_input=True,
        exclude_output_prompt=True, exclude_anchor_links=True, optimistic_validation=True,  # once, not after each of its steps
    )  # fmt: skip
    figures = _Figures()
    figures.lang = lang
    exporter.register_preprocessor(figures, enabled=True)
    exporter.register_preprocessor(_Sections(), enabled=True)
    return exporter


@cache
def _style() -> str:
    """The stylesheet without comments and blanks that say nothing: it stands in every page."""
    text = re.sub(r"/\*.*?\*/", "", (TEMPLATE / "style.css").read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r" ?([{};,]) ?", r"\1", re.sub(r"\s+", " ", text))
    return re.sub(r"(?<=[a-z]): ", ":", text).strip()


def frame(lang: Lang, edition: str, bureau: str, title: str, scenario: str, state: str, links: list[dict[str, str]]) -> dict[str, Any]:
    """What head and foot of every page print."""
    words = {"title": bureau, "edition": say(f"edition.{edition}", lang), "state": state}
    return {
        "lang": HTML_LANG[lang], "title": title, "bureau": bureau, "state": words["state"], "edition": words["edition"], "links": links,
        "contents": say("report.contents", lang), "navigation": say("report.links", lang),
        "experiment": catalogue(lang)["report.experiment"] if scenario else "",
        "made_by": say("report.made_by", lang, version=__version__, **words), "style": _style(),
    }  # fmt: skip


def page(notebook: NotebookNode, site: Mapping[str, Any], lang: Lang, edition: str, absent: tuple[str, ...] = ()) -> bytes:
    """The notebook as one self-contained HTML page in one language, without the cells of sections that the scheme has not."""
    body, _ = _exporter(lang, edition, absent).from_notebook_node(notebook, resources={"perfkit": dict(site)})
    return _tidy(str(body))


def static(template: str, site: Mapping[str, Any]) -> bytes:
    """A page that no notebook makes: the index, a booklet of forms."""
    return _tidy(_templates().get_template(template).render(site=site))


@cache
def _templates() -> Environment:
    environment = Environment(loader=FileSystemLoader(TEMPLATE), autoescape=False)  # noqa: S701  the template escapes each value; the style must stay as it is
    environment.tests["endless"] = endless
    return environment


def href(target: str, start: str = "") -> str:
    """The address of a page by its stem, as another page links to it."""
    return quote(relpath(f"{target}.html", start.rpartition("/")[0] or "."))


def _tidy(text: str) -> bytes:
    return ("\n".join(line.rstrip() for line in text.splitlines() if line.strip()) + "\n").encode("utf-8")
