"""The year of a large bureau, assessed by perfkit and by the plain script: the same result, time and memory side by side.

    python -m benchmarks.assess_year [--divisions 800] [--people 10000] [--seed 1] [--repeats 3]

Each program runs in a process of its own on records drawn there from the same seed; its clock starts after the
imports and the drawing.
"""

import argparse
import multiprocessing
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from benchmarks import plain_pandas
from benchmarks.large_bureau import YEAR, large_bureau
from perfkit import assess, load_scheme
from perfkit.records import Records
from perfkit.scheme import Scheme

SCHEME = Path(__file__).resolve().parents[1] / "params" / "planning-bureau.yaml"
Tables = dict[str, pd.DataFrame]

# What both programs publish: the table's key, the numbers and words compared.
COMPARED = {
    "division_months": (["month", "division"], ["score"]),
    "staff_months": (["month", "staff"], ["division", "role", "hours", "statutory", "personal", "score", "rank"]),
    "divisions": (["division"], ["monthly_plan", "appraisal", "adjustments", "score", "rank", "tier", "coefficient", "excellent_places"]),
    "staff": (["staff"], ["division", "role", "hours", "statutory", "personal", "democratic", "score", "rank", "rating", "coefficient"]),
    "leaders": (["staff"], ["division_coefficient"]),
    "payouts": (["period", "staff", "kind"], ["amount"]),
}


class Measured(NamedTuple):
    """One program's seconds a run by the clock and of processor time, its process's peak memory before and after in MB, its tables."""

    seconds: list[float]
    processor: list[float]
    records_mb: float
    peak_mb: float
    tables: Tables


def by_perfkit(scheme: Scheme, records: Records) -> Tables:
    """The tables of perfkit under the plain script's names."""
    result = assess(scheme, records, str(YEAR))
    statutory = {"statutory_hours": "statutory"}
    return {
        "division_months": result.division_months.dropna(subset="score").rename(columns={"period": "month"}),
        "staff_months": result.staff_months.rename(columns={"period": "month", **statutory}),
        "divisions": result.divisions, "staff": result.staff[result.staff["included"]].rename(columns=statutory),
        "leaders": result.leaders.rename(columns={"leader": "staff", "coefficient": "division_coefficient"}), "payouts": result.payouts,
    }  # fmt: skip


PROGRAMS: dict[str, Callable[[Scheme, Records], Tables]] = {"perfkit": by_perfkit, "plain": plain_pandas.assess_year}


def differences(one: Tables, other: Tables) -> list[str]:
    """What differs between two programs' tables: words must be the same, numbers within a millionth of a cent."""
    found = []
    for name, (key, columns) in COMPARED.items():
        left, right = (tables[name].set_index(key).sort_index()[columns] for tables in (one, other))
        if not left.index.equals(right.index):
            found.append(f"{name}: {len(left.index.symmetric_difference(right.index))} rows in one alone")
            continue
        for column in columns:
            mine, theirs = left[column], right[column]
            same = (mine == theirs) | (mine.isna() & theirs.isna())
            if pd.api.types.is_numeric_dtype(mine):
                same |= (mine - theirs).abs() < 1e-8
            found += [f"{name}: {column} of {row}: {mine[row]} and {theirs[row]}" for row in left.index[~same]]
    return found


def measured(program: str, divisions: int, people: int, seed: int, repeats: int) -> Measured:
    """One program on a bureau drawn here."""
    scheme, records = load_scheme(SCHEME), large_bureau(divisions, people, seed)
    before, tables = _peak_mb(), Tables()
    seconds: list[float] = []
    processor: list[float] = []
    for _ in range(repeats):
        tables.clear()  # the peak is one run's
        start, used = time.perf_counter(), time.process_time()
        tables = PROGRAMS[program](scheme, records)
        seconds.append(time.perf_counter() - start)
        processor.append(time.process_time() - used)
    return Measured(seconds, processor, before, _peak_mb(), {name: tables[name][[*key, *columns]] for name, (key, columns) in COMPARED.items()})


def _peak_mb() -> float:
    """The most memory this process has held so far."""
    import resource  # not there on Windows, where only the results can be compared

    unit = 1024 if sys.platform == "darwin" else 1  # bytes there, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / unit


def main() -> int:
    """Measure both, compare, print; 1 if the results differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("divisions", 800), ("people", 10_000), ("seed", 1), ("repeats", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    runs: dict[str, Any] = {}
    for program, repeats in (("perfkit", given.repeats), ("plain", 1)):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            runs[program] = pool.apply(measured, (program, given.divisions, given.people, given.seed, repeats))
    found = differences(runs["perfkit"].tables, runs["plain"].tables)
    compared = sum(len(table) for table in runs["perfkit"].tables.values())
    print(f"{given.people:,} people, {given.divisions:,} divisions, seed {given.seed}; {multiprocessing.cpu_count()} cores; "
          f"Python {platform.python_version()}, pandas {pd.__version__}, numpy {np.__version__}")  # fmt: skip
    print("| program | seconds a run | best | processor | records, MB | peak, MB |\n|---|---|---|---|---|---|")
    for program, run in runs.items():
        print(f"| {program} | {', '.join(f'{each:.1f}' for each in run.seconds)} | {min(run.seconds):.1f} | {min(run.processor):.1f} "
              f"| {run.records_mb:,.0f} | {run.peak_mb:,.0f} |")  # fmt: skip
    clock, processor = (min(getattr(runs["plain"], each)) / min(getattr(runs["perfkit"], each)) for each in ("seconds", "processor"))
    print(f"ratio {clock:.0f} by the clock, {processor:.0f} of processor time; {compared:,} rows compared, {len(found)} differences")
    print("\n".join(found[:20]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
