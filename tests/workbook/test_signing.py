"""A year from draft to final, and what may not be called final."""

import shutil
from contextlib import chdir
from dataclasses import replace
from pathlib import Path

import pytest

from perfkit.workbook.jobs import Settings
from perfkit.workbook.run import prepare, run
from tests.conftest import Bureau
from tests.workbook.conftest import Project, copied, manifest

YEAR = ("run", "planning-bureau", "2023")
LOOKED_AT = ("2023-06/bureau", "2023/bureau", "2023/丙处")


def text(project: Project, page: str) -> str:
    return (project.site / page).read_text(encoding="utf-8")


def small_bureau(project: Project) -> Bureau:
    """Three divisions in the place of the sample: 甲 and 乙 tie at 97; 丙 loses March and ends at 96.67."""
    folder = project.root / "data/planning-bureau"
    shutil.rmtree(folder)
    folder.mkdir()
    bureau = Bureau(folder)
    for division, grade in (("D1", "良好"), ("D2", "良好"), ("D3", "优秀")):
        bureau.rated_by_public(division, grade)
    bureau.miss("D3", "2023-03")
    for row in bureau.rows("postings", staff="M3"):  # moves from 乙 to 丙
        row["end"] = "2023-06-30"
    bureau.add("postings", staff="M3", division="D3", role="member", grade="科级", start="2023-07-01")
    bureau.add("staff", staff="M5", name="丙二")  # joins 丙
    bureau.add("postings", staff="M5", division="D3", role="member", grade="科级", start="2023-04-01")
    bureau.add("appraisals", period="2023", kind="democratic", subject="M5", rater_group="同事", grade="称职", votes=5)
    bureau.add("ratings", year="2023", staff="M5", rating="competent")
    for month in range(4, 13):
        bureau.work("M5", f"2023-{month:02d}", 144)
    bureau.add("vetoes", date="2023-10-18", division="D1", ground="违法违纪", decided_by="局党组", decided_on="2023-11-02")
    bureau.add("appeals", appeal="SS-1", subject="D3", filed_on="2023-12-20", stage="leader", decision="rejected", decided_on="2023-12-22")
    bureau.add("appeals", appeal="SS-1", subject="D3", filed_on="2023-12-25", stage="office")
    bureau.add("corrections", correction="GZ-1", table="plan_items", key="2023-03/D3/D3-2023-03", column="completion", old="0", new="1")
    return bureau


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Project]:
    """The same year at each step: draft, proposed, final; each a copy of the folder as it was then."""
    here = tmp_path_factory.mktemp("signing")
    project = copied(here / "局")
    bureau = small_bureau(project)
    found: dict[str, Project] = {}

    def step(name: str, questions: set[str]) -> None:
        """The whole year assessed and signed; of its reports those that are looked at below."""
        bureau.write()
        with chdir(project.root):
            plan = prepare(Settings("params/planning-bureau.yaml", "2023"), project.root)
            assert set(plan.result.open["question"]) == questions
            assert not plan.refusals
            report = run(replace(plan, jobs=[job for job in plan.jobs if job.stem in LOOKED_AT]), project.root, 2, lambda _: None)
        assert not report.failed
        shutil.copytree(project.root, here / name)
        found[name] = Project(here / name)

    step("draft", {"appeal_pending", "correction_pending", "tie_at_tier_border"})
    bureau.rows("appeals", stage="office")[0].update(decision="upheld", decided_on="2023-12-28")
    bureau.rows("corrections")[0].update(decided_by="局党组", decided_on="2023-12-29", why="申诉 SS-1 成立")
    for subject, order in (("D2", 1), ("D1", 2), ("M3", 1), ("M4", 2)):
        bureau.add("decisions", period="2023", subject=subject, order=order, decided_by="局党组", decided_on="2024-01-05", why="局党组会议")
    bureau.add("sign_off", period="2023", state="proposed", by="局绩效办", on="2024-01-08")
    step("proposed", set())
    bureau.add("sign_off", period="2023", state="final", by="局党组", on="2024-01-12")
    step("final", set())
    return found


