"""Property tests draw the same examples each time, so that a failure can be repeated."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("games", deadline=None, derandomize=True, max_examples=100, database=None)
settings.load_profile("games")
