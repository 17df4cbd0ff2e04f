"""The pages around the reports, and what publishing leaves out, without a run."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from perfkit.language import Lang
from perfkit.workbook.jobs import Job
from perfkit.workbook.publish import frame, page
from perfkit.workbook.site import _links, index_page

STATE = {"name": "draft", "by": "", "on": ""}


@pytest.mark.parametrize(("lang", "periods", "said"), [
    ("zh", ("2023-05", "2023-06", "2023-07"), ["上月", "下月"]), ("zh", ("2023-Q1", "2023-Q2", "2023-Q3"), ["上季度", "下季度"]),
    ("en", ("2023-Q1", "2023-Q2", "2023-Q3"), ["Previous quarter", "Next quarter"]),
])  # fmt: skip
def test_the_way_to_the_next_report_names_its_kind_of_period(lang: Lang, periods: tuple[str, ...], said: list[str]) -> None:
    jobs = [Job("", period, "D1", f"{period}/D1") for period in periods]
    assert [link["text"] for link in _links(jobs[1], jobs, set(), lang)[2:]] == said


def test_halves_of_the_year_lead_to_each_other() -> None:
    jobs = [Job("", period, "", f"{period}/bureau") for period in ("2023-H1", "2023-H2")]
    assert [_links(job, jobs, set(), "zh")[-1]["text"] for job in jobs] == ["下半年", "上半年"]


def test_the_index_says_the_year_once_and_names_people_without_a_table() -> None:
    reports = [{"stem": f"{period}/D1", "period": period, "division": "D1", "name": "甲处", "place": 0, "score": 90.0, "tier": tier}
               for period, tier in (("2023-Q1", ""), ("2023-H1", ""), ("2023", "A"))]  # fmt: skip
    people = [{"stem": f"2023/statements/{name}", "period": "2023", "division": "", "name": name, "place": place, "person": name}
              for place, name in enumerate(("甲一", "<乙二>"))]  # fmt: skip
    run = {"period": "2023", "state": STATE, "reports": reports, "forms": people, "outputs": {}}
    text = index_page([run], "某局", "", "internal", "zh").decode()
    assert [part.partition("</th>")[0] for part in text.split('<th scope="col" class="n">')[1:]] == ["第1季度", "上半年", "全年"]
    assert ">90.00 A</a>" in text
    assert text.count("<table") == 1
    assert '<li><a href="2023/statements/%E7%94%B2%E4%B8%80.html" aria-label="甲一 2023年 告知书">甲一</a></li>' in text
    assert "&lt;乙二&gt;</a>" in text


def test_a_section_with_nothing_to_show_goes_with_its_heading() -> None:
    def shows(html: str) -> object:
        return new_code_cell("", outputs=[new_output("display_data", {"text/html": html})])

    cells = [new_markdown_cell("## 甲", metadata={"tags": ["zh"]}), new_markdown_cell("## A", metadata={"tags": ["en"]}), shows(""), shows(""),
             new_markdown_cell("## 乙", metadata={"tags": ["zh"]}), new_code_cell(""), shows("<p>有</p>"), new_markdown_cell("## 丙")]  # fmt: skip
    text = page(new_notebook(cells=cells), frame("zh", "internal", "某局", "报告", "", "草稿", []), "zh", "internal").decode()
    assert [part.partition("</h2>")[0] for part in text.split("<h2>")[1:]] == ["乙", "丙"]
