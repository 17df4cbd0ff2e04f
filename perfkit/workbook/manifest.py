"""What a run was made from and what it made, by sha256: enough to make it again and compare."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from perfkit.assessment import Assessment
from perfkit.problems import UsageError
from perfkit.project import digest, write_whole
from perfkit.workbook.code import code
from perfkit.workbook.jobs import Settings
from perfkit.workbook.standing import NAME

LOG, INDEX = "run.json", "index.html"


def read(folder: Path) -> dict[str, Any]:
    """The manifest of a folder; UsageError without a usable one."""
    try:
        found = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UsageError("manifest_missing", folder=folder) from None
    if not isinstance(found, dict) or not isinstance(found.get("runs"), list):
        raise UsageError("manifest_missing", folder=folder)
    return found


def runs(folder: Path) -> list[dict[str, Any]]:
    """The runs of a folder's manifest; none without a usable one."""
    try:
        found: list[dict[str, Any]] = read(folder)["runs"]
    except UsageError:
        return []
    return found


def folders(folder: Path) -> list[Path]:
    """The folders with a manifest: this one, or all below it; UsageError if there are none."""
    if (folder / NAME).is_file():
        return [folder]
    below = sorted(file.parent for file in folder.rglob(NAME))
    if not below:
        raise UsageError("manifest_missing", folder=folder)
    return below


def of_run(
    settings: Settings, result: Assessment, root: Path, signature: Mapping[str, str], reports: Sequence[Mapping[str, Any]],
    forms: Sequence[Mapping[str, Any]], outputs: Mapping[str, str], failed: Sequence[str], count: int, earlier: Mapping[str, str],
) -> dict[str, Any]:  # fmt: skip
    """One run: what was asked, every input, parameter, code, notebook and lock, and the outputs."""
    return {
        "period": settings.period, "division": settings.division, "edition": settings.edition, "lang": settings.lang,
        "scheme": settings.scheme, "records": result.scheme.spec.records,
        "overlays": list(settings.overlays), "overrides": settings.overrides, "compare": settings.compare,
        "bureau": result.scheme.name, **({"since": settings.since} if settings.since else {}),
        "state": vars(result.state(settings.period)), "signature": dict(signature),
        "inputs": inputs(result, earlier), "parameters": parameters(result), "code": code(root), "reports": list(reports), "forms": list(forms),
        "outputs": dict(outputs), "failed": list(failed), "count": count, "open": still_open(result),
    }  # fmt: skip


def still_open(result: Assessment) -> list[dict[str, Any]]:
    """What people must still decide, with the subject's name."""
    names = {**result.records.names("staff"), **result.records.names("divisions")}
    rows: list[dict[str, Any]] = [{str(key): str(value) for key, value in row.items()} for row in result.open.to_dict("records")]
    return [{**row, "name": names.get(row["subject"], row["subject"])} for row in rows]


def inputs(result: Assessment, earlier: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """File → sha256 of the scheme, overlays, records and the files of an earlier version compared with; of records also rows and encoding."""
    rules = {name: {"sha256": value} for name, value in {**result.scheme.sources, **earlier}.items()}
    tables = {str(each["file"]): {"sha256": each["sha256"], "rows": each["rows"], "encoding": each["encoding"]} for each in result.records.files.values()}
    return dict(sorted({**rules, **tables}.items()))


def made_from(result: Assessment, root: Path) -> str:
    """The fingerprint of the files of rules and records and of the code: equal where the same reports are made."""
    return digest(dump([inputs(result, {}), code(root)]))


def signature(result: Assessment, root: Path) -> dict[str, str]:
    """What a signature stands for: rules, records, code, notebooks and lock; who signs is not part of it."""
    made = code(root)
    tables = {f"{name}": sha256(pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes()).hexdigest()
              for name, table in result.records.tables.items() if name != "sign_off"}  # fmt: skip
    notebooks = {f"notebooks/{name}": value for name, value in made["notebooks"].items()}
    return {**result.scheme.sources, **tables, **notebooks, "perfkit": made["package"], "requirements.lock": made["lock"]}


def parameters(result: Assessment) -> dict[str, dict[str, Any]]:
    """Every parameter's value and where it came from."""
    rows: dict[str, dict[str, Any]] = {}
    for path, parameter in result.scheme.parameters.items():
        origin = "scheme" if not parameter.overlay else "flag" if parameter.overlay == "--set" else "overlay"
        source = {"clause": parameter.clause} if parameter.clause else {"overlay": parameter.overlay} if parameter.overlay else {"assumption": True}
        rows[path] = {"value": parameter.value, "origin": origin, **source}
    return rows


def merged(folder: Path, run: Mapping[str, Any]) -> dict[str, Any]:
    """The folder's manifest with this run in it; older runs keep what this one did not write again."""
    kept = []
    for old in runs(folder):
        outputs = {name: value for name, value in old["outputs"].items() if name not in run["outputs"] and (folder / name).exists()}
        pages = {kind: [page for page in old.get(kind, []) if f"{page['stem']}.html" in outputs] for kind in ("reports", "forms")}
        if pages["reports"]:
            kept.append({**old, "outputs": outputs, **pages})
    return {"manifest": 1, "runs": [*kept, dict(run)]}


def write(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest, sorted, whole or not at all."""
    write_whole(folder / NAME, dump(manifest))


def dump(content: object) -> bytes:
    """JSON with sorted keys and a final line end."""
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8")
