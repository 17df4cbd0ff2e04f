"""The nearest border of each division, worked out by hand and beside real assessments on both of its sides."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfkit import assess, load_scheme
from perfkit.assessment import Assessment
from perfkit.problems import UsageError
from perfkit.scheme import Scheme
from perfkit.whatif import borders as module
from perfkit.whatif.borders import Change, borders, changes, known_paths, limits, nearest_change
from tests.bureaus import Sketch, made, records, sketches
from tests.conftest import SCHEME, Bureau

MONTHLY, APPRAISAL, TIME = (f"components.{name}.weight" for name in ("monthly_plan", "appraisal", "mean_hours"))
LOSS, A = "components.monthly_plan.unexcused_loss", "tiers.shares.A"
LOST, INNOVATION = (f"components.adjustments.amounts.{kind}" for kind in ("litigation_lost", "innovation"))
FROM_A, FROM_B = "tiers.bands.A", "tiers.bands.B"
GOOD = "components.appraisal.points.良好"


def tier(result: Assessment, path: str, value: float, division: str) -> str:
    """A division's tier in a real assessment with one value of a path."""
    found = result.under(result.scheme.changed(changes(result, path, value)))["divisions"].set_index("division")["tier"][division]
    return "" if pd.isna(found) else str(found)


def verified(result: Assessment, found: Change | None, near: float = 1e-6) -> Change:
    """The change, once real assessments agree: the old tier up to the border, the new one on or beyond it."""
    assert found is not None
    beyond = near if found.direction == "up" else -near
    at = {place: tier(result, found.path, found.needed + place * beyond, found.division) for place in (-1, 0, 1)}
    assert at[-1] == found.before
    assert at[0] == (found.after if found.counts else found.before)
    if not found.counts:
        assert at[1] == found.after
    return found


def nearest(result: Assessment, path: str, division: str) -> tuple[float, bool, str, str, str]:
    """Border, whether it counts, tiers before and after, direction; verified."""
    found = verified(result, nearest_change(result, path, division))
    return found.needed, found.counts, found.before, found.after, found.direction


def about(border: float, *rest: object) -> tuple[object, ...]:
    return (pytest.approx(border, abs=1e-9), *rest)


class TestWeights:
    def test_ahead_until_the_scores_round_to_the_same(self, bureau: Bureau) -> None:
        # 甲 is 85 + 10.8333 w after a month of 50, 乙 is 70 + 30 w: 93.67 and 94 at 0.8. They meet at 93.478; 乙 rounds to
        # 93.48 as 甲 does once it is below 93.485: 23.485 ÷ 30. Hours and deductions are alike, so that the tie stays open.
        bureau.miss("D1", "2023-04")
        result = bureau.assess()
        assert nearest(result, MONTHLY, "D2") == about(23.485 / 30, False, "A", "", "down")
        assert nearest(result, APPRAISAL, "D1") == about(1 - 23.485 / 30, False, "B", "", "up")

    def test_the_chain_decides_on_the_border(self, bureau: Bureau) -> None:
        bureau.miss("D1", "2023-04")
        bureau.work("M1", "2023-05", 145)
        result = bureau.assess()
        assert nearest(result, MONTHLY, "D2") == about(23.485 / 30, False, "A", "B", "down")
        assert nearest(result, MONTHLY, "D1") == about(23.485 / 30, False, "B", "A", "down")

    def test_a_border_that_is_reached_counts(self, bureau: Bureau) -> None:
        # 100 points a month each, so that all meet at a weight of 1. With d short of it 甲 is 100 − 15 d, 乙 100 − 30 d: 乙 reaches
        # 99.985, which rounds to 99.99, at d = 0.0005, where 甲 is 99.9925 and rounds to the same. 丙, 100 − 50 d, meets 乙 at 0.0003.
        result = bureau.assess()
        assert nearest(result, MONTHLY, "D1") == about(0.9995, True, "A", "", "up")
        assert nearest(result, MONTHLY, "甲处") == about(0.9995, True, "A", "", "up")
        assert nearest(result, MONTHLY, "D3") == about(0.9997, True, "C", "", "up")

    def test_time_as_a_component(self, bureau: Bureau) -> None:
        # 甲 works 128 of 160 hours: 80 points. 97 − 17 h falls below 93.085 at 3.915 ÷ 17, where 乙, 94 − 4 h, is 93.0788; 乙 has more hours.
        for person in ("H1", "V1", "M1"):
            for month in range(1, 13):
                bureau.work(person, f"2023-{month:02d}", 128)
        result = bureau.assess(components__mean_hours__use="component")
        assert nearest(result, TIME, "D1") == about(3.915 / 17, False, "A", "B", "up")

    def test_time_that_is_no_component_moves_nothing(self, bureau: Bureau) -> None:
        assert nearest_change(bureau.assess(), TIME, "D1") is None


