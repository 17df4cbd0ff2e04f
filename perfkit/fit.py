"""Whether records fit a scheme: what only the two together can tell, each fault with its cell."""

from collections.abc import Callable, Collection, Iterator
from functools import reduce
from typing import Any

from perfkit.problems import Problem, nearest
from perfkit.records import Records
from perfkit.records.schema import PARTS, ROLES, label
from perfkit.scheme import Scheme, SchemeFile
from perfkit.scoring import indicators
from perfkit.scoring.tree import sound

# The tables a part of a scheme cannot do without.
NEEDS = {
    "components": ("divisions", "staff", "postings"),
    "components.monthly_plan": ("plan_items",),
    "components.appraisal": ("appraisals",),
    "components.adjustments": ("adjustments",),
    "components.indicators": ("indicators", "indicator_results"),
    "components.survey": ("survey_frame", "survey_entries", "survey_responses"),
    "components.inspection": ("inspections",),
    "hours": ("hours",),
    "personal": ("ratings",),
    "payouts": ("payout_bases",),
}


# Those of them that hold rows in any bureau at work; deductions, say, there may be none.
FILLED = ("staff", "postings", "plan_items", "hours", "payout_bases", "indicator_results", "survey_frame", "survey_entries")

# Tables whose words must be known to the scheme: table, column, the kind of rows (all if ''), and where the words stand.
WORDS = (
    ("adjustments", "kind", "", "components.adjustments.amounts"),
    ("credits", "kind", "", "hours.credits"),
    ("appraisals", "grade", "mass", "components.appraisal.points"),
    ("appraisals", "grade", "democratic", "personal.democratic_points"),
)
Check = Callable[[SchemeFile, Records], Iterator[Problem]]


def problems_between(spec: SchemeFile, records: Records) -> list[Problem]:
    """Every fault, in the order of the tables."""
    return [problem for check, section in CHECKS.items() if spec.has(section) for problem in check(spec, records)]


def _missing(spec: SchemeFile, records: Records) -> Iterator[Problem]:
    given = set(records.files)
    for part, tables in NEEDS.items():
        for table in tables:
            if spec.has(part) and table not in given:
                near = nearest(table, given)
                yield Problem("table_missing", f"{table}.csv", values={"part": part, "folder": str(records.path), "near": near})
    if "divisions" in given and records["divisions"].empty:
        yield Problem("no_divisions", _file(records, "divisions"))


def _file(records: Records, table: str) -> str:
    return str(records.files.get(table, {}).get("file", f"{table}.csv"))


def _words(spec: SchemeFile, records: Records) -> Iterator[Problem]:
    """Kinds and grades the scheme gives no number for."""
    for table, column, kind, path in WORDS:
        if not spec.has(path.rpartition(".")[0]):
            continue
        rows = records[table]
        frame = rows[rows["kind"] == kind] if kind else rows
        known = reduce(getattr, path.split("."), spec).value  # type: ignore[attr-defined]
        for row, given in frame[column].items():
            if given and given not in known:
                values: dict[str, object] = {"given": given, "path": path, "options": tuple(known), "near": nearest(given, known)}
                yield Problem("not_in_scheme", _file(records, table), int(str(row)), label(table, column), values)
            elif given and known[given] is None:
                yield Problem("amount_empty", _file(records, table), int(str(row)), label(table, column), {"given": given, "path": path})


def _points(spec: SchemeFile, records: Records) -> Iterator[Problem]:
    """Points of a division's month: all given and summing to the full marks, or all blank."""
    full = spec.components.monthly_plan.full_marks.value
    items = records["plan_items"]
    items = items[(items["month"] != "") & (items["division"] != "")]
    months = items.groupby(["month", "division"])["points"]
    given, total = months.transform("count"), months.transform("sum")
    faulty = items[(given > 0) & ((given < months.transform("size")) | ((total - full).abs() > 1e-9))]
    file, names = _file(records, "plan_items"), records.names("divisions")
    for (month, division), group in faulty.groupby(["month", "division"], sort=False):
        points = group["points"]
        row = int(str(group.index[0]))
        values: dict[str, object] = {"month": month, "division": names.get(str(division), division)}
        if points.isna().any():
            yield Problem("points_partly_blank", file, int(str(points.index[points.isna()][0])), label("plan_items", "points"), values)
        else:
            values |= {"total": f"{points.sum():g}", "full": f"{full:g}", "last": int(str(group.index[-1]))}
            yield Problem("points_sum", file, row, label("plan_items", "points"), values)


