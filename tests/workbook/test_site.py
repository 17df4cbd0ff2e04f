"""From a report to its reasons, and from a word to its page: in a browser, from a folder, without a network."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.workbook.conftest import Project


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(offline=True)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: faults.append(request.url) if not request.url.startswith("file:") else None)
    yield page
    context.close()
    assert faults == []


@pytest.mark.parametrize(("report", "clause", "where"), [
    ("2023-06/规划管理处.html", "2.3.1", "二、3. 绩效考核，第一段"), ("2023/规划管理处.html", "2.3.4", "二、3. 绩效考核，第一段"),
])  # fmt: skip
def test_two_clicks_lead_from_the_first_sentence_to_the_clause(year: Project, tab: Page, report: str, clause: str, where: str) -> None:
    tab.goto((year.site / report).as_uri())
    tab.locator(".points li").first.get_by_role("link").first.click()
    evidence = tab.locator(":target")
    expect(evidence).to_have_attribute("aria-label", "得分由来")
    expect(evidence).to_be_in_viewport()
    evidence.get_by_role("link", name=clause, exact=True).first.click()
    expect(tab.get_by_role("heading", level=1)).to_have_text(f"条款 {clause}")
    expect(tab.get_by_role("main")).to_contain_text(f"方案出处：{where}。")


def test_from_the_bureaus_page_three_clicks_lead_to_the_clause(year: Project, tab: Page) -> None:
    tab.goto((year.site / "2023-06/bureau.html").as_uri())
    tab.get_by_role("table", name="各处室").get_by_role("link", name="92.50").first.click()
    tab.locator("#lines").get_by_role("link", name="2.3.1", exact=True).first.click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("条款 2.3.1")


def test_a_clause_leads_to_the_reports_it_touched(year: Project, tab: Page) -> None:
    tab.goto((year.site / "clauses/2.3.1.html").as_uri())
    row = tab.get_by_role("row").filter(has=tab.get_by_role("rowheader", name="规划管理处"))
    expect(row.first.get_by_role("link")).to_have_count(12)
    row.first.get_by_role("link", name="6月", exact=True).click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("规划管理处2023年6月绩效考核")
    expect(tab.locator(":target")).to_be_in_viewport()


def test_a_line_leads_to_what_was_assumed(year: Project, tab: Page) -> None:
    tab.goto((year.site / "2023-06/规划管理处.html").as_uri())
    tab.locator("#lines").get_by_role("link", name="扣分比例的计算基数").click()
    expect(tab.locator(":target")).to_have_text("扣分比例的计算基数")
    expect(tab.locator(":target")).to_be_in_viewport()


def test_the_search_finds_reports_clauses_people_and_items(year: Project, tab: Page) -> None:
    tab.goto((year.site / "search.html").as_uri())
    words, hits = tab.get_by_role("searchbox"), tab.get_by_role("main").get_by_role("listitem")
    expect(words).to_be_focused()
    expect(hits).to_have_count(0)
    words.fill("规划管理处 2023年6月 得分")
    expect(tab.get_by_role("status")).to_have_text("1条")
    words.fill("没有这样的词")
    expect(tab.get_by_role("status")).to_have_text("没有找到。")
    words.fill("年")
    expect(tab.get_by_role("status")).to_contain_text("只列出前50条")
    expect(hits).to_have_count(50)
    for given, first in (("一票否决", "条款"), ("欧阳晨舟", "告知书"), ("组织规划委员会6月例会", "计划事项")):
        words.fill(given)
        expect(hits.first).to_contain_text(first)
    hits.first.get_by_role("link").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("规划管理处2023年6月绩效考核")
    expect(tab.locator(":target")).to_be_in_viewport()


def test_a_search_can_be_linked_to_and_runs_no_text_as_markup(year: Project, tab: Page) -> None:
    tab.goto((year.site / "search.html").as_uri() + "#" + "用地规划处 2023年7月")
    expect(tab.get_by_role("searchbox")).to_have_value("用地规划处 2023年7月")
    expect(tab.get_by_role("main").get_by_role("listitem").first).to_contain_text("用地规划处")
    tab.get_by_role("searchbox").fill("<img src=x onerror=alert(1)>")
    expect(tab.get_by_role("status")).to_have_text("没有找到。")
    assert tab.locator("main img").count() == 0


def test_every_page_around_the_reports_is_small(year: Project) -> None:
    pages: list[Path] = [*year.site.glob("*.html"), *(year.site / "clauses").glob("*.html")]
    assert len(pages) > 30
    assert max(page.stat().st_size for page in pages) < 200_000
