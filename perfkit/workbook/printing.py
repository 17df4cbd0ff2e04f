"""The pages of a run as PDF, printed by a Chromium that is already on the machine: Chromium itself, Chrome or Edge.

A PDF depends on the browser's version and the fonts it finds, and holds the time it was made. So the manifest knows no PDF and ``verify``
compares none; ``run.json`` says of each from which page it was printed.
"""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from perfkit.problems import UsageError
from perfkit.project import write_whole
from perfkit.workbook import manifest

VARIABLE = "PERFKIT_CHROMIUM"
COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "microsoft-edge-stable", "chrome", "msedge")
# Where installers put what is on no path: the variable that names the folder, and the places in it.
PLACES = {
    "nt": (("LOCALAPPDATA", "PROGRAMFILES", "PROGRAMFILES(X86)"),
           ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe", "Chromium/Application/chrome.exe")),
    "posix": (("HOME", ""),
              tuple(f"Applications/{name}.app/Contents/MacOS/{name}" for name in ("Google Chrome", "Microsoft Edge", "Chromium"))),
}  # fmt: skip
# No window, no first questions, nothing fetched: no name resolves, and no proxy is asked instead.
FLAGS = ("--headless", "--disable-gpu", "--no-first-run", "--no-default-browser-check", "--disable-extensions", "--disable-sync", "--disable-breakpad",
         "--disable-background-networking", "--disable-component-update", "--disable-quic", "--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND",
         "--no-pdf-header-footer", "--print-to-pdf-no-header")  # fmt: skip
PATIENCE = 180  # seconds for one page
START, END = b"%PDF-", b"%%EOF"


@dataclass(frozen=True)
class Unprinted:
    """A page without its PDF: the browser would not start, took too long, or wrote no whole PDF."""

    page: str
    fault: Literal["start", "slow", "nothing"]


def browser() -> str:
    """The browser to print with: the one the variable names, else the first found; UsageError without one."""
    named = os.environ.get(VARIABLE)
    if named:
        if not shutil.which(named):
            raise UsageError("browser_missing", given=named, variable=VARIABLE)
        return named
    found = next((path for path in (*map(shutil.which, COMMANDS), *_places()) if path), None)
    if found is None:
        raise UsageError("browser_needed", variable=VARIABLE)
    return found


def _places() -> Iterator[str]:
    variables, below = PLACES[os.name]
    roots = [os.environ.get(each) if each else "/" for each in variables]
    return (str(path) for root in roots if root for each in below if (path := Path(root, each)).is_file())


def pages_of(outputs: Mapping[str, str]) -> dict[str, str]:
    """The pages among the outputs of a run, with their sha256."""
    return {name: digest for name, digest in outputs.items() if name.endswith(".html")}


def print_pages(out: Path, pages: Mapping[str, str], browser: str, jobs: int, done: Callable[[str], None]) -> list[Unprinted]:
    """Print ``pages`` (name → sha256) of a folder, ``jobs`` at once, each PDF beside its page; those that could not be printed."""
    faults: dict[str, Unprinted] = {}
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        waiting = {pool.submit(_print, out / page, browser): page for page in pages}
        try:
            for future in as_completed(waiting):
                page, fault = waiting[future], future.result()
                if fault:
                    faults[page] = Unprinted(page, fault)
                done(page)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    log = _log(out)
    kept = {name: page for name, page in log.get("pdf", {}).items() if (out / name).is_file()}
    printed = {pdf_of(page): digest for page, digest in pages.items() if page not in faults}
    write_whole(out / manifest.LOG, manifest.dump({**log, "pdf": {**kept, **printed}}))
    return [faults[page] for page in pages if page in faults]


def fresh(out: Path, outputs: Mapping[str, str]) -> dict[str, str]:
    """PDF → sha256 of the page it was printed from, of all that still say what their page says.

    A PDF beside a page of these ``outputs`` that was printed from another one, or nobody knows from what, is removed: paper never differs from the page.
    """
    known = {name: digest for name, digest in _log(out).get("pdf", {}).items() if (out / name).is_file()}
    for page, digest in pages_of(outputs).items():
        name = pdf_of(page)
        if known.get(name) != digest:
            known.pop(name, None)
            (out / name).unlink(missing_ok=True)
    return known


def pdf_of(page: str) -> str:
    """The PDF beside a page."""
    return f"{page.removesuffix('.html')}.pdf"


def _log(out: Path) -> dict[str, Any]:
    try:
        found = json.loads((out / manifest.LOG).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _print(page: Path, browser: str) -> Literal["start", "slow", "nothing", ""]:
    """Print one page with a profile of its own; on a fault the old PDF, which would be another page's, goes."""
    target = page.with_name(pdf_of(page.name))
    target.unlink(missing_ok=True)
    # The PDF is first written beside the page, for a browser in a sandbox of its own sees another temporary folder than we do.
    with (
        tempfile.TemporaryDirectory(prefix="perfkit-browser-", ignore_cleanup_errors=True) as profile,
        tempfile.TemporaryDirectory(prefix=".perfkit-", dir=page.parent, ignore_cleanup_errors=True) as aside,
    ):
        made = Path(aside) / "page.pdf"
        try:
            subprocess.run(_command(browser, page, made, profile), check=False, timeout=PATIENCE,  # noqa: S603  no shell: the browser and a page of ours
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        except subprocess.TimeoutExpired:
            return "slow"
        except OSError:
            return "start"
        content = made.read_bytes() if made.is_file() else b""
    if not (content.startswith(START) and content.rstrip().endswith(END)):
        return "nothing"
    write_whole(target, content)
    return ""


def _command(browser: str, page: Path, made: Path, profile: str) -> Sequence[str]:
    root = hasattr(os, "geteuid") and os.geteuid() == 0  # Chromium's sandbox refuses to work for root
    return [browser, *FLAGS, *(["--no-sandbox"] if root else []), f"--user-data-dir={profile}", f"--print-to-pdf={made}", page.resolve().as_uri()]
