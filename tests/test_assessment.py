"""A year and a month of a small bureau, worked out by hand; its starting numbers stand in ``conftest.Bureau``."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from perfkit import RecordsError, assess, load_records, load_scheme
from perfkit.assessment import Assessment
from perfkit.problems import UsageError
from tests.conftest import SCHEME, Bureau

D1, D2, D3 = "D1", "D2", "D3"
TABLES = ["divisions", "staff", "leaders", "payouts", "ledger", "open", "division_months", "staff_months", "standing", "items"]


def plain(value: Any) -> Any:
    """A cell, None where there is nothing."""
    return None if pd.isna(value) else value


def column(frame: pd.DataFrame, name: str, key: str = "division") -> dict[str, Any]:
    """Subject → cell of one column."""
    return {subject: plain(value) for subject, value in zip(frame[key], frame[name], strict=True)}


def questions(result: Assessment) -> set[tuple[str, str, str]]:
    """What people must still decide."""
    return set(result.open.itertuples(index=False, name=None))


def paid(result: Assessment, person: str, kind: str, period: str = "2023") -> float | None:
    """One payment of a person; None without a row."""
    rows = result.payouts
    amounts = rows.loc[(rows["staff"] == person) & (rows["kind"] == kind) & (rows["period"] == period), "amount"]
    assert len(amounts) <= 1
    return None if amounts.empty else float(amounts.iloc[0])


def tie(bureau: Bureau) -> None:
    """甲 and 乙 both at 97 points, with equal hours and no deductions, for one place in tier A."""
    bureau.rated_by_public(D2, "良好")


@pytest.fixture(scope="module")
def unaltered(tmp_path_factory: pytest.TempPathFactory) -> Assessment:
    """The bureau's year as built."""
    return Bureau(tmp_path_factory.mktemp("records")).assess()


class TestAYear:
    def test_divisions(self, unaltered: Assessment) -> None:
        found = unaltered.divisions
        assert column(found, "monthly_plan") == {D1: 100, D2: 100, D3: 100}
        assert column(found, "appraisal") == {D1: 85, D2: 70, D3: 50}
        assert column(found, "score") == {D1: 97, D2: 94, D3: 90}
        assert column(found, "rank") == {D1: 1, D2: 2, D3: 3}
        assert column(found, "tier") == {D1: "A", D2: "B", D3: "C"}
        assert column(found, "coefficient") == {D1: 1.2, D2: 1.0, D3: 0.8}
        assert column(found, "advanced") == {D1: True, D2: False, D3: False}
        assert column(found, "headroom") == {D1: None, D2: 3, D3: 4}
        assert column(found, "excellent_places") == {D1: 2, D2: 1, D3: 0}  # 2.1, 1.5, 0.4

    def test_staff(self, unaltered: Assessment) -> None:
        found = unaltered.staff
        assert column(found, "hours", "staff") == {"P1": None, **dict.fromkeys(["H1", "V1", "M1", "H2", "M2", "M3", "H3", "M4"], 1728)}
        assert set(column(found, "statutory_hours", "staff").values()) == {None, 1920}
        assert set(column(found, "personal", "staff").values()) == {None, 88.5}
        scores = {"P1": None, "H1": 95.3, "V1": 90.2, "M1": 88.5, "H2": 92.9, "M2": 88.5, "M3": 88.5, "H3": 89.7, "M4": 88.5}
        assert column(found, "score", "staff") == scores
        assert column(found, "rank", "staff") == {"P1": None, "H1": 1, "V1": 2, "M1": 3, "H2": 1, "M2": 2, "M3": 2, "H3": 1, "M4": 2}
        excellent = {person for person, rating in column(found, "rating", "staff").items() if rating == "excellent"}
        assert excellent == {"H1", "V1", "H2"}
        assert column(found, "reason", "staff")["P1"] == "director"
        assert found.loc[~found["included"].astype(bool), "staff"].to_list() == ["P1"]

    def test_organisation_is_empty_for_members(self, unaltered: Assessment) -> None:
        found = column(unaltered.staff, "organisation", "staff")
        assert found == {"P1": None, "H1": 97, "V1": 97, "M1": None, "H2": 94, "M2": None, "M3": None, "H3": 90, "M4": None}

    def test_leader_and_payments(self, unaltered: Assessment) -> None:
        result = unaltered
        assert result.leaders.to_dict("records") == [{"leader": "P2", "divisions": "D1;D2;D3", "coefficient": pytest.approx(1.0)}]
        annual = {"H1": 43200, "V1": 36000, "M1": 24000, "H2": 36000, "M2": 20000, "M3": 20000, "H3": 24000, "M4": 16000, "P2": 32000}
        assert {person: paid(result, person, "annual") for person in annual} == annual
        assert paid(result, "P1", "annual") is None
        organisation = {"H1": 2000, "V1": 1800, "M1": None, "P2": 2600}
        assert {person: paid(result, person, "monthly_organisation", "2023-04") for person in organisation} == organisation
        standard = {"H1": 1500, "V1": 1300, "M1": 1000, "P2": None}
        assert {person: paid(result, person, "monthly_standard", "2023-04") for person in standard} == standard
        competitive = {"H1": None, "V1": 750, "M1": 750, "M2": 600, "M3": 600, "M4": 600}  # pools of 1500, 1200 and 600
        assert {person: paid(result, person, "monthly_competitive", "2023-04") for person in competitive} == competitive

    def test_payments_carry_base_and_factor(self, unaltered: Assessment) -> None:
        rows = unaltered.payouts.set_index(["staff", "period", "kind"])
        assert rows.loc[("H1", "2023", "annual"), ["base", "factor"]].to_list() == [30000, pytest.approx(1.44)]
        assert rows.loc[("V1", "2023-04", "monthly_competitive"), ["base", "factor"]].to_list() == [1500, 0.5]

    def test_nothing_is_open(self, unaltered: Assessment) -> None:
        assert unaltered.open.empty

    def test_tables_have_the_promised_columns(self, unaltered: Assessment) -> None:
        result = unaltered
        parts = ["monthly_plan", "appraisal", "adjustments"]
        tail = ["score", "rank", "tier", "coefficient", "advanced", "excellent_places", "headroom"]
        assert list(result.divisions.columns) == ["division", *parts, *tail]
        assert list(result.staff.columns) == [
            "staff",
            "division",
            "role",
            "hours",
            "statutory_hours",
            "personal",
            "democratic",
            "organisation",
            "score",
            "rank",
            "rating",
            "coefficient",
            "included",
            "reason",
        ]
        assert list(result.leaders.columns) == ["leader", "divisions", "coefficient"]
        assert list(result.payouts.columns) == ["period", "staff", "kind", "base", "factor", "amount", "rules"]
        assert list(result.open.columns) == ["subject", "question", "options"]
        assert list(result.ledger.columns) == [
            "period",
            "subject",
            "measure",
            "component",
            "item",
            "raw",
            "weight",
            "value",
            "rules",
            "note",
        ]

    def test_a_month_with_a_miss_lowers_the_year_and_that_month_s_payment(self, bureau: Bureau) -> None:
        bureau.miss(D1, "2023-04")  # 50 points; the year (1100 + 50) ÷ 12 × 0.8 + 17 = 93.67
        result = bureau.assess()
        assert column(result.divisions, "score")[D1] == 93.67
        assert paid(result, "H1", "monthly_organisation", "2023-04") == 1000
        assert paid(result, "P2", "monthly_organisation", "2023-04") == 2166.67  # the mean of 50, 100 and 100: 2600 × 0.83333…
        assert paid(result, "H1", "monthly_organisation", "2023-05") == 2000

    def test_adjustments_count_by_date_and_only_decided_ones(self, bureau: Bureau) -> None:
        given = {"division": D1, "kind": "litigation_lost"}
        bureau.add("adjustments", adjustment="N1", date="2023-05-04", decided_on="2023-06-01", **given)
        bureau.add("adjustments", adjustment="N2", date="2023-07-04", **given)
        bureau.add("adjustments", adjustment="N3", date="2022-12-31", decided_on="2023-01-05", **given)
        bureau.add(
            "adjustments",
            adjustment="N4",
            date="2023-12-31",
            division=D1,
            kind="superior_commendation",
            quantity=3,
            decided_on="2024-01-10",
        )
        result = bureau.assess()
        assert column(result.divisions, "adjustments") == {D1: 4, D2: 0, D3: 0}  # 3 × 2 − 2
        assert column(result.divisions, "score")[D1] == 101
        assert questions(result) == {(D1, "adjustment_undecided", "N2")}
        assert column(result.standing, "deductions") == {D1: 2, D2: 0, D3: 0}

    def test_below_standard_is_a_row_of_nothing(self, bureau: Bureau) -> None:
        bureau.work("M1", "2023-04", 111.9)
        result = bureau.assess()
        assert paid(result, "M1", "monthly_standard", "2023-04") == 0
        assert paid(result, "V1", "monthly_competitive", "2023-04") == 1500
        assert paid(result, "M1", "monthly_competitive", "2023-04") == 0

    def test_a_pool_nobody_earns_is_not_spent(self, bureau: Bureau) -> None:
        bureau.work("V1", "2023-04", 112)  # exactly 70%: the standard, no excess
        bureau.work("M1", "2023-04", 100)
        result = bureau.assess()
        assert paid(result, "V1", "monthly_standard", "2023-04") == 1300
        assert [paid(result, person, "monthly_competitive", "2023-04") for person in ("V1", "M1")] == [0, 0]
        lines = result.ledger
        left = lines[(lines["subject"] == D1) & (lines["item"] == "remainder") & (lines["period"] == "2023-04")]
        assert left["value"].to_list() == [1500]

    def test_leave_shortens_statutory_hours(self, bureau: Bureau) -> None:
        bureau.add("absences", staff="M1", kind="annual", start="2023-04-03", end="2023-04-07", approved_by="P1")
        bureau.add("absences", staff="M2", kind="annual", start="2023-04-03", end="2023-04-07")
        found = column(bureau.assess().staff, "statutory_hours", "staff")
        assert (found["M1"], found["M2"]) == (1880, 1920)  # five days of eight hours; without approval none

    def test_a_month_without_statutory_hours_is_no_month(self, bureau: Bureau) -> None:
        bureau.add("absences", staff="M1", kind="sick", start="2023-04-01", end="2023-04-30", approved_by="P1")
        bureau.work("M1", "2023-04", 0)
        result = bureau.assess()
        assert paid(result, "M1", "monthly_standard", "2023-04") is None
        assert paid(result, "M1", "monthly_competitive", "2023-04") is None
        assert paid(result, "V1", "monthly_competitive", "2023-04") == 900  # the pool is the deputy's own
        assert column(result.staff, "statutory_hours", "staff")["M1"] == 1760
        assert column(result.staff, "included", "staff")["M1"] is True


