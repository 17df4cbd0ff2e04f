"""What a scheme declares of a parameter beside its value: kind, unit, bounds and the words it may take."""

import types
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AfterValidator
from pydantic.fields import FieldInfo

from perfkit.scheme.load import Scheme
from perfkit.scheme.model import Parameter, Shares, Unit, Weights

Kind = Literal["number", "numbers", "choice", "choices", "flag", "readings"]
_SUMS = {each.func for kind in (Shares, Weights) for each in get_args(kind) if isinstance(each, AfterValidator)}


@dataclass(frozen=True)
class Declared:
    """``number`` and ``numbers`` (one a key) have bounds and a unit; ``choice`` and ``choices`` (any of) have options.

    ``readings`` are values that can only be taken as a whole: the one that stands, or an alternative.
    ``above``: the lower bound itself is not allowed. ``sums_to_one``: all entries together are 1.
    """

    kind: Kind
    low: float | None = None
    high: float | None = None
    above: bool = False
    whole: bool = False
    unit: str = ""
    options: tuple[str, ...] = ()
    sums_to_one: bool = False


def declared(parameter: Parameter[Any]) -> Declared:
    """What the type of a parameter says about the values it may take."""
    return _of(type(parameter).__pydantic_generic_metadata__["args"][0])


def weights_together(scheme: Scheme) -> tuple[str, ...]:
    """The paths of the component weights that sum to 1."""
    known = scheme.parameters
    return tuple(path for part in scheme.spec.components.parts.value if (path := f"components.{part}.weight") in known)


def _of(kind: Any) -> Declared:
    if get_origin(kind) is Annotated:
        inner, *notes = get_args(kind)
        return _noted(_of(inner), notes)
    if get_origin(kind) in (Union, types.UnionType):
        return _of(next(each for each in get_args(kind) if each is not type(None)))
    if get_origin(kind) is Literal:
        return Declared("choice", options=tuple(map(str, get_args(kind))))
    if get_origin(kind) is dict:
        inner = _of(get_args(kind)[1])
        return replace(inner, kind="numbers") if inner.kind == "number" else Declared("readings")
    if get_origin(kind) is list:
        inner = _of(get_args(kind)[0])
        return replace(inner, kind="choices") if inner.kind == "choice" else Declared("readings")
    plain: dict[Any, Declared] = {bool: Declared("flag"), int: Declared("number", whole=True), float: Declared("number")}
    return plain.get(kind, Declared("readings"))


def _noted(found: Declared, notes: list[Any]) -> Declared:
    """With what stands beside the type: bounds, unit, and whether the entries sum to 1."""
    for note in _flat(notes):
        if isinstance(note, Unit):
            found = replace(found, unit=str(note))
        elif isinstance(note, AfterValidator):
            found = replace(found, sums_to_one=note.func in _SUMS)
        elif hasattr(note, "ge") or hasattr(note, "gt"):
            found = replace(found, low=note.ge if hasattr(note, "ge") else note.gt, above=not hasattr(note, "ge"))
        elif hasattr(note, "le") or hasattr(note, "lt"):
            found = replace(found, high=note.le if hasattr(note, "le") else note.lt)
    return found


def _flat(notes: list[Any]) -> Iterator[Any]:
    for note in notes:
        yield from note.metadata if isinstance(note, FieldInfo) else [note]
