"""Records as an office keeps them: headers, encodings, workbooks, and every fault with its cell."""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xlsxwriter

from perfkit import RecordsError, load_records
from perfkit.problems import Problem
from perfkit.records import TABLES, Records

SAMPLE = Path(__file__).parents[2] / "data" / "planning-bureau"
DIVISIONS = "division,name,group\nD1,甲处,business\nD2,乙处,general\n"
STAFF = "staff,name,borrowed\nP1,张一,no\nP2,李二,yes\nP3,王三,\n"


def folder(path: Path, encoding: str = "utf-8", **tables: str) -> Path:
    """A folder of CSV files, with two divisions and three people unless given."""
    for name, text in {"divisions": DIVISIONS, "staff": STAFF, **tables}.items():
        (path / f"{name}.csv").write_bytes(text.encode(encoding))
    return path


def refused(path: Path) -> list[Problem]:
    """Every problem of records that must not load."""
    with pytest.raises(RecordsError) as caught:
        load_records(path)
    return caught.value.problems


def told(problems: Iterable[Problem]) -> list[tuple[str, str, int | None, str]]:
    """Key, file, row and column of each problem."""
    return [(problem.key, problem.file, problem.line, problem.field) for problem in problems]


def only(problems: list[Problem]) -> Problem:
    """The one problem there is."""
    assert len(problems) == 1, [problem.text("en") for problem in problems]
    return problems[0]


def workbook(file: Path, tables: dict[str, list[list[Any]]]) -> Path:
    """An .xlsx with one sheet a table."""
    with xlsxwriter.Workbook(file) as book:
        form = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in tables.items():
            sheet = book.add_worksheet(name)
            for row, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    if isinstance(cell, dt.date):
                        sheet.write_datetime(row, column, dt.datetime.combine(cell, dt.time()), form)
                    else:
                        sheet.write(row, column, cell)
    return file


