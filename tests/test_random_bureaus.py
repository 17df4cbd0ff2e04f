"""What holds of every bureau, however odd: properties of whole assessments over made-up records."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from perfkit import assess, load_records, load_scheme
from perfkit.assessment import Assessment
from perfkit.records import TABLES
from perfkit.scheme import Scheme
from perfkit.scoring import ranking
from tests.bureaus import ODD, Row, Sketch, made, records, sketches
from tests.conftest import MONTHS, SCHEME, write_csv

PUBLISHED = {"score", "rank", "personal", "coefficient", "amount", "headroom", "excellent_places", "organisation", "deductions", "assessed"}
PUBLISHED |= {"due", "paid", "difference"}
ALTERNATIVES = [(path, option) for path, parameter in load_scheme(SCHEME).parameters.items() for option in parameter.alternatives]
ALTERNATIVES.append(("tiers.method", "bands"))  # no reading of the plan, and reached by an overlay only
LABELS = [f"{path}={option}" for path, option in ALTERNATIVES]
readings = st.one_of(st.none(), st.sampled_from(range(len(ALTERNATIVES))))
NOTHING = frozenset[str]()


@cache
def plan(reading: int | None = None) -> Scheme:
    """The shipped scheme, or one of its other readings."""
    return load_scheme(SCHEME, set=None if reading is None else dict([ALTERNATIVES[reading]]))


def year(tables: Mapping[str, list[Row]], scheme: Scheme | None = None) -> Assessment:
    """The year those rows make."""
    return assess(scheme or plan(), records(tables), "2023")


def tables_of(result: Assessment) -> dict[str, pd.DataFrame]:
    """Every table of a result, by name."""
    return {name: table for name, table in vars(result).items() if isinstance(table, pd.DataFrame)}


def ordered(table: pd.DataFrame) -> pd.DataFrame:
    """A table in an order that does not depend on that of the records."""
    keys = {column: (cells.round(6) if cells.dtype.kind == "f" else cells).astype(str) for column, cells in table.items()}
    place = pd.DataFrame(keys, index=table.index).reset_index(drop=True).sort_values(list(keys)).index
    return table.iloc[place].reset_index(drop=True)


def same(one: Assessment, other: Assessment, back: Mapping[str, str] | None = None) -> None:
    """All tables equal, published numbers to the last bit; ``back`` turns the other's ids into the one's."""
    for name, wanted in tables_of(one).items():
        found = tables_of(other)[name]
        assert list(found) == list(wanted)
        both = []
        for table in (wanted, found):
            texts = {column: cells.map(lambda cell: _told(cell, back or {})) for column, cells in table.items() if cells.dtype.kind not in "fiMb"}
            both.append(ordered(table.assign(**texts)))
        for column in wanted:
            if wanted[column].dtype.kind in "fi":
                exact = column in PUBLISHED and name != "leaders"  # their mean coefficient is not rounded
                np.testing.assert_allclose(both[1][column], both[0][column], rtol=0, atol=0 if exact else 1e-9, err_msg=f"{name}.{column}")
            else:
                pd.testing.assert_series_equal(both[1][column], both[0][column], check_dtype=False, obj=f"{name}.{column}")


def _told(cell: Any, back: Mapping[str, str]) -> Any:
    """A cell of text with its ids turned back; of several, in the order of their names."""
    return ";".join(sorted(back.get(part, part) for part in cell.split(";"))) if isinstance(cell, str) else cell


def renamed(sketch: Sketch, tables: Mapping[str, list[Row]]) -> tuple[dict[str, list[Row]], dict[str, str]]:
    """The rows in another order, under other ids that sort in another order, and the way back."""
    draw = sketch.drawn("names")
    back: dict[str, str] = {}
    forth: dict[str, dict[str, str]] = {}
    for kind, table, letter in (("division", "divisions", "E"), ("staff", "staff", "T"), ("item", "plan_items", "J"), ("adjustment", "adjustments", "M")):
        old = sorted({row[kind] for row in tables[table]})
        new = [f"{letter}{number:04d}" for number in draw.permutation(len(old))]
        forth[kind] = dict(zip(old, new, strict=True))
        back |= dict(zip(new, old, strict=True))
    forth["subject"] = {**forth["division"], **forth["staff"]}
    forth |= dict.fromkeys(("excused_by", "owner"), forth["staff"])
    found = {}
    for name, rows in tables.items():
        moved = [rows[place] for place in draw.permutation(len(rows))]
        found[name] = [{column: forth.get(column, {}).get(cell, cell) for column, cell in row.items()} for row in moved]
    return found, back


def whole(result: Assessment) -> None:
    """What every result must hold, whatever the bureau and the scheme."""
    for name in ("raw", "weight", "value"):
        assert np.isfinite(result.ledger[name]).all(), f"ledger.{name}"
    for name in ("base", "factor", "amount"):
        assert np.isfinite(result.payouts[name]).all(), f"payouts.{name}"
    assert not result.payouts.duplicated(["period", "staff", "kind"]).any()
    assert result.checks["holds"].all()
    assert not result.open.duplicated().any()
    assert set(result.divisions["division"]) == set(result.records["divisions"]["division"])
    ledger_sums(result)
    pools(result)
    people(result)
    nothing_lost(result)
    payments(result)
    ranks(result)
    if len(result.period) == 4:
        tiers(result)
        places(result)


def ledger_sums(result: Assessment) -> None:
    """Lines of one (period, subject, measure) sum to what is published, and nothing is published without lines."""
    sums = result.ledger.groupby(["period", "subject", "measure"])["value"].sum()
    annual = len(result.period) == 4
    published = [
        (result.division_months["period"], result.division_months["division"], "score", result.division_months["score"]),
        (result.staff_months["period"], result.staff_months["staff"], "score", result.staff_months["score"]),
        *((result.period, result.divisions["division"], measure, result.divisions[measure]) for measure in ("score", "coefficient") if annual),
        *((result.period, result.staff["staff"], measure, result.staff[measure]) for measure in ("score", "coefficient") if annual),
        (result.period, result.leaders["leader"], "coefficient", result.leaders["coefficient"]),
    ]
    wanted: dict[tuple[str, str, str], float] = {}
    for period, subject, measure, values in published:
        for one, other, value in zip([period] * len(subject) if isinstance(period, str) else period, subject, values, strict=True):
            if not pd.isna(value):
                wanted[one, other, measure] = value
    found = sums.drop("amount", level="measure", errors="ignore").to_dict()
    assert set(found) == set(wanted)
    assert all(abs(found[key] - wanted[key]) < 1e-8 for key in wanted)
    people = set(result.records["staff"]["staff"])
    amounts = result.ledger[(result.ledger["measure"] == "amount") & result.ledger["subject"].isin(people)]
    lines = amounts.groupby(["period", "subject", "component"])["value"].sum()
    paid = result.payouts.set_index(["period", "staff", "kind"])["amount"]
    assert set(lines.index) == set(paid.index)
    assert (lines.reindex(paid.index).sub(paid.to_numpy()).abs() < 1e-6).all()
    assert abs(lines.sum() - paid.sum()) < 1e-5
    assert (paid.drop("settlement", level="kind", errors="ignore") >= 0).all()
    assert np.allclose(paid * 100, (paid * 100).round(), rtol=0, atol=1e-5)


def pools(result: Assessment) -> None:
    """A division's month: the shares and the remainder make the pool of those who compete, and shares go by excess."""
    base = result.records["payout_bases"].set_index("grade")["competitive"]
    rivals = result.staff_months[result.staff_months["role"].isin(["deputy", "member"])].copy()
    rivals["base"] = rivals["grade"].map(base)
    rivals["excess"] = (rivals["hours"] - 0.7 * rivals["statutory_hours"]).clip(lower=0).where(lambda excess: excess > 1e-9, 0)
    how = result.scheme.spec.payouts.competition.value
    lines = result.ledger[result.ledger["component"] == "monthly_competitive"]
    amounts = lines.groupby(["period", "subject"])["value"].sum()
    assert not lines.duplicated(["period", "subject", "item"]).any()
    remainders = 0
    for (period, division), own in rivals.groupby(["period", "division"]):
        pool, shares = own["base"].sum(), amounts.loc[[(period, staff) for staff in own["staff"]]].to_numpy()
        remainders += 1
        rest = amounts[period, division]
        assert abs(shares.sum() + rest - pool) < 1e-6
        if own["excess"].sum() == 0:
            assert abs(rest - pool) < 1e-9
        elif how == "per_hour":
            assert np.allclose(shares, 20 * own["excess"], rtol=0, atol=0.01)
        else:
            assert rest > -1e-9
        if own["excess"].sum() == 0 or how != "proportional":
            continue
        exact = pool * own["excess"].to_numpy() / own["excess"].sum()
        assert (shares <= exact + 1e-6).all()
        assert (exact - shares < 0.01).all()
    assert len(amounts) == len(rivals) + remainders


