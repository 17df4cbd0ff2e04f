"""What scheme and records together can tell and is no fault."""

from perfkit import load_scheme
from perfkit.fit import notices
from perfkit.records import Records
from tests.conftest import SCHEME, Bureau


def test_a_bureau_of_another_size_than_the_plan_s_is_a_notice(bureau: Bureau) -> None:
    found = notices(load_scheme(SCHEME), bureau.records())
    assert [(notice.key, notice.values["group"], notice.values["given"], notice.values["number"]) for notice in found] == [
        ("division_count", "business", 3, 5), ("division_count", "general", 0, 3),
    ]  # fmt: skip


def test_the_sample_is_of_the_plan_s_size(sample: Records) -> None:
    assert notices(load_scheme(SCHEME), sample) == []
