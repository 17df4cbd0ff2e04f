"""Indicator assessment: goals measured, rolled up to first-level indicators, parts, the bureau and its divisions.

The rule is the water bureau's plan, 三、(一) 指标考核: business results and administrative capacity at 60 and 40 %, each first-level
business indicator at 90 % completion, 5 % progress and 5 % innovation. A township's plan has the same shape without numbers.
"""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from perfkit.scoring import keys, ledger, ranking
from perfkit.scoring.contribution import Contribution, Scope
from perfkit.scoring.tree import Fault, Siblings, Tree, blank, filled, grown, path_weights, weights

__all__ = ["Fault", "as_of", "behind", "bureau_score", "completion", "counted", "division_scores", "doubled", "filled", "first_level",
           "first_level_scores", "misplaced", "part_scores", "path_weights", "questions", "roll_up"]  # fmt: skip

RULE = "components.indicators."
FULL = 100.0  # the scale of completion: a share in percent
ASPECTS = ("completion", "progress", "innovation")
GRADED = ASPECTS[1:]
# Which of a goal's numbers counts: the first that is there. ``measured`` is result against target, ``given`` the completion as recorded.
ORDER = {
    "verified": ("verified_score", "measured", "given", "self_score"),
    "verified_only": ("verified_score", "measured", "given"),
    "self": ("self_score", "measured", "given", "verified_score"),
}

Verified = Literal["verified", "verified_only", "self"]
OPEN = ("no_completion", "not_measurable", "progress_missing", "innovation_missing")  # what leaves a score open

Missing = Literal["none", "zero", "reweight"]
Shares = Mapping[str, Mapping[str, float]]  # part → completion, progress, innovation; a part left out has completion alone


def roll_up(tree: pd.DataFrame, scores: pd.Series) -> pd.Series:
    """The score of every indicator: a leaf's own, above it the mean of the children by weight.

    ``tree``: indicator, parent (blank for a root), weight; the weights of siblings sum to 1, or all are blank and they share
    equally; a root's own weight is not used. ``scores``: leaf → score. A leaf without a score has NaN, and so has everything above
    it: nothing is reweighted. Returns a Series indexed by indicator, in the order of the table. ValueError for an indicator given twice,
    an unknown parent, a cycle, wrong weights, and scores of no leaf. The weighted arithmetic mean (linear aggregation) of OECD/JRC,
    Handbook on Constructing Composite Indicators (2008), level by level.
    """
    found = grown(tree)
    value = _leaf_values(found, scores)
    for rows in reversed(found.downwards()):
        np.add.at(value, found.above[rows], found.weight[rows] * value[rows])
    return pd.Series(value, index=pd.Index(found.indicator, name="indicator"))


def _leaf_values(tree: Tree, scores: pd.Series) -> np.ndarray:
    """The leaves' scores, NaN where there is none; 0 for the rows above them."""
    place = keys.positions([tree.indicator], [scores.index])
    wrong = {"not in the tree": place < 0, "given twice": scores.index.duplicated(), "not a leaf": (place >= 0) & ~tree.leaf[place]}
    said = [f"scores of {list(scores.index[which])}: {what}" for what, which in wrong.items() if which.any()]
    if said:
        raise ValueError("; ".join(said))
    value = np.where(tree.leaf, np.nan, 0.0)
    value[place] = scores.to_numpy(dtype=float)
    return value


def as_of(results: pd.DataFrame, period: str, spans: pd.DataFrame) -> pd.DataFrame:
    """The last row reported for each indicator up to the end of a period, within its year (plan 四、(四): quarterly reports).

    ``spans``: period, start, end for ``period`` and every period of the results (``periods.bounds``). Of two rows that end on
    one day the one of the longer period counts. A row counts as a whole: what it leaves blank is not taken from earlier ones.
    ValueError for a period without a span.
    """
    asked = spans[spans["period"] == period].iloc[:1]
    place = keys.positions([spans["period"].drop_duplicates()], [results["period"]])
    if asked.empty or (place < 0).any():
        raise ValueError(f"no span for {sorted({period, *results['period']} - set(spans['period']))}")
    known = spans.drop_duplicates("period").iloc[place].set_axis(results.index)
    own_year = known["end"].dt.year == asked["end"].iloc[0].year
    reported = known[own_year & (known["end"] <= asked["end"].iloc[0])].sort_values(["end", "start"], ascending=[True, False], kind="stable")
    last: pd.DataFrame = results.loc[reported.index].drop_duplicates("indicator", keep="last")
    return last.sort_index()


