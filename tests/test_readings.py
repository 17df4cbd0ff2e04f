"""Every alternative reading of the plan, from the switch to the published number, worked out by hand.

The numbers start from ``conftest.Bureau``; its year is 97, 94 and 90 points, and its annual payments are 251,200.
"""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from perfkit import assess, load_scheme
from perfkit.assessment import Assessment
from perfkit.differences import between, of_readings
from tests.conftest import MONTHS, SCHEME, Bureau

APRIL = "2023-04"


def of(result: Assessment, table: str, name: str) -> dict[str, Any]:
    """Subject → cell of one column, None where there is nothing."""
    frame = getattr(result, table)
    return {subject: None if pd.isna(cell) else cell for subject, cell in zip(frame.iloc[:, 0], frame[name], strict=True)}


def paid(result: Assessment, kind: str, period: str = "2023") -> dict[str, float]:
    """Person → what one kind of payment gives in a period."""
    rows = result.payouts[(result.payouts["kind"] == kind) & (result.payouts["period"] == period)]
    assert not rows["staff"].duplicated().any()
    return dict(zip(rows["staff"], rows["amount"], strict=True))


def left(result: Assessment, division: str, period: str = APRIL) -> float:
    """What is left of a division's pool of a month."""
    lines = result.ledger
    (value,) = lines.loc[(lines["subject"] == division) & (lines["period"] == period) & (lines["item"] == "remainder"), "value"]
    return float(value)


def rate(bureau: Bureau, person: str, rating: str) -> None:
    """Give a person another annual rating."""
    (row,) = bureau.rows("ratings", staff=person)
    row["rating"] = rating


