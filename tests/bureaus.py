"""Made-up bureaus of any shape, as typed tables: a sketch says what a year is like, its seed draws the rest."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from perfkit.records import TABLES, Records
from tests.conftest import MONTHS

Row = dict[str, Any]

ODD = (
    "roles", "movers", "joiners", "leavers", "new_heads", "to_leader", "outside", "borrowed", "directors", "lead_changes",
    "absences", "exemptions", "idle", "unsigned", "stray_hours", "credits", "workless_days",
    "misses", "points", "excuses", "bare_months", "blank_completion", "bare_divisions",
    "adjustments", "vetoes", "decisions", "rater_groups", "no_mass", "no_democratic", "no_rating", "low_ratings", "poor_bases",
    "payments", "late_entries", "appeals", "measures",
)  # fmt: skip
DAYS = pd.date_range("2023-01-01", "2023-12-31", unit="s")
BASES = {"副局长": (2600, 0, 0, 32000), "正处": (2000.01, 1500, 0, 30000), "副处": (1800, 1300.5, 900.07, 25000), "科级": (0, 1000, 600, 20000.33)}
GRADES = {"director": "局长", "leader": "副局长", "head": "正处", "deputy": "副处", "member": "科级"}
LEVELS = [0, 96, 111.9, 112, 112.1, 120, 136.5, 144, 144, 144, 151.35, 160, 168.7]  # hours a month; 112 is the standard


@dataclass(frozen=True)
class Sketch:
    """People a division, divisions a leader, and what departs from a plain year."""

    seed: int
    sizes: tuple[int, ...]
    leaders: tuple[int, ...]
    odd: frozenset[str]

    def drawn(self, what: str) -> np.random.Generator:
        """Numbers for one matter alone, so that leaving out another changes none of them."""
        return np.random.default_rng([self.seed, *what.encode()])


def sketches(divisions: int = 9, people: int = 7, leaders: int = 3) -> st.SearchStrategy[Sketch]:
    """Sketches of bureaus up to a size; plain, with everything odd, or anything between."""
    odd = st.one_of(st.frozensets(st.sampled_from(ODD)), st.frozensets(st.sampled_from(ODD)).map(lambda few: frozenset(ODD) - few))
    sizes = st.lists(st.integers(0, people), min_size=1, max_size=divisions).map(tuple)
    led = st.lists(st.integers(0, divisions), max_size=leaders).map(tuple)
    return st.builds(Sketch, seed=st.integers(0, 2**20), sizes=sizes, leaders=led, odd=odd)


def frame(table: str, rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as the reader types them; blanks are NaN, NaT or ''."""
    given = list(rows)
    index = pd.RangeIndex(2, len(given) + 2, name="row")
    found = pd.DataFrame(index=pd.Index(index, dtype="int64", name="row"))
    for column in TABLES[table].columns:
        cells = [row.get(column.name) for row in given]
        if column.kind == "number":
            values = pd.Series([np.nan if cell is None else float(cell) for cell in cells], found.index, dtype=float)
        elif column.kind == "date":
            values = pd.Series(pd.to_datetime(cells).astype("datetime64[s]"), found.index)
        else:
            refers = column.refers != table and column.refers in ("divisions", "staff", "subject")
            values = pd.Series([cell or "" for cell in cells], found.index, dtype=object if refers or not given else "str")
        found[column.name] = values
    return found


def records(tables: Mapping[str, list[Row]]) -> Records:
    """All tables, those not given empty."""
    files = {name: {"file": f"{name}.csv", "rows": len(tables.get(name, ())), "encoding": "utf-8", "sha256": ""} for name in TABLES}
    return Records({name: frame(name, tables.get(name, ())) for name in TABLES}, files, Path("made-up"))


def made(sketch: Sketch) -> dict[str, list[Row]]:
    """The rows of every table of a sketched bureau."""
    tables: dict[str, list[Row]] = {name: [] for name in TABLES}
    _people(sketch, tables)
    _work(sketch, tables)
    _time(sketch, tables)
    _judgements(sketch, tables)
    return tables


def _day(number: int) -> dt.date:
    return dt.date(2023, 1, 1) + dt.timedelta(days=int(number))


