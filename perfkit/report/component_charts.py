"""The charts of the components that stand on their own: first-level indicators, the public evaluation's rounds."""

import altair as alt
import pandas as pd

from perfkit.report import headlines
from perfkit.report.charts import LABELS, ROW, _figure, _names_axis, _rows
from perfkit.report.html import Figure, Html, Table
from perfkit.report.palette import INK, OTHER, OWN
from perfkit.report.view import View, number


def first_level(view: View) -> Figure | Html:
    """First-level indicators with their scores, part by part, the lowest of each part last."""
    rows = view.page.beside.get("indicators", pd.DataFrame())
    own = rows[(rows["level"] == 1) & rows["score"].notna()] if len(rows) else rows
    if own.empty:
        return Html("")
    own = own.sort_values(["part", "score", "indicator"], ascending=[False, False, True], kind="stable")
    parts = list(dict.fromkeys(own["part"]))
    named = [f"{indicator} {title}" for indicator, title in zip(own["indicator"], own["title"], strict=True)]  # a title may stand in two parts
    frame = pd.DataFrame({"name": named, "score": own["score"].to_numpy(),
                          "colour": [(OWN, OTHER)[parts.index(each) % 2] for each in own["part"]]})  # fmt: skip
    frame["text"] = [number(each) for each in frame["score"]]
    x = alt.X("score:Q", scale=alt.Scale(domain=[0, 105], nice=False), axis=alt.Axis(title=None, format=".0f", tickCount=5))
    base = alt.Chart(_rows(frame)).encode(y=_names_axis(list(frame["name"])), x=x)
    bars = base.mark_bar(height=13).encode(color=alt.Color("colour:N", scale=None))
    texts = base.mark_text(align="left", dx=6, fontSize=12, color=INK).encode(text=alt.Text("text:N"))
    names = view.say("point.separator").join(view.term("part", each) for each in parts)
    data = Table(view.say("chart.first_level_title"), [view.say("column.goal_title"), view.say("column.part"), view.say("column.score")],
                 [[title, view.term("part", part), number(score)] for title, part, score in zip(own["title"], own["part"], own["score"], strict=True)],
                 frozenset({2}))  # fmt: skip
    text = view.say("chart.first_level_text", count=len(own), best=number(own["score"].max()), worst=number(own["score"].min()))
    headline = headlines.spread(view, "first_level", list(frame["name"]), list(frame["score"]))
    subtitle = view.say("chart.first_level_subtitle", parts=names, period=view.period())
    return _figure(view, bars + texts, headline, subtitle, text, data, ROW * len(frame) + 8, left=LABELS)


def survey(view: View) -> Figure | Html:
    """Each round's means by stratum, two standard errors to either side."""
    rows = view.page.beside.get("survey", pd.DataFrame())
    if rows.empty:
        return Html("")
    rows = rows[rows["mean"].notna()]
    strata = list(dict.fromkeys(rows["stratum"]))
    rounds = list(dict.fromkeys(rows["round"]))
    named = [each or view.say("column.all_strata") for each in strata]
    frame = pd.DataFrame({
        "name": [each or view.say("column.all_strata") for each in rows["stratum"]], "mean": rows["mean"].to_numpy(),
        "low": (rows["mean"] - 2 * rows["se"].fillna(0.0)).to_numpy(), "high": (rows["mean"] + 2 * rows["se"].fillna(0.0)).to_numpy(),
        "colour": [(OTHER, OWN)[rounds.index(each) % 2] for each in rows["round"]], "place": [rounds.index(each) for each in rows["round"]],
    })  # fmt: skip
    low, high = float(frame["low"].min()), float(frame["high"].max())
    scale = alt.Scale(domain=[5 * ((low - 2) // 5), 5 * -(-(high + 4) // 5)], nice=False, zero=False)
    axis = alt.Axis(title=None, format=".0f", tickCount=6)
    colour, layers = alt.Color("colour:N", scale=None), []
    for place in range(len(rounds)):  # a round a layer, a few pixels apart
        base = alt.Chart(_rows(frame[frame["place"] == place])).encode(y=_names_axis(named))
        below = 10 * place - 5 * (len(rounds) - 1)
        layers += [
            base.mark_rule(strokeWidth=2, yOffset=below).encode(x=alt.X("low:Q", scale=scale, axis=axis), x2=alt.X2("high:Q"), color=colour),
            base.mark_circle(size=70, opacity=1, yOffset=below).encode(x=alt.X("mean:Q", scale=scale, axis=axis), color=colour),
        ]
    heads = [view.say(f"column.{name}") for name in ("round", "stratum", "average", "se")]
    data = Table(view.say("chart.survey_title"), heads,
                 [[view.period(name), stratum or view.say("column.all_strata"), number(mean), number(error)] for name, stratum, mean, error in
                  zip(rows["round"], rows["stratum"], rows["mean"], rows["se"], strict=True)], frozenset({2, 3}))  # fmt: skip
    said = view.say("point.separator").join(view.period(each) for each in rounds)
    text = view.say("chart.survey_text", rounds=said, low=number(rows["mean"].min()), high=number(rows["mean"].max()))
    headline = headlines.survey(view, rows, view.page.beside["survey_change"])
    return _figure(view, alt.layer(*layers), headline, view.say("chart.survey_subtitle", rounds=said), text, data, 32 * len(strata) + 8, left=LABELS)
