"""The one place that puts the rules in order: months, people, the year, tiers, coefficients, payments."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from perfkit.fit import NEEDS
from perfkit.months import Months
from perfkit.periods import is_year, kind_of
from perfkit.scheme.model import Components
from perfkit.scoring import adjustments, appraisal, hours, keys, ledger, monthly_plan, payout, postings, ranking, tiers
from perfkit.scoring.contribution import NOTHING, Contribution
from perfkit.steps import step

AT_YEAR_END = ("appraisal", "adjustments")  # they speak of the whole year
OF_THE_PLAN = ("monthly_plan", *AT_YEAR_END)  # what shares its steps with the months and the payments; all others stand on their own
DIVISIONS = ["division", "score", "rank", "tier", "coefficient", "advanced", "excellent_places", "headroom"]
STAFF = ["staff", "division", "role", "hours", "statutory_hours", "personal", "democratic", "organisation", "score", "rank", "rating",
         "coefficient", "included", "reason"]  # fmt: skip
LEADERS = {"leader": object, "divisions": object, "coefficient": float}
OPEN = ["subject", "question", "options"]
STAFF_KINDS = dict.fromkeys(STAFF, object) | dict.fromkeys(("hours", "statutory_hours", "personal", "democratic", "organisation", "score", "rank",
                                                            "coefficient"), float) | {"included": bool}  # fmt: skip
STAFF_MONTHS = {"period": object, "staff": object, "division": object, "role": object, "score": float, "rank": float}
PAYOUTS = {"period": object, "staff": object, "kind": object, "base": float, "factor": float, "amount": float, "rules": object}
_ALL, _YEAR = ("month", "quarter", "half_year", "year"), ("year",)
# Steps with ledger lines, in the order of the ledger: in which periods, and for which section of a scheme.
STEPS = {
    "month_scores": (_ALL, "components.monthly_plan"), "staff_months": (_ALL, "personal"), "organisation_payments": (_ALL, "payouts"),
    "standard_payments": (_ALL, "payouts"), "competitive_payments": (_ALL, "payouts"),
    "division_scores": (_ALL[1:], "components"), "bureau": (_ALL[1:], "components"), "divisions_year": (_YEAR, "tiers"), "staff_scores": (_YEAR, "personal"),
    "staff_rated": (_YEAR, "personal"), "leaders_year": (_YEAR, "payouts"), "annual_payments": (_YEAR, "payouts"),
}  # fmt: skip

_TIER_RULES = {
    "forced": "tiers.coefficients;tiers.shares;tiers.rounding;tiers.place_tie_order;tiers.tie_break;tiers.at_border;tiers.groups;veto.effect;veto.removes",
    "bands": "tiers.coefficients;tiers.method;tiers.bands;veto.effect;veto.removes",
}


def _grades(people: pd.DataFrame) -> dict[str, str]:
    return dict(zip(people["staff"], people["grade"], strict=True))


def _by_subject(lines: ledger.Lines) -> pd.Series:
    return pd.Series(lines["value"], index=lines["subject"]).groupby(level=0, sort=False).sum()


def _empty(kinds: Mapping[str, Any]) -> pd.DataFrame:
    """A table of what a scheme does not have."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def _contributed(part: str, stages: "Stages") -> Contribution:
    """The contribution of a component's own module, with the parameters of its section."""
    section, tables = getattr(stages.spec.components, part), {table: stages.records[table] for table in NEEDS[f"components.{part}"]}
    kind: Any = Components.model_fields[part].annotation
    given = {name: getattr(section, name).value for name in kind.model_fields if name != "weight"}
    found: Contribution = import_module(f"perfkit.scoring.{part}").contribution(tables, stages.scope, **given)
    stages.asked.extend(found.asked)  # here, for several steps take the contribution
    return found


def _times(lines: ledger.Lines, weight: float) -> ledger.Lines:
    return lines.but(weight=lines["weight"] * weight) if weight != 1.0 else lines


