"""What the panel remembers: the parameters changed so far, and every state before. No widgets here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from perfkit.scheme import Scheme
from perfkit.scoring import ranking

PAUSE = 0.8  # seconds; a control that rests as long starts another step to undo
DECIMALS = 2  # shares are moved in hundredths, or as finely as they stand


@dataclass
class Experiment:
    """Changes of a scheme's parameters, path → value, with undo.

    Values that are again those of the plan are no change. ``scheme`` raises SchemeError where the changes make none;
    nothing else here checks them.
    """

    plan: Scheme
    changes: dict[str, Any] = field(default_factory=dict)
    _before: list[dict[str, Any]] = field(default_factory=list)
    _touched: tuple[str, float] = ("", 0.0)  # the control moved last, and when
    _start: dict[str, float] = field(default_factory=dict)  # the shares a move of one of them began with

    def value(self, path: str, entry: str = "") -> Any:
        """A parameter's present value, or that of one entry of it."""
        value = self.changes[path] if path in self.changes else self.plan.parameters[path].value
        return value[entry] if entry else value

    @property
    def scheme(self) -> Scheme:
        """The scheme as changed; SchemeError with all that stands against it."""
        return self.plan.changed(self.changes)

    def put(self, path: str, value: Any, entry: str = "", now: float = 0.0) -> None:
        """Set a parameter, or one entry of it, at the time ``now`` (seconds)."""
        self._step(f"{path}|{entry}", now)
        self._set(path, {**self.value(path), entry: value} if entry else value)

    def share(self, path: str, entry: str, value: float, now: float = 0.0) -> None:
        """Set one entry of a mapping whose entries sum to 1; the others give way in proportion."""
        if self._step(f"{path}|{entry}", now):
            self._start = dict(self.value(path))
        self._set(path, balanced(self._start, entry, value))

    def weigh(self, paths: Sequence[str], path: str, value: float, now: float = 0.0) -> None:
        """Set one of several parameters that sum to 1; the others give way in proportion."""
        if self._step(path, now):
            self._start = {each: self.value(each) for each in paths}
        for each, weight in balanced(self._start, path, value).items():
            self._set(each, weight)

    def shown(self, now: float) -> None:
        """The last move was shown at ``now``: the rest that ends a step begins here, however long the showing took."""
        self._touched = (self._touched[0], now)

    def take(self, changes: Mapping[str, Any]) -> None:
        """Put these changes in the place of all others, as one step."""
        self._step("", 0.0)
        self.changes = {}
        for path, value in changes.items():
            self._set(path, value)

    def reset(self) -> None:
        """Back to the plan, as one step."""
        self.take({})

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._before)

    def undo(self) -> None:
        """Take the last step back."""
        if self._before:
            self.changes, self._touched = self._before.pop(), ("", 0.0)

    def _step(self, control: str, now: float) -> bool:
        """Whether this begins a step; the values that follow while one control is dragged belong to it."""
        last, when = self._touched
        begins = not control or control != last or now - when > PAUSE
        self._touched = (control, now)
        if begins:
            self._before.append(dict(self.changes))
        return begins

    def _set(self, path: str, value: Any) -> None:
        if value == self.plan.parameters[path].value:
            self.changes.pop(path, None)
        else:
            self.changes[path] = value


def balanced(shares: Mapping[str, float], moved: str, value: float) -> dict[str, float]:
    """Shares that sum to 1 with one of them at ``value``: the others keep their proportions as far as whole steps allow."""
    steps = 10 ** max(DECIMALS, *(_decimals(each) for each in [*shares.values(), value]))
    own = min(max(round(value * steps), 0), steps)
    others = pd.Series({name: float(each) for name, each in shares.items() if name != moved})
    if others.empty:
        return {moved: 1.0}
    total = others.sum()
    parts = others / total if total > 0 else pd.Series(1 / len(others), index=others.index)
    places = ranking.apportion(parts, steps - own, tie_order=list(others.index))
    return {name: (own if name == moved else int(places[name])) / steps for name in shares}


def _decimals(value: float) -> int:
    return len(f"{float(value):.6f}".rstrip("0").partition(".")[2])