def _people(sketch: Sketch, tables: dict[str, list[Row]]) -> None:
    draw = sketch.drawn("people")
    divisions = [f"D{number:02d}" for number in range(len(sketch.sizes))]
    for division in divisions:
        tables["divisions"].append({"division": division, "name": f"{division}处", "group": str(draw.choice(["business", "general"]))})
    _post(tables, _person(tables), "", "director")
    if "directors" in sketch.odd:
        first = tables["postings"][-1]
        first["end"] = _day(draw.integers(0, 300))
        _post(tables, _person(tables), "", "director", start=first["end"] + dt.timedelta(days=int(draw.integers(1, 30))))
    for number in sketch.leaders:
        leader = _person(tables)
        led = draw.permutation(divisions)[:number]
        for division in map(str, led):
            _post(tables, leader, division, "leader")
            if "lead_changes" in sketch.odd and draw.random() < 0.3:
                tables["postings"][-1]["end" if draw.random() < 0.5 else "start"] = _day(draw.integers(0, 365))
        if not len(led):
            _post(tables, leader, "", "leader")
    for place, (division, size) in enumerate(zip(divisions, sketch.sizes, strict=True)):
        own = sketch.drawn(f"division {place}")
        for number in range(size):
            plain = "head" if number == 0 else "deputy" if number == 1 else "member"
            role = str(own.choice(["head", "deputy", "member", "member"])) if "roles" in sketch.odd else plain
            _career(sketch, tables, own, _person(tables, own, "borrowed" in sketch.odd), division, role, divisions)
    if "outside" in sketch.odd:
        _person(tables)
        _post(tables, _person(tables), "", "member")


def _person(tables: dict[str, list[Row]], draw: np.random.Generator | None = None, borrowed: bool = False) -> str:
    staff = f"S{len(tables['staff']):04d}"
    tables["staff"].append({"staff": staff, "name": f"名{staff}"})
    if borrowed and draw is not None:
        tables["staff"][-1]["borrowed"] = str(draw.choice(["", "yes", "no"]))
    return staff


def _post(tables: dict[str, list[Row]], staff: str, division: str, role: str, start: dt.date = dt.date(2020, 1, 1), end: dt.date | None = None) -> None:
    tables["postings"].append({"staff": staff, "division": division, "role": role, "grade": GRADES[role], "start": start, "end": end})


def _career(
    sketch: Sketch, tables: dict[str, list[Row]], draw: np.random.Generator, staff: str, division: str, role: str, divisions: list[str]
) -> None:  # fmt: skip
    """The posts of one person: one for good, or a start, an end, a change of role, of division, or upwards."""
    _post(tables, staff, division, role)
    first = tables["postings"][-1]
    chance, day, gap, other = draw.random(5), int(draw.integers(0, 364)), int(draw.choice([0, 0, 0, 20])), str(draw.choice(divisions))
    if "joiners" in sketch.odd and chance[0] < 0.2:
        first["start"] = _day(draw.integers(-20, 380))
    changed = _day(max(day, (first["start"] - dt.date(2023, 1, 1)).days))
    after = changed + dt.timedelta(days=1 + gap)
    if "movers" in sketch.odd and chance[1] < 0.2:
        first["end"] = changed
        _post(tables, staff, other, str(draw.choice(["head", "deputy", "member"])), after)
    elif "new_heads" in sketch.odd and chance[2] < (0.5 if role == "head" else 0.1):
        first["end"] = changed
        _post(tables, staff, division, "member" if role == "head" else "head", after)
    elif "to_leader" in sketch.odd and chance[3] < 0.1:
        first["end"] = changed
        _post(tables, staff, other, "leader", after)
    elif "leavers" in sketch.odd and chance[4] < 0.2:
        first["end"] = changed


def _work(sketch: Sketch, tables: dict[str, list[Row]]) -> None:
    """Plan items with their points, completion and excuses."""
    everyone = [row["staff"] for row in tables["staff"]]
    directors = [row["staff"] for row in tables["postings"] if row["role"] == "director"]
    for row in tables["divisions"]:
        draw = sketch.drawn(f"work {row['division']}")
        bare = "bare_divisions" in sketch.odd and draw.random() < 0.15
        for month in MONTHS:
            number = 0 if bare or ("bare_months" in sketch.odd and draw.random() < 0.15) else int(draw.integers(1, 5))
            points = _points(draw, number) if "points" in sketch.odd and draw.random() < 0.5 else [None] * number
            for item, share in enumerate(points):
                each: Row = {"month": month, "division": row["division"], "item": f"I{item}", "title": "事项", "points": share, "completion": 1}
                chance = draw.random(4)
                if "misses" in sketch.odd and chance[0] < 0.2:
                    each["completion"] = float(draw.choice([0, 0.3, 0.5, 0.99]))
                if "blank_completion" in sketch.odd and chance[1] < 0.01:
                    each["completion"] = None
                if "excuses" in sketch.odd and chance[2] < 0.5:
                    each["excused_by"] = str(draw.choice(directors if chance[3] < 0.7 else everyone))
                    each["excused_on"] = _day(draw.integers(0, 365)) if draw.random() < 0.9 else None
                if "late_entries" in sketch.odd:
                    each["entered_on"] = _day(draw.integers(0, 400))
                tables["plan_items"].append(each)


