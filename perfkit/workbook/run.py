"""A run: assess, execute every notebook, publish, write results and manifest, lead the reader to the index."""

import getpass
import io
import json
import platform
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import pandas as pd

from perfkit.assessment import Assessment, assess
from perfkit.periods import is_year
from perfkit.problems import InputError, Problem, RecordsError, UsageError
from perfkit.project import found, write_whole
from perfkit.records import load_records
from perfkit.report.comparison import ComparisonView
from perfkit.workbook import comparing, manifest, printing, seals, signing
from perfkit.workbook.annex import ANNEX, annex
from perfkit.workbook.booklets import Booklet, booklets, pages
from perfkit.workbook.execute import Outcome, Task, execute_all, numbered
from perfkit.workbook.files import as_csv, digest
from perfkit.workbook.jobs import Job, Settings, jobs_of, undeclared
from perfkit.workbook.site import page_frame, reports_of, site_pages

RESULTS = ("ledger", "divisions", "staff", "leaders", "payouts", "open", "register", "settlement", "losses", "guidance", "late", "checks", "items")


@dataclass(frozen=True)
class Plan:
    """A run before it starts: what was assessed, and the reports to make."""

    settings: Settings
    result: Assessment
    jobs: list[Job]
    out: Path
    signature: Mapping[str, str]
    refusals: Sequence[Problem] = ()  # why it may not be published as final, where the period is signed so
    comparison: ComparisonView | None = None


@dataclass(frozen=True)
class Report:
    """How a run went."""

    plan: Plan
    outcomes: list[Outcome]
    seconds: float

    @property
    def failed(self) -> list[Outcome]:
        """The reports that were not made."""
        return [outcome for outcome in self.outcomes if outcome.failure]

    @property
    def index(self) -> Path:
        """The page to open."""
        return self.plan.out / manifest.INDEX


def prepare(settings: Settings, root: Path, out: Path | None = None) -> Plan:
    """Load, assess and lay out the reports; everything that can be refused is refused here."""
    scheme, scenarios = comparing.schemes(settings, root)
    result = assess(scheme, load_records(found(scheme.spec.records, root)), settings.period)
    division = result.subject(settings.division) if settings.division else ""
    if division and division not in set(result.divisions["division"]):
        raise UsageError("not_a_division", given=settings.division)
    settings = Settings(**{**vars(settings), "division": division})
    jobs = jobs_of(settings, list(result.divisions["division"]), scheme.spec.bureau.reports.value)
    faults = undeclared(jobs, settings, root / "notebooks")
    if faults:
        raise InputError(faults)
    faulty = result.checks[~result.checks["holds"]]
    if len(faulty):
        raise UsageError("sums_differ", names=tuple(dict.fromkeys(faulty["check"])))
    shown = result.public() if settings.edition == "public" else result
    year = f"{scheme.year}+{scheme.scenario}" if scheme.scenario else str(scheme.year)
    folder = (out or root / "outputs") / scheme.name / year / settings.edition / settings.lang
    faults = seals.broken(result, folder)
    if faults:
        raise RecordsError(faults)
    signature = manifest.signature(result, root)
    view = comparing.view(settings, result, scenarios)
    return Plan(settings, shown, jobs, folder, signature, signing.refusals(result, settings.period, signature, folder.parents[1]), view)


def run(plan: Plan, root: Path, jobs: int, progress: Callable[[Outcome], None]) -> Report:
    """Make the reports, the result tables, the index and the manifest."""
    start, begun = perf_counter(), datetime.now(UTC)
    settings, result = plan.settings, plan.result
    plan.out.mkdir(parents=True, exist_ok=True)
    books = [] if settings.compare else booklets(plan.jobs, result, settings.lang)
    stems = {book.stem for book in books}
    absent = result.scheme.absent
    tasks = [Task(job, settings, root, plan.out, page_frame(job, plan.jobs, stems, result, settings.lang), absent) for job in plan.jobs]
    outcomes = execute_all(tasks, jobs, progress)
    made = [outcome.job for outcome in outcomes if outcome.failure is None]
    outputs = {f"{job.stem}.{kind}": digest((plan.out / f"{job.stem}.{kind}").read_bytes()) for job in made for kind in ("html", "ipynb")}
    outputs = dict(sorted((outputs | _results(plan) | _forms(plan, books, {job.stem for job in made})).items()))
    forms = [book.described() for book in books]
    described = manifest.merged(plan.out, manifest.of_run(settings, result, root, plan.signature, reports_of(made, result), forms, outputs))
    site = site_pages(described["runs"], plan.out, result, settings.lang)
    for name, page in site.items():
        write_whole(plan.out / name, page)
    described["site"] = {name: digest(page) for name, page in site.items()}
    manifest.write(plan.out, described)
    report = Report(plan, outcomes, perf_counter() - start)
    write_whole(plan.out / manifest.LOG, manifest.dump({**_log(report, begun, jobs), "pdf": printing.fresh(plan.out, outputs)}))
    return report


