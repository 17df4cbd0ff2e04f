"""Runs that are smaller, changed, refused or broken."""

import json
from pathlib import Path

import nbformat
import pytest

from perfkit.problems import UsageError
from perfkit.project import safe_name, write_whole
from perfkit.workbook.jobs import settings_json
from tests.workbook.conftest import Project, copied, manifest

MONTH = ("run", "planning-bureau", "2023-06", "--division", "监察室")


def test_a_month_of_one_division(project: Project) -> None:
    done = project.perfkit(*MONTH)
    assert done.returncode == 0, done.stderr
    assert str(project.site / "index.html") in done.stdout
    assert [page.name for page in sorted(project.site.rglob("*.html"))] == [
        "监察室-forms.html", "监察室.html", "assumptions.html", *sorted(page.name for page in (project.site / "clauses").iterdir()), "clauses.html",
        "index.html", "provenance.html", "search.html",
    ]  # fmt: skip
    page = (project.site / "2023-06/监察室.html").read_text(encoding="utf-8")
    assert '<html lang="zh-CN">' in page
    assert "草稿" in page
    assert not list(project.site.rglob(".perfkit-*"))


def test_verify_names_the_page_when_one_record_differs(project: Project) -> None:
    assert project.perfkit(*MONTH).returncode == 0
    assert project.perfkit("verify", str(project.site)).returncode == 0
    project.rewrite("data/planning-bureau/plan_items.csv", "JC-2306-01", "JC-2306-99")
    changed = project.perfkit("verify", str(project.site))
    assert changed.returncode == 1
    assert changed.stdout.splitlines()[:2] == ["不同：2023-06/监察室.html，从“扣分在哪里”一节起", "记录、方案或试算文件变了：plan_items.csv"]


def test_a_second_month_keeps_the_first(project: Project) -> None:
    assert project.perfkit(*MONTH).returncode == 0
    first = (project.site / "2023-06/监察室.html").read_bytes()
    assert project.perfkit("run", "planning-bureau", "2023-07", "--division", "监察室").returncode == 0
    assert (project.site / "2023-06/监察室.html").read_bytes() == first
    index = (project.site / "index.html").read_text(encoding="utf-8")
    assert "6月" in index
    assert "7月" in index
    assert len(manifest(project.site)["runs"]) == 2  # type: ignore[arg-type]
    assert project.perfkit("verify", str(project.site)).returncode == 0


def test_dry_run_writes_nothing(project: Project) -> None:
    done = project.perfkit("run", "planning-bureau", "2023", "--dry-run")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 117
    assert not (project.root / "outputs").exists()


def test_an_experiment_is_marked_and_leaves_the_official_folder_alone(project: Project) -> None:
    overlay = project.root / "params/what-if/slack.yaml"
    overlay.parent.mkdir(exist_ok=True)
    overlay.write_text("base: planning-bureau\nauthor: 绩效办\nwhy: 试一试\nset:\n  components.monthly_plan.unexcused_loss: 0.25\n", encoding="utf-8")
    done = project.perfkit(*MONTH, "--overlay", "params/what-if/slack.yaml")
    assert done.returncode == 0, done.stderr
    page = (project.root / "outputs/planning-bureau/2023+slack/internal/zh/2023-06/监察室.html").read_text(encoding="utf-8")
    assert '<p class="experiment"' in page
    assert "试一试" in page
    assert not project.site.exists()


