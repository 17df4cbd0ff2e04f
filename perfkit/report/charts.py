"""The charts of the reports. Nothing in them measures text, so any machine draws the same bytes.

Every channel is written out, ``alt.Text("text:N")``: for a bare string altair goes through all its classes, each time.
"""

import json
from collections.abc import Iterable
from copy import deepcopy
from functools import cache
from itertools import accumulate, pairwise, takewhile
from typing import Any
from unicodedata import east_asian_width

import altair as alt
import pandas as pd

from perfkit.periods import is_year
from perfkit.project import safe_name
from perfkit.report import headlines
from perfkit.report.formats import exact, month_name, percent
from perfkit.report.html import VEGA_LITE_SCHEMA, Figure, Html, Table, paragraphs
from perfkit.report.palette import FONT, INK, LOSS, OTHER, OWN, PALE, TIER_COLOURS
from perfkit.report.plain import folded
from perfkit.report.tables import by_rank, nearby
from perfkit.report.view import View, near_scores, needs, number

WIDTH, ROW = 640, 24
TITLE, LINE = 88, 20  # columns of a headline's line, a Chinese character taking two, and its height
LABELS = 190  # room for names on the left; longer ones are cut with an ellipsis
NAME = LABELS - 14


def fitted(text: str, room: float) -> str:
    """A text of 12 px for ``room`` px, an ellipsis where something is left out.

    Widths are those of no font in particular, so every machine cuts at the same character. Vega must find nothing left to cut: it counts in halves of rare
    characters, and one cut in two stops it.
    """
    if sum(map(_advance, text)) <= room:
        return text
    places = takewhile(lambda wide: wide <= room - _advance("…"), accumulate(map(_advance, text)))
    return text[: sum(1 for _ in places)] + "…"


def _advance(character: str) -> float:
    """How wide a character of 12 px is at most, nearly."""
    if ord(character) > 0xFFFF:
        return 16
    return 12 if east_asian_width(character) in "WFA" or character in "MW@%" else 9 if character.isupper() or character in "mw" else 7


def _figure(view: View, chart: Any, headline: str, subtitle: str, text: str, data: Table, height: int, left: int = 46, right: int = 96,
            above: int = 0) -> Figure:  # fmt: skip
    """A chart under its headline; the words for those who do not see it begin with that. ``above``: room for what is drawn over the plot."""
    title = folded(headline, TITLE)
    own = {
        "width": WIDTH + 142 - left - right, "height": height,
        "padding": {"left": left, "right": right, "top": 58 + above + LINE * (len(title) - 1), "bottom": 44},
        "title": {"text": [fitted(line, (WIDTH + 142) * 12 / 15) for line in title], "subtitle": subtitle},
    }  # fmt: skip
    spec = {**chart.to_dict(validate=False), **deepcopy(_style()), **own}  # a part at a time: altair copies and checks a whole chart for every word said of it
    file = " ".join(filter(None, [data.caption, view.name(view.page.division) if view.page.division else "", view.period()]))
    return Figure(spec, headline, view.say("chart.text", headline=headline, text=text), data, safe_name(file),
                  view.say("chart.save"))  # fmt: skip


@cache
def _style() -> dict[str, Any]:
    """What all charts have in common."""
    spec = alt.Chart().mark_point().properties(autosize=alt.AutoSizeParams(type="none")).configure(font=FONT).configure_view(stroke=None).configure_title(
        anchor="start", frame="bounds", fontSize=15, lineHeight=LINE, subtitlePadding=5,
        subtitleFontSize=12, subtitleColor=INK, offset=14, color="#0B0C0C", dx=0,
        limit=2 * WIDTH,
    ).configure_axis(
        labelFontSize=12, labelColor=INK, titleFontSize=12, titleFontWeight="normal", titleColor=INK, grid=True, gridColor="#E6E7E8", domain=False,
        ticks=False, labelPadding=6, labelLimit=NAME, labelOverlap=False, labelBound=False, labelFlush=False, minExtent=30, maxExtent=30,
    ).to_dict()  # fmt: skip
    return {"$schema": VEGA_LITE_SCHEMA, "autosize": spec["autosize"], "config": spec["config"]}


class _Rows(alt.InlineData):
    """Rows that altair leaves alone, where it would copy them with every word said of a chart."""

    def __deepcopy__(self, _: object) -> "_Rows":
        return self