class TestATieAtTheBorder:
    def test_it_stays_open_without_tier_coefficient_or_places(self, bureau: Bureau) -> None:
        tie(bureau)
        result = bureau.assess()
        found = result.divisions
        assert column(found, "rank") == {D1: 1, D2: 1, D3: 3}
        for name in ("tier", "coefficient", "advanced", "excellent_places", "headroom"):
            assert (column(found, name)[D1], column(found, name)[D2]) == (None, None), name
        assert column(found, "tier")[D3] == "C"
        assert {(D1, "tie_at_tier_border", "A;B;C"), (D2, "tie_at_tier_border", "A;B;C")} <= questions(result)

    def test_nothing_that_hangs_on_it_is_paid(self, bureau: Bureau) -> None:
        tie(bureau)
        result = bureau.assess()
        assert result.leaders["coefficient"].isna().all()
        assert {person for person in ("H1", "V1", "M1", "H2", "M2", "M3", "P2") if paid(result, person, "annual") is not None} == set()
        assert paid(result, "M4", "annual") == 16000
        assert paid(result, "H1", "monthly_organisation", "2023-04") == 2000

    def test_more_mean_hours_settle_it(self, bureau: Bureau) -> None:
        tie(bureau)
        bureau.work("M3", "2023-04", 144.5)
        result = bureau.assess()
        assert column(result.divisions, "tier") == {D1: "B", D2: "A", D3: "C"}
        assert column(result.divisions, "rank") == {D1: 1, D2: 1, D3: 3}
        assert result.open[result.open["question"] == "tie_at_tier_border"].empty

    def test_credited_hours_count_and_unapproved_ones_do_not(self, bureau: Bureau) -> None:
        tie(bureau)
        bureau.add("credits", month="2023-04", staff="M3", kind="information", approved_by="绩效办")
        bureau.add("credits", month="2023-04", staff="M1", kind="research", quantity=5)
        result = bureau.assess()
        assert column(result.divisions, "tier") == {D1: "B", D2: "A", D3: "C"}
        assert column(result.staff, "hours", "staff")["M3"] == 1730

    def test_then_fewer_deduction_points_settle_it(self, bureau: Bureau) -> None:
        tie(bureau)
        for kind in ("litigation_lost", "superior_commendation"):  # −2 and +2: the score stays
            bureau.add("adjustments", adjustment=kind, date="2023-05-04", division=D1, kind=kind, decided_on="2023-06-01")
        result = bureau.assess()
        assert column(result.divisions, "score") == {D1: 97, D2: 97, D3: 90}
        assert column(result.divisions, "tier") == {D1: "B", D2: "A", D3: "C"}

    def test_hours_come_before_deductions(self, bureau: Bureau) -> None:
        tie(bureau)
        for kind in ("litigation_lost", "superior_commendation"):
            bureau.add("adjustments", adjustment=kind, date="2023-05-04", division=D1, kind=kind, decided_on="2023-06-01")
        bureau.work("M1", "2023-04", 145)
        assert column(bureau.assess().divisions, "tier") == {D1: "A", D2: "B", D3: "C"}

    def test_monthly_losses_are_no_deduction_points(self, bureau: Bureau) -> None:
        tie(bureau)
        bureau.miss(D1, "2023-04")
        bureau.miss(D2, "2023-05")
        result = bureau.assess()
        assert column(result.divisions, "tier") == {D1: None, D2: None, D3: "C"}

    def test_a_decision_settles_it(self, bureau: Bureau) -> None:
        tie(bureau)
        for order, division in enumerate(["乙处", "甲处"], 1):
            bureau.add("decisions", period="2023", subject=division, order=order, decided_by="局党组", decided_on="2024-01-15")
        result = bureau.assess()
        assert column(result.divisions, "tier") == {D1: "B", D2: "A", D3: "C"}
        assert column(result.divisions, "advanced") == {D1: False, D2: True, D3: False}
        assert "tie_at_tier_border" not in set(result.open["question"])
        assert result.leaders["coefficient"].to_list() == [pytest.approx(1.0)]

    def test_a_decision_about_one_of_them_or_without_a_date_settles_nothing(self, bureau: Bureau) -> None:
        tie(bureau)
        bureau.add("decisions", period="2023", subject=D1, order=1, decided_by="局党组", decided_on="2024-01-15")
        bureau.add("decisions", period="2023", subject=D2, order=2, decided_by="局党组")
        assert column(bureau.assess().divisions, "tier") == {D1: None, D2: None, D3: "C"}

    def test_a_decision_of_another_year_settles_nothing(self, bureau: Bureau) -> None:
        tie(bureau)
        for order, division in enumerate([D2, D1], 1):
            bureau.add("decisions", period="2022", subject=division, order=order, decided_by="局党组", decided_on="2023-01-15")
        assert column(bureau.assess().divisions, "tier") == {D1: None, D2: None, D3: "C"}

    def test_a_tie_within_a_tier_needs_no_decision(self, bureau: Bureau) -> None:
        tie(bureau)
        result = bureau.assess(tiers__shares={"A": 0.7, "B": 0.2, "C": 0.1})  # 2.1, 0.6, 0.3 → 2, 1, 0
        assert column(result.divisions, "tier") == {D1: "A", D2: "A", D3: "B"}


