"""The office's forms: all there, filled from the records, safe to print, and silent about people in public."""

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser

from perfkit.language import Lang, catalogue
from perfkit.records import TABLES
from perfkit.report.forms import _ROWS, Filler, Form, declared
from perfkit.report.html import Table
from perfkit.workbook import booklets as site
from perfkit.workbook.booklets import Booklet, booklets, pages
from perfkit.workbook.jobs import Settings, jobs_of
from tests.conftest import Bureau

# the outputs the plan asks for: form, the booklet it is in, its Chinese name
LISTED = [
    ("responsibility_letter", "2023", "D1", "责任状"), ("annual_plan", "2023", "D1", "年度"), ("item_library", "2023", "D1", "事项库"),
    ("monthly_plan", "2023-06", "D1", "月度"), ("weekly_sheet", "2023-06", "D1", "周"), ("daily_log", "2023-06", "D1", "日志"),
    ("meeting", "2023-06", "", "绩效分析会记录"), ("division_month", "2023-06", "D1", "处室月度"), ("person_month", "2023-06", "D1", "个人月度"),
    ("adjustment_register", "2023", "", "加扣分登记表"), ("annual_rank", "2023", "", "名次与档次表"), ("merit_list", "2023", "", "评先评优名单"),
    ("month_payments", "2023-06", "", "兑现表"), ("annual_payments", "2023", "", "兑现表"), ("appeal_register", "2023", "", "申诉登记表"),
    ("improvement_plan", "2023", "D1", "改进计划"), ("exemption", "2023", "D1", "不参加"), ("statement", "2023", "", "告知书"),
]  # fmt: skip
PUBLIC = {"responsibility_letter", "annual_plan", "item_library", "monthly_plan", "division_month", "annual_rank"}
VOID = {"meta", "br", "hr", "img", "link"}


class Nesting(HTMLParser):
    """Checks that every element is closed in its place, and collects ids and addresses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.addresses += [value or "" for name, value in attrs if name == "href"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def forms(filled: list[Form], key: str) -> list[Form]:
    return [form for form in filled if form.key == key]


def only(filled: list[Form], key: str) -> Table:
    (form,) = forms(filled, key)
    return form.tables[0]


def site_of(bureau: Bureau, edition: str = "internal", period: str = "2023") -> dict[str, str]:
    result = bureau.assess(period)
    result = result.public() if edition == "public" else result
    jobs = jobs_of(Settings("", period), list(result.divisions["division"]))
    books = booklets(jobs, result, "zh")
    written = [pages(book, books, {job.stem for job in jobs}, result, "zh") for book in books]
    return {name: page.decode() for each in written for name, page in each.items()}


def test_every_form_the_plan_lists_is_declared() -> None:
    assert set(declared()) == {key for key, *_ in LISTED}


@pytest.mark.parametrize(("key", "period", "division", "name"), LISTED)
def test_every_form_is_made_even_without_records(bureau: Bureau, key: str, period: str, division: str, name: str) -> None:
    bureau.tables |= {table: [] for table in ("hours", "plan_items", "payout_bases", "ratings", "adjustments")}
    bureau.drop("postings", end=None)
    filler = Filler(bureau.assess(period), period, "zh")
    made = [filler.statement("M1")] if key == "statement" else forms(filler.booklet(division), key)
    assert made
    assert name in made[0].title
    html = made[0].html("无")
    Nesting(html)
    assert declared()[key].sign == () or '<ul class="sign">' in html
    if key != "annual_rank":  # the divisions are there without any other record
        assert '<td class="none"' in html
        assert '<tr class="empty">' in html


def test_all_that_is_declared_exists() -> None:
    """Rows, columns' words, captions, boxes and signatures."""
    words = set(catalogue("zh"))
    for key, form in declared().items():
        assert f"form.{key}" in words
        assert {f"sign.{each}" for each in form.sign} | {f"box.{each}" for each in form.boxes} | {f"column.{each}" for each in form.info} <= words
        for listing in form.tables:
            assert listing.rows in _ROWS or listing.rows in TABLES
            assert not listing.caption or f"form_table.{listing.caption}" in words
            assert all(f"column.{name}" in words or f"heading.{listing.rows}.{name}" in words for name in listing.columns), key
            assert {*listing.internal, *listing.total} <= set(listing.columns)
    named = {key.split(".")[1] for key in words if key.startswith(("form.", "form_lead.", "form_note."))}
    assert named == set(declared())