def completion(results: pd.DataFrame, tree: pd.DataFrame, *, cap: float, verified: Verified) -> pd.DataFrame:
    """What each goal has reached, 0 to 100, and from which of the numbers on record.

    ``results``: one row an indicator (``as_of``); ``tree`` with target and direction. A result is measured against a target above
    0: 100 × result ÷ target upwards, 100 × target ÷ result downwards; a downward result of 0 or less cannot be bettered and has
    ``cap``; below 0 is 0, above ``cap`` is ``cap``. ``verified`` says which number counts where several are there (``ORDER``).
    Returns, a row a leaf: indicator, division, person, result, uncapped (inf if a downward result is 0), measured, given,
    self_score, verified_score, difference (verified − self), completion, source. ValueError for two rows of one indicator.
    """
    if results["indicator"].duplicated().any():
        raise ValueError(f"more than one result of {sorted(results.loc[results['indicator'].duplicated(), 'indicator'].astype(str))}")
    leaves = tree[grown(tree).leaf]
    place = keys.positions([results["indicator"]], [leaves["indicator"]])
    columns = {"result": "result", "completion": "given", "self_score": "self_score", "verified_score": "verified_score"}
    found = leaves[["indicator", "division", "person"]].assign(**{own: keys.taken(results[name], place) for name, own in columns.items()})
    found["uncapped"] = _measured(found["result"], leaves["target"].astype(float), leaves["direction"])
    found["measured"] = found["uncapped"].clip(upper=cap)
    found["difference"] = found["verified_score"] - found["self_score"]
    found["completion"], found["source"] = np.nan, ""
    for source in reversed(ORDER[verified]):
        there = found[source].notna()
        found["completion"] = found[source].where(there, found["completion"])
        found["source"] = found["source"].mask(there, source)
    return found


def _measured(result: pd.Series, target: pd.Series, direction: pd.Series) -> np.ndarray:
    """Result against target in percent, at least 0; inf where a downward result is 0 or less; NaN where none can be measured."""
    with np.errstate(divide="ignore", invalid="ignore"):
        up = np.maximum(FULL * result / target, 0.0)
        down = np.where(result > 0, FULL * target / result, np.where(result.isna(), np.nan, np.inf))
    reached = np.where(direction == "up", up, np.where(direction == "down", down, np.nan))
    return np.where(target > 0, reached, np.nan)


def first_level(tree: pd.DataFrame, completions: pd.DataFrame, results: pd.DataFrame, *, shares: Shares, missing: Missing) -> pd.DataFrame:
    """What each first-level indicator's score is made of: its completion, progress and innovation (plan 三、(一): 90, 5 and 5 %).

    ``completions``: as of ``completion``; ``results``: with progress and innovation on the rows of first-level indicators. A grade
    that is not there leaves the score open (``none``), counts 0 (``zero``), or leaves its share to the others (``reweight``);
    a completion that is not there always leaves it open. Returns part, indicator, aspect, raw, weight, value (raw × weight, NaN
    while open), rules, missing: a row for each aspect with a share. The values of one indicator sum to its score.
    """
    found = grown(tree)
    rows = np.flatnonzero(found.level == 1)
    own = tree.iloc[rows]
    place = keys.positions([results["indicator"]], [own["indicator"]])
    rolled = roll_up(tree, completions.set_index("indicator")["completion"])
    raw = np.array([rolled.to_numpy()[rows], *(keys.taken(results[name], place) for name in GRADED)])
    share = np.array([_share(own["part"], shares, name) for name in ASPECTS])
    lacking = np.isnan(raw) & (share > 0)
    lacking[0] = False
    if missing == "reweight":
        weight = np.where(lacking, 0.0, share)
        weight = np.divide(weight, weight.sum(axis=0), out=np.full(share.shape, np.nan), where=weight.sum(axis=0) > 0)
        touched = np.broadcast_to(lacking.any(axis=0), lacking.shape)
    else:
        raw, weight, touched = np.where(lacking & (missing == "zero"), 0.0, raw), share, lacking
    value = np.where(lacking & (missing == "reweight"), 0.0, raw * weight)
    table = pd.DataFrame({
        "part": np.tile(own["part"], len(ASPECTS)), "indicator": np.tile(own["indicator"], len(ASPECTS)), "aspect": np.repeat(ASPECTS, len(rows)),
        "raw": raw.ravel(), "weight": weight.ravel(), "value": value.ravel(),
        "rules": np.where(touched.ravel(), f"{RULE}shares;{RULE}missing", f"{RULE}shares"), "missing": lacking.ravel(),
    })  # fmt: skip
    in_order = np.arange(share.size).reshape(share.shape).T.ravel()  # an indicator's aspects together
    return table.iloc[in_order[(share > 0).T.ravel() | (in_order < len(rows))]].reset_index(drop=True)


