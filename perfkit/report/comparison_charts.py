"""The chart of a comparison: every division's place in the base and in each scenario, with the tier borders between."""

from itertools import pairwise
from typing import Any

import altair as alt
import pandas as pd

from perfkit.report.charts import INK, LABELS, PALE, ROW, TIER_COLOURS, WIDTH, _figure, _rows
from perfkit.report.comparison import ComparisonView
from perfkit.report.html import Figure, Html, Table, paragraphs
from perfkit.report.view import number
from perfkit.whatif.tables import Tables

STEP = ROW + 10  # a little air, as lines cross


def places(view: ComparisonView) -> Figure | Html:
    """A line a division from its place in the base to its place in each scenario; colour and letter are the tier."""
    stages = [(view.say("column.in_scheme"), view.comparison.base.tables),
              *((view.scenario(each.name), each.tables) for each in view.comparison.scenarios)]  # fmt: skip
    frame = pd.concat([_stage(view, position, name, found) for position, (name, found) in enumerate(stages)], ignore_index=True)
    if frame["score"].isna().all():
        return paragraphs([view.say("report.nothing")])
    frame = frame.dropna(subset=["score"])
    names = list(dict.fromkeys(name for name, _ in stages))
    left = right = LABELS + 20
    room = (WIDTH + 142 - left - right) // max(1, len(names) - 1)
    axis = alt.Axis(title=None, orient="top", labelAngle=0, grid=False, labelFontWeight="bold", labelLimit=max(60, min(room, 2 * LABELS) - 8))
    x = alt.X("stage:N", sort=names, scale=alt.Scale(type="point", padding=0), axis=axis)
    last = int(frame["place"].max())
    y = alt.Y("place:Q", scale=alt.Scale(domain=[0.4, last + 0.6], reverse=True, nice=False, zero=False), axis=None)
    layers = _layers(frame, len(stages) - 1, x, y)
    columns = [view.say("column.division"), *(name for name, _ in stages)]
    told = frame.pivot_table(index="name", columns="stage", values="text", aggfunc="first", sort=False).reindex(columns=names).fillna("")
    data = Table(view.say("table.compare_divisions"), columns, [[str(name), *map(str, cells)] for name, cells in zip(told.index, told.to_numpy(), strict=True)])
    listed = [f"{name} {'→'.join(dict.fromkeys(cells))}" for name, cells in zip(told.index, told.to_numpy().tolist(), strict=True)]
    text = view.say("chart.places_text", list=view.say("point.separator").join(listed))
    return _figure(view, layers, "places_title", view.say("chart.places_subtitle"), text, data, STEP * last + 10, left=left, right=right)


def _stage(view: ComparisonView, position: int, name: str, found: Tables) -> pd.DataFrame:
    """One column of the chart: the divisions in the order of their scores, tiers first told apart by it."""
    order = list(view.page.scheme.spec.tiers.shares.value)
    colours = dict(zip(order, TIER_COLOURS, strict=False))
    rows = found["divisions"].copy()
    rows["tier"] = rows["tier"].astype(object).where(rows["tier"].notna(), "")
    rows["in_tier"] = [order.index(tier) if tier in order else len(order) for tier in rows["tier"]]
    rows = rows.sort_values(["score", "in_tier", "division"], ascending=[False, True, True], kind="stable", ignore_index=True)
    tiers = (rows["tier"] != "").any()
    return pd.DataFrame({
        "stage": name, "position": position, "division": rows["division"], "name": [view.name(each) for each in rows["division"]],
        "score": rows["score"], "tier": rows["tier"], "place": rows.index + 1,
        "colour": [colours.get(tier, PALE if tiers else TIER_COLOURS[0]) for tier in rows["tier"]],
        "text": [f"{number(score)} {tier}".strip() for score, tier in zip(rows["score"], rows["tier"], strict=True)],
    })  # fmt: skip


def _layers(frame: pd.DataFrame, last: int, x: alt.X, y: alt.Y) -> Any:
    """Lines, tier borders, dots, and the words: names outside both ends, scores beside every dot."""
    moved = frame.groupby("division")["tier"].transform("nunique") > 1
    frame = frame.assign(width=moved.map({True: 2.5, False: 1.25}), shade=moved.map({True: INK, False: PALE}))
    lines = alt.Chart(_rows(frame)).mark_line().encode(
        x=x, y=y, detail="division:N", strokeWidth=alt.StrokeWidth("width:Q", scale=None), color=alt.Color("shade:N", scale=None)
    )  # fmt: skip
    steps = [{"stage": upper["stage"], "place": upper["place"] + 0.5}
             for _, own in frame.sort_values("place").groupby("position") for upper, lower in pairwise(own.to_dict("records"))
             if upper["tier"] and lower["tier"] and upper["tier"] != lower["tier"]]  # fmt: skip
    borders = alt.Chart(_rows(pd.DataFrame(steps, columns=["stage", "place"]))).mark_tick(
        orient="horizontal", size=56, thickness=2, color=INK
    ).encode(x=x, y=y)  # fmt: skip
    dots = alt.Chart(_rows(frame)).mark_circle(size=170, opacity=1).encode(x=x, y=y, color=alt.Color("colour:N", scale=None))
    ends = frame.assign(label=frame["name"] + "  " + frame["text"])
    first = _words(ends[ends["position"] == 0], x, y, "label", "right", -14)
    final = _words(ends[ends["position"] == last].assign(label=lambda each: each["text"] + "  " + each["name"]), x, y, "label", "left", 14)
    middle = frame[(frame["position"] > 0) & (frame["position"] < last)]
    return lines + borders + dots + first + final + (_words(middle, x, y, "text", "center", 0, -13) if len(middle) else alt.layer())


def _words(rows: pd.DataFrame, x: alt.X, y: alt.Y, text: str, align: str, dx: int, dy: int = 0) -> Any:
    base = alt.Chart(_rows(rows)).encode(x=x, y=y, text=f"{text}:N")
    style: dict[str, Any] = {"align": align, "dx": dx, "dy": dy, "fontSize": 12}
    return base.mark_text(**style, stroke="#fff", strokeWidth=5) + base.mark_text(**style, color=INK)
