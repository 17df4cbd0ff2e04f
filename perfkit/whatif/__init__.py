"""What if: scenarios side by side, ten thousand draws of the weights, and how far each division is from another tier."""
