"""Where points were lost and whether measures helped (plan 二、4, continued improvement)."""

import pandas as pd

COLUMNS = ["period", "division", "component", "cause", "points", "rules"]


def losses(lines: pd.DataFrame, causes: pd.DataFrame) -> pd.DataFrame:
    """Points each division's months lost, by the cause the division gave: period, division, component, cause, points, rules.

    ``lines``: ledger lines of the monthly plan; ``causes``: month, division, item, cause. What a floor gave back counts
    against the losses, so that they sum to full marks less the score; roundings are no loss.
    """
    lost = lines[(lines["item"] != "full_marks") & (lines["item"] != "rounding")]
    named = causes.set_index(["month", "division", "item"])["cause"]
    cause = named.reindex(pd.MultiIndex.from_frame(lost[["period", "subject", "item"]])).fillna("").to_numpy()
    return pd.DataFrame({
        "period": lost["period"], "division": lost["subject"], "component": lost["component"], "cause": cause, "points": -lost["value"],
        "rules": lost["rules"],
    }).reset_index(drop=True)  # fmt: skip


def annual_losses(lines: pd.DataFrame, *, full_marks: float) -> pd.DataFrame:
    """What a year lost besides its months: deductions by kind, and what the appraisal fell short of full marks."""
    deducted = lines[(lines["component"] == "adjustments") & (lines["value"] < 0)]
    asked = lines[lines["component"] == "appraisal"]
    parts = [
        pd.DataFrame({"period": deducted["period"], "division": deducted["subject"], "component": deducted["component"],
                      "cause": deducted["note"], "points": -deducted["value"], "rules": deducted["rules"]}),
        pd.DataFrame({"period": asked["period"], "division": asked["subject"], "component": asked["component"], "cause": asked["item"],
                      "points": (full_marks - asked["raw"]) * asked["weight"], "rules": asked["rules"]}),
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def effects(measures: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """Each measure with the mean monthly score of its subject before it was done and after.

    ``measures``: subject, done_on; ``scores``: period (month), subject, score. The month of completion belongs to
    neither side; NaN where a side has no month.
    """
    done = measures["done_on"].dt.strftime("%Y-%m")
    found = []
    for row in measures.index:
        own = scores[scores["subject"] == measures.at[row, "subject"]]
        sides = (own.loc[own["period"] < done[row], "score"], own.loc[own["period"] > done[row], "score"]) if isinstance(done[row], str) else ()
        found.append([side.mean() for side in sides] or [float("nan")] * 2)
    return measures.assign(**pd.DataFrame(found, index=measures.index, columns=["before", "after"], dtype=float))