class TestShares:
    def test_places_come_and_go_with_the_remainders(self, bureau: Bureau) -> None:
        # Three divisions; with x for A the quotas are 3x, 15/7 (1 − x), 6/7 (1 − x). A gets a second place once its remainder
        # 3x − 1 reaches C's: x = 13/27, and A comes first in a tie. Below 2/9 its only place, by a remainder of 2/3, goes to B;
        # on 2/9 all three remainders are 2/3 and C is the one that gets none.
        result = bureau.assess()
        assert nearest(result, A, "D1") == about(2 / 9, False, "A", "B", "down")
        assert nearest(result, A, "D2") == about(13 / 27, True, "B", "A", "up")
        assert nearest(result, A, "D3") == about(2 / 9, True, "C", "B", "down")

    @pytest.mark.parametrize(
        ("rounding", "border", "counts", "before", "after"),
        [
            ("floor", 1 / 3, True, "C", "B"),  # 0.9 and 1.5 are 0 and 1, so that 甲 is B; once 3x reaches 1 甲 is A and 乙 has its place in B
            ("half_up", 1 / 2, True, "B", "A"),  # a second place once 3x reaches 1.5
            ("ceil", 1 / 3, False, "B", "A"),  # a second place once 3x exceeds 1
        ],
    )
    def test_other_roundings(self, bureau: Bureau, rounding: str, border: float, counts: bool, before: str, after: str) -> None:
        assert nearest(bureau.assess(tiers__rounding=rounding), A, "D2") == about(border, counts, before, after, "up")

    def test_an_open_tie_closes(self, bureau: Bureau) -> None:
        bureau.rated_by_public("D2", "良好")  # 97 twice over one A: below 2/9 there is none and two are B
        result = bureau.assess()
        assert nearest(result, A, "D2") == about(2 / 9, False, "", "B", "down")

    def test_groups_have_their_own_places(self, bureau: Bureau) -> None:
        bureau.rows("divisions", division="D3")[0]["group"] = "general"
        result = bureau.assess(tiers__groups="apart")
        # Alone 丙 has quotas x, 5/7 (1 − x), 2/7 (1 − x), of which the largest takes the place: B, until x = 5/12 is as large and comes first.
        assert nearest(result, A, "D3") == about(5 / 12, True, "B", "A", "up")


