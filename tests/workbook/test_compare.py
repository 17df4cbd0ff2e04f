"""Scenarios compared as an analyst does it: in the terminal, for a program, as a published page."""

import json
import subprocess
import sys

import pytest
from playwright.sync_api import Browser

from tests.workbook.conftest import Project, copied, manifest

YEAR = ("compare", "planning-bureau", "2023")
MONTH = ("compare", "planning-bureau", "2023-06", "--set", "components.monthly_plan.unexcused_loss=0.25")
QUICK = (*MONTH, "--no-publish")
FOLDER = "outputs/planning-bureau/2023+softer-tiers/internal/zh"


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, "subprocess.CompletedProcess[str]"]:
    """The sample year beside one example, made once."""
    project = copied(tmp_path_factory.mktemp("compare") / "试算")
    return project, project.perfkit(*YEAR, "softer-tiers")


def test_the_terminal_shows_who_moves_why_and_what_it_costs(compared: tuple[Project, "subprocess.CompletedProcess[str]"]) -> None:
    """Eight divisions: 2, 4.8, 1.2 places instead of 2.4, 4, 1.6: one C less, one B more."""
    project, done = compared
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "2023年试算对比"
    assert "1个处室换档：用地规划处 C→B（各档处室比例）。" in lines
    assert any(line.split() == ["方案", "C档", "–", "▲", "1：用地规划处", "1：村镇规划处"] for line in lines)
    assert any(line.split() == ["用地规划处", "档次", "C", "B", "各档处室比例", "2.4.3"] for line in lines)
    assert lines[-1] == f"对比页：{project.root / FOLDER / '2023/compare.html'}"


def test_the_page_is_marked_and_the_official_folder_untouched(compared: tuple[Project, "subprocess.CompletedProcess[str]"]) -> None:
    project, _ = compared
    assert not project.site.exists()
    folder = project.root / FOLDER
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")}
    assert {"2023/compare.html", "2023/compare.ipynb", "index.html", "manifest.json", "run.json", "results/compare/movers.csv"} <= files
    assert not [name for name in files if "-forms" in name or "bureau" in name]
    page = (folder / "2023/compare.html").read_text(encoding="utf-8")
    assert '<p class="experiment"' in page
    assert "草稿" in page
    assert "档次放缓（示例）" in page
    assert 'href="2023/compare.html"' in (folder / "index.html").read_text(encoding="utf-8")
    assert '<p class="experiment"' in (folder / "index.html").read_text(encoding="utf-8")
    (run,) = manifest(folder)["runs"]  # type: ignore[misc]
    assert run["compare"] is True
    assert {"planning-bureau.yaml", "softer-tiers.yaml"} <= set(run["inputs"])


def test_the_page_opens_offline_and_fits_a_phone(compared: tuple[Project, "subprocess.CompletedProcess[str]"], chromium: Browser) -> None:
    project, _ = compared
    faults: list[str] = []
    for width in (1200, 360):
        context = chromium.new_context(offline=True, viewport={"width": width, "height": 740})
        tab = context.new_page()
        tab.on("console", lambda message: faults.append(message.text))
        tab.on("pageerror", lambda error: faults.append(str(error)))
        for name in ("2023/compare.html", "index.html"):
            tab.goto((project.root / FOLDER / name).as_uri())
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
            assert tab.locator("h1").count() == 1
        tab.goto((project.root / FOLDER / "2023/compare.html").as_uri())
        assert tab.locator("figure svg").count() == 1
        assert tab.locator("table").count() >= 8
        context.close()
    assert faults == []


def test_verify_makes_it_again(compared: tuple[Project, "subprocess.CompletedProcess[str]"]) -> None:
    project, _ = compared
    done = project.perfkit("verify", FOLDER)
    assert done.returncode == 0, done.stdout + done.stderr
    project.rewrite("params/what-if/softer-tiers.yaml", "C: 0.9}", "C: 0.85}")
    changed = project.perfkit("verify", FOLDER)
    project.rewrite("params/what-if/softer-tiers.yaml", "C: 0.85}", "C: 0.9}")
    assert changed.returncode == 1
    assert changed.stdout.splitlines()[0] == "不同：2023/compare.html，从“要点”一节起"
    assert "记录、方案或试算文件变了：softer-tiers.yaml" in changed.stdout


