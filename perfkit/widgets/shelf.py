"""Scenarios on file: save under a name with author and reason, open again, set side by side."""

from collections.abc import Callable
from html import escape
from pathlib import Path

import ipywidgets as widgets

from perfkit.assessment import Assessment
from perfkit.language import Lang, say
from perfkit.problems import InputError, UsageError
from perfkit.scheme import Scheme
from perfkit.whatif import compare
from perfkit.whatif.saved import FOLDER, ScenarioFile, read_scenario, save_scenario, scenarios
from perfkit.widgets import view
from perfkit.widgets.experiment import Experiment
from perfkit.widgets.knobs import boxes

TEXT = {"description_width": "72px"}


class Shelf:
    """The forms below the view. ``opened`` is called after the experiment took a scenario."""

    def __init__(self, result: Assessment, experiment: Experiment, root: Path, lang: Lang, money: bool, opened: Callable[[], None]) -> None:
        self.result, self.experiment, self.root, self.lang, self.money, self.opened = result, experiment, root, lang, money, opened
        self.files: list[ScenarioFile] = []
        wide = widgets.Layout(width="auto", flex="1 1 240px", margin="2px 8px 2px 0")
        self.name = widgets.Text(description=self._say("name"), placeholder=self._say("name_hint"), layout=wide, style=TEXT)
        self.author = widgets.Text(description=self._say("author"), layout=wide, style=TEXT)
        self.why = widgets.Text(description=self._say("why"), layout=widgets.Layout(width="auto", flex="2 1 480px", margin="2px 8px 2px 0"), style=TEXT)
        save = widgets.Button(description=self._say("save"), button_style="primary")
        self.confirm = widgets.Button(description=self._say("replace"), button_style="danger")
        self.refuse = widgets.Button(description=self._say("keep"))
        self.asked = boxes([self.confirm, self.refuse])
        self.said = widgets.HTML()
        self.saved = widgets.SelectMultiple(description=self._say("saved"), rows=5, layout=widgets.Layout(width="auto", flex="1 1 360px"), style=TEXT)
        self.open = widgets.Button(description=self._say("open_one"))
        self.beside = widgets.Button(description=self._say("compare"))
        self.compared = widgets.HTML()
        save.on_click(lambda _: self.save())
        self.confirm.on_click(lambda _: self.save(replace=True))
        self.refuse.on_click(lambda _: self._tell(""))
        self.open.on_click(lambda _: self._open())
        self.beside.on_click(lambda _: self._compare())
        self._tell("")
        self.box = widgets.VBox([
            widgets.HTML(f"<h3>{escape(self._say('save_heading'))}</h3>"), boxes([self.name, self.author], wrap=True), boxes([self.why, save], wrap=True),
            self.said, self.asked, widgets.HTML(f"<h3>{escape(self._say('saved_heading'))}</h3>"),
            boxes([self.saved, widgets.VBox([self.open, self.beside])], wrap=True), self.compared,
        ])  # fmt: skip
        self.look()

    def look(self) -> None:
        """Read again which scenarios there are."""
        self.files = scenarios(self.root, self.experiment.plan)
        self.saved.options = [(_labelled(each, self.lang), each.name) for each in self.files]

    def save(self, replace: bool = False) -> None:
        """Write the present changes; a file that is there already is replaced only after it was asked."""
        try:
            path = save_scenario(self.root, self.experiment.plan, self.experiment.changes, self.name.value.strip(), self.author.value, self.why.value, replace)
        except UsageError as error:
            self._tell(error.text(self.lang), fault=True, ask=error.key == "scenario_exists")
        except InputError as error:
            self._tell(" ".join(view.problems(error, self.lang).values()), fault=True)
        except OSError as error:
            self._tell(self._say("cannot_write", error=error.strerror or str(error)), fault=True)
        else:
            plan = self.experiment.plan
            command = f"perfkit run {plan.name} {self.result.period} --overlay {(FOLDER / path.name).as_posix()}"
            self._tell(self._say("saved_as", path=(FOLDER / path.name).as_posix()), command=command)
            self.look()

    def take(self, file: ScenarioFile) -> None:
        """Put a scenario's changes in the place of the present ones."""
        try:
            self.experiment.take(read_scenario(file.path, self.experiment.plan))
        except InputError as error:
            self._tell(" ".join(each.text(self.lang) for each in error.problems), fault=True)
        else:
            self._tell(self._say("opened", name=file.label(self.lang)))
            self.opened()

    def _open(self) -> None:
        chosen = self._chosen()
        if len(chosen) == 1:
            self.take(chosen[0])
        else:
            self._tell(self._say("choose_one"), fault=True)

    def _compare(self) -> None:
        """The chosen scenarios beside the plan, and the present changes if there are any."""
        chosen = self._chosen()
        schemes: list[Scheme] = []
        labels: list[str] = []
        try:
            if self.experiment.changes:
                schemes, labels = [self.experiment.scheme], [self._say("now")]
            for each in chosen:
                schemes.append(self.experiment.plan.changed(read_scenario(each.path, self.experiment.plan)))
                labels.append(each.label(self.lang))
            if not schemes:
                self._tell(self._say("choose_some"), fault=True)
                return
            found = compare(self.result, *schemes)
        except InputError as error:
            self._tell(" ".join(each.text(self.lang) for each in error.problems), fault=True)
            return
        self._tell("")
        self.compared.value = view.comparison(found, labels, self.result.records.names("divisions"), self.lang, self.money)

    def _chosen(self) -> list[ScenarioFile]:
        return [each for each in self.files if each.name in self.saved.value]

    def _say(self, key: str, **values: object) -> str:
        return say(f"panel.{key}", self.lang, **values)

    def _tell(self, text: str, fault: bool = False, ask: bool = False, command: str = "") -> None:
        """A line under the form; with a question, the two answers."""
        code = f" <code>{escape(command)}</code>" if command else ""
        role = "alert" if fault else "status"
        self.said.value = f'<p role="{role}" class="{"fault" if fault else "said"}">{escape(text)}{code}</p>' if text else ""
        self.asked.layout.display = "" if ask else "none"


def _labelled(file: ScenarioFile, lang: Lang) -> str:
    label = file.label(lang)
    return f"{label}｜{file.author}" if label == file.name else f"{label}（{file.name}）｜{file.author}"
