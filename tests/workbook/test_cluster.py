"""Reports made on a Dask cluster: the bytes of local processes, whatever happens to a worker; and never from other records than those asked for."""

import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from multiprocessing import Pipe
from pathlib import Path

import pytest

from benchmarks import cluster, crash
from perfkit.workbook import manifest, station
from perfkit.workbook.execute import Task
from perfkit.workbook.jobs import Settings
from perfkit.workbook.run import due, prepare

JUNE = "2023-06"


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A project, and the files that local processes make of its June."""
    folder = tmp_path_factory.mktemp("local")
    project = crash.copied(folder / "project")
    assert cluster.run(project, folder / "out", JUNE).wait() == 0
    return project, crash.content(folder / "out")


def test_a_cluster_makes_the_same_bytes_and_a_worker_may_die(local: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    """One of two workers is killed when the first report is there, with all that it was doing."""
    project, expected = local
    out = tmp_path / "out"
    with cluster.cluster(tmp_path, 2) as (address, workers):
        run = cluster.run(project, out, JUNE, "--scheduler", address, "--json")
        while not list(out.rglob("2023-06/*.html")):
            assert run.poll() is None
            time.sleep(0.05)
        workers[0].send_signal(signal.SIGKILL)
        assert run.wait() == 0
        there = {name: made for name, made in crash.content(out).items() if "lock" not in name}
        assert there == {name: made for name, made in expected.items() if "lock" not in name}
        assert len([name for name in there if name.startswith("planning-bureau/2023/internal/zh/2023-06/") and name.endswith(".ipynb")]) == 9
    assert not [each for each in crash.left(out) if "station" in each]


def task_of(project: Path, out: Path) -> Task:
    plan = prepare(Settings("params/planning-bureau.yaml", JUNE, "监察室"), project, out)
    return next(due([plan], project))[0]


def test_a_worker_that_reads_other_records_makes_no_report(local: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    """A shared folder that is not the same everywhere: the numbers would be others."""
    project = tmp_path / "project"
    shutil.copytree(local[0], project)
    task = task_of(project, tmp_path / "out")
    assert station.unlike(task, {}) == ""
    hours = project / "data/planning-bureau/vetoes.csv"
    hours.write_text(hours.read_text(encoding="utf-8-sig") + "\n", encoding="utf-8-sig")
    assert "不同，没有据以生成报告" in station.unlike(task, {})
    hours.write_text("nonsense", encoding="utf-8")
    assert "不同，没有据以生成报告" in station.unlike(replace(task, settings=replace(task.settings, period="2023")), {})
    ours, theirs = Pipe()
    ours.send(task)
    sent = []
    with ours:
        process = subprocess.Popen([sys.executable, "-m", "perfkit.workbook.station", str(theirs.fileno()), "60"], pass_fds=[theirs.fileno()])
        theirs.close()
        sent.append(ours.recv())
    process.wait(60)
    assert "不同，没有据以生成报告" in sent[0].failure.error
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").rglob("*.html"))


def test_made_from_changes_with_any_byte_of_records_rules_notebooks_and_lock(local: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(local[0], project)

    def fingerprint() -> str:
        return manifest.made_from(prepare(Settings("params/planning-bureau.yaml", JUNE), project, tmp_path / "out").result, project)

    seen = {fingerprint()}
    for name in ("data/planning-bureau/sign_off.csv", "params/planning-bureau.yaml", "notebooks/monthly.ipynb", "requirements.lock"):
        file = project / name
        file.write_bytes(file.read_bytes() + b"\n") if file.is_file() else pytest.fail(name)
        seen.add(fingerprint())
    assert len(seen) == 5


def test_a_scheduler_that_is_not_there_is_told(local: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "perfkit", "run", "planning-bureau", JUNE, "--scheduler", "tcp://127.0.0.1:1", "--out", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=local[0], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("tcp://127.0.0.1:1 的 Dask 集群没有应答")
    assert "Traceback" not in done.stderr
