"""Scenarios beside the base as a page: what a notebook opens, and the tables it shows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from perfkit.assessment import Assessment, assess
from perfkit.language import Lang, localised
from perfkit.problems import UsageError
from perfkit.project import found, project_root
from perfkit.records import load_records
from perfkit.report import basis, tables
from perfkit.report.html import Html, Table, paragraphs, points
from perfkit.report.view import View, number, settings_text, signed
from perfkit.scheme import Scheme
from perfkit.whatif import Comparison, compare
from perfkit.whatif.comparison import Scenario
from perfkit.whatif.scenarios import schemes_of

Column = int | str
Shown = Table | Html


@dataclass(frozen=True)
class ComparisonView(View):
    """The base's page, the comparison, and each scenario's alone, so that one with too many changes spoils no other."""

    comparison: Comparison
    alone: Sequence[Comparison]

    @property
    def title(self) -> str:
        """The report's heading."""
        return self.say("report.comparison", period=self.period())

    @property
    def public(self) -> bool:
        """Whether the reader sees neither people nor money."""
        return self.page.edition == "public"

    @property
    def several(self) -> bool:
        """Whether tables have to say which scenario a row belongs to."""
        return len(self.comparison.scenarios) > 1

    def scenario(self, name: str) -> str:
        """A scenario as its overlays call it; values given with the call have no name of their own."""
        scheme = next(each.scheme for each in self.comparison.scenarios if each.name == name)
        title = scheme.scenario_title(self.lang)
        number = name[len(scheme.scenario) :] if name.startswith(scheme.scenario) else ""
        return " + ".join(self.say("compare.settings") if part.startswith("set-") else part for part in title.split(" + ")) + number


def open_comparison(
    scheme: str,
    period: str,
    division: str = "",
    overlay: str = "",
    overrides: Any = "",
    edition: str = "internal",
    lang: Lang = "zh",
) -> ComparisonView:
    """Assess ``period`` under the scheme and under each scenario.

    ``overlay`` names the scenarios, ``;`` between them and ``+`` between the files stacked within one; ``overrides``
    (JSON) is one more. ``division`` is only marked. The arguments are the parameters every notebook declares.
    """
    root = project_root(Path.cwd())
    base, *others = schemes_of(scheme, overlay, settings_text(overrides), root)
    return viewed(assess(base, load_records(found(base.spec.records, root)), period), others, division, edition, lang)


def viewed(result: Assessment, others: Sequence[Scheme], division: str, edition: str, lang: Lang) -> ComparisonView:
    """An assessment beside other schemes, or beside itself where there is none."""
    result = result.public() if edition == "public" else result
    comparison = compare(result, *(others or [result.scheme]))
    page = replace(result.page(result.period), division=result.subject(division) if division else "")
    return ComparisonView(page, lang, comparison, [replace(comparison, scenarios=[each]) for each in comparison.scenarios])


def table(view: ComparisonView, caption: str, rows: pd.DataFrame, columns: dict[str, Column], foot: bool = False) -> Shown:
    """A table of the reports; its first column is the scenario where there are several."""
    if view.several and "scenario" in rows:
        rows = rows.assign(scenario=[view.scenario(name) for name in rows["scenario"]])
        columns = {"scenario": "text", **columns}
    return tables.table(view, caption, rows[list(columns)], columns, own=view.page.division, foot=foot and not view.several)


def effects_of(view: ComparisonView, read: Callable[[Comparison], pd.DataFrame]) -> tuple[pd.DataFrame, list[str]]:
    """A table of effects of every scenario that has one, and a sentence for each that changes too many parameters."""
    frames, refused = [], []
    for each in view.alone:
        try:
            frames.append(read(each))
        except UsageError as refusal:
            name = view.scenario(each.scenarios[0].name) + view.say("point.colon") if view.several else ""
            refused.append(name + refusal.text(view.lang))
    filled = [frame for frame in frames if len(frame)] or frames[:1]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(), refused


@dataclass(frozen=True)
class Told:
    """A table where there is one, and sentences after it."""

    shown: Shown | None
    words: Sequence[str]

    def _repr_html_(self) -> str:
        return "\n".join([*([self.shown._repr_html_()] if self.shown else []), *([paragraphs(self.words).html] if self.words else [])])