def test_public_forms_show_no_people_and_no_money() -> None:
    assert {key for key, form in declared().items() if form.public} == PUBLIC
    people = {"staff", "amount", "base", "owner", "excused_by", "approved_by"}
    for key in PUBLIC:
        for listing in declared()[key].tables:
            assert not people & (set(listing.columns) - set(listing.internal)), key
            assert listing.rows not in ("days", "weeks", "assessed", "staff_year", "leaders", "register", "paid", "paid_year")


def test_a_weekly_sheet_adds_up_what_was_declared_reviewed_and_approved(bureau: Bureau) -> None:
    """5 to 11 June is week 23: 8 + 7 declared, 8 + 6 reviewed, 8 approved; 4.5 hours more that nobody approved do not count."""
    bureau.drop("hours", staff="M2")
    bureau.add("items", item="K1", division="D2", title="审图")
    bureau.add("items", item="K2", division="D2", title="巡查")
    bureau.add("hours", date="2023-06-05", staff="M2", item="K1", declared=8, reviewed=8, approved=8, approved_by="乙处长", approved_on="2023-06-13")
    bureau.add("hours", date="2023-06-09", staff="M2", item="K2", declared=7, reviewed=6)
    bureau.add("hours", date="2023-06-11", staff="M2", item="K1", declared=4.5, approved=4.5)
    bureau.add("hours", date="2023-06-12", staff="M2", item="K1", declared=3, approved=3, approved_by="乙处长")
    result = bureau.assess("2023-06")
    filled = Filler(result, "2023-06", "zh").booklet("D2")
    week = next(form for form in forms(filled, "weekly_sheet") if form.of == "第23周（6月5日至11日）")
    (row,) = [row for row in week.tables[0].rows if row[0] == "乙一"]
    assert row == ["乙一", "审图、巡查", "19.50", "14.00", "12.50", "8.00"]
    assert "未经批准的时数不计入" in week.note
    (log,) = [form for form in forms(filled, "daily_log") if form.of == "乙一"]
    assert [(each[0], each[1], each[-1]) for each in log.tables[0].rows] == [
        ("2023年6月5日", "审图", "8.00"), ("2023年6月9日", "巡查", "0.00"), ("2023年6月11日", "审图", "0.00"), ("2023年6月12日", "审图", "3.00"),
    ]  # fmt: skip
    assert log.tables[0].foot[-1] == "11.00"
    months = result.staff_months.set_index("staff")["hours"]
    assert months["M2"] == 11


def test_the_weeks_of_a_month_add_up_to_its_hours(bureau: Bureau) -> None:
    """Three people of 144 hours: 432; a week across two months is cut at the month's end."""
    filled = Filler(bureau.assess("2023-06"), "2023-06", "zh").booklet("D2")
    weeks = forms(filled, "weekly_sheet")
    assert [form.of for form in weeks] == ["第22周（6月1日至4日）", "第23周（6月5日至11日）"]
    assert sum(float(form.tables[0].foot[-1]) for form in weeks) == 432


def test_who_changes_division_has_each_day_in_the_division_of_that_day(bureau: Bureau) -> None:
    bureau.rows("postings", staff="M2")[0]["end"] = "2023-06-02"
    bureau.add("postings", staff="M2", division="D3", role="member", grade="科级", start="2023-06-03")
    filler = Filler(bureau.assess("2023-06"), "2023-06", "zh")
    days = {division: [row[0] for form in forms(filler.booklet(division), "daily_log") if form.of == "乙一" for row in form.tables[0].rows]
            for division in ("D2", "D3")}  # fmt: skip
    assert days == {"D2": ["2023年6月1日", "2023年6月2日"], "D3": [f"2023年6月{day}日" for day in (3, 4, 5, 6)]}


