"""Scenarios beside the base they start from: who moves, what it costs, and which parameter did it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from perfkit.assessment import Assessment
from perfkit.problems import UsageError
from perfkit.scheme import Scheme
from perfkit.scoring import ranking
from perfkit.whatif import attribution
from perfkit.whatif.attribution import Subsets
from perfkit.whatif.tables import Tables, amounts, earned, of_divisions, of_staff, rated

BANDS = 5  # fifths of the people paid, from the least to the most


@dataclass(frozen=True)
class Scenario:
    """One scheme and what it makes of the records."""

    name: str
    scheme: Scheme
    tables: Tables


@dataclass(frozen=True)
class Comparison:
    """Tidy tables of every scenario against the base; the column ``scenario`` says which.

    ``divisions`` and ``staff`` have each value ``_before``, ``_after`` and, of numbers, ``_change``. Payments are all but
    settlements. ``attribution``, ``movers`` and ``needs`` assess every subset of the changed parameters, and raise
    UsageError where a scenario changes more than six.
    """

    base: Scenario
    scenarios: Sequence[Scenario]
    under: Callable[[Scheme], Tables]

    @cached_property
    def divisions(self) -> pd.DataFrame:
        """A row a division: score, rank, tier, coefficient, headroom (points to the next tier), amount of its people."""
        return self._each(lambda each: _beside(of_divisions(self.base.tables), of_divisions(each.tables), "division"))

    @cached_property
    def staff(self) -> pd.DataFrame:
        """A row a person: division, role, score, rank, rating, coefficient, amount."""
        return self._each(lambda each: _beside(of_staff(self.base.tables), of_staff(each.tables), "staff"))

    @cached_property
    def transitions(self) -> pd.DataFrame:
        """How many divisions go from which tier to which: before, after, count, divisions (``;`` between); '' is undecided."""
        return self._each(lambda each: _transitions(self.base.tables, each.tables))

    @cached_property
    def cost(self) -> pd.DataFrame:
        """Payments by kind and tier of the division, '' for leaders and the undecided: kind, tier, before, after, change."""
        return self._each(lambda each: _cost(self.base.tables, each.tables))

    @cached_property
    def bands(self) -> pd.DataFrame:
        """Winners and losers by fifths of what people are paid in the base: band, lowest, highest, people, winners, losers, change."""
        return self._each(lambda each: _bands(self.base.tables, each.tables))

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """What each scenario changes: path, before, after, clause (of the base; '' for an assumption), why."""
        return self._each(lambda each: _parameters(self.base.scheme, each.scheme))

    @cached_property
    def movers(self) -> pd.DataFrame:
        """Who gets another tier, rank or rating, and which parameters bring it: subject, measure, before, after, parameters, clauses."""
        return self._each(self._moved)

    @cached_property
    def attribution(self) -> pd.DataFrame:
        """The effect of every subset of the changed parameters on every score and amount; see ``attribution.effects``."""
        return self._each(lambda each: attribution.effects(self._subsets[each.name]))

    @cached_property
    def needs(self) -> pd.DataFrame:
        """Changes that are no scheme by themselves, and what they need; see ``attribution.needs``."""
        return self._each(lambda each: attribution.needs(self._subsets[each.name]))

    @cached_property
    def _subsets(self) -> Mapping[str, Subsets]:
        return {each.name: attribution.subsets(self.base.scheme, each.scheme, self.under) for each in self.scenarios}

    def _each(self, table: Callable[[Scenario], pd.DataFrame]) -> pd.DataFrame:
        found = [table(each) for each in self.scenarios]
        for each, frame in zip(self.scenarios, found, strict=True):
            frame.insert(0, "scenario", each.name)
        filled = [frame for frame in found if len(frame)] or found[:1]
        return pd.concat(filled, ignore_index=True)

    def _moved(self, scenario: Scenario) -> pd.DataFrame:
        found = attribution.causes(self._subsets[scenario.name])
        before, after = (rated(tables) for tables in (self.base.tables, scenario.tables))
        keys = list(zip(found["subject"], found["measure"], strict=True))
        found.insert(2, "before", pd.Series([before[measure].get(subject) for subject, measure in keys], dtype=object))
        found.insert(3, "after", pd.Series([after[measure].get(subject) for subject, measure in keys], dtype=object))
        return found.assign(clauses=[";".join(self.base.scheme.clauses_of(paths)) for paths in found["parameters"]])


def compare(result: Assessment, *others: Assessment | Scheme) -> Comparison:
    """The same records and period under other schemes: each an assessment, or a scheme of the same bureau to assess.

    Scenarios are named after their scheme; the same name twice gets a number. Raises SchemeError and RecordsError for a
    scheme that cannot be assessed, UsageError for assessments of other records or another period.
    """
    for other in others:
        if isinstance(other, Assessment) and not _comparable(result, other):
            raise UsageError("not_comparable")
    schemes = [other.scheme if isinstance(other, Assessment) else other for other in others]
    found = [result.under(scheme) for scheme in schemes]
    names = _names([scheme.scenario or scheme.name for scheme in schemes])
    scenarios = [Scenario(name, scheme, tables) for name, scheme, tables in zip(names, schemes, found, strict=True)]
    return Comparison(Scenario("", result.scheme, result.under(result.scheme)), scenarios, result.under)


def _comparable(one: Assessment, other: Assessment) -> bool:
    """Whether only their schemes differ: a difference in records would be taken for one of rules."""
    if (one.period, one.edition, one.scheme.name) != (other.period, other.edition, other.scheme.name):
        return False
    mine, theirs = one.records.tables, other.records.tables
    return mine is theirs or (set(mine) == set(theirs) and all(mine[name].equals(theirs[name]) for name in mine))


def _names(wanted: Sequence[str]) -> list[str]:
    return [name if wanted.count(name) == 1 else f"{name} ({wanted[: place + 1].count(name)})" for place, name in enumerate(wanted)]


def _beside(before: pd.DataFrame, after: pd.DataFrame, key: str) -> pd.DataFrame:
    """Both sides of every column; what only says who somebody is comes from the base if it knows them, and stands once."""
    fixed = [name for name in ("division", "role") if name in before]
    everyone = before.index.union(after.index, sort=False)
    before, after = (side.reindex(everyone).fillna({"amount": 0.0}) for side in (before, after))
    columns: dict[str, pd.Series] = {name: before[name].where(before[name].notna(), after[name]) for name in fixed}
    for name in before.columns.difference(fixed, sort=False):
        columns |= {f"{name}_before": before[name], f"{name}_after": after[name]}
        if pd.api.types.is_numeric_dtype(before[name]):
            columns[f"{name}_change"] = ranking.snap(after[name].astype(float) - before[name].astype(float))
    return pd.DataFrame(columns, index=before.index).rename_axis(key).reset_index()


def _transitions(before: Tables, after: Tables) -> pd.DataFrame:
    pairs = pd.DataFrame({"before": before["divisions"].set_index("division")["tier"], "after": after["divisions"].set_index("division")["tier"]})
    pairs = pairs.astype(object).fillna("").rename_axis("division").reset_index()
    grouped = pairs.groupby(["before", "after"])["division"]
    return pd.DataFrame({"count": grouped.size(), "divisions": grouped.agg(";".join)}).reset_index()


def _cost(before: Tables, after: Tables) -> pd.DataFrame:
    sides = {"before": _by_tier(before), "after": _by_tier(after)}
    found = pd.DataFrame(sides).fillna(0.0).rename_axis(["kind", "tier"]).reset_index()
    return found.assign(change=ranking.half_up(found["after"] - found["before"], 2))


def _by_tier(tables: Tables) -> pd.Series:
    tier = dict(zip(tables["divisions"]["division"], tables["divisions"]["tier"].astype(object).fillna(""), strict=True))
    home = dict(zip(tables["staff"]["staff"], tables["staff"]["division"], strict=True))
    paid = earned(tables)
    return paid["amount"].groupby([paid["kind"], paid["staff"].map(home).map(tier).fillna("")]).sum()


def _bands(before: Tables, after: Tables) -> pd.DataFrame:
    was, now = amounts(before).align(amounts(after), fill_value=0.0)
    change = ranking.half_up(now - was, 2)
    band = (was.rank(method="min").sub(1) * BANDS / max(len(was), 1)).astype(int) + 1
    rows = pd.DataFrame({"band": band, "was": was, "change": change, "won": change > 0, "lost": change < 0}).groupby("band")
    return rows.agg(lowest=("was", "min"), highest=("was", "max"), people=("was", "size"), winners=("won", "sum"), losers=("lost", "sum"),
                    change=("change", "sum")).reset_index()  # fmt: skip


def _parameters(base: Scheme, other: Scheme) -> pd.DataFrame:
    old, new = base.parameters, other.parameters
    rows = [(path, old[path].value, new[path].value, old[path].clause or "", new[path].why) for path in attribution.changed(base, other)]
    return pd.DataFrame(rows, columns=["path", "before", "after", "clause", "why"], dtype=object)  # 1 stays 1, not 1.0 beside 0.5
