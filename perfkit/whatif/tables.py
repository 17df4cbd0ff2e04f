"""What is compared of an assessment: scores, ranks, tiers, ratings and payments, one row a subject."""

from collections.abc import Mapping

import pandas as pd

Tables = Mapping[str, pd.DataFrame]


def earned(tables: Tables) -> pd.DataFrame:
    """All payments but settlements, which only make up for what was paid before."""
    return tables["payouts"][tables["payouts"]["kind"] != "settlement"]


def amounts(tables: Tables) -> pd.Series:
    """Staff → all payments of the period."""
    paid = earned(tables).set_index("staff")["amount"]
    return pd.Series(paid.groupby(level=0, sort=False).sum(), dtype=float)


def scores(tables: Tables) -> pd.Series:
    """Division or staff → published score."""
    staff = tables["staff"][tables["staff"]["included"].astype(bool)]
    both = [tables["divisions"].set_index("division")["score"], staff.set_index("staff")["score"]]
    return pd.Series(pd.concat(both), dtype=float)


def rated(tables: Tables) -> dict[str, pd.Series]:
    """What the ranking decides: tier and rank of each division, rating of each person."""
    divisions = tables["divisions"].set_index("division")
    return {"tier": divisions["tier"], "rank": divisions["rank"], "rating": tables["staff"].set_index("staff")["rating"]}


def of_divisions(tables: Tables) -> pd.DataFrame:
    """One row a division: score, rank, tier, coefficient, headroom and all its people's payments."""
    home = dict(zip(tables["staff"]["staff"], tables["staff"]["division"], strict=True))
    paid = earned(tables)
    whole = paid["amount"].groupby(paid["staff"].map(home)).sum()
    divisions = tables["divisions"].set_index("division")[["score", "rank", "tier", "coefficient", "headroom"]]
    return divisions.assign(amount=whole.reindex(divisions.index, fill_value=0.0))


def of_staff(tables: Tables) -> pd.DataFrame:
    """One row a person, leaders with their own: division, role, score, rank, rating, coefficient and all payments.

    In a month, which has no table of leaders, they are those who are paid and stand in no division.
    """
    staff = tables["staff"].set_index("staff")[["division", "role", "score", "rank", "rating", "coefficient"]]
    paid, led = amounts(tables), tables["leaders"].set_index("leader")["coefficient"]
    others = [person for person in dict.fromkeys([*led.index, *paid.index]) if person not in staff.index]
    people = staff.reindex([*staff.index, *others]).rename_axis("staff")
    people.loc[others, ["division", "role"]] = ["", "leader"]
    people.loc[others, "coefficient"] = led.reindex(others).to_numpy()
    return people.assign(amount=paid.reindex(people.index, fill_value=0.0))
