"""The live view of the panel as HTML: what changed, who moves, what it costs. Words and layout only; the numbers are given."""

from collections.abc import Mapping, Sequence
from html import escape

import pandas as pd

from perfkit.language import Lang, localised, say, term
from perfkit.problems import InputError
from perfkit.report.html import Table
from perfkit.report.palette import INK, TIER_COLOURS
from perfkit.report.view import number
from perfkit.scheme import Scheme
from perfkit.whatif import Comparison
from perfkit.widgets.controls import shown

PEOPLE = 12  # how many are listed; the rest is counted


def signed(value: float, decimals: int = 2) -> str:
    """A change with its sign."""
    return "0" if abs(value) < 0.5 * 10.0**-decimals else ("+" if value > 0 else "") + number(value, decimals)


def summary(found: Comparison, scheme: Scheme, lang: Lang, money: bool, stale: str = "") -> str:
    """One sentence on the whole, the changed parameters, and whether this is still what the controls say."""
    divisions, staff, cost = found.divisions, found.staff, found.cost
    moved = int((divisions["tier_before"].fillna("") != divisions["tier_after"].fillna("")).sum())
    rated = int((staff["rating_before"].fillna("") != staff["rating_after"].fillna("")).sum())
    said = say("panel.moved", lang, divisions=moved, people=rated)
    if money:
        said = say("panel.cost", lang, total=number(cost["after"].sum()), change=signed(cost["change"].sum())) + said
    waiting = len(found.scenarios[0].tables["open"])
    said += say("panel.open", lang, count=waiting) if waiting else ""
    changed = [
        f"<li><b>{escape(term('parameter', path, lang))}</b>{escape(say('where.colon', lang))} {escape(shown(path, before, scheme, lang))} → "
        f"<b>{escape(shown(path, after, scheme, lang))}</b></li>"
        for path, before, after in found.parameters[["path", "before", "after"]].itertuples(index=False, name=None)
    ]
    chips = f'<ul class="changes">{"".join(changed)}</ul>' if changed else f"<p>{escape(say('panel.as_planned', lang))}</p>"
    late = f'<p class="stale">{escape(stale)}</p>' if stale else ""
    return f'<div role="status" class="summary{" old" if stale else ""}">{late}<p class="whole">{escape(said)}</p>{chips}</div>'


def tables(found: Comparison, tiers: Sequence[str], names: Mapping[str, str], lang: Lang, money: bool) -> str:
    """Transitions, cost and movers."""
    parts = [transitions(found.transitions, tiers, names, lang)]
    parts += [cost(found.cost, lang)] if money else []
    return f'<div class="beside">{"".join(parts)}</div>' + movers(found, names, lang, money)


