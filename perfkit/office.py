"""What an office needs beside the scores: calendar, register, appeals, settlement, improvement, and the proof of the sums."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from perfkit.periods import bounds, is_year, kind_of
from perfkit.records import Records, days_after, workdays
from perfkit.scheme import Scheme
from perfkit.scoring import hours, improvement, monthly_plan, payout, ranking, rhythm

Tables = Mapping[str, pd.DataFrame]
RHYTHM = {"calendar": ["month", "meeting", "due", "held_on", "record", "held_late", "late"], "reviews": ["planned", "due"],
          "late": ["month", "division", "kind", "subject", "count"]}  # fmt: skip
CHECKS = ["check", "subject", "expected", "found"]


def beside(scheme: Scheme, records: Records, period: str, months: Sequence[str], found: Tables) -> dict[str, pd.DataFrame]:
    """The tables of an assessment with everything that stands beside the scores."""
    tables = {**found, **_rhythm(scheme, records, months, found)}
    tables["register"] = _register(scheme, records, period, found)
    tables["appeals"] = _appeals(scheme, records, period)
    tables["away"] = _away(scheme, records)
    tables["losses"] = _losses(scheme, records, period, months, found)
    tables["guidance"] = _guidance(records, period, found)
    tables["settlement"] = _settlement(scheme, records, period, found)
    tables |= _settled(scheme, period, tables)
    tables["open"] = pd.concat([found["open"], _undecided(records, period, tables)], ignore_index=True).sort_values(
        ["subject", "question"], kind="stable", ignore_index=True
    )
    return tables


def _rhythm(scheme: Scheme, records: Records, months: Sequence[str], found: Tables) -> dict[str, pd.DataFrame]:
    """The months' meetings and weekly reviews, and what was entered after they were due."""
    rule = scheme.spec.calendar
    if not scheme.spec.has("calendar"):
        empty = {name: pd.DataFrame(columns=columns).astype(dict.fromkeys({"planned", "meeting", "due"} & set(columns), "datetime64[s]"))
                 for name, columns in RHYTHM.items()}  # fmt: skip
        return {**empty, "items": found["items"].assign(late=False)}
    days = pd.concat([workdays(scheme.year, records["calendar"]), days_after(scheme.year, records["calendar"])])
    calendar = rhythm.meetings(months, days, meeting_day=rule.meeting_day.value, deadline_workdays=rule.deadline_workdays.value)
    held = records["meetings"]
    held = held[held["kind"].isin(["", "monthly"])].drop_duplicates("month")
    calendar = calendar.merge(held[["month", "held_on", "record"]], on="month", how="left")
    calendar["held_late"] = rhythm.late(calendar["held_on"], calendar["meeting"])
    items = found["items"]
    due = items["month"].map(calendar.set_index("month")["due"])
    items = items.assign(late=rhythm.late(items["entered_on"], due))
    entries = found["entries"]
    worked = pd.Series(entries["date"].unique())
    review = rhythm.review_of(worked, days, review_weekday=rule.review_weekday.value).set_axis(worked)
    behind = entries[rhythm.late(entries["approved_on"], review["due"].reindex(entries["date"]).set_axis(entries.index))]
    post = found["staff_months"].set_index(["period", "staff"])["division"]
    month = behind["date"].dt.strftime("%Y-%m").astype(object)
    late = pd.concat([
        items.loc[items["late"], ["month", "division", "item"]].assign(kind="item", count=1).rename(columns={"item": "subject"}),
        pd.DataFrame({"month": month, "division": post.reindex(pd.MultiIndex.from_arrays([month, behind["staff"]])).to_numpy(), "kind": "hours",
                      "subject": behind["staff"]}).groupby(["month", "division", "kind", "subject"]).size().rename("count").reset_index(),
    ], ignore_index=True).astype({"count": "int64"})  # fmt: skip
    calendar["late"] = calendar["month"].map(late.groupby("month")["count"].sum()).fillna(0).astype(int)
    return {"calendar": calendar, "reviews": rhythm.reviews(months, days, review_weekday=rule.review_weekday.value), "items": items,
            "late": late[["month", "division", "kind", "subject", "count"]]}  # fmt: skip