class TestDivisions:
    def test_months_may_be_summed(self, bureau: Bureau) -> None:
        bureau.miss("D1", APRIL)  # 0.8 × 1150 + 17
        result = bureau.assess(components__monthly_plan__aggregate="sum")
        assert of(result, "divisions", "monthly_plan") == {"D1": 1150, "D2": 1200, "D3": 1200}
        assert of(result, "divisions", "score") == {"D1": 937, "D2": 974, "D3": 970}
        assert of(result, "divisions", "tier") == {"D1": "C", "D2": "A", "D3": "B"}

    def test_mean_hours_may_be_a_part_of_the_score(self, bureau: Bureau) -> None:
        for month in MONTHS:
            bureau.work("M4", month, 128)  # 80 points beside the head's 90: 丙 has 85
        result = bureau.assess(components__mean_hours__use="component")
        assert of(result, "divisions", "mean_hours") == {"D1": 90, "D2": 90, "D3": 85}
        assert of(result, "divisions", "score") == {"D1": 96.3, "D2": 93.6, "D3": 89.5}  # 0.9 × 97 + 9; 0.9 × 94 + 9; 0.9 × 90 + 8.5

    def test_mean_hours_with_another_weight(self, bureau: Bureau) -> None:
        result = bureau.assess(**{"components.mean_hours.use": "component", "components.mean_hours.weight": 0.2})
        assert of(result, "divisions", "score") == {"D1": 95.6, "D2": 93.2, "D3": 90}  # 0.8 × 97 + 18 …

    @pytest.mark.parametrize(
        ("base", "score"),
        [("item", 80), ("uncompleted_share", 92), ("whole_score", 50), ("extra", 40)],
    )
    def test_what_the_half_is_taken_of(self, bureau: Bureau, base: str, score: float) -> None:
        """40 points at 60% done, not excused: loses 20, 8, half of 100, or the 40 and 20 more."""
        bureau.drop("plan_items", division="D1", month=APRIL)
        for item, points, completion in (("K1", 40, 0.6), ("K2", 60, 1)):
            bureau.add("plan_items", month=APRIL, division="D1", item=item, points=points, completion=completion)
        result = bureau.assess(APRIL, components__monthly_plan__loss_base=base)
        assert of(result, "divisions", "score")["D1"] == score

    @pytest.mark.parametrize(("side", "tiers"), [("higher", ["A", "A", "C"]), ("lower", ["B", "B", "C"]), ("chain", [None, None, "C"])])
    def test_a_tie_at_a_border_may_go_to_one_side(self, bureau: Bureau, side: str, tiers: list[str | None]) -> None:
        bureau.rated_by_public("D2", "良好")
        result = bureau.assess(tiers__at_border=side)
        assert list(of(result, "divisions", "tier").values()) == tiers
        assert ("tie_at_tier_border" in set(result.open["question"])) == (side == "chain")

    def test_tiers_may_go_by_bands_of_score(self, bureau: Bureau) -> None:
        """97, 94 and 90 with A from 95 and B from 85: 丙 is B as well, and H3 the first of two, of whom half are excellent."""
        result = bureau.assess(tiers__method="bands")
        assert of(result, "divisions", "tier") == {"D1": "A", "D2": "B", "D3": "B"}
        assert of(result, "divisions", "coefficient") == {"D1": 1.2, "D2": 1.0, "D3": 1.0}
        assert of(result, "divisions", "advanced") == {"D1": True, "D2": False, "D3": False}
        assert of(result, "divisions", "headroom") == {"D1": None, "D2": 1, "D3": 5}
        assert of(result, "divisions", "rank") == {"D1": 1, "D2": 2, "D3": 3}
        annual = paid(result, "annual")
        assert (annual["H3"], annual["M4"]) == (36000, 20000)  # 30000 × 1.0 × 1.2, 20000 × 1.0 × 1.0
        assert annual["P2"] == 34133.33  # 32000 × (1.2 + 1.0 + 1.0) ÷ 3

    def test_a_band_begins_with_its_lowest_score(self, bureau: Bureau) -> None:
        changed = {"tiers.method": "bands", "tiers.bands": {"A": 94, "B": 90.01}}
        result = bureau.assess(**changed)
        assert of(result, "divisions", "tier") == {"D1": "A", "D2": "A", "D3": "C"}
        assert of(result, "divisions", "headroom") == {"D1": None, "D2": None, "D3": 0.01}
        assert of(result, "divisions", "advanced") == {"D1": True, "D2": True, "D3": False}

    def test_bands_leave_no_tie_to_be_decided(self, bureau: Bureau) -> None:
        bureau.rated_by_public("D2", "良好")  # 97 twice over one place of A
        assert "tie_at_tier_border" in set(bureau.assess().open["question"])
        result = bureau.assess(tiers__method="bands")
        assert of(result, "divisions", "tier") == {"D1": "A", "D2": "A", "D3": "B"}
        assert "tie_at_tier_border" not in set(result.open["question"])

    def test_bands_know_no_tier_without_a_score(self, bureau: Bureau) -> None:
        bureau.drop("appraisals", kind="mass", subject="D2")
        result = bureau.assess(tiers__method="bands")
        assert of(result, "divisions", "tier") == {"D1": "A", "D2": None, "D3": "B"}
        assert of(result, "divisions", "headroom") == {"D1": None, "D2": None, "D3": 5}
        assert of(result, "divisions", "coefficient")["D2"] is None

    @pytest.mark.parametrize(("effect", "tier", "factor"), [("lose_title", "A", 1.2), ("drop", "B", 1.0), ("drop_and_refill", "B", 1.0)])
    def test_a_veto_in_a_band(self, bureau: Bureau, effect: str, tier: str, factor: float) -> None:
        bureau.add("vetoes", date="2023-10-18", division="D1", ground="违法违纪", decided_by="局党组", decided_on="2023-11-02")
        result = bureau.assess(tiers__method="bands", veto__effect=effect)
        assert of(result, "divisions", "tier") == {"D1": tier, "D2": "B", "D3": "B"}  # nobody moves up: 94 is not 95
        assert of(result, "divisions", "coefficient")["D1"] == factor
        assert not any(of(result, "divisions", "advanced").values())

    def test_the_ledger_names_what_decided_the_tier(self, bureau: Bureau) -> None:
        def rules(result: Assessment) -> set[str]:
            lines = result.ledger
            (found,) = lines.loc[(lines["subject"] == "D3") & (lines["component"] == "tier"), "rules"]
            return {rule for rule in found.split(";") if rule.startswith("tiers.")}

        assert rules(bureau.assess(tiers__method="bands")) == {"tiers.coefficients", "tiers.method", "tiers.bands"}
        forced = {f"tiers.{name}" for name in ("coefficients", "shares", "rounding", "place_tie_order", "tie_break", "at_border", "groups")}
        assert rules(bureau.assess()) == forced

    def test_a_veto_may_bar_all_people_of_the_division(self, bureau: Bureau) -> None:
        bureau.add("vetoes", date="2023-10-18", division="D1", ground="违法违纪", decided_by="局党组", decided_on="2023-11-02")
        result = bureau.assess(veto__removes=["advanced", "head_excellent", "staff_excellent"])
        ratings = of(result, "staff", "rating")
        assert [ratings[person] for person in ("H1", "V1", "M1")] == ["competent"] * 3
        assert ratings["H2"] == "excellent"  # nobody else is touched
        annual = paid(result, "annual")
        assert [annual[person] for person in ("H1", "V1", "M1")] == [36000, 30000, 24000]  # base × 1.2 × 1.0
        assert of(result, "divisions", "excellent_places")["D1"] == 2


