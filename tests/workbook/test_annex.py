"""The annex: a workbook that people can read, filter, print and trust, whichever system wrote it."""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from perfkit import assess, load_records, load_scheme
from perfkit.assessment import Assessment
from perfkit.language import Lang, catalogue, say
from perfkit.records import Records
from perfkit.report.spreadsheet import as_csv
from perfkit.workbook import annex as module
from perfkit.workbook import comparing
from perfkit.workbook.annex import annex, head
from perfkit.workbook.jobs import Settings
from perfkit.workbook.run import RESULTS, prepare
from tests.workbook.conftest import ROOT

LANGS: tuple[Lang, ...] = ("zh", "en")
BUREAUS = ("planning-bureau", "water-bureau", "township")


def tables_of(result: Assessment) -> dict[str, pd.DataFrame]:
    return {**{name: getattr(result, name) for name in RESULTS}, **result.beside, "bureau": result.bureau}


@pytest.fixture(scope="module")
def years() -> Mapping[str, Assessment]:
    schemes = {name: load_scheme(ROOT / f"params/{name}.yaml") for name in BUREAUS}
    return {name: assess(scheme, load_records(ROOT / scheme.spec.records), "2023") for name, scheme in schemes.items()}


@pytest.fixture(scope="module")
def trial() -> tuple[Assessment, dict[str, pd.DataFrame]]:
    """The sample year beside two scenarios."""
    overlays = ("params/what-if/fixed-bands.yaml", "params/what-if/next-year-draft.yaml")
    plan = prepare(Settings("params/planning-bureau.yaml", "2023", overlays=overlays, compare=True), ROOT)
    assert plan.comparison
    return plan.result, comparing.results(plan.comparison)


def opened(content: bytes) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def sheet_xml(content: bytes, number: int) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return parts.read(f"xl/worksheets/sheet{number}.xml").decode()


@pytest.mark.parametrize("lang", LANGS)
def test_every_result_column_and_table_has_a_word(years: Mapping[str, Assessment], trial: tuple[Assessment, dict[str, pd.DataFrame]], lang: Lang) -> None:
    known = catalogue(lang)
    every = [tables_of(result) for result in years.values()] + [tables_of(result.public()) for result in years.values()] + [trial[1]]
    for tables in every:
        for name, table in tables.items():
            heads = [head(name, column, lang) for column in table]
            own = [word for column, word in zip(table, heads, strict=True) if word == column and word.lower() != known.get(f"column.{column}", "").lower()]
            assert [word for word in own if not re.fullmatch(r"\d{4}-\d{2}", word)] == [], name
            assert len(set(heads)) == len(heads), (name, heads)
            assert f"sheet.{name}" in known
            assert f"sheet_about.{name}" in known
    sheets = [text for key, text in known.items() if key.startswith("sheet.")]
    assert len(set(map(str.lower, sheets))) == len(sheets)
    assert all(len(sheet) <= 28 and not set("[]:*?/\\'") & set(sheet) for sheet in sheets)  # of 31 characters, room for the number of a part


def test_a_column_without_a_word_goes_by_its_own_name() -> None:
    assert head("divisions", "culture_days", "zh") == "culture_days"
    assert head("survey_design", "2023-07", "zh") == "2023年7月"
    assert head("divisions", "score_change", "en") == "Score (change)"


def test_the_first_sheet_says_what_is_where(years: Mapping[str, Assessment]) -> None:
    result = years["planning-bureau"]
    sheets = opened(annex(tables_of(result), result, "2023", "zh"))
    assert list(sheets)[:5] == ["说明", "得分由来", "处室", "人员", "分管领导"]
    rows = sheets["说明"]
    assert [row[:2] for row in rows[:4]] == [["单位", "规划局绩效考核"], ["期间", "2023年"], ["版本", "内部版"], ["状态", "草稿"]]
    listed = {row[0]: row[2] for row in rows[6:]}
    assert listed == {name: len(cells) - 1 for name, cells in sheets.items() if name != "说明"}
    assert listed["处室"] == 8
    assert "待决定事项" not in sheets  # nothing is open, and an empty table has no sheet


def test_cells_have_the_type_a_reader_counts_and_sorts_by(years: Mapping[str, Assessment]) -> None:
    result = years["planning-bureau"]
    content = annex(tables_of(result), result, "2023", "zh")
    sheets = opened(content)
    people = {row[1]: dict(zip(sheets["人员"][0], row, strict=True)) for row in sheets["人员"][1:]}
    assert people["P001"]["人员"] == "赵晨禾"
    assert people["P001"]["说明"] == "局长，另行考核"
    assert people["P001"]["参加考核"] == "否"
    given = result.staff.set_index("staff").loc["P005"]
    assert people["P005"]["得分"] == given["score"]
    assert people["P005"]["角色"] == "负责人"
    leaders = {row[1]: row[2:] for row in sheets["分管领导"][1:]}
    assert leaders["P002"][0] == "规划管理处、用地规划处、村镇规划处"
    register = dict(zip(sheets["加扣分"][0], sheets["加扣分"][1], strict=True))
    assert register["日期"] == dt.date(2023, 3, 15)
    assert register["类别"] == "排名进位"
    assert {row[0] for row in sheets["兑现"][1:]} >= {"2023-01", "2023"}  # periods are text
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        styles = parts.read("xl/styles.xml").decode()
    assert {"0.00", "0.0000", "#,##0.00", "yyyy-mm-dd"} <= set(re.findall(r'formatCode="([^"]+)"', styles))


