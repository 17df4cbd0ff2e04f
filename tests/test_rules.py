"""The rules' documents against schemes, code, forms and cases: nothing named that is not there, nothing there left out."""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from perfkit import load_scheme
from perfkit.records import TABLES
from perfkit.scheme import Scheme

ROOT = Path(__file__).parents[1]
READING = ("条", "规则", "读法", "在哪里看")
BASIS = ("条", "条款", "参数", "代码")
PROOF = ("条", "算例", "测试")
CASES = [case["id"] for file in sorted((ROOT / "tests/cases").glob("*.yaml")) for case in yaml.safe_load(file.read_text(encoding="utf-8"))]
FORMS: dict[str, dict[str, Any]] = tomllib.loads((ROOT / "perfkit/report/forms.toml").read_text(encoding="utf-8"))
NOTEBOOKS = {file.stem for file in (ROOT / "notebooks").glob("*.ipynb")}


def written(text: str) -> list[tuple[tuple[str, ...], list[str]]]:
    """The rows of every table, each with the head of its table."""
    found: list[tuple[tuple[str, ...], list[str]]] = []
    head: tuple[str, ...] = ()
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if cells and head and not set(line) <= set("|-: "):
            found.append((head, cells))
        head = (head or tuple(cells)) if cells else ()
    return found


@dataclass(frozen=True)
class Book:
    """A plan's document, its scheme and its rules, which have a letter of their own."""

    document: str
    scheme: Scheme
    letter: str
    count: int

    @cached_property
    def rows(self) -> list[tuple[tuple[str, ...], list[str]]]:
        return written((ROOT / self.document).read_text(encoding="utf-8"))

    @property
    def rules(self) -> list[str]:
        return [f"{self.letter}{number}" for number in range(1, self.count + 1)]

    @property
    def forms(self) -> set[str]:
        """The forms that a bureau under this scheme has."""
        return {name for name, form in FORMS.items() if self.scheme.spec.has(form.get("needs", "personal"))}

    def quoted(self, column: str) -> list[tuple[str, str]]:
        """(rule, name in backticks) of a column, over all tables that have it."""
        whole = [(head, cells) for head, cells in self.rows if column in head and len(cells) == len(head)]
        return [(cells[0], name) for head, cells in whole for name in re.findall(r"`([^`]+)`", cells[head.index(column)])]

    def clauses_of(self, *rules: str) -> list[str]:
        """The clauses that the rows of those rules cite; what stands in brackets is a place in the plan without a clause."""
        cited = [re.sub(r"（[^）]*）+", "", cells[1]) for head, cells in self.rows if head == BASIS and cells[0] in rules]
        return [clause for cell in cited for clause in re.findall(r"\d+(?:\.\d+)*", cell)]


BOOKS = [
    Book("docs/rules.md", load_scheme(ROOT / "params/planning-bureau.yaml"), "P", 34),
    Book("docs/rules-water.md", load_scheme(ROOT / "params/water-bureau.yaml"), "W", 29),
    Book("docs/rules-township.md", load_scheme(ROOT / "params/township.yaml"), "T", 8),
]


def plain(value: Any) -> str:
    """A value as the document writes it."""
    if isinstance(value, list):
        return f"[{', '.join(map(plain, value))}]"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def resolved(name: str) -> list[str]:
    """The cases that ``P10.4`` or ``P10.*`` means."""
    return [case for case in CASES if case.startswith(name[:-1])] if name.endswith("*") else [case for case in CASES if case == name]


