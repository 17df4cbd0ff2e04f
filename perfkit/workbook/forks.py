"""Work in forked children, several at a time: whatever one of them does, the others and this process go on.

A child that calls ``os._exit``, is killed, fills memory or does not end by its deadline ends alone, and with it all it started. Linux only.
"""

import ctypes
import faulthandler
import mmap
import os
import signal
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any, Generic, NoReturn, TypeVar

POSSIBLE = sys.platform == "linux"  # macOS has fork, but its libraries do not survive it
TICK = 0.05  # seconds between looks at children that closed their pipe without a word
_DIE_WITH_PARENT, _TAKE_ORPHANS = 1, 36  # PR_SET_PDEATHSIG and PR_SET_CHILD_SUBREAPER of prctl(2)
LATE = "deadline"
LOADING = 120.0  # seconds in which a process of its own has loaded what it needs
_WHOLE = b"\x06"  # ends what a child that came to its end has sent

T = TypeVar("T")
At = Callable[[int], object]  # told by a child: the cell it is in


@dataclass(frozen=True)
class Ended:
    """What a child sent, or how it died, and the cell it was in last."""

    content: bytes | None
    at: int
    seconds: float
    died: str = ""


@dataclass
class _Child(Generic[T]):
    task: T
    pid: int
    pipe: int
    cell: mmap.mmap
    begun: float
    until: float
    received: bytearray = field(default_factory=bytearray)
    open: bool = True
    late: bool = False


@dataclass
class _Desk(Generic[T]):
    """A process that takes what the children made, one after another; not a fork, for what it loads does not survive one."""

    process: SpawnProcess
    pipe: "Connection[Any, Any]"
    work: tuple[T, Ended] | None = None
    until: float = float("inf")
    loading: float = LOADING  # seconds for its first task on top of any other's


def one(work: Callable[[At], bytes], deadline: float | None) -> Ended:
    """Run ``work`` in a child and wait for it."""
    ended: list[Ended] = []
    run(iter([work]), lambda given, at: given(at), None, 1, deadline, lambda _, each, __: ended.append(each))
    return ended[0]


def run(
    tasks: Iterator[T | None], work: Callable[[T, At], bytes], finish: Callable[[T, bytes], None] | None, jobs: int, deadline: float | None,
    done: Callable[[T, Ended, str], object], share: int = 0,
) -> None:  # fmt: skip
    """``work`` on each task in a child of its own, ``jobs`` at once; then ``finish`` with what it sent, in a long-lived one.

    Tasks are drawn when a child is free; None means that there is none yet. ``done`` is told of each how it ended, and why finishing
    failed, or ''. A child may take as much memory as if ``share`` of them, ``jobs`` if that is 0, shared the machine.
    """
    children: list[_Child[T]] = []
    made: deque[tuple[T, Ended]] = deque()
    desks: list[_Desk[T]] = [_desk(finish)] if finish else []
    before = {os.getpid(), *_children()}
    ctypes.CDLL(None).prctl(_TAKE_ORPHANS, 1)  # what a child leaves behind becomes ours, to be ended
    more = True
    try:
        while True:
            while more and len(children) < jobs and len(made) <= jobs:
                try:
                    task = next(tasks)
                except StopIteration:
                    more = False
                    break
                if task is None:
                    break
                children.append(_child(task, work, deadline, share or jobs))
            for desk in desks:
                if made and desk.work is None:
                    _hand_over(desk, made.popleft(), deadline)
            if not more and not children and not made and all(desk.work is None for desk in desks):
                return
            wait([*(child.pipe for child in children if child.open), *(desk.pipe for desk in desks)], TICK)
            for child in [*children]:
                if ended := _looked_at(child):
                    children.remove(child)
                    _end_all({*_children()} - before - {*(child.pid for child in children), *(desk.process.pid or 0 for desk in desks)})
                    if ended.content is None or not desks:
                        done(child.task, ended, "")
                    else:
                        made.append((child.task, ended))
            for place, desk in enumerate(desks):
                if answer := _answered(desk):
                    (task, ended), fault = answer
                    done(task, ended, fault)
                    desk.work = None
                    if fault and finish and not desk.process.is_alive():
                        desks[place] = _desk(finish)
    finally:
        for child in children:
            _end(child.pid)
        for desk in desks:
            _close(desk)
        _end_all({*_children()} - before)
        ctypes.CDLL(None).prctl(_TAKE_ORPHANS, 0)
        for child in children:
            if child.open:
                os.close(child.pipe)
        for desk in desks:
            desk.pipe.close()


