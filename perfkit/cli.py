"""The command line: words and flags. Slow imports wait until a command needs them."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from perfkit import __version__
from perfkit.language import Lang, localised, say, term
from perfkit.problems import InputError, Problem, RecordsError, UsageError

if TYPE_CHECKING:
    from perfkit.workbook.jobs import Settings
    from perfkit.workbook.run import Plan

DONE, FINDINGS, USAGE, FAILED, INTERRUPTED = 0, 1, 2, 3, 130
EDITIONS, LANGS, BOTH = ("internal", "public"), ("zh", "en"), "both"


def _with_options(langs: Sequence[str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """What every command takes, and one way for all of them to fail. A command that may speak several languages is told which."""

    def options(command: Callable[..., Any]) -> Callable[..., Any]:
        @click.option("--project", type=click.Path(path_type=Path), help="项目文件夹 project folder")
        @click.option("--lang", "given", type=click.Choice(langs), default="zh", show_default=True, help="语言 language")
        @click.option("--debug", is_flag=True, help="出错时显示细节 show tracebacks")
        @wraps(command)
        def guarded(project: Path | None, given: str, debug: bool, **options: Any) -> None:
            lang: Lang = "en" if given == "en" else "zh"
            several = {"langs": LANGS if given == BOTH else (given,)} if BOTH in langs else {}
            try:
                sys.exit(command(project=project, lang=lang, **several, **options))
            except InputError as error:
                _problems(error.problems, lang)
                sys.exit(FINDINGS if isinstance(error, RecordsError) else USAGE)
            except UsageError as error:
                click.echo(error.text(lang), err=True)
                sys.exit(USAGE)
            except KeyboardInterrupt:
                click.echo(say("cli.interrupted", lang), err=True)
                sys.exit(INTERRUPTED)
            except OSError as error:
                if debug:
                    raise
                click.echo(say("cli.file_failed", lang, file=error.filename or "", error=error.strerror or error), err=True)
                sys.exit(FAILED)
            except Exception as error:
                if debug:
                    raise
                click.echo(say("cli.unexpected", lang, error=f"{type(error).__name__}: {error}"), err=True)
                sys.exit(FAILED)

        return guarded

    return options


_options = _with_options(LANGS)


def _root(project: Path | None) -> Path:
    from perfkit.project import project_root

    return project_root(project or Path.cwd())


def _problems(problems: list[Problem], lang: Lang, err: bool = True) -> None:
    for problem in problems:
        click.echo(problem.text(lang), err=err)
    click.echo(say("cli.check_bad", lang, count=len(problems)), err=err)


@click.group(help=say("cli.help", "zh") + "\n\nPerformance assessment of a public bureau: check, run, explain, verify.")
@click.version_option(__version__)
def main() -> None:
    for stream in (sys.stdout, sys.stderr):  # a Windows console may be GBK; never fail on a rare character
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


@main.command(help=say("cli.help_check", "zh"))
@click.argument("bureau")
@click.option("--json", "as_json", is_flag=True)
@_options
def check(bureau: str, as_json: bool, project: Path | None, lang: Lang) -> int:
    from perfkit.fit import notices, problems_between
    from perfkit.project import found, scheme_file
    from perfkit.records import read_records
    from perfkit.scheme import load_scheme

    root = _root(project)
    scheme = load_scheme(scheme_file(bureau, root))
    records, problems = read_records(found(scheme.spec.records, root))
    problems += problems_between(scheme.spec, records)
    hints = notices(scheme, records)
    if as_json:
        rows = [{"file": each.file, "line": each.line, "field": localised(each.at, lang), "what": each.what(lang), "mend": each.mend(lang)}
                for each in problems]  # fmt: skip
        _json({"problems": rows, "notices": [each.text(lang) for each in hints], "files": dict(records.files)})
        return FINDINGS if problems else DONE
    if problems:
        _problems(problems, lang, err=False)  # of a check they are the result
        return FINDINGS
    parameters = scheme.parameters
    click.echo(say("cli.check_good", lang, scheme=scheme.title(lang), parameters=len(parameters), clauses=len(scheme.spec.clauses),
                   assumptions=sum(1 for each in parameters.values() if each.assumption)))  # fmt: skip
    for each in records.files.values():
        click.echo(say("cli.check_table", lang, **each))
    for hint in hints:
        click.echo(say("cli.notice", lang) + hint.text(lang))
    click.echo(say("cli.check_ok", lang))
    return DONE


@main.command(help=say("cli.help_run", "zh"))
@click.argument("bureau")
@click.argument("period")
@click.option("--division", default="", help="只做一个处室 one division only")
@click.option("--set", "pairs", multiple=True, metavar="PATH=VALUE", help="换一个参数，作为试算 change a parameter, as an experiment")
@click.option("--overlay", "overlays", multiple=True, type=click.Path(path_type=Path), help="覆盖文件，作为试算 overlay file, as an experiment")
@click.option("--out", type=click.Path(path_type=Path), help="代替 outputs/ 的文件夹 folder instead of outputs/")
@click.option("--jobs", type=click.IntRange(1, 64), help="同时运行几个 how many at once")
@click.option("--deadline", type=click.FloatRange(1), default=600, show_default=True, help="每份报告最多几秒 seconds a report may take")
@click.option("--dry-run", is_flag=True, help="只列出要做的报告和原因 only list the reports to be made, and why")
@click.option("--force", is_flag=True, help="没有变化的也重做 make again what has not changed too")
@click.option("--edition", type=click.Choice([*EDITIONS, BOTH]), default="internal", show_default=True, help="版本 edition")
@click.option("--since", type=click.Path(path_type=Path), help="此前公布的文件夹，与之比较 a folder published before, to compare with")
@click.option("--pdf", is_flag=True, help="每页另存一份 PDF，要有 Chromium、Chrome 或 Edge also print every page as PDF")
@click.option("--json", "as_json", is_flag=True)
@_with_options([*LANGS, BOTH])
def run(
    bureau: str, period: str, division: str, pairs: tuple[str, ...], overlays: tuple[Path, ...], out: Path | None, jobs: int | None,
    deadline: float, dry_run: bool, force: bool, edition: str, since: Path | None, pdf: bool, as_json: bool, project: Path | None, lang: Lang,
    langs: tuple[Lang, ...],
) -> int:  # fmt: skip
    from perfkit.project import scheme_file
    from perfkit.workbook.jobs import Settings, settings_json
    from perfkit.workbook.standing import standing

    root = _root(project)
    browser = _browser() if pdf else ""
    for overlay in overlays:
        if not overlay.is_file():
            raise UsageError("overlay_missing", given=overlay)
    chosen = Settings(_relative(scheme_file(bureau, root), root), period, division, tuple(_relative(each, root) for each in overlays), settings_json(pairs),
                      since=_relative(since, root) if since else "")  # fmt: skip
    wanted = [replace(chosen, edition=each, lang=spoken) for each in (EDITIONS if edition == BOTH else (edition,)) for spoken in langs]
    base = out.resolve() if out else root / "outputs"
    found = [None if force else standing(each, root, base) for each in wanted]
    standing_runs = [each for each in found if each]
    if len(standing_runs) == len(wanted):
        runs = [Ran(each.out, each.run["open"], each.run["outputs"], 0, len(each.run["reports"])) for each in standing_runs]
    elif dry_run:
        runs = []
        _dry_run(wanted, root, base, force, lang)
    else:
        runs = _made(wanted, root, base, jobs, deadline, force, lang)
    unprinted = _printed(runs, browser, jobs, lang) if browser else []
    failures = [failure for each in runs for failure in each.failures]
    code = DONE if dry_run else FAILED if failures or unprinted else FINDINGS if any(each.open for each in runs) else DONE
    if as_json:
        _json({"index": str(runs[0].index), "indexes": [str(each.index) for each in runs], "reports": sum(each.made + each.kept for each in runs),
               "kept": sum(each.kept for each in runs), "failures": failures, "unprinted": [str(each) for each, _ in unprinted],
               "open": runs[0].open, "exit": code} if runs else {"exit": code})  # fmt: skip
    elif runs:
        _summary(runs, unprinted, lang)
    return code


def _browser() -> str:
    from perfkit.workbook.printing import browser

    return browser()


def _printed(runs: "list[Ran]", browser: str, jobs: int | None, lang: Lang) -> list[tuple[Path, str]]:
    """Print every page of the runs; those that could not be printed, and why."""
    from perfkit.workbook import printing
    from perfkit.workbook.execute import default_jobs

    faults: list[tuple[Path, str]] = []
    for ran in runs:
        pages = printing.pages_of(ran.outputs)
        with _progress(len(pages), lang, "cli.printing") as step:
            faults += [(ran.out / each.page, each.fault) for each in printing.print_pages(ran.out, pages, browser, jobs or default_jobs(), step)]
    return faults


@dataclass(frozen=True)
class Ran:
    """What a run left: its folder, what people must still decide, how many reports it made and left alone, and which failed."""

    out: Path
    open: list[dict[str, Any]]
    outputs: dict[str, str]  # file → sha256
    made: int
    kept: int
    seconds: float = 0.0
    failures: tuple[dict[str, Any], ...] = ()

    @property
    def index(self) -> Path:
        return self.out / "index.html"


def _plans(wanted: list["Settings"], root: Path, base: Path) -> list["Plan"]:
    from perfkit.workbook.run import prepare

    plans = [prepare(wanted[0], root, base)]
    return plans + [prepare(each, root, base, plans[0].whole) for each in wanted[1:]]


def _made(wanted: list["Settings"], root: Path, base: Path, jobs: int | None, deadline: float, force: bool, lang: Lang) -> list[Ran]:
    from perfkit.workbook.execute import default_jobs
    from perfkit.workbook.manifest import runs as published
    from perfkit.workbook.manifest import still_open
    from perfkit.workbook.run import run_all

    plans = _plans(wanted, root, base)
    refusals = [refusal for plan in plans for refusal in plan.refusals]
    if refusals:
        raise RecordsError(refusals)
    with _progress(sum(len(plan.jobs) for plan in plans), lang) as step:
        reports = run_all(plans, root, jobs or default_jobs(), step, force, deadline)
    names = plans[0].result.records.names("divisions")
    ran = []
    for report in reports:
        failures = tuple({"report": each.job.stem, "notebook": each.job.notebook, "period": each.job.period, "division": names.get(each.job.division, ""),
                          **vars(each.failure)} for each in report.failed if each.failure)  # fmt: skip
        kept = sum(not each.made for each in report.outcomes)
        outputs = published(report.plan.out)[-1]["outputs"]
        ran.append(Ran(report.plan.out, still_open(report.plan.result), outputs, len(report.outcomes) - kept - len(failures), kept, report.seconds, failures))
    return ran


def _dry_run(wanted: list["Settings"], root: Path, base: Path, force: bool, lang: Lang) -> None:
    """The reports that would be made, each with the reason."""
    from perfkit.workbook.run import changed, due

    plans = _plans(wanted, root, base)
    other = {plan.out: changed(plan) for plan in plans}
    count = 0
    for task, _, why in due(plans, root, force):
        count += bool(why)
        reasons = [each for kind in why for each in ([say("why.rule", lang, path=path) for path in other[task.out]] if kind == "rules" and other[task.out]
                                                      else [say(f"why.{kind}", lang)])]  # fmt: skip
        if why:
            file, text = task.out / f"{task.job.stem}.html", say("point.separator", lang).join(reasons)
            click.echo(say("cli.would_run", lang, file=file, notebook=task.job.notebook, why=text))
    click.echo(say("cli.would_count", lang, count=count), err=True)


def _summary(runs: list[Ran], unprinted: list[tuple[Path, str]], lang: Lang) -> None:
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
    if unprinted:
        click.echo(say("cli.unprinted", lang, count=len(unprinted)), err=True)
    for page, fault in unprinted:
        click.echo(say(f"cli.unprinted_{fault}", lang, page=page), err=True)
    for ran in runs:
        click.echo(say("cli.results_at", lang, path=ran.out / "results"))
        click.echo(say("cli.index_at", lang, path=ran.index))


@main.command(help=say("cli.help_explain", "zh"))
@click.argument("bureau")
@click.argument("period")
@click.argument("subject")
@click.option("--json", "as_json", is_flag=True)
@_options
def explain(bureau: str, period: str, subject: str, as_json: bool, project: Path | None, lang: Lang) -> int:
    from perfkit.assessment import assess
    from perfkit.project import found, scheme_file
    from perfkit.records import load_records
    from perfkit.scheme import load_scheme

    root = _root(project)
    scheme = load_scheme(scheme_file(bureau, root))
    result = assess(scheme, load_records(found(scheme.spec.records, root)), period)
    lines = result.explain(subject)
    if lines.empty:
        raise UsageError("no_lines", given=subject, period=period)
    if as_json:
        _json(lines.to_dict("records"))
        return DONE
    names = {**result.records.names("staff"), **result.records.names("divisions")}
    for measure, group in lines.groupby("measure", sort=False):
        click.echo(say("cli.explain_published", lang, subject=names[result.subject(subject)], period=period, measure=term("measure", measure, lang),
                       total=_sum(group["value"].sum())))  # fmt: skip
        for line in group.to_dict("records"):
            cited = [f"{clause} {scheme.spec.clauses[clause].where}" for clause in line["clauses"].split(";") if clause]
            assumption = say("cli.aside", lang, text=say("source.assumption", lang))
            assumed = [term("parameter", path, lang) + assumption for path in line["assumptions"].split(";") if path]
            item = names.get(line["item"], term("item", line["item"], lang))
            reasons = say("point.list_separator", lang).join([*cited, *assumed])
            sum_of = f"{line['value']:>12.4f} = {line['raw']:.4f} × {line['weight']:.4f}"
            click.echo(f"  {sum_of}  {term('component', line['component'], lang)} {item}  [{reasons}]")
    for clause in sorted({clause for clauses in lines["clauses"] for clause in clauses.split(";") if clause}):
        click.echo(f"{clause} {scheme.spec.clauses[clause].where}{say('where.colon', lang)}{localised(scheme.spec.clauses[clause].says, lang)}")
    return DONE


def _sum(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


@main.command(help=say("cli.help_compare", "zh"))
@click.argument("bureau")
@click.argument("period")
@click.argument("overlays", nargs=-1, metavar="[OVERLAY]...")
@click.option("--set", "pairs", multiple=True, metavar="PATH=VALUE", help="换参数，再加一个试算 change parameters: one more trial")
@click.option("--out", type=click.Path(path_type=Path), help="代替 outputs/ 的文件夹 folder instead of outputs/")
@click.option("--edition", type=click.Choice(["internal", "public"]), default="internal", show_default=True, help="版本 edition")
@click.option("--no-publish", is_flag=True, help="只显示，不发布对比页 print only, publish no page")
@click.option("--json", "as_json", is_flag=True)
@_options
def compare(
    bureau: str, period: str, overlays: tuple[str, ...], pairs: tuple[str, ...], out: Path | None, edition: str, no_publish: bool, as_json: bool,
    project: Path | None, lang: Lang,
) -> int:  # fmt: skip
    from perfkit.project import scheme_file
    from perfkit.report.comparison_text import text
    from perfkit.whatif.scenarios import stacked
    from perfkit.workbook import comparing
    from perfkit.workbook import run as workbook
    from perfkit.workbook.jobs import Settings, settings_json

    root = _root(project)
    files = tuple("+".join(_relative(file, root) for file in stacked(each, root)) for each in overlays)
    settings = Settings(_relative(scheme_file(bureau, root), root), period, "", files, settings_json(pairs), edition, lang, compare=True)
    plan = workbook.prepare(settings, root, out.resolve() if out else None)
    assert plan.comparison is not None
    if not as_json:
        click.echo(text(plan.comparison))
    report = None
    if not no_publish:
        with _progress(len(plan.jobs), lang) as step:
            report = workbook.run(plan, root, 1, step)
    page = str(plan.out / f"{plan.jobs[0].stem}.html") if report and not report.failed else ""
    code = FAILED if report and report.failed else FINDINGS if comparing.undecided(plan.comparison) else DONE
    if as_json:
        _json({"page": page, **comparing.as_json(plan.comparison), "exit": code})
    elif page:
        click.echo(say("compare.page_at", lang, path=page))
    for each in report.failed if report else ():
        values = {"cell": each.failure.cell, "error": each.failure.error} if each.failure else {}
        click.echo(say("cli.failed_line", lang, division="", period=period, notebook=each.job.notebook, **values), err=True)
    return code


@main.command(help=say("cli.help_verify", "zh"))
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--jobs", type=click.IntRange(1, 64), help="同时运行几个 how many at once")
@click.option("--json", "as_json", is_flag=True)
@_options
def verify(folder: Path, jobs: int | None, as_json: bool, project: Path | None, lang: Lang) -> int:
    from tempfile import TemporaryDirectory

    from perfkit.project import project_root
    from perfkit.workbook import manifest
    from perfkit.workbook import verify as again
    from perfkit.workbook.execute import default_jobs

    try:
        root = _root(project)
    except UsageError:
        root = project_root(folder)
    folders = manifest.folders(folder)
    count = sum(len(old["reports"]) for site in folders for old in manifest.read(site)["runs"])
    compared = 0
    differences: list[again.Difference] = []
    with _progress(count, lang) as step:
        for site in folders:
            with TemporaryDirectory(prefix="perfkit-verify-") as scratch:
                number, found = again.verify(site, root, Path(scratch), jobs or default_jobs(), step)
            compared, differences = compared + number, [*differences, *found]
    if as_json:
        _json({"compared": compared, "differences": [vars(each) for each in differences]})
    elif not differences:
        click.echo(say("cli.verify_same", lang, count=compared))
    else:
        for each in again.ordered(differences)[:20]:
            place = say(f"cli.verify_at_{Path(each.file).suffix[1:]}", lang, place=each.place) if each.place else ""
            click.echo(say(f"cli.verify_{each.kind}", lang, file=each.file) + place)
        if len(differences) > 20:
            click.echo(say("cli.verify_more", lang, count=len(differences) - 20))
    return FINDINGS if differences else DONE


@main.command(help=say("cli.help_new", "zh"))
@click.argument("name")
@click.option("--like", required=True, metavar="BUREAU", help="照哪个单位的方案 whose scheme to start from")
@_options
def new(name: str, like: str, project: Path | None, lang: Lang) -> int:
    from perfkit.project import scheme_file
    from perfkit.workbook.start import start

    root = _root(project)
    written = start(name, scheme_file(like, root), root, lang)
    for path in written:
        click.echo(_relative(path, root))
    click.echo(say("cli.new_next", lang, name=name))
    return DONE


def _served(command: Callable[..., Any]) -> Callable[..., Any]:
    """What both ways to open the workbook take."""

    @click.argument("bureau", required=False)
    @click.option("--period", help="年度或月份，缺省为方案的年度 year or month")
    @click.option("--ip", "--host", "ip", default="127.0.0.1", show_default=True, help="监听地址 address to listen on")
    @click.option("--port", type=click.IntRange(1, 65535), help="端口 port")
    @click.option("--no-browser", is_flag=True, help="不打开浏览器 open no browser")
    @wraps(command)
    def opened(**options: Any) -> int:
        return int(command(**options))

    return opened


@main.command(help=say("cli.help_lab", "zh"))
@_served
@_options
def lab(bureau: str | None, period: str | None, ip: str, port: int | None, no_browser: bool, project: Path | None, lang: Lang) -> int:
    from perfkit.workbook import serve

    root = _root(project)
    notebook = serve.desk(root, _bureau(bureau, root), period, lang, lab=True)
    serve.lab(root, notebook, lang, serve.address(ip, port), not no_browser, lambda url: click.echo(say("cli.serving", lang, url=url)))
    return DONE


@main.command(help=say("cli.help_app", "zh"))
@_served
@_options
def app(bureau: str | None, period: str | None, ip: str, port: int | None, no_browser: bool, project: Path | None, lang: Lang) -> int:
    from perfkit.workbook import serve

    root = _root(project)
    notebook = serve.desk(root, _bureau(bureau, root), period, lang, lab=False)
    serve.app(notebook, lang, serve.address(ip, port), not no_browser, lambda url: click.echo(say("cli.serving", lang, url=url)))
    return DONE


def _bureau(given: str | None, root: Path) -> Path:
    """The scheme that was named, or the only one there is that has tiers to try out."""
    from perfkit.project import scheme_file
    from perfkit.scheme import load_scheme

    schemes = [] if given else [each for each in sorted((root / "params").glob("*.yaml")) if load_scheme(each).spec.has("tiers")]
    if given is None and len(schemes) != 1:
        raise UsageError("bureau_needed", names="、".join(each.stem for each in schemes))
    return scheme_file(given, root) if given else schemes[0]


def _relative(path: Path, root: Path) -> str:
    """A path as the manifest may keep it: from the project root where it lies inside."""
    whole = path.resolve()
    return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else str(whole)


def _json(content: Any) -> None:
    import json

    click.echo(json.dumps(content, ensure_ascii=False, default=str, indent=1))


class _progress:
    """A progress bar on stderr, silent where nobody watches."""

    def __init__(self, total: int, lang: Lang, words: str = "cli.progress") -> None:
        self.total, self.words = total, say(words, lang)

    def __enter__(self) -> Callable[[Any], None]:
        from tqdm import tqdm

        self.bar = tqdm(total=self.total, desc=self.words, file=sys.stderr, disable=None, unit="", leave=False)
        return lambda outcome: (self.bar.update(1), None)[1]

    def __exit__(self, *_: object) -> None:
        self.bar.close()
