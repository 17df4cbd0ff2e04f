"""Schemes that differ from the plan in a few values, alone and drawn at random."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from perfkit import compare, load_scheme
from perfkit.scheme import Scheme
from perfkit.whatif import Comparison
from tests.conftest import SCHEME, Bureau

MONTHS, APPRAISAL = "components.monthly_plan.weight", "components.appraisal.weight"
METHOD, BANDS = "tiers.method", "tiers.bands"
SHARES, FACTORS, OWN = "tiers.shares", "tiers.coefficients", "payouts.personal_coefficients"


@cache
def plan() -> Scheme:
    """The shipped scheme."""
    return load_scheme(SCHEME)


# Other values of parameters that the plan lists no reading for. Some are no scheme one without the other: the two weights,
# and tiers in another order without their bands of score.
VALUES: dict[str, list[Any]] = {
    MONTHS: [0.7, 0.5],
    APPRAISAL: [0.3, 0.5],
    "components.monthly_plan.unexcused_loss": [0.25, 1.0],
    "components.appraisal.points": [{"优秀": 100, "良好": 60, "一般": 90, "较差": 20}],
    SHARES: [{"A": 0.25, "B": 0.6, "C": 0.15}, {"A": 0.6, "B": 0.2, "C": 0.2}, {"C": 0.2, "B": 0.5, "A": 0.3}],
    METHOD: ["bands"],
    BANDS: [{"A": 90, "B": 80}, {"C": 96, "B": 91}],
    FACTORS: [{"A": 1.15, "B": 1.0, "C": 0.9}, {"A": 2, "B": 1.0, "C": 0.5}],
    OWN: [{"excellent": 1.4, "competent": 1.0, "basic": 0.5, "incompetent": 0}],
    "hours.standard_share": [0.9, 0.5],
    "personal.weights": [{"hours": 0.5, "democratic": 0.5}],
    "personal.head": [{"organisation": 0.5, "personal": 0.5}],
    "excellent.shares": [{"A": 1, "B": 0.5, "C": 0}],
    "exclusion.months": [2, 6],
    "rounding.score_decimals": [0, 1],
    "rounding.money_decimals": [0],
}
CHOICES: list[tuple[str, Any]] = [
    *((path, value) for path, values in VALUES.items() for value in values),
    *((path, other) for path, each in plan().parameters.items() for other in each.alternatives),
]


def overlays(least: int = 1, most: int = 3) -> st.SearchStrategy[dict[str, Any]]:
    """Parameter path → another value; now and then both weights, which only go together."""
    some = st.lists(st.sampled_from(CHOICES), min_size=least, max_size=most, unique_by=lambda choice: choice[0]).map(dict)
    weights = st.sampled_from([{}, {}, {MONTHS: 0.7, APPRAISAL: 0.3}])
    return st.tuples(some, weights).map(lambda both: dict(list({**both[1], **both[0]}.items())[:most]))


def compared(bureau: Bureau, changes: Mapping[str, Any], period: str = "2023") -> Comparison:
    """The bureau under the plan and under changed values."""
    result = bureau.assess(period)
    return compare(result, result.scheme.changed(changes))


def rows(table: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """A table's columns as plain rows; blanks are None."""
    cells = table[list(columns)].astype(object)
    return list(cells.where(cells.notna(), None).itertuples(index=False, name=None))


def row(table: pd.DataFrame, **wanted: Any) -> dict[str, Any]:
    """The one row whose cells are as wanted; blanks are None."""
    for column, cell in wanted.items():
        table = table[table[column] == cell]
    assert len(table) == 1, wanted
    return dict(zip(table, rows(table, *table)[0], strict=True))
