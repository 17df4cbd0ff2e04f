"""规划局2023年样本记录：全部虚构，没有真人真事。运行本脚本在同一文件夹重写各表，每次字节相同。

The planning bureau's sample records for 2023: all made up, no real people or events. Running this script
rewrites the tables beside it, byte for byte the same each time, and fails if a planted case is not there.
"""

import csv
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import chinese_calendar  # type: ignore[import-untyped]

YEAR = 2023
Row = dict[str, Any]
Place = tuple[str, int]  # a division and a month, or a division and the how-manieth of its members


@dataclass(frozen=True)
class Division:
    code: str
    group: str
    leader: str
    deputies: int
    members: int
    missed: int  # points of the year's items that are unfinished and not excused by the director
    esteem: float  # how well the voters think of it, 0 to 1
    pace: float  # hours a day above or below the others


DIVISIONS = {
    "规划管理处": Division("GH", "business", "P002", 2, 7, 140, 0.80, 0.5),
    "用地规划处": Division("YD", "business", "P002", 1, 7, 200, 0.60, 0.0),
    "工程规划处": Division("GC", "business", "P003", 1, 6, 145, 0.65, 0.2),
    "市政规划处": Division("SZ", "business", "P003", 1, 6, 40, 0.95, 0.3),
    "村镇规划处": Division("CZ", "business", "P002", 1, 5, 120, 0.45, -0.1),
    "办公室": Division("BG", "general", "P004", 2, 7, 170, 0.70, 0.1),
    "政策法规处": Division("FG", "general", "P004", 1, 4, 140, 0.80, -0.5),
    "监察室": Division("JC", "general", "P003", 0, 1, 215, 0.50, 0.0),
}
DIRECTOR = "P001"
LEADERS = ("P002", "P003", "P004")

# Planted cases; README.md tells where each one stands.
TIED = ("规划管理处", "政策法规处")  # equal scores at the A–B border; the first has more hours, and more deductions
VETOED = "市政规划处"
SECONDED: Place = ("用地规划处", 3)  # away four months
TRAINED: Place = ("工程规划处", 2)  # away three whole months, not more
EXEMPT: Place = ("办公室", 5)
MOVER, MOVED_TO = ("办公室", 6), "工程规划处"
JOINER: Place = ("市政规划处", 6)
EXACT, EXACT_MONTH = ("村镇规划处", 2), 5  # approved hours exactly 70% of statutory
LOW_RATINGS = {("用地规划处", 5): "basic", ("村镇规划处", 4): "basic", ("工程规划处", 4): "incompetent"}
EQUAL_MISS: Place = ("工程规划处", 8)  # six items without points, one unfinished: 91.67
LATE = {("用地规划处", 5), ("村镇规划处", 9)}  # first item entered after the deadline
LATE_MEETING = 8  # the month whose review was held a working day late
PAID_IN_FULL: Place = ("工程规划处", 5)  # May's organisation payments went out at 100 before the miss was entered
UNPAID, UNPAID_MONTH = ("市政规划处", 1), 9  # met the standard and was paid nothing
PAID_MONTHS = range(1, 7)  # the standard part of who was seconded, paid until the exclusion was known
APPEALED, CORRECTED = ("村镇规划处", 9), "CZ-2309-03"  # done after all, by a later decision
CORRECTED_SCORE = {"村镇规划处": ("82.05", "82.72")}  # the annual score before and after
SETTLEMENT = {  # what the rules give after the correction, less what was paid
    "P019": "-6600.00", "P003": "-108.33", "P024": "-275.00", "P025": "-225.00", "P034": "1862.27",
    "P002": "86.66", "P040": "220.00", "P041": "180.00",
}  # fmt: skip
BORROWED = {("规划管理处", 7), ("用地规划处", 6), ("工程规划处", 6), ("办公室", 7), ("政策法规处", 4), JOINER}

SURNAMES = """赵 钱 孙 李 周 吴 郑 王 欧阳 冯 陈 褚 卫 蒋 沈 韩 杨 朱 秦 尤 许 何 司马 吕 施 张 孔 曹 严 华 金 魏 陶 姜 戚 谢 邹 喻 上官 柏
水 窦 章 贝 苏 潘 葛 奚 范 彭 郎 诸葛 鲁 韦 昌 马 苗 凤 花 方 俞 任 袁 柳""".split()  # noqa: SIM905
GIVEN = [a + b for b in "禾舟石泉松云溪岚" for a in "晨知望若景千听向"]

PLANS = {
    "GH": "审查{m}月建设项目选址意见 组织规划委员会{m}月例会 更新规划一张图数据 东湖片区控制性详细规划方案公示 历史街区保护规划征求意见 "
          "会同有关部门开展中心城区公共服务设施布局专项规划现状调查、问题梳理和初步方案比选",
    "YD": "核发{m}月建设用地规划许可 出具{m}月出让地块规划条件 北岸地块容积率复核 闲置用地规划清理 用地许可档案归集 青石路两侧用地调整论证",
    "GC": "核发{m}月建设工程规划许可 {m}月在建项目放线验线 竣工项目规划核实 建筑方案联合审查会 外立面改造方案审查 "
          "老旧小区加装电梯方案集中审查并向申请居民逐户说明审查意见",
    "SZ": "核发{m}月市政工程规划许可 地下管线普查数据入库 南环路道路红线规划 雨污分流管网规划方案 公交首末站选址论证 停车设施专项规划",
    "CZ": "云溪镇总体规划审查 {m}月乡村建设规划许可 村庄规划编制督导 农房图集推广 传统村落保护方案 {m}月驻村规划服务日",
    "BG": "{m}月局务会议筹备与纪要 公文运转与督办 机关后勤采购 档案数字化 {m}月绩效分析会材料汇总 汇总各处室年度目标责任状并提请审定",
    "FG": "规范性文件合法性审查 {m}月行政复议与应诉 行政处罚案卷评查 普法宣传 行政权力清单更新 重大行政决策程序培训",
    "JC": "{m}月窗口作风巡查 规划许可廉政风险排查 信访件核查 工程招标监督 纪律教育",
}  # fmt: skip
LIBRARY = {
    "GH": "规划编制与评估 选址审查 规委会会务 规划公示与咨询 数据维护", "YD": "用地许可审查 规划条件拟定 现场踏勘 用地档案 会审会商",
    "GC": "工程许可审查 放线验线 规划核实 方案审查会 来访解答", "SZ": "管线审查 道路规划 专项规划 现场协调 数据入库",
    "CZ": "乡村许可审查 村庄规划指导 驻村服务 图集与培训", "BG": "文电办理 会务 督查督办 后勤保障 信息与档案 绩效办工作",
    "FG": "合法性审查 复议应诉 案卷评查 普法与培训", "JC": "作风巡查 信访核查 廉政教育 专项监督",
}  # fmt: skip
REASONS = ("等待上级批复", "设计单位成果延期", "公示期内收到异议需复核", "现场条件不具备", "经办人力不足", "资料提交不齐")

