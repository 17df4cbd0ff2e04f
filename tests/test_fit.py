"""What scheme and records together can tell and is no fault."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from perfkit import load_records, load_scheme
from perfkit.fit import notices, parts_outside, problems_between, rounds_in_other_months
from perfkit.problems import RecordsError
from perfkit.records import Records, read_records
from tests.conftest import PROJECT, SCHEME, Bureau


def test_a_bureau_of_another_size_than_the_plan_s_is_a_notice(bureau: Bureau) -> None:
    found = notices(load_scheme(SCHEME), bureau.records())
    assert [(notice.key, notice.values["group"], notice.values["given"], notice.values["number"]) for notice in found] == [
        ("division_count", "business", 3, 5), ("division_count", "general", 0, 3),
    ]  # fmt: skip


def test_two_divisions_of_one_name_are_a_notice(bureau: Bureau) -> None:
    bureau.rows("divisions", division="D3")[0]["name"] = "甲处"
    found = [each for each in notices(load_scheme(SCHEME), bureau.records()) if each.key == "name_twice"]
    assert [(each.file, each.line, each.values["first"]) for each in found] == [("divisions.csv", 4, 2)]


def test_the_sample_is_of_the_plan_s_size(sample: Records) -> None:
    assert notices(load_scheme(SCHEME), sample) == []


def test_a_veto_below_what_the_scheme_calls_heavy(bureau: Bureau) -> None:
    bureau.add("vetoes", date="2023-10-18", division="D1", ground="市考核扣分", points=4, decided_by="局党组", decided_on="2023-11-02")
    assert bureau.assess().standing["vetoed"].sum() == 1  # without a threshold people decide
    with pytest.raises(RecordsError) as refused:
        bureau.assess(veto__heavy_loss=5)
    assert [(each.key, each.line) for each in refused.value.problems] == [("veto_below_threshold", 2)]
    assert bureau.assess(veto__heavy_loss=4).standing["vetoed"].sum() == 1


def test_a_credit_without_a_bulletin_is_told_and_counts(bureau: Bureau) -> None:
    bureau.add("credits", month="2023-04", staff="M1", kind="research", quantity=1, reference="督查通报4", approved_by="绩效办")
    bureau.add("credits", month="2023-05", staff="M1", kind="research", quantity=1, approved_by="绩效办")
    found = [each for each in notices(load_scheme(SCHEME), bureau.records()) if each.key == "credit_without_reference"]
    assert [(each.file, each.line) for each in found] == [("credits.csv", 3)]


def test_hours_approved_by_somebody_who_is_not_to_review_them(bureau: Bureau) -> None:
    """A head's hours are for the leader, everyone else's for the division's head."""
    right = {"H1": "P2", "V1": "H1", "M1": "甲处长", "H2": "林副局", "M2": "H2", "M3": "H2", "H3": "P2", "M4": "H3"}
    for row in bureau.tables["hours"]:
        row["approved_by"] = right[row["staff"]]
    scheme = load_scheme(SCHEME)
    assert [each for each in notices(scheme, bureau.records()) if each.key == "reviewer_other"] == []
    own = bureau.rows("hours", staff="M4")
    own[0]["approved_by"] = own[1]["approved_by"] = "H2"
    (found,) = [each for each in notices(scheme, bureau.records()) if each.key == "reviewer_other"]
    assert (found.values["name"], found.values["count"], found.values["wanted"]) == ("乙处长", 2, "负责人/head")


def test_a_survey_round_in_another_month(bureau: Bureau) -> None:
    for month in ("2023-07", "2023-07", "2023-11", "2023-11"):
        entry = f"Y{len(bureau.tables.get('survey_entries', []))}"
        bureau.add("survey_entries", round=month, entry=entry, stratum="企业", selected="main")
        bureau.add("survey_responses", round=month, entry=entry, stratum="企业", mode="phone", outcome="complete", score=80)
    bureau.add("survey_frame", stratum="企业", population=400)
    records = bureau.records()
    assert list(rounds_in_other_months(records, [7, 11])) == []
    found = list(rounds_in_other_months(records, [7, 12]))
    assert [each.text("zh") for each in found] == [
        f"{table}.csv 第4行“轮次”：2023-11不在方案规定的评议月份（7、12月）。请改正轮次；方案有变动的，请改方案里的评议月份。"
        for table in ("survey_entries", "survey_responses")
    ]
    assert found[0].text("en") == (
        "survey_entries.csv line 4 “round”: The round 2023-11 is not in a month of the scheme's surveys (months 7, 12)."
        " Correct the round; if the plan has changed, change the survey months in the scheme."
    )


def test_a_part_that_the_scheme_does_not_know(bureau: Bureau) -> None:
    goal = {"title": "供水", "division": "D1", "person": "P2", "measures": "改造", "due": "2023-11-30", "effect": "通水"}
    bureau.add("indicators", indicator="A", part="business", **goal)
    bureau.add("indicators", indicator="B", part="bussiness", **goal)
    (found,) = parts_outside(bureau.records(), ["business", "administrative"], "components.indicators.parts")
    assert found.text("zh") == (
        "indicators.csv 第3行“部分”：方案没有给“bussiness”规定数值（components.indicators.parts）。"
        "可以填：business、administrative；或在方案里补上。是不是“business”？"
    )


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("L1,quantitative,L,", "L1,quantitative,NONE,", "unknown_indicator"),
        ("L1,quantitative,L,", "L1,quantitative,L1,", "indicators_in_a_ring"),
    ],
)
def test_a_tree_that_is_none_is_told_and_nothing_breaks(old: str, new: str, key: str, tmp_path: Path) -> None:
    """Checking goes on where the indicators do not hang together: what else is wrong stands beside it."""
    records = _township(tmp_path, lambda text: text.replace(old, new))
    found, problems = read_records(records)
    assert key in {each.key for each in problems}
    assert problems_between(load_scheme(PROJECT / "params/township.yaml").spec, found) == []


def test_a_part_without_indicators(tmp_path: Path) -> None:
    records = _township(tmp_path, lambda text: "".join(line for line in text.splitlines(keepends=True) if ",social," not in line))
    found, _ = read_records(records)
    (problem,) = [each for each in problems_between(load_scheme(PROJECT / "params/township.yaml").spec, found) if each.key == "part_without_indicators"]
    assert (problem.file, problem.values["part"]) == ("indicators.csv", "社会评估")


def test_a_table_that_holds_rows_anywhere_and_has_none_is_a_notice(tmp_path: Path) -> None:
    records = tmp_path / "records"
    shutil.copytree(PROJECT / "data/planning-bureau", records)
    for table in ("hours", "adjustments"):
        rows = (records / f"{table}.csv").read_text(encoding="utf-8-sig").splitlines()
        (records / f"{table}.csv").write_text(rows[0] + "\n", encoding="utf-8-sig")
    empty = [each.file for each in notices(load_scheme(SCHEME), load_records(records)) if each.key == "table_without_rows"]
    assert empty == ["hours.csv"]  # of deductions there may be none


def _township(folder: Path, change: Callable[[str], str]) -> Path:
    """The township's records with other indicators."""
    records = folder / "records"
    shutil.copytree(PROJECT / "data/township", records)
    file = records / "indicators.csv"
    text = file.read_text(encoding="utf-8-sig")
    assert change(text) != text
    file.write_text(change(text), encoding="utf-8-sig")
    return records
