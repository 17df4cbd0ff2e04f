"""The sample years of the water bureau and the township against their own descriptions: numbers worked out by hand in the READMEs."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from perfkit import load_records
from perfkit.fit import rounds_in_other_months
from perfkit.records import Records
from tests.conftest import PROJECT

WATER, TOWNSHIP = PROJECT / "data" / "water-bureau", PROJECT / "data" / "township"


@pytest.fixture(scope="module")
def water() -> Records:
    return load_records(WATER)


@pytest.fixture(scope="module")
def township() -> Records:
    return load_records(TOWNSHIP)


def quarters(records: Records, indicator: str, column: str = "result") -> list[float]:
    rows = records["indicator_results"]
    rows = rows[(rows["indicator"] == indicator) & rows["period"].str.contains("Q")]
    assert rows["period"].to_list() == ["2023-Q1", "2023-Q2", "2023-Q3", "2023-Q4"]
    found: list[float] = rows[column].to_list()
    return found


def goals(records: Records) -> pd.DataFrame:
    """Indicators without others below them."""
    rows = records["indicators"]
    return rows[~rows["indicator"].isin(rows["parent"])].set_index("indicator")


def reached(records: Records, indicator: str) -> float:
    """Result against target at the year's end, in percent and not capped."""
    goal, result = goals(records).loc[indicator], quarters(records, indicator)[3]
    return float(100 * (result / goal["target"] if goal["direction"] == "up" else goal["target"] / result))


def behind(records: Records, period: str, on: str) -> dict[str, float]:
    """Goals that have reached less than the time from New Year to their date has passed: by how many points."""
    rows, results = goals(records), records["indicator_results"]
    last = results[results["period"] == period].set_index("indicator").reindex(rows.index)
    up = rows["direction"] == "up"
    done = (100 * (last["result"] / rows["target"]).where(up, rows["target"] / last["result"])).clip(upper=100).fillna(last["completion"])
    days = (pd.Timestamp(on) - pd.Timestamp("2022-12-31")).days / (rows["due"] - pd.Timestamp("2022-12-31")).dt.days
    short = 100 * days.clip(upper=1) - done
    return {str(name): value for name, value in short[short > 1e-9].items()}


