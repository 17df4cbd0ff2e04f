"""水利局2023年样本记录：全部虚构，没有真人真事。运行本脚本在同一文件夹重写各表，每次字节相同。

The water bureau's sample records for 2023: all made up, no real people or events. Running this script
rewrites the tables beside it, byte for byte the same each time, and fails if a planted case is not there.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import chinese_calendar  # type: ignore[import-untyped]

YEAR = 2023
QUARTERS = {f"{YEAR}-Q{n}": end for n, end in enumerate([(3, 31), (6, 30), (9, 30), (12, 31)], 1)}
Row = dict[str, Any]

# division: group, leader, deputies, members
DIVISIONS = {
    "办公室": ("general", "W004", 1, 4), "规划计划科": ("business", "W002", 0, 3), "建设管理科": ("business", "W002", 1, 4),
    "水资源科": ("business", "W003", 0, 3), "农村水利科": ("business", "W003", 1, 3), "水土保持科": ("business", "W003", 0, 2),
    "防汛抗旱办": ("business", "W002", 1, 3), "政策法规科": ("general", "W004", 0, 3),
}  # fmt: skip
GRADES = {"director": "正处", "leader": "副处", "head": "正科", "deputy": "副科", "member": "科员"}
SURNAMES = """赵 钱 孙 李 周 吴 郑 王 冯 陈 褚 卫 蒋 沈 韩 杨 朱 秦 尤 许 何 吕 施 张 孔 曹 严 华 金 魏 陶 姜 戚 谢 邹 喻 柏 水 窦 章 贝
苏""".split()  # noqa: SIM905
GIVEN = [a + b for b in "川雨岩枫荷帆" for a in "清远思宁嘉书文怀"]

PARTS = {"YW": ("business", "业务工作实绩"), "XZ": ("administrative", "行政能力建设")}
# First-level indicators: title, and for the business ones the graded progress and innovation of the year.
FIRST = {
    "Y01": ("贯彻落实上级重大决策部署", 80, 60), "Y02": ("防汛抗旱减灾", 70, 50), "Y03": ("农村饮水安全", 90, 80),
    "Y04": ("重点水利工程建设", 60, 40), "Y05": ("水资源管理与保护", 75, 55), "Y06": ("农田水利与节水灌溉", 50, 30),
    "Y07": ("水土保持与河湖管护", 65, 45), "Y08": ("水利规划与前期工作", 70, 50), "Y09": ("服务发展、服务基层、服务群众", 85, 75),
    "Y10": ("水利安全生产与和谐稳定", 55, 35),
    "X1": ("科学民主行政", None, None), "X2": ("依法行政", None, None), "X3": ("高效行政", None, None), "X4": ("廉洁行政", None, None),
}  # fmt: skip
WEIGHTS = {"Y01-1": "0.4", "Y01-2": "0.3", "Y01-3": "0.2", "Y01-4": "0.1"}  # all others share equally

# The goals: number | content | target | unit | direction | division | due | results of the four quarters, each for the year so far | measures | effect.
# Without a target the quarters are completions in percent, judged by hand.
GOALS = """
Y01-1|完成上级下达的年度水利投资计划|12.6|亿元|up|规划计划科|12-31|3.2 6.5 9.9 13.86|按月调度，滞后项目逐一约谈|年度投资计划全面完成
Y01-2|各级河长按期巡河|2400|人次|up|水资源科|12-31|620 1240 1850 2400|每季度通报巡河情况，问题限期交办|河湖问题早发现早处置
Y01-3|上级督办事项按期办结|100|%|up|办公室|12-31|96 97 97 98|建立台账，到期前十日提醒|政令畅通
Y01-4|完成年度水利改革任务||||政策法规科|12-31|25 50 75 90|逐项制定路线图，季度评估|改革任务落地见效
Y02-1|汛前安全检查|186|处|up|防汛抗旱办|04-30|150 186 186 186|分组包片，隐患登记销号|工程安全度汛
Y02-2|建成山洪灾害监测预警站点|48|个|up|防汛抗旱办|06-30|26 48 48 48|倒排工期，入汛前联调|预警信息进村入户
Y02-3|防汛抢险应急演练|5|场|up|防汛抗旱办|06-30|3 5 5 5|市县联动，夜间拉练|队伍拉得出、抢得住
Y02-4|险情处置平均用时|6|小时|down|防汛抗旱办|12-31|6 6.4 6.4 6.25|物资前置，二十四小时值守|小险不过夜
Y02-5|建成抗旱应急水源|10|处|up|防汛抗旱办|12-31|3 5 8 9|优先安排高岗易旱村|旱季人畜饮水有保障
Y03-1|改造农村水厂|12|处|up|农村水利科|11-30|4 4 8 12|统一招标，分两批施工|供水规模化
Y03-2|新增自来水受益人口|5.2|万人|up|农村水利科|12-31|1.3 2.6 3.9 5.2|管网延伸到组到户|群众喝上放心水
Y03-3|农村供水水质合格率|95|%|up|农村水利科|12-31|93.1 93.1 94.05 94.05|县级水质中心每月巡检|水质稳定达标
Y03-4|农村供水管网漏损率|12|%|down|农村水利科|12-31|15 14 13 12.5|分区计量，更换老旧管道|漏损逐季下降
Y03-5|农村供水水费收缴率|90|%|up|农村水利科|12-31|72 75.6 79.2 81|一户一表，线上缴费|工程良性运行
Y04-1|病险水库除险加固主体完工|3|座|up|建设管理科|12-31|1 2 3 3|驻点督导，汛前完成坝体施工|水库摘除病险帽子
Y04-2|重点工程完成投资|4.8|亿元|up|建设管理科|12-31|1.2 2.4 3.6 4.56|周报月评，协调征迁|形成实物工作量
Y04-3|单元工程验收合格率|100|%|up|建设管理科|12-31|100 100 100 100|质量终身责任制，飞行检测|工程质量受控
Y04-4|质量缺陷整改平均用时|10|天|down|建设管理科|12-31|12.5 10 9 8|缺陷清单闭环管理|缺陷不带入下道工序
Y05-1|用水总量|8.5|亿立方米|down|水资源科|12-31|1.9 4.2 6.6 8.5|分县下达指标，按月监测|用水总量不突破红线
Y05-2|万元国内生产总值用水量|48|立方米|down|水资源科|12-31|60 54 51.2 50|推广工业循环用水|用水效率提高
Y05-3|核查取水户|260|户|up|水资源科|09-30|90 180 260 260|逐户核对许可和计量|取水行为规范
Y05-4|水功能区水质达标率|90|%|up|水资源科|12-31|86.4 87.3 88.2 88.2|排污口分类整治|水功能区水质改善
Y06-1|新增节水灌溉面积|3|万亩|up|农村水利科|12-31|0.75 1.5 2.25 2.7|整片推进，先建机制后建工程|亩均节水三成
Y06-2|灌区渠道清淤|420|公里|up|农村水利科|05-31|252 378 399 399|夏灌前分段包干|夏灌供水到田头
Y06-3|农田灌溉水有效利用系数|0.55||up|农村水利科|12-31|0.539 0.539 0.5445 0.55|渠系衬砌，配套量水设施|灌溉效率提高
Y06-4|建成小型农田水利示范片|2|个|up|农村水利科|10-31|1 2 2 2|以奖代补，群众参与管护|示范带动
Y07-1|治理水土流失面积|85|平方公里|up|水土保持科|12-31|22 43 64 85|封育与工程措施结合|林草覆盖率提高
Y07-2|检查生产建设项目水土保持方案落实|120|个|up|水土保持科|11-30|36 70 102 120|遥感筛查，现场复核|人为水土流失受控
Y07-3|建成清洁小流域|2|条|up|水土保持科|12-31|1 1 2 2|污水、垃圾、河道同步治理|水清岸绿
Y07-4|涉河违法建筑存量|8|处|down|政策法规科|12-31|20 16 10 10|逐处建档，联合执法拆除|行洪通道畅通
Y08-1|编制并报批水利专项规划|3|项|up|规划计划科|12-31|1 2 3 3|开门编制，专家评审|规划引领项目
Y08-2|完成重点项目前期工作|8|项|up|规划计划科|10-31|3 5 8 8|并联推进，专人跟踪审批|项目储备充足
Y08-3|争取上级水利资金|2.4|亿元|up|规划计划科|12-31|0.6 1.2 1.8 2.16|对接投向，提前申报|资金保障有力
Y09-1|水行政审批平均办理时限|8|天|down|政策法规科|12-31|10 8 8 8|容缺受理，限时办结|企业少跑路
Y09-2|群众诉求按期办结率|98|%|up|办公室|12-31|95.06 95.06 96.04 96.04|专人转办，逐件回访|群众满意
Y09-3|基层水利技术服务|60|次|up|建设管理科|12-31|16 31 46 60|技术人员挂钩到乡镇|基层管护能力提高
Y10-1|水利安全生产检查|150|次|up|建设管理科|12-31|40 80 115 150|四不两直，隐患清零|不发生较大事故
Y10-2|化解水利信访积案|12|件|up|办公室|12-31|3 6 9 9|领导包案，一案一策|矛盾化解在基层
Y10-3|水库安全责任人落实率|100|%|up|防汛抗旱办|03-31|100 100 100 100|公示三个责任人，逐人培训|责任到人
X1-1|重大行政决策程序执行到位||||办公室|12-31|25 50 75 98|目录管理，全过程留痕|决策科学民主
X1-2|重大事项专家论证或者听证|4|次|up|规划计划科|11-30|2 3 4 4|建立专家库，公开听证|决策质量提高
X1-3|主动公开政府信息|240|条|up|办公室|12-31|62 124 186 240|五公开嵌入办文流程|权力阳光运行
X2-1|规范性文件合法性审查率|100|%|up|政策法规科|12-31|100 100 100 100|未经审查不上会|文件合法有效
X2-2|水行政执法案卷合格率|95|%|up|政策法规科|12-31|93.1 93.1 93.1 93.1|交叉评查，以案释法|执法规范
X2-3|执法人员持证上岗率|100|%|up|政策法规科|06-30|100 100 100 100|统一培训考试|执法主体合格
X3-1|公文平均办理天数|3|天|down|办公室|12-31|3.2 3 3 3|急件随到随办|办文提速
X3-2|行政许可提前办结率|80|%|up|政策法规科|12-31|76 77.6 78.4 80|压减环节，并联审查|办事提速
X3-3|局务会议定事项按期落实率|100|%|up|办公室|12-31|95 96 96 97|会后三日内分解交办|议定事项落地
X4-1|排查岗位廉政风险点|40|个|up|办公室|08-31|16 30 40 40|对照职权逐岗排查|风险可防可控
X4-2|廉政警示教育|6|场|up|办公室|11-30|2 4 5 6|到警示教育基地现场学习|警钟长鸣
X4-3|局和局属单位领导班子廉洁从政||||办公室|12-31|25 50 75 98|签订责任书，年终述廉|班子清正廉洁
"""
# Self and verified scores of the administrative goals at the year's end, from the joint spot check.
SCORES = {
    "X1-1": (98, 96), "X1-2": (95, 94), "X1-3": (98, 98), "X2-1": (96, 95), "X2-2": (98, 92), "X2-3": (98, 98),
    "X3-1": (97, 97), "X3-2": (95, 96), "X3-3": (94, 92), "X4-1": (100, 99), "X4-2": (98, 98), "X4-3": (98, 97),
}  # fmt: skip

# Planted cases; README.md tells where each one stands.
BEHIND = {f"{YEAR}-Q1": [], f"{YEAR}-Q2": ["Y03-1", "Y06-2"], f"{YEAR}-Q3": ["Y03-1", "Y06-2"]}  # less reached than time has passed
OVERDUE = "Y06-2"  # past its date and unfinished to the year's end
CAPPED = "Y01-1"  # 110 %
SELF_ABOVE = "X2-2"  # self 98, verified 92
UNCIRCULATED = 17  # a covert visit with a finding
COMPLETION = {  # of the first-level indicators, worked out by hand in README.md
    "Y01": "98.6", "Y02": "97.2", "Y03": "97", "Y04": "98.75", "Y05": "98.5", "Y06": "96.25", "Y07": "95", "Y08": "290/3", "Y09": "298/3",
    "Y10": "275/3", "X1": "96", "X2": "95", "X3": "95", "X4": "98",
}  # fmt: skip
BUSINESS, ADMINISTRATIVE, TOTAL = "93.307", "96", "94.3842"

# The strata: people, names a round; and of each round the complete returns as score × number.
STRATA = {
    "企业": (2000, 100), "社区居民": (3000, 150), "农村居民": (4400, 220),
    "人大代表政协委员": (400, 20), "机关事业单位": (2160, 108), "用水户协会": (40, 2),
}  # fmt: skip
RETURNS = {
    "2023-07": {
        "企业": "50×8 60×16 70×32 80×16 90×8", "社区居民": "60×12 70×24 80×48 90×24 100×12", "农村居民": "55×16 65×32 75×80 85×32 95×16",
        "人大代表政协委员": "75×3 80×4 85×4 90×4 95×3", "机关事业单位": "60×5 70×20 80×40 90×20 100×5", "用水户协会": "60×1",
    },
    "2023-12": {
        "企业": "60×8 70×16 80×32 90×16 100×8", "社区居民": "60×12 70×18 80×54 90×24 100×12", "农村居民": "55×15 65×40 75×34 80×36 85×40 95×15",
        "人大代表政协委员": "75×2 80×4 85×7 90×4 95×2", "机关事业单位": "60×8 70×40 80×24 90×16 100×8", "用水户协会": "65×1 75×1",
    },
}  # fmt: skip
FIELDWORK = {"2023-07": ((7, 10), (7, 17)), "2023-12": ((12, 11), (12, 18))}  # Mondays of the week of calls and the week of visits
REGIONS = {
    "企业": ("东湖街道", "青石镇", "北岸镇"), "社区居民": ("东湖街道", "青石镇"), "农村居民": ("青石镇", "北岸镇", "云溪镇", "南山乡", "西坪乡"),
    "人大代表政协委员": ("东湖街道", "青石镇", "云溪镇"), "机关事业单位": ("东湖街道", "北岸镇"), "用水户协会": ("云溪镇", "南山乡"),
}  # fmt: skip
MEANS = {"2023-07": "76.6", "2023-12": "9401/120"}  # of all people, strata by population
CHANGED = {"企业": (10, True), "社区居民": (Fraction(1, 2), False)}  # December less July, and whether it is more than its error

ASPECTS = ("rules", "conduct", "efficiency", "duties")
FINDINGS = {
    "rules": ("考勤登记不全", "值班记录漏签", "外出未登记去向", "公章使用登记不规范"),
    "conduct": ("工作时间浏览购物网站", "窗口无人值守十五分钟", "接听电话用语不规范", "上班迟到两人次"),
    "efficiency": ("一件来文超期三天办理", "许可事项超承诺时限一天", "群众来信未按期答复"),
    "duties": ("一处在建工程旁站记录缺失", "隐患整改未按期销号", "取水户台账更新不及时"),
}  # fmt: skip
MEETINGS = (
    ("2023-03", "2023-04-06", "quarterly", "听取各科室一季度绩效情况汇报，51项目标进度均不落后于时间；要求渠道清淤抓住夏灌前的窗口期。"),
    ("2023-06", "2023-07-06", "quarterly",
     "听取二季度汇报：农村水厂改造完成4处（计划12处），渠道清淤完成378公里（计划420公里），已过期限。要求农村水利科说明原因、限期追赶。"),
    ("2023-06", "2023-07-13", "half_year", "半年绩效情况分析会：分析两项滞后目标，研究针对性措施；通报察访发现的问题。"),
    ("2023-09", "2023-10-10", "quarterly", "听取三季度汇报：农村水厂改造完成8处，仍然落后；渠道清淤完成399公里。研究中期评议反映问题的整改。"),
    ("2023-12", "2024-01-04", "quarterly", "听取四季度汇报：农村水厂改造12处全部完成；渠道清淤停在399公里。部署年度总结。"),
    ("2023-12", "2024-01-08", "annual", "年终绩效情况总结会：总结全年目标实现情况，审议年度绩效总结报告，部署迎接抽查评估。"),
)  # fmt: skip
APPROVALS = (
    ("goals", "settled", "局党组", "2023-02-06", ""), ("goals", "submitted", "市机关效能建设领导小组办公室", "2023-02-10", "样水〔2023〕3号"),
    ("goals", "published", "局办公室", "2023-02-17", ""), ("plan", "settled", "局党组", "2023-02-20", ""),
    ("plan", "submitted", "市效能办", "2023-02-22", "样水〔2023〕5号"), ("plan", "approved", "市绩效评估工作小组", "2023-03-08", "样效〔2023〕11号"),
    ("report", "submitted", "局效能办", "2024-01-09", "样水〔2024〕2号"), ("evidence", "submitted", "市效能办", "2024-02-27", ""),
)  # fmt: skip
# Improvement measures: subject, issue, due, done, effect.
MEASURES = (
    ("办公室", "上年度抽查评估反馈：督办事项台账不完整", "2023-04-28", "2023-04-21", "台账补齐，到期提醒上线"),
    ("政策法规科", "上年度两办通报：行政审批时限偏长", "2023-06-30", "2023-06-27", "平均办理时限由10天降到8天"),
    ("农村水利科", "二季度局务会议：农村水厂改造落后", "2023-08-31", "2023-08-30", "三季度完成8处"),
    ("农村水利科", "二季度局务会议：渠道清淤逾期", "2023-07-31", "2023-08-15", "完成399公里，余21公里待冬修"),
    ("政策法规科", "中期评议：企业反映办事环节多、告知不全（70分）", "2023-09-28", "2023-09-22", "一次告知单上墙，年终评议企业80分"),
    ("农村水利科", "中期评议：农村居民反映停水通知不及时（75分）", "2023-10-31", "2023-10-27", "停水提前两日入户通知，年终评议76分"),
    ("农村水利科", "中期评议：用水户协会反映水权交易不了解（60分，仅1份）", "2023-10-31", "2023-10-20", "集中培训一次，年终评议70分"),
    ("办公室", "年终评议：机关事业单位评分由80分降到77.5分", "2024-02-29", None, ""),
    ("农村水利科", "年终评议：农村居民反映水费票据不清", "2024-03-29", None, ""),
)  # fmt: skip


def draws(name: str) -> Random:
    """Each table draws from its own numbers, so that changing one leaves the others."""
    return Random(f"water-bureau-{YEAR}-{name}")


def later(day: date, workdays: int) -> date:
    """``workdays`` working days on from ``day``; 0 gives ``day`` itself or the first working day after it."""
    while not chinese_calendar.is_workday(day):
        day += timedelta(1)
    for _ in range(workdays):
        day = later(day + timedelta(1), 0)
    return day


def goals() -> list[dict[str, str]]:
    fields = ("indicator", "title", "target", "unit", "direction", "division", "due", "quarters", "measures", "effect")
    return [dict(zip(fields, line.split("|"), strict=True)) for line in GOALS.strip().splitlines()]


def make_people() -> tuple[list[Row], list[Row]]:
    """Staff and postings: the director, three leaders, then division by division head, deputies, members."""
    posts = [("", "director", "W001")]
    posts += [(division, "leader", leader) for division, (_, leader, _, _) in DIVISIONS.items()]
    number = 4
    for division, (_, _, deputies, members) in DIVISIONS.items():
        for role in ("head", *["deputy"] * deputies, *["member"] * members):
            number += 1
            posts.append((division, role, f"W{number:03}"))
    names = [f"{surname}{given}" for surname, given in zip(SURNAMES, GIVEN, strict=False)]
    staff = [{"staff": f"W{n:03}", "name": names[n - 1], "borrowed": "no"} for n in range(1, number + 1)]
    start = date(2021, 1, 1)
    postings = [{"staff": s, "division": d, "role": role, "grade": GRADES[role], "start": start, "end": None} for d, role, s in posts]
    return staff, sorted(postings, key=lambda row: row["staff"])


def make_indicators(postings: Iterable[Row]) -> Iterable[Row]:
    """The tree: two parts, fourteen first-level indicators, 39 and 12 goals; a division's goals go round its people, the head first."""
    people: dict[str, list[str]] = defaultdict(list)
    for post in postings:
        if post["role"] in ("head", "deputy", "member"):
            people[post["division"]].append(post["staff"])
    turn: Counter[str] = Counter()
    blank = dict.fromkeys(("parent", "weight", "target", "unit", "direction", "division", "person", "measures", "due", "effect"))
    for root, (part, title) in PARTS.items():
        yield {"indicator": root, "part": part, "parent": None, "title": title, **{k: v for k, v in blank.items() if k != "parent"}}
        for first, (name, _, _) in FIRST.items():
            if first[0] == root[0]:
                yield {"indicator": first, "part": part, **blank, "parent": root, "title": name}
                for goal in goals():
                    if goal["indicator"].startswith(f"{first}-"):
                        own = people[goal["division"]]
                        person = own[turn[goal["division"]] % len(own)]
                        turn[goal["division"]] += 1
                        yield {
                            "indicator": goal["indicator"], "part": part, "parent": first, "weight": WEIGHTS.get(goal["indicator"]), "person": person,
                            "due": f"{YEAR}-{goal['due']}", **{k: goal[k] for k in ("title", "target", "unit", "direction", "division", "measures", "effect")},
                        }  # fmt: skip


