"""杨河乡2023年样本记录：全部虚构，没有真人真事。运行本脚本在同一文件夹重写各表，每次字节相同。

The sample records of 杨河乡, a township, for 2023: all made up, no real people or events. Running this script
rewrites the tables beside it, byte for byte the same each time, and fails if a planted case is not there.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

YEAR = 2023
QUARTERS = [f"{YEAR}-Q{n}" for n in range(1, 5)]
Row = dict[str, Any]

# office or centre: group, leader, members
DIVISIONS = {
    "党政综合办公室": ("general", "X002", 2), "经济发展办公室": ("business", "X003", 2), "社会事务办公室": ("business", "X004", 2),
    "农业农村服务中心": ("business", "X003", 2), "村镇建设服务中心": ("business", "X003", 1), "综治中心": ("general", "X004", 1),
}  # fmt: skip
GRADES = {"director": "正科", "leader": "副科", "head": "股级", "member": "科员"}
SURNAMES = "柳 酆 鲍 史 唐 费 廉 岑 薛 雷 贺 倪 汤 滕 殷 罗 毕 郝 邬 安 常".split()  # noqa: SIM905
GIVEN = [a + b for b in "麦谷茶" for a in "一春田长新小山"]

PARTS = {"L": ("quantitative", "量化评估"), "S": ("social", "社会评估")}
FIRST = {
    "L1": "经济发展水平", "L2": "和谐社会构建进程", "L3": "城乡进度", "L4": "自身建设",
    "S1": "贯彻落实上级重大决策部署", "S2": "维护群众利益", "S3": "自身建设",
}  # fmt: skip

# The goals: number | content | target | unit | direction | office | due | results of the four quarters (for the year so far), if it has a target
# | self scores | verified scores of the four quarters ("-": not verified) | measures | effect.
GOALS = """
L1-1|农村居民人均可支配收入增长|8|%|up|经济发展办公室|12-31|5.6 6.4 7.2 7.6|90 91 92 94|88 90 91 92|发展茶果加工，组织外出务工对接|群众持续增收
L1-2|完成固定资产投资|6000|万元|up|经济发展办公室|12-31|1500 3000 4500 5400|92 92 90 90|90 90 89 88|领导挂钩项目，半月一调度|项目落地见效
L1-3|培育规模以上企业|2|家|up|经济发展办公室|10-31|1 1 2 2|90 90 90 90|90 90 90 90|一企一策，协调用地用工|税源增强
L1-4|新建标准茶园|1000|亩|up|农业农村服务中心|12-31|250 500 750 900|95 95 95 95|90 89 88 86|统一供苗，技术员包村|特色产业成片
L2-1|城乡居民基本医疗保险参保率|98|%|up|社会事务办公室|06-30|95 98 98 98|92 92 92 92|90 90 90 90|村组入户动员，线上代办|应保尽保
L2-2|新增农村劳动力转移就业|320|人|up|社会事务办公室|12-31|90 170 250 320|94 94 94 94|94 94 94 94|办好两期技能培训班|稳定就业
L2-3|矛盾纠纷调处平均用时|5|天|down|综治中心|12-31|8 6.25 5 5|88 88 90 90|86 87 88 88|网格员首接负责|小事不出村
L2-4|一般安全事故起数控制在2起以内|2|起|down|综治中心|12-31|1 1 1 1|96 96 96 96|96 96 96 96|重点行业每月排查|群众安居
L3-1|改造农村危旧房|40|户|up|村镇建设服务中心|09-30|14 28 40 40|88 85 86 86|86 - 85 84|逐户鉴定，先急后缓|住房安全
L3-2|硬化村组道路|18|公里|up|村镇建设服务中心|11-30|6 8 12 18|90 88 90 92|88 82 86 90|财政奖补，群众筹劳|出行方便
L3-3|农村生活垃圾集中处理率|90|%|up|村镇建设服务中心|12-31|81 83.7 85.5 90|90 91 92 94|89 90 92 93|户分类、村收集、乡转运|村容整洁
L4-1|办理上级交办事项|100|%|up|党政综合办公室|12-31|100 100 100 100|96 96 96 96|95 95 95 95|销号管理|令行禁止
L4-2|压减公用经费|5|%|up|党政综合办公室|12-31|5 5 5 5|95 95 95 95|93 93 93 93|公务用车和接待集中审批|行政成本下降
L4-3|便民服务事项即办率|80|%|up|党政综合办公室|12-31|76 78.4 80 80|96 97 98 98|95 96 97 97|村级代办全覆盖|群众少跑腿
S1-1|落实上级党委政府重大部署||||党政综合办公室|12-31||95 95 95 95|94 94 94 94|部署后十日内拿出方案|部署不打折扣
S1-2|完成耕地保护责任目标||||农业农村服务中心|12-31||92 92 93 93|92 92 92 92|田长制巡查|耕地面积不减少
S2-1|依法稳妥处理征地补偿诉求||||村镇建设服务中心|12-31||86 86 88 90|84 84 86 88|补偿方案公示，逐户签字|群众利益不受侵害
S2-2|办理群众来信来访||||综治中心|12-31||88 88 86 86|86 86 84 84|领导接访日，限期答复|事事有回音
S3-1|机关作风和干部考勤||||党政综合办公室|12-31||95 95 95 95|95 95 95 96|每月通报，年终述职|作风转变
S3-2|村务、政务公开||||党政综合办公室|12-31||95 95 95 95|94 94 94 94|每季公开，群众监督|权力阳光运行
"""

# Planted cases; README.md tells where each one stands.
VERIFIED = {"L1": "89", "L2": "92", "L3": "89", "L4": "95", "S1": "93", "S2": "86", "S3": "95"}  # means of the goals' verified scores in the last quarter
OVERRATED = "L1-4"  # self 95, verified 86
UNDERRATED = "S3-1"  # self 95, verified 96
UNVERIFIED = ("L3-1", f"{YEAR}-Q2")
STALLED = ("L3-2", f"{YEAR}-Q2", "8")  # 8 of 18 km
MEETINGS = (
    ("2023-02", "2023-02-16", "专题会议：成立绩效管理工作领导小组，分解20项目标到室（中心）和责任人。"),
    ("2023-04", "2023-04-12", "专题会议：汇报一季度进展；L1-4自评高于核定5分，要求如实自查自评。"),
    ("2023-07", "2023-07-13", "专题会议：汇报上半年进展；村组道路硬化8公里（计划18公里）落后，研究雨季施工办法；危旧房改造未核定，限期补核。"),
    ("2023-10", "2023-10-12", "专题会议：汇报三季度进展；道路硬化12公里，要求十一月底前完工。"),
    ("2024-01", "2024-01-11", "专题会议：通报全年核定结果，研究与干部年度考核挂钩的奖励办法。"),
)  # fmt: skip
MEASURES = (
    ("村镇建设服务中心", "二季度专题会议：村组道路硬化落后", "2023-09-28", "2023-09-26", "三季度完成12公里，11月底完成18公里"),
    ("村镇建设服务中心", "二季度危旧房改造没有核定", "2023-07-31", "2023-07-28", "资料补齐，三季度核定85分"),
    ("农业农村服务中心", "茶园面积自评高于核定", "2023-05-31", "2023-05-29", "逐地块丈量上图"),
    ("综治中心", "三季度来信来访答复不及时（84分）", "2023-12-15", None, ""),
)  # fmt: skip


def goals() -> list[dict[str, str]]:
    fields = ("indicator", "title", "target", "unit", "direction", "division", "due", "results", "own", "verified", "measures", "effect")
    return [dict(zip(fields, line.split("|"), strict=True)) for line in GOALS.strip().splitlines()]


def make_people() -> tuple[list[Row], list[Row]]:
    """Staff and postings: the head of the township, three deputies, then office by office head and members."""
    posts = [("", "director", "X001"), *((division, "leader", leader) for division, (_, leader, _) in DIVISIONS.items())]
    number = 4
    for division, (_, _, members) in DIVISIONS.items():
        for role in ("head", *["member"] * members):
            number += 1
            posts.append((division, role, f"X{number:03}"))
    names = [f"{surname}{given}" for surname, given in zip(SURNAMES, GIVEN, strict=True)]
    Random(f"township-{YEAR}-names").shuffle(names)
    staff = [{"staff": f"X{n:03}", "name": names[n - 1], "borrowed": "no"} for n in range(1, number + 1)]
    postings = [{"staff": s, "division": d, "role": role, "grade": GRADES[role], "start": "2021-06-01", "end": None} for d, role, s in posts]
    return staff, sorted(postings, key=lambda row: row["staff"])


def make_indicators(postings: Iterable[Row]) -> Iterable[Row]:
    """The tree without any weight, for the plan gives none; an office's goals go round its people, the head first."""
    people: dict[str, list[str]] = defaultdict(list)
    for post in postings:
        if post["role"] in ("head", "member"):
            people[post["division"]].append(post["staff"])
    turn: Counter[str] = Counter()
    blank = dict.fromkeys(("weight", "target", "unit", "direction", "division", "person", "measures", "due", "effect"))
    for root, (part, name) in PARTS.items():
        yield {"indicator": root, "part": part, "parent": None, "title": name, **blank}
        for first, title in FIRST.items():
            if first[0] != root:
                continue
            yield {"indicator": first, "part": part, "parent": root, "title": title, **blank}
            for goal in goals():
                if goal["indicator"].startswith(f"{first}-"):
                    own = people[goal["division"]]
                    person = own[turn[goal["division"]] % len(own)]
                    turn[goal["division"]] += 1
                    shown = {key: goal[key] for key in ("title", "target", "unit", "direction", "division", "measures", "effect")}
                    yield {"indicator": goal["indicator"], "part": part, "parent": first, "person": person, "due": f"{YEAR}-{goal['due']}", **shown}


