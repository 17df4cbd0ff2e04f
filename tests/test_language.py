"""The two catalogues: the same keys and placeholders, and a text for every key the code and the schemes use."""

import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from perfkit import load_scheme
from perfkit.language import Lang, catalogue

PROJECT = Path(__file__).resolve().parents[1]
SCHEMES = sorted((PROJECT / "params").glob("*.yaml"))
CODE = {file.relative_to(PROJECT).as_posix(): file.read_text(encoding="utf-8") for file in PROJECT.glob("perfkit/**/*.py")}
LANGS: tuple[Lang, ...] = ("zh", "en")


def placeholders(text: str) -> set[str]:
    """The names between braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def used(pattern: str, *files: str) -> set[str]:
    """What ``pattern`` catches in the code, or in some files of it; one that catches nothing has gone stale."""
    found = {key for file in files or CODE for key in re.findall(pattern, CODE[file])}
    assert found, pattern
    return found


def words(value: Any) -> Iterator[str]:
    """Every text and mapping key within a parameter's value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value:
            yield from words(each)


def test_both_languages_have_the_same_keys() -> None:
    assert set(catalogue("zh")) == set(catalogue("en"))


def test_both_languages_fill_the_same_placeholders() -> None:
    zh, en = ({key: placeholders(text) for key, text in catalogue(lang).items()} for lang in LANGS)
    assert zh == en


@pytest.mark.parametrize("lang", LANGS)
def test_no_text_is_blank(lang: Lang) -> None:
    assert not [key for key, text in catalogue(lang).items() if not text.strip()]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("file", SCHEMES, ids=lambda file: file.stem)
def test_every_parameter_of_a_scheme_has_a_label_and_its_choices_have_words(file: Path, lang: Lang) -> None:
    parameters = load_scheme(file).parameters
    chosen = {word for each in parameters.values() for word in words([each.value, *each.alternatives]) if word.isascii()}  # the rest are names
    wanted = {f"parameter.{path}" for path in parameters} | {f"choice.{word}" for word in chosen}
    assert wanted <= set(catalogue(lang))


@pytest.mark.parametrize("lang", LANGS)
def test_every_problem_says_what_and_how_to_mend_it(lang: Lang) -> None:
    parts = [key.split(".") for key in catalogue(lang) if key.startswith("problem.") and key != "problem.did_you_mean"]
    said = {(name, part) for _, name, part in parts}
    assert said == {(name, part) for name, _ in said for part in ("what", "mend")}


def test_every_problem_the_code_reports_is_in_the_catalogue() -> None:
    keys = used(r'\b(?:Problem|problem|report)\(\s*"(\w+)"') | used(r'\byield "(\w+)"', "perfkit/scheme/load.py", "perfkit/fit.py")
    keys |= used(r'"(\w+)", report\)', "perfkit/records/cells.py")
    keys |= used(r'\b_RefusedError\([^,()]+, "(\w+)"', "perfkit/records/corrections.py")
    keys |= used(r'\bagain(?:: str)? ?= ?"(\w+)"', "perfkit/records/schema.py") | used(r': "(unknown_\w+)"', "perfkit/records/read.py")
    keys |= used(r'"(\w+_\w+)" if len\(blank\) else "\w+"', "perfkit/records/tree.py") | used(r'if len\(blank\) else "(\w+)"', "perfkit/records/tree.py")
    keys |= used(r'"(\w+_range|below_low|too_low)"', "perfkit/records/cells.py")
    assert {f"problem.{key}.what" for key in keys} <= set(catalogue("zh"))


def test_every_question_left_open_is_in_the_catalogue() -> None:
    keys = used(r'\((?:str\(\w+\)|\w+|""), "(\w+_\w+)", ?', *(f"perfkit/{room}.py" for room in ("inputs", "months", "divisions", "stages", "office")))
    keys |= used(r'\("(\w+_\w+)", (?:rows|self\.)', "perfkit/inputs.py")
    assert {"appeal_pending", "correction_pending", "hours_missing", "month_without_items", "hours_outside_post"} <= keys
    assert {f"question.{key}" for key in keys} <= set(catalogue("zh"))


def test_every_usage_error_is_in_the_catalogue() -> None:
    assert {f"usage.{key}" for key in used(r'\bUsageError\(\s*"(\w+)"')} <= set(catalogue("zh"))


def test_every_text_the_code_says_is_in_the_catalogue() -> None:
    assert used(r'\bsay\(\s*"([\w.]+)"') <= set(catalogue("zh"))
