"""Two versions of one period side by side: what moved, by which ledger lines, and because of what.

Between the version of then and the result of now lie states that can be assessed: the records as they are entered now, with the
corrections and parameters of then; the same without the corrections withdrawn since; with each correction decided since, one after the
other; and with the parameters of now. What a state changes against the one before it is the effect of what came between, so the
effects of a line sum to its whole change. What the first of them changes against then is what no correction and no parameter explains.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from perfkit.periods import kind_of, months_of
from perfkit.problems import InputError
from perfkit.records import Records
from perfkit.records.corrections import decided
from perfkit.scheme import Scheme
from perfkit.scoring import ranking

Tables = Mapping[str, pd.DataFrame]
Number = tuple[str, str, str]  # period, subject, measure
KEY = ["period", "subject", "measure", "component", "item"]
NUMBER = KEY[:3]
IDENTITY = ("correction", "table", "key", "column", "old", "new", "decided_on")
ANSWER = ("appeal", "subject", "stage", "decision", "decided_on")
MOST = 24  # corrections tried one by one; more are taken together, so that the steps stay as many
SAME = 1e-9
ADJUSTING = ("rounding", "cap", "floor")  # lines that only follow the others of their number


@dataclass(frozen=True)
class Step:
    """A state on the way from then to now: what came (``kind``: records, withdrawn, correction or parameters; ``names`` of it), and its ledger."""

    kind: str
    names: tuple[str, ...]
    ledger: pd.DataFrame


@dataclass(frozen=True)
class Cause:
    """Why a line moved, and by how much of its change.

    ``kind``: correction, withdrawn, parameters, appeal, follows (``names`` are the other subjects whose numbers it follows) or unexplained.
    """

    kind: str
    names: tuple[str, ...]
    change: float


@dataclass(frozen=True)
class Since:
    """What moved since a version, as tables.

    ``numbers``: division, measure, before, after of every published number of a division that differs; ``people``: the same by staff.
    ``lines``: period, subject, measure, component, item, before, after, change, rules, causes (of Cause) of each ledger line that
    differs, NaN where it is not there; ``money``: division, kind, before, after, change; ``corrections``, ``answers``: those of now that
    were not there then; ``withdrawn``: ids of corrections that are no longer there; ``parameters``: path, before, after; ``appeals``:
    correction → the upheld appeals that its reason names; ``homes``: person → division, then or now; ``unexplained``:
    period, subject, measure, component, item, change of the lines in which a move began that nothing known explains; a year's with its months'.
    """

    numbers: pd.DataFrame
    people: pd.DataFrame
    lines: pd.DataFrame
    money: pd.DataFrame
    corrections: pd.DataFrame
    answers: pd.DataFrame
    withdrawn: tuple[str, ...]
    parameters: pd.DataFrame
    appeals: Mapping[str, tuple[str, ...]]
    homes: Mapping[str, str]
    unexplained: pd.DataFrame


def changed_parameters(now: Mapping[str, Any], then: Mapping[str, Any]) -> pd.DataFrame:
    """path, before, after of every parameter whose value differs; None where there was or is no such parameter."""
    plain = json.loads(json.dumps(dict(now), default=str))
    rows = [(path, then.get(path), plain.get(path)) for path in dict.fromkeys([*plain, *then]) if plain.get(path) != then.get(path)]
    return pd.DataFrame(rows, columns=["path", "before", "after"], dtype=object)


def identities(corrections: pd.DataFrame) -> list[tuple[str, ...]]:
    """What makes a correction the one it is; of one whose content is not published only its id and day are known."""
    rows = corrections[list(IDENTITY)].astype({"decided_on": "datetime64[s]"}).astype(object)
    return [tuple("" if cell is None or cell is pd.NaT else str(cell) for cell in row) for row in rows.itertuples(index=False, name=None)]


def _known(own: tuple[str, ...], known: Sequence[tuple[str, ...]]) -> bool:
    closed = (own[0], *[""] * (len(own) - 2), own[-1])
    return own in known or closed in known


def states(
    scheme: Scheme, records: Records, known: pd.DataFrame, then: Mapping[str, Any], ledger: Callable[[Scheme, Records], pd.DataFrame], now: pd.DataFrame
) -> list[Step]:
    """The states between then and now, each assessed; the last is ``now``.

    ``known`` are the corrections and ``then`` the parameters of the earlier version. Where a state cannot be assessed, what came with it is
    told together with the next one's; without a first state everything counts as of the records.
    """
    rows = records["corrections"]
    rows = rows[decided(rows)].sort_values(["decided_on", "correction"], kind="stable")
    marks, old = dict(zip(rows.index, identities(rows), strict=True)), identities(known)
    kept = [row for row, mark in marks.items() if _known(mark, old)]
    added = [row for row in rows.index if row not in kept]
    open_ = [mark for mark in old if mark[1]]  # those whose content is known
    gone = known[[mark in open_ and mark not in marks.values() for mark in old]]
    moved = changed_parameters({path: each.value for path, each in scheme.parameters.items()}, then)
    both = moved[moved["path"].isin(list(scheme.parameters)) & moved["path"].isin(list(then))]
    rules = _earlier(scheme, dict(zip(both["path"], both["before"], strict=True)))
    groups = [list(part) for part in np.array_split(np.array(added, dtype=object), min(len(added), MOST))] if added else []
    way: list[tuple[str, tuple[str, ...], Scheme | None, pd.DataFrame]] = [
        ("records", (), rules, pd.concat([rows.loc[kept], _typed(gone, rows)]).sort_values(["decided_on", "correction"], kind="stable"))
    ]
    way += [("withdrawn", tuple(gone["correction"]), rules, rows.loc[kept])] if len(gone) else []
    for place, group in enumerate(groups, 1):
        present = [row for row in rows.index if row in kept or any(row in each for each in groups[:place])]
        way.append(("correction", tuple(rows.loc[group, "correction"]), rules, rows.loc[present]))
    way += [("parameters", tuple(moved["path"]), scheme, rows)] if len(moved) else []
    found: list[Step] = []
    waiting: tuple[str, ...] = ()
    for place, (kind, names, rule, chosen) in enumerate(way):
        last = place == len(way) - 1
        lines = now if last else _assessed(ledger, rule, records, chosen)
        if lines is None and place == 0:
            return [Step("records", (), now)]
        if lines is None:
            waiting += names
            continue
        found.append(Step(kind, waiting + names, lines))
        waiting = ()
    return found


def _typed(gone: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Corrections of then as the records of now would hold them."""
    index = range(-len(gone), 0)
    return gone.reindex(columns=rows.columns).set_axis(index).astype(rows.dtypes.to_dict()) if len(gone) else rows.iloc[:0]


