"""Pages on paper: what ``--pdf`` prints, and that it is A4 after GB/T 9704-2012 with nothing cut, nothing left out and nothing for the mouse."""

import json
import re
import shutil
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from perfkit.workbook.printing import browser, print_pages
from tests.workbook.conftest import Project, manifest

A4 = (210, 297)  # millimetres
TOP, LEFT, WIDTH, HEIGHT = 37, 28, 156, 225  # GB/T 9704-2012, 5.1: margins at top and at the binding, text area
BELOW = 7  # 7.5: the dashes beside the page number stand that far below the text area
SIZE = 4.94  # 7.5: size 4, which is 14 pt, in millimetres; the number stands one character from the outer edge
SLACK = 1.0
PAGES = ["index", "2023-06/监察室", "2023-06/bureau", "2023/bureau", "2023/监察室-forms", "2023/bureau-forms",
         "clauses/2.3.1", "assumptions"]  # fmt: skip
# The text a reader of the paper gets, in pieces without blanks; what a browser's print style hides is none of it.
WORDS = """() => { const found = []; const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) { const node = walk.currentNode;
        if (!/^(SCRIPT|STYLE|NOSCRIPT)$/.test(node.parentElement.tagName) && node.parentElement.checkVisibility({visibilityProperty: true}))
            found.push(...node.textContent.split(/\\s+/).filter(Boolean)) }
    return found }"""
# Of each table: its head, and its rows that say something of their own.
TABLES = """() => [...document.querySelectorAll('table')].filter(table => table.checkVisibility()).map(table => ({
    head: [...table.querySelectorAll('thead th')].map(cell => cell.textContent),
    rows: [...table.querySelectorAll('tbody tr')].map(row => [...row.cells].map(cell => cell.textContent))}))"""
WIDE = """() => { const edge = document.body.getBoundingClientRect().right + 1;
    return [...document.querySelectorAll('body *')].filter(each => each.checkVisibility() && each.getBoundingClientRect().right > edge)
        .map(each => `${each.tagName} ${each.textContent.trim().slice(0, 60)}`) }"""
# A heading alone and with the sentences that follow it; a caption alone and with its table's head.
LEADS = """() => { const found = []; const shown = each => each.checkVisibility();
    for (const heading of [...document.querySelectorAll('.text_cell h2, main > h2')].filter(shown)) { let said = heading.textContent; found.push(said);
        for (let next = heading.nextElementSibling; next?.tagName === 'P'; next = next.nextElementSibling) { said += next.textContent;
            if (heading.parentElement.tagName !== 'MAIN' || next.nextElementSibling?.tagName === 'P') found.push(said) } }
    for (const table of [...document.querySelectorAll('table:has(caption)')].filter(shown)) { const said = table.caption.textContent;
        found.push(said + table.tHead.textContent, ...(table.rows[table.rows.length - 1].textContent.endsWith(said) ? [] : [said])) }
    return found }"""
FOR_THE_MOUSE = "nav:not(.toc), nav:not(.toc) a, button, input, select, summary, .search, .hits"


# A font draws both of these with one glyph, and the PDF then names the other one; Unicode's normal forms keep them apart.
TWINS = str.maketrans("‒⺠⺟⺮⻁⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳", "–民母竹虎西见角贝车长门青韦页风飞食马骨鬼鱼鸟卤麦黄齐齿龙龟")


