"""Indicator trees: published worked examples, a small bureau worked out by hand, and what holds whatever the numbers are."""

from collections.abc import Mapping
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfkit.periods import bounds
from perfkit.scoring import indicators, ledger

B, A = "业务工作实绩", "行政能力建设"
PARTS = {B: 0.6, A: 0.4}
SHARES = {B: {"completion": 0.9, "progress": 0.05, "innovation": 0.05}}
START, END = pd.Timestamp("2023-01-01"), pd.Timestamp("2023-12-31")
BLANK = {"target": np.nan, "unit": "", "direction": "", "division": "", "person": "", "measures": "", "due": pd.NaT, "effect": ""}
GRADES = ("result", "completion", "progress", "innovation", "self_score", "verified_score")


def tree_of(*rows: tuple[str, str, float | None]) -> pd.DataFrame:
    """A tree of (indicator, parent, weight)."""
    return pd.DataFrame(rows, columns=["indicator", "parent", "weight"]).astype({"weight": float})


def node(indicator: str, part: str, parent: str, weight: float = np.nan, **more: Any) -> dict[str, Any]:
    """A row above the goals."""
    return {**BLANK, "indicator": indicator, "part": part, "parent": parent, "title": indicator, "weight": weight, **more}


def goal(indicator: str, part: str, parent: str, division: str, weight: float = np.nan, **more: Any) -> dict[str, Any]:
    """A leaf with all that a goal needs."""
    return node(indicator, part, parent, weight, division=division, person=f"{division}长", measures="巡查", due=END, effect="见效", **more)


def small_bureau() -> pd.DataFrame:
    """Two parts, three divisions, six goals; the weights of the second part are blank."""
    rows = [
        node("B", B, ""),
        node("B1", B, "B", 0.6),
        goal("B11", B, "B1", "甲", 0.5, target=100.0, direction="up"),
        goal("B12", B, "B1", "乙", 0.5, target=20.0, direction="down"),
        node("B2", B, "B", 0.4),
        goal("B21", B, "B2", "乙", 1.0, target=100.0, direction="up"),
        node("A", A, ""),
        node("A1", A, "A"),
        goal("A11", A, "A1", "甲"),
        node("A2", A, "A"),
        goal("A21", A, "A2", "乙"),
        goal("A22", A, "A2", "丙"),
    ]
    return pd.DataFrame(rows).astype({"due": "datetime64[s]"})


def results_of(rows: Mapping[str, Mapping[str, float]], period: str = "2023") -> pd.DataFrame:
    """Results by indicator; what is left out is blank."""
    return pd.DataFrame(
        [{"period": period, "indicator": name, **{grade: own.get(grade, np.nan) for grade in GRADES}, "evidence": ""} for name, own in rows.items()],
        columns=["period", "indicator", *GRADES, "evidence"],
    ).astype(dict.fromkeys(GRADES, float))


YEAR = {
    "B1": {"progress": 80, "innovation": 60},
    "B2": {"progress": 100, "innovation": 40},
    "B11": {"result": 95},
    "B12": {"result": 25},  # at most 20 were wanted: 20 ÷ 25 = 80
    "B21": {"result": 110},
    "A11": {"self_score": 95, "verified_score": 90},
    "A21": {"completion": 70},
    "A22": {"self_score": 60},
}


def reached(rows: Mapping[str, Mapping[str, float]], tree: pd.DataFrame, cap: float = 100, verified: indicators.Verified = "verified") -> pd.DataFrame:
    return indicators.completion(results_of(rows), tree, cap=cap, verified=verified)


def made_of(
    rows: Mapping[str, Mapping[str, float]], tree: pd.DataFrame, missing: indicators.Missing = "none", shares: indicators.Shares = SHARES
) -> pd.DataFrame:
    return indicators.first_level(tree, reached(rows, tree), results_of(rows), shares=shares, missing=missing)


def bureau_lines(rows: Mapping[str, Mapping[str, float]], tree: pd.DataFrame, missing: indicators.Missing = "none") -> ledger.Lines:
    made = made_of(rows, tree, missing)
    return indicators.bureau_score(tree, reached(rows, tree), made, period="2023", subject="局", parts=PARTS, decimals=2)


def division_lines(rows: Mapping[str, Mapping[str, float]], tree: pd.DataFrame, parts: Mapping[str, float] = PARTS) -> ledger.Lines:
    return indicators.division_scores(tree, reached(rows, tree), period="2023", parts=parts, decimals=2)


def kinds(faults: list[indicators.Fault]) -> list[tuple[str, Any]]:
    return [(fault.kind, fault.indicator) for fault in faults]