# Annual goals: source, goal, the standard it is judged by.
GOALS = {
    "规划管理处": (
        ("city", "完成东湖片区控制性详细规划编制并报批", "9月底前提交规划委员会审议，12月底前上报审批"),
        ("city", "编制中心城区公共服务设施布局专项规划", "10月底前形成两个以上比选方案，12月底前完成专家论证"),
        ("province", "规划一张图按月更新", "每月更新一次，年底抽查差错率不超过2%"),
        ("party_group", "历史街区保护规划广泛征求意见", "公开征求意见不少于30日，意见逐条答复"),
        ("duty", "建设项目选址意见按期办结", "承诺时限内办结率不低于98%"),
    ),
    "用地规划处": (
        ("city", "完成北岸地块容积率复核", "10月底前逐宗出具复核意见"),
        ("province", "清理闲置用地规划", "11月底前上报清理台账，逐宗注明处理意见"),
        ("party_group", "用地许可经得起复议和诉讼检验", "全年无行政诉讼败诉，无有理信访"),
        ("duty", "建设用地规划许可和规划条件按期核发", "承诺时限内办结率不低于98%"),
    ),
    "工程规划处": (
        ("city", "集中审查老旧小区加装电梯方案", "全年审查不少于60部，逐户说明审查意见"),
        ("province", "竣工项目规划核实全覆盖", "当年竣工项目核实率100%"),
        ("party_group", "验线“多测合一”试点", "9月底前完成3个项目，形成办事指南"),
        ("duty", "建设工程规划许可按期核发", "承诺时限内办结率不低于98%"),
    ),
    "市政规划处": (
        ("city", "完成南环路道路红线规划", "6月底前报批，12月底前完成管线综合"),
        ("province", "地下管线普查数据入库", "12月底前建成区入库率100%"),
        ("party_group", "停车设施专项规划公众参与", "11月底前平台上线，收集意见不少于500条"),
        ("duty", "市政工程规划许可按期核发", "承诺时限内办结率不低于98%"),
    ),
    "村镇规划处": (
        ("city", "审查云溪镇总体规划", "9月底前出具审查意见"),
        ("province", "督导村庄规划编制", "全年督导不少于24个村，成果合格率不低于95%"),
        ("party_group", "驻村规划服务", "每月不少于一次，群众所提问题15日内答复"),
        ("duty", "乡村建设规划许可依规核发", "承诺时限内办结率不低于98%，全年无错发"),
    ),
    "办公室": (
        ("city", "政府信息公开年报和整改", "按市里时限上报，整改事项办结率100%"),
        ("province", "行业统计报表报送", "每季度后10日内报送，全年无差错通报"),
        ("party_group", "局党组决定事项督办", "按期办结率100%，每月通报一次"),
        ("duty", "机关档案数字化", "全年完成6万页，抽检合格率不低于99%"),
        ("duty", "公文流转", "收文当日分办率不低于95%"),
    ),
    "政策法规处": (
        ("city", "更新行政权力清单", "8月底前更新并公布，与许可事项一一对应"),
        ("province", "行政处罚案卷评查", "评查名次较上年前移，无不合格案卷"),
        ("party_group", "重大行政决策程序培训", "全年不少于两期，处室负责人全部参加"),
        ("duty", "规范性文件合法性审查和复议应诉", "审查率100%，答复和应诉无逾期"),
    ),
    "监察室": (
        ("city", "窗口作风巡查", "每月不少于两次，问题当月整改"),
        ("party_group", "规划许可廉政风险排查", "11月底前排查全部许可岗位，形成防控清单"),
        ("duty", "信访件核查", "30日内核查率100%"),
    ),
}  # fmt: skip
# What each monthly meeting decided, January's first.
DECIDED = (
    "未经局长认可的未完成事项按方案扣分，责成相关处室说明原因；同意下月目标。",
    "要求用地规划处由分管领导牵头分析青石路两侧用地调整论证滞后原因，限期拿出整改措施；同意下月目标。",
    "肯定排名进位工作，要求监察室细化窗口作风巡查的每周安排；同意下月目标。",
    "要求失分较多的处室由分管领导逐一指导，整改措施下月会上汇报；同意下月目标。",
    "要求各处室在时限内录入完成情况，逾期录入不予补记；同意下月目标。",
    "小结上半年绩效，要求处室负责人与绩效较低的人员谈话；部分审查事项因资料未齐，同意顺延至下月。",
    "要求用地规划处复盘信访和诉讼案件，举一反三；同意下月目标。",
    "因防汛调度，会议推迟一天召开；要求监察室加强工程招标监督计划的衔接；同意下月目标。",
    "要求市政规划处排查停车设施专项规划的难点，对完成情况有不同意见的可按程序提出；同意下月目标。",
    "通报申诉答复和一票否决决定，要求用地规划处制定北岸地块容积率复核的收尾安排；同意下月目标。",
    "部署年终考核准备工作，要求各处室核对加扣分登记；同意12月目标。",
    "通报全年月度绩效汇总，提请局党组审定年度考核排名建议。",
)
# Improvement measures: whom, the month it is about (0: none), due, done, whether its effect is on record, issue or "" for that month's loss.
MEASURES: tuple[tuple[str | Place, int, tuple[int, int, int], tuple[int, int, int] | None, bool, str], ...] = (
    ("用地规划处", 2, (2023, 3, 31), (2023, 3, 24), True, "青石路两侧用地调整论证滞后"),
    ("工程规划处", 4, (2023, 5, 31), (2023, 5, 30), True, "加装电梯方案审查未如期完成"),
    ("村镇规划处", 4, (2023, 5, 31), (2023, 5, 19), True, "驻村规划服务日未按计划开展"),
    ("规划管理处", 4, (2023, 5, 31), (2023, 5, 26), False, "规划一张图数据更新滞后"),
    ("政策法规处", 4, (2023, 5, 31), (2023, 6, 8), False, "重大行政决策程序培训未如期举办"),
    (("工程规划处", 4), 0, (2023, 7, 31), (2023, 7, 20), False, "上半年多次未按时完成承办事项，谈话提醒"),
    (("用地规划处", 5), 0, (2023, 7, 31), (2023, 7, 25), False, "上半年踏勘记录质量不高，谈话帮助"),
    (("村镇规划处", 4), 0, (2023, 8, 31), (2023, 8, 22), False, "许可审查把关不严，谈话帮助"),
    ("监察室", 8, (2023, 9, 28), (2023, 9, 27), True, "工程招标监督计划未完成"),
    ("市政规划处", 9, (2023, 10, 31), (2023, 10, 27), True, "停车设施专项规划进度滞后"),
    ("用地规划处", 10, (2023, 11, 30), (2023, 11, 28), True, "北岸地块容积率复核未收尾"),
    ("村镇规划处", 0, (2023, 12, 15), None, False, "错发许可和纪律处理造成年终扣分，须完善许可复核制度"),
    (("工程规划处", 4), 0, (2024, 1, 31), (2024, 1, 19), False, "年度评定为不称职，谈话并商定改进计划"),
)

