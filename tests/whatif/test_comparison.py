"""Scenarios beside the base, worked by hand.

The bureau of conftest: three divisions with 97, 94 and 90 points, so A, B, C by largest remainder (0.9, 1.5, 0.6), and
coefficients 1.2, 1.0, 0.8. Excellent are H1 and V1 (0.7 × 3 → 2) and H2 (0.5 × 3 → 1). The year's payments:
H1 30000 × 1.2 × 1.2 = 43200, V1 25000 × 1.2 × 1.2 = 36000, M1 20000 × 1.2 = 24000; H2 30000 × 1.2 = 36000, M2 and M3 20000;
H3 30000 × 0.8 = 24000, M4 20000 × 0.8 = 16000; the leader P2 32000 × (1.2 + 1.0 + 0.8) ÷ 3 = 32000.
Twelve months add: heads 12 × (2000 + 1500) = 42000, V1 12 × (1800 + 1300 + 750) = 46200, M1 12 × (1000 + 750) = 21000 (the
pool of 900 + 600 is halved), M2, M3, M4 12 × (1000 + 600) = 19200, P2 12 × 2600 = 31200.
"""

from typing import Any

import pandas as pd
import pytest

from perfkit import assess, compare
from perfkit.problems import RecordsError, SchemeError, UsageError
from tests.conftest import MONTHS as PERIODS
from tests.conftest import Bureau
from tests.whatif.scenarios import APPRAISAL, BANDS, FACTORS, METHOD, MONTHS, OWN, SHARES, compared, row, rows

FACTORS_13 = {"A": 1.3, "B": 1.0, "C": 0.8}
OWN_14 = {"excellent": 1.4, "competent": 1.0, "basic": 0, "incompetent": 0}
SHARES_60 = {"A": 0.6, "B": 0.2, "C": 0.2}  # of three: 1.8, 0.6, 0.6; the tie on the last place goes to B: 2, 1, 0


def told(comparison: Any, subject: str, measure: str = "amount") -> list[tuple[Any, ...]]:
    """The effects on one subject: parameters, effect in cents or hundredths."""
    found = comparison.attribution
    found = found[(found["subject"] == subject) & (found["measure"] == measure)]
    return [(parameters, round(effect, 2)) for parameters, effect in rows(found, "parameters", "effect")]


class TestCoefficientsThatMultiply:
    """A 1.2 → 1.3 and excellent 1.2 → 1.4: who has both gains more than the two apart."""

    @pytest.fixture
    def found(self, bureau: Bureau) -> Any:
        return compared(bureau, {FACTORS: FACTORS_13, OWN: OWN_14})

    def test_the_joint_effect_is_base_times_both_differences(self, found: Any) -> None:
        both = f"{FACTORS};{OWN}"
        # 30000 × 0.1 × 1.2, 30000 × 1.2 × 0.2, 30000 × 0.1 × 0.2
        assert told(found, "H1") == [(FACTORS, 3600), (OWN, 7200), (both, 600)]
        assert told(found, "V1") == [(FACTORS, 3000), (OWN, 6000), (both, 500)]
        assert told(found, "M1") == [(FACTORS, 2000)]  # competent: 20000 × 0.1
        assert told(found, "H2") == [(OWN, 6000)]  # in B: 30000 × 1.0 × 0.2
        assert told(found, "P2") == [(FACTORS, 1066.67)]  # 32000 × 3.1 ÷ 3 = 33066.67
        assert set(found.attribution["subject"]) == {"H1", "V1", "M1", "H2", "P2"}

    def test_nobody_moves(self, found: Any) -> None:
        assert found.movers.empty
        assert found.needs.empty
        assert rows(found.transitions, "before", "after", "count", "divisions") == [("A", "A", 1, "D1"), ("B", "B", 1, "D2"), ("C", "C", 1, "D3")]

    def test_cost(self, found: Any) -> None:
        annual = found.cost[found.cost["kind"] == "annual"]
        assert rows(annual, "tier", "before", "after", "change") == [
            ("", 32000, 33066.67, 1066.67),
            ("A", 103200, 126100, 22900),  # 54600 + 45500 + 26000
            ("B", 76000, 82000, 6000),
            ("C", 40000, 40000, 0),
        ]
        assert (found.cost.loc[found.cost["kind"] != "annual", "change"] == 0).all()
        assert found.cost["change"].sum() == pytest.approx(29966.67)

    def test_bands(self, found: Any) -> None:
        """35200 M4, 39200 M2 and M3, 45000 M1, 63200 P2, 66000 H3, 78000 H2, 82200 V1, 85200 H1: fifths of nine people."""
        assert rows(found.bands, "band", "lowest", "highest", "people", "winners", "losers", "change") == [
            (1, 35200, 39200, 3, 0, 0, 0),
            (2, 45000, 45000, 1, 1, 0, 2000),
            (3, 63200, 66000, 2, 1, 0, 1066.67),
            (4, 78000, 82200, 2, 2, 0, 15500),
            (5, 85200, 85200, 1, 1, 0, 11400),
        ]

    def test_parameters_with_their_clauses(self, found: Any) -> None:
        assert rows(found.parameters, "path", "after", "clause") == [(FACTORS, FACTORS_13, "2.4.5"), (OWN, OWN_14, "2.4.7")]

    def test_people_and_divisions(self, found: Any) -> None:
        head = row(found.staff, staff="H1")
        assert (head["role"], head["rating_before"], head["rating_after"]) == ("head", "excellent", "excellent")
        assert (head["coefficient_before"], head["coefficient_after"], head["coefficient_change"]) == (1.2, 1.4, 0.2)
        assert (head["amount_before"], head["amount_after"], head["amount_change"]) == (85200, 96600, 11400)
        leader = row(found.staff, staff="P2")
        assert (leader["division"], leader["role"], leader["amount_change"]) == ("", "leader", 1066.67)
        division = row(found.divisions, division="D1")
        assert (division["tier_before"], division["tier_after"], division["coefficient_change"]) == ("A", "A", 0.1)
        assert (division["amount_before"], division["amount_change"]) == (212400, 22900)  # 85200 + 82200 + 45000


