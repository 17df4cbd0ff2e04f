"""The comparison as a reader sees it: the bureau of conftest with softer shares and steeper coefficients, worked in tests/whatif."""

import json
from typing import Any

import pytest
import vl_convert

from perfkit.language import Lang
from perfkit.report import comparison, comparison_charts, comparison_points, comparison_text
from perfkit.report.comparison import ComparisonView, Told, open_comparison, viewed
from perfkit.report.html import Figure, Html, Table
from perfkit.report.plain import aligned, cut, width
from perfkit.scheme import load_scheme
from tests.conftest import MONTHS as PERIODS
from tests.conftest import PROJECT, SCHEME, Bureau
from tests.whatif.scenarios import APPRAISAL, FACTORS, MONTHS, SHARES, plan

STEEP = {SHARES: {"A": 0.6, "B": 0.2, "C": 0.2}, FACTORS: {"A": 1.3, "B": 1.0, "C": 0.8}}
WEIGHTS = {MONTHS: 0.7, APPRAISAL: 0.3}
SEVEN = {**STEEP, **WEIGHTS, "excellent.rounding": "ceil", "tiers.rounding": "half_up", "veto.effect": "drop"}


def seen(bureau: Bureau, *changes: dict[str, Any], period: str = "2023", edition: str = "internal", lang: Lang = "zh", division: str = "") -> ComparisonView:
    for month in PERIODS:
        bureau.work("M2", month, 152)
    return viewed(bureau.assess(period), [plan().changed(each) for each in changes], division, edition, lang)


def table_of(shown: object) -> Table:
    found = shown.shown if isinstance(shown, Told) else shown
    assert isinstance(found, Table)
    return found


def everything(view: ComparisonView) -> str:
    """All that a page shows, as text."""
    parts = [comparison.scenarios, comparison.parameters, comparison.needs, comparison.divisions, comparison.transitions, comparison.movers,
             comparison.score_effects, comparison.cost_effects, comparison.cost, comparison.cost_by_tier, comparison.bands, comparison.people,
             comparison.open_questions, comparison_points.key_points]  # fmt: skip
    figure = comparison_charts.places(view)
    chart = json.dumps(figure._repr_mimebundle_(), ensure_ascii=False) if isinstance(figure, Figure) else figure.html
    return "\n".join([*(part(view)._repr_html_() for part in parts), chart, comparison_text.text(view)])


def test_key_points(bureau: Bureau) -> None:
    """甲 3600 + 3000 + 2000 more, 乙 10800 + 11200 + 6000, 丙 12000 + 4000, the leader 6400: 59000 in all, for all nine."""
    lines = comparison_points.sentences(seen(bureau, STEEP))
    assert lines[0] == "2个处室换档：乙处 B→A（各档处室比例）、丙处 C→B（各档处室比例）。"
    assert lines[1] == "2人的等次有变化。"
    assert lines[2].startswith("兑现总额增加59,000.00元")
    assert lines[3] == "9人增加，0人减少，0人不变。"
    assert lines[4] == "增加最多的是丙处长，12,000.00元。"
    assert len(lines) == 5


def test_the_matrix_has_a_row_a_tier_before_and_a_column_a_tier_after(bureau: Bureau) -> None:
    matrix = table_of(comparison.transitions(seen(bureau, STEEP)))
    assert matrix.heads == ["方案＼试算", "试算 A档", "试算 B档", "试算 C档"]
    assert matrix.rows == [["方案 A档", "1：甲处", "–", "–"], ["方案 B档", "▲ 1：乙处", "–", "–"], ["方案 C档", "–", "▲ 1：丙处", "–"]]


def test_movers_name_the_parameter_and_its_clause(bureau: Bureau) -> None:
    movers = table_of(comparison.movers(seen(bureau, STEEP)))
    assert movers.rows == [
        ["乙处", "档次", "B", "A", "各档处室比例", "2.4.3"],
        ["丙处", "档次", "C", "B", "各档处室比例", "2.4.3"],
        ["乙一", "等次", "称职", "优秀", "各档处室比例", "2.4.3"],
        ["丙处长", "等次", "称职", "优秀", "各档处室比例", "2.4.3"],
    ]


