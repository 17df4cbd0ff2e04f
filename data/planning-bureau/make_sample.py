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
        rng = draws(f"hours-{p.staff}")
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
                "declared": f"{declared / 10:g}", "approved": f"{(declared - cut) / 10:g}" if granted else None,
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
    bases = {"局长": (3000, 0, 0, 36000), "副局长": (2600, 0, 0, 32000), "正处": (2200, 1500, 0, 28000), "副处": (1800, 1300, 877, 25000),
             "科级": (0, 1100, 733, 22000), "科员": (0, 900, 611, 19000)}  # fmt: skip
    amounts = ("monthly_organisation", "monthly_standard", "competitive", "annual")
    borrowed = {at[place] for place in BORROWED}
    exemption = {"applied": (1, 9), "head": (1, 11), "leader": (1, 16), "director": (1, 19)}
    return {
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
        "adjustments": list(make_adjustments(plan)),
        "vetoes": [{"date": date(YEAR, 10, 18), "division": VETOED, "ground": "造成市里考核较多扣分", "decided_by": "局党组",
                    "decided_on": date(YEAR, 11, 2), "evidence": "局党组会议纪要（样本）：南环路开挖协调迟缓被市里通报"}],
        "appraisals": list(make_appraisals(people, assessed, low)),
        "decisions": [],
    }  # fmt: skip


def half_up(value: Fraction) -> Fraction:
    return Fraction(math.floor(value * 100 + Fraction(1, 2)), 100)


def annual_scores(tables: dict[str, list[Row]]) -> dict[str, Fraction]:
    """The year's published scores, counted from the rows in exact fractions."""
    sheets: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in tables["plan_items"]:
        sheets[row["division"], row["month"]].append(row)
    months: dict[str, list[Fraction]] = defaultdict(list)
    for (division, _), rows in sheets.items():
        given = [row["points"] for row in rows if row["points"] is not None]
        assert not given or (len(given) == len(rows) and sum(given) == 100), rows
        lost = [Fraction(r["points"]) if given else Fraction(100, len(rows)) for r in rows
                if r["completion"] != 1 and r["excused_by"] != DIRECTOR]  # fmt: skip
        months[division].append(half_up(100 - sum(lost, Fraction()) / 2))
    scores = {}
    for division in DIVISIONS:
        assert len(months[division]) == 12
        means = []
        for group in ("服务对象", "局领导", "其他处室"):
            cast = [r for r in tables["appraisals"] if (r["subject"], r["rater_group"]) == (division, group)]
            means.append(Fraction(sum(MASS_POINTS[r["grade"]] * r["votes"] for r in cast), sum(r["votes"] for r in cast)))
        register = sum(Fraction(AMOUNTS[r["kind"]]) * (r["quantity"] or 1) for r in tables["adjustments"] if r["division"] == division)
        scores[division] = half_up(sum(months[division]) * Fraction(8, 120) + sum(means) * Fraction(2, 30) + register)
    return scores


def mean_hours(tables: dict[str, list[Row]]) -> dict[str, Fraction]:
    """Approved and credited hours of a division's assessed people, by the division they ended the year in."""
    total: dict[str, Fraction] = defaultdict(Fraction)
    for row in tables["hours"]:
        total[row["staff"]] += Fraction(row["approved"] or 0)
    for row in tables["credits"]:
        total[row["staff"]] += CREDIT_HOURS[row["kind"]] * row["quantity"] if row["approved_by"] else 0
    rated = {row["staff"] for row in tables["ratings"]}
    last = {r["staff"]: r["division"] for r in tables["postings"] if r["role"] in ("head", "deputy", "member") and r["end"] is None}
    people = {d: [s for s, home in last.items() if home == d and s in rated] for d in DIVISIONS}
    return {d: sum((total[s] for s in staff), Fraction()) / len(staff) for d, staff in people.items()}


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
    return [f"{d} {float(scores[d]):.2f} {float(hours[d]):.2f}h" for d in order] + [f"{exact}: exactly 70% in month {EXACT_MONTH}"]


def write(folder: Path, tables: dict[str, list[Row]]) -> None:
    for name, rows in tables.items():
        header = list(rows[0]) if rows else ["period", "subject", "order", "decided_by", "decided_on", "why"]
        with (folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, header, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    sample = make_tables()
    print("\n".join(check(sample)), *(f"{name}: {len(rows)}" for name, rows in sample.items()), sep="\n")
    write(Path(__file__).parent, sample)
