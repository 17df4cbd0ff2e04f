"""The rule sentences of ``cases/*.yaml``, each worked out by hand, against the functions that carry the rule."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from perfkit import load_scheme, office
from perfkit.records import TABLES, days_after, workdays
from perfkit.scoring import adjustments as register
from perfkit.scoring import appraisal as votes_
from perfkit.scoring import hours as time
from perfkit.scoring import indicators as tree_
from perfkit.scoring import inspection as visits_
from perfkit.scoring import ledger, monthly_plan, payout, postings, ranking, rhythm, survey
from perfkit.scoring import personal as people_
from perfkit.scoring import tiers as tiering

HERE = Path(__file__).parent
PLAN, WATER, TOWNSHIP = (load_scheme(HERE.parent / "params" / f"{name}.yaml") for name in ("planning-bureau", "water-bureau", "township"))
MONTH = "2023-06"
TIERS = {"A": 1.2, "B": 1.0, "C": 0.8}
SHARES = {"A": 0.3, "B": 0.5, "C": 0.2}
HEAD, DEPUTY = {"organisation": 0.8, "personal": 0.2}, {"organisation": 0.2, "personal": 0.8}

Result = dict[str, Any]


def day(text: str | None) -> pd.Timestamp:
    """A date, or none."""
    return pd.Timestamp(text) if text else pd.NaT


def one(value: Any) -> Any:
    """A number of a case: None where there is none."""
    return None if pd.isna(value) else value


def amount_of(lines: pd.DataFrame, subject: str) -> float | None:
    """What one subject's amount lines come to; None without a line."""
    own = lines[lines["subject"] == subject]
    return float(ranking.half_up(own["value"].sum(), 6)) if len(own) else None


def month(items: list[Mapping[str, Any]], directors: list[Mapping[str, Any]] = (), loss_base: str = "item") -> Result:
    """A division's month: full marks 100, half lost, floor 0."""
    frame = pd.DataFrame(
        {
            "month": MONTH,
            "division": "D",
            "item": [f"I{number}" for number in range(len(items))],
            "title": "",
            "points": pd.Series([item.get("points") for item in items], dtype=float),
            "completion": [float(item.get("completion", 1)) for item in items],
            "excused_by": [item.get("excused_by", "") for item in items],
            "excused_on": pd.Series([day(item.get("excused_on")) for item in items], dtype="datetime64[s]"),
        }
    )
    terms = pd.DataFrame(
        {
            "staff": pd.Series([each["staff"] for each in directors], dtype=object),
            "start": pd.Series([day(each["start"]) for each in directors], dtype="datetime64[s]"),
            "end": pd.Series([day(each.get("end")) for each in directors], dtype="datetime64[s]"),
        }
    )
    judged = frame.assign(points=monthly_plan.weighted(frame, 100), excused=monthly_plan.excused(frame, terms))
    lines = monthly_plan.score(judged, full_marks=100, unexcused_loss=0.5, loss_base=loss_base, floor=0, decimals=2)
    return {"score": one(ledger.published(lines, 2, MONTH, ["D"])[0])}


def year_of_months(months: list[float | None], weight: float, aggregate: str = "mean") -> Result:
    """What the months contribute to a year."""
    frame = pd.DataFrame({"month": [f"2023-{number:02d}" for number in range(1, len(months) + 1)], "division": "D", "score": pd.Series(months, dtype=float)})
    lines = monthly_plan.year(frame, period="2023", weight=weight, aggregate=aggregate)
    return {"contribution": ledger.published(lines, 2, "2023", ["D"])[0]}


def adjustments(amounts: dict[str, float], deductions: list[str], bonuses: list[str], register_: list[Mapping[str, Any]]) -> Result:
    """The register of a division's year."""
    rows = pd.DataFrame(
        {
            "adjustment": [f"N{number}" for number in range(len(register_))],
            "division": "D",
            "kind": [each["kind"] for each in register_],
            "quantity": pd.Series([each.get("quantity") for each in register_], dtype=float),
        }
    )
    return {"points": register.score(rows, period="2023", bonuses=bonuses, deductions=deductions, amounts=amounts)["value"].sum()}