def make_results() -> Iterable[Row]:
    """Each quarter's state of every goal, with the scores of the spot check in the last; then the year's progress and innovation."""
    for n, period in enumerate(QUARTERS):
        for goal in goals():
            figure, measured = goal["quarters"].split()[n], bool(goal["target"])
            own, checked = SCORES.get(goal["indicator"], (None, None)) if n == 3 else (None, None)
            yield {
                "period": period, "indicator": goal["indicator"], "result": figure if measured else None, "completion": None if measured else figure,
                "progress": None, "innovation": None, "self_score": own, "verified_score": checked,
                "evidence": "联合抽查评估记录（样本）" if checked else f"第{n + 1}季度绩效报表（样本）",
            }  # fmt: skip
    for first, (_, progress, innovation) in FIRST.items():
        if progress:
            yield {
                "period": str(YEAR), "indicator": first, "result": None, "completion": None, "progress": progress, "innovation": innovation,
                "self_score": None, "verified_score": None, "evidence": "联合抽查评估记录（样本）",
            }  # fmt: skip


def scores(counts: str) -> list[int]:
    """``60×2 70×1`` → 60, 60, 70."""
    return [int(score) for part in counts.split() for score, number in [part.split("×")] for _ in range(int(number))]


def make_survey() -> tuple[list[Row], list[Row]]:
    """Entries and returns of both rounds: names by stratum, a tenth more as replacements; who does not answer is replaced in their order."""
    entries: list[Row] = []
    returns: list[Row] = []
    for round_, strata in RETURNS.items():
        number = 0
        for stratum, (_, names) in STRATA.items():
            rng = draws(f"{round_}-{stratum}")
            spare, regions = max(1, names // 10), REGIONS[stratum]
            drawn = []
            for n in range(names + spare):
                number += 1
                drawn.append({"round": round_, "entry": f"{round_[5:]}-{number:04}", "stratum": stratum, "region": regions[n % len(regions)],
                              "selected": "main" if n < names else "replacement"})  # fmt: skip
            entries += drawn
            returns += answered(rng, round_, drawn, names, scores(strata[stratum]))
    return entries, returns


def answered(rng: Random, round_: str, drawn: list[Row], names: int, given: list[int]) -> list[Row]:
    """A row a name that was used: three in five replacements answer, the others refuse or are not reached."""
    spare = len(drawn) - names
    helped = 3 * spare // 5 if len(given) > 2 else 0
    failed = names - (len(given) - helped)
    used = min(spare, failed)
    without = {"ineligible": failed // 10, "not_reached": failed // 2, "refused": failed - failed // 10 - failed // 2}
    outcomes = ["complete"] * (names - failed) + [outcome for outcome, number in without.items() for _ in range(number)]
    rng.shuffle(outcomes)
    again = ["complete"] * helped + ["not_reached", "refused"] * used
    second = again[:used]
    rng.shuffle(second)
    asked = [*zip(drawn[:names], outcomes, strict=True), *zip(drawn[names : names + used], second, strict=True)]
    complete = [row["entry"] for row, outcome in asked if outcome == "complete"]
    visited = set(rng.sample(complete, len(complete) // 5)) | {row["entry"] for row, outcome in asked if outcome == "not_reached" and rng.random() < 0.5}
    rng.shuffle(given)
    score = dict(zip(complete, given, strict=True))
    calls, visits = (date(YEAR, *day) for day in FIELDWORK[round_])
    return [
        {"round": round_, "entry": row["entry"], "stratum": row["stratum"], "mode": "visit" if row["entry"] in visited else "phone",
         "date": (visits if row["entry"] in visited else calls) + timedelta(rng.randrange(5)), "outcome": outcome, "score": score.get(row["entry"])}
        for row, outcome in asked
    ]  # fmt: skip


def make_inspections() -> Iterable[Row]:
    """Thirty visits in the order of their days; two in five covert; what was found is circulated within two weeks, but for one."""
    rng = draws("inspections")
    workdays = [day for day in (date(YEAR, 2, 1) + timedelta(n) for n in range(325)) if chinese_calendar.is_workday(day)]
    left = {aspect: list(found) for aspect, found in FINDINGS.items()}
    for n, day in enumerate(sorted(rng.sample(workdays, 30)), 1):
        aspect, covert = ASPECTS[n % 4], n % 5 in (2, 4)
        found = left[aspect].pop(0) if (n == UNCIRCULATED or rng.random() < 0.45) and left[aspect] else None
        yield {
            "inspection": f"CF-{n:02}", "date": day, "mode": "covert" if covert or n == UNCIRCULATED else "open", "aspect": aspect,
            "division": rng.choice(list(DIVISIONS)), "finding": found, "points": rng.choice(("0.5", "1", "2")) if found else 0,
            "circulated_on": later(day, rng.randint(2, 9)) if found and n != UNCIRCULATED else None,
        }  # fmt: skip


def make_tables() -> dict[str, list[Row]]:
    staff, postings = make_people()
    heads = {row["division"]: row["staff"] for row in postings if row["role"] == "head"}
    entries, returns = make_survey()
    return {
        "divisions": [{"division": d, "name": d, "group": group} for d, (group, *_) in DIVISIONS.items()],
        "staff": staff,
        "postings": postings,
        "indicators": list(make_indicators(postings)),
        "indicator_results": list(make_results()),
        "survey_frame": [{"stratum": stratum, "population": people} for stratum, (people, _) in STRATA.items()],
        "survey_entries": entries,
        "survey_responses": returns,
        "inspections": list(make_inspections()),
        "meetings": [{"month": month, "held_on": held, "record": record, "kind": kind} for month, held, kind, record in MEETINGS],
        "approvals": [{"year": YEAR, "matter": m, "step": s, "by": by, "on": on, "reference": reference} for m, s, by, on, reference in APPROVALS],
        "measures": [{"measure": f"ZG-{n:02}", "subject": subject, "issue": issue, "owner": heads[subject], "due": due, "done_on": done, "effect": effect}
                     for n, (subject, issue, due, done, effect) in enumerate(MEASURES, 1)],
    }  # fmt: skip


def reached(goal: dict[str, str], figure: str) -> Fraction:
    """What of a goal is reached, in percent and not capped."""
    if not goal["target"]:
        return Fraction(figure)
    share = Fraction(figure) / Fraction(goal["target"])
    return 100 * (share if goal["direction"] == "up" else 1 / share)


def check_goals() -> list[str]:
    """Asserts what README.md says of goals; returns the scores in words."""
    listed = goals()
    by_number = {goal["indicator"]: goal for goal in listed}
    assert [sum(number.startswith(letter) for number in by_number) for letter in "YX"] == [39, 12]
    new_year = date(YEAR, 1, 1)
    for n, (period, end) in enumerate(QUARTERS.items()):
        on = date(YEAR, *end)
        behind, overdue = [], []
        for number, goal in by_number.items():
            due, done = date.fromisoformat(f"{YEAR}-{goal['due']}"), min(Fraction(100), reached(goal, goal["quarters"].split()[n]))
            passed = min(Fraction(1), Fraction((on - new_year).days + 1, (due - new_year).days + 1))
            behind += [number] if 100 * passed > done else []
            overdue += [number] if due < on and done < 100 else []
        assert period not in BEHIND or behind == BEHIND[period], (period, behind)
        assert overdue == ([] if n == 0 else [OVERDUE]), (period, overdue)
    final = {number: reached(goal, goal["quarters"].split()[3]) for number, goal in by_number.items()}
    assert [number for number in final if final[number] > 100] == [CAPPED, "Y04-4"] and final[CAPPED] == 110
    assert final["Y03-4"] == 96 and by_number["Y03-4"]["direction"] == "down"
    completion = {}
    for first in FIRST:
        own = {number: SCORES[number][1] if number in SCORES else min(Fraction(100), final[number]) for number in final if number.startswith(f"{first}-")}
        weights = {number: Fraction(WEIGHTS[number]) if number in WEIGHTS else Fraction(1, len(own)) for number in own}
        assert sum(weights.values()) == 1
        completion[first] = sum((weights[number] * own[number] for number in own), Fraction())
    assert completion == {first: Fraction(share) for first, share in COMPLETION.items()}, completion
    business = [Fraction(9, 10) * completion[f] + Fraction(p + v, 20) for f, (_, p, v) in FIRST.items() if p and v]
    administrative = [completion[f] for f, (_, p, _) in FIRST.items() if p is None]
    parts = sum(business) / 10, sum(administrative) / 4
    assert parts == (Fraction(BUSINESS), Fraction(ADMINISTRATIVE)) and Fraction(6, 10) * parts[0] + Fraction(4, 10) * parts[1] == Fraction(TOTAL)
    above = [number for number, (own, checked) in SCORES.items() if own > checked]
    assert len(above) == 7 and max(SCORES, key=lambda number: SCORES[number][0] - SCORES[number][1]) == SELF_ABOVE
    return [f"business {BUSINESS}, administrative {ADMINISTRATIVE}, total {TOTAL}"]


def check_survey(tables: dict[str, list[Row]]) -> list[str]:
    """Asserts what README.md says of the two rounds; returns means and errors in words."""
    told, stratum_of = [], {(row["round"], row["entry"]): row["stratum"] for row in tables["survey_entries"]}
    found: dict[tuple[str, str], tuple[Fraction, Fraction | None]] = {}  # round, stratum → mean, squared error
    for round_, strata in RETURNS.items():
        rows = [row for row in tables["survey_responses"] if row["round"] == round_]
        drawn = [row for row in tables["survey_entries"] if row["round"] == round_]
        main = Counter(row["stratum"] for row in drawn if row["selected"] == "main")
        assert dict(main) == {stratum: names for stratum, (_, names) in STRATA.items()} and main.total() == 600
        assert len({row["entry"] for row in rows}) == len(rows) and all(row["stratum"] == stratum_of[round_, row["entry"]] for row in rows)
        done = [row for row in rows if row["outcome"] == "complete"]
        assert 2 * sum(row["mode"] == "phone" for row in done) > len(done) and len({row["outcome"] for row in rows}) == 4
        overall = Fraction()
        for stratum, (people, _) in STRATA.items():
            own = [row["score"] for row in done if row["stratum"] == stratum]
            assert sorted(own) == scores(strata[stratum])
            n, mean = len(own), Fraction(sum(own), len(own))
            error = (1 - Fraction(n, people)) * sum((score - mean) ** 2 for score in own) / (n - 1) / n if n > 1 else None
            found[round_, stratum] = mean, error
            overall += mean * people / sum(size for size, _ in STRATA.values())
            told.append(f"{round_} {stratum}: n {n}, mean {float(mean):.2f}, error {'none' if error is None else f'{float(error) ** 0.5:.2f}'}")
        assert overall == Fraction(MEANS[round_]), overall
        assert [stratum for stratum in STRATA if len(scores(strata[stratum])) == 1] == (["用水户协会"] if round_ == "2023-07" else [])
        phone = sum(row["mode"] == "phone" for row in done)
        asked = {row["entry"] for row in rows}
        unused = [row["stratum"] for row in drawn if row["entry"] not in asked]
        assert unused == ([] if round_ == "2023-07" else ["用水户协会"]), unused
        spare = f"{len(rows) - 600} of {len(drawn) - 600} replacements used"
        told.append(f"{round_}: {dict(Counter(row['outcome'] for row in rows))}, {phone} by telephone, {spare}, mean {float(overall):.4f}")
    for stratum, (difference, more) in CHANGED.items():
        (july, first), (december, second) = found["2023-07", stratum], found["2023-12", stratum]
        assert first is not None and second is not None and december - july == difference
        assert difference**2 > 4 * (first + second) if more else difference**2 < first + second
    return told


def check(tables: dict[str, list[Row]]) -> list[str]:
    """Asserts the planted cases; returns them in words."""
    assert len({row["name"] for row in tables["staff"]}) == len(tables["staff"]) == 41
    visits = tables["inspections"]
    found = [row for row in visits if row["finding"]]
    assert len(visits) == 30 and [row["inspection"] for row in found if row["circulated_on"] is None] == [f"CF-{UNCIRCULATED}"]
    assert visits[UNCIRCULATED - 1]["mode"] == "covert" and {row["aspect"] for row in found} == set(ASPECTS)
    assert [row["date"] for row in visits] == sorted(row["date"] for row in visits)
    modes = Counter((row["mode"], bool(row["finding"])) for row in visits)
    late = [row["measure"] for row in tables["measures"] if row["done_on"] and row["done_on"] > row["due"]]
    assert late == ["ZG-04"]
    return [*check_goals(), *check_survey(tables), f"visits {dict(modes)}, not circulated {visits[UNCIRCULATED - 1]}"]


def write(folder: Path, tables: dict[str, list[Row]]) -> None:
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    sample = make_tables()
    print("\n".join(check(sample)), *(f"{name}: {len(rows)}" for name, rows in sample.items()), sep="\n")
    write(Path(__file__).parent, sample)
