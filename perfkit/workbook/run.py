"""A run: assess, execute every notebook, publish, write results and manifest, lead the reader to the index."""

import getpass
import io
import platform
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

import pandas as pd

from perfkit.assessment import Assessment, assess
from perfkit.language import say
from perfkit.opened import keep
from perfkit.periods import is_year, months_of
from perfkit.problems import InputError, Problem, RecordsError, UsageError
from perfkit.project import digest, found, write_whole
from perfkit.records import load_records
from perfkit.report import provenance
from perfkit.report.comparison import ComparisonView
from perfkit.report.spreadsheet import as_csv
from perfkit.workbook import comparing, fresh, manifest, printing, seals, signing
from perfkit.workbook.annex import ANNEX, annex
from perfkit.workbook.booklets import Booklet, booklets, pages
from perfkit.workbook.code import code
from perfkit.workbook.execute import DEADLINE, Outcome, Task, execute_all, numbered
from perfkit.workbook.folder import alone
from perfkit.workbook.jobs import Job, Settings, jobs_of, undeclared
from perfkit.workbook.plain import plain
from perfkit.workbook.site import page_frame, reports_of, site_pages

RESULTS = ("ledger", "divisions", "staff", "leaders", "payouts", "open", "register", "settlement", "losses", "guidance", "late", "checks", "items",
           "corrections", "answers")  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """A run before it starts: what was assessed, and the reports to make."""

    settings: Settings
    result: Assessment
    jobs: list[Job]
    out: Path
    signature: Mapping[str, str]
    books: Sequence[Booklet] = ()
    refusals: Sequence[Problem] = ()  # why it may not be published as final, where the period is signed so
    comparison: ComparisonView | None = None
    whole: Assessment | None = None  # of the internal edition, for other plans of the same
    earlier: Mapping[str, str] = field(default_factory=dict)  # file → sha256 of the version compared with


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


def prepare(settings: Settings, root: Path, out: Path | None = None, known: Assessment | None = None) -> Plan:
    """Load, assess and lay out the reports; everything that can be refused is refused here.

    ``known`` is the internal assessment of the same rules, records and period, where there is one already.
    """
    scheme, scenarios = comparing.schemes(settings, root) if known is None or settings.compare else (known.scheme, [])
    result = known or assess(scheme, load_records(found(scheme.spec.records, root)), settings.period)
    division = result.subject(settings.division) if settings.division else ""
    if division and division not in set(result.divisions["division"]):
        raise UsageError("not_a_division", given=settings.division)
    settings = replace(settings, division=division)
    jobs = jobs_of(settings, list(result.divisions["division"]), scheme.spec.bureau.reports.value)
    settings, earlier = comparing.earlier(settings, scheme, jobs, root)
    faults = undeclared(jobs, settings, root / "notebooks")
    if faults:
        raise InputError(faults)
    faulty = result.checks[~result.checks["holds"]]
    if len(faulty):
        raise UsageError("sums_differ", names=tuple(dict.fromkeys(faulty["check"])))
    shown = result.public() if settings.edition == "public" else result
    year = f"{scheme.year}+{scheme.scenario}" if scheme.scenario else str(scheme.year)
    folder = (out or root / "outputs") / scheme.name / year / settings.edition / settings.lang
    comparing.apart(settings, root, folder)
    faults = seals.broken(result, folder)
    if faults:
        raise RecordsError(faults)
    signature = manifest.signature(result, root)
    view = comparing.view(settings, result, scenarios)
    books = [] if settings.compare else booklets(jobs, shown, settings.lang)
    refusals = signing.refusals(result, settings.period, signature, folder.parents[1])
    return Plan(settings, shown, jobs, folder, signature, books, refusals, view, result, earlier)


Progress = Callable[[Outcome], object]
Gone = tuple[Outcome, fresh.Basis]  # how a report went, and what it was made from


def run(plan: Plan, root: Path, jobs: int, progress: Progress, deadline: float = DEADLINE) -> Report:
    """Make one plan's reports, result tables, index and manifest; see ``run_all``."""
    reports: list[Report] = []
    run_all([[plan]], root, jobs, progress, reports.extend, _raised, deadline=deadline)
    return reports[0]


def _raised(_: str, error: UsageError) -> None:
    raise error


