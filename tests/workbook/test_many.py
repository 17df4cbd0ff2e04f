"""Many bureaus in one call: each gets what it gets alone, and one that cannot be assessed stops none of the others."""

import json
from pathlib import Path

import pytest

from benchmarks.crash import content
from perfkit.problems import UsageError
from perfkit.project import scheme_files
from tests.workbook.conftest import Project

ONE = ("2023-06", "--division", "监察室")


@pytest.fixture
def province(project: Project) -> Project:
    """Counties with the sample's records; one has a scheme that cannot be read, one the short name of another."""
    scheme = (project.root / "params/planning-bureau.yaml").read_text(encoding="utf-8")
    (project.root / "params/province").mkdir()
    counties = {"east": scheme, "north": scheme, "same": scheme, "west": scheme.replace("year: 2023", "year: soon", 1)}
    for name, text in counties.items():
        text = text.replace("scheme: planning-bureau\n", f"scheme: {'east' if name == 'same' else name}\n", 1)
        (project.root / f"params/province/{name}.yaml").write_text(text, encoding="utf-8")
    return project


def test_each_bureau_of_a_pattern_gets_what_it_gets_alone(province: Project, tmp_path: Path) -> None:
    whole, alone = tmp_path / "whole", tmp_path / "alone"
    done = province.perfkit("run", "params/province/*.yaml", *ONE, "--out", str(whole))
    assert done.returncode == 1
    assert "params/province/west.yaml 没有考核：\nwest.yaml 第" in done.stderr
    assert "params/province/same.yaml 没有考核：\n与 params/province/east.yaml 的单位短名（scheme）相同" in done.stderr
    assert done.stdout.count("请打开：") == 2
    for name in ("east", "north"):
        assert province.perfkit("run", f"params/province/{name}.yaml", *ONE, "--out", str(alone)).returncode == 0
    assert content(whole) == content(alone)
    assert (whole / "north/2023/internal/zh/2023-06").is_dir()
    again = province.perfkit("run", "params/province/east.yaml", "params/province/north.yaml", *ONE, "--out", str(whole), "--json")
    told = json.loads(again.stdout)
    assert (again.returncode, told["reports"], told["kept"], told["refused"], len(told["indexes"])) == (0, 2, 2, {}, 2)


def test_bureaus_are_found_by_name_path_and_pattern(province: Project) -> None:
    root = province.root
    found = scheme_files(["params/province/*.yaml", "water-bureau"], root)
    assert [file.stem for file in found] == ["east", "north", "same", "west", "water-bureau"]
    assert scheme_files(["params/province/e*", "params/province/east.yaml"], root) == [root / "params/province/east.yaml"]
    with pytest.raises(UsageError, match="params/ 里没有“params/nothing/"):
        scheme_files(["params/nothing/*.yaml"], root)