def test_a_statement_lists_every_payment_of_the_year(bureau: Bureau) -> None:
    result = bureau.assess()
    filler = Filler(result, "2023", "zh")
    for person in ("V1", "H2", "P2"):
        (paid,) = [table for table in filler.statement(person).tables if table.caption == "各月和年度兑现"]
        own = result.payouts[result.payouts["staff"] == person]
        shown = sorted(cell for row in paid.rows for cell in row[1:-1] if cell)
        assert shown == sorted(f"{amount:,.2f}" for amount in own["amount"])
        assert paid.foot[-1] == f"{own['amount'].sum():,.2f}"
        assert [row[0] for row in paid.rows] == [*(f"2023年{month}月" for month in range(1, 13)), "2023年"]


def test_a_settlement_is_on_the_statement_and_the_annual_sheet(bureau: Bureau) -> None:
    result = bureau.assess()
    last = result.payouts.iloc[[-1]].assign(period="2023", staff="M1", kind="settlement", amount=-321.5)
    filler = Filler(replace(result, payouts=pd.concat([result.payouts, last], ignore_index=True)), "2023", "zh")
    assert "−321.50" in filler.statement("M1").html("无")
    assert any("−321.50" in form.html("无") for form in forms(filler.booklet(), "annual_payments"))


def test_a_statement_says_who_is_not_assessed_and_why(bureau: Bureau) -> None:
    bureau.add("exemptions", staff="M4", reason="退休", applied="2023-01-03", head="2023-01-04", leader="2023-01-05", director="2023-01-06")
    filler = Filler(bureau.assess(), "2023", "zh")
    assert "经批准不参加" in filler.statement("M4").html("无")
    (form,) = forms(filler.booklet("D3"), "exemption")
    assert form.tables[0].rows == [["丙一", "退休"]]
    assert [date for _, date in form.boxes] == ["2023年1月3日", "2023年1月4日", "2023年1月5日", "2023年1月6日"]
    (blank,) = forms(filler.booklet("D1"), "exemption")
    assert [date for _, date in blank.boxes] == ["", "", "", ""]


def test_payment_sheets_add_up_to_the_payouts(bureau: Bureau) -> None:
    result = bureau.assess()
    for period, key in (("2023-06", "month_payments"), ("2023", "annual_payments")):
        sheets = forms(Filler(result, period, "zh").booklet(), key)
        assert [form.of for form in sheets] == ["分管领导", "甲处", "乙处", "丙处"]
        total = sum(float(form.tables[0].foot[-2].replace(",", "")) for form in sheets)
        assert total == pytest.approx(result.payouts.loc[result.payouts["period"] == period, "amount"].sum())


def test_the_register_shows_what_is_not_decided_without_points(bureau: Bureau) -> None:
    bureau.add("adjustments", adjustment="A1", date="2023-05-04", division="D1", kind="litigation_lost", decided_on="2023-05-20")
    bureau.add("adjustments", adjustment="A2", date="2023-06-04", division="D2", kind="innovation")
    filler = Filler(bureau.assess(), "2023", "zh")
    rows = only(filler.booklet(), "adjustment_register").rows
    assert [(row[0], row[3], row[-2], row[-1] != "") for row in rows] == [("A1", "行政诉讼败诉", "2023年5月20日", True), ("A2", "创新创优", "", False)]
    assert [row[0] for row in only(filler.booklet("D2"), "adjustment_register").rows] == ["A2"]


def test_goals_meetings_measures_and_appeals_are_shown_where_they_belong(bureau: Bureau) -> None:
    bureau.tables |= {
        "goals": [{"division": "D1", "goal": "编制规划", "source": "city", "standard": "年底前"}, {"division": "D2", "goal": "乙的目标"}],
        "meetings": [{"month": "2023-06", "held_on": "2023-06-05", "record": "上月完成较好"}],
        "measures": [{"measure": "G1", "subject": "M1", "issue": "进度慢", "owner": "H1", "due": "2023-09-30"}],
        "appeals": [{"appeal": "S1", "subject": "M2", "filed_on": "2023-07-03", "stage": "office", "decision": "rejected", "decided_on": "2023-07-10"}],
    }
    result = bureau.assess()
    year, month = Filler(result, "2023", "zh"), Filler(result, "2023-06", "zh")
    assert only(year.booklet("D1"), "responsibility_letter").rows == [["市委市政府任务", "编制规划", "年底前"]]
    assert only(month.booklet(), "meeting").rows == [["2023年6月5日", "上月完成较好"]]
    assert only(Filler(result, "2023-07", "zh").booklet(), "meeting").rows == []
    assert only(year.booklet("D1"), "improvement_plan").rows == [["G1", "甲一", "进度慢", "甲处长", "2023年9月30日", "", ""]]
    assert only(year.booklet("D2"), "improvement_plan").rows == []
    assert only(year.booklet(), "improvement_plan").rows != []
    assert only(year.booklet(), "appeal_register").rows == [["S1", "乙一", "2023年7月3日", "向绩效办申诉", "不成立", "2023年7月10日"]]