def people(result: Assessment) -> None:
    """Everyone stands in one place; who is assessed and worked has a personal score or a question; who is not has none."""
    everyone, asked = set(result.records["staff"]["staff"]), set(result.open["subject"])
    staff, leaders = list(result.staff["staff"]), list(result.leaders["leader"])
    if len(result.period) == 4:
        assert sorted(staff + leaders) == sorted(everyone)
    included = result.staff[result.staff["included"].astype(bool)]
    assert included["hours"].notna().all()
    assert (included["statutory_hours"] > 0).all()
    assert (included["personal"].notna() | included["staff"].isin(asked)).all()
    assert (included["score"].notna() | included["staff"].isin(asked) | included["division"].isin(asked) | movers(result, included)).all()
    left = result.staff[~result.staff["included"].astype(bool)]
    assert left["score"].isna().all()
    assert left["reason"].isin(["absence", "exemption", "no_statutory_hours", "outside_divisions", "director"]).all()
    gone = left.loc[left["reason"].isin(["absence", "exemption"]), "staff"]
    assert not result.payouts.loc[result.payouts["kind"] != "settlement", "staff"].isin(gone).any()  # what they were paid before is
    assert result.staff_months["personal"].notna().all()
    if result.scheme.spec.personal.basis.value != "hours":
        assert (result.staff_months["personal"].between(0, result.scheme.spec.personal.cap.value)).all()


