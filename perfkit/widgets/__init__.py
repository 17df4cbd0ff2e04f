"""The what-if panel: controls over a scheme's parameters and a live view of what they bring."""

from importlib import import_module
from typing import TYPE_CHECKING

__all__ = ["open_panel"]

if TYPE_CHECKING:
    from perfkit.widgets.panel import open_panel


def __getattr__(name: str) -> object:
    """The widget library is imported only where a panel is opened."""
    if name not in __all__:
        raise AttributeError(f"module 'perfkit.widgets' has no attribute {name!r}")
    return getattr(import_module("perfkit.widgets.panel"), name)
