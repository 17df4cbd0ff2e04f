"""The calls of ``ranking`` that notebooks and other rules rely on: what they return and what they refuse."""

import numpy as np
import pandas as pd
import pytest

from perfkit.scoring import ranking

SHARES = pd.Series({"A": 0.3, "B": 0.5, "C": 0.2})


class TestHalfUp:
    @pytest.mark.parametrize(
        ("value", "decimals", "expected"),
        [
            (84.125, 2, 84.13),
            (1.005, 2, 1.01),
            (88.74499999999999, 2, 88.75),
            (88.7449, 2, 88.74),
            (0.5, 0, 1.0),
            (1.5, 0, 2.0),
            (2.5, 0, 3.0),
            (-0.5, 0, -1.0),
            (-1.005, 2, -1.01),
            (0.1 + 0.2, 1, 0.3),
            (0.0, 2, 0.0),
            (1234567.005, 2, 1234567.01),
            (99999999.995, 2, 100000000.0),
            (0.0000005, 6, 0.000001),
        ],
    )
    def test_halves_go_away_from_zero(self, value: float, decimals: int, expected: float) -> None:
        assert ranking.half_up(value, decimals) == expected

    def test_what_is_less_than_half_by_more_than_noise_goes_down(self) -> None:
        assert ranking.half_up(84.125 - 2e-9, 2) == 84.12
        assert ranking.half_up(84.125 - 2e-10, 2) == 84.13

    @pytest.mark.parametrize("value", [0.0, 0.4, 30.0, 1e-14, -1e-14, 2e-10, 0.3 * 8 - 2])
    def test_nine_decimals_only_take_noise_away(self, value: float) -> None:
        assert ranking.half_up(value, 9) == pytest.approx(round(value, 9), abs=1e-12)

    def test_a_series_stays_a_series_with_its_index_and_name(self) -> None:
        given = pd.Series([84.125, 1.005], ["甲处", "乙处"], name="score")
        pd.testing.assert_series_equal(ranking.half_up(given, 2), pd.Series([84.13, 1.01], ["甲处", "乙处"], name="score"))

    def test_the_series_given_is_not_changed(self) -> None:
        given = pd.Series([84.125])
        ranking.half_up(given, 2)
        assert given.to_list() == [84.125]

    def test_an_array_stays_an_array_of_its_shape(self) -> None:
        found = ranking.half_up(np.array([[84.125], [1.005]]), 2)
        assert isinstance(found, np.ndarray)
        np.testing.assert_array_equal(found, [[84.13], [1.01]])

    def test_whole_numbers_are_taken_too(self) -> None:
        assert ranking.half_up(pd.Series([90, 85]), 2).to_list() == [90.0, 85.0]

    def test_nan_stays_nan(self) -> None:
        found = ranking.half_up(pd.Series([np.nan, 1.005]), 2)
        assert np.isnan(found[0])
        assert found[1] == 1.01

    def test_nothing_gives_nothing(self) -> None:
        assert ranking.half_up(pd.Series(dtype=float), 2).empty
        assert ranking.half_up(np.array([]), 2).shape == (0,)

    def test_no_negative_zero_is_published(self) -> None:
        assert str(ranking.half_up(-0.001, 2)) == "0.0"


class TestFloorAndCeil:
    def test_they_snap_first(self) -> None:
        assert 0.7 * 90 < 63  # as a computer multiplies
        assert ranking.floor(0.7 * 90) == 63
        assert 0.1 * 3 * 10 > 3
        assert ranking.ceil(0.1 * 3 * 10) == 3

    def test_they_round_down_and_up_otherwise(self) -> None:
        assert ranking.floor(33.339, 2) == 33.33
        assert ranking.ceil(33.331, 2) == 33.34
        assert ranking.floor(2.6) == 2
        assert ranking.ceil(2.4) == 3

    def test_they_return_the_kind_they_were_given(self) -> None:
        pd.testing.assert_series_equal(ranking.floor(pd.Series({"A": 2.4, "B": 1.6})), pd.Series({"A": 2.0, "B": 1.0}))
        np.testing.assert_array_equal(ranking.ceil(np.array([2.4, 1.6])), [3.0, 2.0])