def _rows(frame: pd.DataFrame) -> alt.InlineData:
    """Plain rows inside the chart, in the order given."""
    rows = [{str(key): (None if pd.isna(value) else value) for key, value in row.items()} for row in frame.to_dict("records")]
    return _Rows(values=rows)


def _cells(names: Iterable[str], first: Iterable[float], second: Iterable[float]) -> list[list[str]]:
    return [[name, number(one), number(two)] for name, one, two in zip(names, first, second, strict=True)]


def _bound(low: float, high: float) -> list[float]:
    """A score axis that starts at a round number below the data."""
    return [max(0.0, 5 * ((low - 2) // 5)), max(100.0, 5 * -(-high // 5))]


def _names_axis(order: list[str], field: str = "name") -> alt.Y:
    short = {name: fitted(name, NAME) for name in order}
    labels = f"{json.dumps(short)}[datum.label]" if any(short[name] != name for name in order) else alt.Undefined
    axis = alt.Axis(title=None, grid=False, minExtent=LABELS, maxExtent=LABELS, labelLimit=2 * LABELS, labelExpr=labels)
    return alt.Y(f"{field}:N", sort=tuple(order), axis=axis)  # not a list, which altair would copy as it does a table


@needs("components.monthly_plan")
def months(view: View) -> Figure | Html:
    """A division's twelve months against the bureau's mean."""
    page = view.page
    own = page.months[page.months["division"] == page.division]
    mean = own["period"].map(page.months.groupby("period")["score"].mean())
    if own["score"].isna().all():
        return paragraphs([view.say("report.nothing")])
    labels = [month_name(int(period[5:]), view.lang) for period in own["period"]]
    scored = pd.DataFrame({"month": labels, "own": own["score"].to_numpy(), "mean": mean.to_numpy()})
    low, high = _bound(scored[["own", "mean"]].min().min(), scored[["own", "mean"]].max().max())
    y = alt.Scale(domain=[low, high], nice=False, zero=False)
    x = alt.X("month:N", sort=labels, axis=alt.Axis(title=None, labelAngle=0, grid=False), scale=alt.Scale(type="point"))
    base = alt.Chart(_rows(scored)).encode(x=x)
    axis = alt.Axis(title=None, format=".0f", tickCount=5)
    lines = base.mark_line(color=OTHER, strokeWidth=1.5, strokeDash=[4, 3]).encode(y=alt.Y("mean:Q", scale=y, axis=axis))
    strong = base.mark_line(color=OWN, strokeWidth=3, point=alt.OverlayMarkDef(color=OWN, size=45)).encode(y=alt.Y("own:Q", scale=y, axis=axis))
    labelled = _end_labels(scored, view, x, y, axis, high - low)
    data = Table(view.say("table.months"), [view.say(f"column.{key}") for key in ("month", "score", "mean")],
                 _cells(labels, scored["own"], scored["mean"]), frozenset({1, 2}))  # fmt: skip
    text = view.say("chart.months_text", division=view.name(page.division), best=number(scored["own"].max()), worst=number(scored["own"].min()),
                    low=number(scored["mean"].min()), high=number(scored["mean"].max()))  # fmt: skip
    return _figure(view, lines + strong + labelled, headlines.months(view, scored), view.say("chart.months_subtitle", period=view.period()), text, data, 240)


def _end_labels(scored: pd.DataFrame, view: View, x: alt.X, y: alt.Scale, axis: alt.Axis, span: float) -> Any:
    """Names beside the last points instead of a legend, kept apart."""
    last = scored.dropna().iloc[-1] if len(scored.dropna()) else scored.iloc[-1]
    apart = span * 0.07
    own, mean = float(last["own"]), float(last["mean"])
    middle = (own + mean) / 2
    if abs(own - mean) < apart:
        own, mean = (middle + apart / 2, middle - apart / 2) if own >= mean else (middle - apart / 2, middle + apart / 2)
    rows = pd.DataFrame({"month": [last["month"]] * 2, "at": [own, mean], "text": [view.say("chart.own"), view.say("chart.mean")], "colour": [OWN, OTHER]})
    return alt.Chart(_rows(rows)).mark_text(align="left", dx=10, fontSize=12, fontWeight="bold").encode(
        x=x, y=alt.Y("at:Q", scale=y, axis=axis), text=alt.Text("text:N"), color=alt.Color("colour:N", scale=None)
    )  # fmt: skip


@needs("tiers")
def tiers(view: View) -> Figure | Html:
    """The divisions on a line of scores, with the tier borders between them; of many those about one's own."""
    page = view.page
    every = by_rank(view).dropna(subset=["score"])
    ranked = nearby(view, every)
    if ranked.empty:
        return paragraphs([view.say("report.nothing")])
    tier_names = list(page.scheme.spec.tiers.shares.value)
    colours = dict(zip(tier_names, TIER_COLOURS, strict=False))
    names = [view.name(each) for each in ranked["division"]]
    frame = pd.DataFrame({"name": names, "score": ranked["score"].to_numpy(), "tier": ranked["tier"].fillna("").to_numpy()})
    frame["colour"] = [colours.get(tier, PALE) for tier in frame["tier"]]
    frame["weight"] = ["bold" if division == page.division else "normal" for division in ranked["division"]]
    frame["text"] = [f"{number(score)} {tier or ''}".strip() for score, tier in zip(frame["score"], frame["tier"], strict=True)]
    near = near_scores(page.scheme.spec.tiers.fixed, list(frame["score"]))
    ends = [*frame["score"], *near.values()]
    domain = _bound(min(ends), max(ends))
    scale = alt.Scale(domain=domain, nice=False, zero=False)
    axis = alt.Axis(title=None, format=".0f", tickCount=6)
    x, border = alt.X("score:Q", scale=scale, axis=axis), alt.X("at:Q", scale=scale, axis=axis)
    y = _names_axis(list(frame["name"]))
    base = alt.Chart(_rows(frame)).encode(y=y)
    dots = base.mark_circle(size=150, opacity=1).encode(x=x, color=alt.Color("colour:N", scale=None))
    halo = base.mark_text(align="left", dx=12, fontSize=12, stroke="#fff", strokeWidth=5).encode(x=x, text=alt.Text("text:N"))
    texts = base.mark_text(align="left", dx=12, fontSize=12, color=INK).encode(x=x, text=alt.Text("text:N"))
    fixed = [{"at": at, "text": view.say("chart.fixed_border", tier=tier, score=exact(at))} for tier, at in near.items()]
    borders = pd.DataFrame(fixed if page.scheme.spec.tiers.fixed else _half_way(view, every, tier_names), columns=["at", "text"])
    borders = borders[borders["at"].between(domain[0], domain[1])]
    rule = alt.Chart(_rows(borders)).mark_rule(color=INK, strokeDash=[3, 3]).encode(x=border)
    named = alt.Chart(_rows(borders)).mark_text(dy=-8, fontSize=12, fontWeight="bold", color=INK).encode(
        x=border, y=alt.value(0), text=alt.Text("text:N")
    )  # fmt: skip
    data = Table(view.say("table.divisions_year"), [view.say(f"column.{key}") for key in ("division", "score", "tier")],
                 [[name, number(score), tier or ""] for name, score, tier in zip(frame["name"], frame["score"], frame["tier"], strict=True)],
                 frozenset({1}))  # fmt: skip
    listed = [f"{name} {value}" for name, value in zip(frame["name"], frame["text"], strict=True)]
    text = view.say("chart.tiers_text", list=view.say("point.separator").join(listed))
    headline = headlines.spread(view, "tiers", [view.name(each) for each in every["division"]], list(every["score"]))
    subtitle = view.say("chart.tiers_subtitle", period=view.period())
    return _figure(view, rule + named + halo + dots + texts, headline, subtitle, text, data, ROW * len(frame) + 8, left=LABELS, above=LINE)


def _half_way(view: View, ranked: pd.DataFrame, tiers: list[str]) -> list[dict[str, object]]:
    """A border between neighbouring tiers that have divisions, half way between their scores."""
    return [{"at": (upper["score"].min() + lower["score"].max()) / 2, "text": view.say("chart.border", upper=first, lower=second)}
            for first, second in pairwise(tiers)
            if len(upper := ranked[ranked["tier"] == first]) and len(lower := ranked[ranked["tier"] == second])]  # fmt: skip


@needs("hours")
def hours(view: View) -> Figure | Html:
    """Hours of each person against the standard."""
    page = view.page
    staff = page.staff[page.staff["included"].astype(bool)] if len(page.staff) else page.staff
    if staff.empty:
        return paragraphs([view.say("report.nothing")])
    share = page.scheme.spec.hours.standard_share.value
    rows = staff.sort_values(["hours", "staff"], ascending=[False, True], kind="stable")
    frame = pd.DataFrame({"name": [view.name(each) for each in rows["staff"]], "hours": rows["hours"].to_numpy(),
                          "standard": share * rows["statutory_hours"].to_numpy()})  # fmt: skip
    frame["colour"] = [OWN if met else LOSS for met in frame["hours"] >= frame["standard"] - 1e-9]
    frame["text"] = [number(each, 1) for each in frame["hours"]]
    frame["end"] = frame[["hours", "standard"]].max(axis=1)
    scale = alt.Scale(domain=[0, float(frame[["hours", "standard"]].max().max()) * 1.05], nice=False)
    axis = alt.Axis(title=None, format=",.0f", tickCount=6)
    base = alt.Chart(_rows(frame)).encode(y=_names_axis(list(frame["name"])))
    bars = base.mark_bar(height=13).encode(x=alt.X("hours:Q", scale=scale, axis=axis), color=alt.Color("colour:N", scale=None))
    ticks = base.mark_tick(color="#0B0C0C", thickness=3, height=20).encode(x=alt.X("standard:Q", scale=scale, axis=axis))
    texts = base.mark_text(align="left", dx=6, fontSize=12, color=INK).encode(x=alt.X("end:Q", scale=scale, axis=axis), text=alt.Text("text:N"))
    data = Table(view.say("chart.hours_title"), [view.say(f"column.{key}") for key in ("staff", "hours", "standard")],
                 _cells(frame["name"], frame["hours"], frame["standard"]), frozenset({1, 2}))  # fmt: skip
    below = int((frame["colour"] == LOSS).sum())
    subtitle = view.say("chart.hours_subtitle", share=percent(share), period=view.period())
    return _figure(view, bars + ticks + texts, headlines.hours(view, frame), subtitle, view.say("chart.hours_text", count=len(frame), below=below), data,
                   ROW * len(frame) + 8, left=LABELS)  # fmt: skip


@needs("components.monthly_plan")
def losses(view: View) -> Figure | Html:
    """Where points were lost: by item, by division, or by month."""
    page = view.page
    lines = page.ledger[(page.ledger["component"] == "monthly_plan") & (page.ledger["measure"] == "score")]
    if is_year(page.period):
        full = page.scheme.spec.components.monthly_plan.full_marks.value
        own = page.months if not page.division else page.months[page.months["division"] == page.division]
        gap = (full - own["score"]).groupby(own["period"]).sum()
        lost, by, names = gap[gap > 0], "month", [month_name(int(each[5:]), view.lang) for each in gap[gap > 0].index]
    elif page.division:
        missed = lines[(lines["value"] < 0) & (lines["item"] != "rounding")]
        lost, by = -missed.set_index("item")["value"], "item"
        titles = dict(zip(missed["item"], missed["note"], strict=True))
        names = [titles[item] or view.term("item", item) for item in lost.index]
    else:
        part = lines[(lines["value"] < 0) & (lines["item"] != "rounding")]
        lost, by = -part.groupby("subject")["value"].sum(), "division"
        names = [view.name(str(each)) for each in lost.index]
    if lost.empty:
        return paragraphs([view.say("point.month_all_done")])
    frame = pd.DataFrame({"name": names, "lost": lost.to_numpy()})
    if not is_year(page.period):
        frame = frame.sort_values(["lost", "name"], ascending=[False, True], kind="stable")
    frame["text"] = [number(each) for each in frame["lost"]]
    scale = alt.Scale(domain=[0, float(frame["lost"].max()) * 1.05], nice=False)
    x = alt.X("lost:Q", scale=scale, axis=alt.Axis(title=None, tickCount=4))
    base = alt.Chart(_rows(frame)).encode(y=_names_axis(list(frame["name"])), x=x)
    chart = base.mark_bar(height=13, color=LOSS) + base.mark_text(align="left", dx=6, fontSize=12, color=INK).encode(text=alt.Text("text:N"))
    most = frame["name"].iloc[int(frame["lost"].argmax())]
    text = view.say("chart.losses_text", count=len(frame), total=number(frame["lost"].sum()), most=most)
    data = Table(view.say("chart.losses_title"), [view.say(f"column.{by}"), view.say("column.lost")],
                 [[name, text] for name, text in zip(frame["name"], frame["text"], strict=True)], frozenset({1}))  # fmt: skip
    subtitle = view.say(f"chart.losses_{by}", period=view.period())
    return _figure(view, chart, headlines.losses(view, frame), subtitle, text, data, ROW * len(frame) + 8, left=LABELS)
