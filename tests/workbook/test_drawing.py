"""What is drawn with marks in the place of texts is to the byte what Vega draws with the texts."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import vl_convert

from perfkit import assess, load_records, load_scheme
from perfkit.language import Lang
from perfkit.report import View, charts, comparison_charts, component_charts
from perfkit.report.html import Figure
from perfkit.workbook import drawing
from tests.conftest import PROJECT, Bureau
from tests.report.test_comparison import STEEP, seen
from tests.workbook.test_hostile import TEXTS

CHARTS = {"2023-06": (charts.hours, charts.losses),
          "2023": (charts.months, charts.tiers, charts.hours, charts.losses, component_charts.first_level, component_charts.survey)}  # fmt: skip
LANGUAGES: tuple[Lang, Lang] = ("zh", "en")


def by_vega(spec: Any) -> str:
    return vl_convert.vegalite_to_svg(spec, vl_version=drawing.VEGA_LITE_VERSION)


def kept(figure: object) -> Any:
    """The chart as a notebook keeps it."""
    assert isinstance(figure, Figure)
    return json.loads(json.dumps({**figure.spec, "description": figure.text}, sort_keys=True))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """What Vega is asked to draw while a test runs."""
    specs: list[Any] = []
    original = vl_convert.vegalite_to_svg

    def drawn(spec: Any, **how: Any) -> str:
        specs.append(spec)
        return original(spec, **how)

    drawing._drawn.cache_clear()
    monkeypatch.setattr(vl_convert, "vegalite_to_svg", drawn)
    yield specs
    drawing._drawn.cache_clear()


@pytest.mark.parametrize(("bureau", "least"), [("planning-bureau", 11), ("water-bureau", 3), ("township", 1)])
def test_every_chart_of_the_samples_in_both_languages(bureau: str, least: int) -> None:
    """Of the year and of a month, the bureau's and a division's."""
    result = assess(load_scheme(PROJECT / f"params/{bureau}.yaml"), load_records(PROJECT / f"data/{bureau}"), "2023")
    for lang in LANGUAGES:
        views = [View(result.page(period, division), lang) for period in CHARTS for division in (None, result.divisions["division"].iloc[0])]
        found = [kept(shown) for view in views for shown in (each(view) for each in CHARTS[view.page.period]) if isinstance(shown, Figure)]
        assert len(found) >= least
        for spec in found:
            assert drawing.drawn(spec) == by_vega(spec), spec["description"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_comparison_chart(bureau: Bureau, lang: Lang) -> None:
    spec = kept(comparison_charts.places(seen(bureau, STEEP, lang=lang)))
    assert drawing.drawn(spec) == by_vega(spec)


def test_a_second_language_is_not_drawn_again(bureau: Bureau, asked: list[Any]) -> None:
    result = bureau.assess("2023")
    found = [drawing.drawn(kept(charts.tiers(View(result.page("2023"), lang)))) for lang in LANGUAGES]
    assert len(asked) == 1
    assert "甲处居首" in found[0]
    assert "First: 甲处" in found[1]
    assert not any("@" in svg or "sans-serif" in svg.replace(", sans-serif", "") for svg in found)


def test_other_numbers_are_another_drawing(bureau: Bureau, asked: list[Any]) -> None:
    before = kept(charts.tiers(View(bureau.assess("2023").page("2023"), "zh")))
    for division in ("D1", "D2"):
        bureau.rated_by_public(division, "一般")
    after = kept(charts.tiers(View(bureau.assess("2023").page("2023"), "zh")))
    assert drawing.drawn(before) != drawing.drawn(after)
    assert len(asked) == 2


@pytest.mark.parametrize("text", [*(text for text in TEXTS if "\r" not in text), "@0@", "甲@1@", "a  b", " 前", "乙处"])
def test_whatever_a_division_is_called(bureau: Bureau, text: str) -> None:
    """乙处 is another division's name too; a lone carriage return would not come through the bureau's files."""
    bureau.rows("divisions", division="D1")[0]["name"] = text
    result = bureau.assess("2023")
    for chart in (charts.tiers, charts.hours):
        spec = kept(chart(View(result.page("2023"), "zh")))
        assert drawing.drawn(spec) == by_vega(spec)


def test_a_chart_that_is_none_of_ours_is_drawn_as_it_is(asked: list[Any]) -> None:
    """It may depend on how wide its texts are."""
    spec = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "mark": "bar", "data": {"values": [{"a": "一", "b": 1}]},
            "encoding": {"x": {"field": "a", "type": "nominal"}, "y": {"field": "b", "type": "quantitative"}, "color": {"field": "a"}}}  # fmt: skip
    assert "一" in drawing.drawn(spec)
    assert asked == [spec]