def arrow(before: str, after: str) -> str:
    """What was and what is, once if they are the same."""
    return before if before == after else f"{before or '–'}→{after or '–'}"


def parameter_words(view: View, paths: str) -> str:
    """Parameters by their labels; several stand for what only they bring together."""
    return " + ".join(view.term("parameter", path) for path in paths.split(";"))


def scenarios(view: ComparisonView) -> Html:
    """Each scenario and why somebody tries it."""
    lines = []
    for each in view.comparison.scenarios:
        reasons = dict.fromkeys(localised(parameter.why, view.lang) for parameter in each.scheme.parameters.values() if parameter.overlay)
        why = " ".join(filter(None, reasons)) or view.say("compare.no_reason" if reasons else "compare.unchanged")
        lines.append(f"{view.scenario(each.name)}{view.say('point.colon')}{why}")
    return points(lines)


def parameters(view: ComparisonView) -> Shown:
    """What the scenarios change: clause and value of the plan, and the value in each scenario beside them."""
    changed = view.comparison.parameters
    if changed.empty:
        return paragraphs([view.say("compare.unchanged")])
    names = [each.name for each in view.comparison.scenarios]
    clauses = view.page.scheme.spec.clauses
    heads = [view.say(f"column.{key}") for key in ("path", "clause", "in_scheme")] + [view.scenario(name) for name in names]
    rows = []
    for path, own in changed.groupby("path", sort=False):
        first, after = own.iloc[0], dict(zip(own["scenario"], own["after"], strict=True))
        source = f"{first['clause']} {clauses[first['clause']].where}" if first["clause"] else view.say("source.assumption")
        values = [basis.shown(view, after[name], str(path)) if name in after else "–" for name in names]
        rows.append([view.term("parameter", path), source, basis.shown(view, first["before"], str(path)), *values])
    return Table(view.say("table.compare_parameters"), heads, rows)


def divisions(view: ComparisonView) -> Shown:
    """Every division before and after: score, rank, tier, coefficient, and what its people are paid."""
    rows = view.comparison.divisions.copy()
    ranked = bool(rows[["tier_before", "tier_after"]].notna().any(axis=None))
    how: dict[str, Column] = {"score": 2, "rank": 0, **({"tier": "text", "coefficient": 2} if ranked else {})}
    for name, kind in how.items():
        both = zip(rows[f"{name}_before"], rows[f"{name}_after"], strict=True)
        rows[name] = [arrow(tables.cell(view, before, kind), tables.cell(view, after, kind)) for before, after in both]
    columns: dict[str, Column] = {"division": "subject", **dict.fromkeys(how, "text")}
    rows = rows.sort_values(["scenario", "rank_before", "division"], kind="stable", key=_in_order(view))
    return table(view, "compare_divisions", rows, columns | ({} if view.public else _amounts()))


def _amounts() -> dict[str, Column]:
    return {"amount_before": 2, "amount_after": 2, "amount_change": "signed"}


def _in_order(view: ComparisonView) -> Callable[[pd.Series], pd.Series]:
    place = {each.name: position for position, each in enumerate(view.comparison.scenarios)}
    return lambda column: column.map(place) if column.name == "scenario" else column


def transitions(view: ComparisonView) -> Shown:
    """The matrix: a row a tier before, a column a tier after, in each cell how many divisions and which."""
    found = view.comparison.transitions
    present = {*found["before"], *found["after"]}
    if present == {""}:
        return paragraphs([view.say("compare.no_tiers")])
    tiers = [*view.page.scheme.spec.tiers.shares.value]
    tiers += [*sorted(present - {*tiers, ""}), *([""] if "" in present else [])]
    named = {tier: view.say("point.tier", tier=tier) if tier else view.say("point.tier_open") for tier in tiers}
    cells = {(scenario, before, after): _moving(tiers, before, after) + view.say("compare.cell", count=count, names=tables.cell(view, members, "subjects"))
             for scenario, before, after, count, members in found.itertuples(index=False, name=None)}  # fmt: skip
    rows = [
        [*([view.scenario(each.name)] if view.several else []), view.say("compare.from", tier=named[before]),
         *(cells.get((each.name, before, after), "–") for after in tiers)]
        for each in view.comparison.scenarios for before in tiers
    ]  # fmt: skip
    heads = [*([view.say("column.scenario")] if view.several else []), view.say("column.before_after")]
    return Table(view.say("table.compare_transitions"), [*heads, *(view.say("compare.to", tier=named[tier]) for tier in tiers)], rows)