def _child(task: T, work: Callable[[T, At], bytes], deadline: float | None, share: int) -> _Child[T]:
    read, write = os.pipe()
    cell = mmap.mmap(-1, 4)
    parent, pid = os.getpid(), _fork()
    if pid == 0:
        os.close(read)
        _own_life(parent, share)
        _work(write, lambda: work(task, lambda number: cell.__setitem__(slice(0, 4), number.to_bytes(4, "little"))))
    os.close(write)
    os.set_blocking(read, False)
    now = time.monotonic()
    return _Child(task, pid, read, cell, now, now + (deadline or float("inf")))


def _work(pipe: int, work: Callable[[], bytes]) -> NoReturn:
    """What a child does: its work, its report, its end, without the parent's ways to end."""
    try:
        content = work() + _WHOLE
        sent = 0
        while sent < len(content):
            sent += os.write(pipe, content[sent : sent + (1 << 20)])
        os._exit(0)
    finally:
        os._exit(1)


def _desk(finish: Callable[[T, bytes], None]) -> _Desk[T]:
    ours, theirs = Pipe()
    process = get_context("spawn").Process(target=_serve, args=(theirs, finish, os.getpid()), daemon=True)
    process.start()
    theirs.close()
    return _Desk(process, ours)


def _serve(pipe: "Connection[Any, Any]", finish: Callable[[T, bytes], None], parent: int) -> None:
    """What a desk does: take a task and what was made of it, finish it, say what went wrong or ''."""
    _own_life(parent, 0)
    while True:
        task, content = pipe.recv()
        try:
            finish(task, content)
            fault = ""
        except Exception as error:
            fault = f"{type(error).__name__}: {error}"
        pipe.send(fault)


def _close(desk: _Desk[Any]) -> str:
    """End a desk; how it ended."""
    desk.process.kill()
    desk.process.join()
    return _how(desk.process.exitcode or 0)


def _hand_over(desk: _Desk[T], made: tuple[T, Ended], deadline: float | None) -> None:
    desk.work, desk.until, desk.loading = made, time.monotonic() + (deadline or float("inf")) + desk.loading, 0.0
    with suppress(OSError):  # a desk that is no more is seen when it is asked
        desk.pipe.send((made[0], made[1].content))


def _answered(desk: _Desk[T]) -> tuple[tuple[T, Ended], str] | None:
    """The task a desk has finished, and why that failed; None while it works or has nothing to do."""
    if desk.work is None:
        return None
    try:
        if desk.pipe.poll():
            return desk.work, str(desk.pipe.recv())
    except (EOFError, OSError):
        return desk.work, _close(desk)
    if time.monotonic() > desk.until:
        _close(desk)
        return desk.work, LATE
    return None


def _looked_at(child: _Child[Any]) -> Ended | None:
    """How a child ended, with all it left behind ended too; None while it runs."""
    _read(child)
    seconds = time.monotonic() - child.begun
    at = int.from_bytes(child.cell[:4], "little")
    if child.received.endswith(_WHOLE) and not child.open:
        _end(child.pid)
        return Ended(bytes(child.received[:-1]), at, seconds)
    pid, status = os.waitpid(child.pid, os.WNOHANG)
    if pid == 0 and time.monotonic() < child.until:
        return None
    late = pid == 0
    status = _end(child.pid) if late else status
    _end(child.pid)
    _read(child)
    if child.open:
        os.close(child.pipe)
        child.open = False
    whole = bytes(child.received[:-1]) if child.received.endswith(_WHOLE) else None
    return Ended(whole, at, seconds, "" if whole is not None else LATE if late else _how(os.waitstatus_to_exitcode(status)))


def _read(child: _Child[Any]) -> None:
    while child.open:
        try:
            part = os.read(child.pipe, 1 << 20)
        except BlockingIOError:
            return
        child.received += part
        if not part:
            os.close(child.pipe)
            child.open = False


def _fork() -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads in this process: those of the libraries here are made for it
        return os.fork()


def _own_life(parent: int, share: int) -> None:
    """A process group of its own that ends with its parent, no terminal, and for notebooks its share of memory."""
    import resource

    os.setsid()
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
    faulthandler.disable()  # how a process ends is told by its parent
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    if share:
        page, whole = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_PHYS_PAGES")
        size = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = (size + whole // (share + 1)) * page
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _end(pid: int) -> int:
    """Kill a child's group and collect it; its status, 0 where it was collected before."""
    for kill in (os.killpg, os.kill):  # it may not lead a group yet
        with suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)
    try:
        return os.waitpid(pid, 0)[1]
    except ChildProcessError:
        return 0


def _children() -> list[int]:
    """The children of this process."""
    try:
        return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()]
    except OSError:  # a kernel without that list
        return []


def _end_all(strays: set[int]) -> None:
    for pid in strays:
        _end(pid)


def _how(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit {code}"