class TestPublishedExamples:
    # COINr 1.1.14, https://bluefoxr.github.io/COINr/articles/results.html: get_results(coin, dset = "Aggregated"), whose weights
    # are all equal; the parents of the eight pillars are listed at https://bluefoxr.github.io/COINr/reference/replace_df.html.
    PILLARS = ("Physical", "ConEcFin", "Political", "Instit", "P2P", "Environ", "Social", "SusEcFin")

    @pytest.mark.parametrize(
        ("pillars", "index", "connectivity", "sustainability"),
        [
            pytest.param((63.41, 32.87, 74.78, 85.94, 56.93, 77.21, 87.85, 56.88), 68.38, 62.79, 73.98, id="CHE"),
            pytest.param((64.87, 46.62, 84.55, 71.74, 41.92, 58.73, 86.58, 57.78), 64.82, 61.94, 67.70, id="NLD"),
            pytest.param((71.97, 48.22, 80.84, 75.60, 43.32, 53.01, 86.17, 50.09), 63.54, 63.99, 63.09, id="BEL"),
        ],
    )
    def test_the_sustainable_connectivity_index(self, pillars: tuple[float, ...], index: float, connectivity: float, sustainability: float) -> None:
        above = ["Conn"] * 5 + ["Sust"] * 3
        tree = tree_of(
            ("Index", "", None), ("Conn", "Index", None), ("Sust", "Index", None), *((name, up, None) for name, up in zip(self.PILLARS, above, strict=True))
        )
        found = indicators.roll_up(tree, pd.Series(pillars, self.PILLARS))
        assert found[["Index", "Conn", "Sust"]].to_list() == pytest.approx([index, connectivity, sustainability], abs=0.01)  # the inputs have two decimals

    def test_the_effective_weights_of_that_index(self) -> None:
        # https://bluefoxr.github.io/COINr/articles/weights.html: "EffWeight" of the five indicators of ConEcFin 0.02, of Renew 0.03333333,
        # one of the five of Environ; two sub-indices, of five pillars and three.
        goods = ("Goods", "Services", "FDI", "PRemit", "ForPort")
        green = ("Renew", "PrimEner", "CO2", "MatCon", "Forest")
        tree = tree_of(
            ("Index", "", None), ("Conn", "Index", None), ("Sust", "Index", None),
            *((name, "Conn" if place < 5 else "Sust", None) for place, name in enumerate(self.PILLARS)),
            *((name, "ConEcFin", None) for name in goods), *((name, "Environ", None) for name in green),
        )  # fmt: skip
        found = indicators.path_weights(tree)
        assert found[list(goods)].to_list() == pytest.approx([0.02] * 5)
        assert found["Renew"] == pytest.approx(0.03333333, abs=5e-9)
        assert found.sum() == pytest.approx(1)

    # Wikipedia, "Analytic hierarchy process – leader example": criteria .547, .127, .270, .056; Dick .493, Tom .358, Harry .149.
    # The candidates' local priorities as printed in hahp 0.1.3, HAHP.Sample.LeaderChoice (hackage.haskell.org).
    @pytest.mark.parametrize(
        ("local", "priority"),
        [
            pytest.param((0.217, 0.188, 0.743, 0.265), 0.358, id="Tom"),
            pytest.param((0.717, 0.081, 0.194, 0.672), 0.493, id="Dick"),
            pytest.param((0.066, 0.731, 0.063, 0.063), 0.149, id="Harry"),
        ],
    )
    def test_the_choice_of_a_leader(self, local: tuple[float, ...], priority: float) -> None:
        criteria = {"Experience": 0.547, "Education": 0.127, "Charisma": 0.270, "Age": 0.056}
        tree = tree_of(("Goal", "", None), *((name, "Goal", weight) for name, weight in criteria.items()))
        assert indicators.roll_up(tree, pd.Series(local, criteria))["Goal"] == pytest.approx(priority, abs=0.001)

    # AHPy 2.0, tests/test_ahp.py, test_master_a to test_master_g (github.com/PhilipGriffith/AHPy): leaves at three depths.
    @pytest.mark.parametrize(("target", "c", "e", "f", "g", "whole"), [("x", 0.2, 1 / 6, 0.2, 1 / 6, 0.1922), ("z", 0.4, 0.5, 0.4, 0.5, 0.4233)])
    def test_a_hierarchy_of_uneven_depth(self, target: str, c: float, e: float, f: float, g: float, whole: float) -> None:
        rows = [("a", "", None), ("b", "a", 0.5), ("c", "a", 0.5), ("d", "b", 0.8), ("e", "b", 0.2), ("f", "d", 2 / 3), ("g", "d", 1 / 3)]
        found = indicators.roll_up(tree_of(*rows), pd.Series({"c": c, "e": e, "f": f, "g": g}))
        assert found["a"] == pytest.approx(whole, abs=5e-5)


