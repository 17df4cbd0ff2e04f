"""The steps of the divisions: what each component says of a period, the score, the year's rank, tier and places."""

from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from perfkit.fit import NEEDS
from perfkit.months import Months
from perfkit.periods import is_year, kind_of
from perfkit.scheme.model import Components
from perfkit.scoring import adjustments, appraisal, hours, keys, ledger, monthly_plan, ranking, tiers
from perfkit.scoring.contribution import NOTHING, Contribution
from perfkit.steps import step

AT_YEAR_END = ("appraisal", "adjustments")  # they speak of the whole year
OF_THE_PLAN = ("monthly_plan", *AT_YEAR_END)  # what shares its steps with the months and the payments; all others stand on their own
DIVISIONS = ["division", "score", "rank", "tier", "coefficient", "advanced", "excellent_places", "headroom"]
_TIER_RULES = {
    "forced": "tiers.coefficients;tiers.shares;tiers.rounding;tiers.place_tie_order;tiers.tie_break;tiers.at_border;tiers.groups;veto.effect;veto.removes",
    "bands": "tiers.coefficients;tiers.method;tiers.bands;veto.effect;veto.removes",
}


def _by_subject(lines: ledger.Lines) -> pd.Series:
    return pd.Series(lines["value"], index=lines["subject"]).groupby(level=0, sort=False).sum()


def empty(kinds: Mapping[str, Any]) -> pd.DataFrame:
    """A table of what a scheme does not have."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def _contributed(part: str, stages: "Divisions") -> Contribution:
    """The contribution of a component's own module, with the parameters of its section."""
    section, tables = getattr(stages.spec.components, part), {table: stages.records[table] for table in NEEDS[f"components.{part}"]}
    kind: Any = Components.model_fields[part].annotation
    given = {name: getattr(section, name).value for name in kind.model_fields if name != "weight"}
    found: Contribution = import_module(f"perfkit.scoring.{part}").contribution(tables, stages.scope, **given)
    stages.asked.extend(found.asked)  # here, for several steps take the contribution
    return found


def _times(lines: ledger.Lines, weight: float) -> ledger.Lines:
    return lines.but(weight=lines["weight"] * weight) if weight != 1.0 else lines


