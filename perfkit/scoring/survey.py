"""The public evaluation as a sample survey: means, their errors, response rates (water bureau's plan 三、(二) and 五、(三))."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import isnan, nan, pi, sqrt, tan
from typing import Any, Literal

import numpy as np
import pandas as pd

from perfkit.scoring import ledger, ranking
from perfkit.scoring.contribution import FEWEST, Contribution, Scope
from perfkit.scoring.sampling import Allocation, allocate, counts, draw

__all__ = [
    "OUTCOMES", "Allocation", "Change", "Combination", "Estimate", "StratifiedMean", "Year",
    "allocate", "change", "combine", "domain_means", "draw", "response_rates", "stratified_mean", "warnings",
]  # fmt: skip

RULE = "components.survey."
Combination = Literal["mean", "last", "weighted"]
OUTCOMES = ("complete", "refused", "not_reached", "ineligible")  # how an attempt on a name ended; only a complete one has a score
COUNTS = ["main", "replacements", *OUTCOMES, "pending"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Estimate:
    """A mean with its standard error and interval; NaN where it cannot be known, which is always so of a quota sample's error."""

    mean: float
    se: float
    interval: tuple[float, float]
    df: int
    confidence: float
    quota: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class StratifiedMean(Estimate):
    """``by_stratum``: population, n, mean, sd, se, share (of the people), weight (used), flag (no_return, one_return, census)."""

    by_stratum: pd.DataFrame = field(repr=False)


@dataclass(frozen=True, eq=False, kw_only=True)
class Year(Estimate):
    """``by_round``: round, mean, se, weight."""

    by_round: pd.DataFrame = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Change:
    """The second mean less the first; ``exceeds_error``: whether the interval leaves out 0, None where it is not known."""

    difference: float
    se: float
    interval: tuple[float, float]
    df: int
    exceeds_error: bool | None


def stratified_mean(responses: pd.DataFrame, population: pd.Series, confidence: float = 0.95, quota: bool = False) -> StratifiedMean:
    """The mean score of all people, each stratum weighing by its population, from one round's returns.

    ``responses``: stratum, score; a row without a score is no return (with a column outcome: exactly those that are not
    complete, else ValueError). ``population``: stratum → people. mean = Σ W·ȳ with W = N_h/N; its variance Σ W²·(1 − n_h/N_h)·s²_h/n_h;
    the interval uses Student's t with returns − strata degrees of freedom. A stratum asked whole adds no error. One return of
    several people has no variance: the error and interval are NaN, never 0, and the mean stands. A stratum
    without a return is left out and the others' weights rescaled to 1: the mean is then theirs alone, flagged in ``by_stratum``.
    A sample filled by ``quota`` is no random sample: error and interval are NaN.
    ValueError for returns of several rounds, a stratum that ``population`` lacks or with more returns than people.
    Source: Cochran, *Sampling Techniques*, 3rd ed. 1977, ch. 5; Lohr, *Sampling: Design and Analysis*, 3rd ed. 2021, ch. 3.
    """
    people, rows = _people(population), _returns(responses, population)
    if "round" in rows and rows["round"].nunique() > 1:
        raise ValueError(f"responses: rounds {', '.join(map(str, rows['round'].unique()))} are samples of their own; take the mean of each, then combine")
    grouped = rows.groupby("stratum")["score"]
    table = pd.DataFrame({"population": people, "n": grouped.size().reindex(people.index, fill_value=0)})
    table["mean"], table["sd"] = grouped.mean(), grouped.std()
    table["se"] = nan if quota else np.sqrt(_sampling_variance(table["n"], people, table["sd"] ** 2))
    table["share"] = people / people.sum()
    table["weight"] = table["share"].where(table["n"] > 0, 0.0) / table.loc[table["n"] > 0, "share"].sum()
    flags = [(table["n"] == 0) & (people > 0), (table["n"] == people) & (people > 0), table["n"] == 1]
    table["flag"] = np.select(flags, ["no_return", "census", "one_return"], default="")
    used = table[table["n"] > 0]
    mean = float((used["weight"] * used["mean"]).sum(min_count=1))
    se = sqrt(float(((used["weight"] * used["se"]) ** 2).sum(min_count=1, skipna=False)))
    return StratifiedMean(**_estimate(mean, se, int(used["n"].sum()) - len(used), confidence, quota), by_stratum=table.rename_axis("stratum"))