def make_results() -> Iterable[Row]:
    for n, period in enumerate(QUARTERS):
        for goal in goals():
            checked = goal["verified"].split()[n]
            yield {
                "period": period, "indicator": goal["indicator"], "result": goal["results"].split()[n] if goal["results"] else None,
                "self_score": goal["own"].split()[n], "verified_score": None if checked == "-" else checked, "evidence": f"第{n + 1}季度自查自评表（样本）",
            }  # fmt: skip


def make_tables() -> dict[str, list[Row]]:
    staff, postings = make_people()
    heads = {row["division"]: row["staff"] for row in postings if row["role"] == "head"}
    return {
        "divisions": [{"division": d, "name": d, "group": group} for d, (group, *_) in DIVISIONS.items()],
        "staff": staff,
        "postings": postings,
        "indicators": list(make_indicators(postings)),
        "indicator_results": list(make_results()),
        "meetings": [{"month": month, "held_on": held, "record": record, "kind": "special"} for month, held, record in MEETINGS],
        "measures": [{"measure": f"CS-{n}", "subject": subject, "issue": issue, "owner": heads[subject], "due": due, "done_on": done, "effect": effect}
                     for n, (subject, issue, due, done, effect) in enumerate(MEASURES, 1)],
    }  # fmt: skip