class TestWaterBureau:
    def test_it_is_of_the_plan_s_size(self, water: Records) -> None:
        """Ten first-level indicators and 39 goals, four and (made up) twelve; each goal has an owner, a quarter's result each and its four fields."""
        rows = water["indicators"].set_index("indicator")
        assert rows.index[rows["parent"] == ""].to_list() == ["YW", "XZ"]
        first = rows[rows["parent"].isin(["YW", "XZ"])]
        assert first["part"].value_counts().to_dict() == {"business": 10, "administrative": 4}
        assert goals(water)["part"].value_counts().to_dict() == {"business": 39, "administrative": 12}
        assert (goals(water)[["division", "person"]] != "").all(axis=None)
        assert goals(water)["due"].dt.month.nunique() == 9
        results = water["indicator_results"]
        assert (results["period"] != "2023").sum() == 51 * 4
        graded = results[results["period"] == "2023"].set_index("indicator")
        assert graded.index.to_list() == first.index[:10].to_list()
        assert graded.loc["Y03", ["progress", "innovation"]].to_list() == [90, 80]
        assert len(water["divisions"]) == 8
        assert len(water["staff"]) == 41

    def test_the_owners_are_people_of_the_division(self, water: Records, township: Records) -> None:
        for records in (water, township):
            posts = records["postings"]
            homes = posts[posts["role"].isin(["head", "deputy", "member"])].set_index("staff")["division"]
            assert (goals(records)["person"].map(homes) == goals(records)["division"]).all()

    def test_a_goal_behind_and_one_overdue(self, water: Records) -> None:
        assert quarters(water, "Y03-1") == [4, 4, 8, 12]
        assert goals(water).loc["Y03-1", ["target", "due"]].to_list() == [12, pd.Timestamp("2023-11-30")]
        assert quarters(water, "Y06-2") == [252, 378, 399, 399]
        assert goals(water).loc["Y06-2", ["target", "due"]].to_list() == [420, pd.Timestamp("2023-05-31")]
        assert behind(water, "2023-Q1", "2023-03-31") == {}
        assert behind(water, "2023-Q2", "2023-06-30") == pytest.approx({"Y03-1": 20.86, "Y06-2": 10}, abs=0.005)  # 181/334 − 4/12, 1 − 378/420
        assert behind(water, "2023-Q3", "2023-09-30") == pytest.approx({"Y03-1": 15.07, "Y06-2": 5}, abs=0.005)  # 273/334 − 8/12, 1 − 399/420
        unfinished = behind(water, "2023-Q4", "2023-12-31")
        assert [name for name in unfinished if goals(water).at[name, "due"] < pd.Timestamp("2023-12-31")] == ["Y06-2"]

    def test_above_target_and_less_is_better(self, water: Records) -> None:
        assert reached(water, "Y01-1") == pytest.approx(110)
        assert reached(water, "Y04-4") == pytest.approx(125)
        assert reached(water, "Y03-4") == pytest.approx(96)
        assert (goals(water)["direction"] == "down").sum() == 8
        assert goals(water).index[goals(water)["target"].isna()].to_list() == ["Y01-4", "X1-1", "X4-3"]

    def test_scores_of_the_year_by_hand(self, water: Records) -> None:
        """0.90, 0.05 and 0.05 below 0.60 and 0.40, with the first-level numbers of the README."""
        results = water["indicator_results"]
        last = results[results["period"] == "2023-Q4"].set_index("indicator")
        year = results[results["period"] == "2023"].set_index("indicator")
        measured = pd.Series({name: min(reached(water, name), 100) for name in goals(water).index[goals(water)["target"].notna()]})
        done = last["verified_score"].fillna(last["completion"]).fillna(measured)
        rows = goals(water)
        weight = rows["weight"].fillna(1 / rows.groupby("parent")["weight"].transform("size"))
        first = (done.reindex(rows.index) * weight).groupby(rows["parent"], sort=False).sum()
        assert first.to_dict() == pytest.approx({
            "Y01": 98.6, "Y02": 97.2, "Y03": 97, "Y04": 98.75, "Y05": 98.5, "Y06": 96.25, "Y07": 95, "Y08": 290 / 3, "Y09": 298 / 3,
            "Y10": 275 / 3, "X1": 96, "X2": 95, "X3": 95, "X4": 98,
        })  # fmt: skip
        business = 0.9 * first[:10] + 0.05 * year["progress"] + 0.05 * year["innovation"]
        assert business.to_list() == pytest.approx([95.74, 93.48, 95.8, 93.875, 95.15, 90.625, 91, 93, 97.4, 87])
        assert 0.6 * business.mean() + 0.4 * first[10:].mean() == pytest.approx(94.3842)

    def test_self_scores_beside_verified_ones(self, water: Records) -> None:
        rows = water["indicator_results"]
        scored = rows[rows["verified_score"].notna()].set_index("indicator")
        assert len(scored) == scored["self_score"].notna().sum() == 12
        over = scored["self_score"] - scored["verified_score"]
        assert ((over > 0).sum(), (over == 0).sum(), over.index[over < 0].to_list()) == (7, 4, ["X3-2"])
        assert scored.loc["X2-2", ["self_score", "verified_score"]].to_list() == [98, 92]
        assert over.idxmax() == "X2-2"

    def test_the_names_of_a_round(self, water: Records) -> None:
        """600 of 12,000 in proportion, one in twenty of each stratum; replacements beside them, and telephone first."""
        people = water["survey_frame"].set_index("stratum")["population"]
        assert people.sum() == 12_000
        entries, returns = water["survey_entries"], water["survey_responses"]
        main = entries[entries["selected"] == "main"].groupby(["round", "stratum"]).size()
        for round_ in ("2023-07", "2023-12"):
            assert main[round_].to_dict() == (people / 20).to_dict()
        done = returns[returns["outcome"] == "complete"]
        assert done.groupby(["round", "mode"]).size().to_dict() == {
            ("2023-07", "phone"): 389, ("2023-07", "visit"): 96, ("2023-12", "phone"): 399, ("2023-12", "visit"): 98,
        }  # fmt: skip
        both = entries.merge(returns, on=["round", "entry"], how="left", suffixes=("", "_answered"))
        unused = both[both["outcome"].isna()]
        assert unused[["round", "stratum", "selected"]].to_numpy().tolist() == [["2023-12", "用水户协会", "replacement"]]
        assert entries["region"].nunique() == 6
        assert list(rounds_in_other_months(water, [7, 12])) == []

    def test_the_means_of_both_rounds(self, water: Records) -> None:
        people = water["survey_frame"].set_index("stratum")["population"]
        rows = water["survey_responses"].groupby(["round", "stratum"], sort=False)["score"].agg(["count", "mean"])
        assert rows.loc["2023-07", "count"].to_list() == [80, 120, 176, 18, 90, 1]
        assert rows.loc["2023-07", "mean"].to_list() == [70, 80, 75, 85, 80, 60]
        assert rows.loc["2023-12", "count"].to_list() == [80, 120, 180, 19, 96, 2]
        assert rows.loc["2023-12", "mean"].to_list() == [80, 80.5, 76, 85, 77.5, 70]
        means = (rows["mean"] * people.reindex(rows.index.get_level_values("stratum")).to_numpy() / 12_000).groupby("round").sum()
        assert means.to_list() == pytest.approx([76.6, 80 / 6 + 80.5 / 4 + 76 * 11 / 30 + 85 / 30 + 77.5 * 0.18 + 70 / 300])

    def test_better_by_more_and_by_less_than_the_error(self, water: Records) -> None:
        """(1 − n/N)·s²/n by hand; 1.96 errors are a 95 % interval."""
        rows = water["survey_responses"].groupby(["stratum", "round"])["score"].var()
        assert rows["企业"].to_list() == pytest.approx([9600 / 79, 9600 / 79])
        assert rows["社区居民"].to_list() == pytest.approx([14400 / 119, 13770 / 119])
        firms = (2 * (1 - 80 / 2000) * 9600 / 79 / 80) ** 0.5
        people = ((1 - 120 / 3000) * (14400 + 13770) / 119 / 120) ** 0.5
        assert (firms, people) == (pytest.approx(1.71, abs=0.005), pytest.approx(1.38, abs=0.005))
        assert 1.96 * firms < 80 - 70
        assert people > 80.5 - 80

    def test_the_covert_visit_that_was_not_circulated(self, water: Records) -> None:
        visits = water["inspections"].set_index("inspection")
        found = visits[visits["finding"] != ""]
        assert (len(visits), len(found)) == (30, 12)
        (kept,) = found.index[found["circulated_on"].isna()]
        assert visits.loc[kept, ["mode", "aspect", "division", "date"]].to_list() == ["covert", "conduct", "建设管理科", pd.Timestamp("2023-07-24")]
        assert kept == "CF-17"
        assert visits["mode"].value_counts().to_dict() == {"open": 18, "covert": 12}
        assert set(found["aspect"]) == {"rules", "conduct", "efficiency", "duties"}

    def test_meetings_approvals_and_measures(self, water: Records) -> None:
        assert water["meetings"]["kind"].value_counts().to_dict() == {"quarterly": 4, "half_year": 1, "annual": 1}
        steps = water["approvals"].set_index(["matter", "step"])["on"]
        assert steps["report", "submitted"] <= pd.Timestamp("2024-01-10")
        assert steps["evidence", "submitted"] <= pd.Timestamp("2024-02-29")
        measures = water["measures"].set_index("measure")
        assert measures.index[measures["done_on"] > measures["due"]].to_list() == ["ZG-04"]
        assert measures.index[measures["done_on"].isna()].to_list() == ["ZG-08", "ZG-09"]
        for when in ("中期评议", "年终评议"):
            assert measures["issue"].str.startswith(when).any()


