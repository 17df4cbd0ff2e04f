"""A process on a cluster's machine that makes one report after another, each in a fork of itself: ``python -m perfkit.workbook.station FD SECONDS``.

It reads rules and records where the report is made, and makes none from others than the run that asked for it has seen.
"""

import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection

from perfkit.assessment import Assessment, assess
from perfkit.language import say
from perfkit.opened import keep
from perfkit.problems import InputError, UsageError
from perfkit.project import found
from perfkit.records import load_records
from perfkit.workbook import comparing, manifest
from perfkit.workbook.execute import Failure, Outcome, Task, default_jobs, forked
from perfkit.workbook.jobs import Settings

Seen = dict[tuple[str, Settings], Assessment]  # at most one: of the reports that came last


def serve(pipe: "Connection[Outcome, Task]", deadline: float) -> None:
    """Take a task, send how it went, until nobody is there any more."""
    busy: list[Task] = []
    seen: Seen = {}

    def tasks() -> Iterator[Task | None]:
        while True:
            if busy:
                if pipe.poll():  # nothing is sent while a report is made: they have gone
                    raise EOFError
                yield None
                continue
            try:
                task = pipe.recv()
            except (EOFError, OSError):
                return
            fault = unlike(task, seen)
            if fault:
                pipe.send(Outcome(task.job, task.out, 0.0, Failure(0, fault)))
                continue
            busy.append(task)
            yield task

    def done(outcome: Outcome) -> None:
        busy.clear()
        pipe.send(outcome)

    with suppress(EOFError, BrokenPipeError):
        forked(tasks(), 1, deadline, done, share=default_jobs())


def unlike(task: Task, seen: Seen) -> str:
    """Assess what the task is about, for its notebook to find; what is otherwise here than where the run was asked for, or ''."""
    settings, root = replace(task.settings, lang="zh"), task.root
    if (task.made_from, settings) not in seen:
        seen.clear()
        try:
            scheme, _ = comparing.schemes(settings, root)
            result = assess(scheme, load_records(found(scheme.spec.records, root)), settings.period)
        except (InputError, UsageError, OSError):
            return say("cli.unlike", task.settings.lang, folder=root)
        if manifest.made_from(result, root) != task.made_from:
            return say("cli.unlike", task.settings.lang, folder=root)
        seen[task.made_from, settings] = result.public() if settings.edition == "public" else result
    if not settings.compare:
        rules = found(settings.scheme, root), [found(each, root) for each in settings.overlays]
        keep(*rules, settings.overrides, [seen[task.made_from, settings].at_itself(task.job.period)])
    return ""


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])), float(sys.argv[2]))
