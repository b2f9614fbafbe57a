"""Game ids in Gymnasium's own registry, and the way from an id and knobs to a game."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import gymnasium

from games.core.game import Game, check_choice
from games.errors import KnobError, UnknownGameError, nearest

ENV_ENTRY_POINT = "games.core.env:GameEnv"
BUILTIN_GAMES = {
    "games/Gymnasium-v0": "games.gymnasium_adapter.game:GymnasiumGame",
    "games/Maze-v0": "games.maze.game:Maze",
    "games/Minesweeper-v0": "games.minesweeper.game:Minesweeper",
    "games/Packing-v0": "games.packing.game:Packing",
    "games/ShisenSho-v0": "games.shisensho.game:ShisenSho",
    "games/ShisenShoCifar10-v0": "games.shisensho.cifar10:ShisenShoCifar10",
    "games/SlidingPuzzle-v0": "games.sliding_puzzle.game:SlidingPuzzle",
    "games/Snake-v0": "games.snake.game:Snake",
    "games/Sokoban-v0": "games.sokoban.game:Sokoban",
    "games/Swap-v0": "games.swap.game:Swap",
    "games/TwentyFortyEight-v0": "games.twenty_forty_eight.game:TwentyFortyEight",
}


@dataclass(frozen=True, slots=True)
class OptionalGame:
    """A game that needs a package which `games` does not bring.

    Attributes:
        entry_point: As in `register_game`.
        package: What must be importable.
        extra: The extra of this distribution that installs it.
    """

    entry_point: str
    package: str
    extra: str


# Registered only where their package is installed; asking for one of them elsewhere says what to install.
OPTIONAL_GAMES = {
    "games/Breakout-v0": OptionalGame("games.gymnasium_adapter.breakout:Breakout", "ale_py", "atari"),
    "games/Minigrid-v0": OptionalGame("games.gymnasium_adapter.minigrid:Minigrid", "minigrid", "minigrid"),
}


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
    """Enter the games of this package, those that need another one where it is installed."""
    for game_id, entry_point in BUILTIN_GAMES.items():
        register_game(game_id, entry_point)
    for game_id, game in OPTIONAL_GAMES.items():
        if find_spec(game.package) is not None:
            register_game(game_id, game.entry_point)


def game_ids() -> list[str]:
    """Ids of all registered games, sorted."""
    return sorted(name for name, spec in gymnasium.registry.items() if spec.entry_point == ENV_ENTRY_POINT)


def make_game(game_id: str, **knobs: Any) -> Game[Any, Any]:
    """Build the game of an id with the given knobs.

    Raises:
        UnknownGameError: The id is not registered.
        KnobError: A knob does not exist or has a value that the game cannot use.
    """
    kwargs = {**_row(game_id), **knobs}
    return build_game(kwargs.pop("game"), game_id, **kwargs)


def game_class(game_id: str) -> type:
    """The class of a registered game, for what it says about itself. Raises UnknownGameError."""
    entry: type = _load(_row(game_id)["game"])
    return entry


def build_game(entry_point: str, game_id: str | None = None, **knobs: Any) -> Game[Any, Any]:
    """Build the game that `module:Class` names; `game_id` is the name used in messages.

    Args:
        knobs: The game's fields, and perhaps `rung`: a step of the game's ladder, whose knobs are taken where no other
            is given.

    Raises:
        KnobError: As for `make_game`.
    """
    entry = _load(entry_point)
    name = game_id or entry.__name__
    if "rung" in knobs:
        knobs = {**_rung(entry, name, knobs.pop("rung")), **knobs}
    fields = [field.name for field in dataclasses.fields(entry) if field.init]
    for knob in knobs:
        if knob not in fields:
            raise KnobError(f"{name} has no knob {knob!r}: {nearest(knob, fields)}")
    game: Game[Any, Any] = entry(**knobs)
    return game


def _row(game_id: str) -> dict[str, Any]:
    if game_id not in game_ids():
        if game_id in OPTIONAL_GAMES:
            game = OPTIONAL_GAMES[game_id]
            hint = f"pip install 'easyr1[{game.extra}]'"
            raise UnknownGameError(f"{game_id} needs the package {game.package}, which is not installed: {hint}")
        raise UnknownGameError(f"unknown game {game_id!r}: {nearest(str(game_id), game_ids())}")
    return dict(gymnasium.registry[game_id].kwargs)


def _load(entry_point: str) -> Any:
    module, _, name = entry_point.partition(":")
    return getattr(import_module(module), name)


def _rung(entry: Any, name: str, rung: object) -> dict[str, Any]:
    ladder = getattr(entry, "LADDER", {})
    if not ladder:
        raise KnobError(f"rung must not be given: {name} has no ladder")
    check_choice("rung", rung, tuple(ladder))
    return dict(ladder[rung])
