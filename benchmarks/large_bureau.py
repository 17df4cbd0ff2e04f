"""A made-up bureau of any size drawn from a seed, as the tables perfkit holds after reading a folder.

Nobody in it is real. What the rules treat apart occurs every so many people or divisions, so that a small
bureau has it too: movers, joiners, leavers, promotions, a change of director, leave of every length, exemptions,
excused misses, months without items, vetoes, undecided entries, missing votes and ratings, ties with and
without a decision.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from perfkit.records import TABLES, Records
from perfkit.records.schema import Table

YEAR = 2023
MONTHS = [f"{YEAR}-{month:02d}" for month in range(1, 13)]
FIRST, LAST = f"{YEAR}-01-01", f"{YEAR}-12-31"
HOLIDAYS = [f"{YEAR}-{day}" for day in ("01-02", "01-23", "01-24", "01-25", "04-05", "05-01", "06-22", "09-29", "10-02", "10-03", "10-04")]
DIRECTORS, REPLACED_ON = ("Z1", "Z2"), f"{YEAR}-07-01"
KINDS = ["target_missed", "assigned_overdue", "environment_notice", "gross_negligence", "petition_upheld", "litigation_lost", "discipline",
         "ranking_improved", "superior_commendation", "innovation"]  # fmt: skip
MASS, DEMOCRATIC = ["优秀", "良好", "一般", "较差"], ["优秀", "称职", "基本称职", "不称职"]

Row = dict[str, Any]
Cells = Mapping[str, Any]


@dataclass(frozen=True)
class Draft:
    """Who works where, before anything happens: person n of ``people`` belongs to division number ``home[n]``."""

    draw: np.random.Generator
    divisions: list[str]
    people: list[str]
    leaders: list[str]
    home: np.ndarray
    roles: list[str]


def large_bureau(divisions: int = 800, people: int = 10_000, seed: int = 1) -> Records:
    """The records of a year: ``people`` in ``divisions``, at least three in each; their leaders and directors come on top."""
    draft = _draft(divisions, people, seed)
    calendar = pd.DataFrame({"date": pd.date_range(FIRST, LAST, unit="s")})
    calendar["workday"] = np.where((calendar["date"].dt.day_of_week < 5) & ~calendar["date"].isin(pd.to_datetime(HOLIDAYS)), "yes", "no")
    postings, absences = pd.DataFrame(_postings(draft)), pd.DataFrame(_absences(draft))
    everyone = [*DIRECTORS, *draft.leaders, *draft.people, "Z3"]
    given: dict[str, Any] = {
        "divisions": [{"division": name, "name": f"{name}处", "group": "business" if n % 8 < 5 else "general"} for n, name in enumerate(draft.divisions)],
        "staff": [{"staff": staff, "name": f"职工{staff}", "borrowed": "yes" if n % 30 == 29 else "no"} for n, staff in enumerate(everyone)],
        "postings": postings, "absences": absences, "exemptions": list(_exemptions(draft)), "ratings": list(_ratings(draft)),
        "payout_bases": list(_payout_bases()), "plan_items": list(_plan_items(draft)), "items": list(_items(draft)),
        "hours": _hours(draft, postings, absences, calendar), "credits": list(_credits(draft)), "adjustments": list(_adjustments(draft)),
        "vetoes": list(_vetoes(draft)), "appraisals": list(_appraisals(draft)), "decisions": list(_decisions(draft)), "calendar": calendar,
    }  # fmt: skip
    tables = {name: _typed(table, given.get(name, ())) for name, table in TABLES.items()}
    files = {name: {"file": f"{name}.csv", "rows": len(tables[name]), "encoding": "utf-8", "sha256": ""} for name in given}
    return Records(tables, files, Path("large_bureau"))


def _typed(table: Table, rows: Any) -> pd.DataFrame:
    """The rows under the table's columns, with the types and the row numbers a file would get."""
    frame = pd.DataFrame(rows)
    columns = {}
    for column in table.columns:
        cells = frame.get(column.name, pd.Series(None, index=frame.index, dtype=object))
        if column.kind == "number":
            columns[column.name] = cells.astype(float)
        elif column.kind == "date":
            columns[column.name] = pd.to_datetime(cells).astype("datetime64[s]")
        else:
            text = object if column.refers in ("divisions", "staff", "subject") or frame.empty else "str"
            columns[column.name] = cells.fillna("").astype(text)
    return pd.DataFrame(columns).set_axis(pd.RangeIndex(2, len(frame) + 2).astype("int64").rename("row"), axis=0)


