"""Reproducible performance assessment of a public bureau's divisions and people.

The names below load on first use, so that ``perfkit --help`` answers at once.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.2.0"
__all__ = ["RecordsError", "SchemeError", "assess", "compare", "load_records", "load_scheme", "sensitivity"]

if TYPE_CHECKING:
    from perfkit.assessment import assess
    from perfkit.problems import RecordsError, SchemeError
    from perfkit.records import load_records
    from perfkit.scheme import load_scheme
    from perfkit.whatif import compare
    from perfkit.whatif.sensitivity import sensitivity

# jsonschema loads it where it is installed, to check a kind of address that no notebook or chart has; its grammars cost every process a second.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # an import of it fails now, and jsonschema goes on without

_HOME = {
    "RecordsError": "perfkit.problems",
    "SchemeError": "perfkit.problems",
    "assess": "perfkit.assessment",
    "compare": "perfkit.whatif",
    "load_records": "perfkit.records",
    "load_scheme": "perfkit.scheme",
    "sensitivity": "perfkit.whatif.sensitivity",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'perfkit' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value
