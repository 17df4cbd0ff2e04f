"""From a scheme file, its overlays and settings to a checked Scheme, or to all problems at once."""

import copy
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from perfkit.language import Lang, Text, localised
from perfkit.problems import Problem, SchemeError, nearest
from perfkit.scheme.model import REQUIRES, Parameter, Rating, SchemeFile
from perfkit.scheme.source import Path_, Source, read_source

SETTING = "--set"  # stands where a file name would, for values given with the call
_OVERLAY_KEYS = {"base", "author", "why", "title", "set"}


@dataclass(frozen=True)
class Scheme:
    """A checked scheme: ``spec`` holds the typed parameters, the rest says where they came from."""

    spec: SchemeFile
    path: Path
    scenario: str  # '' for the plan as it is
    sources: dict[str, str]  # file name → sha256 of the scheme file and each overlay
    lines: dict[str, int]  # parameter path → line in the scheme file
    titles: tuple[Text, ...] = ()  # what the overlays call themselves

    @property
    def name(self) -> str:
        """The bureau's short name."""
        return self.spec.scheme

    @property
    def year(self) -> int:
        """The year the plan is for."""
        return self.spec.year

    def title(self, lang: Lang) -> str:
        """The bureau's title in the reader's language."""
        return localised(dict(self.spec.title), lang)

    def division_word(self, lang: Lang) -> str:
        """What the bureau calls a division in the reader's language; '' if it has no word of its own there."""
        return (self.spec.division_word or {}).get(lang, "")

    def scenario_title(self, lang: Lang) -> str:
        """What the overlays call themselves in the reader's language, or else the scenario's name."""
        return " + ".join(localised(each, lang) for each in self.titles) if self.titles else self.scenario

    @property
    def absent(self) -> tuple[str, ...]:
        """The sections that a scheme may have and this one has not: ``payouts``, ``components.survey``."""
        sections = [*type(self.spec).model_fields, *(f"components.{name}" for name in type(self.spec.components).model_fields)]
        return tuple(section for section in sections if not self.spec.has(section))

    @cached_property
    def parameters(self) -> Mapping[str, Parameter[Any]]:
        """Every parameter by its dotted path, in the file's order."""
        return dict(_parameters(self.spec, ""))

    def changed(self, changes: Mapping[str, Any]) -> "Scheme":
        """The scheme with other values, as an overlay would give them: parameter path → value.

        Raises SchemeError with every problem found; without changes it is the scheme itself.
        """
        if not changes:
            return self
        source, setting = Source(self.path.name), Source(SETTING)
        data = _given(self.spec)
        origin: dict[Path_, tuple[Source, Path_]] = {}
        problems = [found for path, value in changes.items() for found in _change(data, path, value, SETTING, None, origin, setting, ())]
        spec, found = _validated(data, source, origin)
        if problems or found or spec is None:
            raise SchemeError(_unique([*problems, *found]))
        digest = _digest(changes)
        return replace(self, spec=spec, scenario="+".join(filter(None, [self.scenario, digest])), titles=(*self.titles, digest))

    def clauses_of(self, rules: str) -> list[str]:
        """The clause ids behind ``;``-separated parameter paths."""
        known = self.parameters
        return sorted({clause for rule in rules.split(";") if rule and (clause := known[rule].clause)})

    def assumptions_of(self, rules: str) -> list[str]:
        """The paths among ``rules`` that rest on an assumption or an overlay."""
        known = self.parameters
        return [rule for rule in rules.split(";") if rule and not known[rule].clause]

    def uncited(self) -> list[str]:
        """Clauses that no parameter cites."""
        cited = {parameter.clause for parameter in self.parameters.values()}
        return [clause for clause in self.spec.clauses if clause not in cited]


