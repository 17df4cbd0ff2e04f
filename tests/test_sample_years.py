"""The sample years of the water bureau and the township, assessed: every number is worked out by hand in their READMEs or beside the test."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from perfkit import assess, load_records, load_scheme
from perfkit.assessment import Assessment
from perfkit.fit import notices
from perfkit.problems import UsageError
from perfkit.report import components, key_points
from perfkit.report.html import Html
from perfkit.report.view import View
from perfkit.workbook.jobs import Settings, jobs_of
from tests.conftest import PROJECT


@pytest.fixture(scope="module")
def water() -> Assessment:
    return assess(load_scheme(PROJECT / "params/water-bureau.yaml"), load_records(PROJECT / "data/water-bureau"), "2023")


@pytest.fixture(scope="module")
def township() -> Assessment:
    return assess(load_scheme(PROJECT / "params/township.yaml"), load_records(PROJECT / "data/township"), "2023")


def scores(result: Assessment) -> dict[str, float]:
    """Division → score."""
    return dict(zip(result.divisions["division"], result.divisions["score"], strict=True))


def goal(result: Assessment, indicator: str) -> pd.Series:
    """The row of one indicator."""
    return result.beside["indicators"].set_index("indicator").loc[indicator]


def under(result: Assessment, **settings: object) -> Assessment:
    """The same year with other parameters of the components: ``survey__weight=0.2``."""
    changes = {f"components.{name.replace('__', '.')}": value for name, value in settings.items()}
    return assess(result.scheme.changed(changes), result.records, "2023")


def sums_of_lines(result: Assessment) -> dict[str, float]:
    """Subject → the sum of its lines, those of the year's scores."""
    own = result.ledger[(result.ledger["period"] == "2023") & (result.ledger["measure"] == "score")]
    return own.groupby("subject")["value"].sum().to_dict()


