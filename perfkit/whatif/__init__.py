"""What if: assessments side by side, what each changed parameter did, and how firm the ranking is."""

from perfkit.whatif.borders import Change, borders, nearest_change
from perfkit.whatif.comparison import Comparison, compare
from perfkit.whatif.sensitivity import Sensitivity, sensitivity

__all__ = ["Change", "Comparison", "Sensitivity", "borders", "compare", "nearest_change", "sensitivity"]