def run_all(
    bureaus: Iterable[Sequence[Plan]], root: Path, jobs: int, progress: Progress, finished: Callable[[list[Report]], object],
    turned_away: Callable[[str, UsageError], object], again: bool = False, deadline: float = DEADLINE, scheduler: str = "",
) -> None:  # fmt: skip
    """Make the reports, result tables, index and manifest of one bureau after another, each in its editions and languages.

    A report that stands as it was made, from what it would be made from now, is left alone unless ``again`` is set. The next bureau is
    drawn when all reports of the one before are begun, and ``finished`` is told of each when its last one is there; ``turned_away`` of one
    in whose folders another run is writing.
    """
    at_work: dict[Path, _Bureau] = {}

    def done(outcome: Outcome) -> None:
        bureau = at_work[outcome.out]
        bureau.went(outcome)
        progress(outcome)
        end(bureau)

    def end(bureau: _Bureau) -> None:
        if bureau.drawn and len(bureau.outcomes) == len(bureau.bases):
            finished(bureau.reports(root, jobs))
            bureau.folders.close()
            for plan in bureau.plans:
                del at_work[plan.out]

    def tasks() -> Iterator[Task]:
        for plans in bureaus:
            bureau = _Bureau(plans)
            try:
                bureau.enter()
            except UsageError as error:
                bureau.folders.close()
                turned_away(plans[0].settings.scheme, error)
                continue
            at_work.update({plan.out: bureau for plan in plans})
            for task, basis, why in due(plans, root, again):
                bureau.bases[task.out, task.job.stem] = basis
                if why:
                    yield task
                else:
                    done(Outcome(task.job, task.out, 0.0, made=False))
            bureau.drawn = True
            end(bureau)

    try:
        execute_all(tasks(), jobs, deadline, done, scheduler)
    finally:
        for bureau in at_work.values():
            bureau.folders.close()


@dataclass
class _Bureau:
    """The plans of one bureau on their way: what its reports are made from, and how those that are there went."""

    plans: Sequence[Plan]
    folders: ExitStack = field(default_factory=ExitStack)
    bases: dict[tuple[Path, str], fresh.Basis] = field(default_factory=dict)
    outcomes: dict[tuple[Path, str], Gone] = field(default_factory=dict)
    drawn: bool = False  # all tasks
    start: float = field(default_factory=perf_counter)
    begun: datetime = field(default_factory=lambda: datetime.now(UTC))

    def enter(self) -> None:
        """Keep every other run out of its folders; UsageError if one is in."""
        for plan in self.plans:
            plan.out.mkdir(parents=True, exist_ok=True)
            self.folders.enter_context(alone(plan.out))

    def went(self, outcome: Outcome) -> None:
        place = outcome.out, outcome.job.stem
        self.outcomes[place] = (outcome, self.bases[place])
        if outcome.failure is None and outcome.made:
            fresh.note(*place, self.bases[place])

    def reports(self, root: Path, jobs: int) -> list[Report]:
        """Write what stands around the reports."""
        made: list[Report] = []
        for plan in self.plans:
            own = {job.stem: self.outcomes[plan.out, job.stem] for job in plan.jobs}
            _around(plan, root, own)
            report = Report(plan, [outcome for outcome, _ in own.values()], perf_counter() - self.start)
            pdf = printing.fresh(plan.out, manifest.runs(plan.out)[-1]["outputs"])
            write_whole(plan.out / manifest.LOG, manifest.dump({**_log(report, self.begun, jobs), "pdf": pdf}))
            made.append(report)
        return made


Due = tuple[Task, fresh.Basis, list[str]]  # a report, what it would be made from, and why it must be made


