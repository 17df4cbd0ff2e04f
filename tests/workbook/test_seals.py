"""The log of inspections may only grow: a run notices what was changed since it was last published."""

import shutil
from pathlib import Path

import pytest

from perfkit import assess, load_records, load_scheme
from perfkit.assessment import Assessment
from perfkit.workbook import seals

ROOT = Path(__file__).parents[2]
SCHEME = load_scheme(ROOT / "params/water-bureau.yaml")


def assessed(folder: Path, period: str = "2023") -> Assessment:
    return assess(SCHEME, load_records(folder), period)


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """A copy of the sample's records, whose first half-year was published before: 14 visits, the last of them CF-14."""
    folder = Path(shutil.copytree(ROOT / "data/water-bureau", tmp_path / "records"))
    sealed = tmp_path / "published/results/2023-H1/inspection_log.csv"
    sealed.parent.mkdir(parents=True)
    table = assessed(folder, "2023-H1").beside[seals.LOG]
    assert list(table["inspection"]) == [f"CF-{number:02d}" for number in range(1, 15)]
    table.to_csv(sealed, index=False, encoding="utf-8-sig")
    return folder


def edited(folder: Path, old: str, new: str) -> None:
    """One text of the log replaced by another."""
    file = folder / "inspections.csv"
    text = file.read_text(encoding="utf-8-sig")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8-sig")


def test_a_log_that_only_grew_is_in_order(records: Path) -> None:
    assert seals.broken(assessed(records), records.parent / "published") == []


TWO, LOST = "一件来文超期三天办理", "CF-02,2023-02-06,covert,efficiency,办公室,一件来文超期三天办理,0.5,2023-02-08\n"


@pytest.mark.parametrize(("old", "new", "said"), [
    (TWO, "一件来文超期两天办理", "第3行“编号”：“CF-02”在上次发布以后被改动过。察访记录只能增加，不能改动。请改回原样；写错了的，另加一条说明。"),
    (LOST, "", "“编号”：“CF-02”在上次发布以后被删去了。察访记录只能增加。请把这一行补回来。"),
    ("CF-03,", "CF-99,2023-02-07,open,rules,办公室,,0,\nCF-03,", "第4行“编号”：“CF-99”插在了已经发布的记录前面。新的记录请加在最后一行之后。"),
])  # fmt: skip
def test_a_changed_removed_or_inserted_visit_is_named(records: Path, old: str, new: str, said: str) -> None:
    edited(records, old, new)
    found = [each.text() for each in seals.broken(assessed(records), records.parent / "published")]
    assert f"inspections.csv {said}" in found


def test_a_bureau_without_inspections_has_no_log(tmp_path: Path) -> None:
    result = assess(load_scheme(ROOT / "params/township.yaml"), load_records(ROOT / "data/township"), "2023")
    assert seals.broken(result, tmp_path) == []