class TestRollUp:
    def test_every_node_in_the_order_of_the_table(self) -> None:
        tree = tree_of(("b", "root", 0.25), ("root", "", None), ("a", "root", 0.75), ("c", "b", None), ("d", "b", None))
        found = indicators.roll_up(tree, pd.Series({"a": 80.0, "c": 50.0, "d": 70.0}))
        assert found.to_dict() == {"b": 60, "root": 75, "a": 80, "c": 50, "d": 70}  # .75 × 80 + .25 × 60
        assert list(found.index) == list(tree["indicator"])

    @pytest.mark.parametrize("nothing", ["", " ", None, np.nan])
    def test_a_root_has_a_blank_parent_and_its_weight_does_not_matter(self, nothing: Any) -> None:
        tree = pd.DataFrame({"indicator": ["r", "a", "b"], "parent": [nothing, "r", "r"], "weight": [7, 0.5, 0.5]})
        assert indicators.roll_up(tree, pd.Series({"a": 10, "b": 20}))["r"] == 15

    def test_numbers_as_ids(self) -> None:
        tree = pd.DataFrame({"indicator": [1, 2, 3], "parent": [np.nan, 1, 1], "weight": np.nan})
        assert indicators.roll_up(tree, pd.Series({2: 10.0, 3: 20.0}))[1] == 15

    def test_several_roots_and_a_leaf_that_is_a_root(self) -> None:
        tree = tree_of(("r", "", None), ("a", "r", 1.0), ("s", "", None))
        assert indicators.roll_up(tree, pd.Series({"a": 10.0, "s": 20.0})).to_dict() == {"r": 10, "a": 10, "s": 20}

    def test_nothing_at_all(self) -> None:
        assert indicators.roll_up(tree_of(), pd.Series(dtype=float)).empty

    @pytest.mark.parametrize("scores", [{"c": 50.0, "a": 80.0}, {"c": 50.0, "d": np.nan, "a": 80.0}])
    def test_a_leaf_without_a_score_leaves_all_above_it_open(self, scores: dict[str, float]) -> None:
        tree = tree_of(("root", "", None), ("a", "root", 0.75), ("b", "root", 0.25), ("c", "b", None), ("d", "b", None))
        found = indicators.roll_up(tree, pd.Series(scores))
        assert found.isna().to_dict() == {"root": True, "a": False, "b": True, "c": False, "d": True}

    @pytest.mark.parametrize(
        ("rows", "said"),
        [
            pytest.param([("a", "b", None), ("b", "c", None), ("c", "a", None), ("d", "c", None)], "cycle", id="cycle"),
            pytest.param([("a", "a", None)], "cycle", id="own-parent"),
            pytest.param([("r", "", None), ("a", "x", None)], "unknown_parent", id="unknown-parent"),
            pytest.param([("r", "", None), ("a", "r", 0.5), ("b", "r", 0.4)], "weights_sum", id="sum"),
            pytest.param([("r", "", None), ("a", "r", 0.5), ("b", "r", None)], "weights_partly_blank", id="partly-blank"),
            pytest.param([("r", "", None), ("a", "r", 1.5), ("b", "r", -0.5)], "weight_negative", id="negative"),
            pytest.param([("r", "", None), ("a", "r", None), ("a", "r", None)], "duplicate_indicator", id="duplicate"),
        ],
    )
    def test_what_is_no_tree_is_refused(self, rows: list[tuple[str, str, float | None]], said: str) -> None:
        with pytest.raises(ValueError, match=said):
            indicators.roll_up(tree_of(*rows), pd.Series(dtype=float))

    def test_every_fault_is_named_at_once(self) -> None:
        rows = [("r", "", None), ("a", "r", 0.5), ("b", "r", 0.4), ("c", "x", None), ("a", "r", 0.1)]
        with pytest.raises(ValueError, match=r"(?s)duplicate_indicator.*unknown_parent"):
            indicators.roll_up(tree_of(*rows), pd.Series(dtype=float))

    @pytest.mark.parametrize(
        ("scores", "said"),
        [
            (pd.Series({"x": 1.0}), "not in the tree"),
            (pd.Series({"r": 1.0}), "not a leaf"),
            (pd.Series([1.0, 2.0], index=["a", "a"]), "given twice"),
        ],
    )
    def test_scores_of_no_leaf_are_refused(self, scores: pd.Series, said: str) -> None:
        with pytest.raises(ValueError, match=said):
            indicators.roll_up(tree_of(("r", "", None), ("a", "r", None)), scores)

    def test_a_wide_tree_and_a_deep_one(self) -> None:
        wide = pd.DataFrame({"indicator": range(100_000), "parent": [np.nan, *np.repeat(range(1_000), 100)][:100_000], "weight": np.nan})
        leaves = range(1_000, 100_000)
        assert indicators.roll_up(wide, pd.Series(70.0, index=leaves))[0] == pytest.approx(70)
        deep = pd.DataFrame({"indicator": range(5_000), "parent": [np.nan, *range(4_999)], "weight": np.nan})
        assert indicators.roll_up(deep, pd.Series({4_999: 70.0})).eq(70).all()


@st.composite
def trees(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.Series]:
    """A tree with some siblings weighted and some not, and a score for each leaf."""
    size = draw(st.integers(1, 25))
    above = [draw(st.integers(-1, row - 1)) if row else -1 for row in range(size)]
    parts = [draw(st.integers(1, 9)) for _ in range(size)]
    given_weights = [draw(st.booleans()) for _ in range(size)]
    weight = [
        parts[row] / sum(parts[other] for other in range(size) if above[other] == above[row]) if above[row] >= 0 and given_weights[above[row]] else np.nan
        for row in range(size)
    ]
    table = pd.DataFrame({"indicator": [f"N{row}" for row in range(size)], "parent": [f"N{up}" if up >= 0 else "" for up in above], "weight": weight})
    leaves = [f"N{row}" for row in range(size) if row not in above]
    return table, pd.Series({name: draw(st.floats(0, 100)) for name in leaves}, dtype=float)


def under(table: pd.DataFrame, name: str) -> list[str]:
    """The leaves below a node, or itself."""
    children = table.loc[table["parent"] == name, "indicator"]
    return [leaf for child in children for leaf in under(table, child)] or [name]