def domain_means(responses: pd.DataFrame, population: pd.Series, by: str, confidence: float = 0.95, quota: bool = False) -> pd.DataFrame:
    """The mean score of each part of the returns, by mode, region or round: round (if known), ``by``, n, mean, se, low, high, df.

    ``responses`` as of ``stratified_mean`` with a column ``by``; each round is a sample of its own, so by round these are its
    stratified means. How many returns fall into a part is chance: its mean is a ratio, Σ w·y / Σ w over the part with w = N_h/n_h, its
    variance that of the residuals w·(y − mean)/Σ w over all returns of each stratum, 0 outside the part. Degrees of freedom:
    its returns − the strata they come from; an interval without any is NaN, the error of a single return too (unless all people were asked).
    Source: T. Lumley, R package survey, vignette "Estimates in subpopulations"; degrees of freedom as its ``degf`` of a subset.
    """
    people, rows = _people(population), _returns(responses, population)
    parts = []
    for name, sample in rows.groupby("round" if "round" in rows else np.zeros(len(rows)), dropna=False):
        size = sample.groupby("stratum").size()
        n = sample["stratum"].map(size)
        weight = sample["stratum"].map(people) / n
        asked_all = (size == people.reindex(size.index)).all()
        for label, inside in sample.groupby(sample[by].fillna("")):
            share = weight.where(sample.index.isin(inside.index), 0.0) / weight[inside.index].sum()
            mean = float((share * sample["score"]).sum())
            residual = share * (sample["score"] - mean) * n
            spread = residual.groupby(sample["stratum"]).var()
            error = sqrt(float(_sampling_variance(size, people.reindex(size.index), spread).sum(skipna=False)))
            found = _estimate(mean, error if len(inside) > 1 or asked_all else nan, len(inside) - inside["stratum"].nunique(), confidence, quota)
            low, high = found["interval"] if found["df"] or asked_all else (nan, nan)
            parts.append({"round": name, by: label, "n": len(inside), "mean": mean, "se": found["se"], "low": low, "high": high, "df": found["df"]})
    columns = dict.fromkeys([*(["round"] if "round" in rows else []), by, "n", "mean", "se", "low", "high", "df"])
    return pd.DataFrame(parts, columns=list(columns))


def change(first: Estimate, second: Estimate) -> Change:
    """From one round to the next, both drawn independently: difference, its error, interval, whether it exceeds its error.

    se = √(se₁² + se₂²), degrees of freedom added. The change exceeds its error if the interval, at the rounds'
    confidence, leaves out 0; None where a round has no error to compare with (quota, one return in a stratum).
    """
    confidence = _shared(first, second)
    found = _estimate(second.mean - first.mean, sqrt(first.se**2 + second.se**2), first.df + second.df, confidence, first.quota or second.quota)
    low, high = (float(ranking.snap(end)) for end in found["interval"])
    exceeds = None if isnan(low) or isnan(high) else low > 0 or high < 0
    return Change(difference=found["mean"], se=found["se"], interval=found["interval"], df=found["df"], exceeds_error=exceeds)


def combine(rounds: Mapping[str, Estimate], method: Combination = "mean", weights: Mapping[str, float] | None = None) -> Year:
    """The year from its rounds, in their order: their mean, the last one, or with ``weights`` (round → weight, in all 1).

    The rounds are independent samples: se = √Σ (weight·se)², degrees of freedom added over the rounds that weigh anything.
    ValueError for no round, another method, weights that do not fit, rounds of different confidence.
    """
    if not rounds:
        raise ValueError("no round to combine")
    share = _round_weights(list(rounds), method, weights)
    used = {name: each for name, each in rounds.items() if share[name] > 0}
    mean = sum(share[name] * each.mean for name, each in used.items())
    se = sqrt(sum((share[name] * each.se) ** 2 for name, each in used.items()))
    found = _estimate(mean, se, sum(each.df for each in used.values()), _shared(*used.values()), any(each.quota for each in used.values()))
    table = pd.DataFrame([(name, each.mean, each.se, share[name]) for name, each in rounds.items()], columns=["round", "mean", "se", "weight"])
    return Year(**found, by_round=table)


def _round_weights(rounds: list[str], method: str, weights: Mapping[str, float] | None) -> Mapping[str, float]:
    if method == "weighted":
        if weights is None or set(weights) != set(rounds):
            raise ValueError(f"method weighted needs a weight for each round: {', '.join(rounds)}")
        if min(weights.values()) < 0 or abs(sum(weights.values()) - 1) > 1e-9:
            raise ValueError(f"the weights of the rounds are {dict(weights)}; they must not be negative and sum to 1")
        return weights
    if method not in ("mean", "last"):
        raise ValueError(f"method is {method!r}; there are mean, last and weighted")
    if weights is not None:
        raise ValueError(f"method {method} takes no weights")
    return dict.fromkeys(rounds, 1 / len(rounds)) if method == "mean" else {name: float(name == rounds[-1]) for name in rounds}


