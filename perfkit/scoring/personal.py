"""Personal scores: time, appraisal, and the organisation's share of heads and deputies (plan 二、3, second paragraph)."""

from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd

from perfkit.scoring import appraisal, ledger, ranking

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


def own_share(role: pd.Series, head: Mapping[Any, float], deputy: Mapping[Any, float], part: str) -> pd.Series:
    """What ``part`` (organisation or personal) counts in each person's score; a member is all personal."""
    member = {"organisation": 0.0, "personal": 1.0}
    return role.map({"head": head[part], "deputy": deputy[part], "member": member[part]}).astype(float)


def score(
    people: pd.DataFrame,
    organisation: pd.DataFrame,
    democratic: pd.DataFrame | None,
    *,
    weights: Mapping[Any, float],
    head: Mapping[Any, float],
    deputy: Mapping[Any, float],
    cap: float | None,
    decimals: int,
) -> tuple[pd.DataFrame, pd.Series]:
    """Ledger lines of each person's score, and (period, staff) → the personal part as published.

    ``people``: period, staff, role, hours, statutory_hours, points (uncapped), unit. ``organisation``: parts as of
    ``postings.by_days``. ``democratic``: as of ``appraisal.group_means``, None for a month, which is hours
    alone. The personal part is rounded before it enters the blend, and so is the result; whoever lacks a
    part has no lines. Example: organisation 90 and 132 of 176 h → head 87, deputy 78.
    """
    personal_lines = _personal(people, democratic, weights, cap, decimals)
    personal = ledger.published(personal_lines, decimals)
    role = pd.Series(people["role"].to_numpy(), _keys(people, "staff"))
    worth = pd.Series(people["unit"].to_numpy(), _keys(people, "staff"))
    own = personal_lines.copy()
    whose = role.reindex(_keys(own, "subject"))
    own["weight"] *= own_share(whose, head, deputy, "personal").to_numpy()
    own["rules"] += whose.map({"head": ";personal.head", "deputy": ";personal.deputy"}).fillna("").to_numpy()
    own["value"] = own["raw"] * own["weight"]
    part = organisation.assign(role=role.reindex(_keys(organisation, "staff")).to_numpy())
    part = part[part["role"].isin(["head", "deputy"])]
    blended = ledger.lines(
        part.index, period=part["period"], subject=part["staff"], measure="score", component="organisation", item=part["division"],
        raw=part["raw"],
        weight=part["weight"] * own_share(part["role"], head, deputy, "organisation") * worth.reindex(_keys(part, "staff")).to_numpy(),
        rules="personal." + part["role"].astype(str),
    )  # fmt: skip
    whole = role[(role == "member") | role.index.isin(_keys(part, "staff"))].index.intersection(personal.index)
    found = ledger.joined([own, blended])
    found = found[_keys(found, "subject").isin(whole)]
    return ledger.rounded(found, decimals, "rounding.score_decimals"), personal


def _personal(people: pd.DataFrame, democratic: pd.DataFrame | None, weights: Mapping[Any, float], cap: float | None, decimals: int) -> pd.DataFrame:
    """Lines of the personal part alone, capped and rounded."""
    share = weights["hours"] if democratic is not None else 1.0
    rules = "hours.credit_kinds;hours.hours_per_day;personal.basis;personal.full_marks"
    rules += ";personal.parts;personal.weights" if democratic is not None else ""
    note = [f"{hours:.2f} h ÷ {whole:.2f} h" for hours, whole in zip(people["hours"], people["statutory_hours"], strict=True)]
    time = ledger.lines(
        people.index, period=people["period"], subject=people["staff"], measure="score", component="hours", item="hours",
        raw=people["points"], weight=share, rules=rules, note=note,
    )  # fmt: skip
    parts = [time if cap is None else ledger.corrected(time, ledger.sums(time).clip(upper=cap * share), "cap", "personal.cap")]
    if democratic is not None:
        rated = people["staff"].isin(democratic["subject"])
        parts = [parts[0][parts[0]["subject"].isin(people.loc[rated, "staff"])]]
        votes = democratic[democratic["subject"].isin(people["staff"])]
        worth = weights["democratic"] * people.set_index("staff")["unit"]
        parts.append(appraisal.score(votes, period=str(people["period"].iloc[0]) if len(people) else "", component="democratic", weight=worth,
                                     rules="personal.parts;personal.weights;personal.democratic_points;personal.democratic_groups"))  # fmt: skip
    return ledger.rounded(ledger.joined(parts), decimals, "rounding.score_decimals")


def _keys(frame: pd.DataFrame, subject: str) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(frame[["period", subject]], names=["period", "subject"])


def rank_within(people: pd.DataFrame, decimals: int) -> pd.Series:
    """Competition rank of ``score`` within each period and division."""
    published = ranking.half_up(people["score"], decimals)
    return published.groupby([people["period"], people["division"]]).rank(ascending=False, method="min")
