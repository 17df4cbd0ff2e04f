"""Decided corrections: the cell they change, what refuses them, and what they move."""

from typing import Any

import pandas as pd
import pytest

from perfkit import RecordsError
from perfkit.language import Lang
from perfkit.problems import Problem
from perfkit.records import Records
from tests.conftest import MONTHS, Bureau

LANGS: tuple[Lang, ...] = ("zh", "en")
DECIDED = {"decided_by": "局党组", "decided_on": "2024-01-12"}


def correct(bureau: Bureau, table: str, key: str, column: str, old: object, new: object, number: str = "C1", **given: Any) -> None:
    """Enter a correction, decided unless told otherwise."""
    entry = {"correction": number, "table": table, "key": key, "column": column, "old": old, "new": new, **DECIDED, **given}
    bureau.tables.setdefault("corrections", []).append(entry)


def cell(records: Records, table: str, column: str, **keys: object) -> Any:
    """The one cell a row of the table has there."""
    frame = records[table]
    for name, value in keys.items():
        frame = frame[frame[name] == value]
    (found,) = frame[column]
    return found


def refused(bureau: Bureau) -> list[Problem]:
    """Every problem of records that must not load."""
    with pytest.raises(RecordsError) as caught:
        bureau.records()
    return caught.value.problems


