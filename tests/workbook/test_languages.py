"""A report in two languages is made by one process, as if each had had its own."""

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from perfkit.workbook import forks
from perfkit.workbook.execute import Failure, Outcome, Task, execute_all
from perfkit.workbook.jobs import Job, Settings
from perfkit.workbook.plain import plain
from perfkit.workbook.publish import frame
from perfkit.workbook.run import due, prepare
from tests.workbook.conftest import ROOT

PARAMETERS = "scheme = period = division = overlay = overrides = edition = lang = since = ''"


def written(path: Path, *sources: str) -> Path:
    """A notebook of code cells."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}), new_markdown_cell("## 一"), *map(new_code_cell, sources)]
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}), path)
    return path


def made(folder: Path, source: str, deadline: float = 60) -> dict[str, Outcome]:
    """Language → how the report went, both in one process."""
    written(folder / "notebooks/n.ipynb", source)
    first = Task(Job("n.ipynb", "2023-06", "", "2023-06/n"), Settings("s.yaml", "2023-06"), folder, folder / "zh",
                 frame("zh", "internal", "局", "n", "", "草稿", []), more=True)  # fmt: skip
    second = replace(first, settings=replace(first.settings, lang="en"), out=folder / "en", more=False)
    outcomes: list[Outcome] = []
    execute_all(iter([first, second]), 1, deadline, outcomes.append)
    assert len(outcomes) == 2
    return {outcome.out.name: outcome for outcome in outcomes}


def shown(folder: Path, lang: str) -> Any:
    return nbformat.read(folder / lang / "2023-06/n.ipynb", as_version=4).cells[-1]


@pytest.mark.skipif(not forks.POSSIBLE, reason="no fork")
def test_both_languages_run_in_one_process_each_in_a_kernel_of_its_own(tmp_path: Path) -> None:
    went = made(tmp_path, "import os\nold = 'kept' in globals()\nkept = lang\nlang, old, os.getpid()")
    assert [outcome.failure for outcome in went.values()] == [None, None]
    (zh, en) = (shown(tmp_path, lang) for lang in ("zh", "en"))
    (one, other) = (eval(cell.outputs[0]["data"]["text/plain"]) for cell in (zh, en))  # noqa: S307  a tuple that this test's notebook shows
    assert one[:2] == ("zh", False)
    assert other[:2] == ("en", False)
    assert one[2] == other[2] != os.getpid()
    assert zh.execution_count == en.execution_count == 3
    assert all(outcome.seconds > 0 for outcome in went.values())


@pytest.mark.parametrize(("source", "says"), [
    ("assert lang != '{}', '没有'", "AssertionError: 没有"),
    ("import os\nif lang == '{}':\n    os._exit(7)", "exit 7"),
    ("while lang == '{}':\n    pass", "超过|not finished"),
    ("from pathlib import Path\nif lang == '{0}':\n    (Path('{0}') / '2023-06/n.html').mkdir(parents=True, exist_ok=True)", "Error"),
])  # fmt: skip
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_one_language_takes_no_other_with_it(tmp_path: Path, source: str, says: str, lang: str) -> None:
    """It fails, its process ends, it does not end, or its page cannot be written."""
    went = made(tmp_path, source.format(lang), 8)
    other = {"zh": "en", "en": "zh"}[lang]
    assert went[other].failure is None
    assert (tmp_path / other / "2023-06/n.html").is_file()
    failure = went[lang].failure
    assert isinstance(failure, Failure)
    assert re.search(says, failure.error), failure
    if says != "Error":
        assert failure.cell == 3, failure  # after the parameters, those that papermill put in, and a heading
        assert not (tmp_path / lang / "2023-06/n.html").exists()


@pytest.mark.parametrize(("sources", "wanted"), [
    (["from perfkit.report import open_page, tables\n\nview = open_page(scheme, period)\ntables.causes(view)", "tables.causes(view)"], True),
    (["from perfkit.report import comparison as c", "c.open_comparison(scheme, 'a', 1)"], True),
    (["'kept'", "x = 1"], True),
    (["import os"], False),
    (["from os import system\nsystem('ls')"], False),
    (["from perfkit.report import *\nkey_points(view)"], False),
    (["print('x')"], False),
    (["from perfkit.report import tables\ntables.pd.set_option('a', 1)"], False),
    (["from perfkit.report import tables\ntables.causes = 1"], False),
    (["from perfkit.report import tables\ntables = print\ntables('x')"], False),
    (["from perfkit.report import open_page\nview = open_page(scheme)", "view.page.divisions['score'] = 1"], False),
    (["from perfkit.report import open_page\nopen_page(scheme, lang=lang)"], False),
    (["from perfkit.report import open_page\nopen_page(scheme).page.divisions.drop([0], inplace=True)"], False),
    (["from perfkit.report import tables\n[tables.causes(view) for view in []]"], False),
    (["def f():\n    pass"], False), (["%matplotlib inline"], False), (["!ls"], False), (["del lang"], False), (["x = y = open"], False),
])  # fmt: skip
def test_what_a_notebook_may_do_to_be_run_beside_another(tmp_path: Path, sources: Sequence[str], wanted: bool) -> None:
    path = written(tmp_path / "n.ipynb", *sources)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source = "scheme = 'a'\nperiod = '2023'\nlang = 'zh'"
    nbformat.write(notebook, path)
    assert plain(path) is wanted


def test_what_is_no_notebook_is_not_plain(tmp_path: Path) -> None:
    (tmp_path / "n.ipynb").write_text("no notebook", encoding="utf-8")
    assert not plain(tmp_path / "n.ipynb")
    assert not plain(tmp_path / "absent.ipynb")


def test_our_own_reports_are_made_together_and_no_edition_with_another(tmp_path: Path) -> None:
    june = Settings("params/planning-bureau.yaml", "2023-06", "监察室")
    first = prepare(june, ROOT, tmp_path)
    others = replace(june, lang="en"), replace(june, edition="public"), replace(june, edition="public", lang="en")
    plans = [first, *(prepare(each, ROOT, tmp_path, first.whole) for each in others)]
    tasks = [task for task, _, _ in due(plans, ROOT, True)]
    assert [(task.settings.edition, task.settings.lang, task.more) for task in tasks] == [
        ("internal", "zh", True), ("internal", "en", False), ("public", "zh", True), ("public", "en", False)]  # fmt: skip
    assert [task.more for task, _, _ in due(plans[1:3], ROOT, True)] == [False, False]
    assert all(plain(ROOT / "notebooks" / name) for name in {job.notebook for job in first.jobs})