def _moving(tiers: Sequence[str], before: str, after: str) -> str:
    """An arrow up or down; none where the tier stays or one side is undecided."""
    step = tiers.index(after) - tiers.index(before) if before and after else 0
    return "▲ " if step < 0 else "▼ " if step > 0 else ""


def movers(view: ComparisonView) -> Told:
    """Who gets another tier, rank or rating, and the parameters and clauses that bring it."""
    rows, refused = effects_of(view, lambda comparison: comparison.movers)
    if not len(rows.columns):
        return Told(None, refused)
    if rows.empty:
        return Told(None, [view.say("compare.nobody_moves"), *refused])
    frame = rows[["scenario", "subject"]].assign(
        moved_measure=[view.term("moved", measure) for measure in rows["measure"]],
        before=[_outcome(view, *each) for each in zip(rows["measure"], rows["before"], strict=True)],
        after=[_outcome(view, *each) for each in zip(rows["measure"], rows["after"], strict=True)],
        brought_by=[parameter_words(view, paths) for paths in rows["parameters"]],
        clauses=[clauses.replace(";", view.say("point.separator")) or view.say("source.assumption") for clauses in rows["clauses"]],
    )
    columns: dict[str, Column] = {"subject": "subject", **dict.fromkeys(("moved_measure", "before", "after", "brought_by", "clauses"), "text")}
    return Told(table(view, "compare_movers", frame, columns), refused)


def _outcome(view: View, measure: str, value: Any) -> str:
    if value is None or pd.isna(value):
        return "–"
    return number(value, 0) if measure == "rank" else view.term(measure, value)


def score_effects(view: ComparisonView) -> Told:
    """The effect of each parameter, and of those that only act together, on every division's score; their sums last."""
    rows, refused = effects_of(view, lambda comparison: comparison.attribution)
    names = {division: view.name(division) for division in view.comparison.divisions["division"].unique()}
    if not len(rows.columns):
        return Told(None, refused)
    own = rows[(rows["measure"] == "score") & rows["subject"].isin(names)]
    if own.empty:
        return Told(None, [view.say("compare.no_score_effects"), *refused])
    wide = own.pivot_table(index=["scenario", "parameters"], columns="subject", values="effect", aggfunc="sum", sort=False)
    wide = wide.reindex(columns=list(names)).fillna(0.0)
    heads = [*([view.say("column.scenario")] if view.several else []), view.say("column.effect_of"), *names.values()]
    lines = []
    for scenario, part in wide.groupby(level=0, sort=False):
        first = [view.scenario(str(scenario))] if view.several else []
        lines += [[*first, parameter_words(view, key[1]), *(signed(each) for each in values)] for key, values in zip(part.index, part.to_numpy(), strict=True)]
        lines.append([*first, view.say("column.total"), *(signed(each) for each in part.sum().to_numpy())])
    start = len(heads) - len(names)
    return Told(Table(view.say("table.compare_score_effects"), heads, lines, frozenset(range(start, len(heads)))), refused)


def cost_effects(view: ComparisonView) -> Told:
    """The effect of each parameter, and of those that only act together, on all payments; their sum last."""
    rows, refused = effects_of(view, lambda comparison: comparison.attribution)
    if not len(rows.columns):
        return Told(None, refused)
    own = rows[rows["measure"] == "amount"].assign(felt_by=1, gain=lambda each: each["effect"].clip(lower=0), loss=lambda each: each["effect"].clip(upper=0))
    if own.empty:
        return Told(None, [view.say("compare.no_cost_effects"), *refused])
    found = own.groupby(["scenario", "parameters"], sort=False)[["felt_by", "gain", "loss", "effect"]].sum().reset_index()
    found = found.assign(effect_of=[parameter_words(view, paths) for paths in found["parameters"]]).rename(columns={"effect": "whole_effect"})
    columns: dict[str, Column] = {"effect_of": "text", "felt_by": 0, "gain": "signed", "loss": "signed", "whole_effect": "signed"}
    return Told(table(view, "compare_cost_effects", found, columns, foot=True), refused)


