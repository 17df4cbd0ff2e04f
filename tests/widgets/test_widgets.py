"""The panel's widgets without a browser: every control moves, nothing crashes it, and files are written only when told."""

import random
import re
import shutil
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pandas as pd
import pytest

from benchmarks.large_bureau import large_bureau
from perfkit import assess, load_scheme
from perfkit.records import Records
from perfkit.widgets import view
from perfkit.widgets.controls import SECTIONS
from perfkit.widgets.experiment import Experiment
from perfkit.widgets.panel import Panel, open_panel
from tests.conftest import PROJECT, SCHEME


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("params", "data"):
        shutil.copytree(PROJECT / name, tmp_path / name)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def panel(**given: Any) -> Panel:
    return open_panel("params/planning-bureau.yaml", **{"period": "2023", **given})


def moved(one: Panel, key: str, value: Any) -> None:
    """Move one control, as a hand would."""
    for section in SECTIONS:
        one.knobs.section(section)
    control, widget = next(each for each in one.knobs._held if each[0].key == key)
    setattr(widget, "index" if control.form == "choice" else "value", value)


def test_wherever_the_controls_are_put_the_panel_stays_alive(project: Path) -> None:
    one, draw = panel(), random.Random(1)
    for section in SECTIONS:
        one.knobs.section(section)
    for lock in [each for each in all_of(one.box) if isinstance(each, widgets.Checkbox) and each.description.startswith("合计保持")]:
        lock.value = draw.random() < 0.5
    for _ in range(60):
        control, widget = draw.choice(one.knobs._held)
        if control.form == "choice":
            widget.index = draw.randrange(len(control.options))
        elif control.form == "flag":
            widget.value = not widget.value
        else:
            widget.value = draw.choice([widget.min, widget.max, (widget.min + widget.max) // 2]) if control.form == "slider" else draw.choice([0, 1, 90])
        assert "<svg" in one.drawing.value
        assert ("stale" in one.summary.value) == bool(one.knobs.experiment.changes != dict(one.shown))
    while one.experiment.can_undo:
        one._undo()
    assert one.experiment.changes == {}
    assert "stale" not in one.summary.value


def all_of(widget: Any) -> list[Any]:
    """A widget and all within it."""
    return [widget, *(inner for child in getattr(widget, "children", ()) for inner in all_of(child))]


def test_texts_are_in_the_readers_language(project: Path) -> None:
    one = panel(lang="en")
    moved(one, "tiers.shares|A", 50)
    assert "Payments" in one.summary.value
    assert "Tier A 50%, Tier B 36%, Tier C 14%" in one.summary.value


def test_the_public_edition_shows_neither_people_nor_money(project: Path) -> None:
    one = panel(edition="public")
    moved(one, "tiers.shares|A", 50)
    shown = one.summary.value + one.tables.value
    assert "元" not in shown
    people = one.result.records.names("staff").values()
    assert not [name for name in people if name in shown]


def test_a_month_has_no_tiers_and_still_a_panel(project: Path) -> None:
    one = panel(period="2023-06")
    moved(one, "components.monthly_plan.unexcused_loss|", 80)
    assert "<svg" in one.drawing.value
    one.open_ledger(one.order[0])
    assert "<table" in one.ledger.value


def test_an_overlay_and_overrides_are_the_first_changes(project: Path) -> None:
    one = panel(overlay="params/what-if/no-forcing.yaml", overrides='{"tiers.rounding": "floor"}')
    assert one.experiment.changes == {"tiers.shares": {"A": 0.0, "B": 1.0, "C": 0.0}, "tiers.rounding": "floor"}
    one._reset()
    assert one.experiment.changes == {}


def test_the_presets_are_offered_beside_the_plan(project: Path) -> None:
    for lang, wanted in (("zh", ["恢复为方案原样", "明年方案（草稿）", "固定分数段", "不强制分档"]),
                         ("en", ["Back to the plan", "Next year's plan (draft)", "Fixed bands", "No forced tiers"])):  # fmt: skip
        one = panel(lang=lang)
        shown = {each.description: each for each in all_of(one.box) if isinstance(each, widgets.Button)}
        assert set(wanted) <= set(shown)
        shown[wanted[1]].click()
        assert set(one.experiment.changes) == {"components.monthly_plan.weight", "components.appraisal.weight", "tiers.shares", "tiers.coefficients"}
        shown[wanted[2]].click()
        assert one.experiment.changes == {"tiers.method": "bands"}
        shown[wanted[0]].click()
        assert one.experiment.changes == {}


def fixed_borders(one: Panel) -> list[tuple[float, str]]:
    """Place (percent of the width) and number of each whole line between tiers."""
    lines = re.findall(r'<line class="border" x1="([\d.]+)%"([^>]*)/>(?:<text[^>]*>([\d.]+)</text>)?', one.drawing.value)
    assert all("dash" not in style for _, style, _ in lines)
    return [(float(place), text) for place, _, text in lines]


def test_bands_of_score_stand_on_the_line_of_the_divisions(project: Path) -> None:
    """82.72 to 98.68 points are drawn from 80 to 100, over 3 to 88 percent of the width."""
    one = panel()
    assert one.drawing.value.count("stroke-dasharray") == 2
    assert "各档最低分" not in one.drawing.value
    moved(one, "tiers.method|", 1)
    assert fixed_borders(one) == [(66.75, "95"), (24.25, "85")]  # 3 + 85 × 15 ÷ 20, 3 + 85 × 5 ÷ 20
    assert "各档最低分：A档 95、B档 85。" in one.drawing.value
    moved(one, "tiers.bands|A", 90)
    assert fixed_borders(one) == [(45.5, "90"), (24.25, "85")]
    moved(one, "tiers.bands|B", 75)  # the line begins at 70 to show it: 3 + 85 × 20 ÷ 30 and 3 + 85 × 5 ÷ 30
    assert fixed_borders(one) == [(59.67, "90"), (17.17, "75")]
    moved(one, "tiers.bands|B", 40)  # too far from 82.72 to be shown
    assert fixed_borders(one) == [(45.5, "90")]
    moved(one, "tiers.bands|A", 39)
    assert "没有高于" in "".join(each.value for each in all_of(one.box) if isinstance(each, widgets.HTML))
    assert fixed_borders(one) == [(45.5, "90")]


def test_a_band_that_nobody_is_in_is_drawn_too(project: Path) -> None:
    one = panel(overrides='{"tiers.method": "bands", "tiers.bands": {"A": 99, "B": 80}}')
    assert {row.grade[1] for row in one.live.divisions} == {"B"}
    assert [text for _, text in fixed_borders(one)] == ["99", "80"]
    tinted = [(tier, float(width)) for width, tier in re.findall(r'<rect x="[\d.]+%"[^>]* width="([\d.]+)%".*?font-weight="bold">(.)档', one.drawing.value)]
    assert tinted[0] == ("A", 15.4)  # the line begins below 80, at 75: from 3 + 85 × 24 ÷ 25 = 84.6 to the edge


def test_a_month_shows_no_bands(project: Path) -> None:
    one = panel(period="2023-06", overrides='{"tiers.method": "bands"}')
    assert 'class="border"' not in one.drawing.value


def test_how_firm_the_tiers_are_by_either_method() -> None:
    methods = pd.DataFrame({"division": ["D1"] * 3 + ["D2"] * 3, "tier": [*"ABC"] * 2, "forced": [0.75, 0.25, 0, 0, 0, 1], "bands": [1, 0, 0, 0, 1, 0]})
    html = view.stability(methods, "bands", ["D2", "D1"], {"D1": "甲处", "D2": "乙处"}, "zh")
    assert re.findall(r'<th scope="(\w+)">(.*?)</th>', html) == [("col", "强制区分"), ("col", "按分数段（现用）"), ("row", "乙处"), ("row", "甲处")]
    assert re.findall(r'aria-label="(.*?)"', html) == ["A 0%、B 0%、C 100%", "A 0%、B 100%、C 0%", "A 75%、B 25%、C 0%", "A 100%、B 0%、C 0%"]


def test_a_click_on_a_division_opens_the_ledger_of_the_scenario(project: Path) -> None:
    one = panel()
    moved(one, "components.monthly_plan.weight|", 60)
    division = one.order[0]
    one.open_ledger(division)
    result = assess(one.experiment.scheme, one.result.records, "2023")
    score = result.divisions.set_index("division").loc[division, "score"]
    assert f"{score:,.2f}" in one.ledger.value
    assert "试算" in one.ledger.value
    moved(one, "components.monthly_plan.weight|", 61)
    assert one.ledger.value == ""


def test_saving_asks_before_it_replaces(project: Path) -> None:
    one = panel()
    shelf, file = one.shelf, project / "params/what-if/no-forcing.yaml"
    before = file.read_bytes()
    shelf.name.value, shelf.author.value, shelf.why.value = "no-forcing", "张三", "试"
    shelf.save()
    assert "覆盖" in shelf.said.value
    assert shelf.asked.layout.display == ""
    assert file.read_bytes() == before
    shelf.confirm.click()
    assert file.read_bytes() != before
    assert shelf.asked.layout.display == "none"


def test_a_large_bureau_gets_strips_and_a_list_instead_of_rows(sample: Records, tmp_path: Path) -> None:
    records = large_bureau(60, 400, seed=1)
    scheme = load_scheme(SCHEME)
    one = Panel(assess(scheme, records, "2023"), Experiment(scheme), tmp_path, "zh")
    moved(one, "tiers.shares|A", 50)
    assert one.drawing.value.count("<circle") >= 50
    assert not [each for each in all_of(one.box) if isinstance(each, widgets.Button) and each.description in one.names.values()]
