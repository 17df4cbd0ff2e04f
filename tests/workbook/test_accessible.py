"""Every kind of page, in both languages and editions: for readers who listen, tab or print, and on a machine with no network."""

from collections.abc import Iterator
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.workbook.conftest import copied, published

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CONTRAST = 4.5  # WCAG 2.2, 1.4.3
RUNS: dict[str, tuple[str, str, str]] = {  # the sites of a language and edition: bureau, its periods, the division whose pages are opened
    "planning": ("planning-bureau", "2023-06 2023", "监察室"),
    "water": ("water-bureau", "2023-Q2 2023-H1 2023", "办公室"),
}
SITES = ("zh-internal", "en-public")  # so each kind of page occurs in both languages and in both editions
PAGES = {
    "planning": ("index", "2023-06/监察室", "2023-06/监察室-forms", "2023-06/bureau", "2023/监察室", "2023/监察室-forms", "2023/bureau", "2023/bureau-forms"),
    "water": ("index", "2023-Q2/办公室", "2023-Q2/bureau", "2023-H1/办公室", "2023-H1/bureau", "2023/办公室", "2023/bureau"),
    "compare": ("index", "2023/compare"),
}

HEADINGS = "[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(heading => Number(heading.tagName[1]))"
FIGURES = """[...document.querySelectorAll('figure')].map(figure => ({
    label: [...figure.querySelectorAll('[role=img]')].map(image => (image.getAttribute('aria-label') || '').trim()),
    rows: figure.querySelectorAll('table tbody tr').length, drawn: figure.querySelectorAll('[role=img] svg').length}))"""
STRAY = "[...document.querySelectorAll('svg, img, canvas')].filter(drawn => !drawn.closest('figure [role=img]')).length"
# What a hand needs to get at: everything that opens or leads on, and whatever is wider or higher than the room it has.
WANTED = """() => { window.wanted = new Set([...document.querySelectorAll('a[href], summary, button, input, select, textarea')]
    .filter(each => each.checkVisibility())); window.scrolling = [...document.querySelectorAll('body *')].filter(each => {
    const style = getComputedStyle(each);
    return (each.scrollWidth > each.clientWidth && /auto|scroll/.test(style.overflowX))
        || (each.scrollHeight > each.clientHeight && /auto|scroll/.test(style.overflowY)) });
    window.reached = new Set(); window.unseen = [];
    document.addEventListener('focusin', event => { const here = event.target;
        window.reached.add(here);
        const style = getComputedStyle(here);
        if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) window.unseen.push(here.outerHTML.slice(0, 120)) });
    const stops = [...document.querySelectorAll('[tabindex="0"]')].filter(each => !window.wanted.has(each));
    return window.wanted.size + new Set([...window.scrolling, ...stops]).size }"""
MISSED = """() => [...[...window.wanted].filter(each => !window.reached.has(each)),
    ...window.scrolling.filter(each => ![...window.reached].some(one => each.contains(one)))].map(each => each.outerHTML.slice(0, 120))"""
# axe leaves text in a drawing undecided, so its contrast is worked out here, against the topmost shape painted below it (WCAG's relative luminance).
DRAWN = """() => {
    const rgb = colour => { const [r, g, b, a = 1] = colour.match(/[0-9.]+/g).map(Number); return {r, g, b, a} };
    const mixed = (top, below, part) => top[part] * top.a + below[part] * (1 - top.a);
    const over = (top, below) => ({r: mixed(top, below, 'r'), g: mixed(top, below, 'g'), b: mixed(top, below, 'b'), a: 1});
    const linear = part => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    const light = colour => 0.2126 * linear(colour.r) + 0.7152 * linear(colour.g) + 0.0722 * linear(colour.b);
    const painted = (shape, property) => { const style = getComputedStyle(shape); const colour = style[property];
        if (!colour || colour === 'none') return null;
        let seen = Number(style.opacity) * Number(style[property + 'Opacity']);
        for (let up = shape.parentElement; up && up.tagName !== 'svg'; up = up.parentElement) seen *= Number(getComputedStyle(up).opacity);
        const found = rgb(colour); return {...found, a: found.a * seen} };
    const faint = [];
    for (const svg of document.querySelectorAll('figure svg')) {
        const shapes = [...svg.querySelectorAll('path, rect, circle, text')];
        for (const [place, text] of shapes.entries()) {
            if (text.tagName !== 'text' || !text.textContent.trim()) continue;
            const box = text.getBoundingClientRect();
            for (const share of [0.1, 0.5, 0.9]) {
                let below = {r: 255, g: 255, b: 255, a: 1};
                for (const shape of shapes.slice(0, place)) {
                    if (shape.tagName === 'text' || !shape.getScreenCTM()) continue;
                    const point = new DOMPoint(box.left + share * box.width, box.top + box.height / 2).matrixTransform(shape.getScreenCTM().inverse());
                    const colour = painted(shape, 'fill'); if (colour && shape.isPointInFill(point)) below = over(colour, below);
                }
                const [high, low] = [light(below), light(over(painted(text, 'fill'), below))].sort((one, other) => other - one);
                const ratio = (high + 0.05) / (low + 0.05);
                if (ratio < LEAST) { faint.push(`${text.textContent} ${ratio.toFixed(2)}`); break }
            }
        }
    }
    return faint }""".replace("LEAST", str(CONTRAST))