def response_rates(entries: pd.DataFrame, responses: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """How the fieldwork ended, by any of round, stratum and mode: main, replacements, complete … ineligible, pending, rate.

    ``entries``: round, entry, stratum, selected main|replacement; ``responses``: round, entry, mode, outcome, a row a name.
    main: names selected first; replacements: those of them used, which are those with an outcome; pending: main names
    without an outcome (their mode is ""). rate is AAPOR's RR1, the lowest: complete ÷ (names used − ineligible); whoever
    was not reached or is pending counts as eligible, and a replacement does not take the name it stands for out of the count.
    Source: AAPOR, *Standard Definitions*, 9th ed. 2016, response rate 1: I/((I+P)+(R+NC+O)+(UH+UO)); there are no partial interviews here.
    """
    keys = ["round", "entry"]
    for what, table in (("entries", entries), ("responses", responses)):
        if table.duplicated(keys).any():
            raise ValueError(f"{what}: entry {table.loc[table.duplicated(keys), 'entry'].iloc[0]!r} has more than one row in a round")
    strange = [name for name in responses["outcome"].unique() if name not in OUTCOMES]
    if strange:
        raise ValueError(f"responses: outcome {', '.join(map(repr, strange))}; there are {', '.join(OUTCOMES)}")
    both = entries[[*keys, "stratum", "selected"]].merge(responses[[*keys, "mode", "outcome"]], on=keys, how="outer", indicator=True)
    lost = both.loc[both["_merge"] == "right_only", "entry"]
    if len(lost):
        raise ValueError(f"responses: entry {lost.iloc[0]!r} was not selected in its round")
    both = both[(both["selected"] == "main") | both["outcome"].notna()]
    ended = both["outcome"].fillna("pending")
    marks = {"main": both["selected"] == "main", "replacements": both["selected"] == "replacement"} | {name: ended == name for name in COUNTS[2:]}
    table = pd.DataFrame(marks).astype("int64").groupby([both[column].fillna("") for column in by]).sum().reset_index()
    eligible = table["main"] + table["replacements"] - table["ineligible"]
    return table.assign(rate=table["complete"] / eligible.where(eligible > 0))


def warnings(
    entries: pd.DataFrame,
    responses: pd.DataFrame,
    population: pd.Series,
    *,
    names: int,
    phone_share: float,
    returns: int,
    rounds: Sequence[str] = (),
) -> pd.DataFrame:
    """Where the fieldwork falls short of the plan: round, kind, stratum, mode, found, needed.

    Of each round in ``entries``, ``responses`` and ``rounds`` (those due): ``names``, fewer main names than the plan asks for;
    ``phone_share``, telephone interviews not more than that share of the completed ones (plan 三、(二): 電話訪問為主); no_return, a stratum
    of which nobody answered; few_returns, fewer than ``returns`` or all its people (2 are needed for a variance).
    """
    people = _people(population)
    asked, done = entries[entries["selected"] == "main"], _returns(responses, population)
    due = dict.fromkeys([*rounds, *sorted({*entries["round"], *responses["round"]})])
    found: list[tuple[str, str, str, str, float, float]] = []
    for name in due:
        listed, answers = int((asked["round"] == name).sum()), done[done["round"] == name]
        if listed < names:
            found.append((name, "names", "", "", listed, names))
        share = (answers["mode"] == "phone").mean()
        if not ranking.snap(share) > ranking.snap(phone_share) and len(answers):
            found.append((name, "phone_share", "", "phone", share, phone_share))
        got = answers.groupby("stratum").size().reindex(people.index, fill_value=0)
        few = got[got < people.clip(upper=returns)]
        found += [(name, "few_returns" if n else "no_return", str(stratum), "", n, min(returns, people[stratum])) for stratum, n in few.items()]
    return pd.DataFrame(found, columns=["round", "kind", "stratum", "mode", "found", "needed"])


def _people(population: pd.Series) -> pd.Series:
    people = counts(population, "population")
    if not people.sum():
        raise ValueError("population: no stratum has any people")
    return people


def _returns(responses: pd.DataFrame, population: pd.Series) -> pd.DataFrame:
    """The rows with a score, in an order that does not depend on theirs, checked against the strata."""
    scores = pd.to_numeric(responses["score"]).astype(float)
    if "outcome" in responses:
        wrong = responses.index[scores.notna() != (responses["outcome"] == "complete")]
        if len(wrong):
            first, score = wrong[0], scores[wrong[0]]
            raise ValueError(f"responses: row {first} is {responses.at[first, 'outcome']!r} with score {score}; the complete ones alone have a score")
    rows = responses.assign(score=scores)[scores.notna()].sort_values(["stratum", "score"], ignore_index=True)
    if np.isinf(rows["score"]).any():
        raise ValueError("responses: a score is infinite")
    unknown = [name for name in rows["stratum"].unique() if name not in population.index]
    if unknown:
        raise ValueError(f"responses: no population for stratum {', '.join(map(repr, unknown))}")
    return rows


def _sampling_variance(n: pd.Series, people: pd.Series, variance: pd.Series) -> pd.Series:
    """Each stratum's variance of a mean of n of its people: 0 if all were asked, NaN for one of several."""
    if (n > people).any():
        name = n.index[n > people][0]
        raise ValueError(f"responses: stratum {name!r} has {n[name]} returns of {people[name]} people")
    return ((1 - n / people) * variance / n).where((n < people) | (n == 0), 0.0)


def _estimate(mean: float, se: float, df: int, confidence: float, quota: bool) -> dict[str, Any]:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}; it lies between 0 and 1")
    error = nan if quota else se
    reach = 0.0 if error == 0 else _student(confidence, df) * error
    return {"mean": mean, "se": error, "interval": (mean - reach, mean + reach), "df": df, "confidence": confidence, "quota": quota}


