"""A run that lays scenarios beside the base: its schemes, and its tables for programs."""

import json
from collections.abc import Sequence
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import Any

import pandas as pd

from perfkit import published
from perfkit.assessment import Assessment
from perfkit.problems import Problem, RecordsError, SchemeError, UsageError
from perfkit.project import digest, found
from perfkit.report.comparison import ComparisonView, effects_of, viewed
from perfkit.scheme import Scheme, load_scheme
from perfkit.whatif.scenarios import schemes_of
from perfkit.workbook.jobs import Job, Settings

EFFECTS = ("movers", "attribution", "needs")
PRIVATE = ("staff", "cost", "bands")
LONGEST = 120  # bytes of a folder's name that every system takes, with the year before it


def schemes(settings: Settings, root: Path) -> tuple[Scheme, list[Scheme]]:
    """The scheme to assess and the scenarios to lay beside it; a run that compares nothing has none.

    The base goes by the scenarios' names, so that whatever is made of it is marked and kept apart as an experiment.
    """
    if not settings.compare:
        return load_scheme(found(settings.scheme, root), [found(each, root) for each in settings.overlays], settings.overrides), []
    base, *others = schemes_of(settings.scheme, ";".join(settings.overlays), settings.overrides, root)
    if not others:
        raise UsageError("no_scenario")
    sources = {name: value for each in (base, *others) for name, value in each.sources.items()}
    return replace(base, scenario=folder([each.scenario for each in others]), sources=sources), others


def earlier(settings: Settings, scheme: Scheme, jobs: Sequence[Job], root: Path) -> tuple[Settings, dict[str, str]]:
    """The settings with the folder of the version that is meant, and file → sha256 of all that is read of it.

    Raises UsageError for a version that is another bureau's, year's or edition's, did not publish the period, or is not as its manifest says.
    """
    if not settings.since:
        return settings, {}
    site = published.opened(found(settings.since, root), published.Asked(scheme.name, scheme.year, settings.edition, settings.overlays, settings.overrides))
    folder = site.folder.resolve()
    name = folder.relative_to(root.resolve()).as_posix() if folder.is_relative_to(root.resolve()) else str(folder)
    runs = {str(run["period"]): job for job in jobs if (run := site.run_of(job.period, job.division))}
    if site.run_of(settings.period, settings.division) is None:
        raise UsageError("since_period", folder=site.folder, given=settings.period)
    read = [published.read(site, job.period, job.division) for job in runs.values()]
    return replace(settings, since=name), {f"{name}/{file}": seal for each in read for file, seal in each.files.items()}


def apart(settings: Settings, root: Path, out: Path) -> None:
    """UsageError where a run would write over the version that it compares with."""
    if settings.since and found(settings.since, root).resolve() == out.resolve():
        raise UsageError("since_same_folder", folder=out)


def view(settings: Settings, result: Assessment, scenarios: Sequence[Scheme]) -> ComparisonView | None:
    """The comparison; records that fit the base and not a scenario are the scenario's fault."""
    try:
        return viewed(result, scenarios, "", settings.edition, settings.lang) if settings.compare else None
    except RecordsError as error:
        raise SchemeError(error.problems) from None


def folder(names: list[str]) -> str:
    """One name for several scenarios: ``,`` between them, for a ``+`` stands between files stacked in one."""
    whole = ",".join(name or "base" for name in names)
    return whole if len(whole.encode()) <= LONGEST else f"{len(names)}-{digest(whole.encode())[:8]}"


def results(view: ComparisonView) -> dict[str, pd.DataFrame]:
    """The comparison's tables with plain cells; in the public edition without people and money."""
    comparison = view.comparison
    found = {name: getattr(comparison, name) for name in ("parameters", "divisions", "transitions", *(() if view.public else PRIVATE))}
    for name in EFFECTS:
        found[name] = effects_of(view, attrgetter(name))[0]
    if view.public:
        found["divisions"] = found["divisions"].loc[:, ~found["divisions"].columns.str.startswith("amount")]
    return {name: table.apply(lambda column: column.map(lambda cell: _plain(cell, view)) if column.dtype == object else column)
            for name, table in found.items() if len(table.columns)}  # fmt: skip


def _plain(cell: Any, view: ComparisonView) -> str | None:
    """A cell of mixed kinds as text: a mapping as JSON, a problem in words, nothing for a blank."""
    if isinstance(cell, Problem):
        return cell.what(view.lang)
    if isinstance(cell, dict | list):
        return json.dumps(cell, ensure_ascii=False)
    return None if cell is None or pd.isna(cell) else str(cell)


def as_json(view: ComparisonView) -> dict[str, Any]:
    """The tables as rows, and what could not be told; blanks are null."""
    tables = {name: _rows(table) for name, table in results(view).items()}
    asked = {"base": _rows(view.comparison.base.tables["open"]), **{each.name: _rows(each.tables["open"]) for each in view.comparison.scenarios}}
    return {"scenarios": [each.name for each in view.comparison.scenarios], **tables, "open": asked,
            "refused": effects_of(view, attrgetter("movers"))[1]}  # fmt: skip


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    cells = table.astype(object)
    return cells.where(cells.notna(), None).to_dict("records")  # type: ignore[return-value]


def undecided(view: ComparisonView) -> bool:
    """Whether a scenario leaves questions that people have to decide."""
    return any(len(each.tables["open"]) for each in view.comparison.scenarios)
