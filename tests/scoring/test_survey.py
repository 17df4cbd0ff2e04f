"""The public survey's means and errors: against published examples, worked by hand, against another program, whatever the numbers are."""

from math import isnan, nan, sqrt
from random import Random
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.scoring import survey
from perfkit.scoring.survey import Estimate, change, combine, domain_means, response_rates, stratified_mean, warnings

PHONE, VISIT = "phone", "visit"

# R package survey, data set fpc and its help page (from https://www.stata-press.com/data/r7/fpc.dta): strata of 15 and 12 units.
FPC = pd.DataFrame({"stratum": list("11111222"), "score": [2.8, 4.1, 6.8, 6.8, 9.2, 3.7, 6.6, 4.2]})
UNITS = pd.Series({"1": 15, "2": 12})
ENDLESS = UNITS * 10**9  # so large that the finite population correction is 1


def with_moments(stratum: str, n: int, total: int, squares: int) -> pd.DataFrame:
    """``n`` scores with exactly that sum and sum of squares: the estimates see nothing else of a stratum."""
    mean = total / n
    far = sqrt((squares - total * mean) / (n - n % 2))
    scores = [mean - far, mean + far] * (n // 2) + [mean] * (n % 2)
    return pd.DataFrame({"stratum": stratum, "score": scores})


class TestPublished:
    """Estimates that stand in print."""

    def test_the_fpc_data_of_r_and_stata(self) -> None:
        """T. Lumley, R package survey, help page ``fpc``: mean 5.4481, SE 0.616, without the correction 0.7413."""
        found = stratified_mean(FPC, UNITS)
        assert round(found.mean, 4) == 5.4481
        assert round(found.se, 4) == 0.6160
        assert found.df == 6
        endless = stratified_mean(FPC, ENDLESS)
        assert round(endless.mean, 4) == 5.4481
        assert round(endless.se, 4) == 0.7413

    def test_lohr_s_counties(self) -> None:
        """S. Lohr, *Sampling: Design and Analysis*, 3rd ed. (CRC Press 2021), examples 3.2 and 3.6: 295,561 acres, SE 16,380.

        Sums and sums of squares of acres92 by region from the book's data set agstrat; Y. Lu and S. Lohr, *R Companion*, ch. 3, take
        the interval with 300 − 4 degrees of freedom, which is 263,325 to 327,797.
        """
        regions = {
            "NC": (103, 30951928, 12322237701194), "NE": (21, 2050226, 353112628024), "S": (135, 28527531, 13209019853885),
            "W": (41, 27154116, 33831487175076),
        }  # fmt: skip
        rows = pd.concat([with_moments(name, *moments) for name, moments in regions.items()])
        found = stratified_mean(rows, pd.Series({"NC": 1054, "NE": 220, "S": 1382, "W": 422}))
        assert round(found.mean) == 295561
        assert round(found.se) == 16380
        assert found.df == 296
        assert [round(end) for end in found.interval] == [263325, 327797]

    def test_the_californian_schools_of_r(self) -> None:
        """T. Lumley, R package survey, help page ``api`` (data set apistrat, stratified by school type): mean 662.29, SE 9.4089.

        Sums and sums of squares of api00 by school type from that data set.
        """
        types = {"E": (100, 67443, 47038637), "H": (50, 31291, 20167941), "M": (50, 31830, 20940396)}
        found = stratified_mean(pd.concat([with_moments(name, *moments) for name, moments in types.items()]), pd.Series({"E": 4421, "H": 755, "M": 1018}))
        assert round(found.mean, 2) == 662.29
        assert round(found.se, 4) == 9.4089

    def test_a_part_of_the_fpc_data(self) -> None:
        """T. Lumley, R package survey, vignette "Estimates in subpopulations": x > 4 has 6.195, SE 0.7555, the rest 3.3143 and 0.3117."""
        found = domain_means(FPC.assign(above=(FPC["score"] > 4).map({True: "yes", False: "no"})), ENDLESS, "above").set_index("above")
        assert found["mean"].round(4).to_dict() == {"no": 3.3143, "yes": 6.195}
        assert found["se"].round(4).to_dict() == {"no": 0.3117, "yes": 0.7555}
        assert found["df"].to_dict() == {"no": 0, "yes": 4}
        assert found["low"].isna().to_dict() == {"no": True, "yes": False}

    def test_aapor_s_response_rate_1(self) -> None:
        """T. Leeper, R package responserates, README: of 100 interviews and 20 non-contacts RR1 is 83.3 %."""
        entries = pd.DataFrame({"round": "1", "entry": range(120), "stratum": "a", "selected": "main"})
        responses = pd.DataFrame({"round": "1", "entry": range(120), "mode": PHONE, "outcome": ["complete"] * 100 + ["not_reached"] * 20})
        assert response_rates(entries, responses, ["round"])["rate"].round(3).to_list() == [0.833]

    @pytest.mark.parametrize(
        ("confidence", "df", "t"),
        [(0.95, 1, 12.706), (0.95, 2, 4.303), (0.95, 3, 3.182), (0.95, 6, 2.447), (0.95, 29, 2.045), (0.95, 60, 2.000), (0.95, 100, 1.984),
         (0.99, 1, 63.657), (0.99, 4, 4.604), (0.99, 25, 2.787), (0.90, 7, 1.895), (0.80, 10, 1.372), (0.998, 30, 3.385), (0.95, 100_000, 1.960)],
    )  # fmt: skip
    def test_student_s_t(self, confidence: float, df: int, t: float) -> None:
        """NIST/SEMATECH e-Handbook of Statistical Methods, table of upper critical values of Student's t distribution."""
        assert round(survey._student(confidence, df), 3) == t


# Stratum a: 4 of 40 people, 70 80 80 90, mean 80, s² 200/3. Stratum b: 3 of 60, 60 66 69, mean 65, s² 21.
ROWS = pd.DataFrame({"stratum": list("aaaabbb"), "score": [70, 80, 80, 90, 60, 66, 69]})
PEOPLE = pd.Series({"a": 40, "b": 60})


class TestStratifiedMean:
    def test_by_hand(self) -> None:
        # 0.4 × 80 + 0.6 × 65 = 71; variance 0.16 × 0.9 × (200/3)/4 + 0.36 × 0.95 × 21/3 = 2.4 + 2.394 = 4.794
        found = stratified_mean(ROWS, PEOPLE)
        assert found.mean == pytest.approx(71)
        assert found.se == pytest.approx(sqrt(4.794))
        assert found.df == 5
        # Student's t with 5 degrees of freedom: 2.571
        assert found.interval == pytest.approx((71 - 2.5706 * sqrt(4.794), 71 + 2.5706 * sqrt(4.794)), abs=1e-4)
        assert not found.quota

    def test_another_confidence(self) -> None:
        low, high = stratified_mean(ROWS, PEOPLE, confidence=0.99).interval
        assert (high - low) / 2 / sqrt(4.794) == pytest.approx(4.032, abs=0.001)

    def test_each_stratum(self) -> None:
        table = stratified_mean(ROWS, PEOPLE).by_stratum
        assert list(table) == ["population", "n", "mean", "sd", "se", "share", "weight", "flag"]
        assert table["n"].to_dict() == {"a": 4, "b": 3}
        assert table["mean"].to_list() == pytest.approx([80, 65])
        assert table["sd"].to_list() == pytest.approx([sqrt(200 / 3), sqrt(21)])
        assert table["se"].to_list() == pytest.approx([sqrt(15), sqrt(6.65)])
        assert table["share"].to_list() == table["weight"].to_list() == [0.4, 0.6]
        assert table["flag"].to_list() == ["", ""]

    def test_rows_without_a_score_are_no_returns(self) -> None:
        refused = pd.DataFrame({"stratum": ["a", "b"], "score": [nan, nan]})
        found = stratified_mean(pd.concat([ROWS, refused]), PEOPLE)
        assert (found.mean, found.se) == (stratified_mean(ROWS, PEOPLE).mean, stratified_mean(ROWS, PEOPLE).se)

    def test_one_return_has_no_error_but_the_mean_stands(self) -> None:
        found = stratified_mean(ROWS.iloc[:5], PEOPLE)  # of b only 60: 0.4 × 80 + 0.6 × 60
        assert found.mean == pytest.approx(68)
        assert isnan(found.se)
        assert all(isnan(end) for end in found.interval)
        assert found.by_stratum["flag"].to_dict() == {"a": "", "b": "one_return"}
        assert found.by_stratum["se"].isna().to_dict() == {"a": False, "b": True}

    def test_without_a_return_a_stratum_is_left_out_and_flagged(self) -> None:
        population = pd.Series({"a": 40, "b": 60, "c": 100})
        found = stratified_mean(ROWS, population)
        assert found.mean == pytest.approx(71)
        assert found.se == pytest.approx(sqrt(4.794))
        assert found.df == 5
        assert found.by_stratum["flag"].to_dict() == {"a": "", "b": "", "c": "no_return"}
        assert found.by_stratum["share"].to_dict() == {"a": 0.2, "b": 0.3, "c": 0.5}
        assert found.by_stratum["weight"].to_list() == pytest.approx([0.4, 0.6, 0])

    def test_a_census_has_no_error(self) -> None:
        found = stratified_mean(ROWS, pd.Series({"a": 4, "b": 3}))
        assert found.mean == pytest.approx(ROWS["score"].mean())
        assert found.se == 0
        assert found.interval == (found.mean, found.mean)
        assert set(found.by_stratum["flag"]) == {"census"}

    def test_the_only_person_of_a_stratum_is_a_census_of_it(self) -> None:
        rows = pd.concat([ROWS, pd.DataFrame({"stratum": ["c"], "score": [50]})])
        found = stratified_mean(rows, pd.Series({"a": 40, "b": 60, "c": 1}))
        # shares 40, 60 and 1 of 101
        assert found.mean == pytest.approx((40 * 80 + 60 * 65 + 50) / 101)
        assert found.se == pytest.approx(sqrt((40 / 101) ** 2 * 15 + (60 / 101) ** 2 * 6.65))
        assert found.by_stratum["flag"].to_dict() == {"a": "", "b": "", "c": "census"}

    def test_a_stratum_without_people_is_nothing(self) -> None:
        found = stratified_mean(ROWS, pd.Series({"a": 40, "b": 60, "c": 0}))
        assert found.se == pytest.approx(sqrt(4.794))
        assert found.by_stratum["flag"].to_dict() == {"a": "", "b": "", "c": ""}

    def test_a_quota_sample_has_a_mean_and_no_interval(self) -> None:
        found = stratified_mean(ROWS, PEOPLE, quota=True)
        assert found.quota
        assert found.mean == pytest.approx(71)
        assert isnan(found.se)
        assert all(isnan(end) for end in found.interval)
        assert found.by_stratum["se"].isna().all()
        census = stratified_mean(ROWS, pd.Series({"a": 4, "b": 3}), quota=True)
        assert isnan(census.se)

    def test_nobody_answered(self) -> None:
        found = stratified_mean(ROWS.iloc[:0], PEOPLE)
        assert isnan(found.mean)
        assert isnan(found.se)
        assert found.df == 0
        assert found.by_stratum["flag"].to_list() == ["no_return", "no_return"]

    @pytest.mark.parametrize(
        ("rows", "population", "message"),
        [
            (ROWS.replace("b", "c"), PEOPLE, "no population for stratum 'c'"),
            (ROWS, pd.Series({"a": 3, "b": 60}), "stratum 'a' has 4 returns of 3 people"),
            (ROWS, pd.Series([40, 60, 1], index=["a", "b", "b"]), "stratum 'b' is there twice"),
            (ROWS, pd.Series({"a": 40, "b": nan}), "'b' has nan"),
            (ROWS.iloc[:0], pd.Series({"a": 0}), "no stratum has any people"),
            (ROWS.replace(90, np.inf), PEOPLE, "a score is infinite"),
            (ROWS.assign(round=["07"] * 5 + ["12"] * 2), PEOPLE, "samples of their own"),
            (ROWS.assign(outcome="refused"), PEOPLE, "row 0 is 'refused' with score 70"),
            (ROWS.replace(90, nan).assign(outcome="complete"), PEOPLE, "row 3 is 'complete' with score nan"),
        ],
    )
    def test_what_does_not_fit_is_said(self, rows: pd.DataFrame, population: pd.Series, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            stratified_mean(rows, population)

    @pytest.mark.parametrize("confidence", [0, 1, 95])
    def test_confidence_is_a_probability(self, confidence: float) -> None:
        with pytest.raises(ValueError, match="confidence is"):
            stratified_mean(ROWS, PEOPLE, confidence=confidence)


class TestDomains:
    MODES = ROWS.assign(mode=[PHONE, PHONE, PHONE, VISIT, PHONE, VISIT, VISIT])

    def test_by_hand(self) -> None:
        # weights 10 and 20 a return; phone: (10 × (70 + 80 + 80) + 20 × 60) / 50 = 70; visit: (10 × 90 + 20 × (66 + 69)) / 50 = 72
        found = domain_means(self.MODES, PEOPLE, "mode").set_index("mode")
        assert found["n"].to_dict() == {PHONE: 4, VISIT: 3}
        assert found["mean"].to_list() == pytest.approx([70, 72])
        # phone, residuals of a 0 10 10 0 about 5: s² 100/3; of b −10 0 0: 100/3.
        # variance (40² × 0.9 × (100/3)/4 + 60² × 0.95 × (100/3)/3) / 50² = (12000 + 38000) / 2500 = 20
        assert found.loc[PHONE, "se"] == pytest.approx(sqrt(20))
        assert found["df"].to_dict() == {PHONE: 2, VISIT: 1}
        assert found.loc[PHONE, "low"] == pytest.approx(70 - 4.3027 * sqrt(20), abs=1e-3)
        assert found.loc[PHONE, "high"] == pytest.approx(70 + 4.3027 * sqrt(20), abs=1e-3)

    def test_all_of_them_are_the_stratified_mean(self) -> None:
        found, whole = domain_means(ROWS.assign(region="城区"), PEOPLE, "region").iloc[0], stratified_mean(ROWS, PEOPLE)
        assert found[["mean", "se", "low", "high", "df"]].to_list() == pytest.approx([whole.mean, whole.se, *whole.interval, whole.df])

    def test_each_round_is_a_sample_of_its_own(self) -> None:
        later = pd.DataFrame({"stratum": list("aabb"), "score": [60, 70, 90, 80]})
        both = pd.concat([self.MODES.assign(round="07"), later.assign(round="12", mode=PHONE)])
        found = domain_means(both, PEOPLE, "round").set_index("round")
        for name, rows in (("07", ROWS), ("12", later)):
            alone = stratified_mean(rows, PEOPLE)
            assert found.loc[name, ["mean", "se", "df"]].to_list() == pytest.approx([alone.mean, alone.se, alone.df])
        by_mode = domain_means(both, PEOPLE, "mode")
        assert by_mode[["round", "mode", "n"]].to_numpy().tolist() == [["07", PHONE, 4], ["07", VISIT, 3], ["12", PHONE, 4]]
        assert by_mode["mean"].to_list()[:2] == pytest.approx([70, 72])

    def test_only_strata_with_returns_of_the_part_take_a_degree_of_freedom(self) -> None:
        found = domain_means(ROWS.assign(region=["东"] * 4 + ["西"] * 3), PEOPLE, "region").set_index("region")
        assert found["df"].to_dict() == {"东": 3, "西": 2}
        assert found["se"].to_list() == pytest.approx([sqrt(15), sqrt(6.65)])  # as of their strata alone

    def test_a_stratum_with_one_return_leaves_no_error(self) -> None:
        found = domain_means(self.MODES.iloc[:5], PEOPLE, "mode")
        assert found["mean"].notna().all()
        assert found["se"].isna().all()

    def test_a_single_return_has_no_error_either(self) -> None:
        found = domain_means(ROWS.assign(mode=[PHONE] * 6 + [VISIT]), PEOPLE, "mode").set_index("mode")
        assert found["n"].to_dict() == {PHONE: 6, VISIT: 1}
        assert found[["se", "low", "high"]].isna().all(axis=1).to_dict() == {PHONE: False, VISIT: True}

    def test_two_equal_returns_of_two_strata_are_no_certainty(self) -> None:
        rows = ROWS.replace(60, 70).assign(mode=[VISIT, PHONE, PHONE, PHONE, VISIT, PHONE, PHONE])
        found = domain_means(rows, PEOPLE, "mode").set_index("mode").loc[VISIT]
        assert (found["se"], found["df"]) == (0, 0)
        assert isnan(found["low"])

    def test_a_census_has_none(self) -> None:
        found = domain_means(ROWS.assign(mode=[PHONE] * 6 + [VISIT]), pd.Series({"a": 4, "b": 3}), "mode")
        assert found["se"].to_list() == [0, 0]
        assert found["low"].to_list() == found["high"].to_list() == found["mean"].to_list()

    def test_a_quota_sample(self) -> None:
        found = domain_means(self.MODES, PEOPLE, "mode", quota=True)
        assert found["mean"].to_list() == pytest.approx([70, 72])
        assert found[["se", "low", "high"]].isna().all().all()

    def test_a_blank_part_is_shown(self) -> None:
        assert domain_means(ROWS.assign(region=["东"] * 4 + [nan] * 3), PEOPLE, "region")["region"].to_list() == ["", "东"]

    def test_nobody_answered(self) -> None:
        found = domain_means(self.MODES.iloc[:0], PEOPLE, "mode")
        assert found.empty
        assert list(found) == ["mode", "n", "mean", "se", "low", "high", "df"]


def known(mean: float, se: float, df: int = 30, confidence: float = 0.95, quota: bool = False) -> Estimate:
    """A round as far as the year needs it."""
    return Estimate(mean=mean, se=se, interval=(nan, nan), df=df, confidence=confidence, quota=quota)


class TestChange:
    def test_within_its_error(self) -> None:
        # √(1.5² + 2²) = 2.5; Student's t with 60 degrees of freedom 2.000: −1 to 9
        found = change(known(80, 1.5), known(84, 2))
        assert (found.difference, found.se, found.df) == (4, 2.5, 60)
        assert found.interval == pytest.approx((-1, 9), abs=0.01)
        assert found.exceeds_error is False

    def test_beyond_its_error_up_and_down(self) -> None:
        assert change(known(80, 1.5), known(86, 2)).exceeds_error is True
        assert change(known(86, 1.5), known(80, 2)).exceeds_error is True

    def test_without_an_error_nobody_knows(self) -> None:
        for other in (known(84, nan), known(84, 2, quota=True)):
            found = change(known(80, 1.5), other)
            assert found.difference == 4
            assert isnan(found.se)
            assert found.exceeds_error is None

    def test_of_two_censuses_any_change_is_one_but_binary_noise_is_none(self) -> None:
        assert change(known(80, 0), known(80.1, 0)).exceeds_error is True
        assert change(known(0.3, 0), known(0.1 + 0.2, 0)).exceeds_error is False

    def test_rounds_of_different_confidence_are_refused(self) -> None:
        with pytest.raises(ValueError, match=r"different confidence: 0\.9, 0\.95"):
            change(known(80, 1), known(80, 1, confidence=0.9))


class TestCombine:
    ROUNDS: ClassVar[dict[str, Estimate]] = {"07": known(80, 1.5), "12": known(84, 2)}

    def test_the_mean_of_the_rounds(self) -> None:
        found = combine(self.ROUNDS)
        assert (found.mean, found.se, found.df) == (82, 1.25, 60)
        assert found.interval == pytest.approx((82 - 2.0003 * 1.25, 82 + 2.0003 * 1.25), abs=1e-3)
        assert found.by_round.to_numpy().tolist() == [["07", 80, 1.5, 0.5], ["12", 84, 2, 0.5]]

    def test_the_last_one(self) -> None:
        found = combine(self.ROUNDS, "last")
        assert (found.mean, found.se, found.df) == (84, 2, 30)
        assert found.by_round["weight"].to_list() == [0, 1]

    def test_weighted(self) -> None:
        found = combine(self.ROUNDS, "weighted", {"07": 0.4, "12": 0.6})
        assert found.mean == pytest.approx(82.4)
        assert found.se == pytest.approx(sqrt(0.6**2 + 1.2**2))

    def test_one_round_is_itself(self) -> None:
        assert combine({"07": known(80, 1.5)}).mean == 80
        assert combine({"07": known(80, 1.5)}).se == 1.5

    def test_what_a_round_lacks_the_year_lacks_unless_it_weighs_nothing(self) -> None:
        rounds = {"07": known(nan, nan, df=0, quota=True), "12": known(84, 2)}
        assert isnan(combine(rounds).mean)
        assert combine(rounds).quota
        assert combine(rounds, "last").mean == 84
        assert not combine(rounds, "last").quota
        assert combine(rounds, "weighted", {"07": 0, "12": 1}).se == 2

    def test_a_quota_round_leaves_the_year_without_an_interval(self) -> None:
        found = combine({"07": known(80, 1.5), "12": known(84, nan, quota=True)})
        assert found.mean == 82
        assert isnan(found.se)
        assert found.quota

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"rounds": {}}, "no round"),
            ({"method": "median"}, "there are mean, last and weighted"),
            ({"method": "weighted"}, "needs a weight for each round: 07, 12"),
            ({"method": "weighted", "weights": {"07": 1}}, "needs a weight for each round: 07, 12"),
            ({"method": "weighted", "weights": {"07": 0.5, "12": 0.6}}, "sum to 1"),
            ({"method": "weighted", "weights": {"07": -0.5, "12": 1.5}}, "must not be negative"),
            ({"weights": {"07": 0.4, "12": 0.6}}, "method mean takes no weights"),
            ({"rounds": {"07": known(1, 1), "12": known(1, 1, confidence=0.9)}}, "different confidence"),
        ],
    )
    def test_what_does_not_fit_is_said(self, arguments: dict[str, Any], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            combine(**({"rounds": self.ROUNDS} | arguments))


ENTRIES = pd.DataFrame(
    [
        ("07", "E1", "a", "main"), ("07", "E2", "a", "main"), ("07", "E3", "a", "main"), ("07", "E4", "a", "replacement"), ("07", "E5", "a", "replacement"),
        ("07", "E6", "b", "main"), ("07", "E7", "b", "main"), ("12", "E1", "a", "main"), ("12", "E8", "b", "main"),
    ],
    columns=["round", "entry", "stratum", "selected"],
)  # fmt: skip
RESPONSES = pd.DataFrame(
    [
        ("07", "E1", "a", PHONE, "complete", 90.0), ("07", "E2", "a", PHONE, "refused", nan), ("07", "E3", "a", PHONE, "not_reached", nan),
        ("07", "E4", "a", VISIT, "complete", 80.0), ("07", "E6", "b", PHONE, "ineligible", nan), ("12", "E1", "a", VISIT, "complete", 85.0),
    ],
    columns=["round", "entry", "stratum", "mode", "outcome", "score"],
)  # fmt: skip


class TestResponseRates:
    def test_by_round_and_stratum(self) -> None:
        found = response_rates(ENTRIES, RESPONSES, ["round", "stratum"])
        assert list(found) == ["round", "stratum", "main", "replacements", "complete", "refused", "not_reached", "ineligible", "pending", "rate"]
        # 07 a: E1 to E3 and the replacement E4, 2 of 4 complete (E5 was not needed); 07 b: E6 is not eligible, E7 pending: 0 of 1
        assert found.to_numpy().tolist() == [
            ["07", "a", 3, 1, 2, 1, 1, 0, 0, 0.5],
            ["07", "b", 2, 0, 0, 0, 0, 1, 1, 0.0],
            ["12", "a", 1, 0, 1, 0, 0, 0, 0, 1.0],
            ["12", "b", 1, 0, 0, 0, 0, 0, 1, 0.0],
        ]

    def test_by_round(self) -> None:
        found = response_rates(ENTRIES, RESPONSES, ["round"])
        assert found[["main", "replacements", "complete"]].to_numpy().tolist() == [[5, 1, 2], [2, 0, 1]]
        assert found["rate"].to_list() == pytest.approx([2 / 5, 1 / 2])

    def test_by_mode_those_without_an_outcome_have_none(self) -> None:
        found = response_rates(ENTRIES, RESPONSES, ["mode"]).set_index("mode")
        assert found["pending"].to_dict() == {"": 2, PHONE: 0, VISIT: 0}
        assert found["complete"].to_dict() == {"": 0, PHONE: 1, VISIT: 2}
        assert found["rate"].to_dict() == pytest.approx({"": 0, PHONE: 1 / 3, VISIT: 1})

    def test_nobody_eligible_is_no_rate(self) -> None:
        found = response_rates(ENTRIES[ENTRIES["entry"] == "E6"], RESPONSES[RESPONSES["entry"] == "E6"], ["stratum"])
        assert found["rate"].isna().to_list() == [True]

    @pytest.mark.parametrize(
        ("entries", "responses", "message"),
        [
            (ENTRIES, pd.concat([RESPONSES, RESPONSES.iloc[[0]]]), "responses: entry 'E1' has more than one row in a round"),
            (pd.concat([ENTRIES, ENTRIES.iloc[[3]]]), RESPONSES, "entries: entry 'E4' has more than one row in a round"),
            (ENTRIES, RESPONSES.replace("refused", "拒访"), "outcome '拒访'; there are complete, refused, not_reached, ineligible"),
            (ENTRIES.iloc[1:], RESPONSES, "entry 'E1' was not selected in its round"),
        ],
    )
    def test_what_does_not_fit_is_said(self, entries: pd.DataFrame, responses: pd.DataFrame, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            response_rates(entries, responses, ["round"])


def told(entries: pd.DataFrame = ENTRIES, responses: pd.DataFrame = RESPONSES, **limits: Any) -> list[list[Any]]:
    """The warnings, with limits that everything keeps unless given."""
    lenient = {"names": 0, "phone_share": -1.0, "returns": 0}
    return warnings(entries, responses, pd.Series({"a": 40, "b": 60}), **(lenient | limits)).to_numpy().tolist()


class TestWarnings:
    def test_nothing_to_tell(self) -> None:
        assert told() == []

    def test_columns(self) -> None:
        found = warnings(ENTRIES, RESPONSES, PEOPLE, names=600, phone_share=0.5, returns=2)
        assert list(found) == ["round", "kind", "stratum", "mode", "found", "needed"]

    def test_fewer_names_than_the_plan_asks_for(self) -> None:
        # 5 main names in July (replacements are not counted), 2 in December
        assert told(names=5)[0] == ["12", "names", "", "", 2, 5]
        assert [row[:1] + row[4:] for row in told(names=600) if row[1] == "names"] == [["07", 5, 600], ["12", 2, 600]]

    def test_telephone_interviews_are_to_be_more_than_half(self) -> None:
        # July 1 of 2 by telephone, which is not more; December 0 of 1
        assert [row for row in told(phone_share=0.5) if row[1] == "phone_share"] == [
            ["07", "phone_share", "", PHONE, 0.5, 0.5], ["12", "phone_share", "", PHONE, 0.0, 0.5],
        ]  # fmt: skip
        by_phone = RESPONSES.assign(mode=PHONE)
        assert told(responses=by_phone, phone_share=0.5) == []

    def test_strata_without_returns_and_with_few(self) -> None:
        assert told(responses=RESPONSES.assign(mode=PHONE), returns=2) == [
            ["07", "no_return", "b", "", 0, 2], ["12", "few_returns", "a", "", 1, 2], ["12", "no_return", "b", "", 0, 2],
        ]  # fmt: skip

    def test_a_stratum_of_one_needs_one(self) -> None:
        december = RESPONSES[RESPONSES["round"] == "12"].assign(mode=PHONE)
        found = warnings(ENTRIES[ENTRIES["round"] == "12"], december, pd.Series({"a": 1, "b": 1}), names=0, phone_share=0.5, returns=2)
        assert found.to_numpy().tolist() == [["12", "no_return", "b", "", 0, 1]]

    def test_a_round_of_which_only_the_answers_are_there(self) -> None:
        assert told(ENTRIES[ENTRIES["round"] == "07"], names=1) == [["12", "names", "", "", 0, 1]]

    def test_a_round_that_was_due_and_not_held(self) -> None:
        found = told(ENTRIES.iloc[:0], RESPONSES.iloc[:0], names=600, phone_share=0.5, returns=2, rounds=["07"])
        assert found == [["07", "names", "", "", 0, 600], ["07", "no_return", "a", "", 0, 2], ["07", "no_return", "b", "", 0, 2]]


scores = st.integers(0, 1000).map(lambda number: number / 10)


@st.composite
def samples(draw_: st.DrawFn, least: int = 2) -> tuple[pd.DataFrame, pd.Series]:
    """Up to five strata, each with its returns and at least as many people."""
    drawn = draw_(st.lists(st.lists(scores, min_size=least, max_size=8), min_size=1, max_size=5))
    rows = pd.DataFrame([(f"S{number}", score) for number, stratum in enumerate(drawn) for score in stratum], columns=["stratum", "score"])
    people = {f"S{number}": len(stratum) + draw_(st.integers(0, 50)) for number, stratum in enumerate(drawn)}
    return rows, pd.Series(people)


@given(samples(), st.randoms())
def test_the_order_of_rows_and_strata_changes_no_digit(sample: tuple[pd.DataFrame, pd.Series], shuffled: Random) -> None:
    rows, people = sample
    order = list(rows.index)
    shuffled.shuffle(order)
    before, after = stratified_mean(rows, people), stratified_mean(rows.loc[order], people)
    assert (before.mean, before.se, before.interval) == (after.mean, after.se, after.interval)
    turned = stratified_mean(rows, people[::-1])
    assert (turned.mean, turned.se) == pytest.approx((before.mean, before.se))


@given(samples(least=1))
def test_a_census_is_the_plain_mean_without_error(sample: tuple[pd.DataFrame, pd.Series]) -> None:
    rows = sample[0]
    found = stratified_mean(rows, rows.groupby("stratum").size())
    assert found.mean == pytest.approx(rows["score"].mean())
    assert found.se == 0


@given(samples())
def test_a_mean_lies_among_the_scores_and_within_its_interval(sample: tuple[pd.DataFrame, pd.Series]) -> None:
    rows, people = sample
    found = stratified_mean(rows, people)
    assert rows["score"].min() - 1e-9 <= found.mean <= rows["score"].max() + 1e-9
    assert found.interval[0] <= found.mean <= found.interval[1]
    assert found.by_stratum["weight"].sum() == pytest.approx(1)


@given(samples(), st.integers(-50, 50), st.sampled_from([0.5, 2.0, 4.0]))
def test_another_scale_gives_the_same_on_that_scale(sample: tuple[pd.DataFrame, pd.Series], shift: int, scale: float) -> None:
    rows, people = sample
    before, after = stratified_mean(rows, people), stratified_mean(rows.assign(score=scale * rows["score"] + shift), people)
    assert after.mean == pytest.approx(scale * before.mean + shift, abs=1e-9)
    assert after.se == pytest.approx(scale * before.se, abs=1e-9)


@given(st.lists(st.lists(scores, min_size=3, max_size=3), min_size=1, max_size=5), st.integers(1, 20))
def test_strata_in_proportion_give_the_plain_mean(drawn: list[list[float]], times: int) -> None:
    rows = pd.DataFrame([(number, score) for number, stratum in enumerate(drawn) for score in stratum], columns=["stratum", "score"])
    assert stratified_mean(rows, 3 * times + pd.Series(0, index=range(len(drawn)))).mean == pytest.approx(rows["score"].mean())


@given(st.lists(scores, min_size=2, max_size=20), st.integers(0, 200))
def test_one_stratum_is_simple_random_sampling(values: list[float], others: int) -> None:
    n, people = len(values), len(values) + others
    found = stratified_mean(pd.DataFrame({"stratum": "a", "score": values}), pd.Series({"a": people}))
    assert found.mean == pytest.approx(np.mean(values))
    assert found.se == pytest.approx(np.std(values, ddof=1) / sqrt(n) * sqrt(1 - n / people))
