"""Which controls a scheme gets: one a parameter, or one an entry, named, bounded and with its source. No widgets here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from perfkit.language import Lang, localised, say, term
from perfkit.scheme import Parameter, Scheme
from perfkit.scheme.declared import Declared, declared, weights_together

SECTIONS = ("tiers", "components", "payouts", "excellent", "personal", "hours", "exclusion", "veto", "rounding")  # what results depend on
STRUCTURE = {"components.parts", "personal.parts", "hours.steps", "exclusion.exemption_steps"}  # what a plan consists of, nothing to try out
SCALES = {"share": 100.0}  # shares are shown and typed as percentages
STEPS = {"factor": 0.05, "points": 0.5, "hours": 0.5}  # one press of an arrow key; all else moves by 1
PLAIN = {"factor", "decimals"}  # units that the label says already
FINEST = 6  # decimals of a value that is typed

Form = Literal["slider", "number", "choice", "flag"]


@dataclass(frozen=True)
class Control:
    """One thing to move. ``entry`` is a key within the parameter's value, or '' for the whole of it.

    ``low``, ``high`` and ``step`` are as shown, that is ``scale`` times the parameter's own.
    """

    path: str
    entry: str
    label: str
    form: Form
    low: float | None = None
    high: float | None = None
    step: float = 1.0
    whole: bool = False
    scale: float = 1.0
    options: tuple[tuple[str, Any], ...] = ()

    @property
    def key(self) -> str:
        """Tells controls apart."""
        return f"{self.path}|{self.entry}"

    def shows(self, value: Any) -> Any:
        """What the control shows of a parameter's value."""
        return value if self.form in ("choice", "flag") else int(value) if self.whole else round(value * self.scale, FINEST)

    def means(self, shown: Any) -> Any:
        """The parameter's value for what is shown."""
        return shown if self.form in ("choice", "flag") else int(shown) if self.whole else round(shown / self.scale, FINEST)


@dataclass(frozen=True)
class Group:
    """Controls that stand together under one title. ``together``: they sum to 1, entries of one parameter or several parameters."""

    title: str
    source: str
    controls: tuple[Control, ...]
    together: bool = False

    @property
    def paths(self) -> tuple[str, ...]:
        """The parameters moved here."""
        return tuple(dict.fromkeys(each.path for each in self.controls))


def groups(scheme: Scheme, section: str, lang: Lang) -> list[Group]:
    """The controls of one section of the scheme, in the order of the file."""
    known = {path: each for path, each in scheme.parameters.items() if path.startswith(f"{section}.") and path not in STRUCTURE}
    weights = [path for path in weights_together(scheme) if path in known]
    found: list[Group] = []
    for path, parameter in known.items():
        if path in weights:
            found += [_weights(scheme, weights, lang)] if path == weights[0] else []
            continue
        kind = declared(parameter)
        controls = _controls(path, parameter, kind, lang)
        if controls:
            found.append(Group(title(path, kind, lang), source(scheme, [path], lang), tuple(controls), kind.sums_to_one and len(controls) > 1))
    return found


def title(path: str, kind: Declared, lang: Lang) -> str:
    """The parameter's label and its unit."""
    unit = term("unit", kind.unit, lang) if kind.unit and kind.unit not in PLAIN else ""
    return term("parameter", path, lang) + (say("cli.aside", lang, text=unit) if unit else "")


def source(scheme: Scheme, paths: Sequence[str], lang: Lang) -> str:
    """The clauses behind some parameters, or that they are assumptions and why."""
    known, said = scheme.parameters, []
    for path in paths:
        clause, assumption = known[path].clause, known[path].assumption
        if clause:
            words = scheme.spec.clauses[clause]
            said.append(say("panel.clause", lang, clause=clause, where=words.where, says=localised(words.says, lang)))
        else:
            said.append(say("panel.assumption", lang, why=localised(assumption or known[path].why, lang)))
    return " ".join(dict.fromkeys(said))


def shown(path: str, value: Any, scheme: Scheme, lang: Lang) -> str:
    """A value in words, as a control shows it."""
    unit = declared(scheme.parameters[path]).unit
    if isinstance(value, dict):
        return say("point.separator", lang).join(f"{word(key, lang)} {shown(path, each, scheme, lang)}" for key, each in value.items())
    if isinstance(value, list):
        return say("point.separator", lang).join(shown(path, each, scheme, lang) for each in value) or say("panel.none", lang)
    if unit == "share" and isinstance(value, float):
        return f"{100 * value:.6g}%"
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else word(value, lang)


def word(value: Any, lang: Lang) -> str:
    """The word for an option or a key."""
    if value is None:
        return say("panel.none", lang)
    if isinstance(value, bool):
        return say("column.yes" if value else "column.no", lang)
    return term("choice", value, lang)


def _weights(scheme: Scheme, paths: Sequence[str], lang: Lang) -> Group:
    controls = [each for path in paths for each in _controls(path, scheme.parameters[path], declared(scheme.parameters[path]), lang)]
    return Group(say("panel.weights", lang), source(scheme, paths, lang), tuple(controls), len(controls) > 1)


def _controls(path: str, parameter: Parameter[Any], kind: Declared, lang: Lang) -> list[Control]:
    """One control, one an entry, or none for what cannot be tried out by moving it."""
    label, value = term("parameter", path, lang), parameter.value
    if kind.kind in ("number", "numbers"):
        if kind.kind == "numbers":
            entries = {key: each for key, each in value.items() if each is not None}
            return [_number(path, key, word(key, lang), kind) for key in entries]
        if value is not None:
            return [_number(path, "", label, kind)]
    if kind.kind == "flag":
        return [Control(path, "", label, "flag")]
    if kind.kind == "choices" and not parameter.alternatives:
        return [Control(path, option, word(option, lang), "flag", options=tuple((each, each) for each in kind.options)) for option in kind.options]
    readings = kind.options if kind.kind == "choice" else (value, *parameter.alternatives)
    options = tuple((_reading(each, lang), each) for each in readings)
    return [Control(path, "", label, "choice", options=options)] if len(options) > 1 else []


def _reading(value: Any, lang: Lang) -> str:
    if isinstance(value, list | tuple):
        return say("point.separator", lang).join(_reading(each, lang) for each in value) or word("nobody", lang)
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else word(value, lang)


def _number(path: str, entry: str, label: str, kind: Declared) -> Control:
    scale, step = SCALES.get(kind.unit, 1.0), STEPS.get(kind.unit, 1.0)
    low = None if kind.low is None else kind.low * scale + (step if kind.above else 0.0)
    high = None if kind.high is None else kind.high * scale
    form: Form = "slider" if low is not None and high is not None else "number"
    return Control(path, entry, label, form, low, high, step, kind.whole, scale)
