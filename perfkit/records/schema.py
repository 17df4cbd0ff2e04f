"""The tables an office keeps: their columns, what a cell may hold, and the Chinese words accepted for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from perfkit.language import Text

Kind = Literal["id", "text", "number", "date", "month", "period", "year", "choice", "flag", "word"]

YES_NO = {"yes": ("是", "true", "1"), "no": ("否", "false", "0")}
ROLES = {"director": ("局长",), "leader": ("分管领导",), "head": ("负责人", "处室负责人"), "deputy": ("副职",), "member": ("工作人员", "人员")}
RATINGS = {"excellent": ("优秀",), "competent": ("称职", "合格"), "basic": ("基本称职", "基本合格"), "incompetent": ("不称职", "不合格")}
ABSENCES = {"sick": ("病假",), "personal": ("事假",), "training": ("脱产培训",), "secondment": ("外单位挂职", "挂职"),
            "annual": ("年休假", "年假"), "maternity": ("产假",), "marriage": ("婚假",), "bereavement": ("丧假",), "other": ("其他",)}  # fmt: skip

SOURCES = {"city": ("市委市政府任务",), "province": ("省住建厅要求",), "party_group": ("局党组重点",), "duty": ("处室职能",)}
KINDS = {"monthly_organisation": ("月度组织绩效奖",), "monthly_standard": ("月度达标绩效奖",), "monthly_competitive": ("月度竞争绩效奖",),
         "annual": ("年度兑现",), "settlement": ("清算",)}  # fmt: skip
STAGES = {"leader": ("向上级沟通",), "office": ("向绩效办申诉",)}
MEETINGS = {"monthly": ("月度分析会",), "quarterly": ("季度局务会议", "季度汇报会"), "half_year": ("半年分析会",), "annual": ("年终总结会",),
            "special": ("专题会议",)}  # fmt: skip
MATTERS = {"goals": ("绩效目标",), "plan": ("实施方案",), "report": ("年度总结报告",), "evidence": ("抽查评估材料",)}
STEPS = {"settled": ("审定", "研究确定"), "submitted": ("报送",), "approved": ("批复",), "published": ("公开",)}
PARTS = {"business": ("业务工作实绩",), "administrative": ("行政能力建设",), "quantitative": ("量化评估",), "social": ("社会评估",)}
DIRECTIONS = {"up": ("越大越好", "正向"), "down": ("越小越好", "逆向")}
SELECTIONS = {"main": ("正选",), "replacement": ("替补", "备选")}
CONTACTS = {"phone": ("电话", "电话访问"), "visit": ("面访", "上门")}
OUTCOMES = {"complete": ("完成",), "refused": ("拒答",), "not_reached": ("未联系到",), "ineligible": ("不符合条件",)}
VISITS = {"open": ("明察",), "covert": ("暗访",)}
ASPECTS = {"rules": ("制度落实",), "conduct": ("工作作风",), "efficiency": ("工作效率",), "duties": ("履行职责",)}


@dataclass(frozen=True)
class Column:
    """One column: its header, the Chinese header, and what its cells hold.

    ``filled``: a blank cell is a fault, and so is a missing column. ``refers`` names the table whose id
    or name is meant (``subject``: a division or a person). Bounds are inclusive. Of a ``word`` the choices are
    only some that a scheme may use. ``also`` are other headers that some bureaus write.
    """

    name: str
    zh: str
    kind: Kind = "text"
    filled: bool = True
    low: float | None = None
    high: float | None = None
    choices: Mapping[str, tuple[str, ...]] | None = None
    refers: str = ""
    also: tuple[str, ...] = ()

    @property
    def label(self) -> Text:
        """The header as either reader knows it."""
        return {"zh": self.zh, "en": self.name}

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header the column may have."""
        return (self.name, self.zh, *self.also)


@dataclass(frozen=True)
class Table:
    """One table: its file or sheet name, the Chinese name, its columns, the columns no two rows share, and the message where two do.

    ``named`` are the columns by which a correction names a row of a table that has no such columns.
    """

    name: str
    zh: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    again: str = "duplicate"
    named: tuple[str, ...] = ()


