"""The design of the public survey: how many names of each stratum, and which (water bureau's plan 三、(二))."""

from hashlib import sha256
from operator import index
from typing import Any, Literal

import pandas as pd

from perfkit.scoring import ranking

Allocation = Literal["proportional", "equal", "neyman"]
DIGEST = 2**256  # a sha256 digest is a whole number below this


def counts(values: pd.Series, what: str) -> pd.Series:
    """Stratum → whole number, checked: every stratum once, no number missing, negative or broken; else ValueError."""
    if not values.index.is_unique:
        raise ValueError(f"{what}: stratum {values.index[values.index.duplicated()][0]!r} is there twice")
    numbers = pd.to_numeric(values).astype(float)
    wrong = numbers.index[~((numbers >= 0) & (numbers < float("inf")) & (numbers % 1 == 0))]
    if len(wrong):
        raise ValueError(f"{what}: {', '.join(f'{name!r} has {values[name]}' for name in wrong)}; a whole number from 0 is needed")
    return numbers.astype("int64").rename(None)


def number(value: Any, what: str) -> int:
    """A whole number from 0, or ValueError."""
    try:
        found = index(value)
    except TypeError:
        found = -1
    if found < 0 or isinstance(value, bool):
        raise ValueError(f"{what} is {value!r}; a whole number from 0 is needed")
    return found


def allocate(population: pd.Series, n: int, method: Allocation = "proportional", minimum: int = 1, sd: pd.Series | None = None) -> pd.Series:
    """Stratum → number of names, in all ``n``: 600 names of 5,000, 3,000 and 2,000 people → 300, 180, 120.

    ``population``: stratum → people. In proportion to the population, the same for all (``equal``), or in proportion to
    population × standard deviation (``neyman``, which needs ``sd``: stratum → standard deviation of the scores; where only
    strata without any spread are left, they share by population). Whole numbers by the largest remainder; equal
    remainders: the larger population first, then the given order. A stratum that would have less than ``minimum`` gets that
    many, one that would have more than its population gets all of it, and the rest is apportioned again among the others.
    A stratum with fewer people than ``minimum`` is taken whole; one without people gets none. ValueError for what cannot be done.
    Source: Cochran, *Sampling Techniques*, 3rd ed. 1977, ch. 5; the plan names no method (an assumption of the scheme).
    """
    people, left, least = counts(population, "population"), number(n, "n"), number(minimum, "minimum")
    low = people.clip(upper=least)
    if left > people.sum():
        raise ValueError(f"n is {n}, but all strata together have {people.sum()} people")
    if left < low.sum():
        raise ValueError(f"n is {n}, but {len(people)} strata with at least {minimum} each (or all their people, if fewer) need {low.sum()}")
    weight = _weights(people, method, sd)
    order = list(people.sort_values(ascending=False, kind="stable").index)
    found, free = people * 0, people > 0
    while free.any():
        base = weight[free] if weight[free].any() else people[free]
        ideal = ranking.apportion(base / base.sum(), left, tie_order=order)
        bounded = ideal.clip(low[free], people[free])
        found[free] = bounded
        over = bounded.sum() - left
        if not over:
            break
        # Too many in all: the minima weigh more than the maxima, so they stay whatever the others get; too few: the maxima do.
        fixed = bounded[bounded > ideal if over > 0 else bounded < ideal]
        free[fixed.index] = False
        left -= int(fixed.sum())
    return found


def _weights(people: pd.Series, method: str, sd: pd.Series | None) -> pd.Series:
    if method == "proportional":
        return people.astype(float)
    if method == "equal":
        return people * 0 + 1.0
    if method != "neyman":
        raise ValueError(f"method is {method!r}; there are proportional, equal and neyman")
    if sd is None:
        raise ValueError("method neyman needs sd, the standard deviation of each stratum")
    if not sd.index.is_unique:
        raise ValueError(f"sd: stratum {sd.index[sd.index.duplicated()][0]!r} is there twice")
    spread = pd.to_numeric(sd).astype(float).reindex(people.index).mask(people == 0, 0.0)
    wrong = spread.index[~((spread >= 0) & (spread < float("inf")))]
    if len(wrong):
        raise ValueError(f"sd of {', '.join(map(repr, wrong))} is missing or not a number from 0")
    return people * spread