def _earlier(scheme: Scheme, values: Mapping[str, Any]) -> Scheme | None:
    try:
        return scheme.changed(values)
    except InputError:
        return None


def _assessed(ledger: Callable[[Scheme, Records], pd.DataFrame], rules: Scheme | None, records: Records, chosen: pd.DataFrame) -> pd.DataFrame | None:
    if rules is None:
        return None
    try:
        return ledger(rules, records.corrected_by(chosen))
    except InputError:
        return None


def compared(
    now: Tables, then: Tables, between: Sequence[Step], parameters: pd.DataFrame, period: str, same_run: bool, divisions: Sequence[str], decimals: int
) -> Since:
    """What moved in one period between two versions' tables; ``between``: the steps from the one to the other, ``now``'s own ledger last.

    ``parameters`` are those that changed; ``same_run``: whether the version's tables are of this very period and not of the year around it.
    ``decimals`` are those of a published score. Tables: ledger, divisions, staff, payouts, corrections, answers.
    """
    new, old = _new(now["corrections"], then["corrections"]), _new(now["answers"], then["answers"])
    gone = _new(then["corrections"], now["corrections"])
    answers = now["answers"].loc[old]
    upheld = answers[answers["decision"] == "upheld"]
    home = _homes(then, now)
    lines, unexplained = _lines(now, then, between, period, upheld, home, parameters)
    return Since(
        numbers=_numbers(now, then, period, same_run, divisions, decimals), people=_people(now, then, period, same_run, decimals), lines=lines,
        money=_money(now, then, period, home), corrections=now["corrections"].loc[new].reset_index(drop=True), answers=answers.reset_index(drop=True),
        withdrawn=tuple(then["corrections"].loc[gone, "correction"]), parameters=parameters,
        appeals={str(row["correction"]): appeals_named(str(row.get("why", "")), now["answers"]) for row in now["corrections"].loc[new].to_dict("records")},
        homes=home, unexplained=unexplained,
    )  # fmt: skip


