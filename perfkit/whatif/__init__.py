"""What if: assessments side by side, what each changed parameter did, and how firm the ranking is."""

from perfkit.whatif.compare import Comparison, compare

__all__ = ["Comparison", "compare"]
