"""The pages behind the numbers: whom a clause touched, what had to be assumed."""

from urllib.parse import unquote

import pandas as pd

from perfkit import assess, load_scheme
from perfkit.records import Records
from perfkit.report.html import Linked, Table
from perfkit.report.reasons import MOST, added, assumptions, by_clause, clause_of, clauses
from perfkit.report.view import View
from tests.conftest import SCHEME


def view(sample: Records, period: str = "2023-06", public: bool = False) -> View:
    result = assess(load_scheme(SCHEME), sample, period)
    return View((result.public() if public else result).page(period), "zh")


def test_a_clauses_lines_are_counted_and_summed_by_subject(sample: Records) -> None:
    # June: 100 points by 2.3.1; one item of 15 points missed, of which half are lost (also 2.3.1): 92.50 in two lines.
    own = view(sample)
    found = by_clause(own, own.page.ledger)
    row = found[(found["clause"] == "2.3.1") & (found["subject"] == "规划管理处") & (found["measure"] == "score")].iloc[0]
    assert (row["count"], row["value"], row["period"]) == (2, 92.5, "2023-06")
    names = own.page.names
    page = clause_of(own, "2.3.1", found[found["clause"] == "2.3.1"], {("2023-06", "规划管理处"): "2023-06/规划管理处"}, names)
    table = page.parts[-1][2]
    assert isinstance(table, Table)
    line = next(each for each in table.rows if each[0] == "规划管理处" and each[1] == "月度得分")
    assert list(line) == ["规划管理处", "月度得分", "2", "92.50", "分", "2023年6月"]
    assert isinstance(line[-1], Linked)
    assert [(said, unquote(href)) for said, href in line[-1].parts] == [("2023年6月", "../2023-06/规划管理处.html#lines")]


def test_a_year_is_named_once_in_a_row_of_months(sample: Records) -> None:
    """12 full names of months need three lines where one will do."""
    own = view(sample, "2023")
    touched = pd.DataFrame([("2.3.1", f"2023-{month:02d}", "规划管理处", "score", 1, 100.0) for month in (1, 2, 3)],
                           columns=["clause", "period", "subject", "measure", "count", "value"])  # fmt: skip
    reports = {("2023-02", "规划管理处"): "2023-02/规划管理处"}
    table = clause_of(own, "2.3.1", touched, reports, own.page.names).parts[-1][2]
    assert isinstance(table, Table)
    assert isinstance(table.rows[0][-1], Linked)
    assert [(said, unquote(href)) for said, href in table.rows[0][-1].parts if said != "、"] == [
        ("2023年1月", ""), ("2月", "../2023-02/规划管理处.html#lines"), ("3月", ""),
    ]  # fmt: skip


def test_only_what_has_one_unit_and_one_kind_of_period_is_added() -> None:
    """甲: 100 − 7.5 and 100 − 12.5 points of two months are 180, the year's 14.2 stand alone; 2,000 + 1,850.5 yuan; two years' coefficients are no sum."""
    lines = [
        ("2023-01", "甲", "score", 2, 92.5), ("2023-02", "甲", "score", 2, 87.5), ("2023", "甲", "score", 1, 14.2),
        ("2023-01", "甲", "amount", 1, 2000.0), ("2023-02", "甲", "amount", 1, 1850.5), ("2023", "甲", "amount", 1, 36000.0),
        ("2023", "甲", "coefficient", 1, 1.2), ("2024", "甲", "coefficient", 1, 0.8), ("2023-01", "乙", "score", 1, 100.0),
    ]  # fmt: skip
    found = added(pd.DataFrame(lines, columns=["period", "subject", "measure", "count", "value"]))
    assert {tuple(row) for row in found[["subject", "measure", "kind", "count", "value", "periods"]].itertuples(index=False)} == {
        ("甲", "score", "month", 4, 180.0, ("2023-01", "2023-02")), ("甲", "score", "year", 1, 14.2, ("2023",)),
        ("甲", "amount", "month", 2, 3850.5, ("2023-01", "2023-02")), ("甲", "amount", "year", 1, 36000.0, ("2023",)),
        ("甲", "coefficient", "year", 1, 1.2, ("2023",)), ("甲", "coefficient", "year", 1, 0.8, ("2024",)),
        ("乙", "score", "month", 1, 100.0, ("2023-01",)),
    }  # fmt: skip


def test_each_sum_says_its_unit_and_its_periods(sample: Records) -> None:
    own = view(sample, "2023")
    found = by_clause(own, own.page.ledger)
    units = {"得分": "分", "系数": "系数", "金额": "元"}
    seen = set()
    for clause, rows in found.groupby("clause"):
        table = clause_of(own, str(clause), rows, {}, own.page.names).parts[-1][2]
        assert isinstance(table, Table)
        for line in table.rows:
            kind, measure = line[1][:2], line[1][2:]
            assert line[4] == units[measure]
            assert all(("月" in period) == (kind == "月度") for period in line[5].split("、"))
            seen.add(measure)
    assert seen == set(units)


def test_every_clause_is_listed_with_where_it_stands(sample: Records) -> None:
    own = view(sample)
    listed = clauses(own, by_clause(own, own.page.ledger)).parts[-1][2]
    assert isinstance(listed, Table)
    assert [row[0] for row in listed.rows] == list(own.page.scheme.spec.clauses)
    touched = {row[0]: int(row[3]) for row in listed.rows}
    assert touched["2.3.1"] == 8
    assert touched["2.1.1"] == 0


def test_nobody_but_divisions_stands_on_the_public_pages(sample: Records) -> None:
    own = view(sample, public=True)
    found = by_clause(own, own.page.ledger)
    assert set(found["subject"]) == set(own.page.divisions["division"])
    assert set(found["measure"]) == {"score"}


def test_the_longest_clause_lists_its_first_hundred_and_counts_the_rest(sample: Records) -> None:
    own = view(sample, "2023")
    found = by_clause(own, own.page.ledger)
    most = found.groupby("clause").apply(lambda rows: len(added(rows))).idxmax()
    rows = found[found["clause"] == most]
    table = clause_of(own, str(most), rows, {}, own.page.names).parts[-1][2]
    assert isinstance(table, Table)
    count = len(added(rows))
    assert len(table.rows) == min(count, MOST)
    assert (f"其余{count - MOST}行" in table.caption) == (count > MOST)


def test_what_no_clause_gives_is_on_the_page_of_assumptions(sample: Records) -> None:
    own = view(sample)
    parts = {anchor: shown for anchor, _, shown in assumptions(own).parts if anchor}
    assert set(parts) == {path for path, each in own.page.scheme.parameters.items() if not each.clause}
    assert "现用取值：0.8" in parts["components.monthly_plan.weight"]._repr_html_()


def test_an_experiments_value_stands_there_beside_the_plans(sample: Records) -> None:
    scheme = load_scheme(SCHEME, set={"tiers.shares": {"A": 0.5, "B": 0.3, "C": 0.2}})
    own = View(assess(scheme, sample, "2023").page("2023"), "zh")
    parts = {anchor: shown for anchor, _, shown in assumptions(own).parts if anchor}
    text = parts["tiers.shares"]._repr_html_()
    assert "A档 0.5" in text
    assert "方案原值：A档 0.3" in text