def _draft(divisions: int, people: int, seed: int) -> Draft:
    draw = np.random.default_rng(seed)
    popular = draw.dirichlet(np.full(divisions, 3.0))
    home = np.sort(np.concatenate([np.repeat(np.arange(divisions), 3), draw.choice(divisions, people - 3 * divisions, p=popular)]))
    place = np.arange(people) - np.searchsorted(home, home)
    size = np.bincount(home)[home]
    roles = ["head" if n == 0 else "deputy" if n <= 1 + (of > 12) else "member" for n, of in zip(place, size, strict=True)]
    return Draft(
        draw, [f"D{n:04d}" for n in range(divisions)], [f"P{n:06d}" for n in range(people)],
        [f"L{n:04d}" for n in range(max(3, divisions // 6))], home, roles,
    )  # fmt: skip


def _day(draw: np.random.Generator, first: str = f"{YEAR}-02-01", last: str = f"{YEAR}-11-30") -> str:
    """A day between two, as text."""
    span = (pd.Timestamp(last) - pd.Timestamp(first)).days
    return _later(first, int(draw.integers(span + 1)))


def _later(day: str, days: int) -> str:
    return (pd.Timestamp(day) + pd.Timedelta(days=days)).date().isoformat()


def _postings(draft: Draft) -> Iterator[Row]:
    """Everyone's posts: most hold one all year, of every fifty some move, join, leave, pause or are promoted."""
    grades = {"head": ["正处"], "deputy": ["副处"], "member": ["科级", "科员"]}
    yield {"staff": DIRECTORS[0], "role": "director", "grade": "局长", "start": "2020-01-01", "end": _later(REPLACED_ON, -1)}
    yield {"staff": DIRECTORS[1], "role": "director", "grade": "局长", "start": REPLACED_ON}
    yield {"staff": "Z3", "role": "member", "grade": "科员", "start": "2020-01-01"}  # borrowed by no division
    for n, division in enumerate(draft.divisions):
        leader, day = draft.leaders[n % len(draft.leaders)], _day(draft.draw)
        post = {"division": division, "role": "leader", "grade": "副局长"}
        if n % 50 == 10:  # handed over to another leader
            yield {**post, "staff": leader, "start": "2020-01-01", "end": _later(day, -1)}
            yield {**post, "staff": draft.leaders[(n + 1) % len(draft.leaders)], "start": day}
        else:
            yield {**post, "staff": leader, "start": "2020-01-01"}
    for n, staff in enumerate(draft.people):
        role, division, day = draft.roles[n], draft.divisions[draft.home[n]], _day(draft.draw)
        other = draft.divisions[(draft.home[n] + 1 + n % 5) % len(draft.divisions)]
        post = {"staff": staff, "division": division, "role": role, "grade": grades[role][n % len(grades[role])], "start": "2020-01-01"}
        until = {**post, "end": _later(day, -1)}
        if role == "head":
            yield from ([until, {**post, "division": other, "role": "leader", "grade": "副局长", "start": day}] if draft.home[n] % 200 == 7 else [post])
        elif n % 50 == 20:
            yield from [until, {**post, "division": other, "start": day}]
        elif n % 50 == 21:
            yield {**post, "start": day}
        elif n % 50 == 22:
            yield until
        elif n % 100 == 23:
            yield from [until, {**post, "start": _later(day, 40)}]
        elif n % 100 == 24:
            yield from [until, {**post, "role": "deputy" if role == "member" else "head", "grade": "副处" if role == "member" else "正处", "start": day}]
        else:
            yield post


def _absences(draft: Draft) -> Iterator[Row]:
    """Leave short and long; three months to the day, one day more, several spells, overlapping ones, unapproved ones."""
    long = {
        11: [("training", "03-01", "05-31")], 12: [("training", "03-01", "06-01")], 13: [("sick", "01-01", "02-15"), ("personal", "05-01", "06-30")],
        15: [("maternity", "04-01", "08-06")], 16: [("secondment", "02-10", "05-09"), ("sick", "05-10", "05-10")],
        17: [("sick", "03-01", "03-20"), ("sick", "06-01", "06-20"), ("training", "08-01", "09-30")],
        19: [("other", "01-01", "12-31")],
    }  # fmt: skip
    for n, staff in enumerate(draft.people):
        approver = "" if n % 97 == 14 else DIRECTORS[0]
        spells = [(kind, f"{YEAR}-{start}", f"{YEAR}-{end}") for kind, start, end in long.get(n % 97, ())]
        if n % 97 == 14:
            spells.append(("training", f"{YEAR}-02-01", f"{YEAR}-08-31"))
        if n % 97 == 18:
            spells.append(("secondment", f"{YEAR - 1}-06-01", f"{YEAR}-03-31"))
        day = _day(draft.draw)
        if n % 7 == 3:
            spells.append(("annual", day, _later(day, 6)))
        if n % 11 == 4:
            spells += [("sick", day, _later(day, 2)), ("personal", _later(day, 2), _later(day, 4))]
        for (kind, start), end in {(kind, start): end for kind, start, end in spells}.items():  # a file has each kind and day once
            yield {"staff": staff, "kind": kind, "start": start, "end": end, "approved_by": approver}
    yield {"staff": draft.leaders[1], "kind": "secondment", "start": f"{YEAR}-03-01", "end": f"{YEAR}-09-30", "approved_by": DIRECTORS[0]}


def _exemptions(draft: Draft) -> Iterator[Row]:
    """Granted ones, one without the last step, one with steps out of order."""
    for n, staff in enumerate(draft.people):
        if n % 101 in (25, 26, 27):
            steps = [f"{YEAR}-01-{day:02d}" for day in (9, 11, 16, 19)]
            dates = dict(zip(("applied", "head", "leader", "director"), steps, strict=True))
            changed = {26: {"director": None}, 27: {"applied": steps[1], "head": steps[0]}}.get(n % 101, {})
            yield {"staff": staff, "reason": "年内退休", **dates, **changed}


def _ratings(draft: Draft) -> Iterator[Row]:
    for n, staff in enumerate(draft.leaders):
        yield {"year": str(YEAR), "staff": staff, "rating": "excellent" if n % 4 == 0 else "competent"}
    for n, staff in enumerate(draft.people):
        if n % 89 != 30:
            yield {"year": str(YEAR), "staff": staff, "rating": "basic" if n % 31 == 5 else "incompetent" if n % 83 == 6 else "competent"}


def _payout_bases() -> Iterator[Row]:
    kinds = ("monthly_organisation", "monthly_standard", "competitive", "annual")
    bases = {"局长": (3000, 0, 0, 36000), "副局长": (2600, 0, 0, 32000), "正处": (2200, 1500, 0, 28000), "副处": (1800, 1300, 900, 24000),
             "科级": (0, 1100, 750.5, 20000), "科员": (0, 1000, 600.35, 18000)}  # fmt: skip
    for grade, amounts in bases.items():
        yield {"year": str(YEAR), "grade": grade, **dict(zip(kinds, amounts, strict=True))}
        yield {"year": str(YEAR - 1), "grade": grade, **dict.fromkeys(kinds, 1)}


def _plan_items(draft: Draft) -> Iterator[Row]:
    """Five items a month and division, with points or without; a few are missed, some of those excused."""
    draw = draft.draw
    for month in MONTHS:
        director = DIRECTORS[month >= REPLACED_ON[:7]]
        for n, division in enumerate(draft.divisions):
            if n % 100 == 1 and month.endswith("-02"):
                continue  # a month without items
            points = [30, 25, 20, 15, 10] if n % 2 else [None] * 5
            misses = draw.random(5) < (0.9 if n % 100 == 2 else 0.12)
            for item in range(5):
                row = {"month": month, "division": division, "item": f"{division}-{month[2:4]}{month[5:]}-{item + 1}", "title": f"事项{item + 1}",
                       "points": points[item], "completion": 1.0, "entered_on": f"{month}-28"}  # fmt: skip
                if misses[item]:
                    excuse = draw.integers(5)  # by the director, by the other director, by a leader, or none
                    by = {0: director, 1: DIRECTORS[month < REPLACED_ON[:7]], 2: draft.leaders[0]}.get(int(excuse), "")
                    row |= {"completion": draw.choice([0, 0.4, 0.6, 0.95]), "excused_by": by, "excused_on": f"{month}-26" if by else None}
                if n % 100 == 4 and month.endswith("-03") and item == 4:
                    row["completion"] = None  # nobody reported it
                yield row


def _items(draft: Draft) -> Iterator[Row]:
    for division in draft.divisions:
        for item in range(5):
            yield {"item": f"K-{division}-{item + 1}", "division": division, "title": f"日常事项{item + 1}"}


def _credits(draft: Draft) -> Iterator[Row]:
    draw = draft.draw
    for month in MONTHS:
        for n in np.flatnonzero(draw.random(len(draft.people)) < 0.03):
            yield {"month": month, "staff": draft.people[n], "kind": draw.choice(["practical_deed", "information", "research"]),
                   "quantity": draw.choice([None, 1, 2]), "reference": "督查通报", "approved_by": draw.choice(["", "局绩效办"], p=[0.1, 0.9])}  # fmt: skip


def _adjustments(draft: Draft) -> Iterator[Row]:
    """About three entries in two divisions; a few undecided, a few of last year."""
    draw = draft.draw
    for n in range(len(draft.divisions) * 3 // 2):
        day = _day(draw, f"{YEAR - (n % 20 == 19)}-01-10", f"{YEAR - (n % 20 == 19)}-12-20")
        yield {"adjustment": f"ADJ-{n:05d}", "date": day, "division": draw.choice(draft.divisions), "kind": KINDS[n % len(KINDS)],
               "quantity": draw.choice([None, 1, 2]), "evidence": "样本", "proposed_by": "局绩效办",
               "decided_on": None if n % 20 == 13 else _later(day, 10)}  # fmt: skip


def _vetoes(draft: Draft) -> Iterator[Row]:
    for n, division in enumerate(draft.divisions):
        if n % 40 in (3, 4, 5):
            day = _day(draft.draw)
            day = day.replace(str(YEAR), str(YEAR - 1)) if n % 40 == 5 else day
            yield {"date": day, "division": division, "ground": "造成市里考核较多扣分", "decided_by": "局党组",
                   "decided_on": None if n % 40 == 4 else _later(day, 9)}  # fmt: skip


def _appraisals(draft: Draft) -> Iterator[Row]:
    """Votes on divisions by three groups and on people by two; of every hundred a few have no votes or an empty group."""
    draw = draft.draw
    mass = [draw.multinomial(40, draw.dirichlet([9, 6, 3, 1]), size=3) for _ in draft.divisions]
    votes = [draw.multinomial(12, draw.dirichlet([5, 8, 2, 1]), size=2) for _ in draft.people]
    for one, other in _twins(draft):
        votes[other] = votes[one]
    for n, division in enumerate(draft.divisions):
        if n % 400 != 5:
            yield from _ballot("mass", division, ["服务对象", "基层代表", "局领导"], MASS, mass[n] * (np.array([[1], [1], [n % 100 != 6]])))
    for n, staff in enumerate(draft.people):
        if n % 113 != 40:
            yield from _ballot("democratic", staff, ["处内同事", "分管领导"], DEMOCRATIC, votes[n] * np.array([[1], [n % 113 != 41]]))


def _ballot(kind: str, subject: str, groups: list[str], grades: list[str], votes: np.ndarray) -> Iterator[Row]:
    for group, counts in zip(groups, votes, strict=True):
        for grade, count in zip(grades, counts, strict=True):
            yield {"period": str(YEAR), "kind": kind, "subject": subject, "rater_group": group, "grade": grade, "votes": count}


def _twins(draft: Draft) -> list[tuple[int, int]]:
    """Pairs of members of one division who are alike in everything the rank looks at."""
    last = np.searchsorted(draft.home, np.arange(len(draft.divisions)), side="right") - 1
    return [(int(n) - 1, int(n)) for division, n in enumerate(last) if division % 10 < 3 and draft.roles[int(n) - 1] == "member"]


def _decisions(draft: Draft) -> Iterator[Row]:
    for one, other in _twins(draft)[::2]:
        for order, n in enumerate((other, one), 1):
            yield {"period": str(YEAR), "subject": draft.people[n], "order": order, "decided_by": "局党组", "decided_on": f"{YEAR}-12-28", "why": "同分"}


def _hours(draft: Draft, postings: pd.DataFrame, absences: pd.DataFrame, calendar: pd.DataFrame) -> Cells:
    """One row a person and day worked: in post or not quite, rarely on days off, never on leave; a few lack the approver."""
    draw, days = draft.draw, calendar["date"]
    number = {staff: n for n, staff in enumerate(draft.people)}
    present = np.zeros((len(draft.people), len(days)), dtype=bool)
    for table, held in ((postings, True), (absences, False)):
        spells = table[table["staff"].isin(number.keys())]
        starts = days.searchsorted(pd.to_datetime(spells["start"]))
        ends = days.searchsorted(pd.to_datetime(spells["end"].fillna(LAST)), side="right") if held else days.searchsorted(
            pd.to_datetime(spells["end"]), side="right")  # fmt: skip
        for staff, start, end in zip(spells["staff"], starts, ends, strict=True):
            present[number[staff], max(start - 1, 0) if held else start : end] = held  # a first day before the post begins
    likely = np.where(calendar["workday"] == "yes", 0.99, 0.01)
    present &= draw.random(present.shape, dtype=np.float32) < likely.astype(np.float32)
    level = draw.normal(7.6, 0.9, len(draft.people)).astype(np.float32)
    worked = np.clip(np.round((level[:, None] + draw.standard_normal(present.shape, dtype=np.float32)) * 2) / 2, 0, 12)
    for one, other in _twins(draft):
        present[other], worked[other] = present[one], worked[one]
    day, person = np.nonzero(present.T)
    approved = worked[person, day].astype(float)
    heads = np.array(draft.people, dtype=object)[np.searchsorted(draft.home, draft.home)]
    library = np.array([[f"K-{division}-{item + 1}" for item in range(5)] for division in draft.divisions], dtype=object)
    reviewed = (days + pd.to_timedelta(8 - days.dt.day_of_week, unit="D")).to_numpy()[day]  # the next Tuesday, rarely later
    reviewed = np.where(draw.random(len(day)) < 0.002, reviewed + np.timedelta64(9, "D"), reviewed)
    return {
        "date": days.to_numpy()[day], "staff": np.array(draft.people, dtype=object)[person],
        "item": library[draft.home[person], draw.integers(5, size=len(day))], "declared": approved + 0.5, "approved": approved,
        "approved_by": np.where(draw.random(len(day)) < 0.0005, "", heads[person]), "approved_on": reviewed,
    }  # fmt: skip
