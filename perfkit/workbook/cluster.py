"""Reports made on a Dask cluster: this process draws the tasks, its workers make them, the files go to a folder that all of them share.

On a worker each thread keeps a station beside it (``station.py``), a process that has perfkit loaded and makes one report after another.
"""

import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import islice
from multiprocessing.connection import Connection
from socket import socketpair
from typing import Any
from uuid import uuid4

from perfkit.problems import UsageError
from perfkit.workbook import forks
from perfkit.workbook.execute import Outcome, Task, execute, failed

PATIENCE = 15  # seconds in which a scheduler answers and has a worker
AHEAD = 2  # tasks that wait for each thread of the cluster, so that none is ever idle
TRIES = 3  # times that a report is begun again whose station was lost

_own = threading.local()  # of a worker's thread: its station and the deadline that was set there


def on_cluster(tasks: Iterator[Task], scheduler: str, deadline: float, done: Callable[[Outcome], None]) -> None:
    """Have all tasks made by the workers of the scheduler at this address.

    A report whose worker is lost is made by another one. Raises UsageError if nobody answers there, no worker is there,
    or distributed is not installed.
    """
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise UsageError("no_distributed") from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        client = Client(scheduler, timeout=PATIENCE, set_as_default=False)
        client.wait_for_workers(1, timeout=PATIENCE)
    except (OSError, ValueError, TimeoutError) as error:
        raise UsageError("scheduler_silent", given=scheduler, error=str(error) or type(error).__name__) from None
    with client:
        waiting: dict[Any, Task] = {}
        finished = as_completed(loop=client.loop)

        def more() -> None:
            wanted = AHEAD * sum(client.nthreads().values()) - len(waiting)
            for task in islice(tasks, max(wanted, not waiting)):
                future = client.submit(made_there, task, deadline, key=f"{task.job.stem}-{uuid4().hex}", pure=False, retries=TRIES)
                waiting[future] = task
                finished.add(future)

        more()
        for future in finished:
            task, fault = waiting.pop(future), future.exception()
            done(future.result() if fault is None else failed(task, fault))
            more()


def made_there(task: Task, deadline: float) -> Outcome:
    """On a worker: the report, made by this thread's station. Raises EOFError or OSError if that was lost."""
    if not forks.POSSIBLE:
        return execute(task, deadline)
    known = getattr(_own, "station", None)
    pipe = known[1] if known and known[0] == deadline else _station(deadline)
    try:
        pipe.send(task)
        outcome: Outcome = pipe.recv()
    except (EOFError, OSError):
        del _own.station
        raise
    return outcome


def _station(deadline: float) -> "Connection[Task, Outcome]":
    ours, theirs = socketpair()
    with theirs:
        command = [sys.executable, "-m", "perfkit.workbook.station", str(theirs.fileno()), str(deadline)]
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)  # noqa: S603  ourselves
    pipe: Connection[Task, Outcome] = Connection(ours.detach())
    _own.station = (deadline, pipe, process)  # the one before ends when its pipe is closed
    return pipe