def test_divisions_show_one_value_where_nothing_changes(bureau: Bureau) -> None:
    divisions = table_of(comparison.divisions(seen(bureau, STEEP, division="乙处")))
    assert divisions.rows[1][:5] == ["乙处", "94.00", "2", "B→A", "1.00→1.30"]
    assert divisions.rows[1][-1] == "+28,000.00"
    assert divisions.marked == 1


def test_parameters_stand_side_by_side(bureau: Bureau) -> None:
    shown = table_of(comparison.parameters(seen(bureau, {FACTORS: STEEP[FACTORS]}, WEIGHTS, lang="en")))
    assert {row[0] for row in shown.rows} == {"Weight of monthly performance", "Weight of the public appraisal", "Division coefficient of each tier"}
    own = next(row for row in shown.rows if row[0] == "Division coefficient of each tier")
    assert own[1].startswith("2.4.5 ")
    assert own[2:] == ["Tier A 1.2, Tier B 1, Tier C 0.8", "Tier A 1.3, Tier B 1, Tier C 0.8", "–"]
    weight = next(row for row in shown.rows if row[0] == "Weight of monthly performance")
    assert weight[1:] == ["Assumption", "0.8", "–", "0.7"]


def test_effects_sum_in_their_last_row(bureau: Bureau) -> None:
    """Scores by the two weights together: 97 → 95.5, 94 → 91, 90 → 85; payments of STEEP, see tests/whatif."""
    scores = table_of(comparison.score_effects(seen(bureau, WEIGHTS)))
    assert scores.rows == [["月度绩效权重 + 群众评议权重", "−1.50", "−3.00", "−5.00"], ["合计", "−1.50", "−3.00", "−5.00"]]


def test_effects_on_cost(bureau: Bureau) -> None:
    """Shares: 乙 20000, 丙 16000, leader 4266.67; coefficients: 甲 8600, leader 1066.67; both: 乙 8000, leader 1066.66."""
    cost = table_of(comparison.cost_effects(seen(bureau, STEEP)))
    assert cost.rows == [
        ["各档处室比例", "6", "+40,266.67", "–", "+40,266.67"],
        ["各档处室系数", "4", "+9,666.67", "–", "+9,666.67"],
        ["各档处室比例 + 各档处室系数", "4", "+9,066.66", "–", "+9,066.66"],
    ]
    assert cost.foot == ["合计", "", "", "", "+59,000.00"]


def test_what_cannot_stand_alone_says_what_it_needs(bureau: Bureau) -> None:
    needs = table_of(comparison.needs(seen(bureau, WEIGHTS)))
    assert [row[:2] for row in needs.rows] == [["月度绩效权重", "群众评议权重"], ["群众评议权重", "月度绩效权重"]]
    assert needs.rows[0][2] == "各组成部分的 weight 之和是 0.9，应当是 1。"


def test_several_scenarios_are_told_apart_in_every_table(bureau: Bureau) -> None:
    view = seen(bureau, STEEP, WEIGHTS)
    tables = (comparison.divisions, comparison.transitions, comparison.movers, comparison.cost, comparison.cost_by_tier, comparison.bands, comparison.people)
    for part in tables:
        assert table_of(part(view)).heads[0] == "试算"
        assert not table_of(part(view)).foot


def test_too_many_changes_are_said_in_words_and_spoil_no_other_scenario(bureau: Bureau) -> None:
    view = seen(bureau, SEVEN, STEEP)
    told = comparison.movers(view)
    assert "改动了 7 个参数" in told.words[0]
    assert {row[1] for row in table_of(told).rows} == {"乙处", "丙处", "乙一", "丙处长"}
    alone = seen(bureau, SEVEN)
    for part in (comparison.movers, comparison.score_effects, comparison.cost_effects):
        found = part(alone)
        assert found.shown is None
        assert "改动了 7 个参数" in found.words[0]
    assert "改动了 7 个参数" in everything(alone)
    assert comparison_points.sentences(alone)[0].startswith("2个处室换档：乙处 B→A、丙处 C→B")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_public_edition_shows_neither_people_nor_money(bureau: Bureau, lang: Lang) -> None:
    people = [row["name"] for row in bureau.tables["staff"]] + [row["staff"] for row in bureau.tables["staff"]]
    inside = everything(seen(bureau, STEEP, lang=lang))
    outside = everything(seen(bureau, STEEP, WEIGHTS, edition="public", lang=lang))
    assert {name for name in people if name in inside} >= {"乙一", "丙处长"}
    assert not [name for name in people if name in outside]
    assert not [word for word in ("28,000", "43200", "59,000", "兑现总额增加", "yuan (") if word in outside]
    assert "乙处" in outside