# The amounts, weights and points of params/planning-bureau.yaml, for this script's own check.
AMOUNTS = {
    "target_missed": "-2", "assigned_overdue": "-1", "environment_notice": "-2", "gross_negligence": "-5", "petition_upheld": "-1.5",
    "litigation_lost": "-2", "discipline": "-5", "ranking_improved": "1", "superior_commendation": "2", "innovation": "1.5",
}  # fmt: skip
MASS_POINTS = {"优秀": 100, "良好": 85, "一般": 70, "较差": 50}
DEMOCRATIC_GRADES = ("优秀", "称职", "基本称职", "不称职")
CREDIT_HOURS = {"practical_deed": 4, "information": 2, "research": 8}


@dataclass(frozen=True)
class Person:
    staff: str
    name: str
    role: str
    place: Place | None = None  # a member's division and number
    homes: tuple[tuple[str, date, date | None], ...] = ()  # division, start, end

    def home(self, day: date) -> str | None:
        return next((d for d, start, end in self.homes if start <= day and (end is None or day <= end)), None)

    @property
    def grade(self) -> str:
        plain = {"director": "局长", "leader": "副局长", "head": "正处", "deputy": "副处"}
        return plain.get(self.role) or ("科级" if int(self.staff[1:]) % 3 else "科员")


def draws(name: str) -> Random:
    """Each table draws from its own numbers, so that changing one leaves the others."""
    return Random(f"planning-bureau-{YEAR}-{name}")


def is_workday(day: date) -> bool:
    return bool(chinese_calendar.is_workday(day))


def later(day: date, workdays: int) -> date:
    """``workdays`` working days on from ``day``; 0 gives ``day`` itself or the first working day after it."""
    while not is_workday(day):
        day += timedelta(1)
    for _ in range(workdays):
        day = later(day + timedelta(1), 0)
    return day


def days(start: date, end: date) -> list[date]:
    return [start + timedelta(n) for n in range((end - start).days + 1)]