class Divisions(Months):
    """The divisions of one assessment, step by step."""

    @property
    def columns(self) -> list[str]:
        """The columns of the divisions' table: one a component that says something of divisions."""
        timed = self.spec.has("components.mean_hours") and self.spec.components.mean_hours.use.value == "component"
        return [DIVISIONS[0], *self.spec.components.parts.value, *(["mean_hours"] if timed else []), *DIVISIONS[1:]]

    @step
    def standing(self) -> pd.DataFrame:
        """What stands beside each division's rank, with its score."""
        scores = self.month_scores if kind_of(self.period) == "month" else self.division_scores
        beside = self.beside_rank.copy()
        beside.insert(2, "score", scores["score"].to_numpy())
        return beside

    @step
    def beside_rank(self) -> pd.DataFrame:
        """What stands beside each division's rank: mean hours, people assessed, deduction points, veto."""
        year, decided, known = is_year(self.period), self.vetoes["decided_on"].notna(), self.people_of_divisions
        register = self.register
        deducted = -_by_subject(register[register["value"] < 0]) if year else pd.Series(dtype=float)
        if year:
            self.asked.extend((division, "veto_undecided", "") for division in self.vetoes.loc[~decided, "division"])
        return known.assign(deductions=known["division"].map(deducted).fillna(0.0).astype(float),
                            vetoed=known["division"].isin(self.vetoes.loc[decided, "division"]))  # fmt: skip

    @step
    def people_of_divisions(self) -> pd.DataFrame:
        """Each division's group, mean hours and people assessed."""
        hours = (self.year_hours if is_year(self.period) else self.month_hours) if self.spec.has("personal") else empty({"division": object, "hours": float})
        own = hours.groupby("division")["hours"]
        name = pd.Series(self.records["divisions"]["division"].to_list())
        groups = self.records["divisions"].set_index("division")["group"]
        return pd.DataFrame({"division": name, "group": name.map(groups), "mean_hours": name.map(own.mean()).astype(float),
                             "assessed": name.map(own.size()).fillna(0).astype(int)})  # fmt: skip

    @step
    def year_hours(self) -> pd.DataFrame:
        """One row a person: the sums of the months, the post of the last assessed day."""
        people = self.month_hours
        totals = people.groupby("staff")[["hours", "statutory_hours"]].sum()
        inside = people[people["staff"].isin(self.held_in_year[0]["staff"])]
        last = inside.sort_values(["staff", "period"], kind="stable").drop_duplicates("staff", keep="last")
        return last[["staff", "division", "role", "grade"]].merge(totals.reset_index(), on="staff").assign(period=self.year)

    @step
    def mass(self) -> pd.DataFrame:
        """The mass appraisal: each rater group's mean for each division, and its weight."""
        rule = self.spec.components.appraisal
        return appraisal.group_means(self.votes("mass"), rule.points.value, rule.rater_groups.value)

    @step
    def register(self) -> ledger.Lines:
        """Lines of the year's decided bonuses and deductions."""
        if not self.spec.has("components.adjustments"):
            return NOTHING
        rule, rows = self.spec.components.adjustments, self.records["adjustments"]
        rows = rows[(rows["date"].dt.strftime("%Y") == self.year) & is_year(self.period)]
        self.asked.extend((division, "adjustment_undecided", number) for division, number in
                          rows.loc[rows["decided_on"].isna(), ["division", "adjustment"]].itertuples(index=False, name=None))  # fmt: skip
        return adjustments.score(rows[rows["decided_on"].notna()], period=self.year, bonuses=rule.bonuses.value, deductions=rule.deductions.value,
                                 amounts=rule.amounts.value)  # fmt: skip

    @step
    def timed_divisions(self) -> ledger.Lines:
        """Lines of mean personal hours as a part of the score; none where the scheme only refers to them."""
        if not self.spec.has("components.mean_hours"):
            return NOTHING
        rule, full = self.spec.components.mean_hours, self.spec.personal.full_marks.value
        people = self.year_hours if rule.use.value == "component" else self.year_hours.iloc[:0]
        return hours.component(people, period=self.year, weight=rule.weight.value, full_marks=full)

    @step
    def components(self) -> pd.DataFrame:
        """The divisions' period before it is summed: a column a component, 0 to 100 points; ``mean_hours`` only where it counts."""
        timed = self.timed_divisions
        own = pd.DataFrame({"division": self.records["divisions"]["division"].to_list()})
        for part in self.due:
            given = self._value_of(part)
            if given is not None:
                own[part] = own["division"].map(given).astype(float)
                if not self._weighs(part):
                    own[part] = own[part].fillna(0.0)
                elif part not in OF_THE_PLAN:  # those have questions of their own
                    told = {subject for subject, _, _ in self.contribution(part).asked}
                    self.asked.extend((division, "component_missing", part) for division in own.loc[own[part].isna(), "division"] if division not in told)
        if self._timed_count:
            own["mean_hours"] = own["division"].map(pd.Series(timed["raw"], index=timed["subject"]))
            self.asked.extend((division, "hours_missing", "") for division in own.loc[own["mean_hours"].isna(), "division"])
        if "appraisal" in own:
            self.asked.extend((division, "appraisal_missing", "mass") for division in own.loc[own["appraisal"].isna(), "division"])
        return own

    @property
    def _timed_count(self) -> bool:
        """Whether mean personal hours are a part of the score."""
        return bool(self.spec.has("components.mean_hours")) and self.spec.components.mean_hours.use.value == "component"

    @property
    def due(self) -> list[str]:
        """The components of this period's scores: in the year all, before that those that do not wait for its end."""
        parts: list[str] = self.spec.components.parts.value
        return parts if is_year(self.period) else [part for part in parts if part not in AT_YEAR_END]

    def _value_of(self, part: str) -> Mapping[str, float] | pd.Series | None:
        """Division → a component's own value; None if it says nothing of divisions."""
        match part:
            case "monthly_plan":
                scored = self.month_scores.dropna(subset=["score"]).groupby("division")["score"]
                return scored.agg(self.spec.components.monthly_plan.aggregate.value)
            case "appraisal":
                return appraisal.result(self.mass)
            case "adjustments":
                return _by_subject(self.register)
        return self.contribution(part).values

    def contribution(self, part: str) -> Contribution:
        """What a component that stands on its own says of the period."""
        if part in OF_THE_PLAN:
            return Contribution()
        found: Contribution = self.take(f"components.{part}", partial(_contributed, part)).result
        return found

    @step
    def division_scores(self) -> pd.DataFrame:
        """The divisions' period: a column a component, and the score; none where a component is missing."""
        own = self.components
        rest = 1.0 - (self.spec.components.mean_hours.weight.value if self._timed_count else 0.0)
        complete = own.loc[own.notna().all(axis=1), "division"].to_numpy(dtype=object)
        parts = [part for part in self.due if part in own]
        weights = self._weights(parts)
        weighted = [part for part in parts if part in weights]
        lines = ledger.joined([*(self._part_lines(part, weights[part] * rest) for part in weighted), self.timed_divisions,
                               *(self._part_lines(part, 1.0) for part in parts if part not in weights)])  # fmt: skip
        lines = ledger.rounded(lines[keys.among(lines["subject"], complete)], self.decimals, "rounding.score_decimals")
        self.lines.append(lines)
        return own.assign(score=ledger.published(lines, self.decimals, self.period, own["division"]))

    def _weights(self, parts: Sequence[str]) -> dict[str, float]:
        """The weights of those components that have one, which are 1 together, taking over those of components that say nothing here."""
        given = {part: float(getattr(self.spec.components, part).weight.value) for part in parts if self._weighs(part)}
        total = sum(given.values())
        return given if abs(total - 1) < 1e-9 or not total else {part: weight / total for part, weight in given.items()}

    @staticmethod
    def _weighs(part: str) -> bool:
        """Whether a component has a weight; without one its points are added or taken off."""
        kind: Any = Components.model_fields[part].annotation
        return "weight" in kind.model_fields

    def _part_lines(self, part: str, weight: float) -> ledger.Lines:
        """A component's lines in the divisions' scores."""
        match part:
            case "monthly_plan":
                months = self.month_scores.rename(columns={"period": "month"})
                return monthly_plan.year(months, period=self.period, weight=weight, aggregate=self.spec.components.monthly_plan.aggregate.value)
            case "appraisal":
                return appraisal.score(
                    self.mass, period=self.period, component="appraisal", weight=weight,
                    rules="components.parts;components.appraisal.weight;components.appraisal.points;components.appraisal.rater_groups",
                )  # fmt: skip
            case "adjustments":
                return self.register
        return _times(self.contribution(part).lines, weight)

    @step
    def bureau(self) -> pd.DataFrame:
        """The bureau's own score, where components say something of it as a whole: a column a component, and the score.

        A component that is still open has no value; while it weighs, there is no score.
        """
        known = {part: self.contribution(part) for part in self.due} if kind_of(self.period) != "month" else {}
        known = {part: each for part, each in known.items() if len(each.whole) or each.pending}
        if not known:
            return pd.DataFrame({"period": pd.Series(dtype=object), "score": pd.Series(dtype=float)})
        weights = self._weights(list(known))
        own = {part: np.nan if each.pending else float(ranking.half_up(each.whole["value"].sum(), self.decimals)) for part, each in known.items()}
        score = np.array([np.nan])
        if not any(each.pending and weights.get(part, 1.0) for part, each in known.items()):
            lines = ledger.joined(_times(each.whole, weights.get(part, 1.0)) for part, each in known.items())
            lines = ledger.rounded(lines, self.decimals, "rounding.score_decimals")
            self.lines.append(lines)
            score = ledger.published(lines, self.decimals, self.period, lines["subject"][:1])
        return pd.DataFrame({"period": pd.Series([self.period], dtype=object), **{part: [value] for part, value in own.items()}, "score": score})

    @step
    def ranked(self) -> pd.DataFrame:
        """The divisions' year with rank, tier and points to the next tier."""
        rule, own, standing = self.spec.tiers, self.division_scores, self.standing
        together = keys.codes([standing["group"]] if rule.groups.value == "apart" else [np.zeros(len(standing))])
        own = own.assign(rank=ranking.rank_in(together, own["score"].to_numpy()))
        return self._banded(own) if rule.method.value == "bands" else self._forced(own)

    def _forced(self, own: pd.DataFrame) -> pd.DataFrame:
        """The divisions with tiers of so many places, best first."""
        rule, tier = self.spec.tiers, self._assigned(self.standing)
        undecided = tier.isna() & own["score"].notna()
        self.asked.extend((division, "tie_at_tier_border", ";".join(rule.shares.value)) for division in own.loc[undecided, "division"])
        self.asked.extend((division, "tier_provisional", "") for division in own.loc[self._provisional(tier), "division"])
        own = own.assign(tier=tier)
        return own.assign(headroom=tiers.headroom(own, rule.shares.value))

    def _assigned(self, standing: pd.DataFrame) -> pd.Series:
        """The forced tiers of divisions with such scores."""
        rule = self.spec.tiers
        chain = tiers.chain(standing, rule.tie_break.value, self.orders, self.decimals)
        return tiers.assign(standing, chain, shares=rule.shares.value, rounding=rule.rounding.value, place_tie_order=rule.place_tie_order.value,
                            groups=rule.groups.value, at_border=rule.at_border.value, effect=self.spec.veto.effect.value)  # fmt: skip

    def _provisional(self, tier: pd.Series) -> pd.Series:
        """Whose tier may change once the divisions without a score have one: it does where they come first, or where they come last."""
        score = self.standing["score"]
        if score.notna().all():
            return score.isna()
        outer = [self._assigned(self.standing.assign(score=score.fillna(extreme))) for extreme in (np.inf, -np.inf)]
        return tier.notna() & ((outer[0] != tier) | (outer[1] != tier))

    def _banded(self, own: pd.DataFrame) -> pd.DataFrame:
        """The divisions with the tiers of their scores."""
        shares, bands = self.spec.tiers.shares.value, self.spec.tiers.bands.value
        own = own.assign(tier=tiers.banded(self.standing, shares=shares, bands=bands, effect=self.spec.veto.effect.value))
        return own.assign(headroom=tiers.headroom_to_bands(own, shares, bands))

    @step
    def places(self) -> pd.Series:
        """Each division's places for excellent; none where the scheme has none."""
        if not self.spec.has("excellent"):
            return pd.Series(np.nan, index=self.ranked.index)
        rule = self.spec.excellent
        return tiers.excellent_places(self.ranked, self.places_follow, rule.shares.value, rule.rounding.value)

    @step
    def places_follow(self) -> pd.Series:
        """Division → the people its places for excellent follow."""
        return self.counted(self.year_hours)

    @step
    def divisions_year(self) -> pd.DataFrame:
        """The divisions' year: score, rank, tier, coefficient, titles and places."""
        rule, own = self.spec.tiers, self.ranked
        tier, by_tier = own["tier"].to_numpy(dtype=object), dict(rule.coefficients.value)
        settled = np.array([isinstance(each, str) for each in tier], dtype=bool)
        barred = self.standing["vetoed"].to_numpy() & ("advanced" in self.spec.veto.removes.value)
        coefficient = np.array([by_tier.get(each, np.nan) for each in tier], dtype=float)
        given = np.flatnonzero(~np.isnan(coefficient))
        self.lines.append(ledger.lines(
            given, period=self.year, subject=own["division"].to_numpy(dtype=object)[given], measure="coefficient", component="tier", item=tier[given],
            raw=coefficient[given], rules=_TIER_RULES[rule.method.value],
        ))  # fmt: skip
        found = {
            **{name: own[name] for name in own}, "coefficient": coefficient,
            "advanced": pd.Series(np.where(settled, (tier == rule.advanced.value) & ~barred, None), dtype=object),
            "excellent_places": self.places,
            "headroom": ranking.half_up(own["headroom"], self.decimals),
        }  # fmt: skip
        return pd.DataFrame({name: found[name] for name in self.columns if name in found})

    def divisions_untiered(self) -> pd.DataFrame:
        """The divisions of a period without tiers, in the shape of a year's; tiers belong to the year."""
        if kind_of(self.period) == "month":
            found = self.month_scores.assign(monthly_plan=self.month_scores["score"])
        else:
            scored = self.division_scores
            found = scored.assign(rank=ranking.rank_in(keys.codes([np.zeros(len(scored))]), scored["score"].to_numpy()))
        shown = [name for name in self.columns if name in (*DIVISIONS, *OF_THE_PLAN, *found)]
        return found.reindex(columns=shown).astype({"tier": object, "advanced": object})
