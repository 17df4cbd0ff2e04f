"""The folder a run writes into: one run at a time, and nothing half written left behind."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from perfkit.problems import UsageError
from perfkit.project import ASIDE

WORK = f"{ASIDE}work"  # for what notebooks write while they run
PATIENCE = 3.0  # seconds in which a run that was killed is gone


def lock_of(folder: Path) -> Path:
    """The file that a run holds while it writes; beside the folder, which holds nothing but what is published."""
    return folder.with_name(f".{folder.name}.lock")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep every other run out of ``folder``, and clear away what was being written when one was killed; UsageError if another is at work."""
    try:
        lock = FileLock(lock_of(folder)).acquire(timeout=PATIENCE)
    except Timeout:
        raise UsageError("folder_busy", folder=folder) from None
    with lock:
        _clear(folder)
        try:
            yield
        finally:
            _clear(folder)


def _clear(folder: Path) -> None:
    for torn in [*folder.rglob(f"{ASIDE}*")]:
        shutil.rmtree(torn, ignore_errors=True) if torn.is_dir() else torn.unlink(missing_ok=True)