def appraisal(points: dict[str, float], votes: list[Mapping[str, Any]], groups: dict[str, float] | None = None) -> Result:
    """An appraisal's result on its own scale of 100."""
    frame = pd.DataFrame(
        {
            "subject": "D",
            "rater_group": [each["group"] for each in votes],
            "grade": [each["grade"] for each in votes],
            "votes": [float(each["votes"]) for each in votes],
        }
    )
    return {"points": votes_.result(votes_.group_means(frame, points, groups or {})).get("D")}


def statutory_hours(
    workdays: int,
    hours_per_day: float,
    standard_share: float,
    leave: list[list[int]] = (),
    hours_per_month: float | None = None,
    leave_reduces: bool = True,
) -> Result:
    """A month whose first days are its workdays; leave is given as first and last day."""
    days = pd.date_range("2023-01-01", "2023-12-31", unit="s")
    calendar = pd.Series([each.month == 6 and each.day <= workdays for each in days], days)
    posts = pd.DataFrame({"period": [MONTH], "staff": ["P"], "start": [day("2023-06-01")], "end": [day("2023-06-30")]})
    spells = pd.DataFrame(
        {
            "staff": pd.Series(["P"] * len(leave), dtype=object),
            "start": pd.Series([day(f"2023-06-{first:02d}") for first, _ in leave], dtype="datetime64[s]"),
            "end": pd.Series([day(f"2023-06-{last:02d}") for _, last in leave], dtype="datetime64[s]"),
        }
    )
    each = time.fixed_month(calendar, hours_per_month) if hours_per_month else hours_per_day
    away = time.leave_days(spells if leave_reduces else spells.iloc[:0], calendar)
    found = time.statutory(posts, calendar, away, each)[MONTH, "P"]
    return {"statutory": ranking.half_up(found, 2), "standard": ranking.half_up(found * standard_share, 2)}


def mean_hours(hours: list[float], statutory: float, weight: float) -> Result:
    """What mean personal hours add to a division's year."""
    people = pd.DataFrame({"division": "D", "hours": [float(each) for each in hours], "statutory_hours": float(statutory)})
    return {"contribution": time.component(people, period="2023", weight=weight, full_marks=100)["value"].sum()}


def personal_points(hours: list[float], statutory: float, basis: str, cap: float) -> Result:
    """The time points of a division's people, capped, to two decimals."""
    people = pd.DataFrame({"period": MONTH, "division": "D", "hours": [float(each) for each in hours], "statutory_hours": float(statutory)})
    points = people_.time_points(people, full_marks=100, basis=basis, standard_share=0.7).clip(upper=cap)
    return {"points": ranking.half_up(points, 2).to_list()}


def paid_by(points: list[float], missed: list[int], reduction: str, excused: list[int] = (), bands: list[list[float]] = ((0, 1),)) -> Result:
    """By how much of 100 a month's organisation part is paid; ``missed`` are the items' numbers."""
    numbers = range(1, len(points) + 1)
    items = pd.DataFrame(
        {
            "month": MONTH,
            "division": "D",
            "item": [str(number) for number in numbers],
            "title": "",
            "points": [float(each) for each in points],
            "completion": [0.0 if number in missed else 1.0 for number in numbers],
            "excused": [number in excused for number in numbers],
        }
    )
    lines = monthly_plan.score(items, full_marks=100, unexcused_loss=0.5, loss_base="item", floor=0, decimals=2)
    scores = pd.Series(ledger.published(lines, 2, MONTH, ["D"]), pd.MultiIndex.from_tuples([(MONTH, "D")], names=["period", "division"]))
    return {"paid": payout.paid_score(scores, items, reduction=reduction, bands=bands, full_marks=100)[MONTH, "D"]}


def standard_payout(base: float, statutory: float, standard_share: float, below: str, hours: float = 0, days: list[float] = ()) -> Result:
    """The standard part of one member's month."""
    one_ = pd.DataFrame(
        {
            "period": [MONTH],
            "staff": ["P"],
            "role": ["member"],
            "base": [float(base)],
            "hours": [hours + sum(days)],
            "statutory_hours": [float(statutory)],
        }
    )
    return {"amount": amount_of(payout.standard(one_, roles=["member"], standard_share=standard_share, below=below, decimals=2), "P")}