class TestACorrection:
    @pytest.mark.parametrize(
        ("table", "key", "column"),
        [
            ("plan_items", "2023-04/D1/D1-2023-04", "completion"),
            ("计划事项", "2023-04/甲处/D1-2023-04", "完成度"),
            ("plan_items", "2023-04 / 甲处 / D1-2023-04", "完成度"),
            ("计划事项", "2023年4月/D1/D1-2023-04", "completion"),
        ],
    )
    def test_of_a_plan_item_in_either_language_by_id_or_name(self, bureau: Bureau, table: str, key: str, column: str) -> None:
        bureau.miss("D1", "2023-04")
        correct(bureau, table, key, column, 0, 1)
        records = bureau.records()
        assert cell(records, "plan_items", "completion", division="D1", month="2023-04") == 1
        assert cell(records.uncorrected, "plan_items", "completion", division="D1", month="2023-04") == 0
        assert records["plan_items"]["completion"].to_list() == [1.0] * 36  # and no other cell

    @pytest.mark.parametrize("key", ["2023-04-03/M1/", "2023-04-03/甲一/", "2023年4月3日/M1/"])
    def test_of_approved_hours(self, bureau: Bureau, key: str) -> None:
        correct(bureau, "hours", key, "approved", 24, 20.5)
        records = bureau.records()
        day = pd.Timestamp("2023-04-03")
        assert cell(records, "hours", "approved", staff="M1", date=day) == 20.5
        assert cell(records, "hours", "declared", staff="M1", date=day) == 24
        assert cell(records, "hours", "approved", staff="V1", date=day) == 24
        assert bureau.assess().staff.set_index("staff").loc["M1", "hours"] == 1724.5

    def test_of_one_credit_by_its_reference(self, bureau: Bureau) -> None:
        """Rows of credits may repeat; a correction names one of them, or is refused."""
        for reference in ("通报1", "通报2"):
            bureau.add("credits", month="2023-04", staff="M1", kind="information", quantity=1, reference=reference)
        correct(bureau, "credits", "2023-04/甲一/information/通报2", "approved_by", "", "甲处长")
        assert bureau.records()["credits"]["approved_by"].to_list() == ["", "甲处长"]
        bureau.rows("credits", reference="通报1")[0]["reference"] = "通报2"
        assert [problem.key for problem in refused(bureau)] == ["correction_no_row"]

    def test_of_hours_for_an_item_of_the_library(self, bureau: Bureau) -> None:
        bureau.add("items", item="K1", division="D1", title="审批")
        bureau.add("hours", date="2023-04-20", staff="M1", item="K1", declared=8, approved=8, approved_by="处长", approved_on="2023-04-25")
        correct(bureau, "工作时间", "2023-04-20/甲一/K1", "批准时数", "8", "6")
        assert cell(bureau.records(), "hours", "approved", item="K1") == 6

    @pytest.mark.parametrize(("old", "new"), [("competent", "basic"), ("称职", "基本称职"), ("合格", "basic")])
    def test_of_a_rating(self, bureau: Bureau, old: str, new: str) -> None:
        correct(bureau, "年度等次", "2023/甲一", "等次", old, new)
        records = bureau.records()
        assert cell(records, "ratings", "rating", staff="M1") == "basic"
        assert cell(records.uncorrected, "ratings", "rating", staff="M1") == "competent"

    def test_of_a_bonus_s_quantity_from_blank(self, bureau: Bureau) -> None:
        bureau.add("adjustments", adjustment="N1", date="2023-05-04", division="D1", kind="superior_commendation", decided_on="2023-06-01")
        correct(bureau, "adjustments", "N1", "数量", "", 2)
        result = bureau.assess()
        assert result.divisions.set_index("division").loc["D1", "score"] == 101  # 97 + 2 × 2
        assert result.moved().to_numpy().tolist()[0] == ["D1", "score", 99.0, 101.0]

    @pytest.mark.parametrize("key", ["2023/mass/D3/群众/较差", "2023/群众评议/丙处/群众/较差"])
    def test_of_votes(self, bureau: Bureau, key: str) -> None:
        bureau.add("appraisals", period="2023", kind="mass", subject="D3", rater_group="群众", grade="优秀", votes=10)
        correct(bureau, "appraisals", key, "votes", "10", "30")
        divisions = bureau.assess().divisions.set_index("division")
        assert divisions.loc["D3", "appraisal"] == 62.5  # (30 × 50 + 10 × 100) ÷ 40, before 75

    def test_of_a_person_named_in_a_cell(self, bureau: Bureau) -> None:
        (row,) = bureau.rows("plan_items", division="D1", month="2023-04")
        row.update(completion=0, excused_by="林副局", excused_on="2023-05-05")
        correct(bureau, "plan_items", "2023-04/D1/D1-2023-04", "认可人", "P2", "陈局长")
        assert cell(bureau.records(), "plan_items", "excused_by", division="D1", month="2023-04") == "P1"
        assert bureau.assess("2023-04").divisions.set_index("division").loc["D1", "score"] == 100

    def test_of_a_date_to_blank(self, bureau: Bureau) -> None:
        for row in bureau.rows("postings", staff="M1"):
            row["end"] = "2023-06-30"
        correct(bureau, "任职", "M1/甲处/工作人员/2020年1月1日", "结束日期", "2023-06-30", "")
        assert pd.isna(cell(bureau.records(), "postings", "end", staff="M1"))

    def test_two_in_a_row_follow_the_days_of_their_decision(self, bureau: Bureau) -> None:
        key = "2023-04/D1/D1-2023-04"
        correct(bureau, "plan_items", key, "completion", 0.5, 0.8, "C1", decided_on="2024-01-20")
        correct(bureau, "plan_items", key, "completion", 1, 0.5, "C2", decided_on="2024-01-10")
        records = bureau.records()
        assert cell(records, "plan_items", "completion", division="D1", month="2023-04") == 0.8
        assert cell(records.uncorrected, "plan_items", "completion", division="D1", month="2023-04") == 1

    def test_two_of_one_day_follow_their_numbers(self, bureau: Bureau) -> None:
        key = "2023-04/D1/D1-2023-04"
        correct(bureau, "plan_items", key, "completion", 0.5, 0.8, "C2")
        correct(bureau, "plan_items", key, "completion", 1, 0.5, "C1")
        assert cell(bureau.records(), "plan_items", "completion", division="D1", month="2023-04") == 0.8

    def test_large_amounts_are_compared_to_the_cent(self, bureau: Bureau) -> None:
        bureau.tables["payments"] = [{"period": "2023-04", "staff": "H1", "kind": "monthly_standard", "amount": 12345.67}]
        correct(bureau, "payments", "2023-04/H1/monthly_standard", "amount", "12345.67", "12,345.76")
        assert bureau.records()["payments"]["amount"].to_list() == [12345.76]
        bureau.tables["corrections"] = []
        correct(bureau, "payments", "2023-04/H1/monthly_standard", "amount", "12345.71", "12345.76")
        (problem,) = refused(bureau)
        assert (problem.key, problem.values["current"]) == ("correction_stale", "12345.67")

    def test_without_one_there_is_nothing_uncorrected(self, bureau: Bureau) -> None:
        records = bureau.records()
        assert records.entered is None
        assert records.uncorrected is records


