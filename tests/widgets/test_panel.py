"""The panel in a real JupyterLab: what it shows is what ``assess`` says, and everybody can use it."""

from urllib.parse import urlsplit

import pandas as pd
import pytest
from playwright.sync_api import expect

from perfkit import load_scheme
from perfkit.whatif.saved import FOLDER
from perfkit.widgets.experiment import balanced
from tests.widgets.conftest import Desk, Served, opened

FOCUSED = "() => { const e = document.activeElement; return e.getAttribute('aria-label') || e.textContent.trim(); }"
NAMELESS = """() => [...document.querySelectorAll('.perfkit-panel :is(.noUi-handle, input, select, textarea, button, summary, [contenteditable])')]
  .filter((e) => e.checkVisibility() && !(e.getAttribute('aria-label') || e.textContent).replace(/\\u200b/g, '').trim())
  .map((e) => e.outerHTML.slice(0, 200))"""
SECTIONS = ["组成与权重", "兑现", "评优", "个人绩效", "工作时间", "不参加", "一票否决", "小数位数", "档次"]


def test_every_kind_of_control_shows_what_assess_says(desk: Desk) -> None:
    shares = balanced({"A": 0.3, "B": 0.5, "C": 0.2}, "A", 0.4)
    changes: dict[str, object] = {"tiers.shares": shares}
    desk.nudge("各档处室比例（%） A档", "ArrowRight", 10)
    desk.shows(changes)
    desk.panel.get_by_label("各档名额取整办法", exact=True).select_option("进一取整")
    desk.shows(changes := {**changes, "tiers.rounding": "ceil"})
    desk.panel.get_by_role("checkbox", name="人均绩效时间（多者优先）").click()
    desk.shows(changes := {**changes, "tiers.tie_break": ["deductions"]})
    desk.nudge("各档处室系数 A档", "ArrowLeft", 1)
    desk.shows(changes := {**changes, "tiers.coefficients": {"A": 1.15, "B": 1.0, "C": 0.8}})
    desk.section("组成与权重")
    desk.nudge("月度绩效与群众评议的权重（%） 群众评议权重", "ArrowRight", 15)
    desk.shows(changes := {**changes, "components.monthly_plan.weight": 0.65, "components.appraisal.weight": 0.35})
    box = desk.panel.get_by_role("spinbutton", name="群众评议各等次分值（分） 优秀", exact=True)
    box.fill("96")
    box.press("Enter")
    desk.shows(changes := {**changes, "components.appraisal.points": {"优秀": 96.0, "良好": 85.0, "一般": 70.0, "较差": 50.0}})
    desk.section("工作时间")
    desk.panel.get_by_role("checkbox", name="批准的请假是否减少法定时间").click()
    desk.shows(changes := {**changes, "hours.leave_reduces": False})
    desk.section("不参加")
    desk.nudge("不参加个人考核的离岗月数（个月）", "ArrowLeft", 1)
    desk.shows({**changes, "exclusion.months": 2})
    desk.panel.get_by_role("button", name="撤销一步").click()
    expect(desk.summary.locator(".changes li")).to_have_count(8)
    desk.panel.get_by_role("button", name="恢复为方案原样").click()
    desk.shows({})


def test_an_impossible_setting_is_explained_at_the_control_and_the_last_view_stays(desk: Desk) -> None:
    desk.panel.get_by_role("checkbox", name="各档处室比例（%） 合计保持100%，其余按比例让出").click()
    before = desk.drawing.get_attribute("aria-label")
    desk.nudge("各档处室比例（%） A档", "ArrowRight", 1)
    fault = desk.panel.get_by_role("alert").filter(has_text="各项之和是 1.01，应当是 1。")
    expect(fault).to_be_visible()
    expect(desk.summary.locator(".stale")).to_contain_text("不能考核")
    assert desk.drawing.get_attribute("aria-label") == before
    desk.nudge("各档处室比例（%） C档", "ArrowLeft", 1)
    expect(fault).to_have_count(0)
    desk.shows({"tiers.shares": {"A": 0.31, "B": 0.5, "C": 0.19}})
    desk.panel.get_by_role("button", name="不强制分档").click()
    desk.shows({"tiers.shares": {"A": 0, "B": 1, "C": 0}})