class TestBandsOfScore:
    """A from 95, B from 85: 97, 94 and 90 are A, B and B, where the plan forces 丙 into C."""

    def test_who_moves_and_by_what(self, bureau: Bureau) -> None:
        found = compared(bureau, {METHOD: "bands"})
        assert rows(found.transitions, "before", "after", "count", "divisions") == [("A", "A", 1, "D1"), ("B", "B", 1, "D2"), ("C", "B", 1, "D3")]
        assert rows(found.movers, "subject", "measure", "before", "after", "parameters", "clauses") == [
            ("D3", "tier", "C", "B", METHOD, "2.4.3"), ("H3", "rating", "competent", "excellent", METHOD, "2.4.3"),
        ]  # fmt: skip
        third = row(found.divisions, division="D3")
        assert (third["headroom_before"], third["headroom_after"]) == (4, 5)  # 94 − 90, 95 − 90
        # H3 30000 × (1.0 × 1.2 − 0.8), M4 20000 × 0.2, P2 32000 × 0.2 ÷ 3
        assert told(found, "H3") == [(METHOD, 12000)]
        assert told(found, "M4") == [(METHOD, 4000)]
        assert told(found, "P2") == [(METHOD, 2133.33)]
        assert found.cost["change"].sum() == pytest.approx(18133.33)
        assert rows(found.parameters, "path", "before", "after", "clause") == [(METHOD, "forced", "bands", "2.4.3")]

    def test_what_a_coefficient_brings_is_lost_with_the_tier(self, bureau: Bureau) -> None:
        found = compared(bureau, {METHOD: "bands", FACTORS: {"A": 1.2, "B": 1.0, "C": 0.9}})
        both = f"{METHOD};{FACTORS}"
        assert told(found, "H3") == [(METHOD, 12000), (FACTORS, 3000), (both, -3000)]
        assert told(found, "M4") == [(METHOD, 4000), (FACTORS, 2000), (both, -2000)]
        assert told(found, "P2") == [(METHOD, 2133.33), (FACTORS, 1066.67), (both, -1066.67)]

    def test_lowest_scores_do_nothing_by_themselves(self, bureau: Bureau) -> None:
        found = compared(bureau, {METHOD: "bands", BANDS: {"A": 98, "B": 91}})  # B, B and C
        assert found.needs.empty
        assert set(found.attribution["parameters"]) == {METHOD, f"{METHOD};{BANDS}"}
        assert rows(found.movers[found.movers["measure"] == "tier"], "subject", "before", "after", "parameters") == [("D1", "A", "B", f"{METHOD};{BANDS}")]
        assert told(found, "M4") == [(METHOD, 4000), (f"{METHOD};{BANDS}", -4000)]

    def test_tiers_in_another_order_need_their_bands(self, bureau: Bureau) -> None:
        found = compared(bureau, {SHARES: {"C": 0.2, "B": 0.5, "A": 0.3}, BANDS: {"C": 96, "B": 91}})
        assert rows(found.needs, "parameters", "needs") == [(SHARES, BANDS), (BANDS, SHARES)]