def _open(rows: Iterable[tuple[str, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(sorted(rows), columns=OPEN)


class Stages(Months):
    """One assessment, step by step."""

    def results(self) -> dict[str, pd.DataFrame]:
        """What is published of an assessment, without the lines behind it."""
        year, people = is_year(self.period), self.spec.has("personal")
        found = {
            "divisions": self.divisions_year if year and self.spec.has("tiers") else self._divisions_untiered(),
            "staff": (self._staff_year() if year else self._staff_month()) if people else _empty(STAFF_KINDS),
            "leaders": self.leaders_year if year and people else _empty(LEADERS),
            "payouts": self._payouts() if people else _empty(PAYOUTS),
            "standing": self.standing,
            "bureau": self.bureau,
        }  # fmt: skip
        return {**found, "open": _open(question for outcome in self.outcomes() for question in outcome.asked)}

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table of the assessment, by name."""
        found, people = self.results(), self.spec.has("personal")
        steps = [name for name, (kinds, section) in STEPS.items() if kind_of(self.period) in kinds and self.spec.has(section)]
        return {
            **found, "ledger": ledger.joined(lines for outcome in self.outcomes(*steps) for lines in outcome.lines).frame(),
            "division_months": self.month_scores, "staff_months": self.staff_months if people else _empty(STAFF_MONTHS), "items": self.items,
            "entries": self.entries,
        }  # fmt: skip

    def beside(self) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
        """What the reports of the components show: internally, and in public."""
        parts = [self.contribution(part) for part in self.due]
        return ({name: table for part in parts for name, table in part.tables.items()}, {name: table for part in parts for name, table in part.public.items()})

    def _payouts(self) -> pd.DataFrame:
        """All payments of the period."""
        parts = [self.organisation_payments, self.standard_payments, self.competitive_payments, *([self.annual_payments] if is_year(self.period) else [])]
        filled = [part for part in parts if len(part)]
        return pd.concat(filled, ignore_index=True) if filled else parts[0]

    def _divisions_untiered(self) -> pd.DataFrame:
        """The divisions of a period without tiers, in the shape of a year's; tiers belong to the year."""
        if kind_of(self.period) == "month":
            found = self.month_scores.assign(monthly_plan=self.month_scores["score"])
        else:
            scored = self.division_scores
            found = scored.assign(rank=ranking.rank_in(keys.codes([np.zeros(len(scored))]), scored["score"].to_numpy()))
        shown = [name for name in self.columns if name in (*DIVISIONS, *OF_THE_PLAN, *found)]
        return found.reindex(columns=shown).astype({"tier": object, "advanced": object})

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
        hours = (self.year_hours if is_year(self.period) else self.month_hours) if self.spec.has("personal") else _empty(STAFF_KINDS)
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
        """The bureau's own score, where components say something of it as a whole: a column a component, and the score."""
        whole = {part: lines for part in self.due if len(lines := self.contribution(part).whole)} if kind_of(self.period) != "month" else {}
        own = {part: float(ranking.half_up(lines["value"].sum(), self.decimals)) for part, lines in whole.items()}
        weights = self._weights(list(whole))
        lines = ledger.joined(_times(each, weights.get(part, 1.0)) for part, each in whole.items())
        if not len(lines):
            return pd.DataFrame({"period": pd.Series(dtype=object), "score": pd.Series(dtype=float)})
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
        rule, standing = self.spec.tiers, self.standing
        chain = tiers.chain(standing, rule.tie_break.value, self.orders, self.decimals)
        tier = tiers.assign(
            standing, chain, shares=rule.shares.value, rounding=rule.rounding.value, place_tie_order=rule.place_tie_order.value,
            groups=rule.groups.value, at_border=rule.at_border.value, effect=self.spec.veto.effect.value,
        )  # fmt: skip
        undecided = tier.isna() & own["score"].notna()
        self.asked.extend((division, "tie_at_tier_border", ";".join(rule.shares.value)) for division in own.loc[undecided, "division"])
        own = own.assign(tier=tier)
        return own.assign(headroom=tiers.headroom(own, rule.shares.value))

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

    def _staff_month(self) -> pd.DataFrame:
        months = self.staff_months
        return self._with_left_out(months.assign(democratic=np.nan, coefficient=np.nan, rating=np.full(len(months), np.nan, dtype=object)))

    @step
    def democratic(self) -> pd.DataFrame:
        """The democratic appraisal: each rater group's mean for each person assessed, and its weight."""
        rule, votes = self.spec.personal, self.votes("democratic")
        own = votes[votes["subject"].isin(self.year_hours["staff"])]
        return appraisal.group_means(own, rule.democratic_points.value, rule.democratic_groups.value)

    @step
    def staff_scores(self) -> pd.DataFrame:
        """Everyone's year: personal part, organisation part, score and rank."""
        parts = postings.by_days(self.days_in_year[0], self._valued(self.standing.assign(period=self.year), "score"), whole=True)
        return self._scored(self.timed_year, self.own_year, parts)

    @step
    def timed_year(self) -> pd.DataFrame:
        """Everyone's year with the points of their hours and of the democratic appraisal."""
        timed = self._timed(self.year_hours)
        timed["democratic"] = timed["staff"].map(appraisal.result(self.democratic)).astype(float)
        self.asked.extend((person, "appraisal_missing", "democratic") for person in timed.loc[timed["democratic"].isna(), "staff"])
        return timed

    @step
    def own_year(self) -> ledger.Lines:
        """Everyone's year: the lines of the personal part."""
        return self._own(self.timed_year, self.democratic)

    @step
    def staff_rated(self) -> pd.DataFrame:
        """Everyone's year with rating and coefficient."""
        rating = self.ratings
        coefficient = self._own_coefficients(rating)
        settled = np.flatnonzero(~np.isnan(coefficient))
        self.lines.append(ledger.lines(
            settled, period=self.year, subject=self.staff_scores["staff"].to_numpy(dtype=object)[settled], measure="coefficient", component="rating",
            item=[each or "" for each in rating[settled]], raw=coefficient[settled],
            rules="payouts.personal_coefficients;payouts.coefficients_apply_to;excellent.shares;excellent.rounding;excellent.counts;"
                  "excellent.at_last_place;excellent.from_rating;veto.removes",
        ))  # fmt: skip
        return self.staff_scores.assign(rating=rating, coefficient=coefficient)

    def _staff_year(self) -> pd.DataFrame:
        """Everyone's year, those left out with the reason."""
        return self._with_left_out(self.staff_rated)

    def _own_coefficients(self, rating: np.ndarray) -> np.ndarray:
        """By rating for everyone in a division, or the same for all where the plan's are for leaders only."""
        rule = self.spec.payouts
        if rule.coefficients_apply_to.value == "leaders":
            return np.full(len(rating), rule.coefficient_otherwise.value, dtype=float)
        by_rating: dict[Any, float] = dict(rule.personal_coefficients.value)
        return np.array([by_rating.get(each, np.nan) for each in rating], dtype=float)

    @step
    def ratings(self) -> np.ndarray:
        """The given rating, or excellent for those who take a place; None while undecided."""
        staff, divisions, standing = self.staff_scores, self.divisions_year, self.standing
        person, home = (staff[name].to_numpy(dtype=object) for name in ("staff", "division"))
        given = np.array([self.given_ratings.get(each) for each in person], dtype=object)
        rated = np.array([each is not None for each in given], dtype=bool)
        removes = self.spec.veto.removes.value
        vetoed = set(standing.loc[standing["vetoed"], "division"]) if "staff_excellent" in removes else set()
        heads = self.vetoed_heads if "head_excellent" in removes else set()
        barred = np.array([division in vetoed or each in heads for each, division in zip(person, home, strict=True)], dtype=bool)
        eligible = np.where(barred, False, np.where(rated, given == self.spec.excellent.from_rating.value, None))
        places = dict(zip(divisions["division"], divisions["excellent_places"], strict=True))
        first = tiers.excellent({**{name: staff[name] for name in ("staff", "division", "score", "hours", "democratic")}, "eligible": eligible},
                                places, self.orders, self.spec.excellent.at_last_place.value, self.decimals)  # fmt: skip
        settled = np.array([each is not None for each in first], dtype=bool)
        unscored = np.isnan(staff["score"].to_numpy(dtype=float))
        known = ~np.isnan(np.array([places.get(each, np.nan) for each in home], dtype=float))
        self.asked.extend((each, "rating_missing", "competent;basic;incompetent") for each in person[~rated])
        contested = ~settled & rated & known & ~unscored
        waiting = set(home[~rated | (unscored & (eligible != False))])  # noqa: E712
        self.asked.extend((each, "excellent_waits" if division in waiting else "tie_for_excellent", "") for each, division in
                          zip(person[contested], home[contested], strict=True))  # fmt: skip
        found = np.full(len(person), None, dtype=object)
        found[settled & rated] = np.where(first == True, "excellent", given)[settled & rated]  # noqa: E712
        return found

    def _with_left_out(self, found: pd.DataFrame) -> pd.DataFrame:
        """Those assessed, and everyone else but the leaders with the reason why not, in the order of the staff table."""
        left, place = self.left_out, self.staff_order
        whole = {"included": np.ones(len(found), dtype=bool), "reason": np.full(len(found), "", dtype=object)}
        both = {name: np.concatenate([whole.get(name, found.get(name)), left[name]])[place] for name in STAFF}
        return pd.DataFrame({name: pd.Series(values, dtype=values.dtype) for name, values in both.items()})

    @step
    def staff_order(self) -> np.ndarray:
        """The rows of those assessed, then of those left out, in the order of the staff table."""
        assessed = self.year_hours if is_year(self.period) else self.month_hours
        place = keys.positions([np.concatenate([assessed["staff"], self.left_out["staff"]])], [self.records["staff"]["staff"]])
        found: np.ndarray = place[place >= 0]
        return found

    @step
    def left_out(self) -> pd.DataFrame:
        """Everyone who is not assessed, but the leaders, and why: the columns of the staff table."""
        found = self.year_hours if is_year(self.period) else self.month_hours
        everyone = self.records["staff"]["staff"]
        posts, leads = self.held_in_year if is_year(self.period) else self.held_in_months
        posts = postings.last_post(posts).set_index("staff")
        leaders = leads.loc[~leads["staff"].isin(self.out), "staff"]
        rest = everyone[~everyone.isin(found["staff"]) & ~everyone.isin(leaders)]
        inside = rest.isin(posts.index)
        reason = rest.map(self.out).where(rest.isin(self.out), inside.map({True: "no_statutory_hours", False: "outside_divisions"}))
        reason = reason.mask(rest.isin(self.directors["staff"]), "director")
        held = {name: rest.map(posts[name]).astype(object).fillna("") for name in ("division", "role")}
        left = pd.DataFrame({"staff": rest, **held, "included": False, "reason": reason}).reindex(columns=STAFF)
        return left[left["staff"].notna()].astype(dict.fromkeys(("hours", "statutory_hours", "personal", "democratic", "organisation", "score", "rank",
                                                                 "coefficient"), float))  # fmt: skip

    @step
    def leaders_year(self) -> pd.DataFrame:
        """Each leader's mean of the led divisions' coefficients: A, A, C → 1.0667."""
        rule = self.spec.payouts
        leads, year = self.days_in_year[1], self.divisions_year.assign(period=self.year)
        parts = postings.by_days(leads, self._valued(year, "coefficient"), whole=True)
        if rule.leader_mean.value != "simple":
            by = year["score"] if rule.leader_mean.value == "score" else self.standing["assessed"]
            parts = postings.reweighted(parts, {**self._valued(year, "coefficient"), "value": by})
        lines = ledger.lines(
            parts["raw"], period=self.year, subject=parts["staff"], measure="coefficient", component="leader_mean", item=parts["division"],
            raw=parts["raw"], weight=parts["weight"], rules="payouts.leader_mean;tiers.coefficients",
        )  # fmt: skip
        if rule.leader_decimals.value is not None:
            lines = ledger.rounded(lines, rule.leader_decimals.value, "payouts.leader_decimals")
        self.lines.append(lines)
        groups = keys.codes([lines["subject"]])
        sums = dict(zip(lines["subject"][keys.first(groups)], keys.sums(groups, lines["value"]), strict=True))
        return self.led.assign(coefficient=np.array([sums.get(each, np.nan) for each in self.led["leader"]], dtype=float))

    @step
    def led(self) -> pd.DataFrame:
        """Each leader and the divisions led in the year."""
        leads = self.days_in_year[1]
        return leads.groupby("staff", sort=False)["division"].agg(";".join).rename("divisions").rename_axis("leader").reset_index()

    @step
    def grades(self) -> dict[str, str]:
        """Staff → grade of the last assessed day, of leaders the last day they led."""
        return {**_grades(postings.last_post(self.held_in_year[1])), **_grades(self.year_hours)}

    @step
    def annual_payments(self) -> pd.DataFrame:
        """The year's payments: base × division coefficient × own coefficient."""
        given, led, own = self.given_ratings, self.leaders_year, self.staff_rated
        by_rating: dict[Any, float] = dict(self.spec.payouts.personal_coefficients.value)
        parts = postings.by_days(self.days_in_year[0], self._valued(self.divisions_year.assign(period=self.year), "coefficient"), whole=True)
        leaders = led["leader"].to_numpy(dtype=object)
        self.asked.extend((leader, "rating_missing", "excellent;competent;basic;incompetent") for leader in leaders if leader not in given)
        staff = np.concatenate([own["staff"].to_numpy(dtype=object), leaders])
        bases = self.bases["annual"].to_dict()
        return self._paid(payout.annual({
            "period": np.broadcast_to(np.array(self.year, dtype=object), len(staff)), "staff": staff,
            "base": np.array([bases.get(self.grades.get(each), np.nan) for each in staff], dtype=float),
            "division_coefficient": np.concatenate([postings.mean_of(parts, own["period"], own["staff"]), led["coefficient"].to_numpy()]),
            "own_coefficient": np.concatenate([own["coefficient"].to_numpy(dtype=float),
                                               np.array([by_rating.get(given.get(each), np.nan) for each in leaders], dtype=float)]),
        }, decimals=self.cents))  # fmt: skip
