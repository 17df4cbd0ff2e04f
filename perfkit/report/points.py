"""Key points: the first sentences of a report, computed from its page."""

from collections.abc import Iterable

import pandas as pd

from perfkit.periods import before, bounds, is_year, kind_of
from perfkit.report.addresses import division_page
from perfkit.report.basis import shown
from perfkit.report.formats import day
from perfkit.report.html import Html, Linked, points
from perfkit.report.tables import by_rank
from perfkit.report.view import View, number, signed

CENT = 0.005  # points; what shows as no change


def key_points(view: View) -> Html:
    """Three or four plain sentences that a hurried reader takes away."""
    of_division, kind = bool(view.page.division), kind_of(view.page.period)
    if kind == "month":
        lines = (_division_month if of_division else _bureau_month)(view)
    elif kind == "year" and view.page.scheme.spec.has("tiers"):
        lines = (_division_year if of_division else _bureau_year)(view)
    else:
        lines = _untiered(view)
    count = len(view.page.open)
    still = [view.say_linked("point.open_count", {"count": "#open"}, count=count)] if count else []
    return points([*lines, *_goals(view), *_rounds(view), *_visits(view), *_flags(view), *still])


def _untiered(view: View) -> list[str]:
    """Scores and ranks of a period without tiers."""
    page = view.page
    ranked = page.divisions.dropna(subset=["score"])
    if page.division:
        own = ranked[ranked["division"] == page.division]
        if own.empty:
            return [view.say("point.unscored")]
        score, rank = own["score"].iloc[0], int(own["rank"].iloc[0])
        to = {"score": "#lines", "rank": "#divisions"}
        first = view.say_linked("point.score", to, score=number(score), count=len(ranked), rank=rank, mean=number(ranked["score"].mean()))
        return [first, *_changed(view)]
    known = page.bureau.dropna(subset=["score"])
    whole: list[str] = [view.say_linked("point.bureau_score", {"score": "#bureau"}, score=number(known["score"].iloc[0]))] if len(known) else []
    if ranked.empty:
        return whole or [view.say("point.unscored")]
    best = ranked[ranked["rank"] == 1]
    names = view.say("point.separator").join(view.name(each) for each in best["division"])
    lowest = str(ranked["division"].iloc[int(ranked["score"].argmin())])
    to = {"count": "#divisions", "best": division_page(str(best["division"].iloc[0]), "lines"), "worst": division_page(lowest, "lines")}
    values = {"division": names, "best": number(ranked["score"].max()), "worst": number(ranked["score"].min()), "count": len(ranked)}
    return [*whole, view.say_linked("point.bureau_range", to, **values), *_bureau_changed(view)]


def _goals(view: View) -> list[str]:
    """How many goals are reached, and how many are behind the time passed."""
    rows = view.page.beside.get("indicators", pd.DataFrame())
    goals = rows[~rows["indicator"].isin(rows["parent"])] if len(rows) else rows
    if goals.empty:
        return []
    late, over = int((goals["behind"] > 0).sum()), int(goals["overdue"].eq(True).sum())
    listed = bool(view.page.division) or kind_of(view.page.period) != "quarter"  # the bureau's quarter has no list of goals
    to = {"count": "#goals", "reached": "#goals"} if listed else {}
    said = view.say_linked("point.goals", {**to, "behind": "#schedule"}, count=len(goals), reached=int((goals["done"] >= 100).sum()), behind=late)
    year, until = is_year(view.page.period), bounds([view.page.period])["end"].iloc[0]
    cumulative = [] if year else [view.say("point.cumulative", until=day(until, view.lang))]
    return [said, *cumulative, *([view.say_linked("point.overdue", {"count": "#schedule"}, count=over)] if over else [])]


