"""The controls of the panel as widgets: one section at a time, each with a name, its source, and what stands against its value."""

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from html import escape
from typing import Any

import ipywidgets as widgets

from perfkit.language import Lang, say
from perfkit.widgets.controls import Control, Group, groups
from perfkit.widgets.experiment import Experiment

WIDE = widgets.Layout(width="auto", margin="0 0 2px 0")
SHORT = 4  # characters; longer labels want more room beside the control
UNBOUNDED = 1e12  # a number box wants an upper end


class Knobs:
    """Widgets for the sections of a scheme, made when a section is first shown and kept in step with the experiment.

    ``changed`` is called with the control's parameter after the experiment took the value.
    """

    def __init__(self, experiment: Experiment, lang: Lang, changed: Callable[[str], None]) -> None:
        self.experiment, self.lang, self.changed = experiment, lang, changed
        self._sections: dict[str, widgets.VBox] = {}
        self._held: list[tuple[Control, widgets.Widget]] = []
        self._faults: dict[str, widgets.HTML] = {}
        self._quiet = False  # while the panel itself sets values

    def section(self, name: str) -> widgets.VBox:
        """The controls of one section."""
        if name not in self._sections:
            self._sections[name] = widgets.VBox([self._group(each) for each in groups(self.experiment.plan, name, self.lang)])
            self.refresh()
        return self._sections[name]

    def refresh(self) -> None:
        """Let every control show the experiment's value, and mark those that differ from the plan."""
        self._quiet = True
        try:
            for control, widget in self._held:
                self._show(control, widget)
                differs = control.path in self.experiment.changes
                if differs != ("differs" in widget._dom_classes):
                    (widget.add_class if differs else widget.remove_class)("differs")
        finally:
            self._quiet = False

    def explain(self, problems: Mapping[str, str]) -> list[str]:
        """Show each problem at the control of its parameter; returns the texts that have no control here."""
        texts: dict[str, str] = {}
        elsewhere = []
        for path, text in problems.items():
            place = next((each for each in self._faults if path == each or path.startswith(f"{each}.")), None)
            if place is None:
                elsewhere.append(text)
            else:
                texts[place] = text
        for path, widget in self._faults.items():
            widget.value = f'<p role="alert" class="fault">{escape(texts[path])}</p>' if path in texts else ""
        return elsewhere

    def _group(self, group: Group) -> widgets.VBox:
        single = len(group.controls) == 1
        lock = widgets.Checkbox(True, description=say("panel.keep_sum", self.lang), indent=False, layout=WIDE)
        made = [self._control(each, group, lock) for each in group.controls]
        if all(each.form == "flag" and each.entry for each in group.controls):
            made = [widgets.Box(made, layout=widgets.Layout(flex_flow="row wrap"))]
        faults = [widgets.HTML() for _ in group.paths]
        self._faults |= dict(zip(group.paths, faults, strict=True))
        head = [] if single else [widgets.HTML(f'<h4 class="group">{escape(group.title)}</h4>')]
        source = widgets.HTML(f'<details class="source"><summary>{escape(_short(group.source))}</summary>{escape(group.source)}</details>')
        box = widgets.VBox([*head, *made, *([lock] if group.together else []), *faults, source])
        box.add_class("group")
        return box

    def _control(self, control: Control, group: Group, lock: widgets.Checkbox) -> widgets.Widget:
        common: dict[str, Any] = {"description": group.title if len(group.controls) == 1 else control.label}
        longest = max(len(each.label) for each in group.controls) if len(group.controls) > 1 else len(group.title)
        style = {"description_width": "64px" if longest <= SHORT else "152px"}
        number = {"step": int(control.step) if control.whole else control.step, "layout": WIDE, "style": style, **common}
        if control.form == "slider":
            kind = widgets.IntSlider if control.whole else widgets.FloatSlider
            widget = kind(min=_end(control.low, control), max=_end(control.high, control), readout_format="d" if control.whole else "", **number)
        elif control.form == "number":
            low, high = -UNBOUNDED if control.low is None else control.low, UNBOUNDED if control.high is None else control.high
            widget = (widgets.BoundedIntText if control.whole else widgets.BoundedFloatText)(min=_end(low, control), max=_end(high, control), **number)
        elif control.form == "choice":
            widget = widgets.Dropdown(options=[label for label, _ in control.options], layout=WIDE, style=style, **common)
        else:
            widget = widgets.Checkbox(indent=False, layout=widgets.Layout(width="auto", margin="0 14px 2px 0"), **common)
        self._held.append((control, widget))
        self._show(control, widget)
        widget.observe(partial(self._moved, control, group, lock), "index" if control.form == "choice" else "value")
        return widget

    def _show(self, control: Control, widget: Any) -> None:
        """The experiment's value in its control."""
        self._quiet, before = True, self._quiet
        whole = self.experiment.value(control.path)
        if control.form == "choice":
            wanted = [index for index, (_, each) in enumerate(control.options) if each == whole and type(each) is type(whole)]
            widget.index = wanted[0] if wanted else None
        elif control.form == "flag":
            widget.value = control.entry in whole if control.entry else bool(whole)
        else:
            value = whole[control.entry] if control.entry else whole
            widget.value = control.shows(value)
        self._quiet = before

    def _moved(self, control: Control, group: Group, lock: widgets.Checkbox, change: Mapping[str, Any]) -> None:
        """A control was moved by hand."""
        if self._quiet or change["new"] is None:
            return
        experiment, now = self.experiment, time.monotonic()
        if control.form == "choice":
            experiment.put(control.path, control.options[change["new"]][1], now=now)
        elif control.form == "flag" and control.entry:
            held = {*experiment.value(control.path)} ^ {control.entry}
            experiment.put(control.path, [each for each, _ in control.options if each in held], now=now)
        elif group.together and lock.value and control.entry:
            experiment.share(control.path, control.entry, control.means(change["new"]), now)
        elif group.together and lock.value:
            experiment.weigh(group.paths, control.path, control.means(change["new"]), now)
        else:
            experiment.put(control.path, control.means(change["new"]), control.entry, now)
        self.changed(control.path)
        experiment.shown(time.monotonic())


def _end(bound: float | None, control: Control) -> float:
    return int(bound or 0) if control.whole else bound or 0.0


def _short(text: str, most: int = 34) -> str:
    """The beginning of a text that can be unfolded."""
    return text if len(text) <= most else text[: most - 1] + "…"


def boxes(rows: Iterable[widgets.Widget], wrap: bool = False) -> widgets.Box:
    """Widgets side by side."""
    return widgets.Box(list(rows), layout=widgets.Layout(flex_flow="row wrap" if wrap else "row", align_items="center"))