def _shared(*estimates: Estimate) -> float:
    levels = {each.confidence for each in estimates}
    if len(levels) > 1:
        raise ValueError(f"the rounds have intervals of different confidence: {', '.join(map(str, sorted(levels)))}")
    return levels.pop()


def _student(confidence: float, df: int) -> float:
    """The t that Student's distribution with ``df`` degrees of freedom stays within, either side, with that probability; NaN without any.

    By bisection of the finite series for whole degrees of freedom: Abramowitz and Stegun, *Handbook of Mathematical Functions*, 26.7.3–4.
    """
    if df < 1:
        return nan
    odd = df % 2
    step = np.arange(1, (df - odd) // 2)
    factors = np.concatenate([[1.0], np.cumprod(2 * step / (2 * step + 1) if odd else (2 * step - 1) / (2 * step))]) if df > 1 else np.zeros(1)
    powers = 2 * np.arange(len(factors)) + odd
    low, high = 0.0, pi / 2
    for _ in range(100):
        angle = (low + high) / 2
        inside = float(np.sin(angle) * (factors * np.cos(angle) ** powers).sum())
        inside = 2 / pi * (angle + inside) if odd else inside
        low, high = (angle, high) if inside < confidence else (low, angle)
    return sqrt(df) * tan(low)


def contribution(
    tables: Mapping[str, pd.DataFrame],
    scope: Scope,
    *,
    rounds: Sequence[int],
    names: int,
    allocation: Allocation,
    minimum: int,
    phone_share: float,
    selection: Literal["random", "quota"],
    confidence: float,
    combine: Combination,
) -> Contribution:
    """What the rounds held so far say of the bureau, with their errors; of divisions they say nothing (plan 三、(二) and 五、(三)).

    ``tables``: survey_frame, survey_entries, survey_responses; ``rounds``: the months in which one is due. The score is the rounds' mean,
    or with ``combine`` last the latest; a round that is due and has no returns is asked about.
    """
    due = [f"{scope.year}-{month:02d}" for month in rounds]
    due = [name for name, last in zip(due, pd.PeriodIndex(due, freq="M").end_time.normalize(), strict=True) if last <= scope.end]
    population = tables["survey_frame"].set_index("stratum")["population"].astype(int)
    entries, returns = (tables[name][tables[name]["round"].isin(due)] for name in ("survey_entries", "survey_responses"))
    held = [name for name in due if (returns.loc[returns["round"] == name, "outcome"] == "complete").any()]
    asked = tuple((scope.bureau, "survey_round_missing", name) for name in due if name not in held)
    means = {name: stratified_mean(returns[returns["round"] == name], population, confidence, selection == "quota") for name in held}
    lines = _round_lines(means, combine, scope)
    shown = {
        "survey": _estimates(means),
        "survey_parts": _by_part(returns[returns["round"].isin(held)].merge(entries[["round", "entry", "region"]], on=["round", "entry"]),
                                 population, confidence, selection == "quota"),
        "survey_rates": response_rates(entries, returns, ["round", "stratum"]) if len(entries) else pd.DataFrame(),
        "survey_change": _changes(means),
        "survey_warnings": warnings(entries, returns, population, names=names, phone_share=phone_share, returns=minimum, rounds=due),
        "survey_design": _design(entries, population, due, names, allocation, minimum),
    }  # fmt: skip
    few = {"survey": withheld(shown["survey"], ["round"]), "survey_parts": withheld(shown["survey_parts"], ["round", "kind"])}
    return Contribution(whole=lines, asked=asked, tables=shown, public=shown | few)


def withheld(estimates: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The estimates without means over fewer returns than the public edition shows, nor what would give them away.

    Of the parts of one whole (same ``keys``) those with fewer are blank; where one of them stood alone, or they are together still too
    few, so is the next smallest, for the whole less all other parts would be the missing mean.
    """
    found = estimates.copy()
    parts = found[(found["n"] > 0) & ((found["stratum"] != "") if "stratum" in found else True)]
    for _, group in parts.sort_values("n", kind="stable").groupby(keys, sort=False):
        few = int((group["n"] < FEWEST).sum())
        alone = few == 1 or group["n"].head(few).sum() < FEWEST
        hidden = group.index[: few + (alone and few > 0)]
        found.loc[hidden, ["mean", "se", "low", "high"]] = nan
        if "flag" in found:
            found.loc[hidden, "flag"] = "withheld"
    return found


def _round_lines(means: Mapping[str, StratifiedMean], combine_by: Combination, scope: Scope) -> ledger.Lines:
    """A line a round that counts; they sum to the year's mean."""
    if not means:
        return ledger.joined([])
    by_round = combine(means, combine_by).by_round
    used = by_round[by_round["weight"] > 0]
    lines = ledger.lines(used.index, period=scope.period, subject=scope.bureau, measure="score", component="survey", item=used["round"], raw=used["mean"],
                         weight=used["weight"], rules=f"{RULE}rounds;{RULE}combine;{RULE}selection")  # fmt: skip
    return ledger.rounded(lines, scope.decimals, "rounding.score_decimals")


def _estimates(means: Mapping[str, StratifiedMean]) -> pd.DataFrame:
    """Each round and in it each stratum ('' for all that have returns): round, stratum, population, n, mean, se, low, high, flag."""
    rows: list[tuple[Any, ...]] = []
    for name, found in means.items():
        whole = found.by_stratum
        low, high = found.interval
        people = whole.loc[whole["n"] > 0, "population"].sum()
        rows.append((name, "", people, whole["n"].sum(), found.mean, found.se, low, high, "quota" if found.quota else ""))
        rows += [(name, stratum, row.population, row.n, row.mean, row.se, nan, nan, row.flag) for stratum, row in
                 zip(whole.index, whole.itertuples(), strict=True)]  # fmt: skip
    return pd.DataFrame(rows, columns=["round", "stratum", "population", "n", "mean", "se", "low", "high", "flag"])


def _by_part(returns: pd.DataFrame, population: pd.Series, confidence: float, quota: bool) -> pd.DataFrame:
    """Means by mode and by region: round, kind, part, n, mean, se, low, high."""
    found = [domain_means(returns, population, by, confidence, quota).rename(columns={by: "part"}).assign(kind=by) for by in ("mode", "region")]
    return pd.concat(found, ignore_index=True)[["round", "kind", "part", "n", "mean", "se", "low", "high"]]


def _changes(means: Mapping[str, StratifiedMean]) -> pd.DataFrame:
    """From each round to the next: before, after, difference, se, low, high, exceeds_error."""
    rows = []
    for (before, first), (after, second) in pairwise(means.items()):
        found = change(first, second)
        rows.append((before, after, found.difference, found.se, *found.interval, found.exceeds_error))
    return pd.DataFrame(rows, columns=["before", "after", "difference", "se", "low", "high", "exceeds_error"]).astype({"exceeds_error": object})


def _design(entries: pd.DataFrame, population: pd.Series, due: Sequence[str], names: int, allocation: Allocation, minimum: int) -> pd.DataFrame:
    """How many names each stratum should have and has in each round: stratum, population, planned, and a column a round."""
    table = pd.DataFrame({"population": population})
    if allocation != "neyman" and names <= population.sum():
        table["planned"] = allocate(population, names, allocation, minimum)
    main = entries[entries["selected"] == "main"]
    for name in due:
        table[name] = main[main["round"] == name].groupby("stratum").size().reindex(table.index, fill_value=0)
    return table.rename_axis("stratum").reset_index()