def _rounds(view: View) -> list[str]:
    """The public evaluation's means, and whether they changed by more than their error."""
    rows = view.page.beside.get("survey", pd.DataFrame())
    if rows.empty or view.page.division:
        return []
    whole = rows[rows["stratum"] == ""]
    to = {} if kind_of(view.page.period) == "quarter" else {"mean": "#survey", "n": "#survey", "difference": "#survey_change"}
    said: list[str] = [view.say_linked("point.round", to, round=view.period(row["round"]), mean=number(row["mean"]), n=number(row["n"], 0),
                     error=view.say("point.error", low=number(row["low"]), high=number(row["high"])) if row["low"] == row["low"] else "")
            for row in whole.to_dict("records")]  # fmt: skip
    changes = view.page.beside["survey_change"]
    key = {True: "point.change_real", False: "point.change_within", None: "point.change_unknown"}
    return said + [view.say_linked(key[row["exceeds_error"]], to, difference=signed(row["difference"])) for row in changes.to_dict("records")]


def _visits(view: View) -> list[str]:
    """How many visits there were and how many found something."""
    rows = view.page.beside.get("inspections", pd.DataFrame())
    if rows.empty:
        return []
    where = "#inspections" if view.page.division else "#inspection_counts"
    to = {"count": "#inspections", "covert": where, "findings": where}
    return [view.say_linked("point.visits", to, count=len(rows), covert=int((rows["mode"] == "covert").sum()), findings=int((rows["finding"] != "").sum()))]


def _flags(view: View) -> list[str]:
    """What a reviewer should look at: misses punished twice, recusals not on record, divisions nobody guides, what came late."""
    page = view.page
    twice, recusal = int(page.register["twice"].sum()), int((page.register["recusal"] == "missing").sum() + (page.appeals["recusal"] == "missing").sum())
    tiers = page.scheme.spec.improvement.guided_tiers.value if page.scheme.spec.has("improvement") else []
    guided = page.divisions[page.divisions["tier"].isin(tiers) & ~page.divisions["division"].isin(page.guidance["subject"])]
    guided = guided[guided["division"] == page.division] if page.division else guided
    names = view.say("point.separator").join(view.name(division) for division in guided["division"])
    late, year = int(page.late["count"].sum()), is_year(page.period)
    register = {"count": "#register"} if year else {}  # a month shows neither the register nor guidance, a division's year not what came late
    entries = {} if year and page.division else {"count": "#late"}
    separator = view.say("point.separator")
    return [
        *([view.say_linked("point.twice", register, count=twice)] if twice else []),
        *([view.say_linked("point.recusal_missing", register, count=recusal)] if recusal else []),
        *([view.say_linked("point.guidance_missing", {"names": "#guidance"}, names=names, tiers=separator.join(tiers))] if names and year else []),
        *([view.say_linked("point.late", entries, count=late)] if late else []),
    ]


def _own(view: View, frame: pd.DataFrame) -> pd.Series:
    return frame[frame["division"] == view.page.division].iloc[0]


def _lost(view: View) -> pd.DataFrame:
    own = view.page.ledger
    return own[(own["component"] == "monthly_plan") & (own["measure"] == "score") & (own["value"] < 0) & (own["item"] != "rounding")]


def _missed(view: View) -> list[str]:
    missed = view.page.items[view.page.items["completion"] < 1]
    if missed.empty:
        return [view.say("point.month_all_done")]
    lost = number(-_lost(view)["value"].sum())
    return [view.say_linked("point.month_missed", {"missed": "#items", "lost": "#items"}, missed=len(missed), excused=int(missed["excused"].sum()), lost=lost)]


def _division_month(view: View) -> list[str]:
    scores = view.page.divisions["score"].dropna()
    own = _own(view, view.page.divisions)
    if pd.isna(own["score"]):
        return [view.say("point.month_unscored")]
    to = {"score": "#lines", "rank": "#divisions"}
    first = view.say_linked("point.month_score", to, score=number(own["score"]), count=len(scores), rank=int(own["rank"]), mean=number(scores.mean()))
    return [first, *_changed(view), *_missed(view), *_people(view)]