def _office(scheme: Scheme, records: Records) -> str:
    """The division that hosts the performance office and is itself ranked; '' if there is none of that name."""
    try:
        return records.identify("divisions", scheme.spec.bureau.performance_office.value)
    except LookupError:
        return ""


def _recusal(records: Records, matter: pd.Series, own: pd.Series) -> pd.Series:
    """Of each matter of the performance office's own division: recorded or missing; '' for all others."""
    recorded = matter.isin(records["recusals"]["matter"]).map({True: "recorded", False: "missing"})
    return recorded.where(own, "").astype(object)


def _register(scheme: Scheme, records: Records, period: str, found: Tables) -> pd.DataFrame:
    """The year's bonuses and deductions, with the misses that were already paid for in their month."""
    rows = records["adjustments"]
    rows = rows[(rows["date"].dt.strftime("%Y") == str(scheme.year)) & is_year(period)]
    lines = found["ledger"]
    points = lines[lines["component"] == "adjustments"].set_index("item")["value"]
    cost = lines[(lines["component"] == "monthly_plan") & (lines["value"] < 0) & (lines["measure"] == "score")]
    missed = pd.MultiIndex.from_frame(cost[["subject", "item"]])
    deductions = scheme.spec.components.adjustments.deductions.value if scheme.spec.has("components.adjustments") else []
    twice = pd.MultiIndex.from_frame(rows[["division", "item"]]).isin(missed) & rows["kind"].isin(deductions)
    recusal = _recusal(records, rows["adjustment"], rows["division"] == _office(scheme, records))
    columns = ["adjustment", "date", "division", "kind", "quantity", "points", "counted", "item", "twice", "evidence", "proposed_by", "decided_on", "recusal"]
    entries: pd.DataFrame = rows.assign(points=rows["adjustment"].map(points).astype(float), counted=rows["decided_on"].notna(), twice=twice,
                                           recusal=recusal)  # fmt: skip
    return entries[columns].reset_index(drop=True)


def _appeals(scheme: Scheme, records: Records, period: str) -> pd.DataFrame:
    """The year's appeals, stage by stage, with the day an answer is due where the scheme sets one."""
    rows = records["appeals"]
    rows = rows[rows["filed_on"].notna() & is_year(period)]
    rule = scheme.spec.appeals
    days, stages = (rule.days_to_answer.value, rule.stages.value) if scheme.spec.has("appeals") else (None, [])
    due = rows["filed_on"] + pd.Timedelta(days=days) if days else pd.Series(pd.NaT, index=rows.index, dtype="datetime64[s]")
    posts = records["postings"]
    office = _office(scheme, records)
    own = rows["subject"].isin([office, *posts.loc[posts["division"] == office, "staff"]]) & (office != "")
    stage = {name: place for place, name in enumerate(stages)}
    order = rows.assign(place=rows["stage"].map(stage)).sort_values(["appeal", "place"], kind="stable").index
    found: pd.DataFrame = rows.assign(due=due, overdue=rhythm.late(rows["decided_on"], due), recusal=_recusal(records, rows["appeal"], own))
    return found.loc[order].reset_index(drop=True)


def _away(scheme: Scheme, records: Records) -> pd.DataFrame:
    """Approved absences that may exclude: all of the year together, and the longest spell alone."""
    if not scheme.spec.has("exclusion"):
        return pd.DataFrame({"staff": pd.Series(dtype=object)})
    rule, rows = scheme.spec.exclusion, records["absences"]
    return hours.absent(rows[rows["approved_by"] != ""], scheme.year, rule.kinds.value, rule.days_per_month.value).reset_index()


def approvals(scheme: Scheme, records: Records) -> pd.DataFrame:
    """What goals, plan, report and evidence went through, and when: matter, step, by, on, reference, due, late; a step not taken has no day."""
    if not scheme.spec.has("approvals"):
        return pd.DataFrame()
    rule, given = scheme.spec.approvals, records["approvals"]
    given = given[given["year"] == str(scheme.year)]
    wanted: list[tuple[str, str, Any]] = [(matter, step, pd.NaT) for matter, each in (("goals", rule.goals), ("plan", rule.plan)) for step in each.value]
    wanted += [(matter, "submitted", _day(scheme.year + 1, each.value)) for matter, each in (("report", rule.report), ("evidence", rule.evidence))]
    steps = pd.DataFrame(wanted, columns=["matter", "step", "due"]).astype({"due": "datetime64[s]"})
    found: pd.DataFrame = steps.merge(given[["matter", "step", "by", "on", "reference"]], on=["matter", "step"], how="left")
    return found.assign(late=rhythm.late(found["on"], found["due"]))