def nothing_lost(result: Assessment) -> None:
    """Every approved hour and credit of the period is counted in a month, or asked about, or of somebody who is left out."""
    inside = result.period if len(result.period) == 7 else "2023"
    worked, credits = result.records["hours"], result.records["credits"]
    worked = worked[worked["date"].dt.strftime("%Y-%m").str.startswith(inside)]
    credits = credits[credits["month"].str.startswith(inside) & (credits["approved_by"] != "")]
    earned = credits["kind"].map(result.scheme.spec.hours.credits.value).astype(float) * credits["quantity"].fillna(1)
    given = pd.concat([worked.groupby("staff")["approved"].sum(), earned.groupby(credits["staff"]).sum()])
    asked = result.open[result.open["question"].isin(["hours_without_approver", "hours_outside_post", "hours_not_assessed"])]
    found = pd.concat([result.staff_months.groupby("staff")["hours"].sum(), asked["options"].astype(float).groupby(asked["subject"]).sum()])
    given, found = (each.groupby(level=0).sum() for each in (given, found))
    left = result.staff.loc[result.staff["reason"].isin(["absence", "exemption"]), "staff"]
    gap = given.sub(found, fill_value=0).drop(left, errors="ignore")
    assert (gap.abs() < 1e-6).all()


def movers(result: Assessment, included: pd.DataFrame) -> pd.Series:
    """Who was also posted to a division that is asked about."""
    posts = result.records["postings"]
    waiting = posts.loc[posts["division"].isin(result.open["subject"]), "staff"]
    return included["staff"].isin(waiting)


