"""The planning bureau's year as a plain script: one function a rule, applied to each division, person or month.

Written from the method's description, the way a spreadsheet's formulas would be moved to pandas, and sharing no
rule with perfkit: it is what perfkit's result and its speed are measured against. Numbers come from the scheme;
where a scheme names alternative readings this script knows the shipped ones only.
"""

from collections.abc import Iterator, Mapping
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from math import floor, isnan, nan
from typing import Any

import pandas as pd

from perfkit.records import Records
from perfkit.scheme import Scheme

Rule = dict[str, Any]  # parameter path → value
DAY = pd.Timedelta(days=1)


def assess_year(scheme: Scheme, records: Records) -> dict[str, pd.DataFrame]:
    """The year's divisions, staff, leaders and payouts, and the months behind them."""
    rule: Rule = {path: parameter.value for path, parameter in scheme.parameters.items()}
    year = str(scheme.year)
    posts, leads = division_posts(records["postings"])
    out = excluded(rule, records, scheme.year)
    orders = decided_orders(records["decisions"], year)
    given = records["ratings"][records["ratings"]["year"] == year].set_index("staff")["rating"]
    bases = records["payout_bases"][records["payout_bases"]["year"] == year].set_index("grade")

    division_months = months_of_divisions(rule, records, year)
    scores = dict(zip(zip(division_months["month"], division_months["division"], strict=True), division_months["score"], strict=True))
    monthly = cut(pd.concat([posts, leads]), [pd.Period(f"{year}-{month:02d}") for month in range(1, 13)])
    people, chiefs = months_of_people(rule, records, monthly, scores, out)
    paid = [*monthly_payouts(rule, people, chiefs, bases)]

    yearly = cut(pd.concat([posts, leads]), [pd.Period(year)])
    yearly = yearly.sort_values(["staff", "to", "from"], kind="stable")
    leading = yearly.groupby("staff")["role"].last() == "leader"
    inside = yearly[~yearly["staff"].map(leading) & (yearly["role"] != "leader")]
    leading_posts = yearly[yearly["staff"].map(leading) & (yearly["role"] == "leader") & ~yearly["staff"].isin(out)]

    staff = year_of_people(rule, people[people["staff"].isin(inside["staff"])], votes(rule, records, year, "democratic"))
    divisions = year_of_divisions(rule, records, year, division_months, staff, orders)
    by_division = divisions.set_index("division")
    staff = staff.set_index("staff")
    staff["organisation"] = inside.groupby("staff").apply(mean_over_posts, by_division["score"].to_dict(), whole=True)
    staff["division_coefficient"] = inside.groupby("staff").apply(mean_over_posts, by_division["coefficient"].to_dict(), whole=True)
    staff = staff.reset_index()
    staff["score"] = staff.apply(blended, axis=1, rule=rule)
    staff["rank"] = staff.groupby("division")["score"].rank(method="min", ascending=False)
    staff["rating"] = ratings(rule, staff, by_division, given, vetoed_heads(records, posts, year), orders)
    staff["coefficient"] = staff["rating"].map(rule["payouts.personal_coefficients"]).astype(float)

    leaders = leading_posts.groupby("staff").apply(mean_over_posts, by_division["coefficient"].to_dict(), whole=True).rename("division_coefficient")
    leaders = leaders.reset_index().assign(grade=leading_posts.groupby("staff")["grade"].last().to_numpy())
    leaders["coefficient"] = leaders["staff"].map(given).map(rule["payouts.personal_coefficients"]).astype(float)
    paid.append(annual_payouts(rule, pd.concat([staff, leaders], ignore_index=True), bases, year))
    return {
        "divisions": divisions, "staff": staff, "leaders": leaders[["staff", "division_coefficient"]],
        "payouts": pd.concat(paid, ignore_index=True), "division_months": division_months, "staff_months": people,
    }  # fmt: skip


