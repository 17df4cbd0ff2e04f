"""The workbook as people open it: JupyterLab and Voilà in Chromium, on a copy of the project."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from perfkit import assess, load_records, load_scheme
from perfkit.assessment import Assessment
from perfkit.language import say
from perfkit.report.view import number
from tests.workbook.conftest import Project, copied

PATIENCE = 60_000  # milliseconds; what a busy machine may take for anything
READY = """() => {
  const panel = window.jupyterapp?.shell.currentWidget;
  return panel?.sessionContext?.isReady && panel.context?.isReady && panel.sessionContext.session?.kernel?.connectionStatus === 'connected'
    && panel.content.widgets.length > 1;
}"""


@dataclass(frozen=True)
class Served:
    """A server on a copy of the project, and the address it gave."""

    project: Project
    url: str

    @property
    def base(self) -> str:
        return re.split(r"/(?=doc|\?)", self.url)[0]

    @property
    def token(self) -> str:
        return self.url.rpartition("token=")[2]

    def sessions(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.base}/api/sessions?token={self.token}", timeout=60) as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return found

    def end_sessions(self) -> None:
        for session in self.sessions():
            request = urllib.request.Request(f"{self.base}/api/sessions/{session['id']}?token={self.token}", method="DELETE")
            urllib.request.urlopen(request, timeout=60).close()


@contextmanager
def served(kind: str, folder: Path, *arguments: str) -> Iterator[Served]:
    """``perfkit lab`` or ``app`` until it is no longer needed."""
    project = copied(folder)
    command = [sys.executable, "-m", "perfkit", kind, "planning-bureau", "--no-browser", "--project", str(project.root), *arguments]
    home = folder / "home"
    home.mkdir()
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "HOME": str(home), "JUPYTER_CONFIG_DIR": str(home), "JUPYTER_DATA_DIR": str(home)}
    with (folder / "server.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=log, encoding="utf-8")
        try:
            assert process.stdout is not None
            found = re.search(r"http\S+", process.stdout.readline())
            assert found, (folder / "server.log").read_text(encoding="utf-8")
            one = Served(project, found[0])
            _listens(one, process)
            yield one
        finally:
            process.send_signal(signal.SIGTERM)
            if process.stdout:
                process.stdout.close()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(60)


def _listens(one: Served, process: subprocess.Popen[str]) -> None:
    """Ask until somebody answers, whatever the answer."""
    while process.poll() is None:
        try:
            urllib.request.urlopen(f"{one.base}/nothing-here", timeout=60).close()
        except urllib.error.HTTPError as answer:
            answer.close()
            return
        except OSError:
            continue
        else:
            return
    raise AssertionError("the server ended before it answered")


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served("lab", tmp_path_factory.mktemp("lab") / "绩效 project") as one:
        yield one


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served("app", tmp_path_factory.mktemp("app") / "绩效 project") as one:
        yield one


@dataclass
class Desk:
    """The panel in a page, and what it ought to show."""

    page: Page
    project: Project

    @cached_property
    def _records(self) -> Any:
        return load_records(self.project.root / "data/planning-bureau")

    def assessed(self, changes: Mapping[str, Any]) -> Assessment:
        return assess(load_scheme(self.project.root / "params/planning-bureau.yaml", set=changes), self._records, "2023")

    @property
    def panel(self) -> Locator:
        return self.page.locator(".perfkit-panel")

    @property
    def summary(self) -> Locator:
        return self.panel.locator(".summary")

    @property
    def drawing(self) -> Locator:
        return self.panel.locator("svg[role=img]")

    def shows(self, changes: Mapping[str, Any]) -> None:
        """The page shows what ``assess`` makes of these changes: the total to the cent, every division's score and tier."""
        result = self.assessed(changes)
        paid = result.payouts[result.payouts["kind"] != "settlement"]
        expect(self.summary.locator(".whole")).to_contain_text(f"兑现合计 {number(paid['amount'].sum())} 元")
        expect(self.summary.locator(".changes li")).to_have_count(len(changes))
        text = self.drawing.get_attribute("aria-label") or ""
        names = result.records.names("divisions")
        for row in result.divisions.itertuples():
            assert f"{names[row.division]} {number(row.score)} {row.tier}" in text
        for kind, amount in paid.groupby("kind")["amount"].sum().items():
            expect(self.panel.get_by_role("row", name=say(f"kind.{kind}", "zh")).get_by_role("cell").nth(1)).to_have_text(number(amount))

    def section(self, name: str) -> None:
        self.panel.get_by_role("button", name=name, exact=True).click()

    def slider(self, name: str) -> Locator:
        return self.panel.get_by_role("slider", name=name, exact=True)

    def nudge(self, name: str, key: str, times: int) -> None:
        handle = self.slider(name)
        handle.focus()
        for _ in range(times):
            handle.press(key)


def opened(served_lab: Served, page: Page) -> Desk:
    """The workbook in JupyterLab, run from the top."""
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page.goto(served_lab.url + "&reset")
    page.wait_for_function(READY)
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    desk = Desk(page, served_lab.project)
    expect(desk.drawing).to_be_visible()
    expect(desk.slider("各档处室比例（%） A档")).to_be_visible()
    return desk


@pytest.fixture
def desk(lab: Served, chromium: Browser) -> Iterator[Desk]:
    """A fresh kernel and a fresh page."""
    page = chromium.new_page(viewport={"width": 1400, "height": 1000})
    yield opened(lab, page)
    page.close()
    lab.end_sessions()
