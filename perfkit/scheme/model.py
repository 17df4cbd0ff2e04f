"""What a scheme file may say: the type, unit and bounds of every parameter.

A parameter is a value with a source: the clause of the plan it comes from, or the assumption that had
to be made where the plan is silent, or the overlay that changed it. No parameter has a default.
"""

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from perfkit.language import Lang, Text

T = TypeVar("T")
Tier = Annotated[str, Field(min_length=1)]
Role = Literal["leader", "head", "deputy", "member"]
Rating = Literal["excellent", "competent", "basic", "incompetent"]
Rounding = Literal["largest_remainder", "floor", "ceil", "half_up"]


class Unit(str):
    """The unit of a parameter, beside its type: points, share, hours, days, months, yuan, factor, decimals."""


def _sums_to_one(shares: dict[str, float]) -> dict[str, float]:
    total = sum(shares.values())
    if abs(total - 1) > 1e-9:
        raise PydanticCustomError("sum_not_one", "sum", {"total": f"{total:.10g}"})
    return shares


Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False), Unit("share")]
Points = Annotated[float, Field(ge=0, allow_inf_nan=False), Unit("points")]
Factor = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False), Unit("factor")]
Credit = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False), Unit("hours")]
MonthHours = Annotated[float, Field(gt=0, le=744, allow_inf_nan=False), Unit("hours")]
Money = Annotated[float, Field(ge=0, allow_inf_nan=False), Unit("yuan")]
DayHours = Annotated[float, Field(gt=0, le=24, allow_inf_nan=False), Unit("hours")]
Decimals = Annotated[int, Field(ge=0, le=6), Unit("decimals")]
Shares = Annotated[dict[str, Share], AfterValidator(_sums_to_one)]
Weights = Annotated[dict[str, Share], AfterValidator(lambda value: _sums_to_one(value) if value else value)]


class Strict(BaseModel):
    """Nothing unknown, nothing coerced, nothing changed afterwards."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


# A section that a scheme may leave out is None at run time; its type says what it holds where it is there, and
# ``REQUIRES`` what else has to be there then, so that no rule has to ask twice.
def _absent() -> Any:
    return Field(default=None)


class Parameter(Strict, Generic[T]):
    """A value and where it comes from."""

    value: T
    clause: str | None = None
    assumption: Text | None = None
    alternatives: list[T] = []
    overlay: str | None = None
    why: Text | None = None
    replaces: Any = None

    @model_validator(mode="after")
    def _one_source(self) -> "Parameter[T]":
        sources = [name for name in ("clause", "assumption", "overlay") if getattr(self, name)]
        if len(sources) != 1:
            raise PydanticCustomError("source_count", "source", {"count": len(sources)})
        return self


class Clause(Strict):
    """Where a rule stands in the plan and what it says, in our words or the bureau's."""

    where: str
    says: Text


class MonthlyPlan(Strict):
    weight: Parameter[Share]
    full_marks: Parameter[Points]
    unexcused_loss: Parameter[Share]
    loss_base: Parameter[Literal["item", "uncompleted_share", "whole_score", "extra"]]
    excused_by: Parameter[Literal["director"]]
    floor: Parameter[Points]
    aggregate: Parameter[Literal["mean", "sum"]]


class Appraisal(Strict):
    weight: Parameter[Share]
    points: Parameter[dict[str, Points]]
    rater_groups: Parameter[Weights]


class Adjustments(Strict):
    deductions: Parameter[list[str]]
    bonuses: Parameter[list[str]]
    amounts: Parameter[dict[str, Points | None]]


class MeanHours(Strict):
    use: Parameter[Literal["reference", "component"]]
    weight: Parameter[Share]


class Indicators(Strict):
    """The indicator tree: parts (60/40), the first level's shares (90/5/5), completions at the leaves."""

    weight: Parameter[Share]
    parts: Parameter[Shares]
    shares: Parameter[dict[str, Annotated[dict[Literal["completion", "progress", "innovation"], Share], AfterValidator(_sums_to_one)]]]
    siblings: Parameter[Literal["equal", "by_leaves"]]
    cap: Parameter[Points]
    missing: Parameter[Literal["none", "zero", "reweight"]]
    verified: Parameter[Literal["verified", "verified_only", "self"]]
    counts: Parameter[dict[str, dict[Literal["first_level", "goals"], Annotated[int, Field(ge=0)] | None]]]