class TestWeightsThatOnlyGoTogether:
    """0.8 and 0.2 become 0.7 and 0.3, which must sum to 1."""

    @pytest.fixture
    def found(self, bureau: Bureau) -> Any:
        return compared(bureau, {MONTHS: 0.7, APPRAISAL: 0.3})

    def test_the_scores(self, found: Any) -> None:
        # 70 + 25.5, 70 + 21, 70 + 15
        assert rows(found.divisions, "division", "score_before", "score_after", "score_change") == [
            ("D1", 97, 95.5, -1.5), ("D2", 94, 91, -3), ("D3", 90, 85, -5),
        ]  # fmt: skip
        assert row(found.divisions, division="D3")["headroom_change"] == 2  # 94 − 90 = 4 becomes 91 − 85 = 6

    def test_one_joint_effect(self, found: Any) -> None:
        both = f"{MONTHS};{APPRAISAL}"
        assert told(found, "D1", "score") == [(both, -1.5)]
        assert told(found, "H1", "score") == [(both, -1.2)]  # 0.8 × 1.5
        assert told(found, "V1", "score") == [(both, -0.3)]
        assert set(found.attribution["size"]) == {2}
        assert set(found.attribution["measure"]) == {"score"}

    def test_each_needs_the_other(self, found: Any) -> None:
        assert rows(found.needs, "parameters", "needs") == [(MONTHS, APPRAISAL), (APPRAISAL, MONTHS)]
        assert {problem.key for problem in found.needs["problem"]} == {"weights_not_one"}

    def test_nobody_moves_and_nothing_is_paid(self, found: Any) -> None:
        assert found.movers.empty
        assert (found.cost["change"] == 0).all()
        assert found.bands[["winners", "losers"]].to_numpy().sum() == 0

    def test_the_clause_of_an_assumption_is_blank(self, found: Any) -> None:
        assert rows(found.parameters, "path", "before", "after", "clause") == [(MONTHS, 0.8, 0.7, ""), (APPRAISAL, 0.2, 0.3, "")]

    def test_both_move_who_lost_months(self, bureau: Bureau) -> None:
        """甲 misses four months of 50: 83.33 in the mean; 66.67 + 17 = 83.67 is last; 0.4 and 0.6 make 33.33 + 51 = 84.33 the first.

        乙 has 40 + 42 = 82, 丙 40 + 30 = 70.
        """
        for month in PERIODS[:4]:
            bureau.miss("D1", month)
        found = compared(bureau, {MONTHS: 0.4, APPRAISAL: 0.6})
        both = f"{MONTHS};{APPRAISAL}"
        divisions = found.movers[found.movers["measure"] != "rating"]
        assert rows(divisions, "subject", "measure", "before", "after", "parameters", "clauses") == [
            ("D1", "tier", "C", "A", both, ""), ("D2", "tier", "A", "B", both, ""), ("D3", "tier", "B", "C", both, ""),
            ("D1", "rank", 3, 1, both, ""), ("D2", "rank", 1, 2, both, ""), ("D3", "rank", 2, 3, both, ""),
        ]  # fmt: skip
        assert rows(found.transitions, "before", "after", "divisions") == [("A", "B", "D2"), ("B", "C", "D3"), ("C", "A", "D1")]


