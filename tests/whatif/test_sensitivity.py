"""Draws of the weights: each the year that ``assess`` would make of it, and what is counted over them."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from perfkit import assess, load_scheme
from perfkit.problems import RecordsError, UsageError
from perfkit.records import Records
from perfkit.scheme import Scheme
from perfkit.scoring import ranking, tiers
from perfkit.whatif import draws
from perfkit.whatif.draws import OPEN, Contest, positions, whole
from perfkit.whatif.sensitivity import Sensitivity, sensitivity
from tests.bureaus import Sketch, made, records, sketches
from tests.conftest import SCHEME, Bureau

MONTHLY, APPRAISAL, TIME = (f"components.{name}.weight" for name in ("monthly_plan", "appraisal", "mean_hours"))


@cache
def load_plan() -> Scheme:
    return load_scheme(SCHEME)


def scheme(**changes: Any) -> Scheme:
    return load_scheme(SCHEME, set={path.replace("__", "."): value for path, value in changes.items()})


def drawn(bureau: Bureau, number: int = 2000, noise: float = 0.1, **changes: Any) -> Sensitivity:
    return sensitivity(scheme(**changes), bureau.records(), "2023", draws=number, noise=noise)


def column(table: pd.DataFrame, name: str) -> dict[str, Any]:
    return {division: None if pd.isna(cell) else cell for division, cell in zip(table["division"], table[name], strict=True)}


def close(bureau: Bureau) -> None:
    """Take 甲 and 乙 to 94 each at 0.8 : 0.2, from different sides; 丙 stays at 90.

    甲: a month of 50 among twelve is 95.8333, its public 良好 85: 0.8 × 95.8333 + 0.2 × 85 = 93.67. 乙: 100 and 70 is 94.
    """
    bureau.miss("D1", "2023-04")


class TestDraws:
    def test_draw_0_is_the_scheme_itself(self, bureau: Bureau) -> None:
        found = drawn(bureau, 3)
        assert found.weights.loc[0].to_dict() == {MONTHLY: 0.8, APPRAISAL: 0.2}
        assert column(found.draw(0), "score") == {"D1": 97, "D2": 94, "D3": 90}
        assert column(found.draw(0), "rank") == {"D1": 1, "D2": 2, "D3": 3}
        assert column(found.draw(0), "tier") == {"D1": "A", "D2": "B", "D3": "C"}  # 0.9, 1.5, 0.6 of three divisions

    def test_weights_are_multiplied_and_rescaled_to_their_sum(self, bureau: Bureau) -> None:
        weights = drawn(bureau, 5000).weights
        assert weights.sum(axis=1).to_numpy() == pytest.approx(np.ones(5000), abs=1e-12)
        ratio = weights[MONTHLY] / weights[APPRAISAL]
        assert ratio.between(4 * 0.9 / 1.1, 4 * 1.1 / 0.9).all()  # 3.27 to 4.89
        assert ratio.min() < 3.35
        assert ratio.max() > 4.75

    def test_time_as_a_component_is_a_sibling_of_the_others(self, bureau: Bureau) -> None:
        weights = drawn(bureau, 5000, components__mean_hours__use="component").weights
        shares = {TIME: weights[TIME], MONTHLY: weights[MONTHLY] * (1 - weights[TIME]), APPRAISAL: weights[APPRAISAL] * (1 - weights[TIME])}
        now = {TIME: 0.1, MONTHLY: 0.72, APPRAISAL: 0.18}
        for one, other in ((TIME, MONTHLY), (TIME, APPRAISAL), (MONTHLY, APPRAISAL)):
            factor = shares[one] / shares[other] / (now[one] / now[other])
            assert factor.between(0.9 / 1.1, 1.1 / 0.9).all()
        assert (sum(shares.values()) - 1).abs().max() < 1e-12

    def test_no_noise_is_the_scheme_over_and_over(self, bureau: Bureau) -> None:
        found = drawn(bureau, 50, noise=0)
        assert column(found.tier_probability, "A") == {"D1": 1, "D2": 0, "D3": 0}
        assert found.importance[["ranks", "tiers"]].to_numpy().tolist() == [[0, 0], [0, 0]]
        assert (found.weights - [0.8, 0.2]).abs().to_numpy().max() < 1e-15

    def test_the_same_seed_gives_the_same_and_more_draws_begin_with_them(self, bureau: Bureau) -> None:
        few, more, other = drawn(bureau, 20), drawn(bureau, 30), sensitivity(scheme(), bureau.records(), "2023", draws=20, seed=2)
        pd.testing.assert_frame_equal(few.weights, more.weights.iloc[:20])
        assert not other.weights.equals(few.weights)
        pd.testing.assert_frame_equal(drawn(bureau, 20).tier_probability, few.tier_probability)

    def test_in_chunks_of_any_size(self, bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
        close(bureau)
        found = drawn(bureau, 300)
        monkeypatch.setattr(draws, "_CELLS", 21)  # seven draws of three divisions at a time
        again = drawn(bureau, 300)
        for name in ("tier_probability", "methods", "rank_quantiles", "importance"):
            pd.testing.assert_frame_equal(getattr(again, name), getattr(found, name), rtol=0, atol=1e-9)


class TestCounts:
    def test_probability_of_a_tier(self, bureau: Bureau) -> None:
        # 甲 93.67 and 乙 94 meet where 95.8333 w + 85 (1 − w) = 100 w + 70 (1 − w): 15 = 19.1667 w, w = 0.7826, a ratio of 3.6.
        # 甲 is ahead below it: u1 / u2 < 0.9 for the factors of months and appraisal, both in 0.9 … 1.1. In that square of side
        # 0.2 it is the triangle u2 > u1 / 0.9: u1 from 0.9 to 0.99, ½ × 0.09 × 0.1 = 0.0045 of 0.04, 11.25 percent.
        close(bureau)
        found = drawn(bureau, 40_000)
        assert column(found.tier_probability, "A")["D1"] == pytest.approx(0.1125, abs=0.01)
        assert column(found.tier_probability, "C") == {"D1": 0, "D2": 0, "D3": 1}
        assert column(found.rank_quantiles, "rank") == {"D1": 2, "D2": 1, "D3": 3}
        assert column(found.rank_quantiles, "p5") == {"D1": 1, "D2": 1, "D3": 3}
        assert column(found.rank_quantiles, "p50") == {"D1": 2, "D2": 1, "D3": 3}
        assert column(found.rank_quantiles, "p95") == {"D1": 2, "D2": 2, "D3": 3}

    def test_of_one_draw_all_quantiles_are_its_ranks(self, bureau: Bureau) -> None:
        assert drawn(bureau, 1).rank_quantiles[["rank", "p5", "p50", "p95"]].to_numpy().tolist() == [[1] * 4, [2] * 4, [3] * 4]

    def test_an_open_tie_shares_the_places_left(self, bureau: Bureau) -> None:
        # All three alike: one A, one or two B, one C by largest remainder (0.9, 1.5, 0.6): 1/3 of each tier for everyone.
        for division in ("D2", "D3"):
            bureau.rated_by_public(division, "良好")
        found = drawn(bureau, 10)
        for tier in "ABC":
            assert column(found.tier_probability, tier) == pytest.approx(dict.fromkeys(("D1", "D2", "D3"), 1 / 3), abs=1e-8)
        assert column(found.draw(4), "tier") == dict.fromkeys(("D1", "D2", "D3"))
        assert column(found.rank_quantiles, "p95") == dict.fromkeys(("D1", "D2", "D3"), 1)

    def test_two_tied_over_the_last_place_have_half_of_it(self, bureau: Bureau) -> None:
        bureau.rated_by_public("D3", "一般")  # 97, 94, 94: B and C are left for two
        found = drawn(bureau, 10).tier_probability
        assert found[["A", "B", "C"]].to_numpy().tolist() == [[1, 0, 0], [0, 0.5, 0.5], [0, 0.5, 0.5]]

    @pytest.mark.parametrize(("side", "tier"), [("higher", "B"), ("lower", "C")])
    def test_a_tie_that_goes_to_one_side(self, bureau: Bureau, side: str, tier: str) -> None:
        bureau.rated_by_public("D3", "一般")
        found = drawn(bureau, 10, tiers__at_border=side).tier_probability
        assert column(found, tier) == {"D1": 0, "D2": 1, "D3": 1}

    def test_the_chain_decides_a_tie(self, bureau: Bureau) -> None:
        bureau.rated_by_public("D3", "一般")
        bureau.work("M4", "2023-05", 145)
        assert column(drawn(bureau, 10).tier_probability, "B") == {"D1": 0, "D2": 0, "D3": 1}

    def test_a_veto_that_drops_takes_the_place_of_a(self, bureau: Bureau) -> None:
        bureau.add("vetoes", date="2023-05-01", division="D1", ground="事由", decided_by="局党组", decided_on="2023-06-01")
        dropped, refilled = (drawn(bureau, 10, veto__effect=effect).tier_probability for effect in ("drop", "drop_and_refill"))
        assert column(dropped, "B") == {"D1": 1, "D2": 1, "D3": 0}
        assert column(refilled, "A") == {"D1": 0, "D2": 1, "D3": 0}
        assert column(refilled, "B") == {"D1": 1, "D2": 0, "D3": 0}

    def test_a_division_without_a_score_has_nothing(self, bureau: Bureau) -> None:
        bureau.drop("appraisals", kind="mass", subject="D2")
        found = drawn(bureau, 10)
        assert found.tier_probability.loc[1, ["A", "B", "C"]].isna().all()
        assert found.rank_quantiles.loc[1, ["rank", "p5"]].isna().all()
        assert column(found.draw(3), "tier") == {"D1": "A", "D2": None, "D3": "B"}  # 0.6, 1, 0.4 of two: one A, one B

    def test_bands_of_score_beside_the_forced_distribution(self, bureau: Bureau) -> None:
        # 乙 is 70 + 30 w: 94 now; 93.5 at 0.78333, a ratio of 3.6154, 0.9038 of now: u2 > u1 / 0.9038 with u1 up to 0.9942.
        # ½ × 0.0942 × 0.1042 = 0.0049 of 0.04: 12.3 percent are below, but for what rounds up to 93.50.
        found = drawn(bureau, 40_000, tiers__bands={"A": 93.5, "B": 80}).methods
        assert list(found.columns) == ["division", "tier", "forced", "bands"]
        assert list(zip(found["division"], found["tier"], strict=True)) == [(division, tier) for division in ("D1", "D2", "D3") for tier in "ABC"]
        of = {(row.division, row.tier): (row.forced, row.bands) for row in found.itertuples()}
        assert of["D1", "A"] == (1, 1)
        assert of["D2", "A"] == (0, pytest.approx(1 - 0.1227, abs=0.01))
        assert of["D2", "B"] == (1, pytest.approx(0.1227, abs=0.01))
        assert of["D2", "C"] == (0, 0)
        assert of["D3", "B"] == (0, 1)  # the last of three, and 90 or so
        assert of["D3", "C"] == (1, 0)

    def test_the_probability_of_a_tier_is_that_of_the_scheme_s_own_method(self, bureau: Bureau) -> None:
        bands = {"A": 93.5, "B": 80}
        forced, banded = drawn(bureau, 300, tiers__bands=bands), drawn(bureau, 300, tiers__bands=bands, tiers__method="bands")
        pd.testing.assert_frame_equal(forced.methods, banded.methods)
        for found, name in ((forced, "forced"), (banded, "bands")):
            wide = found.methods.pivot(index="division", columns="tier", values=name)
            assert found.tier_probability.set_index("division")[["A", "B", "C"]].to_numpy().tolist() == wide.to_numpy().tolist()
        assert column(banded.draw(0), "tier") == {"D1": "A", "D2": "A", "D3": "B"}
        assert (banded.importance["tiers"] > 0).all()  # 乙 falls below 93.5 now and then

    def test_bands_hold_a_border_a_veto_and_an_open_tie(self, bureau: Bureau) -> None:
        bureau.add("vetoes", date="2023-05-01", division="D1", ground="事由", decided_by="局党组", decided_on="2023-06-01")
        bureau.rated_by_public("D3", "一般")
        found = drawn(bureau, 1, tiers__bands={"A": 94, "B": 93}, veto__effect="drop").methods
        held = {(row.division, row.tier): row.forced for row in found.itertuples() if row.bands == 1}
        assert held == {("D1", "B"): 1, ("D2", "A"): 0, ("D3", "A"): 0}  # 97 with a veto; 94 reaches 94, and nobody shares a place
        assert len(found) == 9
        # By force the two at 94 share what 0.9, 1.5 and 0.6 places leave them: half of B, half of C.
        assert found.loc[found["division"] == "D2", "forced"].to_list() == [0, 0.5, 0.5]

    def test_a_division_without_a_score_has_no_chance_by_either_method(self, bureau: Bureau) -> None:
        bureau.drop("appraisals", kind="mass", subject="D2")
        found = drawn(bureau, 5).methods
        assert found.loc[found["division"] == "D2", ["forced", "bands"]].isna().all(axis=None)
        assert found.loc[found["division"] != "D2", ["forced", "bands"]].notna().all(axis=None)

    def test_importance_is_shared_by_two_weights_that_make_up_for_each_other(self, bureau: Bureau) -> None:
        close(bureau)
        found = drawn(bureau, 20_000).importance
        assert list(found["path"]) == [MONTHLY, APPRAISAL]
        assert found["weight"].to_list() == [0.8, 0.2]
        # D1 and D2 swap rank inside a triangle that is the same for both factors. With t the indicator of the triangle of area p = 0.1125
        # (in units of the square) cov(t, u1) = p × (mean of u1 inside − 1) = 0.1125 × (0.93 − 1) = −0.007875 (centroid 0.9 + 0.09 / 3),
        # var u = 0.04 / 12: 0.007875² ÷ (0.003333 × 0.1125 × 0.8875) = 0.1863; u2: centroid 1.1 − 0.1 / 3, 0.0075² ÷ … = 0.1690.
        assert found["ranks"].to_list() == pytest.approx([0.1863, 0.1690], abs=0.02)
        assert found["tiers"].to_list() == pytest.approx([0.1863, 0.1690], abs=0.02)

    def test_a_weight_that_moves_nothing_has_no_importance(self, bureau: Bureau) -> None:
        close(bureau)
        found = drawn(bureau, 5000, components__mean_hours__use="component").importance.set_index("path")["ranks"]
        assert found[TIME] < 0.01  # all have 90 points for time
        assert found[MONTHLY] > 0.1


class TestRefusals:
    def test_only_a_year(self, bureau: Bureau) -> None:
        with pytest.raises(UsageError) as caught:
            sensitivity(scheme(), bureau.records(), "2023-06")
        assert "2023-06" in caught.value.text("en")
        assert "2023-06" in caught.value.text("zh")

    def test_only_the_scheme_s_year(self, bureau: Bureau) -> None:
        with pytest.raises(UsageError, match="2023"):
            sensitivity(scheme(), bureau.records(), "2024")

    @pytest.mark.parametrize("wrong", [{"noise": 1.0}, {"noise": -0.1}, {"draws": 0}])
    def test_settings_out_of_range(self, bureau: Bureau, wrong: dict[str, Any]) -> None:
        with pytest.raises(UsageError) as caught:
            sensitivity(scheme(), bureau.records(), "2023", **wrong)
        assert caught.value.text("en")
        assert caught.value.text("zh")

    def test_records_that_do_not_fit(self, bureau: Bureau) -> None:
        bureau.rated_by_public("D1", "尚可")
        with pytest.raises(RecordsError):
            sensitivity(scheme(), bureau.records(), "2023")


def test_places_of_equals() -> None:
    first, last = positions(np.array([[5, 7, 5, 1], [1, 2, 3, 4], [0, 0, 0, 0]]))
    assert first.tolist() == [[1, 0, 1, 3], [3, 2, 1, 0], [0, 0, 0, 0]]
    assert last.tolist() == [[2, 0, 2, 3], [3, 2, 1, 0], [3, 3, 3, 3]]


def test_scores_far_apart_keep_their_order() -> None:
    far = whole(np.array([[1e15, 0.01, -5.0], [0.01, 0.0, 1e15]]), 2)
    assert positions(far)[0].tolist() == [[0, 1, 2], [1, 2, 0]]


CHOICES = {
    "tiers.method": ["forced", "bands"],
    "tiers.bands": [{"A": 95, "B": 85}, {"A": 88, "B": 80}, {"A": 85.01, "B": 85}],
    "tiers.groups": ["together", "apart"],
    "tiers.at_border": ["chain", "higher", "lower"],
    "tiers.rounding": ["largest_remainder", "floor", "ceil", "half_up"],
    "tiers.tie_break": [["mean_hours", "deductions"], ["deductions"], []],
    "veto.effect": ["lose_title", "drop", "drop_and_refill"],
    "components.mean_hours.use": ["reference", "component"],
    "components.monthly_plan.aggregate": ["mean", "sum"],
    "rounding.score_decimals": [2, 0, 1],  # with fewer decimals there are more ties
    "tiers.shares": [{"A": 0.3, "B": 0.5, "C": 0.2}, {"A": 0.5, "B": 0.25, "C": 0.25}, {"A": 0.0, "B": 0.6, "C": 0.4}],
}
CROWD = Sketch(7, (1,) * 9, (), frozenset({"misses", "vetoes", "adjustments"}))
Choice = tuple[int, ...]
choices = st.tuples(*(st.sampled_from(range(len(options))) for options in CHOICES.values()))


def chosen(choice: Choice) -> Scheme:
    """The plan with those of the choices that are not its own."""
    return load_scheme(SCHEME, set={path: options[place] for (path, options), place in zip(CHOICES.items(), choice, strict=True) if place})


SHARES = [
    {"A": 0.3, "B": 0.5, "C": 0.2},
    {"A": 0.5, "B": 0.25, "C": 0.25},
    {"A": 0.0, "B": 0.6, "C": 0.4},
    {"A": 1.0},
    {"A": 0.1, "B": 0.2, "C": 0.3, "D": 0.4},
]


def contest(draw: np.random.Generator, standing: pd.DataFrame, orders: Mapping[str, int], levels: list[float]) -> Contest:
    """The divisions beside any rule of tiers and vetoes; ``levels``: what lowest scores are taken from."""
    spec = load_plan().spec
    shares = SHARES[draw.integers(len(SHARES))]
    given = {
        "method": str(draw.choice(CHOICES["tiers.method"])),
        "bands": dict(zip(shares, sorted(draw.choice(np.unique(levels), len(shares) - 1, replace=False), reverse=True), strict=False)),
        "shares": shares, "place_tie_order": list(shares), "rounding": str(draw.choice(CHOICES["tiers.rounding"])),
        "groups": str(draw.choice(CHOICES["tiers.groups"])), "at_border": str(draw.choice(["chain", "chain", "higher", "lower"])),
        "tie_break": CHOICES["tiers.tie_break"][draw.integers(3)],
    }  # fmt: skip
    rule = spec.tiers.model_copy(update={name: getattr(spec.tiers, name).model_copy(update={"value": value}) for name, value in given.items()})
    effect = spec.veto.effect.model_copy(update={"value": str(draw.choice(CHOICES["veto.effect"]))})
    beside = {name: standing[name].to_numpy(float) for name in tiers.BETTER}
    return Contest(rule, spec.veto.model_copy(update={"effect": effect}), 2, standing["group"].to_numpy(object), beside,
                   standing["division"].map(orders).to_numpy(float), standing["vetoed"].to_numpy(bool))  # fmt: skip


@settings(max_examples=80)
@given(st.integers(0, 2**30), st.integers(1, 9), st.booleans())
def test_ranks_and_tiers_are_those_of_the_rule(seed: int, count: int, crowded: bool) -> None:
    """Three draws at once beside ``scoring.tiers`` one by one; crowded, so that most are tied."""
    draw = np.random.default_rng(seed)
    scores = draw.choice([88, 88.01, 90, 90.5], (3, count)) if crowded else draw.integers(-200, 3000, (3, count)) / 100
    standing = pd.DataFrame({
        "division": [f"D{number}" for number in range(count)], "group": draw.choice(["business", "general"], count),
        "mean_hours": draw.choice([np.nan, 0, 1, 1.004, 2], count), "deductions": draw.choice([0.0, 1.0, 2.0], count), "vetoed": draw.random(count) < 0.3,
    })  # fmt: skip
    orders = {f"D{number}": int(draw.integers(1, 4)) for number in range(count) if draw.random() < 0.6}
    own = contest(draw, standing, orders, [*scores[0][:4], 88.005, 0, 100, 90.005])
    rule, names = own.rule, own.names
    ranks, keys = own.ranked(scores)
    found, forced, banded = own.decided(scores, keys), own.tiers(keys), own.banded(scores)
    assert found.labels.tolist() == (banded if rule.method.value == "bands" else forced).labels.tolist()
    assert np.allclose(sum(found.part(label) for label in range(len(names))), 1)
    for number in range(3):
        one = standing.assign(score=scores[number])
        by_bands = tiers.banded(one, shares=rule.shares.value, bands=rule.bands.value, effect=own.veto.effect.value)
        assert [names[label] for label in banded.labels[number]] == by_bands.to_list()
        wanted = tiers.assign(
            one, tiers.chain(one, rule.tie_break.value, orders, 2), shares=rule.shares.value, rounding=rule.rounding.value,
            place_tie_order=rule.place_tie_order.value, groups=rule.groups.value, at_border=rule.at_border.value, effect=own.veto.effect.value,
        )  # fmt: skip
        assert [None if label == OPEN else names[label] for label in forced.labels[number]] == [None if pd.isna(tier) else tier for tier in wanted]
        together = one["group"] if rule.groups.value == "apart" else pd.Series("", index=one.index)
        assert ranks[number].tolist() == one["score"].groupby(together, group_keys=False).apply(ranking.rank).sort_index().to_list()


def agrees(base: Scheme, held: Records, found: Sensitivity, number: int) -> None:
    """One draw beside a real assessment under its weights."""
    result = assess(base, held, "2023").under(base.changed(found.weights.loc[number].to_dict()))["divisions"]
    drawn = found.draw(number)
    pd.testing.assert_series_equal(drawn["score"], result["score"])
    pd.testing.assert_series_equal(drawn["rank"], result["rank"])
    assert drawn["tier"].to_list() == [None if pd.isna(tier) else tier for tier in result["tier"]]


@settings(max_examples=6)
@given(sketches(divisions=9, people=2, leaders=0), choices, st.integers(0, 10**6))
@example(CROWD, (1, 1, *[0] * 9), 5)
def test_a_draw_is_what_assess_makes_of_its_weights(sketch: Sketch, choice: Choice, seed: int) -> None:
    base, held = chosen(choice), records(made(sketch))
    found = sensitivity(base, held, "2023", draws=3, noise=0.9, seed=seed)
    for number in (0, 2):
        agrees(base, held, found, number)


@settings(max_examples=5)
@given(sketches(divisions=9, people=2, leaders=0), choices)
@example(CROWD, (1, 2, *[0] * 9))
def test_probabilities_are_those_of_the_draws(sketch: Sketch, choice: Choice) -> None:
    """Counted by hand from single draws; in each every place is given once, whoever shares it."""
    found = sensitivity(chosen(choice), records(made(sketch)), "2023", draws=25, noise=0.5)
    each = [found.draw(number) for number in range(25)]
    names, scored = found.year.contest.names, found.year.scored
    settled = {name: sum((table["tier"] == name).astype(float) for table in each) / 25 for name in names}
    undecided = sum(table["tier"].isna().astype(float) for table in each) / 25
    given = found.tier_probability.set_axis(each[0].index)
    assert np.allclose(given.loc[scored, names].sum(axis=1), 1)
    for name in names:
        beyond = given[name][scored] - settled[name][scored]
        assert (beyond >= -1e-8).all()
        assert (beyond <= undecided[scored] + 1e-8).all()
    ranks = np.sort(np.column_stack([table["rank"] for table in each]), axis=1)  # of 25 the 2nd is the first with 5 percent up to it
    for name, place in (("p5", 1), ("p50", 12), ("p95", 23)):
        np.testing.assert_array_equal(found.rank_quantiles[name], ranks[:, place])
