"""The drawing of the panel: divisions on a line of scores, the tiers as bands under them. Plain SVG, widths in percent.

Rows keep the plan's order, so that nothing but the dots and the bands moves. A ring shows where the plan has a division,
the dot where the scenario has it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from perfkit.language import Lang, say
from perfkit.report.palette import FONT, INK, OTHER, PALE, TIER_COLOURS
from perfkit.report.view import near_scores, number
from perfkit.whatif.live import Row

ROW, TOP, BOTTOM = 32, 26, 22  # pixels; a row is as high as the button beside it
MOST = 40  # divisions that get a row each; more are drawn as one row a tier
LEFT, RIGHT = 3.0, 88.0  # percent of the width between which scores lie


@dataclass(frozen=True)
class Scale:
    """Scores to percent of the width."""

    low: float
    high: float

    def at(self, score: float) -> float:
        return LEFT + (RIGHT - LEFT) * (score - self.low) / (self.high - self.low)


def order(divisions: Sequence[Row]) -> list[Row]:
    """The divisions in the plan's order, best first, those without a score last."""
    return sorted(divisions, key=lambda row: (row.score[0] != row.score[0], -row.score[0], row.grade[0], row.subject))


def chart(divisions: Sequence[Row], tiers: Sequence[str], names: Mapping[str, str], lang: Lang, fixed: Mapping[str, float] | None = None) -> str:
    """The drawing as one SVG element with its description. ``fixed``: tier → its lowest score, where tiers go by bands of score."""
    rows = order(divisions)
    scores = [score for row in rows for score in row.score if score == score]
    if not scores:
        return f"<p>{escape(say('report.nothing', lang))}</p>"
    fixed = fixed if fixed and any(row.grade[1] for row in rows) else {}  # a month has no tiers
    ends = [*scores, *near_scores(fixed, scores).values()]
    scale = Scale(5.0 * ((min(ends) - 1) // 5), 5.0 * -(-(max(ends) + 1) // 5))
    colours = dict(zip(tiers, TIER_COLOURS, strict=False))
    few = len(rows) <= MOST
    height = TOP + ROW * (len(rows) if few else len(tiers) + 1) + BOTTOM
    held, edges = (tiers, list(fixed.values())) if fixed else (_held(rows, tiers), borders(rows, tiers))
    parts = _bands(held, [scale.at(edge) for edge in edges], colours, height, lang)
    parts += [*_axis(scale, height), *_lines(edges, scale, height, bool(fixed))]
    parts += _rows(rows, colours, scale, lang) if few else _strips(rows, tiers, colours, scale, lang)
    text = escape(_text(rows, names, lang) + (_said(fixed, lang) if fixed else ""), quote=True)
    return (f'<svg role="img" aria-label="{text}" width="100%" height="{height}" font-size="13" style="display:block;font-family:{escape(FONT, quote=True)};'
            f'font-variant-numeric:tabular-nums">{"".join(parts)}</svg>')  # fmt: skip


def borders(rows: Sequence[Row], tiers: Sequence[str]) -> list[float]:
    """The scores half way between neighbouring tiers that have divisions; none at all where tiers overlap."""
    scores = {tier: [row.score[1] for row in rows if row.grade[1] == tier and row.score[1] == row.score[1]] for tier in tiers}
    held = [tier for tier in tiers if scores[tier]]
    found = [(min(scores[upper]), max(scores[lower])) for upper, lower in pairwise(held)]
    return [(least + most) / 2 for least, most in found] if all(least >= most for least, most in found) else []


def _held(rows: Sequence[Row], tiers: Sequence[str]) -> list[str]:
    """The tiers that somebody is in."""
    return [tier for tier in tiers if any(row.grade[1] == tier for row in rows)]


def _bands(tiers: Sequence[str], edges: Sequence[float], colours: Mapping[str, str], height: int, lang: Lang) -> list[str]:
    """A tinted band a tier between the edges (percent of the width, the best tier's first), named on top where there is room."""
    if len(edges) != len(tiers) - 1:
        return []
    parts, ends = [], [min(max(edge, 0.0), 100.0) for edge in edges]
    for tier, right, left in zip(tiers, [100.0, *ends], [*ends, 0.0], strict=True):
        width = max(right - left, 0)
        parts.append(f'<rect x="{left:.2f}%" y="{TOP}" width="{width:.2f}%" height="{height - TOP - BOTTOM}" fill="{colours[tier]}" opacity=".09"/>')
        if width > 7:
            parts.append(f'<text x="{(left + right) / 2:.2f}%" y="17" text-anchor="middle" fill="{colours[tier]}" font-weight="bold">'
                         f"{escape(say('point.tier', lang, tier=tier))}</text>")  # fmt: skip
    return parts


def _lines(borders: Sequence[float], scale: Scale, height: int, fixed: bool) -> list[str]:
    """A line at each border as far as the scale goes: dashed between two tiers, whole and with its number where it is a lowest score."""
    parts = []
    for border in [each for each in borders if 0 < scale.at(each) < 100]:
        at, top, dashes = f"{scale.at(border):.2f}%", 15 if fixed else 4, "" if fixed else ' stroke-dasharray="3 3"'
        parts.append(f'<line class="border" x1="{at}" x2="{at}" y1="{top}" y2="{height - BOTTOM}" stroke="{INK}"{dashes}/>')
        parts += [f'<text x="{at}" y="12" text-anchor="middle" font-size="11" fill="{INK}">{border:g}</text>'] if fixed else []
    return parts


def _axis(scale: Scale, height: int) -> list[str]:
    """Round scores along the foot."""
    span = scale.high - scale.low
    step = next(each for each in (5, 10, 20, 50, 100, 200, 500, 10**6) if span / each <= 8)
    marks = [score for score in range(int(scale.low), int(scale.high) + 1) if score % step == 0]
    return [f'<line x1="{scale.at(each):.2f}%" x2="{scale.at(each):.2f}%" y1="{TOP}" y2="{height - BOTTOM}" stroke="#fff" stroke-width="1.5"/>'
            f'<text x="{scale.at(each):.2f}%" y="{height - 6}" text-anchor="middle" font-size="12" fill="{OTHER}">{each}</text>' for each in marks]  # fmt: skip


def _rows(rows: Sequence[Row], colours: Mapping[str, str], scale: Scale, lang: Lang) -> list[str]:
    parts = []
    for place, row in enumerate(rows):
        y = TOP + ROW * place + ROW / 2
        before, after = row.score
        if after != after:
            parts.append(f'<text x="{LEFT}%" y="{y + 4:.0f}" fill="{OTHER}">{escape(say("panel.no_score", lang))}</text>')
            continue
        now = scale.at(after)
        was = now if before != before else scale.at(before)
        if abs(was - now) > 0.05:
            parts.append(f'<line x1="{was:.2f}%" x2="{now:.2f}%" y1="{y:.0f}" y2="{y:.0f}" stroke="{OTHER}" stroke-width="2"/>'
                         f'<circle cx="{was:.2f}%" cy="{y:.0f}" r="5" fill="#fff" stroke="{OTHER}" stroke-width="1.5"/>')  # fmt: skip
        parts.append(f'<circle cx="{now:.2f}%" cy="{y:.0f}" r="7" fill="{colours.get(row.grade[1], OTHER)}"/>')
        parts.append(_label(row, now, was, y, lang))
    return parts


def _label(row: Row, now: float, was: float, y: float, lang: Lang) -> str:
    """Score and tier beside the dot, on the side where there is room; a tier that moved is bold and says from where."""
    before, after = (each or say("panel.open_tier", lang) for each in row.grade)
    words = f"{before}→{after}" if row.regraded else after
    x, anchor, shift = (max(now, was), "start", 13) if max(now, was) < 78 else (min(now, was), "end", -13)
    bold = ' font-weight="bold"' if row.regraded else ""
    return (f'<text x="{x:.2f}%" dx="{shift}" y="{y + 4.5:.1f}" text-anchor="{anchor}" fill="{INK}" stroke="#fff" stroke-width="3" paint-order="stroke"'
            f"{bold}>{number(row.score[1])} {escape(words)}</text>")  # fmt: skip


def _strips(rows: Sequence[Row], tiers: Sequence[str], colours: Mapping[str, str], scale: Scale, lang: Lang) -> list[str]:
    """Too many for a row each: a row a tier, a mark a division."""
    parts = []
    for place, tier in enumerate([*tiers, ""]):
        own = [row.score[1] for row in rows if row.grade[1] == tier and row.score[1] == row.score[1]]
        y, colour = TOP + ROW * place + ROW / 2, colours.get(tier, PALE)
        marks = "".join(f'<circle cx="{scale.at(each):.2f}%" cy="{y:.0f}" r="4" fill="{colour}" opacity=".45"/>' for each in own)
        label = f"{tier or say('panel.open_tier', lang)} {len(own)}"
        if own or tier:
            parts.append(f'{marks}<text x="99%" y="{y + 4.5:.1f}" text-anchor="end" fill="{INK}" font-weight="bold">{escape(label)}</text>')
    return parts


def _text(rows: Sequence[Row], names: Mapping[str, str], lang: Lang) -> str:
    said = [f"{names.get(row.subject, row.subject)} {number(row.score[1])} {row.grade[1]}".strip() for row in rows[:MOST]]
    return say("chart.tiers_text", lang, list=say("point.separator", lang).join(said))


def _said(fixed: Mapping[str, float], lang: Lang) -> str:
    """The lowest scores in words."""
    listed = [f"{say('point.tier', lang, tier=tier)} {score:g}" for tier, score in fixed.items()]
    return say("panel.fixed_borders", lang, list=say("point.separator", lang).join(listed))