def load_scheme(
    path: str | Path,
    overlay: str | Path | Sequence[str | Path] | None = None,
    set: Mapping[str, Any] | str | None = None,
) -> Scheme:
    """Read a scheme file, lay overlays and settings over it, and check the whole once.

    ``set`` maps parameter paths (without ``.value``) to values; JSON text is accepted too. Raises
    SchemeError with every problem found.
    """
    file = Path(path)
    source = read_source(file, file.name)
    changes = [read_source(Path(each), Path(each).name, blank=True) for each in _listed(overlay)]
    settings = _settings(set, source)
    problems = [*source.problems, *(problem for change in changes for problem in change.problems)]
    if source.problems and not source.data:
        raise SchemeError(problems)
    data = copy.deepcopy(source.data)
    origin: dict[Path_, tuple[Source, Path_]] = {}
    for change in changes:
        problems += _overlay(data, change, source, origin)
    for key, value in settings.items():
        problems += _change(data, key, value, SETTING, None, origin, Source(SETTING), ())
    spec, found = _validated(data, source, origin)
    problems += found
    if problems or spec is None:
        raise SchemeError(_unique(problems))
    given = [_digest(settings)] if settings else []
    scenario = "+".join([Path(change.file).stem for change in changes] + given)
    titles = (*(_title(change) for change in changes), *given)
    files = {each.name: sha256(each.read_bytes()).hexdigest() for each in [file, *map(Path, _listed(overlay))]}
    lines = {path: source.line(tuple(path.split("."))) or 0 for path, _ in _parameters(spec, "")}
    return Scheme(spec, file, scenario, files, lines, titles)


def _listed(overlay: str | Path | Sequence[str | Path] | None) -> list[str | Path]:
    if not overlay:
        return []
    return [overlay] if isinstance(overlay, str | Path) else [each for each in overlay if each]


def _title(change: Source) -> Text:
    """An overlay's own title if it is a text in either language, else the name of its file."""
    given = change.data.get("title")
    texts = list(given.values()) if isinstance(given, dict) else [given]
    return given if given and all(isinstance(text, str) for text in texts) else Path(change.file).stem


def _digest(settings: Mapping[str, Any]) -> str:
    text = json.dumps(settings, sort_keys=True, ensure_ascii=False)
    return "set-" + sha256(text.encode()).hexdigest()[:8]


def _settings(given: Mapping[str, Any] | str | None, source: Source) -> dict[str, Any]:
    if isinstance(given, str):
        try:
            given = json.loads(given) if given.strip() else {}
        except ValueError:
            given = None
        if not isinstance(given, dict):
            source.problems.append(Problem("settings_not_json", SETTING))
            return {}
    return dict(given or {})


def _overlay(data: dict[str, Any], change: Source, base: Source, origin: dict[Path_, tuple[Source, Path_]]) -> list[Problem]:
    problems: list[Problem] = []
    found = change.data
    for key in found.keys() - _OVERLAY_KEYS:
        near = nearest(key, _OVERLAY_KEYS)
        problems.append(Problem("overlay_unknown_key", change.file, change.line((key,)), key, {"near": near}))
    for key in ("base", "author", "why"):
        if not found.get(key) and found:
            problems.append(Problem("overlay_missing_key", change.file, None, key, {"key": key}))
    if found.get("base") not in (None, base.data.get("scheme")):
        problems.append(Problem("overlay_other_base", change.file, change.line(("base",)), "base",
                                {"base": found["base"], "scheme": base.data.get("scheme")}))  # fmt: skip
    values = found.get("set") or {}
    if not isinstance(values, dict):
        return [*problems, Problem("overlay_set_not_a_mapping", change.file, change.line(("set",)), "set")]
    for key, value in values.items():
        name = Path(change.file).stem
        problems += _change(data, key, value, name, found.get("why"), origin, change, ("set", key))
    return problems


def _change(
    data: dict[str, Any], key: str, value: Any, overlay: str, why: Any,
    origin: dict[Path_, tuple[Source, Path_]], file: Source, at: Path_,
) -> list[Problem]:  # fmt: skip
    """Replace one parameter (or one entry of a parameter's mapping) by an overlaid value."""
    path = tuple(key.removesuffix(".value").split("."))
    node: Any = data
    for depth, step in enumerate(path):
        node = node.get(step) if isinstance(node, dict) else None
        if isinstance(node, dict) and "value" in node:
            for whole in _with_entry(node["value"], path[depth + 1 :], value):
                target = path[: depth + 1]
                parent = data
                for name in target[:-1]:
                    parent = parent[name]
                replaces = node["replaces"] if node.get("overlay") else node["value"]
                parent[target[-1]] = {"value": whole, "overlay": overlay, "why": why, "replaces": replaces}
                origin[target] = (file, at)
                return []
    known = [".".join(found) for found in _value_paths(data)]
    return [Problem("overlay_unknown_path", file.file, file.line(at), key, {"near": nearest(key, known)})]


