"""Two versions of one period: what moved, by which lines, because of what; worked out by hand, and the sums of every made-up bureau."""

import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfkit import assess
from perfkit.assessment import Assessment
from perfkit.published import TABLES, Published
from perfkit.records import Records
from perfkit.since import Cause, Since, appeals_named
from perfkit.workbook.manifest import parameters
from tests.bureaus import frame, made, records, sketches
from tests.conftest import Bureau
from tests.test_random_bureaus import ALTERNATIVES, plan

MISS = {"table": "plan_items", "key": "2023-06/甲处/D1-2023-06", "column": "completion", "decided_by": "局党组", "decided_on": "2023-07-10"}


def version(result: Assessment) -> Published:
    """A result as a version published before would be read."""
    tables = {name: getattr(result, name).reset_index(drop=True) for name in TABLES}
    run = {"period": result.period, "parameters": json.loads(json.dumps(parameters(result))), "state": {"name": "draft"}}
    return Published(run, "", tables, {})


def rows(found: Since, subject: str) -> dict[tuple[str, str, str], tuple[float, float, float]]:
    """The moved lines of a subject: measure, component and item → before, after, change."""
    own = found.lines[found.lines["subject"] == subject].fillna(-1000.0)[["measure", "component", "item", "before", "after", "change"]]
    return {tuple(row[:3]): tuple(row[3:]) for row in own.itertuples(index=False, name=None)}


def causes(found: Since, subject: str, component: str) -> list[tuple[str, tuple[str, ...], float]]:
    own = found.lines[(found.lines["subject"] == subject) & (found.lines["component"] == component)]
    return [(each.kind, each.names, round(each.change, 9)) for line in own["causes"] for each in line]


def numbers(found: Since) -> set[tuple[Any, ...]]:
    return set(found.numbers.itertuples(index=False, name=None))


def test_nothing_moved(bureau: Bureau) -> None:
    result = bureau.assess("2023-06")
    found = result.since(version(result))
    assert found.lines.empty
    assert found.numbers.empty
    assert found.people.empty
    assert found.money.empty
    assert found.parameters.empty


def test_a_correction_moves_a_month(bureau: Bureau) -> None:
    """The only item undone costs 50 of 100 points; corrected, nothing. The head's organisation payout of 2,000 goes from half to whole."""
    bureau.miss("D1", "2023-06")
    then = bureau.assess("2023-06")
    bureau.add("corrections", correction="G1", old="0", new="1", why="申诉 S1 成立", **MISS)
    now = bureau.assess("2023-06")
    found = now.since(version(then))
    assert rows(found, "D1") == {("score", "monthly_plan", "D1-2023-06"): (-50.0, -1000.0, 50.0)}
    assert causes(found, "D1", "monthly_plan") == [("correction", ("G1",), 50.0)]
    assert causes(found, "H1", "monthly_organisation") == [("correction", ("G1",), 1000.0)]
    assert numbers(found) == {("D1", "score", 50.0, 100.0), ("D1", "rank", 3.0, 1.0)}
    assert found.corrections["correction"].to_list() == ["G1"]
    paid = found.money.set_index(["division", "kind"])["change"]
    assert paid["D1", "monthly_organisation"] == pytest.approx(1000 + 900)  # head 2,000 and deputy 1,800, each half
    assert found.unexplained.empty


def test_a_correction_moves_tiers_of_a_year(bureau: Bureau) -> None:
    """D2 from 一般 (70) to 优秀 (100) with a fifth of the weight: 94 + 6 = 100, above D1's 97; of three, one place each in A, B, C."""
    then = bureau.assess()
    key = "2023/mass/乙处/群众/一般"
    decided = {"decided_by": "局党组", "decided_on": "2024-01-10"}
    bureau.add("corrections", correction="G1", table="appraisals", key=key, column="grade", old="一般", new="优秀", **decided)
    found = bureau.assess().since(version(then))
    assert rows(found, "D2") == {
        ("score", "appraisal", "群众"): (14.0, 20.0, 6.0), ("coefficient", "tier", "B"): (1.0, -1000.0, -1.0),
        ("coefficient", "tier", "A"): (-1000.0, 1.2, 1.2),
    }  # fmt: skip
    assert causes(found, "D1", "tier") == [("correction", ("G1",), -1.2), ("correction", ("G1",), 1.0)]
    assert numbers(found) == {
        ("D2", "score", 94.0, 100.0), ("D2", "rank", 2.0, 1.0), ("D2", "tier", "B", "A"), ("D2", "coefficient", 1.0, 1.2),
        ("D1", "rank", 1.0, 2.0), ("D1", "tier", "A", "B"), ("D1", "coefficient", 1.2, 1.0),
    }  # fmt: skip
    assert found.unexplained.empty


