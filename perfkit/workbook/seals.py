"""Logs that may only grow: what earlier runs sealed, against what the records say now."""

from pathlib import Path

import pandas as pd

from perfkit.assessment import Assessment
from perfkit.problems import Problem
from perfkit.records.schema import label
from perfkit.report.spreadsheet import harmless
from perfkit.scoring import inspection

LOG = "inspection_log"


def broken(result: Assessment, folder: Path) -> list[Problem]:
    """Inspections that were changed, removed or put in since a run published into ``folder``; nothing for a bureau without inspections."""
    if LOG not in result.beside:
        return []
    now, found = result.records["inspections"], []
    rows = {name: int(str(row)) for row, name in now["inspection"].items()}
    given = {harmless(name): name for name in rows}  # as a CSV holds them
    file = str(result.records.files["inspections"]["file"])
    for sealed in sorted(folder.glob(f"results/**/{LOG}.csv")):
        before = pd.read_csv(sealed, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        before["inspection"] = [given.get(name, name) for name in before["inspection"]]
        before["circulated_on"] = pd.to_datetime(before["circulated_on"]).astype("datetime64[s]")
        for name, what in inspection.broken(now, before).itertuples(index=False, name=None):
            found.append(Problem(f"inspection_{what}", file, rows.get(name), label("inspections", "inspection"), {"given": name}))
    return list({(each.key, each.line, str(each.values)): each for each in found}.values())