class TestHours:
    def test_leave_may_leave_statutory_hours_as_they_are(self, bureau: Bureau) -> None:
        bureau.add("absences", staff="M1", kind="annual", start="2023-04-03", end="2023-04-07", approved_by="P1")
        bureau.work("M1", APRIL, 110)  # of 120 hours, 84 are the standard; of 160 hours, 112
        usual, other = bureau.assess(APRIL), bureau.assess(APRIL, hours__leave_reduces=False)
        assert [of(each, "staff", "statutory_hours")["M1"] for each in (usual, other)] == [120, 160]
        assert [of(each, "staff", "score")["M1"] for each in (usual, other)] == [91.67, 68.75]
        assert [paid(each, "monthly_standard", APRIL)["M1"] for each in (usual, other)] == [1000, 0]
        assert paid(usual, "monthly_competitive", APRIL)["M1"] == 672.41  # 26 of 58 excess hours of 1500
        assert paid(other, "monthly_competitive", APRIL)["M1"] == 0

    def test_a_month_may_have_174_hours(self, bureau: Bureau) -> None:
        bureau.work("M1", APRIL, 120)  # above 112, below 121.8
        result = bureau.assess(hours__statutory="fixed_month")
        assert of(result, "staff", "statutory_hours")["M1"] == pytest.approx(2088)
        assert paid(result, "monthly_standard", APRIL)["M1"] == 0
        assert paid(result, "monthly_standard", "2023-05")["M1"] == 1000
        assert paid(result, "monthly_competitive", APRIL)["V1"] == 1500
        assert of(result, "staff", "personal")["V1"] == 83.43  # 0.7 × 1728 ÷ 2088 × 100 + 25.5 = 83.431

    def test_leave_in_a_fixed_month_is_a_share_of_its_workdays(self, bureau: Bureau) -> None:
        bureau.add("absences", staff="M1", kind="annual", start="2023-04-03", end="2023-04-07", approved_by="P1")
        result = bureau.assess(APRIL, hours__statutory="fixed_month")
        assert of(result, "staff", "statutory_hours")["M1"] == pytest.approx(130.5)  # 15 of 20 days


