"""Reports of bureaus of 8 to 800 divisions: processor seconds a report, and the memory of the process that starts them.

    python -m benchmarks.growth
    python -m benchmarks.growth --divisions 8 80 --people 8      # people a division

Each bureau is drawn from a seed and written as files; one month is run, a report a division and the bureau's. A report costs what a run that makes
all of them takes beyond one that makes a single one of them again, divided by their number: what every run takes (reading, assessing, loading the
libraries, tables, annex, forms) is in both. Small bureaus are run several times; the median counts. All of a run's processes stay on one processor:
two that share a core's units take more seconds of it each, and a run of nine reports has hardly any of its time in two processes at once.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.crash import ROOT, copied

MONTH = "2023-06"
REPORTS = 100  # at least so many are made a size


def enlarge(project: Path, divisions: int, people: int) -> None:
    """Put the records of a made-up bureau in the place of the sample's."""
    from benchmarks.large_bureau import large_bureau
    from perfkit.records.schema import TABLES

    records = large_bureau(divisions, people)
    for name, table in records.tables.items():
        wanted = [column.name for column in TABLES[name].columns]
        table[[each for each in wanted if each in table]].to_csv(project / "data/planning-bureau" / f"{name}.csv", index=False, encoding="utf-8-sig")


def memory(pid: int) -> float:
    """Megabytes that a process holds now; 0 when it has gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0)


def used() -> float:
    """Processor seconds of all children so far."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def run(project: Path, out: Path, *more: str) -> tuple[float, list[tuple[int, float]]]:
    """Processor seconds of a run with all it starts; and of its first process, again and again, how many reports there were and its megabytes."""
    before, pages = used(), out / f"planning-bureau/2023/internal/zh/{MONTH}"
    process = subprocess.Popen([sys.executable, "-m", "perfkit", "run", "planning-bureau", MONTH, "--out", str(out), "--jobs", "1", *more], cwd=project,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    seen: list[tuple[int, float]] = []
    while process.poll() is None:
        seen.append((len(list(pages.glob("*.ipynb"))) if pages.is_dir() else 0, memory(process.pid)))
        time.sleep(0.2)
    assert process.wait() in (0, 1)
    return used() - before, seen


def main() -> None:
    """Run, watch, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--divisions", type=int, nargs="+", default=[8, 80, 800])
    parser.add_argument("--people", type=int, default=8, help="a division")
    given = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):  # Linux has it
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print("| divisions | reports | CPU s for all | for one | a report | MB at the tenth part | MB at the end |\n|---|---|---|---|---|---|---|", flush=True)
    for divisions in given.divisions:
        with tempfile.TemporaryDirectory() as name:
            project, out = copied(Path(name) / "project"), Path(name) / "out"
            enlarge(project, divisions, divisions * given.people)
            pairs: list[tuple[float, float]] = []
            seen: list[tuple[int, float]] = []
            while len(pairs) * divisions < REPORTS:
                every, watched = run(project, out, "--force")
                seen = seen or watched
                next(each for each in out.rglob(f"{MONTH}/*.ipynb") if each.stem != "bureau").unlink()
                pairs.append((every, run(project, out)[0]))
            reports = divisions + 1
            tenth = next(held for there, held in seen if there >= max(1, reports // 10))
            most = max(there for there, _ in seen)
            last = next(held for there, held in seen if there == most)
            every, one = (median(each) for each in zip(*pairs, strict=True))
            each = median((every - one) / divisions for every, one in pairs)
            print(f"| {divisions} | {reports} | {every:.1f} | {one:.1f} | {each:.2f} | {tenth:.0f} | {last:.0f} |", flush=True)


if __name__ == "__main__":
    main()
