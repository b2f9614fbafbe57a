"""The games: whether id and knobs make one, and whether its image falls on the model's vision tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from omegaconf import DictConfig

from easyr1.config.schema import GameKeys, RunKeys
from games import make_game
from games.errors import KnobError, UnknownGameError


def check(config: DictConfig, keys: RunKeys) -> Iterator[str]:
    """Findings about the games."""
    for key, game in keys.games.items():
        yield from _game(key, game, keys.vlm.cell_px)


def _game(key: str, given: GameKeys, cell: int) -> Iterator[str]:
    """Findings about the game at a key, on vision tokens of `cell` px."""
    findings = list(_level(key, "knobs", given.id, given.knobs, cell))
    yield from findings
    if findings:
        return
    for group, over in (("validation_knobs", given.validation_knobs), ("example_knobs", given.example_knobs)):
        if over:
            yield from _level(key, group, given.id, {**given.knobs, **over}, cell)


def _level(key: str, group: str, game_id: str, values: Mapping[str, Any], cell: int) -> Iterator[str]:
    """Findings about the levels that a group of knobs makes."""
    try:
        game = make_game(game_id, **values)
    except UnknownGameError as error:
        yield f"{key}.id: {error}"
        return
    except KnobError as error:
        yield _name_knob(f"{key}.{group}", str(error), values)
        return
    height, width = game.image_size
    if height % cell or width % cell:
        names = [name for name in ("tile_px", "image_px") if hasattr(game, name)]
        knobs = [f"{key}.{group}.{name}" for name in names] or [f"{key}.{group}"]
        yield (
            f"{' or '.join(knobs)}: the image has {height} x {width} px, and sides that are no multiples of "
            f"vlm.cell_px={cell} would be resampled and blurred; the nearest are {_round(height, cell)} x "
            f"{_round(width, cell)}"
        )


def _name_knob(key: str, message: str, knobs: Mapping[str, Any]) -> str:
    """Put the full keys of the knobs that a game complains about before what it says."""
    unknown = re.search(r"^(\S+) has no knob '([^']+)': (.*)$", message)
    if unknown:
        return f"{key}.{unknown[2]}: {unknown[1]} has no such knob; {unknown[3]}"
    subject = message.partition(" must ")[0]
    named = [f"{key}.{name}" for name in re.findall(r"\w+", subject) if name in knobs]
    return f"{' and '.join(named) or key}: {message}"


def _round(side_px: int, cell_px: int) -> int:
    return max(1, round(side_px / cell_px)) * cell_px
