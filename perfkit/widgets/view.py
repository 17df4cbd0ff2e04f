"""The live view of the panel as HTML: what changed, who moves, what it costs. Words and layout only; the numbers are given."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from perfkit.language import Lang, localised, say, term
from perfkit.problems import InputError
from perfkit.report.html import Table
from perfkit.report.palette import INK, TIER_COLOURS
from perfkit.report.view import number, period_words
from perfkit.scheme import Scheme
from perfkit.whatif import Comparison
from perfkit.whatif.live import Live, Number, Row, Word
from perfkit.widgets.controls import shown

DIVISIONS, PEOPLE = 40, 12  # how many are listed; the rest is counted
CENT = 0.005  # what shows as no change


def signed(value: float, decimals: int = 2) -> str:
    """A change with its sign."""
    return "0" if abs(value) < 0.5 * 10.0**-decimals else ("+" if value > 0 else "") + number(value, decimals)


def summary(live: Live, changes: Mapping[str, Any], plan: Scheme, lang: Lang, money: bool, stale: str = "") -> str:
    """One sentence on the whole, the changed parameters, and whether this is still what the controls say."""
    said = say("panel.moved", lang, divisions=sum(row.regraded for row in live.divisions), people=sum(row.regraded for row in live.people))
    if money:
        before, after = live.total
        key = "cost" if abs(after - before) >= CENT else "cost_same"
        said = say(f"panel.{key}", lang, total=number(after), change=signed(after - before)) + said
    said += say("panel.open", lang, count=live.open) if live.open else ""
    chips = [
        f"<li><b>{escape(term('parameter', path, lang))}</b>{escape(say('where.colon', lang))} "
        f"{escape(shown(path, plan.parameters[path].value, plan, lang))} → <b>{escape(shown(path, value, plan, lang))}</b></li>"
        for path, value in changes.items()
    ]
    changed = f'<ul class="changes">{"".join(chips)}</ul>' if chips else f"<p>{escape(say('panel.as_planned', lang))}</p>"
    late = f'<p class="stale">{escape(stale)}</p>' if stale else ""
    return f'<div role="status" class="summary{" outdated" if stale else ""}">{late}<p class="whole">{escape(said)}</p>{changed}</div>'


def tables(live: Live, tiers: Sequence[str], names: Mapping[str, str], lang: Lang, money: bool) -> str:
    """Transitions, cost and movers."""
    parts = [transitions(live.divisions, tiers, names, lang), *([cost(live.kinds, live.total, lang)] if money else [])]
    return f'<div class="beside">{"".join(parts)}</div>' + movers(live, names, lang, money)


def transitions(divisions: Sequence[Row], tiers: Sequence[str], names: Mapping[str, str], lang: Lang) -> str:
    """From which tier to which: a row a tier before, a column a tier after; '' is undecided."""
    cells: dict[Word, list[str]] = {}
    for row in divisions:
        cells.setdefault(row.grade, []).append(names.get(row.subject, row.subject))
    labels = [*tiers, *([""] if any("" in pair for pair in cells) else [])]

    def cell(before: str, after: str) -> str:
        listed = cells.get((before, after), [])
        text = say("point.separator", lang).join(listed[:4]) + (say("panel.and_more", lang, count=len(listed) - 4) if len(listed) > 4 else "")
        kind = "same" if before == after else "moved" if listed else ""
        return f'<td class="{kind}"><b>{len(listed) or ""}</b><span>{escape(text)}</span></td>'

    words = [say("point.tier", lang, tier=each) if each else say("point.tier_open", lang) for each in labels]
    head = "".join(f'<th scope="col">{escape(say("panel.to", lang, tier=each))}</th>' for each in words)
    body = "".join(f'<tr><th scope="row">{escape(say("panel.from", lang, tier=said))}</th>{"".join(cell(before, after) for after in labels)}</tr>'
                   for before, said in zip(labels, words, strict=True))  # fmt: skip
    return (f'<div class="table"><table class="transitions"><caption>{escape(say("panel.transitions", lang))}</caption>'
            f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table></div>")  # fmt: skip


def cost(kinds: Mapping[str, Number], total: Number, lang: Lang) -> str:
    """Payments by kind, and all together."""
    rows = [[term("kind", kind, lang), *_money(pair)] for kind, pair in kinds.items()]
    heads = [say("column.kind", lang), *(say(f"panel.{key}", lang) for key in ("plan", "scenario", "change"))]
    return Table(say("panel.cost_caption", lang), heads, rows, frozenset({1, 2, 3}), [say("column.total", lang), *_money(total)])._repr_html_()


def movers(live: Live, names: Mapping[str, str], lang: Lang, money: bool) -> str:
    """Divisions that get another tier or rank, then the people whose rating or payments change, the largest changes first."""
    divisions = [row for row in live.divisions if row.regraded or _differs(row.rank)]
    divisions.sort(key=lambda row: not row.regraded)
    people = [row for row in live.people if row.regraded or abs(row.change) >= CENT] if money else []
    people.sort(key=lambda row: (-round(abs(row.change), 2), row.subject))
    listed = people[:PEOPLE]
    if not divisions and not people:
        return f'<p class="note">{escape(say("panel.nobody_moves", lang))}</p>'
    rows = [_mover(row, "tier", "", names, lang) for row in divisions[:DIVISIONS]]
    rows += [_mover(row, "rating", names.get(row.division, row.division) or term("role", "leader", lang), names, lang) for row in listed]
    heads = [say("column.subject", lang), say("column.division", lang), say("panel.tier_or_rating", lang), say("column.rank", lang),
             say("panel.score_change", lang), say("panel.amount_change", lang)]  # fmt: skip
    caption = say("panel.movers", lang, divisions=len(divisions), people=len(people), listed=len(rows))
    keep = len(heads) if money else len(heads) - 1
    return Table(caption, heads[:keep], [row[:keep] for row in rows], frozenset({3, 4, 5}))._repr_html_()


def _mover(row: Row, kind: str, division: str, names: Mapping[str, str], lang: Lang) -> list[str]:
    before, after = (term(kind, each, lang) or say("panel.open_tier", lang) for each in row.grade)
    first, second = (number(each, 0) for each in row.rank)
    gap = row.score[1] - row.score[0]
    return [names.get(row.subject, row.subject), division, f"{before}→{after}" if row.regraded else before if row.division else "",
            f"{first}→{second}" if first != second else first, signed(gap) if gap == gap else "", signed(row.change)]  # fmt: skip


def _differs(pair: Number) -> bool:
    return pair[0] != pair[1] and not (pair[0] != pair[0] and pair[1] != pair[1])


def _money(pair: Number) -> list[str]:
    return [number(pair[0]), number(pair[1]), signed(pair[1] - pair[0])]


def stability(methods: pd.DataFrame, used: str, wanted: Sequence[str], names: Mapping[str, str], lang: Lang) -> str:
    """How likely each tier is for each division, by the forced distribution and beside it by bands of score; ``used`` is the scheme's.

    One bar a division and method, in the order ``wanted``.
    """
    both = [name for name in methods.columns if name not in ("division", "tier")]
    known = {division: rows.set_index("tier")[both].fillna(0.0) for division, rows in methods.groupby("division")}
    words = {each: term("choice", each, lang) for each in both} | {used: say("panel.method_used", lang, method=term("choice", used, lang))}
    rows = [f'<tr><th scope="row">{escape(names.get(division, division))}</th>{"".join(f"<td>{_bar(known[division][each], lang)}</td>" for each in both)}</tr>'
            for division in wanted]  # fmt: skip
    head = "".join(f'<th scope="col">{escape(word)}</th>' for word in words.values())
    return (f'<table class="stability" style="color:{INK}"><caption>{escape(say("panel.stability", lang))}</caption>'
            f"<thead><tr><td></td>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>")  # fmt: skip


def _bar(values: pd.Series, lang: Lang) -> str:
    """Probabilities of the tiers, the best first, as one bar."""
    chances = {str(tier): float(chance) for tier, chance in values.items()}
    said = say("point.separator", lang).join(f"{tier} {chance:.0%}" for tier, chance in chances.items())
    parts = "".join(f'<i style="width:{100 * chance:.2f}%;background:{colour}">{f"{tier} {chance:.0%}" if chance >= 0.12 else ""}</i>'
                    for (tier, chance), colour in zip(chances.items(), TIER_COLOURS, strict=False) if chance > 0)  # fmt: skip
    return f'<div class="bar" role="img" aria-label="{escape(said, quote=True)}">{parts}</div>'


def ledger(lines: pd.DataFrame, subject: str, scheme: Scheme, names: Mapping[str, str], lang: Lang) -> str:
    """Where a division's score comes from: the lines of its ledger, which sum to it, with clauses and assumptions."""
    own = lines[lines["measure"] == "score"]
    rows: list[list[str]] = []
    last = ""
    for line in own.to_dict("records"):
        cited = [say("panel.clause_short", lang, clause=clause, where=scheme.spec.clauses[clause].where) for clause in line["clauses"].split(";") if clause]
        assumed = [term("parameter", path, lang) + _kind_of(scheme, path, lang) for path in line["assumptions"].split(";") if path]
        basis = say("point.list_separator", lang).join([*cited, *assumed])
        rows.append([term("component", line["component"], lang), _item(line, names, lang), number(line["raw"]), number(line["weight"], 4),
                     number(line["value"], 4), basis if basis != last else say("panel.as_above", lang)])  # fmt: skip
        last = basis
    heads = [say(f"column.{key}", lang) for key in ("component", "item", "raw", "weight", "value")] + [say("panel.rests_on", lang)]
    foot = ["", "", "", "", number(own["value"].sum()), ""]
    return Table(say("panel.ledger", lang, division=subject), heads, rows, frozenset({2, 3, 4}), foot)._repr_html_()


