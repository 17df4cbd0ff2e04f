"""The steps of the months: divisions' scores, people's hours and scores, monthly payments."""

import numpy as np
import pandas as pd

from perfkit.inputs import Inputs
from perfkit.scoring import hours, keys, ledger, monthly_plan, payout, personal, postings, ranking
from perfkit.steps import step


class Months(Inputs):
    """The months of one assessment, step by step."""

    @step
    def month_scores(self) -> pd.DataFrame:
        """Each division's months: score and rank; period, division, score, rank."""
        if not self.spec.has("components.monthly_plan"):
            return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in (("period", object), ("division", object), ("score", float), ("rank", float))})
        rule = self.spec.components.monthly_plan
        lines = monthly_plan.score(
            self.items, full_marks=rule.full_marks.value, unexcused_loss=rule.unexcused_loss.value, loss_base=rule.loss_base.value,
            floor=rule.floor.value, decimals=self.decimals,
        )  # fmt: skip
        self.lines.append(lines)
        divisions = self.records["divisions"]["division"].to_numpy(dtype=object)
        grid = pd.DataFrame({"period": np.repeat(np.array(self.months, dtype=object), len(divisions)), "division": np.tile(divisions, len(self.months))})
        score = ledger.published(lines, self.decimals, grid["period"], grid["division"])
        return grid.assign(score=score, rank=ranking.rank_in(keys.codes([grid["period"]]), score))

    @step
    def month_hours(self) -> pd.DataFrame:
        """Everyone assessed in each month: period, staff, division, role, grade, hours, statutory_hours."""
        days, posts, rule = self.workdays, self.held_in_months[0], self.spec.hours
        absences = self.records["absences"]
        leave = hours.leave_days(absences[(absences["approved_by"] != "") & rule.leave_reduces.value], days)
        fixed = rule.statutory.value == "fixed_month"
        statutory = hours.statutory(posts, days, leave, hours.fixed_month(days, rule.hours_per_month.value) if fixed else rule.hours_per_day.value)
        worked = hours.worked(self.entries[self.entries["counted"] > 0], self.records["credits"], rule.credits.value)
        last = postings.last_post(posts)
        keys = pd.MultiIndex.from_frame(last[["period", "staff"]])
        people = last[["period", "staff", "division", "role", "grade"]].assign(
            hours=worked.reindex(keys, fill_value=0.0).to_numpy(dtype=float), statutory_hours=statutory.reindex(keys).to_numpy(dtype=float)
        )
        people = people[(people["statutory_hours"] > 0) & ~people["staff"].isin(self.out)].reset_index(drop=True)
        self._ask_lost(worked, people)
        return people

    def _ask_lost(self, worked: pd.Series, people: pd.DataFrame) -> None:
        """Asks about hours and credits of those who take part in months in which they are not assessed."""
        month, staff = worked.index.get_level_values("month"), worked.index.get_level_values("staff")
        counted = worked.index.isin(pd.MultiIndex.from_frame(people[["period", "staff"]]))
        lost = worked[(worked > 0) & month.isin(self.months) & ~counted & ~staff.isin(self.out)]
        self.asked.extend((str(person), "hours_not_assessed", f"{total:g}") for person, total in lost.groupby(level="staff").sum().items())

    @step
    def staff_months(self) -> pd.DataFrame:
        """Everyone's months with points and scores."""
        parts = postings.by_days(self.days_in_months[0], self._valued(self.month_scores, "score"))
        return self._scored(self.timed_months, self.own_months, parts)

    @step
    def timed_months(self) -> pd.DataFrame:
        """Everyone's months with the points of their hours."""
        return self._timed(self.month_hours)

    @step
    def own_months(self) -> ledger.Lines:
        """Everyone's months: the lines of the personal part."""
        return self._own(self.timed_months, None)

    def _valued(self, divisions: pd.DataFrame, column: str) -> dict[str, np.ndarray]:
        """A number of each division: columns period, division, value."""
        return {"period": divisions["period"].to_numpy(dtype=object), "division": divisions["division"].to_numpy(dtype=object),
                "value": divisions[column].to_numpy(dtype=float)}  # fmt: skip

    def _timed(self, people: pd.DataFrame) -> pd.DataFrame:
        """With the points of everyone's hours, and what a point is worth in the score."""
        rule = self.spec.personal
        points = personal.time_points(people, full_marks=rule.full_marks.value, basis=rule.basis.value,
                                      standard_share=self.spec.hours.standard_share.value)  # fmt: skip
        return people.assign(points=points, unit=personal.unit(people, full_marks=rule.full_marks.value, basis=rule.basis.value))

    def _own(self, people: pd.DataFrame, democratic: pd.DataFrame | None) -> ledger.Lines:
        """The lines of everyone's personal part."""
        rule = self.spec.personal
        return personal.part(people, democratic, weights=rule.weights.value, cap=None if rule.basis.value == "hours" else rule.cap.value,
                             decimals=self.decimals)  # fmt: skip

    def _scored(self, people: pd.DataFrame, own: ledger.Lines, parts: postings.Parts, **beside: np.ndarray) -> pd.DataFrame:
        """With personal part, organisation part, score, rank and what else is given; the lines are the running step's."""
        rule = self.spec.personal
        lines, alone, score = personal.score(people, own, parts, head=rule.head.value, deputy=rule.deputy.value, decimals=self.decimals)
        self.lines.append(lines)
        led = keys.among(people["role"], ("head", "deputy"))
        organisation = np.where(led, postings.mean_of(parts, people["period"], people["staff"]), np.nan)
        return people.assign(personal=alone, organisation=organisation, score=score, rank=personal.rank_within(people, score, self.decimals), **beside)

    @step
    def organisation_payments(self) -> pd.DataFrame:
        """The months' organisation parts of leaders, heads and deputies."""
        rule, full = self.spec.payouts, self.spec.components.monthly_plan.full_marks.value
        scored = self.month_scores
        paid = payout.paid_score(
            scored.set_index(["period", "division"])["score"], self.items, reduction=rule.organisation_reduction.value,
            bands=[(band["score"], band["pays"]) for band in rule.organisation_bands.value], full_marks=full,
        )  # fmt: skip
        scores = {**self._valued(scored, "score"), "value": paid.to_numpy(dtype=float)}
        rewarded = self.rewarded
        parts = (postings.by_days(days, scores) for days in self.days_in_months)
        inside, led = (postings.mean_of(part, rewarded["period"], rewarded["staff"]) for part in parts)
        score = np.where(rewarded["role"].to_numpy(dtype=object) == "leader", led, inside)
        return self._paid(payout.organisation(rewarded.assign(score=score), roles=rule.organisation_roles.value, full_marks=full, decimals=self.cents))

    @step
    def rewarded(self) -> pd.DataFrame:
        """Who may have an organisation part in each month, leaders last: period, staff, role, grade, base."""
        columns = ["period", "staff", "role", "grade"]
        both = pd.concat([self.month_hours[columns], postings.last_post(self.held_in_months[1])[columns]], ignore_index=True)
        return self.based(both, "monthly_organisation")

    @step
    def standard_payments(self) -> pd.DataFrame:
        """The months' standard parts."""
        rule, share = self.spec.payouts, self.spec.hours.standard_share.value
        return self._paid(payout.standard(self.based(self.month_hours, "monthly_standard"), roles=rule.standard_roles.value, standard_share=share,
                                          below=rule.below_standard.value, decimals=self.cents))  # fmt: skip

    @step
    def competitive_payments(self) -> pd.DataFrame:
        """The months' competitive parts."""
        rule, share = self.spec.payouts, self.spec.hours.standard_share.value
        return self._paid(payout.competitive(self.based(self.month_hours, "competitive"), roles=rule.competitive_roles.value, standard_share=share,
                                             competition=rule.competition.value, hour_rate=rule.hour_rate.value, decimals=self.cents))  # fmt: skip

    def _paid(self, lines: ledger.Lines) -> pd.DataFrame:
        """The payments to people behind amount lines, which are the running step's."""
        self.lines.append(lines)
        return payout.table(lines[lines["item"] != "remainder"], self.cents)