class TestPeople:
    def test_scores_may_be_in_hours(self, bureau: Bureau) -> None:
        result = bureau.assess(personal__basis="hours")
        assert of(result, "staff", "personal")["M1"] == 1699.2  # 0.7 × 1728 + 0.3 × 85% of 1920
        score = of(result, "staff", "score")
        assert score["M1"] == 1699.2
        assert score["H1"] == 1829.76  # 0.8 × 97% of 1920 = 1489.92, and 0.2 × 1699.2 = 339.84
        assert score["V1"] == 1731.84  # 0.2 × 97% of 1920 = 372.48, and 0.8 × 1699.2 = 1359.36
        months = result.staff_months.set_index(["period", "staff"])["score"]
        assert [months[APRIL, person] for person in ("M1", "H1", "V1")] == [144, 156.8, 147.2]  # with 160 hours of organisation

    def test_hours_have_no_cap(self, bureau: Bureau) -> None:
        bureau.work("M1", APRIL, 200)
        assert of(bureau.assess(APRIL, personal__basis="hours"), "staff", "score")["M1"] == 200

    def test_hours_may_be_measured_by_the_division_s_mean(self, bureau: Bureau) -> None:
        bureau.work("M1", APRIL, 120)  # 甲 has 144, 144, 120: 136 on average
        result = bureau.assess(personal__basis="division_mean")
        months = result.staff_months.set_index(["period", "staff"])["personal"]
        assert [months[APRIL, person] for person in ("M1", "V1", "M2")] == [88.24, 100, 100]  # 105.88 is capped
        assert of(result, "staff", "personal")["M1"] == 94.85  # 1704 of 1720 hours are 99.07; 0.7 × 99.0698 + 25.5

    def test_hours_may_be_measured_by_the_division_s_most(self, bureau: Bureau) -> None:
        bureau.work("M1", APRIL, 120)
        result = bureau.assess(personal__basis="division_max")
        months = result.staff_months.set_index(["period", "staff"])["personal"]
        assert [months[APRIL, person] for person in ("M1", "V1", "M2")] == [83.33, 100, 100]
        assert of(result, "staff", "personal")["M1"] == 94.53  # 1704 ÷ 1728 = 98.6111; 69.0278 + 25.5

    def test_the_standard_hours_may_be_full_marks(self, bureau: Bureau) -> None:
        bureau.work("M1", APRIL, 84)  # 84 of 112
        assert of(bureau.assess(APRIL, personal__basis="standard"), "staff", "personal") == {
            **dict.fromkeys(["H1", "V1", "H2", "M2", "M3", "H3", "M4"], 100),
            "M1": 75,
            "P1": None,
        }

    def test_points_for_time_may_go_to_120(self, bureau: Bureau) -> None:
        for month in MONTHS:
            bureau.work("M1", month, 200)  # 125 points
        usual, other = bureau.assess(), bureau.assess(personal__cap=120)
        assert of(usual, "staff", "score")["M1"] == 95.5  # 70 + 25.5
        assert of(other, "staff", "score")["M1"] == 109.5  # 84 + 25.5
        assert other.staff_months.set_index(["period", "staff"])["score"][APRIL, "M1"] == 120
        assert of(usual, "staff", "rank")["M1"] == 1
        assert of(usual, "staff", "score")["H1"] == 95.3


class TestExclusion:
    @staticmethod
    def included(bureau: Bureau, *spells: tuple[str, str], **settings: Any) -> bool:
        for start, end in spells:
            bureau.add("absences", staff="M1", kind="sick", start=f"2023-{start}", end=f"2023-{end}", approved_by="P1")
        return bool(of(bureau.assess(**settings), "staff", "included")["M1"])

    @pytest.mark.parametrize(("limit", "included"), [("included", True), ("excluded", False)])
    def test_exactly_three_months(self, bureau: Bureau, limit: str, included: bool) -> None:
        assert self.included(bureau, ("03-01", "05-31"), exclusion__at_limit=limit) is included

    def test_two_months_and_29_days_exclude_nobody_either_way(self, bureau: Bureau) -> None:
        assert self.included(bureau, ("03-01", "05-29"), exclusion__at_limit="excluded")

    @pytest.mark.parametrize(("spells", "included"), [("cumulative", False), ("longest", True)])
    def test_two_spells_of_a_month_and_a_half_and_of_two(self, bureau: Bureau, spells: str, included: bool) -> None:
        assert self.included(bureau, ("03-01", "04-15"), ("07-01", "08-31"), exclusion__spells=spells) is included

    @pytest.mark.parametrize(("counted", "included"), [("calendar_months", True), ("days", False)])
    def test_march_to_may_has_92_days(self, bureau: Bureau, counted: str, included: bool) -> None:
        assert self.included(bureau, ("03-01", "05-31"), exclusion__counted_in=counted) is included

    @pytest.mark.parametrize(("counted", "included"), [("calendar_months", False), ("days", True)])
    def test_february_to_the_first_of_may_has_90_days(self, bureau: Bureau, counted: str, included: bool) -> None:
        assert self.included(bureau, ("02-01", "05-01"), exclusion__counted_in=counted) is included


