"""Scheme files, overlays and settings: what is refused, where the message points, what an overlay does."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from perfkit import SchemeError, load_scheme
from perfkit.assessment import Assessment
from perfkit.problems import Problem
from perfkit.scheme import Scheme

PLAN = Path(__file__).parents[2] / "params" / "planning-bureau.yaml"
LINES = PLAN.read_text(encoding="utf-8").splitlines()
Write = Callable[..., Path]
COMMENTED = (
    ("    value: 30\n", "    # value: 30\n"),
    ('    assumption: {zh: "多次请假', '    # assumption: {zh: "多次请假'),
)


def line_of(text: str, within: Iterable[str] = LINES) -> int:
    """The line, counted from 1, of the only line of the plan that starts so."""
    found = [number for number, line in enumerate(within, 1) if line.strip().startswith(text)]
    assert len(found) == 1, (text, found)
    return found[0]


def refused(path: Path | str, **given: Any) -> list[Problem]:
    """Every problem of a scheme that must not load."""
    with pytest.raises(SchemeError) as caught:
        load_scheme(path, **given)
    return caught.value.problems


def only(problems: list[Problem]) -> Problem:
    """The one problem there is."""
    assert len(problems) == 1, [problem.text("en") for problem in problems]
    return problems[0]


def overlay(folder: Path, text: str, name: str = "trial.yaml") -> Path:
    """An overlay over the planning bureau's scheme; ``text`` is what stands under ``set:``."""
    file = folder / name
    file.write_text(f"base: planning-bureau\nauthor: 绩效办\nwhy: 试算\nset:\n{text}", encoding="utf-8")
    return file


class TestTheShippedScheme:
    def test_it_loads(self) -> None:
        scheme = load_scheme(PLAN)
        assert (scheme.name, scheme.year, scheme.scenario) == ("planning-bureau", 2023, "")
        assert scheme.spec.tiers.shares.value == {"A": 0.3, "B": 0.5, "C": 0.2}
        assert scheme.title("zh") == "规划局绩效考核"

    def test_every_parameter_has_a_clause_or_an_assumption_and_its_line(self) -> None:
        scheme = load_scheme(PLAN)
        for path, parameter in scheme.parameters.items():
            assert (parameter.clause is None) != (parameter.assumption is None), path
            assert LINES[scheme.lines[path] - 1].strip().startswith(f"{path.rpartition('.')[2]}:"), path

    def test_every_clause_is_cited(self) -> None:
        assert load_scheme(PLAN).uncited() == []

    def test_every_rule_of_the_sample_ledger_is_in_the_scheme(self, sample_year: Assessment) -> None:
        known = set(sample_year.scheme.parameters)
        cited = {rule for rules in sample_year.ledger["rules"].unique() for rule in rules.split(";")}
        assert cited - known == set()
        assert {rules for rules in sample_year.ledger["rules"].unique() if not rules} == set()
        assert {rule for rules in sample_year.payouts["rules"].unique() for rule in rules.split(";")} - known == set()

    def test_clauses_and_assumptions_behind_rules(self) -> None:
        scheme = load_scheme(PLAN)
        rules = "tiers.coefficients;tiers.shares;tiers.rounding"
        assert scheme.clauses_of(rules) == ["2.4.3", "2.4.5"]
        assert scheme.assumptions_of(rules) == ["tiers.rounding"]


