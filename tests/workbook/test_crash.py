"""A run that is killed, or finds no room, is finished by the next, to the same bytes."""

import resource
import signal
import subprocess
import sys
from pathlib import Path

from benchmarks import crash


def test_runs_killed_at_random_moments_end_in_the_same_bytes(tmp_path: Path) -> None:
    """The short form of ``python -m benchmarks.crash``."""
    ran = list(crash.killed_runs(3, 20231231, tmp_path))
    assert len(ran) == 3
    assert [faults for _, _, faults in ran] == [[], [], []]


def test_a_full_disk_is_told_and_the_next_run_goes_on(tmp_path: Path) -> None:
    """No file may grow beyond 25 kB: some pages find no room, none stands half written; then there is room again."""
    project, out = crash.copied(tmp_path / "project"), tmp_path / "out"

    def no_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writing fails with an error, as on a full disk
        resource.setrlimit(resource.RLIMIT_FSIZE, (25_000, 25_000))

    arguments = [sys.executable, "-m", "perfkit", "run", "planning-bureau", "2023-06", "--out", str(out)]
    done = subprocess.run(arguments, cwd=project, capture_output=True, encoding="utf-8", check=False, preexec_fn=no_room)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert "文件不能读写" in done.stderr
    site = out / "planning-bureau/2023/internal/zh"
    assert not list(site.rglob("*.html")) or all(page.read_bytes().rstrip().endswith(b"</html>") for page in site.rglob("*.html"))
    again = subprocess.run(arguments, cwd=project, capture_output=True, encoding="utf-8", check=False)
    assert again.returncode == 0, again.stderr
    assert crash.command(project, tmp_path / "whole").wait() == 0
    assert crash.content(out) == crash.content(tmp_path / "whole")
