"""What if: assessments side by side, what each changed parameter did, and how firm the ranking is."""

from perfkit.whatif.comparison import Comparison, compare

__all__ = ["Comparison", "compare"]