class TestVeto:
    @staticmethod
    def vetoed(bureau: Bureau, **settings: Any) -> Assessment:
        bureau.add("vetoes", date="2023-10-18", division=D1, ground="违法违纪", decided_by="局党组", decided_on="2023-11-02")
        return bureau.assess(**settings)

    def test_tier_coefficient_and_places_stay_and_nobody_moves_up(self, bureau: Bureau) -> None:
        found = self.vetoed(bureau).divisions
        assert column(found, "tier") == {D1: "A", D2: "B", D3: "C"}
        assert column(found, "coefficient")[D1] == 1.2
        assert column(found, "excellent_places")[D1] == 2
        assert column(found, "advanced") == {D1: False, D2: False, D3: False}

    def test_the_head_is_not_excellent_and_the_place_passes_on(self, bureau: Bureau) -> None:
        result = self.vetoed(bureau)
        assert column(result.staff, "rating", "staff") == {
            "P1": None,
            "H1": "competent",
            "V1": "excellent",
            "M1": "excellent",
            "H2": "excellent",
            "M2": "competent",
            "M3": "competent",
            "H3": "competent",
            "M4": "competent",
        }
        assert paid(result, "H1", "annual") == 36000  # 30000 × 1.2 × 1.0
        assert paid(result, "M1", "annual") == 28800  # 20000 × 1.2 × 1.2

    def test_drop_leaves_the_place_in_a_empty(self, bureau: Bureau) -> None:
        found = self.vetoed(bureau, veto__effect="drop").divisions
        assert column(found, "tier") == {D1: "B", D2: "B", D3: "C"}
        assert column(found, "coefficient")[D1] == 1.0
        assert column(found, "excellent_places")[D1] == 1
        assert column(found, "advanced") == {D1: False, D2: False, D3: False}

    def test_drop_and_refill_moves_the_next_up(self, bureau: Bureau) -> None:
        result = self.vetoed(bureau, veto__effect="drop_and_refill")
        assert column(result.divisions, "tier") == {D1: "B", D2: "A", D3: "C"}
        assert column(result.divisions, "advanced") == {D1: False, D2: True, D3: False}
        assert column(result.divisions, "rank") == {D1: 1, D2: 2, D3: 3}

    def test_one_that_is_not_decided_is_not_carried_out(self, bureau: Bureau) -> None:
        bureau.add("vetoes", date="2023-10-18", division=D1, ground="违法违纪")
        result = bureau.assess()
        assert column(result.divisions, "advanced")[D1] is True
        assert questions(result) == {(D1, "veto_undecided", "")}

    def test_one_of_another_year_is_not_this_year_s(self, bureau: Bureau) -> None:
        bureau.add("vetoes", date="2022-10-18", division=D1, ground="违法违纪", decided_by="局党组", decided_on="2023-01-02")
        assert column(bureau.assess().divisions, "advanced")[D1] is True