class TestSharesAndCoefficients:
    """Two divisions in A and none in C, and A pays 1.3.

    M2 works 152 hours (95 points; 66.5 + 25.5 = 92), so that the second place for excellent in 乙 is no tie with M3.
    """

    @pytest.fixture
    def found(self, bureau: Bureau) -> Any:
        for month in PERIODS:
            bureau.work("M2", month, 152)
        return compared(bureau, {SHARES: SHARES_60, FACTORS: FACTORS_13})

    def test_who_moves_and_why(self, found: Any) -> None:
        assert rows(found.movers, "subject", "measure", "before", "after", "parameters", "clauses") == [
            ("D2", "tier", "B", "A", SHARES, "2.4.3"),
            ("D3", "tier", "C", "B", SHARES, "2.4.3"),
            ("M2", "rating", "competent", "excellent", SHARES, "2.4.3"),
            ("H3", "rating", "competent", "excellent", SHARES, "2.4.3"),
        ]

    def test_the_joint_effect_is_what_the_new_tier_earns_of_the_new_coefficient(self, found: Any) -> None:
        both = f"{SHARES};{FACTORS}"
        # 30000 × 1.0 × 1.2 → 30000 × 1.2 × 1.2 → 30000 × 1.3 × 1.2
        assert told(found, "H2") == [(SHARES, 7200), (both, 3600)]
        # 20000 → 20000 × 1.2 × 1.2 → 20000 × 1.3 × 1.2
        assert told(found, "M2") == [(SHARES, 8800), (both, 2400)]
        assert told(found, "M3") == [(SHARES, 4000), (both, 2000)]
        assert told(found, "H1") == [(FACTORS, 3600)]  # in A before and after
        assert told(found, "H3") == [(SHARES, 12000)]  # C to B and excellent: 36000 − 24000
        assert told(found, "M4") == [(SHARES, 4000)]
        # 32000 × 3.4 ÷ 3 = 36266.67, × 3.1 ÷ 3 = 33066.67, × 3.6 ÷ 3 = 38400
        assert told(found, "P2") == [(SHARES, 4266.67), (FACTORS, 1066.67), (both, 1066.66)]

    def test_divisions(self, found: Any) -> None:
        second = row(found.divisions, division="D2")
        assert (second["score_change"], second["rank_change"], second["tier_before"], second["tier_after"]) == (0, 0, "B", "A")
        assert (second["coefficient_before"], second["coefficient_after"], second["coefficient_change"]) == (1.0, 1.3, 0.3)
        assert (second["headroom_before"], second["headroom_after"]) == (3.0, None)
        assert second["amount_change"] == 28000  # 10800 + 11200 + 6000
        assert rows(found.transitions, "before", "after", "count", "divisions") == [("A", "A", 1, "D1"), ("B", "A", 1, "D2"), ("C", "B", 1, "D3")]

    def test_cost_stands_with_the_tier_of_each_side(self, found: Any) -> None:
        annual = found.cost[found.cost["kind"] == "annual"]
        assert rows(annual, "tier", "before", "after", "change") == [
            ("", 32000, 38400, 6400),
            ("A", 103200, 215800, 112600),  # 甲 46800 + 39000 + 26000 and 乙 46800 + 31200 + 26000
            ("B", 76000, 56000, -20000),  # 乙 36000 + 20000 + 20000, then 丙 36000 + 20000
            ("C", 40000, 0, -40000),
        ]
        assert set(found.cost["tier"]) == {"", "A", "B", "C"}

    def test_staff(self, found: Any) -> None:
        member = row(found.staff, staff="M2")
        assert (member["rating_before"], member["rating_after"], member["amount_change"]) == ("competent", "excellent", 11200)


class TestASubsetThatLeavesSomebodyWithoutAScore:
    """丙 is away from January to May, out of the year by three months but not by twelve; then its people work 160 of 160 hours.

    Mean hours as a component of 0.1 leave 丙 without a score while its people are out: 0.9 × 90 + 0.1 × 100 = 91 needs both changes.
    """

    def test_the_effect_stands_with_the_smallest_subset_that_has_a_score(self, bureau: Bureau) -> None:
        for person in ("H3", "M4"):
            bureau.add("absences", staff=person, kind="sick", start="2023-01-01", end="2023-05-31", approved_by="局长")
            for month in PERIODS:
                bureau.work(person, month, 0 if month < "2023-06" else 160)
        use, months = "components.mean_hours.use", "exclusion.months"
        found = compared(bureau, {use: "component", months: 12})
        assert row(found.divisions, division="D3")["score_change"] == 1
        assert told(found, "D3", "score") == [(f"{use};{months}", 1)]
        # 0.9 × 97 + 0.1 × 90, which the absences of 丙 do not concern
        assert told(found, "D1", "score") == [(use, -0.7)]
        assert "H3" not in set(found.attribution.loc[found.attribution["measure"] == "score", "subject"])  # none before


class TestAnEmptyScenario:
    @pytest.mark.parametrize("period", ["2023", "2023-06"])
    def test_nothing_changes(self, bureau: Bureau, period: str) -> None:
        found = compared(bureau, {}, period)
        for table in (found.movers, found.attribution, found.needs, found.parameters):
            assert table.empty
            assert "scenario" in table
        for table in (found.divisions, found.staff, found.cost, found.bands):
            changes = table[[name for name in table if str(name).endswith("change")]]
            assert not (changes.fillna(0).to_numpy(dtype=float) != 0).any()
        assert (found.transitions["before"] == found.transitions["after"]).all()