def test_a_scenario_is_saved_opened_again_compared_and_run(desk: Desk, lab: Served) -> None:
    changes = {"tiers.shares": balanced({"A": 0.3, "B": 0.5, "C": 0.2}, "A", 0.35)}
    desk.nudge("各档处室比例（%） A档", "ArrowRight", 5)
    desk.shows(changes)
    panel = desk.panel
    panel.get_by_label("名称", exact=True).fill("下年草案")
    panel.get_by_role("button", name="保存", exact=True).click()
    expect(panel.get_by_role("alert")).to_contain_text("请写提出人")
    panel.get_by_label("提出人", exact=True).fill("张三")
    panel.get_by_label("理由", exact=True).fill("A档多一点")
    panel.get_by_role("button", name="保存", exact=True).click()
    file = lab.project.root / FOLDER / "下年草案.yaml"
    expect(panel.get_by_text("perfkit run planning-bureau 2023 --overlay params/what-if/下年草案.yaml")).to_be_visible()
    saved = file.read_bytes()
    assert load_scheme(lab.project.root / "params/planning-bureau.yaml", overlay=file).parameters["tiers.shares"].value == changes["tiers.shares"]
    desk.nudge("各档处室系数 C档", "ArrowLeft", 1)
    panel.get_by_role("button", name="保存", exact=True).click()
    expect(panel.get_by_role("button", name="不覆盖")).to_be_visible()
    assert file.read_bytes() == saved
    panel.get_by_role("button", name="不覆盖").click()
    expect(panel.get_by_role("button", name="覆盖已有的")).to_be_hidden()
    assert file.read_bytes() == saved

    again = opened(lab, desk.page)
    again.shows({})
    panel.get_by_label("试算", exact=True).select_option(label="下年草案｜张三")
    panel.get_by_role("button", name="打开", exact=True).click()
    again.shows(changes)
    panel.get_by_role("button", name="与方案并排").click()
    total = again.summary.locator(".whole").inner_text().split("兑现合计 ")[1].split(" 元")[0]
    expect(panel.get_by_role("table", name="几个方案并排").get_by_role("row", name="兑现合计（元）")).to_contain_text(total)

    done = lab.project.perfkit("run", "planning-bureau", "2023", "--overlay", str(file), "--division", "监察室", "--jobs", "2")
    assert done.returncode == 0, done.stderr
    payouts = pd.read_csv(next(lab.project.root.glob("outputs/planning-bureau/2023+下年草案*/**/results/payouts.csv")))
    assert f"{payouts.loc[payouts['kind'] != 'settlement', 'amount'].sum():,.2f}" == total
    file.unlink()


def test_every_control_has_a_name(desk: Desk) -> None:
    for section in SECTIONS:
        desk.section(section)
        expect(desk.panel.get_by_role("button", name=section, exact=True)).to_have_attribute("aria-pressed", "true")
        desk.page.wait_for_function(f"() => ({NAMELESS})().length === 0")


def test_the_keyboard_alone_is_enough(desk: Desk) -> None:
    page = desk.page

    def reach(name: str) -> None:
        for _ in range(150):
            page.keyboard.press("Tab")
            if page.evaluate(FOCUSED) == name:
                return
        pytest.fail(f"Tab does not reach {name!r}")

    desk.panel.get_by_role("button", name="不强制分档").focus()
    reach("各档处室比例（%） A档")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    desk.shows({"tiers.shares": balanced({"A": 0.3, "B": 0.5, "C": 0.2}, "A", 0.35)})
    reach("市政规划处")
    page.keyboard.press("Enter")
    ledger = desk.panel.get_by_role("table", name="市政规划处：得分从哪里来")
    expect(ledger).to_be_visible()
    expect(ledger.locator("tfoot")).to_contain_text("98.68")
    reach("收起")
    page.keyboard.press("Space")
    expect(ledger).to_have_count(0)
    reach("保存")


def test_the_stability_of_every_division_appears_after_a_pause(desk: Desk) -> None:
    strip = desk.panel.get_by_role("table", name="有多稳")
    expect(strip.get_by_role("columnheader")).to_have_text(["强制区分（现用）", "按分数段"])
    expect(strip.get_by_role("rowheader")).to_have_count(8)
    expect(strip.get_by_role("img").first).to_have_attribute("aria-label", "A 100%、B 0%、C 0%")


def test_a_move_brings_nothing_but_the_kernels_messages(desk: Desk) -> None:
    fetched: list[str] = []
    desk.page.on("request", lambda request: fetched.append(urlsplit(request.url).path))
    desk.nudge("各档处室系数 A档", "ArrowRight", 3)
    desk.shows({"tiers.coefficients": {"A": 1.35, "B": 1.0, "C": 0.8}})
    assert not [path for path in fetched if not path.startswith(("/api/", "/lab/api/"))]


def test_jupyterlab_speaks_chinese_shows_no_news_and_keeps_its_settings_to_itself(desk: Desk, lab: Served) -> None:
    expect(desk.page.get_by_role("menuitem", name="文件")).to_be_visible()
    expect(desk.page.locator(".Toastify__toast, .jp-Dialog")).to_have_count(0)
    assert not list((lab.project.root / "home").rglob("*settings*"))
