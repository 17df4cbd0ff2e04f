"""Effects over any bureau and any few parameters, against sums worked out another way and fresh assessments."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, reject, settings
from hypothesis import strategies as st

from perfkit import assess, compare
from perfkit.periods import months_of
from perfkit.problems import InputError, UsageError
from perfkit.scheme import Scheme
from perfkit.stages import Stages
from perfkit.whatif import Comparison
from perfkit.whatif.tables import Tables
from tests.bureaus import ODD, Sketch, made, records, sketches
from tests.whatif.scenarios import APPRAISAL, FACTORS, MONTHS, OWN, SHARES, VALUES, overlays, plan

NUMBERS = dict[tuple[str, str], float]
PLAIN = Sketch(3, (3, 4, 2, 3), (2, 3), frozenset())
ODDEST = Sketch(5, (3, 4, 2, 3), (2, 3), frozenset(ODD))
SIX = {MONTHS: 0.7, APPRAISAL: 0.3, SHARES: VALUES[SHARES][1], FACTORS: VALUES[FACTORS][0], OWN: VALUES[OWN][0], "excellent.rounding": "ceil"}
UNSCORED = {"components.mean_hours.use": "component", "exclusion.months": 6, "hours.statutory": "fixed_month"}


class Fresh:
    """What every subset of some changes gives, each computed from nothing; None where a subset is no scheme."""

    def __init__(self, sketch: Sketch, changes: Mapping[str, Any], period: str = "2023") -> None:
        self.records, self.period = records(made(sketch)), period
        self.paths = [path for path in plan().parameters if path in changes]
        self.changes = changes
        self._made: dict[frozenset[str], Tables | None] = {}

    def scheme(self, some: frozenset[str]) -> Scheme:
        return plan().changed({path: self.changes[path] for path in self.paths if path in some})

    def under(self, some: frozenset[str]) -> Tables | None:
        if some not in self._made:
            try:
                stages = Stages(self.scheme(some), self.records, self.period, months_of(self.period), {})
                self._made[some] = None if stages.problems else stages.results()
            except InputError:
                self._made[some] = None
        return self._made[some]

    def subsets(self, of: frozenset[str]) -> list[frozenset[str]]:
        return [frozenset(few) for size in range(len(of) + 1) for few in combinations(self.paths, size) if set(few) <= of]

    def comparison(self) -> tuple[Comparison, Tables, Tables]:
        """The comparison, and both ends of it; passes over a scenario that is no scheme."""
        before, after = self.under(frozenset()), self.under(frozenset(self.paths))
        if after is None:
            reject()
        assert before is not None
        assert after is not None
        return compare(assess(plan(), self.records, self.period), self.scheme(frozenset(self.paths))), before, after


def numbers(tables: Tables) -> NUMBERS:
    """Every score and everyone's payments."""
    staff = tables["staff"]
    scores = [*zip(tables["divisions"]["division"], tables["divisions"]["score"], strict=True)]
    scores += zip(staff["staff"], staff["score"].where(staff["included"].astype(bool)), strict=True)
    found = {(subject, "score"): float(score) for subject, score in scores}
    for staff, kind, amount in tables["payouts"][["staff", "kind", "amount"]].itertuples(index=False, name=None):
        if kind != "settlement":
            found[staff, "amount"] = found.get((staff, "amount"), 0.0) + amount
    return found


def inclusion_exclusion(fresh: Fresh) -> dict[tuple[str, str, str], float]:
    """m(S) = Σ over T ⊆ S of (−1)^(|S| − |T|) f(T), for whoever has the number under every subset."""
    every = {some: fresh.under(some) for some in fresh.subsets(frozenset(fresh.paths))}
    assume(all(result is not None for result in every.values()))
    values = {some: numbers(result) for some, result in every.items() if result is not None}
    keys = {key for each in values.values() for key in each}
    found = {}
    for subject, measure in sorted(keys):
        own = {some: each.get((subject, measure), 0.0 if measure == "amount" else np.nan) for some, each in values.items()}
        if any(np.isnan(value) for value in own.values()):
            continue
        for some in own:
            effect = sum((-1) ** (len(some) - len(part)) * value for part, value in own.items() if part <= some)
            if some and abs(effect) > 1e-6:
                found[subject, measure, ";".join(path for path in fresh.paths if path in some)] = effect
    return found


@settings(max_examples=3)
@given(sketches(divisions=5, people=4), overlays(least=2, most=3), st.sampled_from(["2023", "2023", "2023-05"]))
@example(PLAIN, {SHARES: SIX[SHARES], FACTORS: SIX[FACTORS], OWN: SIX[OWN]}, "2023")
@example(ODDEST, {SHARES: SIX[SHARES], FACTORS: SIX[FACTORS], "exclusion.months": 6}, "2023")
def test_effects_are_the_alternating_sums_over_all_subsets(sketch: Sketch, changes: dict[str, Any], period: str) -> None:
    fresh = Fresh(sketch, changes, period)
    wanted = inclusion_exclusion(fresh)
    table = fresh.comparison()[0].attribution
    both = {(subject, measure) for subject, measure, _ in wanted}
    found = {(subject, measure, parameters): effect for subject, measure, parameters, effect
             in table[["subject", "measure", "parameters", "effect"]].itertuples(index=False, name=None)
             if (subject, measure) in both}  # fmt: skip
    assert set(found) == set(wanted)
    assert all(abs(found[key] - wanted[key]) < 1e-6 for key in wanted)
    assert (table["size"] == table["parameters"].str.count(";") + 1).all()


