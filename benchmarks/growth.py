"""Reports of bureaus of 8 to 800 divisions: processor seconds a report, and the memory of the process that starts them.

    python -m benchmarks.growth
    python -m benchmarks.growth --divisions 8 80 --people 8      # people a division

Each bureau is drawn from a seed and written as files; one month is run, a report a division and the bureau's. What is spent before the first
report (reading, assessing) and after the last (tables, annex, forms) is told apart from the reports themselves.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.crash import ROOT, copied

MONTH = "2023-06"


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


def tree(pid: int) -> float:
    """Processor seconds of a process and of what it has started, the ended ones too."""
    spent = 0.0
    for each in [pid, *(int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split())]:
        try:
            parts = Path(f"/proc/{each}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
        except OSError:
            continue
        spent += sum(map(int, parts[11:15])) / os.sysconf("SC_CLK_TCK")
    return spent


def main() -> None:
    """Run, watch, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--divisions", type=int, nargs="+", default=[8, 80, 800])
    parser.add_argument("--people", type=int, default=8, help="a division")
    given = parser.parse_args()
    print("| divisions | reports | CPU s in all | before | a report | MB at the tenth part | MB at the end |\n|---|---|---|---|---|---|---|", flush=True)
    for divisions in given.divisions:
        with tempfile.TemporaryDirectory() as name:
            project = copied(Path(name) / "project")
            enlarge(project, divisions, divisions * given.people)
            pages = Path(name) / f"out/planning-bureau/2023/internal/zh/{MONTH}"
            start = used()
            run = subprocess.Popen([sys.executable, "-m", "perfkit", "run", "planning-bureau", MONTH, "--out", str(Path(name) / "out")], cwd=project,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
            seen: list[tuple[int, float, float]] = []  # reports there, processor seconds, megabytes
            while run.poll() is None:
                there = len(list(pages.glob("*.ipynb"))) if pages.is_dir() else 0
                try:
                    seen.append((there, tree(run.pid), memory(run.pid)))
                except OSError:
                    break
                time.sleep(0.1)
            assert run.wait() in (0, 1)
            most = max(there for there, _, _ in seen)
            tenth = next(each for each in seen if each[0] >= max(1, most // 10))
            first, last = next(each for each in seen if each[0]), next(each for each in seen if each[0] == most)
            each = (last[1] - first[1]) / (last[0] - first[0])
            print(f"| {divisions} | {most} | {used() - start:.1f} | {first[1]:.1f} | {each:.2f} | {tenth[2]:.0f} | {last[2]:.0f} |", flush=True)


if __name__ == "__main__":
    main()