class TestUndecided:
    @pytest.mark.parametrize("missing", ["decided_by", "decided_on"])
    def test_it_changes_nothing_and_stands_open(self, bureau: Bureau, missing: str) -> None:
        correct(bureau, "plan_items", "2023-04/D1/D1-2023-04", "completion", 1, 0, **{missing: ""})
        result = bureau.assess()
        assert cell(result.records, "plan_items", "completion", division="D1", month="2023-04") == 1
        assert result.records.entered is None
        assert result.open.to_numpy().tolist() == [["", "correction_pending", "C1"]]
        assert result.moved().empty

    def test_it_need_not_fit_yet(self, bureau: Bureau) -> None:
        correct(bureau, "nowhere", "x", "y", 1, 0, decided_on="")
        assert len(bureau.records()["corrections"]) == 1

    def test_a_month_does_not_ask(self, bureau: Bureau) -> None:
        correct(bureau, "plan_items", "2023-04/D1/D1-2023-04", "completion", 1, 0, decided_on="")
        assert bureau.assess("2023-04").open.empty

    def test_beside_a_decided_one(self, bureau: Bureau) -> None:
        correct(bureau, "plan_items", "2023-04/D1/D1-2023-04", "completion", 1, 0.5)
        correct(bureau, "plan_items", "2023-05/D1/D1-2023-05", "completion", 1, 0, "C2", decided_by="")
        result = bureau.assess()
        assert result.division_months.set_index(["division", "period"]).loc["D1", "score"][["2023-04", "2023-05"]].to_list() == [50, 100]
        assert result.open.loc[result.open["question"] == "correction_pending", "options"].to_list() == ["C2"]


