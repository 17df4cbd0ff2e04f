"""Commands that look at something and say what they see: check, explain, compare, verify."""

from pathlib import Path

import click

from perfkit.cli.frame import DONE, FAILED, FINDINGS, main, options, progress_bar, project_of, relative, show_json, show_problems
from perfkit.language import Lang, localised, say, term
from perfkit.problems import UsageError

OF_DIVISIONS = ("leader_mean", "organisation")  # components whose ledger lines are each of a division


@main.command(help=say("cli.help_check", "zh"))
@click.argument("bureau")
@click.option("--json", "as_json", is_flag=True)
@options
def check(bureau: str, as_json: bool, project: Path | None, lang: Lang) -> int:
    from perfkit.fit import notices, problems_between
    from perfkit.project import found, scheme_file
    from perfkit.records import read_records
    from perfkit.scheme import load_scheme

    root = project_of(project)
    scheme = load_scheme(scheme_file(bureau, root))
    records, problems = read_records(found(scheme.spec.records, root))
    if records.files or not problems:  # where nothing could be read, that is all there is to say
        problems += problems_between(scheme.spec, records)
    hints = [] if problems else notices(scheme, records)
    if as_json:
        rows = [{"file": each.file, "line": each.line, "field": localised(each.at, lang), "what": each.what(lang), "mend": each.mend(lang)}
                for each in problems]  # fmt: skip
        show_json({"problems": rows, "notices": [each.text(lang) for each in hints], "files": dict(records.files)})
        return FINDINGS if problems else DONE
    if problems:
        show_problems(problems, lang, err=False)  # of a check they are the result
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


@main.command(help=say("cli.help_explain", "zh"))
@click.argument("bureau")
@click.argument("period")
@click.argument("subject")
@click.option("--json", "as_json", is_flag=True)
@options
def explain(bureau: str, period: str, subject: str, as_json: bool, project: Path | None, lang: Lang) -> int:
    from perfkit.assessment import assess
    from perfkit.project import found, scheme_file
    from perfkit.records import load_records
    from perfkit.scheme import load_scheme

    root = project_of(project)
    scheme = load_scheme(scheme_file(bureau, root))
    result = assess(scheme, load_records(found(scheme.spec.records, root)), period)
    lines = result.explain(subject)
    if lines.empty:
        raise UsageError("no_lines", given=subject, period=period)
    if as_json:
        show_json(lines.to_dict("records"))
        return DONE
    names = {**result.records.names("staff"), **result.records.names("divisions")}
    for measure, group in lines.groupby("measure", sort=False):
        click.echo(say("cli.explain_published", lang, subject=names[result.subject(subject)], period=period, measure=term("measure", measure, lang),
                       total=_sum(group["value"].sum())))  # fmt: skip
        for line in group.to_dict("records"):
            cited = [f"{clause} {scheme.spec.clauses[clause].where}" for clause in line["clauses"].split(";") if clause]
            assumption = say("cli.aside", lang, text=say("source.assumption", lang))
            assumed = [term("parameter", path, lang) + assumption for path in line["assumptions"].split(";") if path]
            kind = "rating" if line["component"] == "rating" else "item"
            item = names[line["item"]] if line["component"] in OF_DIVISIONS else term(kind, line["item"], lang)
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
@options
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

    root = project_of(project)
    files = tuple("+".join(relative(file, root) for file in stacked(each, root)) for each in overlays)
    settings = Settings(relative(scheme_file(bureau, root), root), period, "", files, settings_json(pairs), edition, lang, compare=True)
    plan = workbook.prepare(settings, root, out.resolve() if out else None)
    assert plan.comparison is not None
    if not as_json:
        click.echo(text(plan.comparison))
    report = None
    if not no_publish:
        with progress_bar(len(plan.jobs), lang) as step:
            report = workbook.run(plan, root, 1, step)
    page = str(plan.out / f"{plan.jobs[0].stem}.html") if report and not report.failed else ""
    code = FAILED if report and report.failed else FINDINGS if comparing.undecided(plan.comparison) else DONE
    if as_json:
        show_json({"page": page, **comparing.as_json(plan.comparison), "exit": code})
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
@options
def verify(folder: Path, jobs: int | None, as_json: bool, project: Path | None, lang: Lang) -> int:
    from tempfile import TemporaryDirectory

    from perfkit.project import project_root
    from perfkit.workbook import manifest
    from perfkit.workbook import verify as again
    from perfkit.workbook.execute import default_jobs

    try:
        root = project_of(project)
    except UsageError:
        root = project_root(folder)
    folders = manifest.folders(folder)
    count = sum(len(old["reports"]) for site in folders for old in manifest.read(site)["runs"])
    compared = 0
    differences: list[again.Difference] = []
    with progress_bar(count, lang) as step:
        for site in folders:
            with TemporaryDirectory(prefix="perfkit-verify-") as scratch:
                number, found = again.verify(site, root, Path(scratch), jobs or default_jobs(), step)
            compared, differences = compared + number, [*differences, *found]
    if as_json:
        show_json({"compared": compared, "differences": [vars(each) for each in differences]})
    elif not differences:
        click.echo(say("cli.verify_same", lang, count=compared))
    else:
        for each in again.ordered(differences)[:20]:
            place = say(f"cli.verify_at_{Path(each.file).suffix[1:]}", lang, place=each.place) if each.place else ""
            click.echo(say(f"cli.verify_{each.kind}", lang, file=each.file) + place)
        if len(differences) > 20:
            click.echo(say("cli.verify_more", lang, count=len(differences) - 20))
    return FINDINGS if differences else DONE
