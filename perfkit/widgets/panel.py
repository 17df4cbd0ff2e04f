"""The what-if panel: controls on the left, what they bring on the right, scenarios on file below."""

import asyncio
import gc
from collections.abc import Callable, Mapping
from functools import partial
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

import ipywidgets as widgets
from IPython.display import Javascript, display

from perfkit.assessment import Assessment, assess
from perfkit.language import Lang, localised, say
from perfkit.problems import InputError, UsageError
from perfkit.project import found, project_root
from perfkit.records import load_records
from perfkit.scheme import Scheme, load_scheme
from perfkit.whatif import compare
from perfkit.whatif.attribution import changed
from perfkit.whatif.live import Beside, Live
from perfkit.whatif.sensitivity import Sensitivity, sensitivity
from perfkit.widgets import chart, view
from perfkit.widgets.controls import SECTIONS
from perfkit.widgets.experiment import Experiment
from perfkit.widgets.knobs import Knobs, boxes
from perfkit.widgets.shelf import Shelf

REST = 1.0  # seconds without a change before the stability is worked out
DRAWS, NOISE, SEED = 500, 0.1, 1


def open_panel(
    scheme: str, period: str, division: str = "", overlay: str = "", overrides: str = "", edition: str = "internal", lang: Lang = "zh",
) -> "Panel":  # fmt: skip
    """The panel on one period of a bureau; the arguments are the parameters every notebook declares.

    It starts from the plan; ``overlay`` and ``overrides`` are laid over it as the first changes. The public edition
    shows neither people nor money.
    """
    root = project_root(Path.cwd())
    path = found(scheme, root)
    plan = load_scheme(path)
    if not plan.spec.has("tiers"):
        raise UsageError("no_tiers", scheme=plan.name)
    result = assess(plan, load_records(found(plan.spec.records, root)), period)
    experiment = Experiment(plan)
    other = load_scheme(path, [found(each, root) for each in overlay.split(";") if each], overrides)
    experiment.changes |= {name: other.parameters[name].value for name in changed(plan, other)}
    panel = Panel(result, experiment, root, lang, money=edition == "internal")
    if division:
        panel.open_ledger(result.subject(division))
    _settle()
    return panel


