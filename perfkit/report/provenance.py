"""What a report was made from, by fingerprint: on its last lines for itself, on a page of its own for the whole site."""

from collections.abc import Mapping, Sequence
from typing import Any

from perfkit.language import Lang, say
from perfkit.periods import in_order
from perfkit.report.addresses import PROVENANCE
from perfkit.report.formats import number, period_words
from perfkit.report.html import Linked, Table, paragraphs
from perfkit.report.reasons import Reason

SHOWN = 16  # hexadecimal digits of a fingerprint beside a report; the manifest has all 64


def of_report(data: str, sources: Mapping[str, str], notebook: tuple[str, str], code: Mapping[str, Any], lang: Lang) -> Table:
    """A row for each thing a report was made from: its data, the scheme and overlays, the notebook, perfkit, the libraries."""
    rows = [[say("provenance.data", lang), "", data[:SHOWN]]]
    rows += [[say("provenance.rules", lang), name, print[:SHOWN]] for name, print in sources.items()]
    rows += [[say("provenance.notebook", lang), notebook[0], notebook[1][:SHOWN]],
             [say("provenance.package", lang), f"perfkit {code['perfkit']}", code["package"][:SHOWN]],
             [say("provenance.lock", lang), "requirements.lock", code["lock"][:SHOWN]]]  # fmt: skip
    all_of_it = Linked([(say("provenance.all", lang), f"../{PROVENANCE}.html")])
    return Table(say("provenance.caption", lang), _heads(lang), [*rows, [all_of_it, "", ""]], anchor="provenance")


def of_site(runs: Sequence[Mapping[str, Any]], lang: Lang) -> Reason:
    """The page of all inputs and versions: a part a run, a row a file, with its rows, encoding and sha256."""
    parts: list[Any] = [("", "", paragraphs([say("provenance.intro", lang)]))]
    for place, run in enumerate(sorted(runs, key=lambda run: in_order(run["period"]))):
        heads = [say(f"column.{name}", lang) for name in ("file", "rows_read", "encoding", "sha256")]
        rows = [[name, number(each.get("rows"), 0), each.get("encoding", ""), each["sha256"]] for name, each in run["inputs"].items()]
        rows += [[name, "", "", print] for name, print in run["code"]["notebooks"].items()]
        rows += [[f"perfkit {run['code']['perfkit']}", "", "", run["code"]["package"]], ["requirements.lock", "", "", run["code"]["lock"]]]
        period = period_words(run["period"], lang)
        parts.append((f"run-{place}", period, Table(say("provenance.inputs", lang, period=period), heads, rows, frozenset({1}))))
    return Reason(PROVENANCE, say("provenance.title", lang), parts)


def _heads(lang: Lang) -> list[str]:
    return [say(f"column.{name}", lang) for name in ("made_from", "file", "sha256_start")]