class TestBands:
    """97, 94 and 90, A from 95 and B from 85: A, B, B."""

    def test_a_lowest_score_meets_the_scores_one_by_one(self, bureau: Bureau) -> None:
        result = bureau.assess(tiers__method="bands")
        assert nearest(result, FROM_A, "D1") == about(97, False, "A", "B", "up")  # 97 still reaches 97
        assert nearest(result, FROM_A, "D2") == about(94, True, "B", "A", "down")
        assert nearest(result, FROM_A, "D3") == about(90, True, "B", "A", "down")
        assert nearest(result, FROM_B, "D2") == about(94, False, "B", "C", "up")  # up to 95 it may go
        assert nearest(result, FROM_B, "D3") == about(90, False, "B", "C", "up")
        assert nearest_change(result, FROM_B, "D1") is None

    def test_a_lowest_score_stays_between_its_neighbours(self, bureau: Bureau) -> None:
        result = bureau.assess(**{"tiers.method": "bands", "tiers.bands": {"A": 95, "B": 90}})
        assert nearest(result, FROM_B, "D3") == about(90, False, "B", "C", "up")
        assert nearest_change(result, FROM_A, "D3") is None  # 90 for A would be as low as B
        result = bureau.assess(**{"tiers.method": "bands", "tiers.bands": {"A": 94, "B": 91}})
        assert nearest_change(result, FROM_B, "D2") is None  # 94 is A, and 丙 alone is between 91 and 0
        assert nearest(result, FROM_B, "D3") == about(90, True, "C", "B", "down")
        assert nearest(result, FROM_A, "D2") == about(94, False, "A", "B", "up")

    def test_a_weight_takes_a_score_over_a_lowest_score(self, bureau: Bureau) -> None:
        # 甲 is 85 + 15 w and reaches 94.995, which rounds to 95.00, from w = 9.995 ÷ 15 on; 乙 is 70 + 30 w: 24.995 ÷ 30; 丙 is 50 + 50 w
        # and comes to 94.995 at w = 44.995 ÷ 50, which is nearer to 0.8 than 34.995 ÷ 50, below which it has less than 85.
        result = bureau.assess(tiers__method="bands")
        assert nearest(result, MONTHLY, "D1") == about(9.995 / 15, False, "A", "B", "down")
        assert nearest(result, MONTHLY, "D2") == about(24.995 / 30, True, "B", "A", "up")
        assert nearest(result, APPRAISAL, "D3") == about(1 - 44.995 / 50, True, "B", "A", "down")

    def test_an_amount_without_a_bound_reaches_a_lowest_score_far_away(self, bureau: Bureau) -> None:
        # 丙, 90, alone has a bonus: it passes 乙 and 甲 at 4 and 7 and comes to 94.995 at 4.995, but to 299.995 only at 209.995.
        bureau.add("adjustments", adjustment="K1", date="2023-05-01", division="D3", kind="innovation", decided_on="2023-06-01")
        amounts = {**load_scheme(SCHEME).spec.components.adjustments.amounts.value, "innovation": 0}
        changed = {"tiers.method": "bands", "components.adjustments.amounts": amounts}
        assert nearest(bureau.assess(**changed), INNOVATION, "D3") == about(4.995, True, "B", "A", "up")
        result = bureau.assess(**changed, **{"tiers.bands": {"A": 300, "B": 85}})
        assert nearest(result, INNOVATION, "D3") == about(209.995, True, "B", "A", "up")
        assert nearest_change(result, INNOVATION, "D1") is None  # what another gets does not matter

    def test_the_loss_of_a_miss_and_the_points_of_a_grade(self, bureau: Bureau) -> None:
        # 甲 is 90.3333 + m / 15 with m = 100 − 100 x: 94.995 needs 69.925; 69.92 gives 94.9947, 69.93 gives 94.9953. A month is 69.93 from
        # 69.925 on: x = 0.30075. Its public is 80 + 0.2 g for 100 a month: 94.995 from g = 74.975 on.
        assert nearest(bureau.assess(tiers__method="bands"), GOOD, "D1") == about(74.975, False, "A", "B", "down")
        bureau.miss("D1", "2023-04")
        assert nearest(bureau.assess(tiers__method="bands"), LOSS, "D1") == about(0.30075, True, "B", "A", "down")

    def test_a_veto_that_drops_has_no_way_up(self, bureau: Bureau) -> None:
        bureau.add("vetoes", date="2023-05-01", division="D1", ground="事由", decided_by="局党组", decided_on="2023-06-01")
        result = bureau.assess(tiers__method="bands", veto__effect="drop_and_refill")
        assert nearest_change(result, FROM_A, "D1") is None
        assert nearest(result, FROM_A, "D2") == about(94, True, "B", "A", "down")
        # 甲 is B at 97 by its veto. Between 85 and 95 B cannot pass it, but A beyond 97 leaves it where it is.
        assert nearest_change(result, FROM_B, "D1") is None

    def test_what_decides_nothing_moves_nobody(self, bureau: Bureau) -> None:
        banded, forced = bureau.assess(tiers__method="bands"), bureau.assess()
        assert nearest_change(banded, A, "D2") is None
        assert nearest_change(forced, FROM_A, "D2") is None
        assert {path for path in known_paths(banded) if path.startswith("tiers.")} == {FROM_A, FROM_B}
        assert {path for path in known_paths(forced) if path.startswith("tiers.")} == {A, "tiers.shares.B", "tiers.shares.C"}
        with pytest.raises(UsageError):
            nearest_change(banded, "tiers.bands.C", "D2")
        table = borders(banded, [A, FROM_A])
        assert table["direction"].to_list() == ["", "", "", "up", "down", "down"]


