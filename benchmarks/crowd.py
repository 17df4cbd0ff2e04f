"""Sixty-four notebooks with sixteen at once, again and again: does the machinery fail, are the bytes always the same?

    python -m benchmarks.crowd --times 10

Reports of the sample year in a copy of the project; prints a line a time, and 1 is the exit code if anything failed or differed.
"""

import argparse
import sys
import tempfile
import time
from contextlib import chdir
from dataclasses import replace
from pathlib import Path

from benchmarks.crash import content, copied
from perfkit.workbook.jobs import Settings
from perfkit.workbook.run import prepare, run

NOTEBOOKS, WORKERS = 64, 16


def main() -> None:
    """Run, count failures, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=10)
    given = parser.parse_args()
    faults = 0
    first: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        project = copied(Path(folder) / "project")
        for number in range(given.times):
            out = Path(folder) / f"out-{number}"
            begun = time.monotonic()
            with chdir(project):
                plan = prepare(Settings("params/planning-bureau.yaml", "2023"), project, out)
                report = run(replace(plan, jobs=plan.jobs[:NOTEBOOKS]), project, WORKERS, lambda outcome: None)
            made = content(out)
            first = first or made
            differing = [name for name in {*first, *made} if first.get(name) != made.get(name)]
            faults += len(report.failed) + len(differing)
            seconds = time.monotonic() - begun
            print(f"{number:3d}  {len(report.outcomes)} notebooks, {seconds:5.1f} s, {len(report.failed)} failed, {len(differing)} files differ", flush=True)
    sys.exit(faults > 0)


if __name__ == "__main__":
    main()
