"""What stands beside the scores, worked out by hand: calendar, register, appeals, absences, losses, guidance, settlement, checks.

The numbers start from ``conftest.Bureau``: days 1 to 20 of a month are its workdays, so a month is reviewed on the 5th
of the next and due on the 7th.
"""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from perfkit.assessment import Assessment
from tests.conftest import MONTHS, Bureau

APRIL = "2023-04"


def rows(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """The rows as tuples, dates as text, None where there is nothing."""
    return [tuple(None if pd.isna(cell) else str(cell.date()) if isinstance(cell, pd.Timestamp) else cell for cell in row)
            for row in frame[list(columns)].itertuples(index=False, name=None)]  # fmt: skip


def approve(bureau: Bureau, **on: str) -> None:
    """Forget when hours were approved, but for the days given: ``M1="2023-04-12"`` for the 1st to 6th of April."""
    for row in bureau.tables["hours"]:
        row["approved_on"] = on.get(row["staff"], "") if row["date"].startswith(APRIL) else ""


def enter(bureau: Bureau, number: str, division: str, kind: str, **given: Any) -> None:
    """One entry of the register, decided unless told otherwise."""
    bureau.add("adjustments", **{"adjustment": number, "date": "2023-05-04", "division": division, "kind": kind, "decided_on": "2023-06-01", **given})


def pay_as_assessed(bureau: Bureau, months: list[str] = MONTHS) -> None:
    """Payments as the bureau is built: full organisation and standard parts and equal shares of the pools."""
    organisation = {"P2": 2600, "H1": 2000, "V1": 1800, "H2": 2000, "H3": 2000}
    standard = {"H1": 1500, "V1": 1300, "M1": 1000, "H2": 1500, "M2": 1000, "M3": 1000, "H3": 1500, "M4": 1000}
    competitive = {"V1": 750, "M1": 750, "M2": 600, "M3": 600, "M4": 600}
    kinds = {"monthly_organisation": organisation, "monthly_standard": standard, "monthly_competitive": competitive}
    bureau.tables["payments"] = [
        {"period": month, "staff": staff, "kind": kind, "amount": amount}
        for month in months
        for kind, people in kinds.items()
        for staff, amount in people.items()
    ]


def settled(result: Assessment) -> dict[str, float]:
    """Person → the settlement that is not nothing."""
    paid = result.payouts[result.payouts["kind"] == "settlement"]
    assert not paid["staff"].duplicated().any()
    return {staff: amount for staff, amount in zip(paid["staff"], paid["amount"], strict=True) if amount}


class TestCalendar:
    def test_meetings_and_deadlines_of_a_year(self, bureau: Bureau) -> None:
        found = bureau.assess().calendar
        assert rows(found, "month", "meeting", "due")[3] == (APRIL, "2023-05-05", "2023-05-07")
        assert rows(found, "month", "meeting", "due")[11] == ("2023-12", "2024-01-05", "2024-01-09")  # as published for 2024
        assert found["held_late"].to_list() == [False] * 12

    def test_a_meeting_held_late(self, bureau: Bureau) -> None:
        bureau.tables["meetings"] = [{"month": APRIL, "held_on": "2023-05-06"}, {"month": "2023-05", "held_on": "2023-06-05"}]
        found = bureau.assess().calendar.set_index("month")
        assert (found.loc[APRIL, "held_late"], found.loc["2023-05", "held_late"], found.loc["2023-06", "held_late"]) == (True, False, False)

    def test_other_meetings_of_a_month_are_not_the_monthly_one(self, bureau: Bureau) -> None:
        bureau.add("meetings", month=APRIL, held_on="2023-05-31", kind="quarterly")
        bureau.add("meetings", month=APRIL, held_on="2023-05-05", kind="")
        bureau.add("meetings", month="2023-05", held_on="2023-06-05", kind="monthly")
        bureau.add("meetings", month="2023-06", held_on="2023-07-20", kind="half_year")
        found = bureau.assess().calendar
        assert len(found) == 12
        assert not found["held_late"].any()
        assert found.set_index("month")["held_on"].dropna().to_dict() == {APRIL: pd.Timestamp("2023-05-05"), "2023-05": pd.Timestamp("2023-06-05")}

    def test_items_entered_late(self, bureau: Bureau) -> None:
        approve(bureau)
        for division, entered in (("D1", "2023-05-07"), ("D2", "2023-05-08"), ("D3", "")):
            bureau.rows("plan_items", division=division, month=APRIL)[0]["entered_on"] = entered
        result = bureau.assess()
        assert rows(result.late, "month", "division", "kind", "subject", "count") == [(APRIL, "D2", "item", "D2-2023-04", 1)]
        assert result.calendar.set_index("month")["late"].to_dict() == {**dict.fromkeys(MONTHS, 0), APRIL: 1}
        assert result.items.loc[result.items["late"], "item"].to_list() == ["D2-2023-04"]

    def test_hours_approved_late(self, bureau: Bureau) -> None:
        # 1 and 2 April end a week that is reviewed on 4 April, 3 to 6 April begin one that is reviewed on the 11th
        approve(bureau, M1="2023-04-04", M2="2023-04-11", V1="2023-04-12")
        result = bureau.assess()
        assert sorted(rows(result.late, "month", "division", "kind", "subject", "count")) == [
            (APRIL, "D1", "hours", "V1", 6),
            (APRIL, "D2", "hours", "M2", 2),
        ]
        assert result.calendar.set_index("month").loc[APRIL, "late"] == 8

    def test_a_month_tells_its_own_only(self, bureau: Bureau) -> None:
        approve(bureau, V1="2023-04-12")
        result = bureau.assess(APRIL)
        assert result.calendar["month"].to_list() == [APRIL]
        assert result.late["count"].to_list() == [6]
        assert [day.day for day in result.reviews["due"]] == [4, 11, 18, 1]  # 25 April is no workday here, the next is 1 May
        assert result.reviews["moved"].to_list() == [False, False, False, True]
        assert bureau.assess("2023-05").late.empty


class TestRegister:
    def test_points_undecided_entries_and_other_years(self, bureau: Bureau) -> None:
        enter(bureau, "N1", "D1", "assigned_overdue", quantity=2)
        enter(bureau, "N2", "D3", "superior_commendation")
        enter(bureau, "N3", "D2", "discipline", decided_on="")
        enter(bureau, "N4", "D2", "discipline", date="2022-12-31")
        result = bureau.assess()
        assert rows(result.register, "adjustment", "division", "points", "counted", "twice", "recusal") == [
            ("N1", "D1", -2.0, True, False, ""),
            ("N2", "D3", 2.0, True, False, ""),
            ("N3", "D2", None, False, False, ""),
        ]
        assert rows(result.open, "subject", "question", "options") == [("D2", "adjustment_undecided", "N3")]
        assert bureau.assess(APRIL).register.empty

    def test_a_miss_that_is_punished_twice(self, bureau: Bureau) -> None:
        bureau.miss("D1", APRIL)
        bureau.miss("D2", APRIL)
        bureau.rows("plan_items", division="D2", month=APRIL)[0].update(excused_by="P1", excused_on="2023-05-05")
        enter(bureau, "N1", "D1", "target_missed", item="D1-2023-04")
        enter(bureau, "N2", "D1", "target_missed", item="D1-2023-05")  # done
        enter(bureau, "N3", "D2", "target_missed", item="D2-2023-04")  # excused, it cost nothing
        enter(bureau, "N4", "D2", "target_missed", item="D1-2023-04")  # another division's
        enter(bureau, "N5", "D1", "innovation", item="D1-2023-04")  # no deduction
        enter(bureau, "N6", "D1", "target_missed")
        found = bureau.assess().register
        assert dict(rows(found, "adjustment", "twice")) == {"N1": True, "N2": False, "N3": False, "N4": False, "N5": False, "N6": False}

    def test_recusal_where_the_office_s_own_division_is_concerned(self, bureau: Bureau) -> None:
        enter(bureau, "N1", "D1", "litigation_lost")
        enter(bureau, "N2", "D1", "innovation")
        enter(bureau, "N3", "D2", "innovation")
        bureau.tables["recusals"] = [{"matter": each, "recused": "H1", "replaced_by": "P2", "on": "2023-05-04"} for each in ("N1", "N3")]
        found = bureau.assess(bureau__performance_office="甲处").register
        assert dict(rows(found, "adjustment", "recusal")) == {"N1": "recorded", "N2": "missing", "N3": ""}
        found = bureau.assess(bureau__performance_office="D1").register
        assert dict(rows(found, "adjustment", "recusal")) == {"N1": "recorded", "N2": "missing", "N3": ""}


class TestAppeals:
    @staticmethod
    def file(bureau: Bureau, appeal: str, subject: str, stage: str, filed: str, decision: str = "", decided: str = "") -> None:
        entry = {"appeal": appeal, "subject": subject, "stage": stage, "filed_on": filed, "decision": decision, "decided_on": decided}
        bureau.tables.setdefault("appeals", []).append(entry)

    def test_two_stages_and_what_is_still_open(self, bureau: Bureau) -> None:
        self.file(bureau, "S1", "D2", "office", "2024-01-12")  # entered before its first stage
        self.file(bureau, "S1", "D2", "leader", "2024-01-08", "rejected", "2024-01-10")
        self.file(bureau, "S2", "M4", "leader", "2024-01-08", "upheld", "2024-01-09")
        self.file(bureau, "S3", "M2", "向上级沟通", "2024-01-08")
        self.file(bureau, "S4", "丙处", "leader", "2024-01-08", "rejected", "2024-01-09")
        self.file(bureau, "S4", "丙处", "office", "2024-01-10", "成立", "2024-01-11")
        result = bureau.assess()
        assert rows(result.appeals, "appeal", "subject", "stage", "decision", "due", "overdue") == [
            ("S1", "D2", "leader", "rejected", None, False),
            ("S1", "D2", "office", "", None, False),
            ("S2", "M4", "leader", "upheld", None, False),
            ("S3", "M2", "leader", "", None, False),
            ("S4", "D3", "leader", "rejected", None, False),
            ("S4", "D3", "office", "upheld", None, False),
        ]
        assert rows(result.open, "subject", "question", "options") == [("D2", "appeal_pending", "S1"), ("M2", "appeal_pending", "S3")]
        assert bureau.assess(APRIL).appeals.empty

    def test_days_to_answer(self, bureau: Bureau) -> None:
        self.file(bureau, "S1", "D2", "leader", "2024-01-08", "rejected", "2024-01-18")
        self.file(bureau, "S2", "D3", "leader", "2024-01-08", "rejected", "2024-01-19")
        self.file(bureau, "S3", "D3", "leader", "2024-01-30")
        found = bureau.assess(appeals__days_to_answer=10).appeals
        assert rows(found, "appeal", "due", "overdue") == [
            ("S1", "2024-01-18", False),
            ("S2", "2024-01-18", True),
            ("S3", "2024-02-09", False),
        ]

    def test_recusal_of_the_office_s_own_division_and_its_people(self, bureau: Bureau) -> None:
        for number, subject in enumerate(("D1", "M1", "D2", "M2", "P2"), 1):
            self.file(bureau, f"S{number}", subject, "leader", "2024-01-08", "rejected", "2024-01-09")
        bureau.tables["recusals"] = [{"matter": "S2", "recused": "H1", "replaced_by": "H2", "on": "2024-01-08"}]
        found = bureau.assess(bureau__performance_office="甲处").appeals
        own = dict(rows(found, "appeal", "recusal"))
        assert {appeal: own[appeal] for appeal in ("S1", "S2", "S3", "S4")} == {"S1": "missing", "S2": "recorded", "S3": "", "S4": ""}
        assert set(bureau.assess().appeals["recusal"]) == {""}  # a bureau without a division of that name


class TestAway:
    def test_all_of_the_year_and_the_longest_spell(self, bureau: Bureau) -> None:
        for kind, start, end, signed in (
            ("sick", "2023-02-01", "2023-03-10", "P1"),  # a month and 10 days
            ("personal", "2023-05-01", "2023-06-25", "P1"),  # a month and 25 days
            ("annual", "2023-08-01", "2023-09-30", "P1"),  # counts for nothing here
            ("sick", "2023-10-01", "2023-10-31", ""),  # nobody approved it
        ):
            bureau.add("absences", staff="M1", kind=kind, start=start, end=end, approved_by=signed)
        result = bureau.assess()
        columns = ("staff", "months", "days", "calendar_days", "longest_months", "longest_days", "longest_calendar_days")
        assert rows(result.away, *columns) == [("M1", 3, 5, 94, 1, 25, 56)]  # 35 days are a month and 5; 38 and 56 days
        assert result.staff.set_index("staff").loc["M1", "reason"] == "absence"


class TestLosses:
    def test_by_cause_in_months_and_in_the_year(self, bureau: Bureau) -> None:
        bureau.drop("plan_items", division="D1", month=APRIL)
        for item, points, completion, reason in (("K1", 40, 0, "外部原因"), ("K2", 20, 0.5, "计划不周"), ("K3", 40, 1, "")):
            bureau.add("plan_items", month=APRIL, division="D1", item=item, points=points, completion=completion, reason=reason)
        bureau.miss("D1", "2023-05")
        enter(bureau, "N1", "D1", "litigation_lost", quantity=1.5)
        enter(bureau, "N2", "D1", "innovation")
        result = bureau.assess()
        own = result.losses[result.losses["division"] == "D1"]
        assert rows(own.sort_values(["component", "period"], kind="stable"), "period", "component", "cause", "points") == [
            ("2023", "adjustments", "litigation_lost", 3.0),
            ("2023", "appraisal", "群众", pytest.approx(3.0)),  # 20% of the 15 points that 85 lack
            (APRIL, "monthly_plan", "外部原因", 20.0),
            (APRIL, "monthly_plan", "计划不周", 10.0),
            ("2023-05", "monthly_plan", "", 50.0),
        ]
        assert result.losses.groupby("division")["points"].sum().to_dict() == {"D1": pytest.approx(86), "D2": pytest.approx(6), "D3": pytest.approx(10)}
        # 80 points of twelve months, 3 and 3, less the bonus of 1.5: 100 − 0.8 × 80 ÷ 12 − 4.5
        assert result.divisions.set_index("division").loc["D1", "score"] == 90.17

    def test_a_month_shows_the_year_up_to_it(self, bureau: Bureau) -> None:
        for month in ("2023-02", APRIL, "2023-06"):
            bureau.miss("D2", month)
        assert rows(bureau.assess(APRIL).losses, "period", "division", "points") == [("2023-02", "D2", 50.0), (APRIL, "D2", 50.0)]

    def test_an_excused_miss_loses_nothing(self, bureau: Bureau) -> None:
        bureau.miss("D2", APRIL)
        bureau.rows("plan_items", division="D2", month=APRIL)[0].update(excused_by="P1", excused_on="2023-05-05", reason="外部原因")
        assert bureau.assess(APRIL).losses["points"].sum() == 0

    def test_they_sum_to_what_the_months_lack(self, bureau: Bureau) -> None:
        bureau.drop("plan_items", division="D1", month=APRIL)
        for item in ("K1", "K2"):  # 100 and 50 of each of two: the floor gives back 50
            bureau.add("plan_items", month=APRIL, division="D1", item=item, completion=0, reason="计划不周")
        result = bureau.assess(APRIL, components__monthly_plan__loss_base="extra")
        assert rows(result.losses, "cause", "points") == [("计划不周", 75.0), ("计划不周", 75.0), ("", -50.0)]
        assert result.divisions.set_index("division").loc["D1", "score"] == 0


class TestGuidance:
    def test_states_and_the_months_before_and_after(self, bureau: Bureau) -> None:
        bureau.miss("D3", "2023-01")  # 50
        bureau.work("M4", "2023-02", 128)  # 80 points
        common = {"issue": "事项拖延", "owner": "P2"}
        bureau.tables["measures"] = [
            {"measure": "G1", "subject": "D3", "due": "2023-03-31", "done_on": "2023-03-31", **common},
            {"measure": "G2", "subject": "丙一", "due": "2023-03-31", "done_on": "2023-04-01", **common},
            {"measure": "G3", "subject": "D3", "due": "2023-12-31", **common},
            {"measure": "G4", "subject": "D3", "due": "2024-01-01", **common},
            {"measure": "G5", "subject": "D3", "due": "2023-01-31", "done_on": "2023-01-20", **common},
        ]
        found = bureau.assess().guidance
        assert rows(found, "measure", "subject", "state", "before", "after") == [
            ("G1", "D3", "done", 75.0, 100.0),  # January 50, February 100
            ("G2", "M4", "done_late", pytest.approx(260 / 3), 90.0),  # 90, 80, 90 before April
            ("G3", "D3", "overdue", None, None),
            ("G4", "D3", "pending", None, None),
            ("G5", "D3", "done", None, 100.0),  # nothing before January
        ]
        assert bureau.assess(APRIL).guidance.empty


class TestSettlement:
    def test_without_payments_there_is_none(self, bureau: Bureau) -> None:
        result = bureau.assess()
        assert result.settlement.empty
        assert "settlement" not in set(result.payouts["kind"])

    def test_paid_exactly(self, bureau: Bureau) -> None:
        pay_as_assessed(bureau)
        result = bureau.assess()
        assert len(result.settlement) == 12 * 18  # 5 + 8 + 5 payments a month
        assert set(result.settlement["difference"]) == {0.0}
        assert settled(result) == {}
        assert result.checks["holds"].all()

    def test_too_much_too_little_and_nothing(self, bureau: Bureau) -> None:
        pay_as_assessed(bureau)
        bureau.miss("D1", APRIL)  # H1 is due 1000, V1 900 and P2 2166.67 of the organisation part
        bureau.drop("payments", staff="M2", period="2023-05", kind="monthly_standard")
        bureau.rows("payments", staff="M4", period="2023-06", kind="monthly_competitive")[0]["amount"] = 599.99
        result = bureau.assess()
        differing = result.settlement[result.settlement["difference"] != 0]
        assert sorted(rows(differing, "period", "staff", "kind", "due", "paid", "difference")) == [
            (APRIL, "H1", "monthly_organisation", 1000.0, 2000.0, -1000.0),
            (APRIL, "P2", "monthly_organisation", 2166.67, 2600.0, -433.33),
            (APRIL, "V1", "monthly_organisation", 900.0, 1800.0, -900.0),
            ("2023-05", "M2", "monthly_standard", 1000.0, 0.0, 1000.0),
            ("2023-06", "M4", "monthly_competitive", 600.0, 599.99, 0.01),
        ]
        assert settled(result) == {"H1": -1000, "P2": -433.33, "V1": -900, "M2": 1000, "M4": 0.01}
        lines = result.explain("H1", measure="amount")
        assert lines.loc[lines["component"] == "settlement", ["item", "raw", "weight"]].to_numpy().tolist() == [
            ["settlement", 41000, 1],  # 11 × 2000 + 1000 + 12 × 1500
            ["paid", 42000, -1],
        ]
        assert result.checks["holds"].all()

    def test_an_excluded_person_gives_back_what_was_paid(self, bureau: Bureau) -> None:
        pay_as_assessed(bureau, ["2023-01", "2023-02"])
        bureau.tables["payments"] = [row for row in bureau.tables["payments"] if row["staff"] in ("M1", "M2")]
        bureau.add("absences", staff="M1", kind="sick", start="2023-03-01", end="2023-06-01", approved_by="P1")
        found = settled(bureau.assess())
        assert found["M1"] == -3500  # 2 × (1000 + 750)
        assert found["M2"] == 16000  # ten months of 1600
        assert found["M4"] == 19200  # never paid

    def test_a_settlement_already_paid_counts(self, bureau: Bureau) -> None:
        pay_as_assessed(bureau)
        bureau.miss("D1", APRIL)
        bureau.add("payments", period="2023", staff="H1", kind="settlement", amount=-1000)
        bureau.add("payments", period="2023", staff="V1", kind="settlement", amount=-1000)  # 100 too much taken back
        assert settled(bureau.assess()) == {"P2": -433.33, "V1": 100}

    def test_payments_of_another_year_do_not_count(self, bureau: Bureau) -> None:
        bureau.tables["payments"] = [{"period": "2022-12", "staff": "H1", "kind": "monthly_standard", "amount": 1500}]
        assert bureau.assess().settlement.empty

    def test_the_annual_payment_is_not_settled_unless_chosen(self, bureau: Bureau) -> None:
        pay_as_assessed(bureau)
        bureau.add("payments", period="2023", staff="H1", kind="annual", amount=43000)
        assert settled(bureau.assess()) == {}
        kinds = ["monthly_organisation", "monthly_standard", "monthly_competitive", "annual"]
        assert settled(bureau.assess(payouts__settles=kinds)) == {
            "H1": 200, "V1": 36000, "M1": 24000, "H2": 36000, "M2": 20000, "M3": 20000, "H3": 24000, "M4": 16000, "P2": 32000,
        }  # fmt: skip

    def test_a_month_settles_nothing(self, bureau: Bureau) -> None:
        pay_as_assessed(bureau, [APRIL])
        assert bureau.assess(APRIL).settlement.empty


class TestChecks:
    @pytest.fixture
    def result(self, bureau: Bureau) -> Assessment:
        """A year with a miss, odd hours and payments."""
        pay_as_assessed(bureau)
        bureau.miss("D1", APRIL)
        bureau.work("M1", APRIL, 131.7)
        return bureau.assess()

    @staticmethod
    def broken(result: Assessment) -> set[tuple[str, str]]:
        found = result.checks
        return {(check, subject) for check, subject, holds in found[["check", "subject", "holds"]].itertuples(index=False, name=None) if not holds}

    def test_all_hold(self, result: Assessment) -> None:
        found = result.checks
        assert list(found.columns) == ["check", "subject", "expected", "found", "holds"]
        assert found["check"].value_counts().to_dict() == {
            "division_score": 3, "payouts_are_ledger": 1, "parts_are_whole": 1, "pools_are_shared": 1, "settlement_is_difference": 1,
        }  # fmt: skip
        assert found["holds"].all()
        pools = found.set_index("check").loc["pools_are_shared", "expected"]
        assert pools == 12 * (1500 + 1200 + 600)
        assert dict(rows(found[found["check"] == "division_score"], "subject", "expected")) == {"D1": 93.67, "D2": 94, "D3": 90}

    def test_a_month_s_hold(self, bureau: Bureau) -> None:
        assert bureau.assess(APRIL).checks["holds"].all()

    def test_the_sample_s_hold(self, sample_year: Assessment) -> None:
        assert sample_year.checks["holds"].all()

    @pytest.mark.parametrize(
        ("kind", "checks"),
        [
            ("annual", {"payouts_are_ledger"}),
            ("monthly_competitive", {"payouts_are_ledger", "pools_are_shared"}),
            ("settlement", {"payouts_are_ledger", "settlement_is_difference"}),
        ],
    )
    def test_a_payment_changed_by_a_cent(self, result: Assessment, kind: str, checks: set[str]) -> None:
        payouts = result.payouts.copy()
        payouts.loc[payouts.index[payouts["kind"] == kind][0], "amount"] += 0.01
        assert {check for check, _ in self.broken(replace(result, payouts=payouts))} == checks

    def test_a_score_changed_by_a_hundredth(self, result: Assessment) -> None:
        divisions = result.divisions.copy()
        divisions.loc[divisions["division"] == "D2", "score"] += 0.01
        assert self.broken(replace(result, divisions=divisions)) == {("division_score", "D2")}

    def test_a_ledger_line_gone(self, result: Assessment) -> None:
        lines = result.ledger
        gone = lines[~((lines["subject"] == "D3") & (lines["period"] == "2023") & (lines["component"] == "appraisal"))]
        assert self.broken(replace(result, ledger=gone)) == {("division_score", "D3")}

    def test_a_division_without_any_line(self, result: Assessment) -> None:
        lines = result.ledger
        assert self.broken(replace(result, ledger=lines[(lines["subject"] != "D3") | (lines["measure"] == "amount")])) == {("division_score", "D3")}

    def test_a_row_of_the_settlement_gone(self, result: Assessment) -> None:
        detail = result.settlement[result.settlement["difference"] == 0]
        assert self.broken(replace(result, settlement=detail)) == {("settlement_is_difference", "")}

    def test_an_hour_paid_by_itself_has_no_pool_to_check(self, bureau: Bureau) -> None:
        found = bureau.assess(APRIL, payouts__competition="per_hour").checks
        assert "pools_are_shared" not in set(found["check"])
        assert found["holds"].all()
