"""The survey's estimates beside those of svy, a living survey library, on random stratified samples.

``pip install -e .[oracle]``, then ``python -m benchmarks.survey_beside_svy``. Ends with 1 where any mean, error, degree of freedom
or interval differs by more than a millionth, of all people or of those reached by phone or visit.
"""

import argparse
import sys
from collections.abc import Iterator

import numpy as np
import pandas as pd
import polars
import svy

from perfkit.scoring import survey

NEAR = 1e-6
MODES = ("phone", "visit")


def sample(random: np.random.Generator) -> tuple[pd.DataFrame, pd.Series]:
    """Returns of two to six strata, at least two each, and how many people the strata have."""
    sizes = random.integers(2, 30, random.integers(2, 7))
    people = pd.Series(sizes + random.integers(1, 500, len(sizes)), index=[f"S{number}" for number in range(len(sizes))])
    rows = pd.DataFrame({"stratum": np.repeat(people.index.to_numpy(), sizes), "score": random.integers(0, 101, sizes.sum()).astype(float)})
    return rows.assign(mode=random.choice(MODES, len(rows))), people


def differences(rows: pd.DataFrame, people: pd.Series) -> Iterator[tuple[str, float]]:
    """What was compared, and by how much the two differ."""
    drawn = rows.assign(people=rows["stratum"].map(people), weight=rows["stratum"].map(people / rows.groupby("stratum").size()))
    other = svy.Sample(polars.DataFrame(drawn.to_dict("list")), svy.Design(stratum="stratum", wgt="weight", pop_size="people")).estimation
    found, its = survey.stratified_mean(rows, people), other.mean("score").to_polars().to_dicts()[0]
    ours = (found.mean, found.se, found.df, *found.interval)
    for key, one in zip(("est", "se", "df", "lci", "uci"), ours, strict=True):
        yield key, abs(one - its[key])
    parts = {row["mode"]: row for row in other.mean("score", by="mode").to_polars().to_dicts()}
    for row in survey.domain_means(rows, people, "mode").to_dict("records"):
        if row["n"] > 1:  # svy gives a single return the error 0, here it has none
            yield from ((f"{name} of {row['mode']}", abs(row[name] - parts[row["mode"]][key])) for name, key in (("mean", "est"), ("se", "se"), ("df", "df")))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--samples", type=int, default=200)
    random, worst = np.random.default_rng(1), 0.0
    for _ in range(options.parse_args().samples):
        for name, gap in differences(*sample(random)):
            worst = max(worst, gap)
            if not gap <= NEAR:
                sys.exit(f"{name} differs by {gap}")
    print(f"svy {svy.__version__}: no difference above {worst:.1e}")


if __name__ == "__main__":
    main()
