"""The sample year against its own description: scores worked out in exact fractions by data/planning-bureau/make_sample.py."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from perfkit import assess, load_records, load_scheme
from perfkit.assessment import Assessment
from tests.conftest import SAMPLE, SCHEME

# rank, division, score before and after the planted correction, tier, coefficient, advanced: see the README beside the records
EXPECTED = [
    (1, "市政规划处", (98.68, 98.68), "A", 1.2, False),  # vetoed
    (2, "规划管理处", (94.16, 94.16), "A", 1.2, True),  # tied, more hours
    (2, "政策法规处", (94.16, 94.16), "B", 1.0, False),
    (4, "办公室", (92.17, 92.17), "B", 1.0, False),
    (5, "工程规划处", (91.12, 91.12), "B", 1.0, False),
    (6, "监察室", (86.97, 86.97), "B", 1.0, False),
    (7, "用地规划处", (86.67, 86.67), "C", 0.8, False),
    (8, "村镇规划处", (82.05, 82.72), "C", 0.8, False),
]
# what the rules give after the correction, less what was paid: (period, staff, kind)
OWED = {
    **{(f"2023-0{month}", "P019", "monthly_standard"): -1100.0 for month in range(1, 7)},
    ("2023-05", "P003", "monthly_organisation"): -108.33,
    ("2023-05", "P024", "monthly_organisation"): -275.0,
    ("2023-05", "P025", "monthly_organisation"): -225.0,
    ("2023-09", "P002", "monthly_organisation"): 86.66,
    ("2023-09", "P040", "monthly_organisation"): 220.0,
    ("2023-09", "P041", "monthly_organisation"): 180.0,
    ("2023-09", "P034", "monthly_standard"): 1100.0,
    ("2023-09", "P034", "monthly_competitive"): 762.27,
}
NEW = {"goals": 33, "meetings": 12, "measures": 13, "payments": 1458, "appeals": 3, "corrections": 1, "recusals": 2, "sign_off": 0}


@pytest.fixture(scope="module")
def sample() -> Assessment:
    return assess(load_scheme(SCHEME), load_records(SAMPLE), "2023")


@pytest.fixture(scope="module")
def uncorrected(sample: Assessment) -> Assessment:
    """The year as it was before the decided correction."""
    return assess(sample.scheme, sample.records.uncorrected, "2023")


def expected(after: bool) -> list[tuple[object, ...]]:
    return [(rank, division, scores[after], *rest) for rank, division, scores, *rest in EXPECTED]


def divisions_of(result: Assessment) -> list[tuple[object, ...]]:
    columns = ["rank", "division", "score", "tier", "coefficient", "advanced"]
    return [tuple(row) for row in result.divisions.sort_values(["rank", "tier"])[columns].itertuples(index=False, name=None)]


def test_the_divisions(sample: Assessment) -> None:
    assert divisions_of(sample) == expected(after=True)
    assert sample.open.empty


def test_the_head_of_the_vetoed_division_is_not_excellent(sample: Assessment) -> None:
    own = sample.staff[sample.staff["division"] == "市政规划处"].set_index("staff")
    (head,) = own.index[own["role"] == "head"]
    assert own.loc[head, "rank"] == 1
    assert own.loc[head, "rating"] == "competent"
    assert (own["rating"] == "excellent").sum() == 5  # floor of 70 % of 8: the head's place passed on


def test_exactly_the_standard_is_paid(sample: Assessment) -> None:
    """P043 in May: 117.6 of 168 hours, exactly 70 %."""
    months = sample.staff_months.set_index(["period", "staff"])
    assert months.loc[("2023-05", "P043"), "hours"] == pytest.approx(117.6)
    assert months.loc[("2023-05", "P043"), "statutory_hours"] == 168
    paid = sample.payouts.set_index(["period", "staff", "kind"])
    assert paid.loc[("2023-05", "P043", "monthly_standard"), "factor"] == 1
    assert paid.loc[("2023-05", "P043", "monthly_competitive"), "amount"] == 0


def test_who_is_left_out(sample: Assessment) -> None:
    reasons = sample.staff.loc[~sample.staff["included"], ["staff", "reason"]]
    assert dict(reasons.itertuples(index=False, name=None)) == {"P001": "director", "P019": "absence", "P054": "exemption"}
    earned = sample.payouts[sample.payouts["kind"] != "settlement"]
    assert not set(earned["staff"]) & {"P001", "P019", "P054"}


def test_leaders(sample: Assessment) -> None:
    found = dict(zip(sample.leaders["leader"], sample.leaders["coefficient"], strict=True))
    assert found == {"P002": pytest.approx((1.2 + 0.8 + 0.8) / 3), "P003": pytest.approx((1.0 + 1.2 + 1.0) / 3), "P004": pytest.approx(1.0)}


def test_a_month_agrees_with_the_year(sample: Assessment) -> None:
    month = assess(sample.scheme, sample.records, "2023-06")
    assert month.divisions["score"].to_list() == sample.division_months.query("period == '2023-06'")["score"].to_list()
    year = sample.payouts[sample.payouts["period"] == "2023-06"].set_index(["staff", "kind"])["amount"]
    assert month.payouts.set_index(["staff", "kind"])["amount"].sort_index().to_dict() == year.sort_index().to_dict()


def test_the_correction_moves_a_score_and_no_rank(sample: Assessment, uncorrected: Assessment) -> None:
    assert divisions_of(uncorrected) == expected(after=False)
    september = [year.division_months.set_index(["period", "division"])["score"]["2023-09", "村镇规划处"] for year in (uncorrected, sample)]
    assert september == [90, 100]
    people = ["staff", "rank", "rating", "coefficient"]
    pd.testing.assert_frame_equal(sample.staff[people], uncorrected.staff[people])
    moved = {(subject, measure): (before, after) for subject, measure, before, after in sample.moved().itertuples(index=False, name=None)}
    assert moved.pop(("村镇规划处", "score")) == (82.05, 82.72)
    assert moved.pop(("P040", "score")) == (83.79, 84.33)
    assert moved.pop(("P041", "score")) == (85.63, 85.76)
    assert {key: after for key, (_, after) in moved.items() if key[1] == "settlement"} == {
        ("P002", "settlement"): 86.66, ("P040", "settlement"): 220.0, ("P041", "settlement"): 180.0,
    }  # fmt: skip
    assert {key[1] for key in moved} == {"settlement", "monthly_organisation"}


def test_what_was_paid_and_what_is_due(sample: Assessment) -> None:
    """The payments, made without this project, are its own but for the planted differences."""
    detail = sample.settlement.set_index(["period", "staff", "kind"])["difference"]
    assert detail[detail != 0].to_dict() == OWED
    settled = sample.payouts[sample.payouts["kind"] == "settlement"].set_index("staff")["amount"]
    assert settled[settled != 0].to_dict() == {
        "P002": 86.66, "P003": -108.33, "P019": -6600.0, "P024": -275.0, "P025": -225.0, "P034": 1862.27, "P040": 220.0, "P041": 180.0,
    }  # fmt: skip
    assert round(settled.sum(), 2) == -4859.40
    assert sample.checks["holds"].all()


def test_the_tables_of_the_year_round(sample: Assessment) -> None:
    records = sample.records
    assert {table: len(records[table]) for table in NEW} == NEW
    assert records["goals"].groupby("division").size().between(3, 5).all()
    assert set(records["goals"]["source"]) == {"city", "province", "party_group", "duty"}
    assert (records["goals"]["standard"] != "").all()
    assert records["vetoes"]["points"].to_list() == [6]
    hours = records["hours"]
    assert (hours["reviewed"] <= hours["declared"]).all()
    assert (hours["approved"].fillna(0) <= hours["reviewed"]).all()
    assert (hours["reviewed"] < hours["declared"]).sum() == 427


def test_the_meetings(sample: Assessment) -> None:
    """The 5th of the next month or the first workday after; August's, due on Tuesday 5 September, a day late."""
    held = sample.records["meetings"]["held_on"].dt.strftime("%Y-%m-%d").to_list()
    assert held == ["2023-02-06", "2023-03-06", "2023-04-06", "2023-05-05", "2023-06-05", "2023-07-05", "2023-08-07", "2023-09-06",
                    "2023-10-07", "2023-11-06", "2023-12-05", "2024-01-05"]  # fmt: skip


