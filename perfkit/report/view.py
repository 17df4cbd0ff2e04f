"""What a notebook opens: a page of an assessment in the reader's language."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

from perfkit.assessment import Page
from perfkit.language import Lang, catalogue, reworded, term
from perfkit.opened import assessed
from perfkit.periods import kind_of
from perfkit.project import found, project_root
from perfkit.published import Asked, Published, opened, read
from perfkit.report.formats import number as number
from perfkit.report.formats import period_words as period_words
from perfkit.report.formats import signed as signed
from perfkit.report.html import Html, Linked
from perfkit.since import Since

NEAR = 10.0  # points; a border that is further from every score is not worth the room in a drawing


@dataclass(frozen=True)
class Earlier:
    """A version published before, and what has moved since; None if the version has no result tables of the page's period."""

    version: Published | None
    moved: Since | None


@dataclass(frozen=True)
class View:
    """A page and the language it is read in."""

    page: Page
    lang: Lang
    since: Earlier | None = field(default=None, kw_only=True)  # the version to compare with

    def say(self, key: str, /, **values: object) -> str:
        """A text of the catalogue."""
        return self.own(catalogue(self.lang)[key]).format(**values)

    def own(self, text: str) -> str:
        """A text of the catalogue with the bureau's own word for its divisions."""
        return reworded(text, self.page.scheme.division_word(self.lang), self.lang)

    def say_linked(self, key: str, to: Mapping[str, str], /, **values: object) -> Linked:
        """A text of the catalogue in which some of its values lead to their reasons: name of a value → address; linked values keep their own."""
        parts = {name: value.parts if isinstance(value, Linked) else [(str(value), to[name])] for name, value in values.items()
                 if name in to or isinstance(value, Linked)}  # fmt: skip
        pieces = self.say(key, **{name: f"\ue000{name}\ue000" if name in parts else value for name, value in values.items()}).split("\ue000")
        return Linked([part for place, piece in enumerate(pieces) for part in (parts[piece] if place % 2 else [(piece, "")])])

    def list_linked(self, parts: Sequence[tuple[str, str]]) -> Linked:
        """Texts with the address of each, between them the separator of lists."""
        between = (self.say("point.separator"), "")
        return Linked([each for part in parts for each in (between, part)][1:])

    def term(self, kind: str, value: object) -> str:
        """The word for one value of a closed list."""
        known = catalogue(self.lang).get(f"{kind}.{value}")
        return self.own(known) if known is not None else term(kind, value, self.lang)  # what is no word of ours stays as it was typed

    def name(self, subject: str) -> str:
        """A division's or person's name."""
        return self.page.names.get(subject, subject)

    def period(self, period: str | None = None) -> str:
        """A period in words."""
        return period_words(period or self.page.period, self.lang)

    @property
    def title(self) -> str:
        """The report's heading."""
        kind = kind_of(self.page.period)
        who = "division" if self.page.division else "bureau"
        return self.say(f"report.{who}_{kind}", division=self.name(self.page.division), period=self.period())


Show = TypeVar("Show")


def needs(section: str) -> Callable[[Callable[[View], Show]], Callable[[View], Show | Html]]:
    """A table or chart of one section of the scheme: nothing where the scheme has no such section, so that one notebook serves every bureau."""

    def of(show: Callable[[View], Show]) -> Callable[[View], Show | Html]:
        @wraps(show)
        def shown(view: View) -> Show | Html:
            return show(view) if view.page.scheme.spec.has(section) else Html("")

        return shown

    return of


def open_page(
    scheme: str,
    period: str,
    division: str = "",
    overlay: str = "",
    overrides: str | Mapping[str, Any] = "",
    edition: str = "internal",
    lang: Lang = "zh",
    since: str = "",
) -> View:
    """Assess ``period`` and take out one report's page: a division's, or with ``division`` blank the bureau's.

    Paths are looked for from the working folder and the project root; ``overlay`` may name several, ``;``
    between them; ``overrides`` are settings as JSON; ``since`` is the folder of a version published before, to
    compare with. The arguments are the parameters every report declares.
    """
    root = project_root(Path.cwd())
    overlays = [found(each, root) for each in overlay.split(";") if each]
    result = assessed(found(scheme, root), overlays, settings_text(overrides), str(period), edition, root)
    page = result.page(str(period), division or None)
    if not since:
        return View(page, lang)
    rules = page.scheme
    asked = Asked(rules.name, rules.year, edition, tuple(each for each in overlay.split(";") if each), settings_text(overrides))
    site = opened(found(since, root), asked)
    if site.run_of(page.period, page.division) is None:
        return View(page, lang, since=Earlier(None, None))
    version = read(site, page.period, page.division)
    return View(page, lang, since=Earlier(version, result.since(version)))


def near_scores(fixed: Mapping[str, float], scores: Sequence[float]) -> dict[str, float]:
    """Tier → its lowest score, of those near enough to some division's score to be drawn beside it."""
    return {tier: border for tier, border in fixed.items() if min(scores) - NEAR <= border <= max(scores) + NEAR}


def settings_text(given: str | Mapping[str, Any]) -> str:
    """Settings as JSON text, from a mapping too."""
    return str(given or "") if isinstance(given, str) or not given else json.dumps(given)
