"""How stable ranks and tiers are: ten thousand years of one bureau under slightly other weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from perfkit.problems import UsageError
from perfkit.records import Records
from perfkit.scheme import Scheme
from perfkit.scoring import ranking
from perfkit.whatif.draws import TIME, Outcome, Year, chunks, stages_of, year_of

METHODS = ("forced", "bands")  # the two ways to decide tiers, side by side
QUANTILES = {"p5": 0.05, "p50": 0.5, "p95": 0.95}  # how ranks are summed up for the reader, no rule
_DECIMALS = 9  # figures are cleaned of binary noise, so that any machine gives the same


@dataclass(frozen=True)
class Sensitivity:
    """What draws of the component weights make of a bureau's year; draw 0 is the scheme itself.

    ``tier_probability``: division, one column a tier (best first): its part of the draws, by the scheme's own method.
    The members of a tie that the chain leaves open at a border share the places left to them: k places over m tied count
    k/m each.
    ``methods``: division, tier, forced, bands: the probability of each tier by the forced distribution, and of the same
    draws by the scheme's bands of score, whichever of the two the scheme takes.
    ``rank_quantiles``: division, rank (now), p5, p50, p95: the lowest rank that so large a part of the draws does not exceed.
    ``importance``: path, weight (now), lowest, highest (of all draws), ranks, tiers: how much of the movement of
    ranks, or of tiers, goes with the noise on this weight. It is the squared correlation with the factor drawn for the
    weight, over all divisions, each counting as much as it moves; 0 to 1 and together about 1 at most. Of two weights
    that make up for each other only the ratio counts, so they matter alike.
    ``weights``: a row a draw, a column a parameter path; ``scheme.changed(weights.loc[draw].to_dict())`` is that draw's scheme.
    A division without a score has NaN throughout.
    """

    tier_probability: pd.DataFrame
    methods: pd.DataFrame
    rank_quantiles: pd.DataFrame
    importance: pd.DataFrame
    weights: pd.DataFrame
    year: Year

    def draw(self, number: int) -> pd.DataFrame:
        """One draw's divisions as ``assess`` would publish them: division, score, rank, tier (None if open or without a score)."""
        scores, ranks, outcomes = _outcomes(self.year, self.weights.to_numpy()[[number]])
        names = np.array([*self.year.contest.names, None], dtype=object)  # the last stands for OPEN
        tier = np.full(len(self.year.divisions), None, dtype=object)
        tier[self.year.scored] = names[outcomes[_method(self.year)].labels[0]]
        return pd.DataFrame({"division": self.year.divisions, "score": self.year.spread(scores[0]), "rank": self.year.spread(ranks[0]),
                             "tier": pd.Series(tier, dtype=object)})  # fmt: skip


@dataclass
class _Tally:
    """What is added up over the draws."""

    parts: Mapping[str, np.ndarray]  # method → divisions × tiers: parts in each
    ranks: np.ndarray  # divisions × ranks: how often each
    moments: list[np.ndarray]  # of ranks, of tiers: divisions × (sum, sum of squares, sum of products with each factor)


def sensitivity(
    scheme: Scheme,
    records: Records,
    period: str | int,
    draws: int = 10_000,
    noise: float = 0.1,
    seed: int = 1,
) -> Sensitivity:
    """Draw other component weights and see what ranks and tiers they give.

    Each weight that the scheme uses is multiplied by its own number between 1 − ``noise`` and 1 + ``noise``, all equally
    likely, and the weights rescaled to their sum; more draws of one ``seed`` begin with the same ones.
    Raises UsageError for a month, another year than the scheme's, or settings out of range; RecordsError as ``assess``.
    """
    if not 0 <= noise < 1:
        raise UsageError("noise_out_of_range", given=noise)
    if draws < 1:
        raise UsageError("draws_too_few", given=draws)
    year = year_of(stages_of(scheme, records, period, {}), scheme)
    factors = np.ones((draws, len(year.weights)))
    factors[1:] = np.random.default_rng(seed).uniform(1 - noise, 1 + noise, (draws - 1, len(year.weights)))
    weights = _weights(year, factors)
    tally = _tally(year, weights, factors)
    chances = {method: (parts / draws).round(_DECIMALS) for method, parts in tally.parts.items()}
    return Sensitivity(
        tier_probability=_table(year, chances[_method(year)], year.contest.names), methods=_methods(year, chances),
        rank_quantiles=_quantiles(year, tally.ranks, draws), importance=_importance(year, weights, factors, tally.moments),
        weights=pd.DataFrame(weights, columns=list(year.weights)).rename_axis("draw"), year=year,
    )  # fmt: skip