def test_the_measures(sample: Assessment) -> None:
    measures = sample.records["measures"].set_index("measure")
    assert measures.index[measures["done_on"] > measures["due"]].to_list() == ["GJ-05"]
    assert measures.index[measures["done_on"].isna()].to_list() == ["GJ-12"]
    posts = sample.records["postings"]
    leaders = posts[posts["role"] == "leader"].set_index("division")["staff"]
    heads = posts[posts["role"] == "head"].set_index("division")["staff"]
    homes = posts[posts["role"] == "member"].groupby("staff")["division"].last()
    for subject, owner in measures[["subject", "owner"]].itertuples(index=False, name=None):
        assert owner == (leaders[subject] if subject in leaders else heads[homes[subject]])
    assert {"用地规划处", "村镇规划处", "P021", "P029", "P045"} <= set(measures["subject"])
    scores = sample.division_months.set_index(["period", "division"])["score"]
    told = measures.loc["GJ-11", "effect"]
    assert told == f"10月{scores['2023-10', '用地规划处']:g}分，11月{scores['2023-11', '用地规划处']:g}分" == "10月82.5分，11月92.5分"


def test_appeals_corrections_and_recusals(sample: Assessment) -> None:
    appeals = sample.records["appeals"]
    assert appeals[["appeal", "subject", "stage", "decision"]].to_numpy().tolist() == [
        ["SS-01", "P060", "leader", "rejected"], ["SS-02", "村镇规划处", "leader", "rejected"], ["SS-02", "村镇规划处", "office", "upheld"],
    ]  # fmt: skip
    dates = appeals.loc[appeals["appeal"] == "SS-02", ["filed_on", "decided_on"]].to_numpy().ravel().tolist()
    assert dates == sorted(dates)
    (correction,) = sample.records["corrections"].itertuples(index=False)
    assert correction.decided_on > appeals.loc[appeals["appeal"] == "SS-02", "decided_on"].max()
    adjustments = sample.records["adjustments"].set_index("adjustment")
    recusals = sample.records["recusals"].set_index("matter")
    assert sorted(recusals.index) == sorted(adjustments.index[adjustments["division"] == "办公室"]) == ["ADJ-002", "ADJ-015"]
    assert set(recusals["recused"]) == {"P047"}
    assert set(recusals["replaced_by"]) == {"P003"}
    assert (recusals["on"] <= adjustments.loc[recusals.index, "decided_on"]).all()


def test_every_line_rests_on_a_rule_of_the_scheme(sample: Assessment) -> None:
    known = set(sample.scheme.parameters)
    paths = {rule for rules in sample.ledger["rules"] for rule in rules.split(";")}
    assert paths <= known
    assert "" not in paths


def test_the_records_are_what_their_script_makes(tmp_path: Path) -> None:
    shutil.copy(SAMPLE / "make_sample.py", tmp_path)
    done = subprocess.run([sys.executable, "make_sample.py"], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr

    def prints(folder: Path) -> dict[str, str]:
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.glob("*.csv")}

    assert len(prints(tmp_path)) == 23
    assert prints(tmp_path) == prints(SAMPLE)