def _results(plan: Plan) -> dict[str, str]:
    """Write the result tables as CSV, as Parquet and as one annex in Excel; name → sha256."""
    folder = "results" if is_year(plan.settings.period) else f"results/{plan.settings.period}"
    tables: Mapping[str, pd.DataFrame] = {name: getattr(plan.result, name) for name in RESULTS}
    if not is_year(plan.settings.period) or not plan.result.scheme.spec.has("personal"):
        tables = {**tables, **plan.result.beside}
    if len(plan.result.bureau):
        tables = {**tables, "bureau": plan.result.bureau}
    if plan.comparison:
        folder, tables = f"{folder}/compare", comparing.results(plan.comparison)
    made = {ANNEX: annex(tables, plan.result, plan.settings.period, plan.settings.lang)}
    for name, table in tables.items():
        buffer = io.BytesIO()
        table.to_parquet(buffer, index=False)
        made |= {f"{name}.csv": as_csv(table), f"{name}.parquet": buffer.getvalue()}
    for name, content in made.items():
        write_whole(plan.out / folder / name, content)
    return {f"{folder}/{name}": digest(content) for name, content in made.items()}


def _forms(plan: Plan, books: Sequence[Booklet], reports: Collection[str]) -> dict[str, str]:
    """Write the booklets and statements; name → sha256."""
    written: dict[str, str] = {}
    for book in books:
        for name, page in pages(book, books, reports, plan.result, plan.settings.lang).items():
            write_whole(plan.out / name, page)
            written[name] = digest(page)
    return written


def _log(report: Report, begun: datetime, jobs: int) -> Mapping[str, Any]:
    """What differs from run to run, kept out of the manifest."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = ""
    return {"begun": begun.isoformat(timespec="seconds"), "seconds": round(report.seconds, 2), "jobs": jobs, "user": user,
            "host": platform.node(), "python": platform.python_version(), "system": platform.system(), "reports": list(numbered(report.outcomes)),
            "failures": [{"report": each.job.stem, "notebook": each.job.notebook, "cell": each.failure.cell, "error": each.failure.error}
                         for each in report.failed if each.failure]}  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """One thing that is not as the manifest says: ``kind`` is missing, different, or an input that changed."""

    kind: str
    file: str


def verify(folder: Path, root: Path, scratch: Path, jobs: int, progress: Callable[[Outcome], None]) -> tuple[int, list[Difference]]:
    """Make every run of a manifest again in ``scratch`` and compare byte by byte.

    Returns the number of files compared and the differences: reports, other pages, the rest.
    """
    described = manifest.read(folder)
    inputs: list[Difference] = []
    found: list[Difference] = []
    again = scratch
    for old in described["runs"]:
        settings = Settings(old["scheme"], old["period"], old["division"], tuple(old["overlays"]), old["overrides"], old["edition"], old["lang"],
                            old.get("compare", False))  # fmt: skip
        try:
            plan = prepare(settings, root, scratch)
        except InputError:
            inputs += [Difference("input", problem.file) for problem in _problems(settings, root)]
            continue
        again = plan.out
        now = manifest.inputs(plan.result)
        inputs += [Difference("input", name) for name in sorted({*now, *old["inputs"]}) if now.get(name) != old["inputs"].get(name)]
        run(plan, root, jobs, progress)
        found += [each for name in old["outputs"] if (each := _compared(folder, again, name))]
    site = sorted(described.get("site", [manifest.INDEX]))
    expected = {name for old in described["runs"] for name in old["outputs"]} | set(site)
    around = [each for name in site if (each := _compared(folder, again, name))]
    reports = {f"{report['stem']}.html" for old in described["runs"] for report in old["reports"]}
    found = sorted(found, key=lambda each: (each.file not in reports, not each.file.endswith(".html"), each.file)) + around
    return len(expected), [*found, *dict.fromkeys(inputs)]


def _problems(settings: Settings, root: Path) -> Sequence[Any]:
    try:
        prepare(settings, root)
    except InputError as error:
        return error.problems
    return []


def _compared(folder: Path, again: Path, name: str) -> Difference | None:
    if not (folder / name).is_file():
        return Difference("missing", name)
    same = (again / name).is_file() and (again / name).read_bytes() == (folder / name).read_bytes()
    return None if same else Difference("different", name)


def settings_json(pairs: Sequence[str]) -> str:
    """``--set PATH=VALUE`` arguments as JSON text; a value that is no JSON is text."""
    values: dict[str, Any] = {}
    for pair in pairs:
        path, sign, value = pair.partition("=")
        if not sign or not path.strip():
            raise UsageError("setting_form", given=pair)
        try:
            values[path.strip()] = json.loads(value)
        except ValueError:
            values[path.strip()] = value
    return json.dumps(values, ensure_ascii=False, sort_keys=True) if values else ""