def _new(one: pd.DataFrame, other: pd.DataFrame) -> list[Any]:
    """The rows of a table that the other has not."""
    columns = list(IDENTITY if "correction" in one else ANSWER)
    marks = [[tuple(map(str, row)) for row in frame[columns].astype({"decided_on": "datetime64[s]"}).itertuples(index=False, name=None)]
             for frame in (one, other)]  # fmt: skip
    return [row for row, mark in zip(one.index, marks[0], strict=True) if mark not in marks[1]]


def _homes(then: Tables, now: Tables) -> dict[str, str]:
    """Person → division, of now where it is known."""
    return {str(staff): str(division) for tables in (then, now) for staff, division in zip(tables["staff"]["staff"], tables["staff"]["division"], strict=True)
            if isinstance(division, str)}  # fmt: skip


def _lines(
    now: Tables, then: Tables, between: Sequence[Step], period: str, upheld: pd.DataFrame, home: Mapping[str, str], parameters: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every ledger line of the period that is not what it was, with its causes; and where moves began that nothing known explains."""
    ledgers = [then["ledger"], *(each.ledger for each in between)]
    near = [frame[frame["period"].isin([period, *months_of(period)])] for frame in ledgers]
    index = pd.concat([frame[KEY] for frame in near]).drop_duplicates()
    keys = pd.MultiIndex.from_frame(index)
    states = np.column_stack([frame.groupby(KEY, sort=False)["value"].sum().reindex(keys).to_numpy(dtype=float) for frame in near])
    filled = np.nan_to_num(states)
    effects = np.where(np.abs(np.diff(filled, axis=1)) > SAME, np.diff(filled, axis=1), 0.0)
    unknown = index.assign(change=effects[:, 0])
    unknown = unknown[unknown["change"] != 0]
    reasons = _Residue(unknown, then, now, upheld, home)
    kinds = [reasons.of((line[0], line[1], line[2]), (line[3], line[4]))[0] for line in unknown[KEY].astype(str).itertuples(index=False, name=None)]
    began = unknown[np.array([kind == "unexplained" for kind in kinds], dtype=bool)].reset_index(drop=True)
    change = filled[:, -1] - filled[:, 0]
    wanted = np.flatnonzero((np.abs(change) > SAME) & (index["period"] == period).to_numpy())
    rules = pd.concat([near[0], near[-1]]).groupby(KEY, sort=False)["rules"].last()
    found = index.iloc[wanted].reset_index(drop=True)
    found["before"], found["after"], found["change"] = states[wanted, 0], states[wanted, -1], change[wanted]
    found["rules"] = rules.reindex(keys[wanted]).to_numpy()
    touched = set(parameters["path"])
    causes: list[tuple[Cause, ...]] = []
    for place, row in zip(wanted, found.itertuples(index=False), strict=True):
        own: list[Cause] = []
        for step, effect in zip(between, effects[place].tolist(), strict=True):
            names = step.names
            if not effect:
                continue
            if step.kind == "records":
                kind, names = reasons.of((str(row.period), str(row.subject), str(row.measure)), (str(row.component), str(row.item)))
                own.append(Cause(kind, names, effect))
                continue
            if step.kind == "parameters":
                names = tuple(path for path in step.names if path in touched & set(str(row.rules).split(";"))) or step.names
            own.append(Cause(step.kind, names, effect))
        causes.append(tuple(own))
    found["causes"] = pd.Series(causes, dtype=object)
    return found, began


class _Residue:
    """Why lines moved that no correction and no parameter moved: an appeal upheld since, other numbers they follow, or nothing known."""

    def __init__(self, moved: pd.DataFrame, then: Tables, now: Tables, upheld: pd.DataFrame, home: Mapping[str, str]) -> None:
        self.home = home
        self.divisions = {str(each) for tables in (then, now) for each in tables["divisions"]["division"]}
        self.appeals = {str(subject): tuple(dict.fromkeys(rows)) for subject, rows in upheld.groupby("subject")["appeal"]}
        self.moved: dict[Number, list[tuple[str, str]]] = {}
        for period, subject, measure, component, item in moved[KEY].astype(str).itertuples(index=False, name=None):
            self.moved.setdefault((period, subject, measure), []).append((component, item))
        self.scores: dict[tuple[str, str], list[Number]] = {}  # period and division → the moved scores in it, its own among them
        for each in self.moved:
            if each[2] == "score":
                self.scores.setdefault((each[0], self._home(each[1])), []).append(each)
        led = pd.concat([tables["ledger"] for tables in (then, now)])
        led = led[led["component"] == "leader_mean"]
        self.led = led.groupby("subject")["item"].agg(set).to_dict()
        self.rebased = _rebased(then["payouts"], now["payouts"])

    def of(self, number: Number, part: tuple[str, str]) -> tuple[str, tuple[str, ...]]:
        """The kind of a line's cause, and its names."""
        parts = [each for each in self.moved[number] if each[1] not in ADJUSTING]
        parts = [part] if part in parts else parts or []
        sources = [source for each in parts for source in self._sources(number, *each)]
        if parts and all(self._sources(number, *each) for each in parts):
            roots = {root for source in sources for root in self._roots(source, set())}
            appeals = tuple(dict.fromkeys(appeal for root in sorted(roots) for appeal in self.appeals.get(root, ())))
            if roots and all(root in self.appeals for root in roots):
                return "appeal", appeals
            return "follows", tuple(dict.fromkeys(subject for _, subject, _ in sources if subject != number[1]))
        own = self.appeals.get(number[1])
        return ("appeal", own) if own else ("unexplained", ())

    def _roots(self, number: Number, seen: set[Number]) -> set[str]:
        """The subjects in whose own lines a number's move began."""
        if number in seen:
            return set()
        seen.add(number)
        parts = [each for each in self.moved[number] if each[1] not in ADJUSTING]
        found: set[str] = set() if parts else {number[1]}
        for part in parts:
            sources = self._sources(number, *part)
            found |= {root for source in sources for root in self._roots(source, seen)} if sources else {number[1]}
        return found

    def _home(self, subject: str) -> str:
        return subject if subject in self.divisions else self.home.get(subject, "")

    def _sources(self, number: Number, component: str, item: str) -> list[Number]:
        """The moved numbers that a line is made from; none where it comes from the records."""
        period, subject, measure = number
        home = self._home(subject)
        led = self.led.get(subject) or self.divisions  # of a month it is not known who leads whom
        near = {home} if home else led
        inside = [each for each in months_of(period) if each != period]
        found: list[Number] = []
        if measure == "amount":
            found = self._behind_amounts(period, subject, component, home, near, inside)
        elif component == "organisation":
            found = [(period, item, "score")]
        elif component == "leader_mean":
            found = [(period, item, "coefficient")]
        elif component == "tier":
            found = [(period, each, "score") for each in sorted(self.divisions)]
        elif component == "rating":
            found = [*self.scores.get((period, home), ()), (period, home, "coefficient")]
        elif item in inside:
            found = [(item, subject, "score")]
        elif component == "hours" and inside:
            found = [(month, subject, "score") for month in inside]
        return [each for each in found if each in self.moved and each != number]

    def _behind_amounts(self, period: str, subject: str, component: str, home: str, near: set[str], inside: Sequence[str]) -> list[Number]:
        if component == "settlement":
            return [(month, subject, "amount") for month in inside]
        if (period, subject, component) in self.rebased:
            return []
        if component == "monthly_organisation":
            return [(period, each, "score") for each in sorted(near)]
        if component == "annual":
            return [(period, each, "coefficient") for each in (subject, *sorted(near))]
        return [each for each in self.scores.get((period, home), ()) if each[1] != home]


def _rebased(then: pd.DataFrame, now: pd.DataFrame) -> set[Number]:
    """The payments whose base, an entry of the records, is another; the pool of a competition is no such entry."""
    keys = ["period", "staff", "kind"]
    both = now[[*keys, "base"]].merge(then[[*keys, "base"]], on=keys, suffixes=("", "_then"))
    apart = both[(both["base"] - both["base_then"]).abs() > SAME]
    return {(str(period), str(staff), str(kind)) for period, staff, kind in apart[keys].itertuples(index=False, name=None)
            if kind not in ("monthly_competitive", "settlement")}  # fmt: skip


def _summed(tables: Tables, period: str, decimals: int) -> pd.DataFrame:
    """A row a subject: the published number of a period, from its lines."""
    own = tables["ledger"]
    own = own[(own["period"] == period) & (own["measure"] == "score")]
    sums = own.groupby(["subject", "measure"])["value"].sum().unstack("measure").reindex(columns=["score"]).astype(float)
    return sums.assign(score=ranking.half_up(sums["score"], decimals))


def _numbers(now: Tables, then: Tables, period: str, same_run: bool, divisions: Sequence[str], decimals: int) -> pd.DataFrame:
    """division, measure, before, after of the divisions' published numbers that differ."""
    if same_run:
        names = ["score", "rank", "tier", "coefficient"]
        old, new = (each["divisions"].set_index("division").reindex(columns=names) for each in (then, now))
    else:
        names = ["score", "rank"]
        own = [_summed(each, period, decimals).reindex(list(divisions))[["score"]].astype(float) for each in (then, now)]
        old, new = (each.assign(rank=ranking.rank(each["score"], decimals)) for each in own)
    return _apart(old, new, names, "division")


def _people(now: Tables, then: Tables, period: str, same_run: bool, decimals: int) -> pd.DataFrame:
    """staff, measure, before, after of people's published numbers that differ."""
    people = [*dict.fromkeys([*then["staff"]["staff"], *now["staff"]["staff"]])]
    if same_run:
        names = ["score", "rank", "rating", "coefficient"]
        old, new = (each["staff"].set_index("staff").reindex(columns=names) for each in (then, now))
    else:
        names = ["score"]
        old, new = (_summed(each, period, decimals).reindex(people)[["score"]] for each in (then, now))
    return _apart(old, new, names, "staff")


def _apart(old: pd.DataFrame, new: pd.DataFrame, names: Sequence[str], by: str) -> pd.DataFrame:
    subjects = list(dict.fromkeys([*new.index, *old.index]))
    before, after = (_plain(frame.reindex(index=subjects, columns=list(names))) for frame in (old, new))
    rows = [(subject, name, was, now) for subject, own, its in zip(subjects, before, after, strict=True)
            for name, was, now in zip(names, own, its, strict=True) if was != now]  # fmt: skip
    return pd.DataFrame(rows, columns=[by, "measure", "before", "after"], dtype=object)


def _plain(frame: pd.DataFrame) -> list[list[Any]]:
    cells = frame.round(9).astype(object)
    return cells.where(cells.notna(), None).to_numpy().tolist()


def _money(now: Tables, then: Tables, period: str, home: Mapping[str, str]) -> pd.DataFrame:
    """division, kind, before, after, change of the payments that differ; a year's with its months'. Who is in no division stands under ''.

    Settlements are left out: they only make up for what was paid before, and would count a move twice.
    """
    sums = []
    for tables in (then, now):
        paid = tables["payouts"]
        paid = paid[paid["period"].isin([period, *(months_of(period) if kind_of(period) == "year" else ())]) & (paid["kind"] != "settlement")]
        sums.append(paid.assign(division=[home.get(str(each), "") for each in paid["staff"]]).groupby(["division", "kind"])["amount"].sum())
    both = pd.DataFrame({"before": sums[0], "after": sums[1]}).astype(float).fillna(0.0)
    both["change"] = both["after"] - both["before"]
    both.index.names = ["division", "kind"]
    return both[both["change"].abs() > SAME].reset_index()


def appeals_named(why: str, answers: pd.DataFrame) -> tuple[str, ...]:
    """The upheld appeals whose ids a correction's reason names."""
    upheld = dict.fromkeys(answers.loc[answers["decision"] == "upheld", "appeal"])
    return tuple(each for each in map(str, upheld) if re.search(rf"(?<![A-Za-z0-9-]){re.escape(each)}(?![A-Za-z0-9-])", why))
