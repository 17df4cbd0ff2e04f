"""What scheme and records together can tell and is no fault."""

import pytest

from perfkit import load_scheme
from perfkit.fit import notices
from perfkit.problems import RecordsError
from perfkit.records import Records
from tests.conftest import SCHEME, Bureau


def test_a_bureau_of_another_size_than_the_plan_s_is_a_notice(bureau: Bureau) -> None:
    found = notices(load_scheme(SCHEME), bureau.records())
    assert [(notice.key, notice.values["group"], notice.values["given"], notice.values["number"]) for notice in found] == [
        ("division_count", "business", 3, 5), ("division_count", "general", 0, 3),
    ]  # fmt: skip


def test_the_sample_is_of_the_plan_s_size(sample: Records) -> None:
    assert notices(load_scheme(SCHEME), sample) == []


def test_a_veto_below_what_the_scheme_calls_heavy(bureau: Bureau) -> None:
    bureau.add("vetoes", date="2023-10-18", division="D1", ground="市考核扣分", points=4, decided_by="局党组", decided_on="2023-11-02")
    assert bureau.assess().standing["vetoed"].sum() == 1  # without a threshold people decide
    with pytest.raises(RecordsError) as refused:
        bureau.assess(veto__heavy_loss=5)
    assert [(each.key, each.line) for each in refused.value.problems] == [("veto_below_threshold", 2)]
    assert bureau.assess(veto__heavy_loss=4).standing["vetoed"].sum() == 1


def test_a_credit_without_a_bulletin_is_told_and_counts(bureau: Bureau) -> None:
    bureau.add("credits", month="2023-04", staff="M1", kind="research", quantity=1, reference="督查通报4", approved_by="绩效办")
    bureau.add("credits", month="2023-05", staff="M1", kind="research", quantity=1, approved_by="绩效办")
    found = [each for each in notices(load_scheme(SCHEME), bureau.records()) if each.key == "credit_without_reference"]
    assert [(each.file, each.line) for each in found] == [("credits.csv", 3)]


def test_hours_approved_by_somebody_who_is_not_to_review_them(bureau: Bureau) -> None:
    """A head's hours are for the leader, everyone else's for the division's head."""
    right = {"H1": "P2", "V1": "H1", "M1": "甲处长", "H2": "林副局", "M2": "H2", "M3": "H2", "H3": "P2", "M4": "H3"}
    for row in bureau.tables["hours"]:
        row["approved_by"] = right[row["staff"]]
    scheme = load_scheme(SCHEME)
    assert [each for each in notices(scheme, bureau.records()) if each.key == "reviewer_other"] == []
    own = bureau.rows("hours", staff="M4")
    own[0]["approved_by"] = own[1]["approved_by"] = "H2"
    (found,) = [each for each in notices(scheme, bureau.records()) if each.key == "reviewer_other"]
    assert (found.values["name"], found.values["count"], found.values["wanted"]) == ("乙处长", 2, "负责人/head")
