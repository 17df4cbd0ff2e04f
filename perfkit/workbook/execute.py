"""Running notebooks with papermill, each in a kernel of its own, several at a time."""

import logging
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

from perfkit.project import write_whole
from perfkit.workbook.jobs import Job, Settings

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


@dataclass(frozen=True)
class Outcome:
    """How one report went."""

    job: Job
    seconds: float
    failure: Failure | None = None


def execute_all(tasks: Sequence[Task], jobs: int, done: Callable[[Outcome], None]) -> list[Outcome]:
    """Run all tasks in ``jobs`` processes; a failure is an outcome and stops nobody else.

    The outcomes come back in the order of the tasks.
    """
    found: dict[Job, Outcome] = {}
    with ProcessPoolExecutor(max_workers=min(jobs, len(tasks)) or 1, mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(execute, task): task for task in tasks}
        try:
            for future in as_completed(waiting):
                task = waiting[future]
                error = future.exception()
                outcome = future.result() if error is None else Outcome(task.job, 0.0, Failure(0, f"{type(error).__name__}: {error}"))
                found[task.job] = outcome
                done(outcome)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [found[task.job] for task in tasks]


def execute(task: Task) -> Outcome:
    """Run one notebook, then write it and its page; on failure neither is touched."""
    import nbformat
    import papermill
    from papermill.exceptions import PapermillExecutionError

    from perfkit.workbook.publish import page

    _silence()
    start = perf_counter()
    with tempfile.TemporaryDirectory(prefix="perfkit-") as folder:
        raw = Path(folder) / "notebook.ipynb"
        try:
            papermill.execute_notebook(
                str(task.root / "notebooks" / task.job.notebook), str(raw), parameters=task.job.parameters(task.settings),
                kernel_name="python3", progress_bar=False, cwd=str(task.root), request_save_on_cell_execute=False, record_timing=False,
                shutdown_kernel="immediate",
                **_transport(folder),
            )  # fmt: skip
        except PapermillExecutionError as error:
            text = _ANSI.sub("", f"{error.ename}: {error.evalue}")
            return Outcome(task.job, perf_counter() - start, Failure(error.cell_index, text))
        except Exception as error:  # a kernel that died or would not start
            return Outcome(task.job, perf_counter() - start, Failure(0, f"{type(error).__name__}: {error}"))
        notebook = settled(nbformat.read(raw, as_version=4))
        written = nbformat.writes(notebook).encode("utf-8") + b"\n"
        html = page(notebook, task.site, task.settings.lang, task.settings.edition, task.absent)
    stem = task.out / task.job.stem
    write_whole(stem.with_name(stem.name + ".ipynb"), written)
    write_whole(stem.with_name(stem.name + ".html"), html)
    return Outcome(task.job, perf_counter() - start)


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
        yield {"report": outcome.job.stem, "seconds": round(outcome.seconds, 3), "failed": outcome.failure is not None}