def transitions(table: pd.DataFrame, tiers: Sequence[str], names: Mapping[str, str], lang: Lang) -> str:
    """From which tier to which: a row a tier before, a column a tier after; '' is undecided."""
    labels = [*tiers, *([""] if "" in set(table["before"]) | set(table["after"]) else [])]
    cells = {
        (before, after): (int(count), str(divisions))
        for before, after, count, divisions in table[["before", "after", "count", "divisions"]].itertuples(index=False, name=None)
    }

    def cell(before: str, after: str) -> str:
        count, divisions = cells.get((before, after), (0, ""))
        listed = [names.get(each, each) for each in divisions.split(";") if each]
        text = say("point.separator", lang).join(listed[:4]) + (say("panel.and_more", lang, count=len(listed) - 4) if len(listed) > 4 else "")
        kind = "same" if before == after else "moved" if count else ""
        return f'<td class="{kind}"><b>{count or ""}</b><span>{escape(text)}</span></td>'

    words = [say("point.tier", lang, tier=each) if each else say("point.tier_open", lang) for each in labels]
    head = "".join(f'<th scope="col">{escape(say("panel.to", lang, tier=each))}</th>' for each in words)
    body = "".join(f'<tr><th scope="row">{escape(say("panel.from", lang, tier=said))}</th>{"".join(cell(before, after) for after in labels)}</tr>'
                   for before, said in zip(labels, words, strict=True))  # fmt: skip
    return (f'<div class="table"><table class="transitions"><caption>{escape(say("panel.transitions", lang))}</caption>'
            f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table></div>")  # fmt: skip


def cost(table: pd.DataFrame, lang: Lang) -> str:
    """Payments by kind, and all together."""
    kinds = table.groupby("kind", sort=False)[["before", "after", "change"]].sum()
    rows = [[term("kind", kind, lang), number(row.before), number(row.after), signed(row.change)] for kind, row in kinds.iterrows()]
    total = kinds.sum()
    heads = [say(f"column.{key}", lang) for key in ("kind",)] + [say(f"panel.{key}", lang) for key in ("plan", "scenario", "change")]
    foot = [say("column.total", lang), number(total["before"]), number(total["after"]), signed(total["change"])]
    return Table(say("panel.cost_caption", lang), heads, rows, frozenset({1, 2, 3}), foot)._repr_html_()


def movers(found: Comparison, names: Mapping[str, str], lang: Lang, money: bool) -> str:
    """Divisions that get another tier or rank, then the people whose rating or payments change, the largest changes first."""
    divisions, staff = found.divisions, found.staff
    changed = divisions[(divisions["tier_before"].fillna("") != divisions["tier_after"].fillna("")) | (divisions["rank_change"].fillna(0) != 0)]
    rows = [[names.get(row.division, row.division), "", _arrow("tier", row.tier_before, row.tier_after, lang),
             _ranks(row.rank_before, row.rank_after), signed(row.score_change), signed(row.amount_change)] for row in changed.itertuples()]  # fmt: skip
    other = staff["rating_before"].fillna("") != staff["rating_after"].fillna("")
    felt = staff[other | (staff["amount_change"].abs() > 0.004)] if money else staff.iloc[:0]
    felt = felt.assign(size=felt["amount_change"].abs()).sort_values(["size", "staff"], ascending=[False, True], kind="stable")
    for row in felt.head(PEOPLE).itertuples():
        rows.append([names.get(row.staff, row.staff), names.get(row.division, row.division), _arrow("rating", row.rating_before, row.rating_after, lang),
                     _ranks(row.rank_before, row.rank_after), signed(row.score_change), signed(row.amount_change)])  # fmt: skip
    if not rows:
        return f'<p class="note">{escape(say("panel.nobody_moves", lang))}</p>'
    heads = [say(f"column.{key}", lang) for key in ("subject", "division")] + [say("panel.tier_or_rating", lang), say("column.rank", lang),
                                                                              say("panel.score_change", lang), say("panel.amount_change", lang)]  # fmt: skip
    caption = say("panel.movers", lang, divisions=len(changed), people=len(felt), listed=min(len(felt), PEOPLE))
    keep = len(heads) if money else len(heads) - 1
    return Table(caption, heads[:keep], [row[:keep] for row in rows], frozenset({3, 4, 5}))._repr_html_()


def stability(probability: pd.DataFrame, wanted: Sequence[str], names: Mapping[str, str], lang: Lang) -> str:
    """How likely each tier is for each division: one bar a division, in the order ``wanted``."""
    tiers = [name for name in probability.columns if name != "division"]
    known = probability.set_index("division")
    rows = []
    for division in wanted:
        values = known.loc[division].fillna(0.0)
        said = say("point.separator", lang).join(f"{tier} {values[tier]:.0%}" for tier in tiers)
        bars = "".join(f'<i style="width:{100 * values[tier]:.2f}%;background:{colour}">{f"{tier} {values[tier]:.0%}" if values[tier] >= 0.12 else ""}</i>'
                       for tier, colour in zip(tiers, TIER_COLOURS, strict=False) if values[tier] > 0)  # fmt: skip
        name = escape(names.get(division, division))
        rows.append(f'<tr><th scope="row">{name}</th><td><div class="bar" role="img" aria-label="{escape(said, quote=True)}">{bars}</div></td></tr>')
    return f'<table class="stability" style="color:{INK}"><caption>{escape(say("panel.stability", lang))}</caption><tbody>{"".join(rows)}</tbody></table>'


def ledger(lines: pd.DataFrame, subject: str, scheme: Scheme, names: Mapping[str, str], lang: Lang) -> str:
    """Where a division's score comes from: the lines of its ledger, which sum to it, with clauses and assumptions."""
    own = lines[lines["measure"] == "score"]
    rows = []
    for line in own.to_dict("records"):
        cited = [say("panel.clause_short", lang, clause=clause, where=scheme.spec.clauses[clause].where) for clause in line["clauses"].split(";") if clause]
        assumed = [term("parameter", path, lang) + _kind_of(scheme, path, lang) for path in line["assumptions"].split(";") if path]
        item = str(line["item"])
        rows.append([term("component", line["component"], lang), str(line["note"] or term("item", names.get(item, item), lang)), number(line["raw"], 4),
                     number(line["weight"], 4), number(line["value"], 4), say("point.list_separator", lang).join([*cited, *assumed])])  # fmt: skip
    heads = [say(f"column.{key}", lang) for key in ("component", "item", "raw", "weight", "value")] + [say("panel.rests_on", lang)]
    foot = ["", "", "", "", number(own["value"].sum()), ""]
    return Table(say("panel.ledger", lang, division=subject), heads, rows, frozenset({2, 3, 4}), foot)._repr_html_()


def causes(found: Comparison, names: Mapping[str, str], lang: Lang) -> str:
    """Which parameters bring each move, each alone or together."""
    table = found.movers
    rows = []
    for row in table.itertuples():
        brought = say("panel.together", lang).join(term("parameter", path, lang) for path in row.parameters.split(";"))
        before, after = (number(each, 0) if row.measure == "rank" else term("rating", each, lang) or say("panel.none", lang) for each in (row.before, row.after))
        rows.append([names.get(row.subject, row.subject), term("moved", row.measure, lang), f"{before}→{after}", brought])
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
        rows += [[say("panel.total", lang), number(sums["before"].iloc[0]), *(number(sums.loc[each.name, "after"]) for each, _ in held)],
                 [say("panel.amount_change", lang), "", *(signed(sums.loc[each.name, "change"]) for each, _ in held)]]  # fmt: skip
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


def _kind_of(scheme: Scheme, path: str, lang: Lang) -> str:
    kind = "overlay" if scheme.parameters[path].overlay else "assumption"
    return say("cli.aside", lang, text=say(f"source.{kind}", lang))


def _arrow(kind: str, before: object, after: object, lang: Lang) -> str:
    one, other = (term(kind, each, lang) if isinstance(each, str) else say("panel.open_tier", lang) for each in (before, after))
    return one if one == other else f"{one}→{other}"


def _ranks(before: float, after: float) -> str:
    one, other = (number(each, 0) for each in (before, after))
    return one if one == other else f"{one}→{other}"