def _division(filled: bool = True) -> Column:
    return Column("division", "处室", "id", filled, refers="divisions", also=("科室", "责任科室", "室（中心）"))


def _person(name: str = "staff", zh: str = "人员", filled: bool = True) -> Column:
    return Column(name, zh, "id", filled, refers="staff")


def _percent(name: str, zh: str) -> Column:
    return Column(name, zh, "number", filled=False, low=0, high=100)


def _of(name: str, zh: str, table: str) -> Column:
    """A column that names a row of a table without names."""
    return Column(name, zh, "id", refers=table)


_START, _END = Column("start", "开始日期", "date"), Column("end", "结束日期", "date", filled=False)

TABLES = {
    table.name: table
    for table in (
        Table("divisions", "处室", (
            Column("division", "处室", "id"),
            Column("name", "名称"),
            Column("group", "类别", "choice", choices={"business": ("业务处室", "业务"), "general": ("综合处室", "综合")}),
        ), ("division",)),
        Table("staff", "人员", (
            Column("staff", "人员", "id"),
            Column("name", "姓名"),
            Column("borrowed", "借用", "flag", filled=False, choices=YES_NO),
        ), ("staff",)),
        Table("postings", "任职", (
            _person(),
            _division(filled=False),
            Column("role", "角色", "choice", choices=ROLES),
            Column("grade", "级别", filled=False),
            _START, _END,
        ), ("staff", "division", "role", "start")),
        Table("absences", "请假", (
            _person(),
            Column("kind", "类别", "choice", choices=ABSENCES),
            _START, Column("end", "结束日期", "date"),
            Column("approved_by", "批准人", filled=False),
        ), ("staff", "kind", "start")),
        Table("exemptions", "不参加考核", (
            _person(),
            Column("reason", "原因", filled=False),
            Column("applied", "本人申请", "date", filled=False),
            Column("head", "负责人初审", "date", filled=False),
            Column("leader", "分管领导复核", "date", filled=False),
            Column("director", "局长审批", "date", filled=False),
        ), ("staff",)),
        Table("ratings", "年度等次", (
            Column("year", "年度", "year"),
            _person(),
            Column("rating", "等次", "choice", choices=RATINGS),
        ), ("year", "staff")),
        Table("payout_bases", "兑现基数", (
            Column("year", "年度", "year"),
            Column("grade", "级别"),
            Column("monthly_organisation", "月度组织绩效奖", "number", low=0),
            Column("monthly_standard", "月度达标绩效奖", "number", low=0),
            Column("competitive", "月度竞争绩效奖", "number", low=0),
            Column("annual", "年度基数", "number", low=0),
        ), ("year", "grade")),
        Table("plan_items", "计划事项", (
            Column("month", "月份", "month"),
            _division(),
            Column("item", "事项", "id"),
            Column("title", "事项名称", filled=False),
            Column("points", "分值", "number", filled=False, low=0),
            Column("completion", "完成度", "number", filled=False, low=0, high=1),
            _person("excused_by", "认可人", filled=False),
            Column("excused_on", "认可日期", "date", filled=False),
            Column("entered_on", "录入日期", "date", filled=False),
            Column("reason", "说明", filled=False),
        ), ("month", "division", "item")),
        Table("items", "事项库", (
            Column("item", "事项", "id"),
            _division(),
            Column("title", "事项名称"),
        ), ("item",)),
        Table("hours", "工作时间", (
            Column("date", "日期", "date"),
            _person(),
            Column("item", "事项", "id", filled=False, refers="items"),
            Column("declared", "申报时数", "number", filled=False, low=0, high=24),
            Column("reviewed", "初审时数", "number", filled=False, low=0, high=24),
            Column("approved", "批准时数", "number", filled=False, low=0, high=24),
            Column("approved_by", "批准人", filled=False),
            Column("approved_on", "批准日期", "date", filled=False),
        ), ("date", "staff", "item")),
        Table("credits", "加时", (
            Column("month", "月份", "month"),
            _person(),
            Column("kind", "类别"),
            Column("quantity", "数量", "number", filled=False, low=0),
            Column("reference", "督查通报", filled=False),
            Column("approved_by", "批准人", filled=False),
        ), named=("month", "staff", "kind", "reference")),
        Table("adjustments", "加扣分", (
            Column("adjustment", "编号", "id"),
            Column("date", "日期", "date"),
            _division(),
            Column("kind", "类别"),
            Column("quantity", "数量", "number", filled=False, low=0),
            Column("item", "事项", filled=False),
            Column("evidence", "依据", filled=False),
            Column("proposed_by", "提出", filled=False),
            Column("decided_on", "审定日期", "date", filled=False),
        ), ("adjustment",)),
        Table("vetoes", "一票否决", (
            Column("date", "日期", "date"),
            _division(),
            Column("ground", "事由"),
            Column("points", "市考核扣分", "number", filled=False, low=0),
            Column("decided_by", "决定人", filled=False),
            Column("decided_on", "决定日期", "date", filled=False),
            Column("evidence", "依据", filled=False),
        ), ("date", "division")),
        Table("appraisals", "评议", (
            Column("period", "期间", "period"),
            Column("kind", "类别", "choice", choices={"mass": ("群众评议",), "democratic": ("民主评议",)}),
            Column("subject", "对象", "id", refers="subject"),
            Column("rater_group", "评议主体", filled=False),
            Column("grade", "等次"),
            Column("votes", "票数", "number", low=0),
        ), ("period", "kind", "subject", "rater_group", "grade")),
        Table("decisions", "决定", (
            Column("period", "期间", "period"),
            Column("subject", "对象", "id", refers="subject"),
            Column("order", "先后", "number", low=1),
            Column("decided_by", "决定人", filled=False),
            Column("decided_on", "决定日期", "date", filled=False),
            Column("why", "理由", filled=False),
        ), ("period", "subject")),
        Table("goals", "年度目标", (
            _division(),
            Column("goal", "目标"),
            Column("source", "来源", "choice", filled=False, choices=SOURCES),
            Column("standard", "考核标准", filled=False),
        ), ("division", "goal")),
        Table("meetings", "绩效分析会", (
            Column("month", "月份", "month"),
            Column("held_on", "召开日期", "date"),
            Column("record", "记录", filled=False),
            Column("kind", "类别", "choice", filled=False, choices=MEETINGS),
        ), ("month", "kind")),
        Table("approvals", "报审", (
            Column("year", "年度", "year"),
            Column("matter", "事项", "choice", choices=MATTERS),
            Column("step", "环节", "choice", choices=STEPS),
            Column("by", "单位"),
            Column("on", "日期", "date"),
            Column("reference", "文号", filled=False),
        ), ("year", "matter", "step")),
        Table("measures", "改进措施", (
            Column("measure", "编号", "id"),
            Column("subject", "对象", "id", refers="subject"),
            Column("issue", "问题"),
            _person("owner", "责任人"),
            Column("due", "期限", "date"),
            Column("done_on", "完成日期", "date", filled=False),
            Column("effect", "效果", filled=False),
        ), ("measure",)),
        Table("indicators", "指标体系", (
            Column("indicator", "指标", "id"),
            Column("part", "部分", "word", choices=PARTS),
            Column("parent", "上级指标", "id", filled=False, refers="indicators"),
            Column("title", "名称", filled=False, also=("具体工作内容",)),
            Column("weight", "权重", "number", filled=False, low=0, high=1),
            Column("target", "目标值", "number", filled=False),
            Column("unit", "单位", filled=False),
            Column("direction", "方向", "choice", filled=False, choices=DIRECTIONS),
            _division(filled=False),
            _person("person", "责任人", filled=False),
            Column("measures", "工作措施", filled=False),
            Column("due", "工作时限", "date", filled=False),
            Column("effect", "预期效果", filled=False),
        ), ("indicator",)),
        Table("indicator_results", "指标结果", (
            Column("period", "期间", "period"),
            _of("indicator", "指标", "indicators"),
            Column("result", "实际值", "number", filled=False),
            _percent("completion", "完成度"),
            _percent("progress", "绩效进步"),
            _percent("innovation", "绩效创新"),
            _percent("self_score", "自评分"),
            _percent("verified_score", "核定分"),
            Column("evidence", "依据", filled=False),
        ), ("period", "indicator")),
        Table("survey_frame", "抽样框", (
            Column("stratum", "层别", "id"),
            Column("population", "总体人数", "number", low=1),
        ), ("stratum",)),
        Table("survey_entries", "调查样本", (
            Column("round", "轮次", "month"),
            Column("entry", "样本编号", "id"),
            _of("stratum", "层别", "survey_frame"),
            Column("region", "地区", filled=False),
            Column("selected", "抽取方式", "choice", choices=SELECTIONS),
        ), ("round", "entry")),
        Table("survey_responses", "评议结果", (
            Column("round", "轮次", "month"),
            Column("entry", "样本编号", "id"),
            _of("stratum", "层别", "survey_frame"),
            Column("mode", "访问方式", "choice", choices=CONTACTS),
            Column("date", "日期", "date", filled=False),
            Column("outcome", "结果", "choice", choices=OUTCOMES),
            _percent("score", "评分"),
        ), ("round", "entry"), again="respondent_twice"),
        Table("inspections", "察访核验", (
            Column("inspection", "编号", "id"),
            Column("date", "日期", "date"),
            Column("mode", "方式", "choice", choices=VISITS),
            Column("aspect", "方面", "choice", choices=ASPECTS),
            _division(filled=False),
            Column("finding", "发现的问题", filled=False),
            Column("points", "扣分", "number", filled=False, low=0),
            Column("circulated_on", "通报日期", "date", filled=False),
        ), ("inspection",)),
        Table("payments", "已发放", (
            Column("period", "期间", "period"),
            _person(),
            Column("kind", "类别", "choice", choices=KINDS),
            Column("amount", "金额", "number"),
        ), ("period", "staff", "kind")),
        Table("appeals", "申诉", (
            Column("appeal", "编号", "id"),
            Column("subject", "对象", "id", refers="subject"),
            Column("filed_on", "提出日期", "date"),
            Column("stage", "阶段", "choice", choices=STAGES),
            Column("decision", "答复", "choice", filled=False, choices={"upheld": ("成立",), "rejected": ("不成立",)}),
            Column("decided_on", "答复日期", "date", filled=False),
        ), ("appeal", "stage")),
        Table("corrections", "更正", (
            Column("correction", "编号", "id"),
            Column("table", "表"),
            Column("key", "行"),
            Column("column", "列"),
            Column("old", "原值", filled=False),
            Column("new", "新值", filled=False),
            Column("decided_by", "决定人", filled=False),
            Column("decided_on", "决定日期", "date", filled=False),
            Column("why", "理由", filled=False),
        ), ("correction",)),
        Table("sign_off", "审定", (
            Column("period", "期间", "period"),
            Column("state", "状态", "choice", choices={"proposed": ("拟定", "送审"), "final": ("审定", "定稿")}),
            Column("by", "审定人"),
            Column("on", "日期", "date"),
        ), ("period", "state")),
        Table("recusals", "回避", (
            Column("matter", "事项", "id"),
            _person("recused", "回避人"),
            _person("replaced_by", "代行人"),
            Column("on", "日期", "date"),
            Column("why", "理由", filled=False),
        ), ("matter", "recused")),
        Table("calendar", "日历", (
            Column("date", "日期", "date"),
            Column("workday", "工作日", "flag", choices=YES_NO),
        ), ("date",)),
    )
}  # fmt: skip


def label(table: str, column: str) -> Text:
    """The header of one column, for a message."""
    return next(each.label for each in TABLES[table].columns if each.name == column)


IGNORED = {"note", "备注"}  # a column for the office's own remarks, in any table
