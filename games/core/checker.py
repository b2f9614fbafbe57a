"""The contract that every game keeps, as a function for whoever writes one."""

from __future__ import annotations


def check_game(game_id: str, **knobs: object) -> None:
    """Placeholder until the checks land."""
