"""Records in which everything that a person may type is an attack or a rarity: no page, CSV or workbook does anything but show it."""

import csv
import io
import re
import shutil
import zipfile
from base64 import b64decode
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pandas as pd
import pytest
from playwright.sync_api import Browser
from python_calamine import CalamineWorkbook

from perfkit import assess, load_records, load_scheme
from perfkit.report.spreadsheet import as_csv, harmless
from perfkit.workbook.annex import ANNEX, LONGEST, annex
from perfkit.workbook.run import RESULTS
from tests.workbook.conftest import ROOT, Project, copied, manifest

TEXTS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script>",
    "</style><style>body{display:none}</style>",
    "</textarea></title></svg><svg onload=alert(1)>",
    "' onmouseover='alert(1)' x='",
    "--><!-- ]]> <![CDATA[",
    '=HYPERLINK("http://x","y")',
    "=cmd|'/c calc'!A1",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "＝1+1",
    "<r><t>a</t></r>",
    "_x000D_=1+1",
    "https://example.invalid/a",
    "mailto:a@example.invalid",
    "\u202e反写\u202c",
    "零\u200b宽\u200d字\u2060符\ufeff",
    "长" * 500,
    "👩\u200d👩\u200d👧\u200d👦🏳️\u200d🌈👍🏽",
    "𠮷㛃\U0002ce93",
    "CON",
    "a/b\\c:d?",
    "`id` ${x} $(x)",
    "{{ 7*7 }}{% raw %}{# x #}",
    "{name} %s %(x)d {0.__class__}",
    "**粗** [链](javascript:alert(1)) <b>x</b> ![](x)",
    "&lt;b&gt; &amp; &#x3c;",
    "$a_1$ \\(x\\) \\[y\\]",
    "一行\n=1+1\n三行",
    "一行\r=1+1\r三行",
]
# Ids are file names and parts of addresses too. Two divisions keep theirs: the scheme names one, a correction's key the other.
IDS = {
    "规划管理处": "<script>alert(1)</script>",
    "用地规划处": '=HYPERLINK("http://x","y")',
    "工程规划处": "CON",
    "市政规划处": "a/b\\c:d?",
    "政策法规处": "{{ 7*7 }}",
    "监察室": "\u202e-2+3'\"><img src=x onerror=alert(1)>#é%2e",
}
FREE = ("title", "reason", "evidence", "issue", "effect", "record", "goal", "standard", "why", "reference", "ground", "name", "decided_by")
MADE = {"script", "img", "iframe", "object", "embed", "form", "input", "textarea", "link", "base", "audio", "video", "image", "b", "r", "t", "foreignobject"}

SAVED = re.compile(r"data:text/csv;charset=utf-8;base64,([A-Za-z0-9+/=]+)")  # the one kind of address with a colon: a chart's data, in the page itself
OWN = {"search.html": {"script", "form", "input"}}  # what that page is made of itself: a field, its entries, and the lines that find them