def cost(view: ComparisonView) -> Shown:
    """What is paid, by kind of payment."""
    return _summed(view, "kind", "compare_cost", "kind")


def cost_by_tier(view: ComparisonView) -> Shown:
    """What is paid, by the tier that the people's division has on each side."""
    return _summed(view, "tier", "compare_cost_tiers", "of_tier")


def _summed(view: ComparisonView, by: str, caption: str, kind: str) -> Shown:
    found = view.comparison.cost
    if by == "tier" and set(found["tier"]) <= {""}:
        return Html("")
    rows = found.groupby(["scenario", by], sort=False)[["before", "after", "change"]].sum().reset_index()
    rows = rows.sort_values(["scenario", by], kind="stable", key=_in_order(view)) if by == "tier" else rows
    if by == "tier":
        rows["tier"] = [view.say("point.tier", tier=tier) if tier else view.say("compare.outside") for tier in rows["tier"]]
    rows = rows.rename(columns={"before": "amount_before", "after": "amount_after", "change": "amount_change", "tier": "of_tier"})
    return table(view, caption, rows, {kind: "kind" if by == "kind" else "text", **_amounts()}, foot=True)


def bands(view: ComparisonView) -> Shown:
    """Winners and losers by fifths of what people are paid in the base."""
    columns: dict[str, Column] = {"band": "text", "lowest": 2, "highest": 2, "people": 0, "winners": 0, "losers": 0, "amount_change": "signed"}
    rows = view.comparison.bands.rename(columns={"change": "amount_change"})
    rows["band"] = [view.say("compare.band", place=place) for place in rows["band"]]
    return table(view, "compare_bands", rows, columns, foot=True)


def needs(view: ComparisonView) -> Told:
    """Changes that are no scheme by themselves: what each needs, and why; nothing if all stand alone."""
    rows, _ = effects_of(view, lambda comparison: comparison.needs)
    if rows.empty:
        return Told(None, [])
    told = rows.assign(
        brought_by=[parameter_words(view, paths) for paths in rows["parameters"]],
        needs=[parameter_words(view, paths) for paths in rows["needs"]],
        why_not=[problem.what(view.lang) for problem in rows["problem"]],
    )
    return Told(table(view, "compare_needs", told, {"brought_by": "text", "needs": "text", "why_not": "text"}), [])


def people(view: ComparisonView) -> Shown:
    """Everyone who is rated, ranked or paid otherwise."""
    rows = view.comparison.staff
    differs = pd.Series(False, index=rows.index)
    for name in ("score", "rank", "rating", "coefficient", "amount"):
        before, after = rows[f"{name}_before"], rows[f"{name}_after"]
        differs |= (before != after) & ~(before.isna() & after.isna())
    rows = rows[differs].rename(columns={"staff": "person"})
    if rows.empty:
        return paragraphs([view.say("compare.nobody_differs")])
    for name, kind in (("score", 2), ("rank", 0), ("rating", "rating"), ("coefficient", 4)):
        both = zip(rows[f"{name}_before"], rows[f"{name}_after"], strict=True)
        rows = rows.assign(**{name: [arrow(tables.cell(view, before, kind), tables.cell(view, after, kind)) for before, after in both]})
    columns: dict[str, Column] = {"person": "subject", "division": "subject", **dict.fromkeys(("score", "rank", "rating", "coefficient"), "text")}
    return table(view, "compare_people", rows, columns | _amounts(), foot=True)


def open_questions(view: ComparisonView) -> Shown:
    """What the scenarios would leave to be decided, beside what the base leaves."""
    rows = pd.concat([each.tables["open"].assign(side=label) for each, label in _sides(view)], ignore_index=True)
    if rows.empty:
        return paragraphs([view.say("report.no_open")])
    options = [view.say("point.separator").join(view.term("option", each) for each in str(each).split(";")) for each in rows["options"]]
    return tables.table(view, "open", rows.assign(options=options), {"side": "text", "subject": "subject", "question": "question", "options": "text"})


def _sides(view: ComparisonView) -> Iterator[tuple[Scenario, str]]:
    yield view.comparison.base, view.say("column.in_scheme")
    for each in view.comparison.scenarios:
        yield each, view.scenario(each.name)
