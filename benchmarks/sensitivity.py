"""Ten thousand draws of the weights as arrays, beside a loop that assesses the year again for each.

Two bureaus: the sample, and a drawn one of a thousand divisions. Some draws of the loop are measured and their scores,
ranks and tiers compared with the arrays' one by one; what the loop would take for all draws is those times the draws.
The time of ``sensitivity`` is that of the whole call, the year's own steps included. Ends with 1 if a draw differs.
"""

import argparse
import sys
import time
import tracemalloc
from collections.abc import Callable
from statistics import median
from typing import NamedTuple, TypeVar

import numpy as np
import pandas as pd

from benchmarks.large_bureau import large_bureau
from perfkit import assess, load_records, load_scheme
from perfkit.records import Records
from perfkit.scheme import Scheme
from perfkit.whatif.sensitivity import Sensitivity, sensitivity

SCHEME, SAMPLE, YEAR = "params/planning-bureau.yaml", "data/planning-bureau", "2023"
T = TypeVar("T")


class Seconds(NamedTuple):
    """By the clock, and of processor time."""

    clock: float
    processor: float


def timed(call: Callable[[], T]) -> tuple[Seconds, T]:
    """How long a call took, and what it gave."""
    start, used = time.perf_counter(), time.process_time()
    found = call()
    return Seconds(time.perf_counter() - start, time.process_time() - used), found


def differing(found: Sensitivity, number: int, divisions: pd.DataFrame) -> int:
    """How many cells of a draw are not what the assessment published."""
    drawn = found.draw(number)
    numbers = sum(int((drawn[name].fillna(-1) != divisions[name].fillna(-1)).sum()) for name in ("score", "rank"))
    return numbers + int((drawn["tier"].fillna("") != divisions["tier"].fillna("")).sum())


def measure(scheme: Scheme, records: Records, draws: int, loops: int, runs: int) -> tuple[list[Seconds], list[Seconds], list[Seconds], int]:
    """Time of each run of ``sensitivity``, of each draw by ``assess`` and by ``Assessment.under``; cells that differ."""
    quick = [timed(lambda: sensitivity(scheme, records, YEAR, draws=draws)) for _ in range(runs)]
    found, result = quick[-1][1], assess(scheme, records, YEAR)
    whole, under, wrong = [], [], 0
    for number in np.linspace(1, draws - 1, loops).astype(int):
        other = scheme.changed(found.weights.loc[number].to_dict())
        seconds, again = timed(lambda other=other: assess(other, records, YEAR))  # type: ignore[misc]
        whole.append(seconds)
        under.append(timed(lambda other=other: result.under(other))[0])  # type: ignore[misc]
        wrong += differing(found, number, again.divisions)
    return [seconds for seconds, _ in quick], whole, under, wrong


def peak(scheme: Scheme, records: Records, draws: int) -> float:
    """Megabytes that a call allocates at most, beyond the records."""
    tracemalloc.start()
    sensitivity(scheme, records, YEAR, draws=draws)
    most = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return most


def main() -> int:
    """Measure, compare, print; 1 if a draw differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--divisions", type=int, default=1000)
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--loops", type=int, default=5, help="draws of the loop that are measured and compared")
    parser.add_argument("--memory", action="store_true", help="measure the peak memory as well, which is slow")
    given = parser.parse_args()
    scheme, wrong = load_scheme(SCHEME), 0
    for name, records, loops in (
        ("sample", load_records(SAMPLE), 4 * given.loops),
        (f"{given.divisions} divisions, {given.people} people", large_bureau(given.divisions, given.people), given.loops),
    ):
        quick, whole, under, cells = measure(scheme, records, given.draws, loops, 3)
        wrong += cells
        print(f"{name}: sensitivity {', '.join(f'{each.clock:.2f}' for each in quick)} s for {given.draws} draws, "
              f"processor {', '.join(f'{each.processor:.2f}' for each in quick)} s")  # fmt: skip
        for label, each in (("assess", whole), ("under", under)):
            ratio = [median(one[way] for one in each) * given.draws / median(one[way] for one in quick) for way in (0, 1)]
            print(f"  {label}: {median(one.clock for one in each):.3f} s a draw; {ratio[0]:,.0f} times as long for all, {ratio[1]:,.0f} in processor time")
        print(f"  {loops} draws compared, {cells} cells differ")
        if given.memory:
            print(f"  peak {peak(scheme, records, given.draws):.0f} MB")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
