"""What every step of an assessment takes from scheme and records: who held which post, who is out, what was entered."""

from functools import partial

import pandas as pd

from perfkit.fit import CHECKS, Check
from perfkit.periods import KINDS, bounds, parts_of
from perfkit.problems import Problem
from perfkit.records import Records, workdays
from perfkit.scheme import Scheme
from perfkit.scoring import hours, monthly_plan, postings
from perfkit.scoring.contribution import Scope
from perfkit.steps import Memo, Steps, step

Held = tuple[pd.DataFrame, pd.DataFrame]


def _checked(check: Check, inputs: "Inputs") -> list[Problem]:
    return list(check(inputs.spec, inputs.records))


class Inputs(Steps):
    """The inputs of one assessment, and the questions that they raise."""

    def __init__(self, scheme: Scheme, records: Records, period: str, months: list[str], memo: Memo, kept: int = 8) -> None:
        super().__init__(scheme.spec, memo, kept)
        self.records, self.period, self.months, self.year = records, period, months, str(scheme.year)

    @property
    def decimals(self) -> int:
        """Decimals of a published score."""
        return self.spec.rounding.score_decimals.value

    @property
    def cents(self) -> int:
        """Decimals of an amount."""
        return self.spec.rounding.money_decimals.value

    @property
    def scope(self) -> Scope:
        """What is assessed, for a component that stands on its own."""
        spans = bounds(parts_of(self.year, KINDS))
        end = dict(zip(spans["period"], spans["end"], strict=True))[self.period]
        return Scope(self._values.scheme, self.period, end, self.year, spans["start"].min(), spans, self.decimals)

    @step
    def problems(self) -> list[Problem]:
        """Where the records do not fit the scheme; each check is a step of its own."""
        checks = [check for check, section in CHECKS.items() if self.spec.has(section)]
        return [problem for check in checks for problem in self.take(check.__name__, partial(_checked, check)).result]

    @step
    def posts(self) -> pd.DataFrame:
        """Postings inside divisions."""
        posts = self.records["postings"]
        return posts[posts["role"].isin(["head", "deputy", "member"]) & (posts["division"] != "")]

    @step
    def directors(self) -> pd.DataFrame:
        """Who was director when."""
        posts = self.records["postings"]
        return posts[posts["role"] == "director"]

    @step
    def held_in_months(self) -> Held:
        """Division posts and led divisions of each month."""
        return self._held(self.months)

    @step
    def held_in_year(self) -> Held:
        """Division posts and led divisions of the year."""
        return self._held([self.year])

    def _held(self, periods: list[str]) -> Held:
        """Who held both in a period counts as what the last day says."""
        posts = self.records["postings"]
        leads = posts[(posts["role"] == "leader") & (posts["division"] != "")]
        rows = postings.posted(pd.concat([self.posts, leads]), bounds(periods))
        last = postings.last_post(rows).set_index(["period", "staff"])["role"] == "leader"
        leading = last.reindex(pd.MultiIndex.from_frame(rows[["period", "staff"]])).to_numpy(dtype=bool)
        return rows[~leading & (rows["role"] != "leader")], rows[leading & (rows["role"] == "leader")]

    @step
    def days_in_months(self) -> Held:
        """The days of everyone's posts, and of every leader's, in each division and month."""
        posts, leads = self.held_in_months
        return postings.days_in(posts), postings.days_in(leads[~leads["staff"].isin(self.out)])

    @step
    def days_in_year(self) -> Held:
        """The days of everyone's posts, and of every leader's, in each division in the year."""
        posts, leads = self.held_in_year
        return postings.days_in(posts), postings.days_in(leads[~leads["staff"].isin(self.out)])

    @step
    def bases(self) -> pd.DataFrame:
        """The year's payout bases by grade."""
        bases = self.records["payout_bases"]
        return bases[bases["year"] == self.year].set_index("grade")

    @step
    def out(self) -> dict[str, str]:
        """Who does not take part this year, and why."""
        if not self.spec.has("exclusion"):
            return {}
        rule = self.spec.exclusion
        absences = self.records["absences"]
        away = hours.absent(absences[absences["approved_by"] != ""], int(self.year), rule.kinds.value, rule.days_per_month.value)
        beyond = hours.over(away, rule.months.value, at_limit=rule.at_limit.value, spells=rule.spells.value, counted_in=rule.counted_in.value,
                            days_per_month=rule.days_per_month.value)  # fmt: skip
        out = dict.fromkeys(beyond, "absence")
        asked = self.records["exemptions"]
        granted = hours.exempt(asked, int(self.year), rule.exemption_steps.value)
        out.update(dict.fromkeys(asked.loc[granted, "staff"], "exemption"))
        self.asked.extend((staff, "exemption_incomplete", "") for staff in asked.loc[~granted, "staff"])
        return out

    @step
    def orders(self) -> dict[str, float]:
        """Subject → the order decided for it this year."""
        decided = self.records["decisions"]
        settled = decided[(decided["period"] == self.year) & decided["decided_on"].notna()]
        return dict(zip(settled["subject"], settled["order"], strict=True))

    @step
    def workdays(self) -> pd.Series:
        """Every day of the year, and whether it is a workday."""
        return workdays(int(self.year), self.records["calendar"])

    @step
    def items(self) -> pd.DataFrame:
        """The plan items of the period's reported months, with points filled and excuses judged."""
        if not self.spec.has("components.monthly_plan"):
            return self.records["plan_items"].iloc[:0].assign(points=0.0, excused=False)
        rows = self.records["plan_items"]
        rows = rows[rows["month"].isin(self.months) & (rows["division"] != "")]
        items = monthly_plan.reported(rows, self.months)
        for key, missing in (("completion_missing", rows.drop(items.index)), ("month_without_items", self._monthless(rows))):
            for division, months in missing.groupby("division")["month"].unique().items():
                self.asked.append((str(division), key, ";".join(sorted(months))))
        excused = monthly_plan.excused(items, self.directors)
        points = monthly_plan.weighted(items, self.spec.components.monthly_plan.full_marks.value)
        return items.assign(points=points, excused=excused).sort_values(["month", "division", "item"], kind="stable")

    def _monthless(self, items: pd.DataFrame) -> pd.DataFrame:
        grid = pd.MultiIndex.from_product([self.records["divisions"]["division"], self.months], names=["division", "month"])
        present = pd.MultiIndex.from_frame(items[["division", "month"]])
        return grid[~grid.isin(present)].to_frame(index=False)

    @step
    def entries(self) -> pd.DataFrame:
        """The period's time entries; ``counted`` are approved hours on a day in post, what else was approved is asked about."""
        rows, span = self.records["hours"], bounds(self.months)
        rows = rows[rows["date"].between(span["start"].iloc[0], span["end"].iloc[-1])]
        some, held, signed = rows["approved"] > 0, hours.in_post(rows, self.posts), rows["approved_by"] != ""
        for key, left_out in (("hours_without_approver", rows[some & ~signed]), ("hours_outside_post", rows[some & signed & ~held])):
            self.asked.extend((str(staff), key, f"{total:g}") for staff, total in left_out.groupby("staff")["approved"].sum().items())
        return rows.assign(counted=rows["approved"].where(some & held & signed, 0.0))

    def votes(self, kind: str) -> pd.DataFrame:
        """The year's votes of an appraisal: mass or democratic."""
        votes = self.records["appraisals"]
        return votes[(votes["kind"] == kind) & (votes["period"] == self.year)]

    @step
    def given_ratings(self) -> dict[str, str]:
        """Staff → the rating that people gave."""
        ratings = self.records["ratings"]
        ratings = ratings[ratings["year"] == self.year]
        return dict(zip(ratings["staff"], ratings["rating"], strict=True))

    @step
    def vetoes(self) -> pd.DataFrame:
        """The year's vetoes, decided or not."""
        rows = self.records["vetoes"]
        inside: pd.DataFrame = rows[rows["date"].dt.strftime("%Y") == self.year]
        return inside

    @step
    def vetoed_heads(self) -> set[str]:
        """Those who headed a vetoed division on the day of the ground."""
        decided = self.vetoes[self.vetoes["decided_on"].notna()]
        heads = decided[["division", "date"]].merge(self.posts[self.posts["role"] == "head"], on="division")
        return set(heads.loc[(heads["start"] <= heads["date"]) & ~(heads["end"] < heads["date"]), "staff"])

    def counted(self, people: pd.DataFrame) -> pd.Series:
        """Division → the people its places for excellent follow."""
        counts, staff = self.spec.excellent.counts.value, self.records["staff"]
        borrowed = people["staff"].isin(staff.loc[staff["borrowed"] == "yes", "staff"])
        left = ((people["role"] == "head") & ("head" not in counts)) | (borrowed & ("borrowed" not in counts))
        return people[~left].groupby("division").size()

    def based(self, people: pd.DataFrame, kind: str) -> pd.DataFrame:
        """People with the payout base of their grade."""
        return people.assign(base=people["grade"].map(self.bases[kind]).astype(float))
