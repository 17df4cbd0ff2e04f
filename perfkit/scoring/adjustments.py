"""The register of bonuses and deductions at the year's end (plan 二、3, first paragraph)."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from perfkit.scoring import ledger

RULE = "components.adjustments."


def score(rows: pd.DataFrame, *, period: str, bonuses: Sequence[str], deductions: Sequence[str], amounts: Mapping[str, float | None]) -> ledger.Lines:
    """One ledger line a decided entry: amount × quantity (blank is 1), plus for a bonus, minus for a deduction.

    ``rows``: adjustment, division, kind, quantity, evidence; only decided ones of the period.
    """
    known = rows[rows["kind"].isin([*bonuses, *deductions])]
    bonus = known["kind"].isin(bonuses)
    raw = known["kind"].map(dict(amounts)).astype(float) * known["quantity"].fillna(1.0)
    rules = np.where(bonus, f"{RULE}bonuses", f"{RULE}deductions")
    return ledger.lines(known.index, period=period, subject=known["division"], measure="score", component="adjustments",
                        item=known["adjustment"], raw=raw, weight=np.where(bonus, 1.0, -1.0),
                        rules=[f"{RULE}amounts;{rule}" for rule in rules], note=known["kind"])  # fmt: skip