ITEM = "2023-04/D1/D1-2023-04"
REFUSED = {
    "table": (("plan_item", ITEM, "completion", 1, 0), "correction_table", "表", {"given": "plan_item", "near": "plan_items"}),
    "no table to correct": (("corrections", "C1", "new", 0, 1), "correction_table", "表", {"given": "corrections"}),
    "signatures": (("审定", "2023/final", "by", "a", "b"), "correction_table", "表", {"given": "审定"}),
    "rows that may repeat": (("credits", "M1", "quantity", 1, 2), "correction_key", "行", {"names": ("month", "staff", "kind", "reference")}),
    "column": (("plan_items", ITEM, "complete", 1, 0), "correction_column", "列", {"given": "complete", "near": "completion"}),
    "column of another table": (("plan_items", ITEM, "approved", 1, 0), "correction_column", "列", {"given": "approved"}),
    "an id": (("staff", "M1", "人员", "M1", "M9"), "correction_id", "列", {"given": "人员", "name": "staff"}),
    "too few parts": (("plan_items", "2023-04/D1", "completion", 1, 0), "correction_key", "行", {"names": ("month", "division", "item")}),
    "too many parts": (("ratings", "2023/M1/x", "rating", "competent", "basic"), "correction_key", "行", {"columns": ("年度", "人员")}),
    "no row": (("plan_items", "2023-04/D1/D2-2023-04", "completion", 1, 0), "correction_no_row", "行", {"count": 0, "zh": "计划事项"}),
    "nobody of that name": (("ratings", "2023/甲十", "rating", "competent", "basic"), "correction_no_row", "行", {"count": 0}),
    "no such division, beside a blank": (("postings", "P1/丁处/director/2020-01-01", "grade", "局长", "x"), "correction_no_row", "行", {"count": 0}),
    "no such month": (("plan_items", "2023-13/D1/D1-2023-04", "completion", 1, 0), "correction_no_row", "行", {"count": 0}),
    "old is no number": (("plan_items", ITEM, "completion", "全部", 0), "correction_value", "原值", {"given": "全部", "name": "completion"}),
    "new is out of range": (("plan_items", ITEM, "completion", 1, 85), "correction_value", "新值", {"given": "85", "zh": "完成度"}),
    "new is no choice": (("ratings", "2023/M1", "rating", "competent", "good"), "correction_value", "新值", {"given": "good"}),
    "new is no date": (("plan_items", ITEM, "entered_on", "", "2023-02-30"), "correction_value", "新值", {"given": "2023-02-30"}),
    "new is nobody": (("plan_items", ITEM, "excused_by", "", "甲十"), "correction_value", "新值", {"given": "甲十"}),
    "new may not be blank": (("ratings", "2023/M1", "rating", "competent", ""), "correction_value", "新值", {"given": ""}),
    "stale": (("plan_items", ITEM, "completion", 0, 0.5), "correction_stale", "原值", {"given": "0", "current": "1"}),
    "stale blank": (("plan_items", ITEM, "entered_on", "2023-05-06", "2023-05-05"), "correction_stale", "原值", {"current": ""}),
}  # fmt: skip


class TestRefused:
    @pytest.mark.parametrize("name", REFUSED)
    def test_with_its_row_column_and_a_remedy(self, bureau: Bureau, name: str) -> None:
        entry, key, column, values = REFUSED[name]
        correct(bureau, "plan_items", "2023-05/D1/D1-2023-05", "completion", 1, 0.5, "C0")  # a good one before it
        correct(bureau, *entry)
        (problem,) = refused(bureau)
        assert (problem.key, problem.file, problem.line, problem.field) == (key, "corrections.csv", 3, column)
        assert {each: problem.values[each] for each in values} == values
        for lang in LANGS:
            text = problem.text(lang)
            assert str(problem.values["given"]) in text
            assert "{" not in text
            assert problem.mend(lang)

    def test_all_at_once(self, bureau: Bureau) -> None:
        for number, name in enumerate(("table", "column", "stale")):
            correct(bureau, *REFUSED[name][0], number=f"C{number}")
        assert [(problem.key, problem.line) for problem in refused(bureau)] == [
            ("correction_table", 2),
            ("correction_column", 3),
            ("correction_stale", 4),
        ]

    def test_the_second_of_two_that_both_start_from_the_entered_value(self, bureau: Bureau) -> None:
        correct(bureau, "plan_items", ITEM, "completion", 1, 0.5, "C1")
        correct(bureau, "plan_items", ITEM, "completion", 1, 0.8, "C2")
        (problem,) = refused(bureau)
        assert (problem.key, problem.line, problem.values["current"]) == ("correction_stale", 3, "0.5")

    def test_one_that_makes_two_rows_of_one_key(self, bureau: Bureau) -> None:
        bureau.add("plan_items", month="2023-04", division="D1", item="K2", completion=1)
        correct(bureau, "plan_items", "2023-04/D1/K2", "item", "K2", "D1-2023-04")
        (problem,) = refused(bureau)
        assert (problem.key, problem.file, problem.line) == ("duplicate", "plan_items.csv", 38)

    def test_one_that_breaks_what_must_hold_between_rows(self, bureau: Bureau) -> None:
        correct(bureau, "postings", "M1/D1/member/2020-01-01", "end", "", "2019-12-31")
        (problem,) = refused(bureau)
        assert (problem.key, problem.file) == ("end_before_start", "postings.csv")