def causes(found: Comparison, names: Mapping[str, str], lang: Lang) -> str:
    """Which parameters bring each move, each alone or together."""
    table = found.movers
    rows = []
    for row in table.to_dict("records"):
        brought = say("panel.together", lang).join(term("parameter", path, lang) for path in row["parameters"].split(";"))
        pair = (row["before"], row["after"])
        moved = "→".join(number(each, 0) if row["measure"] == "rank" else term("rating", each, lang) or say("panel.none", lang) for each in pair)
        rows.append([names.get(row["subject"], row["subject"]), term("moved", row["measure"], lang), moved, brought])
    if not rows:
        return f'<p class="note">{escape(say("panel.nobody_moves", lang))}</p>'
    heads = [say("column.subject", lang), say("column.moved_measure", lang), say("panel.change", lang), say("panel.brought_by", lang)]
    return Table(say("panel.causes", lang), heads, rows)._repr_html_()


def comparison(found: Comparison, labels: Sequence[str], names: Mapping[str, str], lang: Lang, money: bool) -> str:
    """Scenarios side by side: total, change, and the tier of every division."""
    held = list(zip(found.scenarios, labels, strict=True))
    before = found.base.tables["divisions"].set_index("division")["tier"]
    rows = []
    if money:
        sums = found.cost.groupby("scenario")[["before", "after", "change"]].sum()
        totals = {str(name): (float(after), float(change)) for name, after, change in zip(sums.index, sums["after"], sums["change"], strict=True)}
        rows += [[say("panel.total", lang), number(sums["before"].iloc[0]), *(number(totals[each.name][0]) for each, _ in held)],
                 [say("panel.amount_change", lang), "", *(signed(totals[each.name][1]) for each, _ in held)]]  # fmt: skip
    after = {each.name: each.tables["divisions"].set_index("division")["tier"] for each, _ in held}
    for division, tier in before.items():
        cells = [(after[each.name].get(division) or say("panel.open_tier", lang)) for each, _ in held]
        rows.append([names.get(str(division), str(division)), tier or say("panel.open_tier", lang), *(f"{each} ●" if each != tier else each for each in cells)])
    heads = [say("column.division", lang), say("panel.plan", lang), *labels]
    return Table(say("panel.compared", lang), heads, rows, frozenset(range(1, len(heads))))._repr_html_()


def problems(error: InputError, lang: Lang) -> dict[str, str]:
    """What is wrong and how to mend it, by the parameter at fault; '' where none is named."""
    found: dict[str, list[str]] = {}
    for each in error.problems:
        path = localised(each.at, lang).replace(".value", "")
        found.setdefault(path, []).append(f"{each.what(lang)}{each.mend(lang)}")
    return {path: " ".join(texts) for path, texts in found.items()}


def _item(line: Mapping[Any, Any], names: Mapping[str, str], lang: Lang) -> str:
    """What one line of a ledger is about: a month, a kind of bonus or deduction, a group of raters, a rounding."""
    item, note = str(line["item"]), str(line["note"] or "")
    if len(item) == 7 and item[:4].isdigit() and item[4] == "-":
        return period_words(item, lang)
    if line["component"] == "adjustments":
        return term("adjustment", note, lang)
    return term("item", names.get(item, item), lang)


def _kind_of(scheme: Scheme, path: str, lang: Lang) -> str:
    kind = "overlay" if scheme.parameters[path].overlay else "assumption"
    return say("cli.aside", lang, text=say(f"source.{kind}", lang))