def _share(parts: pd.Series, shares: Shares, aspect: str) -> np.ndarray:
    """Each row's share of one aspect; a part without shares has completion alone."""
    return np.array([shares.get(part, {"completion": 1.0}).get(aspect, 0.0) for part in parts], dtype=float)


def first_level_scores(made_of: pd.DataFrame) -> pd.Series:
    """First-level indicator → its score, from the rows of ``first_level``; NaN while any of them is open."""
    return made_of.groupby("indicator", sort=False)["value"].sum(skipna=False)


def part_scores(tree: pd.DataFrame, completions: pd.DataFrame, made_of: pd.DataFrame) -> pd.Series:
    """Part → its score: its first-level indicators' scores by weight; NaN while any of them is open."""
    level = grown(tree).level
    top = tree[level < 2]
    roots = completions.loc[completions["indicator"].isin(tree.loc[level == 0, "indicator"])].set_index("indicator")["completion"]
    rolled = roll_up(top, pd.concat([first_level_scores(made_of), roots]))
    return pd.Series(rolled.to_numpy()[level[level < 2] == 0], index=pd.Index(top["part"][level[level < 2] == 0], name="part"))


def bureau_score(
    tree: pd.DataFrame, completions: pd.DataFrame, made_of: pd.DataFrame, *, period: str, subject: str, parts: Mapping[str, float], decimals: int
) -> ledger.Lines:
    """Ledger lines that sum to the bureau's score: a line a goal, a line a grade of progress or innovation (plan 三、(一)).

    ``item`` is the indicator, ``note`` which of its lines it is: completion, cap, progress or innovation.
    ``parts``: part → weight, 60 and 40 %; ``made_of``: as of ``first_level``. No lines while anything is open. ValueError if the
    parts with a weight are not those of the tree. The only rounding is the last line, half up to ``decimals``.
    """
    _known_parts(tree, parts)
    found, path = grown(tree), _paths(tree, parts)
    top = found.inherited(np.where(found.level == 1, np.arange(len(path)), -1), np.maximum)[found.leaf]
    done = made_of[made_of["aspect"] == "completion"].set_index("indicator")[["weight", "rules"]]
    below = done.reindex(found.indicator[top])
    share = np.where(top < 0, 1.0, below["weight"].to_numpy(dtype=float))
    rules = np.where(top < 0, "", ";" + below["rules"].fillna("").to_numpy(dtype=object))
    goals = path[found.leaf]
    leaves = _leaf_lines(completions, goals.assign(weight=goals["weight"] * share, rules=goals["rules"] + rules), period=period, subject=subject)
    graded = made_of[made_of["aspect"].isin(GRADED) & (made_of["weight"] > 0)]
    at = path.iloc[keys.positions([found.indicator], [graded["indicator"]])]
    grades = ledger.lines(graded.index, period=period, subject=subject, measure="score", component="indicators", item=graded["indicator"],
                          raw=graded["raw"], weight=at["weight"].to_numpy() * graded["weight"].to_numpy(),
                          rules=at["rules"].to_numpy(dtype=object) + ";" + graded["rules"].to_numpy(dtype=object), note=graded["aspect"])  # fmt: skip
    return _published(ledger.joined([leaves, grades]), decimals)


