"""The numbers of the key points lead to the tables that they come from: each notebook run here, cell by cell, for every bureau and period."""

import ast
import re
from contextlib import chdir
from functools import cache
from typing import Any
from urllib.parse import unquote

import nbformat
import pytest

from perfkit.project import safe_name
from perfkit.report.html import DATA_TABLE
from tests.conftest import PROJECT

LINK = re.compile(r'<a href="([^"]*)">([^<]*)</a>')
PAGES = [
    ("planning-bureau", "2023", "bureau_year", ""), ("planning-bureau", "2023", "annual", "用地规划处"), ("planning-bureau", "2023-06", "bureau_month", ""),
    ("planning-bureau", "2023-06", "monthly", "用地规划处"), ("water-bureau", "2023", "bureau_year", ""), ("water-bureau", "2023-Q3", "bureau_quarter", ""),
    ("water-bureau", "2023-H2", "bureau_half_year", ""), ("water-bureau", "2023-Q3", "quarterly", "水资源科"),
    ("water-bureau", "2023-H2", "half_year", "水资源科"), ("township", "2023", "bureau_year", ""),
]  # fmt: skip


@cache
def shown(bureau: str, period: str, notebook: str, division: str, edition: str = "internal") -> tuple[str, str]:
    """The key points of a report, and all else that its page shows."""
    names: dict[str, Any] = {}
    points, rest = "", []
    with chdir(PROJECT):
        for cell in nbformat.read(PROJECT / f"notebooks/{notebook}.ipynb", as_version=4).cells:
            if cell.cell_type != "code" or (edition == "public" and "internal" in cell.metadata.get("tags", [])):
                continue
            *statements, last = ast.parse(cell.source).body
            ends = isinstance(last, ast.Expr)
            exec(compile(ast.Module(statements if ends else [*statements, last], []), notebook, "exec"), names)  # noqa: S102  our own notebook
            if "parameters" in cell.metadata.get("tags", []):
                names |= {"scheme": f"params/{bureau}.yaml", "period": period, "division": division, "edition": edition, "overlay": ""}
            if isinstance(last, ast.Expr):
                value = eval(compile(ast.Expression(last.value), notebook, "eval"), names)  # noqa: S307  likewise
                html = value._repr_mimebundle_()[DATA_TABLE] if hasattr(value, "_repr_mimebundle_") else value._repr_html_()
                points, rest = (html, rest) if cell.source == "key_points(view)" else (points, [*rest, html])
    return points, "\n".join(rest)


@pytest.mark.parametrize("edition", ["internal", "public"])
@pytest.mark.parametrize(("bureau", "period", "notebook", "division"), PAGES)
def test_every_lead_of_the_key_points_stands_on_its_page(bureau: str, period: str, notebook: str, division: str, edition: str) -> None:
    points, rest = shown(bureau, period, notebook, division, edition)
    leads = [unquote(href) for href, _ in LINK.findall(points)]
    assert leads
    anchors = re.findall(r' id="([^"]+)"', rest)
    assert len(anchors) == len(set(anchors))
    for lead in leads:
        file, _, place = lead.partition("#")
        assert (place in anchors) if not file else (place == "lines" and not division), lead


@pytest.mark.parametrize(("period", "notebook", "wanted"), [
    ("2023", "bureau_year", {"#bureau", "#goals", "#schedule", "#survey", "#survey_change", "#inspections", "#inspection_counts", "#divisions"}),
    ("2023-Q3", "bureau_quarter", {"#bureau", "#schedule", "#divisions"}),
    ("2023-H2", "bureau_half_year", {"#bureau", "#goals", "#schedule", "#survey", "#divisions"}),
])  # fmt: skip
def test_a_bureau_without_tiers_leads_to_its_evidence(period: str, notebook: str, wanted: set[str]) -> None:
    points, _ = shown("water-bureau", period, notebook, "")
    assert wanted <= {href for href, _ in LINK.findall(points)}


def test_the_years_first_sentences_lead_to_their_tables() -> None:
    points, rest = shown("planning-bureau", "2023", "bureau_year", "")
    leads = {said: unquote(href) for href, said in LINK.findall(points)}
    assert leads["98.68"] == f"{safe_name('市政规划处')}.html#lines"
    assert leads["15.96"] == "#divisions"
    assert {name: leads[name] for name in ("规划管理处", "村镇规划处")} == {name: f"{name}.html#lines" for name in ("规划管理处", "村镇规划处")}
    (total,) = [said for said, href in leads.items() if href == "#parts"]
    assert total in rest


def test_numbers_that_lead_are_in_the_table_they_lead_to() -> None:
    for bureau, period, notebook, division in PAGES:
        points, rest = shown(bureau, period, notebook, division)
        for href, said in LINK.findall(points):
            if href in ("#survey", "#survey_change", "#bureau") and "." in said:
                table = rest[rest.index(f'id="{href[1:]}"') :]
                assert said in table[: table.index("</table>")], (notebook, href, said)
