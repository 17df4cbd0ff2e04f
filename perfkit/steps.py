"""Steps of a computation, taken over from an earlier one while nothing they read has changed.

A step is a property of a ``Steps``. What it reads is seen while it runs: parameters through ``spec``, and other steps.
Another computation over the same records takes its outcome over if all of that is the same, so that a changed
parameter costs only what depends on it, and no list of dependencies has to be kept true by hand.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast, overload

import numpy as np
import pandas as pd
from pydantic import BaseModel

from perfkit.scheme import Parameter, SchemeFile

T = TypeVar("T")
Question = tuple[str, str, str]  # subject, question, options


@dataclass
class Outcome:
    """What a step gave, and all it read on the way: parameter path → its value in text, step → how to take it and its result."""

    result: Any = None
    lines: list[Any] = field(default_factory=list)
    asked: list[Question] = field(default_factory=list)
    read: dict[str, str] = field(default_factory=dict)  # as text: a value changed in place must not change what was read
    used: dict[str, tuple[Callable[[Any], Any], Any]] = field(default_factory=dict)


Memo = dict[str, list[Outcome]]  # step → its latest outcomes, newest first


class step(Generic[T]):
    """A method of a ``Steps`` as a property that is computed once and may be taken over."""

    def __init__(self, function: Callable[[Any], T]) -> None:
        self.function, self.__doc__ = function, function.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, steps: None, owner: type) -> "step[T]": ...
    @overload
    def __get__(self, steps: "Steps", owner: type) -> T: ...
    def __get__(self, steps: "Steps | None", owner: type) -> "T | step[T]":
        return self if steps is None else cast(T, steps.take(self.name, self.function).result)


class Steps:
    """A computation under way. ``memo`` keeps up to ``kept`` outcomes of each step for the next: the first and the latest."""

    def __init__(self, spec: SchemeFile, memo: Memo, kept: int = 8) -> None:
        self._values = spec
        self.spec = cast(SchemeFile, _Reading(spec, "", self._note))
        self._memo, self._kept = memo, kept
        self._now: dict[str, Outcome] = {}
        self._running: list[Outcome] = [Outcome()]

    @property
    def lines(self) -> list[Any]:
        """The ledger lines of the step that runs."""
        return self._running[-1].lines

    @property
    def asked(self) -> list[Question]:
        """The questions of the step that runs."""
        return self._running[-1].asked

    def outcomes(self, *names: str) -> list[Outcome]:
        """The outcomes of steps by name, or of all that were needed so far."""
        for name in names:
            getattr(self, name)
        return [self._now[name] for name in names or self._now]

    def take(self, name: str, function: Callable[[Any], Any]) -> Outcome:
        """The outcome of a step: this computation's, an earlier one's that read the same, or a new one."""
        if name not in self._now:
            known = self._memo.setdefault(name, [])
            self._running.append(Outcome())  # what comparing reads is not read by the step that runs
            found = next((each for each in known if self._same(each)), None)
            self._running.pop()
            self._now[name] = found or self._computed(known, function)
        outcome = self._now[name]
        self._running[-1].used[name] = function, outcome.result
        return outcome

    def _same(self, outcome: Outcome) -> bool:
        return all(repr(self._value(path)) == value for path, value in outcome.read.items()) and all(
            self.take(name, function).result is result for name, (function, result) in outcome.used.items()
        )

    def _computed(self, known: list[Outcome], function: Callable[[Any], Any]) -> Outcome:
        self._running.append(outcome := Outcome())
        try:
            outcome.result = _plain(function(self))
        finally:
            self._running.pop()
        # A result equal to the latest or the first stands for it, so that what builds on it can be taken over too.
        outcome.result = next((each.result for each in [*known[:1], *known[-1:]] if _equal(each.result, outcome.result)), outcome.result)
        known[:] = [outcome, *known[: self._kept - 2], *known[-1:]] if len(known) >= self._kept else [outcome, *known]
        return outcome

    def _note(self, path: str, value: Any) -> None:
        self._running[-1].read[path] = repr(value)

    def _value(self, path: str) -> Any:
        node: Any = self._values
        for name in path.split("."):
            node = getattr(node, name)
        return node.value


class _Reading:
    """A scheme, or a section of it, that tells which parameters are read."""

    def __init__(self, node: BaseModel, prefix: str, note: Callable[[str, Any], None]) -> None:
        self._node, self._prefix, self._tell = node, prefix, note

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._node, name)
        if isinstance(found, Parameter):
            self._tell(self._prefix + name, found.value)
            return found
        return _Reading(found, f"{self._prefix}{name}.", self._tell) if isinstance(found, BaseModel) else found


def _plain(result: Any) -> Any:
    """Tables with text as plain objects: pandas' text columns lie in Arrow's memory, where cutting and joining small tables costs several times as much."""
    if isinstance(result, tuple):
        return tuple(map(_plain, result))
    if not isinstance(result, pd.DataFrame):
        return result
    text = [name for name, kind in result.dtypes.items() if kind == "str"]
    return result.astype(dict.fromkeys(text, object)) if text else result


def _equal(old: Any, new: Any) -> bool:
    """Whether nothing can tell two results apart; in doubt they differ, which only costs time."""
    if type(old) is not type(new):
        return False
    if isinstance(old, pd.DataFrame):
        return bool(old.equals(new)) and all(_alike(old.iloc[:, place], new.iloc[:, place]) for place in range(old.shape[1]))
    if isinstance(old, pd.Series):
        return bool(old.equals(new)) and old.name == new.name and _alike(old, new)
    if isinstance(old, np.ndarray):
        return _equal(pd.Series(old, dtype=old.dtype), pd.Series(new, dtype=new.dtype))
    if isinstance(old, tuple):
        return len(old) == len(new) and all(map(_equal, old, new))
    if isinstance(old, set):
        return bool(old == new)
    return repr(old) == repr(new) if isinstance(old, Mapping | list | str | int | float | None) else False


def _alike(old: pd.Series, new: pd.Series) -> bool:
    """Of equal columns: also the same zeros (-0.0 is printed otherwise) and the same blanks (None, NaN, True for 1)."""
    if old.dtype.kind == "f":
        return bool((np.signbit(old.to_numpy()) == np.signbit(new.to_numpy())).all())
    return old.dtype != object or list(map(type, old)) == list(map(type, new))
