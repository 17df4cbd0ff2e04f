"""Whole runs through the command line: copies of the project, and the sample year made once."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Collection
from contextlib import chdir
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from perfkit.language import Lang
from perfkit.workbook.jobs import Settings
from perfkit.workbook.run import prepare, run

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Project:
    """A copy of the project in a folder of its own, and the command run in it."""

    root: Path

    def perfkit(self, *arguments: str, before: tuple[str, ...] = (), **environment: str) -> subprocess.CompletedProcess[str]:
        command = [*before, sys.executable, "-m", "perfkit", *arguments]
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


def published(root: Path, bureau: str, period: str, reports: Collection[tuple[str, str]], edition: str, lang: Lang = "zh", overlay: str = "",
              since: str = "") -> Path:  # fmt: skip
    """The site of a run that makes only some of its ``reports`` (period, division), or with an ``overlay`` the comparison; the rest of it is whole."""
    overlays = (f"params/what-if/{overlay}.yaml",) if overlay else ()
    with chdir(root):  # where paths are looked for first
        plan = prepare(Settings(f"params/{bureau}.yaml", period, "", overlays, "", edition, lang, bool(overlay), since), root)
        chosen = [job for job in plan.jobs if overlay or (job.period, job.division) in reports]
        assert len(chosen) == (1 if overlay else len(reports))
        made = run(replace(plan, jobs=chosen), root, 2, lambda outcome: None)
    assert not made.failed, made.failed
    return plan.out


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's site with only the bureau's reports and a small division's, of one month and the year."""
    reports = [(period, division) for period in ("2023-06", "2023") for division in ("监察室", "")]
    return published(copied(tmp_path_factory.mktemp("few")).root, "planning-bureau", "2023", reports, "internal")
