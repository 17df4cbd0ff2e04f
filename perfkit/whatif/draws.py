"""Many years of one bureau at once: scores, ranks and tiers as arrays, a row a draw and a column a division.

What ``scoring.tiers`` does for one year, for thousands: the tests hold the two together, draw by draw.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from perfkit.periods import is_year, months_of
from perfkit.problems import RecordsError, UsageError
from perfkit.records import Records
from perfkit.scheme import Scheme
from perfkit.scheme.model import Tiers, Veto
from perfkit.scoring import ranking, tiers
from perfkit.stages import Stages
from perfkit.steps import Memo

OPEN = -1  # the label of a division whose tier is undecided
_LAST = -1  # a key below every other
_CELLS = 1_000_000  # rows × columns worked on at a time, which bounds the memory
_WIDEST = 2**40  # leaves room for the columns beside the units in one whole number


def chunks(rows: int, columns: int) -> Iterator[slice]:
    """Slices of the rows that keep an array of so many columns small."""
    size = max(1, _CELLS // max(1, columns))
    return (slice(start, min(start + size, rows)) for start in range(0, rows, size))


def whole(values: np.ndarray, decimals: int) -> np.ndarray:
    """Published numbers as whole numbers from 0 in the same order, equal where they are equal."""
    units = np.rint(values * 10.0**decimals)
    units -= units.min(initial=0.0)
    if units.max(initial=0.0) < _WIDEST:
        return units.astype(np.int64)
    ordered: np.ndarray = np.unique(values, return_inverse=True)[1].reshape(values.shape)
    return ordered


def positions(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last place, from 0, that each row's equals take together; whole keys, the highest first."""
    columns = keys.shape[1]
    bits = columns.bit_length()
    packed = np.sort((-keys << bits) | np.arange(columns), axis=1)  # several times as fast as argsort
    order, ranked = packed & ((1 << bits) - 1), packed >> bits
    order += np.arange(len(keys))[:, None] * columns
    starts = np.ones(keys.shape, dtype=bool)
    np.not_equal(ranked[:, 1:], ranked[:, :-1], out=starts[:, 1:])
    place = np.broadcast_to(np.arange(columns), keys.shape)
    if starts.all():
        first = _put(order, place)
        return first, first
    ends = np.ones(keys.shape, dtype=bool)
    ends[:, :-1] = starts[:, 1:]
    first = _put(order, np.maximum.accumulate(np.where(starts, place, 0), axis=1))
    last = _put(order, np.minimum.accumulate(np.where(ends, place, columns)[:, ::-1], axis=1)[:, ::-1])
    return first, last


def _behind(keys: np.ndarray, codes: np.ndarray, count: int) -> np.ndarray:
    """Keys that order by ``keys`` and then by ``codes``, whole numbers below ``count``."""
    if int(keys.max(initial=0)) * count >= _WIDEST:
        keys = keys.shape[1] - 1 - positions(keys)[0]
    both: np.ndarray = keys * count + codes
    return both


def _put(order: np.ndarray, values: np.ndarray) -> np.ndarray:
    found = np.empty(order.size, dtype=np.int64)
    found[order.ravel()] = values.ravel()
    return found.reshape(order.shape)


@dataclass(frozen=True)
class Outcome:
    """Labels of tiers, 0 the best and OPEN where a tie is undecided; of those, who they are and their part in each tier."""

    labels: np.ndarray  # draws × divisions
    rows: np.ndarray
    columns: np.ndarray
    shares: np.ndarray  # undecided × tiers

    def part(self, label: int) -> np.ndarray:
        """How much of a tier each division has: 1, 0, or its share of the places left to a tied group."""
        found: np.ndarray = (self.labels == label).astype(float)
        found[self.rows, self.columns] = self.shares[:, label]
        return found