class TestWhateverTheNumbers:
    @given(trees())
    def test_a_node_is_the_weighted_mean_of_its_children(self, drawn: tuple[pd.DataFrame, pd.Series]) -> None:
        table, scores = drawn
        found = indicators.roll_up(table, scores)
        for name in table["indicator"]:
            children = table[table["parent"] == name]
            if children.empty:
                assert found[name] == scores[name]
            else:
                weights = children["weight"].fillna(1 / len(children))
                exact = sum(Fraction(weight) * Fraction(found[child]) for weight, child in zip(weights, children["indicator"], strict=True))
                assert found[name] == pytest.approx(float(exact), abs=1e-9)

    @given(trees())
    def test_bounded_by_the_leaves_below(self, drawn: tuple[pd.DataFrame, pd.Series]) -> None:
        table, scores = drawn
        for name, value in indicators.roll_up(table, scores).items():
            below = scores[under(table, str(name))]
            assert below.min() - 1e-9 <= value <= below.max() + 1e-9

    @given(trees(), st.randoms())
    def test_the_order_of_rows_and_scores_does_not_matter(self, drawn: tuple[pd.DataFrame, pd.Series], random: Random) -> None:
        table, scores = drawn
        rows, leaves = list(table.index), list(scores.index)
        random.shuffle(rows)
        random.shuffle(leaves)
        shuffled = indicators.roll_up(table.loc[rows], scores[leaves])
        pd.testing.assert_series_equal(shuffled[table["indicator"]], indicators.roll_up(table, scores), atol=1e-9)

    @given(trees(), st.data())
    def test_a_better_leaf_lowers_nothing(self, drawn: tuple[pd.DataFrame, pd.Series], data: st.DataObject) -> None:
        table, scores = drawn
        leaf = data.draw(st.sampled_from(list(scores.index)))
        better = scores.copy()
        better[leaf] += data.draw(st.floats(0, 50))
        assert (indicators.roll_up(table, better) >= indicators.roll_up(table, scores) - 1e-9).all()

    @given(trees(), st.floats(0, 100))
    def test_equal_leaves_make_every_node_equal(self, drawn: tuple[pd.DataFrame, pd.Series], value: float) -> None:
        table, scores = drawn
        assert indicators.roll_up(table, scores * 0 + value).to_list() == pytest.approx([value] * len(table), abs=1e-9)

    @given(trees())
    def test_blank_weights_are_equal_weights(self, drawn: tuple[pd.DataFrame, pd.Series]) -> None:
        table, scores = drawn
        siblings = table.groupby("parent")["indicator"].transform("size")
        equal = table.assign(weight=table["weight"].where(table["weight"].notna() | (table["parent"] == ""), 1 / siblings))
        pd.testing.assert_series_equal(indicators.roll_up(equal, scores), indicators.roll_up(table, scores), atol=1e-9)

    @given(trees(), st.data())
    def test_a_missing_leaf_leaves_open_exactly_what_is_above_it(self, drawn: tuple[pd.DataFrame, pd.Series], data: st.DataObject) -> None:
        table, scores = drawn
        leaf = data.draw(st.sampled_from(list(scores.index)))
        found = indicators.roll_up(table, scores.drop(leaf))
        assert {name for name, value in found.items() if np.isnan(value)} == {name for name in table["indicator"] if leaf in under(table, name)}

    @given(trees())
    def test_the_weights_of_the_paths_give_the_roots(self, drawn: tuple[pd.DataFrame, pd.Series]) -> None:
        table, scores = drawn
        product = indicators.path_weights(table) * scores
        found = indicators.roll_up(table, scores)
        for root in table.loc[table["parent"] == "", "indicator"]:
            assert product[under(table, root)].sum() == pytest.approx(found[root], abs=1e-9)

    @settings(max_examples=40)
    @given(trees())
    def test_filled_in_equal_parts_nothing_changes_and_by_leaves_every_goal_weighs_the_same(self, drawn: tuple[pd.DataFrame, pd.Series]) -> None:
        table, scores = drawn
        plain = indicators.roll_up(table, scores)
        pd.testing.assert_series_equal(indicators.roll_up(indicators.filled(table, "equal"), scores), plain, atol=1e-9)
        blank = table.assign(weight=np.nan)
        found = indicators.roll_up(indicators.filled(blank, "by_leaves"), scores)
        for name in table["indicator"]:
            assert found[name] == pytest.approx(scores[under(table, name)].mean(), abs=1e-9)


class TestStructure:
    def test_two_cycles_are_two_faults_and_what_hangs_on_them_is_none(self) -> None:
        rows = [("a", "b", None), ("b", "a", None), ("c", "d", None), ("d", "c", None), ("e", "d", None)]
        with pytest.raises(ValueError, match="cycle") as caught:
            indicators.roll_up(tree_of(*rows), pd.Series(dtype=float))
        assert str(caught.value).count("cycle") == 2


