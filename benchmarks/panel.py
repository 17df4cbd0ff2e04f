"""From a slider to the redrawn page: the what-if panel in a real JupyterLab and Chromium.

``python -m benchmarks.panel`` presses an arrow key on each of three sliders, waits until the page shows the new figures
and the browser has drawn them, and gives the median. Then it drags one for two seconds and says how long the page still
moves afterwards. ``--people`` puts the large made-up bureau in the place of the sample. ``--app`` opens the page under
Voilà instead, where nothing from outside the machine is ever answered, and says how long it takes to appear.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
PATIENCE = 180_000
VISITS = 5
READY = """() => {
  const panel = window.jupyterapp?.shell.currentWidget;
  return panel?.sessionContext?.isReady && panel.context?.isReady && panel.sessionContext.session?.kernel?.connectionStatus === 'connected'
    && panel.content.widgets.length > 1;
}"""
SLIDERS = {"各档处室系数 A档": "档次", "各档处室比例（%） A档": "档次", "月度绩效与群众评议的权重（%） 月度绩效权重": "组成与权重"}
# One press of an arrow key, until the summary is another and the next frame has been drawn.
PRESS = """([name, key]) => new Promise((done) => {
  const handle = document.querySelector(`.perfkit-panel .noUi-handle[aria-label="${name}"]`);
  const view = document.querySelector(".perfkit-panel .view");
  const changed = new MutationObserver(() => {
    if (view.querySelector(".summary")?.textContent === before) return;
    changed.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun)));
  });
  const before = view.querySelector(".summary").textContent;
  changed.observe(view, { childList: true, subtree: true, characterData: true });
  handle.focus();
  const begun = performance.now();
  handle.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
})"""
# After a drag: how long until the page has stood still for a second.
REST = """() => new Promise((done) => {
  const view = document.querySelector(".perfkit-panel .view");
  const begun = performance.now();
  let last = begun, timer;
  const still = () => { clearTimeout(timer); timer = setTimeout(() => { watch.disconnect(); done(last - begun); }, 900); };
  const watch = new MutationObserver(() => { last = performance.now(); still(); });
  watch.observe(view.querySelector(".widget-html"), { childList: true, subtree: true });
  still();
})"""


@contextmanager
def served(kind: str, project: Path) -> Iterator[str]:
    """``perfkit lab`` or ``perfkit app`` on a copy of the project; gives its address."""
    command = [sys.executable, "-m", "perfkit", kind, "planning-bureau", "--no-browser", "--project", str(project)]
    with (project / "server.log").open("w") as log, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, encoding="utf-8") as process:  # noqa: S603
        assert process.stdout is not None
        found = re.search(r"http\S+", process.stdout.readline())
        assert found, (project / "server.log").read_text()
        while process.poll() is None:
            try:
                urllib.request.urlopen(re.sub(r"/(doc|\?).*", "/nothing-here", found[0]))  # noqa: S310
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.1)
            else:
                break
        try:
            yield found[0]
        finally:
            process.terminate()


def pressed(page: Page, slider: str, times: int) -> list[float]:
    """Milliseconds from each key press to the drawn page; there and back, so that every press changes something."""
    page.click(f".perfkit-panel button:text-is('{SLIDERS[slider]}')")
    page.wait_for_selector(f".perfkit-panel .noUi-handle[aria-label='{slider}']")
    found = []
    for turn in range(times + 2):
        found.append(float(page.evaluate(PRESS, [slider, "ArrowRight" if turn % 20 < 10 else "ArrowLeft"])))
        page.wait_for_timeout(40)
    return found[2:]  # the first are compiled and cached


def dragged(page: Page, slider: str) -> float:
    """Milliseconds the page still moves after a slider was dragged for two seconds."""
    page.click(f".perfkit-panel button:text-is('{SLIDERS[slider]}')")
    box = page.locator(f".perfkit-panel .noUi-handle[aria-label='{slider}']").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    end = time.perf_counter() + 2
    while (left := end - time.perf_counter()) > 0:
        page.mouse.move(x + 80 * (1 - abs(left - 1)), y)
    page.mouse.up()
    return float(page.evaluate(REST))


def appeared(browser: Browser, url: str) -> float:
    """Seconds until a visitor sees the chart, while every request that leaves the machine hangs."""
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(PATIENCE)
    page.route("**/*", lambda route: route.continue_() if urlsplit(route.request.url).hostname == "127.0.0.1" else None)
    begun = time.perf_counter()
    page.goto(url)
    page.wait_for_selector(".perfkit-panel svg[role=img]")
    taken = time.perf_counter() - begun
    page.wait_for_timeout(15_000)  # the next visitor's kernel gets ready
    page.close()
    return taken


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--times", type=int, default=40)
    options.add_argument("--people", type=int, default=0, help="that many people of the made-up bureau instead of the sample")
    options.add_argument("--app", action="store_true", help="how soon the page under Voilà appears, the network hanging")
    given = options.parse_args()
    with TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        for name in ("params", "notebooks", "data"):
            shutil.copytree(ROOT / name, project / name)
        if given.people:
            _enlarge(project, given.people)
        with served("app" if given.app else "lab", project) as url, sync_playwright() as play:
            path = os.environ.get("PERFKIT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
            browser = play.chromium.launch(executable_path=path, args=FLAGS)
            if given.app:
                taken = [appeared(browser, url) for _ in range(VISITS)]
                print(f"{VISITS} visits: median {median(taken):.1f} s, longest {max(taken):.1f}")
                return
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            page.set_default_timeout(PATIENCE)
            page.goto(url + "&reset")
            page.wait_for_function(READY)
            page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
            page.wait_for_selector(".perfkit-panel svg[role=img]")
            page.wait_for_timeout(3000)
            everything = []
            for slider in SLIDERS:
                taken = pressed(page, slider, given.times)
                everything += taken
                ordered = sorted(taken)
                print(f"{slider}: median {median(taken):.0f} ms, best {ordered[0]:.0f}, nine in ten within {ordered[len(taken) * 9 // 10]:.0f}")
            print(f"all: median {median(everything):.0f} ms of {len(everything)}")
            print(f"after two seconds of dragging the page moves for another {dragged(page, '各档处室比例（%） A档'):.0f} ms")


def _enlarge(project: Path, people: int) -> None:
    """Put the records of a large made-up bureau in the place of the sample's."""
    from benchmarks.large_bureau import large_bureau
    from perfkit.records.schema import TABLES

    records = large_bureau(max(people // 12, 8), people)
    for name, table in records.tables.items():
        wanted = [column.name for column in TABLES[name].columns]
        table[[each for each in wanted if each in table]].to_csv(project / "data/planning-bureau" / f"{name}.csv", index=False, encoding="utf-8-sig")


if __name__ == "__main__":
    main()