def test_the_public_edition_knows_no_person(project: Project) -> None:
    done = project.perfkit("run", "planning-bureau", "2023-06", "--division", "规划管理处", "--edition", "public")
    assert done.returncode == 0, done.stderr
    folder = project.root / "outputs/planning-bureau/2023/public/zh"
    people = (project.root / "data/planning-bureau/staff.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    words = {word for row in people for word in row.split(",")[:2]}
    assert len(words) == 128
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".parquet":
            text = path.read_text(encoding="utf-8", errors="replace" if path.suffix == ".xlsx" else "strict")  # a workbook is packed without compression
            assert not [word for word in words if word in text], path


def test_english(project: Project) -> None:
    done = project.perfkit(*MONTH, "--lang", "en")
    assert done.returncode == 0, done.stderr
    page = (project.root / "outputs/planning-bureau/2023/internal/en/2023-06/监察室.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in page
    assert "Key points" in page
    assert "要点" not in page


def test_a_parameter_that_a_notebook_does_not_declare_is_refused(project: Project) -> None:
    path = project.root / "notebooks/monthly.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source = notebook.cells[0].source.replace('edition = "internal"\n', "")
    nbformat.write(notebook, path)
    done = project.perfkit(*MONTH)
    assert done.returncode == 2
    assert "monthly.ipynb" in done.stderr
    assert "edition" in done.stderr
    assert not (project.root / "outputs").exists()


def test_a_failing_notebook_is_named_and_leaves_the_others(project: Project) -> None:
    path = project.root / "notebooks/bureau_month.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("raise ValueError('算不出来')"))
    nbformat.write(notebook, path)
    done = project.perfkit("run", "planning-bureau", "2023-06")
    assert done.returncode == 3
    assert "bureau_month.ipynb" in done.stderr
    assert f"第{len(notebook.cells)}个单元格" in done.stderr
    assert "ValueError: 算不出来" in done.stderr
    assert "Traceback" not in done.stderr
    assert len([page for page in (project.site / "2023-06").glob("*.html") if "-forms" not in page.stem]) == 8
    assert not (project.site / "2023-06/bureau.html").exists()
    log = json.loads((project.site / "run.json").read_text(encoding="utf-8"))
    assert [each["report"] for each in log["failures"]] == ["2023-06/bureau"]


def test_open_questions_make_a_draft_and_exit_1(project: Project) -> None:
    project.rewrite("data/planning-bureau/plan_items.csv", "\n2023-06,监察室,JC-2306-01", "\n2023-05,监察室,JC-2306-01")
    folder = project.root / "data/planning-bureau/plan_items.csv"
    rows = [row for row in folder.read_text(encoding="utf-8-sig").splitlines() if not row.startswith("2023-06,监察室") and "JC-2306-01" not in row]
    folder.write_text("\n".join(rows) + "\n", encoding="utf-8-sig")
    done = project.perfkit(*MONTH)
    assert done.returncode == 1
    assert "监察室" in done.stderr
    assert "草稿" in done.stderr


@pytest.mark.parametrize("name", ["A/B", "con", "处室?", "Office", "a" * 200, " 空格 ", "..", "‮evil"])
def test_names_that_are_no_file_names_are_made_safe(name: str) -> None:
    safe = safe_name(name)
    assert safe == safe_name(name)
    assert safe != name
    assert not set('<>:"/\\|?*') & set(safe)
    assert 0 < len(safe) < 64
    assert safe.strip(" .") == safe


def test_safe_names_differ_where_a_system_would_not_tell_them_apart() -> None:
    assert safe_name("规划管理处") == "规划管理处"
    assert safe_name("Office").lower() != safe_name("office").lower()
    assert safe_name("a/b") != safe_name("a?b")


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "page.html"
    write_whole(target, b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_settings_from_the_command_line() -> None:
    assert json.loads(settings_json(['tiers.shares={"A": 1}', "tiers.rounding=floor", "veto.effect=drop"])) == {
        "tiers.shares": {"A": 1}, "tiers.rounding": "floor", "veto.effect": "drop",
    }  # fmt: skip
    assert settings_json([]) == ""
    with pytest.raises(UsageError):
        settings_json(["tiers.shares"])


def test_another_folder_than_outputs_keeps_the_same_order(project: Project) -> None:
    done = project.perfkit(*MONTH, "--out", "elsewhere")
    assert done.returncode == 0, done.stderr
    assert (project.root / "elsewhere/planning-bureau/2023/internal/zh/2023-06/监察室.html").is_file()
    assert not (project.root / "outputs").exists()
    assert project.perfkit("verify", "elsewhere").returncode == 0


def test_another_project_is_read_wherever_one_stands(project: Project, tmp_path: Path) -> None:
    other = copied(tmp_path / "other")
    other.rewrite("data/planning-bureau/divisions.csv", "监察室,监察室,general", "监察室,监察室,wrong")
    for command in (("check", "planning-bureau"), ("run", "planning-bureau", "2023-06", "--dry-run")):
        done = project.perfkit(*command, "--project", str(other.root))
        assert done.returncode == 1, command
        assert "wrong" in done.stdout + done.stderr
        assert project.perfkit(*command).returncode == 0