class TestCompletion:
    def measured(self, direction: str, target: float, result: float, cap: float = 100) -> float:
        table = small_bureau()
        table.loc[table["indicator"] == "B11", ["direction", "target"]] = [direction, target]
        return float(reached({"B11": {"result": result}}, table, cap).set_index("indicator").at["B11", "completion"])

    @pytest.mark.parametrize(
        ("direction", "target", "result", "expected"),
        [
            ("up", 40, 30, 75),
            ("up", 40, 40, 100),
            ("up", 40, 44, 100),  # 110, capped
            ("up", 40, 0, 0),
            ("up", 40, -8, 0),
            ("down", 20, 25, 80),
            ("down", 20, 20, 100),
            ("down", 20, 16, 100),  # 125, capped
            ("down", 20, 0, 100),  # nothing is better than none
            ("down", 20, -3, 100),
            ("up", 0, 5, np.nan),
            ("down", 0, 0, np.nan),
            ("", 40, 30, np.nan),
        ],
    )
    def test_result_against_target(self, direction: str, target: float, result: float, expected: float) -> None:
        assert self.measured(direction, target, result) == pytest.approx(expected, nan_ok=True)

    def test_the_cap_is_an_argument(self) -> None:
        assert self.measured("up", 40, 44, cap=120) == pytest.approx(110)
        assert self.measured("down", 20, 0, cap=120) == 120

    @pytest.mark.parametrize(
        ("verified", "expected"),
        [
            ("verified", {"B11": (90, "verified_score"), "B12": (80, "measured"), "A21": (70, "given"), "A22": (60, "self_score")}),
            ("verified_only", {"B11": (90, "verified_score"), "B12": (80, "measured"), "A21": (70, "given"), "A22": (None, "")}),
            ("self", {"B11": (99, "self_score"), "B12": (80, "measured"), "A21": (70, "given"), "A22": (60, "self_score")}),
        ],
    )
    def test_which_number_counts(self, verified: indicators.Verified, expected: dict[str, tuple[float | None, str]]) -> None:
        rows = {
            "B11": {"result": 95, "self_score": 99, "verified_score": 90},
            "B12": {"result": 25, "completion": 85},
            "A21": {"completion": 70},
            "A22": {"self_score": 60},
        }
        found = reached(rows, small_bureau(), verified=verified).set_index("indicator")
        for name, (value, source) in expected.items():
            assert found.at[name, "source"] == source
            assert found.at[name, "completion"] == pytest.approx(np.nan if value is None else value, nan_ok=True)
        assert found.at["B11", "difference"] == -9
        assert found.at["B12", "given"] == 85

    def test_one_row_a_leaf_and_no_more_than_one_result_each(self) -> None:
        table = small_bureau()
        assert list(reached({}, table)["indicator"]) == ["B11", "B12", "B21", "A11", "A21", "A22"]
        twice = pd.concat([results_of({"B11": {"result": 1}}), results_of({"B11": {"result": 2}})])
        with pytest.raises(ValueError, match="B11"):
            indicators.completion(twice, table, cap=100, verified="verified")

    def test_what_stands_beside_each_other_and_what_is_open(self) -> None:
        rows = {
            **YEAR,
            "B11": {"result": 95, "completion": 97},
            "B21": {"result": 110, "completion": 100},  # capped, so the same
            "B12": {"result": 30, "completion": 66.67},  # 20 ÷ 30: the same at two decimals
            "A21": {"result": 5},
            "B2": {"progress": 100},
        }
        del rows["A11"]
        table = small_bureau()
        found = indicators.questions(reached(rows, table), made_of(rows, table), decimals=2)
        assert kinds(found) == [
            ("no_completion", "A11"), ("not_measurable", "A21"), ("completion_differs", "B11"), ("unverified", "A22"), ("innovation_missing", "B2"),
        ]  # fmt: skip
        assert found[2].values["measured"] == 95
        assert found[2].values["given"] == 97
        assert found[2].values["source"] == "measured"
        both = reached({"A22": {"self_score": 60, "verified_score": 60}}, table, verified="self")
        assert ("unverified", "A22") not in kinds(indicators.questions(both, made_of(YEAR, table), decimals=2))
        (differ,) = [fault for fault in indicators.questions(reached(YEAR, table), made_of(YEAR, table), decimals=2) if fault.kind == "scores_differ"]
        assert (differ.indicator, differ.values["difference"], differ.values["source"]) == ("A11", -5, "verified_score")

    def test_results_that_would_count_nowhere(self) -> None:
        rows = {"X": {"result": 1}, "B1": {"completion": 50, "progress": 80}, "B11": {"result": 95, "innovation": 5}, "A1": {"progress": 7}}
        found = indicators.misplaced(results_of(rows), small_bureau(), shares=SHARES)
        assert {(fault.kind, fault.indicator, fault.values["column"]) for fault in found} == {
            ("unknown_indicator", "X", "indicator"),
            ("not_a_leaf", "B1", "completion"),
            ("not_graded", "B11", "innovation"),
            ("not_graded", "A1", "progress"),
        }