def _settle() -> None:
    """Spare the garbage collector what stays anyway: it would look through all of it several times a second while a slider is dragged."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


class Panel:
    """A view of one experiment. What is shown last and works stays while the controls say something impossible."""

    def __init__(self, result: Assessment, experiment: Experiment, root: Path, lang: Lang, money: bool = True) -> None:
        self.result, self.experiment, self.lang, self.money = result, experiment, lang, money
        self.names = {**(result.records.names("staff") if money else {}), **result.records.names("divisions")}
        self.tiers = list(result.scheme.spec.tiers.shares.value)
        self.knobs = Knobs(experiment, lang, self.refresh)
        self.shelf = Shelf(result, experiment, root, lang, money, self.refresh)
        self.beside = Beside(result)
        self.scheme: Scheme = result.scheme  # what is shown; the controls may say something that cannot be
        self.shown: Mapping[str, Any] = {}
        self.live: Live = self.beside.under(self.scheme)
        self.order = [row.subject for row in chart.order(self.live.divisions)]
        self._waiting: asyncio.TimerHandle | None = None
        self._ledgers: dict[str, Assessment] = {"{}": result}
        self.summary, self.drawing, self.tables, self.stable, self.causes = (widgets.HTML() for _ in range(5))
        self.ledger, self.close = widgets.HTML(), self._button("close", lambda: self._show_ledger(""))
        self.box = self._arranged()
        self._show_ledger("")
        self.refresh()

    def _ipython_display_(self) -> None:
        display(Javascript(files("perfkit.widgets").joinpath("names.js").read_text(encoding="utf-8")))
        display(self.box)

    def refresh(self, path: str = "") -> None:
        """Assess what the controls say and show it; ``path`` is the parameter that was moved last."""
        try:
            scheme = self.experiment.scheme
            live = self.beside.under(scheme)
        except InputError as error:
            self._explain(error, path)
        else:
            self.scheme, self.live, self.shown = scheme, live, dict(self.experiment.changes)
            self._draw()
            self.knobs.explain({})
            self.causes.value = ""
            self._show_ledger("")
            self._later()
        # Last, as what is sent takes time from what is worked out.
        self.knobs.refresh()
        self.undo.disabled = not self.experiment.can_undo
        self.reset.disabled = not self.experiment.changes

    def _draw(self) -> None:
        shown = (
            view.summary(self.live, self.shown, self.result.scheme, self.lang, self.money),
            chart.chart(self.live.divisions, self.tiers, self.names, self.lang, self.scheme.spec.tiers.fixed),
            view.tables(self.live, self.tiers, self.names, self.lang, self.money),
        )
        self.summary.value, self.drawing.value, self.tables.value = shown

    def _explain(self, error: InputError, path: str) -> None:
        """Say at the control what is impossible, and that the view is of before."""
        problems = view.problems(error, self.lang)
        unnamed = problems.pop("", "")
        if unnamed and path:
            problems[path] = f"{problems.get(path, '')} {unnamed}".strip()
        elsewhere = self.knobs.explain(problems)
        text = " ".join([say("panel.stale", self.lang), *elsewhere])
        self.summary.value = view.summary(self.live, self.shown, self.result.scheme, self.lang, self.money, stale=text)

    def open_ledger(self, division: str) -> None:
        """Show where a division's score comes from in what is shown; assesses the scenario in full."""
        self._show_ledger(f'<p role="status">{escape(say("panel.working", self.lang))}</p>')
        key = repr(self.shown)
        if key not in self._ledgers:
            self._ledgers = {"{}": self.result, key: assess(self.scheme, self.result.records, self.result.period)}
        whole = self._ledgers[key]
        self._show_ledger(view.ledger(whole.explain(division), self.names.get(division, division), whole.scheme, self.names, self.lang))

    def _show_ledger(self, html: str) -> None:
        self.ledger.value = html
        self.close.layout.display = "" if html else "none"

    def _show_causes(self) -> None:
        try:
            self.causes.value = view.causes(compare(self.result, self.scheme), self.names, self.lang)
        except UsageError as error:
            self.causes.value = f'<p role="alert" class="fault">{escape(error.text(self.lang))}</p>'

    def _undo(self) -> None:
        self.experiment.undo()
        self.refresh()

    def _reset(self) -> None:
        self.experiment.reset()
        self.refresh()

    def _later(self) -> None:
        """Work the stability out once nothing has moved for a while; beside the controls, so that they stay quick."""
        if self._waiting:
            self._waiting.cancel()
        self.stable.add_class("old")
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # no kernel: nobody moves anything
            return
        self._waiting = loop.call_later(REST, lambda: setattr(self, "_task", loop.create_task(self._stability())))

    async def _stability(self) -> None:
        mine = self._waiting
        work = partial(sensitivity, self.scheme, self.result.records, self.result.period, draws=DRAWS, noise=NOISE, seed=SEED)
        try:
            outcome: Sensitivity = await asyncio.get_running_loop().run_in_executor(None, work)
        except (InputError, UsageError):  # a month has no tiers
            return
        if self._waiting is mine:
            used = self.scheme.spec.tiers.method.value
            self.stable.value = view.stability(outcome.methods, used, self.order[: chart.MOST], self.names, self.lang)
            self.stable.remove_class("old")

    def _button(self, key: str, action: Callable[[], None], **values: object) -> widgets.Button:
        button = widgets.Button(description=say(f"panel.{key}", self.lang, **values), layout=widgets.Layout(width="auto"))
        button.on_click(lambda _: action())
        return button

    def _arranged(self) -> widgets.VBox:
        """Everything in its place."""
        self.undo, self.reset = self._button("undo", self._undo), self._button("reset", self._reset)
        presets = [self._preset(each) for each in self.shelf.files if each.title]
        bar = boxes([self.reset, *presets, self.undo], wrap=True)
        sections = widgets.ToggleButtons(options=[(say(f"section.{each}", self.lang), each) for each in SECTIONS], tooltip=say("panel.sections", self.lang),
                                         style={"button_width": "auto"})  # fmt: skip
        shown = widgets.VBox([self.knobs.section(SECTIONS[0])])
        sections.observe(lambda change: setattr(shown, "children", [self.knobs.section(change["new"])]), "value")
        left = widgets.VBox([sections, shown], layout=widgets.Layout(flex="1 1 250px", min_width="230px", max_width="520px", margin="0 20px 0 0"))
        causes = self._button("why_moved", self._show_causes)
        right = widgets.VBox([self.summary, self._chart_box(), boxes([self.close]), self.ledger, self.tables, boxes([causes]), self.causes, self.stable],
                             layout=widgets.Layout(flex="2 1 460px", min_width="0"))  # fmt: skip
        for each, name in ((left, "knobs"), (right, "view"), (self.shelf.box, "shelf"), (bar, "bar")):
            each.add_class(name)
        middle = widgets.Box([left, right], layout=widgets.Layout(flex_flow="row wrap-reverse", align_items="flex-end"))
        style = widgets.HTML(f"<style>{files('perfkit.widgets').joinpath('panel.css').read_text(encoding='utf-8')}</style>")
        box = widgets.VBox([style, bar, middle, self.shelf.box])
        box.add_class("perfkit-panel")
        return box

    def _preset(self, file: Any) -> widgets.Button:
        button = widgets.Button(description=file.label(self.lang), tooltip=localised(file.why, self.lang), layout=widgets.Layout(width="auto"))
        button.on_click(lambda _: self.shelf.take(file))
        return button

    def _chart_box(self) -> widgets.Box:
        """The drawing with a button a division beside its row; with too many rows a list to choose from."""
        if len(self.order) <= chart.MOST:
            rows = [self._division(each) for each in self.order]
            beside = widgets.VBox(rows, layout=widgets.Layout(flex="0 0 auto", width="172px", margin=f"{chart.TOP}px 0 0 0"))
            beside.add_class("divisions")
            self.drawing.layout = widgets.Layout(flex="1 1 0", min_width="0", width="auto", margin="0")
            return boxes_top([beside, self.drawing])
        choice = widgets.Dropdown(options=[(self.names.get(each, each), each) for each in self.order], description=say("column.division", self.lang))
        show = self._button("show_ledger", lambda: self.open_ledger(choice.value))
        self.drawing.layout = widgets.Layout(width="auto", margin="0")
        return widgets.VBox([self.drawing, boxes([choice, show])])

    def _division(self, division: str) -> widgets.Button:
        name = self.names.get(division, division)
        button = widgets.Button(description=name, tooltip=say("panel.open_ledger", self.lang, division=name),
                                layout=widgets.Layout(width="auto", height=f"{chart.ROW}px", margin="0"))  # fmt: skip
        button.on_click(lambda _: self.open_ledger(division))
        return button


def boxes_top(rows: list[widgets.Widget]) -> widgets.Box:
    """Widgets side by side, their upper edges on one line."""
    return widgets.Box(rows, layout=widgets.Layout(flex_flow="row", align_items="flex-start", width="100%"))