class TestExcellent:
    @pytest.mark.parametrize(
        ("counts", "places"),
        [  # 甲 has three people, one of them borrowed; 乙 three, 丙 two
            (["head", "borrowed"], [2, 1, 0]),
            (["borrowed"], [1, 1, 0]),  # 1.4, 1, 0.2
            (["head"], [1, 1, 0]),  # 1.4, 1.5, 0.4
            ([], [0, 1, 0]),  # 0.7, 1, 0.2
        ],
    )
    def test_who_counts(self, bureau: Bureau, counts: list[str], places: list[int]) -> None:
        (row,) = bureau.rows("staff", staff="M1")
        row["borrowed"] = "yes"
        result = bureau.assess(excellent__counts=counts)
        assert list(of(result, "divisions", "excellent_places").values()) == places
        ratings = of(result, "staff", "rating")
        assert [ratings[person] for person in ("H1", "V1", "M1")].count("excellent") == places[0]
        assert of(result, "standing", "assessed") == {"D1": 3, "D2": 3, "D3": 2}  # whoever makes places

    @pytest.mark.parametrize(("rounding", "places"), [("floor", [2, 1, 0]), ("half_up", [2, 2, 0]), ("ceil", [3, 2, 1])])
    def test_rounding_of_2_1_and_1_5_and_0_4(self, bureau: Bureau, rounding: str, places: list[int]) -> None:
        assert list(of(bureau.assess(excellent__rounding=rounding), "divisions", "excellent_places").values()) == places

    @pytest.mark.parametrize(("at", "rating"), [("chain", None), ("all", "excellent"), ("none", "competent")])
    def test_a_tie_for_the_last_place(self, bureau: Bureau, at: str, rating: str | None) -> None:
        rate(bureau, "H2", "basic")  # 乙's one place is between M2 and M3, both at 88.5
        result = bureau.assess(excellent__at_last_place=at)
        ratings = of(result, "staff", "rating")
        assert (ratings["M2"], ratings["M3"]) == (rating, rating)
        annual = paid(result, "annual")
        each = {"excellent": 24000, "competent": 20000}.get(str(rating))
        assert (annual.get("M2"), annual.get("M3")) == (each, each)
        assert len(result.open) == (2 if at == "chain" else 0)

    def test_without_the_chain_more_hours_do_not_decide(self, bureau: Bureau) -> None:
        rate(bureau, "H2", "basic")
        for month in MONTHS:
            bureau.work("M2", month, 161)
            bureau.work("M3", month, 162)  # both 100 points
        ratings = [of(bureau.assess(excellent__at_last_place=at), "staff", "rating") for at in ("chain", "all", "none")]
        assert [(each["M2"], each["M3"]) for each in ratings] == [
            ("competent", "excellent"),
            ("excellent", "excellent"),
            ("competent", "competent"),
        ]