class TestRefusals:
    def test_an_unknown_key_with_the_likely_one(self, scheme_file: Write) -> None:
        problem = only(refused(scheme_file(("  score_decimals:", '  score_decimal:\n    {value: 2, clause: "3.1"}\n  score_decimals:'))))
        assert (problem.key, problem.line, problem.field) == ("unknown_key", line_of("score_decimals:"), "rounding.score_decimal")
        assert problem.values["near"] == "score_decimals"
        assert "Did you mean “score_decimals”?" in problem.text("en")
        assert "score_decimals" in problem.text("zh")

    def test_a_misspelt_key_of_a_parameter(self, scheme_file: Write) -> None:
        problems = refused(scheme_file(("full_marks: {value: 100, clause:", "full_marks: {valeu: 100, clause:")))
        unknown = only([problem for problem in problems if problem.key == "unknown_key"])
        assert (unknown.line, unknown.values["near"]) == (line_of("full_marks: {"), "value")
        assert {problem.key for problem in problems} == {"unknown_key", "missing_key"}

    def test_a_missing_key(self, scheme_file: Write) -> None:
        problem = only(refused(scheme_file(("  days_per_month:", "  # days_per_month:"), *COMMENTED)))
        assert (problem.key, problem.field) == ("missing_key", "exclusion.days_per_month")
        assert problem.line == line_of("exclusion:")

    def test_a_missing_weight_has_no_default(self, scheme_file: Write) -> None:
        problem = only(refused(scheme_file(('    weight:\n      value: 0.8\n      assumption: {zh: "方案只说', '    # {zh: "方案只说'))))
        assert (problem.key, problem.field, problem.line) == ("missing_key", "components.monthly_plan.weight", line_of("monthly_plan:"))

    def test_a_duplicate_key_names_both_lines(self, scheme_file: Write) -> None:
        text = '  advanced: {value: A, clause: "2.4.3"}'
        problem = only(refused(scheme_file((text, f'{text}\n  advanced: {{value: B, clause: "2.4.3"}}'))))
        at = line_of("advanced: {")
        assert (problem.key, problem.line, problem.field, problem.values["first"]) == ("duplicate_key", at + 1, "tiers.advanced", at)

    def test_a_duplicate_key_within_a_line(self, scheme_file: Write) -> None:
        problem = only(refused(scheme_file(("{A: 1.2, B: 1.0, C: 0.8}", "{A: 1.2, B: 1.0, B: 1.1, C: 0.8}"))))
        assert (problem.key, problem.line, problem.field) == ("duplicate_key", line_of("coefficients: {"), "tiers.coefficients.value.B")

    @pytest.mark.parametrize("quoted", ['"0.5"', "'0.5'"])
    def test_a_quoted_number(self, scheme_file: Write, quoted: str) -> None:
        problem = only(refused(scheme_file(("unexcused_loss: {value: 0.5,", f"unexcused_loss: {{value: {quoted},"))))
        assert (problem.key, problem.line) == ("quoted_number", line_of("unexcused_loss:"))
        assert problem.field == "components.monthly_plan.unexcused_loss.value"
        assert problem.values["given"] == "0.5"

    def test_a_quoted_whole_number(self, scheme_file: Write) -> None:
        problem = only(refused(scheme_file(("meeting_day: {value: 5,", 'meeting_day: {value: "5",'))))
        assert (problem.key, problem.line) == ("quoted_number", line_of("meeting_day:"))

    def test_a_number_where_a_clause_belongs(self, scheme_file: Write) -> None:
        problems = refused(scheme_file(('standard_share: {value: 0.7, clause: "2.3.8"}', "standard_share: {value: 0.7, clause: 2.3}")))
        assert only(problems).key == "wrong_type_text"
        assert only(problems).line == line_of("standard_share:")

    @pytest.mark.parametrize("shares", ["{A: 0.3, B: 0.5, C: 0.3}", "{A: 0.3, B: 0.5, C: 0.1}"])
    def test_shares_that_do_not_sum_to_one(self, scheme_file: Write, shares: str) -> None:
        problem = only(refused(scheme_file(('shares: {value: {A: 0.3, B: 0.5, C: 0.2}, clause: "2.4.3"}', f'shares: {{value: {shares}, clause: "2.4.3"}}'))))
        assert (problem.key, problem.line, problem.field) == ("sum_not_one", line_of("shares: {value: {A: 0.3"), "tiers.shares.value")
        assert problem.values["total"] == {"{A: 0.3, B: 0.5, C: 0.3}": "1.1", "{A: 0.3, B: 0.5, C: 0.1}": "0.9"}[shares]

    def test_shares_that_sum_to_one_but_for_binary_noise(self, scheme_file: Write) -> None:
        file = scheme_file(("{value: {A: 0.3, B: 0.5, C: 0.2}, clause", "{value: {A: 0.7, B: 0.2, C: 0.1}, clause"))  # 0.9999999999999999
        assert load_scheme(file).spec.tiers.shares.value == {"A": 0.7, "B": 0.2, "C": 0.1}

    def test_component_weights_that_do_not_sum_to_one(self, scheme_file: Write) -> None:
        problem = only(refused(scheme_file(("      value: 0.8\n", "      value: 0.7\n"))))
        assert (problem.key, problem.values["total"]) == ("weights_not_one", "0.9")
        assert problem.line == line_of("monthly_plan:") + 1

    def test_a_percentage_written_whole(self, scheme_file: Write) -> None:
        problem = only(refused(scheme_file(("standard_share: {value: 0.7,", "standard_share: {value: 70,"))))
        assert (problem.key, problem.line, problem.values["given"]) == ("less_than_equal", line_of("standard_share:"), 70)

    def test_neither_clause_nor_assumption(self, scheme_file: Write) -> None:
        problem = only(refused(scheme_file(('full_marks: {value: 100, clause: "2.3.1"}', "full_marks: {value: 100}"))))
        assert (problem.key, problem.line, problem.values["count"]) == ("source_count", line_of("full_marks: {"), 0)
        assert problem.field == "components.monthly_plan.full_marks"

    def test_both_clause_and_assumption(self, scheme_file: Write) -> None:
        text = 'full_marks: {value: 100, clause: "2.3.1"'
        problem = only(refused(scheme_file((f"{text}}}", f"{text}, assumption: 也是我们选的}}"))))
        assert (problem.key, problem.line, problem.values["count"]) == ("source_count", line_of("full_marks: {"), 2)

    def test_a_bare_value(self, scheme_file: Write) -> None:
        problem = only(refused(scheme_file(('full_marks: {value: 100, clause: "2.3.1"}', "full_marks: 100"))))
        assert (problem.key, problem.line) == ("not_a_parameter", line_of("full_marks: {"))

    def test_a_dangling_clause_with_the_likely_one(self, scheme_file: Write) -> None:
        problem = only(refused(scheme_file(('performance_office: {value: 办公室, clause: "5.1"}', 'performance_office: {value: 办公室, clause: "5.11"}'))))
        assert (problem.key, problem.line, problem.values["near"]) == ("clause_dangling", line_of("performance_office:"), "5.1")

    def test_an_unknown_reading_with_the_likely_one(self, scheme_file: Write) -> None:
        problem = only(refused(scheme_file(("  effect:\n    value: lose_title", "  effect:\n    value: loose_title"))))
        assert (problem.key, problem.line, problem.values["near"]) == ("not_an_option", line_of("effect:") + 1, "lose_title")

    def test_the_present_value_among_its_alternatives(self, scheme_file: Write) -> None:
        problem = only(refused(scheme_file(("alternatives: [apart]", "alternatives: [apart, together]"))))
        assert (problem.key, problem.field) == ("alternative_is_value", "tiers.groups.alternatives")
        assert problem.line == line_of("alternatives: [apart]")

    def test_tiers_named_differently(self, scheme_file: Write) -> None:
        problem = only(refused(scheme_file(("coefficients: {value: {A: 1.2, B: 1.0, C: 0.8}", "coefficients: {value: {A: 1.2, B: 1.0, D: 0.8}"))))
        assert (problem.key, problem.line) == ("keys_differ", line_of("coefficients: {"))

    @pytest.mark.parametrize("bands", ["{A: 95}", "{A: 95, C: 85}", "{A: 95, B: 85, C: 0}", "{}"])
    def test_bands_of_other_tiers_than_all_but_the_last(self, scheme_file: Write, bands: str) -> None:
        problem = only(refused(scheme_file(("    value: {A: 95, B: 85}\n", f"    value: {bands}\n"))))
        assert (problem.key, problem.line, problem.field) == ("bands_not_the_tiers", line_of("bands:"), "tiers.bands")
        assert problem.text("zh").endswith("分数段与档次对不上。请写明 A、B 各自的最低分；最后一档“C”不设最低分，不写。")
        assert "Give the lowest score of each of A, B; the last tier, “C”, has none and is left out." in problem.text("en")

    @pytest.mark.parametrize(("bands", "low"), [("{A: 85, B: 85.5}", "85.5"), ("{A: 85, B: 85}", "85"), ("{B: 95, A: 85}", "95")])
    def test_bands_that_do_not_fall_from_the_best(self, scheme_file: Write, bands: str, low: str) -> None:
        problem = only(refused(scheme_file(("    value: {A: 95, B: 85}\n", f"    value: {bands}\n"))))
        assert (problem.key, problem.line, problem.field) == ("bands_not_falling", line_of("bands:"), "tiers.bands")
        assert f"“A”的最低分 85 没有高于“B”的 {low}。" in problem.text("zh")
        assert f"The lowest score of “A”, 85, is not above that of “B”, {low}." in problem.text("en")

    def test_bands_may_be_written_in_any_order(self, scheme_file: Write) -> None:
        spec = load_scheme(scheme_file(("    value: {A: 95, B: 85}\n", "    value: {B: 85, A: 95}\n")), set={"tiers.method": "bands"}).spec
        assert list(spec.tiers.fixed.items()) == [("A", 95), ("B", 85)]
        assert load_scheme(PLAN).spec.tiers.fixed == {}

    def test_a_band_below_0_and_an_unknown_method(self, scheme_file: Write) -> None:
        problems = refused(scheme_file(("    value: {A: 95, B: 85}\n", "    value: {A: 95, B: -1}\n"), ("method: {value: forced,", "method: {value: band,")))
        assert [(each.key, each.line) for each in problems] == [("not_an_option", line_of("method: {")), ("greater_than_equal", line_of("bands:") + 1)]
        assert problems[0].values["near"] == "bands"

    def test_bands_in_an_overlay_are_refused_at_their_line_there(self, tmp_path: Path) -> None:
        problem = only(refused(PLAN, overlay=overlay(tmp_path, "  tiers.method: bands\n  tiers.bands.A: 80\n")))
        assert (problem.key, problem.file, problem.line) == ("bands_not_falling", "trial.yaml", 6)
        assert problem.values == {"upper": "A", "high": "80", "lower": "B", "low": "85"}

    def test_an_amount_for_a_kind_that_is_not_listed(self, scheme_file: Write) -> None:
        problem = only(refused(scheme_file(("        litigation_lost: 2\n", "        litigation_lots: 2\n"))))
        assert (problem.key, problem.field, problem.line) == ("keys_differ", "components.adjustments.amounts", line_of("amounts:"))

    @pytest.mark.parametrize(
        ("written", "trap"),
        [
            ("NO", "boolean"),
            ("no", "boolean"),
            ("Yes", "boolean"),
            ("on", "boolean"),
            ("OFF", "boolean"),
            ("y", "boolean"),
            ("True", "boolean"),
            ("012", "leading_zero"),
            ("-007", "leading_zero"),
            ("12:30", "sexagesimal"),
            ("1:20:30", "sexagesimal"),
            ("2023-01-05", "date"),
            ("2023-1-5", "date"),
            ("2023-01-05 10:00:00", "date"),
            ("1_000", "number"),
            (".5", "number"),
            ("0x1F", "number"),
            ("+5", "number"),
            (".nan", "number"),
            (".inf", "number"),
        ],
    )
    def test_yaml_s_own_traps_reach_no_rule(self, scheme_file: Write, written: str, trap: str) -> None:
        problems = refused(scheme_file(("full_marks: {value: 100,", f"full_marks: {{value: {written},")))
        trapped = only([problem for problem in problems if problem.key.startswith("yaml_trap")])
        assert trapped.key == f"yaml_trap_{trap}"
        assert (trapped.line, trapped.field) == (line_of("full_marks: {"), "components.monthly_plan.full_marks.value")
        assert {problem.line for problem in problems} == {trapped.line}

    @pytest.mark.parametrize("written", ["NO", "012", "12:30", "2023-01-05"])
    def test_the_same_words_in_quotation_marks_are_text(self, scheme_file: Write, written: str) -> None:
        file = scheme_file(("title: {zh: 规划局绩效考核,", f'title: {{zh: "{written}",'))
        assert load_scheme(file).title("zh") == written

    @pytest.mark.parametrize("written", ["NO", "012", "12:30", "2023-01-05"])
    def test_a_trap_in_a_title_is_refused_too(self, scheme_file: Write, written: str) -> None:
        problems = refused(scheme_file(("title: {zh: 规划局绩效考核,", f"title: {{zh: {written},")))
        assert [problem.line for problem in problems if problem.key.startswith("yaml_trap")] == [line_of("title:")]

    def test_a_trap_among_keys(self, scheme_file: Write) -> None:
        problems = refused(scheme_file(("shares: {value: {A: 0.7, B: 0.5, C: 0.2}, clause", "shares: {value: {A: 0.7, B: 0.5, NO: 0.2}, clause")))
        assert {problem.line for problem in problems} == {line_of("shares: {value: {A: 0.7")}

    @pytest.mark.parametrize("text", ['{value: !percent 100, clause: "2.3.1"}', '{value: 100, clause: "2.3.1", <<: {}}'])
    def test_tags_and_merge_keys_are_refused(self, scheme_file: Write, text: str) -> None:
        problems = refused(scheme_file(('full_marks: {value: 100, clause: "2.3.1"}', f"full_marks: {text}")))
        assert ("yaml_feature", line_of("full_marks: {")) in {(problem.key, problem.line) for problem in problems}

    def test_all_at_once_each_with_its_line(self, scheme_file: Write) -> None:
        file = scheme_file(
            ('full_marks: {value: 100, clause: "2.3.1"}', "full_marks: {value: 100}"),
            ("unexcused_loss: {value: 0.5,", 'unexcused_loss: {value: "0.5",'),
            ('shares: {value: {A: 0.3, B: 0.5, C: 0.2}, clause: "2.4.3"}', 'shares: {value: {A: 0.3, B: 0.5, C: 0.3}, clause: "2.4.3"}'),
            ("hours_per_day:", "hour_per_day:"),
            ('advanced: {value: A, clause: "2.4.3"}', 'advanced: {value: A, clause: "2.4.3"}\n  advanced: {value: B, clause: "2.4.3"}'),
            ('meeting_day: {value: 5, clause: "2.2.1"}', 'meeting_day: {value: 5, clause: "2.2.1", assumption: 我们选的}'),
            ("deadline_workdays: {value: 2,", "deadline_workdays: {value: 02,"),
        )
        text = file.read_text(encoding="utf-8").splitlines()
        found = {(problem.key, problem.line) for problem in refused(file)}
        expected = {
            ("source_count", line_of("full_marks: {", text)),
            ("quoted_number", line_of("unexcused_loss:", text)),
            ("sum_not_one", line_of("shares: {value: {A: 0.3", text)),
            ("unknown_key", line_of("hour_per_day:", text)),
            ("duplicate_key", line_of("advanced: {value: B", text)),
            ("source_count", line_of("meeting_day:", text)),
            ("yaml_trap_leading_zero", line_of("deadline_workdays:", text)),
        }
        assert expected - found == set()
        assert {line for _, line in found} <= {line for _, line in expected} | {line_of("hours:", text)}

    def test_a_dangling_clause_is_told_together_with_the_rest(self, scheme_file: Write) -> None:
        file = scheme_file(
            ("unexcused_loss: {value: 0.5,", 'unexcused_loss: {value: "0.5",'),
            ('performance_office: {value: 办公室, clause: "5.1"}', 'performance_office: {value: 办公室, clause: "9.9"}'),
        )
        assert {(problem.key, problem.line) for problem in refused(file)} == {
            ("quoted_number", line_of("unexcused_loss:")),
            ("clause_dangling", line_of("performance_office:")),
        }

    def test_every_message_says_where_what_and_how_in_both_languages(self, scheme_file: Write) -> None:
        problem = only(refused(scheme_file(("unexcused_loss: {value: 0.5,", 'unexcused_loss: {value: "0.5",'))))
        at = line_of("unexcused_loss:")
        assert problem.where("en") == f"changed.yaml line {at} “components.monthly_plan.unexcused_loss.value”"
        assert problem.what("en") == "0.5 is in quotation marks, which makes it text."
        assert problem.mend("en") == "Remove the quotation marks."
        assert str(at) in problem.text("zh")
        assert "引号" in problem.text("zh")