def worked_hours(days: list[Mapping[str, Any]] = (), credits: list[Mapping[str, Any]] = (), credit_hours: dict[str, float] | None = None) -> Result:
    """What counts of one person's month."""
    rows = pd.DataFrame(
        {
            "date": pd.Series([day("2023-06-01")] * len(days), dtype="datetime64[s]"),
            "staff": pd.Series(["P"] * len(days), dtype=object),
            "approved": pd.Series([each.get("approved") for each in days], dtype=float),
            "approved_by": pd.Series([each.get("approved_by", "") for each in days], dtype=object),
        }
    )
    granted = pd.DataFrame(
        {
            "month": pd.Series([MONTH] * len(credits), dtype=object),
            "staff": pd.Series(["P"] * len(credits), dtype=object),
            "kind": pd.Series([each["kind"] for each in credits], dtype=object),
            "quantity": pd.Series([each.get("quantity") for each in credits], dtype=float),
            "approved_by": pd.Series([each.get("approved_by", "") for each in credits], dtype=object),
        }
    )
    return {"hours": time.worked(rows, granted, credit_hours or {})[MONTH, "P"]}


def _personal(
    period: str,
    role: str,
    organisation: float,
    hours: float,
    statutory: float,
    basis: str,
    democratic: pd.DataFrame | None,
    weights: dict[str, float],
) -> Result:
    people = pd.DataFrame({"period": [period], "staff": ["P"], "role": [role], "hours": [float(hours)], "statutory_hours": [float(statutory)]})
    people["division"] = "D"
    points = people_.time_points(people, full_marks=100, basis=basis, standard_share=0.7)
    worth = people_.unit(people, full_marks=100, basis=basis)
    text = {name: np.array([value], dtype=object) for name, value in (("period", period), ("staff", "P"), ("division", "D"))}
    parts = {**text, "raw": np.array([float(organisation)]), "weight": np.array([1.0])}
    timed = people.assign(points=points, unit=worth)
    part = people_.part(timed, democratic, weights=weights, cap=None if basis == "hours" else 100, decimals=2)
    _, own, score = people_.score(timed, part, parts, head=HEAD, deputy=DEPUTY, decimals=2)
    return {"personal": own[0], "score": score[0]}


def personal_month(role: str, organisation: float, hours: float, statutory: float, basis: str = "statutory") -> Result:
    """A person's month: hours alone, blended with the organisation."""
    return _personal(MONTH, role, organisation, hours, statutory, basis, None, {"hours": 0.7, "democratic": 0.3})


def personal_year(role: str, organisation: float, hours: float, statutory: float, democratic: float, weights: dict[str, float]) -> Result:
    """A person's year: hours and democratic appraisal, blended with the organisation."""
    votes = pd.DataFrame({"subject": ["P"], "rater_group": ["同事"], "mean": [float(democratic)], "weight": [1.0]})
    return _personal("2023", role, organisation, hours, statutory, "statutory", votes, weights)


def absence(
    spells: list[list[str]],
    kind: str = "sick",
    at_limit: str = "included",
    counts: str = "cumulative",
    counted_in: str = "calendar_months",
) -> Result:
    """One person's absences of a year, and whether they exclude."""
    rows = pd.DataFrame({"staff": "P", "kind": kind, "start": [day(start) for start, _ in spells], "end": [day(end) for _, end in spells]})
    away = time.absent(rows, 2023, ["sick", "personal", "training", "secondment"], 30)
    own = away.loc["P"] if "P" in away.index else pd.Series({"months": 0, "days": 0})
    beyond = time.over(away, 3, at_limit=at_limit, spells=counts, counted_in=counted_in, days_per_month=30)
    return {"months": int(own["months"]), "days": int(own["days"]), "excluded": "P" in beyond}


def exemption(applied: str = "", head: str = "", leader: str = "", director: str = "") -> Result:
    """Whether an application counts."""
    steps = {"applied": applied, "head": head, "leader": leader, "director": director}
    frame = pd.DataFrame({step: pd.Series([day(text)], dtype="datetime64[s]") for step, text in steps.items()})
    return {"granted": bool(time.exempt(frame, 2023, list(steps)).iloc[0])}


def places(divisions: int, rounding: str, tie_order: list[str] | None = None) -> Result:
    """How many divisions a tier takes."""
    try:
        return ranking.apportion(pd.Series(SHARES), divisions, rounding, tie_order).to_dict()
    except ranking.TieError as error:
        return {"undecided": error.tied}