def _bases(spec: SchemeFile, records: Records) -> Iterator[Problem]:
    """Grades in use that have no payout base this year."""
    bases = records["payout_bases"]
    known = set(bases.loc[bases["year"] == str(spec.year), "grade"])
    postings = records["postings"]
    paid = postings[(postings["role"] != "director") & (postings["role"] != "")]
    if "payout_bases" not in records.files:
        return
    unknown = paid[~paid["grade"].isin(known)].drop_duplicates("grade")
    for row, grade in unknown["grade"].items():
        yield Problem("grade_without_base", _file(records, "postings"), int(str(row)), label("postings", "grade"),
                      {"given": grade, "year": spec.year, "near": nearest(grade, known)})  # fmt: skip


def _ratings(spec: SchemeFile, records: Records) -> Iterator[Problem]:
    """Excellent is computed inside divisions, so nobody there can be given it."""
    ratings, postings = records["ratings"], records["postings"]
    leaders = set(postings.loc[postings["role"] == "leader", "staff"])
    inside = set(postings.loc[postings["role"].isin(["head", "deputy", "member"]) & (postings["division"] != ""), "staff"]) - leaders
    given = ratings[(ratings["year"] == str(spec.year)) & (ratings["rating"] == "excellent") & ratings["staff"].isin(inside)]
    for row, staff in given["staff"].items():
        values = {"given": records.names("staff").get(staff, staff)}
        yield Problem("excellent_by_hand", _file(records, "ratings"), int(str(row)), label("ratings", "rating"), values)


def _vetoes(spec: SchemeFile, records: Records) -> Iterator[Problem]:
    """Decided vetoes for a city loss below what the scheme calls heavy, where it says so."""
    heavy, rows = spec.veto.heavy_loss.value, records["vetoes"]
    below = rows[rows["decided_on"].notna() & (rows["points"] < (0 if heavy is None else heavy))]
    for row, points in below["points"].items():
        values = {"given": f"{points:g}", "heavy": f"{heavy:g}"}
        yield Problem("veto_below_threshold", _file(records, "vetoes"), int(str(row)), label("vetoes", "points"), values)


def rounds_in_other_months(records: Records, months: Collection[int]) -> Iterator[Problem]:
    """Survey rounds in other months than the scheme's, each told where it first stands."""
    for table in ("survey_entries", "survey_responses"):
        rounds = records[table]["round"]
        wrong = rounds[(rounds != "") & ~rounds.str[5:].isin([f"{month:02d}" for month in months])].drop_duplicates()
        for row, given in wrong.items():
            values = {"given": given, "months": tuple(months)}
            yield Problem("round_month", _file(records, table), int(str(row)), label(table, "round"), values)


def parts_outside(records: Records, parts: Collection[str], path: str) -> Iterator[Problem]:
    """Parts of the indicators that the scheme, at ``path``, does not know."""
    for row, given in records["indicators"]["part"].items():
        if given and given not in parts:
            values: dict[str, object] = {"given": given, "path": path, "options": tuple(parts), "near": nearest(given, parts)}
            yield Problem("not_in_scheme", _file(records, "indicators"), int(str(row)), label("indicators", "part"), values)


def _parts(spec: SchemeFile, records: Records) -> Iterator[Problem]:
    return parts_outside(records, spec.components.indicators.parts.value, "components.indicators.parts")


def _untopped(spec: SchemeFile, records: Records) -> Iterator[Problem]:
    """Parts of the score without a single indicator."""
    for part in spec.components.indicators.parts.value if "indicators" in records.files else ():
        if part not in set(records["indicators"]["part"]):
            yield Problem("part_without_indicators", _file(records, "indicators"), None, label("indicators", "part"), {"part": PARTS.get(part, (part,))[0]})


def _misplaced(spec: SchemeFile, records: Records) -> Iterator[Problem]:
    """Results that would count nowhere: a goal's numbers above the goals, grades of progress and innovation where none are asked."""
    shares: Any = spec.components.indicators.shares.value
    table = "indicator_results"
    if not sound(records["indicators"]):  # which is told by itself
        return
    for fault in indicators.misplaced(records[table], records["indicators"], shares=shares):
        row, column = fault.values["row"], str(fault.values["column"])
        yield Problem(f"result_{fault.kind}", _file(records, table), int(str(row)), label(table, column), {"given": fault.indicator})


def _rounds(spec: SchemeFile, records: Records) -> Iterator[Problem]:
    return rounds_in_other_months(records, spec.components.survey.rounds.value)


# Each check and the section without which there is nothing to check.
CHECKS: dict[Check, str] = {
    _missing: "components", _words: "components", _points: "components.monthly_plan", _bases: "payouts", _ratings: "excellent", _vetoes: "veto",
    _parts: "components.indicators", _untopped: "components.indicators", _misplaced: "components.indicators", _rounds: "components.survey",
}  # fmt: skip


