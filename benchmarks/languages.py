"""What a second language costs: the same reports in Chinese and in both languages, in alternation.

    python -m benchmarks.languages                        # one month of the sample, three pairs
    python -m benchmarks.languages --period 2023 --pairs 1 --jobs 2

Every run starts from nothing in a process of its own, and writes into a folder of its own; CPU seconds are those of the process and all its children. The
second language is to cost less than half of the first: the ratio of CPU seconds is to stay below 1.5.
"""

import argparse
import tempfile
from functools import partial
from statistics import median

from benchmarks.engine import BUREAU, called, measured

MOST = 1.5


def main() -> None:
    """Measure the pairs and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--bureau", default=BUREAU)
    parser.add_argument("--period", default="2023-06")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1, help="reports at once")
    given = parser.parse_args()
    print(f"{'pair':>4}{'zh: CPU s':>12}{'wall s':>9}{'both: CPU s':>14}{'wall s':>9}{'ratio':>8}", flush=True)
    ratios = []
    for pair in range(given.pairs):
        taken = []
        for lang in ("zh", "both"):
            with tempfile.TemporaryDirectory() as out:
                command = ("-m", "perfkit", "run", given.bureau, given.period, "--lang", lang, "--jobs", str(given.jobs), "--out", out)
                taken.append(measured(partial(called, *command)))
        (one, wall), (both, longer) = taken
        ratios.append(both / one)
        print(f"{pair + 1:4d}{one:12.1f}{wall:9.1f}{both:14.1f}{longer:9.1f}{ratios[-1]:8.2f}", flush=True)
    print(f"median {median(ratios):.2f}, to be below {MOST}")


if __name__ == "__main__":
    main()