class TestWhatIsMissing:
    def test_a_month_without_items_is_told_and_not_in_the_mean(self, bureau: Bureau) -> None:
        bureau.drop("plan_items", division=D3, month="2023-06")
        bureau.miss(D3, "2023-01")  # 50 and ten times 100: 1050 ÷ 11 × 0.8 + 10 = 86.36
        result = bureau.assess()
        assert questions(result) == {(D3, "month_without_items", "2023-06")}
        assert column(result.divisions, "score")[D3] == 86.36
        months = result.division_months.set_index(["period", "division"])["score"]
        assert np.isnan(months["2023-06", D3])
        assert paid(result, "H3", "monthly_organisation", "2023-06") is None
        assert paid(result, "P2", "monthly_organisation", "2023-06") == 2600  # the mean of the two that have a score

    def test_a_month_not_fully_reported_is_told_and_not_in_the_mean(self, bureau: Bureau) -> None:
        bureau.add("plan_items", month="2023-06", division=D3, item="K9", title="另一事项", completion="")
        result = bureau.assess()
        assert questions(result) == {(D3, "completion_missing", "2023-06")}
        assert column(result.divisions, "score")[D3] == 90

    def test_a_month_nobody_has_reported_yet(self, bureau: Bureau) -> None:
        bureau.drop("plan_items", month="2023-12")
        result = bureau.assess("2023-12")
        assert column(result.divisions, "score") == {D1: None, D2: None, D3: None}
        assert questions(result) == {(division, "month_without_items", "2023-12") for division in (D1, D2, D3)}
        assert paid(result, "H1", "monthly_organisation", "2023-12") is None
        assert paid(result, "H1", "monthly_standard", "2023-12") == 1500

    def test_a_year_that_has_only_begun(self, bureau: Bureau) -> None:
        for month in range(2, 13):
            bureau.drop("plan_items", month=f"2023-{month:02d}")
        result = bureau.assess()
        assert column(result.divisions, "score") == {D1: 97, D2: 94, D3: 90}
        assert {question for _, question, _ in questions(result)} == {"month_without_items"}

    def test_no_items_at_all(self, bureau: Bureau) -> None:
        bureau.tables["plan_items"] = []
        result = bureau.assess()
        assert column(result.divisions, "score") == {D1: None, D2: None, D3: None}
        assert column(result.divisions, "tier") == {D1: None, D2: None, D3: None}

    def test_nobody_has_entered_hours(self, bureau: Bureau) -> None:
        bureau.tables["hours"] = []
        result = bureau.assess()
        assert column(result.staff, "personal", "staff")["M1"] == 25.5  # 0.3 × 85
        assert paid(result, "M1", "monthly_standard", "2023-04") == 0

    def test_a_division_without_an_appraisal_has_no_year(self, bureau: Bureau) -> None:
        bureau.drop("appraisals", kind="mass", subject=D3)
        result = bureau.assess()
        assert column(result.divisions, "score")[D3] is None
        assert column(result.divisions, "tier") == {D1: "A", D2: "B", D3: None}
        # Of three places one is in each tier; if D3 came first, D1 would be B and D2 C.
        assert questions(result) == {(D3, "appraisal_missing", "mass"), (D1, "tier_provisional", ""), (D2, "tier_provisional", "")}
        assert result.leaders["coefficient"].isna().all()
        assert column(result.staff, "score", "staff")["H3"] is None
        assert column(result.staff, "score", "staff")["M4"] == 88.5

    def test_a_tier_that_no_missing_score_can_change_is_not_asked_about(self, bureau: Bureau) -> None:
        """Where all places are of one tier, nobody's tier hangs on another's score."""
        bureau.drop("appraisals", kind="mass", subject=D3)
        result = bureau.assess(tiers__shares={"A": 1.0, "B": 0.0, "C": 0.0})
        assert column(result.divisions, "tier") == {D1: "A", D2: "A", D3: None}
        assert "tier_provisional" not in {question for _, question, _ in questions(result)}

    def test_a_person_without_an_appraisal_has_no_year(self, bureau: Bureau) -> None:
        bureau.drop("appraisals", kind="democratic", subject="M4")
        result = bureau.assess()
        assert ("M4", "appraisal_missing", "democratic") in questions(result)
        assert column(result.staff, "score", "staff")["M4"] is None

    def test_a_missing_rating_is_told_and_not_paid(self, bureau: Bureau) -> None:
        bureau.drop("ratings", staff="M4")
        result = bureau.assess()
        assert questions(result) == {("M4", "rating_missing", "competent;basic;incompetent")}
        assert column(result.staff, "rating", "staff")["M4"] is None
        assert column(result.staff, "coefficient", "staff")["M4"] is None
        assert paid(result, "M4", "annual") is None

    def test_a_missing_rating_before_the_last_place_leaves_it_open(self, bureau: Bureau) -> None:
        bureau.drop("ratings", staff="V1")
        found = column(bureau.assess().staff, "rating", "staff")
        assert (found["H1"], found["V1"], found["M1"]) == ("excellent", None, None)

    def test_a_leader_s_missing_rating(self, bureau: Bureau) -> None:
        bureau.drop("ratings", staff="P2")
        result = bureau.assess()
        assert questions(result) == {("P2", "rating_missing", "excellent;competent;basic;incompetent")}
        assert paid(result, "P2", "annual") is None

    def test_ratings_that_are_not_paid(self, bureau: Bureau) -> None:
        for person, rating in (("H1", "basic"), ("M4", "incompetent")):
            for row in bureau.rows("ratings", staff=person):
                row["rating"] = rating
        result = bureau.assess()
        found = column(result.staff, "rating", "staff")
        assert (found["H1"], found["V1"], found["M1"], found["M4"]) == ("basic", "excellent", "excellent", "incompetent")
        assert (paid(result, "H1", "annual"), paid(result, "M4", "annual")) == (0, 0)

    def test_excellent_is_not_given_by_hand_inside_a_division(self, bureau: Bureau) -> None:
        for row in bureau.rows("ratings", staff="M4"):  # tier C, two people: no place
            row["rating"] = "excellent"
        with pytest.raises(RecordsError, match="ratings"):
            bureau.assess()

    def test_hours_nobody_approved_are_told(self, bureau: Bureau) -> None:
        bureau.add("hours", date="2023-04-20", staff="M1", declared=8, approved=8)
        result = bureau.assess()
        assert ("M1", "hours_without_approver", "8") in questions(result)
        assert column(result.staff, "hours", "staff")["M1"] == 1728


