"""What a page shows: escaped text, figures in three forms, sentences that carry the numbers of the sample."""

import json
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import altair as alt
import pytest
import vl_convert

from perfkit import assess, load_records, load_scheme
from perfkit.report import View, basis, charts, component_charts, components, key_points, tables
from perfkit.report.html import Figure, Table
from perfkit.report.view import number, open_page
from tests.conftest import PROJECT, SCHEME


@pytest.fixture(scope="module")
def month() -> View:
    return open_page(str(SCHEME), "2023-06", "规划管理处")


@pytest.fixture(scope="module")
def year() -> View:
    return open_page(str(SCHEME), "2023", "规划管理处")


def test_numbers() -> None:
    assert number(1507933.333) == "1,507,933.33"
    assert number(-7.5) == "−7.50"
    assert number(float("nan")) == number(None) == ""


def test_what_stands_in_a_record_is_shown_as_text() -> None:
    html = Table('<b>"题"</b>', ["<i>"], [["<script>alert(1)</script>"], ["=1+1"]])._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<b>" not in html
    assert "<i>" not in html
    assert ">=1+1<" in html


def said(view: View) -> str:
    """The key points as they are read, without where they lead."""
    return re.sub("<.*?>", "", key_points(view).html)


def test_key_points_of_a_month(month: View) -> None:
    """June: 25 + 35 + 25 + 15 points, the 15 missed without excuse: 92.5."""
    assert month.title == "规划管理处2023年6月绩效考核"
    text = said(month)
    assert "得分92.50，在8个处室中第4名，全局平均93.75。" in text
    assert "未完成1项，其中经局长认可0项；共扣7.50分。" in text


def test_key_points_of_a_year(year: View) -> None:
    text = said(year)
    assert "全年得分94.16，第2名，A档。" in text
    assert "评为先进处室。" in text


@pytest.mark.parametrize("chart", ["months", "tiers", "hours", "losses"])
def test_a_figure_is_chart_data_and_sentence(year: View, chart: str) -> None:
    figure = getattr(charts, chart)(year)
    assert isinstance(figure, Figure)
    bundle = figure._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.vegalite.v5+json", "application/vnd.perfkit.table+html", "text/plain"}
    spec = bundle["application/vnd.vegalite.v5+json"]
    assert spec["description"] == bundle["text/plain"]
    assert "<caption>" in bundle["application/vnd.perfkit.table+html"]
    assert vl_convert.vegalite_to_svg(spec, vl_version="5.21").startswith("<svg")


@pytest.mark.parametrize("chart", ["months", "tiers", "hours", "losses"])
def test_nothing_in_a_chart_measures_text(year: View, chart: str) -> None:
    spec = getattr(charts, chart)(year).spec
    assert spec["autosize"]["type"] == "none"
    assert set(spec["padding"]) == {"left", "right", "top", "bottom"}
    assert '"legend": {' not in json.dumps(spec)
    axis = spec["config"]["axis"]
    assert axis["minExtent"] == axis["maxExtent"]
    assert not axis["labelOverlap"]
    assert axis["labelLimit"] > 0


def test_a_name_without_room_is_cut_after_a_whole_character() -> None:
    """A Chinese character has 12 px, so 14 fit into 176; of 15 there are 13 and the ellipsis. A rare one has 16, a Latin letter 7."""
    assert charts.fitted("绩" * 14, 176) == "绩" * 14
    assert charts.fitted("绩" * 15, 176) == "绩" * 13 + "…"
    assert charts.fitted("𠮷" * 12, 176) == "𠮷" * 10 + "…"
    assert charts.fitted("a" * 26, 176) == "a" * 23 + "…"


@pytest.mark.parametrize("name", ["𠮷" * 40, "👩‍👩‍👧‍👦" * 20, "绩😀效" * 30, "W😀" * 30], ids=["rare", "family", "mixed", "wide"])
def test_a_long_name_of_rare_characters_is_drawn(name: str) -> None:
    chart = alt.Chart(alt.InlineData(values=[{"name": name, "at": 1}])).mark_bar().encode(x="at:Q", y=charts._names_axis([name]))
    drawn = vl_convert.vegalite_to_svg(chart.to_dict(), vl_version="5.21")
    assert f">{charts.fitted(name, charts.NAME)}<" in drawn
    assert charts.fitted(name, charts.NAME).endswith("…")


def ruled(view: View) -> list[tuple[float, str]]:
    """Where the chart of the year has its borders, and what they are called."""
    figure = charts.tiers(view)
    assert isinstance(figure, Figure)
    (rule,) = [layer["data"] for layer in figure.spec["layer"] if layer["mark"]["type"] == "rule"]
    rows = figure.spec["datasets"][rule["name"]] if "name" in rule else rule["values"]
    return [(row["at"], row["text"]) for row in rows]


def test_the_borders_of_a_year_are_half_way_between_scores_or_the_lowest_scores(year: View) -> None:
    assert ruled(year) == [(94.16, "B｜A"), (pytest.approx((86.97 + 86.67) / 2), "C｜B")]
    assert ruled(open_page(str(SCHEME), "2023", overrides={"tiers.method": "bands"})) == [(95, "A ≥ 95"), (85, "B ≥ 85")]
    far = {"tiers.method": "bands", "tiers.bands": {"A": 95, "B": 60}}
    assert ruled(open_page(str(SCHEME), "2023", overrides=far)) == [(95, "A ≥ 95")]  # the lowest score is 82.72


def test_the_items_of_a_month_add_up(month: View) -> None:
    table = tables.items(month)
    assert isinstance(table, Table)
    assert table.foot[2] == "100.00"
    assert table.foot[-1] == "7.50"
    assert [row[-1] for row in table.rows] == ["0.00", "0.00", "0.00", "7.50"]


