"""The panel's widgets without a browser: every control moves, nothing crashes it, and files are written only when told."""

import random
import shutil
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pytest

from benchmarks.large_bureau import large_bureau
from perfkit import assess, load_scheme
from perfkit.records import Records
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