class TestMonthlyPayments:
    @pytest.mark.parametrize(
        ("reduction", "head", "leader"),
        [  # 40 and 20 of the points missed, 10 more missed but excused: the score is 70
            ("score", 1400, 2340),  # 2600 × (70 + 100 + 100) ÷ 300
            ("points_missed", 800, 2080),  # 40 of 100 points are left
            ("items_missed", 1000, 2166.67),  # two of four items
            ("bands", 1200, 2253.33),  # below 80 points: 0.6
        ],
    )
    def test_what_the_organisation_part_is_reduced_by(self, bureau: Bureau, reduction: str, head: float, leader: float) -> None:
        bureau.drop("plan_items", division="D1", month=APRIL)
        for item, points, completion in (("K1", 40, 0.9), ("K2", 30, 1), ("K3", 20, 0), ("K4", 10, 0)):
            bureau.add("plan_items", month=APRIL, division="D1", item=item, points=points, completion=completion)
        bureau.rows("plan_items", item="K4")[0].update(excused_by="P1", excused_on="2023-05-05")
        result = bureau.assess(APRIL, payouts__organisation_reduction=reduction)
        assert of(result, "divisions", "score")["D1"] == 70  # whatever the payment does
        found = paid(result, "monthly_organisation", APRIL)
        assert (found["H1"], found["H2"], found["P2"]) == (head, 2000, leader)

    @pytest.mark.parametrize(("score", "pays"), [(100, 2000), (95, 1800), (90, 1800), (85, 1600), (80, 1600), (75, 1200)])
    def test_bands_hold_from_their_score_up(self, bureau: Bureau, score: float, pays: float) -> None:
        bureau.drop("plan_items", division="D1", month=APRIL)
        missed = 2 * (100 - score)
        for item, points, completion in (("K1", missed, 0), ("K2", 100 - missed, 1)):
            bureau.add("plan_items", month=APRIL, division="D1", item=item, points=points, completion=completion)
        result = bureau.assess(APRIL, payouts__organisation_reduction="bands")
        assert of(result, "divisions", "score")["D1"] == score
        assert paid(result, "monthly_organisation", APRIL)["H1"] == pays

    @pytest.mark.parametrize(("below", "amount"), [("nothing", 0), ("pro_rata", 750)])
    def test_below_the_standard(self, bureau: Bureau, below: str, amount: float) -> None:
        bureau.work("M1", APRIL, 84)  # of 112
        result = bureau.assess(APRIL, payouts__below_standard=below)
        assert paid(result, "monthly_standard", APRIL)["M1"] == amount
        assert paid(result, "monthly_standard", APRIL)["V1"] == 1300

    def test_the_competitive_part_by_the_hour(self, bureau: Bureau) -> None:
        bureau.work("M1", APRIL, 112)  # no excess; everyone else has 32 hours at 20 yuan
        result = bureau.assess(APRIL, payouts__competition="per_hour")
        assert paid(result, "monthly_competitive", APRIL) == {"V1": 640, "M1": 0, "M2": 640, "M3": 640, "M4": 640}
        assert [left(result, division) for division in ("D1", "D2", "D3")] == [860, -80, -40]  # of 1500, 1200 and 600
        assert result.checks["holds"].all()

    def test_the_competitive_part_by_the_hour_at_another_rate(self, bureau: Bureau) -> None:
        result = bureau.assess(APRIL, **{"payouts.competition": "per_hour", "payouts.hour_rate": 12.5})
        assert paid(result, "monthly_competitive", APRIL)["M4"] == 400

    def test_the_competitive_part_by_rank(self, bureau: Bureau) -> None:
        bureau.work("V1", APRIL, 150)  # first of two: two parts of three; M2 and M3 share the ranks equally
        result = bureau.assess(APRIL, payouts__competition="rank")
        assert paid(result, "monthly_competitive", APRIL) == {"V1": 1000, "M1": 500, "M2": 600, "M3": 600, "M4": 600}
        assert [left(result, division) for division in ("D1", "D2", "D3")] == [0, 0, 0]