class Survey(Strict):
    """The public evaluation: how names are drawn, what is expected of a round, how the rounds make the year."""

    weight: Parameter[Share]
    rounds: Parameter[list[Annotated[int, Field(ge=1, le=12), Unit("months")]]]
    names: Parameter[Annotated[int, Field(ge=1)]]
    allocation: Parameter[Literal["proportional", "equal", "neyman"]]
    minimum: Parameter[Annotated[int, Field(ge=0)]]
    phone_share: Parameter[Share]
    selection: Parameter[Literal["random", "quota"]]
    confidence: Parameter[Share]
    combine: Parameter[Literal["mean", "last"]]


class Inspection(Strict):
    """Open and covert visits: what a finding means for its division."""

    aspects: Parameter[list[Literal["rules", "conduct", "efficiency", "duties"]]]
    use: Parameter[Literal["beside", "deduction", "gate"]]


class Components(Strict):
    """The components of a score; a scheme has those that its ``parts`` name, in their order."""

    parts: Parameter[Annotated[list[str], Field(min_length=1)]]
    monthly_plan: MonthlyPlan = _absent()
    appraisal: Appraisal = _absent()
    adjustments: Adjustments = _absent()
    mean_hours: MeanHours = _absent()
    indicators: Indicators = _absent()
    survey: Survey = _absent()
    inspection: Inspection = _absent()


class Tiers(Strict):
    method: Parameter[Literal["forced", "bands"]]
    shares: Parameter[Shares]
    rounding: Parameter[Rounding]
    place_tie_order: Parameter[list[Tier]]
    groups: Parameter[Literal["together", "apart"]]
    tie_break: Parameter[list[Literal["mean_hours", "deductions"]]]
    at_border: Parameter[Literal["chain", "higher", "lower"]]
    bands: Parameter[dict[str, Points]]
    coefficients: Parameter[dict[str, Factor]]
    advanced: Parameter[Tier]

    @property
    def fixed(self) -> dict[str, float]:
        """Tier → its lowest score, best first, where tiers go by bands of score; nothing where they are forced."""
        return {tier: self.bands.value[tier] for tier in [*self.shares.value][:-1]} if self.method.value == "bands" else {}


class Veto(Strict):
    removes: Parameter[list[Literal["advanced", "head_excellent", "staff_excellent"]]]
    effect: Parameter[Literal["lose_title", "drop", "drop_and_refill"]]
    heavy_loss: Parameter[Points | None]


class Hours(Strict):
    steps: Parameter[list[Literal["declared", "reviewed", "approved"]]]
    reviewers: Parameter[dict[Literal["head", "deputy", "member"], Literal["leader", "head"]]]
    hours_per_day: Parameter[DayHours]
    statutory: Parameter[Literal["workdays", "fixed_month"]]
    hours_per_month: Parameter[MonthHours]
    leave_reduces: Parameter[bool]
    standard_share: Parameter[Share]
    credit_kinds: Parameter[list[str]]
    credits: Parameter[dict[str, Credit | None]]


class Personal(Strict):
    parts: Parameter[list[Literal["hours", "democratic"]]]
    basis: Parameter[Literal["statutory", "standard", "division_mean", "division_max", "hours"]]
    full_marks: Parameter[Points]
    cap: Parameter[Points]
    weights: Parameter[Annotated[dict[Literal["hours", "democratic"], Share], AfterValidator(_sums_to_one)]]
    democratic_points: Parameter[dict[str, Points]]
    democratic_groups: Parameter[Weights]
    head: Parameter[Annotated[dict[Literal["organisation", "personal"], Share], AfterValidator(_sums_to_one)]]
    deputy: Parameter[Annotated[dict[Literal["organisation", "personal"], Share], AfterValidator(_sums_to_one)]]


class Exclusion(Strict):
    months: Parameter[Annotated[int, Field(ge=0, le=12), Unit("months")]]
    kinds: Parameter[list[Literal["sick", "personal", "training", "secondment"]]]
    days_per_month: Parameter[Annotated[int, Field(ge=28, le=31), Unit("days")]]
    at_limit: Parameter[Literal["included", "excluded"]]
    spells: Parameter[Literal["cumulative", "longest"]]
    counted_in: Parameter[Literal["calendar_months", "days"]]
    exemption_steps: Parameter[list[Literal["applied", "head", "leader", "director"]]]


class Excellent(Strict):
    shares: Parameter[dict[str, Share]]
    rounding: Parameter[Literal["floor", "half_up", "ceil"]]
    counts: Parameter[list[Literal["head", "borrowed"]]]
    at_last_place: Parameter[Literal["chain", "all", "none"]]
    from_rating: Parameter[Rating]


