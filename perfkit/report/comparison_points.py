"""The first sentences of a comparison: who moves, what it costs, how many win and lose."""

import pandas as pd

from perfkit.problems import UsageError
from perfkit.report import tables
from perfkit.report.comparison import ComparisonView, parameter_words
from perfkit.report.formats import percent
from perfkit.report.html import Html, points
from perfkit.report.view import number, signed
from perfkit.whatif import Comparison
from perfkit.whatif.comparison import Scenario


def key_points(view: ComparisonView) -> Html:
    """A few plain sentences a scenario that a hurried reader takes away."""
    return points(sentences(view))


def sentences(view: ComparisonView) -> list[str]:
    """The same as plain text."""
    lines = []
    for comparison in view.alone:
        (scenario,) = comparison.scenarios
        first = view.say("compare.about", scenario=view.scenario(scenario.name)) if view.several else ""
        told = [*_moves(view, comparison), *([] if view.public else _money(view, comparison)), *_open(view, scenario)]
        lines += [first + line for line in told]
    return lines


def _moves(view: ComparisonView, comparison: Comparison) -> list[str]:
    """Which divisions change tier, or in a month rank; how many people are rated otherwise."""
    rows = comparison.divisions
    tiers = rows[["tier_before", "tier_after"]].notna().any(axis=None)
    how = "tier" if tiers else "rank"
    before, after = rows[f"{how}_before"], rows[f"{how}_after"]
    moved = rows[(before != after) & ~(before.isna() & after.isna())]
    lines = [view.say(f"compare.no_{how}_moves", count=len(rows))]
    if len(moved):
        causes = _causes(view, comparison, how)
        kind: int | str = "text" if tiers else 0
        told = [view.say("compare.move", division=view.name(division), before=tables.cell(view, was, kind) or "–", after=tables.cell(view, now, kind) or "–",
                         cause=view.say("cli.aside", text=causes[division]) if division in causes else "")
                for division, was, now in moved[["division", f"{how}_before", f"{how}_after"]].itertuples(index=False, name=None)]  # fmt: skip
        lines = [view.say(f"compare.{how}_moves", count=len(moved), list=view.say("point.separator").join(told))]
    scores = rows.set_index("division")["score_change"].dropna()
    if (scores.abs() > 1e-9).any():
        furthest = str(scores.abs().idxmax())
        lines.append(view.say("compare.score_moves", count=int((scores.abs() > 1e-9).sum()), division=view.name(furthest), change=signed(scores[furthest])))
    ratings = comparison.staff
    rated = int(((ratings["rating_before"] != ratings["rating_after"]) & ~(ratings["rating_before"].isna() & ratings["rating_after"].isna())).sum())
    return [*lines, *([view.say("compare.rating_moves", count=rated)] if rated else [])]


def _causes(view: ComparisonView, comparison: Comparison, measure: str) -> dict[str, str]:
    """Subject → the parameters that bring its move; empty where too many change."""
    try:
        found = comparison.movers
    except UsageError:
        return {}
    own = found[found["measure"] == measure]
    return {subject: parameter_words(view, paths) for subject, paths in zip(own["subject"], own["parameters"], strict=True)}


def _money(view: ComparisonView, comparison: Comparison) -> list[str]:
    """The change of all payments; how many people get more, less and the same, and the furthest either way."""
    before, after = (float(comparison.cost[side].sum()) for side in ("before", "after"))
    change = after - before
    if abs(change) < 0.005:
        lines = [view.say("compare.cost_same", before=number(before))]
    else:
        words = {"before": number(before), "after": number(after), "change": number(abs(change)), "share": percent(abs(change) / before) if before else "–"}
        lines = [view.say("compare.cost_more" if change > 0 else "compare.cost_less", **words)]
    rows = comparison.bands[["people", "winners", "losers"]].sum()
    people, win, lose = (int(rows[name]) for name in ("people", "winners", "losers"))
    lines += [view.say("compare.people", win=win, lose=lose, same=people - win - lose)] if win + lose else []
    return [*lines, *_furthest(view, comparison.staff)]


def _furthest(view: ComparisonView, staff: pd.DataFrame) -> list[str]:
    change = staff.set_index("staff")["amount_change"]
    most, least = (str(change.idxmax()), str(change.idxmin())) if len(change) else ("", "")
    lines = [view.say("compare.most", name=view.name(most), change=number(change[most]))] if most and change[most] > 0 else []
    return lines + ([view.say("compare.least", name=view.name(least), change=number(-change[least]))] if least and change[least] < 0 else [])


def _open(view: ComparisonView, scenario: Scenario) -> list[str]:
    before, after = len(view.comparison.base.tables["open"]), len(scenario.tables["open"])
    return [view.say("compare.open", before=before, after=after)] if after else []