def test_the_draft_says_what_is_open(steps: dict[str, Project]) -> None:
    page = text(steps["draft"], "2023/bureau.html")
    assert "草稿" in page
    assert "档次边界同分" in page
    assert "申诉还没有答复" in page
    assert "更正还没有决定" in page
    assert ">96.67<" in page  # 0.8 × 1150 ÷ 12 + 0.2 × 100
    assert "更正前后" not in page


def test_the_proposal_shows_the_appeal_the_correction_and_what_it_moved(steps: dict[str, Project]) -> None:
    page = text(steps["proposed"], "2023/bureau.html")
    assert "送审稿（局绩效办，2024年1月8日）" in page
    assert "申诉 SS-1 成立" in page
    after = page[page.index("更正前后") :]
    assert after.index("96.67") < after.index("100.00")  # 丙, and with it the border of tier A
    result = (steps["proposed"].site / "results/divisions.csv").read_text(encoding="utf-8-sig")
    rows = {line.split(",")[0]: line.split(",") for line in result.splitlines()[1:]}
    tiers = {division: next(cell for cell in cells if cell in ("A", "B", "C")) for division, cells in rows.items()}
    assert tiers == {"D3": "A", "D2": "B", "D1": "C"}


def test_the_final_report_names_who_signed(steps: dict[str, Project]) -> None:
    for page in ("2023/bureau.html", "2023-06/bureau.html", "index.html"):
        assert "审定稿（局党组，2024年1月12日）" in text(steps["final"], page)
    (run,) = manifest(steps["final"].site)["runs"]  # type: ignore[misc]
    assert run["state"] == {"name": "final", "by": "局党组", "on": "2024-01-12"}


@pytest.mark.parametrize(("table", "old", "new"), [("plan_items.csv", "事项,,1,", "事项,,0.5,"), ("ratings.csv", "M5,competent", "M5,basic")])
def test_what_changed_after_the_proposal_is_not_final(steps: dict[str, Project], tmp_path: Path, table: str, old: str, new: str) -> None:
    shutil.copytree(steps["final"].root, tmp_path / "局")
    project = Project(tmp_path / "局")
    before = text(project, "2023/bureau.html")
    project.rewrite(f"data/planning-bureau/{table}", old, new)
    done = project.perfkit(*YEAR)
    assert done.returncode == 1
    assert f"与送审时不同：{table.removesuffix('.csv')}" in done.stderr
    assert text(project, "2023/bureau.html") == before


def test_nothing_is_final_while_a_question_is_open_or_without_a_proposal(steps: dict[str, Project], tmp_path: Path) -> None:
    shutil.copytree(steps["draft"].root, tmp_path / "局")
    project = Project(tmp_path / "局")
    folder = project.root / "data/planning-bureau"
    sign_off = "period,state,by,on\n2023,final,局党组,2024-01-12\n"
    (folder / "sign_off.csv").write_text(sign_off, encoding="utf-8")
    done = project.perfkit(*YEAR)
    assert done.returncode == 1
    assert "个问题没有决定，不能定稿" in done.stderr
    shutil.copytree(steps["final"].root, tmp_path / "未送审")
    project = Project(tmp_path / "未送审")
    shutil.rmtree(project.root / "outputs")
    done = project.perfkit(*YEAR)
    assert done.returncode == 1
    assert "还没有发布过送审稿" in done.stderr


def test_an_experiment_is_never_more_than_a_draft(steps: dict[str, Project]) -> None:
    done = steps["final"].perfkit("run", "planning-bureau", "2023-06", "--division", "甲处", "--set", "tiers.rounding=floor")
    assert done.returncode == 0, done.stderr
    pages = list((steps["final"].root / "outputs/planning-bureau").glob("2023+*/internal/zh/2023-06/*.html"))
    assert len(pages) == 2  # the report and its forms
    for page in pages:
        assert "草稿" in page.read_text(encoding="utf-8")
        assert "审定稿" not in page.read_text(encoding="utf-8")
