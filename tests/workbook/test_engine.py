"""Notebooks in forks: what they give is what a kernel gives, and what one of them does harms no other."""

import os
import re
import subprocess
import sys
import time
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
import vl_convert
from nbformat.v4 import new_code_cell, new_notebook

from perfkit.workbook import forks
from perfkit.workbook.execute import DEADLINE, Failure, Outcome, Task, execute_all
from perfkit.workbook.folder import alone
from perfkit.workbook.jobs import Job, Settings
from perfkit.workbook.publish import frame
from perfkit.workbook.run import prepare, run
from tests.workbook.conftest import ROOT, copied

EVERYTHING = [
    "x = 3\nx",
    "import sys\nprint('甲')\nprint('错', file=sys.stderr)\nprint('乙')\nx + 1",
    "from IPython.display import HTML, display, clear_output\ndisplay(HTML('<b>1</b>'))\ndisplay({'text/plain': 'raw'}, raw=True)",
    "h = display('before', display_id='d')\n'last'",
    "h.update('after')",
    "print('gone')\nclear_output()\nprint('stays')",
    "_ = [print(n) for n in range(3)]",
    "import pandas\npandas.DataFrame({'a': [1.5, None], '名': ['一', '二']})",
    "try:\n    input()\nexcept Exception as error:\n    print(type(error).__name__)",
    "await __import__('asyncio').sleep(0)\nIn[0], _",
    "1 / 0",
    "print('never')",
]