def payments(result: Assessment) -> None:
    """Nobody who is owed a payment goes without a row."""
    rows = set(result.payouts[["period", "staff", "kind"]].itertuples(index=False, name=None))
    months = result.staff_months
    wanted = {(period, staff, "monthly_standard") for period, staff in zip(months["period"], months["staff"], strict=True)}
    rivals = months[months["role"].isin(["deputy", "member"])]
    wanted |= {(period, staff, "monthly_competitive") for period, staff in zip(rivals["period"], rivals["staff"], strict=True)}
    chiefs = months[months["role"].isin(["head", "deputy"]) & months["score"].notna()]
    wanted |= {(period, staff, "monthly_organisation") for period, staff in zip(chiefs["period"], chiefs["staff"], strict=True)}
    assert wanted <= rows
    extra = {row for row in rows - wanted if row[2] not in ("annual", "settlement")}
    posts = result.records["postings"]
    assert {staff for _, staff, _ in extra} <= set(posts.loc[posts["role"] == "leader", "staff"])
    assert {kind for _, _, kind in extra} <= {"monthly_organisation"}
    if len(result.period) == 4:
        asked = set(result.open["subject"])
        annual = {staff for _, staff, kind in rows if kind == "annual"}
        included = result.staff[result.staff["included"].astype(bool)]
        unpaid = included[~included["staff"].isin(annual)]
        assert (unpaid["staff"].isin(asked) | unpaid["division"].isin(asked) | movers(result, unpaid)).all()
        assert annual <= set(included["staff"]) | set(result.leaders["leader"])


def ranks(result: Assessment) -> None:
    """Ranks are those of the published scores; without a score there is none."""
    for table, by in ((result.divisions, []), (result.staff, ["division"]), (result.division_months, ["period"])):
        if by != [] or result.scheme.spec.tiers.groups.value != "apart" or len(result.period) == 7:
            groups = [table[name] for name in by] or [pd.Series("", index=table.index)]
            wanted = table["score"].astype(float).groupby(groups).rank(ascending=False, method="min")
            pd.testing.assert_series_equal(table["rank"].astype(float), wanted, check_names=False)


def tiers(result: Assessment) -> None:
    """Every division has one tier, or a question that says why not; the tiers are as full as the shares make them."""
    spec, asked = result.scheme.spec, result.open.groupby("subject")["question"].agg(set)
    for row in result.divisions.itertuples():
        if pd.isna(row.tier):
            why = asked.get(row.division, set())
            if pd.isna(row.score):
                assert why & {"month_without_items", "completion_missing", "appraisal_missing", "hours_missing"}, row.division
            else:
                assert "tie_at_tier_border" in why, row.division
            assert pd.isna(row.coefficient)
            assert pd.isna(row.excellent_places)
        else:
            assert row.tier in spec.tiers.shares.value
            assert row.coefficient == spec.tiers.coefficients.value[row.tier]
    settled = result.divisions.dropna(subset=["tier"])
    if spec.tiers.method.value == "bands":
        assert "tie_at_tier_border" not in set(result.open["question"])
        found = [(score, tier) for score, tier in zip(settled["score"], settled["tier"], strict=True)]
        assert [tier for _, tier in found] == ["A" if score >= 95 else "B" if score >= 85 else "C" for score, _ in found]
        gaps = [{"A": np.nan, "B": 95 - score, "C": 85 - score}[tier] for score, tier in found]
        np.testing.assert_allclose(settled["headroom"].astype(float), gaps, atol=1e-9)
        return
    plain = (spec.tiers.groups.value, spec.veto.effect.value, spec.tiers.at_border.value) == ("together", "lose_title", "chain")
    if plain:
        best = settled.sort_values(["score", "tier"], ascending=[False, True])["tier"]
        assert best.is_monotonic_increasing
        assert not (settled["headroom"] < 0).any()
    if plain and spec.tiers.rounding.value == "largest_remainder":
        ranked = result.divisions["score"].notna()
        wanted = ranking.apportion(pd.Series(spec.tiers.shares.value), int(ranked.sum()), "largest_remainder", spec.tiers.place_tie_order.value)
        counts = settled["tier"].value_counts().reindex(wanted.index, fill_value=0)
        assert (counts <= wanted).all()
        assert counts.sum() == wanted.sum() or settled["tier"].size < ranked.sum()


