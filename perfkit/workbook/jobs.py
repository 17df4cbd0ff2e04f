"""Which notebooks a period needs, and with which parameters."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perfkit.language import Lang
from perfkit.periods import is_year, kind_of, parts_of
from perfkit.problems import Problem, UsageError
from perfkit.project import safe_name

COMPARE = "compare.ipynb"
# The reports of each kind of period: a division's, the bureau's.
NOTEBOOKS = {
    "month": ("monthly.ipynb", "bureau_month.ipynb"), "quarter": ("quarterly.ipynb", "bureau_quarter.ipynb"),
    "half_year": ("half_year.ipynb", "bureau_half_year.ipynb"), "year": ("annual.ipynb", "bureau_year.ipynb"),
}  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """What a run was asked for; paths relative to the project root."""

    scheme: str
    period: str
    division: str = ""  # '' for all of them and the bureau
    overlays: tuple[str, ...] = ()
    overrides: str = ""  # JSON, '' for none
    edition: str = "internal"
    lang: Lang = "zh"
    compare: bool = False  # each overlay is a scenario of its own, ``+`` between the files stacked in it; overrides are one more
    since: str = ""  # the folder of a version published before, to compare with; '' for none


@dataclass(frozen=True)
class Job:
    """One report: the notebook, the page it shows, and where it goes (without suffix)."""

    notebook: str
    period: str
    division: str
    stem: str

    def parameters(self, settings: Settings) -> dict[str, str]:
        """What papermill puts into the notebook."""
        return {
            "scheme": settings.scheme, "period": self.period, "division": self.division, "overlay": ";".join(settings.overlays),
            "overrides": settings.overrides, "edition": settings.edition, "lang": settings.lang,
            **({} if settings.compare else {"since": settings.since}),
        }  # fmt: skip


def jobs_of(settings: Settings, divisions: Sequence[str], reports: Sequence[str] = ("month", "year")) -> list[Job]:
    """The reports of a period, a year's with those of the kinds of period that the scheme ``reports`` on; divisions before the bureau."""
    period = settings.period
    if settings.compare:
        return [Job(COMPARE, period, "", f"{period}/compare")]
    periods = parts_of(period, reports) if is_year(period) else [period]
    wanted = [settings.division] if settings.division else [*divisions, ""]
    return [Job(NOTEBOOKS[kind_of(each)][not division], each, division, f"{each}/{safe_name(division) if division else 'bureau'}")
            for each in periods for division in wanted]  # fmt: skip


def undeclared(jobs: Sequence[Job], settings: Settings, folder: Path) -> list[Problem]:
    """Parameters that a notebook would silently ignore, and notebooks that are not there."""
    import papermill  # slow to load, and not needed by a run that has nothing to do

    faults: list[Problem] = []
    for notebook in dict.fromkeys(job.notebook for job in jobs):
        if not (folder / notebook).is_file():
            faults.append(Problem("notebook_missing", notebook))
            continue
        declared = papermill.inspect_notebook(str(folder / notebook))
        given = jobs[0].parameters(settings)
        faults += [Problem("parameter_undeclared", notebook, None, name, {"name": name}) for name in given if name not in declared]
    return faults


def settings_json(pairs: Sequence[str]) -> str:
    """``--set PATH=VALUE`` arguments as JSON text; a value that is no JSON is read as in a scheme file: ``{A: 0.3, B: 0.7}``, or text."""
    values: dict[str, Any] = {}
    for pair in pairs:
        path, sign, value = pair.partition("=")
        if not sign or not path.strip():
            raise UsageError("setting_form", given=pair)
        try:
            values[path.strip()] = json.loads(value)
        except ValueError:
            from perfkit.scheme.source import flow  # slow to load, and most settings are plain

            values[path.strip()] = flow(value)
    return json.dumps(values, ensure_ascii=False, sort_keys=True) if values else ""
