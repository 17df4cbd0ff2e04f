"""The forms as pages: a booklet a division and period, the bureau's beside them, a statement a person."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from perfkit.assessment import Assessment
from perfkit.language import Lang, say
from perfkit.periods import is_year
from perfkit.project import safe_name
from perfkit.report.addresses import SEARCH
from perfkit.report.forms import Filler, Form
from perfkit.report.view import period_words
from perfkit.workbook.jobs import Job
from perfkit.workbook.publish import frame, href, static
from perfkit.workbook.signing import words as words_of

LIMIT = 150_000  # bytes of forms on one page; with head, style and contents it stays below 200 KB


@dataclass(frozen=True)
class Booklet:
    """The forms of one page or, where they are many, of several; ``person`` is '' but on a statement."""

    stem: str
    period: str
    division: str
    person: str
    name: str
    place: int  # among the divisions or people, as the records list them
    forms: list[Form]

    def described(self) -> dict[str, Any]:
        """What manifest and index say of it."""
        return {"stem": self.stem, "period": self.period, "division": self.division, "person": self.person, "name": self.name, "place": self.place}


def stem_of(job: Job) -> str:
    """Where the booklet beside a report goes."""
    return f"{job.stem}-forms"


def booklets(jobs: Sequence[Job], result: Assessment, lang: Lang) -> list[Booklet]:
    """A booklet beside every report that has forms, then the year's statements; none of people in the public edition."""
    names = result.records.names("divisions")
    order = {division: place for place, division in enumerate([*names, ""])}
    found: list[Booklet] = []
    fillers = {period: Filler(result, period, lang) for period in dict.fromkeys(job.period for job in jobs)}
    for job in jobs:
        forms = fillers[job.period].booklet(job.division)
        if forms:
            found.append(Booklet(stem_of(job), job.period, job.division, "", names.get(job.division, ""), order[job.division], forms))
    for job in jobs:
        if is_year(job.period) and result.scheme.spec.has("personal"):
            found += _statements(fillers[job.period], job)
    return found


def _statements(filler: Filler, job: Job) -> Iterator[Booklet]:
    """The statements of a division's people, and with the bureau's report of all who are in no division."""
    result = filler.result
    inside = result.staff.loc[result.staff["division"] == job.division, "staff"]
    for person in [*inside, *([] if job.division else result.leaders["leader"])]:
        stem, form = f"{job.period}/statements/{safe_name(person)}", filler.statement(person)
        yield Booklet(stem, job.period, job.division, person, filler.view.name(person), filler.order[person], [form])


def pages(book: Booklet, books: Sequence[Booklet], reports: Collection[str], result: Assessment, lang: Lang) -> dict[str, bytes]:
    """File name → page: a booklet in as many parts as its size asks for, with its contents and links to what there is."""
    parts = _parts([form.html(say("form_word.nothing", lang)) for form in book.forms])
    stems = [book.stem if number == 0 else f"{book.stem}-{number + 1}" for number in range(len(parts))]
    where = {place: stem for stem, part in zip(stems, parts, strict=True) for place in part}
    words = {"division": book.name or say("report.bureau_page", lang), "name": book.name, "period": period_words(book.period, lang)}
    title = say("form_word.statement_title" if book.person else "form_word.title", lang, **words)
    state = words_of(result.state(book.period), lang)
    written = {}
    for stem, part in zip(stems, parts, strict=True):
        site = frame(lang, result.edition, result.scheme.title(lang), title, result.scheme.scenario, state, _links(book, books, reports, stem, lang))
        contents = [] if book.person else [*_contents(book, where, stem), *_people(book, books, stem, lang)]
        written[f"{stem}.html"] = static("forms.html.j2", site | {"toc": contents, "forms": list(part.values())})
    return written


def _parts(forms: Sequence[str]) -> list[dict[int, str]]:
    """Place → form, filled up page by page."""
    parts: list[dict[int, str]] = [{}]
    size = 0
    for place, form in enumerate(forms):
        length = len(form.encode())
        if parts[-1] and size + length > LIMIT:
            parts.append({})
            size = 0
        parts[-1][place] = form
        size += length
    return parts


def _contents(book: Booklet, where: dict[int, str], start: str) -> list[list[dict[str, str]]]:
    """A line a kind of form, with a link to each of that kind."""
    lines: dict[str, list[dict[str, str]]] = {}
    for place, form in enumerate(book.forms):
        file = "" if where[place] == start else href(where[place], start)
        line = lines.setdefault(form.key, [{"href": "", "text": form.title}] if form.of else [])
        line.append({"href": f"{file}#{form.anchor}", "text": form.of or form.title})
    return list(lines.values())


def _people(book: Booklet, books: Sequence[Booklet], start: str, lang: Lang) -> list[list[dict[str, str]]]:
    own = [other for other in books if other.person and (other.period, other.division) == (book.period, book.division)]
    links = [{"href": href(other.stem, start), "text": other.name} for other in own]
    return [[{"href": "", "text": say("form_word.statements", lang)}, *links]] if links else []


def _links(book: Booklet, books: Sequence[Booklet], reports: Collection[str], start: str, lang: Lang) -> list[dict[str, str]]:
    """To the index, the report beside it, the division's other booklets, the bureau's."""
    here = {(other.period, other.division): other.stem for other in books if not other.person}
    report = f"{book.period}/{safe_name(book.division) if book.division else 'bureau'}"
    wanted = [
        ("form_word.report", report if report in reports else None),
        ("report.year_page", here.get((book.period[:4], book.division)) if not is_year(book.period) else None),
        ("form_word.link", here.get((book.period, book.division)) if book.person or start != book.stem else None),
        ("form_word.bureau", here.get((book.period, "")) if book.division else None),
    ]
    links = [{"href": href(target, start), "text": say(key, lang)} for key, target in wanted if target]
    site = [("index", "report.index"), (SEARCH, "search.title")]
    return [*({"href": href(stem, start), "text": say(key, lang)} for stem, key in site), *links]
