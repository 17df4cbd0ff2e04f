"""The tables of the water bureau and the township: what is read, and every fault with its place and remedy in both languages."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit import load_records
from perfkit.records import Records
from perfkit.records.schema import TABLES
from perfkit.records.tree import rings
from tests.records.test_read import folder, only, refused, told

INDICATORS = """indicator,part,parent,title,weight,target,unit,direction,division,person,measures,due,effect
B,business,,业务工作实绩,,,,,,,,,
B1,business,B,农村供水,0.6,,,,,,,,
B1a,business,B1,改造水厂,,12,处,up,D1,P1,分两批施工,2023-11-30,受益五万人
B1b,business,B1,降低管网漏损,,10,%,down,D1,P1,分区计量,2023-12-31,漏损率降到一成
B2,business,B,防汛,0.4,,,,D2,P2,汛前检查,2023-05-31,不漏一处
A,administrative,,行政能力建设,,,,,,,,,
A1,administrative,A,依法行政,,,,,D2,P2,案卷评查,2023-10-31,无败诉
"""
RESULTS = """period,indicator,result,completion,progress,innovation,self_score,verified_score,evidence
2023-Q1,B1a,3,,,,,,
2023-Q2,B2,,93,,,95,93.5,汛前检查台账
2023,B1,,,80,0,,,
"""
FRAME = "stratum,population\n企业,400\n农村居民,2600\n"
ENTRIES = """round,entry,stratum,region,selected
2023-07,Y001,企业,青石镇,main
2023-07,Y002,农村居民,云溪镇,main
2023-07,Y003,农村居民,云溪镇,replacement
2023-12,Y001,企业,青石镇,main
"""
RESPONSES = """round,entry,stratum,mode,date,outcome,score
2023-07,Y001,企业,phone,2023-07-11,complete,88
2023-07,Y002,农村居民,phone,2023-07-11,refused,
2023-07,Y003,农村居民,visit,2023-07-14,complete,1
2023-12,Y001,企业,phone,2023-12-12,not_reached,
"""
INSPECTIONS = """inspection,date,mode,aspect,division,finding,points,circulated_on
M1,2023-03-02,open,rules,D1,,,
M2,2023-04-18,covert,conduct,D2,窗口无人值守,1,2023-04-20
M3,2023-04-18,covert,duties,,未见问题,,2023-04-18
"""
APPROVALS = """year,matter,step,by,on,reference
2023,goals,settled,局党组,2023-02-06,
2023,goals,submitted,市效能办,2023-02-10,水〔2023〕3号
2023,goals,approved,市绩效评估工作小组,2023-03-01,
2023,goals,published,局办公室,2023-02-08,
2023,plan,settled,局党组,2023-02-20,
"""
GOOD = {"indicators": INDICATORS, "indicator_results": RESULTS, "survey_frame": FRAME, "survey_entries": ENTRIES,
        "survey_responses": RESPONSES, "inspections": INSPECTIONS, "approvals": APPROVALS}  # fmt: skip


def changed(path: Path, table: str = "", old: str = "", new: str = "") -> Path:
    """The good folder with one text of one table replaced."""
    tables = dict(GOOD)
    if table:
        assert tables[table].count(old) == 1, old
        tables[table] = tables[table].replace(old, new)
    return folder(path, **tables)


@pytest.fixture
def good(tmp_path: Path) -> Records:
    return load_records(changed(tmp_path))


class TestWhatIsRead:
    def test_a_bureau_without_them_has_empty_tables_of_their_types(self, tmp_path: Path) -> None:
        records = load_records(folder(tmp_path))
        for name in GOOD:
            assert records[name].empty
            assert list(records[name].columns) == [column.name for column in TABLES[name].columns]
        assert records["indicators"][["weight", "target"]].dtypes.to_list() == [float, float]
        assert pd.api.types.is_datetime64_any_dtype(records["indicators"]["due"])

    def test_values(self, good: Records) -> None:
        tree = good["indicators"].set_index("indicator")
        assert tree.loc["B1b", ["parent", "target", "direction", "division", "person"]].to_list() == ["B1", 10, "down", "D1", "P1"]
        assert tree.loc["B1a", "due"] == pd.Timestamp("2023-11-30")
        assert good["indicator_results"]["completion"].dropna().to_list() == [93]
        assert good["survey_entries"]["round"].to_list() == ["2023-07", "2023-07", "2023-07", "2023-12"]
        assert good["survey_frame"].set_index("stratum")["population"].to_dict() == {"企业": 400, "农村居民": 2600}
        assert good["inspections"]["circulated_on"].notna().to_list() == [False, True, True]

    def test_a_score_of_one_of_a_hundred_is_a_score(self, good: Records) -> None:
        assert good["survey_responses"]["score"].dropna().to_list() == [88, 1]

    def test_chinese_headers_and_words(self, tmp_path: Path) -> None:
        records = load_records(folder(
            tmp_path,
            指标体系="指标,部分,上级指标,具体工作内容,权重,目标值,单位,方向,责任科室,责任人,工作措施,工作时限,预期效果\n"
            "B,业务工作实绩,,实绩,,,,,,,,,\nB1,业务工作实绩,B,漏损,,10,%,越小越好,甲处,张一,分区,2023年12月31日,降低\n",
            指标结果="期间,指标,实际值,完成度,绩效进步,绩效创新,自评分,核定分,依据\n2023-Q4,B1,9,,,,,,台账\n",
            抽样框="层别,总体人数\n企业,400\n",
            调查样本="轮次,样本编号,层别,地区,抽取方式\n2023年7月,Y1,企业,青石镇,正选\n2023年7月,Y2,企业,青石镇,替补\n",
            评议结果="轮次,样本编号,层别,访问方式,日期,结果,评分\n2023年7月,Y1,企业,电话,2023-07-11,未联系到,\n2023年7月,Y2,企业,面访,2023-07-12,不符合条件,\n",
            察访核验="编号,日期,方式,方面,科室,发现的问题,扣分,通报日期\nM1,2023-03-02,暗访,工作作风,乙处,脱岗,,\n",
            报审="年度,事项,环节,单位,日期,文号\n2023,绩效目标,审定,局党组,2023-02-06,\n",
            绩效分析会="月份,召开日期,记录,类别\n2023-06,2023-07-04,听取汇报,季度局务会议\n2023-06,2023-07-10,,半年分析会\n",
        ))  # fmt: skip
        assert records["indicators"].loc[3, ["part", "direction", "division", "person"]].to_list() == ["business", "down", "D1", "P1"]
        assert records["survey_entries"]["selected"].to_list() == ["main", "replacement"]
        assert records["survey_responses"][["mode", "outcome"]].to_numpy().tolist() == [["phone", "not_reached"], ["visit", "ineligible"]]
        assert records["inspections"].loc[2, ["mode", "aspect", "division"]].to_list() == ["covert", "conduct", "D2"]
        assert records["approvals"].loc[2, ["matter", "step"]].to_list() == ["goals", "settled"]
        assert records["meetings"]["kind"].to_list() == ["quarterly", "half_year"]

    def test_a_part_of_a_scheme_s_own(self, tmp_path: Path) -> None:
        """Which parts there are is a rule of the scheme, so a word nobody knows here is kept."""
        tops = "indicator,part,title,division,person,measures,due,effect\nG,共性指标,共性,D1,P1,台账,2023-12-31,完成\n"
        assert load_records(folder(tmp_path, indicators=tops))["indicators"]["part"].to_list() == ["共性指标"]

    def test_a_correction_of_a_score_and_of_a_meeting(self, tmp_path: Path) -> None:
        """The parts of a key that may be blank may be left out at its end."""
        meetings = "month,held_on,record\n2023-06,2023-07-04,\n"
        entries = "C1,survey_responses,2023-07/Y001,score,88,78,局党组,2024-01-05,抄错\nC2,meetings,2023-06,held_on,2023-07-04,2023-07-05,局党组,2024-01-05,\n"
        corrections = f"correction,table,key,column,old,new,decided_by,decided_on,why\n{entries}"
        records = load_records(folder(tmp_path, **GOOD, meetings=meetings, corrections=corrections))
        assert records["survey_responses"].loc[2, "score"] == 78
        assert records["meetings"].loc[2, "held_on"] == pd.Timestamp("2023-07-05")

    def test_a_correction_to_a_stratum_that_is_none(self, tmp_path: Path) -> None:
        entry = "C1,survey_responses,2023-07/Y001,stratum,企业,社区,局党组,2024-01-05,抄错\n"
        corrections = f"correction,table,key,column,old,new,decided_by,decided_on,why\n{entry}"
        assert told(refused(folder(tmp_path, **GOOD, corrections=corrections))) == [("correction_value", "corrections.csv", 2, "新值")]


# table, what is replaced, the key of the message, and the message in both languages
FAULTS = {
    "a cycle": (
        "indicators", "A,administrative,,", "A,administrative,A1,", "indicators_in_a_ring",
        "indicators.csv 第7行“上级指标”：上下级绕成了一圈：A → A1 → A。请改正其中一行的上级指标，使每个指标都能逐级归到本部分的顶层。",
        "indicators.csv line 7 “parent”: These stand above one another in a ring: A → A1 → A."
        " Correct the parent on one of the lines, so that every indicator leads up to the top of its part.",
    ),
    "two roots": (
        "indicators", "B1b,business,B1,", "B1b,business,,", "two_tops",
        "indicators.csv 第5行“上级指标”：“业务工作实绩/business”部分在第2行已有顶层指标“B”，这一行也没有上级指标。"
        "每一部分只能有一个顶层指标，请在这一行填写上级指标。",
        "indicators.csv line 5 “parent”: The part “业务工作实绩/business” already has the top indicator “B” on line 2, and this line has no parent either."
        " A part has only one top indicator; enter this one's parent.",
    ),
    "a parent of another part": (
        "indicators", "B2,business,B,防汛", "B2,administrative,B,防汛", "part_differs",
        "indicators.csv 第6行“部分”：这一行属于“行政能力建设/administrative”，上级指标“B”却属于“业务工作实绩/business”。"
        "请改正部分或上级指标，使上下级同属一个部分。",
        "indicators.csv line 6 “part”: This line belongs to “行政能力建设/administrative”, but its parent “B” to “业务工作实绩/business”."
        " Correct the part or the parent; both must be of one part.",
    ),
    "weights 0.6 and 0.5": (
        "indicators", "防汛,0.4", "防汛,0.5", "weights_sum",
        "indicators.csv 第3行“权重”：“B”的下级指标（第3、6行）权重之和是 1.1，应当是 1。请调整到和为 1，或全部留空等分。",
        "indicators.csv line 3 “weight”: The weights below “B” (lines 3, 6) add up to 1.1, not 1."
        " Adjust them until they add up to 1, or leave them all blank for equal shares.",
    ),
    "a weight and a blank": (
        "indicators", "防汛,0.4", "防汛,", "weights_partly_blank",
        "indicators.csv 第6行“权重”：“B”的下级指标（第3、6行）有的填了权重，有的没填。同一上级的各项权重要么全部填写，要么全部不填（等分）。",
        "indicators.csv line 6 “weight”: Of the indicators below “B” (lines 3, 6) some have a weight and some have none."
        " Below one parent, fill in all the weights or leave them all blank (equal shares).",
    ),
    "a goal without a division": (
        "indicators", "up,D1,P1,分两批", "up,,P1,分两批", "goal_without_owner",
        "indicators.csv 第4行“处室”：目标“B1a”没有落实到位，这一项空着。每个目标都要落实到一个科室和一名责任人，请补上。",
        "indicators.csv line 4 “division”: The goal “B1a” has nobody here who answers for it."
        " Each goal is owned by one division and one person; fill this in.",
    ),
    "a goal without a person": (
        "indicators", "up,D1,P1,分两批", "up,D1,,分两批", "goal_without_owner",
        "indicators.csv 第4行“责任人”：目标“B1a”没有落实到位，这一项空着。每个目标都要落实到一个科室和一名责任人，请补上。",
        "indicators.csv line 4 “person”: The goal “B1a” has nobody here who answers for it."
        " Each goal is owned by one division and one person; fill this in.",
    ),
    **{
        f"a goal without {en}": (
            "indicators", old, new, "goal_field_blank",
            f"indicators.csv 第4行“{zh}”：目标“B1a”缺这一项。每个目标都要写明具体工作内容（名称）、工作措施、工作时限和预期效果，请补上。",
            f"indicators.csv line 4 “{en}”: The goal “B1a” lacks this field."
            " A goal states its content (title), measures, time limit (due) and expected effect; add what is missing.",
        )
        for zh, en, old, new in (
            ("名称", "title", "B1,改造水厂", "B1,"), ("工作措施", "measures", "分两批施工", ""),
            ("工作时限", "due", "2023-11-30", ""), ("预期效果", "effect", "受益五万人", ""),
        )
    },
    "a parent there is not": (
        "indicators", "B1b,business,B1,", "B1b,business,B3,", "unknown_indicator",
        "indicators.csv 第5行“上级指标”：指标体系里没有“B3”。请按指标体系填写指标编号。是不是“B”？",
        "indicators.csv line 5 “parent”: The indicators table has no “B3”. Enter an ID from the indicators table. Did you mean “B”?",
    ),
    "a target of 0": (
        "indicators", "10,%,down", "0,%,down", "target_not_positive",
        "indicators.csv 第5行“目标值”：目标值是 0，算不出完成率。请填大于 0 的数，例如把“差错0件”写成“合格率100%”；"
        "不能量化的，目标值留空，在指标结果里直接填完成度。",
        "indicators.csv line 5 “target”: The target is 0, against which no completion can be worked out. Enter a number above 0, such as"
        " “100% correct” in place of “0 errors”; for a goal without a figure leave the target blank and enter the completion in the results.",
    ),
    "a target without its direction": (
        "indicators", "10,%,down", "10,%,", "direction_missing",
        "indicators.csv 第5行“方向”：有目标值，却没有写明方向。请填“越大越好”（up）或“越小越好”（down）。",
        "indicators.csv line 5 “direction”: There is a target, but not which way is better. Enter up (more is better) or down (less is better).",
    ),
    "a result for an indicator there is not": (
        "indicator_results", "2023-Q1,B1a", "2023-Q1,C7", "unknown_indicator",
        "indicator_results.csv 第2行“指标”：指标体系里没有“C7”。请按指标体系填写指标编号。",
        "indicator_results.csv line 2 “indicator”: The indicators table has no “C7”. Enter an ID from the indicators table.",
    ),
    "a share among percentages": (
        "indicator_results", "B2,,93,", "B2,,0.93,", "share_for_percent",
        "indicator_results.csv 第3行“完成度”：0.93 填在了按百分制填写的列里。写成了小数？请写 93。"
        "完成度确实不到百分之一的，请留空，改填实际值，由目标值折算。",
        "indicator_results.csv line 3 “completion”: 0.93 stands in a column on the scale to 100. Was it written as a decimal? Then write 93."
        " A completion that really is below one percent is left blank; enter the result instead, to be set against the target.",
    ),
    "more than 100": (
        "indicator_results", "B2,,93,", "B2,,108,", "percent_out_of_range",
        "indicator_results.csv 第3行“完成度”：108 不在 0 到 100 之间。请按百分制填写，不带百分号；超额完成的，完成度填 100，实际数填在“实际值”列。",
        "indicator_results.csv line 3 “completion”: 108 is not between 0 and 100. Write it on the scale to 100, without a percent sign;"
        " for more than was aimed at, write 100 as the completion and the figure itself in the column “result”.",
    ),
    "an empty stratum": (
        "survey_frame", "企业,400", "企业,0", "too_low",
        "survey_frame.csv 第2行“总体人数”：0 小于 1。请填 1 或更大的数。",
        "survey_frame.csv line 2 “population”: 0 is less than 1. Enter 1 or more.",
    ),
    "an entry of a stratum there is not": (
        "survey_entries", "2023-07,Y003,农村居民", "2023-07,Y003,农村村民", "unknown_stratum",
        "survey_entries.csv 第4行“层别”：抽样框里没有“农村村民”这一层。请按抽样框填写层别，或在抽样框里补上这一层和它的总体人数。是不是“农村居民”？",
        "survey_entries.csv line 4 “stratum”: The survey frame has no stratum “农村村民”."
        " Enter a stratum of the survey frame, or add this one to the frame with its population. Did you mean “农村居民”?",
    ),
    "a return of another stratum": (
        "survey_responses", "2023-07,Y003,农村居民", "2023-07,Y003,企业", "stratum_differs",
        "survey_responses.csv 第4行“层别”：这一份写的是“企业”，抽样时属于“农村居民”（survey_entries.csv 第4行）。请按抽样时的层别改正。",
        "survey_responses.csv line 4 “stratum”: This return says “企业”, but the entry was drawn in “农村居民” (survey_entries.csv line 4)."
        " Correct it to the stratum it was drawn in.",
    ),
    "a respondent twice": (
        "survey_responses", "2023-07,Y002,农村居民,phone,2023-07-11,refused,", "2023-07,Y001,企业,visit,2023-07-12,complete,90", "respondent_twice",
        "survey_responses.csv 第3行“轮次、样本编号”：“2023-07 / Y001”在第2行已有一份，同一样本一轮只能有一份。请只留最后一次联系的结果，删去另一行。",
        "survey_responses.csv line 3 “round, entry”: “2023-07 / Y001” is already on line 2; an entry can have only one return a round."
        " Keep the outcome of the last contact and delete the other line.",
    ),
    "a name that was not drawn": (
        "survey_responses", "2023-12,Y001", "2023-12,Y002", "entry_not_drawn",
        "survey_responses.csv 第5行“样本编号”：survey_entries.csv 的2023-12一轮没有抽到“Y002”。请核对样本编号；只有抽中的样本才能计入，替补的也要先登记。",
        "survey_responses.csv line 5 “entry”: “Y002” was not drawn in the round 2023-12 of survey_entries.csv."
        " Check the entry; only those drawn count, and a replacement must be entered there first.",
    ),
    "a round nobody was drawn for": (
        "survey_responses", "2023-12,Y001", "2023-11,Y001", "round_without_entries",
        "survey_responses.csv 第5行“轮次”：survey_entries.csv 里没有2023-11这一轮的样本，1份结果无从核对。请补上这一轮抽取的样本，或改正轮次。",
        "survey_responses.csv line 5 “round”: survey_entries.csv has no entries of the round 2023-11, so its 1 returns cannot be checked."
        " Add the entries drawn for that round, or correct the round.",
    ),
    "a complete return without a score": (
        "survey_responses", "complete,88", "complete,", "score_missing",
        "survey_responses.csv 第2行“评分”：结果是“完成”，却没有评分。请补上评分；没有评完的，请改填拒答或未联系到。",
        "survey_responses.csv line 2 “score”: The outcome is complete, but there is no score."
        " Enter the score; if the interview was not finished, change the outcome to refused or not_reached.",
    ),
    "a score from who refused": (
        "survey_responses", "refused,", "refused,70", "score_unexpected",
        "survey_responses.csv 第3行“评分”：结果是“拒答/refused”，却有评分。请删去评分；确已评完的，把结果改为“完成”。",
        "survey_responses.csv line 3 “score”: The outcome is “拒答/refused”, but there is a score."
        " Delete the score; if the interview was finished, change the outcome to complete.",
    ),
    "a backdated visit": (
        "inspections", "M3,2023-04-18", "M3,2023-04-17", "inspection_backdated",
        "inspections.csv 第4行“日期”：察访日期2023-04-17早于第3行已登记的2023-04-18。"
        "台账按察访先后逐条登记，不得倒填；请核对日期，只是次序排错的，请按日期先后排列。",
        "inspections.csv line 4 “date”: The visit of 2023-04-17 comes after line 3, which is of 2023-04-18. The log is kept in the order of the visits"
        " and never backdated; check the date, and if lines are merely out of order, sort them by date.",
    ),
    "circulated before the visit": (
        "inspections", "1,2023-04-20", "1,2023-04-17", "circulated_before_visit",
        "inspections.csv 第3行“通报日期”：通报日期早于察访日期2023-04-18。请核对两个日期；还没有通报的，请留空。",
        "inspections.csv line 3 “circulated_on”: The date of circulation is before the visit on 2023-04-18."
        " Check both dates; leave this one blank if nothing has been circulated.",
    ),
    "goals published before they were settled": (
        "approvals", "2023-02-08", "2023-02-05", "step_too_early",
        "approvals.csv 第5行“日期”：“绩效目标/goals”的这一环节早于“审定/settled”（2023-02-06）。"
        "请核对日期：先审定，再报送，后批复；审定之后才能公开。",
        "approvals.csv line 5 “on”: This step of “绩效目标/goals” is dated before “审定/settled” (2023-02-06)."
        " Check the dates: settled, then submitted, then approved; nothing is published before it is settled.",
    ),
}  # fmt: skip


class TestFaults:
    @pytest.mark.parametrize("name", FAULTS)
    def test_it_is_told_with_its_place_and_remedy(self, tmp_path: Path, name: str) -> None:
        table, old, new, key, zh, en = FAULTS[name]
        problem = only(refused(changed(tmp_path, table, old, new)))
        assert (problem.key, problem.text("zh"), problem.text("en")) == (key, zh, en)

    def test_all_at_once(self, tmp_path: Path) -> None:
        """Faults that do not hide each other stand together in one list."""
        names = ["weights 0.6 and 0.5", "a goal without a person", "a target of 0", "a share among percentages", "an empty stratum",
                 "a score from who refused", "a name that was not drawn", "a backdated visit"]  # fmt: skip
        tables = dict(GOOD)
        for name in names:
            table, old, new, *_ = FAULTS[name]
            tables[table] = tables[table].replace(old, new)
        found = refused(folder(tmp_path, **tables))
        assert sorted(problem.text() for problem in found) == sorted(FAULTS[name][4] for name in names)

    def test_a_weight_in_percent_and_a_wrong_owner_are_told_once(self, tmp_path: Path) -> None:
        """What follows from a cell that cannot be read is not a second fault of that cell."""
        tables = GOOD | {"indicators": INDICATORS.replace("农村供水,0.6", "农村供水,60").replace("up,D1,P1,", "up,D9,P1,").replace("2023-11-30", "年底")}
        assert sorted(told(refused(folder(tmp_path, **tables)))) == [
            ("not_a_date", "indicators.csv", 4, "工作时限"),
            ("share_out_of_range", "indicators.csv", 3, "权重"),
            ("unknown_divisions", "indicators.csv", 4, "处室"),
        ]

    def test_every_step_of_two_rings_and_what_hangs_below_them(self, tmp_path: Path) -> None:
        goal = ",,,,,D1,P1,办,2023-12-31,好"
        rows = "".join(f"{name},business,{parent},事{goal}\n" for name, parent in [("T", ""), ("X", "Y"), ("Y", "Z"), ("Z", "X"), ("U", "X"), ("V", "V")])
        found = refused(folder(tmp_path, indicators=INDICATORS.splitlines()[0] + "\n" + rows))
        assert [(problem.key, problem.line, problem.values["ring"]) for problem in found] == [
            ("indicators_in_a_ring", 3, "X → Y → Z → X"), ("indicators_in_a_ring", 7, "V → V"),
        ]  # fmt: skip

    def test_weights_that_sum_to_one_but_for_the_last_bit(self, tmp_path: Path) -> None:
        goal = ",,,,D1,P1,办,2023-12-31,好"
        rows = "T,business,,总,,,,,,,,,\n" + "".join(f"T{n},business,T,事,{weight}{goal}\n" for n, weight in enumerate((0.6, 0.3, 0.1)))
        assert pd.Series((0.6, 0.3, 0.1)).sum() != 1
        assert len(load_records(folder(tmp_path, indicators=INDICATORS.splitlines()[0] + "\n" + rows))["indicators"]) == 4

    def test_returns_without_any_table_of_entries(self, tmp_path: Path) -> None:
        """A scheme that needs the entries says that they are missing; without them nothing can be compared."""
        tables = {name: text for name, text in GOOD.items() if name not in ("survey_entries", "survey_frame")}
        assert len(load_records(folder(tmp_path, **tables))["survey_responses"]) == 4

    def test_an_indicator_twice(self, tmp_path: Path) -> None:
        problems = refused(changed(tmp_path, "indicators", "B1b,business", "B1a,business"))
        assert told(problems) == [("duplicate", "indicators.csv", 5, "指标")]

    def test_a_title_missing_above_the_goals(self, tmp_path: Path) -> None:
        assert told(refused(changed(tmp_path, "indicators", "B,农村供水", "B,"))) == [("blank", "indicators.csv", 3, "名称")]


def slowly(parents: dict[str, str]) -> set[frozenset[str]]:
    """Rings found by walking up from every indicator."""
    found = set()
    for start in parents:
        seen, at = [start], parents[start]
        while at in parents and at not in seen:
            seen.append(at)
            at = parents[at]
        if at in seen:
            found.add(frozenset(seen[seen.index(at) :]))
    return found


@given(st.lists(st.integers(-1, 14), max_size=14))
def test_rings_are_those_a_walk_finds(above: list[int]) -> None:
    """Numbers beyond the list are parents there are not, −1 is the top."""
    parents = {f"I{n}": "" if up < 0 else f"I{up}" for n, up in enumerate(above)}
    found = rings(pd.Series(parents, dtype=object))
    assert {frozenset(ring) for ring in found} == slowly(parents)
    assert len(found) == len(slowly(parents))
    for ring in found:
        assert [parents[each] for each in ring] == [*ring[1:], ring[0]]
        assert ring[0] == min(ring, key=list(parents).index)
