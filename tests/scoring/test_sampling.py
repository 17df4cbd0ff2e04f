"""The sample of the public survey: sizes against published allocations and hand-worked ones, and what holds of every draw."""

from collections import Counter
from fractions import Fraction
from hashlib import sha256
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfkit.scoring import sampling, survey
from perfkit.scoring.sampling import allocate, draw

COUNTIES = pd.Series({"NC": 1054, "NE": 220, "S": 1382, "W": 422})


class TestPublished:
    """Allocations that stand in print."""

    def test_lohr_s_counties_in_proportion(self) -> None:
        """S. Lohr, *Sampling: Design and Analysis*, 3rd ed. (CRC Press 2021), example 3.2: 300 of 3,078 counties.

        The sizes are those of Y. Lu and S. Lohr, *R Companion* (CRC Press 2021), ch. 3, and of the data set agstrat.
        """
        assert allocate(COUNTIES, 300).to_dict() == {"NC": 103, "NE": 21, "S": 135, "W": 41}

    def test_the_sampling_book_s_four_strata(self) -> None:
        """R package samplingbook 1.2.4, ``stratasamp``, both examples (G. Kauermann, H. Küchenhoff, *Stichproben*, Springer 2010)."""
        population = pd.Series([5234, 2586, 649, 157], index=[1, 2, 3, 4])
        sd = pd.Series([251, 1165, 8035, 24725], index=[1, 2, 3, 4])
        assert allocate(population, 500).to_list() == [303, 150, 38, 9]
        assert allocate(population, 500, "neyman", sd=sd).to_list() == [49, 112, 194, 145]

    def test_valliant_s_hospitals_by_neyman(self) -> None:
        """R. Valliant, J. Dever, F. Kreuter, R package PracTools, vignette on single-stage sample sizes, ``strAlloc``, first example.

        Printed before rounding as 34.64, 4.16, 10.47, 3.33, 8.80, 38.59.
        """
        population = pd.Series([215, 65, 252, 50, 149, 144])
        sd = pd.Series([26787207, 10645109, 6909676, 11085034, 9817762, 44553355])
        assert allocate(population, 100, "neyman", sd=sd).to_list() == [35, 4, 10, 3, 9, 39]