def due(plans: Sequence[Plan], root: Path, again: bool = False) -> Iterator[Due]:
    """Each report with what it is made from, and why it must be made; the longest first, and assessed only when it is its turn."""
    first, made_by = plans[0], code(root)
    made = {plan.out: fresh.earlier(plan.out, manifest.runs(plan.out)) for plan in plans}
    common = {"rules": fresh.of_plain([first.result.scheme.sources, first.result.scheme.scenario]), "perfkit": made_by["package"][: fresh.SHOWN],
              "lock": made_by["lock"][: fresh.SHOWN]}  # fmt: skip
    everything = fresh.of_plain(first.signature)
    made_from = manifest.made_from(first.result, root)
    rules = found(first.settings.scheme, root), [found(each, root) for each in first.settings.overlays]
    alike = {name for name in {job.notebook for job in first.jobs} if plain(root / "notebooks" / name)}
    for job in sorted(first.jobs, key=lambda job: (-len(months_of(job.period)), job.period, job.division != "")):
        shown = {plan.settings.edition: plan.result.at_itself(job.period) for plan in plans}
        if not first.settings.compare:
            keep(*rules, first.settings.overrides, list(shown.values()))
        pages = {edition: result.page(job.period, job.division or None) for edition, result in shown.items()}
        data = {edition: everything if first.settings.compare else fresh.of_page(page, everything) for edition, page in pages.items()}
        rows: list[Due] = []
        for plan in plans:
            settings = plan.settings
            since = {"since": fresh.of_plain(plan.earlier)} if settings.since else {}  # what moved since may come from any record
            site = page_frame(job, plan.jobs, {book.stem for book in plan.books}, pages[settings.edition], plan.result, settings.lang)
            basis = {**common, "notebook": made_by["notebooks"][job.notebook][: fresh.SHOWN], "settings": fresh.of_plain(job.parameters(settings)),
                     "data": everything if since else data[settings.edition], "frame": fresh.of_plain(site), **since}  # fmt: skip
            why = ["forced"] if again else fresh.stale(plan.out, job.stem, made[plan.out].get(job.stem), basis)
            absent = (*plan.result.scheme.absent, *([] if settings.since else ["since"]))
            beside = provenance.of_report(basis["data"], first.result.scheme.sources, (job.notebook, basis["notebook"]), made_by, settings.lang)
            site |= {"provenance": beside._repr_html_(), "provenance_title": say("provenance.heading", settings.lang)}
            rows.append((Task(job, settings, root, plan.out, site, absent, made_from), basis, why))
        yield from _together(rows) if job.notebook in alike else rows


def _together(rows: Sequence[Due]) -> Iterator[Due]:
    """The same, but a task says so where the next to be made is its report in another language."""
    wanted = [task for task, _, why in rows if why]
    followed = {task.out for task, other in pairwise(wanted) if task.settings.edition == other.settings.edition}
    for task, basis, why in rows:
        yield replace(task, more=bool(why) and task.out in followed), basis, why


def changed(plan: Plan) -> list[str]:
    """The parameters that have another value than in the run of the same period that was published before."""
    now = manifest.parameters(plan.result)
    before = [run["parameters"] for run in manifest.runs(plan.out) if run["period"] == plan.settings.period]
    return [path for path in now if before and before[-1].get(path, {}).get("value") != now[path]["value"]]


def _around(plan: Plan, root: Path, outcomes: Mapping[str, Gone]) -> None:
    """The result tables, the forms, the pages around the reports, and last the manifest."""
    settings, result = plan.settings, plan.result
    made = [job for job in plan.jobs if outcomes[job.stem][0].failure is None]
    outputs = {f"{job.stem}.{kind}": digest((plan.out / f"{job.stem}.{kind}").read_bytes()) for job in made for kind in fresh.KINDS}
    outputs = dict(sorted((outputs | _results(plan) | _forms(plan, {job.stem for job in made})).items()))
    reports = [{**report, "basis": outcomes[report["stem"]][1]} for report in reports_of(made, result)]
    failed = [job.stem for job in plan.jobs if outcomes[job.stem][0].failure]
    forms = [book.described() for book in plan.books]
    this = manifest.of_run(settings, result, root, plan.signature, reports, forms, outputs, failed, len(plan.jobs), plan.earlier)
    described = manifest.merged(plan.out, this)
    site = site_pages(described["runs"], plan.out, result, settings.lang)
    for name, page in site.items():
        write_whole(plan.out / name, page)
    described["site"] = {name: digest(page) for name, page in site.items()}
    manifest.write(plan.out, described)
    (plan.out / fresh.JOURNAL).unlink(missing_ok=True)


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


def _forms(plan: Plan, reports: Collection[str]) -> dict[str, str]:
    """Write the booklets and statements; name → sha256."""
    written: dict[str, str] = {}
    for book in plan.books:
        for name, page in pages(book, plan.books, reports, plan.result, plan.settings.lang).items():
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