class TestMoved:
    """甲's item of April was entered as missed: 1150 ÷ 12 × 0.8 + 17 = 93.67 put it below 乙's 94."""

    MOVED = (
        ("D1", "score", 93.67, 97.0),
        ("D1", "rank", 2, 1),
        ("D1", "tier", "B", "A"),
        ("D1", "coefficient", 1.0, 1.2),
        ("D1", "advanced", False, True),
        ("D1", "excellent_places", 1, 2),  # 1.5 and 2.1
        ("D2", "rank", 1, 2),
        ("D2", "tier", "A", "B"),
        ("D2", "coefficient", 1.2, 1.0),
        ("D2", "advanced", True, False),
        ("D2", "excellent_places", 2, 1),
        ("H1", "score", 92.64, 95.3),  # 0.8 × 93.67 + 17.7 = 92.636
        ("V1", "score", 89.53, 90.2),  # 0.2 × 93.67 + 70.8 = 89.534
        ("V1", "rating", "competent", "excellent"),
        ("V1", "coefficient", 1.0, 1.2),
        ("M2", "rating", None, "competent"),  # tied with M3 for 乙's second place before
        ("M2", "coefficient", None, 1.0),
        ("M3", "rating", None, "competent"),
        ("M3", "coefficient", None, 1.0),
        ("H1", "annual", 36000.0, 43200.0),  # 30000 × 1.2 × 1.0 and 1.2
        ("H1", "monthly_organisation", 23000.0, 24000.0),
        ("V1", "annual", 25000.0, 36000.0),
        ("V1", "monthly_organisation", 20700.0, 21600.0),
        ("M1", "annual", 20000.0, 24000.0),
        ("H2", "annual", 43200.0, 36000.0),
        ("M2", "annual", None, 20000.0),
        ("M3", "annual", None, 20000.0),
        ("P2", "monthly_organisation", 30766.67, 31200.0),  # April by the mean of 50, 100 and 100: 2166.67
    )

    def test_exactly_what_moved_across_a_border(self, bureau: Bureau) -> None:
        bureau.miss("D1", "2023-04")
        correct(bureau, "plan_items", ITEM, "completion", 0, 1)
        moved = bureau.assess().moved()
        assert list(moved.columns) == ["subject", "measure", "before", "after"]
        assert set(moved.itertuples(index=False, name=None)) == set(self.MOVED)
        assert len(moved) == len(self.MOVED)

    def test_the_public_edition_tells_of_divisions_alone(self, bureau: Bureau) -> None:
        bureau.miss("D1", "2023-04")
        correct(bureau, "plan_items", ITEM, "completion", 0, 1)
        moved = bureau.assess().public().moved()
        assert set(moved.itertuples(index=False, name=None)) == {row for row in self.MOVED if row[0] in ("D1", "D2")}

    def test_one_that_changes_no_result(self, bureau: Bureau) -> None:
        correct(bureau, "plan_items", ITEM, "title", "事项", "事项一")
        result = bureau.assess()
        assert result.records.entered is not None
        assert result.moved().empty

    def test_the_year_is_as_if_the_cell_had_been_right(self, bureau: Bureau) -> None:
        right = bureau.assess()
        bureau.miss("D1", "2023-04")
        correct(bureau, "plan_items", ITEM, "completion", 0, 1)
        corrected = bureau.assess()
        for name in ("divisions", "staff", "leaders", "payouts", "ledger", "open"):
            pd.testing.assert_frame_equal(getattr(right, name), getattr(corrected, name), obj=name, check_exact=True)

    def test_a_month(self, bureau: Bureau) -> None:
        bureau.miss("D1", "2023-04")
        correct(bureau, "plan_items", ITEM, "completion", 0, 1)
        moved = bureau.assess("2023-04").moved()
        assert ("D1", "score", 50.0, 100.0) in set(moved.itertuples(index=False, name=None))
        assert bureau.assess(MONTHS[4]).moved().empty