def test_the_merit_list_has_those_rated_excellent(bureau: Bureau) -> None:
    bureau.rows("ratings", staff="P2")[0]["rating"] = "excellent"
    bureau.work("H1", "2023-06", 160)
    result = bureau.assess()
    (form,) = forms(Filler(result, "2023", "zh").booklet(), "merit_list")
    excellent = result.staff[result.staff["rating"] == "excellent"]["staff"]
    names = result.records.names("staff")
    tables = {table.caption: table for table in form.tables}
    assert sorted(row[1] for row in tables["优秀人员"].rows) == sorted(names[person] for person in excellent)
    assert [row[0] for row in tables["领导和处室以外的优秀人员"].rows] == ["林副局"]


def test_what_stands_in_a_record_is_printed_as_text(bureau: Bureau) -> None:
    for row in bureau.rows("plan_items", month="2023-06"):
        row["title"] = "<script>alert(1)</script>"
    bureau.rows("staff", staff="M1")[0]["name"] = "<b>甲一</b>"
    bureau.rows("divisions", division="D1")[0]["name"] = "甲\"处'&"
    written = site_of(bureau, period="2023-06").values()
    for page in written:
        Nesting(page)
        assert "<script" not in page
        assert "<b>" not in page
    assert any("&lt;script&gt;alert(1)&lt;/script&gt;" in page for page in written)
    assert any("甲&#34;处&#39;&amp;" in page for page in written)


def test_pages_are_well_formed_small_and_lead_to_each_other(bureau: Bureau) -> None:
    written = site_of(bureau)
    assert len(written) == 13 * 4 + 10
    for name, page in written.items():
        nesting = Nesting(page)
        assert len(page.encode()) < 200_000
        assert len(nesting.ids) == len(set(nesting.ids)), name
        assert "default-src 'none'" in page
        assert {address[1:] for address in nesting.addresses if address.startswith("#")} <= set(nesting.ids), name
        if "/statements/" in name:
            assert '<nav class="toc"' not in page
    statements = [name for name in written if "/statements/" in name]
    linked = "".join(written[name] for name in written if name.startswith("2023/") and "/statements/" not in name)
    assert len(statements) == 10
    assert all(name.rpartition("/")[2] in linked for name in statements)


def test_the_same_records_give_the_same_bytes(bureau: Bureau) -> None:
    assert site_of(bureau, period="2023-06") == site_of(bureau, period="2023-06")


def test_a_booklet_that_is_too_large_goes_on_on_another_page(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "LIMIT", 6000)
    result = bureau.assess("2023-06")
    jobs = jobs_of(Settings("", "2023-06"), list(result.divisions["division"]))
    books = booklets(jobs, result, "zh")
    book = next(each for each in books if each.division == "D2")
    written = pages(book, books, (), result, "zh")
    assert list(written)[:2] == [f"{book.stem}.html", f"{book.stem}-2.html"]
    found = {name: Nesting(page.decode()) for name, page in written.items()}
    anchors = {(name.rpartition("/")[2], each) for name, page in found.items() for each in page.ids}
    assert len(anchors) == len(book.forms)
    for name, page in found.items():
        linked = {((address.partition("#")[0] or name.rpartition("/")[2]), address.partition("#")[2]) for address in page.addresses if "#" in address}
        assert linked == anchors


