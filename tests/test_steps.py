"""Other schemes at the cost of what depends on the difference: never a value that is stale."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfkit import assess, load_scheme
from perfkit.assessment import Assessment
from perfkit.problems import InputError
from perfkit.scheme import Scheme
from perfkit.stages import Stages
from perfkit.steps import _equal
from tests.bureaus import ODD, Sketch, made, records, sketches
from tests.conftest import SCHEME, Bureau
from tests.whatif.scenarios import CHOICES, overlays, plan

TABLES = ("divisions", "staff", "leaders", "payouts", "standing", "bureau", "open")
OFFICE = ("appeal_pending", "correction_pending")  # asked beside the scores, whatever the scheme
BUREAU = Sketch(11, (4, 3, 5, 2), (2, 3), frozenset(ODD) - {"payments", "appeals", "poor_bases"})


def same(result: Assessment, scheme: Scheme, fresh: Assessment | None) -> None:
    """What is taken over equals a fresh assessment, cell for cell; what cannot be assessed cannot be either way."""
    if fresh is None:
        with pytest.raises(InputError):
            result.under(scheme)
        return
    found = result.under(scheme)
    assert set(found) == set(TABLES)
    for name in TABLES:
        wanted = getattr(fresh, name)
        if name == "payouts":
            wanted = wanted[wanted["kind"] != "settlement"].reset_index(drop=True)
        if name == "open":
            wanted = wanted[~wanted["question"].isin(OFFICE)].reset_index(drop=True).astype(found[name].dtypes)
        pd.testing.assert_frame_equal(found[name], wanted, check_exact=True, obj=name)
        for column in [name for name in wanted if wanted[name].dtype == object]:  # a blank of another kind is another value
            assert list(map(type, found[name][column])) == list(map(type, wanted[column])), f"{name}.{column}"


def fresh(scheme: Scheme, result: Assessment) -> Assessment | None:
    try:
        return assess(scheme, result.records, result.period)
    except InputError:
        return None


@pytest.mark.parametrize(("period", "every"), [("2023", 1), ("2023-02", 4)])
def test_every_listed_value_alone_and_the_plan_after_each(period: str, every: int) -> None:
    result = assess(plan(), records(made(BUREAU)), period)
    for path, value in CHOICES[::every]:
        try:
            scheme = plan().changed({path: value})
        except InputError:  # one of two weights
            continue
        same(result, scheme, fresh(scheme, result))
        same(result, plan(), result)


@settings(max_examples=3)
@given(sketches(divisions=5, people=4), st.lists(overlays(most=4), min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_many_changes_back_and_forth(sketch: Sketch, changes: list[dict[str, Any]], chance: Any) -> None:
    result = assess(plan(), records(made(sketch)), "2023")
    known: dict[int, tuple[Scheme, Assessment | None]] = {}
    for place, each in enumerate([{}, *changes]):
        try:
            scheme = plan().changed(each)
        except InputError:
            continue
        known[place] = scheme, fresh(scheme, result)
    for place in chance.choices(list(known), k=10):
        same(result, *known[place])


def test_more_versions_than_are_kept(bureau: Bureau) -> None:
    """Twelve schemes in turn, back and forth, where eight outcomes of a step are kept."""
    schemes = [plan().changed({"components.monthly_plan.unexcused_loss": (place + 1) / 20, "hours.standard_share": 1 - place / 20}) for place in range(12)]
    bureau.miss("D2", "2023-03")
    result = bureau.assess()
    known = [(scheme, fresh(scheme, result)) for scheme in schemes]
    for scheme, other in [*known, *known[::-3], *known[::7]]:
        same(result, scheme, other)
        same(result, scheme, other)
    same(result, plan(), result)


def test_a_table_that_is_written_into_spoils_nothing(bureau: Bureau) -> None:
    result = bureau.assess()
    changed = plan().changed({"tiers.coefficients": {"A": 2, "B": 1.0, "C": 0.5}})
    wanted, other = fresh(plan(), result), fresh(changed, result)
    for scheme in (plan(), changed):
        for table in result.under(scheme).values():
            for column in list(table):
                table[column] = None
                del table[column]
    for name in TABLES:
        table = getattr(result, name)
        table.insert(0, "mine", 1)
        if len(table):
            table.iloc[0, 1:] = table.iloc[-1, 1:]
    same(result, changed, other)
    same(result, plan(), wanted)


def test_a_value_that_is_written_into_is_read_again(bureau: Bureau) -> None:
    """A scheme's mappings are plain dicts; one that somebody changes in place must not pass for what it was."""
    scheme = load_scheme(SCHEME)
    result = assess(scheme, bureau.records(), "2023")
    scheme.spec.tiers.coefficients.value["A"] = 1.5
    changed = plan().changed({"tiers.coefficients": {"A": 1.5, "B": 1.0, "C": 0.8}})
    same(result, scheme, fresh(changed, result))
    same(result, plan(), fresh(plan(), result))