class TestAllocate:
    def test_the_plan_s_600_names(self) -> None:
        population = pd.Series({"服务对象": 5000, "基层单位": 3000, "群众代表": 2000})
        assert allocate(population, 600).to_dict() == {"服务对象": 300, "基层单位": 180, "群众代表": 120}

    def test_it_is_the_contract_s_call(self) -> None:
        assert survey.allocate is allocate

    def test_the_largest_remainders_get_what_is_left(self) -> None:
        # 10 × 470/1000 = 4.7, 10 × 280/1000 = 2.8, 10 × 250/1000 = 2.5: 4 + 2 + 2, two left for .8 and .7
        assert allocate(pd.Series({"a": 470, "b": 280, "c": 250}), 10).to_dict() == {"a": 5, "b": 3, "c": 2}

    def test_of_equal_remainders_the_larger_population_is_first(self) -> None:
        # 2 × 100/400 = 0.5, 2 × 300/400 = 1.5
        assert allocate(pd.Series({"a": 100, "b": 300}), 2, minimum=0).to_dict() == {"a": 0, "b": 2}

    def test_of_equal_remainders_and_populations_the_given_order_decides(self) -> None:
        assert allocate(pd.Series({"b": 50, "a": 50, "c": 50}), 4).to_dict() == {"b": 2, "a": 1, "c": 1}
        assert allocate(pd.Series({"c": 50, "a": 50, "b": 50}), 4).to_dict() == {"c": 2, "a": 1, "b": 1}

    def test_a_stratum_below_the_minimum_is_raised_and_the_rest_apportioned_again(self) -> None:
        # 30 of 1510: 19.87, 9.93, 0.20 → 20, 10, 0; c is raised to 2, 28 of 1500 are left: 18.67, 9.33 → 19, 9
        assert allocate(pd.Series({"a": 1000, "b": 500, "c": 10}), 30, minimum=2).to_dict() == {"a": 19, "b": 9, "c": 2}

    def test_until_no_stratum_is_below(self) -> None:
        # 20 of 1000: 16.4, 2.04, 1.56 → 16, 2, 2 with a minimum of 2; of 3: b and c raised to 3, a keeps 14
        population = pd.Series({"a": 820, "b": 102, "c": 78})
        assert allocate(population, 20, minimum=2).to_dict() == {"a": 16, "b": 2, "c": 2}
        assert allocate(population, 20, minimum=3).to_dict() == {"a": 14, "b": 3, "c": 3}

    def test_raising_one_may_push_another_below(self) -> None:
        # 10 of 100 by 73, 16, 6, 5: 7.3, 1.6, .6, .5 → 7, 2, 1, 0 (two left: .6 of the larger b, then c).
        # d to 2 and c to 2; 6 of 89 left: 4.92, 1.08 → 5, 1; b to 2; a has the 4 that remain.
        assert allocate(pd.Series({"a": 73, "b": 16, "c": 6, "d": 5}), 10, minimum=2).to_dict() == {"a": 4, "b": 2, "c": 2, "d": 2}

    def test_equal_sizes(self) -> None:
        assert allocate(pd.Series({"a": 10, "b": 200, "c": 30}), 12, "equal").to_dict() == {"a": 4, "b": 4, "c": 4}
        assert allocate(pd.Series({"a": 10, "b": 200, "c": 30}), 14, "equal").to_dict() == {"a": 4, "b": 5, "c": 5}

    def test_never_above_the_population_and_the_surplus_goes_to_the_others(self) -> None:
        # 10 each; a has only 4, so 26 are left for two: 13 each; with b of 12 that is 12 and 14
        assert allocate(pd.Series({"a": 4, "b": 200, "c": 300}), 30, "equal").to_dict() == {"a": 4, "b": 13, "c": 13}
        assert allocate(pd.Series({"a": 4, "b": 12, "c": 300}), 30, "equal").to_dict() == {"a": 4, "b": 12, "c": 14}

    def test_neyman_by_hand(self) -> None:
        # 300 × 10, 200 × 15, 100 × 40 = 3000, 3000, 4000: 60 × .3, .3, .4
        population, sd = pd.Series({"a": 300, "b": 200, "c": 100}), pd.Series({"c": 40, "a": 10, "b": 15})
        assert allocate(population, 60, "neyman", sd=sd).to_dict() == {"a": 18, "b": 18, "c": 24}

    def test_neyman_above_the_population_and_below_the_minimum_at_once(self) -> None:
        # N·S = 100, 2000, 900: 30 × 1/30, 20/30, 9/30 = 1, 20, 9; b has only 10 people, so 20 are left for a and c: 2, 18
        population, sd = pd.Series({"a": 100, "b": 10, "c": 90}), pd.Series({"a": 1, "b": 200, "c": 10})
        assert allocate(population, 30, "neyman", minimum=2, sd=sd).to_dict() == {"a": 2, "b": 10, "c": 18}

    def test_neyman_without_spread_anywhere_left_shares_by_population(self) -> None:
        population, sd = pd.Series({"a": 100, "b": 10, "c": 50}), pd.Series({"a": 0, "b": 5, "c": 0})
        # b takes all its 10; 30 are left for a and c, 100 to 50
        assert allocate(population, 40, "neyman", sd=sd).to_dict() == {"a": 20, "b": 10, "c": 10}

    def test_a_stratum_smaller_than_the_minimum_is_taken_whole(self) -> None:
        assert allocate(pd.Series({"a": 1000, "b": 1}), 10, minimum=2).to_dict() == {"a": 9, "b": 1}

    def test_a_stratum_without_people_gets_none(self) -> None:
        assert allocate(pd.Series({"a": 1000, "b": 0}), 10, minimum=2).to_dict() == {"a": 10, "b": 0}
        assert allocate(pd.Series({"a": 1000, "b": 0}), 10, "equal").to_dict() == {"a": 10, "b": 0}
        assert allocate(pd.Series({"a": 1000, "b": 0}), 10, "neyman", sd=pd.Series({"a": 3})).to_dict() == {"a": 10, "b": 0}

    def test_nothing_of_nobody(self) -> None:
        assert allocate(pd.Series({"a": 0}), 0).to_dict() == {"a": 0}
        assert allocate(pd.Series(dtype=int), 0).empty

    def test_it_returns_whole_numbers_in_the_given_order(self) -> None:
        found = allocate(pd.Series({"b": 300.0, "a": 700.0}), 10)
        assert found.index.to_list() == ["b", "a"]
        assert found.dtype == "int64"

    def test_what_it_was_given_stays_as_it_was(self) -> None:
        population = pd.Series({"a": 4, "b": 12, "c": 300})
        allocate(population, 30, "equal", minimum=2)
        assert population.to_list() == [4, 12, 300]

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"n": 601}, "n is 601, but all strata together have 600 people"),
            ({"n": 5, "minimum": 2}, "n is 5, but 3 strata with at least 2 each .* need 6"),
            ({"n": 10.5}, "n is 10.5; a whole number"),
            ({"n": 10.0}, "n is 10.0; a whole number"),
            ({"n": True}, "n is True; a whole number"),
            ({"n": -1}, "n is -1; a whole number"),
            ({"minimum": -1}, "minimum is -1; a whole number"),
            ({"minimum": 1.5}, "minimum is 1.5; a whole number"),
            ({"method": "Neyman"}, "method is 'Neyman'; there are proportional, equal and neyman"),
            ({"method": "neyman"}, "needs sd"),
            ({"method": "neyman", "sd": pd.Series({"a": 1, "b": 1})}, "sd of 'c' is missing"),
            ({"method": "neyman", "sd": pd.Series({"a": 1, "b": -1, "c": np.nan})}, "sd of 'b', 'c' is missing or not a number from 0"),
            ({"method": "neyman", "sd": pd.Series([1, 1, 2, 3], index=["a", "a", "b", "c"])}, "sd: stratum 'a' is there twice"),
            ({"population": pd.Series([100, 100], index=["a", "a"])}, "population: stratum 'a' is there twice"),
            ({"population": pd.Series({"a": 100, "b": np.nan})}, "population: 'b' has nan"),
            ({"population": pd.Series({"a": 100, "b": -3})}, "population: 'b' has -3"),
            ({"population": pd.Series({"a": 100.5})}, "population: 'a' has 100.5"),
        ],
    )
    def test_what_cannot_be_done_is_said(self, arguments: dict[str, Any], message: str) -> None:
        given_ = {"population": pd.Series({"a": 100, "b": 200, "c": 300}), "n": 10} | arguments
        with pytest.raises(ValueError, match=message):
            allocate(**given_)