def plain(text: str) -> str:
    """Text without blanks, with one form of each character."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text.translate(TWINS)))


@dataclass(frozen=True)
class Piece:
    """A run of text on paper: millimetres from the left and from the bottom, its size in points."""

    text: str
    x: float
    y: float
    size: float


@dataclass(frozen=True)
class Paper:
    """A printed page of the site, and what the browser says of the same page."""

    pdf: Path
    words: list[str]
    tables: list[Mapping[str, Any]]
    wide: list[str]
    shown: int  # of all that only a mouse can use
    leads: list[str]  # headings, captions and the heads of tables, with the sentences between a heading and what it is about

    @cached_property
    def reader(self) -> PdfReader:
        return PdfReader(self.pdf)

    @cached_property
    def sheets(self) -> list[list[Piece]]:
        return [list(_pieces(sheet)) for sheet in self.reader.pages]

    @cached_property
    def texts(self) -> list[str]:
        """The text of each sheet without its number."""
        return [plain("".join(piece.text for piece in sheet if piece.y > A4[1] - TOP - HEIGHT)) for sheet in self.sheets]


def _pieces(sheet: Any) -> Iterator[Piece]:
    found: list[Piece] = []

    def visit(text: str, outer: list[float], inner: list[float], font: object, size: float) -> None:
        if text.strip():
            x = inner[4] * outer[0] + inner[5] * outer[2] + outer[4]
            y = inner[4] * outer[1] + inner[5] * outer[3] + outer[5]
            scale = abs(inner[2] * outer[1] + inner[3] * outer[3])
            found.append(Piece(text, x / 72 * 25.4, y / 72 * 25.4, size * scale))

    sheet.extract_text(visitor_text=visit)
    return iter(found)


@pytest.fixture(scope="module")
def papers(few: Path, tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> dict[str, Paper]:
    """Page name → what came out of the printer."""
    out = Path(shutil.copytree(few, tmp_path_factory.mktemp("print") / "site"))
    statement = next(iter(sorted((out / "2023/statements").glob("*.html"))))
    names = {name: f"{name}.html" for name in PAGES} | {"statement": statement.relative_to(out).as_posix()}
    assert print_pages(out, dict.fromkeys(names.values(), ""), browser(), 2, lambda page: None) == []
    context = chromium.new_context(bypass_csp=True, viewport={"width": round(WIDTH / 25.4 * 96), "height": 1000})
    tab = context.new_page()
    tab.emulate_media(media="print")
    found = {name: _paper(tab, out / page) for name, page in names.items()}
    context.close()
    return found


def _paper(tab: Page, page: Path) -> Paper:
    tab.goto(page.as_uri())
    shown = tab.evaluate(f"[...document.querySelectorAll('{FOR_THE_MOUSE}')].filter(each => each.checkVisibility()).length")
    return Paper(page.with_suffix(".pdf"), tab.evaluate(WORDS), tab.evaluate(TABLES), tab.evaluate(WIDE), shown, tab.evaluate(LEADS))


def test_paper_is_a4_with_the_standards_margins(papers: dict[str, Paper]) -> None:
    for name, paper in papers.items():
        for sheet, pieces in zip(paper.reader.pages, paper.sheets, strict=True):
            assert [float(side) / 72 * 25.4 for side in sheet.mediabox[2:]] == pytest.approx(A4, abs=0.2), name
            text = [piece for piece in pieces if piece.y > A4[1] - TOP - HEIGHT]
            assert min(piece.x for piece in text) >= LEFT - SLACK, name
            assert max(piece.x for piece in text) < LEFT + WIDTH, name
            assert max(piece.y + piece.size / 72 * 25.4 * 0.6 for piece in text) <= A4[1] - TOP, name  # a character's height above its line
        assert min(piece.x for pieces in paper.sheets for piece in pieces) == pytest.approx(LEFT, abs=SLACK), name
        assert max(piece.size for piece in paper.sheets[0]) >= 14, f"{name}: shrunk to fit"


def test_a_report_is_set_in_the_standards_sizes(papers: dict[str, Paper]) -> None:
    """The title in size 2 (22 pt), text in size 3 (16 pt), page numbers in size 4 (14 pt); nothing smaller than can be read."""
    sizes = {round(piece.size) for pieces in papers["2023-06/监察室"].sheets for piece in pieces}
    assert {22, 16, 14} <= sizes
    assert min(piece.size for paper in papers.values() for pieces in paper.sheets for piece in pieces) >= 6


def test_page_numbers_stand_outside_below_the_text(papers: dict[str, Paper]) -> None:
    assert max(len(paper.sheets) for paper in papers.values()) > 2
    for name, paper in papers.items():
        for number, pieces in enumerate(paper.sheets, 1):
            foot = [piece for piece in pieces if piece.y < A4[1] - TOP - HEIGHT]
            assert plain("".join(piece.text for piece in foot)) == f"—{number}—", name
            left, right = min(piece.x for piece in foot), max(piece.x for piece in foot) + SIZE  # a dash is as wide as a character
            if number % 2:
                assert right == pytest.approx(LEFT + WIDTH - SIZE, abs=SLACK), f"{name}, page {number}"
            else:
                assert left == pytest.approx(LEFT + SIZE, abs=SLACK), f"{name}, page {number}"
            dash = foot[0].y + SIZE * 0.3  # from the line the characters stand on
            assert A4[1] - TOP - HEIGHT - dash == pytest.approx(BELOW, abs=SLACK), name


def test_every_word_of_a_page_is_on_paper(papers: dict[str, Paper]) -> None:
    for name, paper in papers.items():
        assert len(paper.words) > 20, name
        whole = "".join(paper.texts)
        assert [word for word in paper.words if plain(word) not in whole] == [], name


def test_nothing_is_wider_than_the_text_area(papers: dict[str, Paper]) -> None:
    assert {name: paper.wide for name, paper in papers.items() if paper.wide} == {}


def test_the_head_of_a_table_stands_on_every_sheet_it_goes_on_to(papers: dict[str, Paper]) -> None:
    spread = 0
    for name, paper in papers.items():
        for table in paper.tables:
            rows = {plain("".join(row)) for row in table["rows"]}
            head = plain("".join(table["head"]))
            known = {row for row in rows if len(row) > 8 and sum(text.count(row) for text in paper.texts) == 1}
            on = [number for number, text in enumerate(paper.texts) if any(row in text for row in known)]
            spread += len(on) > 1
            assert [number for number in on if head not in paper.texts[number]] == [], f"{name}: {table['head']}"
    assert spread > 5


def test_no_sheet_ends_with_a_heading_or_holds_only_the_foot(papers: dict[str, Paper]) -> None:
    seen = 0
    for name, paper in papers.items():
        ends = [plain(end) for end in paper.leads]
        seen += len(ends)
        for number, text in enumerate(paper.texts, 1):
            assert [end for end in ends if text.endswith(end)] == [], f"{name}, sheet {number}"
            assert len(text) > 40, f"{name}, sheet {number}: {text}"
    assert seen > 40


def test_no_navigation_no_search_and_no_buttons_are_printed(papers: dict[str, Paper]) -> None:
    assert {name: paper.shown for name, paper in papers.items() if paper.shown} == {}
    assert not any("搜索" in text for name, paper in papers.items() for text in paper.texts)


# The command, with a browser that writes what it is told in one line, and fails on booklets.
FAKE = """#!{python}
import sys
from pathlib import Path
target = next(each.partition("=")[2] for each in sys.argv if each.startswith("--print-to-pdf="))
if "-forms" not in sys.argv[-1]:
    Path(target).write_bytes(b"%PDF-1.4\\n" + sys.argv[-1].encode() + b"\\n%%EOF\\n")
