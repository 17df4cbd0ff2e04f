"""Two assessments side by side: what moved, for whom; and what each other reading of the plan would have moved."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from perfkit.scheme import Scheme

Tables = Mapping[str, pd.DataFrame]
COLUMNS = ["subject", "measure", "before", "after"]
OF_DIVISIONS = ("score", "rank", "tier", "coefficient", "advanced", "excellent_places")
OF_STAFF = ("score", "rank", "rating", "coefficient")
READINGS = ["path", "value", "alternative", "tiers", "ratings", "amount", "open", "bureau"]


def between(before: Tables, after: Tables) -> pd.DataFrame:
    """Every published value that is not the same: subject, measure, before, after; missing values are None.

    A payment's measure is its kind; a person's payments of a kind are taken together.
    """
    parts = [
        _moved(before["divisions"].set_index("division"), after["divisions"].set_index("division"), OF_DIVISIONS),
        _moved(before["staff"].set_index("staff"), after["staff"].set_index("staff"), OF_STAFF),
        _moved(before["leaders"].set_index("leader"), after["leaders"].set_index("leader"), ("coefficient",)),
        _moved(_paid(before), _paid(after)),
    ]
    return pd.concat(parts, ignore_index=True)


def _paid(tables: Tables) -> pd.DataFrame:
    sums = tables["payouts"].groupby(["staff", "kind"])["amount"].sum()
    return sums.unstack("kind") if len(sums) else pd.DataFrame()


def _moved(before: pd.DataFrame, after: pd.DataFrame, columns: tuple[str, ...] | None = None) -> pd.DataFrame:
    names = list(columns or dict.fromkeys([*before.columns, *after.columns]))
    subjects = list(dict.fromkeys([*before.index, *after.index]))
    old, new = (frame.reindex(index=subjects, columns=names).round(9).astype(object) for frame in (before, after))
    old, new = old.where(old.notna(), None), new.where(new.notna(), None)
    rows = [(subject, name, was, now) for subject, own, its in zip(subjects, old.to_numpy().tolist(), new.to_numpy().tolist(), strict=True)
            for name, was, now in zip(names, own, its, strict=True) if was != now]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS, dtype=object)


def _earned(tables: Tables) -> float:
    """All payments but settlements, which only make up for what was paid before."""
    paid = tables["payouts"]
    return float(paid.loc[paid["kind"] != "settlement", "amount"].sum())


def of_readings(scheme: Scheme, under: Callable[[Scheme], Tables]) -> pd.DataFrame:
    """What the plan's open questions would have moved, read otherwise; a row a listed alternative.

    Columns: path, value, alternative; ``tiers``: (division, before, after) of each that changes tier; ``ratings``: how
    many people's rating changes; ``amount``: all payments earned, settlements aside, against now; ``open``: questions it
    would open; ``bureau``: points that the bureau's own score would change by.
    """
    rows: list[tuple[Any, ...]] = []
    base = under(scheme)
    for path, parameter in scheme.parameters.items():
        for alternative in parameter.alternatives:
            other = under(scheme.changed({path: alternative}))
            moved = between(base, other)
            tiers = moved[moved["measure"] == "tier"]
            amount, whole = _earned(other) - _earned(base), other["bureau"]["score"].sum() - base["bureau"]["score"].sum()
            rows.append((path, parameter.value, alternative, list(zip(tiers["subject"], tiers["before"], tiers["after"], strict=True)),
                         int((moved["measure"] == "rating").sum()), round(amount, 2), len(other["open"]) - len(base["open"]), whole))  # fmt: skip
    return pd.DataFrame(rows, columns=READINGS)