def check(tables: dict[str, list[Row]]) -> list[str]:
    """Asserts the planted cases; returns them in words."""
    listed = {goal["indicator"]: goal for goal in goals()}
    assert len(listed) == 20 and len({row["name"] for row in tables["staff"]}) == len(tables["staff"]) == 20
    assert not any(row["weight"] for row in tables["indicators"] if "weight" in row)
    final = {number: (int(goal["own"].split()[3]), int(goal["verified"].split()[3])) for number, goal in listed.items()}
    means = {}
    for first in FIRST:
        own = [checked for number, (_, checked) in final.items() if number.startswith(f"{first}-")]
        means[first] = Fraction(sum(own), len(own))
    assert means == {first: Fraction(mean) for first, mean in VERIFIED.items()}, means
    assert max(final, key=lambda number: final[number][0] - final[number][1]) == OVERRATED and final[OVERRATED] == (95, 86)
    assert [number for number, (own, checked) in final.items() if checked > own] == [UNDERRATED] and final[UNDERRATED] == (95, 96)
    rows = tables["indicator_results"]
    assert [(row["indicator"], row["period"]) for row in rows if row["verified_score"] is None] == [UNVERIFIED]
    assert [row["result"] for row in rows if (row["indicator"], row["period"]) == STALLED[:2]] == [STALLED[2]]
    titles = Counter(FIRST.values())
    assert [title for title, number in titles.items() if number > 1] == ["自身建设"]
    return [f"{first} {float(mean):g}" for first, mean in means.items()]


def write(folder: Path, tables: dict[str, list[Row]]) -> None:
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    sample = make_tables()
    print("\n".join(check(sample)), *(f"{name}: {len(rows)}" for name, rows in sample.items()), sep="\n")
    write(Path(__file__).parent, sample)
