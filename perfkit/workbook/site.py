"""The pages around the reports: links from page to page, and the index of all of them."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd

from perfkit.assessment import Assessment, Page, State
from perfkit.language import Lang, reworded, say
from perfkit.periods import in_order, is_year, kind_of
from perfkit.report import provenance, reasons
from perfkit.report.addresses import ASSUMPTIONS, CLAUSES, PROVENANCE, SEARCH
from perfkit.report.formats import short_period
from perfkit.report.view import View, number, period_words
from perfkit.workbook import search
from perfkit.workbook.annex import ANNEX
from perfkit.workbook.booklets import stem_of
from perfkit.workbook.jobs import COMPARE, Job
from perfkit.workbook.publish import frame, href, static
from perfkit.workbook.signing import words

AROUND = ((CLAUSES, "clause.all"), (ASSUMPTIONS, "clause.assumptions"), (PROVENANCE, "provenance.title"))  # the pages behind all reports
# What is read of the published tables: empty ones have these columns.
COLUMNS = {"ledger": ("period", "subject", "measure", "rules", "value"), "items": ("month", "division", "item", "title")}


def page_frame(job: Job, jobs: Sequence[Job], forms: Collection[str], page: Page, result: Assessment, lang: Lang) -> dict[str, Any]:
    """Head, foot and links of one report; links only to reports and booklets of the same run."""
    view = View(page, lang)
    state = words(result.state(job.period), lang)
    title = say("report.comparison", lang, period=view.period()) if job.notebook == COMPARE else view.title
    return frame(lang, result.edition, result.scheme.title(lang), title, result.scheme.scenario, state, _links(job, jobs, forms, lang))


def _links(job: Job, jobs: Sequence[Job], forms: Collection[str], lang: Lang) -> list[dict[str, str]]:
    here = {(other.period, other.division): other.stem for other in jobs}
    months = sorted({other.period for other in jobs if kind_of(other.period) == kind_of(job.period) and not is_year(other.period)})
    place = months.index(job.period) if job.period in months else -1
    wanted = [
        (f"report.earlier_{kind_of(job.period)}", (months[place - 1], job.division) if place > 0 else None),
        (f"report.later_{kind_of(job.period)}", (months[place + 1], job.division) if 0 <= place < len(months) - 1 else None),
        ("report.year_page", (job.period[:4], job.division) if not is_year(job.period) else None),
        ("report.bureau_page", (job.period, "") if job.division else None),
    ]
    links = [{"href": href(here[target], job.stem), "text": say(key, lang)} for key, target in wanted if target in here]
    if stem_of(job) in forms:
        links.append({"href": href(stem_of(job), job.stem), "text": say("form_word.link", lang)})
    return [*around("../", lang), *links]


def around(up: str, lang: Lang) -> list[dict[str, str]]:
    """Links to the pages of the whole site; ``up`` leads to its top."""
    return [{"href": f"{up}{stem}.html", "text": say(key, lang)} for stem, key in (("index", "report.index"), (SEARCH, "search.title"))]


def site_pages(runs: Sequence[Mapping[str, Any]], folder: Path, result: Assessment, lang: Lang) -> dict[str, bytes]:
    """File name → page of all that is no report: the index, the clauses, what was assumed, the search; from what the runs have published."""
    view = View(result.page(result.period), lang)
    names = {**result.records.names("divisions"), **(result.records.names("staff") if result.edition == "internal" else {})}
    reports = {(report["period"], report["division"]): report["stem"] for run in runs if not run.get("compare") for report in run["reports"]}
    touched = reasons.by_clause(view, _published(runs, folder, "ledger"))
    listed = [reasons.clauses(view, touched), reasons.assumptions(view)]
    listed += [reasons.clause_of(view, clause, touched[touched["clause"] == clause], reports, names) for clause in view.page.scheme.spec.clauses]
    state = words(State(**max(runs, key=lambda run: in_order(run["period"]))["state"]), lang)
    found = {"index.html": index_page(runs, result.scheme.title(lang), result.scheme.scenario, result.edition, lang, result.scheme.division_word(lang))}

    def head(title: str, up: str) -> dict[str, Any]:
        more = [{"href": f"{up}{stem}.html", "text": say(key, lang)} for stem, key in AROUND]
        return frame(lang, result.edition, result.scheme.title(lang), title, result.scheme.scenario, state, [*around(up, lang), *more])

    for reason in [*listed, provenance.of_site(runs, lang)]:
        parts = [(anchor, heading, shown._repr_html_()) for anchor, heading, shown in reason.parts]
        found[f"{reason.stem}.html"] = static("reason.html.j2", head(reason.title, "../" * reason.stem.count("/")) | {"parts": parts})
    entries = search.entries(runs, view, _published(runs, folder, "items"), reports, names)
    found[f"{SEARCH}.html"] = static("search.html.j2", head(say("search.title", lang), "") | search.filled(entries, lang))
    return found


def _published(runs: Sequence[Mapping[str, Any]], folder: Path, table: str) -> pd.DataFrame:
    """A result table over all runs; each period's rows from the run that covers most."""
    parts: dict[str, pd.DataFrame] = {}
    for run in sorted(runs, key=lambda run: in_order(run["period"])):
        for name in run["outputs"]:
            if name.endswith(f"/{table}.parquet") and not run.get("compare"):
                found = pd.read_parquet(folder / name)
                parts |= {str(period): rows for period, rows in found.groupby(COLUMNS[table][0], sort=False)}
    return pd.concat(parts.values(), ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS[table]))


