"""What the commands say, and how they end."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workbook.conftest import Project, copied

RECORDS = "data/planning-bureau"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return copied(tmp_path / "project")


def test_help_imports_nothing_slow() -> None:
    program = (
        "import sys\nfrom perfkit.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as end:\n    assert end.code == 0\n"
        "slow = {'pandas', 'altair', 'papermill', 'numpy', 'pydantic', 'nbconvert'} & set(sys.modules)\nassert not slow, slow\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert "verify" in done.stdout


def test_check_says_what_it_read(project: Project) -> None:
    done = project.perfkit("check", "planning-bureau")
    assert done.returncode == 0, done.stderr
    assert "plan_items.csv：480 行（utf-8-sig）" in done.stdout
    assert "没有问题" in done.stdout


def ten_faults(project: Project) -> None:
    """One fault of each kind, each in a place of its own."""
    folder = project.root / RECORDS
    project.rewrite(f"{RECORDS}/ratings.csv", "rating", "ratin")  # 1 a wrong header
    project.rewrite(f"{RECORDS}/payout_bases.csv", "\n2023,正处,", "\n2023,正处,两千")  # 2 text where a number belongs
    project.rewrite(f"{RECORDS}/adjustments.csv", "规划管理处", "规划管里处")  # 3 an unknown division
    project.rewrite(f"{RECORDS}/staff.csv", "P007,", "P006,")  # 4 a duplicate id
    items = (folder / "plan_items.csv").read_text(encoding="utf-8-sig").splitlines()
    rows = [place for place, row in enumerate(items) if row.startswith("2023-01,规划管理处,")]
    cells = items[rows[0]].split(",")
    cells[4] = "-10"
    items[rows[0]] = ",".join(cells)  # 5 a negative number of points
    other = next(place for place, row in enumerate(items) if row.startswith("2023-02,规划管理处,"))
    items[other] = items[other].replace("2023-02", "2023-13", 1)  # 6 no such month
    june = [place for place, row in enumerate(items) if row.startswith("2023-06,规划管理处,")]
    cells = items[june[0]].split(",")
    cells[4] = str(float(cells[4]) - 10)
    items[june[0]] = ",".join(cells)  # 7 points that sum to 90
    (folder / "plan_items.csv").write_text("\n".join(items) + "\n", encoding="utf-8-sig")
    (folder / "appraisals.csv").unlink()  # 8 a missing file
    credits = (folder / "credits.csv").read_text(encoding="utf-8-sig")
    (folder / "credits.csv").write_bytes(credits.encode("utf-16"))  # 9 a wrong encoding
    (folder / "absences.csv").write_bytes(b"")  # 10 an empty file


def test_check_names_ten_faults_in_one_go(project: Project) -> None:
    ten_faults(project)
    done = project.perfkit("check", "planning-bureau", "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)["problems"]
    assert all(each["what"] and each["mend"] for each in found)

    def one(file: str, what: str) -> dict[str, object]:
        (hit,) = [each for each in found if each["file"] == file and what in each["what"]]
        return dict(hit)

    assert one("ratings.csv", "不认识的列")["field"] == "ratin"
    text = one("payout_bases.csv", "不是数")
    assert (text["line"], text["field"]) == (4, "月度组织绩效奖")
    unknown = one("adjustments.csv", "没有“规划管里处”")
    assert unknown["field"] == "处室"
    assert "规划管理处" in str(unknown["mend"])
    assert one("staff.csv", "重复")["line"] == 8
    assert one("plan_items.csv", "-10 小于 0")["field"] == "分值"
    assert one("plan_items.csv", "“2023-13”不是月份")["field"] == "月份"
    assert "90" in str(one("plan_items.csv", "2023-06 的分值之和")["what"])
    assert one("appraisals.csv", "缺少这张表")
    assert one("credits.csv", "编码")
    assert one("absences.csv", "空的")


def test_check_speaks_plainly(project: Project) -> None:
    ten_faults(project)
    done = project.perfkit("check", "planning-bureau")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "payout_bases.csv 第4行“月度组织绩效奖”：“两千" in done.stdout


def test_explain_prints_lines_that_sum_to_the_score(project: Project) -> None:
    done = project.perfkit("explain", "planning-bureau", "2023", "规划管理处")
    assert done.returncode == 0, done.stderr
    first, *lines = done.stdout.splitlines()
    assert first.endswith("94.16")
    values = []
    for line in lines:
        if not line.startswith("  "):
            break
        values.append(float(line.split("=")[0]))
        assert line.rstrip().endswith("]")
        assert not line.rstrip().endswith("[]")
    assert len(values) == 12 + 3 + 2 + 1  # months, rater groups, adjustments, rounding
    assert sum(values) == pytest.approx(94.16, abs=1e-3)
    rows = json.loads(project.perfkit("explain", "planning-bureau", "2023", "规划管理处", "--json").stdout)
    assert sum(row["value"] for row in rows if row["measure"] == "score") == pytest.approx(94.16, abs=1e-9)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "planning-bureau"), "命令没有写全"),
        (("run", "planning-bureau", "2023", "--editon", "public"), "没有选项 --editon"),
        (("run", "planning-bureau", "2023", "--jobs", "many"), "--jobs"),
        (("rum",), "命令的写法不对"),
    ],
)
def test_a_call_that_is_none_is_told_in_chinese_too(project: Project, arguments: tuple[str, ...], says: str) -> None:
    done = project.perfkit(*arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Usage: " in done.stderr
    assert "Traceback" not in done.stderr


def test_the_same_fault_of_many_rows_is_one_line(project: Project) -> None:
    file = project.root / RECORDS / "plan_items.csv"
    rows = file.read_text(encoding="utf-8-sig").splitlines()
    hit = [line for line, row in enumerate(rows, 1) if ",监察室," in row]
    file.write_text("\n".join(row.replace(",监察室,", ",监查室,") for row in rows) + "\n", encoding="utf-8-sig")
    told, total = project.perfkit("check", "planning-bureau").stdout.splitlines()
    assert told.startswith(f"plan_items.csv 第{hit[0]}行“处室”：没有“监查室”这个处室。")
    assert told.endswith(f"同样的还有{len(hit) - 1}处：第{'、'.join(map(str, hit[1:6]))}行……。")
    assert str(len(hit)) in total


def test_explain_calls_an_item_by_no_person_s_name(project: Project) -> None:
    """A plan item whose id is also a person's stays the item."""
    project.rewrite(f"{RECORDS}/plan_items.csv", "2023-06,监察室,JC-2306-01,", "2023-06,监察室,P005,")
    told = project.perfkit("explain", "planning-bureau", "2023-06", "监察室")
    assert told.returncode == 0, told.stderr
    assert " P005  [" in told.stdout
    assert "周景禾" not in told.stdout


