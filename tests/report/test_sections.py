"""Every report tells its story in one order, that of a statistical bulletin, and tells it in both languages."""

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

NOTEBOOKS = [file for file in sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb")) if file.stem not in ("compare", "what_if")]
# The parts of a report in their order, and the sections that stand in each, in theirs.
ORDER = {
    "key points": {"要点": "Key points"},
    "what moved": {"与此前公布的版本相比": "Since the version published before"},
    "score and rank": {
        "全局得分": "The bureau's score", "得分与名次": "Scores and ranks", "名次与档次": "Rank and tier", "在全局的位置": "Among the divisions",
    },
    "evidence": {
        "十二个月": "Twelve months", "各月得分": "The months", "扣分在哪里": "Where points were lost", "为什么扣分": "Why points were lost",
        "指标考核": "Indicators", "时序进度": "Schedule", "年度工作目标": "Goals", "公众评议": "Public evaluation", "察访核验": "Inspections",
        "日程": "Calendar", "全年日程": "The year's calendar", "报审与公开": "Approvals",
    },
    "how the score is made": {"得分由来": "How the score is made"},
    "improvement": {"改进": "Improvement"},
    "people": {"个人绩效": "People", "个人年度绩效": "People's year", "评优与分管领导": "Merit and leaders"},
    "money": {"月度兑现": "Monthly payments", "年度兑现与清算": "Annual payments and settlement"},
    "appeals": {"申诉": "Appeals", "申诉与更正": "Appeals and corrections"},
    "basis": {"换一种读法": "Read otherwise", "依据": "Basis"},
}  # fmt: skip
SECTIONS = {zh: en for part in ORDER.values() for zh, en in part.items()}


def cells(path: Path) -> list[Any]:
    return list(nbformat.read(path, as_version=4).cells)


def heading(cell: Any) -> str:
    found = re.match(r"## (.+)", cell.source)
    assert found, cell.source
    return found[1]


def test_a_heading_stands_in_one_part_only() -> None:
    assert len(SECTIONS) == len(set(SECTIONS.values())) == sum(map(len, ORDER.values()))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_sections_are_in_order_and_in_both_languages(path: Path) -> None:
    words = [(place, cell) for place, cell in enumerate(cells(path)) if cell.cell_type == "markdown"]
    found = []
    for (place, zh), (after, en) in zip(words[::2], words[1::2], strict=True):
        assert after == place + 1
        assert (zh.metadata.tags[0], en.metadata.tags[0]) == ("zh", "en")
        assert zh.metadata.tags[1:] == en.metadata.tags[1:]
        assert SECTIONS[heading(zh)] == heading(en)
        assert zh.source.count("\n\n") == en.source.count("\n\n")
        found.append(heading(zh))
    assert found == sorted(found, key=list(SECTIONS).index)
    assert len(found) == len(set(found))
    assert {"要点", "依据"} <= set(found)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_basis_ends_with_open_questions_clauses_and_assumptions(path: Path) -> None:
    shown = [cell.source for cell in cells(path)[-3:]]
    assert shown == ["basis.open_questions(view)", "basis.clauses(view)", "basis.assumptions(view)"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_shown_stands_in_the_section_made_for_it(path: Path) -> None:
    """The lines that sum to the score have a section of their own; nothing of people or money stands before theirs."""
    part_of = {zh: part for part, sections in ORDER.items() for zh in sections}
    here, stands = "", {}
    for cell in cells(path):
        if cell.cell_type == "markdown" and "zh" in cell.metadata.tags:
            here = part_of[heading(cell)]
        for shown in re.findall(r"^(\w+\.\w+)\(view\)$", cell.source, flags=re.MULTILINE):
            stands[shown] = here
    wanted = {
        "tables.divisions": "score and rank", "components.bureau": "score and rank", "tables.standing": "score and rank", "tables.months": "evidence",
        "tables.lines": "how the score is made", "tables.guidance": "improvement", "tables.people": "people", "tables.payouts": "money",
        "tables.payout_sums": "money", "tables.appeals": "appeals", "basis.readings": "basis",
    }  # fmt: skip
    assert {shown: part for shown, part in stands.items() if wanted.get(shown, part) != part} == {}