class TestExcellent:
    def test_equal_scores_go_by_hours_before_the_cap(self, bureau: Bureau) -> None:
        bureau.work("M1", "2023-04", 160)
        for person, hours in (("M2", 170), ("M3", 171)):  # both at 100 points in every month
            for month in range(1, 13):
                bureau.work(person, f"2023-{month:02d}", hours)
        for row in bureau.rows("ratings", staff="H2"):
            row["rating"] = "basic"
        found = column(bureau.assess().staff, "rating", "staff")
        assert (found["H2"], found["M2"], found["M3"]) == ("basic", "competent", "excellent")

    def test_a_tie_for_the_last_place_is_open(self, bureau: Bureau) -> None:
        for row in bureau.rows("ratings", staff="H2"):
            row["rating"] = "basic"
        result = bureau.assess()
        assert questions(result) == {("M2", "tie_for_excellent", ""), ("M3", "tie_for_excellent", "")}
        assert column(result.staff, "rating", "staff")["M2"] is None
        assert paid(result, "M2", "annual") is None

    def test_a_decision_settles_who_takes_the_last_place(self, bureau: Bureau) -> None:
        for row in bureau.rows("ratings", staff="H2"):
            row["rating"] = "basic"
        for order, person in enumerate(["M3", "M2"], 1):
            bureau.add("decisions", period="2023", subject=person, order=order, decided_by="局党组", decided_on="2024-01-15")
        result = bureau.assess()
        found = column(result.staff, "rating", "staff")
        assert (found["M2"], found["M3"]) == ("competent", "excellent")
        assert result.open.empty

    @pytest.mark.parametrize(("counts", "places"), [(["head", "borrowed"], 2), (["borrowed"], 1), (["head"], 1), ([], 0)])
    def test_whom_the_places_follow(self, bureau: Bureau, counts: list[str], places: int) -> None:
        bureau.rows("staff", staff="M1")[0]["borrowed"] = "yes"  # a head, a deputy, one borrowed: 70 % of 3, 2, 2, 1
        result = bureau.assess(excellent__counts=counts)
        assert column(result.divisions, "excellent_places")[D1] == places

    def test_the_places_of_an_undecided_division_are_open(self, bureau: Bureau) -> None:
        tie(bureau)
        found = column(bureau.assess().staff, "rating", "staff")
        assert found["M1"] is None
        assert found["M4"] == "competent"


class TestWhoDoesNotTakePart:
    def test_an_excluded_person_is_not_paid_nor_counted(self, bureau: Bureau) -> None:
        bureau.add("absences", staff="M1", kind="sick", start="2023-03-01", end="2023-06-01", approved_by="P1")
        result = bureau.assess()
        row = result.staff.set_index("staff").loc["M1"]
        assert (bool(row["included"]), row["reason"], row["division"]) == (False, "absence", D1)
        assert pd.isna(row["score"])
        assert "M1" not in set(result.payouts["staff"])
        assert "M1" not in set(result.ledger["subject"])
        assert column(result.divisions, "excellent_places")[D1] == 1  # 70% of two
        assert column(result.standing, "assessed")[D1] == 2
        assert paid(result, "V1", "monthly_competitive", "2023-01") == 900  # the pool without M1's base
        assert result.open.empty

    def test_an_absence_that_nobody_approved_excludes_nobody(self, bureau: Bureau) -> None:
        bureau.add("absences", staff="M1", kind="sick", start="2023-03-01", end="2023-06-30")
        assert column(bureau.assess().staff, "included", "staff")["M1"] is True

    def test_exactly_three_months_exclude_nobody(self, bureau: Bureau) -> None:
        bureau.add("absences", staff="M1", kind="training", start="2023-03-01", end="2023-05-31", approved_by="P1")
        result = bureau.assess()
        assert column(result.staff, "included", "staff")["M1"] is True
        assert column(result.staff, "statutory_hours", "staff")["M1"] == 1440  # nine months

    def test_an_exempted_person(self, bureau: Bureau) -> None:
        dates = {"applied": "2023-01-09", "head": "2023-01-11", "leader": "2023-01-16", "director": "2023-01-19"}
        bureau.add("exemptions", staff="M1", **dates)
        result = bureau.assess()
        row = result.staff.set_index("staff").loc["M1"]
        assert (bool(row["included"]), row["reason"]) == (False, "exemption")
        assert "M1" not in set(result.payouts["staff"])

    def test_an_exemption_out_of_order_is_told_and_exempts_nobody(self, bureau: Bureau) -> None:
        dates = {"applied": "2023-01-09", "head": "2023-01-17", "leader": "2023-01-16", "director": "2023-01-19"}
        bureau.add("exemptions", staff="M1", **dates)
        result = bureau.assess()
        assert column(result.staff, "included", "staff")["M1"] is True
        assert questions(result) == {("M1", "exemption_incomplete", "")}

    def test_an_excluded_leader_has_no_coefficient_and_is_not_paid(self, bureau: Bureau) -> None:
        bureau.add("absences", staff="P2", kind="secondment", start="2023-03-01", end="2023-07-31", approved_by="P1")
        result = bureau.assess()
        assert "P2" not in set(result.payouts["staff"])
        assert result.leaders["coefficient"].isna().all()

    def test_somebody_outside_the_divisions(self, bureau: Bureau) -> None:
        bureau.add("staff", staff="X1", name="外一")
        row = bureau.assess().staff.set_index("staff").loc["X1"]
        assert (bool(row["included"]), row["reason"]) == (False, "outside_divisions")


class TestMovers:
    @pytest.fixture
    def moved(self, bureau: Bureau) -> Assessment:
        """The deputy goes from 甲 to 乙 on 1 July: 181 days there, 184 here."""
        for row in bureau.rows("postings", staff="V1"):
            row["end"] = "2023-06-30"
        bureau.add("postings", staff="V1", division=D2, role="deputy", grade="副处", start="2023-07-01")
        return bureau.assess()

    def test_organisation_and_coefficient_count_by_days(self, moved: Assessment) -> None:
        row = moved.staff.set_index("staff").loc["V1"]
        assert row["organisation"] == pytest.approx((181 * 97 + 184 * 94) / 365)
        assert row["score"] == 89.9  # 0.2 × 95.4877 + 0.8 × 88.5 = 89.8975
        factor = moved.payouts.set_index(["staff", "kind"]).loc[("V1", "annual"), "factor"]
        assert factor == pytest.approx((181 * 1.2 + 184 * 1.0) / 365 * 1.2)  # excellent
        assert paid(moved, "V1", "annual") == 32975.34  # 25000 × 1.0991780… × 1.2

    def test_counted_and_ranked_where_the_year_ended(self, moved: Assessment) -> None:
        assert column(moved.standing, "assessed") == {D1: 2, D2: 4, D3: 2}
        assert column(moved.divisions, "excellent_places") == {D1: 1, D2: 2, D3: 0}  # 1.4, 2.0, 0.4
        row = moved.staff.set_index("staff").loc["V1"]
        assert (row["division"], row["rank"], row["rating"]) == (D2, 2, "excellent")

    def test_each_month_belongs_to_the_division_of_its_last_day(self, moved: Assessment) -> None:
        months = moved.staff_months.set_index(["staff", "period"])["division"]
        assert (months["V1", "2023-06"], months["V1", "2023-07"]) == (D1, D2)
        assert paid(moved, "M1", "monthly_competitive", "2023-07") == 600
        assert paid(moved, "M2", "monthly_competitive", "2023-07") == 700  # 900 + 600 + 600 for three

    def test_a_joiner_counts_from_the_first_day(self, bureau: Bureau) -> None:
        for row in bureau.rows("postings", staff="M1"):
            row["start"] = "2023-10-01"
        result = bureau.assess()
        row = result.staff.set_index("staff").loc["M1"]
        assert (row["hours"], row["statutory_hours"]) == (432, 480)
        assert paid(result, "M1", "monthly_standard", "2023-09") is None
        assert paid(result, "M1", "monthly_standard", "2023-10") == 1000

    def test_a_leaver_is_still_assessed_for_the_time_served(self, bureau: Bureau) -> None:
        for row in bureau.rows("postings", staff="M1"):
            row["end"] = "2023-03-31"
        result = bureau.assess()
        row = result.staff.set_index("staff").loc["M1"]
        assert (bool(row["included"]), row["division"], row["statutory_hours"]) == (True, D1, 480)
        assert paid(result, "M1", "monthly_standard", "2023-04") is None


