"""How heavy the pages of a published year are, beside what nbconvert makes of the same notebooks, and how soon they are complete.

``python -m benchmarks.pages outputs/planning-bureau/2023/internal/zh`` reads the site of a run, converts the notebooks that lie beside its reports with
nbconvert's own templates, and opens pages of every kind in headless Chromium: once with the network cut, once with one that never answers.
"""

import argparse
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from nbconvert import HTMLExporter
from playwright.sync_api import Browser, Error, Page, sync_playwright

from perfkit.periods import kind_of
from perfkit.workbook.printing import browser

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
THEIRS = ("lab", "basic")
PATIENCE = 30  # seconds
MOST = 200  # KB a page
# Two frames after everything has been loaded the page has been drawn.
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def by_kind(site: Path) -> dict[str, list[Path]]:
    """Kind of page → its files: reports by period, forms, statements, and the pages around them."""
    kinds: dict[str, list[Path]] = {}
    runs = json.loads((site / "manifest.json").read_text(encoding="utf-8"))["runs"]
    reports = {f"{each['stem']}.html": each for run in runs for each in run["reports"]}
    for page in sorted(site.rglob("*.html")):
        name = page.relative_to(site).as_posix()
        folder, _, file = name.rpartition("/")
        if name in reports:
            kind = f"{kind_of(reports[name]['period'])}, {'division' if reports[name]['division'] else 'bureau'}"
        elif "-forms" in file:
            kind = "forms"
        else:
            kind = folder.rpartition("/")[2] or page.stem
        kinds.setdefault(kind, []).append(page)
    return kinds


def kilobytes(sizes: Sequence[int]) -> str:
    return f"| {len(sizes)} | {median(sizes) / 1000:.0f} | {max(sizes) / 1000:.0f} | {sum(sizes) / 1e6:.1f} |"


@contextmanager
def tab(chromium: Browser, hanging: bool) -> Iterator[Page]:
    """A fresh tab, the network cut or never answering."""
    context = chromium.new_context(offline=not hanging)
    page = context.new_page()
    page.route("**/*", lambda route: route.continue_() if route.request.url.startswith("file:") else None if hanging else route.abort())
    yield page
    context.close()


def complete(chromium: Browser, file: Path, hanging: bool) -> float:
    """Seconds until everything is loaded and drawn; PATIENCE if that takes longer."""
    with tab(chromium, hanging) as page:
        begun = time.perf_counter()
        try:
            page.goto(file.as_uri(), wait_until="load", timeout=PATIENCE * 1000)
            page.evaluate(DRAWN)
        except Error:
            return PATIENCE
        return time.perf_counter() - begun


def converted(notebooks: Sequence[Path], template: str) -> list[int]:
    """The sizes of the pages that one of nbconvert's templates makes of notebooks."""
    exporter = HTMLExporter(template_name=template)
    return [len(exporter.from_filename(str(each))[0].encode()) for each in notebooks]


def sizes(site: Path, kinds: Mapping[str, Sequence[Path]]) -> None:
    pages = [page for files in kinds.values() for page in files]
    notebooks = [page.with_suffix(".ipynb") for page in pages if page.with_suffix(".ipynb").is_file()]
    print("| pages | number | median, KB | largest, KB | together, MB |\n|---|---|---|---|---|")
    for kind, files in kinds.items():
        print(f"| {kind} {kilobytes([each.stat().st_size for each in files])}")
    print(f"| **all** {kilobytes([each.stat().st_size for each in pages])}")
    print(f"| the reports {kilobytes([each.with_suffix('.html').stat().st_size for each in notebooks])}")
    for template in THEIRS:
        print(f"| the same notebooks by nbconvert, `{template}` {kilobytes(converted(notebooks, template))}")
    print(f"\nnotebooks {sum(each.stat().st_size for each in notebooks) / 1e6:.1f} MB, with tables and annexes the whole folder "
          f"{sum(each.stat().st_size for each in site.rglob('*') if each.is_file()) / 1e6:.1f} MB")  # fmt: skip
    print("above the limit:", [str(each.relative_to(site)) for each in pages if each.stat().st_size > MOST * 1000] or "none")


def times(kinds: Mapping[str, Sequence[Path]], visits: int) -> None:
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser(), args=FLAGS)
        complete(chromium, next(iter(kinds.values()))[0], False)  # the first opens slowly for the browser's own sake
        print("\n| complete after, ms | network cut: median | longest | hanging: median | longest |\n|---|---|---|---|---|")
        every: dict[bool, list[float]] = {False: [], True: []}
        for kind, files in kinds.items():
            chosen = sorted(files, key=lambda each: each.stat().st_size)[-visits:]  # the heaviest
            cells = []
            for hanging in every:
                taken = [complete(chromium, each, hanging) * 1000 for each in chosen]
                every[hanging] += taken
                cells.append(f"{median(taken):.0f} | {max(taken):.0f}")
            print(f"| {kind} | {' | '.join(cells)} |")
        print(f"| **all** | {' | '.join(f'{median(taken):.0f} | {max(taken):.0f}' for taken in every.values())} |")
        chromium.close()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("site", type=Path, help="folder of a run, with its index.html")
    options.add_argument("--visits", type=int, default=3, help="so many of the heaviest pages of each kind")
    given = options.parse_args()
    kinds = by_kind(given.site.resolve())
    sizes(given.site.resolve(), kinds)
    times(kinds, given.visits)


if __name__ == "__main__":
    main()