def _namesakes(records: Records) -> Iterator[Problem]:
    """Divisions of one name, which reports tell apart by nothing."""
    divisions = records["divisions"]
    first = divisions.drop_duplicates("name").reset_index().set_index("name")["row"]
    for row, name in divisions.loc[divisions["name"].duplicated() & (divisions["name"] != ""), "name"].items():
        yield Problem("name_twice", _file(records, "divisions"), int(str(row)), label("divisions", "name"), {"given": name, "first": int(first[name])})


def _credits(records: Records) -> Iterator[Problem]:
    """Approved credits that name no supervision bulletin."""
    rows = records["credits"]
    for row in rows.index[(rows["approved_by"] != "") & (rows["reference"] == "")]:
        yield Problem("credit_without_reference", _file(records, "credits"), int(str(row)), label("credits", "reference"))


def _reviewers(scheme: Scheme, records: Records) -> Iterator[Problem]:
    """Hours approved by somebody of the bureau who is not the one the plan names; a notice an approver and role."""
    posts, hours = records["postings"], records["hours"]
    people = {**{name: staff for staff, name in records.names("staff").items()}, **{staff: staff for staff in records.names("staff")}}
    rows = hours.assign(approver=hours["approved_by"].map(people).astype(object), row=hours.index)[["row", "date", "staff", "approver"]].dropna()
    own = rows.merge(posts[posts["role"].isin(["head", "deputy", "member"])][["staff", "division", "role", "start", "end"]], on="staff")
    own = own[(own["start"] <= own["date"]) & ~(own["end"] < own["date"])]
    own["wanted"] = own["role"].map(scheme.spec.hours.reviewers.value)
    held = posts.rename(columns={"staff": "approver", "role": "wanted", "start": "from", "end": "until"})[["approver", "wanted", "division", "from", "until"]]
    right = own.merge(held, on=["approver", "wanted", "division"])
    right = right[(right["from"] <= right["date"]) & ~(right["until"] < right["date"])]
    wrong = own[~own["row"].isin(right["row"])]
    for (approver, wanted), entries in wrong.groupby(["approver", "wanted"]):
        values = {"name": records.names("staff")[str(approver)], "count": len(entries), "wanted": f"{ROLES[str(wanted)][0]}/{wanted}"}
        yield Problem("reviewer_other", _file(records, "hours"), int(entries["row"].iloc[0]), label("hours", "approved_by"), values)


def _doubled(records: Records) -> Iterator[Problem]:
    """Indicators of one title in more than one part (township plan 二: 自身建设)."""
    for fault in indicators.doubled(records["indicators"]):
        values = {"title": fault.values["title"], "indicators": fault.values["indicators"]}
        yield Problem("counted_twice", _file(records, "indicators"), int(str(fault.values["row"])), label("indicators", "title"), values)


def notices(scheme: Scheme, records: Records) -> list[Problem]:
    """What is no fault but worth a look: clauses nobody cites, a bureau of another size than the plan's."""
    found = [Problem("clause_uncited", scheme.path.name, None, f"clauses.{clause}") for clause in scheme.uncited()]
    found += [*_namesakes(records), *_credits(records), *_doubled(records), *(_reviewers(scheme, records) if scheme.spec.has("hours") else ())]
    counts = records["divisions"]["group"].value_counts()
    for group, number in scheme.spec.bureau.divisions.value.items() if scheme.spec.has("bureau.divisions") else ():
        if counts.get(group, 0) != number:
            found.append(Problem("division_count", _file(records, "divisions"), None, label("divisions", "group"),
                                 {"group": group, "given": int(counts.get(group, 0)), "number": number}))  # fmt: skip
    wanted = {table for part, tables in NEEDS.items() if scheme.spec.has(part) for table in tables}
    found += [Problem("table_without_rows", _file(records, table)) for table in FILLED if table in wanted & set(records.files) and records[table].empty]
    return [*found, *(_trees(scheme, records) if scheme.spec.has("components.indicators") else ())]


def _trees(scheme: Scheme, records: Records) -> Iterator[Problem]:
    """Other numbers of indicators and goals than the plan's."""
    tree, file = records["indicators"], _file(records, "indicators")
    tops = tree.loc[tree["parent"] == "", "indicator"]
    here = {"first_level": tree["parent"].isin(tops), "goals": ~tree["indicator"].isin(tree["parent"])}
    for part, planned in scheme.spec.components.indicators.counts.value.items():
        for kind, which in here.items():
            found, number = int((which & (tree["part"] == part)).sum()), planned.get(kind)  # type: ignore[call-overload]
            if number is not None and found != number:
                yield Problem(f"count_{kind}", file, None, label("indicators", "part"), {"part": part, "given": found, "number": number})
