"""What a fresh machine relies on: the lock, environment.yml, and notebooks without outputs."""

import re
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_environment_yml_asks_for_what_pyproject_asks_for() -> None:
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    pip = next(each["pip"] for each in listed if isinstance(each, dict))
    conda = [each for each in listed if isinstance(each, str)]
    assert f"python{PROJECT['requires-python']}" in conda
    assert sorted([*conda[2:], *[each for each in pip if each != "-e ."]]) == sorted(PROJECT["dependencies"])


def test_the_lock_pins_everything_with_hashes_and_no_address() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"https?:|file:|--index|--find-links|\s@\s", text)
    blocks = re.findall(r"^([a-z0-9-]+)==.*(?:\n    .*)*", text, flags=re.MULTILINE)
    pinned = re.findall(r"^([a-z0-9-]+)==\S+.*\\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n?)+", text, flags=re.MULTILINE)
    assert len(pinned) == len(blocks) > 100
    asked = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
    names = {re.split(r"[<>=]", each)[0].replace("_", "-").lower() for each in asked}
    assert names <= set(pinned)


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebooks_are_short_stored_bare_and_in_both_languages(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert all("def " not in cell.source for cell in code)
    assert "parameters" in code[0].metadata.tags
    words = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    assert sum("zh" in cell.metadata.tags for cell in words) == sum("en" in cell.metadata.tags for cell in words) == len(words) / 2