strata = st.lists(st.integers(0, 400), min_size=1, max_size=8)
methods = st.sampled_from(["proportional", "equal", "neyman"])


@st.composite
def tasks(draw_: st.DrawFn) -> dict[str, Any]:
    """Strata, a number of names that can be had, a minimum, a method."""
    population = pd.Series(draw_(strata))
    minimum = draw_(st.integers(0, 4))
    n = draw_(st.integers(int(population.clip(upper=minimum).sum()), int(population.sum())))
    sd = pd.Series(draw_(st.lists(st.integers(0, 30), min_size=len(population), max_size=len(population))), dtype=float)
    return {"population": population, "n": n, "minimum": minimum, "method": draw_(methods), "sd": sd}


@given(tasks())
def test_all_names_are_given_out_between_minimum_and_population(task: dict[str, Any]) -> None:
    found = allocate(**task)
    assert found.sum() == task["n"]
    assert (found <= task["population"]).all()
    assert (found >= task["population"].clip(upper=task["minimum"])).all()


@given(tasks())
def test_a_larger_stratum_never_gets_less(task: dict[str, Any]) -> None:
    found, people = allocate(**(task | {"method": "proportional"})), task["population"]
    assert all(found[a] >= found[b] for a in people.index for b in people.index if people[a] > people[b])


@given(tasks(), st.randoms())
def test_the_order_of_strata_matters_only_to_equal_ones(task: dict[str, Any], shuffled: Random) -> None:
    order = list(task["population"].index)
    shuffled.shuffle(order)
    before, after = allocate(**task), allocate(**(task | {"population": task["population"][order]}))
    kind = list(zip(task["population"], task["sd"], strict=True))
    assert Counter(zip(kind, before, strict=True)) == Counter((kind[number], after[number]) for number in order)


@given(strata)
def test_everybody_is_asked_if_there_are_names_for_all(people: list[int]) -> None:
    assert allocate(pd.Series(people), sum(people)).to_list() == people
    assert allocate(pd.Series(people), sum(people), "equal").to_list() == people