def places(result: Assessment) -> None:
    """No division has more excellent people than places, none are given in vain, and nobody overtakes a better one."""
    staff, last = result.staff[result.staff["included"].astype(bool)], result.scheme.spec.excellent.at_last_place.value
    given = dict(zip(result.divisions["division"], result.divisions["excellent_places"], strict=True))
    for division, own in staff.groupby("division"):
        excellent = own["rating"] == "excellent"
        if last == "all":
            assert pd.isna(given[division]) or excellent.sum() <= given[division] or own.loc[excellent, "score"].duplicated(keep=False).any()
            continue
        assert excellent.sum() <= (0 if pd.isna(given[division]) else given[division])
        if own["rating"].notna().all() and not pd.isna(given[division]):
            rest = own[own["rating"] == "competent"]
            barred = set(result.records["vetoes"]["division"])
            if not barred:
                assert last == "none" or excellent.sum() == min(given[division], excellent.sum() + len(rest))
                assert rest.empty or excellent.sum() == 0 or own.loc[excellent, "score"].min() >= rest["score"].max()


def with_row(tables: Mapping[str, list[Row]], table: str, old: Row | None, new: Row) -> dict[str, list[Row]]:
    """The tables with one row put in another's stead, or added."""
    rows = [new if row is old else row for row in tables[table]]
    return {**tables, table: rows if old is not None else [*rows, new]}


def one(table: pd.DataFrame, key: str, subject: str) -> Any:
    """The row of one subject."""
    return table.set_index(key).loc[subject]


@settings(max_examples=6)
@given(sketches())
def test_made_up_tables_are_what_the_reader_makes_of_them(tmp_path_factory: pytest.TempPathFactory, sketch: Sketch) -> None:
    folder, tables = tmp_path_factory.mktemp("records"), made(sketch)
    for name, rows in tables.items():
        write_csv(folder, name, rows)
    read, typed = load_records(folder), records(tables)
    for name in TABLES:
        pd.testing.assert_frame_equal(read[name], typed[name], obj=name)


@settings(max_examples=10)
@given(sketches(), st.sampled_from(MONTHS))
def test_every_year_is_whole_and_its_months_are_the_months_run_alone(sketch: Sketch, month: str) -> None:
    result = year(made(sketch))
    whole(result)
    alone = assess(plan(), result.records, month)
    whole(alone)
    for name, column in (("division_months", "period"), ("staff_months", "period"), ("payouts", "period"), ("ledger", "period"), ("items", "month")):
        table = getattr(result, name)
        pd.testing.assert_frame_equal(ordered(table[table[column] == month]), ordered(getattr(alone, name)), check_dtype=False, obj=name)


@pytest.mark.parametrize("reading", range(len(ALTERNATIVES)), ids=LABELS)
def test_every_reading_gives_a_whole_result(reading: int) -> None:
    odd = frozenset(ODD) if reading % 2 else frozenset({"misses", "excuses", "absences", "credits", "borrowed", "vetoes", "low_ratings"})
    whole(year(made(Sketch(reading, (4, 0, 2, 5, 3), (2, 0), odd)), plan(reading)))