def spoil(folder: Path) -> None:
    """Every text that a person may type freely becomes a hostile one, in turn; so do the ids of divisions."""
    taken = 0
    for file in sorted(folder.glob("*.csv")):
        with file.open(encoding="utf-8-sig", newline="") as stream:
            columns, *rows = list(csv.reader(stream))
        for row in rows:
            for place, column in enumerate(columns):
                if column in FREE and row[place]:
                    unique = f"{taken}" if column == "name" and file.stem == "staff" else ""
                    row[place] = f"{TEXTS[taken % len(TEXTS)]}{unique}"
                    taken += 1
                row[place] = IDS.get(row[place], row[place])
        with file.open("w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([columns, *rows])


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A month of the sample with spoilt records, published by the command line."""
    project = copied(tmp_path_factory.mktemp("hostile") / "坏 records")
    spoil(project.root / "data/planning-bureau")
    done = project.perfkit("run", "planning-bureau", "2023-06", "--jobs", "1")
    assert done.returncode == 0, done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    return project


class Parsed(HTMLParser):
    """A page as a browser takes it apart: elements, attributes, and the text between them."""

    def __init__(self, page: Path) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def pages(project: Project) -> list[Path]:
    return sorted(project.site.rglob("*.html"))


def squeezed(text: str) -> str:
    """Without line breaks and doubled blanks, which HTML does not keep."""
    return re.sub(r"\s+", " ", text).strip()


def test_no_record_becomes_an_element_or_an_attribute(hostile: Project) -> None:
    assert len(pages(hostile)) > 18
    for page in pages(hostile):
        found = Parsed(page)
        assert found.tags & MADE == OWN.get(page.name, set()), page.name
        assert not [name for name, _ in found.attributes if name.startswith("on") or name in ("srcdoc", "formaction")], page.name
        addresses = [value for name, value in found.attributes if name in ("href", "src", "xlink:href")]
        assert not [value for value in addresses if ":" in value and not SAVED.fullmatch(value)], page.name


def test_the_data_of_a_chart_begins_no_formula_and_its_file_name_is_safe(hostile: Project) -> None:
    saved, names = [], []
    for page in pages(hostile):
        for name, value in Parsed(page).attributes:
            saved += [b64decode(found[1], validate=True) for found in [SAVED.fullmatch(value)] if found and name == "href"]
            names += [value] if name == "download" else []
    cells = [cell for content in saved for cell in cells_of(content)]
    assert len(saved) == len(names) > 9
    assert any("HYPERLINK" in cell for cell in cells)
    assert not [cell for cell in cells if cell.startswith(tuple("=+@＝＋－＠\t\r\n")) or re.match(r"-[^\d]|-\d+[^\d.e]", cell)]
    assert not [name for name in names if re.search(r'[<>:"/\\|?*\x00-\x1f\u200b-\u200f\u202a-\u202e]', name) or not name.endswith(".csv")]


def test_every_text_is_shown_as_it_was_typed(hostile: Project) -> None:
    words = [squeezed("".join(Parsed(page).words)) for page in pages(hostile)]
    records = load_records(hostile.root / "data/planning-bureau")
    june = records["plan_items"][records["plan_items"]["month"] == "2023-06"]
    texts = {*records["divisions"]["name"], *june["title"], *june["reason"]} - {""}
    assert len(texts) > 25
    for text in texts:
        assert any(squeezed(text) in each for each in words), text
    assert any(squeezed(name) in each for each in words for name in records["staff"]["name"] if "<script>" in name)


def test_every_link_leads_to_a_file_and_every_file_name_is_safe(hostile: Project) -> None:
    for page in pages(hostile):
        for name, value in Parsed(page).attributes:
            if name == "href" and not SAVED.fullmatch(value):
                file, _, place = value.partition("#")
                target = (page.parent / unquote(file)).resolve() if file else page
                assert target.is_relative_to(hostile.site), value
                assert target.is_file(), value
                assert not place or f'id="{place}"' in target.read_text(encoding="utf-8"), value
    assert f'href="results/2023-06/{ANNEX}"' in (hostile.site / "index.html").read_text(encoding="utf-8")
    (run,) = manifest(hostile.site)["runs"]  # type: ignore[misc]
    assert f"results/2023-06/{ANNEX}" in run["outputs"]
    for path in hostile.site.rglob("*"):
        assert not re.search(r'[<>:"|?*\\\x00-\x1f\u200b-\u200f\u202a-\u202e]', path.name), path
        assert path.stem.lower() != "con"
        assert len(path.name.encode()) < 200


def test_chromium_runs_nothing_and_says_nothing(hostile: Project, chromium: Browser) -> None:
    context = chromium.new_context(offline=True)
    tab = context.new_page()
    faults: list[str] = []
    tab.on("dialog", lambda dialog: (faults.append(f"{tab.url}: {dialog.message}"), dialog.dismiss()))
    tab.on("console", lambda message: faults.append(f"{tab.url}: {message.text}"))
    tab.on("pageerror", lambda error: faults.append(f"{tab.url}: {error}"))
    tab.on("request", lambda request: faults.append(f"asked for {request.url}") if not request.url.startswith("file:") else None)
    for page in pages(hostile):
        tab.goto(page.as_uri())
        counted = "[document.scripts.length, document.images.length, document.querySelectorAll('style').length, document.querySelectorAll('h1').length]"
        assert tab.evaluate(counted) == [2 if page.name in OWN else 0, 0, 1, 1], page.name
        assert tab.locator("main").is_visible()
        if page.name in OWN:
            tab.get_by_role("searchbox").fill("<")
            assert tab.get_by_role("main").get_by_role("listitem").count() > 3
            assert tab.evaluate(counted) == [2, 0, 1, 1]
    names = dict(load_records(hostile.root / "data/planning-bureau").names("divisions"))
    titles = set()
    for page in sorted((hostile.site / "2023-06").glob("*.html")):
        tab.goto(page.as_uri())
        titles.add(squeezed(tab.locator("h1").text_content() or ""))
    for name in names.values():
        assert any(squeezed(name) in title for title in titles), name
    context.close()
    assert faults == []


def test_nothing_turns_the_writing_round(hostile: Project) -> None:
    for page in pages(hostile):
        assert not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", page.read_text(encoding="utf-8")), page.name


def cells_of(content: bytes) -> Iterator[str]:
    """Every cell of a CSV, as a spreadsheet that knows quotation marks and all line ends sees it."""
    for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))):
        yield from row


def test_no_cell_of_a_csv_begins_a_formula(hostile: Project) -> None:
    files = sorted(hostile.site.rglob("*.csv"))
    assert len(files) > 10
    for file in files:
        for cell in cells_of(file.read_bytes()):
            assert not cell.startswith(tuple("=+-@\t\r\n＝＋－＠")) or re.fullmatch(r"-\d+(\.\d+)?(e-?\d+)?", cell), (file.name, cell)
    ledger = (hostile.site / "results/2023-06/ledger.csv").read_bytes()
    kept = pd.read_parquet(hostile.site / "results/2023-06/ledger.parquet")
    subjects = list(pd.read_csv(io.BytesIO(ledger), encoding="utf-8-sig", dtype=str)["subject"])
    assert '\'=HYPERLINK("http://x","y")' in subjects
    assert '=HYPERLINK("http://x","y")' in set(kept["subject"])  # programs get what was typed
    assert len(subjects) == len(kept)


def checked(content: bytes) -> Mapping[str, list[list[object]]]:
    """A workbook that is sound XML without formulas, links or anything but sheets and text; its cells by sheet."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            tree = ElementTree.fromstring(parts.read(name))  # noqa: S314  our own file
            tags = {element.tag.rpartition("}")[2] for element in tree.iter()}
            assert not tags & {"f", "hyperlink", "hyperlinks", "externalReference", "oleObject", "legacyDrawing", "r" if "sharedStrings" in name else "f"}, name
            assert name.startswith(("xl/", "docProps/", "_rels/", "[Content_Types]"))
            assert b"TargetMode" not in parts.read(name)
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def test_the_annex_holds_text_and_neither_formulas_nor_links(hostile: Project) -> None:
    sheets = checked((hostile.site / "results/2023-06" / ANNEX).read_bytes())
    held = {cell.rstrip(" ") for rows in sheets.values() for row in rows for cell in row if isinstance(cell, str)}
    records = load_records(hostile.root / "data/planning-bureau")
    names = {*records.names("divisions").values(), *list(records.names("staff").values())}
    assert len(names) > 60
    assert {name for name in names if name not in held and "\r" not in name} == set()  # XML has one kind of line break
    assert '=HYPERLINK("http://x","y")' in held


def test_a_year_of_such_records_is_as_harmless(hostile: Project) -> None:
    result = assess(load_scheme(ROOT / "params/planning-bureau.yaml"), load_records(hostile.root / "data/planning-bureau"), "2023")
    tables = {name: getattr(result, name) for name in RESULTS}
    assert all(len(tables[name]) for name in ("register", "guidance", "losses", "late", "settlement"))
    content = annex(tables, result, "2023", "en")
    assert content == annex(tables, result, "2023", "en")
    held = {cell for rows in checked(content).values() for row in rows for cell in row}
    assert "@SUM(A1)" in held
    for name, table in tables.items():
        cells = list(cells_of(as_csv(table)))
        assert len(cells) == len(table.columns) * (len(table) + 1), name  # no text makes a row or a column of its own
        assert not [cell for cell in cells if cell.startswith(tuple("=+@")) or re.match(r"-[^\d]|-\d+[^\d.e]", cell)], name


@pytest.mark.parametrize("text", TEXTS)
def test_each_text_alone(text: str) -> None:
    cell = harmless(text)
    assert isinstance(cell, str)
    (row,) = csv.reader(io.StringIO(as_csv(pd.DataFrame({"a": [text], "b": [1.5]})).decode("utf-8-sig").partition("\n")[2], newline=""))
    assert row == [cell, "1.5"]
    assert (cell != text) == (text[0] in "=+-@＝" or "\r" in text)


@pytest.mark.parametrize(("cell", "wanted"), [
    ("=1+1", "'=1+1"), ("+8613800000000", "'+8613800000000"), ("-2+3", "'-2+3"), ("@a", "'@a"), ("\t=1", "'\t=1"), ("\r=1", "'\n=1"), ("\n=1", "'\n=1"),
    ("＝1", "'＝1"), ("-5", "-5"), ("-0.25", "-0.25"), ("-", "'-"), ("–", "–"), ("3-2", "3-2"), ("'=1", "'=1"), ("", ""), (-5.0, -5.0), (None, None),
])  # fmt: skip
def test_what_gets_an_apostrophe(cell: object, wanted: object) -> None:
    assert harmless(cell) == wanted


def test_a_control_character_is_escaped_and_a_very_long_text_cut(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(ROOT / "data/planning-bureau", tmp_path / "records"))
    result = assess(load_scheme(ROOT / "params/planning-bureau.yaml"), load_records(folder), "2023-06")
    table = pd.DataFrame({"subject": ["a\x01b", "长" * 40_000, "<r>x</r>", "\ufffe"], "question": ["", "", "", ""], "options": ["", "", "", ""]})
    (_, rows) = checked(annex({"open": table}, result, "2023-06", "zh")).values()
    found = [str(row[0]) for row in rows[1:]]
    assert len(found[1]) == LONGEST
    assert found[1].endswith("…")
    assert found[2] == "<r>x</r> "
