"""People who change role, division or head within the year: each counts once, and nothing is lost in silence."""

from perfkit import assess, load_scheme
from tests.conftest import MONTHS, SCHEME, Bureau
from tests.test_assessment import column, paid, questions


def end(bureau: Bureau, person: str, day: str) -> None:
    for row in bureau.rows("postings", staff=person):
        row["end"] = day


def test_a_deputy_who_becomes_a_leader_is_paid_once_as_what_the_year_ended_with(bureau: Bureau) -> None:
    end(bureau, "V1", "2023-06-30")
    bureau.add("postings", staff="V1", division="D3", role="leader", grade="副局长", start="2023-07-01")
    for month in MONTHS[6:]:
        bureau.work("V1", month, 0)
    result = bureau.assess()
    assert questions(result) == set()
    annual = result.payouts[(result.payouts["staff"] == "V1") & (result.payouts["kind"] == "annual")]
    assert annual["amount"].to_list() == [25600]  # 32,000 × 0.8 of tier C × 1.0
    assert paid(result, "V1", "monthly_organisation", "2023-03") == 1800
    assert paid(result, "V1", "monthly_organisation", "2023-08") == 2600
    assert paid(result, "V1", "monthly_standard", "2023-08") is None
    assert "V1" not in set(result.staff["staff"])
    assert column(result.leaders, "divisions", "leader")["V1"] == "D3"


def test_a_change_within_a_month_counts_as_its_last_day(bureau: Bureau) -> None:
    end(bureau, "V1", "2023-06-10")
    bureau.add("postings", staff="V1", division="D3", role="leader", grade="副局长", start="2023-06-11")
    for month in MONTHS[5:]:
        bureau.work("V1", month, 0)
    result = bureau.assess()
    june = result.payouts[(result.payouts["staff"] == "V1") & (result.payouts["period"] == "2023-06")]
    assert june[["kind", "amount"]].to_numpy().tolist() == [["monthly_organisation", 2600]]


def test_hours_outside_the_posting_do_not_count_and_are_told(bureau: Bureau) -> None:
    end(bureau, "M1", "2023-06-30")
    result = bureau.assess()
    assert ("M1", "hours_outside_post", "864") in questions(result)  # six months of 144
    assert column(result.staff, "hours", "staff")["M1"] == 864
    assert column(result.staff, "statutory_hours", "staff")["M1"] == 960


def test_hours_of_a_month_count_only_while_in_post(bureau: Bureau) -> None:
    """In April days of 24 hours stand on the 1st to the 6th; the post ends on the 3rd."""
    end(bureau, "M1", "2023-04-03")
    result = bureau.assess()
    april = result.staff_months.set_index(["period", "staff"]).loc[("2023-04", "M1")]
    assert (april["hours"], april["statutory_hours"]) == (72, 24)


def test_hours_of_a_month_without_statutory_hours_are_told(bureau: Bureau) -> None:
    bureau.add("absences", staff="M1", kind="sick", start="2023-04-01", end="2023-04-30", approved_by="P1")
    bureau.work("M1", "2023-04", 24)
    result = bureau.assess()
    assert questions(result) == {("M1", "hours_not_assessed", "24")}
    assert column(result.staff, "hours", "staff")["M1"] == 1584  # eleven months of 144


def test_a_credit_of_a_month_outside_the_posting_is_told(bureau: Bureau) -> None:
    end(bureau, "M1", "2023-02-28")
    for month in MONTHS[2:]:
        bureau.work("M1", month, 0)
    for month, by in (("2023-02", "局办"), ("2023-03", "局办"), ("2023-03", ""), ("2022-12", "局办")):
        bureau.add("credits", month=month, staff="M1", kind="practical_deed", quantity=2, approved_by=by)
    result = bureau.assess()
    assert questions(result) == {("M1", "hours_not_assessed", "8")}  # 2 × 4 of March; February's count, without approval none does
    assert column(result.staff, "hours", "staff")["M1"] == 296


def test_a_veto_bars_who_was_head_on_the_day_of_the_ground(bureau: Bureau) -> None:
    end(bureau, "H1", "2023-06-30")
    end(bureau, "H2", "2023-06-30")
    bureau.add("postings", staff="H1", division="D2", role="head", grade="正处", start="2023-07-01")
    bureau.add("postings", staff="H2", division="D1", role="head", grade="正处", start="2023-07-01")
    bureau.add("vetoes", date="2023-03-15", division="D1", ground="事由", decided_by="局党组", decided_on="2023-04-01")
    ratings = column(bureau.assess().staff, "rating", "staff")
    assert (ratings["H1"], ratings["H2"]) == ("competent", "excellent")


