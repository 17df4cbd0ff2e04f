"""Nothing runs out of its box or off the page, at the widths of a telephone, a tablet, a desk and paper, however long what people have typed."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.workbook.conftest import copied, published

WIDTHS = {"telephone": 360, "tablet": 768, "desk": 1440, "paper": 590}  # CSS pixels; paper is the text area of 156 mm
LENGTH = 500
# Nothing in them to break a line at but between Chinese characters: names, words, letters, digits, pictures of several code points.
LONG = [
    ("绩效考核" * LENGTH)[:LENGTH],
    ("Donaudampfschiffahrtsgesellschaft" * LENGTH)[:LENGTH],
    ("一二Ab9👩‍👩‍👧‍👦é" * LENGTH)[:LENGTH],
    ("1234567890_" * LENGTH)[:LENGTH],
]
TYPED = {  # what a person types freely and a page shows; in every table each second row gets a long one
    "divisions": ["name"], "staff": ["name"], "plan_items": ["title", "reason"], "adjustments": ["evidence", "proposed_by"], "goals": ["goal", "standard"],
    "measures": ["issue", "effect"], "vetoes": ["ground", "evidence"], "corrections": ["why", "decided_by"], "exemptions": ["reason"],
    "meetings": ["record"], "items": ["title"], "credits": ["reference"], "appraisals": ["rater_group"],
}  # fmt: skip
AMOUNT = "1234567.89"
# What sticks out: of boxes that do not scroll their content, of drawings their text, and the page itself.
OUTSIDE = """() => { const found = [];
    const said = each => `${each.tagName}.${each.className.baseVal ?? each.className} ${each.textContent.trim().slice(0, 40)}`;
    const page = document.documentElement;
    if (page.scrollWidth > page.clientWidth) found.push(`the page: ${page.scrollWidth} of ${page.clientWidth}`);
    const scrolled = each => { for (let up = each; up && up !== document.body; up = up.parentElement)
        if (/auto|scroll/.test(getComputedStyle(up).overflowX)) return true; return false };
    for (const each of document.querySelectorAll('body, body *:not(svg, svg *)')) {
        if (!each.checkVisibility() || each.tagName === 'INPUT') continue;
        const box = each.getBoundingClientRect();
        if (each.matches('figure [role=img]') && scrolled(each)) continue;  // a drawing keeps a size that can be read
        if (each.clientWidth && each.scrollWidth > each.clientWidth + 1 && !/auto|scroll/.test(getComputedStyle(each).overflowX)) found.push(said(each));
        if (box.width && (box.right > page.clientWidth + 1 || box.left < -1) && !scrolled(each)) found.push(`off the page: ${said(each)}`);
    }
    for (const svg of document.querySelectorAll('figure svg')) { const room = svg.getBoundingClientRect();
        for (const text of svg.querySelectorAll('text')) { const box = text.getBoundingClientRect();
            if (box.left < room.left - 1 || box.right > room.right + 1
                || box.top < room.top - 1 || box.bottom > room.bottom + 1) found.push(`in a drawing: ${text.textContent}`) } }
    return found.slice(0, 8) }"""


# What is hard to read though nothing is cut: text in a column of two characters, a caption that goes on beyond the edge, an edge that does not show it.
CRAMPED = """() => { const found = [];
    const said = each => `${each.tagName}.${each.className} ${each.textContent.trim().slice(0, 40)}`;
    const paper = matchMedia('print').matches;
    for (const cell of document.querySelectorAll('tbody td, tbody th')) { const style = getComputedStyle(cell);
        if (!cell.checkVisibility() || !cell.textContent.trim() || style.whiteSpace === 'nowrap' || (paper && cell.matches('.w'))) continue;
        if (cell.getBoundingClientRect().width < (paper ? 3.1 : 5) * parseFloat(style.fontSize)) found.push(said(cell)) }
    for (const caption of document.querySelectorAll('caption')) { const room = caption.closest('.table').getBoundingClientRect();
        if (caption.checkVisibility() && caption.getBoundingClientRect().right > room.right + 1) found.push(said(caption)) }
    for (const each of document.querySelectorAll('body *:not(input)')) { const style = getComputedStyle(each);
        if (each.checkVisibility() && each.clientWidth && each.scrollWidth > each.clientWidth + 1 && /auto|scroll/.test(style.overflowX)
            && !style.backgroundAttachment.includes('local')) found.push(`no shadow: ${said(each)}`) }
    return found.slice(0, 8) }"""


def stressed(data: Path) -> None:
    """Make what people typed in the records as long as it may be, and the amounts large."""
    for table, columns in TYPED.items():
        text = cycle(LONG)
        numbers: dict[str, str] = {}

        def longer(column: str, cell: str, table: str = table, text: Iterator[str] = text, numbers: dict[str, str] = numbers) -> str:
            if not cell or (column != "name" and len(numbers) > len(LONG) * 20):
                return cell
            if cell not in numbers:  # the same text stays the same, and two stay two
                numbers[cell] = cell if len(numbers) % 2 and table != "divisions" else f"{len(numbers)}{next(text)}"[:LENGTH]
            return numbers[cell]

        _rewrite(data / f"{table}.csv", columns, longer)
    _rewrite(data / "payout_bases.csv", ["monthly_organisation", "monthly_standard", "competitive", "annual"], lambda column, cell: AMOUNT)


def _rewrite(file: Path, columns: list[str], change: Callable[[str, str], str]) -> None:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows, file
    assert set(columns) <= set(rows[0]), file
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({**row, **{column: change(column, row[column]) for column in columns}} for row in rows)


@pytest.fixture(scope="module", params=["sample", "stress"])
def pages(request: pytest.FixtureRequest, few: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A page of each kind; the comparison only under stress."""
    if request.param == "sample":
        return _chosen(few)
    root = copied(tmp_path_factory.mktemp("stress")).root
    stressed(root / "data/planning-bureau")
    out = published(root, "planning-bureau", "2023", [("2023-06", "监察室"), ("2023", "监察室"), ("2023", "")], "internal")
    return [*_chosen(out), published(root, "planning-bureau", "2023", [], "internal", overlay="softer-tiers") / "2023/compare.html"]


def _chosen(site: Path) -> list[Path]:
    found = [*sorted(site.glob("*.html")), *sorted(site.glob("2023*/*.html")), *sorted((site / "2023/statements").glob("*.html"))[-2:],
             *(site / f"clauses/{clause}.html" for clause in ("2.3.1", "2.4.1"))]  # fmt: skip
    assert len(found) > 12
    return found


@contextmanager
def window(chromium: Browser, place: str) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": WIDTHS[place], "height": 900}, bypass_csp=True)
    tab = context.new_page()
    if place == "paper":
        tab.emulate_media(media="print")
    yield tab
    context.close()


@pytest.mark.parametrize("place", WIDTHS)
def test_nothing_runs_out_of_its_box(pages: list[Path], chromium: Browser, place: str) -> None:
    faults = {}
    with window(chromium, place) as tab:
        for page in pages:
            tab.goto(page.as_uri())
            if page.name == "search.html" and place != "paper":
                tab.get_by_role("searchbox").fill("2")
                assert tab.locator("#hits li").count()
            tab.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
            faults[f"{page.parent.name}/{page.name}"] = tab.evaluate(OUTSIDE) + tab.evaluate(CRAMPED)
    assert {name: found for name, found in faults.items() if found} == {}
