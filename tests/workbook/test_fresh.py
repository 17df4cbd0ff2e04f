"""What is made again, and why: only what would come out differently."""

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from filelock import FileLock

from perfkit.workbook.folder import lock_of
from tests.workbook.conftest import Project, copied

MONTH = ("run", "planning-bureau", "2023-06")


@pytest.fixture(scope="module")
def june(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The month's nine reports, made once."""
    project = copied(tmp_path_factory.mktemp("june") / "一")
    done = project.perfkit(*MONTH)
    assert done.returncode == 0, done.stderr
    return project


@pytest.fixture
def kept(june: Project) -> Iterator[Project]:
    """The same; what a test changes is put back."""
    before = {path: path.read_bytes() for folder in ("data", "params", "notebooks", "outputs") for path in (june.root / folder).rglob("*") if path.is_file()}
    yield june
    for path, content in before.items():
        if not path.is_file() or path.read_bytes() != content:
            path.write_bytes(content)


def why(project: Project, *options: str) -> dict[str, str]:
    """Report → the reason for which it would be made again."""
    done = project.perfkit(*MONTH, "--dry-run", *options)
    assert done.returncode == 0, done.stderr
    lines = [line.partition(".html（") for line in done.stdout.splitlines() if ".html（" in line]
    return {Path(file).name: rest.partition("：")[2] for file, _, rest in lines}


def test_nothing_is_made_twice(kept: Project) -> None:
    """Not even the log of the run changes: no notebook was started."""
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in kept.site.rglob("*") if path.is_file()}
    done = kept.perfkit(*MONTH)
    assert done.returncode == 0
    assert "不必重做的报告：9 份" in done.stderr
    assert str(kept.site / "index.html") in done.stdout
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in kept.site.rglob("*") if path.is_file()} == before
    assert why(kept) == {}
    assert set(why(kept, "--force").values()) == {"要求重做"}


def test_a_changed_record_concerns_the_pages_that_show_it(kept: Project) -> None:
    """An item's title stands on its division's page and on the bureau's."""
    kept.rewrite("data/planning-bureau/plan_items.csv", "2023-06,监察室,JC-2306-01,", "2023-06,监察室,JC-2306-01,再查")
    assert why(kept) == {"监察室": "本页的数据变了", "bureau": "本页的数据变了"}
    others = {page: page.stat().st_mtime_ns for page in (kept.site / "2023-06").glob("*.html") if page.stem not in ("监察室", "bureau")}
    done = kept.perfkit(*MONTH)
    assert "完成 2 份报告" in done.stderr
    assert "不必重做的报告：7 份" in done.stderr
    assert "再查" in (kept.site / "2023-06/监察室.html").read_text(encoding="utf-8")
    assert {page: page.stat().st_mtime_ns for page in others if "-forms" not in page.stem} == {
        page: time for page, time in others.items() if "-forms" not in page.stem}  # fmt: skip
    assert kept.perfkit("verify", str(kept.site)).returncode == 0


def test_a_changed_parameter_is_named(kept: Project) -> None:
    kept.rewrite("params/planning-bureau.yaml", "unexcused_loss: {value: 0.5,", "unexcused_loss: {value: 0.25,")
    assert len(why(kept)) == 9
    assert set(why(kept).values()) == {"参数 components.monthly_plan.unexcused_loss 变了、本页的数据变了"}  # each page lists every division's score


def test_a_changed_notebook_concerns_its_own_reports(kept: Project) -> None:
    path = kept.root / "notebooks/bureau_month.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_markdown_cell("附记", metadata={"tags": ["zh"]}))
    nbformat.write(notebook, path)
    assert why(kept) == {"bureau": "工作簿变了"}


def test_an_edited_and_a_lost_page_are_noticed_and_made_again(kept: Project) -> None:
    page, gone = kept.site / "2023-06/监察室.html", kept.site / "2023-06/办公室.ipynb"
    whole, notebook = page.read_bytes(), gone.read_bytes()
    page.write_bytes(whole.replace("监察室".encode(), "监查室".encode(), 1))
    gone.unlink()
    assert why(kept) == {"监察室": "文件被改动或损坏", "办公室": "文件不见了"}
    assert "完成 2 份报告" in kept.perfkit(*MONTH).stderr
    assert page.read_bytes() == whole
    assert gone.read_bytes() == notebook


def test_an_edited_result_table_is_noticed_and_made_again(kept: Project) -> None:
    table = kept.site / "results/2023-06/divisions.csv"
    whole = table.read_bytes()
    table.write_bytes(whole + b"1")
    assert kept.perfkit(*MONTH).returncode == 0
    assert table.read_bytes() == whole


def test_editions_and_languages_of_one_run_are_those_of_runs_of_their_own(kept: Project, tmp_path: Path) -> None:
    division = ("--division", "监察室")
    done = kept.perfkit(*MONTH, *division, "--edition", "both", "--lang", "both", "--out", str(tmp_path / "together"))
    assert done.returncode == 0, done.stderr
    assert len([line for line in done.stdout.splitlines() if line.endswith("index.html")]) == 4
    assert kept.perfkit(*MONTH, *division, "--edition", "public", "--lang", "en", "--out", str(tmp_path / "alone")).returncode == 0
    alone = {path.relative_to(tmp_path / "alone"): path.read_bytes() for path in (tmp_path / "alone").rglob("*") if path.is_file()}
    for name, content in alone.items():
        if name.name != "run.json" and not name.name.endswith(".lock"):
            assert (tmp_path / "together" / name).read_bytes() == content, name
    assert kept.perfkit("verify", str(tmp_path / "together")).returncode == 0


def test_a_second_run_on_the_same_folder_says_so_and_stops(kept: Project) -> None:
    before = {path: path.read_bytes() for path in kept.site.rglob("*.html")}
    with FileLock(lock_of(kept.site)):
        done = kept.perfkit(*MONTH, "--force")
    assert done.returncode == 2
    assert "正由另一次运行写入" in done.stderr
    assert {path: path.read_bytes() for path in kept.site.rglob("*.html")} == before


@pytest.mark.parametrize(("file", "old", "new", "says"), [
    ("data/planning-bureau/plan_items.csv", "2023-06,监察室,JC-2306-01,", "2023-06,监察室,JC-2306-01,再",
     ["不同：2023-06/bureau.html，从“来源”一节起", "记录、方案或试算文件变了：plan_items.csv",
      "不同：2023-06/监察室.html，从“扣分在哪里”一节起"]),
    ("params/planning-bureau.yaml", "unexcused_loss: {value: 0.5,", "unexcused_loss: {value: 0.4,",
     ["不同：2023-06/bureau.html，从“要点”一节起", "记录、方案或试算文件变了：planning-bureau.yaml", "参数变了：components.monthly_plan.unexcused_loss"]),
    ("notebooks/bureau_month.ipynb", "tables.calendar(view)", "tables.calendar(view) ",
     ["不同：2023-06/bureau.html，从“来源”一节起", "工作簿变了：bureau_month.ipynb"]),
])  # fmt: skip
def test_verify_names_the_section_and_what_it_comes_from(kept: Project, file: str, old: str, new: str, says: list[str]) -> None:
    """One character of an item's title, which the bureau's page does not show, one parameter, one blank in a notebook's cell."""
    kept.rewrite(file, old, new)
    done = kept.perfkit("verify", str(kept.site))
    assert done.returncode == 1
    assert done.stdout.splitlines()[: len(says)] == says
