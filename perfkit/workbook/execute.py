"""Running notebooks with papermill, each in a process of its own, several at a time."""

import logging
import os
import pickle
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from importlib import import_module
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

from perfkit.language import say
from perfkit.project import write_whole
from perfkit.workbook import forks
from perfkit.workbook.folder import WORK
from perfkit.workbook.jobs import Job, Settings

ENGINE = "perfkit"
WANTED = (  # what a kernel, a chart and a page load
    "ipykernel.inprocess.blocking", "ipykernel.inprocess.ipkernel", "ipykernel.debugger", "narwhals.stable.v1.dependencies", "perfkit.workbook.cells",
    "perfkit.workbook.publish", "tornado.queues",
)  # fmt: skip
DEADLINE = 600.0  # seconds that one notebook may take
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Failure:
    """Why a notebook did not finish: the number of its cell, from 1, and the error."""

    cell: int
    error: str


@dataclass(frozen=True)
class Task:
    """Everything a worker needs for one report."""

    job: Job
    settings: Settings
    root: Path
    out: Path
    site: Mapping[str, Any]
    absent: tuple[str, ...] = ()  # sections that the scheme has not
    made_from: str = ""  # the fingerprint of rules, records, code and notebooks, for workers that read them themselves
    more: bool = False  # the task after it is the same report in another language and may be made with it, see plain.py

    @property
    def scratch(self) -> Path:
        """For what notebooks write while they run; whoever holds the folder clears it away."""
        return self.out / WORK


@dataclass(frozen=True)
class Outcome:
    """How one report went."""

    job: Job
    out: Path
    seconds: float
    failure: Failure | None = None
    made: bool = True  # or it stood already


Group = tuple[Task, ...]  # the same report in several languages, run one after another by one process
Made = tuple[float, "bytes | Failure | None"]  # the seconds a notebook took, and the notebook; None if its process died


def execute_all(tasks: Iterator[Task], jobs: int, deadline: float, done: Callable[[Outcome], None], scheduler: str = "") -> None:
    """Run all tasks, ``jobs`` at once here or on the Dask cluster at ``scheduler``, each notebook for at most ``deadline`` seconds.

    A failure is an outcome and stops nobody else. Tasks are drawn as they can be started; outcomes come as they are there.
    """
    if scheduler:
        from perfkit.workbook.cluster import on_cluster

        on_cluster(tasks, scheduler, deadline, done)
    elif forks.POSSIBLE:
        forked(tasks, jobs, deadline, done)
    else:
        _in_kernels(tasks, jobs, deadline, done)


def forked(tasks: Iterator[Task | None], jobs: int, deadline: float, done: Callable[[Outcome], None], share: int = 0) -> None:
    """Each notebook in a child of this process, which has the imports and the assessment already; pages in one that lives longer."""
    import gc

    _warm()
    gc.freeze()  # what is there is not looked through again in every child

    alone: list[Task] = []

    def told(group: Group, ended: forks.Ended, fault: str) -> None:
        if len(group) > 1 and (ended.content is None or fault):
            alone.extend(group)  # so that one language takes no other with it
            return
        made: list[Made] = [(ended.seconds, None)] if ended.content is None else pickle.loads(ended.content)  # noqa: S301  by a fork of this very process
        for task, (seconds, content) in zip(group, made, strict=True):
            lang = task.settings.lang
            late = say("cli.deadline", lang, seconds=round(deadline))
            failure = content if isinstance(content, Failure) else Failure(0, late if fault == forks.LATE else fault) if fault else None
            if content is None:
                failure = Failure(ended.at, late if ended.died == forks.LATE else say("cli.died", lang, how=ended.died))
            done(Outcome(task.job, task.out, seconds, failure))

    def work(group: Group, at: forks.At) -> bytes:
        scratch = group[0].scratch
        scratch.mkdir(parents=True, exist_ok=True)
        os.environ["TMPDIR"] = tempfile.tempdir = str(scratch)
        return pickle.dumps([_timed(task, at) for task in group])

    forks.run(_groups(tasks), work, _finished, jobs, deadline, told, share)
    if alone:
        forks.run(((task,) for task in alone), work, _finished, jobs, deadline, told, share)


def _groups(tasks: Iterator[Task | None]) -> Iterator[Group | None]:
    """One report in all its languages, None where there is none yet; no task is drawn before those in front of it are on their way."""
    group: list[Task] = []
    for task in tasks:
        if task is None:
            yield None
            continue
        group.append(task)
        if not task.more:
            yield tuple(group)
            group = []
    if group:
        yield tuple(group)


def _timed(task: Task, at: forks.At) -> Made:
    begun = perf_counter()
    made = executed(task, engine_name=ENGINE, at=at)
    return perf_counter() - begun, made


