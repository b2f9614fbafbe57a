"""Environments of other people as games: snapshots, pictures, truths for Breakout, Minigrid and any other."""