class TestWaterBureau:
    def test_the_bureau_s_score(self, water: Assessment) -> None:
        """0.60 × 93.307 + 0.40 × 96 = 94.3842; the survey's 77.47 stands beside it."""
        assert water.bureau.to_dict("records") == [{"period": "2023", "indicators": 94.38, "survey": 77.47, "score": 94.38}]
        assert len(water.open) == 0

    @pytest.mark.parametrize("weights", [(1.0, 0.0), (0.9, 0.1)])
    def test_an_open_indicator_leaves_the_bureau_s_score_open(self, weights: tuple[float, float], tmp_path: Path) -> None:
        """Without the grade of Y05's progress its score, its part's and the bureau's are open; the survey's 77.47 does not take their place."""
        data = tmp_path / "records"
        shutil.copytree(PROJECT / "data/water-bureau", data)
        results = pd.read_csv(data / "indicator_results.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
        results.loc[(results["indicator"] == "Y05") & (results["period"] == "2023"), "progress"] = ""
        results.to_csv(data / "indicator_results.csv", index=False, encoding="utf-8-sig")
        rules = {"components.indicators.weight": weights[0], "components.survey.weight": weights[1]}
        found = assess(load_scheme(PROJECT / "params/water-bureau.yaml", set=rules), load_records(data), "2023")
        assert found.bureau["survey"].to_list() == [77.47]
        assert found.bureau[["indicators", "score"]].isna().all(axis=None)
        assert found.ledger[found.ledger["subject"] == "water-bureau"].empty
        assert [goal(found, each)["score"] for each in ("Y04", "XZ")] == [93.88, 96.0]
        assert np.isnan([goal(found, each)["score"] for each in ("Y05", "YW")]).all()
        assert found.open["question"].to_list() == ["indicator_progress_missing"]
        assert "94.38" not in key_points(View(found.page("2023"), "zh")).html

    def test_first_level_indicators(self, water: Assessment) -> None:
        """The README's table; published to two decimals, 93.875 and 90.625 halves up."""
        own = water.beside["indicators"].set_index("indicator")["score"]
        assert own[["Y01", "Y02", "Y03", "Y04", "Y05", "Y06", "Y07", "Y08", "Y09", "Y10"]].to_list() == [
            95.74, 93.48, 95.8, 93.88, 95.15, 90.63, 91, 93, 97.4, 87,
        ]  # fmt: skip
        assert own[["X1", "X2", "X3", "X4", "YW", "XZ"]].to_list() == [96, 95, 95, 98, 93.31, 96]

    def test_both_names_of_the_city_s_plan_and_the_four_contents(self, water: Assessment) -> None:
        given = water.scheme.spec.bureau
        assert given.based_on.value == ["年度政府及部门绩效管理考评方案", "年度政府及其部门绩效管理工作方案"]
        assert given.contents.value == ["重大决策部署", "年度工作任务和指标", "群众切身利益", "部门自身建设"]

    def test_a_weight_for_the_survey(self, water: Assessment) -> None:
        """0.8 × 94.38 + 0.2 × 77.47 = 75.504 + 15.494 = 90.998; of divisions the survey says nothing."""
        weighed = under(water, indicators__weight=0.8, survey__weight=0.2)
        assert weighed.bureau["score"].to_list() == [91.0]
        assert scores(weighed) == scores(water)

    def test_as_many_indicators_and_goals_as_the_plan_says(self, water: Assessment) -> None:
        found = water.beside["indicator_counts"].set_index(["part", "kind"])
        assert found["found"].to_dict() == {
            ("business", "first_level"): 10, ("business", "goals"): 39, ("administrative", "first_level"): 4, ("administrative", "goals"): 12,
        }  # fmt: skip
        assert found["planned"].to_list() == pytest.approx([10, 39, 4, np.nan], nan_ok=True)
        assert found["fits"].all()

    def test_a_division_is_its_own_goals(self, water: Assessment) -> None:
        """建设管理科: Y04-1 to Y04-4 weigh 0.6 × 1/10 × 1/4 each, Y09-3 and Y10-1 0.6 × 1/10 × 1/3: (0.015 × 395 + 0.02 × 200) ÷ 0.1 = 99.25.

        农村水利科: Y03 of five goals, Y06 of four: (0.012 × 485 + 0.015 × 385) ÷ 0.12 = 96.625. 水土保持科: three goals, all reached.
        """
        own = scores(water)
        assert [own[name] for name in ("建设管理科", "农村水利科", "水土保持科")] == [99.25, 96.63, 100]

    def test_divisions_are_ranked(self, water: Assessment) -> None:
        ranks = dict(zip(water.divisions["division"], water.divisions["rank"], strict=True))
        assert (ranks["水土保持科"], ranks["建设管理科"]) == (1, 2)
        assert sorted(ranks.values()) == list(range(1, 9))

    def test_progress_and_innovation_are_of_the_year(self, water: Assessment) -> None:
        """At the end of September nobody has graded them and nothing is open: 水厂 8 of 12, leakage and the rest as they stand."""
        autumn = water.at("2023-Q3")
        assert set(autumn.beside["indicator_grades"]["aspect"]) == {"completion"}
        assert len(autumn.open) == 0
        assert set(water.beside["indicator_grades"]["aspect"]) == {"completion", "progress", "innovation"}

    def test_a_goal_behind_and_one_overdue_in_june(self, water: Assessment) -> None:
        """Y03-1: 181/334 − 4/12; Y06-2: 1 − 378/420; nothing else."""
        rows = water.at("2023-Q2").beside["indicators"]
        late = rows[rows["behind"] > 1e-9].set_index("indicator")
        assert late["behind"].to_dict() == pytest.approx({"Y03-1": 20.86, "Y06-2": 10}, abs=0.005)
        assert late["overdue"].to_dict() == {"Y03-1": False, "Y06-2": True}
        assert goal(water.at("2023-Q3"), "Y03-1")["behind"] == pytest.approx(15.07, abs=0.005)

    def test_above_target_and_less_is_better(self, water: Assessment) -> None:
        assert goal(water, "Y01-1")[["uncapped", "score"]].to_list() == pytest.approx([110, 100])
        assert goal(water, "Y04-4")[["uncapped", "score"]].to_list() == pytest.approx([125, 100])
        assert goal(water, "Y03-4")["score"] == 96
        assert goal(water, "Y01-4")[["score", "source"]].to_list() == [90, "given"]

    def test_self_scores_beside_verified_ones(self, water: Assessment) -> None:
        assert goal(water, "X2-2")[["self_score", "verified_score", "difference", "score"]].to_list() == [98, 92, -6, 92]
        rows = water.beside["indicators"]["difference"].dropna()
        assert ((rows < 0).sum(), (rows == 0).sum(), (rows > 0).sum()) == (7, 4, 1)

    def test_the_rounds_and_the_year(self, water: Assessment) -> None:
        """July 76.60, December 78.3417, their mean 77.4708."""
        rows = water.beside["survey"]
        whole = rows[rows["stratum"] == ""].set_index("round")
        assert whole["mean"].to_dict() == pytest.approx({"2023-07": 76.6, "2023-12": 78.341667})
        assert whole["n"].to_dict() == {"2023-07": 485, "2023-12": 497}
        assert under(water, survey__combine="last").bureau["survey"].to_list() == [78.34]
        assert water.at("2023-Q3").bureau["survey"].to_list() == [76.6]
        assert "survey" not in water.at("2023-Q2").bureau

    def test_strata_from_round_to_round(self, water: Assessment) -> None:
        """企业 70 to 80, each with an error of 1.2076; 社区居民 80 to 80.5, with 0.9839 and 0.9621."""
        rows = water.beside["survey"].set_index(["stratum", "round"])
        assert rows.loc["企业", "mean"].to_list() == [70, 80]
        assert rows.loc["企业", "se"].to_list() == pytest.approx([1.2076, 1.2076], abs=0.00005)
        assert rows.loc["社区居民", "mean"].to_list() == [80, 80.5]
        assert rows.loc["社区居民", "se"].to_list() == pytest.approx([0.9839, 0.9621], abs=0.00005)

    def test_a_stratum_with_one_return(self, water: Assessment) -> None:
        """用水户协会 had one return in July: its mean counts, the round's error is not known and so not whether December is better."""
        rows = water.beside["survey"].set_index(["stratum", "round"])
        assert rows.loc[("用水户协会", "2023-07"), ["n", "mean", "flag"]].to_list() == [1, 60, "one_return"]
        assert np.isnan(rows.loc[("", "2023-07"), "se"])
        (change,) = water.beside["survey_change"].to_dict("records")
        assert change["difference"] == pytest.approx(78.341667 - 76.6)
        assert change["exceeds_error"] is None
        (warned,) = water.beside["survey_warnings"].to_dict("records")
        assert (warned["kind"], warned["round"], warned["stratum"], warned["found"], warned["needed"]) == ("few_returns", "2023-07", "用水户协会", 1, 2)

    def test_the_design_of_a_round(self, water: Assessment) -> None:
        """600 of 12,000: one in twenty of each stratum, and so it was in both rounds."""
        rows = water.beside["survey_design"].set_index("stratum")
        for column in ("planned", "2023-07", "2023-12"):
            assert rows[column].to_dict() == (rows["population"] / 20).to_dict()

    def test_names_used_and_answered(self, water: Assessment) -> None:
        """企业 in July: 100 names and 10 replacements, 2 of them ineligible, 80 complete: 80 ÷ 108."""
        rows = water.beside["survey_rates"].set_index(["round", "stratum"])
        assert rows["main"].groupby(level="round").sum().to_dict() == {"2023-07": 600, "2023-12": 600}
        assert rows.loc[("2023-07", "企业"), ["main", "replacements", "ineligible", "complete"]].to_list() == [100, 10, 2, 80]
        assert rows.loc[("2023-07", "企业"), "rate"] == pytest.approx(80 / 108)
        modes = water.beside["survey_parts"].query("kind == 'mode'").set_index(["round", "part"])["n"]
        assert modes.to_dict() == {("2023-07", "phone"): 389, ("2023-07", "visit"): 96, ("2023-12", "phone"): 399, ("2023-12", "visit"): 98}

    def test_a_round_that_is_due_and_not_held(self, water: Assessment) -> None:
        tables = {**water.records.tables, "survey_responses": water.records["survey_responses"].query("round != '2023-12'")}
        kept = type(water.records)(**{**vars(water.records), "tables": tables})
        found = assess(water.scheme, kept, "2023")
        assert found.open[["question", "options"]].to_numpy().tolist() == [["survey_round_missing", "2023-12"]]
        assert found.bureau["survey"].to_list() == [76.6]

    def test_visits_by_aspect(self, water: Assessment) -> None:
        """18 open and 12 covert visits; CF-17 is one of the findings of conduct."""
        rows = water.beside["inspection_counts"]
        assert rows[["visits", "covert", "findings"]].sum().to_list() == [30, 12, 12]
        assert rows["aspect"].to_list() == ["rules", "conduct", "efficiency", "duties"]

    def test_a_covert_visit_that_was_not_circulated(self, water: Assessment) -> None:
        internal, public = (result.beside["inspections"].set_index("inspection") for result in (water, water.public()))
        assert internal.at["CF-17", "effect"] == "pending"
        assert "CF-17" not in public.index
        assert "CF-02" in public.index  # covert and circulated
        assert not public["finding"].str.contains("接听电话").any()
        counts = water.public().beside["inspection_counts"].set_index("aspect")["findings"]
        assert counts["conduct"] == water.beside["inspection_counts"].set_index("aspect").at["conduct", "findings"] - 1

    def test_deductions_for_what_was_found(self, water: Assessment) -> None:
        """办公室 0.5 + 2; 建设管理科 0.5, for CF-17 is not circulated; 水土保持科 2 + 1 + 2; 水资源科 nothing."""
        found = under(water, inspection__use="deduction")
        own = found.divisions.set_index("division")
        assert own.loc[["办公室", "建设管理科", "水土保持科", "水资源科"], "inspection"].to_list() == [-2.5, -0.5, -5, 0]
        assert own.loc[["建设管理科", "水土保持科"], "score"].to_list() == [98.75, 95]
        assert found.bureau["score"].to_list() == [94.38]

    def test_the_gate_costs_no_points(self, water: Assessment) -> None:
        """It marks the eleven findings that were circulated, all of which have points."""
        found = under(water, inspection__use="gate")
        assert scores(found) == scores(water)
        assert (found.beside["inspections"]["effect"] == "gate").sum() == 11

    def test_approvals_in_time(self, water: Assessment) -> None:
        rows = water.beside["approvals"]
        assert rows[["matter", "step"]].to_numpy().tolist() == [
            ["goals", "settled"], ["goals", "submitted"], ["goals", "published"], ["plan", "settled"], ["plan", "submitted"], ["plan", "approved"],
            ["report", "submitted"], ["evidence", "submitted"],
        ]  # fmt: skip
        assert rows["due"].dropna().to_list() == [pd.Timestamp("2024-01-10"), pd.Timestamp("2024-02-29")]
        assert rows["on"].to_list()[-2:] == [pd.Timestamp("2024-01-09"), pd.Timestamp("2024-02-27")]
        assert not rows["late"].any()

    def test_measures_done_late_and_not_yet_due(self, water: Assessment) -> None:
        states = water.guidance.set_index("measure")["state"]
        assert states.to_dict() == {**{f"ZG-0{number}": "done" for number in (1, 2, 3, 5, 6, 7)}, "ZG-04": "done_late", "ZG-08": "pending", "ZG-09": "pending"}
        for period in ("2023-Q2", "2023-H1", "2023-H2"):
            assert len(water.page(period).guidance) == 9

    def test_the_reports_of_a_year(self, water: Assessment) -> None:
        """Four quarters, two half-years, one year; of each one for the bureau and eight for its divisions."""
        jobs = jobs_of(Settings("params/water-bureau.yaml", "2023"), water.divisions["division"].to_list(), water.scheme.spec.bureau.reports.value)
        assert list(dict.fromkeys(job.period for job in jobs)) == ["2023-Q1", "2023-Q2", "2023-Q3", "2023-Q4", "2023-H1", "2023-H2", "2023"]
        assert len(jobs) == 7 * 9
        with pytest.raises(UsageError, match="2023-06"):
            assess(water.scheme, water.records, "2023-06")

    @pytest.mark.parametrize("period", ["2023-Q1", "2023-Q2", "2023-H1", "2023-Q3", "2023-Q4", "2023-H2", "2023"])
    def test_no_person_in_the_public_edition(self, water: Assessment, period: str) -> None:
        public = water.public().at(period)
        people = water.records["staff"]
        known = {*people["staff"], *people["name"]}
        for name, table in {**public.beside, "guidance": public.guidance, "divisions": public.divisions, "open": public.open}.items():
            assert {"person", "owner", "staff"}.isdisjoint(table.columns), name
            assert not table.astype(str).isin(known).any(axis=None), name
        assert {"person"} <= set(water.beside["indicators"].columns)

    def test_every_score_is_the_sum_of_its_lines(self, water: Assessment) -> None:
        sums = sums_of_lines(water)
        assert {name: sums[name] for name in scores(water)} == pytest.approx(scores(water))
        assert sums["water-bureau"] == pytest.approx(94.38)
        assert water.checks["holds"].all()

    def test_an_unsigned_year_is_a_draft(self, water: Assessment) -> None:
        assert water.state().name == "draft"


class TestTownship:
    def test_its_score(self, township: Assessment) -> None:
        """0.5 × (89 + 92 + 89 + 95) ÷ 4 + 0.5 × (93 + 86 + 95) ÷ 3 = 91.2917."""
        assert township.bureau.to_dict("records") == [{"period": "2023", "indicators": 91.29, "score": 91.29}]
        own = township.beside["indicators"].set_index("indicator")["score"]
        assert own[["L1", "L2", "L3", "L4", "S1", "S2", "S3", "L", "S"]].to_list() == [89, 92, 89, 95, 93, 86, 95, 91.25, 91.33]

    def test_divisions_are_ranked_and_nobody_is_paid(self, township: Assessment) -> None:
        """社会事务办公室: L2-1 and L2-2, 90 and 94. 党政综合办公室: L4 (95, 93, 97) a 24th each, S1-1, S3-1, S3-2 (94, 96, 94) a 12th each: 94.7778."""
        assert (scores(township)["社会事务办公室"], scores(township)["党政综合办公室"]) == (92, 94.78)
        assert dict(zip(township.divisions["division"], township.divisions["rank"], strict=True))["党政综合办公室"] == 1
        assert (len(township.payouts), len(township.staff)) == (0, 0)

    def test_self_scores_beside_verified_ones(self, township: Assessment) -> None:
        assert goal(township, "L1-4")[["self_score", "verified_score", "difference", "score"]].to_list() == [95, 86, -9, 86]
        assert goal(township, "S3-1")[["self_score", "verified_score", "difference"]].to_list() == [95, 96, 1]

    def test_a_goal_that_was_not_verified(self, township: Assessment) -> None:
        """L3-1 in June: 28 of 40 houses are 70; what was reached goes before the self score of 85, which is shown."""
        found = goal(township.at("2023-Q2"), "L3-1")
        assert found[["self_score", "score", "source"]].to_list() == [85, 70, "measured"]
        assert np.isnan(found["verified_score"])

    def test_a_goal_behind_in_june(self, township: Assessment) -> None:
        """L3-2 has 8 of 18 km, and 181 of 334 days are gone."""
        found = goal(township.at("2023-Q2"), "L3-2")
        assert found[["result", "target"]].to_list() == [8, 18]
        assert 100 * found["elapsed"] - found["uncapped"] == pytest.approx(9.75, abs=0.005)

    def test_one_title_in_both_parts_is_told(self, township: Assessment, water: Assessment) -> None:
        (found,) = [each for each in notices(township.scheme, township.records) if each.key == "counted_twice"]
        assert (found.file, found.line, found.values["title"], found.values["indicators"]) == ("indicators.csv", 17, "自身建设", ("L4", "S3"))
        assert "自身建设" in found.text("zh")
        assert "L4、S3" in found.text("zh")
        assert notices(water.scheme, water.records) == []

    def test_the_first_page_says_that_weights_were_chosen(self, township: Assessment, water: Assessment) -> None:
        said = components.chosen_weights(View(township.page("2023"), "zh"))
        assert "各部分权重" in str(said.html if isinstance(said, Html) else said)
        assert components.chosen_weights(View(water.page("2023"), "zh")) == Html("")

    def test_a_goal_of_lower_costs_counts_like_others(self, township: Assessment) -> None:
        """L4-2, 压减公用经费: half of the whole, a fourth of it, a third of that."""
        assert goal(township, "L4-2")["title"] == "压减公用经费"
        assert goal(township, "L4-2")["score"] == 93
        line = township.ledger[(township.ledger["subject"] == "township") & (township.ledger["item"] == "L4-2")]
        assert line["weight"].to_list() == pytest.approx([1 / 24])

    def test_every_score_is_the_sum_of_its_lines(self, township: Assessment) -> None:
        sums = sums_of_lines(township)
        assert {name: sums[name] for name in scores(township)} == pytest.approx(scores(township))
        assert sums["township"] == pytest.approx(91.29)

    def test_an_unsigned_year_is_a_draft(self, township: Assessment) -> None:
        assert township.state().name == "draft"