BARE = {
    "a division without people": (Sketch(1, (0, 3, 4), (2,), NOTHING), ()),
    "nobody in any division": (Sketch(1, (0, 0), (1,), NOTHING), ()),
    "one division": (Sketch(1, (5,), (1,), NOTHING), ()),
    "one person": (Sketch(1, (1,), (), NOTHING), ()),
    "no items": (Sketch(1, (3, 4), (2,), NOTHING), ("plan_items",)),
    "nobody rated": (Sketch(1, (3, 4), (2,), NOTHING), ("ratings",)),
    "nobody appraised": (Sketch(1, (3, 4), (2,), NOTHING), ("appraisals",)),
    "no hours": (Sketch(1, (3, 4), (2,), NOTHING), ("hours",)),
    "no posts": (Sketch(1, (3, 4), (2,), NOTHING), ("postings",)),
    "nothing but divisions": (Sketch(1, (3, 4), (2,), NOTHING), tuple(set(TABLES) - {"divisions"})),
}


@pytest.mark.parametrize("period", ["2023", "2023-02"])
@pytest.mark.parametrize("case", BARE)
def test_a_bureau_that_lacks_something(case: str, period: str) -> None:
    sketch, lacking = BARE[case]
    tables = made(sketch)
    for name in lacking:
        tables[name] = []
    whole(assess(plan(), records(tables), period))


@pytest.mark.parametrize("table", ["absences", "exemptions"])
def test_a_bureau_where_nobody_takes_part(table: str) -> None:
    tables = made(Sketch(1, (3, 4), (2,), NOTHING))
    day = dt.date(2023, 3, 1)
    for row in tables["staff"]:
        away: Row = {"kind": "sick", "start": day, "end": dt.date(2023, 9, 1), "approved_by": "局长"}
        tables[table].append({"staff": row["staff"], **(away if table == "absences" else dict.fromkeys(("applied", "head", "leader", "director"), day))})
    result = year(tables)
    whole(result)
    assert result.payouts.empty
    assert not result.staff["included"].astype(bool).any()


@settings(max_examples=6)
@given(sketches(), readings)
def test_the_order_of_rows_and_the_names_of_things_change_nothing(sketch: Sketch, reading: int | None) -> None:
    tables = made(sketch)
    other, back = renamed(sketch, tables)
    same(year(tables, plan(reading)), year(other, plan(reading)), back)


@settings(max_examples=6)
@given(sketches(people=4), readings, st.booleans())
def test_more_points_never_lower_a_division(sketch: Sketch, reading: int | None, bonus: bool) -> None:
    tables, draw = made(sketch), sketch.drawn("better")
    missed = [row for row in tables["plan_items"] if row["completion"] is not None and row["completion"] < 1]
    if bonus or not missed:
        division = str(draw.choice([row["division"] for row in tables["divisions"]]))
        day = dt.date(2023, 6, 1)
        new: Row = {"adjustment": "N99", "date": day, "division": division, "kind": "innovation", "decided_on": day}
        better = with_row(tables, "adjustments", None, new)
    else:
        row = missed[draw.integers(len(missed))]
        division = row["division"]
        better = with_row(tables, "plan_items", row, {**row, "completion": float(draw.choice([1, (1 + row["completion"]) / 2]))})
    before, after = year(tables, plan(reading)), year(better, plan(reading))
    was, now = (one(result.divisions, "division", division) for result in (before, after))
    assert pd.isna(was["score"]) == pd.isna(now["score"])
    if not pd.isna(was["score"]):
        assert now["score"] >= was["score"]
        assert now["rank"] <= was["rank"]
        assert pd.isna(was["tier"]) or pd.isna(now["tier"]) or now["tier"] <= was["tier"]
    others = [result.divisions.set_index("division").drop(division) for result in (before, after)]
    pd.testing.assert_series_equal(others[0]["score"], others[1]["score"])
    assert not (others[1]["rank"] < others[0]["rank"]).any()