def tiers(
    scores: list[float],
    mean_hours: list[float] | None = None,
    deductions: list[float] | None = None,
    orders: dict[str, float] | None = None,
    vetoed: list[int] = (),
    group: list[str] | None = None,
    groups: str = "together",
    effect: str = "lose_title",
    rounding: str = "largest_remainder",
    at_border: str = "chain",
) -> Result:
    """Tiers of divisions called 1, 2, 3 … in the order given."""
    number = len(scores)
    frame = pd.DataFrame(
        {
            "division": [str(each) for each in range(1, number + 1)],
            "group": group or ["business"] * number,
            "score": [float(score) for score in scores],
            "mean_hours": mean_hours or [1700.0] * number,
            "deductions": deductions or [0.0] * number,
            "vetoed": [each in vetoed for each in range(1, number + 1)],
        }
    )
    keys = tiering.chain(frame, ["mean_hours", "deductions"], orders or {}, 2)
    found = tiering.assign(
        frame,
        keys,
        shares=SHARES,
        rounding=rounding,
        place_tie_order=["A", "B", "C"],
        groups=groups,
        at_border=at_border,
        effect=effect,
    )
    return {"tiers": [one(tier) for tier in found]}


def headroom(scores: list[float], tiers: list[str]) -> Result:
    """Points to the next better tier."""
    frame = pd.DataFrame({"score": scores, "tier": tiers})
    return {"headroom": [one(gap) for gap in tiering.headroom(frame, SHARES)]}


def banded(scores: list[float | None], bands: dict[str, float], vetoed: list[int] = (), effect: str = "lose_title") -> Result:
    """Tiers of divisions called 1, 2, 3 … by bands of score, and the points to the next tier."""
    numbers = range(1, len(scores) + 1)
    frame = pd.DataFrame({"division": map(str, numbers), "score": pd.Series(scores, dtype=float), "vetoed": [each in vetoed for each in numbers]})
    frame["tier"] = tiering.banded(frame, shares=SHARES, bands=bands, effect=effect)
    gaps = ranking.half_up(tiering.headroom_to_bands(frame, SHARES, bands), 2)
    return {"tiers": [one(tier) for tier in frame["tier"]], "headroom": [one(gap) for gap in gaps]}


def quotas(tier: str, people: list[int], rounding: str = "floor") -> Result:
    """Places for excellent in divisions of one tier."""
    names = [str(number) for number in people]
    frame = pd.DataFrame({"division": names, "tier": tier})
    counted = pd.Series(people, index=names, dtype=float)
    return {"places": tiering.excellent_places(frame, counted, {"A": 0.7, "B": 0.5, "C": 0.2}, rounding).to_list()}


def quota(tier: str, people: int) -> Result:
    """Places for excellent in one division."""
    return {"places": quotas(tier, [people])["places"][0]}


def excellent(
    places: int,
    scores: list[float],
    hours: list[float] | None = None,
    democratic: list[float] | None = None,
    eligible: list[bool | None] | None = None,
    orders: dict[str, float] | None = None,
    at_last_place: str = "chain",
) -> Result:
    """Who of a division is excellent; its people are called 1, 2, 3 … in the order given."""
    number = len(scores)
    frame = pd.DataFrame(
        {
            "staff": [str(place) for place in range(1, number + 1)],
            "division": "D",
            "score": [float(score) for score in scores],
            "hours": hours or [1800.0] * number,
            "democratic": democratic or [85.0] * number,
            "eligible": pd.Series(eligible or [True] * number, dtype=object),
        }
    )
    return {"excellent": [one(each) for each in tiering.excellent(frame, {"D": places}, orders or {}, at_last_place, 2)]}


def annual_factor(tier: str) -> Result:
    """Division coefficient times each personal coefficient of the plan."""
    given = PLAN.spec.payouts.personal_coefficients.value
    number, division = len(given), PLAN.spec.tiers.coefficients.value[tier]
    people = {
        "period": np.full(number, "2023", dtype=object),
        "staff": np.array(list(given), dtype=object),
        "base": np.ones(number),
        "year_share": np.ones(number),
        "division_coefficient": np.full(number, division),
        "own_coefficient": np.array(list(given.values())),
    }
    return payout.annual(people, decimals=2).frame().set_index("subject")["weight"].to_dict()


