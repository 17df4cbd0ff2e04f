"""The year on a local Dask cluster of 1, 2 and 4 workers: seconds, and whether the bytes are those of local processes.

    python -m benchmarks.cluster
    python -m benchmarks.cluster --period 2023-06 --workers 1 2
    python -m benchmarks.cluster --workers 2 --kill      # one of the workers is killed when half of the reports are there

needs distributed. The scheduler and its workers are the commands that a real cluster is started with; each worker has one thread.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.crash import ROOT, content, copied

PATIENCE = 120  # seconds in which a scheduler and its workers are there


@contextmanager
def started(folder: Path, *command: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that is ended when it is no longer needed; what it says goes to a file."""
    with (folder / f"{command[0]}.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", *command], cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[tuple[str, list["subprocess.Popen[bytes]"]]]:
    """A scheduler's address and its workers, on this machine."""
    note = folder / "scheduler.json"
    with ExitStack() as stack:
        stack.enter_context(started(folder, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
                                    "--scheduler-file", str(note)))  # fmt: skip
        until = time.monotonic() + PATIENCE
        while not note.is_file():
            assert time.monotonic() < until, (folder / "distributed.cli.dask_scheduler.log").read_text(encoding="utf-8")
            time.sleep(0.1)
        address = str(json.loads(note.read_text(encoding="utf-8"))["address"])
        found = [stack.enter_context(started(folder, "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard",
                                             "--local-directory", str(folder / f"worker-{number}"))) for number in range(workers)]  # fmt: skip
        yield address, found


def run(project: Path, out: Path, period: str, *more: str) -> "subprocess.Popen[bytes]":
    """The sample's period, into a folder of its own."""
    arguments = [sys.executable, "-m", "perfkit", "run", "planning-bureau", period, "--out", str(out), *more]
    return subprocess.Popen(arguments, cwd=project, stdin=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)})


def reports(out: Path) -> int:
    """How many notebooks there are."""
    return sum(1 for _ in out.rglob("2023*/*.ipynb"))


def main() -> None:
    """Measure and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--period", default="2023")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--kill", action="store_true", help="kill one worker of several halfway")
    given = parser.parse_args()
    good = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project = copied(folder / "project")
        begun = time.monotonic()
        assert run(project, folder / "local", given.period).wait() == 0
        expected = content(folder / "local")
        print(f"local processes: {time.monotonic() - begun:6.1f} s, {len(expected)} files", flush=True)
        for workers in given.workers:
            place = folder / f"cluster-{workers}"
            place.mkdir()
            with cluster(place, workers) as (address, found):
                begun = time.monotonic()
                process = run(project, place / "out", given.period, "--scheduler", address)
                if given.kill and workers > 1:
                    while process.poll() is None and 2 * reports(place / "out") < reports(folder / "local"):
                        time.sleep(0.1)
                    print(f"one worker is killed; reports there: {reports(place / 'out')} of {reports(folder / 'local')}", flush=True)
                    found[0].kill()
                code = process.wait()
                same = code == 0 and content(place / "out") == expected
            good &= same
            print(f"{workers} workers:       {time.monotonic() - begun:6.1f} s, {'same bytes' if same else 'DIFFERENT'}", flush=True)
    sys.exit(not good)


if __name__ == "__main__":
    main()