def _changed(view: View) -> list[str]:
    """A division's score and rank against the period before in the year."""
    then, now = view.page.earlier(), _own(view, view.page.divisions)
    then = then[(then["division"] == view.page.division) & then["score"].notna()]
    if then.empty:
        return []
    places = int(then["rank"].iloc[0]) - int(now["rank"])
    moved = view.say(f"point.places_{'up' if places > 0 else 'down' if places < 0 else 'same'}", places=abs(places))
    change = signed(now["score"] - then["score"].iloc[0])
    to = {"change": "#divisions", "places": "#divisions"}
    key = "point.changed" if change != "–" else "point.unchanged"
    return [view.say_linked(key, to, period=view.period(before(view.page.period)), change=change, places=moved)]


def _bureau_changed(view: View) -> list[str]:
    """The divisions' mean against the period before in the year, and who rose and fell most."""
    then, now = (frame.set_index("division")["score"].dropna() for frame in (view.page.earlier(), view.page.divisions))
    change = (now - then).dropna().astype(float)
    if change.empty:
        return []
    said: list[str] = [
        view.say_linked("point.mean_changed", {"change": "#divisions"}, period=view.period(before(view.page.period)), change=signed(change.mean()))
    ]
    most = [("risen", change.max())] if change.max() >= CENT else []
    most += [("fallen", change.min())] if change.min() <= -CENT else []
    return said + [view.say_linked(f"point.{key}", {}, division=(who := _at(view, change, by)), change=_each(view, who, signed(by))) for key, by in most]


def _at(view: View, values: pd.Series, extreme: float) -> Linked:
    """The divisions whose value is the extreme, all that share it, each leading to the lines of its score."""
    return _list(view, values.index[(values - extreme).abs() < CENT])


def _each(view: View, who: Linked, value: str) -> str:
    """A value that belongs to each of several."""
    return value if len(who.parts) == 1 else view.say("point.each", value=value)


def _people(view: View) -> list[str]:
    staff = view.page.staff[view.page.staff["included"].astype(bool)] if len(view.page.staff) else view.page.staff
    if staff.empty:
        return []
    share = view.page.scheme.spec.hours.standard_share.value
    below = int((staff["hours"] < share * staff["statutory_hours"] - 1e-9).sum())
    to = {"below": "#people", "assessed": "#people"} if view.page.division else {}  # the bureau's month shows no people
    return [view.say_linked("point.below_standard", to, below=below, assessed=len(staff))]


def _division_year(view: View) -> list[str]:
    own, standing = _own(view, view.page.divisions), _own(view, view.page.standing)
    if pd.isna(own["score"]):
        return [view.say("point.year_unscored")]
    tier = view.say("point.tier_open") if own["tier"] is None or pd.isna(own["tier"]) else view.say("point.tier", tier=own["tier"])
    to = {"score": "#lines", "rank": "#divisions"}
    lines: list[str] = [view.say_linked("point.year_score", to, score=number(own["score"]), rank=int(own["rank"]), tier=tier)]
    if {"monthly_plan", "appraisal", "adjustments"} <= set(own.index):  # the sentence is the planning bureau's; other mixes stand in the table
        values = {"monthly": own["monthly_plan"], "appraisal": own["appraisal"], "adjustments": own["adjustments"]}
        lines.append(view.say_linked("point.year_parts", dict.fromkeys(values, "#divisions"), **{name: number(value) for name, value in values.items()}))
    if standing["vetoed"]:
        lines.append(view.say("point.vetoed"))
    if own["advanced"] is True:
        lines.append(view.say("point.advanced"))
    if pd.notna(own["headroom"]):
        lines.append(view.say_linked("point.headroom", {"headroom": "#divisions"}, headroom=number(own["headroom"])))
    if pd.notna(own["excellent_places"]) and pd.notna(standing["assessed"]):
        to = {"places": "#divisions", "assessed": "#standing"}
        lines.append(view.say_linked("point.places", to, places=int(own["excellent_places"]), assessed=int(standing["assessed"])))
    return lines