def _warm() -> None:
    """Import what every notebook needs, before there are children that would each do it."""
    import altair.utils.schemapi
    from papermill.engines import papermill_engines

    import perfkit.report
    from perfkit.workbook.engine import ForkEngine

    papermill_engines.register(ENGINE, ForkEngine)  # where perfkit is not installed but on the path
    altair.utils.schemapi.DEBUG_MODE = False  # charts are checked against their grammar by the tests, not for every report
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # the debugger that ipykernel loads would talk about itself
    for name in WANTED:
        import_module(name)
    for name in perfkit.report.__all__:
        getattr(perfkit.report, name)


def _finished(group: Group, content: bytes) -> None:
    made: list[Made] = pickle.loads(content)  # noqa: S301  written by a fork of this very process
    for task, (_, notebook) in zip(group, made, strict=True):
        if isinstance(notebook, bytes):
            published(task, notebook)


def _in_kernels(tasks: Iterator[Task], jobs: int, deadline: float, done: Callable[[Outcome], None]) -> None:
    """Each notebook in a kernel of its own, several of them in processes that live longer."""
    with ProcessPoolExecutor(max_workers=jobs, mp_context=get_context("spawn")) as pool:
        waiting: dict[Future[Outcome], Task] = {}
        try:
            while True:
                waiting |= {pool.submit(execute, task, deadline): task for task in islice(tasks, 2 * jobs - len(waiting))}
                if not waiting:
                    return
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    task, error = waiting.pop(future), future.exception()
                    done(future.result() if error is None else failed(task, error))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def failed(task: Task, error: BaseException) -> Outcome:
    """Of a task whose notebook could not be started."""
    return Outcome(task.job, task.out, 0.0, Failure(0, f"{type(error).__name__}: {error}"))


def execute(task: Task, deadline: float) -> Outcome:
    """Run one notebook in a kernel, then write it and its page; on failure neither is touched."""
    start = perf_counter()
    task.scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="perfkit-") as folder:  # of short name: a socket's path has 100 bytes
        os.environ["TMPDIR"] = str(task.scratch)
        made = executed(task, shutdown_kernel="immediate", timeout_func=lambda _: max(1, round(start + deadline - perf_counter())), **_transport(folder))
    if isinstance(made, Failure):
        return Outcome(task.job, task.out, perf_counter() - start, made)
    published(task, made)
    return Outcome(task.job, task.out, perf_counter() - start)


def executed(task: Task, **how: Any) -> "bytes | Failure":
    """The notebook with its outputs, run by papermill, as it is kept; or why it did not finish."""
    import nbformat
    import papermill
    from papermill.exceptions import PapermillExecutionError

    _silence()
    try:
        notebook = papermill.execute_notebook(
            str(task.root / "notebooks" / task.job.notebook), None, parameters=task.job.parameters(task.settings), kernel_name="python3",
            progress_bar=False, cwd=str(task.root), request_save_on_cell_execute=False, record_timing=False, **how,
        )  # fmt: skip
    except PapermillExecutionError as error:
        return Failure(error.cell_index, _ANSI.sub("", f"{error.ename}: {error.evalue}"))
    except Exception as error:  # a kernel that died or would not start
        return Failure(0, f"{type(error).__name__}: {error}")
    return str(nbformat.writes(settled(notebook))).encode("utf-8") + b"\n"


def published(task: Task, content: bytes) -> None:
    """Write an executed notebook and its page."""
    import nbformat

    from perfkit.workbook.publish import page

    html = page(nbformat.reads(content.decode("utf-8"), as_version=4), task.site, task.settings.lang, task.settings.edition, task.absent)
    stem = task.out / task.job.stem
    write_whole(stem.with_name(stem.name + ".ipynb"), content)
    write_whole(stem.with_name(stem.name + ".html"), html)


def settled(notebook: Any) -> Any:
    """The notebook without what differs from run to run: times, paths, versions and chance ids."""
    notebook.metadata = {"kernelspec": notebook.metadata.get("kernelspec", {}), "language_info": {"name": "python"}}
    for cell in notebook.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = "injected-parameters"
        cell.metadata = {"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {}
        cell.get("outputs", [])[:] = [output for output in cell.get("outputs", []) if output.get("name") != "stderr"]
    return notebook


def _transport(folder: str) -> dict[str, Any]:
    """A socket path of its own for each kernel where the system has them: TCP ports chosen at once can collide."""
    if os.name == "nt":
        return {}
    from traitlets.config import Config

    return {"config": Config({"KernelManager": {"transport": "ipc", "ip": f"{folder}/k"}})}


def _silence() -> None:
    """What papermill logs of a failure, the outcome says better."""
    for name in ("papermill", "traitlets"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def default_jobs() -> int:
    """One process a core."""
    return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def numbered(outcomes: Sequence[Outcome]) -> Iterator[dict[str, Any]]:
    """Outcomes as plain rows."""
    for outcome in outcomes:
        yield {"report": outcome.job.stem, "seconds": round(outcome.seconds, 3), "failed": outcome.failure is not None, "made": outcome.made}
