"""Snake: eat, grow, and keep a way out."""