class TestAnnualPayments:
    def test_personal_coefficients_may_be_for_leaders_only(self, bureau: Bureau) -> None:
        rate(bureau, "M4", "incompetent")
        rate(bureau, "P2", "excellent")
        result = bureau.assess(payouts__coefficients_apply_to="leaders")
        assert paid(result, "annual") == {
            "H1": 36000,
            "V1": 30000,
            "M1": 24000,
            "H2": 30000,
            "M2": 20000,
            "M3": 20000,
            "H3": 24000,
            "M4": 16000,  # 20000 × 0.8, whatever the rating
            "P2": 38400,  # 32000 × 1.0 × 1.2
        }
        assert of(result, "staff", "rating")["H1"] == "excellent"  # the honours stay

    def test_everyone_else_s_coefficient_can_be_set(self, bureau: Bureau) -> None:
        changed = {"payouts.coefficients_apply_to": "leaders", "payouts.coefficient_otherwise": 0.9}
        assert paid(bureau.assess(**changed), "annual")["H1"] == 32400  # 30000 × 1.2 × 0.9

    @pytest.mark.parametrize(
        ("mean", "coefficient", "amount"),
        [
            ("simple", 1.0, 32000),
            ("headcount", 1.025, 32800),  # (3 × 1.2 + 3 × 1.0 + 2 × 0.8) ÷ 8
            ("score", 282.4 / 281, 32159.43),  # (97 × 1.2 + 94 × 1.0 + 90 × 0.8) ÷ (97 + 94 + 90)
        ],
    )
    def test_the_mean_of_a_leader(self, bureau: Bureau, mean: str, coefficient: float, amount: float) -> None:
        result = bureau.assess(payouts__leader_mean=mean)
        assert of(result, "leaders", "coefficient")["P2"] == pytest.approx(coefficient)
        assert paid(result, "annual")["P2"] == amount

    @pytest.mark.parametrize(
        ("read", "amounts"),
        [
            ("whole", {"H1": 36000, "M1": 24000, "P2": 32000, "V1": 28800}),
            # 36000 × 274 ÷ 365, 24000 × 181 ÷ 365, 32000 × 273 ÷ 365, and V1 was there all year
            ("by_days", {"H1": 27024.66, "M1": 11901.37, "P2": 23934.25, "V1": 28800}),
            ("by_months", {"H1": 27000, "M1": 12000, "P2": 24000, "V1": 28800}),  # 9, 6, 9 and 12 of 12 months
        ],
    )
    def test_the_annual_base_may_be_paid_for_the_time_in_post(self, bureau: Bureau, read: str, amounts: dict[str, float]) -> None:
        """H1 is away from April to June, M1 comes on 4 July, P2 leaves with September, V1 leads two divisions from July."""
        for person, day in (("H1", "2023-03-31"), ("V1", "2023-06-30"), ("P2", "2023-09-30")):
            for row in bureau.rows("postings", staff=person):
                row["end"] = day
        bureau.rows("postings", staff="M1")[0]["start"] = "2023-07-04"
        bureau.add("postings", staff="H1", division="D1", role="head", grade="正处", start="2023-07-01")
        for division in ("D2", "D3"):
            bureau.add("postings", staff="V1", division=division, role="leader", grade="副局长", start="2023-07-01")
        result = bureau.assess(**{"payouts.annual_base": read, "payouts.coefficients_apply_to": "leaders"})
        given = paid(result, "annual")
        assert {person: given[person] for person in amounts} == amounts

    @pytest.mark.parametrize(("decimals", "amount"), [(None, 33066.67), (2, 32960), (1, 32000)])
    def test_the_mean_of_a_leader_may_be_rounded(self, bureau: Bureau, decimals: int | None, amount: float) -> None:
        changed = {"tiers.coefficients": {"A": 1.3, "B": 1.0, "C": 0.8}, "payouts.leader_decimals": decimals}  # 3.1 ÷ 3 = 1.0333…
        assert paid(bureau.assess(**changed), "annual")["P2"] == amount


