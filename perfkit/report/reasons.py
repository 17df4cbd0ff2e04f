"""The pages behind the numbers: a clause with all it touched, the list of clauses, and what had to be assumed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import pandas as pd

from perfkit.language import localised
from perfkit.periods import KINDS, in_order, is_year, kind_of
from perfkit.report.addresses import clause_stem
from perfkit.report.basis import shown
from perfkit.report.formats import short_period
from perfkit.report.html import Html, Linked, Table, paragraphs
from perfkit.report.view import View, number
from perfkit.scheme import Parameter

MOST = 100  # subjects listed on a clause's page; the rest is counted, and stands in results/ledger.csv
DECIMALS = {"score": 2, "coefficient": 4, "amount": 2}  # as these are published
Reports = Mapping[tuple[str, str], str]  # period and division → stem of its report
Part = tuple[str, str, Html | Table]  # anchor, heading ('' for none), what stands there


@dataclass(frozen=True)
class Reason:
    """One page: its stem from the top of the site, its heading, and what stands on it."""

    stem: str
    title: str
    parts: Sequence[Part]


def clause_of(view: View, clause: str, touched: pd.DataFrame, reports: Reports, names: Mapping[str, str]) -> Reason:
    """A clause: where it stands, what it says, which parameters it sets, and whom it touched. ``touched``: as of ``by_clause``."""
    words = view.page.scheme.spec.clauses[clause]
    own = [(path, each) for path, each in view.page.scheme.parameters.items() if each.clause == clause]
    said = paragraphs([view.say("clause.stands", where=words.where), localised(words.says, view.lang)])
    sets = Table(view.say("table.clause_sets"), [view.say("column.path"), view.say("column.value_used")],
                 [[view.term("parameter", path), shown(view, each.value, path)] for path, each in own])  # fmt: skip
    parts: list[Part] = [("", "", said)]
    parts += [("sets", view.say("clause.sets"), sets)] if own else []
    parts.append(("touched", view.say("clause.touched"), _whom(view, touched, reports, names)))
    return Reason(clause_stem(clause), view.say("clause.title", clause=clause), parts)


def _whom(view: View, touched: pd.DataFrame, reports: Reports, names: Mapping[str, str]) -> Table | Html:
    """A row a subject, measure and kind of period: how many lines rest on the clause, what they come to in which unit, and the reports they stand in."""
    if touched.empty:
        return paragraphs([view.say("clause.nobody")])
    order = {subject: place for place, subject in enumerate(names)}
    found = added(touched)
    found = found.assign(place=found["subject"].map(order).fillna(len(order))).sort_values(["place", "measure", "length"], kind="stable")
    rows = []
    for row in found.head(MOST).to_dict("records"):
        stems = {period: reports.get((period, row["subject"])) for period in sorted(row["periods"], key=in_order)}
        said = [view.period(period) if not place or is_year(period) else short_period(period, view.lang) for place, period in enumerate(stems)]
        seen = [(words, quote(f"../{stem}.html") + "#lines" if stem else "") for words, stem in zip(said, stems.values(), strict=True)]
        measured = view.say("clause.measured", kind=view.term("per", row["kind"]), measure=view.term("measure", row["measure"]))
        rows.append([names.get(row["subject"], row["subject"]), measured, number(row["count"], 0), number(row["value"], DECIMALS[row["measure"]]),
                     view.term("unit_of", row["measure"]), view.list_linked(seen)])  # fmt: skip
    heads = [view.say(f"column.{name}") for name in ("subject", "measured", "line_count", "sum_of_lines", "measured_in", "over_periods")]
    caption = view.say("table.clause_touched") + (view.say("clause.more", count=number(len(found) - MOST, 0)) if len(found) > MOST else "")
    return Table(caption, heads, rows, frozenset({2, 3}))


def added(touched: pd.DataFrame) -> pd.DataFrame:
    """What may be added: one subject's lines of one measure, over periods of one kind; coefficients of one period alone, as they are no quantities.

    subject, measure, kind, count, value, periods, length (its place among the kinds of periods).
    """
    kinds = touched["period"].map(kind_of)
    alone = touched["period"].where(touched["measure"] == "coefficient", "")
    keys = ["subject", "measure", "kind", "alone"]
    found = touched.assign(kind=kinds, alone=alone).groupby(keys, sort=False).agg(count=("count", "sum"), value=("value", "sum"), periods=("period", tuple))
    found = found.reset_index()
    return found.assign(length=found["kind"].map(KINDS.index)).drop(columns="alone")


def clauses(view: View, touched: pd.DataFrame) -> Reason:
    """Every clause of the plan that a parameter cites, and how many divisions and people it touched."""
    counts = touched.groupby("clause")["subject"].nunique()
    rows = [[Linked([(clause, f"{clause_stem(clause)}.html")]), words.where, localised(words.says, view.lang), number(counts.get(clause, 0), 0)]
            for clause, words in view.page.scheme.spec.clauses.items()]  # fmt: skip
    heads = [view.say(f"column.{name}") for name in ("clause", "where", "says", "touched")]
    listed = Table(view.say("table.clauses_all"), heads, rows, frozenset({3}))
    return Reason("clauses", view.say("clause.all"), [("", "", paragraphs([view.say("clause.intro")])), ("", "", listed)])


def assumptions(view: View) -> Reason:
    """Every value that no clause gives: assumed, with what else it might have been, or changed by a scenario."""
    scheme = view.page.scheme
    chosen = {path: each for path, each in scheme.parameters.items() if not each.clause}
    parts = [(path, view.term("parameter", path), _chosen(view, path, each)) for path, each in chosen.items()]
    intro = view.say("clause.assumptions_intro", count=len(parts))
    return Reason("assumptions", view.say("clause.assumptions"), [("", "", paragraphs([intro])), *parts])


def _chosen(view: View, path: str, parameter: Parameter[object]) -> Html:
    lines = [view.say("clause.value", value=shown(view, parameter.value, path)), localised(parameter.assumption or parameter.why, view.lang)]
    if parameter.overlay:
        lines.insert(1, view.say("clause.replaces", value=shown(view, parameter.replaces, path)))
    others = view.say("point.separator").join(shown(view, each, path) for each in parameter.alternatives)
    return paragraphs([*filter(None, lines), *([view.say("clause.others", others=others)] if others else [])])


def by_clause(view: View, ledger: pd.DataFrame) -> pd.DataFrame:
    """How many ledger lines rest on each clause, and what they come to: clause, period, subject, measure, count, value."""
    scheme, known = view.page.scheme, view.page.scheme.parameters  # a month published before may rest on a rule that is no more
    rules = pd.Series({each: scheme.clauses_of(";".join(rule for rule in each.split(";") if rule in known)) for each in ledger["rules"].unique()}, dtype=object)
    summed = ledger.groupby(["rules", "period", "subject", "measure"], sort=False)["value"].agg(["size", "sum"]).reset_index()
    cited = summed.assign(clause=summed["rules"].map(rules)).explode("clause").dropna(subset=["clause"])
    found = cited.groupby(["clause", "period", "subject", "measure"], sort=False)[["size", "sum"]].sum().reset_index()
    return found.rename(columns={"size": "count", "sum": "value"})
