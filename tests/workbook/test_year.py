"""The sample year as an analyst makes it and a reviewer opens it."""

import csv
import datetime as dt
import io
import json
import os
import re
import shutil
import subprocess
import sys
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import jsonschema
import nbformat
import pytest
from playwright.sync_api import Browser

from perfkit import load_scheme
from tests.workbook.conftest import ROOT, Project, copied, manifest

DIVISIONS = ["规划管理处", "用地规划处", "工程规划处", "市政规划处", "村镇规划处", "办公室", "政策法规处", "监察室"]


class Addresses(HTMLParser):
    """Everything a page refers to."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("href", "src", "srcset", "data", "action", "poster", "xlink:href")
                       and not (value or "").startswith("data:text/csv;")]  # fmt: skip


def pages(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.html"))


SITE = {"index.html", "clauses.html", "assumptions.html", "provenance.html", "search.html"}


def test_a_year_is_117_reports_their_forms_64_statements_and_an_index(year: Project) -> None:
    months = [f"2023-{month:02d}" for month in range(1, 13)]
    expected = {f"{period}/{name}.html" for period in [*months, "2023"] for name in [*DIVISIONS, "bureau"]}
    assert len(expected) == 117
    every = {page.relative_to(year.site).as_posix() for page in pages(year.site)}
    clauses = load_scheme(year.root / "params/planning-bureau.yaml").spec.clauses
    found = every - SITE - {f"clauses/{clause}.html" for clause in clauses}
    assert len(every) - len(found) == len(SITE) + len(clauses)
    statements = {name for name in found if name.startswith("2023/statements/")}
    assert len(statements) == 64
    assert found - statements == expected | {name.replace(".html", "-forms.html") for name in expected}
    assert max(page.stat().st_size for page in pages(year.site) if page.stem.endswith("-forms") or page.parent.name == "statements") < 200_000


def test_every_address_leads_to_a_file_of_the_site(year: Project) -> None:
    for page in pages(year.site):
        for address in Addresses(page).found:
            file, _, place = unquote(address).partition("#")
            target = (page.parent / file).resolve() if file else page
            assert target.is_relative_to(year.site), f"{page.name}: {address}"
            assert target.is_file(), f"{page.name}: {address}"
            assert not place or f'id="{place}"' in target.read_text(encoding="utf-8"), f"{page.name}: {address}"
    linked = {unquote(address) for address in Addresses(year.site / "index.html").found}
    direct = {page.relative_to(year.site).as_posix() for page in pages(year.site) if page.parent.name != "clauses"} - {"index.html"}
    assert linked == direct | {"results/annex.xlsx"}
    listed = {unquote(address) for address in Addresses(year.site / "clauses.html").found}
    assert {f"clauses/{page.name}" for page in pages(year.site / "clauses")} <= listed


def test_every_page_opens_offline_without_a_console_message(year: Project, chromium: Browser) -> None:
    context = chromium.new_context(offline=True)
    tab = context.new_page()
    faults: list[str] = []
    tab.on("console", lambda message: faults.append(f"{tab.url}: {message.text}"))
    tab.on("pageerror", lambda error: faults.append(f"{tab.url}: {error}"))
    tab.on("request", lambda request: faults.append(f"asked for {request.url}") if not request.url.startswith("file:") else None)
    for page in pages(year.site):
        tab.goto(page.as_uri())
        assert tab.locator("h1").count() == 1
        assert tab.locator("main").inner_text().strip()
    context.close()
    assert faults == []


def test_figures_have_a_description_and_their_data(year: Project, chromium: Browser) -> None:
    context = chromium.new_context(offline=True)
    tab = context.new_page()
    tab.goto((year.site / "2023/规划管理处.html").as_uri())
    figures = tab.locator("figure")
    assert figures.count() == 4  # months, losses, tiers, hours
    for place in range(figures.count()):
        figure = figures.nth(place)
        assert len(figure.locator("[role=img]").get_attribute("aria-label") or "") > 10
        assert figure.locator("svg").count() == 1
        assert figure.locator("details table caption").count() == 1
        figure.locator("summary").click()
        with tab.expect_download() as saved:
            figure.get_by_role("link").click()
        assert saved.value.suggested_filename.endswith(".csv")
        rows = list(csv.reader(io.StringIO(saved.value.path().read_text(encoding="utf-8-sig"))))
        assert len(rows) == figure.locator("tr").count() > 1
    context.close()


def test_a_page_fits_a_phone(year: Project, chromium: Browser) -> None:
    context = chromium.new_context(offline=True, viewport={"width": 360, "height": 740})
    tab = context.new_page()
    for name in ("index.html", "2023/规划管理处.html", "2023-06/办公室.html", "2023/bureau.html", "2023-06/办公室-forms.html", "2023/bureau-forms.html"):
        tab.goto((year.site / name).as_uri())
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360, name
    context.close()


def test_published_scores_are_the_sums_of_the_published_ledger(year: Project) -> None:
    with (year.site / "results/ledger.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = [line for line in csv.DictReader(file) if line["period"] == "2023" and line["measure"] == "score"]
    with (year.site / "results/divisions.csv").open(encoding="utf-8-sig", newline="") as file:
        scores = {row["division"]: float(row["score"]) for row in csv.DictReader(file)}
    assert sorted(scores) == sorted(DIVISIONS)
    for division, score in scores.items():
        total = sum(float(line["value"]) for line in lines if line["subject"] == division)
        assert total == pytest.approx(score, abs=1e-9)
        assert f"{score:.2f}" in (year.site / f"2023/{division}.html").read_text(encoding="utf-8")


def test_the_manifest_names_every_output_and_input(year: Project) -> None:
    described = manifest(year.site)
    (run,) = described["runs"]  # type: ignore[misc]
    assert {name for name in described["site"] if not name.startswith("clauses/")} == SITE  # type: ignore[attr-defined]
    outputs = {path.relative_to(year.site).as_posix() for path in year.site.rglob("*") if path.is_file()} - {"manifest.json", "run.json"}
    outputs -= {*described["site"]}  # type: ignore[misc]
    assert set(run["outputs"]) == outputs
    for name in ("2023/规划管理处.html", "results/ledger.csv", "results/annex.xlsx"):
        assert run["outputs"][name] == sha256((year.site / name).read_bytes()).hexdigest()
    records = {file.name for file in (year.root / "data/planning-bureau").glob("*.csv")}
    assert set(run["inputs"]) == records | {"planning-bureau.yaml"}
    hours = (year.root / "data/planning-bureau/hours.csv").read_bytes()
    assert run["inputs"]["hours.csv"]["sha256"] == sha256(hours).hexdigest()
    assert run["inputs"]["hours.csv"]["rows"] == hours.count(b"\n") - 1
    assert run["parameters"]["tiers.shares"] == {"value": {"A": 0.3, "B": 0.5, "C": 0.2}, "origin": "scheme", "clause": "2.4.3"}
    log = json.loads((year.site / "run.json").read_text(encoding="utf-8"))
    assert log["jobs"] == 2
    assert len(log["reports"]) == 117


def test_the_manifest_is_as_its_schema_says(year: Project) -> None:
    schema = json.loads((ROOT / "docs/manifest.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    found = manifest(year.site)
    jsonschema.validate(found, schema, cls=jsonschema.Draft202012Validator)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**found, "made_by": "me"}, schema, cls=jsonschema.Draft202012Validator)


def test_nothing_of_the_machine_is_in_the_outputs(year: Project) -> None:
    for path in year.site.rglob("*"):
        if path.suffix in (".html", ".ipynb", ".csv") or path.name == "manifest.json":
            text = path.read_text(encoding="utf-8")
            assert str(year.root) not in text, path
            assert not re.search(r"https?://(?!vega\.github\.io/schema|www\.w3\.org)", text), path


def test_executed_notebooks_are_valid_and_carry_their_parameters(year: Project) -> None:
    notebook = nbformat.read(year.site / "2023-06/监察室.ipynb", as_version=4)
    nbformat.validate(notebook)
    (given,) = [cell for cell in notebook.cells if "injected-parameters" in cell.metadata.get("tags", [])]
    values = {name: json.loads(value) for name, _, value in (line.partition(" = ") for line in given.source.splitlines()[1:])}
    assert values == {"scheme": "params/planning-bureau.yaml", "period": "2023-06", "division": "监察室", "overlay": "", "overrides": "",
                      "edition": "internal", "lang": "zh", "since": ""}  # fmt: skip


# Another machine on this one: no font is installed, the user is another one, and Python's clock goes nine years ahead.
ELSEWHERE = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
             'mount -t tmpfs none /usr/share/fonts && exec unshare --user --map-user=1000 "$@"', "sh")  # fmt: skip
LATER = """import datetime, time_machine
time_machine.travel(datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=9 * 365)).start()
"""


def test_verify_passes_elsewhere(year: Project, tmp_path: Path) -> None:
    """Another folder, user, clock, time zone, locale, order of hashing and number of jobs, and no font."""
    other = copied(tmp_path / "elsewhere")
    shutil.copytree(year.site, tmp_path / "moved")
    (tmp_path / "sitecustomize.py").write_text(LATER, encoding="utf-8")
    ways = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    changed = {"PYTHONPATH": ways, "HOME": str(tmp_path), "USER": "reviewer", "LOGNAME": "reviewer", "TZ": "America/New_York", "LC_ALL": "C",
               "PYTHONHASHSEED": "7"}  # fmt: skip
    look = "import datetime, os, pathlib; print(os.getuid(), datetime.date.today().year, len([*pathlib.Path('/usr/share/fonts').rglob('*')]))"
    seen = subprocess.run([*ELSEWHERE, sys.executable, "-c", look], capture_output=True, encoding="utf-8", check=True, env={**os.environ, **changed})
    user, now, fonts = map(int, seen.stdout.split())
    assert (user, fonts) == (1000, 0)
    assert now > dt.date.today().year + 7
    same = other.perfkit("verify", str(tmp_path / "moved"), "--jobs", "3", before=ELSEWHERE, **changed)
    assert same.returncode == 0, same.stdout + same.stderr
    assert "一致" in same.stdout


def test_each_notebook_runs_with_papermill_alone(tmp_path: Path) -> None:
    project = copied(tmp_path / "alone")
    reports = [("monthly", "2023-06", "规划管理处"), ("annual", "2023", "规划管理处"), ("bureau_month", "2023-06", ""), ("bureau_year", "2023", "")]
    for notebook, period, division in reports:
        command = [sys.executable, "-m", "papermill", f"notebooks/{notebook}.ipynb", "out.ipynb", "--no-progress-bar", "--log-level", "ERROR",
                   "-r", "scheme", "params/planning-bureau.yaml", "-r", "period", period, "-r", "division", division]  # fmt: skip
        done = subprocess.run(command, cwd=project.root, capture_output=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stderr
        outputs = json.dumps(json.loads((project.root / "out.ipynb").read_text(encoding="utf-8"))["cells"], ensure_ascii=False)
        assert "application/vnd.vegalite" in outputs
        assert "94.16" in outputs if period == "2023" else "92.50" in outputs
