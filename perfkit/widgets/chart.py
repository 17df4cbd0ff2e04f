"""The drawing of the panel: divisions on a line of scores, the tiers as bands under them. Plain SVG, widths in percent.

Rows keep the plan's order, so that nothing but the dots and the bands moves. A ring shows where the plan has a division,
the dot where the scenario has it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import pandas as pd

from perfkit.language import Lang, say
from perfkit.report.palette import FONT, INK, OTHER, PALE, TIER_COLOURS
from perfkit.report.view import number

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


def order(divisions: pd.DataFrame) -> list[str]:
    """The divisions in the plan's order, best first, those without a score last."""
    ranked = divisions.sort_values(["score_before", "tier_before", "division"], ascending=[False, True, True], kind="stable", na_position="last")
    return [str(each) for each in ranked["division"]]


def chart(divisions: pd.DataFrame, tiers: Sequence[str], names: Mapping[str, str], lang: Lang) -> str:
    """The drawing as one SVG element with its description. ``divisions`` as in a Comparison of one scenario."""
    rows = divisions.set_index("division").loc[order(divisions)]
    scores = pd.concat([rows["score_before"], rows["score_after"]]).dropna()
    if scores.empty:
        return f"<p>{escape(say('report.nothing', lang))}</p>"
    scale = Scale(5.0 * ((scores.min() - 1) // 5), 5.0 * -(-(scores.max() + 1) // 5))
    colours = dict(zip(tiers, TIER_COLOURS, strict=False))
    few = len(rows) <= MOST
    height = TOP + ROW * (len(rows) if few else len(tiers) + 1) + BOTTOM
    parts = [*_bands(rows, tiers, colours, scale, height, lang), *_axis(scale, height)]
    parts += _rows(rows, colours, scale, lang) if few else _strips(rows, tiers, colours, scale, lang)
    text = escape(_text(rows, names, lang), quote=True)
    return (f'<svg role="img" aria-label="{text}" width="100%" height="{height}" font-size="13" style="display:block;font-family:{escape(FONT, quote=True)};'
            f'font-variant-numeric:tabular-nums">{"".join(parts)}</svg>')  # fmt: skip


def borders(rows: pd.DataFrame, tiers: Sequence[str]) -> list[tuple[str, str, float]]:
    """Between neighbouring tiers that have divisions and do not overlap: upper, lower, the score half way."""
    scores = {tier: rows.loc[rows["tier_after"] == tier, "score_after"].dropna() for tier in tiers}
    held = [tier for tier in tiers if len(scores[tier])]
    found = [(upper, lower, float(scores[upper].min()), float(scores[lower].max())) for upper, lower in pairwise(held)]
    return [(upper, lower, (least + most) / 2) for upper, lower, least, most in found] if all(each[2] >= each[3] for each in found) else []


def _bands(rows: pd.DataFrame, tiers: Sequence[str], colours: Mapping[str, str], scale: Scale, height: int, lang: Lang) -> list[str]:
    """A tinted band a tier, named on top where there is room, and a line at each border."""
    held = [tier for tier in tiers if (rows["tier_after"] == tier).any()]
    edges = [scale.at(score) for _, _, score in borders(rows, tiers)]
    if len(edges) != len(held) - 1:
        return []
    parts = []
    for tier, right, left in zip(held, [100.0, *edges], [*edges, 0.0], strict=True):
        parts.append(f'<rect x="{left:.2f}%" y="{TOP}" width="{right - left:.2f}%" height="{height - TOP - BOTTOM}" fill="{colours[tier]}" opacity=".09"/>')
        if right - left > 7:
            parts.append(f'<text x="{(left + right) / 2:.2f}%" y="17" text-anchor="middle" fill="{colours[tier]}" font-weight="bold">'
                         f"{escape(say('point.tier', lang, tier=tier))}</text>")  # fmt: skip
    lines = [f'<line x1="{edge:.2f}%" x2="{edge:.2f}%" y1="4" y2="{height - BOTTOM}" stroke="{INK}" stroke-dasharray="3 3"/>' for edge in edges]
    return [*parts, *lines]


def _axis(scale: Scale, height: int) -> list[str]:
    """Round scores along the foot."""
    step = 5 if scale.high - scale.low <= 40 else 10 if scale.high - scale.low <= 80 else 20
    marks = [score for score in range(int(scale.low), int(scale.high) + 1) if score % step == 0]
    return [f'<line x1="{scale.at(each):.2f}%" x2="{scale.at(each):.2f}%" y1="{TOP}" y2="{height - BOTTOM}" stroke="#fff" stroke-width="1.5"/>'
            f'<text x="{scale.at(each):.2f}%" y="{height - 6}" text-anchor="middle" font-size="12" fill="{OTHER}">{each}</text>' for each in marks]  # fmt: skip


def _rows(rows: pd.DataFrame, colours: Mapping[str, str], scale: Scale, lang: Lang) -> list[str]:
    parts = []
    for place, row in enumerate(rows.itertuples()):
        y = TOP + ROW * place + ROW / 2
        if pd.isna(row.score_after):
            parts.append(f'<text x="{LEFT}%" y="{y + 4:.0f}" fill="{OTHER}">{escape(say("panel.no_score", lang))}</text>')
            continue
        now, tier = scale.at(row.score_after), _tier(row.tier_after)
        was = now if pd.isna(row.score_before) else scale.at(row.score_before)
        colour = colours.get(tier, OTHER)
        if abs(was - now) > 0.05:
            parts.append(f'<line x1="{was:.2f}%" x2="{now:.2f}%" y1="{y:.0f}" y2="{y:.0f}" stroke="{OTHER}" stroke-width="2"/>'
                         f'<circle cx="{was:.2f}%" cy="{y:.0f}" r="5" fill="#fff" stroke="{OTHER}" stroke-width="1.5"/>')  # fmt: skip
        parts.append(f'<circle cx="{now:.2f}%" cy="{y:.0f}" r="7" fill="{colour}"/>')
        parts.append(_label(row, tier, now, was, y, lang))
    return parts


def _label(row: "pd.core.frame.Series", tier: str, now: float, was: float, y: float, lang: Lang) -> str:  # type: ignore[name-defined]
    """Score and tier beside the dot, on the side where there is room; a tier that moved is bold and says from where."""
    before = _tier(row.tier_before)
    moved = before != tier
    words = tier or say("panel.open_tier", lang)
    words = f"{before or say('panel.open_tier', lang)}→{words}" if moved else words
    right = max(now, was) < 78
    x, anchor, shift = (max(now, was), "start", 13) if right else (min(now, was), "end", -13)
    return (f'<text x="{x:.2f}%" dx="{shift}" y="{y + 4.5:.1f}" text-anchor="{anchor}" fill="{INK}" stroke="#fff" stroke-width="3" paint-order="stroke"'
            f'{" font-weight=" + chr(34) + "bold" + chr(34) if moved else ""}>{number(row.score_after)} {escape(words)}</text>')  # fmt: skip


def _strips(rows: pd.DataFrame, tiers: Sequence[str], colours: Mapping[str, str], scale: Scale, lang: Lang) -> list[str]:
    """Too many for a row each: a row a tier, a mark a division."""
    parts = []
    for place, tier in enumerate([*tiers, ""]):
        own = rows.loc[rows["tier_after"].fillna("") == tier, "score_after"].dropna()
        y = TOP + ROW * place + ROW / 2
        colour = colours.get(tier, PALE)
        marks = "".join(f'<circle cx="{scale.at(each):.2f}%" cy="{y:.0f}" r="4" fill="{colour}" opacity=".45"/>' for each in own)
        label = f"{tier or say('panel.open_tier', lang)} {len(own)}"
        if len(own) or tier:
            parts.append(f'{marks}<text x="99%" y="{y + 4.5:.1f}" text-anchor="end" fill="{INK}" font-weight="bold">{escape(label)}</text>')
    return parts


def _text(rows: pd.DataFrame, names: Mapping[str, str], lang: Lang) -> str:
    said = [f"{names.get(str(row.Index), row.Index)} {number(row.score_after)} {_tier(row.tier_after)}".strip() for row in rows.head(MOST).itertuples()]
    return say("chart.tiers_text", lang, list=say("point.separator", lang).join(said))


def _tier(value: object) -> str:
    return value if isinstance(value, str) else ""
