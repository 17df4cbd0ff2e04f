"""What is wrong with an input, said once for scheme and records: where, what, and how to mend it."""

import dataclasses
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from perfkit.language import Lang, Text, catalogue, localised, say


@dataclasses.dataclass(frozen=True)
class Problem:
    """One fault of an input file.

    ``key`` names the message in the catalogues, ``line`` is the line of a YAML file or the row a
    spreadsheet shows (the header is row 1), ``at`` the path or column (in either language), ``values`` fill the
    text; a tuple among them is a list of words.
    """

    key: str
    file: str
    line: int | None = None
    at: Text = ""
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)

    @property
    def field(self) -> str:
        """The path or column at fault, as it stands in a Chinese table."""
        return localised(self.at, "zh")

    def where(self, lang: Lang = "zh") -> str:
        """File, line and field, as far as known."""
        line = "" if self.line is None else say("where.line", lang, line=self.line)
        column = say("where.field", lang, field=localised(self.at, lang)) if self.at else ""
        return f"{self.file} {(' ' if lang == 'en' else '').join(filter(None, [line, column]))}".strip()

    def what(self, lang: Lang = "zh") -> str:
        """What happened."""
        return say(f"problem.{self.key}.what", lang, **self._words(lang))

    def mend(self, lang: Lang = "zh") -> str:
        """How to mend it, with the nearest known word where there is one."""
        text = say(f"problem.{self.key}.mend", lang, **self._words(lang))
        near = self.values.get("near")
        return text + (say("problem.did_you_mean", lang, near=near) if near else "")

    def _words(self, lang: Lang) -> dict[str, object]:
        separator = say("point.separator", lang)
        return {name: separator.join(map(str, value)) if isinstance(value, tuple) else value for name, value in self.values.items()}

    def text(self, lang: Lang = "zh") -> str:
        """The whole message in one line."""
        gap = "" if lang == "zh" else " "
        return f"{self.where(lang)}{say('where.colon', lang)}{gap}{self.what(lang)}{gap}{self.mend(lang)}".strip()

    def __str__(self) -> str:
        return self.text()


class InputError(ValueError):
    """All problems of an input at once, in ``.problems``."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(problem.text() for problem in self.problems))


class SchemeError(InputError):
    """A scheme file, overlay or setting that cannot be used."""


class RecordsError(InputError):
    """Records that cannot be used."""


class UsageError(ValueError):
    """A call that asks for what cannot be: ``key`` and ``values`` as in a Problem, no file to mend."""

    def __init__(self, key: str, **values: object) -> None:
        self.key, self.values = key, values
        super().__init__(self.text())

    def text(self, lang: Lang = "zh") -> str:
        """The message in one line."""
        near = self.values.get("near")
        hint = say("problem.did_you_mean", lang, near=near) if near else ""
        return catalogue(lang)[f"usage.{self.key}"].format(**self.values) + hint


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that ``word`` was probably meant to be, or ''."""
    return next(iter(get_close_matches(str(word), list(known), n=1, cutoff=0.6)), "")
