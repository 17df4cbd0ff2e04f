"""The bureau's rules: every number with its clause or its assumption."""

from perfkit.scheme.load import Scheme, load_scheme
from perfkit.scheme.model import Clause, Parameter, SchemeFile

__all__ = ["Clause", "Parameter", "Scheme", "SchemeFile", "load_scheme"]