def _points(draw: np.random.Generator, number: int) -> list[float]:
    cuts = sorted(draw.choice(range(1, 1000), number - 1, replace=False) / 10) if number else []
    return [round(float(after - before), 1) for before, after in zip([0, *cuts], [*cuts, 100], strict=True)][:number]


def _time(sketch: Sketch, tables: dict[str, list[Row]]) -> None:
    """The calendar, everybody's hours, credits, absences and exemptions."""
    lazy = "workless_days" in sketch.odd
    tables["calendar"] = [{"date": day.date(), "workday": "yes" if day.day <= 20 and not (lazy and day.month == 2) else "no"} for day in DAYS]
    inside: dict[str, list[Row]] = {}
    for post in tables["postings"]:
        if post["division"] and post["role"] in ("head", "deputy", "member"):
            inside.setdefault(post["staff"], []).append(post)
    for staff, posts in inside.items():
        draw = sketch.drawn(f"time {staff}")
        usual, idle = float(draw.choice(LEVELS)), "idle" in sketch.odd and draw.random() < 0.1
        for month in MONTHS:
            hours = float(draw.choice(LEVELS)) if draw.random() < 0.3 else usual
            if not idle and not ("idle" in sketch.odd and draw.random() < 0.1):
                _hours(sketch, tables, draw, staff, month, hours, posts)
            if "credits" in sketch.odd and draw.random() < 0.1:
                kind, by = str(draw.choice(["practical_deed", "information", "research"])), str(draw.choice(["局办", ""], p=[0.8, 0.2]))
                tables["credits"].append({"month": month, "staff": staff, "kind": kind, "quantity": [None, 1, 2.5][draw.integers(3)], "approved_by": by})
    for row in tables["staff"]:
        _away(sketch, tables, sketch.drawn(f"away {row['staff']}"), row["staff"])


def _hours(
    sketch: Sketch, tables: dict[str, list[Row]], draw: np.random.Generator, staff: str, month: str, hours: float, posts: list[Row]
) -> None:  # fmt: skip
    """A month's hours in days of at most 24, on days in post unless stray."""
    stray = "stray_hours" in sketch.odd and draw.random() < 0.1
    year, number = map(int, month.split("-"))
    for day in range(1, 21):
        date = dt.date(year, number, day)
        if hours <= 0:
            break
        if not stray and not any(post["start"] <= date and (post["end"] is None or date <= post["end"]) for post in posts):
            continue
        by = "" if "unsigned" in sketch.odd and draw.random() < 0.02 else "名S0000"
        tables["hours"].append({"date": date, "staff": staff, "declared": min(hours, 24), "approved": min(hours, 24), "approved_by": by})
        hours = round(hours - 24, 2)


def _away(sketch: Sketch, tables: dict[str, list[Row]], draw: np.random.Generator, staff: str) -> None:
    kinds, starts = ["sick", "personal", "training", "secondment", "annual", "other"], set()
    if "absences" in sketch.odd and draw.random() < 0.25:
        for _ in range(int(draw.integers(1, 4))):
            kind, start = str(draw.choice(kinds)), int(draw.integers(-60, 364))
            end = start + int(draw.choice([0, 4, 20, 27, 30, 60, 91, 92, 150]))
            if (kind, start) not in starts:
                starts.add((kind, start))
                by = str(draw.choice(["名S0000", ""], p=[0.8, 0.2]))
                tables["absences"].append({"staff": staff, "kind": kind, "start": _day(start), "end": _day(end), "approved_by": by})
    if "exemptions" in sketch.odd and draw.random() < 0.1:
        steps: Row = {step: _day(day) for step, day in zip(("applied", "head", "leader", "director"), sorted(draw.integers(0, 380, 4)), strict=True)}
        if draw.random() < 0.4:
            steps[str(draw.choice(list(steps)))] = None if draw.random() < 0.5 else _day(draw.integers(0, 364))
        tables["exemptions"].append({"staff": staff, **steps})