def meeting(month: int) -> date:
    """The day the month is reviewed: the next month's 5th, moved on for holidays."""
    return later(date(YEAR + month // 12, month % 12 + 1, 5), 0)


def split(rng: Random, total: int, parts: int, low: int, high: int) -> list[int]:
    """``total`` in ``parts`` multiples of five between the bounds."""
    assert parts * low <= total <= parts * high and total % 5 == low % 5 == high % 5 == 0
    cut = [low] * parts
    while sum(cut) < total:
        cut[rng.choice([i for i, part in enumerate(cut) if part < high])] += 5
    return cut


def make_people() -> list[Person]:
    rng, names = draws("people"), [s + g for s, g in zip(SURNAMES, GIVEN, strict=True)]
    starts = (date(2020, 1, 1), date(2020, 1, 1), date(2022, 3, 1), date(2022, 9, 1))
    people = [Person(DIRECTOR, names[0], "director")]
    for staff in LEADERS:
        led = tuple((d, starts[0], None) for d, division in DIVISIONS.items() if division.leader == staff)
        people.append(Person(staff, names[len(people)], "leader", None, led))
    for name, division in DIVISIONS.items():
        for n in range(-division.deputies, division.members + 1):
            role = "head" if n == -division.deputies else "deputy" if n <= 0 else "member"
            place, start = (name, n) if role == "member" else None, rng.choice(starts)
            homes: tuple[tuple[str, date, date | None], ...] = ((name, start, None),)
            if place == MOVER:
                homes = ((name, start, date(YEAR, 6, 30)), (MOVED_TO, date(YEAR, 7, 1), None))
            elif place == JOINER:
                homes = ((name, date(YEAR, 4, 1), None),)
            people.append(Person(f"P{len(people) + 1:03}", names[len(people)], role, place, homes))
    return people


def make_absences(at: dict[Place, str], heads: dict[str, str]) -> Iterable[Row]:
    spells = (
        (SECONDED, "secondment", (3, 1), (6, 30), DIRECTOR), (TRAINED, "training", (3, 1), (5, 31), DIRECTOR),
        (("规划管理处", 1), "sick", (2, 13), (2, 17), ""), (("规划管理处", 4), "annual", (8, 7), (8, 11), ""),
        (("用地规划处", 1), "personal", (6, 19), (6, 20), ""), (("用地规划处", 2), "annual", (10, 9), (10, 13), ""),
        (("工程规划处", 1), "sick", (11, 6), (11, 15), ""), (("市政规划处", 3), "annual", (7, 24), (7, 28), ""),
        (("市政规划处", 5), "personal", (9, 14), (9, 14), ""), (("村镇规划处", 3), "sick", (4, 10), (4, 12), ""),
        (("办公室", 2), "annual", (1, 16), (1, 20), ""), (("办公室", 3), "sick", (12, 18), (12, 29), ""),
        (("政策法规处", 2), "personal", (3, 23), (3, 24), ""), (("监察室", 1), "annual", (8, 21), (8, 25), ""),
        (("村镇规划处", 5), "personal", (8, 17), (8, 18), None),
    )  # fmt: skip
    for place, kind, first, last, by in spells:
        approved_by = heads[place[0]] if by == "" else by
        yield {"staff": at[place], "kind": kind, "start": date(YEAR, *first), "end": date(YEAR, *last), "approved_by": approved_by}


def make_plan_items() -> Iterable[Row]:
    rng = draws("plan")
    for name, division in DIVISIONS.items():
        # The points missed in a year are fixed above and only spread at random: that is what makes a tie hold.
        misses = split(rng, division.missed, max(2, round(division.missed / 20)), 10, 35)
        months = rng.sample([m for m in range(1, 13) if (name, m) != EQUAL_MISS], len(misses))
        missed = dict(zip(months, misses, strict=True))
        for month in range(1, 13):
            yield from month_items(rng, name, month, missed.get(month), not_director=name == "用地规划处" and month == min(months))


def month_items(rng: Random, name: str, month: int, missed: int | None, not_director: bool) -> Iterable[Row]:
    """A division's items of a month; the one worth ``missed`` points is unfinished, and maybe another, excused one."""
    code, met = DIVISIONS[name].code, meeting(month)
    titles = PLANS[code].split()
    n = 6 if (name, month) == EQUAL_MISS else rng.randint(4, len(titles))
    points: Sequence[int | None] = [None] * n
    slip = 2 if (name, month) == EQUAL_MISS else None
    if missed is not None:
        slip, cut = rng.randrange(n), split(rng, 100 - missed, n - 1, 10, 45)
        points = [*cut[:slip], missed, *cut[slip:]]
    elif (name, month) != EQUAL_MISS and rng.random() < 0.5:
        points = split(rng, 100, n, 10, 40)
    excused = rng.choice([i for i in range(n) if i != slip]) if rng.random() < 0.2 else None
    for i, title in enumerate(rng.sample(titles, n)):
        open_, by = i in (slip, excused), DIRECTOR if i == excused else None
        if i == slip and not_director:
            by = DIVISIONS[name].leader
        yield {
            "month": f"{YEAR}-{month:02}", "division": name, "item": f"{code}-{YEAR % 100}{month:02}-{i + 1:02}",
            "title": title.format(m=month), "points": points[i],
            "completion": rng.choice((0, 0.3, 0.5, 0.6, 0.8, 0.9)) if open_ else 1,
            "excused_by": by, "excused_on": met if by else None,
            "entered_on": later(met, 5 if (name, month) in LATE and i == 0 else rng.randint(0, 2)),
            "reason": rng.choice(REASONS) if open_ else None,
        }  # fmt: skip


def make_hours(people: Iterable[Person], absences: Iterable[Row], heads: dict[str, str]) -> Iterable[Row]:
    """A row a person and working day; an absence nobody approved leaves its hours unapproved."""
    away = {(r["staff"], day): bool(r["approved_by"]) for r in absences for day in days(r["start"], r["end"])}
    for p in people:
        rng, second = draws(f"hours-{p.staff}"), draws(f"reviewed-{p.staff}")
        usual = rng.choices((5.6, 6.6, 7.3, 8.2), (2, 6, 6, 2))[0]
        moods = [rng.gauss(0, 0.35) for _ in range(13)]
        fixed = exact_days(rng) if p.place == EXACT else {}
        for day in filter(is_workday, days(date(YEAR, 1, 1), date(YEAR, 12, 31))):
            home = p.home(day)
            if home is None or away.get((p.staff, day)):
                continue
            division = DIVISIONS[home]
            declared = fixed.get(day) or min(95, max(50, 5 * round(2 * rng.gauss(usual + division.pace + moods[day.month], 0.9))))
            cut = 0 if fixed.get(day) else rng.choices((0, 5, 10), (94, 4, 2))[0]
            granted = day in fixed or (rng.random() > 0.004 and (p.staff, day) not in away)
            yield {
                "date": day, "staff": p.staff, "item": f"K-{division.code}-{rng.randint(1, len(LIBRARY[division.code].split()))}",
                "declared": f"{declared / 10:g}", "reviewed": f"{(declared - second.choice((0, cut))) / 10:g}",
                "approved": f"{(declared - cut) / 10:g}" if granted else None,
                "approved_by": (division.leader if p.role == "head" else heads[home]) if granted else None,
                "approved_on": later(day + timedelta(8 - day.weekday()), 0) if granted else None,
            }  # fmt: skip


def exact_days(rng: Random) -> dict[date, int]:
    """Tenths of an hour for each working day of the month, which swing in pairs around 5.6 hours: 70% of eight."""
    workdays = [day for day in days(date(YEAR, EXACT_MONTH, 1), date(YEAR, EXACT_MONTH + 1, 1))[:-1] if is_workday(day)]
    swings = [rng.randint(1, 6) for _ in range(len(workdays) // 2)]
    tenths = [56 + n for n in swings] + [56 - n for n in swings] + [56] * (len(workdays) % 2)
    rng.shuffle(tenths)
    return dict(zip(workdays, tenths, strict=True))


def make_credits(people: Iterable[Person]) -> Iterable[Row]:
    rng = draws("credits")
    able = [p for p in people if p.role in ("head", "deputy", "member") and p.place not in (SECONDED, TRAINED, EXEMPT, JOINER, EXACT)]
    for n, p in enumerate(rng.sample(able, 36)):
        month, kind = n % 12 + 1, rng.choice(list(CREDIT_HOURS))
        yield {
            "month": f"{YEAR}-{month:02}", "staff": p.staff, "kind": kind, "quantity": rng.choice((1, 1, 1, 2)),
            "reference": f"督查通报〔{YEAR}〕第{month}期", "approved_by": None if n in (10, 25) else "局绩效办",
        }  # fmt: skip


def make_adjustments(plan: Iterable[Row]) -> Iterable[Row]:
    failed = next(r for r in plan if r["division"] == "监察室" and r["completion"] != 1 and not r["excused_by"])
    register = (
        ((3, 15), "规划管理处", "ranking_improved", 2, None, "两项规划工作在年度通报中排名进位"),
        ((4, 20), "办公室", "innovation", None, None, "公文流转“一单到底”做法获推广"),
        ((5, 11), "用地规划处", "petition_upheld", None, None, "北岸地块规划公示信访件经复查认定有理"),
        ((6, 8), "规划管理处", "assigned_overdue", None, None, "交办的片区评估报告逾期9天"),
        ((6, 28), "政策法规处", "ranking_improved", None, None, "案卷评查由第六位升至第三位"),
        ((7, 19), "工程规划处", "environment_notice", None, None, "窗口服务被软环境通报一次"),
        ((8, 3), "用地规划处", "litigation_lost", None, None, "一起规划许可行政诉讼败诉"),
        ((8, 30), "村镇规划处", "gross_negligence", None, None, "误发乡村建设规划许可，造成返工"),
        ((9, 13), "市政规划处", "superior_commendation", None, None, "管线普查工作获上级通报表扬"),
        ((9, 27), "工程规划处", "innovation", None, None, "验线“多测合一”试点"),
        ((10, 18), "市政规划处", "environment_notice", None, None, "南环路开挖协调迟缓被通报"),
        ((11, 8), "村镇规划处", "discipline", None, None, "一名工作人员受党内警告"),
        ((11, 22), "市政规划处", "innovation", None, None, "停车设施规划公众参与平台"),
        ((12, 6), "监察室", "target_missed", None, failed["item"], f"年度目标“{failed['title']}”未按期完成"),
        ((12, 12), "办公室", "assigned_overdue", None, None, "交办的信息公开年报整改逾期"),
    )
    for n, (day, division, kind, quantity, item, evidence) in enumerate(register, 1):
        when, by = date(YEAR, *day), "局绩效办" if AMOUNTS[kind].startswith("-") else division
        yield {
            "adjustment": f"ADJ-{n:03}", "date": when, "division": division, "kind": kind, "quantity": quantity, "item": item,
            "evidence": evidence, "proposed_by": by, "decided_on": later(when, 10),
        }  # fmt: skip


def make_appraisals(people: Iterable[Person], assessed: dict[str, str], low: dict[str, str]) -> Iterable[Row]:
    rng = draws("appraisals")
    votes: dict[tuple[str, str], list[int]] = {}
    for name, division in DIVISIONS.items():
        for group, voters in (("服务对象", rng.randint(34, 60)), ("局领导", 4), ("其他处室", 21)):
            votes[name, group] = ballot(rng, voters, division.esteem)
            if name == TIED[1]:  # its twin's shares, from twice as many clients, so the same mean
                votes[name, group] = [n * (2 if group == "服务对象" else 1) for n in votes[TIED[0], group]]
    for (name, group), counts in votes.items():
        yield from ballot_rows("mass", name, group, MASS_POINTS, counts)
    sizes = {d: list(assessed.values()).count(d) for d in DIVISIONS}
    for p in people:
        if p.staff in assessed:
            esteem = 0.15 if p.staff in low else rng.uniform(0.5, 0.95)
            for group, voters in (("处室人员", sizes[assessed[p.staff]] - 1), ("局领导", 4)):
                yield from ballot_rows("democratic", p.staff, group, DEMOCRATIC_GRADES, ballot(rng, voters, esteem))


def make_goals() -> Iterable[Row]:
    for division, goals in GOALS.items():
        for source, goal, standard in goals:
            yield {"division": division, "goal": goal, "source": source, "standard": standard}


def make_meetings(scores: dict[Place, Fraction]) -> Iterable[Row]:
    for month, decided in enumerate(DECIDED, 1):
        least = min(scores[d, month] for d in DIVISIONS)
        lowest = "、".join(d for d in DIVISIONS if scores[d, month] == least)
        held = later(meeting(month) + timedelta(1), 0) if month == LATE_MEETING else meeting(month)
        record = f"听取各处室{month}月计划完成情况，{lowest}得分最低（{float(least):g}分）。{decided}"
        yield {"month": f"{YEAR}-{month:02}", "held_on": held, "record": record}


def make_measures(at: dict[Place, str], heads: dict[str, str], scores: dict[Place, Fraction]) -> Iterable[Row]:
    for n, (whom, month, due, done, known, why) in enumerate(MEASURES, 1):
        issue, effect = why, None
        if month:
            issue = f"{month}月组织绩效{float(scores[str(whom), month]):g}分：{why}"
            effect = f"{month}月{float(scores[str(whom), month]):g}分，{month + 1}月{float(scores[str(whom), month + 1]):g}分" if known else None
        subject, owner = (whom, DIVISIONS[whom].leader) if isinstance(whom, str) else (at[whom], heads[whom[0]])
        yield {
            "measure": f"GJ-{n:02}", "subject": subject, "issue": issue, "owner": owner,
            "due": date(*due), "done_on": date(*done) if done else None, "effect": effect,
        }  # fmt: skip


def make_appeals(at: dict[Place, str]) -> list[Row]:
    stages = (
        ("SS-01", at["政策法规处", 2], (12, 8), "leader", "rejected", (12, 14)),
        ("SS-02", APPEALED[0], (10, 16), "leader", "rejected", (10, 20)),
        ("SS-02", APPEALED[0], (10, 23), "office", "upheld", (10, 31)),
    )
    return [{"appeal": appeal, "subject": subject, "filed_on": date(YEAR, *filed), "stage": stage, "decision": decision,
             "decided_on": date(YEAR, *decided)} for appeal, subject, filed, stage, decision, decided in stages]  # fmt: skip


def make_corrections(plan: Iterable[Row]) -> Iterable[Row]:
    item = next(r for r in plan if r["item"] == CORRECTED)
    yield {
        "correction": "GZ-01", "table": "plan_items", "key": "/".join(item[part] for part in ("month", "division", "item")),
        "column": "completion", "old": item["completion"], "new": 1, "decided_by": "局党组", "decided_on": date(YEAR, 11, 10),
        "why": "申诉 SS-02 成立：所缺资料9月25日补齐，审查意见9月28日已印发，录入时漏记，按完成计",
    }  # fmt: skip


def make_recusals(adjustments: Iterable[Row], heads: dict[str, str]) -> Iterable[Row]:
    for row in adjustments:
        if row["division"] == "办公室":
            yield {
                "matter": row["adjustment"], "recused": heads["办公室"], "replaced_by": "P003", "on": row["date"],
                "why": "绩效办设在办公室，事关本处室加扣分，由不分管办公室的局领导代行",
            }  # fmt: skip


def make_payments(tables: dict[str, list[Row]]) -> Iterable[Row]:
    """What was paid: what the rules gave on what was then entered, but for the planted differences."""
    at = {p.place: p for p in make_people() if p.place}
    paid = monthly_due(tables, month_scores(tables["plan_items"]) | {PAID_IN_FULL: Fraction(100)})
    standard = {row["grade"]: row["monthly_standard"] for row in tables["payout_bases"]}
    for month in PAID_MONTHS:
        paid[f"{YEAR}-{month:02}", at[SECONDED].staff, "monthly_standard"] = Fraction(standard[at[SECONDED].grade])
    for kind in ("monthly_standard", "monthly_competitive"):
        del paid[f"{YEAR}-{UNPAID_MONTH:02}", at[UNPAID].staff, kind]
    for (period, staff, kind), amount in sorted(paid.items()):
        yield {"period": period, "staff": staff, "kind": kind, "amount": f"{float(amount):.2f}"}


def ballot(rng: Random, voters: int, esteem: float) -> list[int]:
    cast = rng.choices(range(4), (esteem, 0.6, 0.9 * (1 - esteem), 0.3 * (1 - esteem)), k=voters)
    return [cast.count(i) for i in range(4)]


def ballot_rows(kind: str, subject: str, group: str, grades: Iterable[str], counts: Iterable[int]) -> Iterable[Row]:
    for grade, n in zip(grades, counts, strict=True):
        yield {"period": str(YEAR), "kind": kind, "subject": subject, "rater_group": group, "grade": grade, "votes": n}


def make_tables() -> dict[str, list[Row]]:
    people = make_people()
    at = {p.place: p.staff for p in people if p.place}
    heads = {p.homes[0][0]: p.staff for p in people if p.role == "head"}
    working = [p for p in people if p.role in ("head", "deputy", "member")]
    assessed = {p.staff: p.homes[-1][0] for p in working if p.place not in (SECONDED, EXEMPT)}
    low = {at[place]: rating for place, rating in LOW_RATINGS.items()}
    ratings = {"P002": "excellent", "P003": "competent", "P004": "competent"} | {s: low.get(s, "competent") for s in assessed}
    absences, plan = list(make_absences(at, heads)), list(make_plan_items())
    adjustments, scores = list(make_adjustments(plan)), month_scores(plan)
    bases = {"局长": (3000, 0, 0, 36000), "副局长": (2600, 0, 0, 32000), "正处": (2200, 1500, 0, 28000), "副处": (1800, 1300, 877, 25000),
             "科级": (0, 1100, 733, 22000), "科员": (0, 900, 611, 19000)}  # fmt: skip
    amounts = ("monthly_organisation", "monthly_standard", "competitive", "annual")
    borrowed = {at[place] for place in BORROWED}
    exemption = {"applied": (1, 9), "head": (1, 11), "leader": (1, 16), "director": (1, 19)}
    tables = {
        "divisions": [{"division": d, "name": d, "group": v.group} for d, v in DIVISIONS.items()],
        "staff": [{"staff": p.staff, "name": p.name, "borrowed": "yes" if p.staff in borrowed else "no"} for p in people],
        "postings": [{"staff": p.staff, "division": d, "role": p.role, "grade": p.grade, "start": start, "end": end}
                     for p in people for d, start, end in p.homes or ((None, date(2020, 1, 1), None),)],
        "absences": absences,
        "exemptions": [{"staff": at[EXEMPT], "reason": "年内退休，移交工作", **{k: date(YEAR, *v) for k, v in exemption.items()}}],
        "ratings": [{"year": YEAR, "staff": s, "rating": rating} for s, rating in ratings.items()],
        "payout_bases": [{"year": YEAR, "grade": g, **dict(zip(amounts, b, strict=True))} for g, b in bases.items()],
        "plan_items": sorted(plan, key=lambda row: row["month"]),
        "items": [{"item": f"K-{v.code}-{n}", "division": d, "title": title}
                  for d, v in DIVISIONS.items() for n, title in enumerate(LIBRARY[v.code].split(), 1)],
        "hours": sorted(make_hours(working, absences, heads), key=lambda row: row["date"]),
        "credits": list(make_credits(people)),
        "adjustments": adjustments,
        "vetoes": [{"date": date(YEAR, 10, 18), "division": VETOED, "ground": "造成市里考核较多扣分", "points": 6, "decided_by": "局党组",
                    "decided_on": date(YEAR, 11, 2), "evidence": "局党组会议纪要（样本）：南环路开挖协调迟缓被市里通报"}],
        "appraisals": list(make_appraisals(people, assessed, low)),
        "decisions": [],
        "goals": list(make_goals()),
        "meetings": list(make_meetings(scores)),
        "measures": list(make_measures(at, heads, scores)),
        "appeals": make_appeals(at),
        "corrections": list(make_corrections(plan)),
        "recusals": list(make_recusals(adjustments, heads)),
        "sign_off": [],
    }  # fmt: skip
    return tables | {"payments": list(make_payments(tables))}


def half_up(value: Fraction) -> Fraction:
    return Fraction(math.floor(value * 100 + Fraction(1, 2)), 100)


def cents_below(value: Fraction) -> Fraction:
    return Fraction(math.floor(value * 100), 100)


def month_scores(plan: Iterable[Row]) -> dict[Place, Fraction]:
    """Each division's published months, counted from the items in exact fractions."""
    sheets: dict[Place, list[Row]] = defaultdict(list)
    for row in plan:
        sheets[row["division"], int(row["month"][5:])].append(row)
    scores = {}
    for place, rows in sheets.items():
        given = [row["points"] for row in rows if row["points"] is not None]
        assert not given or (len(given) == len(rows) and sum(given) == 100), rows
        lost = [Fraction(r["points"]) if given else Fraction(100, len(rows)) for r in rows
                if r["completion"] != 1 and r["excused_by"] != DIRECTOR]  # fmt: skip
        scores[place] = half_up(100 - sum(lost, Fraction()) / 2)
    assert set(scores) == {(d, month) for d in DIVISIONS for month in range(1, 13)}
    return scores


def annual_scores(tables: dict[str, list[Row]]) -> dict[str, Fraction]:
    """The year's published scores, from the published months."""
    months, scores = month_scores(tables["plan_items"]), {}
    for division in DIVISIONS:
        means = []
        for group in ("服务对象", "局领导", "其他处室"):
            cast = [r for r in tables["appraisals"] if (r["subject"], r["rater_group"]) == (division, group)]
            means.append(Fraction(sum(MASS_POINTS[r["grade"]] * r["votes"] for r in cast), sum(r["votes"] for r in cast)))
        register = sum(Fraction(AMOUNTS[r["kind"]]) * (r["quantity"] or 1) for r in tables["adjustments"] if r["division"] == division)
        year = sum(months[division, month] for month in range(1, 13))
        scores[division] = half_up(year * Fraction(8, 120) + sum(means) * Fraction(2, 30) + register)
    return scores


def worked(tables: dict[str, list[Row]]) -> dict[tuple[str, int], Fraction]:
    """Approved and credited hours of each person and month."""
    total: dict[tuple[str, int], Fraction] = defaultdict(Fraction)
    for row in tables["hours"]:
        total[row["staff"], row["date"].month] += Fraction(row["approved"] or 0)
    for row in tables["credits"]:
        total[row["staff"], int(row["month"][5:])] += CREDIT_HOURS[row["kind"]] * row["quantity"] if row["approved_by"] else 0
    return total


def mean_hours(tables: dict[str, list[Row]]) -> dict[str, Fraction]:
    """Approved and credited hours of a division's assessed people, by the division they ended the year in."""
    total: dict[str, Fraction] = defaultdict(Fraction)
    for (staff, _), hours in worked(tables).items():
        total[staff] += hours
    rated = {row["staff"] for row in tables["ratings"]}
    last = {r["staff"]: r["division"] for r in tables["postings"] if r["role"] in ("head", "deputy", "member") and r["end"] is None}
    people = {d: [s for s, home in last.items() if home == d and s in rated] for d in DIVISIONS}
    return {d: sum((total[s] for s in staff), Fraction()) / len(staff) for d, staff in people.items()}


def monthly_due(tables: dict[str, list[Row]], scores: dict[Place, Fraction]) -> dict[tuple[str, str, str], Fraction]:
    """What the rules give each person each month, nothing left out but zeros: (period, staff, kind) → amount.

    Organisation: base × score ÷ 100. Standard: all of it from 70% of statutory hours on. Competitive: the division's pool
    shared by the hours above that. Who has no hours to work in a month has no part in its hours' payments.
    """
    bases = {row["grade"]: row for row in tables["payout_bases"]}
    rated = {row["staff"] for row in tables["ratings"]}
    off = {(r["staff"], day) for r in tables["absences"] if r["approved_by"] for day in days(r["start"], r["end"])}
    hours, due = worked(tables), {}
    for month in range(1, 13):
        period, span = f"{YEAR}-{month:02}", days(date(YEAR, month, 1), date(YEAR + month // 12, month % 12 + 1, 1))[:-1]
        rivals: dict[str, dict[str, tuple[Fraction, Fraction]]] = defaultdict(dict)  # division → person → base, hours above the standard
        for p in make_people():
            home, base = p.home(span[-1]), bases[p.grade]
            if p.staff not in rated or home is None:
                continue
            if p.role != "member":
                led = [scores[d, month] for d, _, _ in p.homes]
                due[period, p.staff, "monthly_organisation"] = half_up(base["monthly_organisation"] * sum(led) / len(led) / 100)
            statutory = 8 * sum(is_workday(day) and p.home(day) is not None and (p.staff, day) not in off for day in span)
            if p.role == "leader" or not statutory:
                continue
            excess = hours[p.staff, month] - Fraction(7, 10) * statutory
            if excess >= 0:
                due[period, p.staff, "monthly_standard"] = Fraction(base["monthly_standard"])
            if p.role != "head":
                rivals[home][p.staff] = Fraction(base["competitive"]), max(excess, Fraction())
        for shares in rivals.values():
            pool, whole = sum(base for base, _ in shares.values()), sum(excess for _, excess in shares.values())
            due |= {(period, s, "monthly_competitive"): cents_below(pool * excess / whole) for s, (_, excess) in shares.items() if excess}
    return due


def corrected(tables: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """The tables after the corrections to the plan."""
    found = [dict(row) for row in tables["plan_items"]]
    for change in tables["corrections"]:
        (row,) = [r for r in found if change["key"] == "/".join(r[part] for part in ("month", "division", "item"))]
        assert change["table"] == "plan_items" and row[change["column"]] == change["old"] != change["new"]
        row[change["column"]] = change["new"]
    return tables | {"plan_items": found}


def check_decisions(tables: dict[str, list[Row]]) -> None:
    """Asserts what the correction changes, what is still to be settled, and the planted dates."""
    before, after = annual_scores(tables), annual_scores(corrected(tables))
    changed = {d: (f"{float(before[d]):.2f}", f"{float(after[d]):.2f}") for d in DIVISIONS if before[d] != after[d]}
    assert changed == CORRECTED_SCORE and sorted(DIVISIONS, key=before.__getitem__) == sorted(DIVISIONS, key=after.__getitem__)
    owed: dict[str, Fraction] = defaultdict(Fraction)
    for (_, staff, _), amount in monthly_due(tables, month_scores(corrected(tables)["plan_items"])).items():
        owed[staff] += amount
    for row in tables["payments"]:
        owed[row["staff"]] -= Fraction(row["amount"])
    assert {staff: f"{float(amount):.2f}" for staff, amount in owed.items() if amount} == SETTLEMENT
    held = {int(row["month"][5:]): row["held_on"] for row in tables["meetings"]}
    assert [month for month in held if held[month] != meeting(month)] == [LATE_MEETING] and held[LATE_MEETING] == date(YEAR, 9, 6)
    slipped = {row["measure"]: row["done_on"] for row in tables["measures"] if row["done_on"] is None or row["done_on"] > row["due"]}
    assert slipped == {"GJ-05": date(YEAR, 6, 8), "GJ-12": None}
    for earlier, next_ in pairwise(tables["appeals"]):
        assert earlier["appeal"] != next_["appeal"] or earlier["filed_on"] <= earlier["decided_on"] <= next_["filed_on"] <= next_["decided_on"]
    assert all(row["decided_on"] >= tables["appeals"][-1]["decided_on"] for row in tables["corrections"])
    assert {row["matter"] for row in tables["recusals"]} == {r["adjustment"] for r in tables["adjustments"] if r["division"] == "办公室"}
    assert all(3 <= len(goals) <= 5 for goals in GOALS.values()) and len({row["source"] for row in tables["goals"]}) == 4
    assert all(Fraction(r["approved"] or 0) <= Fraction(r["reviewed"]) <= Fraction(r["declared"]) for r in tables["hours"])
    assert sum(row["reviewed"] != row["declared"] for row in tables["hours"]) == 427


def check(tables: dict[str, list[Row]]) -> list[str]:
    """Asserts the planted cases; returns them in words."""
    scores, hours = annual_scores(tables), mean_hours(tables)
    order = sorted(DIVISIONS, key=lambda d: (scores[d], hours[d]), reverse=True)
    assert (order[0], *order[1:3]) == (VETOED, *TIED) and scores[TIED[0]] == scores[TIED[1]] and hours[TIED[0]] > hours[TIED[1]] + 50
    assert len(set(scores.values())) == 7 and all(80 <= score <= 100 for score in scores.values())
    assert {row["kind"] for row in tables["adjustments"]} == set(AMOUNTS)
    assert len({row["name"] for row in tables["staff"]}) == len(tables["staff"]) == 64
    exact = next(p.staff for p in make_people() if p.place == EXACT)
    worked = [Fraction(r["approved"]) for r in tables["hours"] if r["staff"] == exact and r["date"].month == EXACT_MONTH]
    assert len(worked) == 21 and sum(worked) == Fraction(7, 10) * 8 * 21  # May 2023 has 21 working days
    assert exact not in {row["staff"] for row in tables["credits"]}
    check_decisions(tables)
    return [f"{d} {float(scores[d]):.2f} {float(hours[d]):.2f}h" for d in order] + [f"{exact}: exactly 70% in month {EXACT_MONTH}"]


EMPTY = {"decisions": ["period", "subject", "order", "decided_by", "decided_on", "why"], "sign_off": ["period", "state", "by", "on"]}


def write(folder: Path, tables: dict[str, list[Row]]) -> None:
    for name, rows in tables.items():
        header = list(rows[0]) if rows else EMPTY[name]
        with (folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, header, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    sample = make_tables()
    print("\n".join(check(sample)), *(f"{name}: {len(rows)}" for name, rows in sample.items()), sep="\n")
    write(Path(__file__).parent, sample)
