"""The chart of a comparison: every division's place in the base and in each scenario, with the tier borders between."""

from itertools import pairwise
from typing import Any

import altair as alt
import pandas as pd

from perfkit.report import headlines
from perfkit.report.charts import LABELS, ROW, WIDTH, _figure, _names_axis, _rows, fitted
from perfkit.report.comparison import ComparisonView
from perfkit.report.html import Figure, Html, Table, paragraphs
from perfkit.report.palette import INK, PALE, TIER_COLOURS
from perfkit.report.plain import cut
from perfkit.report.view import number
from perfkit.whatif.tables import Tables

STEP = ROW + 8  # a little air, as lines cross
SCORE = 78  # room for a score and a tier beside a dot
HEADS = (" ", "  ")  # the rows of the stages' names, which stand in turn where they are many
RIGHT = 156  # room for a name at the right end
LETTER = 7  # a Latin letter of 12 px bold at its widest on average, half a Chinese one


def places(view: ComparisonView) -> Figure | Html:
    """A line a division from its place in the base to its place in each scenario; colour and letter are the tier."""
    stages = [(view.say("column.in_scheme"), view.comparison.base.tables),
              *((view.scenario(each.name), each.tables) for each in view.comparison.scenarios)]  # fmt: skip
    frame = pd.concat([_stage(view, position, found) for position, (_, found) in enumerate(stages)], ignore_index=True)
    rows = frame.loc[frame["position"] == 0, "name"].to_list()
    if not rows:
        return paragraphs([view.say("report.nothing")])
    frame["row"] = frame["place"].map(dict(enumerate(rows)))  # each place is named on the left by the division that the base puts there
    texts = frame.pivot_table(index="name", columns="position", values="text", aggfunc="first", sort=False)
    heads = [view.say("column.division"), *(name for name, _ in stages)]
    data = Table(view.say("table.compare_divisions"), heads, [[str(name), *map(str, own)] for name, own in zip(texts.index, texts.to_numpy(), strict=True)])
    told = [f"{name} {'→'.join(own if len(set(own)) > 1 else own[:1])}" for name, own in zip(texts.index, texts.to_numpy().tolist(), strict=True)]
    text = view.say("chart.places_text", list=view.say("point.separator").join(told))
    shown = [*HEADS[: 1 if len(stages) < 3 else 2], *rows]
    chart = _layers(frame, [name for name, _ in stages], shown)
    tiers = "" if (frame["tier"] != "").any() else "_only"
    subtitle = view.say(f"chart.places{tiers}_subtitle", period=view.period())
    return _figure(view, chart, headlines.places(view, frame), subtitle, text, data, STEP * len(shown), left=LABELS)


def _stage(view: ComparisonView, position: int, found: Tables) -> pd.DataFrame:
    """One column of the chart: the divisions in the order of their scores, those without a score last."""
    order = list(view.page.scheme.spec.tiers.shares.value)
    colours = dict(zip(order, TIER_COLOURS, strict=False))
    own = found["divisions"].copy()
    own["tier"] = own["tier"].astype(object).where(own["tier"].notna(), "")
    own["in_tier"] = [order.index(tier) if tier in order else len(order) for tier in own["tier"]]
    own = own.sort_values(["score", "in_tier", "division"], ascending=[False, True, True], kind="stable", ignore_index=True)
    otherwise = PALE if (own["tier"] != "").any() else TIER_COLOURS[0]
    return pd.DataFrame({
        "position": position, "place": own.index, "division": own["division"], "name": [view.name(each) for each in own["division"]],
        "tier": own["tier"], "colour": [colours.get(tier, otherwise) for tier in own["tier"]],
        "text": [f"{number(score)} {tier}".strip() or "–" for score, tier in zip(own["score"], own["tier"], strict=True)],
    })  # fmt: skip


def _layers(frame: pd.DataFrame, stages: list[str], rows: list[str]) -> Any:
    """Lines, tier borders, dots, and beside each dot score and tier; at the right end the name again."""
    last = len(stages) - 1
    ends = [SCORE, WIDTH + 142 - LABELS - 96 - SCORE - 60]
    x = alt.X("position:Q", axis=None, scale=alt.Scale(domain=[0, last], range=ends, nice=False, zero=False))
    y = _names_axis(rows, "row")
    moved = frame.groupby("division")["tier"].transform("nunique") > 1
    frame = frame.assign(width=moved.map({True: 3.0, False: 1.5}), shade=moved.map({True: INK, False: PALE}))
    lines = alt.Chart(_rows(frame)).mark_line().encode(
        x=x, y=y, detail="division:N", order="position:Q", strokeWidth=alt.StrokeWidth("width:Q", scale=None), color=alt.Color("shade:N", scale=None)
    )  # fmt: skip
    borders = [{"position": upper["position"], "row": upper["row"]}
               for _, own in frame.groupby("position") for upper, lower in pairwise(own.to_dict("records"))
               if upper["tier"] and lower["tier"] and upper["tier"] != lower["tier"]]  # fmt: skip
    between = alt.Chart(_rows(pd.DataFrame(borders, columns=["position", "row"])))
    ticks = between.mark_tick(orient="horizontal", size=64, thickness=2, color=INK, yOffset=STEP / 2)
    dots = alt.Chart(_rows(frame)).mark_circle(size=170, opacity=1).encode(x=x, y=y, color=alt.Color("colour:N", scale=None))
    named = frame.assign(text=frame["text"].where(frame["position"] < last, frame["text"] + "  " + frame["name"].map(lambda name: fitted(name, RIGHT))))
    room = 2 * (ends[1] - ends[0]) // last - 16 if last > 1 else 2 * LABELS
    heads = pd.DataFrame({"position": range(last + 1), "text": [cut(name, room // LETTER) for name in stages],
                          "row": [HEADS[place % 2 if last > 1 else 0] for place in range(last + 1)]})  # fmt: skip
    return lines + ticks.encode(x=x, y=y) + dots + _words(named[named["position"] == 0], x, y, align="right", dx=-14) + _words(
        named[named["position"] > 0], x, y, align="left", dx=14) + _words(heads, x, y, align="center", fontWeight="bold")  # fmt: skip


def _words(rows: pd.DataFrame, x: alt.X, y: alt.Y, **style: Any) -> Any:
    base = alt.Chart(_rows(rows)).encode(x=x, y=y, text=alt.Text("text:N"))
    return base.mark_text(fontSize=12, stroke="#fff", strokeWidth=5, **style) + base.mark_text(fontSize=12, color=INK, **style)