@cache
def functions(file: str) -> set[str]:
    """The tests of a file, those of classes as Class::name."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    inside = {f"{part.name}::{each.name}" for part in tree.body if isinstance(part, ast.ClassDef) for each in part.body if isinstance(each, ast.FunctionDef)}
    return inside | {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}


def exists(name: str) -> bool:
    """Whether a test ``file::name``, a code location ``module:name`` or a case is there."""
    if re.fullmatch(r"[PWT]\d+\.(\d+|\*)", name):
        return bool(resolved(name))
    file, _, test = name.partition("::")
    if "/" in file:
        return (ROOT / file).is_file() and test in functions(file)
    module, _, path = name.partition(":")
    try:
        found: Any = import_module(f"perfkit.{module}")
        for part in path.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError):
        return False
    return bool(path)


def missing(book: Book) -> Iterator[tuple[str, list[str]]]:
    """Every way in which document and project can differ: what is wrong, and where."""
    known_parameters, clauses_there = book.scheme.parameters, set(book.scheme.spec.clauses)
    for head in (READING, BASIS, PROOF):
        rules = [cells[0] for other, cells in book.rows if other == head]
        yield f"rules without exactly one row in the tables of {head[1]}", [rule for rule in book.rules if rules.count(rule) != 1]
        yield f"rows of no rule in the tables of {head[1]}", [rule for rule in rules if rule not in book.rules]
    yield "tables with another head", ["|".join(head) for head, _ in book.rows if head not in (READING, BASIS, PROOF)]
    yield "rows with a cell too many, too few or blank", [cells[0] for head, cells in book.rows if len(cells) != len(head) or "" in cells]
    clauses = book.clauses_of(*book.rules)
    yield "clauses cited by no row", sorted(clauses_there - set(clauses))
    yield "clauses that do not exist", sorted(set(clauses) - clauses_there)
    parameters = book.quoted("参数")
    yield "parameters in no row", sorted(set(known_parameters) - {path for _, path in parameters})
    yield "parameters that do not exist", [f"{rule} {path}" for rule, path in parameters if path not in known_parameters]
    known = [(rule, path, known_parameters[path]) for rule, path in parameters if path in known_parameters]
    apart = [f"{rule} {path}" for rule, path, parameter in known if parameter.clause not in (None, *book.clauses_of(rule))]
    yield "parameters in a row that does not cite their clause", apart
    readings = [(rule, path, plain(value)) for rule, path, each in known if each.alternatives for value in (each.value, *each.alternatives)]
    named = set(book.quoted("读法"))
    yield "readings not named in the row of their parameter", [f"{rule} {path}: {value}" for rule, path, value in readings if (rule, value) not in named]
    listed = {(rule, value) for rule, _, value in readings}
    yield "readings that no parameter of the row lists", [f"{rule} {value}" for rule, value in book.quoted("读法") if (rule, value) not in listed]
    proofs = book.quoted("算例") + book.quoted("测试")
    yield "cases and tests that do not exist", [f"{rule} {name}" for rule, name in proofs if not exists(name)]
    cited = {(rule, case) for rule, name in proofs for case in resolved(name)}
    own = [case for case in CASES if case.startswith(book.letter)]
    yield "cases that the row of their rule does not cite", [case for case in own if (case.split(".")[0], case) not in cited]
    yield "rules with neither case nor test", sorted(set(book.rules) - {rule for rule, name in proofs if exists(name)})
    yield "code that does not exist", [f"{rule} {name}" for rule, name in book.quoted("代码") if not exists(name)]
    seen = book.quoted("在哪里看")
    yield "forms in no row", sorted(book.forms - {name for _, name in seen})
    shown = book.forms | set(TABLES) | NOTEBOOKS
    yield "forms, reports and tables that do not exist", [f"{rule} {name}" for rule, name in seen if name not in shown]


@pytest.mark.parametrize(
    ("document", "wrong", "where"),
    [pytest.param(book.document, *each, id=f"{book.letter}: {each[0]}") for book in BOOKS for each in missing(book)],
)
def test_the_rules(document: str, wrong: str, where: list[str]) -> None:
    assert not where, f"{document}: {wrong}: {', '.join(where)}"


def test_every_case_is_of_a_rule() -> None:
    rules = {rule for book in BOOKS for rule in book.rules}
    assert [case for case in CASES if case.split(".")[0] not in rules] == []


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.letter)
def test_the_documents_lead_to_one_another(book: Book) -> None:
    text = (ROOT / book.document).read_text(encoding="utf-8")
    assert [other.document for other in BOOKS if other is not book and f"({Path(other.document).name})" not in text] == []