@pytest.mark.parametrize("edition", ["internal", "public"])
def test_a_month_has_no_tiers(bureau: Bureau, edition: str) -> None:
    """乙 misses June: 50, with a loss of 25% 75 points; 甲 and 丙 have 100."""
    bureau.miss("D2", "2023-06")
    view = seen(bureau, {"components.monthly_plan.unexcused_loss": 0.25}, period="2023-06", edition=edition)
    assert isinstance(comparison.transitions(view), Html)
    heads = table_of(comparison.divisions(view)).heads
    assert heads[:3] == ["处室", "得分", "名次"]
    assert "档次" not in heads
    assert comparison_points.sentences(view)[:2] == ["3个处室的名次都不变。", "1个处室的得分有变化，最大的是乙处（+25.00分）。"]
    assert "这个期间不分档次" in everything(view)
    figure = comparison_charts.places(view)
    assert isinstance(figure, Figure)
    assert figure.title == "3个处室的位次都不变"


def test_no_scenario_is_a_page_too() -> None:
    view = open_comparison(str(SCHEME), "2023-06")
    assert "没有改动任何参数" in everything(view)


def test_the_example_scenarios_call_themselves_examples() -> None:
    for name in ("more-appraisal", "softer-tiers"):
        file = PROJECT / f"params/what-if/{name}.yaml"
        scheme = load_scheme(SCHEME, file)
        assert "示例" in scheme.scenario_title("zh")
        assert "example" in scheme.scenario_title("en")
        assert "author: 绩效办" in file.read_text(encoding="utf-8")


class TestTheChart:
    @pytest.fixture
    def figure(self, bureau: Bureau) -> Figure:
        figure = comparison_charts.places(seen(bureau, STEEP, WEIGHTS, {SHARES: STEEP[SHARES]}))
        assert isinstance(figure, Figure)
        return figure

    def test_it_draws_and_says_what_it_draws(self, figure: Figure) -> None:
        assert vl_convert.vegalite_to_svg(dict(figure.spec), vl_version="5.21").startswith("<svg")
        assert "乙处 94.00 B→94.00 A→91.00 B→94.00 A、" in figure.text
        assert figure.data.rows[1] == ["乙处", "94.00 B", "94.00 A", "91.00 B", "94.00 A"]

    def test_nothing_in_it_measures_text(self, figure: Figure) -> None:
        spec = json.dumps(figure.spec)
        assert figure.spec["autosize"]["type"] == "none"
        assert '"limit"' not in spec.replace('"limit": 1280', "")
        assert '"legend": {' not in spec

    def test_lines_follow_the_stages(self, figure: Figure) -> None:
        assert figure.spec["layer"][0]["encoding"]["order"]["field"] == "position"


class TestPlainText:
    def test_a_chinese_character_takes_two_columns(self) -> None:
        assert (width("abc"), width("甲处"), width("A档：")) == (3, 4, 5)
        assert cut("甲乙丙丁", 5) == "甲乙…"
        assert cut("甲乙丙丁", 8) == "甲乙丙丁"

    def test_columns_line_up(self) -> None:
        text = aligned(Table("题", ["处室", "金额"], [["甲处", "1.00"], ["abc", "12,345.00"]], frozenset({1}), ["合计", "12,346.00"]))
        assert text.splitlines() == ["题", "处室       金额", "-" * 15, "甲处       1.00", "abc   12,345.00", "-" * 15, "合计  12,346.00"]