def _weights(year: Year, factors: np.ndarray) -> np.ndarray:
    """The parameters of each draw: the components' own shares of the score times their factors, rescaled, as parameters again."""
    now, timed = year.now, np.array([path == TIME for path in year.weights])
    share = year.effective(now) * factors
    total, rest = share.sum(axis=1), share[:, ~timed].sum(axis=1)
    among = np.where(timed, total[:, None], np.where(rest > 0, rest, 1.0)[:, None])  # the others' weights are shares of what time leaves
    found = np.where((rest > 0)[:, None] | timed, share / among, now)
    found[0] = now[0]  # to the last bit
    return found


def _method(year: Year) -> str:
    """How the scheme itself decides the tiers."""
    return year.contest.rule.method.value


def _outcomes(year: Year, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict[str, Outcome]]:
    """Published scores, ranks, and tiers by each method, of some draws."""
    scores = ranking.half_up(year.unrounded(weights), year.contest.decimals)
    ranks, keys = year.contest.ranked(scores)
    return scores, ranks, {"forced": year.contest.tiers(keys), "bands": year.contest.banded(scores)}


def _tally(year: Year, weights: np.ndarray, factors: np.ndarray) -> _Tally:
    """One pass over the draws, a chunk at a time."""
    count, tiers = len(year.fixed), len(year.contest.names)
    width = 2 + factors.shape[1]
    tally = _Tally({method: np.zeros((count, tiers)) for method in METHODS}, np.zeros((count, count), dtype=np.int64),
                   [np.zeros((count, width)), np.zeros((count, width))])  # fmt: skip
    around = factors - factors.mean(axis=0)
    now: list[np.ndarray] = []
    for rows in chunks(len(weights), count):
        _, ranks, outcomes = _outcomes(year, weights[rows])
        outcome = outcomes[_method(year)]
        tier = outcome.labels.astype(float)
        tier[outcome.rows, outcome.columns] = outcome.shares @ np.arange(tiers)
        for method, label in product(METHODS, range(tiers)):
            tally.parts[method][:, label] += outcomes[method].part(label).sum(axis=0)
        np.add.at(tally.ranks, (np.arange(count), ranks - 1), 1)
        now = now or [ranks[0].astype(float), tier[0]]
        for moments, values, first in zip(tally.moments, (ranks, tier), now, strict=True):
            moved = values - first  # around the present value, so that little is lost in the sums
            moments += np.column_stack([moved.sum(axis=0), (moved**2).sum(axis=0), moved.T @ around[rows]])
    return tally


def _table(year: Year, values: np.ndarray, columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(year.spread(values), columns=columns).assign(division=year.divisions)[["division", *columns]]


def _quantiles(year: Year, ranks: np.ndarray, draws: int) -> pd.DataFrame:
    """The rank now, and the lowest ranks that 5, 50 and 95 percent of the draws do not exceed."""
    now = _outcomes(year, year.now)[1][0]
    through = ranks.cumsum(axis=1)
    parts = [(through < np.ceil(part * draws - 1e-9)).sum(axis=1) + 1 for part in QUANTILES.values()]
    return _table(year, np.column_stack([now, *parts]).astype(float), ["rank", *QUANTILES])


def _importance(year: Year, weights: np.ndarray, factors: np.ndarray, moments: list[np.ndarray]) -> pd.DataFrame:
    """How much of the movement of ranks and of tiers goes with each weight's factor; 0 where nothing moves."""
    spread = ((factors - factors.mean(axis=0)) ** 2).sum(axis=0)
    explained = []
    for sums in moments:
        whole = float((sums[:, 1] - sums[:, 0] ** 2 / len(weights)).sum())
        own = (sums[:, 2:] ** 2).sum(axis=0)
        known = (spread > 0) & (whole > 0)
        explained.append(np.divide(own, spread * whole, out=np.zeros(len(spread)), where=known).round(_DECIMALS))
    return pd.DataFrame({
        "path": list(year.weights), "weight": list(year.weights.values()), "lowest": weights.min(axis=0), "highest": weights.max(axis=0),
        "ranks": explained[0], "tiers": explained[1],
    })  # fmt: skip


def _methods(year: Year, chances: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Each division's probability of each tier by each method, a row a tier."""
    columns = ["division", "tier", *METHODS]
    found = [_table(year, np.column_stack([chances[method][:, label] for method in METHODS]), list(METHODS)).assign(tier=name)[columns]
             for label, name in enumerate(year.contest.names)]  # fmt: skip
    return pd.concat(found).sort_index(kind="stable").reset_index(drop=True)