def half_up(value: float, decimals: int) -> float:
    """Rounded as taught at school: 84.125 → 84.13."""
    return value if isnan(value) else float(Decimal(str(round(value, 9))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def down(value: float, decimals: int) -> float:
    """Rounded down."""
    return float(Decimal(str(round(value, 9))).quantize(Decimal(1).scaleb(-decimals), ROUND_FLOOR))


# --- who holds which post, who is left out ---


def division_posts(postings: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The posts inside divisions, and the divisions led."""
    placed = postings[postings["division"] != ""]
    return placed[placed["role"].isin(["head", "deputy", "member"])], placed[placed["role"] == "leader"]


def cut(postings: pd.DataFrame, periods: list[pd.Period]) -> pd.DataFrame:
    """The part of each post within each period: from, to, days."""
    spans = pd.DataFrame({"period": [str(each) for each in periods], "first": [each.start_time for each in periods],
                          "last": [each.end_time.normalize() for each in periods]})  # fmt: skip
    rows = postings.merge(spans, how="cross")
    rows["from"], rows["to"] = rows[["start", "first"]].max(axis=1), rows[["end", "last"]].min(axis=1)
    rows = rows[rows["from"] <= rows["to"]]
    return rows.assign(days=(rows["to"] - rows["from"]).dt.days + 1)


def mean_over_posts(own: pd.DataFrame, values: Mapping[Any, float], whole: bool = False) -> float:
    """The mean of the divisions' values over one person's posts, by days; ``whole``: none if one lacks a value."""
    parts = [(values.get(division, nan), days) for division, days in zip(own["division"], own["days"], strict=True)]
    known = [(value, days) for value, days in parts if not isnan(value)]
    if not known or (whole and len(known) < len(parts)):
        return nan
    return sum(value * days for value, days in known) / sum(days for _, days in known)


def excluded(rule: Rule, records: Records, year: int) -> set[str]:
    """Who was away too long or exempted in four steps."""
    absences = records["absences"]
    absences = absences[(absences["approved_by"] != "") & absences["kind"].isin(rule["exclusion.kinds"])]
    absences = absences[(absences["start"] <= pd.Timestamp(year, 12, 31)) & (absences["end"] >= pd.Timestamp(year, 1, 1))]
    away = {str(staff) for staff, own in absences.groupby("staff") if away_too_long(own, rule, year)}
    steps = rule["exclusion.exemption_steps"]
    return away | {asked["staff"] for _, asked in records["exemptions"].iterrows() if exempted_in_order(asked, steps, year)}


def away_too_long(own: pd.DataFrame, rule: Rule, year: int) -> bool:
    """Whether one person's spells, joined where they touch, come to more than the months allowed."""
    spells: list[tuple[pd.Timestamp, pd.Timestamp]] = []
    for start, end in own.sort_values("start")[["start", "end"]].itertuples(index=False):
        start, end = max(start, pd.Timestamp(year, 1, 1)), min(end, pd.Timestamp(year, 12, 31))
        if spells and start <= spells[-1][1] + DAY:
            start, end = spells[-1][0], max(spells.pop()[1], end)
        spells.append((start, end))
    months = days = 0
    for start, end in spells:
        whole = 0
        while start + pd.DateOffset(months=whole + 1) <= end + DAY:
            whole += 1
        months, days = months + whole, days + (end + DAY - (start + pd.DateOffset(months=whole))).days
    more, rest = divmod(days, rule["exclusion.days_per_month"])
    return (months + more, rest) > (rule["exclusion.months"], 0)


def exempted_in_order(asked: pd.Series, steps: list[str], year: int) -> bool:
    """Whether an exemption took all its steps, in order and within the year."""
    dates = [asked[step] for step in steps]
    return all(pd.notna(date) and date.year == year for date in dates) and dates == sorted(dates)


def decided_orders(decisions: pd.DataFrame, year: str) -> dict[str, float]:
    """Subject → its place in a decided tie."""
    decided = decisions[(decisions["period"] == year) & decisions["decided_on"].notna()]
    return dict(zip(decided["subject"], decided["order"], strict=True))


# --- divisions' months ---


def months_of_divisions(rule: Rule, records: Records, year: str) -> pd.DataFrame:
    """Month, division, score; no row where the month cannot be assessed."""
    items = records["plan_items"]
    items = items[items["month"].str.startswith(year)].copy()
    items["missed"] = items["completion"] < 1
    claimed = items["missed"] & (items["excused_by"] != "")
    directors = records["postings"][records["postings"]["role"] == "director"]
    items["excused"] = items.index.isin([row for row, item in items[claimed].iterrows() if excused(item, directors)])
    return items.groupby(["month", "division"]).apply(month_score, rule).dropna().rename("score").reset_index()


def excused(item: pd.Series, directors: pd.DataFrame) -> bool:
    """Whether the director of that day accepted the miss."""
    own = directors[directors["staff"] == item["excused_by"]]
    return bool(((own["start"] <= item["excused_on"]) & (own["end"].isna() | (own["end"] >= item["excused_on"]))).any())


def month_score(items: pd.DataFrame, rule: Rule) -> float:
    """100 points less half of what each unfinished, unexcused item is worth."""
    if items["completion"].isna().any():
        return nan
    full = rule["components.monthly_plan.full_marks"]
    points = items["points"] if items["points"].notna().any() else pd.Series(full / len(items), items.index)
    loss = points[items["missed"] & ~items["excused"]].sum() * rule["components.monthly_plan.unexcused_loss"]
    return half_up(max(full - loss, rule["components.monthly_plan.floor"]), rule["rounding.score_decimals"])


# --- people's months ---


def months_of_people(rule: Rule, records: Records, posts: pd.DataFrame, scores: Mapping[Any, float], out: set[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Everyone's months inside divisions, and those of leaders; who is left out has none."""
    calendar = records["calendar"]
    workdays = pd.DatetimeIndex(calendar.loc[calendar["workday"] == "yes", "date"])
    absences = records["absences"]
    leave = {str(staff): days_away(spells, workdays) for staff, spells in absences[absences["approved_by"] != ""].groupby("staff")}
    posts = posts[~posts["staff"].isin(out)].sort_values(["staff", "to", "from"], kind="stable")
    months = posts.groupby(["period", "staff"]).apply(person_month, rule, workdays, leave, scores)
    months = months.reset_index().rename(columns={"period": "month"})
    leaders, people = months[months["role"] == "leader"], months[(months["role"] != "leader") & (months["statutory"] > 0)].copy()
    people = people.merge(worked(rule, records), on=["month", "staff"], how="left").fillna({"hours": 0.0})
    people["personal"] = people.apply(time_points, axis=1, rule=rule).map(lambda points: half_up(points, rule["rounding.score_decimals"]))
    people["score"] = people.apply(blended, axis=1, rule=rule)
    people["rank"] = people.groupby(["month", "division"])["score"].rank(method="min", ascending=False)
    return people, leaders


def days_away(spells: pd.DataFrame, workdays: pd.DatetimeIndex) -> set[pd.Timestamp]:
    """The workdays one person was on leave."""
    return {day for start, end in zip(spells["start"], spells["end"], strict=True) for day in workdays[(workdays >= start) & (workdays <= end)]}


def person_month(own: pd.DataFrame, rule: Rule, workdays: pd.DatetimeIndex, leave: Mapping[str, set[pd.Timestamp]], scores: Mapping[Any, float]) -> pd.Series:
    """One person's month: the last day's post, the statutory hours, the mean score of the divisions."""
    month, staff = own.name
    last = own.iloc[-1]
    own = own[(own["role"] == "leader") == (last["role"] == "leader")]
    days = 0
    for start, end in zip(own["from"], own["to"], strict=True):
        posted = workdays[(workdays >= start) & (workdays <= end)]
        days += len(posted) - len(leave.get(staff, set()).intersection(posted))
    organisation = mean_over_posts(own, {division: scores.get((month, division), nan) for division in own["division"]})
    return pd.Series({"division": last["division"], "role": last["role"], "grade": last["grade"],
                      "statutory": float(days * rule["hours.hours_per_day"]), "organisation": organisation})  # fmt: skip


def worked(rule: Rule, records: Records) -> pd.DataFrame:
    """Month, staff, hours: approved ones on days in post, and approved credits."""
    hours = records["hours"]
    hours = hours[(hours["approved_by"] != "") & (hours["approved"] > 0)]
    posts, _ = division_posts(records["postings"])
    hours = hours[["staff", "date", "approved"]].merge(posts[["staff", "start", "end"]], on="staff")
    hours = hours[(hours["date"] >= hours["start"]) & (hours["end"].isna() | (hours["date"] <= hours["end"]))]
    hours = hours.assign(month=hours["date"].dt.strftime("%Y-%m"), hours=hours["approved"])
    credits = records["credits"]
    credits = credits[credits["approved_by"] != ""]
    credits = credits.assign(hours=credits["kind"].map(rule["hours.credits"]).astype(float) * credits["quantity"].fillna(1))
    both = pd.concat([hours[["month", "staff", "hours"]], credits[["month", "staff", "hours"]]])
    return both.groupby(["month", "staff"], as_index=False)["hours"].sum()


def time_points(person: pd.Series, rule: Rule) -> float:
    """Hours as a percentage of statutory hours, at most 100."""
    return min(rule["personal.full_marks"] * person["hours"] / person["statutory"], rule["personal.cap"])


def blended(person: pd.Series, rule: Rule) -> float:
    """A member's score is the personal one; heads and deputies answer for their division as well."""
    if person["role"] == "member":
        return person["personal"]
    share = rule[f"personal.{person['role']}"]
    return half_up(share["organisation"] * person["organisation"] + share["personal"] * person["personal"], rule["rounding.score_decimals"])


# --- payments ---


def monthly_payouts(rule: Rule, people: pd.DataFrame, leaders: pd.DataFrame, bases: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The organisation, standard and competitive parts: period, staff, kind, amount."""
    cents = rule["rounding.money_decimals"]
    both = pd.concat([people, leaders], ignore_index=True)
    both = both[both["role"].isin(rule["payouts.organisation_roles"]) & both["organisation"].notna()]
    amount = both["grade"].map(bases["monthly_organisation"]) * both["organisation"] / rule["components.monthly_plan.full_marks"]
    yield payments(both, "monthly_organisation", amount.map(lambda value: half_up(value, cents)))
    own = people[people["role"].isin(rule["payouts.standard_roles"])]
    yield payments(own, "monthly_standard", own.apply(standard, axis=1, rule=rule, bases=bases["monthly_standard"]))
    own = people[people["role"].isin(rule["payouts.competitive_roles"])]
    shares = own.groupby(["month", "division"], group_keys=False).apply(competition, rule, bases["competitive"])
    yield payments(own, "monthly_competitive", shares)


def payments(people: pd.DataFrame, kind: str, amount: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"period": people["month"], "staff": people["staff"], "kind": kind, "amount": amount})


def standard(person: pd.Series, rule: Rule, bases: pd.Series) -> float:
    """The whole standard part for who reaches the standard, nothing below it."""
    reached = round(person["hours"] - rule["hours.standard_share"] * person["statutory"], 9) >= 0
    return half_up(float(bases[person["grade"]]), rule["rounding.money_decimals"]) if reached else 0.0


def competition(rivals: pd.DataFrame, rule: Rule, bases: pd.Series) -> pd.Series:
    """Each one's share of the division's pool, by the hours above the standard."""
    excess = (rivals["hours"] - rule["hours.standard_share"] * rivals["statutory"]).round(9).clip(lower=0)
    if excess.sum() == 0:
        return excess
    amount = rivals["grade"].map(bases).sum() * excess / excess.sum()
    return amount.map(lambda value: down(value, rule["rounding.money_decimals"]))


def annual_payouts(rule: Rule, people: pd.DataFrame, bases: pd.DataFrame, year: str) -> pd.DataFrame:
    """Base × division coefficient × own coefficient."""
    amount = people["grade"].map(bases["annual"]) * people["division_coefficient"] * people["coefficient"]
    amount = amount.dropna().map(lambda value: half_up(value, rule["rounding.money_decimals"]))
    return payments(people.assign(month=year), "annual", amount).dropna(subset="amount")


# --- the year ---


def votes(rule: Rule, records: Records, year: str, kind: str) -> pd.Series:
    """Subject → the mean of its rater groups' mean points."""
    points = rule["components.appraisal.points"] if kind == "mass" else rule["personal.democratic_points"]
    ballots = records["appraisals"]
    ballots = ballots[(ballots["kind"] == kind) & (ballots["period"] == year)]
    groups = ballots.groupby(["subject", "rater_group"]).apply(mean_points, points)
    return groups.dropna().groupby("subject").mean()


def mean_points(ballot: pd.DataFrame, points: Mapping[str, float]) -> float:
    """One rater group's mean; none without votes."""
    number = ballot["votes"].sum()
    return (ballot["grade"].map(points).astype(float) * ballot["votes"]).sum() / number if number else nan


def year_of_people(rule: Rule, months: pd.DataFrame, democratic: pd.Series) -> pd.DataFrame:
    """One row a person: the months added up, the last month's post, the personal score."""
    year = months.sort_values("month", kind="stable").groupby("staff").apply(person_year).reset_index()
    year["democratic"] = year["staff"].map(democratic)
    weights = rule["personal.weights"]
    personal = weights["hours"] * year.apply(time_points, axis=1, rule=rule) + weights["democratic"] * year["democratic"]
    return year.assign(personal=personal.map(lambda points: half_up(points, rule["rounding.score_decimals"])))


def person_year(months: pd.DataFrame) -> pd.Series:
    """One person's months as a year."""
    return pd.Series({**months[["division", "role", "grade"]].iloc[-1], "hours": months["hours"].sum(), "statutory": months["statutory"].sum()})


def year_of_divisions(rule: Rule, records: Records, year: str, months: pd.DataFrame, staff: pd.DataFrame, orders: Mapping[str, float]) -> pd.DataFrame:
    """Score, rank, tier, coefficient and places of each division."""
    register = records["adjustments"]
    register = register[(register["date"].dt.year == int(year)) & register["decided_on"].notna()].copy()
    register["points"] = [adjustment(entry, rule) for _, entry in register.iterrows()]
    divisions = records["divisions"][["division"]].copy()
    name = divisions["division"]
    divisions["monthly_plan"] = name.map(months.groupby("division")["score"].mean())
    divisions["appraisal"] = name.map(votes(rule, records, year, "mass"))
    divisions["adjustments"] = name.map(register.groupby("division")["points"].sum()).fillna(0.0)
    divisions["deductions"] = -name.map(register[register["points"] < 0].groupby("division")["points"].sum()).fillna(0.0)
    divisions["mean_hours"] = name.map(staff.groupby("division")["hours"].mean()).astype(float).fillna(0.0)
    divisions["assessed"] = name.map(staff.groupby("division").size()).fillna(0)
    divisions["score"] = divisions.apply(division_score, axis=1, rule=rule)
    divisions["rank"] = divisions["score"].rank(method="min", ascending=False)
    divisions["tier"] = tiers(rule, divisions[divisions["score"].notna()], orders)
    divisions["coefficient"] = divisions["tier"].map(rule["tiers.coefficients"]).astype(float)
    quota = divisions["tier"].map(rule["excellent.shares"]).astype(float) * divisions["assessed"]
    divisions["excellent_places"] = quota.map(lambda places: places if isnan(places) else down(places, 0))
    return divisions


def adjustment(entry: pd.Series, rule: Rule) -> float:
    """Bonus points, or deduction points with a minus."""
    sign = 1 if entry["kind"] in rule["components.adjustments.bonuses"] else -1
    quantity = 1 if isnan(entry["quantity"]) else entry["quantity"]
    return sign * rule["components.adjustments.amounts"][entry["kind"]] * quantity


def division_score(division: pd.Series, rule: Rule) -> float:
    """Months and appraisal by weight, then bonuses and deductions."""
    score = rule["components.monthly_plan.weight"] * division["monthly_plan"] + rule["components.appraisal.weight"] * division["appraisal"]
    return half_up(score + division["adjustments"], rule["rounding.score_decimals"])


def tiers(rule: Rule, divisions: pd.DataFrame, orders: Mapping[str, float]) -> pd.Series:
    """Tiers filled from the top; those tied across a border have none."""
    quota = {tier: share * len(divisions) for tier, share in rule["tiers.shares"].items()}
    places = {tier: floor(round(number, 9)) for tier, number in quota.items()}
    first = sorted(quota, key=lambda tier: (-round(quota[tier] - places[tier], 9), rule["tiers.place_tie_order"].index(tier)))
    for tier in first[: len(divisions) - sum(places.values())]:
        places[tier] += 1
    labels = iter([tier for tier, number in places.items() for _ in range(number)])
    found = {}
    decimals = rule["rounding.score_decimals"]
    chain = divisions[["score"]].assign(hours=divisions["mean_hours"].map(lambda value: half_up(value, decimals)), fewer=-divisions["deductions"].round(9))
    for level in levels(chain, divisions["division"], orders):
        taken = [next(labels) for _ in level]
        found |= dict.fromkeys(level, taken[0] if taken[0] == taken[-1] else None)
    return pd.Series(found, dtype=object)


def levels(chain: pd.DataFrame, subject: pd.Series, orders: Mapping[str, float]) -> Iterator[list[Any]]:
    """Row labels from best to worst, those alike in every column together unless an order is decided for all of them."""
    tied = chain.assign(subject=subject).groupby(list(chain.columns), dropna=False, sort=False)
    for _, rows in sorted(tied, key=lambda group: [-float("inf") if isnan(key) else key for key in group[0]], reverse=True):
        if rows["subject"].isin(list(orders)).all():
            place = rows["subject"].map(orders)
            for _, together in rows.groupby(place):
                yield list(together.index)
        else:
            yield list(rows.index)


def vetoed_heads(records: Records, posts: pd.DataFrame, year: str) -> set[str]:
    """The heads of vetoed divisions on the day of the ground."""
    vetoes = records["vetoes"]
    vetoes = vetoes[(vetoes["date"].dt.year == int(year)) & vetoes["decided_on"].notna()]
    heads = vetoes[["division", "date"]].merge(posts[posts["role"] == "head"], on="division")
    return set(heads.loc[(heads["start"] <= heads["date"]) & (heads["end"].isna() | (heads["date"] <= heads["end"])), "staff"])


def ratings(rule: Rule, staff: pd.DataFrame, divisions: pd.DataFrame, given: pd.Series, barred: set[str], orders: Mapping[str, float]) -> pd.Series:
    """The given rating, or excellent for those who take a place; none while either is open."""
    people = staff.assign(given=staff["staff"].map(given))
    people["able"] = (people["given"] == rule["excellent.from_rating"]) & ~people["staff"].isin(barred)
    people["maybe"] = people["able"] | (people["given"].isna() & ~people["staff"].isin(barred))
    return people.groupby("division", group_keys=False).apply(ratings_of_division, divisions["excellent_places"], orders, rule["rounding.score_decimals"])


def ratings_of_division(people: pd.DataFrame, places: pd.Series, orders: Mapping[str, float], decimals: int) -> pd.Series:
    """From the top: who is able takes a place while one is sure to be left, and none when all are sure to be gone."""
    left = places[people.name]
    rating = people["given"].astype(object).where(people["given"].notna(), None)
    if isnan(left) or (left > 0 and (people["score"].isna() & people["maybe"]).any()):
        return rating.mask(people["maybe"], None)
    chain = people[["score", "hours", "democratic"]].map(lambda value: half_up(value, decimals))
    sure = possible = 0
    for level in levels(chain, people["staff"], orders):
        here = people.loc[level]
        before, sure = sure, sure + here["able"].sum()
        possible += here["maybe"].sum()
        for label in here.index[here["able"]]:
            rating[label] = "excellent" if possible <= left else rating[label] if before >= left else None
    return rating