def _led(tiers: list[str | None], weights: list[float] | None = None) -> float | None:
    names = [f"D{number}" for number in range(len(tiers))]
    posts = pd.DataFrame({"period": "2023", "staff": "L", "division": names, "days": 365})
    values = pd.DataFrame({"period": "2023", "division": names, "value": pd.Series([TIERS.get(tier or "") for tier in tiers], dtype=float)})
    parts = postings.by_days(posts, values, whole=True)
    if weights:
        parts = postings.reweighted(parts, values.assign(value=[float(each) for each in weights]))
    mean = postings.mean_of(parts, pd.Series(["2023"]), pd.Series(["L"]))[0]
    return None if pd.isna(mean) else float(mean)


def leader(tiers: list[str | None], weights: list[float] | None = None) -> Result:
    """The coefficient of a leader, to four decimals."""
    found = _led(tiers, weights)
    return {"coefficient": None if found is None else ranking.half_up(found, 4)}


def annual(base: float, division: float | None, own: float, share: float = 1) -> Result:
    """One person's annual payment."""
    numbers = {"base": base, "year_share": share, "division_coefficient": division, "own_coefficient": own}
    people = {"period": np.array(["2023"]), "staff": np.array(["P"]), **{name: np.array([each], dtype=float) for name, each in numbers.items()}}
    return {"amount": amount_of(payout.annual(people, decimals=2), "P")}


def leader_payout(tiers: list[str | None], base: float, own: float) -> Result:
    """A leader's annual payment."""
    return annual(base, _led(tiers), own)


def monthly_organisation(base: float, score: float | None, role: str = "head") -> Result:
    """The organisation part of one month."""
    people = pd.DataFrame({"period": [MONTH], "staff": ["P"], "role": [role], "base": [float(base)], "score": pd.Series([score], dtype=float)})
    return {"amount": amount_of(payout.organisation(people, roles=["leader", "head", "deputy"], full_marks=100, decimals=2), "P")}


def competition(people: list[Mapping[str, Any]], statutory: float, competition: str = "proportional", hour_rate: float = 0) -> Result:
    """A division's month of competition: everybody's amount and the remainder."""
    names = [f"P{number}" for number in range(len(people))]
    frame = pd.DataFrame(
        {
            "period": MONTH,
            "staff": names,
            "division": "D",
            "role": [each.get("role", "member") for each in people],
            "base": [float(each["base"]) for each in people],
            "hours": [float(each["hours"]) for each in people],
            "statutory_hours": float(statutory),
        }
    )
    lines = payout.competitive(frame, roles=["deputy", "member"], standard_share=0.7, competition=competition, hour_rate=float(hour_rate), decimals=2)
    return {"amounts": [amount_of(lines, name) for name in names], "remainder": amount_of(lines, "D")}


def _known_days(known_to: str = "2024-02-28") -> pd.Series:
    """The published workdays of 2023 and what is known of 2024."""
    none = pd.DataFrame(columns=[column.name for column in TABLES["calendar"].columns])
    days = pd.concat([workdays(2023, none), days_after(2023, none)])
    return days[days.index <= known_to]


def _shown(date: Any) -> str | None:
    return None if pd.isna(date) else str(date.date())


def meeting(month: str, deadline_workdays: int = 2, known_to: str = "2024-02-28") -> Result:
    """When a month is reviewed, and until when its completion is due."""
    found = rhythm.meetings([month], _known_days(known_to), meeting_day=5, deadline_workdays=deadline_workdays).iloc[0]
    return {"meeting": _shown(found["meeting"]), "due": _shown(found["due"])}


def review(day: str, review_weekday: str = "tuesday") -> Result:
    """When the work of one day is reviewed."""
    days = pd.Series([pd.Timestamp(day)], dtype="datetime64[s]")
    found = rhythm.review_of(days, _known_days(), review_weekday=review_weekday).iloc[0]
    return {"week": _shown(found["week"]), "due": _shown(found["due"]), "moved": bool(found["due"] != found["planned"])}


def reviews(month: str) -> Result:
    """The weekly reviews planned in a month."""
    found = rhythm.reviews([month], _known_days(), review_weekday="tuesday")
    return {"due": [_shown(date) for date in found["due"]], "moved": found["moved"].to_list()}


def late(done: str | None = None, due: str | None = None) -> Result:
    """Whether one thing was done late."""
    found = rhythm.late(*(pd.Series([day(text)], dtype="datetime64[s]") for text in (done, due)))
    return {"late": bool(found[0])}