class TestFiles:
    def test_a_missing_file(self, tmp_path: Path) -> None:
        problem = only(refused(tmp_path / "nowhere.yaml"))
        assert (problem.key, problem.file, problem.line) == ("file_missing", "nowhere.yaml", None)

    def test_a_folder(self, tmp_path: Path) -> None:
        assert only(refused(tmp_path)).key == "file_missing"

    def test_broken_yaml(self, scheme_file: Write) -> None:
        problem = only(refused(scheme_file(("bureau:\n  divisions: {value", "bureau:\n  divisions: [{value"))))
        assert problem.key == "yaml_syntax"
        assert problem.line is not None

    def test_a_tab_as_indentation(self, scheme_file: Write) -> None:
        problem = only(refused(scheme_file(('  performance_office: {value: 办公室, clause: "5.1"}', '\tperformance_office: {value: 办公室, clause: "5.1"}'))))
        assert (problem.key, problem.line) == ("yaml_syntax", line_of("performance_office:"))

    @pytest.mark.parametrize("text", ["", "# only a remark\n", "- a\n- b\n", "one word\n"])
    def test_a_file_that_is_no_mapping(self, tmp_path: Path, text: str) -> None:
        file = tmp_path / "odd.yaml"
        file.write_text(text, encoding="utf-8")
        assert only(refused(file)).key == "yaml_not_a_mapping"

    def test_a_file_in_another_encoding(self, tmp_path: Path) -> None:
        file = tmp_path / "gbk.yaml"
        file.write_bytes("scheme: a\ntitle: {zh: 规划局}\n".encode("gb18030"))
        problem = only(refused(file))
        assert (problem.key, problem.line) == ("not_utf8", 2)

    def test_a_control_character(self, tmp_path: Path) -> None:
        file = tmp_path / "odd.yaml"
        file.write_bytes(b"scheme: a\x07b\n")
        assert only(refused(file)).key == "yaml_syntax"

    def test_a_key_that_holds_itself(self, tmp_path: Path) -> None:
        file = tmp_path / "odd.yaml"
        file.write_text("scheme: &a {scheme: *a}\n", encoding="utf-8")
        assert refused(file)

    def test_a_byte_order_mark_and_windows_line_ends_are_no_fault(self, tmp_path: Path) -> None:
        file = tmp_path / "plan.yaml"
        file.write_bytes(b"\xef\xbb\xbf" + PLAN.read_bytes().replace(b"\n", b"\r\n"))
        assert load_scheme(file).spec == load_scheme(PLAN).spec