def division_scores(tree: pd.DataFrame, completions: pd.DataFrame, *, period: str, parts: Mapping[str, float], decimals: int) -> ledger.Lines:
    """Ledger lines that sum to each division's score: its own goals' completion, their weights rescaled to sum to 1.

    A goal weighs what it weighs in the bureau's score: its weight in the part times the part's. Progress and innovation belong to
    first-level indicators, which several divisions share, and do not enter. No lines for a division of which any goal is open.
    """
    _known_parts(tree, parts)
    own = completions[~blank(completions["division"])]
    path = _paths(tree, parts).loc[own.index]
    division = keys.codes([own["division"]])
    rescaled = path.assign(weight=path["weight"] / keys.sums(division, path["weight"])[division])
    return _published(_leaf_lines(own, rescaled, period=period, subject=own["division"]), decimals)


def _known_parts(tree: pd.DataFrame, parts: Mapping[str, float]) -> None:
    apart = set(tree["part"]) ^ set(parts)
    if apart:
        raise ValueError(f"parts of the tree and parts with a weight differ: {sorted(map(str, apart))}")


def _paths(tree: pd.DataFrame, parts: Mapping[str, float]) -> pd.DataFrame:
    """Each row's weight in the whole bureau, and the parameters it rests on."""
    found = grown(tree)
    lacking = tree["filled"].to_numpy(dtype=bool) if "filled" in tree else np.isnan(weights(tree)) & (found.above >= 0)
    shared = found.inherited(lacking, np.logical_or)
    rules = np.where(shared, f"{RULE}parts;{RULE}siblings", f"{RULE}parts").astype(object)
    weight = found.inherited(found.weight, np.multiply) * tree["part"].map(dict(parts)).to_numpy(dtype=float)
    return pd.DataFrame({"weight": weight, "rules": rules}, index=tree.index)


def _leaf_lines(own: pd.DataFrame, path: pd.DataFrame, *, period: str, subject: Any) -> ledger.Lines:
    """A line a goal with what it reached, and one that takes it down to the cap; a downward result of 0 has the cap at once.

    ``own``: completions; ``path``: weight and rules, of the same rows in the same order.
    """
    graded = own["source"].isin(["verified_score", "self_score"])
    over = (own["source"] == "measured") & (own["uncapped"] > own["completion"])
    endless = over & np.isinf(own["uncapped"])
    rules = path["rules"] + np.select([graded, endless], [f";{RULE}verified", f";{RULE}cap"], "").astype(object)
    raw = own["uncapped"].where(over & ~endless, own["completion"])
    goals = ledger.lines(own.index, period=period, subject=subject, measure="score", component="indicators", item=own["indicator"], raw=raw,
                         weight=path["weight"], rules=rules, note="completion")  # fmt: skip
    capped = (over & ~endless).to_numpy()
    return ledger.joined([goals, goals[capped].but(raw=(own["completion"] - raw)[capped], rules=f"{RULE}cap", note="cap")])


def _published(found: ledger.Lines, decimals: int) -> ledger.Lines:
    """The lines of the subjects of which nothing is open, rounded."""
    subject = keys.codes([found["subject"]])
    whole = ~np.isnan(keys.sums(subject, found["value"]))[subject] if len(found) else np.zeros(0, dtype=bool)
    return ledger.rounded(found[whole], decimals, "rounding.score_decimals")