def test_two_corrections_of_one_line_have_each_its_part(bureau: Bureau) -> None:
    """0 to 0.5 gives back half of the lost 50 where the uncompleted share counts, 0.5 to 1 the other half."""
    bureau.miss("D1", "2023-06")
    share = {"components__monthly_plan__loss_base": "uncompleted_share"}
    then = bureau.assess("2023-06", **share)
    bureau.add("corrections", correction="G1", old="0", new="0.5", **MISS)
    bureau.add("corrections", correction="G2", old="0.5", new="1", **{**MISS, "decided_on": "2023-07-11"})
    found = bureau.assess("2023-06", **share).since(version(then))
    assert causes(found, "D1", "monthly_plan") == [("correction", ("G1",), 25.0), ("correction", ("G2",), 25.0)]


def test_new_corrections_build_on_those_known_then(bureau: Bureau) -> None:
    """A quarter was given back then; another quarter and a half since: of the 50 points lost, 12.5 and 25."""
    bureau.miss("D1", "2023-06")
    share = {"components__monthly_plan__loss_base": "uncompleted_share"}
    bureau.add("corrections", correction="G1", old="0", new="0.25", **MISS)
    then = bureau.assess("2023-06", **share)
    bureau.add("corrections", correction="G2", old="0.25", new="0.5", **{**MISS, "decided_on": "2023-07-11"})
    bureau.add("corrections", correction="G3", old="0.5", new="1", **{**MISS, "decided_on": "2023-07-12"})
    found = bureau.assess("2023-06", **share).since(version(then))
    assert causes(found, "D1", "monthly_plan") == [("correction", ("G2",), 12.5), ("correction", ("G3",), 25.0)]


def test_what_was_corrected_then_is_no_news(bureau: Bureau) -> None:
    bureau.miss("D1", "2023-06")
    bureau.add("corrections", correction="G1", old="0", new="1", **MISS)
    then = bureau.assess("2023-06")
    bureau.miss("D2", "2023-06")
    other = {**MISS, "key": "2023-06/乙处/D2-2023-06"}
    bureau.add("corrections", correction="G2", old="0", new="1", **other)
    found = bureau.assess("2023-06").since(version(then))
    assert found.corrections["correction"].to_list() == ["G2"]
    # Undone by the entered record and done again by the correction: 100 then and now.
    assert found.lines.empty
    assert found.numbers.empty


def test_a_correction_taken_back_is_named(bureau: Bureau) -> None:
    bureau.miss("D1", "2023-06")
    bureau.add("corrections", correction="G1", old="0", new="1", **MISS)
    then = bureau.assess("2023-06")
    bureau.drop("corrections", correction="G1")
    found = bureau.assess("2023-06").since(version(then))
    assert found.withdrawn == ("G1",)
    assert causes(found, "D1", "monthly_plan") == [("withdrawn", ("G1",), -50.0)]


def test_an_appeal_explains_the_records_of_its_subject_and_what_follows_from_them(bureau: Bureau) -> None:
    bureau.miss("D1", "2023-06")
    then = bureau.assess("2023-06")
    bureau.rows("plan_items", division="D1", month="2023-06")[0]["completion"] = 1
    bureau.add("appeals", appeal="S1", subject="甲处", filed_on="2023-07-05", stage="office", decision="upheld", decided_on="2023-07-10")
    found = bureau.assess("2023-06").since(version(then))
    assert found.answers["appeal"].to_list() == ["S1"]
    assert causes(found, "D1", "monthly_plan") == [("appeal", ("S1",), 50.0)]
    assert causes(found, "H1", "organisation") == [("appeal", ("S1",), 40.0)]  # 80% of a head's score
    assert causes(found, "H1", "monthly_organisation") == [("appeal", ("S1",), 1000.0)]
    assert found.unexplained.empty