class TestExplain:
    def test_lines_sum_to_every_published_number(self, bureau: Bureau) -> None:
        bureau.miss(D1, "2023-04")
        bureau.work("M1", "2023-04", 107.3)
        bureau.work("V1", "2023-05", 200)
        self.sums(bureau.assess())

    def test_lines_sum_to_every_published_number_of_the_sample(self, sample_year: Assessment) -> None:
        self.sums(sample_year)

    @staticmethod
    def sums(result: Assessment) -> None:
        value = result.ledger.groupby(["subject", "period", "measure"])["value"].sum()
        expected: dict[tuple[str, str, str], float] = {}
        for frame, key in ((result.divisions, "division"), (result.staff, "staff")):
            for name in ("score", "coefficient"):
                given = frame[frame[name].notna()]
                expected |= {(subject, "2023", name): number for subject, number in zip(given[key], given[name], strict=True)}
        expected |= {(leader, "2023", "coefficient"): number for leader, number in zip(result.leaders["leader"], result.leaders["coefficient"], strict=True)}
        for frame, key in ((result.division_months, "division"), (result.staff_months, "staff")):
            given = frame[frame["score"].notna()]
            expected |= {(row[key], row["period"], "score"): row["score"] for _, row in given.iterrows()}
        amounts = result.payouts.groupby(["staff", "period"])["amount"].sum()
        expected |= {(staff, period, "amount"): amount for (staff, period), amount in amounts.items()}
        assert len(expected) > 100
        for key, number in expected.items():
            assert value[key] == pytest.approx(number, abs=1e-6), key
        assert {key for key in value.index if key not in expected and key[2] != "amount"} == set()
        np.testing.assert_allclose(result.ledger["value"], result.ledger["raw"] * result.ledger["weight"], atol=1e-9)

    def test_a_division_by_id_or_name_with_its_clauses(self, bureau: Bureau) -> None:
        bureau.miss(D1, "2023-04")
        result = bureau.assess()
        lines = result.explain("甲处")
        pd.testing.assert_frame_equal(lines, result.explain(D1))
        scores = lines[lines["measure"] == "score"]
        assert scores["value"].sum() == pytest.approx(93.67)
        assert scores.loc[scores["item"] == "2023-04", "raw"].to_list() == [50]
        assert sorted(scores["item"]) == [*(f"2023-{month:02d}" for month in range(1, 13)), "rounding", "群众"]
        assert lines.loc[lines["measure"] == "coefficient", "clauses"].to_list() == ["2.3.5;2.4.3;2.4.5"]
        assert "tiers.rounding" in lines.loc[lines["measure"] == "coefficient", "assumptions"].iloc[0]

    def test_a_month_and_one_measure(self, bureau: Bureau) -> None:
        bureau.miss(D1, "2023-04")
        lines = bureau.assess().explain(D1, "2023-04", "score")
        assert lines[["item", "raw", "weight", "value"]].to_numpy().tolist() == [
            ["full_marks", 100, 1, 100],
            ["D1-2023-04", 100, -0.5, -50],
        ]
        assert lines["clauses"].to_list() == ["2.3.1", "2.3.1"]
        assert lines["assumptions"].to_list() == ["", "components.monthly_plan.loss_base"]

    def test_a_loss_cites_the_reading_it_comes_from(self, bureau: Bureau) -> None:
        bureau.miss(D1, "2023-04")
        for row in bureau.rows("plan_items", division=D1, month="2023-04"):
            row.update(excused_by="P1", excused_on="2023-05-05")
        lines = bureau.assess("2023-04", components__monthly_plan__loss_base="extra").explain(D1, measure="score")
        assert lines.loc[lines["item"] == "D1-2023-04", "value"].to_list() == [-100]
        assert "components.monthly_plan.loss_base" in lines.loc[lines["item"] == "D1-2023-04", "rules"].iloc[0].split(";")

    def test_an_overlaid_parameter_is_shown_among_the_assumptions(self, bureau: Bureau) -> None:
        lines = bureau.assess(tiers__coefficients={"A": 1.3, "B": 1.0, "C": 0.7}).explain(D1, measure="coefficient")
        assert "tiers.coefficients" in lines["assumptions"].iloc[0].split(";")
        assert "2.4.5" not in lines["clauses"].iloc[0]

    def test_who_is_unknown_or_ambiguous(self, bureau: Bureau) -> None:
        for row in bureau.rows("staff", staff="M1"):
            row["name"] = "乙一"
        result = bureau.assess()
        with pytest.raises(UsageError) as unknown:
            result.explain("甲外长")
        assert unknown.value.key == "subject_unknown"
        with pytest.raises(UsageError) as ambiguous:
            result.explain("乙一")
        assert ambiguous.value.key == "subject_ambiguous"


class TestAMonth:
    def test_scores_and_payments_of_the_month_alone(self, bureau: Bureau) -> None:
        bureau.miss(D1, "2023-04")
        result = bureau.assess("2023-04")
        assert column(result.divisions, "score") == {D1: 50, D2: 100, D3: 100}
        assert column(result.divisions, "rank") == {D1: 3, D2: 1, D3: 1}
        for name in ("tier", "coefficient", "advanced", "excellent_places", "headroom"):
            assert set(column(result.divisions, name).values()) == {None}, name
        scores = column(result.staff, "score", "staff")
        assert (scores["H1"], scores["V1"], scores["M1"], scores["H2"]) == (58, 82, 90, 98)  # 0.8 × 50 + 0.2 × 90; 0.2 × 50 + 0.8 × 90
        assert set(result.payouts["period"]) == {"2023-04"}
        assert set(result.payouts["kind"]) == {"monthly_organisation", "monthly_standard", "monthly_competitive"}
        assert paid(result, "H1", "monthly_organisation", "2023-04") == 1000
        assert result.leaders.empty
        assert set(result.ledger["period"]) == {"2023-04"}
        assert result.open.empty

    def test_it_is_the_same_as_within_the_year(self, bureau: Bureau) -> None:
        bureau.miss(D1, "2023-04")
        bureau.work("M1", "2023-04", 120.5)
        month, year = bureau.assess("2023-04"), bureau.assess()
        keys = ["staff", "kind"]
        one = month.payouts.sort_values(keys, ignore_index=True)
        other = year.payouts[year.payouts["period"] == "2023-04"].sort_values(keys, ignore_index=True)
        pd.testing.assert_frame_equal(one, other)
        within = year.division_months[year.division_months["period"] == "2023-04"].reset_index(drop=True)
        pd.testing.assert_frame_equal(month.division_months, within)

    def test_exclusion_counts_in_a_month_too(self, bureau: Bureau) -> None:
        bureau.add("absences", staff="M1", kind="sick", start="2023-03-01", end="2023-06-30", approved_by="P1")
        result = bureau.assess("2023-01")
        assert "M1" not in set(result.payouts["staff"])
        assert column(result.staff, "reason", "staff")["M1"] == "absence"