@given(tasks())
def test_proportional_is_the_rule_step_by_step_in_whole_numbers(task: dict[str, Any]) -> None:
    population, minimum = task["population"].to_dict(), task["minimum"]
    raised: dict[int, int] = {name: 0 for name, people in population.items() if people == 0}
    while True:
        rest = {name: people for name, people in population.items() if name not in raised}
        left, everybody = task["n"] - sum(raised.values()), sum(rest.values())
        quotas = {name: Fraction(left * people, everybody) for name, people in rest.items()}
        sizes = {name: quota.__floor__() for name, quota in quotas.items()}
        for name in sorted(rest, key=lambda name: (sizes[name] - quotas[name], -population[name]))[: left - sum(sizes.values())]:
            sizes[name] += 1
        below = {name: min(minimum, population[name]) for name, size in sizes.items() if size < min(minimum, population[name])}
        if not below:
            break
        raised |= below
    assert allocate(task["population"], task["n"], minimum=minimum).to_dict() == raised | sizes


def names(**regions: str) -> pd.DataFrame:
    """A frame: each argument is a stratum, each letter a name in the region of that letter."""
    rows = [(f"{stratum}{number:03d}", stratum, region) for stratum, letters in regions.items() for number, region in enumerate(letters)]
    return pd.DataFrame(rows, columns=["entry", "stratum", "region"])


FRAME = names(A="n" * 12 + "s" * 6 + "w" * 6, B="n" * 5 + "s" * 5)
SIZES = pd.Series({"A": 8, "B": 4})


