"""Shisen-Sho: remove pairs of equal tiles that a path with at most two turns can join."""
