"""A comparison as plain text for a terminal: key points, matrix, movers, cost."""

from perfkit.report import comparison
from perfkit.report.comparison import ComparisonView, Shown, Told
from perfkit.report.comparison_points import sentences
from perfkit.report.html import Table
from perfkit.report.plain import aligned


def text(view: ComparisonView) -> str:
    """All that a terminal shows, a blank line between its parts."""
    parts: list[Shown | Told] = [comparison.parameters(view), comparison.needs(view), comparison.transitions(view), comparison.movers(view)]
    parts += [] if view.public else [comparison.cost(view), comparison.cost_effects(view)]
    return "\n\n".join([view.title, "\n".join(sentences(view)), *filter(None, map(_plain, parts))])


def _plain(part: Shown | Told) -> str:
    """A table in columns, the sentences after it; markup without a table says nothing in a terminal."""
    if isinstance(part, Told):
        return "\n".join([*([_plain(part.shown)] if part.shown else []), *part.words])
    return aligned(part) if isinstance(part, Table) else ""