class Payouts(Strict):
    organisation_roles: Parameter[list[Role]]
    standard_roles: Parameter[list[Role]]
    competitive_roles: Parameter[list[Role]]
    organisation_reduction: Parameter[Literal["score", "points_missed", "items_missed", "bands"]]
    organisation_bands: Parameter[list[dict[Literal["score", "pays"], Points]]]
    settles: Parameter[list[Literal["monthly_organisation", "monthly_standard", "monthly_competitive", "annual"]]]
    below_standard: Parameter[Literal["nothing", "pro_rata"]]
    competition: Parameter[Literal["proportional", "per_hour", "rank"]]
    hour_rate: Parameter[Money]
    annual_base: Parameter[Literal["whole", "by_days", "by_months"]]
    personal_coefficients: Parameter[dict[Rating, Factor]]
    coefficients_apply_to: Parameter[Literal["everyone", "leaders"]]
    coefficient_otherwise: Parameter[Factor]
    leader_mean: Parameter[Literal["simple", "headcount", "score"]]
    leader_decimals: Parameter[Decimals | None]


class Calendar(Strict):
    meeting_day: Parameter[Annotated[int, Field(ge=1, le=28), Unit("days")]]
    deadline_workdays: Parameter[Annotated[int, Field(ge=0, le=20), Unit("days")]]
    review_weekday: Parameter[Literal["monday", "tuesday", "wednesday", "thursday", "friday"]]
    closing_time: Parameter[Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]]


class Goals(Strict):
    sources: Parameter[list[Literal["city", "province", "party_group", "duty"]]]
    approved_by: Parameter[list[Literal["performance_office", "leader", "director"]]]


class Improvement(Strict):
    guided_tiers: Parameter[list[Tier]]
    guided_ratings: Parameter[list[Rating]]


class Appeals(Strict):
    stages: Parameter[list[Literal["leader", "office"]]]
    days_to_answer: Parameter[Annotated[int, Field(ge=1, le=365), Unit("days")] | None]


Day = Annotated[dict[Literal["month", "day"], Annotated[int, Field(ge=1, le=31)]], Field(min_length=2)]


class Approvals(Strict):
    """Steps that goals and plan go through, and by which day of the year after the report and the evidence are handed in.

    The 31st stands for the last day of any month.
    """

    goals: Parameter[list[Literal["settled", "submitted", "approved", "published"]]]
    plan: Parameter[list[Literal["settled", "submitted", "approved", "published"]]]
    report: Parameter[Day]
    evidence: Parameter[Day]


class RoundingStages(Strict):
    score_decimals: Parameter[Decimals]
    money_decimals: Parameter[Decimals]


class Bureau(Strict):
    divisions: Parameter[dict[Literal["business", "general"], int]] = _absent()
    performance_office: Parameter[str]
    reports: Parameter[list[Literal["month", "quarter", "half_year", "year"]]]
    based_on: Parameter[list[str]] = _absent()
    contents: Parameter[list[str]] = _absent()


class SchemeFile(Strict):
    """A whole scheme file."""

    scheme: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    year: Annotated[int, Field(ge=2000, le=2100)]
    title: dict[Lang, str]
    records: str
    clauses: dict[str, Clause]
    division_word: dict[Lang, Annotated[str, Field(min_length=1, pattern=r"^[^{}]*$")]] = _absent()  # what the bureau calls its divisions; pages follow it
    bureau: Bureau
    components: Components
    tiers: Tiers = _absent()
    veto: Veto = _absent()
    hours: Hours = _absent()
    personal: Personal = _absent()
    exclusion: Exclusion = _absent()
    excellent: Excellent = _absent()
    payouts: Payouts = _absent()
    goals: Goals = _absent()
    calendar: Calendar = _absent()
    improvement: Improvement = _absent()
    appeals: Appeals = _absent()
    approvals: Approvals = _absent()
    rounding: RoundingStages

    def has(self, section: str) -> bool:
        """Whether the scheme has a section: ``payouts``, ``components.survey``."""
        node: Any = self
        for name in section.split("."):
            node = getattr(node, name, None)
        return node is not None


# Section → the sections its rules refer to.
REQUIRES = {
    "tiers": ("veto",),
    "veto": ("tiers",),
    "hours": ("personal",),
    "exclusion": ("personal",),
    "excellent": ("personal", "tiers"),
    "payouts": ("personal",),
    "personal": ("hours", "exclusion", "excellent", "payouts", "calendar", "components.monthly_plan"),
    "components.mean_hours": ("personal",),
    "improvement": ("tiers",),
}