def _judgements(sketch: Sketch, tables: dict[str, list[Row]]) -> None:
    """Appraisals, ratings, the register, vetoes, decisions, and what is paid."""
    poor = "poor_bases" in sketch.odd
    for grade, base in BASES.items():
        names = ("monthly_organisation", "monthly_standard", "competitive", "annual")
        tables["payout_bases"].append({"year": "2023", "grade": grade, **dict(zip(names, (0, 0.01, 0.05, 0.1) if poor else base, strict=True))})
    for row in tables["divisions"]:
        _judged_division(sketch, tables, sketch.drawn(f"judged {row['division']}"), row["division"])
    leaders = {row["staff"] for row in tables["postings"] if row["role"] == "leader"}
    for row in tables["staff"]:
        _judged_person(sketch, tables, sketch.drawn(f"judged {row['staff']}"), row["staff"], row["staff"] in leaders)


def _votes(sketch: Sketch, tables: dict[str, list[Row]], draw: np.random.Generator, kind: str, subject: str, grades: list[str]) -> None:
    for group in ["群众", "同事"] if "rater_groups" in sketch.odd and draw.random() < 0.5 else ["群众"]:
        for grade in sorted(set(map(str, draw.choice(grades, 2)))):
            votes = int(draw.integers(0 if "rater_groups" in sketch.odd else 1, 4))
            tables["appraisals"].append({"period": "2023", "kind": kind, "subject": subject, "rater_group": group, "grade": grade, "votes": votes})


def _judged_division(sketch: Sketch, tables: dict[str, list[Row]], draw: np.random.Generator, division: str) -> None:
    if not ("no_mass" in sketch.odd and draw.random() < 0.15):
        _votes(sketch, tables, draw, "mass", division, ["优秀", "良好", "一般"])
    for kind in ("litigation_lost", "petition_upheld", "innovation", "ranking_improved") if "adjustments" in sketch.odd else ():
        if draw.random() < 0.2:
            decided = _day(draw.integers(0, 400)) if draw.random() < 0.8 else None
            row = {"adjustment": f"N{len(tables['adjustments'])}", "date": _day(draw.integers(-20, 380)), "division": division, "kind": kind}
            tables["adjustments"].append({**row, "quantity": [None, 1, 3][draw.integers(3)], "proposed_by": "名S0000", "decided_on": decided})
    if "vetoes" in sketch.odd and draw.random() < 0.25:
        decided = _day(draw.integers(0, 400)) if draw.random() < 0.7 else None
        day = _day(draw.integers(-20, 380))
        tables["vetoes"].append({"date": day, "division": division, "ground": "事由", "decided_by": "名S0000", "decided_on": decided})
    _decided(sketch, tables, draw, division)


def _decided(sketch: Sketch, tables: dict[str, list[Row]], draw: np.random.Generator, subject: str) -> None:
    if "decisions" in sketch.odd and draw.random() < 0.7:
        on = _day(360) if draw.random() < 0.9 else None
        tables["decisions"].append({"period": "2023", "subject": subject, "order": int(draw.integers(1, 9)), "decided_by": "名S0000", "decided_on": on})


def _judged_person(sketch: Sketch, tables: dict[str, list[Row]], draw: np.random.Generator, staff: str, leader: bool) -> None:
    if not ("no_democratic" in sketch.odd and draw.random() < 0.1):
        _votes(sketch, tables, draw, "democratic", staff, ["优秀", "称职"])
    if not ("no_rating" in sketch.odd and draw.random() < 0.1):
        low = "low_ratings" in sketch.odd and draw.random() < 0.3
        rating = str(draw.choice(["basic", "incompetent", *(["excellent"] if leader else [])])) if low else "competent"
        tables["ratings"].append({"year": "2023", "staff": staff, "rating": rating})
    _decided(sketch, tables, draw, staff)
    if "payments" in sketch.odd and draw.random() < 0.4:
        for month in MONTHS[: int(draw.integers(1, 13))]:
            paid = {"staff": staff, "kind": str(draw.choice(["monthly_standard", "monthly_organisation"])), "amount": float(draw.choice([500, 1000, 1999.99]))}
            tables["payments"].append({"period": month, **paid})
    if "appeals" in sketch.odd and draw.random() < 0.2:
        row = {"appeal": f"A{staff}", "subject": staff, "filed_on": _day(draw.integers(0, 364)), "stage": str(draw.choice(["leader", "office"]))}
        tables["appeals"].append({**row, "decision": str(draw.choice(["", "upheld", "rejected"]))})
    if "measures" in sketch.odd and draw.random() < 0.2:
        subject = str(draw.choice([staff, *(each["division"] for each in tables["divisions"])]))
        row = {"measure": f"W{staff}", "subject": subject, "issue": "问题", "owner": staff, "due": _day(draw.integers(0, 364))}
        tables["measures"].append({**row, "done_on": _day(draw.integers(0, 364)) if draw.random() < 0.5 else None})