def test_a_scheme_that_cannot_be_assessed_leaves_nothing_behind(bureau: Bureau) -> None:
    result = bureau.assess()
    faulty = plan().changed({"components.appraisal.points": {"优秀": 100}})
    for scheme in (faulty, plan(), faulty, faulty, plan()):
        same(result, scheme, None if scheme is faulty else result)


def test_the_order_of_a_mapping_is_a_value_too(bureau: Bureau) -> None:
    """C, B, A from the top: the best division takes C."""
    result = bureau.assess()
    turned = plan().changed({"tiers.shares": {"C": 0.2, "B": 0.5, "A": 0.3}, "tiers.bands": {"C": 95, "B": 85}})
    same(result, turned, fresh(turned, result))
    assert dict(result.under(turned)["divisions"][["division", "tier"]].itertuples(index=False)) == {"D1": "C", "D2": "B", "D3": "A"}


def test_what_does_not_depend_on_a_change_is_taken_over(bureau: Bureau) -> None:
    """Coefficients of the tiers leave months, scores and tiers alone, and the very tables are used again."""
    memo: dict[str, Any] = {}
    held, months = bureau.records(), [f"2023-{month:02d}" for month in range(1, 13)]
    first = Stages(plan(), held, "2023", months, memo)
    first.results()
    before = {name: outcomes[0] for name, outcomes in memo.items()}
    Stages(plan().changed({"tiers.coefficients": {"A": 1.3, "B": 1.0, "C": 0.8}}), held, "2023", months, memo).results()
    again = {name for name, outcomes in memo.items() if outcomes[0] is not before[name]}
    assert again == {"divisions_year", "leaders_year", "annual_payments", "ratings"} & again
    assert {"divisions_year", "leaders_year", "annual_payments"} <= again


@pytest.mark.parametrize(("one", "other"), [
    (pd.DataFrame({"a": [0.0]}), pd.DataFrame({"a": [-0.0]})),
    (pd.DataFrame({"a": pd.Series([None], dtype=object)}), pd.DataFrame({"a": pd.Series([float("nan")], dtype=object)})),
    (pd.DataFrame({"a": pd.Series([True], dtype=object)}), pd.DataFrame({"a": pd.Series([1], dtype=object)})),
    (pd.Series([1.0], name="a"), pd.Series([1.0], name="b")),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ({"a": 1}, {"a": 1.0}),
    ([True], [1]),
    ((pd.Series([1.0]), 1), (pd.Series([1.0]), 2)),
    (np.array([0.0]), np.array([-0.0])),
    (np.array([1.0]), np.array([1])),
    (np.array([None], dtype=object), np.array([float("nan")], dtype=object)),
])  # fmt: skip
def test_results_that_can_be_told_apart_do_not_stand_for_each_other(one: Any, other: Any) -> None:
    assert _equal(one, one)
    assert not _equal(one, other)
    assert not _equal(other, one)