MOVED = {
    # 0.9, 1.5 and 0.6 places; 251,200 paid in all
    ("tiers.rounding", "floor"): ([("D1", "A", "B"), ("D2", "B", "C")], 2, -46466.67, 0),
    ("tiers.rounding", "ceil"): ([("D3", "C", "B")], 1, 18133.33, 0),
    ("tiers.rounding", "half_up"): ([("D3", "C", "B")], 1, 18133.33, 0),
    # V1 loses 甲's second place: 36000 → 30000
    ("excellent.counts", "['borrowed']"): ([], 1, -6000.0, 0),
    ("excellent.counts", "[]"): ([], 1, -6000.0, 0),
    # M2 and M3 tie for 乙's second place and are not paid 20000 yet; M1 and H3 become excellent, + 4800 each
    ("excellent.rounding", "half_up"): ([], 2, -40000.0, 2),
    ("excellent.rounding", "ceil"): ([], 4, -30400.0, 2),
    # members' 95.5 pass H2's 0.8 × 94 + 19.1 = 94.3: 6000 less for H2, and M2 and M3 tie
    ("personal.basis", "standard"): ([], 3, -46000.0, 2),
    ("personal.basis", "division_mean"): ([], 3, -46000.0, 2),
    ("personal.basis", "division_max"): ([], 3, -46000.0, 2),
    # H1 7200, V1 6000 and H2 6000 less
    ("payouts.coefficients_apply_to", "leaders"): ([], 0, -19200.0, 0),
    # 32 hours × 20 = 640 each: 甲 1280 of 1500, 乙 1280 of 1200, 丙 640 of 600, twelve times
    ("payouts.competition", "per_hour"): ([], 0, -1200.0, 0),
    ("payouts.leader_mean", "headcount"): ([], 0, 800.0, 0),
    ("payouts.leader_mean", "score"): ([], 0, 159.43, 0),
}


class TestAllReadings:
    def test_one_row_an_alternative_with_what_it_moves(self, bureau: Bureau) -> None:
        result = bureau.assess()
        found = result.readings()
        assert list(found.columns) == ["path", "value", "alternative", "tiers", "ratings", "amount", "open", "bureau"]
        listed = [(path, parameter.value, other) for path, parameter in result.scheme.parameters.items() for other in parameter.alternatives]
        assert len(listed) > 40
        assert list(found[["path", "value", "alternative"]].itertuples(index=False, name=None)) == listed
        rows = {(row.path, str(row.alternative)): (row.tiers, row.ratings, row.amount, row.open) for row in found.itertuples()}
        assert len(rows) == len(found)
        assert {key: row for key, row in rows.items() if row != ([], 0, 0.0, 0)} == MOVED
        public = replace(result, readings=lambda: found).public().readings()
        assert list(public.columns) == ["path", "value", "alternative", "tiers", "bureau"]
        assert public["tiers"].to_list() == found["tiers"].to_list()

    def test_amounts_are_the_difference_of_two_assessments(self, bureau: Bureau) -> None:
        bureau.miss("D1", APRIL)
        bureau.work("M1", APRIL, 84)
        records, scheme = bureau.records(), load_scheme(SCHEME)
        paths = ("components.monthly_plan.aggregate", "payouts.below_standard")
        few: Any = SimpleNamespace(parameters={path: scheme.parameters[path] for path in paths}, changed=scheme.changed)
        base = assess(scheme, records, "2023")
        summed, pro_rata = of_readings(few, lambda other: vars(assess(load_scheme(SCHEME) if other is few else other, records, "2023"))).itertuples(index=False)
        # 甲 1150 × 0.8 + 17 = 937 is last when summed, 93.67 the second by the mean: 乙 stays, 丙 970 goes before 甲
        assert (summed.path, summed.tiers) == (paths[0], [("D1", "B", "C"), ("D3", "C", "B")])
        other = assess(load_scheme(SCHEME, set={paths[0]: "sum"}), records, "2023")
        assert summed.amount == pytest.approx(other.payouts["amount"].sum() - base.payouts["amount"].sum(), abs=0.005)
        assert tuple(pro_rata) == (paths[1], "nothing", "pro_rata", [], 0, 750.0, 0, 0.0)

    def test_a_difference_in_the_last_bit_is_none(self) -> None:
        empty = {name: pd.DataFrame(columns=columns) for name, columns in (("divisions", ["division"]), ("staff", ["staff"]))}
        one, other = (
            {
                **empty,
                "leaders": pd.DataFrame({"leader": ["P2"], "coefficient": [coefficient]}),
                "payouts": pd.DataFrame({"staff": ["P2"], "kind": ["annual"], "amount": [amount]}),
            }
            for coefficient, amount in ((1.15, 0.3), (1.1500000000000001, 0.1 + 0.2))
        )
        assert between(one, other).empty
        other["leaders"]["coefficient"] = 1.1501
        assert between(one, other).to_numpy().tolist() == [["P2", "coefficient", 1.15, 1.1501]]