class TestAMonth:
    def test_there_are_no_tiers_and_leaders_are_among_the_people(self, bureau: Bureau) -> None:
        """June: 甲 misses its item, 100 − 50; with a loss of 25% it has 75, so P2's mean is 91.67 instead of 83.33.

        2600 × 0.8333 = 2166.67, × 0.9167 = 2383.33. H1 2000 × 0.5 → 0.75, V1 1800 × 0.5 → 0.75.
        """
        bureau.miss("D1", "2023-06")
        found = compared(bureau, {"components.monthly_plan.unexcused_loss": 0.25}, "2023-06")
        assert rows(found.transitions, "before", "after", "count") == [("", "", 3)]
        assert row(found.divisions, division="D1")["score_change"] == 25
        leader = row(found.staff, staff="P2")
        assert (leader["role"], leader["amount_before"], leader["amount_after"]) == ("leader", 2166.67, 2383.33)
        assert found.staff["amount_change"].sum() == pytest.approx(found.cost["change"].sum())
        assert found.staff["amount_change"].sum() == pytest.approx(500 + 450 + 216.66)
        assert set(found.movers["measure"]) <= {"rank"}


class TestWhatIsCompared:
    def test_several_scenarios_keep_their_names(self, bureau: Bureau) -> None:
        result = bureau.assess()
        one, other = (result.scheme.changed({FACTORS: {**FACTORS_13, "A": top}}) for top in (1.3, 1.4))
        found = compare(result, one, assess(other, result.records, "2023"), one)
        names = [one.scenario + " (1)", other.scenario, one.scenario + " (2)"]
        assert list(dict.fromkeys(found.divisions["scenario"])) == names
        pd.testing.assert_frame_equal(found.movers, found.movers[found.movers["scenario"].isin(names)])
        changes = found.divisions[found.divisions["division"] == "D1"].set_index("scenario")["coefficient_change"]
        assert list(changes[names]) == [0.1, 0.2, 0.1]

    def test_values_stay_what_they_are_beside_each_other(self, bureau: Bureau) -> None:
        found = compared(bureau, {"exclusion.months": 2, "hours.standard_share": 0.5, "hours.leave_reduces": False})
        values = {path: (before, after) for path, before, after in rows(found.parameters, "path", "before", "after")}
        assert values == {"hours.leave_reduces": (True, False), "hours.standard_share": (0.7, 0.5), "exclusion.months": (3, 2)}
        assert {type(value) for pair in values.values() for value in pair} == {bool, float, int}

    def test_other_records_are_refused(self, bureau: Bureau) -> None:
        before = bureau.assess()
        bureau.miss("D1", "2023-06")
        for other in (bureau.assess(), bureau.assess("2023-06")):
            with pytest.raises(UsageError, match="只能比较"):
                compare(before, other)

    def test_another_year_is_refused(self, bureau: Bureau) -> None:
        result = bureau.assess()
        spec = result.scheme.spec.model_copy(update={"year": 2024})
        with pytest.raises(UsageError, match="2024"):
            compare(result, type(result.scheme)(**{**vars(result.scheme), "spec": spec}))

    def test_what_is_no_scheme_and_what_the_records_do_not_fit(self, bureau: Bureau) -> None:
        result = bureau.assess()
        with pytest.raises(SchemeError):
            compare(result, result.scheme.changed({MONTHS: 0.7}))
        with pytest.raises(RecordsError, match="良好"):
            compare(result, result.scheme.changed({"components.appraisal.points": {"优秀": 100}}))

    def test_the_public_comparison_holds_nobody(self, bureau: Bureau) -> None:
        result = bureau.assess().public()
        found = compare(result, result.scheme.changed({SHARES: SHARES_60, FACTORS: FACTORS_13}))
        assert found.staff.empty
        assert found.cost.empty
        assert found.bands.empty
        assert (found.divisions["amount_after"] == 0).all()
        assert set(found.movers["subject"]) == {"D2", "D3"}
        assert not [name for scenario in (found.base, *found.scenarios) for name in ("staff", "leaders", "payouts") if len(scenario.tables[name])]
        assert not [name for name in ("staff", "leaders", "payouts") if len(found.under(result.scheme)[name])]