def _day(year: int, given: Mapping[Any, int]) -> pd.Timestamp:
    """A day of a year; what a month has not is its last day."""
    last = pd.Period(f"{year}-{given['month']:02d}", freq="M").days_in_month
    return pd.Timestamp(year, given["month"], min(given["day"], last))


def _losses(scheme: Scheme, records: Records, period: str, months: Sequence[str], found: Tables) -> pd.DataFrame:
    """Points lost by cause in every month of the year so far, and in the year beside its months."""
    if not scheme.spec.has("components.monthly_plan"):
        return pd.DataFrame(columns=["period", "division", "component", "cause"]).astype(object)
    rule = scheme.spec.components.monthly_plan
    items = monthly_plan.reported(records["plan_items"], [month for month in _so_far(scheme.year) if month <= max(months)])
    directors = records["postings"][records["postings"]["role"] == "director"]
    items = items.assign(points=monthly_plan.weighted(items, rule.full_marks.value), excused=monthly_plan.excused(items, directors))
    lines = monthly_plan.score(items, full_marks=rule.full_marks.value, unexcused_loss=rule.unexcused_loss.value, loss_base=rule.loss_base.value,
                               floor=rule.floor.value, decimals=scheme.spec.rounding.score_decimals.value).frame()  # fmt: skip
    lost = improvement.losses(lines, items[["month", "division", "item"]].assign(cause=items["reason"]))
    if not is_year(period):
        return lost
    year = found["ledger"][(found["ledger"]["period"] == period) & (found["ledger"]["measure"] == "score")]
    return pd.concat([lost, improvement.annual_losses(year, full_marks=rule.full_marks.value)], ignore_index=True)


def _so_far(year: int) -> list[str]:
    return [f"{year}-{month:02d}" for month in range(1, 13)]


def _guidance(records: Records, period: str, found: Tables) -> pd.DataFrame:
    """The guidance register: whether each measure was done in time, and its subject's months before and after."""
    rows = records["measures"] if kind_of(period) != "month" else records["measures"].iloc[:0]
    people = found["staff_months"].rename(columns={"staff": "subject"})[["period", "subject", "score"]]
    divisions = found["division_months"].rename(columns={"division": "subject"})[["period", "subject", "score"]]
    end = bounds([period])["end"].iloc[0]
    state = pd.Series("pending", index=rows.index).mask(rows["due"] <= end, "overdue")
    state = state.mask(rows["done_on"].notna(), "done").mask(rows["done_on"] > rows["due"], "done_late")
    return improvement.effects(rows, pd.concat([divisions, people])).assign(state=state).reset_index(drop=True)


def _settlement(scheme: Scheme, records: Records, period: str, found: Tables) -> pd.DataFrame:
    """Of each person, month and kind what is due and what was paid; empty until payments are recorded."""
    kinds = scheme.spec.payouts.settles.value if scheme.spec.has("payouts") else []
    paid, due = records["payments"], found["payouts"]
    inside = paid["period"].str[:4] == str(scheme.year)
    paid = paid[inside & paid["kind"].isin([*kinds, "settlement"])]
    if not is_year(period) or paid.empty or not kinds:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in (("period", object), ("staff", object), ("kind", object), ("due", float),
                                                                           ("paid", float), ("difference", float))})  # fmt: skip
    keys = ["period", "staff", "kind"]
    owed = due[due["kind"].isin(kinds)].groupby(keys)["amount"].sum()
    given = paid.groupby(keys)["amount"].sum()
    both = pd.DataFrame({"due": owed, "paid": given}).fillna(0.0).reset_index()
    cents = scheme.spec.rounding.money_decimals.value
    return both.assign(difference=ranking.half_up(both["due"] - both["paid"], cents)).sort_values(["staff", "period", "kind"], ignore_index=True)