class TestScores:
    def test_ninety_five_five_at_the_first_level(self) -> None:
        # B1: completion (95 + 80) ÷ 2 = 87.5; .9 × 87.5 + .05 × 80 + .05 × 60 = 85.75. B2: .9 × 100 + 5 + 2 = 97. A1, A2: completion alone.
        found = indicators.first_level_scores(made_of(YEAR, small_bureau()))
        assert found.to_dict() == pytest.approx({"B1": 85.75, "B2": 97, "A1": 90, "A2": 65})

    @pytest.mark.parametrize(
        ("missing", "expected"),
        [
            ("none", np.nan),
            ("zero", 87.5 * 0.9 + 80 * 0.05),  # 82.75
            ("reweight", (87.5 * 0.9 + 80 * 0.05) / 0.95),  # 87.105…
        ],
    )
    def test_a_missing_grade(self, missing: indicators.Missing, expected: float) -> None:
        rows = {**YEAR, "B1": {"progress": 80}}
        found = made_of(rows, small_bureau(), missing)
        assert indicators.first_level_scores(found)["B1"] == pytest.approx(expected, nan_ok=True)
        assert indicators.first_level_scores(found)["B2"] == pytest.approx(97)
        open_ = indicators.questions(reached(rows, small_bureau()), found, decimals=2)
        assert (("innovation_missing", "B1") in kinds(open_)) == (missing == "none")

    @pytest.mark.parametrize("missing", ["none", "zero", "reweight"])
    def test_a_missing_completion_is_never_reweighted(self, missing: indicators.Missing) -> None:
        rows = {name: own for name, own in YEAR.items() if name != "B12"}
        found = indicators.first_level_scores(made_of(rows, small_bureau(), missing))
        assert found.isna().to_dict() == {"B1": True, "B2": False, "A1": False, "A2": False}
        assert len(bureau_lines(rows, small_bureau(), missing)) == 0

    def test_both_grades_missing_leave_completion_alone_when_reweighted(self) -> None:
        rows = {**YEAR, "B1": {}}
        assert indicators.first_level_scores(made_of(rows, small_bureau(), "reweight"))["B1"] == pytest.approx(87.5)

    def test_parts(self) -> None:
        # .6 × 85.75 + .4 × 97 = 90.25; (90 + 65) ÷ 2 = 77.5
        table = small_bureau()
        found = indicators.part_scores(table, reached(YEAR, table), made_of(YEAR, table))
        assert found.to_dict() == pytest.approx({B: 90.25, A: 77.5})

    def test_the_bureau_at_sixty_and_forty(self) -> None:
        lines = bureau_lines(YEAR, small_bureau())
        assert ledger.published(lines, 2, "2023", ["局"])[0] == 85.15  # .6 × 90.25 + .4 × 77.5
        assert lines["value"].sum() == pytest.approx(85.15, abs=1e-9)
        frame = lines.frame()
        capped = frame[frame["note"] == "cap"]
        assert (capped["item"].to_list(), capped["raw"].to_list()) == (["B21"], [pytest.approx(-10)])
        assert capped["value"].to_list() == pytest.approx([-10 * 0.6 * 0.4 * 0.9])
        grade = frame[(frame["item"] == "B1") & (frame["note"] == "progress")].iloc[0]
        assert (grade["raw"], grade["weight"], grade["value"]) == (80, pytest.approx(0.6 * 0.6 * 0.05), pytest.approx(1.44))
        assert not frame.duplicated(["item", "note"]).any()

    def test_each_line_names_what_it_rests_on(self) -> None:
        frame = bureau_lines({**YEAR, "B12": {"result": 0}}, small_bureau()).frame().set_index(["item", "note"])["rules"]
        rule = "components.indicators."
        assert frame["B11", "completion"] == f"{rule}parts;{rule}shares"
        assert frame["B12", "completion"] == f"{rule}parts;{rule}shares;{rule}cap"  # a result of 0 has no ratio but the cap
        assert frame["B21", "cap"] == f"{rule}cap"
        assert frame["A11", "completion"] == f"{rule}parts;{rule}siblings;{rule}shares;{rule}verified"
        assert frame["B1", "progress"] == f"{rule}parts;{rule}shares"

    @pytest.mark.parametrize(
        ("missing", "cited"), [("zero", [("B1", "innovation")]), ("reweight", [("B1", "progress"), ("B11", "completion"), ("B12", "completion")])]
    )
    def test_a_reading_of_missing_grades_is_cited_where_it_was_used(self, missing: indicators.Missing, cited: list[tuple[str, str]]) -> None:
        lines = bureau_lines({**YEAR, "B1": {"progress": 80}}, small_bureau(), missing)
        frame = lines.frame()
        used = frame[frame["rules"].str.contains("components.indicators.missing", regex=False)]
        assert sorted(zip(used["item"], used["note"], strict=True)) == cited
        expected = {"zero": 0.6 * (0.6 * 82.75 + 0.4 * 97) + 31, "reweight": 0.6 * (0.6 * 82.75 / 0.95 + 0.4 * 97) + 31}[missing]
        assert ledger.published(lines, 2, "2023", ["局"])[0] == pytest.approx(round(expected, 2))

    def test_a_verified_score_is_no_capped_measurement(self) -> None:
        lines = division_lines({**YEAR, "B21": {"result": 110, "verified_score": 90}}, small_bureau()).frame()
        own = lines[lines["item"] == "B21"]
        assert (own["note"].to_list(), own["raw"].to_list()) == (["completion"], [90])

    def test_a_part_graded_without_completion_still_waits_for_it(self) -> None:
        shares = {**SHARES, A: {"progress": 1.0}}
        rows = {**YEAR, "A1": {"progress": 50}, "A2": {"progress": 70}}
        table = small_bureau()
        made = made_of(rows, table, shares=shares)
        lines = indicators.bureau_score(table, reached(rows, table), made, period="2023", subject="局", parts=PARTS, decimals=2)
        assert ledger.published(lines, 2, "2023", ["局"])[0] == 78.15  # .6 × 90.25 + .4 × 60
        del rows["A22"]
        assert indicators.first_level_scores(made_of(rows, table, shares=shares)).isna().to_dict() == {"B1": False, "B2": False, "A1": False, "A2": True}

    def test_divisions_are_their_own_goals_rescaled(self) -> None:
        # 甲: B11 .6 × .6 × .5 = .18, A11 .4 × .5 = .2: (.18 × 95 + .2 × 90) ÷ .38 = 92.368…
        # 乙: B12 .18, B21 .24, A21 .4 × .5 × .5 = .1: (.18 × 80 + .24 × 100 + .1 × 70) ÷ .52 = 87.307…; 丙: A22 alone.
        lines = division_lines(YEAR, small_bureau())
        assert ledger.published(lines, 2, "2023", ["甲", "乙", "丙"]).tolist() == [92.37, 87.31, 60]
        sums = lines.frame().groupby("subject")["value"].sum()
        assert sums.to_dict() == pytest.approx({"甲": 92.37, "乙": 87.31, "丙": 60})
        goals = lines.frame()[lines["note"] == "completion"]
        assert goals.groupby("subject")["weight"].sum().to_list() == pytest.approx([1, 1, 1])

    def test_a_division_with_all_goals_has_the_bureau_s_score_but_for_progress_and_innovation(self) -> None:
        table = small_bureau()
        table.loc[table["division"] != "", "division"] = "甲"
        assert ledger.published(division_lines(YEAR, table), 2, "2023", ["甲"])[0] == 86.5  # .6 × (.6 × 87.5 + .4 × 100) + .4 × 77.5
        made = made_of(YEAR, table, shares={})
        lines = indicators.bureau_score(table, reached(YEAR, table), made, period="2023", subject="局", parts=PARTS, decimals=2)
        assert ledger.published(lines, 2, "2023", ["局"])[0] == 86.5

    def test_parts_of_one_weight_leave_the_weights_within_the_parts(self) -> None:
        # 甲: (.3 × 95 + .5 × 90) ÷ .8 = 91.875
        assert ledger.published(division_lines(YEAR, small_bureau(), {B: 1, A: 1}), 2, "2023", ["甲"])[0] == 91.88

    def test_an_open_goal_leaves_its_division_open_and_no_other(self) -> None:
        rows = {name: own for name, own in YEAR.items() if name != "A21"}
        found = ledger.published(division_lines(rows, small_bureau()), 2, "2023", ["甲", "乙", "丙"])
        assert np.isnan(found).tolist() == [False, True, False]
        assert len(bureau_lines(rows, small_bureau())) == 0

    def test_parts_without_a_weight_are_refused(self) -> None:
        with pytest.raises(ValueError, match=A):
            division_lines(YEAR, small_bureau(), {B: 1.0})
        with pytest.raises(ValueError, match="群众评议"):
            division_lines(YEAR, small_bureau(), {**PARTS, "群众评议": 0.0})

    def test_goals_by_number_instead_of_equal_parts(self) -> None:
        table = small_bureau()
        table.loc[table["part"] == B, "weight"] = np.nan
        by_leaves = indicators.filled(table, "by_leaves")
        assert by_leaves.set_index("indicator")["weight"][["B1", "B2", "A1", "A2"]].to_list() == pytest.approx([2 / 3, 1 / 3, 1 / 3, 2 / 3])
        lines = indicators.division_scores(by_leaves, reached(YEAR, table), period="2023", parts=PARTS, decimals=2)
        # 甲: B11 .6 ÷ 3, A11 .4 ÷ 3: (.6 × 95 + .4 × 90) ÷ 1 = 93
        assert ledger.published(lines, 2, "2023", ["甲"])[0] == 93
        assert all("components.indicators.siblings" in rules for rules in lines["rules"][lines["note"] == "completion"])

    @settings(max_examples=25)
    @given(st.lists(st.integers(0, 10_000).map(lambda cents: cents / 100), min_size=6, max_size=6), st.randoms())
    def test_the_lines_sum_to_what_is_published_whatever_the_order(self, scores: list[float], random: Random) -> None:
        table = small_bureau()
        leaves = ("B11", "B12", "B21", "A11", "A21", "A22")
        rows = {"B1": YEAR["B1"], "B2": YEAR["B2"], **{name: {"verified_score": score} for name, score in zip(leaves, scores, strict=True)}}
        order = list(table.index)
        random.shuffle(order)
        for found in (table, table.loc[order]):
            lines = ledger.joined([bureau_lines(rows, found), division_lines(rows, found)])
            subjects = ["局", "甲", "乙", "丙"]
            published = ledger.published(lines, 2, "2023", subjects)
            sums = lines.frame().groupby("subject")["value"].sum()
            assert sums[subjects].to_list() == pytest.approx(published.tolist(), abs=1e-9)
            b, a = (scores[0] + scores[1]) / 2, (scores[4] + scores[5]) / 2
            exact = 0.6 * (0.6 * (0.9 * b + 7) + 0.4 * (0.9 * scores[2] + 7)) + 0.4 * (scores[3] + a) / 2
            assert published[0] == pytest.approx(exact, abs=0.005 + 1e-9)


