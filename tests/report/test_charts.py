"""Every chart says what to see, what is shown, and gives its data away; the bureau of conftest, whose scores are 97, 94 and 90."""

import base64
import csv
import io
import re
from typing import Any

import altair as alt
import pytest

from perfkit.language import Lang
from perfkit.report import View, charts, comparison_charts, component_charts, open_page
from perfkit.report.html import DATA_TABLE, VEGA_LITE, Figure, Table
from perfkit.report.plain import folded, width
from tests.conftest import PROJECT, Bureau
from tests.report.test_comparison import STEEP, seen

HREF = "data:text/csv;charset=utf-8;base64,"


def view(bureau: Bureau, period: str = "2023", division: str = "", lang: Lang = "zh", **settings: Any) -> View:
    return View(bureau.assess(period, **settings).page(period, division or None), lang)


def figure(shown: object) -> Figure:
    assert isinstance(shown, Figure)
    return shown


def test_who_is_first_and_by_how_much(bureau: Bureau) -> None:
    assert figure(charts.tiers(view(bureau))).title == "甲处居首（97.00分），与末位丙处相差7.00分"
    assert figure(charts.tiers(view(bureau, lang="en"))).title == "First: 甲处 (97.00); last: 丙处, 7.00 points behind"
    for division in ("D1", "D2", "D3"):
        bureau.rated_by_public(division, "一般")
    assert figure(charts.tiers(view(bureau))).title == "甲处、乙处、丙处得分都是94.00分"


def test_the_best_and_the_worst_month(bureau: Bureau) -> None:
    """乙 loses half of its only item in June and all other months are 100; the bureau's mean of June is 250 ÷ 3, and above it nobody is but the others."""
    assert figure(charts.months(view(bureau, division="D2"))).title == "12个月得分都是100.00分；12个月中0个月高于全局平均"
    bureau.miss("D2", "2023-06")
    bureau.drop("plan_items", division="D2", month="2023-12")
    lost = figure(charts.months(view(bureau, division="D2")))
    assert lost.title.endswith("等10个得分最高（100.00分），6月最低（50.00分）；11个月中0个月高于全局平均")
    assert figure(charts.months(view(bureau, division="D1"))).title == "12个月得分都是100.00分；12个月中1个月高于全局平均"


def test_who_is_below_the_standard(bureau: Bureau) -> None:
    """112 hours are the standard: with 100.5 one is 11.5 short, with 111 one."""
    assert figure(charts.hours(view(bureau, "2023-06"))).title == "8人全部达到达标线"
    bureau.work("M2", "2023-06", 100.5)
    bureau.work("M3", "2023-06", 111)
    assert figure(charts.hours(view(bureau, "2023-06"))).title == "8人中2人没有达到达标线，最多差11.5小时"


def test_where_most_was_lost(bureau: Bureau) -> None:
    """甲 and 丙 lose 50 each; 乙 has two items of 50 points and loses half of one: 25 of 125."""
    bureau.miss("D1", "2023-06")
    bureau.miss("D3", "2023-06")
    bureau.add("plan_items", month="2023-06", division="D2", item="Z", title="巡查", completion=0)
    shown = figure(charts.losses(view(bureau, "2023-06")))
    assert shown.title == "丙处、甲处扣分最多（各50.00分），占合计125.00分的80%"
    assert shown.data.heads[0] == "处室"
    own = figure(charts.losses(view(bureau, "2023-06", "D2")))
    assert own.title == "巡查扣分25.00分，合计25.00分"
    assert own.data.heads[0] == "项目"
    assert figure(charts.losses(view(bureau))).data.heads[0] == "月份"


