"""The state of a game on top of an environment."""

from __future__ import annotations

from dataclasses import dataclass

from games.gymnasium_adapter.picture import Picture


@dataclass(frozen=True, slots=True)
class Scene:
    """A state of a game on top of an environment.

    Attributes:
        snapshot: What puts a machine into this state.
        picture: What the environment shows.
        cells: The truth: a label number per cell, in row order.
        turns: Actions since the opening.
        last_step: The environment's action that was played last, which a sticky action repeats.
        is_over: Whether the environment ended the episode, or the turns are used up.
    """

    snapshot: bytes
    picture: Picture
    cells: bytes
    turns: int
    last_step: int
    is_over: bool