@settings(max_examples=5)
@given(sketches(divisions=5, people=4), overlays(most=4), st.sampled_from(["2023", "2023", "2023-05"]))
@example(PLAIN, SIX, "2023")
@example(ODDEST, SIX, "2023")
@example(ODDEST, UNSCORED, "2023")
def test_effects_sum_to_the_whole_change(sketch: Sketch, changes: dict[str, Any], period: str) -> None:
    fresh = Fresh(sketch, changes, period)
    found, before, after = fresh.comparison()
    was, now = numbers(before), numbers(after)
    sums = found.attribution.groupby(["subject", "measure"])["effect"].sum().to_dict()
    for subject, measure in {*was, *now, *sums}:
        other = 0.0 if measure == "amount" else np.nan
        change = now.get((subject, measure), other) - was.get((subject, measure), other)
        if not np.isnan(change):
            assert abs(sums.get((subject, measure), 0.0) - change) < 1e-6, (subject, measure)
        else:
            assert (subject, measure) not in sums
    totals = (sum(value for (_, measure), value in each.items() if measure == "amount") for each in (was, now))
    assert abs(found.cost["after"].sum() - found.cost["before"].sum() + next(totals) - next(totals)) < 1e-5
    assert abs(found.staff["amount_change"].sum() - found.cost["change"].sum()) < 1e-5
    assert abs(found.bands["change"].sum() - found.cost["change"].sum()) < 1e-5


def outcome(tables: Tables, subject: str, measure: str) -> Any:
    """Someone's tier, rank or rating; None while there is none."""
    table, key = (tables["staff"], "staff") if measure == "rating" else (tables["divisions"], "division")
    own = table.loc[table[key] == subject, measure]
    return None if own.empty or pd.isna(own.iloc[0]) else own.iloc[0]


@settings(max_examples=3)
@given(sketches(divisions=6, people=3), overlays(most=3))
@example(PLAIN, {MONTHS: 0.5, APPRAISAL: 0.5, SHARES: SIX[SHARES]})
@example(ODDEST, {SHARES: SIX[SHARES], "components.appraisal.points": VALUES["components.appraisal.points"][0], "tiers.groups": "apart"})
def test_the_named_parameters_bring_what_is_new_and_fewer_do_not(sketch: Sketch, changes: dict[str, Any]) -> None:
    fresh = Fresh(sketch, changes)
    found, before, after = fresh.comparison()
    movers = found.movers
    moved = {(subject, measure) for measure, subjects in (("tier", before["divisions"]["division"]), ("rank", before["divisions"]["division"]),
                                                          ("rating", before["staff"]["staff"]))
             for subject in subjects if outcome(before, subject, measure) != outcome(after, subject, measure)}  # fmt: skip
    assert set(zip(movers["subject"], movers["measure"], strict=True)) == moved
    for subject, measure, was, now, parameters in movers[["subject", "measure", "before", "after", "parameters"]].itertuples(index=False, name=None):
        assert (None if pd.isna(was) else was) == outcome(before, subject, measure)
        assert (None if pd.isna(now) else now) == outcome(after, subject, measure)
        named = frozenset(parameters.split(";"))
        for some in fresh.subsets(frozenset(fresh.paths)):
            tables = fresh.under(some)
            if some == named:
                assert tables is not None
                assert outcome(tables, subject, measure) == outcome(after, subject, measure)
            elif tables is not None and len(some) < len(named):
                assert outcome(tables, subject, measure) != outcome(after, subject, measure)


@settings(max_examples=4)
@given(overlays(least=2, most=5))
@example(SIX)
def test_what_needs_others_is_no_scheme_alone_and_one_with_them(changes: dict[str, Any]) -> None:
    fresh = Fresh(PLAIN, changes)
    for parameters, others, problem in fresh.comparison()[0].needs[["parameters", "needs", "problem"]].itertuples(index=False, name=None):
        alone = frozenset(parameters.split(";"))
        assert fresh.under(alone) is None
        assert fresh.under(alone | set(others.split(";"))) is not None
        assert all(fresh.under(some) is not None for some in fresh.subsets(alone) if some != alone)
        assert problem.what("zh")


@pytest.fixture(scope="module")
def seven() -> Comparison:
    return Fresh(PLAIN, {**SIX, "tiers.rounding": "floor"}).comparison()[0]


class TestTooManyChanges:
    """Seven parameters would be 128 assessments."""

    @pytest.mark.parametrize("table", ["attribution", "movers", "needs"])
    def test_effects_are_refused_in_words(self, seven: Comparison, table: str) -> None:
        with pytest.raises(UsageError) as refusal:
            getattr(seven, table)
        assert refusal.value.text("zh") == "改动了 7 个参数，逐项归因最多 6 个。请分成几个方案来比。"
        assert refusal.value.text("en") == "7 parameters differ; effects can be told apart for 6 at most. Compare smaller scenarios."

    def test_the_rest_is_there(self, seven: Comparison) -> None:
        assert len(seven.parameters) == 7
        for table in (seven.divisions, seven.staff, seven.transitions, seven.cost, seven.bands):
            assert len(table)