def _with_entry(old: Any, inside: Path_, value: Any) -> list[Any]:
    """The parameter's value with the given one in its place, which may be empty itself; nothing where there is no such place."""
    if not inside:
        return [value]
    if len(inside) > 1 or not isinstance(old, dict) or inside[0] not in old:
        return []
    return [{**old, inside[0]: value}]


def _given(spec: SchemeFile) -> dict[str, Any]:
    """The scheme as plain data, without the sections it does not have."""
    data = spec.model_dump()
    data["components"] = {name: part for name, part in data["components"].items() if part is not None}
    data["bureau"] = {name: part for name, part in data["bureau"].items() if part is not None}
    return {name: section for name, section in data.items() if section is not None}


def _value_paths(data: Any, path: Path_ = ()) -> Iterator[Path_]:
    for key, value in data.items() if isinstance(data, dict) else ():
        if isinstance(value, dict) and "value" in value:
            yield (*path, key)
        else:
            yield from _value_paths(value, (*path, key))


def _parameters(node: BaseModel, prefix: str) -> Iterator[tuple[str, Parameter[Any]]]:
    for name in type(node).model_fields:
        value = getattr(node, name)
        if isinstance(value, Parameter):
            yield f"{prefix}{name}", value
        elif isinstance(value, BaseModel):
            yield from _parameters(value, f"{prefix}{name}.")


def _validated(data: dict[str, Any], source: Source, origin: dict[Path_, tuple[Source, Path_]]) -> tuple[SchemeFile | None, list[Problem]]:
    def place(path: Path_) -> tuple[str, int | None]:
        for length in range(len(path), 0, -1):
            if path[:length] in origin:
                file, at = origin[path[:length]]
                return file.file, file.line(at)
        return source.file, source.line(path)

    def problem(key: str, path: Path_, /, **values: object) -> Problem:
        return Problem(key, *place(path), ".".join(path), values)

    try:
        spec = SchemeFile.model_validate(data)
    except ValidationError as error:
        found = [_explained(each, problem) for each in error.errors()]
        return None, [*found, *(problem(key, path, **values) for key, path, values in _dangling(data))]
    return spec, [problem(key, path, **values) for key, path, values in [*_dangling(data), *_across(spec)]]


def _dangling(data: dict[str, Any]) -> Iterator[tuple[str, Path_, dict[str, object]]]:
    """Citations of clauses that the file does not have, whatever else is wrong with it."""
    known = data.get("clauses")
    known = known if isinstance(known, dict) else {}
    for path in _value_paths(data):
        node: Any = data
        for step in path:
            node = node[step]
        clause = node.get("clause")
        if isinstance(clause, str) and clause and clause not in known:
            yield "clause_dangling", (*path, "clause"), {"clause": clause, "near": nearest(clause, known)}


def _across(spec: SchemeFile) -> Iterator[tuple[str, Path_, dict[str, object]]]:
    """What must hold between parameters."""
    for path, parameter in _parameters(spec, ""):
        if parameter.value in parameter.alternatives:
            yield "alternative_is_value", (*path.split("."), "alternatives"), {"value": parameter.value}
    for section, needed in REQUIRES.items():
        for other in needed:
            if spec.has(section) and not spec.has(other):
                yield "section_needs", tuple(section.split(".")), {"section": section, "other": other}
    weights = {path: parameter.value for path, parameter in _parameters(spec.components, "") if path.count(".") == 1 and path.endswith(".weight")}
    weights.pop("mean_hours.weight", None)
    total = sum(weights.values())
    if abs(total - 1) > 1e-9:
        yield "weights_not_one", ("components", *next(iter(weights), "parts").split(".")), {"total": f"{total:.10g}"}
    if spec.has("tiers"):
        yield from _bands(spec)
    for path, listed, keys in _listings(spec):
        if set(listed) != keys:
            yield "keys_differ", tuple(path.split(".")), {"keys": tuple(sorted(keys))}
    adjustments = spec.components.adjustments
    both = set(adjustments.bonuses.value) & set(adjustments.deductions.value) if adjustments else set()
    if both:
        yield "kind_twice", ("components", "adjustments", "bonuses"), {"kinds": tuple(sorted(both))}


