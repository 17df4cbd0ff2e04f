"""docs/records.md says of every column what the readers take; made from the declared tables, so that neither can change alone."""

from math import inf

from perfkit.records.schema import TABLES, Column, Table
from tests.conftest import PROJECT

KINDS = {
    "id": "编号", "text": "文字", "date": "日期，如 2023-06-05", "month": "月份，如 2023-06", "year": "年度，如 2023",
    "period": "期间：2023、2023-06、2023-Q2 或 2023-H1",
}  # fmt: skip
REFERRED = {"divisions": "处室的编号或名称", "staff": "人员的编号或姓名", "subject": "处室或人员，编号或名称"}


def content(column: Column) -> str:
    """What a cell holds, in words."""
    if column.refers and column.refers in TABLES and column.refers not in REFERRED:
        return f"“{TABLES[column.refers].zh}”表里的编号"
    if column.refers:
        return REFERRED[column.refers]
    if column.choices:
        words = "、".join(f"{aliases[0]}（{name}）" for name, aliases in column.choices.items())
        return words + ("，或方案自己的词" if column.kind == "word" else "")
    if column.kind == "number":
        low, high = column.low, inf if column.high is None else column.high
        return "数" if low is None else f"数，不小于{low:g}" if high == inf else f"数，{low:g} 到 {high:g}"
    return KINDS[column.kind]


def section(table: Table) -> str:
    """One table as a part of the page."""
    rows = [f"| {each.zh} | `{each.name}` | {content(each)} | {'是' if each.filled else ''} |" for each in table.columns]
    return "\n".join([f"## {table.zh}（`{table.name}`）", "", "| 列 | 英文列名 | 填什么 | 必填 |", "|---|---|---|---|", *rows, ""])


def test_the_page_has_every_table_and_column_as_it_is_declared() -> None:
    page = (PROJECT / "docs/records.md").read_text(encoding="utf-8")
    assert page.partition("\n## ")[1:2] == ("\n## ",)
    assert page[page.index("## ") :] == "\n".join(section(table) for table in TABLES.values())
