"""Open and covert inspections: a log that cannot be changed unseen, and what a finding means (water plan 三、(三) and 五、(四))."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from perfkit.scoring import ledger
from perfkit.scoring.contribution import Contribution, Scope

RULE = "components.inspection."
SEALED = ("inspection", "date", "mode", "aspect", "division", "finding", "points")  # what was seen; circulation comes later
LOG_COLUMNS = ["inspection", "hash", "circulated_on"]
BROKEN_COLUMNS = ["inspection", "what"]
BACKDATED_COLUMNS = ["inspection", "what", "date", "latest"]

Use = Literal["beside", "deduction", "gate"]


def log_chain(inspections: pd.DataFrame) -> pd.DataFrame:
    """The log as hashes, one an entry in the order of the rows: inspection, hash, circulated_on.

    Each hash is the SHA-256, in hex, of the one before and the entry as text, so it vouches for all entries so far. The text is a JSON
    array of ``SEALED``: dates as YYYY-MM-DD, numbers as floats, blanks as null. The day of circulation is set later and so
    stands beside the hash.
    """
    chain, last = [], ""
    for text in _texts(inspections):
        last = _linked(last, text)
        chain.append(last)
    return inspections[["inspection", "circulated_on"]].assign(hash=pd.Series(chain, index=inspections.index, dtype=object))[LOG_COLUMNS]


def _linked(before: str, text: str) -> str:
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


def _texts(inspections: pd.DataFrame) -> Iterable[str]:
    """Each entry as one line of text, whatever file or type its cells came from."""
    columns = [map(_plain, inspections[name]) for name in SEALED]
    return (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in zip(*columns, strict=True))


def _plain(cell: Any) -> Any:
    if pd.isna(cell) or cell == "":
        return None
    if isinstance(cell, pd.Timestamp):
        return cell.strftime("%Y-%m-%d")
    return float(cell) if isinstance(cell, int | float | np.number) else str(cell)


def broken(inspections: pd.DataFrame, sealed: pd.DataFrame) -> pd.DataFrame:
    """What an append-only log may not have undergone since ``sealed`` (an earlier ``log_chain``): inspection, what.

    ``changed``: another text, or another day of circulation than the one it had; ``removed``; ``inserted``: new, but before one that is
    sealed; ``moved``: after one that it preceded. Nothing else can make the chains differ up to the last sealed entry.
    """
    ids = inspections["inspection"].to_numpy(dtype=object)
    known = sealed["inspection"].to_numpy(dtype=object)
    texts, days = list(_texts(inspections)), list(inspections["circulated_on"])
    place = {name: row for row, name in reversed(list(enumerate(ids)))}
    found: list[tuple[Any, str]] = []
    before, furthest = "", -1
    for name, seal, day in zip(known, sealed["hash"], sealed["circulated_on"], strict=True):
        row = place.get(name)
        if row is None:
            found.append((name, "removed"))
        else:
            if _linked(before, texts[row]) != seal or not (pd.isna(day) or day == days[row]):
                found.append((name, "changed"))
            if row < furthest:
                found.append((name, "moved"))
            furthest = max(furthest, row)
        before = seal
    old = {row for name, row in place.items() if name in set(known)}
    found += [(ids[row], "inserted") for row in range(furthest) if row not in old]
    return pd.DataFrame(found, columns=BROKEN_COLUMNS, dtype=object)


def backdated(inspections: pd.DataFrame) -> pd.DataFrame:
    """Entries dated before one that already stood in the log, or circulated before they took place: inspection, what, date, latest.

    ``what`` is the column, ``date`` its cell, ``latest`` the day it should not lie before.
    """
    date = inspections["date"]
    earlier = date.cummax().shift()
    parts = [
        pd.DataFrame({"inspection": inspections["inspection"], "what": what, "date": day, "latest": latest})[day < latest]
        for what, day, latest in (("date", date, earlier), ("circulated_on", inspections["circulated_on"], date))
    ]
    return pd.concat(parts)[BACKDATED_COLUMNS].sort_index(kind="stable")


def circulated(inspections: pd.DataFrame, on: pd.Timestamp) -> pd.Series:
    """Whether each entry has been circulated by a day."""
    return inspections["circulated_on"] <= on


def effect(inspections: pd.DataFrame, *, use: Use, on: pd.Timestamp) -> pd.DataFrame:
    """What each entry means for its division's assessment, by a day: the entries with a column ``effect``.

    The plan puts inspections beside indicators and public evaluation without a weight, and makes what was circulated and recorded a basis
    for merit and reward. ``use`` reads that as ``beside`` (listed, no points), ``deduction`` (``points`` off) or ``gate`` (no merit
    title). An entry not yet circulated is ``pending``; one that is, but without points, is ``undecided`` if points are wanted; one with 0
    points found nothing to object to and stands ``beside``.
    """
    points = inspections["points"].to_numpy(dtype=float)
    counts = {"beside": np.zeros(len(points), dtype=bool), "deduction": points > 0, "gate": points > 0}[use]
    undecided = np.isnan(points) & (use != "beside")
    waiting = ~circulated(inspections, on) & ((inspections["finding"] != "") | (points > 0))  # who found nothing has nothing to circulate
    found = np.select([waiting, undecided & circulated(inspections, on), counts & circulated(inspections, on)], ["pending", "undecided", use], "beside")
    return inspections.assign(effect=pd.Series(found, index=inspections.index, dtype=object))


def deductions(effects: pd.DataFrame, *, period: str, decimals: int) -> ledger.Lines:
    """A ledger line an entry that costs points, as of ``effect``; none under the other readings."""
    own = effects[effects["effect"] == "deduction"]
    lines = ledger.lines(own.index, period=period, subject=own["division"], measure="score", component="inspection", item=own["inspection"],
                         raw=own["points"], weight=-1.0, rules=f"{RULE}use", note=own["aspect"])  # fmt: skip
    return ledger.rounded(lines, decimals, "rounding.score_decimals") if len(lines) else lines


def barred(effects: pd.DataFrame) -> pd.Series:
    """The divisions that a finding keeps from merit titles, each once; none unless ``use`` is gate."""
    return effects.loc[effects["effect"] == "gate", "division"].drop_duplicates()


def public(inspections: pd.DataFrame, on: pd.Timestamp) -> pd.DataFrame:
    """The entries that a public edition of a day may show: open visits, and covert ones once they are circulated."""
    return inspections[(inspections["mode"] != "covert") | circulated(inspections, on)]


def contribution(tables: Mapping[str, pd.DataFrame], scope: Scope, *, aspects: Sequence[str], use: Use) -> Contribution:
    """What the visits up to the end of a period mean: beside the score, points off, or a bar to titles (plan 三、(三) and 五、(四)).

    ``tables``: inspections; ``aspects`` are those the plan looks at. Of the public edition covert visits that are not circulated are no part.
    """
    own = tables["inspections"]
    own = own[(own["date"] >= scope.year_start) & (own["date"] <= scope.end)]
    effects = effect(own, use=use, on=scope.end)
    lines = deductions(effects, period=scope.period, decimals=scope.decimals)
    costs: dict[str, float] = {}
    for division, value in zip(lines["subject"], lines["value"], strict=True):
        costs[division] = costs.get(division, 0.0) + value
    asked = tuple((division or scope.bureau, "inspection_undecided", name) for name, division in
                  effects.loc[effects["effect"] == "undecided", ["inspection", "division"]].itertuples(index=False, name=None))  # fmt: skip
    open_to_all = public(effects, scope.end)
    return Contribution(
        values=costs if use == "deduction" else None, lines=lines, asked=asked,
        tables={"inspections": effects, "inspection_counts": _counts(effects, aspects), "inspection_log": log_chain(own)},
        public={"inspections": open_to_all, "inspection_counts": _counts(open_to_all, aspects)},
    )  # fmt: skip


def _counts(inspections: pd.DataFrame, aspects: Sequence[str]) -> pd.DataFrame:
    """Visits and findings by aspect, those without any too: aspect, visits, covert, findings, points."""
    by = inspections.groupby("aspect")
    found = pd.DataFrame({
        "visits": by.size(), "covert": (inspections["mode"] == "covert").groupby(inspections["aspect"]).sum(),
        "findings": (inspections["finding"] != "").groupby(inspections["aspect"]).sum(), "points": by["points"].sum(),
    })  # fmt: skip
    return found.reindex(list(aspects)).fillna(0.0).astype({"visits": int, "covert": int, "findings": int}).rename_axis("aspect").reset_index()