class TestWhatIsRefused:
    @pytest.mark.parametrize("period", ["2022", "2024-01"])
    def test_another_year(self, bureau: Bureau, period: str) -> None:
        with pytest.raises(UsageError) as caught:
            bureau.assess(period)
        assert caught.value.key == "other_year"
        assert caught.value.values["year"] == 2023

    @pytest.mark.parametrize("period", ["2023-13", "2023-1", "23", "2023-Q5", "", "June"])
    def test_what_is_no_period(self, bureau: Bureau, period: str) -> None:
        with pytest.raises(UsageError) as caught:
            bureau.assess(period)
        assert caught.value.key == "not_a_period"

    def test_a_missing_table_is_told_and_never_an_empty_result(self, bureau: Bureau) -> None:
        folder = bureau.write()
        (folder / "appraisals.csv").unlink()
        with pytest.raises(RecordsError) as caught:
            assess(load_scheme(SCHEME), load_records(folder), "2023")
        assert [(problem.key, problem.file) for problem in caught.value.problems] == [("table_missing", "appraisals.csv")]

    def test_a_table_of_divisions_without_any(self, bureau: Bureau) -> None:
        bureau.tables = {name: [] for name in bureau.tables}
        with pytest.raises(RecordsError) as caught:
            bureau.assess()
        assert [(problem.key, problem.file) for problem in caught.value.problems] == [("no_divisions", "divisions.csv")]

    def test_points_that_do_not_make_full_marks(self, bureau: Bureau) -> None:
        bureau.drop("plan_items", division=D1, month="2023-04")
        for item, points in (("K1", 40), ("K2", 50)):
            bureau.add("plan_items", division=D1, month="2023-04", item=item, points=points, completion=1)
        with pytest.raises(RecordsError) as caught:
            bureau.assess()
        assert [(problem.key, problem.values["total"]) for problem in caught.value.problems] == [("points_sum", "90")]

    def test_points_given_for_some_items_of_a_month_only(self, bureau: Bureau) -> None:
        bureau.drop("plan_items", division=D1, month="2023-04")
        for item, points in (("K1", 100), ("K2", "")):
            bureau.add("plan_items", division=D1, month="2023-04", item=item, points=points, completion=1)
        with pytest.raises(RecordsError) as caught:
            bureau.assess()
        assert [(problem.key, problem.field) for problem in caught.value.problems] == [("points_partly_blank", "分值")]

    def test_kinds_and_grades_the_scheme_does_not_know(self, bureau: Bureau) -> None:
        bureau.add("adjustments", adjustment="N1", date="2023-05-04", division=D1, kind="litigation_lots", decided_on="2023-06-01")
        bureau.add("credits", month="2023-04", staff="M1", kind="information_", approved_by="绩效办")
        bureau.rated_by_public(D2, "很好")
        with pytest.raises(RecordsError) as caught:
            bureau.assess()
        found = {(problem.key, problem.file, problem.line, problem.values["near"]) for problem in caught.value.problems}
        assert found == {
            ("not_in_scheme", "adjustments.csv", 2, "litigation_lost"),
            ("not_in_scheme", "credits.csv", 2, "information"),
            ("not_in_scheme", "appraisals.csv", 3, ""),
        }

    def test_an_amount_the_scheme_leaves_blank(self, bureau: Bureau) -> None:
        bureau.add("adjustments", adjustment="N1", date="2023-05-04", division=D1, kind="litigation_lost", decided_on="2023-06-01")
        with pytest.raises(RecordsError) as caught:
            bureau.assess(**{"components.adjustments.amounts.litigation_lost": None})
        assert [(problem.key, problem.file, problem.line) for problem in caught.value.problems] == [("amount_empty", "adjustments.csv", 2)]

    def test_a_grade_without_a_base(self, bureau: Bureau) -> None:
        bureau.drop("payout_bases", grade="副处")
        with pytest.raises(RecordsError) as caught:
            bureau.assess()
        assert [(problem.key, problem.values["given"]) for problem in caught.value.problems] == [("grade_without_base", "副处")]


class TestPublic:
    def test_no_table_names_a_person_or_shows_money(self, sample_year: Assessment) -> None:
        people = set(sample_year.records["staff"]["staff"]) | set(sample_year.records["staff"]["name"])
        public = sample_year.public()
        assert public.edition == "public"
        for name in TABLES:
            frame = getattr(public, name)
            cells = {str(cell) for column_ in frame.columns for cell in frame[column_].unique()}
            assert {person for person in people if any(person in cell for cell in cells)} == set(), name
        assert "amount" not in set(public.ledger["measure"])
        assert public.payouts.empty

    def test_divisions_stay_as_they_are(self, sample_year: Assessment) -> None:
        pd.testing.assert_frame_equal(sample_year.public().divisions, sample_year.divisions)
        lines = sample_year.public().explain("规划管理处", measure="score")
        assert lines["value"].sum() == pytest.approx(94.16)

    def test_open_questions_about_people_are_left_out(self, bureau: Bureau) -> None:
        tie(bureau)
        bureau.drop("ratings", staff="M4")
        assert set(bureau.assess().public().open["subject"]) == {D1, D2}

    def test_no_mean_over_fewer_than_five(self, bureau: Bureau, sample_year: Assessment) -> None:
        assert bureau.assess().public().standing["mean_hours"].isna().all()
        public, internal = (result.standing.set_index("division") for result in (sample_year.public(), sample_year))
        small = internal["assessed"] < 5
        assert small.any()
        assert not small.all()
        assert public.loc[small, "mean_hours"].isna().all()
        pd.testing.assert_series_equal(public.loc[~small, "mean_hours"], internal.loc[~small, "mean_hours"])

    def test_a_public_page_names_no_person(self, sample_year: Assessment) -> None:
        people = set(sample_year.records["staff"]["staff"]) | set(sample_year.records["staff"]["name"])
        for division in (None, "规划管理处"):
            page = sample_year.public().page("2023", division)
            assert page.edition == "public"
            assert people & (set(page.names) | set(page.names.values())) == set()
            assert page.staff.empty
            assert page.payouts.empty
            assert page.leaders.empty
            assert set(page.ledger["subject"]) <= set(sample_year.divisions["division"])

    def test_the_internal_result_is_not_changed(self, bureau: Bureau) -> None:
        result = bureau.assess()
        rows = len(result.staff), len(result.ledger)
        result.public()
        assert (len(result.staff), len(result.ledger), result.edition) == (*rows, "internal")


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Assessment:
    """A year with a miss and an open question in 甲 and another in 丙."""
    bureau = Bureau(tmp_path_factory.mktemp("records"))
    bureau.rated_by_public(D1, "优秀")
    bureau.miss(D1, "2023-04")
    bureau.drop("ratings", staff="M1")
    bureau.drop("ratings", staff="M4")
    return bureau.assess()