"""
ONE = ("run", "planning-bureau", "2023-06", "--division", "监察室", "--jobs", "1")


@pytest.fixture
def fake(tmp_path: Path) -> str:
    script = tmp_path / "browser"
    script.write_text(FAKE.format(python=sys.executable), encoding="utf-8")
    script.chmod(0o755)
    return str(script)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere an installed browser is found without any variable")
def test_without_a_browser_nothing_is_run(project: Project) -> None:
    for variables in ({"PERFKIT_CHROMIUM": "", "PATH": ""}, {"PERFKIT_CHROMIUM": "/nowhere/chromium"}):
        done = project.perfkit(*ONE, "--pdf", **variables)
        assert done.returncode == 2
        assert len(done.stderr.strip().splitlines()) == 1
        assert "PERFKIT_CHROMIUM" in done.stderr
        assert not project.site.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="the browser of this test is a script with a first line for Unix")
def test_a_page_that_was_not_printed_is_named_and_the_others_stand(project: Project, fake: str) -> None:
    done = project.perfkit(*ONE, "--pdf", PERFKIT_CHROMIUM=fake)
    assert done.returncode == 3
    assert [line for line in done.stderr.splitlines() if "没有写出完整的 PDF" in line and "监察室-forms.html" in line]
    assert {each.name for each in (project.site / "2023-06").iterdir()} == {"监察室.html", "监察室.ipynb", "监察室.pdf", "监察室-forms.html"}
    log = json.loads((project.site / "run.json").read_text(encoding="utf-8"))
    assert list(log["pdf"]) == ["2023-06/监察室.pdf"]
    assert ".pdf" not in json.dumps(manifest(project.site))
    assert project.perfkit("verify", str(project.site)).returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="the browser of this test is a script with a first line for Unix")
def test_paper_of_a_page_that_has_changed_is_taken_away(project: Project, fake: str) -> None:
    pdf = project.site / "2023-06/监察室.pdf"
    assert project.perfkit(*ONE, "--pdf", PERFKIT_CHROMIUM=fake).returncode == 3
    assert project.perfkit(*ONE).returncode == 0
    assert pdf.exists()  # the page is what it was
    project.rewrite("data/planning-bureau/plan_items.csv", "6月窗口作风巡查", "6月窗口作风抽查")
    assert project.perfkit(*ONE).returncode == 0
    assert not pdf.exists()
    assert json.loads((project.site / "run.json").read_text(encoding="utf-8"))["pdf"] == {}
