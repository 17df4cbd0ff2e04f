"""Signing: what a report calls final is what was proposed, from the same rules, records and code, with nothing open."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from perfkit.assessment import Assessment, State
from perfkit.language import Lang, say
from perfkit.problems import Problem
from perfkit.records.schema import label
from perfkit.report.formats import day
from perfkit.workbook.standing import NAME


def words(state: State, lang: Lang) -> str:
    """The state as every page prints it, with who signed and when."""
    name = say(f"state.{state.name}", lang)
    return say("state.signed", lang, state=name, by=state.by, on=day(state.on, lang)) if state.by else name


def refusals(result: Assessment, period: str, signature: Mapping[str, Any], site: Path) -> list[Problem]:
    """Why a period that is signed as final cannot be published so; nothing for a draft or a proposal.

    ``signature`` is that of the run about to start; ``site`` the folder of the year, in which the manifests of all
    editions and languages are looked through for the proposed run.
    """
    if result.state(period).name != "final":
        return []
    rows = result.records["sign_off"]
    signed = rows.index[(rows["state"] == "final") & rows["period"].isin([period, period[:4]])]
    file, row = str(result.records.files["sign_off"]["file"]), int(str(signed[0]))

    def refusal(key: str, **values: object) -> Problem:
        return Problem(key, file, row, label("sign_off", "state"), values)

    if len(result.open):
        return [refusal("final_while_open", count=len(result.open))]
    proposed = [run["signature"] for run in _signed(site) if run["period"] in (period, period[:4])]
    if not proposed:
        return [refusal("final_without_proposal", period=period)]
    differing = min((_differing(signature, old) for old in proposed), key=len)
    return [refusal("final_differs", names=tuple(differing))] if differing else []


def _signed(site: Path) -> list[dict[str, Any]]:
    """The runs of a year that were published as proposed or final, and what each was made from."""
    files = sorted(site.glob(f"*/*/{NAME}"))
    runs = [run for file in files for run in json.loads(file.read_text(encoding="utf-8"))["runs"]]
    return [run for run in runs if run["state"]["name"] != "draft" and "signature" in run]


def _differing(new: Mapping[str, str], old: Mapping[str, str]) -> list[str]:
    return [name for name in sorted({*new, *old}) if new.get(name) != old.get(name)]
