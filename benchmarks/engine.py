"""A year of reports: the naive commands, the plain API, the functions without notebooks, and ours: cold, unchanged, after one record changed.

    python -m benchmarks.engine                    # the naive ways on every ninth report, ours on all 117
    python -m benchmarks.engine --every 1          # the naive ways on all of them too

Every way runs in processes of its own, one after another in the same run; CPU seconds are those of the processes and all their children.
The naive side runs from a byte-compiled install, as pip leaves it.
"""

import argparse
import compileall
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
BUREAU, YEAR = "planning-bureau", "2023"
COLD = "perfkit run, cold"
API = """
import sys, papermill
from nbconvert import HTMLExporter
from pathlib import Path
folder = Path(sys.argv[1])
for place, line in enumerate(sys.stdin.read().splitlines()):
    notebook, period, division = line.split("\\t")
    out = folder / f"{place}.ipynb"
    papermill.execute_notebook(f"notebooks/{notebook}", str(out), parameters=dict(scheme="params/planning-bureau.yaml", period=period, division=division),
                               progress_bar=False)
    (folder / f"{place}.html").write_text(HTMLExporter().from_filename(str(out))[0], encoding="utf-8")
"""
FUNCTIONS = """
import ast, sys, nbformat
from pathlib import Path
from nbformat.v4 import new_output
from perfkit import assess, load_records, load_scheme
from perfkit.report import view as opening
from perfkit.report.view import View
from perfkit.workbook import publish
import perfkit.report
folder = Path(sys.argv[1])
scheme = load_scheme("params/planning-bureau.yaml")
results = {"2023": assess(scheme, load_records("data/planning-bureau"), "2023")}
def open_page(scheme, period, division, overlay, overrides, edition, lang, since=""):
    return View(results["2023"].at_itself(period).page(period, division or None), lang)
perfkit.report.open_page = open_page
for place, line in enumerate(sys.stdin.read().splitlines()):
    notebook, period, division = line.split("\\t")
    book = nbformat.read(f"notebooks/{notebook}", as_version=4)
    names = {}
    for cell in book.cells:
        if cell.cell_type != "code":
            continue
        tree = ast.parse(cell.source)
        last = ast.Expression(tree.body.pop().value) if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "cell", "exec"), names)
        if "parameters" in cell.metadata.get("tags", []):
            names |= {"period": period, "division": division}
        shown = eval(compile(last, "cell", "eval"), names) if last else None
        if shown is not None:
            data = shown._repr_mimebundle_() if hasattr(shown, "_repr_mimebundle_") else {"text/html": shown._repr_html_()}
            cell.outputs = [new_output("execute_result", data=data)]
    site = publish.frame("zh", "internal", "局", "报告", "", "草稿", [])
    (folder / f"{place}.html").write_bytes(publish.page(book, site, "zh", "internal", scheme.absent))
"""


def measured(work: Callable[[], None]) -> tuple[float, float]:
    """CPU and wall seconds of what ``work`` starts."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.perf_counter() - begun


def called(*arguments: str, text: str = "") -> None:
    """Run a Python command in the project, and stop if it fails."""
    subprocess.run([sys.executable, *arguments], cwd=ROOT, input=text, check=True, capture_output=True, encoding="utf-8",
                   env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip


def reports() -> list[tuple[str, str, str, str]]:
    """Notebook, period, division and place of every report of the year."""
    from perfkit.workbook.jobs import Settings
    from perfkit.workbook.run import prepare

    with tempfile.TemporaryDirectory() as out:
        jobs = prepare(Settings(f"params/{BUREAU}.yaml", YEAR), ROOT, Path(out)).jobs
    return [(job.notebook, job.period, job.division, job.stem) for job in jobs]


def naive(chosen: Sequence[tuple[str, str, str, str]], folder: Path) -> None:
    """The two commands, report by report."""
    for place, (notebook, period, division, _) in enumerate(chosen):
        out = folder / f"{place}.ipynb"
        called("-m", "papermill", "--no-progress-bar", f"notebooks/{notebook}", str(out), "-r", "scheme", f"params/{BUREAU}.yaml", "-r", "period", period,
               "-r", "division", division)  # fmt: skip
        called("-m", "jupyter", "nbconvert", "--to", "html", str(out))


def shown(notebook: Path) -> list[object]:
    """What the code cells of an executed notebook show; the parameters aside, which show nothing."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [[output.get("data") for output in cell["outputs"] if output.get("name") != "stderr"] for cell in cells if cell.get("outputs")]


def main() -> None:
    """Measure all ways and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=9, help="the naive ways make every so manieth report")
    given = parser.parse_args()
    compileall.compile_dir(str(ROOT / "perfkit"), quiet=2)
    every = reports()
    chosen = every[:: given.every]
    lines = "\n".join("\t".join(each[:3]) for each in every)
    few = "\n".join("\t".join(each[:3]) for each in chosen)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("naive", "api", "functions"):
            (folder / part).mkdir()
        project = folder / "project"
        for part in ("params", "notebooks", "data"):
            shutil.copytree(ROOT / part, project / part)
        shutil.copy(ROOT / "requirements.lock", project)
        ours = ("-m", "perfkit", "run", BUREAU, YEAR, "--project", str(project))

        def changed() -> None:
            items = project / f"data/{BUREAU}/plan_items.csv"
            text = items.read_text(encoding="utf-8-sig").replace("2023-06,监察室,JC-2306-01,", "2023-06,监察室,JC-2306-01,再", 1)
            items.write_text(text, encoding="utf-8-sig")
            called(*ours)

        ways: list[tuple[str, int, Callable[[], None]]] = [
            ("papermill and nbconvert commands", len(chosen), lambda: naive(chosen, folder / "naive")),
            ("their APIs in one process", len(chosen), lambda: called("-c", API, str(folder / "api"), text=few)),
            ("functions without notebooks", len(every), lambda: called("-c", FUNCTIONS, str(folder / "functions"), text=lines)),
            (COLD, len(every), lambda: called(*ours)),
            ("perfkit run, unchanged", len(every), lambda: called(*ours)),
            ("perfkit run, one record changed", len(every), changed),
            ("perfkit run, a second language", len(every), lambda: called(*ours, "--lang", "both", "--force")),
        ]
        print(f"{'':36}{'reports':>8}{'CPU s':>9}{'wall s':>9}{'CPU s each':>12}{'wall s each':>12}", flush=True)
        for title, count, work in ways:
            cpu, wall = measured(work)
            print(f"{title:36}{count:8d}{cpu:9.1f}{wall:9.1f}{cpu / count:12.3f}{wall / count:12.3f}", flush=True)
            if title == COLD:
                site = project / f"outputs/{BUREAU}/{YEAR}/internal/zh"
                others = sum(shown(folder / f"naive/{place}.ipynb") != shown(site / f"{stem}.ipynb") for place, (*_, stem) in enumerate(chosen))
                print(f"{'':36}{others} of {len(chosen)} notebooks show anything else than the naive way's", flush=True)


if __name__ == "__main__":
    main()