@pytest.mark.parametrize(("subject", "decision"), [("乙处", "upheld"), ("甲处", "rejected")])
def test_an_appeal_of_somebody_else_or_rejected_explains_nothing(bureau: Bureau, subject: str, decision: str) -> None:
    bureau.miss("D1", "2023-06")
    then = bureau.assess("2023-06")
    bureau.rows("plan_items", division="D1", month="2023-06")[0]["completion"] = 1
    bureau.add("appeals", appeal="S1", subject=subject, filed_on="2023-07-05", stage="office", decision=decision, decided_on="2023-07-10")
    found = bureau.assess("2023-06").since(version(then))
    assert causes(found, "D1", "monthly_plan") == [("unexplained", (), 50.0)]


def test_an_edit_without_a_reason_is_told_where_it_is_and_what_follows_it_apart(bureau: Bureau) -> None:
    bureau.miss("D1", "2023-06")
    then = bureau.assess()
    bureau.rows("plan_items", division="D1", month="2023-06")[0]["completion"] = 1
    month = bureau.assess("2023-06").since(version_of_month(then))
    assert causes(month, "D1", "monthly_plan") == [("unexplained", (), 50.0)]
    assert causes(month, "H1", "organisation") == [("follows", ("D1",), 40.0)]
    assert set(month.unexplained["subject"]) == {"D1"}
    year = bureau.assess().since(version(then))
    assert {each[:2] for each in causes(year, "D1", "monthly_plan")} == {("follows", ())}
    assert set(zip(year.unexplained["period"], year.unexplained["subject"], strict=True)) == {("2023-06", "D1")}  # the year says where it began
    assert sum(each[2] for each in causes(year, "D1", "monthly_plan")) == pytest.approx(3.33)  # 80% of 50 in one of twelve months, 93.67 → 97.00


def version_of_month(year: Assessment) -> Published:
    """The year's tables, of which a month's page reads its own lines."""
    return version(year)


def test_a_payout_base_that_was_edited_is_not_taken_for_a_consequence(bureau: Bureau) -> None:
    bureau.miss("D1", "2023-06")
    then = bureau.assess("2023-06")
    bureau.rows("plan_items", division="D1", month="2023-06")[0]["completion"] = 1
    bureau.rows("payout_bases", grade="正处")[0]["monthly_organisation"] = 3000
    found = bureau.assess("2023-06").since(version(then))
    assert causes(found, "V1", "monthly_organisation") == [("follows", ("D1",), 900.0)]
    assert causes(found, "H1", "monthly_organisation") == [("unexplained", (), 2000.0)]  # 2,000 × 0.5 → 3,000


def test_a_changed_parameter_explains_its_lines(bureau: Bureau) -> None:
    """Half of 100 points is 50, two fifths are 40."""
    bureau.miss("D1", "2023-06")
    then = bureau.assess("2023-06")
    now = bureau.assess("2023-06", components__monthly_plan__unexcused_loss=0.4)
    found = now.since(version(then))
    assert found.parameters.to_dict("records") == [{"path": "components.monthly_plan.unexcused_loss", "before": 0.5, "after": 0.4}]
    assert causes(found, "D1", "monthly_plan") == [("parameters", ("components.monthly_plan.unexcused_loss",), 10.0)]
    assert causes(found, "H1", "monthly_organisation") == [("parameters", ("components.monthly_plan.unexcused_loss",), 200.0)]


def test_correction_parameter_and_edit_are_told_apart(bureau: Bureau) -> None:
    """D1's corrected miss was worth 50 under the rule of then; D2's stays and costs 40 now; D3 was edited, 50 then."""
    for division in ("D1", "D2", "D3"):
        bureau.miss(division, "2023-06")
    then = bureau.assess("2023-06")
    bureau.add("corrections", correction="G1", old="0", new="1", **MISS)
    bureau.rows("plan_items", division="D3", month="2023-06")[0]["completion"] = 1
    found = bureau.assess("2023-06", components__monthly_plan__unexcused_loss=0.4).since(version(then))
    assert causes(found, "D1", "monthly_plan") == [("correction", ("G1",), 50.0)]
    assert causes(found, "D2", "monthly_plan") == [("parameters", ("components.monthly_plan.unexcused_loss",), 10.0)]
    assert causes(found, "D3", "monthly_plan") == [("unexplained", (), 50.0)]