@dataclass(frozen=True)
class Contest:
    """What makes tiers out of published scores. Arrays run over the divisions that have a score."""

    rule: Tiers
    veto: Veto
    decimals: int
    group: np.ndarray
    beside: Mapping[str, np.ndarray]  # tie-breaker → its value, not rounded
    orders: np.ndarray  # decided orders, NaN where there is none
    vetoed: np.ndarray

    @property
    def names(self) -> list[str]:
        """The tiers, best first."""
        return list(self.rule.shares.value)

    @cached_property
    def divided(self) -> list[np.ndarray]:
        """The columns of each group that is ranked by itself."""
        if self.rule.groups.value == "together":
            return [np.arange(len(self.group))]
        return [np.flatnonzero(self.group == name) for name in dict.fromkeys(self.group)] or [np.arange(0)]

    def ranked(self, scores: np.ndarray, beside: Mapping[str, np.ndarray] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Ranks from 1, shared on equal scores, each group by itself; and the keys that order the divisions of each draw.

        Keys are whole numbers, higher is better, equal where the tie chain ends. ``scores``: as published.
        ``beside``: tie-breakers that differ from draw to draw, draws × divisions.
        """
        units = whole(scores, self.decimals)
        first, last = positions(units)
        ranks = first + 1
        if len(self.divided) > 1:
            for columns in self.divided:
                ranks[:, columns] = positions(units[:, columns])[0] + 1
        keys: np.ndarray = scores.shape[1] - 1 - first
        tied = np.flatnonzero((first != last).any(axis=1)) if last is not first else np.empty(0, dtype=np.int64)
        if self.rule.at_border.value == "chain" and len(tied):
            keys[tied] = self._chained(keys[tied], {name: values[tied] for name, values in (beside or {}).items()})
        return ranks, keys

    def _chained(self, keys: np.ndarray, beside: Mapping[str, np.ndarray]) -> np.ndarray:
        """The keys with the tie-breakers behind them, each rounded as it is published, and the decided orders."""
        for name in self.rule.tie_break.value:
            better = ranking.half_up(np.nan_to_num(beside.get(name, self.beside[name][None, :])), self.decimals) * tiers.BETTER[name]
            known, code = np.unique(better, return_inverse=True)
            keys = _behind(keys, code.reshape(better.shape), len(known))
        return self._decided(keys)

    def _decided(self, keys: np.ndarray) -> np.ndarray:
        """The keys with the decided orders behind them, which count where every one of the tied has one."""
        given = ~np.isnan(self.orders)
        if not given.any():
            return keys
        known, code = np.unique(-self.orders[given], return_inverse=True)
        own = np.zeros(len(self.orders), dtype=np.int64)
        own[given] = code
        first, last = positions(keys)
        group = first + np.arange(len(keys))[:, None] * keys.shape[1]
        counted = np.bincount(group.ravel(), weights=np.broadcast_to(given, keys.shape).ravel(), minlength=keys.size)
        return _behind(keys, np.where(counted[group] == last - first + 1, own, 0), len(known))

    def places(self, size: int, shares: Mapping[str, float] | None = None) -> list[int]:
        """Places a tier in a group of so many divisions."""
        share = pd.Series(dict(shares or self.rule.shares.value))
        return [int(number) for number in ranking.apportion(share, size, self.rule.rounding.value, self.rule.place_tie_order.value)]

    def decided(self, scores: np.ndarray, keys: np.ndarray) -> Outcome:
        """Everyone's tier in every draw by the scheme's method; ``keys``: what ``ranked`` makes of the scores."""
        return self.banded(scores) if self.rule.method.value == "bands" else self.tiers(keys)

    def banded(self, scores: np.ndarray, bands: Mapping[str, float] | None = None) -> Outcome:
        """Everyone's tier by bands of the published score; ``bands`` may stand for the scheme's."""
        labels = tiers.band(scores, self.vetoed, self.names, bands or self.rule.bands.value, self.veto.effect.value)
        nobody = np.empty(0, dtype=np.int64)
        return Outcome(labels, nobody, nobody, np.empty((0, len(self.names))))

    def tiers(self, keys: np.ndarray, shares: Mapping[str, float] | None = None) -> Outcome:
        """Everyone's tier in every draw by the forced distribution; ``shares`` may stand for the scheme's."""
        parts = []
        labels = np.empty(keys.shape, dtype=np.int64)
        for columns in self.divided:
            found = self._filled(keys[:, columns], self.places(len(columns), shares), self.vetoed[columns])
            labels[:, columns] = found.labels
            parts.append((found.rows, columns[found.columns], found.shares))
        rows, where, share = (np.concatenate(each) for each in zip(*parts, strict=True))
        return Outcome(labels, rows, where, share)

    def _filled(self, keys: np.ndarray, places: list[int], vetoed: np.ndarray) -> Outcome:
        """One group's tiers under the effect of a veto, as ``scoring.tiers`` fills them."""
        effect, second = self.veto.effect.value, min(1, len(places) - 1)
        found = self._refilled(keys, places, vetoed) if effect == "drop_and_refill" else self._fill(keys, np.array([[places[0]]]), places)
        if effect != "lose_title":
            found.labels[(found.labels == 0) & vetoed] = second
            barred = vetoed[found.columns]
            best = np.where(barred, found.shares[:, 0], 0.0)
            found.shares[:, 0] -= best
            found.shares[:, second] += best
        return found

    def _refilled(self, keys: np.ndarray, places: list[int], vetoed: np.ndarray) -> Outcome:
        """Tiers with the best places filled by those without a veto; who is tied over the last of them holds them."""
        clean = self._fill(np.where(vetoed, _LAST, keys), np.array([[places[0]]]), places)
        winners = (clean.labels == 0) & ~vetoed
        left = np.maximum(0, places[0] - winners.sum(axis=1, keepdims=True))
        rivals = np.zeros(keys.shape, dtype=bool)
        rivals[clean.rows, clean.columns] = (clean.shares[:, 0] > 0) & ~vetoed[clean.columns]
        chosen = rivals & (np.cumsum(rivals, axis=1) <= left)
        held = winners | chosen
        rest = self._fill(np.where(held, _LAST, keys), np.where(rivals.any(axis=1, keepdims=True), 0, left), places)
        loose = ~(held | rivals)[rest.rows, rest.columns]
        rows, columns = np.nonzero(rivals)
        if not len(rows):
            return Outcome(np.where(winners, 0, rest.labels), rest.rows[loose], rest.columns[loose], rest.shares[loose])
        other = np.argmax(rivals & ~chosen, axis=1)  # all of them that take no best place stand alike
        tiers = np.stack([rest.part(label)[np.arange(len(keys)), other] for label in range(len(places))], axis=1)
        part = (left[:, 0] / np.maximum(1, rivals.sum(axis=1)))[rows, None]
        shares = (1 - part) * tiers[rows] + part * (np.arange(len(places)) == 0)
        labels = np.where(winners, 0, np.where(rivals, OPEN, rest.labels))
        return Outcome(labels, np.append(rest.rows[loose], rows), np.append(rest.columns[loose], columns), np.vstack([rest.shares[loose], shares]))

    def _fill(self, keys: np.ndarray, best: np.ndarray, places: list[int]) -> Outcome:
        """Tiers by place, best first, ``best`` (a row a draw) the places of the best; who is left over takes the last tier."""
        first, last = positions(keys)
        rest = [label for label, number in enumerate(places) if label for _ in range(number)]
        follow = np.array([*rest[: keys.shape[1]], *[len(places) - 1] * keys.shape[1]][: max(1, keys.shape[1])])

        def label(place: np.ndarray) -> np.ndarray:
            beyond = place - best
            found: np.ndarray = np.where(beyond < 0, 0, follow[np.maximum(beyond, 0)])
            return found

        upper, at_border = label(first), self.rule.at_border.value
        lower = upper if first is last else label(last)
        labels = upper if at_border != "lower" else lower
        nobody = np.empty(0, dtype=np.int64)
        if at_border != "chain" or lower is upper:
            return Outcome(labels, nobody, nobody, np.empty((0, len(places))))
        rows, columns = np.nonzero(upper != lower)
        own = np.broadcast_to(best, (len(keys), 1))[rows, 0]
        shares = _parts(first[rows, columns], last[rows, columns], own, follow, len(places))
        return Outcome(np.where(upper == lower, upper, OPEN), rows, columns, shares)


def _parts(first: np.ndarray, last: np.ndarray, best: np.ndarray, follow: np.ndarray, count: int) -> np.ndarray:
    """Each undecided one's part in every tier: places of that tier among those of the tied, divided by the tied."""
    until = np.vstack([np.zeros(count), np.cumsum(follow[:, None] == np.arange(count), axis=0)])

    def taken(place: np.ndarray) -> np.ndarray:
        found: np.ndarray = until[np.clip(place - best, 0, len(follow))]
        found[:, 0] += np.minimum(place, best)
        return found

    shares: np.ndarray = (taken(last + 1) - taken(first)) / (last + 1 - first)[:, None]
    return shares


@dataclass(frozen=True)
class Year:
    """A bureau's year before its components are weighted. Arrays run over the divisions that have a score."""

    divisions: list[str]  # all, in the order of the records
    scored: np.ndarray  # which of them have a score
    weights: dict[str, float]  # parameter path → weight, of the components that the scheme weighs
    parts: np.ndarray  # weights × divisions: the components' own values
    fixed: np.ndarray  # what is added unweighted
    contest: Contest

    def effective(self, weights: np.ndarray) -> np.ndarray:
        """What each component counts in the score, for rows of weights, a column a path; time makes the others give way."""
        timed = np.array([path == TIME for path in self.weights])
        rest = 1.0 - weights[:, timed].sum(axis=1, keepdims=True)
        found: np.ndarray = weights * np.where(timed, 1.0, rest)
        return found

    def unrounded(self, weights: np.ndarray) -> np.ndarray:
        """Scores before rounding for rows of weights."""
        counted = self.effective(weights)
        found = np.broadcast_to(self.fixed, (len(weights), len(self.fixed)))
        for place, part in enumerate(self.parts):
            found = found + counted[:, place, None] * part  # not a matrix product, whose sums may differ between machines
        return found

    @property
    def now(self) -> np.ndarray:
        """The scheme's own weights, as one row."""
        return np.array([list(self.weights.values())])

    def spread(self, values: np.ndarray) -> np.ndarray:
        """A value a division with a score, as a value a division; NaN for the others."""
        found = np.full((len(self.divisions), *values.shape[1:]), np.nan)
        found[self.scored] = values
        return found


TIME = "components.mean_hours.weight"


def stages_of(scheme: Scheme, records: Records, period: str | int, memo: Memo) -> Stages:
    """The steps of a year, each taken when it is asked for.

    Raises UsageError for a month, another year than the scheme's or a scheme without tiers, RecordsError when the records do not fit the scheme.
    """
    period = str(period)
    months = months_of(period)
    if not is_year(period):
        raise UsageError("only_a_year", given=period)
    if int(period) != scheme.year:
        raise UsageError("other_year", given=period, year=scheme.year, scheme=scheme.name)
    if not scheme.spec.has("tiers"):
        raise UsageError("no_tiers", scheme=scheme.name)
    stages = Stages(scheme, records, period, months, memo)
    if stages.problems:
        raise RecordsError(stages.problems)
    return stages


def year_of(stages: Stages, scheme: Scheme) -> Year:
    """The year as arrays."""
    spec, own, standing = scheme.spec, stages.division_scores, stages.standing
    scored = own["score"].notna().to_numpy()
    said = {name: getattr(spec.components, name) for name in spec.components.parts.value if name in own}  # of divisions
    weights = {f"components.{name}.weight": section.weight.value for name, section in said.items() if hasattr(section, "weight")}
    weights |= {TIME: spec.components.mean_hours.weight.value} if "mean_hours" in own else {}
    held = standing[scored]
    contest = Contest(
        rule=spec.tiers, veto=spec.veto, decimals=spec.rounding.score_decimals.value, group=held["group"].to_numpy(dtype=object),
        beside={name: held[name].to_numpy(dtype=float) for name in tiers.BETTER},
        orders=held["division"].map(stages.orders).to_numpy(dtype=float), vetoed=held["vetoed"].to_numpy(dtype=bool),
    )  # fmt: skip
    parts = np.array([own.loc[scored, path.split(".")[1]].to_numpy(dtype=float) for path in weights])
    total = sum(weight for path, weight in weights.items() if path != TIME)
    if abs(total - 1) > 1e-9 and total > 0:  # the others take over the weight of a component that says nothing of divisions
        parts = np.where(np.array([path == TIME for path in weights])[:, None], parts, parts / total)
    added = own.loc[scored, [name for name, section in said.items() if not hasattr(section, "weight")]].sum(axis=1)
    return Year(own["division"].to_list(), scored, weights, parts, added.to_numpy(dtype=float), contest)