class TestPage:
    def test_a_division_s_year_holds_its_own_people_only(self, year: Assessment) -> None:
        page = year.page("2023", "甲处")
        assert (page.period, page.division, page.edition) == ("2023", D1, "internal")
        assert set(page.staff["staff"]) == {"H1", "V1", "M1"}
        assert set(page.payouts["staff"]) <= {"H1", "V1", "M1"}
        assert set(page.payouts["period"]) == {"2023"}
        assert set(page.ledger["subject"]) == {D1, "H1", "V1", "M1"}
        assert set(page.ledger["period"]) == {"2023"}
        assert set(page.items["division"]) == {D1}
        assert len(page.items) == 12
        assert page.open["subject"].to_list() == ["M1"]
        assert page.leaders.empty

    def test_the_bureau_s_year_holds_everybody(self, year: Assessment) -> None:
        page = year.page("2023")
        assert page.division == ""
        assert set(page.staff["staff"]) == {"P1", "H1", "V1", "M1", "H2", "M2", "M3", "H3", "M4"}
        assert set(page.leaders["leader"]) == {"P2"}
        assert "P2" in set(page.payouts["staff"])
        assert len(page.items) == 36
        assert set(page.open["subject"]) == {"M1", "M4"}
        assert len(page.standing) == 3
        assert len(page.months) == 36

    def test_a_month_of_the_year(self, year: Assessment) -> None:
        page = year.page("2023-04", D1)
        assert column(page.divisions, "score") == {D1: 50, D2: 100, D3: 100}
        assert set(page.months["period"]) == {"2023-04"}
        assert page.items["item"].to_list() == ["D1-2023-04"]
        assert column(page.staff, "score", "staff") == {"H1": 58, "V1": 82, "M1": 90}
        assert set(page.payouts["period"]) == {"2023-04"}
        assert set(page.ledger["period"]) == {"2023-04"}
        assert page.leaders.empty

    def test_a_month_s_page_is_the_same_from_the_year_and_from_the_month(self, bureau: Bureau) -> None:
        bureau.miss(D1, "2023-04")
        one, other = bureau.assess().page("2023-04", D1), bureau.assess("2023-04").page("2023-04", D1)
        for name in ("items", "payouts", "months"):
            left, right = getattr(one, name).reset_index(drop=True), getattr(other, name).reset_index(drop=True)
            pd.testing.assert_frame_equal(left, right, obj=name)
        for name, key in (("divisions", "division"), ("staff", "staff")):
            left, right = (getattr(page, name).sort_values(key, ignore_index=True) for page in (one, other))
            pd.testing.assert_frame_equal(left[[key, "score", "rank"]], right[[key, "score", "rank"]], obj=name)

    def test_names_of_all_that_occur(self, year: Assessment) -> None:
        page = year.page("2023", D1)
        assert (page.names[D1], page.names["H1"]) == ("甲处", "甲处长")

    @pytest.mark.parametrize("period", ["2022", "2024-01", "2022-12"])
    def test_a_period_outside(self, year: Assessment, period: str) -> None:
        with pytest.raises(UsageError) as caught:
            year.page(period)
        assert caught.value.key == "page_outside"

    def test_the_year_is_outside_a_month(self, bureau: Bureau) -> None:
        with pytest.raises(UsageError) as caught:
            bureau.assess("2023-04").page("2023")
        assert caught.value.key == "page_outside"

    def test_a_person_is_no_division(self, year: Assessment) -> None:
        with pytest.raises(UsageError) as caught:
            year.page("2023", "甲处长")
        assert caught.value.key == "not_a_division"


class TestScenarios:
    def test_an_empty_overlay_changes_nothing(self, bureau: Bureau, tmp_path: Path) -> None:
        file = tmp_path / "nothing.yaml"
        file.write_text("base: planning-bureau\nauthor: 绩效办\nwhy: 试算\nset: {}\n", encoding="utf-8")
        records = bureau.records()
        one, other = assess(load_scheme(SCHEME), records, "2023"), assess(load_scheme(SCHEME, file), records, "2023")
        for name in TABLES:
            pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), obj=name, check_exact=True)

    def test_the_same_inputs_give_the_same_tables(self, bureau: Bureau) -> None:
        one, other = bureau.assess(), bureau.assess()
        for name in TABLES:
            pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), obj=name, check_exact=True)

    def test_weights(self, bureau: Bureau) -> None:
        result = bureau.assess(**{"components.monthly_plan.weight": 0.5, "components.appraisal.weight": 0.5})
        assert column(result.divisions, "score") == {D1: 92.5, D2: 85, D3: 75}

    def test_personal_time_against_the_standard_hours(self, bureau: Bureau) -> None:
        result = bureau.assess(personal__basis="standard")  # 144 ÷ 112 is capped: 0.7 × 100 + 25.5
        assert column(result.staff, "personal", "staff")["M1"] == 95.5

    def test_business_and_general_divisions_apart(self, bureau: Bureau) -> None:
        for row in bureau.rows("divisions", division=D3):
            row["group"] = "general"
        result = bureau.assess(tiers__groups="apart")  # 甲 and 乙: 0.6, 1, 0.4 → 1, 1, 0; 丙 alone: 0.3, 0.5, 0.2 → B
        assert column(result.divisions, "tier") == {D1: "A", D2: "B", D3: "B"}
        assert column(result.divisions, "rank") == {D1: 1, D2: 2, D3: 1}