def test_the_public_edition_names_public_cells_only(bureau: Bureau) -> None:
    bureau.miss("D1", "2023-06")
    bureau.miss("D2", "2023-06")
    then = bureau.assess("2023-06")
    bureau.add("corrections", correction="G1", old="0", new="1", why="内情", **MISS)
    bureau.add("corrections", correction="G2", old="", new="陈局长", **{**MISS, "key": "2023-06/乙处/D2-2023-06", "column": "excused_by"})
    bureau.add("corrections", correction="G3", old="", new="2023-07-01", **{**MISS, "key": "2023-06/乙处/D2-2023-06", "column": "excused_on"})
    now = bureau.assess("2023-06").public()
    found = now.since(version(then.public()))
    assert found.corrections.drop(columns="decided_on").to_dict("records") == [
        {"correction": "G1", "table": "plan_items", "key": "2023-06/甲处/D1-2023-06", "column": "completion", "old": "0", "new": "1"},
        *({"correction": each, "table": "", "key": "", "column": "", "old": "", "new": ""} for each in ("G2", "G3")),
    ]
    assert causes(found, "D1", "monthly_plan") == [("correction", ("G1",), 50.0)]
    assert causes(found, "D2", "monthly_plan") == [("correction", ("G3",), 50.0)]  # excused once the day stands too
    assert set(found.lines["subject"]) == {"D1", "D2"}
    assert found.people.empty
    assert found.money.empty
    again = now.since(version(now))  # of those without content the id is enough to know them again
    assert again.corrections.empty
    assert again.lines.empty


@pytest.mark.parametrize(("why", "named"), [("申诉SS-02成立", ("SS-02",)), ("见 SS-021", ()), ("SS-02、SS-03", ("SS-02",)), ("", ())])
def test_a_reason_names_upheld_appeals(why: str, named: tuple[str, ...]) -> None:
    answers = pd.DataFrame({"appeal": ["SS-02", "SS-03"], "decision": ["upheld", "rejected"]})
    assert appeals_named(why, answers) == named


def edited(tables: dict[str, list[dict[str, Any]]], seed: int) -> Records:
    """The same bureau with some records edited and, in their reading of now, some corrected."""
    new = {name: [dict(row) for row in rows_] for name, rows_ in tables.items()}
    for row in new["plan_items"][seed % 3 :: 7]:
        row["completion"] = 1.0 - (row["completion"] or 0.0)
    for row in new["hours"][seed % 5 :: 41]:
        row["approved"] = row["approved"] / 2
    base = records(new)
    chosen = new["plan_items"][seed % 4 :: 11][:3]
    rows_ = [{"correction": f"G{place}", "table": "plan_items", "key": f"{row['month']}/{row['division']}/{row['item']}", "column": "completion",
              "old": "" if row["completion"] is None else f"{row['completion']:.15g}", "new": "0.5", "decided_by": "局党组",
              "decided_on": pd.Timestamp(2024, 1, 1 + place)} for place, row in enumerate(chosen)]  # fmt: skip
    return base.corrected_by(frame("corrections", rows_)) if rows_ else base


@settings(max_examples=12)
@given(sketches(divisions=4, people=4, leaders=2), st.integers(0, 1000), st.sampled_from(range(len(ALTERNATIVES))), st.sampled_from(["2023", "2023-06"]))
def test_the_moved_lines_sum_to_the_move_of_every_number(sketch: Any, seed: int, reading: int, period: str) -> None:
    """Of every period, subject and measure; and the causes of a line to its change."""
    tables = made(sketch)
    then = assess(plan(), records(tables), period)
    now = assess(plan(reading), edited(tables, seed), period)
    found = now.since(version(then))
    keys = ["subject", "measure"]
    sums = [each.ledger[each.ledger["period"] == period].groupby(keys)["value"].sum() for each in (then, now)]
    move = sums[1].sub(sums[0], fill_value=0.0)
    told = found.lines.groupby(keys)["change"].sum().reindex(move.index, fill_value=0.0)
    pd.testing.assert_series_equal(told, move, check_names=False, atol=1e-6, rtol=0)
    for change, parts in zip(found.lines["change"], found.lines["causes"], strict=True):
        assert sum(each.change for each in parts) == pytest.approx(change, abs=1e-6)
        assert all(isinstance(each, Cause) for each in parts)
    published = now.divisions.set_index("division")["score"].astype(float) - then.divisions.set_index("division")["score"].astype(float)
    scores = found.lines[found.lines["measure"] == "score"].groupby("subject")["change"].sum()
    for division, by in published.dropna().items():
        assert scores.get(division, 0.0) == pytest.approx(by, abs=1e-6)