@pytest.fixture(scope="session", params=SITES)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Path]]:
    """The language, and page name → file: all pages of a language and edition, but of the people's statements only one, of the clauses'
    pages the smallest and the two largest, and from the second site on only what the first has not."""
    lang, edition = request.param.split("-")
    root = copied(tmp_path_factory.mktemp(request.param)).root
    found: dict[str, Path] = {}
    for run in PAGES:
        if run == "compare":
            out = published(root, "planning-bureau", "2023", [], edition, lang, "softer-tiers")
        else:
            bureau, periods, division = RUNS[run]
            out = published(root, bureau, "2023", [(period, each) for period in periods.split() for each in (division, "")], edition, lang)
        pages = {page.relative_to(out).with_suffix("").as_posix(): page for page in sorted(out.rglob("*.html"))}
        assert {each for each in PAGES[run] if not (edition == "public" and each.endswith("bureau-forms"))} <= set(pages)
        statements = [name for name in pages if "/statements/" in name]
        assert bool(statements) == (run == "planning" and edition == "internal")
        clauses = sorted((name for name in pages if name.startswith("clauses/")), key=lambda name: pages[name].stat().st_size)
        assert len(clauses) > 5
        wanted = set(PAGES[run]) if found else {*pages} - {*statements[1:], *clauses[1:-2]}
        found |= {f"{run}/{name}": page for name, page in pages.items() if name in wanted}
    return lang, found


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Page]:
    """A tab in which the tests may look into a page in spite of its Content-Security-Policy."""
    context = chromium.new_context(bypass_csp=True)
    yield context.new_page()
    context.close()


def broken(tab: Page, options: dict[str, Any]) -> list[str]:
    """What axe-core finds: rule, number of places, the first of them."""
    tab.evaluate(AXE)
    found = tab.evaluate("options => axe.run({runOnly: options, resultTypes: ['violations'], preload: false})", options)
    return [f"{each['id']} ×{len(each['nodes'])}: {each['nodes'][0]['html'][:160]}" for each in found["violations"]]


def test_axe_finds_nothing(site: tuple[str, dict[str, Path]], tab: Page) -> None:
    faults = {}
    for name, page in site[1].items():
        tab.goto(page.as_uri())
        faults[name] = broken(tab, {"type": "tag", "values": TAGS})
    assert {name: found for name, found in faults.items() if found} == {}


def test_text_can_be_read_on_the_screen_on_paper_and_in_drawings(site: tuple[str, dict[str, Path]], tab: Page) -> None:
    faults = {}
    for name, page in site[1].items():
        tab.goto(page.as_uri())
        faults[f"{name} drawings"] = tab.evaluate(DRAWN)
        tab.emulate_media(media="print")
        faults[f"{name} print"] = broken(tab, {"type": "rule", "values": ["color-contrast"]})
        tab.emulate_media(media="screen")
    assert {name: found for name, found in faults.items() if found} == {}


def test_pages_have_one_title_an_order_of_headings_a_language_and_a_table_behind_each_figure(site: tuple[str, dict[str, Path]], tab: Page) -> None:
    lang, pages = site
    figures = 0
    for name, page in pages.items():
        tab.goto(page.as_uri())
        assert tab.evaluate("document.documentElement.lang") == {"zh": "zh-CN", "en": "en"}[lang], name
        assert tab.title().strip(), name
        levels = tab.evaluate(HEADINGS)
        assert levels[0] == 1, name
        assert levels.count(1) == 1, name
        assert all(later <= earlier + 1 for earlier, later in pairwise(levels)), f"{name}: {levels}"
        for figure in tab.evaluate(FIGURES):
            figures += 1
            assert len(figure["label"]) == figure["drawn"] == 1, f"{name}: {figure}"
            assert len(figure["label"][0]) > 10, f"{name}: {figure}"
            assert figure["rows"] > 0, f"{name}: {figure}"
        assert tab.evaluate(STRAY) == 0, name
    assert figures


@pytest.mark.parametrize("width", [1200, 360])
def test_the_tab_key_reaches_all_that_leads_on_opens_or_scrolls_and_shows_where_it_is(site: tuple[str, dict[str, Path]], tab: Page, width: int) -> None:
    tab.set_viewport_size({"width": width, "height": 740})
    faults = {}
    for name, page in site[1].items():
        tab.goto(page.as_uri())
        tab.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        tab.evaluate("document.body.tabIndex = -1; document.body.focus()")  # the search's field has it on opening
        wanted = tab.evaluate(WANTED)
        assert wanted > 0, name
        for _ in range(wanted + 1):  # to the last one, then round to the first
            tab.keyboard.press("Tab")
        faults[f"{name} not reached"] = tab.evaluate(MISSED)
        faults[f"{name} not shown"] = tab.evaluate("window.unseen")
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize("offline", [False, True])
def test_pages_are_whole_where_nothing_answers(site: tuple[str, dict[str, Path]], chromium: Browser, offline: bool) -> None:
    """No request but for the page itself, no message, and the page is there to its last line; addresses elsewhere would wait for ever."""
    context = chromium.new_context(offline=offline)
    tab = context.new_page()
    faults: list[str] = []
    opened = [""]

    def answer(route: Route) -> None:
        if route.request.url.startswith("file:"):
            route.continue_()

    tab.route("**/*", answer)
    tab.on("request", lambda request: faults.append(f"asked for {request.url}") if request.url != opened[-1] else None)
    tab.on("console", lambda message: faults.append(f"{tab.url}: {message.text}"))
    tab.on("pageerror", lambda error: faults.append(f"{tab.url}: {error}"))
    for name, page in site[1].items():
        opened.append(page.as_uri())
        tab.goto(page.as_uri(), wait_until="load", timeout=10_000)
        assert tab.evaluate("document.readyState") == "complete", name
        assert tab.locator("main").inner_text().strip(), name
        assert "perfkit" in tab.locator("footer").inner_text(), name
    context.close()
    assert faults == []