class TestReaches:
    def test_the_threshold_itself_is_enough(self) -> None:
        assert ranking.reaches(123.2, 0.7 * 176)
        assert ranking.reaches(0.1 + 0.2, 0.3)
        assert ranking.reaches(0.3, 0.1 + 0.2)

    def test_a_tenth_less_is_not(self) -> None:
        assert not ranking.reaches(123.1, 0.7 * 176)

    def test_whole_columns(self) -> None:
        assert ranking.reaches(pd.Series([123.2, 123.1, 150.0]), pd.Series([123.2, 123.2, 123.2])).tolist() == [True, False, True]


class TestRank:
    def test_competition_shares_a_rank_and_passes_over_the_next(self) -> None:
        scores = pd.Series({"甲": 90.0, "乙": 95.0, "丙": 90.0, "丁": 80.0})
        pd.testing.assert_series_equal(ranking.rank(scores), pd.Series({"甲": 2.0, "乙": 1.0, "丙": 2.0, "丁": 4.0}))

    def test_dense_shares_a_rank_and_passes_over_none(self) -> None:
        scores = pd.Series({"甲": 90.0, "乙": 95.0, "丙": 90.0, "丁": 80.0})
        assert ranking.rank(scores, method="dense").to_dict() == {"甲": 2, "乙": 1, "丙": 2, "丁": 3}

    def test_scores_are_rounded_before_they_are_ranked(self) -> None:
        scores = pd.Series({"甲": 0.1 + 0.2, "乙": 0.3, "丙": 90.004, "丁": 89.996})
        assert ranking.rank(scores).to_dict() == {"甲": 3, "乙": 3, "丙": 1, "丁": 1}

    def test_the_decimals_are_a_setting(self) -> None:
        scores = pd.Series({"丙": 90.004, "丁": 89.996})
        assert ranking.rank(scores, decimals=3).to_dict() == {"丙": 1, "丁": 2}
        assert ranking.rank(scores, decimals=0).to_dict() == {"丙": 1, "丁": 1}

    def test_nan_has_no_rank_and_takes_none(self) -> None:
        found = ranking.rank(pd.Series({"甲": np.nan, "乙": 80.0, "丙": 90.0}))
        assert np.isnan(found["甲"])
        assert found[["乙", "丙"]].to_dict() == {"乙": 2, "丙": 1}

    def test_nobody_to_rank(self) -> None:
        assert ranking.rank(pd.Series(dtype=float)).empty
        assert ranking.rank(pd.Series([np.nan, np.nan])).isna().all()


