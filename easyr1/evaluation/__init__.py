"""Evaluation: frozen levels, figures with intervals, and what was seen and said on the way."""
