"""The one place that puts the rules in order: months, people, the year, tiers, coefficients, payments."""

from collections.abc import Iterable

import pandas as pd

from perfkit.inputs import Inputs
from perfkit.periods import is_year
from perfkit.records import workdays
from perfkit.scoring import adjustments, appraisal, hours, ledger, monthly_plan, payout, personal, postings, ranking, tiers

COMPONENTS = ["monthly_plan", "appraisal", "adjustments"]
DIVISIONS = ["division", *COMPONENTS, "score", "rank", "tier", "coefficient", "advanced", "excellent_places", "headroom"]
STAFF = ["staff", "division", "role", "hours", "statutory_hours", "personal", "democratic", "organisation", "score", "rank", "rating",
         "coefficient", "included", "reason"]  # fmt: skip
PAYOUTS = ["period", "staff", "kind", "base", "factor", "amount", "rules"]
OPEN = ["subject", "question", "options"]

_TIER_RULES = "tiers.coefficients;tiers.shares;tiers.rounding;tiers.place_tie_order;tiers.tie_break;tiers.at_border;tiers.groups;veto.effect;veto.removes"


def _grades(people: pd.DataFrame) -> dict[str, str]:
    return dict(zip(people["staff"], people["grade"], strict=True))


def _open(rows: Iterable[tuple[str, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(sorted(rows), columns=OPEN)


class Stages(Inputs):
    """One assessment under way, step by step."""

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table of the assessment, by name."""
        items = self._items()
        division_months = self._division_months(items)
        people, staff_months = self._people_months(division_months)
        self._month_payouts(people, division_months, items)
        if is_year(self.period):
            divisions, standing = self._year(division_months, people)
            staff = self._staff_year(people, divisions, standing)
            leaders = self._leaders(divisions, standing)
            self._annual_payouts(staff, leaders, divisions, people)
        else:
            divisions, standing = self._month(division_months, people)
            staff = self._staff_month(staff_months)
            leaders = pd.DataFrame({"leader": [], "divisions": [], "coefficient": []}).astype({"leader": object, "divisions": object})
        lines = ledger.joined(self.lines)
        staff_ids = set(self.records["staff"]["staff"])
        paid = payout.table(lines[(lines["measure"] == "amount") & lines["subject"].isin(staff_ids)], self.cents)
        return {
            "divisions": divisions, "staff": staff, "leaders": leaders, "payouts": paid, "ledger": lines, "open": _open(self.asked),
            "division_months": division_months, "staff_months": staff_months, "standing": standing, "items": items,
            "entries": self.entries,
        }  # fmt: skip

    def _division_months(self, items: pd.DataFrame) -> pd.DataFrame:
        rule = self.spec.components.monthly_plan
        lines = monthly_plan.score(
            items, full_marks=rule.full_marks.value, unexcused_loss=rule.unexcused_loss.value, loss_base=rule.loss_base.value,
            floor=rule.floor.value, decimals=self.decimals,
        )  # fmt: skip
        self.lines.append(lines)
        grid = pd.MultiIndex.from_product([self.months, self.records["divisions"]["division"]], names=["period", "division"])
        score = ledger.published(lines, self.decimals).rename_axis(["period", "division"]).reindex(grid)
        rank = score.groupby(level="period", group_keys=False).apply(lambda month: ranking.rank(month, self.decimals))
        return pd.DataFrame({"score": score, "rank": rank}).reset_index()

    def _people_months(self, division_months: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Everyone's months: hours against statutory hours, and the month's personal scores."""
        days = workdays(self.scheme.year, self.records["calendar"])
        absences = self.records["absences"]
        rule = self.spec.hours
        leave = hours.leave_days(absences[(absences["approved_by"] != "") & rule.leave_reduces.value], days)
        posts = self.month_posts
        fixed = rule.statutory.value == "fixed_month"
        statutory = hours.statutory(posts, days, leave, hours.fixed_month(days, rule.hours_per_month.value) if fixed else rule.hours_per_day.value)
        self.entries = self._entries()
        worked = hours.worked(self.entries[self.entries["counted"] > 0], self.records["credits"], self.spec.hours.credits.value)
        last = postings.last_post(posts)
        keys = pd.MultiIndex.from_frame(last[["period", "staff"]])
        people = last[["period", "staff", "division", "role", "grade"]].assign(
            hours=worked.reindex(keys, fill_value=0.0).to_numpy(dtype=float), statutory_hours=statutory.reindex(keys).to_numpy(dtype=float)
        )
        people = people[(people["statutory_hours"] > 0) & ~people["staff"].isin(self.out)].reset_index(drop=True)
        self._ask_lost(worked, people)
        scores = division_months.set_index(["period", "division"])["score"]
        parts = postings.by_days(posts, scores)
        people = self._timed(people)
        lines, own = self._personal(people, parts, None)
        self.lines.append(lines)
        return people, self._scored(people, lines, own, parts)

    def _ask_lost(self, worked: pd.Series, people: pd.DataFrame) -> None:
        """Asks about hours and credits of those who take part in months in which they are not assessed."""
        month, staff = worked.index.get_level_values("month"), worked.index.get_level_values("staff")
        counted = worked.index.isin(pd.MultiIndex.from_frame(people[["period", "staff"]]))
        lost = worked[(worked > 0) & month.isin(self.months) & ~counted & ~staff.isin(self.out)]
        self.asked += [(str(person), "hours_not_assessed", f"{total:g}") for person, total in lost.groupby(level="staff").sum().items()]

    def _timed(self, people: pd.DataFrame) -> pd.DataFrame:
        """With the points of everyone's hours, and what a point is worth in the score."""
        rule = self.spec.personal
        points = personal.time_points(people, full_marks=rule.full_marks.value, basis=rule.basis.value,
                                      standard_share=self.spec.hours.standard_share.value)  # fmt: skip
        return people.assign(points=points, unit=personal.unit(people, full_marks=rule.full_marks.value, basis=rule.basis.value))

    def _personal(self, people: pd.DataFrame, parts: pd.DataFrame, democratic: pd.DataFrame | None) -> tuple[pd.DataFrame, pd.Series]:
        rule = self.spec.personal
        return personal.score(people, parts, democratic, weights=rule.weights.value, head=rule.head.value, deputy=rule.deputy.value,
                              cap=None if rule.basis.value == "hours" else rule.cap.value, decimals=self.decimals)  # fmt: skip

    def _scored(self, people: pd.DataFrame, lines: pd.DataFrame, own: pd.Series, parts: pd.DataFrame) -> pd.DataFrame:
        keys = pd.MultiIndex.from_frame(people[["period", "staff"]])
        organisation = pd.Series(postings.mean_of(parts).reindex(keys).to_numpy(dtype=float), people.index)
        scored = people.assign(
            personal=own.reindex(keys).to_numpy(dtype=float),
            organisation=organisation.where(people["role"].isin(["head", "deputy"])),
            score=ledger.published(lines, self.decimals).reindex(keys).to_numpy(dtype=float),
        )
        return scored.assign(rank=personal.rank_within(scored, self.decimals))

    def _month_payouts(self, people: pd.DataFrame, division_months: pd.DataFrame, items: pd.DataFrame) -> None:
        rule, share = self.spec.payouts, self.spec.hours.standard_share.value
        full = self.spec.components.monthly_plan.full_marks.value
        scores = payout.paid_score(
            division_months.set_index(["period", "division"])["score"], items, reduction=rule.organisation_reduction.value,
            bands=[(band["score"], band["pays"]) for band in rule.organisation_bands.value], full_marks=full,
        )  # fmt: skip
        parts = postings.by_days(self.month_posts, scores)
        keys = pd.MultiIndex.from_frame(people[["period", "staff"]])
        own = people.assign(score=postings.mean_of(parts).reindex(keys).to_numpy(dtype=float))
        leads = self.month_leads[~self.month_leads["staff"].isin(self.out)]
        led = postings.mean_of(postings.by_days(leads, scores)).rename_axis(["period", "staff"]).rename("score").reset_index()
        grades = postings.last_post(leads)[["period", "staff", "role", "grade"]]
        rewarded = pd.concat([own, led.merge(grades, on=["period", "staff"])], ignore_index=True)
        organisation = payout.organisation(self._based(rewarded, "monthly_organisation"), roles=rule.organisation_roles.value,
                                           full_marks=full, decimals=self.cents)  # fmt: skip
        standard = payout.standard(self._based(people, "monthly_standard"), roles=rule.standard_roles.value, standard_share=share,
                                   below=rule.below_standard.value, decimals=self.cents)  # fmt: skip
        competitive = payout.competitive(self._based(people, "competitive"), roles=rule.competitive_roles.value, standard_share=share,
                                         competition=rule.competition.value, hour_rate=rule.hour_rate.value, decimals=self.cents)  # fmt: skip
        self.lines += [organisation, standard, competitive]

    def _month(self, division_months: pd.DataFrame, people: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """A month's divisions in the shape of the year's; tiers belong to the year."""
        divisions = division_months.assign(monthly_plan=division_months["score"]).reindex(columns=DIVISIONS)
        divisions = divisions.astype({"tier": object, "advanced": object})
        return divisions, self._standing(divisions, people, pd.Series(dtype=float))

    def _standing(self, divisions: pd.DataFrame, people: pd.DataFrame, deducted: pd.Series) -> pd.DataFrame:
        own = people.groupby("division")["hours"]
        vetoes = self.records["vetoes"]
        inside = vetoes[vetoes["date"].dt.strftime("%Y") == self.year]
        decided = inside["decided_on"].notna()
        if is_year(self.period):
            self.asked += [(division, "veto_undecided", "") for division in inside.loc[~decided, "division"]]
        name = divisions["division"]
        groups = self.records["divisions"].set_index("division")["group"]
        return pd.DataFrame({
            "division": name, "group": name.map(groups), "score": divisions["score"], "mean_hours": name.map(own.mean()).astype(float),
            "assessed": name.map(own.size()).fillna(0).astype(int), "deductions": name.map(deducted).fillna(0.0).astype(float),
            "vetoed": name.isin(inside.loc[decided, "division"]),
        })  # fmt: skip

    def _year_people(self, people: pd.DataFrame) -> pd.DataFrame:
        """One row a person: the sums of the months, the post of the last assessed day."""
        totals = people.groupby("staff")[["hours", "statutory_hours"]].sum()
        inside = people[people["staff"].isin(self.year_posts["staff"])]
        last = inside.sort_values(["staff", "period"], kind="stable").drop_duplicates("staff", keep="last")
        year = last[["staff", "division", "role", "grade"]].merge(totals.reset_index(), on="staff").assign(period=self.year)
        return self._timed(year)

    def _mean_hours(self, people: pd.DataFrame) -> pd.DataFrame:
        """Mean personal hours as a part of the score, where the scheme makes them one."""
        rule, full = self.spec.components.mean_hours, self.spec.personal.full_marks.value
        return hours.component(people if rule.use.value == "component" else people.iloc[:0], period=self.year, weight=rule.weight.value, full_marks=full)

    def _year(self, division_months: pd.DataFrame, people: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The divisions' year: score, rank, tier, coefficient, titles and places."""
        part = self.spec.components
        months = division_months.rename(columns={"period": "month"})
        mass = appraisal.group_means(self._votes("mass"), part.appraisal.points.value, part.appraisal.rater_groups.value)
        rows = self.records["adjustments"]
        rows = rows[rows["date"].dt.strftime("%Y") == self.year]
        self.asked += [(division, "adjustment_undecided", number) for division, number in
                       rows.loc[rows["decided_on"].isna(), ["division", "adjustment"]].itertuples(index=False, name=None)]  # fmt: skip
        register = adjustments.score(
            rows[rows["decided_on"].notna()], period=self.year, bonuses=part.adjustments.bonuses.value,
            deductions=part.adjustments.deductions.value, amounts=part.adjustments.amounts.value,
        )  # fmt: skip
        year_people = self._year_people(people)
        timed = self._mean_hours(year_people)
        rest = 1.0 - (part.mean_hours.weight.value if part.mean_hours.use.value == "component" else 0.0)
        own = pd.DataFrame({"division": self.records["divisions"]["division"].to_list()})
        scored = months.dropna(subset=["score"]).groupby("division")["score"]
        own["monthly_plan"] = own["division"].map(scored.agg(part.monthly_plan.aggregate.value))
        own["appraisal"] = own["division"].map(appraisal.result(mass))
        own["adjustments"] = own["division"].map(register.groupby("subject")["value"].sum()).fillna(0.0)
        complete = own.loc[own["monthly_plan"].notna() & own["appraisal"].notna(), "division"]
        if part.mean_hours.use.value == "component":
            own["mean_hours"] = own["division"].map(timed.set_index("subject")["raw"])
            complete = own.loc[own["division"].isin(complete) & own["mean_hours"].notna(), "division"]
            self.asked += [(division, "hours_missing", "") for division in own.loc[own["mean_hours"].isna(), "division"]]
        self.asked += [(division, "appraisal_missing", "mass") for division in own.loc[own["appraisal"].isna(), "division"]]
        lines = ledger.joined([
            monthly_plan.year(months, period=self.year, weight=part.monthly_plan.weight.value * rest, aggregate=part.monthly_plan.aggregate.value),
            appraisal.score(mass, period=self.year, component="appraisal", weight=part.appraisal.weight.value * rest,
                            rules="components.parts;components.appraisal.weight;components.appraisal.points;components.appraisal.rater_groups"),
            timed, register,
        ])  # fmt: skip
        lines = ledger.rounded(lines[lines["subject"].isin(complete)], self.decimals, "rounding.score_decimals")
        self.lines.append(lines)
        own["score"] = own["division"].map(ledger.published(lines, self.decimals).droplevel(0))
        deducted = -register[register["value"] < 0].groupby("subject")["value"].sum()
        standing = self._standing(own, year_people, deducted)
        return self._placed(own, standing, year_people), standing

    def _placed(self, own: pd.DataFrame, standing: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
        rule = self.spec.tiers
        keys = tiers.chain(standing, rule.tie_break.value, self.orders, self.decimals)
        apart = rule.groups.value == "apart"
        together = standing["group"] if apart else pd.Series("", index=standing.index)
        own["rank"] = own["score"].groupby(together, group_keys=False).apply(lambda scores: ranking.rank(scores, self.decimals))
        own["tier"] = tiers.assign(
            standing, keys, shares=rule.shares.value, rounding=rule.rounding.value, place_tie_order=rule.place_tie_order.value,
            groups=rule.groups.value, at_border=rule.at_border.value, effect=self.spec.veto.effect.value,
        )  # fmt: skip
        undecided = own["tier"].isna() & own["score"].notna()
        self.asked += [(division, "tie_at_tier_border", ";".join(rule.shares.value)) for division in own.loc[undecided, "division"]]
        own["coefficient"] = tiers.coefficients(own, rule.coefficients.value)
        barred = standing["vetoed"] & ("advanced" in self.spec.veto.removes.value)
        own["advanced"] = (own["tier"] == rule.advanced.value) & ~barred
        own["advanced"] = own["advanced"].astype(object).where(own["tier"].notna(), None)
        own["excellent_places"] = tiers.excellent_places(own, self._counted(people), self.spec.excellent.shares.value, self.spec.excellent.rounding.value)
        own["headroom"] = ranking.half_up(tiers.headroom(own, rule.shares.value), self.decimals)
        given = own[own["coefficient"].notna()]
        self.lines.append(ledger.lines(
            given.index, period=self.year, subject=given["division"], measure="coefficient", component="tier", item=given["tier"],
            raw=given["coefficient"], rules=_TIER_RULES,
        ))  # fmt: skip
        return own[[*DIVISIONS[:4], *(["mean_hours"] if "mean_hours" in own else []), *DIVISIONS[4:]]]

    def _staff_month(self, staff_months: pd.DataFrame) -> pd.DataFrame:
        found = staff_months.assign(included=True, reason="").reindex(columns=STAFF).astype({"rating": object})
        return self._with_left_out(found)

    def _staff_year(self, people: pd.DataFrame, divisions: pd.DataFrame, standing: pd.DataFrame) -> pd.DataFrame:
        rule = self.spec.personal
        year = self._year_people(people)
        votes = self._votes("democratic")
        democratic = appraisal.group_means(votes[votes["subject"].isin(year["staff"])], rule.democratic_points.value, rule.democratic_groups.value)
        scores = divisions.assign(period=self.year).set_index(["period", "division"])["score"]
        parts = postings.by_days(self.year_posts, scores, whole=True)
        lines, own = self._personal(year, parts, democratic)
        self.lines.append(lines)
        staff = self._scored(year, lines, own, parts)
        staff["democratic"] = staff["staff"].map(appraisal.result(democratic)).astype(float)
        self.asked += [(person, "appraisal_missing", "democratic") for person in staff.loc[staff["democratic"].isna(), "staff"]]
        staff["rating"] = self._ratings(staff, divisions, standing)
        staff["coefficient"] = self._own_coefficients(staff["rating"])
        settled = staff[staff["coefficient"].notna()]
        self.lines.append(ledger.lines(
            settled.index, period=self.year, subject=settled["staff"], measure="coefficient", component="rating", item=settled["rating"].fillna(""),
            raw=settled["coefficient"],
            rules="payouts.personal_coefficients;payouts.coefficients_apply_to;excellent.shares;excellent.rounding;excellent.counts;"
                  "excellent.at_last_place;excellent.from_rating;veto.removes",
        ))  # fmt: skip
        return self._with_left_out(staff.assign(included=True, reason="").reindex(columns=STAFF))

    def _own_coefficients(self, rating: pd.Series) -> pd.Series:
        """By rating for everyone in a division, or the same for all where the plan's are for leaders only."""
        rule = self.spec.payouts
        if rule.coefficients_apply_to.value == "leaders":
            return pd.Series(rule.coefficient_otherwise.value, index=rating.index)
        return rating.map(rule.personal_coefficients.value).astype(float)

    def _ratings(self, staff: pd.DataFrame, divisions: pd.DataFrame, standing: pd.DataFrame) -> pd.Series:
        """The given rating, or excellent for those who take a place; missing while undecided."""
        given = staff["staff"].map(self._given_ratings())
        removes = self.spec.veto.removes.value
        inside = staff["division"].isin(standing.loc[standing["vetoed"], "division"]) & ("staff_excellent" in removes)
        vetoed = inside | (staff["staff"].isin(self._vetoed_heads()) & ("head_excellent" in removes))
        eligible = (given == self.spec.excellent.from_rating.value).astype(object).where(given.notna(), None)
        eligible = eligible.mask(vetoed, False)
        places = dict(zip(divisions["division"], divisions["excellent_places"], strict=True))
        candidates = staff[["staff", "division", "score", "hours", "democratic"]].assign(eligible=eligible)
        first = tiers.excellent(candidates, places, self.orders, self.spec.excellent.at_last_place.value, self.decimals)
        known = staff["division"].map(places).notna()
        self.asked += [(person, "rating_missing", "competent;basic;incompetent") for person in staff.loc[given.isna(), "staff"]]
        contested = first.isna() & given.notna() & known & staff["score"].notna()
        waits = (given.isna() | (staff["score"].isna() & (eligible != False))).groupby(staff["division"]).transform("any")  # noqa: E712
        self.asked += [(person, "excellent_waits" if wait else "tie_for_excellent", "") for person, wait in
                       zip(staff.loc[contested, "staff"], waits[contested], strict=True)]  # fmt: skip
        excellent = first.fillna(False).astype(bool)
        return given.mask(excellent, "excellent").astype(object).where(first.notna() & given.notna(), None)

    def _with_left_out(self, found: pd.DataFrame) -> pd.DataFrame:
        """Those assessed, and everyone else but the leaders with the reason why not."""
        everyone = self.records["staff"]["staff"]
        posts, leads = (self.year_posts, self.year_leads) if is_year(self.period) else (self.month_posts, self.month_leads)
        posts = postings.last_post(posts).set_index("staff")
        leaders = leads.loc[~leads["staff"].isin(self.out), "staff"]
        rest = everyone[~everyone.isin(found["staff"]) & ~everyone.isin(leaders)]
        inside = rest.isin(posts.index)
        reason = rest.map(self.out).where(rest.isin(self.out), inside.map({True: "no_statutory_hours", False: "outside_divisions"}))
        reason = reason.mask(rest.isin(self.directors["staff"]), "director")
        held = {name: rest.map(posts[name]).astype(object).fillna("") for name in ("division", "role")}
        left = pd.DataFrame({"staff": rest, **held, "included": False, "reason": reason}).reindex(columns=STAFF)
        left = left.astype({name: found[name].dtype for name in ("hours", "statutory_hours", "personal", "democratic", "organisation", "score",
                                                                 "rank", "coefficient")})  # fmt: skip
        order = {staff: place for place, staff in enumerate(everyone)}
        both = pd.concat([found, left[left["staff"].notna()]], ignore_index=True)
        return both.sort_values("staff", key=lambda ids: ids.map(order), kind="stable", ignore_index=True)

    def _leaders(self, divisions: pd.DataFrame, standing: pd.DataFrame) -> pd.DataFrame:
        """Each leader's mean of the led divisions' coefficients: A, A, C → 1.0667."""
        rule = self.spec.payouts
        year = divisions.assign(period=self.year, headcount=standing["assessed"]).set_index(["period", "division"])
        leads = self.year_leads[~self.year_leads["staff"].isin(self.out)]
        parts = postings.by_days(leads, year["coefficient"], whole=True)
        if rule.leader_mean.value != "simple":
            parts = postings.reweighted(parts, year[rule.leader_mean.value])
        lines = ledger.lines(
            parts.index, period=self.year, subject=parts["staff"], measure="coefficient", component="leader_mean", item=parts["division"],
            raw=parts["raw"], weight=parts["weight"], rules="payouts.leader_mean;tiers.coefficients",
        )  # fmt: skip
        if rule.leader_decimals.value is not None:
            lines = ledger.rounded(lines, rule.leader_decimals.value, "payouts.leader_decimals")
        self.lines.append(lines)
        led = leads.drop_duplicates(["staff", "division"])
        found = led.groupby("staff", sort=False)["division"].agg(";".join).rename("divisions").rename_axis("leader").reset_index()
        mean = lines.groupby("subject", sort=False)["value"].sum()
        return found.assign(coefficient=found["leader"].map(mean).astype(float))

    def _annual_payouts(self, staff: pd.DataFrame, led: pd.DataFrame, divisions: pd.DataFrame, people: pd.DataFrame) -> None:
        given = self._given_ratings()
        coefficients = {str(rating): factor for rating, factor in self.spec.payouts.personal_coefficients.value.items()}
        values = divisions.assign(period=self.year).set_index(["period", "division"])["coefficient"]
        parts = postings.by_days(self.year_posts, values, whole=True)
        mean = postings.mean_of(parts)
        mean = mean.droplevel(0) if len(mean) else mean
        grades = {**_grades(postings.last_post(self.year_leads)), **_grades(self._year_people(people))}
        own = staff[staff["included"]]
        inside = own[["staff"]].assign(division_coefficient=own["staff"].map(mean), own_coefficient=own["coefficient"])
        self.asked += [(leader, "rating_missing", "excellent;competent;basic;incompetent") for leader in led["leader"] if leader not in given]
        chiefs = pd.DataFrame({"staff": led["leader"], "division_coefficient": led["coefficient"],
                               "own_coefficient": led["leader"].map(given).map(coefficients).astype(float)})  # fmt: skip
        both = pd.concat([inside, chiefs], ignore_index=True).assign(period=self.year)
        both["grade"] = both["staff"].map(grades)
        self.lines.append(payout.annual(self._based(both, "annual"), decimals=self.cents))
