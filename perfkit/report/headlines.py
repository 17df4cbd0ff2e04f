"""The headline of each chart: what there is to see, computed from the rows it draws."""

from collections.abc import Mapping, Sequence

import pandas as pd

from perfkit.report.formats import number, percent
from perfkit.report.plain import cut
from perfkit.report.view import View

ROOM = 36  # columns for one name in a headline
CENT = 0.005  # points; what shows as no difference


def _named(names: Sequence[str], view: View) -> str:
    """Up to three names, each cut where it is long; beyond that the first and how many there are."""
    short = [cut(name, ROOM) for name in names]
    return view.say("point.separator").join(short) if len(short) < 4 else view.say("headline.and_more", name=short[0], count=len(short))


def _ends(scores: Mapping[str, float]) -> tuple[list[str], list[str], float, float]:
    """Names of the highest and of the lowest, and their scores."""
    high, low = max(scores.values()), min(scores.values())
    return ([name for name, score in scores.items() if high - score < CENT], [name for name, score in scores.items() if score - low < CENT], high, low)


def spread(view: View, key: str, names: Sequence[str], scores: Sequence[float]) -> str:
    """Who is first, who is last, and how far apart; one sentence where all are equal or alone."""
    best, worst, high, low = _ends(dict(zip(names, map(float, scores), strict=True)))
    if high - low < CENT:
        return view.say(f"headline.{key}_equal", names=_named(best, view), score=number(high), count=len(scores))
    return view.say(f"headline.{key}", best=_named(best, view), high=number(high), worst=_named(worst, view), low=number(low), gap=number(high - low))


def months(view: View, scored: pd.DataFrame) -> str:
    """The best and the worst month, and how many were above the bureau's mean. ``scored``: month, own, mean."""
    rows = scored.dropna(subset=["own"])
    above = int((rows["own"] > rows["mean"] + CENT).sum())
    return spread(view, "months", list(rows["month"]), list(rows["own"])) + view.say("headline.above", above=above, count=len(rows))


def hours(view: View, frame: pd.DataFrame) -> str:
    """How many people are below the standard, and by how much at most. ``frame``: hours, standard."""
    short = (frame["standard"] - frame["hours"])[frame["hours"] < frame["standard"] - 1e-9]
    if short.empty:
        return view.say("headline.hours_all", count=len(frame))
    return view.say("headline.hours", below=len(short), count=len(frame), most=number(short.max(), 1))


def losses(view: View, frame: pd.DataFrame) -> str:
    """Where most was lost, and its share of all. ``frame``: name, lost."""
    most, total = frame["lost"].max(), frame["lost"].sum()
    names = list(frame.loc[most - frame["lost"] < CENT, "name"])
    if len(names) == len(frame):
        return view.say("headline.losses_equal", names=_named(names, view), lost=number(most), total=number(total))
    lost = number(most) if len(names) == 1 else view.say("point.each", value=number(most))
    return view.say("headline.losses", names=_named(names, view), lost=lost, share=percent(most * len(names) / total), total=number(total))


def survey(view: View, rows: pd.DataFrame, changes: pd.DataFrame) -> str:
    """The last round's mean, and whether it differs from the round before by more than its error. ``rows``: round, stratum, mean."""
    whole = rows[rows["stratum"] == ""]
    last = (whole if len(whole) else rows).iloc[-1]
    said = view.say("headline.survey", round=view.period(last["round"]), mean=number(last["mean"]))
    if changes.empty or not len(whole):
        return said
    change = changes.iloc[-1]
    key = {True: "real", False: "within", None: "unknown"}[change["exceeds_error"]]
    way = "up" if change["difference"] > 0 else "down"
    return said + view.say(f"headline.survey_{way}", difference=number(abs(change["difference"]))) + view.say(f"headline.survey_{key}")


def places(view: View, frame: pd.DataFrame) -> str:
    """Which divisions change tier, or where there are none their place. ``frame``: name, position, place, tier."""
    how = "tier" if (frame["tier"] != "").any() else "place"
    moved = frame.groupby("name", sort=False)[how].nunique() > 1
    names = [str(name) for name in moved.index[moved]]
    return view.say(f"headline.{how}_moves", count=len(names), names=_named(names, view)) if names else view.say(f"headline.no_{how}_moves", count=len(moved))
