"""Personal scores: time, appraisal, and the organisation's share of heads and deputies (plan 二、3, second paragraph)."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from perfkit.scoring import appraisal, keys, ledger, postings, ranking

Basis = Literal["statutory", "standard", "division_mean", "division_max", "hours"]


def time_points(people: pd.DataFrame, *, full_marks: float, basis: Basis, standard_share: float) -> pd.Series:
    """Hours as points, uncapped: ``full_marks`` × hours ÷ statutory hours.

    The other readings divide by the standard part of them, or by the division's mean or most hours of the period;
    with ``hours`` nothing is divided and all scores are in hours. ``people``: period, division, hours, statutory_hours.
    """
    hours = people["hours"]
    division = hours.groupby([people["period"], people["division"]])
    match basis:
        case "hours":
            return hours
        case "division_mean" | "division_max":
            among = division.transform("mean" if basis == "division_mean" else "max")
            return (full_marks * hours / among.where(among > 0)).fillna(0.0)
    return full_marks * hours / (people["statutory_hours"] * (standard_share if basis == "standard" else 1.0))


def unit(people: pd.DataFrame, *, full_marks: float, basis: Basis) -> pd.Series:
    """What a point is worth in each person's score: 1, or with ``hours`` its part of the statutory hours."""
    return people["statutory_hours"] / full_marks if basis == "hours" else people["statutory_hours"] * 0 + 1.0


def own_share(role: Any, head: Mapping[Any, float], deputy: Mapping[Any, float], part: str) -> np.ndarray:
    """What ``part`` (organisation or personal) counts in each person's score; a member is all personal."""
    of = {"head": head[part], "deputy": deputy[part], "member": 1.0 if part == "personal" else 0.0}
    return np.array([of.get(each, np.nan) for each in role], dtype=float)


def score(
    people: pd.DataFrame, own: ledger.Lines, organisation: postings.Parts, *, head: Mapping[Any, float], deputy: Mapping[Any, float], decimals: int
) -> tuple[ledger.Lines, np.ndarray, np.ndarray]:
    """Ledger lines of each person's score, and in the order of ``people`` the personal part and the score as published.

    ``people``: period, staff, role, unit. ``own``: the personal part, as of ``part``. ``organisation``: as of
    ``postings.by_days``. The personal part is rounded before it enters the blend, and so is the result; whoever lacks a
    part has no lines and NaN. Example: organisation 90 and 132 of 176 h → head 87, deputy 78.
    """
    role, worth = people["role"].to_numpy(dtype=object), people["unit"].to_numpy()
    personal = ledger.published(own, decimals, people["period"], people["staff"])
    whose = keys.positions([people["period"], people["staff"]], [own["period"], own["subject"]])
    blend = np.array([{"head": ";personal.head", "deputy": ";personal.deputy"}.get(each, "") for each in role], dtype=object)
    own = own.but(weight=own["weight"] * own_share(role, head, deputy, "personal")[whose], rules=own["rules"] + blend[whose])
    place = keys.positions([people["period"], people["staff"]], [organisation["period"], organisation["staff"]])
    known = np.flatnonzero(place >= 0)
    known = known[keys.among(role[place[known]], ("head", "deputy"))]
    part, place = {name: column[known] for name, column in organisation.items()}, place[known]
    blended = ledger.lines(
        known, period=part["period"], subject=part["staff"], measure="score", component="organisation", item=part["division"], raw=part["raw"],
        weight=part["weight"] * own_share(role[place], head, deputy, "organisation") * worth[place], rules="personal." + role[place],
    )  # fmt: skip
    whole = ~np.isnan(personal) & (role == "member")
    whole[place] = ~np.isnan(personal[place])
    found = ledger.rounded(ledger.joined([own[whole[whose]], blended[whole[place]]]), decimals, "rounding.score_decimals")
    return found, personal, ledger.published(found, decimals, people["period"], people["staff"])


def part(people: pd.DataFrame, democratic: pd.DataFrame | None, *, weights: Mapping[Any, float], cap: float | None, decimals: int) -> ledger.Lines:
    """Ledger lines of each person's own part, capped and rounded, before it is blended with the organisation's.

    ``people``: period, staff, hours, statutory_hours, points (uncapped), unit. ``democratic``: as of
    ``appraisal.group_means``, None for a month, which is hours alone.
    """
    share = weights["hours"] if democratic is not None else 1.0
    rules = "hours.credit_kinds;hours.hours_per_day;personal.basis;personal.full_marks"
    rules += ";personal.parts;personal.weights" if democratic is not None else ""
    note = [f"{hours:.2f} h ÷ {whole:.2f} h" for hours, whole in zip(people["hours"], people["statutory_hours"], strict=True)]
    time = ledger.lines(
        people.index, period=people["period"], subject=people["staff"], measure="score", component="hours", item="hours",
        raw=people["points"], weight=share, rules=rules, note=note,
    )  # fmt: skip
    each = np.arange(len(people))
    parts = [time if cap is None else ledger.corrected(time, each, np.minimum(time["value"], cap * share), "cap", "personal.cap")]
    if democratic is not None:
        place = keys.positions([people["staff"]], [democratic["subject"]])
        rated = np.isin(each, place)
        parts = [parts[0][rated[keys.positions([people["staff"]], [parts[0]["subject"]])]]]
        votes = democratic[place >= 0]
        worth = weights["democratic"] * people["unit"].to_numpy()[place[place >= 0]]
        parts.append(appraisal.score(votes, period=str(people["period"].iloc[0]) if len(people) else "", component="democratic", weight=worth,
                                     rules="personal.parts;personal.weights;personal.democratic_points;personal.democratic_groups"))  # fmt: skip
    return ledger.rounded(ledger.joined(parts), decimals, "rounding.score_decimals")


def rank_within(people: pd.DataFrame, score: np.ndarray, decimals: int) -> np.ndarray:
    """Competition rank of each person's score within period and division."""
    return ranking.rank_in(keys.codes([people["period"], people["division"]]), ranking.half_up(score, decimals))
