"""How an assessment looks: charts, tables and words for the notebooks, and the template they are published with.

The names below load on first use: a page without charts does not wait for the chart library.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__all__ = ["View", "basis", "charts", "component_charts", "components", "earlier", "key_points", "open_page", "tables"]

if TYPE_CHECKING:
    from perfkit.report import basis, charts, component_charts, components, earlier, tables
    from perfkit.report.points import key_points
    from perfkit.report.view import View, open_page

_HOME = {"View": "view", "key_points": "points", "open_page": "view"}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'perfkit.report' has no attribute {name!r}")
    module = import_module(f"perfkit.report.{_HOME.get(name, name)}")
    value = getattr(module, name) if name in _HOME else module
    globals()[name] = value
    return value
