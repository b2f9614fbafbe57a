"""Maze: find the way to the goal, and the keys to the doors on it."""