def questions(completions: pd.DataFrame, made_of: pd.DataFrame, *, decimals: int) -> list[Fault]:
    """What people must decide, and numbers that stand beside each other; ``row`` is that of the tree.

    Open, so that there is no score: ``no_completion``; ``not_measurable`` (a result, but no target to measure it against and no
    completion on record); ``progress_missing``, ``innovation_missing``. To be seen: ``completion_differs`` (measured against
    recorded); ``scores_differ`` (self against verified); ``unverified`` (only a self score counts). Numbers differ if they do at ``decimals``.
    """
    measured, given, own, checked = (ranking.half_up(completions[name], decimals) for name in ("measured", "given", "self_score", "verified_score"))
    open_ = completions["completion"].isna()
    which = {
        "no_completion": (open_ & completions["result"].isna(), ()),
        "not_measurable": (open_ & completions["result"].notna(), ("result",)),
        "completion_differs": (measured.notna() & given.notna() & (measured != given), ("measured", "given", "source")),
        "scores_differ": (own.notna() & checked.notna() & (own != checked), ("self_score", "verified_score", "difference", "source")),
        "unverified": (completions["source"].eq("self_score") & checked.isna(), ("self_score",)),
    }
    found = [
        Fault(kind, completions.at[row, "indicator"], {"row": row, "column": "", **{name: completions.at[row, name] for name in shown}})
        for kind, (wrong, shown) in which.items()
        for row in completions.index[wrong]
    ]
    lacking = made_of[made_of["missing"] & made_of["value"].isna()]
    return found + [
        Fault(f"{aspect}_missing", indicator, {"row": None, "column": aspect, "part": part})
        for part, indicator, aspect in zip(lacking["part"], lacking["indicator"], lacking["aspect"], strict=True)
    ]


def misplaced(results: pd.DataFrame, tree: pd.DataFrame, *, shares: Shares) -> list[Fault]:
    """Results that would count nowhere: of an unknown indicator, a goal's numbers above the goals, grades where none are asked.

    ``row`` is that of the results. Kinds ``unknown_indicator``, ``not_a_leaf``, ``not_graded``.
    """
    found = grown(tree)
    place = keys.positions([found.indicator], [results["indicator"]])
    wrong = {("unknown_indicator", "indicator"): place < 0}
    for name in ("result", "completion", "self_score", "verified_score"):
        wrong["not_a_leaf", name] = (place >= 0) & ~found.leaf[place] & results[name].notna().to_numpy()
    for name in GRADED:
        asked = (found.level == 1) & (_share(tree["part"], shares, name) > 0)
        wrong["not_graded", name] = (place >= 0) & ~asked[place] & results[name].notna().to_numpy()
    return [
        Fault(kind, results.at[row, "indicator"], {"row": row, "column": column}) for (kind, column), which in wrong.items() for row in results.index[which]
    ]


def behind(tree: pd.DataFrame, completions: pd.DataFrame, *, start: pd.Timestamp, on: pd.Timestamp) -> pd.DataFrame:
    """Each goal's completion against the time passed (plan 四、(三): 时序进度): indicator, division, person, due, elapsed, completion, behind, overdue.

    What was done is measured where it can be (a verified score grades the work, not how far it has come), else it is the completion.
    ``elapsed``: calendar days from ``start`` to ``on`` over those to ``due``, both ends counted, 0 to 1. ``behind``: 100 × elapsed −
    completion, below 0 for who is ahead; NaN while either is unknown. ``overdue``: ``on`` is past ``due`` and 100 are not known to be reached.
    """
    leaves = tree[grown(tree).leaf]
    due = leaves["due"]
    reached = completions["measured"].fillna(completions["completion"]) if "measured" in completions else completions["completion"]
    done = keys.taken(reached, keys.positions([completions["indicator"]], [leaves["indicator"]]))
    whole = ((due - start).dt.days + 1).clip(lower=1)
    passed = (((on - start).days + 1) / whole).clip(0.0, 1.0)
    elapsed = passed.where(due > on, 1.0).where(due.notna())
    found = leaves[["indicator", "division", "person", "due"]].assign(elapsed=elapsed, completion=done)
    return found.assign(behind=FULL * elapsed - done, overdue=(due < on) & ~(found["completion"] >= FULL))


def doubled(tree: pd.DataFrame) -> list[Fault]:
    """Titles that stand in more than one part and so may be counted twice (township plan 二: 自身建设 in both parts)."""
    titles = tree["title"].astype(str).str.replace(r"\s+", "", regex=True)
    named = tree[~blank(tree["title"])]
    several = named.groupby(titles[named.index])["part"].nunique()
    found = []
    for title in several.index[several > 1]:
        own = named[titles[named.index] == title]
        values = {"row": own.index[0], "column": "title", "title": title, "parts": tuple(dict.fromkeys(own["part"])), "indicators": tuple(own["indicator"])}
        found.append(Fault("counted_twice", own["indicator"].iloc[0], values))
    return found


