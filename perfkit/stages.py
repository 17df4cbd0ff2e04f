"""An assessment: the tables it publishes, and the year's steps of people and payments, after those of the months and the divisions."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from perfkit.divisions import Divisions, empty
from perfkit.periods import bounds, is_year, kind_of
from perfkit.scoring import appraisal, keys, ledger, payout, postings, tiers
from perfkit.steps import step

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


def _grades(people: pd.DataFrame) -> dict[str, str]:
    return dict(zip(people["staff"], people["grade"], strict=True))


def _open(rows: Iterable[tuple[str, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(sorted(rows), columns=OPEN)


class Stages(Divisions):
    """One assessment, step by step."""

    def results(self) -> dict[str, pd.DataFrame]:
        """What is published of an assessment, without the lines behind it."""
        year, people = is_year(self.period), self.spec.has("personal")
        found = {
            "divisions": self.divisions_year if year and self.spec.has("tiers") else self.divisions_untiered(),
            "staff": (self._staff_year() if year else self._staff_month()) if people else empty(STAFF_KINDS),
            "leaders": self.leaders_year if year and people else empty(LEADERS),
            "payouts": self._payouts() if people else empty(PAYOUTS),
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
            "division_months": self.month_scores, "staff_months": self.staff_months if people else empty(STAFF_MONTHS), "items": self.items,
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
    def year_shares(self) -> dict[str, float]:
        """Staff → the share of the year that the annual base is paid for, where it is read by time in post."""
        counted = self.spec.payouts.annual_base.value
        posts = self.records["postings"]
        held = posts[(posts["division"] != "") & (posts["role"] != "director")]
        return {} if counted == "whole" else dict(postings.time_in_post(held, bounds(self.months), counted))

    @step
    def annual_payments(self) -> pd.DataFrame:
        """The year's payments: base × share of the year × division coefficient × own coefficient."""
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
            "year_share": np.array([self.year_shares.get(each, 1.0) for each in staff], dtype=float),
            "division_coefficient": np.concatenate([postings.mean_of(parts, own["period"], own["staff"]), led["coefficient"].to_numpy()]),
            "own_coefficient": np.concatenate([own["coefficient"].to_numpy(dtype=float),
                                               np.array([by_rating.get(given.get(each), np.nan) for each in leaders], dtype=float)]),
        }, decimals=self.cents))  # fmt: skip