class TestOverlay:
    def test_a_value_loses_its_clause_and_says_what_it_replaces(self, tmp_path: Path) -> None:
        file = overlay(tmp_path, "  tiers.coefficients: {A: 1.3, B: 1.0, C: 0.7}\n")
        scheme = load_scheme(PLAN, file)
        changed = scheme.parameters["tiers.coefficients"]
        assert changed.value == {"A": 1.3, "B": 1.0, "C": 0.7}
        assert (changed.clause, changed.assumption, changed.overlay, changed.why) == (None, None, "trial", "试算")
        assert changed.replaces == {"A": 1.2, "B": 1.0, "C": 0.8}
        assert scheme.scenario == "trial"
        assert scheme.clauses_of("tiers.coefficients") == []
        assert scheme.assumptions_of("tiers.coefficients") == ["tiers.coefficients"]

    def test_nothing_else_changes(self, tmp_path: Path) -> None:
        plain = load_scheme(PLAN).parameters
        changed = load_scheme(PLAN, overlay(tmp_path, "  tiers.rounding: floor\n")).parameters
        assert list(changed) == list(plain)
        assert {path for path in plain if plain[path] != changed[path]} == {"tiers.rounding"}

    def test_a_deeper_path_changes_one_entry_of_a_mapping(self, tmp_path: Path) -> None:
        changed = load_scheme(PLAN, overlay(tmp_path, "  tiers.coefficients.A: 1.5\n")).parameters["tiers.coefficients"]
        assert changed.value == {"A": 1.5, "B": 1.0, "C": 0.8}
        assert changed.replaces == {"A": 1.2, "B": 1.0, "C": 0.8}

    def test_two_entries_of_a_mapping_are_checked_together(self, tmp_path: Path) -> None:
        changed = load_scheme(PLAN, overlay(tmp_path, "  tiers.shares.A: 0.25\n  tiers.shares.B: 0.55\n")).parameters["tiers.shares"]
        assert changed.value == {"A": 0.25, "B": 0.55, "C": 0.2}
        assert changed.replaces == {"A": 0.3, "B": 0.5, "C": 0.2}

    def test_one_entry_that_breaks_the_sum_is_refused_with_the_overlay_s_line(self, tmp_path: Path) -> None:
        problem = only(refused(PLAN, overlay=overlay(tmp_path, "  tiers.rounding: floor\n  tiers.shares.A: 0.25\n")))
        assert (problem.key, problem.file, problem.line, problem.values["total"]) == ("sum_not_one", "trial.yaml", 6, "0.95")

    def test_both_component_weights_are_checked_after_the_overlay(self, tmp_path: Path) -> None:
        both = "  components.monthly_plan.weight: 0.6\n  components.appraisal.weight: 0.4\n"
        assert load_scheme(PLAN, overlay(tmp_path, both)).spec.components.appraisal.weight.value == 0.4
        assert only(refused(PLAN, overlay=overlay(tmp_path, "  components.monthly_plan.weight: 0.6\n"))).key == "weights_not_one"

    def test_the_path_may_end_in_value(self, tmp_path: Path) -> None:
        assert load_scheme(PLAN, overlay(tmp_path, "  tiers.rounding.value: floor\n")).spec.tiers.rounding.value == "floor"

    @pytest.mark.parametrize("path", ["tiers.share", "tiers.shares.D", "tiers", "tiers.shares.A.B", "year", "tiers.rounding.clause"])
    def test_an_unknown_path(self, tmp_path: Path, path: str) -> None:
        problem = only(refused(PLAN, overlay=overlay(tmp_path, f"  tiers.groups: apart\n  {path}: 1\n")))
        assert (problem.key, problem.file, problem.line, problem.field) == ("overlay_unknown_path", "trial.yaml", 6, path)

    def test_an_unknown_path_with_the_likely_one(self, tmp_path: Path) -> None:
        assert only(refused(PLAN, overlay=overlay(tmp_path, "  tiers.roundin: floor\n"))).values["near"] == "tiers.rounding"

    def test_a_value_of_the_wrong_kind_points_into_the_overlay(self, tmp_path: Path) -> None:
        problem = only(refused(PLAN, overlay=overlay(tmp_path, '  hours.standard_share: "0.8"\n')))
        assert (problem.key, problem.file, problem.line) == ("quoted_number", "trial.yaml", 5)

    def test_traps_in_an_overlay_are_refused(self, tmp_path: Path) -> None:
        problems = refused(PLAN, overlay=overlay(tmp_path, "  hours.standard_share: 0_8\n"))
        assert ("trial.yaml", 5) in {(problem.file, problem.line) for problem in problems}
        assert any(problem.key.startswith("yaml_trap") for problem in problems)

    def test_an_overlay_for_another_scheme(self, tmp_path: Path) -> None:
        file = tmp_path / "other.yaml"
        file.write_text("base: water-bureau\nauthor: 绩效办\nwhy: 试算\nset: {tiers.rounding: floor}\n", encoding="utf-8")
        problem = only(refused(PLAN, overlay=file))
        assert (problem.key, problem.file, problem.line) == ("overlay_other_base", "other.yaml", 1)
        assert problem.values["base"] == "water-bureau"

    @pytest.mark.parametrize("key", ["base", "author", "why"])
    def test_base_author_and_why_are_needed(self, tmp_path: Path, key: str) -> None:
        lines = {"base": "planning-bureau", "author": "绩效办", "why": "试算", "set": "{tiers.rounding: floor}"}
        file = tmp_path / "trial.yaml"
        file.write_text("".join(f"{name}: {text}\n" for name, text in lines.items() if name != key), encoding="utf-8")
        problem = only([problem for problem in refused(PLAN, overlay=file) if problem.key == "overlay_missing_key"])
        assert problem.values["key"] == key

    def test_an_unknown_key_of_an_overlay(self, tmp_path: Path) -> None:
        file = tmp_path / "trial.yaml"
        file.write_text("base: planning-bureau\nauthor: 绩效办\nwhyy: 试算\nwhy: 试算\nset: {}\n", encoding="utf-8")
        problem = only(refused(PLAN, overlay=file))
        assert (problem.key, problem.line, problem.values["near"]) == ("overlay_unknown_key", 3, "why")

    def test_a_missing_and_a_broken_overlay(self, tmp_path: Path) -> None:
        assert only(refused(PLAN, overlay=tmp_path / "nowhere.yaml")).key == "file_missing"
        broken = tmp_path / "broken.yaml"
        broken.write_text("base: [planning-bureau\n", encoding="utf-8")
        assert only(refused(PLAN, overlay=broken)).key == "yaml_syntax"

    def test_problems_of_scheme_and_overlay_are_told_together(self, tmp_path: Path, scheme_file: Write) -> None:
        file = scheme_file(("unexcused_loss: {value: 0.5,", 'unexcused_loss: {value: "0.5",'))
        problems = refused(file, overlay=overlay(tmp_path, "  tiers.share: {A: 1}\n"))
        assert {(problem.file, problem.key) for problem in problems} == {
            ("changed.yaml", "quoted_number"),
            ("trial.yaml", "overlay_unknown_path"),
        }

    @pytest.mark.parametrize("text", ["  {}\n", "\n"])
    def test_an_empty_overlay_changes_no_parameter(self, tmp_path: Path, text: str) -> None:
        assert load_scheme(PLAN, overlay(tmp_path, text)).spec == load_scheme(PLAN).spec

    def test_a_later_overlay_wins_and_still_names_the_plan_s_value(self, tmp_path: Path) -> None:
        first = overlay(tmp_path, "  hours.standard_share: 0.6\n  tiers.rounding: floor\n", "first.yaml")
        second = overlay(tmp_path, "  hours.standard_share: 0.8\n", "second.yaml")
        scheme = load_scheme(PLAN, [first, second])
        changed = scheme.parameters["hours.standard_share"]
        assert (changed.value, changed.overlay, changed.replaces) == (0.8, "second", 0.7)
        assert scheme.parameters["tiers.rounding"].overlay == "first"
        assert scheme.scenario == "first+second"
        assert set(scheme.sources) == {"planning-bureau.yaml", "first.yaml", "second.yaml"}

    @pytest.mark.parametrize("nothing", [None, "", [], [""]])
    def test_no_overlay(self, nothing: Any) -> None:
        assert load_scheme(PLAN, nothing).scenario == ""