class TestPoints:
    def test_a_deduction(self, bureau: Bureau) -> None:
        # 97 − 2 = 95 before 94. At 2.995 it is 94.005, rounded to 94.01; beyond it is 94.00, and the one with fewer deductions is ahead.
        bureau.add("adjustments", adjustment="K1", date="2023-05-01", division="D1", kind="litigation_lost", decided_on="2023-06-01")
        result = bureau.assess()
        assert nearest(result, LOST, "D1") == about(2.995, False, "A", "B", "up")
        assert nearest(result, LOST, "D2") == about(2.995, False, "B", "A", "up")

    def test_a_bonus(self, bureau: Bureau) -> None:
        # 94 + 2 × 1 = 96 before 97. At 2 × 1.4975 it reaches 96.995, which rounds to 97.00: an open tie.
        bureau.add("adjustments", adjustment="K1", date="2023-05-01", division="D2", kind="innovation", quantity=2, decided_on="2023-06-01")
        result = bureau.assess(components__adjustments__amounts={**load_scheme(SCHEME).spec.components.adjustments.amounts.value, "innovation": 1})
        assert nearest(result, INNOVATION, "D2") == about(1.4975, True, "B", "", "up")
        assert nearest(result, INNOVATION, "D1") == about(1.4975, True, "A", "", "up")
        assert nearest_change(result, INNOVATION, "D3") is None

    def test_an_amount_that_is_0_now(self, bureau: Bureau) -> None:
        bureau.add("adjustments", adjustment="K1", date="2023-05-01", division="D2", kind="innovation", decided_on="2023-06-01")
        result = bureau.assess(components__adjustments__amounts={**load_scheme(SCHEME).spec.components.adjustments.amounts.value, "innovation": 0})
        assert nearest(result, INNOVATION, "D2") == about(2.995, True, "B", "", "up")

    def test_an_amount_far_from_now(self, bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_WINDOW", 7)  # the way out is gone in many windows
        bureau.add("adjustments", adjustment="K1", date="2023-05-01", division="D3", kind="innovation", decided_on="2023-06-01")
        assert nearest(bureau.assess(), INNOVATION, "D1") == about(6.995, True, "A", "", "up")  # 90 + 6.995 rounds to 97.00

    def test_points_of_a_grade(self, bureau: Bureau) -> None:
        # 甲 is 80 + 0.2 g: at 70.025 it is 94.005 and still 94.01, below that 94.00 like 乙.
        assert nearest(bureau.assess(), GOOD, "D1") == about(70.025, False, "A", "", "down")

    def test_the_loss_of_a_miss_through_the_rounded_month(self, bureau: Bureau) -> None:
        # 甲 is 90.3333 + m / 15 with m = 100 − 100 x. For 93.995 it needs 54.925; 54.92 gives 93.9947, 54.93 gives 93.9953. A month is
        # 54.93 from 54.925 on: x = 0.45075. With 94.00 twice the tie is open.
        bureau.miss("D1", "2023-04")
        result = bureau.assess()
        assert nearest(result, LOSS, "D1") == about(0.45075, True, "B", "", "down")
        assert nearest(result, LOSS, "D2") == about(0.45075, True, "A", "", "down")

    def test_a_floor_under_the_month(self, bureau: Bureau) -> None:
        # 丙 has 90 + 2 = 92. 甲 would be 90.3333 + m / 15 = 92 at m = 25, but with a floor of 40 it stays at 93.00, whatever a miss costs.
        bureau.add("adjustments", adjustment="K1", date="2023-05-01", division="D3", kind="superior_commendation", decided_on="2023-06-01")
        bureau.miss("D1", "2023-04")
        bureau.rated_by_public("D2", "优秀")  # 100: 甲 is the second
        assert nearest_change(bureau.assess(components__monthly_plan__floor=40), LOSS, "D1") is None
        # Without one, m below 25.075 is 25.07 or less and 92.00 like 丙, which has the same hours and deductions.
        assert nearest(bureau.assess(), LOSS, "D1") == about(0.74925, False, "B", "", "up")

    @pytest.mark.parametrize(
        ("reading", "wanted"),
        [
            ("uncompleted_share", (0.8985, False, "A", "", "up")),  # m = 100 − 50 x is 75 now; 94.00 from 55.07 down: m below 55.075
            ("whole_score", (0.45075, True, "B", "", "down")),  # m = 100 − 100 x has to reach 54.925 as above
            ("extra", None),  # 100 − 100 (1 + x): 0 whatever x
        ],
    )
    def test_other_readings_of_the_loss(self, bureau: Bureau, reading: str, wanted: tuple[Any, ...] | None) -> None:
        bureau.miss("D1", "2023-04")
        for row in bureau.rows("plan_items", division="D1", month="2023-04"):
            row["completion"] = 0.5
        result = bureau.assess(components__monthly_plan__loss_base=reading)
        if wanted is None:
            assert nearest_change(result, LOSS, "D1") is None
        else:
            assert nearest(result, LOSS, "D1") == about(*wanted)


class TestTable:
    def test_a_row_a_path_and_division(self, bureau: Bureau) -> None:
        bureau.drop("appraisals", kind="mass", subject="D3")  # 丙 has no score; 甲 is A and 乙 is B
        found = borders(bureau.assess(), [MONTHLY, LOSS])
        assert list(found) == ["path", "division", "now", "needed", "counts", "before", "after", "direction"]
        assert list(zip(found["path"], found["division"], strict=True)) == [(path, name) for path in (MONTHLY, LOSS) for name in ("D1", "D2")]
        assert found.loc[0, "needed"] == pytest.approx(0.9995, abs=1e-9)
        assert found.loc[2, ["now", "before", "after", "direction"]].to_list() == [0.5, "A", "", ""]
        assert np.isnan(found.loc[2, "needed"])

    def test_all_paths_by_default(self, bureau: Bureau) -> None:
        found = borders(bureau.assess())
        assert set(found["path"]) == set(known_paths(bureau.assess()))
        assert len(found["path"].unique()) == 21  # three weights, three tiers, ten kinds, the loss, four grades

    def test_nobody_without_a_score(self, bureau: Bureau) -> None:
        bureau.drop("appraisals", kind="mass", subject="D3")
        assert nearest_change(bureau.assess(), MONTHLY, "D3") is None

    def test_limits_are_the_scheme_s_own(self) -> None:
        assert [limits(path) for path in (MONTHLY, A, LOSS)] == [(0, 1)] * 3
        assert [limits(path) for path in (LOST, GOOD)] == [(0, np.inf)] * 2


class TestRefusals:
    def test_an_unknown_path(self, bureau: Bureau) -> None:
        with pytest.raises(UsageError, match=r"components.monthly_plan.weight") as caught:
            nearest_change(bureau.assess(), "components.monthly_plan.wieght", "D1")
        assert "components.monthly_plan.weight" in caught.value.text("en")

    def test_who_is_no_division(self, bureau: Bureau) -> None:
        with pytest.raises(UsageError):
            nearest_change(bureau.assess(), MONTHLY, "M1")

    def test_only_a_year(self, bureau: Bureau) -> None:
        with pytest.raises(UsageError, match="2023-06"):
            borders(bureau.assess("2023-06"))

    def test_not_from_the_public_edition(self, bureau: Bureau) -> None:
        with pytest.raises(UsageError):
            borders(bureau.assess().public())


def test_where_lines_are_halfway_between_two_numbers() -> None:
    rising, falling, still = (module._Lines(np.array([base]), np.array([rise])) for base, rise in ((0.0, 1.0), (1.0, -2.0), (0.005, 0.0)))
    assert sorted(module._halves(rising, 0, 0.03, 2)) == pytest.approx([0.005, 0.015, 0.025])
    assert sorted(module._halves(rising, -0.02, 0.005, 2)) == pytest.approx([-0.015, -0.005, 0.005])
    assert sorted(module._halves(falling, 0, 0.01, 2)) == pytest.approx([0.0025, 0.0075])  # 0.995 and 0.985
    assert not len(module._halves(still, 0, 1, 2))


READINGS: list[dict[str, Any]] = [
    {}, {"tiers.groups": "apart"}, {"tiers.at_border": "lower"}, {"veto.effect": "drop_and_refill"}, {"rounding.score_decimals": 0},
    {"components.mean_hours.use": "component"}, {"components.monthly_plan.loss_base": "extra"}, {"tiers.rounding": "half_up", "veto.effect": "drop"},
    {"components.monthly_plan.aggregate": "sum", "components.monthly_plan.floor": 60},
    {"tiers.method": "bands"}, {"tiers.method": "bands", "veto.effect": "drop", "tiers.bands": {"A": 90.005, "B": 80}},
]  # fmt: skip
PATHS = [MONTHLY, TIME, A, "tiers.shares.C", FROM_A, FROM_B, LOSS, LOST, INNOVATION, GOOD]
BANDED = [number for number, reading in enumerate(READINGS) if "tiers.method" in reading]


@cache
def plan(reading: int) -> Scheme:
    return load_scheme(SCHEME, set=READINGS[reading])


def within(result: Assessment, path: str) -> tuple[float, float]:
    """The values that a number may take with all others as they are."""
    low, high = limits(path if path in result.scheme.parameters else path.rpartition(".")[0])
    bands = result.scheme.spec.tiers.bands.value
    return {FROM_A: (bands["B"] + 0.001, high), FROM_B: (low, bands["A"] - 0.001)}.get(path, (low, high))


def agrees(result: Assessment, path: str, steps: int = 6) -> None:
    """Every division's nearest change beside real assessments: on both sides of its border, and on a grid up to it."""
    found = {change.division: change for change in borders(result, [path]).itertuples()}
    now = next(iter(found.values())).now if found else 0.0
    low, high = within(result, path)
    grid = np.union1d(np.linspace(low, min(high, now + 20), steps), np.linspace(max(low, now - 0.2), min(high, now + 0.2), steps))
    tiers = {value: result.under(result.scheme.changed(changes(result, path, float(value))))["divisions"].set_index("division")["tier"] for value in grid}
    for division, change in found.items():
        reach = abs(change.needed - now) if change.direction else np.inf
        for value, tier_of in tiers.items():
            if abs(value - now) < reach - 1e-6:
                assert ("" if pd.isna(tier_of[division]) else tier_of[division]) == change.before, (path, division, value, change)
    for change in {(each.needed, each.direction): each for each in found.values() if each.direction}.values():
        verified(result, nearest_change(result, path, change.division))


@settings(max_examples=6)
@given(sketches(divisions=6, people=1, leaders=0), st.sampled_from(range(len(READINGS))), st.sampled_from(PATHS))
def test_borders_of_any_bureau(sketch: Sketch, reading: int, path: str) -> None:
    agrees(assess(plan(reading), records(made(sketch)), "2023"), path)


@settings(max_examples=6)
@given(sketches(divisions=6, people=1, leaders=0), st.sampled_from(BANDED), st.sampled_from(PATHS))
def test_borders_of_any_bureau_by_bands(sketch: Sketch, reading: int, path: str) -> None:
    agrees(assess(plan(reading), records(made(sketch)), "2023"), path)


@settings(max_examples=4)
@given(sketches(divisions=6, people=1, leaders=0), st.sampled_from(BANDED), st.sampled_from([FROM_A, FROM_B]))
def test_a_lowest_score_beside_every_score_there_is(sketch: Sketch, reading: int, path: str) -> None:
    """A lowest score changes tiers where it meets a score, if anywhere: each score, and the hundredth above it, in turn."""
    result = assess(plan(reading), records(made(sketch)), "2023")
    low, high = within(result, path)
    now = result.scheme.spec.tiers.bands.value[path[-1]]
    stops = sorted({round(score + beyond, 3) for score in result.divisions["score"].dropna() for beyond in (0, 0.001)}, key=lambda value: abs(value - now))
    for division in result.divisions.loc[result.divisions["score"].notna(), "division"]:
        found, before = nearest_change(result, path, division), tier(result, path, now, division)
        moved = [value for value in stops if low <= value <= high and tier(result, path, value, division) != before]
        assert bool(moved) == bool(found)
        if found:
            assert abs(moved[0] - (found.needed if found.counts else found.needed + 0.001)) < 1e-9
            assert found.after == tier(result, path, moved[0], division)
