"""The benchmark's two programs agree to the cent, on records of the kind that files give."""

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.assess_year import by_perfkit, differences
from benchmarks.large_bureau import large_bureau
from benchmarks.plain_pandas import assess_year
from perfkit import assess, load_records, load_scheme
from perfkit.records import TABLES, Records
from tests.conftest import SCHEME


@pytest.fixture(scope="module")
def drawn() -> Records:
    return large_bureau(divisions=12, people=120)


def test_perfkit_and_the_plain_script_agree_on_everything_published(drawn: Records) -> None:
    scheme = load_scheme(SCHEME)
    assert differences(by_perfkit(scheme, drawn), assess_year(scheme, drawn)) == []


def test_a_difference_is_named(drawn: Records) -> None:
    tables = by_perfkit(load_scheme(SCHEME), drawn)
    payouts = tables["payouts"].copy()
    payouts.loc[0, "amount"] += 0.01
    (found,) = differences(tables, {**tables, "payouts": payouts})
    assert str(payouts.loc[0, "staff"]) in found


def test_the_drawn_tables_are_those_their_files_would_give(drawn: Records, tmp_path: Path) -> None:
    for table in drawn.files:
        drawn[table].to_csv(tmp_path / f"{table}.csv", index=False)
    read = load_records(tmp_path)
    for table in TABLES:
        pd.testing.assert_frame_equal(drawn[table], read[table])


def test_a_small_bureau_has_what_the_rules_treat_apart(drawn: Records) -> None:
    result = assess(load_scheme(SCHEME), drawn, "2023")
    assert set(result.open["question"]) >= {
        "hours_without_approver", "hours_outside_post", "completion_missing", "month_without_items", "exemption_incomplete", "rating_missing",
        "appraisal_missing", "adjustment_undecided", "veto_undecided", "excellent_waits",
    }  # fmt: skip
    assert set(result.staff["reason"]) == {"", "absence", "exemption", "director", "outside_divisions", "no_statutory_hours"}
    assert set(result.staff["rating"].dropna()) == {"excellent", "competent", "basic", "incompetent"}
    assert set(result.payouts["kind"]) == {"monthly_organisation", "monthly_standard", "monthly_competitive", "annual"}
