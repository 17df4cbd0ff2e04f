"""Runs killed at random moments, each followed by one that finishes: are the bytes those of a run nobody disturbed?

    python -m benchmarks.crash --runs 200

prints a line a run and, at the end, how many ended in the same bytes. Every run works on the sample's June in a copy of the project.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[1]
OWN = ("run.json",)  # says when and where a run was


def copied(target: Path) -> Path:
    """The project without its outputs."""
    for name in ("params", "notebooks", "data"):
        shutil.copytree(ROOT / name, target / name)
    shutil.copy(ROOT / "requirements.lock", target)
    return target


def command(project: Path, out: Path, *more: str) -> "subprocess.Popen[bytes]":
    """The sample's June, in a session of its own."""
    arguments = [sys.executable, "-m", "perfkit", "run", "planning-bureau", "2023-06", "--out", str(out), *more]
    return subprocess.Popen(arguments, cwd=project, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True)  # fmt: skip


def content(out: Path) -> dict[str, str]:
    """File → sha256 of all that stands in a folder."""
    return {
        path.relative_to(out).as_posix(): sha256(path.read_bytes()).hexdigest() for path in sorted(out.rglob("*")) if path.is_file() and path.name not in OWN
    }


def left(out: Path) -> list[str]:
    """Processes that still know of the folder."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = each.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(out) in text and int(each.parent.name) != os.getpid():
            found.append(f"{each.parent.name} {text}")
    return found


def killed_runs(runs: int, seed: int, folder: Path) -> Iterator[tuple[int, float, list[str]]]:
    """Number, moment of the kill in seconds, and what was wrong afterwards: files that differ or are torn, processes left.

    Each run begins where the moment of the one before it has left the machine: with an empty folder.
    """
    chance = random.Random(seed)
    project = copied(folder / "project")
    begun = time.monotonic()
    assert command(project, folder / "whole").wait() == 0
    longest = time.monotonic() - begun
    expected = content(folder / "whole")
    assert len(expected) > 30
    for number in range(runs):
        out = folder / f"run-{number}"
        moment = chance.uniform(0, longest)
        run = command(project, out)
        time.sleep(moment)
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        time.sleep(0.1)
        faults = [f"left: {each}" for each in left(out)]
        code = command(project, out).wait()
        found = content(out)
        faults += [f"{name}: differs" for name in sorted({*found, *expected}) if found.get(name) != expected.get(name)]
        yield number, moment, [*faults, *([f"exit {code}"] if code else [])]
        shutil.rmtree(out, ignore_errors=True)


def main() -> None:
    """Kill, finish, compare, and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    good = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, moment, faults in killed_runs(given.runs, given.seed, Path(folder)):
            good += not faults
            print(f"{number:4d}  killed after {moment:6.2f} s  {'same bytes' if not faults else '; '.join(faults[:5])}", flush=True)
    print(f"{good} of {given.runs} runs ended in the bytes of an undisturbed one")
    sys.exit(good != given.runs)


if __name__ == "__main__":
    main()