def steady(tables: Mapping[str, list[Row]]) -> list[str]:
    """People who served one division only."""
    held: dict[str, set[tuple[str, bool]]] = {}
    for row in tables["postings"]:
        held.setdefault(row["staff"], set()).add((row["division"], row["role"] in ("leader", "director")))
    return sorted(staff for staff, posts in held.items() if len(posts) == 1 and not next(iter(posts))[1] and next(iter(posts))[0])


def one_hour_more(sketch: Sketch, tables: Mapping[str, list[Row]], staff: str) -> dict[str, list[Row]]:
    """One more approved hour on a day in post that has room for it."""
    posts = [row for row in tables["postings"] if row["staff"] == staff]
    first, last = dt.date(2023, 1, 1), dt.date(2023, 12, 31)
    days = [
        day for day in (first + dt.timedelta(days=number) for number in range(365))
        if any(post["start"] <= day <= (post["end"] or last) for post in posts)
    ]  # fmt: skip
    assume(days)
    day = days[sketch.drawn("hour").integers(len(days))]
    old = next((row for row in tables["hours"] if row["staff"] == staff and row["date"] == day), None)
    if old is None:
        return with_row(tables, "hours", None, {"date": day, "staff": staff, "approved": 1, "approved_by": "局长"})
    assume(old["approved"] <= 23 and old["approved_by"])
    return with_row(tables, "hours", old, {**old, "approved": old["approved"] + 1})


@settings(max_examples=6)
@given(sketches())
def test_one_more_hour_never_costs_the_one_who_worked_it(sketch: Sketch) -> None:
    tables = made(sketch)
    candidates = steady(tables)
    assume(candidates)
    staff = candidates[sketch.drawn("who").integers(len(candidates))]
    before, after = (year(each).payouts for each in (tables, one_hour_more(sketch, tables, staff)))
    was, now = (rows[rows["staff"] == staff].set_index(["period", "kind"])["amount"] for rows in (before, after))
    assume(set(was.index) <= set(now.index))
    assert now.sum() >= was.sum() - 1e-6


def cloned(tables: Mapping[str, list[Row]], division: str) -> tuple[dict[str, list[Row]], dict[str, str]]:
    """The bureau with a division that has the same people and records again, and who is whose likeness."""
    people = {row["staff"] for row in tables["postings"] if row["division"] == division and row["role"] in ("head", "deputy", "member")}
    likeness = {division: "C00", **{staff: f"C{staff}" for staff in people}}
    found = {}
    for name, rows in tables.items():
        extra = []
        for row in rows:
            whose = row.get("subject") or row.get("division") if name in ("appraisals", "decisions", "plan_items", "adjustments", "vetoes") else None
            if whose in likeness or (name not in ("plan_items",) and (row.get("staff") in people or row.get("division") == division)):
                copy = {column: likeness.get(cell, cell) if column in ("division", "staff", "subject") else cell for column, cell in row.items()}
                extra.append({**copy, "adjustment": f"C{row['adjustment']}"} if name == "adjustments" else copy)
        found[name] = [*rows, *extra]
    return found, likeness


@settings(max_examples=8)
@given(sketches(divisions=6), readings)
def test_equal_everything_gives_an_equal_tier_or_an_open_question(sketch: Sketch, reading: int | None) -> None:
    tables = made(sketch)
    alone = set(steady(tables))
    served: dict[str, set[str]] = {row["division"]: set() for row in tables["divisions"]}
    for row in tables["postings"]:
        if row["division"] and row["role"] != "leader":
            served[row["division"]].add(row["staff"])
    candidates = [division for division, people in served.items() if people <= alone]
    assume(candidates)
    division = candidates[sketch.drawn("clone").integers(len(candidates))]
    both, likeness = cloned(tables, division)
    result = year(both, plan(reading))
    for old, new in likeness.items():
        table, key = (result.divisions, "division") if old == division else (result.staff, "staff")
        here, there = one(table, key, old), one(table, key, new)
        apart = here.drop(labels="division", errors="ignore"), there.drop(labels="division", errors="ignore")
        pd.testing.assert_series_equal(*apart, check_names=False)
        if old == division and pd.isna(here["tier"]):
            assert {old, new} <= set(result.open["subject"])
        paid = [result.payouts[result.payouts["staff"] == staff].set_index(["period", "kind"])["amount"] for staff in (old, new)]
        pd.testing.assert_series_equal(paid[0], paid[1])


