"""What holds of the rules whatever the numbers are."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfkit import assess
from perfkit.assessment import Assessment
from perfkit.records import Records
from perfkit.scoring import appraisal, hours, ledger, monthly_plan, payout, ranking, tiers

SHARES = {"A": 0.3, "B": 0.5, "C": 0.2}
ROUNDINGS: list[ranking.Rounding] = ["largest_remainder", "floor", "ceil", "half_up"]
cents = st.integers(0, 10_000).map(lambda number: number / 100)  # 0.00 to 100.00
few = st.integers(90, 93).map(float)  # scores that often meet


@given(st.decimals(-100_000, 100_000, places=4), st.integers(0, 4))
def test_half_up_is_decimal_s_round_half_up(value: Decimal, decimals: int) -> None:
    assert ranking.half_up(float(value), decimals) == float(value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


@given(st.lists(st.decimals(-1000, 1000, places=4), min_size=1, max_size=20))
def test_half_up_of_a_column_is_half_up_of_each(values: list[Decimal]) -> None:
    column = ranking.half_up(pd.Series([float(value) for value in values]), 2)
    assert column.to_list() == [ranking.half_up(float(value), 2) for value in values]


@given(st.lists(cents, min_size=1, max_size=12), st.data())
def test_more_points_never_lower_a_rank(scores: list[float], data: st.DataObject) -> None:
    who = data.draw(st.integers(0, len(scores) - 1))
    before = ranking.rank(pd.Series(scores))
    after = ranking.rank(pd.Series(scores).add(pd.Series({who: data.draw(cents)}), fill_value=0))
    assert after[who] <= before[who]
    others = before.index != who
    assert (after[others] >= before[others]).all()


@given(st.lists(cents, min_size=1, max_size=12), st.randoms())
def test_ranks_do_not_depend_on_the_order_of_rows(scores: list[float], shuffled: Random) -> None:
    column = pd.Series(scores)
    order = list(column.index)
    shuffled.shuffle(order)
    for method in ("competition", "dense"):
        pd.testing.assert_series_equal(ranking.rank(column[order], method=method).sort_index(), ranking.rank(column, method=method))


@given(st.lists(st.integers(0, 40), min_size=1, max_size=6).filter(any), st.integers(0, 60))
def test_largest_remainder_gives_out_every_place(parts: list[int], places: int) -> None:
    shares = pd.Series([part / sum(parts) for part in parts])
    found = ranking.apportion(shares, places, tie_order=list(shares.index))
    assert found.sum() == places
    quotas = [Fraction(part * places, sum(parts)) for part in parts]
    assert all(abs(whole - quota) < 1 for whole, quota in zip(found, quotas, strict=True))
    assert all(one >= other for one, a in zip(found, parts, strict=True) for other, b in zip(found, parts, strict=True) if a > b)


@given(st.lists(st.integers(1, 40), min_size=2, max_size=4), st.integers(1, 40))
def test_a_tie_for_the_last_place_is_found_exactly(parts: list[int], places: int) -> None:
    quotas = [Fraction(part * places, sum(parts)) for part in parts]
    rests = [quota - quota.__floor__() for quota in quotas]
    left = places - sum(quota.__floor__() for quota in quotas)
    ordered = sorted(rests, reverse=True)
    border = ordered[left - 1] if left else None
    tied = [number for number, rest in enumerate(rests) if rest == border] if left and ordered[left] == border else []
    shares = pd.Series([part / sum(parts) for part in parts])
    if tied:
        with pytest.raises(ranking.TieError) as caught:
            ranking.apportion(shares, places)
        assert caught.value.tied == tied
    else:
        assert ranking.apportion(shares, places).sum() == places


@given(st.lists(st.tuples(few, st.integers(0, 2).map(float)), min_size=1, max_size=12), st.lists(st.integers(0, 4), min_size=2, max_size=4))
def test_fill_places_never_splits_a_tied_group(rows: list[tuple[float, float]], places: list[int]) -> None:
    keys = pd.DataFrame(rows, columns=["score", "hours"])
    found = ranking.fill_places(keys, pd.Series(places, index=list("ABCD")[: len(places)]))
    assert (found.isna() | found.isin(list("ABCD"))).all()
    for _, labels in found.groupby([keys["score"], keys["hours"]]):
        assert labels.nunique(dropna=False) == 1
    order = {label: place for place, label in enumerate("ABCD")}
    settled = found.dropna()
    for one, label in settled.items():
        for other, worse in settled.items():
            assert tuple(keys.loc[one]) <= tuple(keys.loc[other]) or order[label] <= order[worse]


def _tiered(scores: list[float], vetoed: list[bool], **settings: str) -> pd.Series:
    frame = pd.DataFrame(
        {
            "division": [f"D{number}" for number in range(len(scores))],
            "group": ["business" if number % 2 else "general" for number in range(len(scores))],
            "score": scores,
            "mean_hours": 1700.0,
            "deductions": 0.0,
            "vetoed": vetoed,
        }
    )
    keys = tiers.chain(frame, ["mean_hours", "deductions"], {}, 2)
    chosen = {"rounding": "largest_remainder", "groups": "together", "effect": "lose_title", **settings}
    return tiers.assign(frame, keys, shares=SHARES, place_tie_order=["A", "B", "C"], at_border="chain", **chosen)


@given(st.lists(few, min_size=1, max_size=12), st.sampled_from(ROUNDINGS))
def test_equal_input_gives_an_equal_tier_or_none(scores: list[float], rounding: ranking.Rounding) -> None:
    found = _tiered(scores, [False] * len(scores), rounding=rounding)
    for _, labels in found.groupby(pd.Series(scores)):
        assert labels.nunique(dropna=False) == 1


@given(st.lists(cents, min_size=1, max_size=12, unique=True), st.sampled_from(ROUNDINGS), st.data())
def test_tiers_are_full_and_better_scores_have_better_tiers(scores: list[float], rounding: ranking.Rounding, data: st.DataObject) -> None:
    found = _tiered(scores, [False] * len(scores), rounding=rounding)
    assert found.notna().all()
    ordered = found[pd.Series(scores).sort_values(ascending=False).index].to_list()
    assert ordered == sorted(ordered)
    if rounding == "largest_remainder":
        counts = ranking.apportion(pd.Series(SHARES), len(scores), tie_order=["A", "B", "C"])
        assert found.value_counts().reindex(list("ABC"), fill_value=0).to_dict() == counts.to_dict()


@given(st.lists(cents, min_size=2, max_size=12, unique=True), st.data(), st.sampled_from(["lose_title", "drop", "drop_and_refill"]))
def test_a_veto_never_helps_the_division_it_hits(scores: list[float], data: st.DataObject, effect: str) -> None:
    who = data.draw(st.integers(0, len(scores) - 1))
    vetoed = [number == who for number in range(len(scores))]
    before, after = _tiered(scores, [False] * len(scores)), _tiered(scores, vetoed, effect=effect)
    assert after[who] >= before[who]
    others = [number for number in range(len(scores)) if number != who]
    assert (after[others] <= before[others]).all()
    if effect != "lose_title":
        assert after[who] != "A"
    if effect == "drop_and_refill":
        assert after.value_counts().get("A", 0) == min(before.value_counts().get("A", 0), len(others))


def _banded(scores: list[float], bands: dict[str, float], vetoed: list[bool] | None = None, effect: str = "lose_title") -> pd.DataFrame:
    names = [*bands, "Z"]
    frame = pd.DataFrame({"division": [f"D{number}" for number in range(len(scores))], "score": scores, "vetoed": vetoed or [False] * len(scores)})
    shares = dict.fromkeys(names, 1 / len(names))
    frame["tier"] = tiers.banded(frame, shares=shares, bands=bands, effect=effect)  # type: ignore[arg-type]
    return frame.assign(headroom=ranking.half_up(tiers.headroom_to_bands(frame, shares, bands), 2))


bounds = st.lists(cents, max_size=4, unique=True).map(lambda found: {f"T{place}": level for place, level in enumerate(sorted(found, reverse=True))})


@given(st.lists(cents, min_size=1, max_size=12), bounds)
def test_a_band_is_the_first_whose_lowest_score_is_reached(scores: list[float], bands: dict[str, float]) -> None:
    found = _banded(scores, bands)["tier"]
    assert found.to_list() == [next((tier for tier, level in bands.items() if score >= level), "Z") for score in scores]


@given(st.lists(cents, min_size=1, max_size=12), bounds, st.data())
def test_bands_ask_nobody_else(scores: list[float], bands: dict[str, float], data: st.DataObject) -> None:
    some = data.draw(st.lists(st.sampled_from(range(len(scores))), min_size=1, unique=True))
    both = _banded(scores, bands)["tier"][some].to_list(), _banded([scores[each] for each in some], bands)["tier"].to_list()
    assert both[0] == both[1]


@given(st.lists(cents, min_size=1, max_size=12), bounds)
def test_just_the_points_to_the_next_band_lead_into_it(scores: list[float], bands: dict[str, float]) -> None:
    before, names = _banded(scores, bands), [*bands, "Z"]
    for row in before.itertuples():
        place = names.index(row.tier)
        assert pd.isna(row.headroom) == (place == 0)
        if place:
            reached, missed = (_banded([round(row.score + row.headroom - short, 2)], bands)["tier"][0] for short in (0, 0.01))
            assert (reached, missed) == (names[place - 1], row.tier)


@given(st.lists(cents, min_size=1, max_size=12), bounds, st.lists(st.booleans(), min_size=12, max_size=12))
def test_a_veto_takes_the_best_band_and_frees_no_place(scores: list[float], bands: dict[str, float], vetoed: list[bool]) -> None:
    names, barred = [*bands, "Z"], vetoed[: len(scores)]
    plain, lost, dropped, refilled = (
        _banded(scores, bands, hit, effect)["tier"].to_list()
        for hit, effect in ((None, "drop"), (barred, "lose_title"), (barred, "drop"), (barred, "drop_and_refill"))
    )
    assert lost == plain
    assert dropped == refilled
    assert dropped == [names[min(1, len(bands))] if hit and tier == names[0] else tier for tier, hit in zip(plain, barred, strict=True)]


@given(st.lists(cents, min_size=1, max_size=10), st.lists(st.booleans(), min_size=10, max_size=10), st.data())
def test_excellent_never_exceeds_its_places(scores: list[float], competent: list[bool], data: st.DataObject) -> None:
    places = data.draw(st.integers(0, len(scores)))
    frame = pd.DataFrame(
        {
            "staff": [f"P{place}" for place in range(len(scores))],
            "division": "D",
            "score": scores,
            "hours": 90.0,
            "democratic": 85.0,
            "eligible": pd.Series(competent[: len(scores)], dtype=object),
        }
    )
    found = pd.Series(tiers.excellent(frame, {"D": places}, {}, "chain", 2), dtype="boolean")
    assert found.fillna(False).sum() <= places
    assert not found[~frame["eligible"].astype(bool)].fillna(True).any()
    if found.notna().all():
        assert found.sum() == min(places, frame["eligible"].sum())


def _month(points: list[int], done: list[float], excused: list[bool], given_points: bool) -> pd.DataFrame:
    number = len(points)
    frame = pd.DataFrame(
        {
            "month": "2023-06",
            "division": "D",
            "item": [f"I{each}" for each in range(number)],
            "title": "",
            "points": [100 * part / sum(points) if given_points else np.nan for part in points],
            "completion": done[:number],
            "excused": excused[:number],
        }
    )
    return frame.assign(points=monthly_plan.weighted(frame, 100))


items = st.builds(
    _month,
    st.lists(st.integers(1, 40), min_size=1, max_size=8),
    st.lists(st.sampled_from([0.0, 0.3, 0.6, 0.99, 1.0]), min_size=8, max_size=8),
    st.lists(st.booleans(), min_size=8, max_size=8),
    st.booleans(),
)
loss_bases = st.sampled_from(["item", "uncompleted_share", "whole_score", "extra"])


def _scored(frame: pd.DataFrame, loss_base: monthly_plan.LossBase) -> ledger.Lines:
    return monthly_plan.score(frame, full_marks=100, unexcused_loss=0.5, loss_base=loss_base, floor=0, decimals=2)


def _published(frame: pd.DataFrame, loss_base: monthly_plan.LossBase) -> float:
    return float(ledger.published(_scored(frame, loss_base), 2, "2023-06", ["D"])[0])


@given(items, loss_bases)
def test_the_ledger_of_a_month_sums_to_the_published_score(frame: pd.DataFrame, loss_base: monthly_plan.LossBase) -> None:
    lines = _scored(frame, loss_base)
    score = ledger.published(lines, 2, "2023-06", ["D"])[0]
    assert lines["value"].sum() == pytest.approx(score, abs=1e-8)
    assert score == float(Decimal(str(score)).quantize(Decimal("0.01")))
    assert 0 <= score <= 100
    np.testing.assert_allclose(lines["value"], lines["raw"] * lines["weight"])


@settings(max_examples=40)
@given(items, loss_bases, st.randoms())
def test_a_month_does_not_depend_on_the_order_of_its_items(frame: pd.DataFrame, loss_base: monthly_plan.LossBase, shuffled: Random) -> None:
    order = list(frame.index)
    shuffled.shuffle(order)
    assert _published(frame.loc[order], loss_base) == _published(frame, loss_base)


@settings(max_examples=40)
@given(items, loss_bases, st.data())
def test_finishing_or_excusing_an_item_never_costs_points(frame: pd.DataFrame, loss_base: monthly_plan.LossBase, data: st.DataObject) -> None:
    who = data.draw(st.sampled_from(list(frame.index)))
    before = _published(frame, loss_base)
    for column, value in (("completion", 1.0), ("excused", True)):
        better = frame.copy()
        better.loc[who, column] = value
        assert _published(better, loss_base) >= before


people = st.lists(
    st.tuples(st.sampled_from(["甲", "乙"]), st.sampled_from(["deputy", "member"]), st.integers(0, 90_000), st.integers(0, 2400)),
    min_size=1,
    max_size=10,
)


def _competition(rows: list[tuple[str, str, int, int]]) -> ledger.Lines:
    frame = pd.DataFrame(
        {
            "period": "2023-06",
            "staff": [f"P{number}" for number in range(len(rows))],
            "division": [row[0] for row in rows],
            "role": [row[1] for row in rows],
            "base": [row[2] / 100 for row in rows],
            "hours": [row[3] / 10 for row in rows],
            "statutory_hours": 176.0,
        }
    )
    return payout.competitive(frame, roles=["deputy", "member"], standard_share=0.7, competition="proportional", hour_rate=0.0, decimals=2)


@given(people)
def test_shares_and_remainder_sum_to_the_pool_and_never_exceed_it(rows: list[tuple[str, str, int, int]]) -> None:
    amounts = _competition(rows).frame().groupby("subject")["value"].sum()
    for division in {row[0] for row in rows}:
        inside = [number for number, row in enumerate(rows) if row[0] == division]
        pool = sum(rows[number][2] for number in inside) / 100
        shares = [amounts[f"P{number}"] for number in inside]
        assert sum(shares) + amounts[division] == pytest.approx(pool, abs=1e-6)
        assert amounts[division] >= -1e-9
        assert all(share >= -1e-9 and share == pytest.approx(round(share, 2), abs=1e-9) for share in shares)
        above = [number for number in inside if rows[number][3] > 1232]
        if not above:
            assert amounts[division] == pytest.approx(pool, abs=1e-9)
        for number in set(inside) - set(above):
            assert amounts[f"P{number}"] == 0


@given(people)
def test_nobody_with_more_excess_gets_less(rows: list[tuple[str, str, int, int]]) -> None:
    amounts = _competition(rows).frame().groupby("subject")["value"].sum()
    for one, own in enumerate(rows):
        for other, theirs in enumerate(rows):
            if own[0] == theirs[0] and own[3] >= theirs[3]:
                assert amounts[f"P{one}"] >= amounts[f"P{other}"] - 1e-9


@given(st.lists(st.tuples(st.sampled_from(["甲", "乙"]), st.sampled_from(["优秀", "良好"]), st.integers(0, 30)), min_size=1, max_size=12))
def test_an_appraisal_lies_between_its_grades_and_ignores_row_order(rows: list[tuple[str, str, int]]) -> None:
    votes = pd.DataFrame(rows, columns=["rater_group", "grade", "votes"]).assign(subject="D")
    found = appraisal.result(appraisal.group_means(votes, {"优秀": 100, "良好": 85}, {}))
    backwards = appraisal.result(appraisal.group_means(votes.iloc[::-1], {"优秀": 100, "良好": 85}, {}))
    if votes["votes"].sum():
        assert 85 - 1e-9 <= found["D"] <= 100 + 1e-9
        assert found["D"] == pytest.approx(backwards["D"], abs=1e-9)
    else:
        assert found.empty


days = st.dates(dt.date(2023, 1, 1), dt.date(2023, 12, 31))


def _away(spells: list[tuple[dt.date, dt.date]]) -> tuple[int, int]:
    rows = pd.DataFrame(
        {
            "staff": "P",
            "kind": "sick",
            "start": pd.to_datetime([first for first, _ in spells]),
            "end": pd.to_datetime([last for _, last in spells]),
        }
    )
    found = hours.absent(rows, 2023, ["sick"], 30).loc["P"]
    return int(found["months"]), int(found["days"])


@given(days, days, st.data())
def test_an_absence_recorded_in_two_parts_is_the_same_absence(one: dt.date, other: dt.date, data: st.DataObject) -> None:
    first, last = min(one, other), max(one, other)
    cut = data.draw(st.dates(first, last))
    whole = _away([(first, last)])
    assert _away([(first, cut), (cut, last)]) == whole  # the day is on both slips
    if cut < last:
        assert _away([(first, cut), (cut + dt.timedelta(days=1), last)]) == whole


@given(days, days, days)
def test_a_longer_absence_is_never_counted_shorter(one: dt.date, other: dt.date, third: dt.date) -> None:
    first, middle, last = sorted([one, other, third])
    assert _away([(first, middle)]) <= _away([(first, last)])


@pytest.mark.parametrize("seed", [1, 2])
def test_the_sample_year_does_not_depend_on_the_order_of_rows(seed: int, sample: Records, sample_year: Assessment) -> None:
    shuffled = {name: frame.sample(frac=1, random_state=seed) for name, frame in sample.tables.items()}
    found = assess(sample_year.scheme, Records(shuffled, sample.files, sample.path), "2023")
    for name, keys in (
        ("divisions", ["division"]),
        ("staff", ["staff"]),
        ("payouts", ["period", "staff", "kind"]),
        ("division_months", ["period", "division"]),
    ):
        one, other = (getattr(result, name).sort_values(keys, ignore_index=True) for result in (sample_year, found))
        pd.testing.assert_frame_equal(one, other, rtol=0, atol=1e-9, obj=name)
    leaders = [result.leaders.set_index("leader")["coefficient"].sort_index() for result in (sample_year, found)]
    pd.testing.assert_series_equal(*leaders, rtol=0, atol=1e-9)
