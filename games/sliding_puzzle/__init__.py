"""Sliding puzzle: slide pieces into the gap until all are in order."""
