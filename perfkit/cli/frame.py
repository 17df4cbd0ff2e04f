"""What all commands share: flags, exit codes, one way to fail, and how they show JSON and progress."""

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import wraps
from pathlib import Path
from typing import Any, Self

import click

from perfkit import __version__
from perfkit.language import Lang, say
from perfkit.problems import InputError, Problem, RecordsError, UsageError

DONE, FINDINGS, USAGE, FAILED, INTERRUPTED = 0, 1, 2, 3, 130
_FILE_FAULTS = {PermissionError: "denied", IsADirectoryError: "is_folder", NotADirectoryError: "no_folder"}
_CALL_FAULTS = {click.MissingParameter: "usage_missing", click.NoSuchOption: "usage_no_option", click.BadParameter: "usage_bad_value"}
SAME_LINES = 5  # lines named that have the same fault as one that is told
EDITIONS, LANGS, BOTH = ("internal", "public"), ("zh", "en"), "both"


def with_options(langs: Sequence[str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
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
                show_problems(error.problems, lang)
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
                kind = next((name for cause, name in _FILE_FAULTS.items() if isinstance(error, cause)), "failed")
                click.echo(say(f"cli.file_{kind}", lang, file=error.filename or "", error=error.strerror or error), err=True)
                sys.exit(FAILED)
            except Exception as error:
                if debug:
                    raise
                click.echo(say("cli.unexpected", lang, error=f"{type(error).__name__}: {error}"), err=True)
                sys.exit(FAILED)

        return guarded

    return options


options = with_options(LANGS)


def project_of(project: Path | None) -> Path:
    from perfkit.project import project_root

    return project_root(project or Path.cwd())


def show_problems(problems: list[Problem], lang: Lang, err: bool = True) -> None:
    alike: dict[tuple[str, ...], list[Problem]] = {}
    for problem in problems:
        alike.setdefault((problem.key, problem.file, problem.field, repr(problem.values)), []).append(problem)
    for first, *others in alike.values():
        lines = say("point.separator", lang).join(str(each.line) for each in others[:SAME_LINES])
        more = say("cli.same_more", lang) if len(others) > SAME_LINES else ""
        click.echo(first.text(lang) + (say("cli.same", lang, count=len(others), lines=lines, more=more) if others else ""), err=err)
    click.echo(say("cli.check_bad", lang, count=len(problems)), err=err)


class Spoken(click.Group):
    """The commands; what click finds wrong with a call is said in Chinese before it says it in English."""

    def main(self, *args: Any, **how: Any) -> Any:
        try:
            sys.exit(super().main(*args, **{**how, "standalone_mode": False}) or DONE)
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
        except click.UsageError as error:
            kind = next((name for cause, name in _CALL_FAULTS.items() if isinstance(error, cause)), "usage_wrong")
            parameter = getattr(error, "param", None)
            named = parameter.opts[0] if isinstance(parameter, click.Option) else parameter.make_metavar(error.ctx) if parameter and error.ctx else ""
            given = getattr(error, "option_name", "") or named
            click.echo(say(f"cli.{kind}", "zh", name=given), err=True)
            error.show()
        except click.Abort:
            sys.exit(INTERRUPTED)
        sys.exit(USAGE)


@click.group(cls=Spoken, help=say("cli.help", "zh") + "\n\nPerformance assessment of a public bureau: check, run, explain, verify.")
@click.version_option(__version__)
def main() -> None:
    for stream in (sys.stdout, sys.stderr):  # a Windows console may be GBK; never fail on a rare character
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def relative(path: Path, root: Path) -> str:
    """A path as the manifest may keep it: from the project root where it lies inside."""
    whole = path.resolve()
    return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else str(whole)


def show_json(content: Any) -> None:
    import json

    click.echo(json.dumps(content, ensure_ascii=False, default=str, indent=1))


class progress_bar:
    """A progress bar on stderr, silent where nobody watches; called for every step that is done."""

    def __init__(self, total: int, lang: Lang, words: str = "cli.progress") -> None:
        from tqdm import tqdm

        self.bar = tqdm(total=total, desc=say(words, lang), file=sys.stderr, disable=None, unit="", leave=False)

    def more(self, steps: int) -> None:
        """There is so much more to do."""
        self.bar.total = (self.bar.total or 0) + steps
        self.bar.refresh()

    def aside(self) -> AbstractContextManager[None]:
        """Within this, lines may be printed without running into the bar."""
        found: AbstractContextManager[None] = self.bar.external_write_mode()
        return found

    def __call__(self, _: object) -> None:
        self.bar.update(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()