def _listings(spec: SchemeFile) -> Iterator[tuple[str, Iterable[str], set[str]]]:
    """Parameters whose keys or entries must be those of another: path, what it has, what it must have."""
    yield "components.parts", spec.components.parts.value, {name for name in type(spec.components).model_fields if spec.has(f"components.{name}")} - {
        "parts", "mean_hours"}  # fmt: skip
    if spec.has("tiers"):
        tiers = set(spec.tiers.shares.value)
        yield "tiers.coefficients", spec.tiers.coefficients.value, tiers
        yield "tiers.place_tie_order", spec.tiers.place_tie_order.value, tiers
        yield "tiers.advanced", tiers if spec.tiers.advanced.value in tiers else (), tiers
        if spec.has("excellent"):
            yield "excellent.shares", spec.excellent.shares.value, tiers
    if spec.has("personal"):
        yield "personal.weights", spec.personal.weights.value, {*spec.personal.parts.value}
    if spec.has("hours"):
        yield "hours.credits", spec.hours.credits.value, set(spec.hours.credit_kinds.value)
    if spec.has("components.adjustments"):
        register = spec.components.adjustments
        yield "components.adjustments.amounts", register.amounts.value, {*register.bonuses.value, *register.deductions.value}
    if spec.has("payouts"):
        for band in spec.payouts.organisation_bands.value:
            yield "payouts.organisation_bands", band, {"score", "pays"}
        yield "payouts.personal_coefficients", spec.payouts.personal_coefficients.value, set(get_args(Rating))
    if spec.has("components.indicators"):
        tree = spec.components.indicators
        yield "components.indicators.counts", tree.counts.value, set(tree.parts.value)
        yield "components.indicators.shares", tree.shares.value, {*tree.shares.value} & {*tree.parts.value}


def _bands(spec: SchemeFile) -> Iterator[tuple[str, Path_, dict[str, object]]]:
    """The lowest scores of the tiers: one for each but the last, falling from the best."""
    given, (*above, last) = spec.tiers.bands.value, spec.tiers.shares.value
    if set(given) != set(above):
        yield "bands_not_the_tiers", ("tiers", "bands"), {"tiers": tuple(above), "last": last}
        return
    for upper, lower in pairwise(above):
        if given[upper] <= given[lower]:
            yield "bands_not_falling", ("tiers", "bands"), {
                "upper": upper, "high": f"{given[upper]:.10g}", "lower": lower, "low": f"{given[lower]:.10g}",
            }  # fmt: skip


def _explained(error: Any, problem: Callable[..., Problem]) -> Problem:
    """One of pydantic's findings in the reader's words."""
    path = tuple(str(step) for step in error["loc"] if step != "[key]")
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    known = _names_at(error["loc"][:-1])
    match kind:
        case "missing":
            return problem("missing_key", path, key=path[-1])
        case "extra_forbidden":
            return problem("unknown_key", path, key=path[-1], near=nearest(path[-1], known))
        case "greater_than_equal" | "less_than_equal" | "greater_than" | "less_than":
            bound = next(iter(context.values()))
            return problem(kind, path, given=given, bound=bound)
        case "literal_error":
            options = [option.strip(" '") for option in context["expected"].replace(" or ", ",").split(",")]
            return problem("not_an_option", path, given=given, options=tuple(options), near=nearest(str(given), options))
        case "sum_not_one" | "source_count":
            return problem(kind, path, **context)
        case "model_type" | "model_attributes_type":
            return problem("not_a_parameter", path, given=given)
        case "finite_number":
            return problem("not_finite", path, given=given)
    if isinstance(given, str) and kind.startswith(("float", "int")) and given.replace(".", "", 1).lstrip("-").isdigit():
        return problem("quoted_number", path, given=given)
    return problem(f"wrong_type_{_expected(kind)}", path, given=given)


def _expected(kind: str) -> str:
    known = {"float": "number", "int": "whole", "string": "text", "dict": "mapping", "list": "list"}
    return known.get(kind.split("_")[0], "other")


def _names_at(location: tuple[Any, ...]) -> list[str]:
    """The field names a scheme may have at a location."""
    model: Any = SchemeFile
    for step in location:
        fields = getattr(model, "model_fields", {})
        annotation = fields[step].annotation if step in fields else None
        options = [annotation, *get_args(annotation)]
        model = next((each for each in options if isinstance(each, type) and issubclass(each, BaseModel)), None)
    return list(getattr(model, "model_fields", {}))


def _unique(problems: list[Problem]) -> list[Problem]:
    return list({problem.text(): problem for problem in problems}.values())
