"""How an assessment looks: charts, tables and words for the notebooks, and the template they are published with."""

from perfkit.report import charts, tables
from perfkit.report.points import key_points
from perfkit.report.view import View, open_page

__all__ = ["View", "charts", "key_points", "open_page", "tables"]
