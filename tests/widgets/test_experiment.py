"""What the panel remembers, and which controls a scheme gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit import SchemeError, load_scheme
from perfkit.scheme import Scheme
from perfkit.scheme.declared import declared, weights_together
from perfkit.widgets.controls import SECTIONS, Control, groups
from perfkit.widgets.experiment import Experiment, balanced
from tests.conftest import SCHEME

SHARES = "tiers.shares"
WEIGHTS = ("components.monthly_plan.weight", "components.appraisal.weight")


@pytest.fixture(scope="module")
def plan() -> Scheme:
    return load_scheme(SCHEME)


@pytest.fixture
def experiment(plan: Scheme) -> Experiment:
    return Experiment(plan)


def test_a_share_that_moves_takes_from_the_others_in_proportion(experiment: Experiment) -> None:
    experiment.share(SHARES, "A", 0.44)
    assert experiment.value(SHARES) == {"A": 0.44, "B": 0.4, "C": 0.16}


def test_a_share_dragged_there_and_back_leaves_the_others_where_they_were(experiment: Experiment) -> None:
    for step, value in enumerate([0.31, 0.5, 0.9, 1.0, 0.7, 0.3]):
        experiment.share(SHARES, "A", value, now=step * 0.05)
    assert experiment.changes == {}


@given(st.lists(st.integers(0, 100), min_size=2, max_size=5).filter(sum), st.integers(0, 100), st.data())
def test_shares_always_sum_to_one_in_whole_hundredths(parts: list[int], moved: int, data: st.DataObject) -> None:
    shares = {f"T{place}": part / sum(parts) for place, part in enumerate(parts)}
    shares = balanced(shares, "T0", round(shares["T0"], 2))
    name = data.draw(st.sampled_from(sorted(shares)))
    found = balanced(shares, name, moved / 100)
    assert found[name] == moved / 100
    assert sum(round(each * 10**6) for each in found.values()) == 10**6
    assert all(0 <= each <= 1 for each in found.values())


def test_a_share_that_had_nothing_can_take_and_give(experiment: Experiment) -> None:
    experiment.share(SHARES, "A", 1.0, now=0)
    assert experiment.value(SHARES) == {"A": 1.0, "B": 0.0, "C": 0.0}
    experiment.share(SHARES, "A", 0.5, now=10)
    assert experiment.value(SHARES) == {"A": 0.5, "B": 0.25, "C": 0.25}


def test_component_weights_move_together(experiment: Experiment) -> None:
    experiment.weigh(WEIGHTS, WEIGHTS[0], 0.65)
    assert experiment.changes == {WEIGHTS[0]: 0.65, WEIGHTS[1]: 0.35}
    assert experiment.scheme.parameters[WEIGHTS[1]].value == 0.35


def test_undo_takes_a_drag_back_as_a_whole_and_a_later_move_by_itself(experiment: Experiment) -> None:
    for step, value in enumerate([1.3, 1.4, 1.5, 1.6, 1.7]):
        experiment.put("tiers.coefficients", value, "A", now=step * 0.1)
    experiment.put("tiers.coefficients", 2.0, "A", now=5)
    assert experiment.value("tiers.coefficients", "A") == 2.0
    experiment.undo()
    assert experiment.value("tiers.coefficients", "A") == 1.7
    experiment.undo()
    assert experiment.changes == {}
    assert not experiment.can_undo


def test_a_slow_machine_makes_no_more_steps_of_a_drag(experiment: Experiment) -> None:
    for step, value in enumerate([1.3, 1.4, 1.5]):
        experiment.put("tiers.coefficients", value, "A", now=step * 5)
        experiment.shown(step * 5 + 4.9)
    experiment.undo()
    assert experiment.changes == {}


def test_reset_can_be_undone(experiment: Experiment) -> None:
    experiment.put("tiers.rounding", "floor")
    experiment.reset()
    assert experiment.scheme is experiment.plan
    experiment.undo()
    assert experiment.changes == {"tiers.rounding": "floor"}


def test_what_is_the_plans_value_again_is_no_change(experiment: Experiment) -> None:
    experiment.put("tiers.rounding", "floor", now=0)
    experiment.put("tiers.rounding", "largest_remainder", now=9)
    assert experiment.changes == {}


def test_impossible_changes_are_kept_and_explained(experiment: Experiment) -> None:
    experiment.put(SHARES, 0.9, "A")
    with pytest.raises(SchemeError) as caught:
        _ = experiment.scheme
    assert [problem.key for problem in caught.value.problems] == ["sum_not_one"]
    experiment.undo()
    assert experiment.scheme is experiment.plan


@pytest.fixture(scope="module")
def controls(plan: Scheme) -> dict[str, Control]:
    return {control.key: control for section in SECTIONS for group in groups(plan, section, "zh") for control in group.controls}


def test_every_parameter_that_can_be_tried_has_its_control(plan: Scheme, controls: dict[str, Control]) -> None:
    moved = {control.path for control in controls.values()}
    kinds = {path: declared(parameter).kind for path, parameter in plan.parameters.items() if path.partition(".")[0] in SECTIONS}
    numbers = {path for path, kind in kinds.items() if kind in ("number", "numbers") and plan.parameters[path].value not in (None, {})}
    assert numbers <= moved
    readings = {path for path in kinds if plan.parameters[path].alternatives}
    assert readings <= moved
    assert weights_together(plan) == WEIGHTS


def test_controls_take_bounds_and_units_from_the_types(plan: Scheme, controls: dict[str, Control]) -> None:
    share = controls["tiers.shares|A"]
    assert (share.form, share.low, share.high, share.step, share.scale) == ("slider", 0, 100, 1, 100)
    assert share.shows(0.3) == 30
    assert share.means(33.3) == 0.333
    months = controls["exclusion.months|"]
    assert (months.form, months.whole, months.low, months.high) == ("slider", True, 0, 12)
    hours = controls["hours.hours_per_day|"]
    assert (hours.low, hours.high) == (0.5, 24)
    assert controls["payouts.hour_rate|"].form == "number"
    assert [value for _, value in controls["payouts.leader_decimals|"].options] == [None, 2, 1]
    assert controls["hours.leave_reduces|"].form == "flag"
    assert controls["veto.effect|"].form == "choice"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_group_names_its_source(plan: Scheme, lang: str) -> None:
    found = [group for section in SECTIONS for group in groups(plan, section, lang)]  # type: ignore[arg-type]
    assert all(group.source and group.title for group in found)
    tiers = next(group for group in found if group.paths == (SHARES,))
    assert tiers.together
    assert "2.4.3" in tiers.source


def test_names_of_controls_differ(plan: Scheme) -> None:
    names = [f"{group.title} {control.label}" for section in SECTIONS for group in groups(plan, section, "zh") for control in group.controls]
    assert len(names) == len(set(names))