def test_the_public_booklets_know_no_person_and_no_money(bureau: Bureau) -> None:
    for row in bureau.tables["staff"]:
        row["name"] = f"人名{row['staff']}"
    for row in bureau.tables["hours"]:
        row["approved_by"] = "人名批准"
    bureau.miss("D1", "2023-06")
    bureau.rows("plan_items", division="D1", month="2023-06")[0] |= {"excused_by": "P1", "excused_on": "2023-07-03", "reason": "人名原因"}
    bureau.add("adjustments", adjustment="A1", date="2023-05-04", division="D1", kind="litigation_lost", evidence="人名依据", decided_on="2023-05-20")
    bureau.tables["goals"] = [{"division": "D1", "goal": "编制规划"}]
    bureau.tables["measures"] = [{"measure": "G1", "subject": "M1", "issue": "人名问题", "owner": "H1", "due": "2023-09-30"}]
    internal, public = site_of(bureau), site_of(bureau, "public")
    kept = bureau.assess().public().records.tables
    assert {name for name, table in kept.items() if len(table)} <= {"divisions", "goals", "items", "plan_items"}
    assert not any("人名" in table.to_csv() for table in kept.values())
    assert any("人名原因" in page for page in internal.values())
    assert set(public) < set(internal)
    assert not any("statements" in name or name.endswith("-06/bureau-forms.html") for name in public)
    amounts = {f"{amount:,.2f}" for amount in bureau.assess().payouts["amount"] if amount > 200}
    for name, page in public.items():
        assert "人名" not in page, name
        assert not any(amount in page for amount in amounts), name
    d1 = next(page for name, page in public.items() if name.startswith("2023/D1"))
    assert "编制规划" in d1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_both_languages_fill_every_form(bureau: Bureau, lang: Lang) -> None:
    result = bureau.assess()
    filled = [form for period in ("2023-06", "2023") for division in ("", "D1") for form in Filler(result, period, lang).booklet(division)]
    texts = [form.html("—") for form in [*filled, Filler(result, "2023", lang).statement("M1")]]
    assert not any("{" in text for text in texts)
    assert {form.key for form in filled} | {"statement"} == set(declared())


def test_a_booklet_says_what_it_is(bureau: Bureau) -> None:
    result = bureau.assess("2023-06")
    books = booklets(jobs_of(Settings("", "2023-06", "D1"), ["D1"]), result, "zh")
    assert [(book.stem.startswith("2023-06/D1-"), book.division, book.person) for book in books] == [(True, "D1", "")]
    assert isinstance(books[0], Booklet)
    assert books[0].described()["place"] == 0


def test_a_statement_is_printed_under_its_heading_and_its_state(bureau: Bureau, chromium: Browser, tmp_path: Path) -> None:
    page = next(text for name, text in site_of(bureau).items() if name.startswith("2023/statements/"))
    file = tmp_path / "statement.html"
    file.write_text(page, encoding="utf-8")
    context = chromium.new_context(offline=True)
    tab = context.new_page()
    tab.goto(file.as_uri())
    tab.emulate_media(media="print")
    assert tab.locator("h1").is_visible()
    assert tab.locator(".state").is_visible()
    assert not tab.locator("nav").first.is_visible()
    context.close()


def test_a_quantity_and_a_coefficient_are_printed_as_they_are(bureau: Bureau) -> None:
    """One and a half lawsuits are not two, and a coefficient of 1.25 is not 1.3."""
    bureau.add("adjustments", adjustment="A1", date="2023-05-04", division="D1", kind="litigation_lost", quantity=1.5, decided_on="2023-05-20")
    bureau.add("adjustments", adjustment="A2", date="2023-06-04", division="D2", kind="litigation_lost", quantity=2, decided_on="2023-06-20")
    filled = Filler(bureau.assess(tiers__coefficients={"A": 1.25, "B": 1, "C": 0.8}), "2023", "zh").booklet()
    assert [row[4] for row in only(filled, "adjustment_register").rows] == ["1.5", "2.0"]
    ranked = only(filled, "annual_rank")
    assert [row[ranked.heads.index("系数")] for row in ranked.rows] == ["1.25", "1.00", "0.80"]
