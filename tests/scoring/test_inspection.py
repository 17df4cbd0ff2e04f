"""Inspections: a log that cannot be changed unseen, what a finding costs, and what the public may see."""

import hashlib
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.scoring import inspection, ledger

COLUMNS = ["inspection", "date", "mode", "aspect", "division", "finding", "points", "circulated_on"]
DAYS = {"date": "datetime64[s]", "circulated_on": "datetime64[s]"}


def log_of(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Entries of (inspection, date, mode, division, points, circulated_on)."""
    full = [(name, day, mode, "工作作风", division, f"{name}的情况", points, out) for name, day, mode, division, points, out in rows]
    frame = pd.DataFrame(full, columns=COLUMNS)
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in DAYS}).astype({**DAYS, "points": float})


def year() -> pd.DataFrame:
    return log_of(
        ("V1", "2023-03-01", "open", "甲", 1, "2023-03-10"),
        ("V2", "2023-04-02", "covert", "乙", 2, "2023-05-01"),
        ("V3", "2023-06-15", "covert", "甲", 0.5, None),
        ("V4", "2023-06-20", "open", "丙", None, "2023-06-25"),
        ("V5", "2023-07-01", "open", "丙", 0, "2023-07-02"),
    )


def found(broken: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(broken[["inspection", "what"]].itertuples(index=False, name=None))


class TestLog:
    def test_the_chain_is_what_the_docstring_says(self) -> None:
        # Written out from the description and hashed here, not by the module.
        first = '["V1","2023-03-01","open","工作作风","甲","V1的情况",1.0]'
        second = '["V2","2023-04-02","covert","工作作风","乙","V2的情况",2.0]'
        one = hashlib.sha256(("\n" + first).encode()).hexdigest()
        two = hashlib.sha256((one + "\n" + second).encode()).hexdigest()
        assert inspection.log_chain(year())["hash"].to_list()[:2] == [one, two]

    def test_blanks_are_null_whatever_they_were_read_as(self) -> None:
        log = year().iloc[:1].astype({"finding": object})
        hashes = set()
        for nothing in ("", None, np.nan):
            log.loc[0, "finding"] = nothing
            hashes |= set(inspection.log_chain(log)["hash"])
        assert hashes == {hashlib.sha256('\n["V1","2023-03-01","open","工作作风","甲",null,1.0]'.encode()).hexdigest()}

    def test_an_empty_log(self) -> None:
        assert inspection.log_chain(log_of()).empty
        assert inspection.broken(log_of(), inspection.log_chain(log_of())).empty
        assert inspection.backdated(log_of()).empty

    def test_what_is_appended_breaks_nothing(self) -> None:
        assert inspection.broken(year(), inspection.log_chain(year())).empty
        assert inspection.broken(year(), inspection.log_chain(year().iloc[:2])).empty
        assert inspection.broken(year(), inspection.log_chain(log_of())).empty

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("date", pd.Timestamp("2023-04-03")),
            ("mode", "open"),
            ("aspect", "工作效率"),
            ("division", "甲"),
            ("finding", "无"),
            ("points", 1.5),
            ("points", np.nan),
        ],
    )
    def test_a_changed_entry_is_named_and_no_later_one(self, column: str, value: Any) -> None:
        log = year()
        log.loc[1, column] = value
        assert found(inspection.broken(log, inspection.log_chain(year()))) == [("V2", "changed")]

    def test_a_removed_entry(self) -> None:
        assert found(inspection.broken(year().drop(1), inspection.log_chain(year()))) == [("V2", "removed")]
        assert found(inspection.broken(year().iloc[:4], inspection.log_chain(year()))) == [("V5", "removed")]

    def test_an_entry_before_a_sealed_one(self) -> None:
        sealed = inspection.log_chain(year().drop(1))
        assert found(inspection.broken(year(), sealed)) == [("V2", "inserted")]

    def test_entries_in_another_order(self) -> None:
        log = year().iloc[[0, 2, 1, 3, 4]]
        assert found(inspection.broken(log, inspection.log_chain(year()))) == [("V3", "moved")]

    def test_a_renamed_entry_is_one_removed_and_one_inserted(self) -> None:
        log = year()
        log.loc[1, "inspection"] = "V9"
        assert found(inspection.broken(log, inspection.log_chain(year()))) == [("V2", "removed"), ("V9", "inserted")]

    def test_circulation_comes_later_but_does_not_change(self) -> None:
        sealed = inspection.log_chain(year())
        log = year()
        log.loc[2, "circulated_on"] = pd.Timestamp("2023-08-01")
        assert inspection.broken(log, sealed).empty
        for later in (pd.Timestamp("2023-08-02"), pd.NaT):
            changed = log.copy()
            changed.loc[2, "circulated_on"] = later
            assert found(inspection.broken(changed, inspection.log_chain(log))) == [("V3", "changed")]

    @given(st.lists(st.integers(0, 5), max_size=8), st.lists(st.integers(0, 5), max_size=8), st.data())
    def test_nothing_is_broken_exactly_if_the_chain_goes_on(self, before: list[int], after: list[int], data: st.DataObject) -> None:
        if data.draw(st.booleans()):
            after = [*before, *after]
        logs = [log_of(*((f"V{number}", "2023-03-01", "open", "甲", number, None) for number in dict.fromkeys(each))) for each in (before, after)]
        if len(logs[1]) and data.draw(st.booleans()):
            logs[1].loc[data.draw(st.sampled_from(list(logs[1].index))), "points"] = 9.0
        old, new = (inspection.log_chain(log)["hash"].to_list() for log in logs)
        assert inspection.broken(logs[1], inspection.log_chain(logs[0])).empty == (new[: len(old)] == old)

    def test_backdated(self) -> None:
        log = log_of(
            ("V1", "2023-03-05", "open", "甲", 1, "2023-03-05"),  # circulated the same day
            ("V2", "2023-03-03", "covert", "乙", 1, "2023-03-02"),
            ("V3", "2023-03-05", "covert", "乙", 1, None),
            ("V4", "2023-03-03", "open", "乙", 1, None),
            ("V5", "2023-03-04", "open", "乙", 1, None),  # after the entry above it, but before an earlier one
        )
        assert [tuple(map(str, row)) for row in inspection.backdated(log).itertuples(index=False)] == [
            ("V2", "date", "2023-03-03 00:00:00", "2023-03-05 00:00:00"),
            ("V2", "circulated_on", "2023-03-02 00:00:00", "2023-03-03 00:00:00"),
            ("V4", "date", "2023-03-03 00:00:00", "2023-03-05 00:00:00"),
            ("V5", "date", "2023-03-04 00:00:00", "2023-03-05 00:00:00"),
        ]


class TestEffect:
    ON = pd.Timestamp("2023-12-31")

    @pytest.mark.parametrize(
        ("use", "expected"),
        [
            ("beside", ["beside", "beside", "pending", "beside", "beside"]),
            ("deduction", ["deduction", "deduction", "pending", "undecided", "beside"]),
            ("gate", ["gate", "gate", "pending", "undecided", "beside"]),
        ],
    )
    def test_three_readings(self, use: inspection.Use, expected: list[str]) -> None:
        assert inspection.effect(year(), use=use, on=self.ON)["effect"].to_list() == expected

    def test_only_what_is_circulated_by_the_day_counts(self) -> None:
        effects = inspection.effect(year(), use="deduction", on=pd.Timestamp("2023-05-01"))
        assert effects["effect"].to_list() == ["deduction", "deduction", "pending", "pending", "pending"]
        assert inspection.effect(year(), use="deduction", on=pd.Timestamp("2023-04-30"))["effect"].to_list()[:2] == ["deduction", "pending"]

    def test_deductions_are_lines(self) -> None:
        log = pd.concat([year(), log_of(("V6", "2023-08-01", "open", "甲", 1.255, "2023-08-02"))], ignore_index=True)
        lines = inspection.deductions(inspection.effect(log, use="deduction", on=self.ON), period="2023", decimals=2)
        assert ledger.published(lines, 2, "2023", ["甲", "乙"]).tolist() == [-2.26, -2]  # 1 + 1.255 = 2.255
        frame = lines.frame()
        assert frame.groupby("subject")["value"].sum().to_dict() == pytest.approx({"甲": -2.26, "乙": -2})
        assert frame.loc[frame["item"] != "rounding", ["item", "raw", "weight", "rules"]].values.tolist() == [
            ["V1", 1, -1, "components.inspection.use"],
            ["V2", 2, -1, "components.inspection.use"],
            ["V6", 1.255, -1, "components.inspection.use"],
        ]

    @pytest.mark.parametrize(("use", "barred", "lines"), [("beside", [], 0), ("gate", ["甲", "乙"], 0), ("deduction", [], 2)])
    def test_each_reading_has_its_own_consequence(self, use: inspection.Use, barred: list[str], lines: int) -> None:
        effects = inspection.effect(year(), use=use, on=self.ON)
        assert inspection.barred(effects).to_list() == barred
        assert len(inspection.deductions(effects, period="2023", decimals=2)) == lines


class TestPublic:
    @pytest.mark.parametrize(
        ("on", "seen"),
        [
            ("2023-04-30", ["V1", "V4", "V5"]),
            ("2023-05-01", ["V1", "V2", "V4", "V5"]),
            ("2099-12-31", ["V1", "V2", "V4", "V5"]),
        ],
    )
    def test_covert_visits_are_not_shown_before_they_are_circulated(self, on: str, seen: list[str]) -> None:
        assert inspection.public(year(), pd.Timestamp(on))["inspection"].to_list() == seen