class TestWhatIsRead:
    def test_values_have_the_declared_types_and_the_row_of_the_file(self, tmp_path: Path) -> None:
        rows = "staff,division,role,grade,start,end\nP1,D1,head,正处,2023-01-05,\nP2,D1,member,科级,2022-03-01,2023-06-30\n"
        posts = load_records(folder(tmp_path, postings=rows))["postings"]
        assert list(posts.columns) == ["staff", "division", "role", "grade", "start", "end"]
        assert posts.index.to_list() == [2, 3]
        assert posts.loc[2, "start"] == pd.Timestamp("2023-01-05")
        assert pd.isna(posts.loc[2, "end"])
        assert posts.loc[3, "end"] == pd.Timestamp("2023-06-30")

    def test_a_table_that_is_not_given_is_empty_with_its_columns(self, tmp_path: Path) -> None:
        records = load_records(folder(tmp_path))
        assert set(records.tables) == set(TABLES)
        assert set(records.files) == {"divisions", "staff"}
        for name, table in TABLES.items():
            assert list(records[name].columns) == [column.name for column in table.columns]
        assert records["hours"].empty
        assert records["hours"]["approved"].dtype == float
        assert pd.api.types.is_datetime64_any_dtype(records["hours"]["date"])

    def test_a_blank_optional_column_may_be_left_out(self, tmp_path: Path) -> None:
        records = load_records(folder(tmp_path, staff="staff,name\nP1,张一\n"))
        assert records["staff"]["borrowed"].to_list() == [""]

    def test_columns_may_stand_in_any_order(self, tmp_path: Path) -> None:
        records = load_records(folder(tmp_path, divisions="group,name,division\nbusiness,甲处,D1\n"))
        assert records["divisions"].loc[2].to_dict() == {"division": "D1", "name": "甲处", "group": "business"}

    def test_chinese_headers_and_words(self, tmp_path: Path) -> None:
        folder(
            tmp_path,
            divisions="处室,名称,类别\nD1,甲处,业务处室\nD2,乙处,综合\n",
            staff="人员,姓名,借用\nP1,张一,否\nP2,李二,是\n",
            postings="人员,处室,角色,级别,开始日期,结束日期\n张一,甲处,负责人,正处,2023年1月5日,\n李二,乙处,副职,副处,2023/2/1,2023.12.31\n",
        )
        records = load_records(tmp_path)
        assert records["divisions"]["group"].to_list() == ["business", "general"]
        assert records["staff"]["borrowed"].to_list() == ["no", "yes"]
        assert records["postings"]["staff"].to_list() == ["P1", "P2"]
        assert records["postings"]["division"].to_list() == ["D1", "D2"]
        assert records["postings"]["role"].to_list() == ["head", "deputy"]
        assert records["postings"]["start"].to_list() == [pd.Timestamp("2023-01-05"), pd.Timestamp("2023-02-01")]
        assert records["postings"].loc[3, "end"] == pd.Timestamp("2023-12-31")

    def test_chinese_file_names(self, tmp_path: Path) -> None:
        (tmp_path / "处室.csv").write_text(DIVISIONS, encoding="utf-8")
        (tmp_path / "人员.csv").write_text(STAFF, encoding="utf-8")
        assert load_records(tmp_path)["staff"]["name"].to_list() == ["张一", "李二", "王三"]

    def test_headers_of_both_languages_mixed_and_in_capitals(self, tmp_path: Path) -> None:
        records = load_records(folder(tmp_path, divisions="Division, 名称 ,GROUP\nD1,甲处,business\n"))
        assert records["divisions"]["name"].to_list() == ["甲处"]

    @pytest.mark.parametrize(("encoding", "shown"), [("utf-8", "utf-8-sig"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030"), ("gbk", "gb18030")])
    def test_encodings(self, tmp_path: Path, encoding: str, shown: str) -> None:
        records = load_records(folder(tmp_path, encoding))
        assert records["staff"]["name"].to_list() == ["张一", "李二", "王三"]
        assert records.files["staff"]["encoding"] == shown

    def test_a_rare_character_in_gb18030(self, tmp_path: Path) -> None:
        records = load_records(folder(tmp_path, "gb18030", staff="staff,name\nP1,王㐂\n"))
        assert records["staff"]["name"].to_list() == ["王㐂"]

    def test_windows_and_unix_line_ends_and_quoted_commas(self, tmp_path: Path) -> None:
        unix = load_records(folder(tmp_path, items='item,division,title\nK1,D1,"审查,公示"\n'))["items"]
        windows = load_records(folder(tmp_path, items='item,division,title\r\nK1,D1,"审查,公示"\r\n'))["items"]
        assert unix["title"].to_list() == ["审查,公示"]
        pd.testing.assert_frame_equal(unix, windows)

    def test_blanks_and_invisible_marks_around_a_cell_are_no_part_of_it(self, tmp_path: Path) -> None:
        records = load_records(folder(tmp_path, staff="staff,name\n P1 ,\u200b张一\u3000\n"))
        assert records["staff"].loc[2, ["staff", "name"]].to_list() == ["P1", "张一"]

    def test_marks_of_writing_direction_are_no_part_of_a_cell_and_joined_emoji_stay_joined(self, tmp_path: Path) -> None:
        pasted, joined = "\u202aP1\u202c", "王\u202e三\u2066👩\u200d👧\u2069"  # as Windows puts the first before what is copied from a dialogue
        records = load_records(folder(tmp_path, staff=f"staff,name\nP1,张一\nP2,{joined}\n", ratings=f"year,staff,rating\n2023,{pasted},competent\n"))
        assert records["ratings"]["staff"].to_list() == ["P1"]
        assert records["staff"]["name"].to_list() == ["张一", "王三👩\u200d👧"]

    def test_ids_stay_text(self, tmp_path: Path) -> None:
        records = load_records(folder(tmp_path, staff="staff,name\n007,张一\n1e3,李二\nNA,王三\n"))
        assert records["staff"]["staff"].to_list() == ["007", "1e3", "NA"]

    def test_numbers_as_people_type_them(self, tmp_path: Path) -> None:
        rows = 'year,grade,monthly_organisation,monthly_standard,competitive,annual\n2023,正处,"28,000",１５００,0.50,1e3\n'
        bases = load_records(folder(tmp_path, payout_bases=rows))["payout_bases"]
        assert bases.loc[2, ["monthly_organisation", "monthly_standard", "competitive", "annual"]].to_list() == [28000, 1500, 0.5, 1000]

    def test_months_and_periods(self, tmp_path: Path) -> None:
        rows = "month,division,item,completion\n2023-06,D1,K1,1\n2023年7月,D1,K1,1\n2023/8,D1,K1,1\n"
        votes = "period,kind,subject,grade,votes\n2023,mass,D1,优秀,3\n2023-q2,mass,D1,优秀,3\n2023-H1,民主评议,P1,优秀,3\n"
        records = load_records(folder(tmp_path, plan_items=rows, appraisals=votes))
        assert records["plan_items"]["month"].to_list() == ["2023-06", "2023-07", "2023-08"]
        assert records["appraisals"]["period"].to_list() == ["2023", "2023-Q2", "2023-H1"]
        assert records["appraisals"]["kind"].to_list() == ["mass", "mass", "democratic"]

    def test_a_column_for_remarks_is_passed_over(self, tmp_path: Path) -> None:
        assert list(load_records(folder(tmp_path, staff="staff,name,备注\nP1,张一,新来\n"))["staff"].columns) == [
            "staff",
            "name",
            "borrowed",
        ]

    def test_a_table_with_only_its_header_is_empty(self, tmp_path: Path) -> None:
        records = load_records(folder(tmp_path, decisions="period,subject,order,decided_by,decided_on,why\n"))
        assert records["decisions"].empty
        assert records.files["decisions"]["rows"] == 0

    def test_other_files_in_the_folder_are_left_alone(self, tmp_path: Path) -> None:
        (folder(tmp_path) / "README.md").write_text("notes", encoding="utf-8")
        assert set(load_records(tmp_path).files) == {"divisions", "staff"}


class TestNamesForIds:
    def test_a_name_is_as_good_as_an_id(self, tmp_path: Path) -> None:
        rows = "period,subject,order\n2023,甲处,1\n2023,D2,2\n2023,王三,1\n2023,P1,2\n"
        assert load_records(folder(tmp_path, decisions=rows))["decisions"]["subject"].to_list() == ["D1", "D2", "P3", "P1"]

    def test_an_ambiguous_name_is_refused(self, tmp_path: Path) -> None:
        staff = "staff,name\nP1,张伟\nP2,张伟\nP3,王三\n"
        problem = only(refused(folder(tmp_path, staff=staff, ratings="year,staff,rating\n2023,P1,competent\n2023,张伟,competent\n")))
        assert told([problem]) == [("ambiguous_staff", "ratings.csv", 3, "人员")]
        assert problem.values["given"] == "张伟"

    def test_people_of_one_name_are_told_apart_by_id(self, tmp_path: Path) -> None:
        staff = "staff,name\nP1,张伟\nP2,张伟\n"
        records = load_records(folder(tmp_path, staff=staff, ratings="year,staff,rating\n2023,P1,competent\n2023,P2,basic\n"))
        assert records["ratings"]["staff"].to_list() == ["P1", "P2"]

    def test_a_word_that_is_a_division_and_a_person_is_refused(self, tmp_path: Path) -> None:
        problems = refused(folder(tmp_path, staff="staff,name\nP1,甲处\n", decisions="period,subject,order\n2023,甲处,1\n"))
        assert told(problems) == [("ambiguous_subject", "decisions.csv", 2, "对象")]

    @pytest.mark.parametrize(
        ("table", "rows", "key", "column", "near"),
        [
            ("ratings", "year,staff,rating\n2023,欧阳望目,competent\n", "unknown_staff", "人员", "欧阳望月"),
            ("items", "item,division,title\nK1,用地规化处,审查\n", "unknown_divisions", "处室", "用地规划处"),
            ("decisions", "period,subject,order\n2023,P11,1\n", "unknown_subject", "对象", "P1"),
        ],
    )
    def test_an_unknown_word_with_the_likely_one(self, tmp_path: Path, table: str, rows: str, key: str, column: str, near: str) -> None:
        divisions, staff = "division,name,group\nD1,用地规划处,business\n", "staff,name\nP1,欧阳望月\n"
        problem = only(refused(folder(tmp_path, divisions=divisions, staff=staff, **{table: rows})))
        assert told([problem]) == [(key, f"{table}.csv", 2, column)]
        assert problem.values["near"] == near

    def test_an_item_that_the_list_of_items_lacks(self, tmp_path: Path) -> None:
        rows = "date,staff,item,approved,approved_by\n2023-06-01,P1,K1,8,处长\n2023-06-02,P1,K9,8,处长\n"
        problems = refused(folder(tmp_path, items="item,division,title\nK1,D1,审查\n", hours=rows))
        assert told(problems) == [("unknown_item", "hours.csv", 3, "事项")]

    def test_identify(self, tmp_path: Path) -> None:
        records = load_records(folder(tmp_path, staff="staff,name\nP1,张伟\nP2,张伟\nP3,王三\n"))
        assert records.identify("divisions", "甲处") == "D1"
        assert records.identify("staff", "P2") == "P2"
        with pytest.raises(LookupError):
            records.identify("staff", "张伟")
        with pytest.raises(KeyError):
            records.identify("staff", "赵六")
        assert records.names("divisions") == {"D1": "甲处", "D2": "乙处"}


PLAN = "month,division,item,points,completion"
HOURS = "date,staff,approved"


class TestCells:
    @pytest.mark.parametrize(
        ("table", "header", "row", "key", "column"),
        [
            ("plan_items", PLAN, "2023-06,D1,K1,四十,1", "not_a_number", "分值"),
            ("plan_items", PLAN, "2023-06,D1,K1,40分,1", "not_a_number", "分值"),
            ("plan_items", PLAN, '2023-06,D1,K1,"4,0",1', "not_a_number", "分值"),
            ("plan_items", PLAN, "2023-06,D1,K1,nan,1", "not_a_number", "分值"),
            ("plan_items", PLAN, "2023-06,D1,K1,1e999,1", "not_a_number", "分值"),
            ("plan_items", PLAN, "2023-06,D1,K1,-1,1", "below_low", "分值"),
            ("plan_items", PLAN, "2023-06,D1,K1,40,85", "share_out_of_range", "完成度"),
            ("plan_items", PLAN, "2023-06,D1,K1,40,85%", "percent_sign", "完成度"),
            ("plan_items", PLAN, "2023-13,D1,K1,40,1", "not_a_month", "月份"),
            ("plan_items", PLAN, "2023,D1,K1,40,1", "not_a_month", "月份"),
            ("plan_items", PLAN, "六月,D1,K1,40,1", "not_a_month", "月份"),
            ("plan_items", PLAN, ",D1,K1,40,1", "blank", "月份"),
            ("plan_items", PLAN, "2023-06,,K1,40,1", "blank", "处室"),
            ("plan_items", PLAN, "2023-06,D1,,40,1", "blank", "事项"),
            ("hours", HOURS, "2023-02-30,P1,8", "not_a_date", "日期"),
            ("hours", HOURS, "23-06-01,P1,8", "not_a_date", "日期"),
            ("hours", HOURS, "2023-06,P1,8", "not_a_date", "日期"),
            ("hours", HOURS, "45078,P1,8", "not_a_date", "日期"),
            ("hours", HOURS, ",P1,8", "blank", "日期"),
            ("hours", HOURS, "2023-06-01,P1,25", "out_of_range", "批准时数"),
            ("hours", HOURS, "2023-06-01,P1,-1", "out_of_range", "批准时数"),
            ("appraisals", "period,kind,subject,grade,votes", "2023-5,mass,D1,优秀,3", "not_a_period", "期间"),
            ("appraisals", "period,kind,subject,grade,votes", "2023-Q5,mass,D1,优秀,3", "not_a_period", "期间"),
            ("appraisals", "period,kind,subject,grade,votes", "2023,mas,D1,优秀,3", "not_a_choice", "类别"),
            ("appraisals", "period,kind,subject,grade,votes", "2023,mass,D1,,3", "blank", "等次"),
            ("ratings", "year,staff,rating", "23,P1,competent", "not_a_year", "年度"),
            ("ratings", "year,staff,rating", "2023,P1,良好", "not_a_choice", "等次"),
            ("calendar", "date,workday", "2023-06-01,也许", "not_a_choice", "工作日"),
        ],
    )
    def test_a_cell_that_cannot_be_read(self, tmp_path: Path, table: str, header: str, row: str, key: str, column: str) -> None:
        assert told(refused(folder(tmp_path, **{table: f"{header}\n{row}\n"}))) == [(key, f"{table}.csv", 2, column)]

    def test_bounds_are_inclusive(self, tmp_path: Path) -> None:
        rows = "2023-06,D1,K1,0,0\n2023-06,D1,K2,100,1\n"
        hours = "2023-06-01,P1,0\n2023-06-02,P1,24\n"
        records = load_records(folder(tmp_path, plan_items=f"{PLAN}\n{rows}", hours=f"{HOURS}\n{hours}"))
        assert records["plan_items"]["points"].to_list() == [0, 100]
        assert records["hours"]["approved"].to_list() == [0, 24]

    def test_a_wrong_word_with_the_likely_one(self, tmp_path: Path) -> None:
        problem = only(refused(folder(tmp_path, ratings="year,staff,rating\n2023,P1,competant\n")))
        assert problem.values["near"] == "competent"
        assert "competent" in problem.text("en")

    def test_blank_lines_keep_the_rows_right(self, tmp_path: Path) -> None:
        rows = "2023-06-01,P1,8\n\n,,\n2023-06-02,P1,many\n\n2023-06-03,P1,8\n"
        assert told(refused(folder(tmp_path, hours=f"{HOURS}\n{rows}"))) == [("not_a_number", "hours.csv", 5, "批准时数")]
        fixed = load_records(folder(tmp_path, hours=f"{HOURS}\n{rows}".replace("many", "7")))["hours"]
        assert fixed.index.to_list() == [2, 5, 7]

    def test_every_fault_of_every_table_at_once(self, tmp_path: Path) -> None:
        folder(
            tmp_path,
            plan_items=f"{PLAN}\n2023-06,D1,K1,四十,1\n2023-06,D9,K2,40,2\n",
            hours=f"{HOURS}\n2023-02-30,P1,8\n",
            ratings="year,staff,rating\n2023,P9,good\n",
        )
        assert set(told(refused(tmp_path))) == {
            ("not_a_number", "plan_items.csv", 2, "分值"),
            ("share_out_of_range", "plan_items.csv", 3, "完成度"),
            ("unknown_divisions", "plan_items.csv", 3, "处室"),
            ("not_a_date", "hours.csv", 2, "日期"),
            ("not_a_choice", "ratings.csv", 2, "等次"),
            ("unknown_staff", "ratings.csv", 2, "人员"),
        }

    def test_every_message_says_where_what_and_how_in_both_languages(self, tmp_path: Path) -> None:
        problem = only(refused(folder(tmp_path, plan_items=f"{PLAN}\n2023-06,D1,K1,40,85\n")))
        assert problem.text("en").startswith("plan_items.csv line 2 “completion”")
        assert "85 is not between 0 and 1." in problem.text("en")
        assert "such as 0.85" in problem.text("en")
        assert "plan_items.csv" in problem.text("zh")
        assert "完成度" in problem.text("zh")


class TestHeadersAndFiles:
    def test_a_missing_column(self, tmp_path: Path) -> None:
        assert told(refused(folder(tmp_path, divisions="division,name\nD1,甲处\n"))) == [("missing_header", "divisions.csv", 1, "类别")]

    def test_an_unknown_column_with_the_likely_one(self, tmp_path: Path) -> None:
        problem = only(refused(folder(tmp_path, divisions="division,name,groups\nD1,甲处,business\n")))
        assert told([problem]) == [("unknown_header", "divisions.csv", 1, "groups")]
        assert problem.values["near"] == "group"

    def test_a_column_given_twice(self, tmp_path: Path) -> None:
        assert told(refused(folder(tmp_path, staff="staff,name,姓名\nP1,张一,张一\n"))) == [("header_twice", "staff.csv", 1, "姓名")]

    def test_a_row_longer_than_the_header(self, tmp_path: Path) -> None:
        problem = only(refused(folder(tmp_path, items="item,division,title\nK1,D1,审查,公示\n")))
        assert (problem.key, problem.line, problem.values["cells"], problem.values["columns"]) == ("too_many_cells", 2, 4, 3)

    @pytest.mark.parametrize("text", ["", "\n", ",,\n", "\ufeff"])
    def test_an_empty_file(self, tmp_path: Path, text: str) -> None:
        assert told(refused(folder(tmp_path, hours=text))) == [("file_empty", "hours.csv", None, "")]

    def test_a_blank_line_above_the_header_hides_nothing(self, tmp_path: Path) -> None:
        assert {problem.file for problem in refused(folder(tmp_path, staff="\nstaff,name\nP1,张一\n"))} == {"staff.csv"}

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
    def test_a_utf_16_file(self, tmp_path: Path, encoding: str) -> None:
        folder(tmp_path)
        (tmp_path / "ratings.csv").write_bytes("year,staff,rating\n2023,P1,competent\n".encode(encoding))
        problem = only(refused(tmp_path))
        assert (problem.key, problem.file) == ("wrong_encoding", "ratings.csv")

    def test_an_encoding_that_is_neither(self, tmp_path: Path) -> None:
        folder(tmp_path)
        (tmp_path / "ratings.csv").write_bytes(b"year,staff,rating\n2023,\xff\xfe,competent\n")
        assert told(refused(tmp_path)) == [("wrong_encoding", "ratings.csv", 2, "")]

    def test_utf_8_with_a_broken_letter_does_not_pass_as_gb18030(self, tmp_path: Path) -> None:
        folder(tmp_path)
        text = "人员,姓名\n" + "".join(f"P{number},欧阳望月\n" for number in range(10))
        raw = text.encode()
        (tmp_path / "staff.csv").write_bytes(raw[:-2] + raw[-1:])
        problem = only([problem for problem in refused(tmp_path) if problem.key == "wrong_encoding"])
        assert (problem.file, problem.line) == ("staff.csv", 11)

    def test_an_open_quotation_mark(self, tmp_path: Path) -> None:
        assert told(refused(folder(tmp_path, items='item,division,title\nK1,D1,"审查\n')))[0][:2] == ("csv_quotes", "items.csv")

    def test_an_unknown_table_with_the_likely_one(self, tmp_path: Path) -> None:
        problem = only(refused(folder(tmp_path, plan_item=f"{PLAN}\n")))
        assert told([problem]) == [("unknown_table", "plan_item.csv", None, "")]
        assert problem.values["near"] == "plan_items"

    def test_a_table_given_under_both_names(self, tmp_path: Path) -> None:
        problems = refused(folder(tmp_path, 人员=STAFF))
        assert told(problems) == [("table_twice", "人员.csv", None, "")]
        assert problems[0].values["first"] == "staff.csv"

    @pytest.mark.parametrize("name", ["nowhere", "nowhere.xlsx"])
    def test_a_missing_folder_or_workbook(self, tmp_path: Path, name: str) -> None:
        assert only(refused(tmp_path / name)).key == "records_missing"


class TestBetweenRows:
    def test_a_duplicate_id_names_the_first_row(self, tmp_path: Path) -> None:
        problem = only(refused(folder(tmp_path, staff="staff,name\nP1,张一\nP2,李二\nP1,王三\n")))
        assert told([problem]) == [("duplicate", "staff.csv", 4, "人员")]
        assert (problem.values["given"], problem.values["first"]) == ("P1", 2)

    def test_a_row_given_three_times_is_told_twice(self, tmp_path: Path) -> None:
        problems = refused(folder(tmp_path, ratings="year,staff,rating\n" + "2023,P1,competent\n" * 3))
        assert [(problem.key, problem.line, problem.values["first"]) for problem in problems] == [("duplicate", 3, 2), ("duplicate", 4, 2)]

    def test_a_name_and_its_id_are_the_same_row(self, tmp_path: Path) -> None:
        problem = only(refused(folder(tmp_path, ratings="year,staff,rating\n2023,P1,competent\n2023,张一,basic\n")))
        assert (problem.key, problem.line, problem.values["first"]) == ("duplicate", 3, 2)

    def test_one_item_twice_in_a_month_is_refused_and_in_two_months_is_not(self, tmp_path: Path) -> None:
        twice = f"{PLAN}\n2023-06,D1,K1,,1\n2023-07,D1,K1,,1\n2023-06,D2,K1,,1\n2023年6月,甲处,K1,,1\n"
        problem = only(refused(folder(tmp_path, plan_items=twice)))
        assert (problem.key, problem.line, problem.values["first"]) == ("duplicate", 5, 2)

    def test_unreadable_keys_are_no_duplicates_of_each_other(self, tmp_path: Path) -> None:
        rows = "31.12.2023,P1,8\n30.12.2023,P1,8\n"
        assert told(refused(folder(tmp_path, hours=f"{HOURS}\n{rows}"))) == [
            ("not_a_date", "hours.csv", 2, "日期"),
            ("not_a_date", "hours.csv", 3, "日期"),
        ]

    def test_unknown_people_are_no_duplicates_of_each_other(self, tmp_path: Path) -> None:
        problems = refused(folder(tmp_path, ratings="year,staff,rating\n2023,P8,competent\n2023,P9,competent\n"))
        assert told(problems) == [("unknown_staff", "ratings.csv", 2, "人员"), ("unknown_staff", "ratings.csv", 3, "人员")]

    @pytest.mark.parametrize(
        ("table", "rows"),
        [
            ("absences", "staff,kind,start,end\nP1,sick,2023-06-05,2023-06-04\n"),
            ("postings", "staff,division,role,grade,start,end\nP1,D1,head,正处,2023-06-05,2023-06-04\n"),
        ],
    )
    def test_an_end_before_its_start(self, tmp_path: Path, table: str, rows: str) -> None:
        assert told(refused(folder(tmp_path, **{table: rows}))) == [("end_before_start", f"{table}.csv", 2, "结束日期")]

    def test_an_end_on_the_day_of_its_start(self, tmp_path: Path) -> None:
        rows = "staff,kind,start,end\nP1,sick,2023-06-05,2023-06-05\n"
        assert len(load_records(folder(tmp_path, absences=rows))["absences"]) == 1

    @pytest.mark.parametrize(
        ("rows", "line", "first"),
        [
            (["P1,D1,member,科级,2023-01-01,2023-06-30", "P1,D2,member,科级,2023-06-30,"], 3, 2),
            (["P1,D2,member,科级,2023-06-30,", "P1,D1,member,科级,2023-01-01,2023-06-30"], 2, 3),
            (["P1,D1,member,科级,2020-01-01,", "P1,D2,head,正处,2023-06-30,"], 3, 2),
            (["P1,D1,leader,副局长,2020-01-01,", "P1,D2,member,科级,2023-06-30,"], 3, 2),
            (["P1,D1,leader,副局长,2020-01-01,2023-06-30", "P1,D1,leader,副局长,2023-06-30,"], 3, 2),
            (["P1,,director,局长,2020-01-01,", "P1,D1,head,正处,2023-06-30,"], 3, 2),
        ],
    )
    def test_overlapping_posts(self, tmp_path: Path, rows: list[str], line: int, first: int) -> None:
        text = "\n".join(["staff,division,role,grade,start,end", *rows, ""])
        problem = only(refused(folder(tmp_path, postings=text)))
        assert (problem.key, problem.file, problem.line, problem.values["first"]) == ("posts_overlap", "postings.csv", line, first)

    @pytest.mark.parametrize(
        "rows",
        [
            ["P1,D1,member,科级,2023-01-01,2023-06-30", "P1,D2,member,科级,2023-07-01,"],
            ["P1,D1,leader,副局长,2020-01-01,", "P1,D2,leader,副局长,2020-01-01,"],
            ["P1,D1,member,科级,2020-01-01,", "P2,D1,member,科级,2020-01-01,"],
            ["P1,D1,head,正处,2020-01-01,2023-06-30", "P1,D1,leader,副局长,2023-07-01,"],
        ],
    )
    def test_posts_that_do_not_overlap(self, tmp_path: Path, rows: list[str]) -> None:
        text = "\n".join(["staff,division,role,grade,start,end", *rows, ""])
        assert len(load_records(folder(tmp_path, postings=text))["postings"]) == 2

    def test_a_post_within_an_earlier_one_does_not_hide_the_next(self, tmp_path: Path) -> None:
        rows = "P1,D1,member,科级,2020-01-01,\nP1,D2,member,科级,2021-01-01,2021-06-30\nP1,D2,deputy,副处,2022-01-01,2022-06-30\n"
        problems = refused(folder(tmp_path, postings=f"staff,division,role,grade,start,end\n{rows}"))
        assert [(problem.key, problem.line, problem.values["first"]) for problem in problems] == [
            ("posts_overlap", 3, 2),
            ("posts_overlap", 4, 2),
        ]

    def test_one_id_for_a_division_and_a_person(self, tmp_path: Path) -> None:
        """Lines of both would add up: the pool a division leaves unspent would be paid to its namesake."""
        problem = only(refused(folder(tmp_path, divisions="division,name,group\nD1,甲处,business\nP2,乙处,general\n")))
        assert (problem.key, problem.file, problem.line) == ("id_of_a_division", "staff.csv", 3)
        assert problem.values == {"given": "P2", "first": 3, "other": "divisions.csv"}

    @pytest.mark.parametrize("role", ["head", "deputy"])
    def test_a_head_or_deputy_without_a_division(self, tmp_path: Path, role: str) -> None:
        problems = refused(folder(tmp_path, postings=f"staff,division,role,grade,start,end\nP1,,{role},正处,2023-01-01,\n"))
        assert told(problems) == [("post_without_division", "postings.csv", 2, "处室")]


class TestWorkbook:
    def test_it_gives_the_same_tables_as_the_folder(self, tmp_path: Path) -> None:
        csv = folder(
            tmp_path,
            postings="staff,division,role,grade,start,end\nP1,D1,head,正处,2023-01-05,\nP2,D1,member,科级,2022-03-01,2023-06-30\n",
            plan_items="month,division,item,title,points,completion\n2023-06,D1,K1,审查,62.5,1\n2023-06,D1,K2,公示,37.5,0.6\n",
            ratings="year,staff,rating\n2023,P1,competent\n",
        )
        tables: dict[str, list[list[Any]]] = {
            "divisions": [["division", "name", "group"], ["D1", "甲处", "business"], ["D2", "乙处", "general"]],
            "人员": [["人员", "姓名", "借用"], ["P1", "张一", False], ["P2", "李二", True], ["P3", "王三", None]],
            "postings": [
                ["staff", "division", "role", "grade", "start", "end"],
                ["P1", "D1", "head", "正处", dt.date(2023, 1, 5), None],
                ["P2", "D1", "member", "科级", dt.date(2022, 3, 1), dt.date(2023, 6, 30)],
            ],
            "plan_items": [
                ["month", "division", "item", "title", "points", "completion"],
                ["2023-06", "D1", "K1", "审查", 62.5, 1],
                ["2023-06", "D1", "K2", "公示", 37.5, 0.6],
            ],
            "ratings": [["year", "staff", "rating"], [2023, "P1", "competent"]],
        }
        one, other = load_records(csv), load_records(workbook(tmp_path / "records.xlsx", tables))
        for name in TABLES:
            pd.testing.assert_frame_equal(one[name], other[name], obj=name)
        assert other.files["staff"]["file"] == "records.xlsx!人员"
        assert other.files["staff"]["encoding"] == "xlsx"

    def test_the_sample_as_a_workbook(self, tmp_path: Path, sample: Records) -> None:
        with xlsxwriter.Workbook(tmp_path / "sample.xlsx") as book:
            for file in sorted(SAMPLE.glob("*.csv")):
                sheet = book.add_worksheet(file.stem)
                for row, line in enumerate(pd.read_csv(file, dtype=str, header=None, keep_default_na=False).to_numpy()):
                    sheet.write_row(row, 0, [cell or None for cell in line])
        records = load_records(tmp_path / "sample.xlsx")
        for name in TABLES:
            pd.testing.assert_frame_equal(records[name], sample[name], obj=name)

    def test_ids_typed_as_numbers_are_text(self, tmp_path: Path) -> None:
        tables = {"divisions": [["division", "name", "group"], [1, "甲处", "business"]], "staff": [["staff", "name"], [1001, "张一"]]}
        records = load_records(workbook(tmp_path / "records.xlsx", tables))
        assert records["staff"]["staff"].to_list() == ["1001"]
        assert records["divisions"]["division"].to_list() == ["1"]

    def test_a_fault_is_told_with_its_sheet_row_and_column(self, tmp_path: Path) -> None:
        tables: dict[str, list[list[Any]]] = {
            "divisions": [["division", "name", "group"], ["D1", "甲处", "business"]],
            "staff": [["staff", "name"], ["P1", "张一"]],
            "hours": [["date", "staff", "approved"], [dt.date(2023, 6, 1), "P1", 8], [], [dt.date(2023, 6, 2), "P1", 30]],
        }
        assert told(refused(workbook(tmp_path / "records.xlsx", tables))) == [("out_of_range", "records.xlsx!hours", 4, "批准时数")]

    def test_an_unknown_sheet(self, tmp_path: Path) -> None:
        tables = {
            "divisions": [["division", "name", "group"], ["D1", "甲处", "business"]],
            "staff": [["staff", "name"], ["P1", "张一"]],
            "Sheet1": [["a"]],
            "Sheet2": [],
            "Sheet3": [[None, ""], [None]],
        }
        assert told(refused(workbook(tmp_path / "records.xlsx", tables))) == [("unknown_table", "records.xlsx!Sheet1", None, "")]

    def test_a_file_that_is_no_workbook(self, tmp_path: Path) -> None:
        (tmp_path / "records.xlsx").write_bytes(b"PK nothing")
        assert only(refused(tmp_path / "records.xlsx")).key == "workbook_unreadable"


class TestNoHeader:
    """A first line without a single known column has one cause, which is told once and hides no other table's faults."""

    @pytest.mark.parametrize(
        ("text", "key", "given"),
        [
            (STAFF.replace(",", ";"), "wrong_separator", ";"),
            (STAFF.replace(",", "\t"), "wrong_separator", "Tab"),
            ("人员，姓名，借用\nP1，张一，否\n", "wrong_separator", "，"),
            ("人员登记表,,\n" + STAFF, "no_header", "人员登记表"),
        ],
    )
    def test_one_message_and_none_of_the_people_it_names(self, tmp_path: Path, text: str, key: str, given: str) -> None:
        posts = "staff,division,role,grade,start\n" + "".join(f"P{number},D1,member,科级,2020-01-01\n" for number in range(1, 40))
        problem = only(refused(folder(tmp_path, staff=text, postings=posts)))
        assert (problem.key, problem.file, problem.line, problem.values["given"]) == (key, "staff.csv", 1, given)

    def test_what_is_no_chinese_in_gb18030_is_another_encoding(self, tmp_path: Path) -> None:
        (folder(tmp_path) / "staff.csv").write_bytes("人員,姓名\nP1,張一\n".encode("big5"))
        assert only(refused(tmp_path)).key == "wrong_encoding"