@settings(max_examples=2)
@given(sketches())
def test_an_overlay_that_changes_nothing(tmp_path_factory: pytest.TempPathFactory, sketch: Sketch) -> None:
    folder = tmp_path_factory.mktemp("overlays")
    held, result = records(made(sketch)), year(made(sketch))
    for scheme in (load_scheme(SCHEME, overlay=blank(folder)), repeating()):
        found = assess(scheme, held, "2023")
        for name, table in tables_of(result).items():
            pd.testing.assert_frame_equal(tables_of(found)[name], table, obj=name)


def before_and_after(tables: Mapping[str, list[Row]]) -> dict[str, list[Row]]:
    """The bureau with records of the years before and after among its own."""
    dated = {"plan_items": "month", "hours": "date", "credits": "month", "adjustments": "date", "vetoes": "date", "appraisals": "period"}
    dated |= {"ratings": "year", "payout_bases": "year", "decisions": "period"}
    found = {name: list(rows) for name, rows in tables.items()}
    for name, column in dated.items():
        for row in tables[name]:
            for other in (2022, 2024):
                cell = row[column]
                moved = dt.date(other, cell.month, min(cell.day, 28)) if isinstance(cell, dt.date) else f"{other}{cell[4:]}"
                if not (name == "hours" and cell.day > 28):
                    found[name].append({**row, column: moved, **({"adjustment": f"{row['adjustment']}-{other}"} if name == "adjustments" else {})})
    return found


@settings(max_examples=3)
@given(sketches(people=4))
def test_records_of_other_years_change_nothing(sketch: Sketch) -> None:
    tables = made(sketch)
    same(year(tables), year(before_and_after(tables)))


@settings(max_examples=4)
@given(sketches().map(lambda sketch: replace(sketch, odd=sketch.odd | {"absences", "exemptions"})))
def test_what_somebody_did_who_does_not_take_part_changes_nothing(sketch: Sketch) -> None:
    tables = made(sketch)
    result = year(tables)
    out = set(result.staff.loc[result.staff["reason"].isin(["absence", "exemption"]), "staff"])
    assume(out)
    idle = {**tables, **{name: [row for row in tables[name] if row["staff"] not in out] for name in ("hours", "credits", "ratings")}}
    idle["appraisals"] = [row for row in tables["appraisals"] if row["subject"] not in out]
    found = year(idle)
    for name in ("divisions", "staff", "leaders", "payouts", "ledger", "standing", "staff_months"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(result, name), obj=name)


def blank(folder: Path) -> Path:
    """An overlay that says nothing."""
    file = folder / "blank.yaml"
    file.write_text("# nothing\n", encoding="utf-8")
    return file


@cache
def repeating() -> Scheme:
    """The plan with its own values laid over it."""
    return load_scheme(SCHEME, set={path: parameter.model_dump()["value"] for path, parameter in plan().parameters.items()})


@settings(max_examples=4)
@given(sketches(), st.sampled_from(["2023", "2023-07"]))
def test_the_public_result_names_nobody(sketch: Sketch, period: str) -> None:
    result = assess(plan(), records(made(sketch)), period).public()
    for name, table in {**tables_of(result), **{f"records.{name}": table for name, table in result.records.tables.items()}}.items():
        for column in table:
            shown = table[column].astype(str)
            assert not shown.str.contains(r"S\d{4}|名").any(), f"{name}.{column}"
