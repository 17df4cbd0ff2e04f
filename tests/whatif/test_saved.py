"""Scenario files: written whole, read back the same, never in the place of another without a word."""

import shutil
from pathlib import Path

import pytest

from perfkit import SchemeError, assess, load_scheme
from perfkit.problems import UsageError
from perfkit.records import Records
from perfkit.scheme import Scheme
from perfkit.whatif import compare
from perfkit.whatif.live import Beside
from perfkit.whatif.saved import FOLDER, read_scenario, save_scenario, scenario_path, scenarios
from tests.conftest import PROJECT, SCHEME

CHANGES = {
    "tiers.shares": {"A": 0.375, "B": 0.5, "C": 0.125}, "tiers.rounding": "floor", "payouts.leader_decimals": 2, "hours.leave_reduces": False,
    "tiers.tie_break": ["deductions"], "tiers.coefficients": {"A": 1.3, "B": 1.0, "C": 0.7}, "payouts.organisation_bands": [{"score": 0.0, "pays": 1.0}],
}  # fmt: skip


@pytest.fixture
def plan() -> Scheme:
    return load_scheme(SCHEME)


def test_a_scenario_reads_back_as_it_was_saved(plan: Scheme, tmp_path: Path) -> None:
    path = save_scenario(tmp_path, plan, CHANGES, "下年-草案", "张三", "试一试：“口径”#1")
    assert path == tmp_path / FOLDER / "下年-草案.yaml"
    assert read_scenario(path, plan) == CHANGES
    assert load_scheme(SCHEME, overlay=path).parameters["tiers.rounding"].why == "试一试：“口径”#1"
    (found,) = scenarios(tmp_path, plan)
    assert (found.name, found.author, found.why, found.title) == ("下年-草案", "张三", "试一试：“口径”#1", "")


def test_an_empty_scenario_is_the_plan(plan: Scheme, tmp_path: Path) -> None:
    assert read_scenario(save_scenario(tmp_path, plan, {}, "空", "张三", "原样"), plan) == {}


def test_a_file_that_is_there_is_replaced_only_when_told(plan: Scheme, tmp_path: Path) -> None:
    path = save_scenario(tmp_path, plan, CHANGES, "x", "张三", "一")
    before = path.read_bytes()
    with pytest.raises(UsageError, match="覆盖"):
        save_scenario(tmp_path, plan, {}, "x", "李四", "二")
    assert path.read_bytes() == before
    save_scenario(tmp_path, plan, {}, "x", "李四", "二", replace=True)
    assert read_scenario(path, plan) == {}


@pytest.mark.parametrize("name", ["", "a/b", "..", "../x", "con", "LPT1", "a b", "-x", ".x", "x" * 41, "a\\b", "a:b"])
def test_names_that_some_system_does_not_take_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        scenario_path(tmp_path, name)


@pytest.mark.parametrize(("author", "why"), [("", "x"), ("x", " ")])
def test_author_and_reason_are_asked_for(plan: Scheme, tmp_path: Path, author: str, why: str) -> None:
    with pytest.raises(UsageError):
        save_scenario(tmp_path, plan, {}, "x", author, why)
    assert not list(tmp_path.rglob("*"))


def test_what_is_no_scheme_is_not_written(plan: Scheme, tmp_path: Path) -> None:
    with pytest.raises(SchemeError):
        save_scenario(tmp_path, plan, {"tiers.shares": {"A": 1.0, "B": 0.5, "C": 0.0}}, "x", "张三", "一")
    assert not list(tmp_path.rglob("*"))


def test_other_bureaus_and_broken_files_are_not_offered(plan: Scheme, tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir(parents=True)
    (folder / "other.yaml").write_text("base: water-bureau\nauthor: x\nwhy: y\nset: {}\n", encoding="utf-8")
    (folder / "broken.yaml").write_text("base: [planning-bureau\n", encoding="utf-8")
    assert scenarios(tmp_path, plan) == []


@pytest.mark.parametrize("file", sorted((PROJECT / FOLDER).glob("*.yaml")), ids=lambda file: file.stem)
def test_every_shipped_scenario_is_a_scheme_with_a_title(file: Path, tmp_path: Path) -> None:
    shutil.copytree(PROJECT / FOLDER, tmp_path / FOLDER)
    plan = load_scheme(SCHEME)
    found = {each.name: each for each in scenarios(tmp_path, plan)}
    assert found[file.stem].label("zh") != file.stem
    assert read_scenario(file, plan)


def test_the_live_rows_are_those_of_a_comparison(sample: Records) -> None:
    plan = load_scheme(SCHEME)
    result = assess(plan, sample, "2023")
    other = plan.changed({"tiers.shares": {"A": 0.5, "B": 0.4, "C": 0.1}, "tiers.coefficients": {"A": 1.5, "B": 1.0, "C": 0.5}})
    live, found = Beside(result).under(other), compare(result, other)
    for rows, table, key, grade in ((live.divisions, found.divisions, "division", "tier"), (live.people, found.staff, "staff", "rating")):
        assert [row.subject for row in rows] == table[key].tolist()
        for side, name in ((0, "before"), (1, "after")):
            assert [row.grade[side] for row in rows] == table[f"{grade}_{name}"].astype(object).fillna("").tolist()
            for column in ("score", "rank", "amount"):
                assert [getattr(row, column)[side] for row in rows] == pytest.approx(table[f"{column}_{name}"].tolist(), abs=1e-6, nan_ok=True)
    assert live.total == pytest.approx((found.cost["before"].sum(), found.cost["after"].sum()))
    assert live.open == len(found.scenarios[0].tables["open"])
