"""The sample year against its own description: scores worked out in exact fractions by data/planning-bureau/make_sample.py."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from perfkit import assess, load_records, load_scheme
from perfkit.assessment import Assessment
from tests.conftest import SAMPLE, SCHEME

# rank, division, score, tier, coefficient, advanced: see the README beside the records
EXPECTED = [
    (1, "市政规划处", 98.68, "A", 1.2, False),  # vetoed
    (2, "规划管理处", 94.16, "A", 1.2, True),  # tied, more hours
    (2, "政策法规处", 94.16, "B", 1.0, False),
    (4, "办公室", 92.17, "B", 1.0, False),
    (5, "工程规划处", 91.12, "B", 1.0, False),
    (6, "监察室", 86.97, "B", 1.0, False),
    (7, "用地规划处", 86.67, "C", 0.8, False),
    (8, "村镇规划处", 82.05, "C", 0.8, False),
]


@pytest.fixture(scope="module")
def sample() -> Assessment:
    return assess(load_scheme(SCHEME), load_records(SAMPLE), "2023")


def test_the_divisions(sample: Assessment) -> None:
    columns = ["rank", "division", "score", "tier", "coefficient", "advanced"]
    found = sample.divisions.sort_values(["rank", "tier"])[columns].itertuples(index=False, name=None)
    assert [tuple(row) for row in found] == EXPECTED
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
    assert not set(sample.payouts["staff"]) & {"P001", "P019", "P054"}


def test_leaders(sample: Assessment) -> None:
    found = dict(zip(sample.leaders["leader"], sample.leaders["coefficient"], strict=True))
    assert found == {"P002": pytest.approx((1.2 + 0.8 + 0.8) / 3), "P003": pytest.approx((1.0 + 1.2 + 1.0) / 3), "P004": pytest.approx(1.0)}


def test_a_month_agrees_with_the_year(sample: Assessment) -> None:
    month = assess(sample.scheme, sample.records, "2023-06")
    assert month.divisions["score"].to_list() == sample.division_months.query("period == '2023-06'")["score"].to_list()
    year = sample.payouts[sample.payouts["period"] == "2023-06"].set_index(["staff", "kind"])["amount"]
    assert month.payouts.set_index(["staff", "kind"])["amount"].sort_index().to_dict() == year.sort_index().to_dict()


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

    assert len(prints(tmp_path)) == 15
    assert prints(tmp_path) == prints(SAMPLE)