class TestTownship:
    def test_its_size(self, township: Records) -> None:
        rows = township["indicators"].set_index("indicator")
        assert rows[rows["parent"].isin(["L", "S"])].groupby("part")["title"].apply(list).to_dict() == {
            "quantitative": ["经济发展水平", "和谐社会构建进程", "城乡进度", "自身建设"],
            "social": ["贯彻落实上级重大决策部署", "维护群众利益", "自身建设"],
        }
        assert goals(township)["part"].value_counts().to_dict() == {"quantitative": 14, "social": 6}
        assert (len(township["divisions"]), len(township["staff"]), len(township["indicator_results"])) == (6, 20, 80)

    def test_no_weight_is_given(self, township: Records) -> None:
        assert township["indicators"]["weight"].isna().all()

    def test_self_and_verified_scores(self, township: Records) -> None:
        rows = township["indicator_results"]
        assert rows["self_score"].notna().all()
        assert rows.loc[rows["verified_score"].isna(), ["indicator", "period", "self_score"]].to_numpy().tolist() == [["L3-1", "2023-Q2", 85]]
        last = rows[rows["period"] == "2023-Q4"].set_index("indicator")
        over = last["self_score"] - last["verified_score"]
        assert (over.idxmax(), over.max(), over.index[over < 0].to_list()) == ("L1-4", 9, ["S3-1"])
        means = last["verified_score"].groupby(goals(township)["parent"]).mean()
        assert means.to_dict() == {"L1": 89, "L2": 92, "L3": 89, "L4": 95, "S1": 93, "S2": 86, "S3": 95}

    def test_a_goal_behind(self, township: Records) -> None:
        assert quarters(township, "L3-2") == [6, 8, 12, 18]
        assert goals(township).loc["L3-2", ["target", "due"]].to_list() == [18, pd.Timestamp("2023-11-30")]
        assert behind(township, "2023-Q2", "2023-06-30")["L3-2"] == pytest.approx(9.75, abs=0.005)  # 181/334 − 8/18

    def test_special_meetings(self, township: Records) -> None:
        assert township["meetings"]["kind"].to_list() == ["special"] * 5


@pytest.mark.parametrize(("folder", "tables"), [(WATER, 12), (TOWNSHIP, 7)], ids=["water-bureau", "township"])
def test_the_records_are_what_their_script_makes(tmp_path: Path, folder: Path, tables: int) -> None:
    shutil.copy(folder / "make_sample.py", tmp_path)
    done = subprocess.run([sys.executable, "make_sample.py"], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr

    def prints(path: Path) -> dict[str, str]:
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in path.glob("*.csv")}

    assert len(prints(tmp_path)) == tables
    assert prints(tmp_path) == prints(folder)
    for file in folder.glob("*.csv"):
        raw = file.read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf")
        assert b"\r" not in raw