def _settled(scheme: Scheme, period: str, tables: Tables) -> dict[str, pd.DataFrame]:
    """The ledger and payouts with a settlement of each person."""
    detail, cents = tables["settlement"], scheme.spec.rounding.money_decimals.value
    lines = payout.settlement(detail.rename(columns={"due": "amount"})[["staff", "amount"]], detail.rename(columns={"paid": "amount"})[["staff", "amount"]],
                              period=period, decimals=cents)  # fmt: skip
    if not len(lines):
        return {}
    return {"ledger": pd.concat([tables["ledger"], lines.frame()], ignore_index=True),
            "payouts": pd.concat([tables["payouts"], payout.table(lines, cents)], ignore_index=True)}  # fmt: skip


def _undecided(records: Records, period: str, tables: Tables) -> pd.DataFrame:
    """Appeals and corrections that somebody still has to decide."""
    appeals, corrections = tables["appeals"], records["corrections"]
    last = appeals.drop_duplicates("appeal", keep="last")
    waiting = last[last["decision"] == ""]
    pending = corrections[(corrections["decided_on"].isna() | (corrections["decided_by"] == "")) & is_year(period)]
    rows = [*((subject, "appeal_pending", appeal) for subject, appeal in zip(waiting["subject"], waiting["appeal"], strict=True)),
            *(("", "correction_pending", correction) for correction in pending["correction"])]  # fmt: skip
    return pd.DataFrame(rows, columns=["subject", "question", "options"])


def totals(tables: Tables) -> pd.DataFrame:
    """All payments of the run by division and kind: division, kind, amount; leaders and others outside have the division ''."""
    home = dict(zip(tables["staff"]["staff"], tables["staff"]["division"], strict=True))
    paid = tables["payouts"].assign(division=tables["payouts"]["staff"].map(home).fillna(""))
    return paid.groupby(["division", "kind"])["amount"].sum().reset_index()


def checks(scheme: Scheme, period: str, tables: Tables) -> pd.DataFrame:
    """The proof of the sums: check, subject, expected, found, holds. Every row must hold."""
    cents, decimals = scheme.spec.rounding.money_decimals.value, scheme.spec.rounding.score_decimals.value
    lines, paid = tables["ledger"], tables["payouts"]
    money = lines[lines["measure"] == "amount"]
    people = money[money["item"] != "remainder"]
    pools = paid[paid["kind"] == "monthly_competitive"].merge(_homes(tables), on=["period", "staff"])
    shared = pools.groupby(["period", "division"]).agg(pool=("base", "first"), amount=("amount", "sum"))
    rest = money[money["item"] == "remainder"].set_index(["period", "subject"])["value"]
    scores = lines[(lines["measure"] == "score") & (lines["period"] == period)].groupby("subject")["value"].sum()
    published = tables["divisions"].set_index("division")["score"].dropna()
    rows = [("division_score", subject, value, scores.get(subject, float("nan"))) for subject, value in published.items()]
    if scheme.spec.has("payouts"):
        rows += [("payouts_are_ledger", "", people["value"].sum(), paid["amount"].sum()),
                 ("parts_are_whole", "", paid["amount"].sum(), totals(tables)["amount"].sum())]  # fmt: skip
    if len(shared) and scheme.spec.payouts.competition.value != "per_hour":
        rest = rest.reindex(shared.index).fillna(0.0)
        rows += [("pools_are_shared", "", shared["pool"].sum(), shared["amount"].sum() + rest.sum())]
    detail, settled = tables["settlement"], paid[paid["kind"] == "settlement"]
    rows += [("settlement_is_difference", "", detail["due"].sum() - detail["paid"].sum(), settled["amount"].sum())] if len(detail) else []
    frame = pd.DataFrame(rows, columns=CHECKS)
    places = frame["check"].eq("division_score").map({True: decimals, False: cents})
    gap = (frame["expected"] - frame["found"]).abs()
    return frame.assign(holds=gap < 0.5 * 10.0**-places)


def _homes(tables: Tables) -> pd.DataFrame:
    return tables["staff_months"][["period", "staff", "division"]]