class TestDraw:
    def test_the_names_asked_for(self) -> None:
        found = draw(FRAME, SIZES, seed=7, replacements=2)
        assert list(found) == ["entry", "stratum", "region", "selected", "order"]
        assert found.groupby(["stratum", "selected"]).size().to_dict() == {
            ("A", "main"): 8, ("A", "replacement"): 2, ("B", "main"): 4, ("B", "replacement"): 2,
        }  # fmt: skip
        assert found["entry"].is_unique
        assert found.merge(FRAME).shape[0] == len(found)

    def test_replacements_are_numbered_in_the_order_of_their_use(self) -> None:
        found = draw(FRAME, SIZES, seed=7, replacements=pd.Series({"B": 1, "A": 3}))
        assert found.loc[found["selected"] == "replacement", ["stratum", "order"]].to_numpy().tolist() == [["A", 1], ["A", 2], ["A", 3], ["B", 1]]
        assert (found.loc[found["selected"] == "main", "order"] == 0).all()

    def test_a_stratum_has_no_more_replacements_than_names_left(self) -> None:
        found = draw(FRAME, pd.Series({"A": 8, "B": 9}), seed=7, replacements=5)
        assert found.groupby(["stratum", "selected"]).size()["B", "replacement"] == 1

    def test_regions_have_their_share(self) -> None:
        # A: 12, 6 and 6 of 24 names, 8 drawn: 4, 2 and 2, exactly
        for seed in range(20):
            found = draw(FRAME, SIZES, seed=seed)
            assert found[found["stratum"] == "A"].groupby("region").size().to_dict() == {"n": 4, "s": 2, "w": 2}

    def test_neither_the_order_of_rows_nor_other_strata_matter(self) -> None:
        first = draw(FRAME, SIZES, seed="2023-07", replacements=2)
        pd.testing.assert_frame_equal(draw(FRAME.sample(frac=1, random_state=1), SIZES, seed="2023-07", replacements=2), first)
        alone = draw(FRAME[FRAME["stratum"] == "B"], SIZES[["B"]], seed="2023-07", replacements=2)
        pd.testing.assert_frame_equal(alone, first[first["stratum"] == "B"].reset_index(drop=True))

    def test_another_seed_draws_other_names(self) -> None:
        drawn = {tuple(draw(FRAME, SIZES, seed=seed)["entry"]) for seed in range(10)}
        assert len(drawn) > 5

    def test_anybody_can_draw_again(self) -> None:
        """One name of three and the order of the other two, as the docstring tells it, with nothing but sha256."""

        def chance(*parts: object) -> int:
            return int(sha256("\x1f".join(map(str, parts)).encode()).hexdigest(), 16)

        for seed in range(8):
            queue = sorted(["A000", "A001", "A002"], key=lambda entry: chance("name", seed, "A", entry))
            first = queue[chance("start", seed, "A") * 3 // 2**256]
            others = sorted({*queue} - {first}, key=lambda entry: chance("order", seed, "A", entry))
            assert draw(names(A="nnn"), pd.Series({"A": 1}), seed=seed, replacements=2)["entry"].to_list() == [first, *others]

    def test_without_regions(self) -> None:
        found = draw(FRAME.drop(columns="region"), SIZES, seed=7)
        assert list(found) == ["entry", "stratum", "selected", "order"]
        assert len(found) == 12

    def test_a_blank_region_is_a_region(self) -> None:
        frame = FRAME.assign(region=FRAME["region"].mask(FRAME["region"] == "w"))
        assert draw(frame, SIZES, seed=7).groupby("stratum").size().to_dict() == {"A": 8, "B": 4}

    def test_nobody(self) -> None:
        found = draw(FRAME, pd.Series({"A": 0, "B": 0}), seed=7)
        assert found.empty
        assert list(found) == ["entry", "stratum", "region", "selected", "order"]

    def test_everybody(self) -> None:
        assert set(draw(FRAME, pd.Series({"A": 24, "B": 10}), seed=7)["entry"]) == set(FRAME["entry"])

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"frame": pd.concat([FRAME, FRAME.iloc[[3]]])}, "entry 'A003' is there twice"),
            ({"sizes": pd.Series({"A": 8})}, "no size for stratum 'B'"),
            ({"frame": FRAME.assign(stratum=FRAME["stratum"].mask(FRAME["entry"] == "A003"))}, "no size for stratum nan"),
            ({"sizes": pd.Series({"A": 25, "B": 11})}, "stratum 'A' has 24 names, 25 are wanted; stratum 'B' has 10 names, 11 are wanted"),
            ({"sizes": pd.Series({"A": 8, "B": 4, "C": 1})}, "stratum 'C' has 0 names, 1 are wanted"),
            ({"sizes": pd.Series({"A": 8.5, "B": 4})}, "sizes: 'A' has 8.5"),
            ({"replacements": pd.Series({"A": 1})}, "sizes and replacements differ in stratum 'B'"),
            ({"replacements": -1}, "replacements is -1"),
        ],
    )
    def test_what_cannot_be_drawn_is_said(self, arguments: dict[str, Any], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            draw(**({"frame": FRAME, "sizes": SIZES, "seed": 7} | arguments))


@given(st.integers(1, 40), st.data())
def test_over_all_starts_every_place_is_taken_equally_often(size: int, data: st.DataObject) -> None:
    n = data.draw(st.integers(0, size))
    taken: Counter[int] = Counter()
    for start in range(size):  # size starts at equal steps stand for all
        chosen = list(sampling._systematic(list(range(size)), n, -(-start * sampling.DIGEST // size)))
        assert len(chosen) == n
        taken.update(chosen)
    assert all(taken[place] == n for place in range(size))


@given(st.lists(st.integers(0, 12), min_size=1, max_size=5).filter(any), st.data())
@settings(max_examples=50)
def test_every_region_has_its_share_rounded_up_or_down(regions: list[int], data: st.DataObject) -> None:
    frame = names(A="".join(letter * size for letter, size in zip("ensw中", regions, strict=False)))
    n = data.draw(st.integers(1, len(frame)))
    found = draw(frame, pd.Series({"A": n}), seed=data.draw(st.integers(0, 10**6)), replacements=3)
    assert len(found) == min(n + 3, len(frame))
    for letter, size in frame.groupby("region").size().items():
        share = n * size / len(frame)
        assert abs((found[found["selected"] == "main"]["region"] == letter).sum() - share) < 1


def test_every_name_has_the_same_chance() -> None:
    """600 draws of 4 main names and 2 replacements of 12 in uneven regions: each name is main in 200 ± 5 × 11.5 of them."""
    frame, sizes = names(A="nnnnnnnssssw"), pd.Series({"A": 4})
    drawn = pd.concat([draw(frame, sizes, seed=seed, replacements=2) for seed in range(600)])
    counted = drawn.groupby(["selected", "entry"]).size().unstack()
    assert counted.shape == (2, 12)
    assert ((counted.loc["main"] - 200).abs() < 5 * (600 * 1 / 3 * 2 / 3) ** 0.5).all()
    assert ((counted.loc["replacement"] - 100).abs() < 5 * (600 * 1 / 6 * 5 / 6) ** 0.5).all()