def draw(frame: pd.DataFrame, sizes: pd.Series, seed: int | str, replacements: pd.Series | int = 0) -> pd.DataFrame:
    """The names drawn from ``frame`` (one row a name: entry, stratum, perhaps region): its columns, ``selected``, ``order``.

    ``sizes``: stratum → names (as of ``allocate``); ``replacements``: further names of each stratum, fewer where it has no
    more. ``selected`` is main or replacement, ``order`` counts a stratum's replacements in the order of their use, 0 for main.

    Each stratum is drawn by itself: its names stand by region and within a region in random order, and are taken at equal
    steps from a random start (systematic sampling, implicit stratification by region). So a region with a share p of
    its stratum has n·p names, rounded up or down, and every name of a stratum the same chance n/N to be main and m/N to be a
    replacement. Without regions, or with one only, that is simple random sampling. Replacements are drawn in the
    same way from the names left and used in random order.

    Chance comes from sha256 of seed, stratum and entry: the same names on every machine, in whatever order the rows stand and
    whoever else is in other strata. Each round needs a seed of its own, else it asks the same people again.
    Source: plan 三、(二) (random within strata, balanced by region); Cochran, *Sampling Techniques*, 3rd ed. 1977, ch. 8.
    """
    main = counts(sizes, "sizes")
    spare = counts(replacements, "replacements") if isinstance(replacements, pd.Series) else main * 0 + number(replacements, "replacements")
    listed = frame.reset_index(drop=True)
    have = listed["stratum"].value_counts(dropna=False)
    _fits(listed, have, main, spare)
    region = listed["region"].fillna("").astype(str) if "region" in listed else pd.Series("", index=listed.index)
    chance = [_digest("name", seed, stratum, entry) for stratum, entry in zip(listed["stratum"], listed["entry"], strict=True)]
    stand = pd.DataFrame({"region": region, "chance": pd.Series(chance, dtype=object)}).sort_values(["region", "chance"]).index
    queues = {name: list(rows) for name, rows in listed.loc[stand].groupby("stratum", sort=False).groups.items()}
    drawn: list[tuple[int, str, int]] = []
    for name in main.index:
        chosen = _systematic(queues.get(name, []), int(main[name]), _digest("start", seed, name))
        left = [row for row in queues.get(name, []) if row not in chosen]
        further = _systematic(left, min(int(spare[name]), len(left)), _digest("second start", seed, name))
        turn = {_digest("order", seed, name, listed.at[row, "entry"]): row for row in further}
        drawn += [(row, "main", 0) for row in sorted(chosen, key=lambda row: str(listed.at[row, "entry"]))]
        drawn += [(turn[key], "replacement", place) for place, key in enumerate(sorted(turn), start=1)]
    rows, selected, order = ([each[part] for each in drawn] for part in range(3))
    found = listed.loc[rows].reset_index(drop=True)
    return found.assign(selected=pd.Series(selected, dtype=object), order=pd.Series(order, dtype="int64"))


def _fits(listed: pd.DataFrame, have: pd.Series, main: pd.Series, spare: pd.Series) -> None:
    """ValueError for a frame that the sizes do not fit."""
    twice = listed.loc[listed["entry"].duplicated(), "entry"]
    if len(twice):
        raise ValueError(f"frame: entry {twice.iloc[0]!r} is there twice")
    unknown = [name for name in have.index if name not in main.index]
    if unknown:
        raise ValueError(f"frame: no size for stratum {', '.join(map(repr, unknown))}")
    if set(main.index) != set(spare.index):
        raise ValueError(f"sizes and replacements differ in stratum {', '.join(map(repr, main.index.symmetric_difference(spare.index)))}")
    names = have.reindex(main.index, fill_value=0)
    short = [f"stratum {name!r} has {names[name]} names, {main[name]} are wanted" for name in main.index[main > names]]
    if short:
        raise ValueError(f"frame: {'; '.join(short)}")


def _digest(*parts: Any) -> int:
    """A number from 0 to below 2²⁵⁶ that nobody can foretell from ``parts`` but everybody can compute again."""
    return int.from_bytes(sha256("\x1f".join(map(str, parts)).encode()).digest())


def _systematic(queue: list[int], n: int, start: int) -> dict[int, None]:
    """Every (N/n)-th of a queue from a random start, as an ordered set; in whole numbers, so that all have exactly the same chance."""
    return dict.fromkeys(queue[(start + step * DIGEST) * len(queue) // (n * DIGEST)] for step in range(n))