@pytest.mark.parametrize(("scheme", "periods"), [("planning-bureau", ["2023", "2023-06"]), ("water-bureau", ["2023-Q2", "2023"])])
def test_the_lines_of_a_score_add_up_as_they_are_shown(scheme: str, periods: list[str]) -> None:
    """What stands in the column sums to its last row, which is the published score; the line of the rounding is no product."""
    for period in periods:
        whole = open_page(f"params/{scheme}.yaml", period)
        for division, score in zip(whole.page.divisions["division"], whole.page.divisions["score"], strict=True):
            table = tables.lines(open_page(f"params/{scheme}.yaml", period, division))
            assert isinstance(table, Table)
            shown = [Decimal(row[5].replace("−", "-")) for row in table.rows]
            assert sum(shown) == Decimal(table.foot[5]) == Decimal(str(score))
            assert {tuple(row[3:5]) for row in table.rows if row[1] == "四舍五入"} <= {("", "")}


def test_all_who_share_an_extreme_are_named() -> None:
    """June: 用地规划处 fell from 95 to 90 and 办公室 from 92.5 to 87.5; 办公室 and 政策法规处 lost 12.5 each."""
    words = re.sub("<[^>]+>", "", key_points(open_page(str(SCHEME), "2023-06")).html)
    assert "下降最多的是用地规划处、办公室（各−5.00分）。" in words
    assert "扣分最多的是办公室、政策法规处（各12.50分）。" in words
    assert "上升最多的是工程规划处（+12.50分）。" in words


def test_the_year_says_who_is_vetoed_and_how_a_tie_was_broken() -> None:
    words = re.sub("<[^>]+>", "", key_points(open_page(str(SCHEME), "2023")).html)
    assert "市政规划处被一票否决" in words
    assert "规划管理处、政策法规处同为94.16分，档次按人均绩效时间（多者优先）、扣分合计（少者优先）的顺序区分。" in words


def test_the_bureau_lists_what_the_result_rests_on() -> None:
    view = open_page(str(SCHEME), "2023", lang="en")
    assumptions = basis.assumptions(view)
    assert isinstance(assumptions, Table)
    words = [row[0] for row in assumptions.rows]
    assert len(words) == len(set(words)) > 15
    clauses = basis.clauses(view)
    assert isinstance(clauses, Table)
    assert {"2.4.3", "2.4.5", "2.4.7"} <= {row[0] for row in clauses.rows}


def test_a_page_of_an_experiment_says_what_changed() -> None:
    view = open_page(str(SCHEME), "2023-06", "规划管理处", overrides='{"components.monthly_plan.unexcused_loss": 0.25}')
    changes = basis.changes(view)
    assert isinstance(changes, Table)
    assert changes.rows[0][1:3] == ["0.25", "0.5"]
    assert "共扣3.75分" in said(view)


def test_indicators_of_one_title_are_two_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    """自身建设 stands in both parts of the township's plan; under one name its bars would be stacked to 190."""
    monkeypatch.chdir(Path(__file__).parents[2])
    figure = component_charts.first_level(open_page("params/township.yaml", "2023"))
    names = [row[0] for row in figure.data.rows]
    bars = [row["name"] for row in next(iter(figure.spec["datasets"].values()))]
    assert names.count("自身建设") == 2
    assert len(set(bars)) == len(bars) == 7


def test_a_correction_names_its_cell_in_words() -> None:
    bureau = open_page(str(SCHEME), "2023")
    decided, moved = basis.corrections(bureau), basis.moved(bureau)
    assert isinstance(decided, Table)
    assert isinstance(moved, Table)
    assert [row[1] for row in decided.rows] == ["计划事项 2023-09/村镇规划处/CZ-2309-03 完成度"]
    assert moved.numeric == {2, 3}


def test_what_is_empty_says_so_in_one_sentence() -> None:
    month = open_page(str(SCHEME), "2023-06", "监察室")
    said = tables.table(month, "appeals", month.page.appeals.iloc[:0], {"appeal": "text"})._repr_html_()
    assert said == '<p id="appeals">申诉登记：没有记录。</p>\n'


def test_the_longest_spell_has_no_zeros() -> None:
    away = tables.away(open_page(str(SCHEME), "2023"))
    assert isinstance(away, Table)
    spells = {row[0]: row[-1] for row in away.rows}
    assert (spells["王向禾"], spells["秦望石"], spells["张知泉"]) == ("5天", "4个月", "10天")


def test_a_headline_has_room_above_what_is_drawn_over_the_plot(year: View) -> None:
    """The names of the tier borders stand above the plot, and push the headline up by a line."""
    tiers, months = charts.tiers(year), charts.months(year)
    assert isinstance(tiers, Figure)
    assert isinstance(months, Figure)
    assert tiers.spec["padding"]["top"] - charts.LINE == months.spec["padding"]["top"]


def test_a_goal_that_was_not_reported_again_says_of_which_period_its_result_is() -> None:
    """Y03-1: 8 of 12 waterworks by the end of September, and nothing in the fourth quarter."""
    records = load_records(PROJECT / "data" / "water-bureau")
    rows = records["indicator_results"]
    silent = rows[~((rows["indicator"] == "Y03-1") & (rows["period"] == "2023-Q4"))]
    result = assess(load_scheme(PROJECT / "params" / "water-bureau.yaml"), replace(records, tables={**records.tables, "indicator_results": silent}), "2023")
    shown = components.goals(View(result.page("2023"), "zh"))
    assert isinstance(shown, Table)
    reached = {row[0]: row[shown.heads.index("完成值")] for row in shown.rows}
    assert reached["Y03-1"] == "8处（2023年第3季度）"
    assert [name for name, cell in reached.items() if "（" in str(cell)] == ["Y03-1"]