def index_page(runs: Sequence[Mapping[str, Any]], bureau: str, scenario: str, edition: str, lang: Lang, division: str = "") -> bytes:
    """The index: a row a division, a column a period, the published score leading to its report; then the forms."""
    comparisons = [report for run in runs if run.get("compare") for report in run["reports"]]
    reports = [report for run in runs if not run.get("compare") for report in run["reports"]]
    forms = [form for run in runs for form in run.get("forms", [])]
    periods = sorted({report["period"] for report in reports}, key=in_order)
    covered = periods or [report["period"] for report in comparisons]
    years = say("point.separator", lang).join(dict.fromkeys(period_words(period[:4], lang) for period in covered))
    state = words(State(**max(runs, key=lambda run: in_order(run["period"]))["state"]), lang)
    links = [{"href": f"{stem}.html", "text": say(key, lang)} for stem, key in
             ((SEARCH, "search.title"), *AROUND)]  # fmt: skip
    site = frame(lang, edition, bureau, say("report.site_title", lang, title=bureau, period=years), scenario, state, links)
    tables = [_grid("report.site_divisions", reports, lang, division), _grid("form_word.link", [form for form in forms if not form["person"]], lang, division)]
    tables.append(_comparisons(comparisons, lang))
    tables.append(_annexes(runs, lang))
    people = {"caption": say("form_word.statements", lang), "people": _statements([form for form in forms if form["person"]], lang)}
    return static("site.html.j2", site | people | {"intro": say(_intro(reports), lang), "tables": [table for table in tables if table["rows"]]})


def _intro(reports: Sequence[Mapping[str, Any]]) -> str:
    """What the numbers of the index are."""
    tiered = any(report.get("tier") for report in reports)
    return "report.site_intro" if tiered else "report.site_intro_scores" if reports else "report.site_intro_comparison"


def _grid(caption: str, pages: Sequence[Mapping[str, Any]], lang: Lang, division: str) -> dict[str, Any]:
    """A row a division, a column a period."""
    divisions: dict[str, str] = {}
    for each in sorted(pages, key=lambda each: (each["division"] == "", each["place"])):
        divisions.setdefault(each["division"], each["name"])
    periods = sorted({each["period"] for each in pages}, key=in_order)
    found = {(each["division"], each["period"]): each for each in pages}
    rows = [
        [{"text": name or say("report.bureau_page", lang)}, *(_cell(found.get((division, period)), lang) for period in periods)]
        for division, name in divisions.items()
    ]
    said, head = (reworded(say(key, lang), division, lang) for key in (caption, "column.division"))
    return {"caption": said, "heads": [head, *(_short(period, lang) for period in periods)], "rows": rows}


