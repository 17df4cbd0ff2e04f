"""The one place that puts the rules in order: months, people, the year, tiers, coefficients, payments."""

from collections.abc import Iterable

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

_TIER_RULES = {
    "forced": "tiers.coefficients;tiers.shares;tiers.rounding;tiers.place_tie_order;tiers.tie_break;tiers.at_border;tiers.groups;veto.effect;veto.removes",
    "bands": "tiers.coefficients;tiers.method;tiers.bands;veto.effect;veto.removes",
}


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
        year = is_year(self.period)
        own = (self.year_hours if year else self.month_hours).groupby("division")["hours"]
        register, decided = self.register, self.vetoes["decided_on"].notna()
        deducted = -_by_subject(register[register["value"] < 0]) if year else pd.Series(dtype=float)
        if year:
            self.asked.extend((division, "veto_undecided", "") for division in self.vetoes.loc[~decided, "division"])
        name = pd.Series(self.records["divisions"]["division"].to_list())
        groups = self.records["divisions"].set_index("division")["group"]
        return pd.DataFrame({
            "division": name, "group": name.map(groups), "mean_hours": name.map(own.mean()).astype(float),
            "assessed": name.map(own.size()).fillna(0).astype(int), "deductions": name.map(deducted).fillna(0.0).astype(float),
            "vetoed": name.isin(self.vetoes.loc[decided, "division"]),
        })  # fmt: skip

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
    def places_follow(self) -> pd.Series:
        """Division → the people its places for excellent follow."""
        return self.counted(self.year_hours)

    @step
    def divisions_year(self) -> pd.DataFrame:
        """The divisions' year: score, rank, tier, coefficient, titles and places."""
        rule, own = self.spec.tiers, self.ranked.assign(coefficient=tiers.coefficients(self.ranked, self.spec.tiers.coefficients.value))
        barred = self.standing["vetoed"] & ("advanced" in self.spec.veto.removes.value)
        advanced = (own["tier"] == rule.advanced.value) & ~barred
        own["advanced"] = advanced.astype(object).where(own["tier"].notna(), None)
        places = self.spec.excellent
        own["excellent_places"] = tiers.excellent_places(own, self.places_follow, places.shares.value, places.rounding.value)
        own["headroom"] = ranking.half_up(own["headroom"], self.decimals)
        given = own[own["coefficient"].notna()]
        self.lines.append(ledger.lines(
            given.index, period=self.year, subject=given["division"], measure="coefficient", component="tier", item=given["tier"],
            raw=given["coefficient"], rules=_TIER_RULES[rule.method.value],
        ))  # fmt: skip
        return own[[*DIVISIONS[:4], *(["mean_hours"] if "mean_hours" in own else []), *DIVISIONS[4:]]]

    def _staff_month(self) -> pd.DataFrame:
        found = self.staff_months.assign(included=True, reason="").reindex(columns=STAFF).astype({"rating": object})
        return self._with_left_out(found)

    @step
    def democratic(self) -> pd.DataFrame:
        """The democratic appraisal: each rater group's mean for each person assessed, and its weight."""
        rule, votes = self.spec.personal, self.votes("democratic")
        own = votes[votes["subject"].isin(self.year_hours["staff"])]
        return appraisal.group_means(own, rule.democratic_points.value, rule.democratic_groups.value)

    @step
    def staff_scores(self) -> pd.DataFrame:
        """Everyone's year: personal part, organisation part, score and rank."""
        parts = postings.by_days(self.days_in_year[0], self._valued(self.division_scores, "score"), whole=True)
        staff = self._scored(self._timed(self.year_hours), parts, self.democratic)
        staff["democratic"] = staff["staff"].map(appraisal.result(self.democratic)).astype(float)
        self.asked.extend((person, "appraisal_missing", "democratic") for person in staff.loc[staff["democratic"].isna(), "staff"])
        return staff

    @step
    def staff_rated(self) -> pd.DataFrame:
        """Everyone's year with rating and coefficient."""
        staff = self.staff_scores.assign(rating=self._ratings())
        staff["coefficient"] = self._own_coefficients(staff["rating"])
        settled = staff[staff["coefficient"].notna()]
        self.lines.append(ledger.lines(
            settled.index, period=self.year, subject=settled["staff"], measure="coefficient", component="rating", item=settled["rating"].fillna(""),
            raw=settled["coefficient"],
            rules="payouts.personal_coefficients;payouts.coefficients_apply_to;excellent.shares;excellent.rounding;excellent.counts;"
                  "excellent.at_last_place;excellent.from_rating;veto.removes",
        ))  # fmt: skip
        return staff

    def _staff_year(self) -> pd.DataFrame:
        """Everyone's year, those left out with the reason."""
        return self._with_left_out(self.staff_rated.assign(included=True, reason="").reindex(columns=STAFF))

    def _own_coefficients(self, rating: pd.Series) -> pd.Series:
        """By rating for everyone in a division, or the same for all where the plan's are for leaders only."""
        rule = self.spec.payouts
        if rule.coefficients_apply_to.value == "leaders":
            return pd.Series(rule.coefficient_otherwise.value, index=rating.index)
        return rating.map(rule.personal_coefficients.value).astype(float)

    def _ratings(self) -> pd.Series:
        """The given rating, or excellent for those who take a place; missing while undecided."""
        staff, divisions, standing = self.staff_scores, self.divisions_year, self.standing
        given = staff["staff"].map(self.given_ratings)
        removes = self.spec.veto.removes.value
        inside = staff["division"].isin(standing.loc[standing["vetoed"], "division"]) & ("staff_excellent" in removes)
        vetoed = inside | (staff["staff"].isin(self.vetoed_heads) & ("head_excellent" in removes))
        eligible = (given == self.spec.excellent.from_rating.value).astype(object).where(given.notna(), None)
        eligible = eligible.mask(vetoed, False)
        places = dict(zip(divisions["division"], divisions["excellent_places"], strict=True))
        candidates = staff[["staff", "division", "score", "hours", "democratic"]].assign(eligible=eligible)
        first = tiers.excellent(candidates, places, self.orders, self.spec.excellent.at_last_place.value, self.decimals)
        known = staff["division"].map(places).notna()
        self.asked.extend((person, "rating_missing", "competent;basic;incompetent") for person in staff.loc[given.isna(), "staff"])
        contested = first.isna() & given.notna() & known & staff["score"].notna()
        waits = (given.isna() | (staff["score"].isna() & (eligible != False))).groupby(staff["division"]).transform("any")  # noqa: E712
        self.asked.extend((person, "excellent_waits" if wait else "tie_for_excellent", "") for person, wait in
                          zip(staff.loc[contested, "staff"], waits[contested], strict=True))  # fmt: skip
        excellent = first.fillna(False).astype(bool)
        return given.mask(excellent, "excellent").astype(object).where(first.notna() & given.notna(), None)

    def _with_left_out(self, found: pd.DataFrame) -> pd.DataFrame:
        """Those assessed, and everyone else but the leaders with the reason why not, in the order of the staff table."""
        both = pd.concat([found, self.left_out], ignore_index=True)
        place = keys.positions([both["staff"]], [self.records["staff"]["staff"]])
        return both.take(place[place >= 0]).reset_index(drop=True)

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
        year, leads = self.divisions_year.assign(headcount=self.standing["assessed"]), self.days_in_year[1]
        parts = postings.by_days(leads, self._valued(year, "coefficient"), whole=True)
        if rule.leader_mean.value != "simple":
            parts = postings.reweighted(parts, self._valued(year, rule.leader_mean.value))
        lines = ledger.lines(
            parts.index, period=self.year, subject=parts["staff"], measure="coefficient", component="leader_mean", item=parts["division"],
            raw=parts["raw"], weight=parts["weight"], rules="payouts.leader_mean;tiers.coefficients",
        )  # fmt: skip
        if rule.leader_decimals.value is not None:
            lines = ledger.rounded(lines, rule.leader_decimals.value, "payouts.leader_decimals")
        self.lines.append(lines)
        found = leads.groupby("staff", sort=False)["division"].agg(";".join).rename("divisions").rename_axis("leader").reset_index()
        return found.assign(coefficient=found["leader"].map(_by_subject(lines)).astype(float))

    def _valued(self, divisions: pd.DataFrame, column: str) -> pd.DataFrame:
        """A number of each division's year: period, division, value."""
        return pd.DataFrame({"period": self.year, "division": divisions["division"], "value": divisions[column]})

    @step
    def grades(self) -> dict[str, str]:
        """Staff → grade of the last assessed day, of leaders the last day they led."""
        return {**_grades(postings.last_post(self.held_in_year[1])), **_grades(self.year_hours)}

    @step
    def annual_payments(self) -> pd.DataFrame:
        """The year's payments: base × division coefficient × own coefficient."""
        given, led = self.given_ratings, self.leaders_year
        coefficients = {str(rating): factor for rating, factor in self.spec.payouts.personal_coefficients.value.items()}
        parts = postings.by_days(self.days_in_year[0], self._valued(self.divisions_year, "coefficient"), whole=True)
        own = self.staff_rated
        mean = postings.mean_of(parts, own["period"], own["staff"])
        inside = own[["staff"]].assign(division_coefficient=mean, own_coefficient=own["coefficient"])
        self.asked.extend((leader, "rating_missing", "excellent;competent;basic;incompetent") for leader in led["leader"] if leader not in given)
        chiefs = pd.DataFrame({"staff": led["leader"], "division_coefficient": led["coefficient"],
                               "own_coefficient": led["leader"].map(given).map(coefficients).astype(float)})  # fmt: skip
        both = pd.concat([inside, chiefs], ignore_index=True).assign(period=self.year)
        both["grade"] = both["staff"].map(self.grades)
        return self._paid(payout.annual(self.based(both, "annual"), decimals=self.cents))
