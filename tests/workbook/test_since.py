"""Runs that compare with a version published before: pages, refusals, and that such a run can be made again."""

import csv
import json
import re
import shutil
from collections.abc import Mapping
from contextlib import chdir
from html import unescape
from pathlib import Path

import pandas as pd
import pytest

from perfkit.language import Lang
from perfkit.problems import UsageError
from perfkit.report import View, earlier, open_page
from perfkit.workbook.jobs import Settings
from perfkit.workbook.run import prepare
from tests.workbook.conftest import Project, copied, manifest, published

PLAN = "data/planning-bureau/plan_items.csv"
MISS = "2023-06,规划管理处,GH-2306-04,组织规划委员会6月例会,15,0.8,"
CORRECTION = {"correction": "GZ-90", "table": "plan_items", "key": "2023-06/规划管理处/GH-2306-04", "column": "completion", "old": "0.8", "new": "1",
              "decided_by": "局党组", "decided_on": "2023-08-10", "why": "申诉 SS-90 成立，会议按期召开"}  # fmt: skip
APPEAL = {"appeal": "SS-90", "subject": "规划管理处", "filed_on": "2023-07-20", "stage": "office", "decision": "upheld", "decided_on": "2023-08-08"}
SHOWN = (earlier.summary, earlier.numbers, earlier.lines, earlier.decisions, earlier.parameters, earlier.people, earlier.people_lines, earlier.money)


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose June and November are published in both editions, kept as ``kept``."""
    root = copied(tmp_path_factory.mktemp("since") / "一").root
    for edition in ("internal", "public"):
        published(root, "planning-bureau", "2023-06", [("2023-06", "监察室")], edition)
    published(root, "planning-bureau", "2023-11", [("2023-11", "监察室")], "internal")
    shutil.move(root / "outputs", root / "kept")
    return root


@pytest.fixture
def root(origin: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(origin, tmp_path / "绩效"))


KEPT = "kept/planning-bureau/2023/internal/zh"


def add(root: Path, table: str, row: Mapping[str, str]) -> None:
    file = root / f"data/planning-bureau/{table}.csv"
    header = next(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()[:1]))
    with file.open("a", encoding="utf-8", newline="") as stream:
        csv.DictWriter(stream, header, restval="", lineterminator="\n").writerow(row)


def opened(root: Path, division: str = "规划管理处", edition: str = "internal", lang: Lang = "zh", period: str = "2023-06") -> View:
    with chdir(root):
        since = f"kept/planning-bureau/2023/{edition}/zh"
        return open_page("params/planning-bureau.yaml", period, division, edition=edition, lang=lang, since=since)


def told(view: View) -> str:
    """All that the section says, a line a row."""
    html = "\n".join(show(view)._repr_html_() for show in SHOWN)
    html = re.sub(r"</(tr|p|li|caption)>", "\n", html).replace("</td>", "|").replace("</th>", "|")
    return "\n".join(line.strip() for line in unescape(re.sub("<.*?>", "", html)).splitlines() if line.strip())


def test_without_an_earlier_version_there_is_nothing(root: Path) -> None:
    with chdir(root):
        view = open_page("params/planning-bureau.yaml", "2023-06", "规划管理处")
    assert [show(view)._repr_html_() for show in SHOWN] == [""] * len(SHOWN)


def test_where_nothing_moved_one_sentence_says_so(root: Path) -> None:
    lines = told(opened(root)).splitlines()
    assert len(lines) == 1
    seal = re.escape(open_seal(root))
    assert re.fullmatch(rf"与此前公布的版本（草稿，perfkit [\d.]+，清单指纹 {seal}）相比，本页的数没有变动。", lines[0])


def open_seal(root: Path) -> str:
    from hashlib import sha256

    return sha256((root / KEPT / "manifest.json").read_bytes()).hexdigest()[:12]


def test_a_correction_says_which_line_by_how_much_and_what_followed(root: Path) -> None:
    """15 points unfinished cost 7.5: 92.5 shared the fourth place with 监察室; with 100 it shares the first, and 监察室 is fifth alone.

    The head's 2,200 and two deputies' 1,800 were paid at 92.5%: 2,035 and 1,665.
    """
    add(root, "corrections", CORRECTION)
    add(root, "appeals", APPEAL)
    text = told(opened(root))
    assert "得分变动 +7.50：更正 GZ-90（申诉 SS-90 成立） +7.50。" in text
    assert "规划管理处|得分|92.50|100.00|+7.50|" in text
    assert "规划管理处|名次|4|1|名次升3位|" in text
    assert "月度绩效|GH-2306-04|−7.50|无|+7.50|更正 GZ-90（申诉 SS-90 成立）|2.3.1|" in text
    assert "GZ-90|更正|计划事项 2023-06/规划管理处/GH-2306-04 完成度：0.8改为1；申诉 SS-90 成立，会议按期召开|2023年8月10日|" in text
    assert "SS-90|申诉|规划管理处，" in text
    assert "月度组织绩效|月度组织绩效|金额|2,035.00|2,200.00|+165.00|更正 GZ-90（申诉 SS-90 成立）|" in text
    assert "月度组织绩效|5,365.00|5,800.00|+435.00|" in text
    assert "没有更正、申诉或参数变动可以说明" not in text
    other = told(opened(root, "监察室"))
    assert "得分没有变动。" in other
    assert "监察室|名次|4|5|名次降1位|" in other
    assert "GZ-90" not in other
    whole = told(opened(root, ""))
    assert "1个处室的得分有变动。" in whole
    assert "规划管理处|月度绩效|GH-2306-04|得分|−7.50|无|+7.50|" in whole
    assert "规划管理处|月度组织绩效|5,365.00|5,800.00|+435.00|" in whole
    assert "分管领导|月度组织绩效|" in whole
    assert "2023年6月" not in told(opened(root, period="2023-11"))


def test_an_appeal_and_a_parameter_and_an_unexplained_edit(root: Path) -> None:
    project = Project(root)
    project.rewrite(PLAN, MISS, MISS.replace("0.8", "1"))
    text = told(opened(root))
    assert "月度绩效|GH-2306-04|−7.50|无|+7.50|没有更正、申诉或参数变动可以说明|" in text
    assert "有1行的变动（2023年6月）没有更正、申诉或参数变动可以说明。" in text
    assert "得分|74.00|80.00|+6.00|随规划管理处的其他数变动|" in text  # the head's 80% of 92.5 and of 100
    add(root, "appeals", APPEAL)
    text = told(opened(root))
    assert "月度绩效|GH-2306-04|−7.50|无|+7.50|申诉 SS-90 成立|" in text
    assert "没有更正、申诉或参数变动可以说明" not in text
    project.rewrite(PLAN, MISS.replace("0.8", "1"), MISS)
    project.rewrite("params/planning-bureau.yaml", "unexcused_loss: {value: 0.5,", "unexcused_loss: {value: 0.4,")
    text = told(opened(root))  # 15 × 0.4 = 6
    assert "月度绩效|GH-2306-04|−7.50|−6.00|+1.50|参数变动：未完成事项扣分比例|2.3.1|" in text
    assert "有1个参数的值与此前不同，列在下面。" in text
    assert "未完成事项扣分比例|0.5|0.4|" in text


def test_english(root: Path) -> None:
    add(root, "corrections", CORRECTION)
    text = told(opened(root, lang="en"))
    assert "The score has moved by +7.50: correction GZ-90 +7.50." in text
    assert "GH-2306-04|−7.50|none|+7.50|correction GZ-90|2.3.1|" in text
    assert "plan_items 2023-06/规划管理处/GH-2306-04 completion: 0.8 to 1" in text
    assert "与" not in text


def test_the_public_edition_tells_the_public_part(root: Path) -> None:
    add(root, "corrections", CORRECTION)
    text = told(opened(root, edition="public"))
    assert "月度绩效|GH-2306-04|−7.50|无|+7.50|更正 GZ-90|2.3.1|" in text
    assert "GZ-90|更正|计划事项 2023-06/规划管理处/GH-2306-04 完成度：0.8改为1|2023年8月10日|" in text
    assert "会议按期召开" not in text
    assert "金额" not in text
    assert "周景禾" not in text


def asked(root: Path, since: str, period: str = "2023-06", edition: str = "internal", bureau: str = "planning-bureau", overrides: str = "") -> None:
    with chdir(root):
        prepare(Settings(f"params/{bureau}.yaml", period, "", (), overrides, edition, "zh", since=since), root)


def test_a_folder_above_is_enough_where_one_fits(root: Path) -> None:
    asked(root, "kept")
    asked(root, "kept/planning-bureau/2023/internal")
    shutil.copytree(root / KEPT, root / KEPT.replace("/zh", "/en"))
    with pytest.raises(UsageError, match="有几个版本都符合"):
        asked(root, "kept")


REFUSALS = {
    "nothing there": ({"since": "nowhere"}, "没有可用的 manifest.json"),
    "another bureau": ({"since": KEPT, "bureau": "water-bureau", "period": "2023"}, "不是“water-bureau”的"),
    "another edition": ({"since": KEPT, "edition": "public"}, "出的是 public 版"),
    "another period": ({"since": KEPT, "period": "2023-07"}, "没有公布过“2023-07”"),
    "the year": ({"since": KEPT, "period": "2023"}, "没有公布过“2023”"),
    "an experiment": ({"since": KEPT, "overrides": '{"tiers.rounding": "floor"}'}, "试算设置不同"),
    "none that fits": ({"since": "kept", "bureau": "water-bureau", "period": "2023"}, "没有“water-bureau”"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_no_version_of_this_is_refused(origin: Path, case: str) -> None:
    given, said = REFUSALS[case]
    with pytest.raises(UsageError, match=said) as refused:
        asked(origin, **given)
    assert refused.value.text("en")
    assert not (origin / "outputs").exists()


def changed(folder: Path, **values: object) -> None:
    found = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for run in found["runs"]:
        run.update(values)
    (folder / "manifest.json").write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")


@pytest.mark.parametrize("file", ["ledger", "divisions", "staff", "payouts", "corrections", "answers"])
def test_a_table_that_is_gone_or_edited_is_refused(root: Path, file: str) -> None:
    path = root / KEPT / f"results/2023-06/{file}.parquet"
    content = path.read_bytes()
    pd.read_parquet(path).assign(more=1).to_parquet(path, index=False)  # still a table, with all that is asked of it
    for other in (path.read_bytes(), content[:-1], b""):
        path.write_bytes(other)
        with pytest.raises(UsageError, match="已损坏或被改动"):
            asked(root, KEPT)
    path.unlink()
    with pytest.raises(UsageError, match="缺少"):
        asked(root, KEPT)


def test_a_year_other_than_this_is_refused(root: Path) -> None:
    found = json.loads((root / KEPT / "manifest.json").read_text(encoding="utf-8"))
    for run in found["runs"]:
        run["period"] = run["period"].replace("2023", "2022")
    (root / KEPT / "manifest.json").write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    with pytest.raises(UsageError, match="2022年"):
        asked(root, KEPT)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"runs": 3}', '{"runs": [{"period": "2023-06"}]}', '{"runs": ["x"]}'])
def test_a_manifest_that_says_nothing_is_refused(root: Path, text: str) -> None:
    (root / KEPT / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"manifest\.json"):
        asked(root, KEPT)


def test_a_version_without_corrections_is_refused(root: Path) -> None:
    """As an earlier program published it: it cannot be known which corrections it had."""
    found = json.loads((root / KEPT / "manifest.json").read_text(encoding="utf-8"))
    for run in found["runs"]:
        run["outputs"].pop("results/2023-06/corrections.parquet", None)
    (root / KEPT / "manifest.json").write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    with pytest.raises(UsageError, match="较早版本"):
        asked(root, KEPT)


def test_a_run_does_not_write_over_what_it_compares_with(root: Path) -> None:
    shutil.copytree(root / "kept", root / "outputs")
    with pytest.raises(UsageError, match="会被覆盖"):
        asked(root, "outputs/planning-bureau/2023/internal/zh")


def test_a_run_names_its_version_and_can_be_made_again(root: Path) -> None:
    project = Project(root)
    add(root, "corrections", CORRECTION)
    done = project.perfkit("run", "planning-bureau", "2023-06", "--division", "规划管理处", "--since", "kept/planning-bureau/2023/internal")
    assert done.returncode == 0, done.stderr
    page = (project.site / "2023-06/规划管理处.html").read_text(encoding="utf-8")
    assert page.index("与此前公布的版本相比") > page.index("要点")
    assert "更正 GZ-90" in page
    run = manifest(project.site)["runs"][0]  # type: ignore[index]
    assert run["since"] == KEPT
    read = {name for name in run["inputs"] if name.startswith(KEPT)}
    tables = ("ledger", "divisions", "staff", "payouts", "corrections", "answers")
    assert read == {f"{KEPT}/manifest.json", *(f"{KEPT}/results/2023-06/{name}.parquet" for name in tables)}
    assert project.perfkit("verify", str(project.site)).returncode == 0
    (root / KEPT / "manifest.json").write_bytes((root / KEPT / "manifest.json").read_bytes() + b"\n")
    changed_since = project.perfkit("verify", str(project.site))
    assert changed_since.returncode == 1
    assert f"{KEPT}/manifest.json" in changed_since.stdout
    shutil.rmtree(root / "kept")
    gone = project.perfkit("verify", str(project.site))
    assert gone.returncode == 1
    assert KEPT in gone.stdout


def test_the_command_refuses_before_anything_starts(root: Path) -> None:
    done = Project(root).perfkit("run", "planning-bureau", "2023-07", "--since", KEPT)
    assert done.returncode == 2
    assert "没有公布过“2023-07”" in done.stderr
    assert not (root / "outputs").exists()