class TestSettings:
    def test_a_setting_is_an_overlay(self) -> None:
        scheme = load_scheme(PLAN, set={"tiers.shares": {"A": 0.25, "B": 0.55, "C": 0.2}})
        changed = scheme.parameters["tiers.shares"]
        assert changed.value == {"A": 0.25, "B": 0.55, "C": 0.2}
        assert (changed.clause, changed.overlay, changed.replaces) == (None, "--set", {"A": 0.3, "B": 0.5, "C": 0.2})
        assert scheme.scenario

    def test_json_text_says_the_same(self) -> None:
        given = load_scheme(PLAN, set={"hours.standard_share": 0.8})
        text = load_scheme(PLAN, set='{"hours.standard_share": 0.8}')
        assert given.spec == text.spec
        assert given.scenario == text.scenario

    def test_a_setting_comes_after_the_overlay(self, tmp_path: Path) -> None:
        file = overlay(tmp_path, "  hours.standard_share: 0.6\n")
        changed = load_scheme(PLAN, file, set={"hours.standard_share": 0.8}).parameters["hours.standard_share"]
        assert (changed.value, changed.overlay, changed.replaces) == (0.8, "--set", 0.7)

    def test_different_settings_are_different_scenarios(self) -> None:
        one, other = load_scheme(PLAN, set={"hours.standard_share": 0.8}), load_scheme(PLAN, set={"hours.standard_share": 0.6})
        assert one.scenario != other.scenario

    @pytest.mark.parametrize("nothing", [None, {}, "", " ", "{}"])
    def test_no_setting_changes_nothing(self, nothing: Any) -> None:
        scheme: Scheme = load_scheme(PLAN, set=nothing)
        assert scheme.scenario == ""
        assert scheme.spec == load_scheme(PLAN).spec

    @pytest.mark.parametrize("path", ["payouts.leader_decimals", "appeals.days_to_answer", "veto.heavy_loss"])
    def test_a_parameter_may_be_set_to_nothing(self, path: str) -> None:
        scheme = load_scheme(PLAN, set={path: None})
        assert scheme.parameters[path].value is None
        assert scheme.scenario != ""

    def test_an_unknown_path_with_the_likely_one(self) -> None:
        problem = only(refused(PLAN, set={"tiers.share": {"A": 1}}))
        assert (problem.key, problem.file, problem.line, problem.values["near"]) == ("overlay_unknown_path", "--set", None, "tiers.shares")

    def test_a_value_out_of_bounds(self) -> None:
        problem = only(refused(PLAN, set={"hours.standard_share": 70}))
        assert (problem.key, problem.file) == ("less_than_equal", "--set")

    def test_a_number_that_is_none(self) -> None:
        assert only(refused(PLAN, set={"hours.standard_share": float("nan")})).file == "--set"

    @pytest.mark.parametrize("text", ["tiers.rounding=floor", "[1]", "{"])
    def test_text_that_is_no_json_object(self, text: str) -> None:
        assert only(refused(PLAN, set=text)).key == "settings_not_json"
