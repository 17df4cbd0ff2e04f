"""An assessment that was put by is found again for the same rules and records, and for no others."""

import shutil
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest

from perfkit import assess, load_records, load_scheme, opened
from perfkit.assessment import Assessment
from tests.conftest import SCHEME, Bureau

RECORDS = "data/planning-bureau"


@pytest.fixture(autouse=True)
def _nothing_put_by() -> Iterator[None]:
    before = [*opened._kept]
    opened._kept.clear()
    yield
    opened._kept[:] = before


def project(root: Path, name: str) -> Bureau:
    """A project of its own with the shipped scheme, in which D1 is called ``name``."""
    (root / "params").mkdir(parents=True)
    (root / RECORDS).mkdir(parents=True)
    shutil.copy(SCHEME, root / "params" / SCHEME.name)
    bureau = Bureau(root / RECORDS)
    bureau.rows("divisions", division="D1")[0]["name"] = name
    bureau.write()
    return bureau


def put_by(root: Path) -> Assessment:
    scheme = root / "params" / SCHEME.name
    result = assess(load_scheme(scheme), load_records(root / RECORDS), "2023")
    opened.keep(scheme, [], "", [result])
    return result


def asked(root: Path) -> Assessment:
    return opened.assessed(root / "params" / SCHEME.name, [], "", "2023", "internal", root)


def test_what_was_put_by_is_found_again(tmp_path: Path) -> None:
    project(tmp_path / "one", "甲处")
    assert asked(tmp_path / "one") is not asked(tmp_path / "one")
    assert put_by(tmp_path / "one") is asked(tmp_path / "one")


def test_the_same_content_in_another_folder_is_the_same(tmp_path: Path) -> None:
    project(tmp_path / "one", "甲处")
    shutil.copytree(tmp_path / "one", tmp_path / "copy")
    assert put_by(tmp_path / "one") is asked(tmp_path / "copy")


def test_another_project_with_the_same_rules_has_its_own_records(tmp_path: Path) -> None:
    project(tmp_path / "one", "甲处")
    project(tmp_path / "other", "别处")
    put_by(tmp_path / "one")
    assert list(asked(tmp_path / "other").records["divisions"]["name"]) == ["别处", "乙处", "丙处"]


def test_a_record_that_changed_is_read_again(tmp_path: Path) -> None:
    bureau = project(tmp_path / "one", "甲处")
    put_by(tmp_path / "one")
    bureau.rows("divisions", division="D1")[0]["name"] = "新名称处"
    bureau.write()
    assert list(asked(tmp_path / "one").records["divisions"]["name"]) == ["新名称处", "乙处", "丙处"]


def test_a_folder_named_from_where_one_stands_is_that_folder_later_too(tmp_path: Path) -> None:
    project(tmp_path / "one", "甲处")
    project(tmp_path / "other", "别处")
    scheme = Path("params") / SCHEME.name
    with chdir(tmp_path / "one"):
        opened.keep(scheme, [], "", [assess(load_scheme(scheme), load_records(RECORDS), "2023")])
    with chdir(tmp_path / "other"):
        assert list(opened.assessed(scheme, [], "", "2023", "internal", Path()).records["divisions"]["name"]) == ["别处", "乙处", "丙处"]
