"""Commands that open something for people to work in: a new bureau, the what-if workbook."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from perfkit.cli.frame import DONE, main, options, project_of, relative
from perfkit.language import Lang, say
from perfkit.problems import UsageError


@main.command(help=say("cli.help_new", "zh"))
@click.argument("name")
@click.option("--like", required=True, metavar="BUREAU", help="照哪个单位的方案 whose scheme to start from")
@options
def new(name: str, like: str, project: Path | None, lang: Lang) -> int:
    from perfkit.project import scheme_file
    from perfkit.workbook.start import start

    root = project_of(project)
    written = start(name, scheme_file(like, root), root, lang)
    for path in written:
        click.echo(relative(path, root))
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
@options
def lab(bureau: str | None, period: str | None, ip: str, port: int | None, no_browser: bool, project: Path | None, lang: Lang) -> int:
    from perfkit.workbook import serve

    root = project_of(project)
    notebook = serve.desk(root, _bureau(bureau, root), period, lang, lab=True)
    serve.lab(root, notebook, lang, serve.address(ip, port), not no_browser, lambda url: click.echo(say("cli.serving", lang, url=url)))
    return DONE


@main.command(help=say("cli.help_app", "zh"))
@_served
@options
def app(bureau: str | None, period: str | None, ip: str, port: int | None, no_browser: bool, project: Path | None, lang: Lang) -> int:
    from perfkit.workbook import serve

    root = project_of(project)
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