def test_somebody_who_could_never_be_excellent_holds_nobody_up(bureau: Bureau) -> None:
    for row in bureau.rows("ratings", staff="M1"):
        row["rating"] = "basic"
    bureau.drop("appraisals", kind="democratic", subject="M1")
    result = bureau.assess()
    ratings = column(result.staff, "rating", "staff")
    assert (ratings["H1"], ratings["V1"]) == ("excellent", "excellent")
    assert questions(result) == {("M1", "appraisal_missing", "democratic")}


def test_who_waits_for_a_missing_rating_is_told_apart_from_a_tie(bureau: Bureau) -> None:
    bureau.drop("ratings", staff="V1")
    for row in bureau.rows("ratings", staff="H1"):
        row["rating"] = "basic"
    for person in ("M9", "M8"):
        bureau.add("staff", staff=person, name=person)
        bureau.add("postings", staff=person, division="D1", role="member", grade="科级", start="2020-01-01")
        bureau.add("ratings", year="2023", staff=person, rating="competent")
        bureau.add("appraisals", period="2023", kind="democratic", subject=person, rater_group="同事", grade="优秀", votes=5)
        for month in MONTHS:
            bureau.work(person, month, 150 if person == "M9" else 148)
    found = questions(bureau.assess())  # places: floor of 70 % of 5 = 3; M9 and M8 are sure, M1 waits for V1
    assert ("V1", "rating_missing", "competent;basic;incompetent") in found
    assert ("M1", "excellent_waits", "") in found
    assert not {key for _, key, _ in found} & {"tie_for_excellent"}


def test_the_public_result_holds_no_record_of_people(bureau: Bureau) -> None:
    result = bureau.assess().public()
    assert {name for name, table in result.records.tables.items() if len(table)} == {"divisions"}
    assert result.page("2023", "甲处").names == {"D1": "甲处", "D2": "乙处", "D3": "丙处"}


def test_a_month_that_a_spreadsheet_turned_into_a_date(bureau: Bureau) -> None:
    for row in bureau.rows("plan_items", month="2023-06"):
        row["month"] = "2023/6/1"
    result = bureau.assess()
    assert result.open.empty
    assert set(result.items["month"]) == set(MONTHS)


def test_an_overlay_that_says_nothing_changes_nothing(bureau: Bureau) -> None:
    blank = bureau.folder.parent / "blank.yaml"
    blank.write_text("# nothing yet\n", encoding="utf-8")
    plain = load_scheme(SCHEME)
    assert load_scheme(SCHEME, overlay=blank).parameters == plain.parameters


def test_an_appraisal_sheet_filled_with_noughts_is_no_appraisal(bureau: Bureau) -> None:
    for row in bureau.rows("appraisals", kind="democratic"):
        row["votes"] = 0
    result = bureau.assess()
    assert questions(result) == {(person, "appraisal_missing", "democratic") for person in ("H1", "V1", "M1", "H2", "M2", "M3", "H3", "M4")}
    assert column(result.divisions, "score") == {"D1": 97, "D2": 94, "D3": 90}
    assert set(column(result.staff, "score", "staff").values()) == {None}


def test_a_parameter_can_be_set_back_to_empty(bureau: Bureau) -> None:
    """Leading A, A and B: (1.2 + 1.2 + 1.0) ÷ 3 = 1.1333…, or 1.13 to two decimals."""
    overlay = bureau.folder.parent / "two.yaml"
    overlay.write_text("base: planning-bureau\nauthor: 绩效办\nwhy: 试算\nset:\n  payouts.leader_decimals: 2\n", encoding="utf-8")
    shares = {"A": 0.7, "B": 0.3, "C": 0.0}
    rounded = load_scheme(SCHEME, overlay=overlay, set={"tiers.shares": shares})
    unrounded = load_scheme(SCHEME, overlay=overlay, set={"tiers.shares": shares, "payouts.leader_decimals": None})
    records = bureau.records()
    assert column(assess(rounded, records, "2023").leaders, "coefficient", "leader")["P2"] == 1.13
    assert column(assess(unrounded, records, "2023").leaders, "coefficient", "leader")["P2"] == (1.2 + 1.2 + 1.0) / 3
