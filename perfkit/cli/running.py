"""The command that makes reports: perfkit run, for one bureau or for many."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from perfkit.cli.frame import BOTH, DONE, EDITIONS, FAILED, FINDINGS, LANGS, main, progress_bar, project_of, relative, show_json, with_options
from perfkit.language import Lang, say, term
from perfkit.problems import InputError, RecordsError, UsageError

if TYPE_CHECKING:
    from perfkit.workbook.jobs import Settings
    from perfkit.workbook.run import Plan, Report


@dataclass(frozen=True)
class Ran:
    """What a run left: its folder, what people must still decide, how many reports it made and left alone, and which failed."""

    out: Path
    open: list[dict[str, Any]]
    pages: dict[str, str]  # to be printed, with the sha256
    made: int
    kept: int
    seconds: float = 0.0
    failures: tuple[dict[str, Any], ...] = ()

    @property
    def index(self) -> Path:
        return self.out / "index.html"


@dataclass(frozen=True)
class Refused:
    """A bureau that could not be assessed, and why."""

    scheme: str
    error: InputError | UsageError

    def lines(self, lang: Lang) -> list[str]:
        return [each.text(lang) for each in self.error.problems] if isinstance(self.error, InputError) else [self.error.text(lang)]


@dataclass(frozen=True)
class Asked:
    """How the reports are to be made, whatever bureau they are of."""

    root: Path
    base: Path
    lang: Lang
    force: bool
    deadline: float
    jobs: int | None
    scheduler: str
    browser: str  # to print with; '' for no PDF


@main.command(help=say("cli.help_run", "zh"))
@click.argument("bureaus", nargs=-1, required=True, metavar="BUREAU...")
@click.argument("period")
@click.option("--division", default="", help="只做一个处室 one division only")
@click.option("--set", "pairs", multiple=True, metavar="PATH=VALUE", help="换一个参数，作为试算 change a parameter, as an experiment")
@click.option("--overlay", "overlays", multiple=True, type=click.Path(path_type=Path), help="覆盖文件，作为试算 overlay file, as an experiment")
@click.option("--out", type=click.Path(path_type=Path), help="代替 outputs/ 的文件夹 folder instead of outputs/")
@click.option("--jobs", type=click.IntRange(1, 64), help="同时运行几个 how many at once")
@click.option("--scheduler", default="", metavar="ADDRESS", help="交给 Dask 集群，如 tcp://10.0.0.5:8786 have a Dask cluster make them")
@click.option("--deadline", type=click.FloatRange(1), default=600, show_default=True, help="每份报告最多几秒 seconds a report may take")
@click.option("--dry-run", is_flag=True, help="只列出要做的报告和原因 only list the reports to be made, and why")
@click.option("--force", is_flag=True, help="没有变化的也重做 make again what has not changed too")
@click.option("--edition", type=click.Choice([*EDITIONS, BOTH]), default="internal", show_default=True, help="版本 edition")
@click.option("--since", type=click.Path(path_type=Path), help="此前公布的文件夹，与之比较 a folder published before, to compare with")
@click.option("--pdf", is_flag=True, help="每页另存一份 PDF，要有 Chromium、Chrome 或 Edge also print every page as PDF")
@click.option("--json", "as_json", is_flag=True)
@with_options([*LANGS, BOTH])
def run(
    bureaus: tuple[str, ...], period: str, division: str, pairs: tuple[str, ...], overlays: tuple[Path, ...], out: Path | None, jobs: int | None,
    scheduler: str, deadline: float, dry_run: bool, force: bool, edition: str, since: Path | None, pdf: bool, as_json: bool, project: Path | None,
    lang: Lang, langs: tuple[Lang, ...],
) -> int:  # fmt: skip
    from perfkit.project import scheme_files
    from perfkit.workbook.jobs import Settings, settings_json

    root = project_of(project)
    how = Asked(root, out.resolve() if out else root / "outputs", lang, force, deadline, jobs, scheduler, _browser() if pdf else "")
    trial = _files(overlays, root), settings_json(pairs)
    chosen = [Settings(relative(file, root), period, division, *trial, since=relative(since, root) if since else "") for file in scheme_files(bureaus, root)]
    editions = EDITIONS if edition == BOTH else (edition,)
    wanted = [[replace(each, edition=version, lang=spoken) for version in editions for spoken in langs] for each in chosen]
    show = not as_json
    ran, refused = _dry_run(wanted, how, show) if dry_run else _made(wanted, how, show)
    unprinted = _printed(ran, how) if how.browser else []
    if show:
        for page, fault in unprinted:
            click.echo(say(f"cli.unprinted_{fault}", lang, page=page), err=True)
    failures = [failure for each in chain(*ran) for failure in each.failures]
    code = FAILED if failures or unprinted else FINDINGS if refused or any(each.open for each in chain(*ran)) else DONE
    if as_json:
        every = [*chain(*ran)]
        show_json({
            "indexes": [str(each.index) for each in every], "reports": sum(each.made + each.kept for each in every), "kept": sum(each.kept for each in every),
            "failures": failures, "unprinted": [str(page) for page, _ in unprinted], "open": [row for runs in ran for row in runs[0].open],
            "refused": {each.scheme: each.lines(lang) for each in refused}, **({"index": str(every[0].index)} if every else {}), "exit": code,
        })  # fmt: skip
    return code


def _files(overlays: Sequence[Path], root: Path) -> tuple[str, ...]:
    """Overlays as they are kept: each a path, or a name in ``params/what-if/``."""
    if not overlays:
        return ()
    from perfkit.whatif.scenarios import overlay_file  # loads what a run of an unchanged year does without

    return tuple(relative(overlay_file(str(each), root), root) for each in overlays)


def _browser() -> str:
    from perfkit.workbook.printing import browser

    return browser()


def _plans(wanted: Sequence["Settings"], how: Asked) -> list["Plan"]:
    from perfkit.workbook.run import prepare

    plans = [prepare(wanted[0], how.root, how.base)]
    return plans + [prepare(each, how.root, how.base, plans[0].whole) for each in wanted[1:]]


def _made(bureaus: Sequence[Sequence["Settings"]], how: Asked, show: bool) -> tuple[list[list[Ran]], list[Refused]]:
    """Make the reports of all bureaus, and tell of each when it is there; one that cannot be assessed stops the others only if it is the only one."""
    from perfkit.workbook.standing import standing

    ran: list[list[Ran]] = []
    refused: list[Refused] = []
    written: dict[Path, str] = {}  # folder → the scheme whose reports go there

    def told(runs: list[Ran]) -> None:
        ran.append(runs)
        if show:
            _summary(runs, how.lang)

    def turned_away(scheme: str, error: InputError | UsageError) -> None:
        refused.append(_turned_away(scheme, error, len(bureaus), how.lang))

    def plans() -> Iterator[list["Plan"]]:
        for wanted in bureaus:
            found = [None if how.force else standing(each, how.root, how.base) for each in wanted]
            there = [each for each in found if each]
            if len(there) == len(wanted):
                written[there[0].out] = wanted[0].scheme
                told([Ran(each.out, each.run["open"], _pages(each.run["outputs"], how), 0, len(each.run["reports"])) for each in there])
                continue
            try:
                prepared = _plans(wanted, how)
                if refusals := [refusal for plan in prepared for refusal in plan.refusals]:
                    raise RecordsError(refusals)
                if (other := written.setdefault(prepared[0].out, wanted[0].scheme)) != wanted[0].scheme:
                    raise UsageError("same_folder", folder=prepared[0].out, other=other)
            except (InputError, UsageError) as error:
                turned_away(wanted[0].scheme, error)
            else:
                yield prepared

    drawn = plans()
    first = next(drawn, None)
    if first:  # else no library is needed
        _run(chain([first], drawn), how, told, turned_away)
    return ran, refused


def _run(
    bureaus: Iterator[list["Plan"]], how: Asked, told: Callable[[list[Ran]], object], turned_away: Callable[[str, InputError | UsageError], object]
) -> None:
    from perfkit.workbook.execute import default_jobs
    from perfkit.workbook.run import run_all

    with progress_bar(0, how.lang) as step:

        def counted() -> Iterator[list["Plan"]]:
            for plans in bureaus:
                step.more(sum(len(plan.jobs) for plan in plans))
                yield plans

        def finished(reports: list["Report"]) -> None:
            with step.aside():
                told([_ran(report, how) for report in reports])

        run_all(counted(), how.root, how.jobs or default_jobs(), step, finished, turned_away, how.force, how.deadline, how.scheduler)


def _ran(report: "Report", how: Asked) -> Ran:
    from perfkit.workbook.manifest import runs, still_open

    plan = report.plan
    names = plan.result.records.names("divisions")
    failures = tuple({"report": each.job.stem, "notebook": each.job.notebook, "period": each.job.period, "division": names.get(each.job.division, ""),
                      **vars(each.failure)} for each in report.failed if each.failure)  # fmt: skip
    kept = sum(not each.made for each in report.outcomes)
    pages = _pages(runs(plan.out)[-1]["outputs"], how)
    return Ran(plan.out, still_open(plan.result), pages, len(report.outcomes) - kept - len(failures), kept, report.seconds, failures)


def _pages(outputs: dict[str, str], how: Asked) -> dict[str, str]:
    """The pages to be printed, of all that a run has written."""
    if not how.browser:
        return {}
    from perfkit.workbook import printing

    return printing.pages_of(outputs)


def _printed(bureaus: list[list[Ran]], how: Asked) -> list[tuple[Path, str]]:
    """Print every page of the runs; those that could not be printed, and why."""
    from perfkit.workbook import printing
    from perfkit.workbook.execute import default_jobs

    faults: list[tuple[Path, str]] = []
    for ran in chain(*bureaus):
        with progress_bar(len(ran.pages), how.lang, "cli.printing") as step:
            printed = printing.print_pages(ran.out, ran.pages, how.browser, how.jobs or default_jobs(), step)
            faults += [(ran.out / each.page, each.fault) for each in printed]
    return faults


def _dry_run(bureaus: Sequence[Sequence["Settings"]], how: Asked, show: bool) -> tuple[list[list[Ran]], list[Refused]]:
    """Show the reports that would be made, each with the reason."""
    from perfkit.workbook.standing import standing

    count = 0
    refused: list[Refused] = []
    for wanted in bureaus:
        try:
            if how.force or not all(standing(each, how.root, how.base) for each in wanted):
                count += _due(_plans(wanted, how), how, show)
        except (InputError, UsageError) as error:
            refused.append(_turned_away(wanted[0].scheme, error, len(bureaus), how.lang))
    if show:
        click.echo(say("cli.would_count", how.lang, count=count), err=True)
    return [], refused


def _turned_away(scheme: str, error: InputError | UsageError, bureaus: int, lang: Lang) -> Refused:
    """Tell of a bureau that cannot be assessed; of the only one it is an error."""
    if bureaus == 1:
        raise error
    refused = Refused(scheme, error)
    for line in (say("cli.refused", lang, scheme=scheme), *refused.lines(lang)):
        click.echo(line, err=True)
    return refused


def _due(plans: Sequence["Plan"], how: Asked, show: bool) -> int:
    from perfkit.workbook.run import changed, due

    other = {plan.out: changed(plan) for plan in plans}
    count = 0
    for task, _, why in due(plans, how.root, how.force):
        count += bool(why)
        reasons = [each for kind in why for each in ([say("why.rule", how.lang, path=path) for path in other[task.out]] if kind == "rules" and other[task.out]
                                                      else [say(f"why.{kind}", how.lang)])]  # fmt: skip
        if why and show:
            file, text = task.out / f"{task.job.stem}.html", say("point.separator", how.lang).join(reasons)
            click.echo(say("cli.would_run", how.lang, file=file, notebook=task.job.notebook, why=text))
    return count


def _summary(runs: list[Ran], lang: Lang) -> None:
    """What was made, what was not and why, what is still open, and where to look."""
    for row in runs[0].open:
        options = say("point.separator", lang).join(term("option", each, lang) for each in row["options"].split(";") if each)
        question, aside = term("question", row["question"], lang), say("cli.aside", lang, text=options) if options else ""
        click.echo(say("cli.open_line", lang, subject=row["name"], question=question, options=aside), err=True)
    if runs[0].open:
        click.echo(say("cli.draft", lang, count=len(runs[0].open)), err=True)
    made, kept, failures = sum(each.made for each in runs), sum(each.kept for each in runs), [failure for each in runs for failure in each.failures]
    if made or not kept:
        click.echo(say("cli.done", lang, count=made, seconds=round(max(each.seconds for each in runs))), err=True)
    if kept:
        click.echo(say("cli.kept", lang, count=kept), err=True)
    if failures:
        click.echo(say("cli.failed", lang, count=len(failures)), err=True)
    for each in failures:
        click.echo(say("cli.failed_line", lang, **{**each, "division": each["division"] or say("report.bureau_page", lang)}), err=True)
    for ran in runs:
        click.echo(say("cli.results_at", lang, path=ran.out / "results"))
        click.echo(say("cli.index_at", lang, path=ran.index))
