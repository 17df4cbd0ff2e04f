"""A bureau's pages call its divisions what the bureau calls them; what people typed stays as it was typed."""

from pathlib import Path

import pytest

from perfkit import assess, load_scheme
from perfkit.language import Lang, catalogue, reworded
from perfkit.problems import SchemeError
from perfkit.report import View, charts, tables
from tests.conftest import PROJECT, Bureau
from tests.report.test_leads import shown

WATER = PROJECT / "params/water-bureau.yaml"


def test_words_are_replaced_and_placeholders_are_not() -> None:
    assert reworded("{count}个处室换档：{division}、业务处室", "科室", "zh") == "{count}个科室换档：{division}、业务科室"
    assert reworded("Divisions of {divisions}: one division", "section", "en") == "Sections of {divisions}: one section"
    assert reworded("Division", "", "en") == "Division"
    for lang in ("zh", "en"):
        for text in catalogue(lang).values():
            assert text.count("{") == reworded(text, "X", lang).count("{")


@pytest.mark.parametrize(("period", "notebook", "division"), [
    ("2023", "bureau_year", ""), ("2023-Q3", "bureau_quarter", ""), ("2023-H2", "bureau_half_year", ""), ("2023-H2", "half_year", "水资源科"),
])  # fmt: skip
def test_the_water_bureaus_reports_say_what_its_plan_says(period: str, notebook: str, division: str) -> None:
    text = "".join(shown("water-bureau", period, notebook, division))
    assert "科室" in text
    assert "处室" not in text


def test_the_planning_bureaus_say_the_usual_word() -> None:
    text = "".join(shown("planning-bureau", "2023", "bureau_year", ""))
    assert "处室" in text
    assert "科室" not in text


@pytest.mark.parametrize(("lang", "word", "said"), [("zh", "股室", "股室"), ("en", "unit", "Unit")])
def test_any_bureau_may_have_its_word(bureau: Bureau, tmp_path: Path, lang: Lang, word: str, said: str) -> None:
    bureau.rows("divisions", division="D1")[0]["name"] = "处室 division"
    scheme = tmp_path / "own.yaml"
    text = (PROJECT / "params/planning-bureau.yaml").read_text(encoding="utf-8")
    scheme.write_text(text.replace("\nrecords:", f"\ndivision_word: {{{lang}: {word}}}\nrecords:", 1), encoding="utf-8")
    view = View(assess(load_scheme(scheme), bureau.records(), "2023").page("2023"), lang)
    table = tables.divisions(view)._repr_html_()
    assert f">{said}</th>" in table
    assert "处室 division" in table  # a name
    figure = charts.tiers(view)
    assert "处室 division" in figure.title  # type: ignore[union-attr]


def test_a_blank_word_or_one_with_braces_is_refused(tmp_path: Path) -> None:
    for word in ('""', '"{x}"'):
        scheme = tmp_path / "own.yaml"
        scheme.write_text(WATER.read_text(encoding="utf-8").replace("{zh: 科室, en: section}", f"{{zh: {word}}}"), encoding="utf-8")
        with pytest.raises(SchemeError) as refused:
            load_scheme(scheme)
        assert all(problem.line == 7 for problem in refused.value.problems)
