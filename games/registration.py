"""Game ids in Gymnasium's own registry, and the way from an id and knobs to a game."""

from __future__ import annotations

import dataclasses
from importlib import import_module
from typing import Any

import gymnasium

from games.core.game import Game, check_choice
from games.errors import KnobError, UnknownGameError, nearest

ENV_ENTRY_POINT = "games.core.env:GameEnv"
BUILTIN_GAMES = {"games/ShisenSho-v0": "games.shisensho.game:ShisenSho"}


def register_game(game_id: str, entry_point: str, **knobs: Any) -> None:
    """Enter a game under an id; asking twice for the same row is harmless.

    Args:
        game_id: `namespace/Name-vN`.
        entry_point: `module:Class` of a frozen dataclass that follows `games.core.game.Game`; imported at the first
            use.
        knobs: Defaults that this id gives to the game, which the caller of `make_game` may override.
    """
    kwargs = {"game": entry_point, **knobs}
    known = gymnasium.registry.get(game_id)
    if known is not None and known.entry_point == ENV_ENTRY_POINT and known.kwargs == kwargs:
        return
    gymnasium.register(id=game_id, entry_point=ENV_ENTRY_POINT, kwargs=kwargs)


def register_builtin_games() -> None:
    """Enter the games of this package."""
    for game_id, entry_point in BUILTIN_GAMES.items():
        register_game(game_id, entry_point)


def game_ids() -> list[str]:
    """Ids of all registered games, sorted."""
    return sorted(name for name, spec in gymnasium.registry.items() if spec.entry_point == ENV_ENTRY_POINT)


def make_game(game_id: str, **knobs: Any) -> Game[Any, Any]:
    """Build the game of an id with the given knobs.

    Raises:
        UnknownGameError: The id is not registered.
        KnobError: A knob does not exist or has a value that the game cannot use.
    """
    if game_id not in game_ids():
        raise UnknownGameError(f"unknown game {game_id!r}: {nearest(str(game_id), game_ids())}")
    kwargs = {**gymnasium.registry[game_id].kwargs, **knobs}
    return build_game(kwargs.pop("game"), game_id, **kwargs)


def build_game(entry_point: str, game_id: str | None = None, **knobs: Any) -> Game[Any, Any]:
    """Build the game that `module:Class` names; `game_id` is the name used in messages.

    Args:
        knobs: The game's fields, and perhaps `rung`: a step of the game's ladder, whose knobs are taken where no other
            is given.

    Raises:
        KnobError: As for `make_game`.
    """
    module, _, name = entry_point.partition(":")
    game_class = getattr(import_module(module), name)
    if "rung" in knobs:
        knobs = {**_rung(game_class, game_id or name, knobs.pop("rung")), **knobs}
    fields = [field.name for field in dataclasses.fields(game_class) if field.init]
    for knob in knobs:
        if knob not in fields:
            raise KnobError(f"{game_id or name} has no knob {knob!r}: {nearest(knob, fields)}")
    game: Game[Any, Any] = game_class(**knobs)
    return game


def _rung(game_class: type, name: str, rung: object) -> dict[str, Any]:
    ladder = getattr(game_class, "LADDER", {})
    if not ladder:
        raise KnobError(f"rung must not be given: {name} has no ladder")
    check_choice("rung", rung, tuple(ladder))
    return dict(ladder[rung])