def outputs(notebook: Any) -> list[Any]:
    """What the cells show, without what is never the same: addresses of memory, folders of temporary files."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            shown: list[Any] = []
            for output in cell.outputs:
                if output.output_type == "stream" and shown and shown[-1].get("name") == output.name:
                    shown[-1]["text"] += output.text  # a kernel flushes when it will
                else:
                    shown.append({key: value for key, value in output.items() if key != "traceback"})
            found.append((cell.execution_count, shown))
    return found


def executed(source: Path, target: Path, **options: Any) -> Any:
    with pytest.raises(papermill.PapermillExecutionError, match="ZeroDivisionError"):
        papermill.execute_notebook(str(source), str(target), kernel_name="python3", progress_bar=False, **options)
    return nbformat.read(target, as_version=4)


@pytest.fixture
def everything(tmp_path: Path) -> Path:
    path = tmp_path / "everything.ipynb"
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in EVERYTHING], metadata=metadata), path)
    return path


def test_cells_show_what_they_show_in_a_kernel(everything: Path, tmp_path: Path) -> None:
    kernel, fork = (executed(everything, tmp_path / f"{name}.ipynb", **options) for name, options in (("k", {}), ("f", {"engine_name": "perfkit"})))
    assert outputs(fork) == outputs(kernel)
    assert len(outputs(fork)) == len(EVERYTHING)
    assert outputs(fork)[-1] == (None, [])


def test_papermills_command_knows_the_engine(everything: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "papermill", "--engine", "perfkit", "--no-progress-bar", str(everything), str(tmp_path / "out.ipynb")]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert "ZeroDivisionError" in done.stderr
    assert "Traceback (most recent call last)" in done.stderr
    assert nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[1].outputs[0]["data"]["text/plain"] == "3"


@pytest.mark.parametrize("edition", ["internal", "public"])
def test_a_report_is_the_same_from_a_kernel_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edition: str) -> None:
    """To the byte, page and notebook: the way of Windows and the way of Linux."""
    root = copied(tmp_path / "project").root
    made = []
    for possible in (True, False):
        monkeypatch.setattr(forks, "POSSIBLE", possible)
        plan = prepare(Settings("params/planning-bureau.yaml", "2023-06", "监察室", edition=edition), root, tmp_path / str(possible))
        assert not run(plan, root, 1, lambda outcome: None).failed
        made.append({path.name: path.read_bytes() for path in sorted((plan.out / "2023-06").iterdir())})
    assert made[0] == made[1]


MARK = "86399.875"  # seconds that nothing else sleeps
HOSTILE = {
    "exits": ("import os\nos._exit(7)", "exit 7"),
    "killed": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
    "crashes": ("import ctypes\nctypes.string_at(0)", "SIGSEGV"),
    "memory": ("kept = []\nwhile True:\n    kept.append(bytes(1 << 28))", "MemoryError"),
    "forever": ("while True:\n    pass", "超过"),
    "deaf": ("import signal\nfor each in (signal.SIGINT, signal.SIGTERM):\n    signal.signal(each, signal.SIG_IGN)\nwhile True:\n    pass", "超过"),
    "prints": ("for n in range(1_000_000):\n    print('line', n)", "OutputTooLong|超过"),  # whichever comes first
    "fails": ("raise ValueError('算不出来')", "ValueError: 算不出来"),
    "asks": ("input('name?')", "StdinNotImplementedError"),
}
HARMLESS = {
    "threads": "import threading, time\n[threading.Thread(target=time.sleep, args=(60,)).start() for _ in range(8)]",
    "children": f"import subprocess\nsubprocess.Popen(['sleep', '{MARK}'])\nsubprocess.Popen(['sleep', '{MARK}'], start_new_session=True)",
    "daemons": f"import os, subprocess\nsubprocess.run('(setsid sleep {MARK} >/dev/null 2>&1 &) &', shell=True)",
    "spoils": "import builtins, pandas, sys, os\nbuiltins.spoilt = 1\npandas.DataFrame.sum = None\nsys.path.clear()\nos.chdir('/')\nos.environ['SPOILT'] = '1'",
    "litters": "import tempfile\ntempfile.mkdtemp()\ntempfile.NamedTemporaryFile(delete=False).name",
    "good": "import builtins, os\nimport pandas as pd\nassert not hasattr(builtins, 'spoilt')\nassert 'SPOILT' not in os.environ\npd.Series([1, 2]).sum()",
}


def run_notebooks(folder: Path, sources: dict[str, str], jobs: int, deadline: float) -> list[Outcome]:
    """Notebooks of one cell each, as reports of a project that has nothing else."""
    (folder / "notebooks").mkdir(parents=True)
    cells = new_code_cell("scheme = period = division = overlay = overrides = edition = lang = ''", metadata={"tags": ["parameters"]})
    tasks = []
    for name, source in sources.items():
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        nbformat.write(new_notebook(cells=[cells, new_code_cell(source)], metadata=kernel), folder / f"notebooks/{name}.ipynb")
        site = frame("zh", "internal", "局", name, "", "草稿", [])
        tasks.append(Task(Job(f"{name}.ipynb", "2023-06", name, f"2023-06/{name}"), Settings("s.yaml", "2023-06"), folder, folder / "out", site))
    outcomes: list[Outcome] = []
    (folder / "out").mkdir()
    with alone(folder / "out"):
        execute_all(iter(tasks), jobs, deadline, outcomes.append)
    return outcomes


def sleeping() -> list[str]:
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(each.read_text(encoding="utf-8", errors="replace"))
        except OSError:
            continue
    return [each for each in found if MARK in each]


def children() -> set[str]:
    """The processes of this one, with the one that multiprocessing starts beside its first."""
    resource_tracker.ensure_running()
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split())


def test_a_hostile_notebook_fails_alone_and_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    before = children()
    sources = {**{name: source for name, (source, _) in HOSTILE.items()}, **HARMLESS, **{f"good-{n}": HARMLESS["good"] for n in range(8)}}
    mixed = dict(sorted(sources.items(), key=lambda each: each[0][::-1]))
    outcomes = {each.job.division: each for each in run_notebooks(tmp_path / "project", mixed, 3, 40)}
    assert set(outcomes) == set(sources)
    for name, (_, says) in HOSTILE.items():
        failure = outcomes[name].failure
        assert isinstance(failure, Failure), name
        assert re.search(says, failure.error), f"{name}: {failure}"
        assert failure.cell == 2, name  # after the parameters, and those that papermill put in
        assert not (tmp_path / f"project/out/2023-06/{name}.html").exists()
    for name in [*HARMLESS, *(f"good-{n}" for n in range(8))]:
        assert outcomes[name].failure is None, name
        assert (tmp_path / f"project/out/2023-06/{name}.html").is_file()
    assert children() == before
    assert sleeping() == []
    assert list((tmp_path / "tmp").iterdir()) == []
    assert sorted(path.name for path in (tmp_path / "project/out").iterdir()) == ["2023-06"]


def test_sixty_four_notebooks_with_sixteen_workers(tmp_path: Path) -> None:
    sources = {f"n{number}": f"assert {number} + 1 == {number + 1}\n{number}" for number in range(64)}
    outcomes = run_notebooks(tmp_path, sources, 16, DEADLINE)
    assert [outcome.failure for outcome in outcomes] == [None] * 64
    for number in range(64):
        assert nbformat.read(tmp_path / f"out/2023-06/n{number}.ipynb", as_version=4).cells[-1].outputs[0]["data"]["text/plain"] == str(number)


def test_a_process_that_has_drawn_a_chart_may_run_notebooks_that_draw(tmp_path: Path) -> None:
    """What draws does not survive a fork, so pages are not published in one."""
    spec = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "mark": "point", "data": {"values": [{"a": 1}]},
            "encoding": {"x": {"field": "a", "type": "quantitative"}}, "description": "one point"}  # fmt: skip
    assert vl_convert.vegalite_to_svg(spec, vl_version="5.21").startswith("<svg")
    bundle = {"application/vnd.vegalite.v5+json": spec, "application/vnd.perfkit.table+html": "<table></table>", "text/plain": "one point"}
    (outcome,) = run_notebooks(tmp_path, {"draws": f"from IPython.display import display\ndisplay({bundle!r}, raw=True)"}, 1, 60)
    assert outcome.failure is None
    assert "<svg" in (tmp_path / "out/2023-06/draws.html").read_text(encoding="utf-8")


def test_an_interrupted_run_leaves_no_process(tmp_path: Path) -> None:
    """The parent is told to stop while its children work: they end with it."""
    before = children()

    def stop(outcome: Outcome) -> None:
        raise KeyboardInterrupt

    tasks = {"first": "1", **{f"long-{n}": f"import subprocess\nsubprocess.run(['sleep', '{MARK}'])" for n in range(3)}}
    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path, tasks, stop)
    deadline = time.monotonic() + 5
    while sleeping() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert sleeping() == []
    assert children() == before


def interrupted(folder: Path, sources: dict[str, str], stop: Any) -> None:
    import tests.workbook.test_engine as here

    original = here.execute_all
    try:
        here.execute_all = lambda tasks, jobs, deadline, _: original(tasks, jobs, deadline, stop)
        run_notebooks(folder, sources, 3, DEADLINE)
    finally:
        here.execute_all = original


def test_the_project_has_its_engine_by_name() -> None:
    assert 'perfkit = "perfkit.workbook.engine:ForkEngine"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