def test_every_number_is_that_of_the_table(years: Mapping[str, Assessment]) -> None:
    for result in years.values():
        tables = {name: table for name, table in tables_of(result).items() if len(table)}
        sheets = opened(annex(tables, result, "2023", "en"))
        for name, table in tables.items():
            heads, *rows = sheets[say(f"sheet.{name}", "en")]
            assert len(rows) == len(table)
            for column in table.select_dtypes("number"):
                place = heads.index(head(name, column, "en"))
                found = pd.Series([row[place] if row[place] != "" else None for row in rows], dtype=float)
                pd.testing.assert_series_equal(found, table[column].astype(float).reset_index(drop=True), check_names=False, rtol=1e-14)


def test_a_sheet_is_made_for_screen_and_paper(years: Mapping[str, Assessment]) -> None:
    result = years["planning-bureau"]
    content = annex({"divisions": result.divisions, "leaders": result.leaders}, result, "2023", "zh")
    text = sheet_xml(content, 2)
    assert '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' in text
    assert '<autoFilter ref="A1:K9"/>' in text  # eleven columns, eight divisions
    assert re.search(r'<pageSetup paperSize="9" fitToHeight="0" orientation="landscape"', text)
    assert "<pageSetUpPr fitToPage=" in text
    widths = [float(width) for width in re.findall(r'<col [^>]*?width="([\d.]+)"', text)]
    assert widths[0] >= 2 * len("规划管理处")  # a Chinese character takes two
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        book = parts.read("xl/workbook.xml").decode()
        assert re.search(r'<definedName name="_xlnm.Print_Titles" localSheetId="1">[^<]*!\$1:\$1</definedName>', book)
        assert "<b/>" in parts.read("xl/styles.xml").decode()


def test_the_same_tables_make_the_same_bytes_with_nothing_of_the_system_in_them(years: Mapping[str, Assessment], monkeypatch: pytest.MonkeyPatch) -> None:
    result = years["township"]
    content = annex(tables_of(result), result, "2023", "zh")
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    assert content == annex(tables_of(result), result, "2023", "zh")
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for entry in parts.infolist():
            assert (entry.date_time, entry.create_system, entry.compress_type) == ((1980, 1, 1, 0, 0, 0), 3, zipfile.ZIP_STORED)
        assert "2000-01-01T00:00:00Z" in parts.read("docProps/core.xml").decode()


def test_a_table_longer_than_a_sheet_goes_on_in_another(years: Mapping[str, Assessment], monkeypatch: pytest.MonkeyPatch) -> None:
    result = years["planning-bureau"]
    monkeypatch.setattr(module, "ROWS", 5)
    sheets = opened(annex({"divisions": result.divisions}, result, "2023", "en"))
    assert {name: len(rows) - 1 for name, rows in sheets.items() if name != "About"} == {"Divisions 1": 5, "Divisions 2": 3}
    assert sheets["Divisions 1"][0] == sheets["Divisions 2"][0]


def test_the_public_edition_has_no_people(years: Mapping[str, Assessment]) -> None:
    result = years["planning-bureau"]
    records: Records = result.records
    shown = result.public()
    cells = {cell for rows in opened(annex(tables_of(shown), shown, "2023", "zh")).values() for row in rows for cell in row}
    assert "公开版" in cells
    assert not cells & {*records.names("staff"), *records.names("staff").values()}
    assert cells & set(records.names("divisions").values())


def test_a_trial_says_so_and_its_values_are_in_words(trial: tuple[Assessment, dict[str, pd.DataFrame]]) -> None:
    result, tables = trial
    sheets = opened(annex(tables, result, "2023", "zh"))
    assert "试算，不是考核结果：以下参数与方案不同。" in [row[1] for row in sheets["说明"]]
    changed = {row[1]: row[2:4] for row in sheets["改动的参数"][1:]}
    assert changed["档次的确定办法"] == ["强制区分", "按分数段"]
    assert changed["月度绩效权重"] == [0.8, 0.75]
    assert any(row[0] == "next-year-draft" and str(row[5]).startswith("示例（编造）") for row in sheets["改动的参数"][1:])


def test_the_sample_has_no_text_that_needs_an_apostrophe(years: Mapping[str, Assessment], trial: tuple[Assessment, dict[str, pd.DataFrame]]) -> None:
    for tables in [*map(tables_of, years.values()), trial[1]]:
        for table in tables.values():
            assert as_csv(table) == table.to_csv(index=False, lineterminator="\n").encode("utf-8-sig")


def test_an_inspection_whose_id_gets_an_apostrophe_is_still_the_same_in_the_sealed_log(tmp_path: Path) -> None:
    from perfkit.workbook import seals

    scheme = load_scheme(ROOT / "params/water-bureau.yaml")
    folder = tmp_path / "records"
    folder.mkdir()
    for file in (ROOT / "data/water-bureau").glob("*.csv"):
        (folder / file.name).write_bytes(file.read_bytes().replace(b"CF-02", b"=CF-02"))
    result = assess(scheme, load_records(folder), "2023")
    sealed = tmp_path / "out/results/inspection_log.csv"
    sealed.parent.mkdir(parents=True)
    sealed.write_bytes(as_csv(result.beside[seals.LOG]))
    assert b"'=CF-02" in sealed.read_bytes()
    assert seals.broken(result, tmp_path / "out") == []