def test_a_program_reads_it(project: Project) -> None:
    """Loss of 25% instead of 50%: 规划管理处 missed 15 points in June and gets 96.25 instead of 92.5."""
    done = project.perfkit(*QUICK, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    (own,) = [row for row in found["divisions"] if row["division"] == "规划管理处"]
    assert (own["score_before"], own["score_after"], own["score_change"]) == (92.5, 96.25, 3.75)
    assert own["tier_before"] is None
    assert found["parameters"][0]["path"] == "components.monthly_plan.unexcused_loss"
    assert found["parameters"][0]["clause"] == "2.3.1"
    assert found["refused"] == []
    assert found["page"] == ""
    assert not (project.root / "outputs").exists()


def test_the_public_edition_names_nobody(project: Project) -> None:
    done = project.perfkit(*MONTH, "--edition", "public", "--lang", "en")
    assert done.returncode == 0, done.stderr
    rows = (project.root / "data/planning-bureau/staff.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    words = {word for row in rows for word in row.split(",")[:2]}
    assert len(words) == 128
    folder = project.root / "outputs/planning-bureau"
    written = {path: path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file() and path.suffix not in (".parquet", ".xlsx")}
    annexes = {path: path.read_text(encoding="utf-8", errors="replace") for path in folder.rglob("*.xlsx")}  # packed without compression
    assert len(annexes) == 1
    for place, text in [*written.items(), *annexes.items(), ("stdout", done.stdout)]:
        assert not [word for word in words if word in text], place
    names = {path.name for path in written}
    assert {"compare.html", "compare.ipynb", "divisions.csv"} <= names
    assert not {"staff.csv", "cost.csv", "bands.csv"} & names
    (table,) = [text for path, text in written.items() if path.name == "divisions.csv"]
    assert "score_after" in table
    assert "amount" not in table
    json_text = project.perfkit(*QUICK, "--edition", "public", "--json").stdout
    assert not [word for word in words if word in json_text]
    assert "amount" not in json_text


def test_a_stack_and_a_setting_are_two_scenarios(project: Project) -> None:
    arguments = ("softer-tiers+more-appraisal", "--set", "tiers.rounding=floor", "--no-publish", "--json")
    done = project.perfkit("compare", "planning-bureau", "2023-06", *arguments)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["scenarios"][0] == "softer-tiers+more-appraisal"
    assert found["scenarios"][1].startswith("set-")
    changed = [row["path"] for row in found["parameters"] if row["scenario"] == "softer-tiers+more-appraisal"]
    assert changed == ["components.monthly_plan.weight", "components.appraisal.weight", "tiers.shares", "tiers.coefficients"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("2023", "--set", "components.monthly_plan.weight=0.7"), 2, "应当是 1"),
        (("2023", "softer-tier"), 2, "softer-tiers"),
        (("2023",), 2, "params/what-if/"),
        (("2023-Q2", "softer-tiers"), 2, "2023-Q2"),
        (("2023", "--set", 'components.appraisal.points={"优秀": 100}'), 2, "appraisals.csv 第3行"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_words(project: Project, arguments: tuple[str, ...], code: int, says: str) -> None:
    done = project.perfkit("compare", "planning-bureau", *arguments)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not (project.root / "outputs").exists()


def test_an_impossible_overlay_names_its_file_and_line(project: Project) -> None:
    project.rewrite("params/what-if/softer-tiers.yaml", "tiers.shares: {A: 0.25", "tiers.shares: {A: 0.35")
    done = project.perfkit(*YEAR, "softer-tiers", "more-appraisal")
    assert done.returncode == 2
    assert "softer-tiers.yaml 第10行" in done.stderr


def test_the_notebook_runs_with_papermill_alone(project: Project) -> None:
    command = [sys.executable, "-m", "papermill", "notebooks/compare.ipynb", "out.ipynb", "--no-progress-bar", "--log-level", "ERROR",
               "-r", "period", "2023-06", "-r", "overlay", "params/what-if/softer-tiers.yaml+params/what-if/more-appraisal.yaml;more-appraisal",
               "-r", "overrides", '{"components.monthly_plan.unexcused_loss": 0.25}', "-r", "division", "规划管理处"]  # fmt: skip
    done = subprocess.run(command, cwd=project.root, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    outputs = json.dumps(json.loads((project.root / "out.ipynb").read_text(encoding="utf-8"))["cells"], ensure_ascii=False)
    assert "application/vnd.vegalite" in outputs
    assert "92.50→96.25" in outputs