def _bureau_month(view: View) -> list[str]:
    scores = view.page.divisions["score"].dropna()
    if scores.empty:
        return [view.say("point.month_unscored")]
    named = view.page.divisions.set_index("division")["score"]
    best, worst = str(named.idxmax()), str(named.idxmin())
    first = view.say_linked("point.bureau_month", {"mean": "#divisions", "best": division_page(best, "lines"), "worst": division_page(worst, "lines")},
                            count=len(scores), mean=number(scores.mean()), best=number(scores.max()), worst=number(scores.min()))  # fmt: skip
    lost = -_lost(view).groupby("subject", sort=False)["value"].sum()
    changed = _bureau_changed(view)
    if lost.empty:
        return [first, *changed, view.say("point.bureau_all_done")]
    missed = int((view.page.items["completion"] < 1).sum())
    to, where = {"missed": "#causes", "lost": "#causes"}, _at(view, lost, lost.max())
    most = view.say_linked("point.bureau_lost", to, missed=missed, lost=number(lost.sum()), division=where, most=_each(view, where, number(lost.max())))
    return [first, *changed, most, *_people(view)]


def _bureau_year(view: View) -> list[str]:
    ranked = by_rank(view).dropna(subset=["score"])
    if ranked.empty:
        return [view.say("point.year_unscored")]
    best = ranked[ranked["rank"] == 1]
    names = view.say("point.separator").join(view.name(division) for division in best["division"])
    to = {"best": division_page(str(best["division"].iloc[0]), "lines"), "spread": "#divisions"}
    spread = number(ranked["score"].max() - ranked["score"].min())
    lines: list[str] = [view.say_linked("point.bureau_year", to, division=names, best=number(ranked["score"].max()), spread=spread)]
    lines += [_tiers(view, ranked), *_tied(view, ranked), *_vetoed(view)]
    annual = view.page.payouts[view.page.payouts["kind"] == "annual"]
    if len(annual):
        lines.append(view.say_linked("point.payout_total", {"amount": "#parts"}, amount=number(annual["amount"].sum())))
    return lines


def _tied(view: View, ranked: pd.DataFrame) -> list[str]:
    """How divisions of one score came into different tiers; one sentence a score."""
    rule = view.page.scheme.spec.tiers
    if rule.fixed:
        return []
    order = shown(view, rule.tie_break.value, "tiers.tie_break")
    tied = [rows for _, rows in ranked.groupby("rank") if rows["tier"].nunique() > 1]
    return [view.say_linked("point.tied", {"order": "#standing"}, division=_list(view, rows["division"]), score=number(rows["score"].iloc[0]), order=order)
            for rows in tied]  # fmt: skip


def _vetoed(view: View) -> list[str]:
    """Which divisions a veto bars from honours."""
    barred = view.page.standing.loc[view.page.standing["vetoed"], "division"]
    return [view.say_linked("point.vetoed_divisions", {}, division=_list(view, barred))] if len(barred) else []


def _list(view: View, divisions: Iterable[object]) -> Linked:
    """Divisions, each leading to the lines of its score."""
    return view.list_linked([(view.name(str(each)), division_page(str(each), "lines")) for each in divisions])


def _tiers(view: View, ranked: pd.DataFrame) -> Linked:
    """The divisions of each tier, each leading to the lines of its score."""
    parts: list[tuple[str, str]] = []
    for tier in view.page.scheme.spec.tiers.shares.value:
        members = _list(view, ranked.loc[ranked["tier"] == tier, "division"])
        parts += [(view.say("point.list_separator"), "")] if parts else []
        parts += [(view.say("point.tier_list", tier=tier, names=""), ""), *(members.parts or [("–", "")])]
    return Linked([*parts, (view.say("point.bureau_tiers", tiers=""), "")])
