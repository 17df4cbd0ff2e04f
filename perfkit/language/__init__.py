"""Every word a reader sees, in two languages: one catalogue file a language, looked up by key."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

Lang = Literal["zh", "en"]
Text = str | dict[Lang, str]  # what a scheme file may say: one text, or one a language


@cache
def catalogue(lang: Lang) -> dict[str, str]:
    """All texts of one language, keyed by their dotted path in ``<lang>.toml``."""
    tree = tomllib.loads(files(__package__).joinpath(f"{lang}.toml").read_text(encoding="utf-8"))
    return dict(_flat(tree, ""))


def _flat(tree: dict[str, object], prefix: str) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in tree.items():
        path = f"{prefix}{key}"
        rows += _flat(value, f"{path}.") if isinstance(value, dict) else [(path, str(value))]
    return rows


def say(key: str, lang: Lang, /, **values: object) -> str:
    """The text under ``key`` with its ``{placeholders}`` filled; KeyError if there is none."""
    return catalogue(lang)[key].format(**values)


def term(kind: str, value: object, lang: Lang) -> str:
    """The word for one value of a closed list (``role``, ``rating`` …); a value without one says itself."""
    return catalogue(lang).get(f"{kind}.{value}", "" if value is None else str(value))


def choice(path: str, value: object, lang: Lang) -> str:
    """The word for what a parameter may be; the one for this ``path`` where a word means something else there."""
    return catalogue(lang).get(f"choice.{path}.{value}") or term("choice", value, lang)


@cache
def reworded(text: str, division: str, lang: Lang) -> str:
    """A text of the catalogue with the bureau's own word for a division in place of the usual one; placeholders stay."""
    usual = catalogue(lang)["word.division"]
    for old, new in ((usual, division), (usual.capitalize(), division.capitalize())) if division else ():
        text = re.sub(rf"(?<!\{{){re.escape(old)}", new, text)
    return text


def localised(text: Text | None, lang: Lang) -> str:
    """A scheme's own text in the reader's language, or in the one it has."""
    if text is None or isinstance(text, str):
        return text or ""
    return text.get(lang) or next(iter(text.values()), "")