def _statements(pages: Sequence[Mapping[str, Any]], lang: Lang) -> list[dict[str, str]]:
    """A link a person; with the year where there are several."""
    several = len({each["period"] for each in pages}) > 1
    return [_cell(each, lang) | {"text": f"{each['name']} {period_words(each['period'], lang)}" if several else each["name"]}
            for each in sorted(pages, key=lambda each: (in_order(each["period"]), each["place"]))]  # fmt: skip


def _comparisons(pages: Sequence[Mapping[str, Any]], lang: Lang) -> dict[str, Any]:
    """A row a period."""
    rows = [[{"text": period_words(each["period"], lang)}, {"text": say("compare.page", lang), "href": href(each["stem"])}]
            for each in sorted(pages, key=lambda each: in_order(each["period"]))]  # fmt: skip
    return {"caption": say("compare.pages", lang), "heads": [say("column.period", lang), say("compare.page", lang)], "rows": rows}


def _annexes(runs: Sequence[Mapping[str, Any]], lang: Lang) -> dict[str, Any]:
    """A row a run: its result tables in Excel."""
    rows = []
    for run in sorted(runs, key=lambda run: (bool(run.get("compare")), in_order(run["period"]))):
        period, words = period_words(run["period"], lang), say("annex.link", lang)
        rows += [[{"text": period}, {"text": words, "href": quote(name), "label": f"{period} {words}"}]
                 for name in run["outputs"] if name.endswith(f"/{ANNEX}")]  # fmt: skip
    return {"caption": say("annex.links", lang), "heads": [say("column.period", lang), say("annex.link", lang)], "rows": rows}


def _short(period: str, lang: Lang) -> str:
    if is_year(period):
        return say("report.year_page", lang)
    return short_period(period, lang)


def _cell(report: Mapping[str, Any] | None, lang: Lang) -> dict[str, str]:
    if report is None:
        return {"text": "", "href": ""}
    if "score" in report:
        words = f"{number(report['score'])} {report['tier']}".strip() or say("report.bureau_page", lang)
    else:
        words = say("form_word.statement" if report["person"] else "form_word.link", lang)
    name = report["name"] or say("report.bureau_page", lang)
    return {"text": words, "href": href(report["stem"]), "label": f"{name} {period_words(report['period'], lang)} {words}"}


def reports_of(jobs: Sequence[Job], result: Assessment) -> list[dict[str, Any]]:
    """What the index says of each report: period, division, name, score, tier."""
    months = result.division_months.set_index(["period", "division"])["score"].to_dict()
    longer = {period: _scored(result.at(period)) for period in dict.fromkeys(job.period for job in jobs) if kind_of(period) != "month"}
    names = result.records.names("divisions")
    order = {division: place for place, division in enumerate(names)}
    rows = []
    for job in jobs:
        scored = longer.get(job.period)
        score = months.get((job.period, job.division)) if scored is None else scored["score"].get(job.division)
        tier = None if scored is None else scored["tier"].get(job.division)
        rows.append({"stem": job.stem, "period": job.period, "division": job.division, "name": names.get(job.division, ""),
                     "place": order.get(job.division, len(order)), "score": None if score is None or score != score else float(score),
                     "tier": tier if isinstance(tier, str) else ""})  # fmt: skip
    return rows


def _scored(result: Assessment) -> pd.DataFrame:
    """Score and tier by division, and with the division '' the bureau's own score where it has one."""
    own = result.divisions.set_index("division")[["score", "tier"]]
    return pd.concat([own, result.bureau[["score"]].set_axis([""])]) if len(result.bureau) else own
