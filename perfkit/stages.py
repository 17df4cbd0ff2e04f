"""The one place that puts the rules in order: months, people, the year, tiers, coefficients, payments."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from perfkit.months import Months
from perfkit.periods import is_year
from perfkit.scoring import adjustments, appraisal, hours, keys, ledger, monthly_plan, payout, postings, ranking, tiers
from perfkit.steps import step

COMPONENTS = ["monthly_plan", "appraisal", "adjustments"]
DIVISIONS = ["division", *COMPONENTS, "score", "rank", "tier", "coefficient", "advanced", "excellent_places", "headroom"]
STAFF = ["staff", "division", "role", "hours", "statutory_hours", "personal", "democratic", "organisation", "score", "rank", "rating",
         "coefficient", "included", "reason"]  # fmt: skip
LEADERS = {"leader": object, "divisions": object, "coefficient": float}
OPEN = ["subject", "question", "options"]
MONTHLY = ("month_scores", "staff_months", "organisation_payments", "standard_payments", "competitive_payments")
ANNUAL = ("division_scores", "divisions_year", "staff_scores", "staff_rated", "leaders_year", "annual_payments")

_TIER_RULES = "tiers.coefficients;tiers.shares;tiers.rounding;tiers.place_tie_order;tiers.tie_break;tiers.at_border;tiers.groups;veto.effect;veto.removes"


def _grades(people: pd.DataFrame) -> dict[str, str]:
    return dict(zip(people["staff"], people["grade"], strict=True))


def _by_subject(lines: ledger.Lines) -> pd.Series:
    return pd.Series(lines["value"], index=lines["subject"]).groupby(level=0, sort=False).sum()


def _open(rows: Iterable[tuple[str, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(sorted(rows), columns=OPEN)


class Stages(Months):
    """One assessment, step by step."""

    def results(self) -> dict[str, pd.DataFrame]:
        """What is published of an assessment, without the lines behind it."""
        year = is_year(self.period)
        found = {
            "divisions": self.divisions_year if year else self._divisions_month(),
            "staff": self._staff_year() if year else self._staff_month(),
            "leaders": self.leaders_year if year else pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in LEADERS.items()}),
            "payouts": self._payouts(),
            "standing": self.standing,
        }  # fmt: skip
        return {**found, "open": _open(question for outcome in self.outcomes() for question in outcome.asked)}

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table of the assessment, by name."""
        found = self.results()
        steps = (*MONTHLY, *(ANNUAL if is_year(self.period) else ()))
        return {
            **found, "ledger": ledger.joined(lines for outcome in self.outcomes(*steps) for lines in outcome.lines).frame(),
            "division_months": self.month_scores, "staff_months": self.staff_months, "items": self.items, "entries": self.entries,
        }  # fmt: skip

    def _payouts(self) -> pd.DataFrame:
        """All payments of the period."""
        parts = [self.organisation_payments, self.standard_payments, self.competitive_payments, *([self.annual_payments] if is_year(self.period) else [])]
        filled = [part for part in parts if len(part)]
        return pd.concat(filled, ignore_index=True) if filled else parts[0]

    def _divisions_month(self) -> pd.DataFrame:
        """A month's divisions in the shape of the year's; tiers belong to the year."""
        divisions = self.month_scores.assign(monthly_plan=self.month_scores["score"]).reindex(columns=DIVISIONS)
        return divisions.astype({"tier": object, "advanced": object})

    @step
    def standing(self) -> pd.DataFrame:
        """What stands beside each division's rank, with its score."""
        scores = self.division_scores if is_year(self.period) else self.month_scores
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
        own = (self.year_hours if is_year(self.period) else self.month_hours).groupby("division")["hours"]
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
        rule, rows = self.spec.components.adjustments, self.records["adjustments"]
        rows = rows[(rows["date"].dt.strftime("%Y") == self.year) & is_year(self.period)]
        self.asked.extend((division, "adjustment_undecided", number) for division, number in
                          rows.loc[rows["decided_on"].isna(), ["division", "adjustment"]].itertuples(index=False, name=None))  # fmt: skip
        return adjustments.score(rows[rows["decided_on"].notna()], period=self.year, bonuses=rule.bonuses.value, deductions=rule.deductions.value,
                                 amounts=rule.amounts.value)  # fmt: skip

    @step
    def timed_divisions(self) -> ledger.Lines:
        """Lines of mean personal hours as a part of the score; none where the scheme only refers to them."""
        rule, full = self.spec.components.mean_hours, self.spec.personal.full_marks.value
        people = self.year_hours if rule.use.value == "component" else self.year_hours.iloc[:0]
        return hours.component(people, period=self.year, weight=rule.weight.value, full_marks=full)

    @step
    def components(self) -> pd.DataFrame:
        """The divisions' year before it is summed: a column a component, 0 to 100 points; ``mean_hours`` only where it counts."""
        part, timed = self.spec.components, self.timed_divisions
        own = pd.DataFrame({"division": self.records["divisions"]["division"].to_list()})
        scored = self.month_scores.dropna(subset=["score"]).groupby("division")["score"]
        own["monthly_plan"] = own["division"].map(scored.agg(part.monthly_plan.aggregate.value))
        own["appraisal"] = own["division"].map(appraisal.result(self.mass))
        own["adjustments"] = own["division"].map(_by_subject(self.register)).fillna(0.0)
        if part.mean_hours.use.value == "component":
            own["mean_hours"] = own["division"].map(pd.Series(timed["raw"], index=timed["subject"]))
            self.asked.extend((division, "hours_missing", "") for division in own.loc[own["mean_hours"].isna(), "division"])
        self.asked.extend((division, "appraisal_missing", "mass") for division in own.loc[own["appraisal"].isna(), "division"])
        return own

    @step
    def division_scores(self) -> pd.DataFrame:
        """The divisions' year: a column a component, and the score; none where a component is missing."""
        part, timed, own = self.spec.components, self.timed_divisions, self.components
        months = self.month_scores.rename(columns={"period": "month"})
        rest = 1.0 - (part.mean_hours.weight.value if part.mean_hours.use.value == "component" else 0.0)
        complete = own.loc[own.notna().all(axis=1), "division"].to_numpy(dtype=object)
        lines = ledger.joined([
            monthly_plan.year(months, period=self.year, weight=part.monthly_plan.weight.value * rest, aggregate=part.monthly_plan.aggregate.value),
            appraisal.score(self.mass, period=self.year, component="appraisal", weight=part.appraisal.weight.value * rest,
                            rules="components.parts;components.appraisal.weight;components.appraisal.points;components.appraisal.rater_groups"),
            timed, self.register,
        ])  # fmt: skip
        lines = ledger.rounded(lines[np.isin(lines["subject"], complete)], self.decimals, "rounding.score_decimals")
        self.lines.append(lines)
        return own.assign(score=ledger.published(lines, self.decimals, self.year, own["division"]))

    @step
    def ranked(self) -> pd.DataFrame:
        """The divisions' year with rank and tier."""
        rule, own, standing = self.spec.tiers, self.division_scores, self.standing
        chain = tiers.chain(standing, rule.tie_break.value, self.orders, self.decimals)
        together = keys.codes([standing["group"]] if rule.groups.value == "apart" else [np.zeros(len(standing))])
        tier = tiers.assign(
            standing, chain, shares=rule.shares.value, rounding=rule.rounding.value, place_tie_order=rule.place_tie_order.value,
            groups=rule.groups.value, at_border=rule.at_border.value, effect=self.spec.veto.effect.value,
        )  # fmt: skip
        undecided = tier.isna() & own["score"].notna()
        self.asked.extend((division, "tie_at_tier_border", ";".join(rule.shares.value)) for division in own.loc[undecided, "division"])
        return own.assign(rank=ranking.rank_in(together, own["score"].to_numpy()), tier=tier)

    @step
    def places_follow(self) -> pd.Series:
        """Division → the people its places for excellent follow."""
        return self.counted(self.year_hours)

    @step
    def divisions_year(self) -> pd.DataFrame:
        """The divisions' year: score, rank, tier, coefficient, titles and places."""
        rule, own, places = self.spec.tiers, self.ranked, self.spec.excellent
        tier, by_tier = own["tier"].to_numpy(dtype=object), dict(rule.coefficients.value)
        settled = np.array([isinstance(each, str) for each in tier], dtype=bool)
        barred = self.standing["vetoed"].to_numpy() & ("advanced" in self.spec.veto.removes.value)
        coefficient = np.array([by_tier.get(each, np.nan) for each in tier], dtype=float)
        given = np.flatnonzero(~np.isnan(coefficient))
        self.lines.append(ledger.lines(
            given, period=self.year, subject=own["division"].to_numpy(dtype=object)[given], measure="coefficient", component="tier", item=tier[given],
            raw=coefficient[given], rules=_TIER_RULES,
        ))  # fmt: skip
        found = {
            **{name: own[name] for name in own}, "coefficient": coefficient,
            "advanced": pd.Series(np.where(settled, (tier == rule.advanced.value) & ~barred, None), dtype=object),
            "excellent_places": tiers.excellent_places(own, self.places_follow, places.shares.value, places.rounding.value),
            "headroom": ranking.half_up(tiers.headroom(own, rule.shares.value), self.decimals),
        }  # fmt: skip
        return pd.DataFrame({name: found[name] for name in [*DIVISIONS[:4], *(["mean_hours"] if "mean_hours" in found else []), *DIVISIONS[4:]]})

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