def test_a_setting_in_braces_is_read_as_in_a_scheme_file(project: Project) -> None:
    done = project.perfkit("run", "planning-bureau", "2023-06", "--dry-run", "--set", "tiers.shares={A: 0.25, B: 0.55, C: 0.2}")
    same = project.perfkit("run", "planning-bureau", "2023-06", "--dry-run", "--set", 'tiers.shares={"A": 0.25, "B": 0.55, "C": 0.2}')
    assert done.returncode == 0, done.stderr
    assert "2023+set-" in done.stdout
    assert done.stdout == same.stdout


def test_a_dry_run_of_several_names_the_one_that_cannot_be(project: Project) -> None:
    done = project.perfkit("run", "water-bureau", "planning-bureau", "2023-06", "--dry-run")
    assert done.returncode == 1
    assert done.stderr.splitlines()[0].startswith("params/water-bureau.yaml")
    assert done.stdout.count("planning-bureau/2023/") == 9


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("check", "planing-bureau"), 2, "planning-bureau"),
        (("check", "nothing"), 2, "planning-bureau / township / water-bureau"),
        (("run", "planning-bureau", "2023-06", "--out", "requirements.lock"), 3, "应当是文件夹，却是一个文件"),
        (("run", "planning-bureau", "2023", "--overlay", "softer-tier"), 2, "softer-tiers"),
        (("run", "planning-bureau", "2023-13"), 2, "考核期间"),
        (("run", "planning-bureau", "2024"), 2, "2023年的方案"),
        (("run", "planning-bureau", "2023-Q2"), 2, "请写：2023-06 / 2023。"),
        (("run", "planning-bureau", "2023", "--division", "规划管里处"), 2, "规划管理处"),
        (("run", "planning-bureau", "2023", "--set", "tiers.share=1"), 2, "tiers.shares"),
        (("run", "planning-bureau", "2023", "--overlay", "none.yaml"), 2, "none.yaml"),
        (("explain", "planning-bureau", "2023", "不存在"), 2, "不存在"),
        (("verify", "nowhere"), 2, "manifest.json"),
    ],
)
def test_what_cannot_be_is_refused_in_words(project: Project, arguments: tuple[str, ...], code: int, says: str) -> None:
    done = project.perfkit(*arguments)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_scheme_exits_2(project: Project) -> None:
    project.rewrite("params/planning-bureau.yaml", "A: 0.3, B: 0.5, C: 0.2", "A: 0.3, B: 0.5, C: 0.3")
    done = project.perfkit("check", "planning-bureau")
    assert done.returncode == 2
    assert "planning-bureau.yaml 第" in done.stderr
    assert "1.1" in done.stderr


def test_outside_a_project(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "perfkit", "check", "x"], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False,
                          env={**os.environ, "PYTHONIOENCODING": "utf-8"})  # fmt: skip
    assert done.returncode == 2
    assert "--project" in done.stderr