def half_up(value: float, decimals: int) -> Result:
    """One published number."""
    return {"value": ranking.half_up(value, decimals)}


def weighted_sum(parts: list[list[float]], decimals: int) -> Result:
    """A published number made of weighted parts."""
    return half_up(sum(weight * value for weight, value in parts), decimals)


def _leaves(part: str, goals: list[list[float | None]], weights: list[float] | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A part's tree with one first-level indicator a list of goals, and what each goal has reached."""
    first = [f"{part}{number}" for number in range(1, len(goals) + 1)]
    under = [(f"{name}-{number}", name) for name, each in zip(first, goals, strict=True) for number in range(1, len(each) + 1)]
    tree = pd.DataFrame({"indicator": [part, *first, *(leaf for leaf, _ in under)], "parent": ["", *[part] * len(first), *(name for _, name in under)]})
    given = pd.Series([None] * (1 + len(first)) + list(weights or [None] * len(under)), dtype=float)
    tree = tree.assign(part=part, weight=given, title="", division="D", person="P", target=np.nan, direction="")
    reached = pd.Series([value for each in goals for value in each], dtype=float)
    done = pd.DataFrame({"indicator": [leaf for leaf, _ in under], "completion": reached, "uncapped": reached, "source": "given"})
    return tree, done


def counted(goals: list[int], first_level_planned: int | None, goals_planned: int | None) -> Result:
    """First-level indicators and goals of a part beside the plan's; ``goals``: how many each first-level indicator has."""
    tree, _ = _leaves("A", [[100.0] * each for each in goals])
    found = tree_.counted(tree, {"A": {"first_level": first_level_planned, "goals": goals_planned}})
    return {**dict(zip(found["kind"], found["found"], strict=True)), "fits": bool(found["fits"].all())}


def goal_weights(goals: list[int], siblings: str) -> Result:
    """Each goal's weight in its part, none of them being given."""
    tree, _ = _leaves("A", [[100.0] * each for each in goals])
    return {"weights": ranking.half_up(tree_.path_weights(tree_.filled(tree, siblings)), 14).to_list()}


def bureau_of(parts: dict[str, float], **first: list[float | None]) -> Result:
    """The bureau's score, from the completions of first-level indicators with one goal each."""
    trees, done = zip(*(_leaves(part, [[each] for each in first[part]]) for part in parts), strict=True)
    tree, completions = pd.concat(trees, ignore_index=True), pd.concat(done, ignore_index=True)
    completions.index = tree.index[~tree["indicator"].isin(tree["parent"])]
    results = pd.DataFrame({"indicator": [], "progress": [], "innovation": []})
    made_of = tree_.first_level(tree, completions, results, shares={}, missing="none")
    lines = tree_.bureau_score(tree, completions, made_of, period="2023", subject="B", parts=parts, decimals=2)
    return {"score": one(ledger.published(lines, 2, "2023", ["B"])[0])}


def first_level(
    goals: list[float | None],
    progress: float | None = None,
    innovation: float | None = None,
    weights: list[float] | None = None,
    missing: str = "none",
) -> Result:
    """A first-level indicator under the plan's shares, to two decimals."""
    tree, done = _leaves("business", [goals], weights)
    graded = {name: pd.Series([value], dtype=float) for name, value in (("progress", progress), ("innovation", innovation))}
    results = pd.DataFrame({"indicator": ["business1"], **graded})
    made_of = tree_.first_level(tree, done, results, shares=WATER.spec.components.indicators.shares.value, missing=missing)
    return {"score": one(ranking.half_up(tree_.first_level_scores(made_of)["business1"], 2))}


def reached(verified: str = "verified", target: float | None = None, direction: str = "", **numbers: float) -> Result:
    """What a goal has reached of 100, and which of the numbers on record that is."""
    tree, _ = _leaves("A", [[None]])
    tree = tree.assign(target=pd.Series([None, None, target], dtype=float), direction=["", "", direction])
    columns = ("result", "completion", "self_score", "verified_score")
    results = pd.DataFrame({"indicator": ["A1-1"], **{name: pd.Series([numbers.get(name)], dtype=float) for name in columns}})
    found = tree_.completion(results, tree, cap=100, verified=verified).iloc[0]
    return {"completion": one(ranking.half_up(found["completion"], 6)), "from": found["source"]}


def on_schedule(target: float, result: float, due: str, at: str) -> Result:
    """A goal against the time passed since New Year."""
    tree, done = _leaves("A", [[100 * result / target]])
    found = tree_.behind(tree.assign(due=pd.Series([pd.NaT, pd.NaT, day(due)])), done, start=day("2023-01-01"), on=day(at)).iloc[0]
    return {"behind": ranking.half_up(found["behind"], 2), "overdue": bool(found["overdue"])}


def doubled(titles: dict[str, list[str]]) -> Result:
    """Titles of first-level indicators that stand in more than one part."""
    rows = [(part, f"{part}{number}", title) for part, each in titles.items() for number, title in enumerate(each)]
    return {"twice": [fault.values["title"] for fault in tree_.doubled(pd.DataFrame(rows, columns=["part", "indicator", "title"]))]}


def fieldwork(listed: int, phone: int, visit: int) -> Result:
    """What a round falls short of, one stratum being asked."""
    people, done = pd.Series({"S": 12000}), phone + visit
    entries = pd.DataFrame({"round": "2023-07", "entry": [f"E{each}" for each in range(listed)], "stratum": "S", "selected": "main"})
    responses = entries.iloc[:done].assign(mode=["phone"] * phone + ["visit"] * visit, outcome="complete", score=80.0)
    rule = WATER.spec.components.survey
    found = survey.warnings(entries, responses, people, names=rule.names.value, phone_share=rule.phone_share.value, returns=rule.minimum.value)
    return {"warned": found["kind"].to_list()}


def allocation(people: list[int], names: int, method: str, minimum: int) -> Result:
    """Names of each stratum."""
    population = pd.Series(people, index=[f"S{number}" for number in range(len(people))])
    return {"names": survey.allocate(population, names, method, minimum).to_list()}


def round_mean(people: list[int], scores: list[list[float]]) -> Result:
    """A round's mean over all people."""
    return {"mean": round_error(people, scores)["mean"]}


def round_error(people: list[int], scores: list[list[float]], selection: str = "random") -> Result:
    """A round's mean with its standard error, to two decimals; ``scores``: the returns of each stratum."""
    names = [f"S{number}" for number in range(len(people))]
    rows = [(name, float(score)) for name, each in zip(names, scores, strict=True) for score in each]
    found = survey.stratified_mean(pd.DataFrame(rows, columns=["stratum", "score"]), pd.Series(people, index=names), quota=selection == "quota")
    return {"mean": ranking.half_up(found.mean, 2), "se": one(ranking.half_up(found.se, 2))}


def _estimate(mean: float, se: float = 1.0) -> survey.Estimate:
    return survey.Estimate(mean=mean, se=se, interval=(mean - 2 * se, mean + 2 * se), df=79, confidence=0.95, quota=False)


def survey_year(rounds: list[float], combine: str) -> Result:
    """The year from its rounds."""
    found = survey.combine({str(number): _estimate(mean) for number, mean in enumerate(rounds)}, combine)
    return {"mean": ranking.half_up(found.mean, 2)}


def survey_change(before: list[float], after: list[float]) -> Result:
    """From one mean with its error to the next."""
    found = survey.change(_estimate(*before), _estimate(*after))
    return {"difference": ranking.half_up(found.difference, 6), "se": ranking.half_up(found.se, 2), "exceeds": found.exceeds_error}


def _visits(points: list[float | None], mode: str = "open", circulated_on: str | None = None) -> pd.DataFrame:
    number = len(points)
    return pd.DataFrame({
        "inspection": [f"CF-{each}" for each in range(1, number + 1)], "date": pd.Series([day("2023-07-24")] * number, dtype="datetime64[s]"),
        "mode": mode, "aspect": "conduct", "division": "D", "finding": "问题", "points": pd.Series(points, dtype=float),
        "circulated_on": pd.Series([day(circulated_on)] * number, dtype="datetime64[s]"),
    })  # fmt: skip


def visit(at: str, use: str, points: float | None = None, circulated_on: str | None = None) -> Result:
    """What one visit of 24 July means on a day, and what it costs."""
    effects = visits_.effect(_visits([points], circulated_on=circulated_on), use=use, on=day(at))
    return {"effect": effects["effect"].iloc[0], "points": visits_.deductions(effects, period="2023", decimals=2)["value"].sum()}


def visit_public(mode: str, at: str, circulated_on: str | None = None) -> Result:
    """Whether the public edition of a day shows a visit."""
    return {"public": bool(len(visits_.public(_visits([2], mode, circulated_on), day(at))))}


def sealed_log(points: list[float], later: list[float]) -> Result:
    """What happened to a log after it was sealed."""
    return {"broken": visits_.broken(_visits(later), visits_.log_chain(_visits(points))).to_numpy().tolist()}


def approval(matter: str, step: str = "submitted", done: str | None = None, year: int = 2023) -> Result:
    """One step of a matter's way: when due, when done, whether late."""
    columns = [column.name for column in TABLES["approvals"].columns]
    rows = pd.DataFrame([(str(year), matter, step, "", day(done), "")] if done else [], columns=columns).astype({"on": "datetime64[s]"})
    steps = office.approvals(replace(WATER, spec=WATER.spec.model_copy(update={"year": year})), {"approvals": rows})
    found = steps[(steps["matter"] == matter) & (steps["step"] == step)].iloc[0]
    return {"due": _shown(found["due"]), "done": _shown(found["on"]), "late": bool(found["late"])}


FUNCTIONS = {
    "month": month,
    "year_of_months": year_of_months,
    "adjustments": lambda register, **given: adjustments(register_=register, **given),
    "appraisal": appraisal,
    "statutory_hours": statutory_hours,
    "mean_hours": mean_hours,
    "personal_points": personal_points,
    "paid_by": paid_by,
    "standard_payout": standard_payout,
    "worked_hours": worked_hours,
    "personal_month": personal_month,
    "personal_year": personal_year,
    "absence": absence,
    "exemption": exemption,
    "places": places,
    "tiers": tiers,
    "headroom": headroom,
    "banded": banded,
    "quota": quota,
    "quotas": quotas,
    "excellent": excellent,
    "annual_factor": annual_factor,
    "leader": leader,
    "leader_payout": leader_payout,
    "annual": annual,
    "monthly_organisation": monthly_organisation,
    "competition": competition,
    "meeting": meeting,
    "review": review,
    "reviews": reviews,
    "late": late,
    "half_up": half_up,
    "weighted_sum": weighted_sum,
    "counted": counted,
    "goal_weights": goal_weights,
    "bureau_of": bureau_of,
    "first_level": first_level,
    "reached": reached,
    "on_schedule": on_schedule,
    "doubled": doubled,
    "fieldwork": fieldwork,
    "allocation": allocation,
    "round_mean": round_mean,
    "round_error": round_error,
    "survey_year": survey_year,
    "survey_change": survey_change,
    "visit": visit,
    "visit_public": visit_public,
    "sealed_log": sealed_log,
    "approval": approval,
}
CASES = [(case["id"], case) for file in sorted((HERE / "cases").glob("*.yaml")) for case in yaml.safe_load(file.read_text(encoding="utf-8"))]


def expected(value: Any) -> Any:
    """Numbers to nine decimals, everything else as it stands."""
    if isinstance(value, list):
        return [expected(each) for each in value]
    return pytest.approx(value, abs=1e-9) if isinstance(value, float | int) and not isinstance(value, bool) else value


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES])
def test_rule(case: dict[str, Any]) -> None:
    found = FUNCTIONS[case["function"]](**case["given"])
    assert found == {name: expected(value) for name, value in case["expect"].items()}, case["rule"]


def test_every_function_has_a_case() -> None:
    assert {case["function"] for _, case in CASES} == set(FUNCTIONS)


def test_every_sentence_cites_its_plan_and_stands_once() -> None:
    """A clause of the scheme, or the place in the plan where the scheme has no clause: 四、（二）."""
    known = {plan: scheme.spec.clauses for plan, scheme in (("P", PLAN), ("W", WATER), ("T", TOWNSHIP))}
    cited = [(name[0], case["rule"], re.findall(r"（([0-9.]+|[一二三四五六]、（[一二三四五六]）)）$", case["rule"])) for name, case in CASES]
    assert [rule for plan, rule, found in cited if len(found) != 1 or (found[0][0].isdigit() and found[0] not in known[plan])] == []
    sentences = [rule for _, rule, _ in cited]
    assert len(set(sentences)) == len(sentences)