class TestInTheCourseOfTheYear:
    @pytest.mark.parametrize(
        ("period", "expected"),
        [("2023-Q1", 1), ("2023-05", 1), ("2023-06", 3), ("2023-H1", 3), ("2023-Q3", 3), ("2023", 4), ("2023-02", None), ("2022", 0), ("2024-Q1", None)],
    )
    def test_the_last_result_reported(self, period: str, expected: float | None) -> None:
        given_ = {"2022": 0, "2023-Q1": 1, "2023-Q2": 2, "2023-H1": 3, "2023": 4}
        results = pd.concat([results_of({"B11": {"result": value}}, when) for when, value in reversed(given_.items())], ignore_index=True)
        found = indicators.as_of(results, period, bounds([*given_, period]))
        assert found["result"].to_list() == ([] if expected is None else [expected])

    def test_each_indicator_has_its_own_last_row_and_takes_it_whole(self) -> None:
        results = pd.concat(
            [
                results_of({"B11": {"result": 1, "verified_score": 90}, "B12": {"result": 2}}, "2023-Q1"),
                results_of({"B11": {"result": 5}}, "2023-Q2"),
            ],
            ignore_index=True,
        )
        found = indicators.as_of(results, "2023-H1", bounds(["2023-Q1", "2023-Q2", "2023-H1"])).set_index("indicator")
        assert found["result"].to_dict() == {"B11": 5, "B12": 2}
        assert np.isnan(found.at["B11", "verified_score"])  # the check of an earlier result says nothing about this one

    def test_a_period_without_a_span_is_refused(self) -> None:
        with pytest.raises(ValueError, match="2023-Q1"):
            indicators.as_of(results_of({"B11": {"result": 1}}, "2023-Q1"), "2023", bounds(["2023"]))

    @pytest.mark.parametrize(
        ("period", "first", "last"),
        [
            ("2023", "2023-01-01", "2023-12-31"),
            ("2023-H1", "2023-01-01", "2023-06-30"),
            ("2023-H2", "2023-07-01", "2023-12-31"),
            ("2024-Q1", "2024-01-01", "2024-03-31"),
            ("2024-02", "2024-02-01", "2024-02-29"),
        ],
    )
    def test_first_and_last_day_of_any_period(self, period: str, first: str, last: str) -> None:
        found = bounds([period])
        assert (found["start"][0], found["end"][0]) == (pd.Timestamp(first), pd.Timestamp(last))

    def late(self, due: str | None, on: str, done: float | None) -> pd.Series:
        table = small_bureau()
        table.loc[table["indicator"] == "B11", "due"] = pd.Timestamp(due) if due else pd.NaT
        rows = {} if done is None else {"B11": {"completion": done}}
        found = indicators.behind(table, reached(rows, table), start=START, on=pd.Timestamp(on))
        return found.set_index("indicator").loc["B11"]

    @pytest.mark.parametrize(
        ("due", "on", "done", "elapsed", "behind", "overdue"),
        [
            ("2023-06-30", "2023-03-31", 40, 90 / 181, 900 / 18.1 - 40, False),  # 31 + 28 + 31 of 181 days
            ("2023-12-31", "2023-06-30", 60, 181 / 365, 18100 / 365 - 60, False),  # ahead
            ("2023-06-30", "2023-06-30", 70, 1, 30, False),  # the last day still counts
            ("2023-06-30", "2023-07-01", 70, 1, 30, True),
            ("2023-06-30", "2023-07-01", 100, 1, 0, False),
            ("2023-06-30", "2023-07-01", None, 1, np.nan, True),  # nothing shows that it was reached
            ("2023-06-30", "2022-12-31", 0, 0, 0, False),
            ("2022-12-31", "2022-12-30", 0, 0, 0, False),  # due before the start
            ("2022-12-31", "2023-01-01", 0, 1, 100, True),
            (None, "2023-07-01", 50, np.nan, np.nan, False),
        ],
    )
    def test_behind_the_time_passed(self, due: str | None, on: str, done: float | None, elapsed: float, behind: float, overdue: bool) -> None:
        found = self.late(due, on, done)
        assert (found["elapsed"], found["behind"]) == (pytest.approx(elapsed, nan_ok=True), pytest.approx(behind, nan_ok=True))
        assert bool(found["overdue"]) == overdue
        assert (found["division"], found["person"]) == ("甲", "甲长")


class TestTownship:
    def test_a_title_in_both_parts_may_be_counted_twice(self) -> None:
        quantitative = ("经济发展水平", "和谐社会构建", "城乡进度", "自身建设")
        social = ("贯彻落实上级决策", "维护群众利益", "自身 建设")
        rows = [node("Q", "量化评估", ""), node("S", "社会评估", "")]
        rows += [goal(f"Q{number}", "量化评估", "Q", "甲") | {"title": title} for number, title in enumerate(quantitative)]
        rows += [goal(f"S{number}", "社会评估", "S", "甲") | {"title": title} for number, title in enumerate(social)]
        table = pd.DataFrame(rows).astype({"due": "datetime64[s]"})
        (fault,) = indicators.doubled(table)
        assert (fault.kind, fault.values["title"]) == ("counted_twice", "自身建设")
        assert (fault.values["parts"], fault.values["indicators"]) == (("量化评估", "社会评估"), ("Q3", "S2"))

    def test_a_title_twice_in_one_part_is_not_such_a_case(self) -> None:
        table = small_bureau()
        table["title"] = table["part"]
        assert indicators.doubled(table) == []
