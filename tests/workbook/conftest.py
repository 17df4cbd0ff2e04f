"""Whole runs through the command line: copies of the project, and the sample year made once."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Project:
    """A copy of the project in a folder of its own, and the command run in it."""

    root: Path

    def perfkit(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "perfkit", *arguments]
        return subprocess.run(command, cwd=self.root, capture_output=True, encoding="utf-8", check=False, stdin=subprocess.DEVNULL,
                              env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment})  # fmt: skip

    @property
    def site(self) -> Path:
        return self.root / "outputs/planning-bureau/2023/internal/zh"

    def rewrite(self, file: str, old: str, new: str) -> None:
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) >= 1, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")


def copied(target: Path) -> Project:
    for name in ("params", "notebooks", "data"):
        shutil.copytree(ROOT / name, target / name)
    shutil.copy(ROOT / "requirements.lock", target)
    return Project(target)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return copied(tmp_path / "绩效 project")


@pytest.fixture(scope="session")
def year(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The sample year, made once, under a Chinese clock and locale."""
    project = copied(tmp_path_factory.mktemp("year") / "一")
    done = project.perfkit("run", "planning-bureau", "2023", "--jobs", "2", TZ="Asia/Shanghai", LC_ALL="C.UTF-8")
    assert done.returncode == 0, done.stderr
    return project


def manifest(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return found
