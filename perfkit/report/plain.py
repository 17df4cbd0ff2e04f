"""Tables as plain text for a terminal, where a Chinese character takes two columns."""

import re
from unicodedata import east_asian_width

from perfkit.report.html import Table


def width(text: str) -> int:
    """Columns of a terminal that a text takes."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def aligned(table: Table) -> str:
    """Caption, heads, rows and totals in columns; numbers on the right."""
    lines = [list(table.heads), *(list(row) for row in table.rows), *([list(table.foot)] if table.foot else [])]
    widths = [max(width(line[place]) for line in lines) for place in range(len(table.heads))]
    written = ["  ".join(_filled(cell, widths[place], place in table.numeric) for place, cell in enumerate(line)).rstrip() for line in lines]
    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    return "\n".join([table.caption, written[0], rule, *written[1 : 1 + len(table.rows)], *([rule, written[-1]] if table.foot else [])])


def _filled(text: str, room: int, right: bool) -> str:
    blank = " " * (room - width(text))
    return blank + text if right else text + blank


def cut(text: str, room: int) -> str:
    """A text of at most ``room`` columns, an ellipsis where something is left out."""
    if width(text) <= room:
        return text
    kept = ""
    for character in text:
        if width(kept + character) + 1 > room:
            break
        kept += character
    return kept + "…"


def folded(text: str, room: int) -> list[str]:
    """A text in lines of at most ``room`` columns, broken at blanks and between Chinese characters, but not within a number and its unit."""
    lines = [""]
    for piece in re.findall(r"[（“]*(?:[^\s\u2e80-\uffef]+[\u2e80-\u9fff]?|[\u2e80-\uffef])[，。、；：！？）”]*\s*", text):
        if lines[-1] and width(lines[-1] + piece.rstrip()) > room:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]