class TestApportion:
    def test_the_plan_s_shares_of_eight(self) -> None:
        found = ranking.apportion(SHARES, 8)
        assert found.to_dict() == {"A": 2, "B": 4, "C": 2}
        assert pd.api.types.is_integer_dtype(found)

    @pytest.mark.parametrize(
        ("rounding", "expected"),
        [("floor", {"A": 2, "B": 4, "C": 1}), ("ceil", {"A": 3, "B": 4, "C": 2}), ("half_up", {"A": 2, "B": 4, "C": 2})],
    )
    def test_other_roundings_are_whole_numbers_too(self, rounding: ranking.Rounding, expected: dict[str, int]) -> None:
        found = ranking.apportion(SHARES, 8, rounding)
        assert found.to_dict() == expected
        assert pd.api.types.is_integer_dtype(found)

    def test_roundings_snap_first(self) -> None:
        # 0.7 × 90 is 62.99… and 0.3 × 90 is 27 on a computer
        assert ranking.apportion(pd.Series({"A": 0.7, "B": 0.3}), 90, "floor").to_dict() == {"A": 63, "B": 27}
        assert ranking.apportion(pd.Series({"A": 0.7, "B": 0.3}), 90).to_dict() == {"A": 63, "B": 27}

    def test_equal_remainders_for_the_last_place_are_named(self) -> None:
        with pytest.raises(ranking.TieError, match="A, B") as caught:
            ranking.apportion(SHARES, 5)  # 1.5, 2.5, 1
        assert caught.value.tied == ["A", "B"]
        assert caught.value.places == 1
        assert isinstance(caught.value, ValueError)

    def test_remainders_equal_but_for_binary_noise_are_equal(self) -> None:
        with pytest.raises(ranking.TieError) as caught:
            ranking.apportion(pd.Series({"A": 0.05, "B": 0.10, "C": 0.85}), 4)  # 0.2, 0.4, 3.4
        assert caught.value.tied == ["B", "C"]

    def test_a_tie_order_settles_it(self) -> None:
        assert ranking.apportion(SHARES, 5, tie_order=["A", "B", "C"]).to_dict() == {"A": 2, "B": 2, "C": 1}
        assert ranking.apportion(SHARES, 5, tie_order=["B", "A", "C"]).to_dict() == {"A": 1, "B": 3, "C": 1}

    def test_equal_remainders_that_all_get_a_place_are_no_tie(self) -> None:
        # 3.75, 3.75, 2.5 of ten: the two places left go to A and B
        assert ranking.apportion(pd.Series({"A": 0.375, "B": 0.375, "C": 0.25}), 10).to_dict() == {"A": 4, "B": 4, "C": 2}

    def test_equal_remainders_that_get_no_place_are_no_tie(self) -> None:
        # 2.1, 2.1, 5.8 of ten: the one place left goes to C
        assert ranking.apportion(pd.Series({"A": 0.21, "B": 0.21, "C": 0.58}), 10).to_dict() == {"A": 2, "B": 2, "C": 6}

    def test_no_places_and_the_index_kept(self) -> None:
        assert ranking.apportion(SHARES, 0).to_dict() == {"A": 0, "B": 0, "C": 0}
        assert list(ranking.apportion(SHARES[["C", "A", "B"]], 8).index) == ["C", "A", "B"]

    def test_shares_given_are_not_changed(self) -> None:
        given = SHARES.copy()
        ranking.apportion(given, 8)
        pd.testing.assert_series_equal(given, SHARES)


class TestFillPlaces:
    PLACES = pd.Series({"A": 1, "B": 2, "C": 1})

    def test_the_best_come_first_whatever_the_order_of_rows(self) -> None:
        keys = pd.DataFrame({"score": [80.0, 95.0, 70.0, 90.0]}, index=["甲", "乙", "丙", "丁"])
        assert ranking.fill_places(keys, self.PLACES).to_dict() == {"甲": "B", "乙": "A", "丙": "C", "丁": "B"}

    def test_a_later_key_decides_only_between_equals(self) -> None:
        keys = pd.DataFrame({"score": [90.0, 90.0, 80.0, 70.0], "hours": [1.0, 2.0, 9.0, 9.0]})
        assert ranking.fill_places(keys, self.PLACES).to_list() == ["B", "A", "B", "C"]

    def test_a_tie_across_a_border_gets_none_and_one_within_gets_its_label(self) -> None:
        across = pd.DataFrame({"score": [90.0, 90.0, 80.0, 70.0]})
        assert [label if isinstance(label, str) else None for label in ranking.fill_places(across, self.PLACES)] == [None, None, "B", "C"]
        within = pd.DataFrame({"score": [95.0, 90.0, 90.0, 70.0]})
        assert ranking.fill_places(within, self.PLACES).to_list() == ["A", "B", "B", "C"]

    def test_who_is_left_over_takes_the_last_label(self) -> None:
        keys = pd.DataFrame({"score": [5.0, 4.0, 3.0, 2.0, 1.0]})
        assert ranking.fill_places(keys, pd.Series({"A": 1, "B": 1, "C": 1})).to_list() == ["A", "B", "C", "C", "C"]

    def test_nan_is_worst(self) -> None:
        keys = pd.DataFrame({"score": [np.nan, 1.0, 2.0, 3.0]})
        assert ranking.fill_places(keys, self.PLACES).to_list() == ["C", "B", "B", "A"]