def test_what_a_trial_moves(bureau: Bureau) -> None:
    assert figure(comparison_charts.places(seen(bureau, STEEP))).title == "2个处室换档：乙处、丙处"
    assert figure(comparison_charts.places(seen(bureau, {}))).title == "3个处室都不换档"
    assert figure(comparison_charts.places(seen(bureau, {}, period="2023-06"))).title == "3个处室的位次都不变"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_headline_unit_period_and_words_for_those_who_do_not_see(bureau: Bureau, lang: Lang) -> None:
    bureau.miss("D2", "2023-06")
    year, month, trial = view(bureau, division="D2", lang=lang), view(bureau, "2023-06", "D2", lang), seen(bureau, STEEP, lang=lang)
    drawn = [*(figure(each(year)) for each in (charts.months, charts.tiers, charts.hours, charts.losses)), figure(charts.losses(month)),
             figure(charts.hours(month)), figure(comparison_charts.places(trial))]  # fmt: skip
    for each in drawn:
        alt.LayerChart.validate(dict(each.spec))  # no report looks at the grammar again
        title = each.spec["title"]
        assert "".join(title["text"]).replace(" ", "") == each.title.replace(" ", "")
        assert all(width(line) <= charts.TITLE for line in title["text"])
        assert re.search("（分）|（小时）|points|hours", title["subtitle"]), title
        assert {"zh": "2023年", "en": "2023"}[lang] in title["subtitle"]
        assert each._repr_mimebundle_()[VEGA_LITE]["description"].startswith(each.title)


def saved(shown: Figure) -> tuple[str, list[list[str]]]:
    """Name and rows of the file that the link beside the table holds."""
    found = re.search(f'<a download="([^"]+)" href="{HREF}([^"]+)">', shown._repr_mimebundle_()[DATA_TABLE])
    assert found
    return found[1], list(csv.reader(io.StringIO(base64.b64decode(found[2]).decode("utf-8-sig"), newline="")))


def test_the_data_behind_a_chart_can_be_saved(bureau: Bureau) -> None:
    shown = figure(charts.tiers(view(bureau)))
    name, rows = saved(shown)
    assert name == "各处室年度得分、名次与档次 2023年.csv"
    assert rows == [["处室", "得分", "档次"], ["甲处", "97.00", "A"], ["乙处", "94.00", "B"], ["丙处", "90.00", "C"]]
    assert [list(row) for row in shown.data.rows] == rows[1:]


def test_saved_cells_are_numbers_or_harmless() -> None:
    table = Table("t", ["=a", "n"], [["=1+1", "−1,234.50"], ["@x\r=2", "12,000.00"], ["−5", ""]], frozenset({1}))
    text = table.csv()
    assert text.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""))) == [["'=a", "n"], ["'=1+1", "-1234.50"], ["'@x\n=2", "12000.00"], ["−5", ""]]


def test_a_file_name_takes_no_page_apart(bureau: Bureau) -> None:
    bureau.rows("divisions", division="D1")[0]["name"] = '"><b>/..'
    html = figure(charts.hours(view(bureau, division="D1")))._repr_mimebundle_()[DATA_TABLE]
    assert "<b>" not in html
    (name,) = re.findall('download="([^"]*)"', html)
    assert not set(name) & set('<>/"')


def test_long_headlines_are_folded_where_no_word_and_no_number_breaks() -> None:
    assert folded("甲处居首（97.00分），与末位丙处相差7.00分", 20) == ["甲处居首", "（97.00分），与末位", "丙处相差7.00分"]
    assert folded("First: A (97.00); last: B, 7.00 points behind", 20) == ["First: A (97.00);", "last: B, 7.00 points", "behind"]
    assert folded("", 20) == [""]


def test_a_very_long_name_does_not_take_the_headline(bureau: Bureau) -> None:
    bureau.rows("divisions", division="D1")[0]["name"] = "长" * 500
    title = figure(charts.tiers(view(bureau))).title
    assert title == f"{'长' * 17}…居首（97.00分），与末位丙处相差7.00分"


def test_the_rounds_of_the_public_evaluation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    shown = component_charts.survey(open_page("params/water-bureau.yaml", "2023"))
    page = open_page("params/water-bureau.yaml", "2023").page.beside
    whole = page["survey"][page["survey"]["stratum"] == ""]["mean"].to_list()
    gap = whole[-1] - whole[-2]
    alt.LayerChart.validate(dict(figure(shown).spec))
    assert figure(shown).title.startswith(f"2023年12月平均{whole[-1]:.2f}分，比上一轮{'高' if gap > 0 else '低'}{abs(gap):.2f}分，")
