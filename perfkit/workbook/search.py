"""The search page: what can be found on a site, and where it leads. It works from a folder, without a network."""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import pandas as pd

from perfkit.language import Lang, localised, say
from perfkit.report.addresses import ASSUMPTIONS, clause_stem
from perfkit.report.view import View, number, period_words
from perfkit.workbook.publish import TEMPLATE, href

ROOM = 150_000  # bytes of entries; a page has at most 200 KB
Entry = tuple[str, str, str, str]  # kind (a key of the catalogue), text, what else is said and found, address


def entries(
    runs: Sequence[Mapping[str, Any]], view: View, items: pd.DataFrame, reports: Mapping[tuple[str, str], str], names: Mapping[str, str],
) -> list[Entry]:  # fmt: skip
    """All that can be found, what is looked for most first."""
    lang, found = view.lang, []
    everyone = view.say("report.bureau_page")
    for run in runs:
        for report in run["reports"]:
            score = "" if report["score"] is None else f"{view.say('chart.score')} {number(report['score'])} {report['tier']}".strip()
            kind = "compare.page" if run.get("compare") else "search.report"
            found.append((kind, f"{report['name'] or everyone} {period_words(report['period'], lang)}", score, href(report["stem"])))
        for form in run.get("forms", []):
            kind = "form_word.statements" if form["person"] else "form_word.link"
            found.append((kind, f"{form['name'] or everyone} {period_words(form['period'], lang)}", "", href(form["stem"])))
    scheme = view.page.scheme
    for clause, words in scheme.spec.clauses.items():
        found.append(("search.clause", f"{clause} {words.where}", localised(words.says, lang), href(clause_stem(clause))))
    for path, parameter in scheme.parameters.items():
        if not parameter.clause:
            why = localised(parameter.assumption or parameter.why, lang)
            found.append(("search.assumption", view.term("parameter", path), why, f"{ASSUMPTIONS}.html#{quote(path)}"))
    for row in items.to_dict("records"):
        stem = reports.get((row["month"], row["division"]))
        if stem:
            where = f"{names.get(row['division'], row['division'])} {period_words(row['month'], lang)}"
            found.append(("search.item", str(row["title"]), where, f"{href(stem)}#items"))
    return found


def filled(found: Sequence[Entry], lang: Lang) -> dict[str, str]:
    """What the template of the page prints: as many entries as have room, as data, and the script with its fingerprint."""
    kinds = list(dict.fromkeys(kind for kind, *_ in found))
    rows, size = [], 0
    for kind, *rest in found:
        row = [kinds.index(kind), *rest]
        size += len(_data(row).encode()) + 1
        if size > ROOM:
            break
        rows.append(row)
    cut = "" if len(rows) == len(found) else say("search.cut", lang, last=rows[-1][1] if rows else "")
    script = _script()
    return {
        "entries": _data({"kinds": [say(kind, lang) for kind in kinds], "entries": rows}), "script": script,
        "script_hash": f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}", "cut": cut,
        "found": say("search.found", lang, count="{count}"), "more": say("search.more", lang, most="{most}"),
        **{key: say(f"search.{key}", lang) for key in ("intro", "no_script", "label", "none")},
    }  # fmt: skip


def _data(value: object) -> str:
    """JSON that no text in it can end: no tag opens within a script."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


@cache
def _script() -> str:
    return (TEMPLATE / "search.js").read_text(encoding="utf-8").strip()