def contribution(
    tables: Mapping[str, pd.DataFrame],
    scope: Scope,
    *,
    parts: Mapping[str, float],
    shares: Shares,
    siblings: Siblings,
    cap: float,
    missing: Missing,
    verified: Verified,
    counts: Mapping[str, Mapping[str, int | None]],
) -> Contribution:
    """What the indicators say of a period: the bureau's score, each division's, and what is still open (plan 三、(一)).

    ``tables``: indicators, indicator_results. Progress and innovation are graded for the year, so before its end a first-level
    indicator is its completion alone. ``counts`` (part → first_level, goals; None where the plan gives no number) are shown beside what there is.
    """
    tree, whole_year = filled(tables["indicators"], siblings), scope.period == scope.year
    results = as_of(tables["indicator_results"], scope.period, scope.spans)
    done = completion(results, tree, cap=cap, verified=verified)
    made_of = first_level(tree, done, results, shares=shares if whole_year else {}, missing=missing)
    lines = division_scores(tree, done, period=scope.period, parts=parts, decimals=scope.decimals)
    owner = dict(zip(tree["indicator"], tree["division"], strict=True))
    asked = tuple(
        (owner.get(fault.indicator) or scope.bureau, f"indicator_{fault.kind}", fault.indicator)
        for fault in questions(done, made_of, decimals=scope.decimals)
        if fault.kind in OPEN
    )
    whole = bureau_score(tree, done, made_of, period=scope.period, subject=scope.bureau, parts=parts, decimals=scope.decimals)
    shown = _shown(tree, done, made_of, scope).merge(results[["indicator", "period", "evidence"]], on="indicator", how="left")
    shown = shown.rename(columns={"period": "reported"})
    return Contribution(
        values=dict(zip(lines["subject"], ledger.published(lines, scope.decimals, scope.period, lines["subject"]), strict=True)),
        lines=lines,
        whole=whole,
        pending=not len(whole),
        asked=asked,
        tables={"indicators": shown, "indicator_counts": counted(tree, counts), "indicator_grades": made_of.merge(tree[["indicator", "title"]])},
        public={"indicators": shown.drop(columns=["person", "evidence"]), "indicator_counts": counted(tree, counts)},
    )


def _shown(tree: pd.DataFrame, done: pd.DataFrame, made_of: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """Every indicator in the table's order with its score, its weight in its part, and of goals what was reached and when it is due."""
    found, path = grown(tree), _paths(tree, dict.fromkeys(tree["part"], 1.0))["weight"]
    score = roll_up(tree, done.set_index("indicator")["completion"])
    first = first_level_scores(made_of)
    score[first.index] = first
    top = part_scores(tree, done, made_of)
    roots = tree[found.level == 0].set_index("part")["indicator"]
    score[roots[top.index]] = top.to_numpy()
    late = behind(tree, done, start=scope.year_start, on=scope.end)
    kept = ["indicator", "result", "uncapped", "self_score", "verified_score", "difference", "source"]
    late = late.rename(columns={"completion": "done"})
    goals = done[kept].merge(late[["indicator", "elapsed", "done", "behind", "overdue"]], on="indicator")
    columns = ["indicator", "part", "parent", "title", "target", "unit", "direction", "division", "person", "measures", "due", "effect"]
    table = tree[columns].assign(level=found.level, weight=path, score=ranking.half_up(score.to_numpy(), scope.decimals))
    return table.merge(goals, on="indicator", how="left").astype({"overdue": object})


def counted(tree: pd.DataFrame, counts: Mapping[str, Mapping[str, int | None]]) -> pd.DataFrame:
    """How many first-level indicators and goals each part has beside how many the plan names: part, kind, found, planned, fits."""
    found = grown(tree)
    here = {"first_level": found.level == 1, "goals": found.leaf}
    rows = [(part, kind, int((which & (tree["part"] == part)).sum()), planned.get(kind)) for part, planned in counts.items() for kind, which in here.items()]
    table = pd.DataFrame(rows, columns=["part", "kind", "found", "planned"]).astype({"planned": float})
    return table.assign(fits=table["planned"].isna() | (table["planned"] == table["found"]))
