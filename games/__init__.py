"""Visual games for training and testing vision-language models.

A game is a frozen dataclass: its fields are the difficulty knobs, its methods pure functions of an explicit state.
`import games` registers every game with Gymnasium; nothing here needs torch.
"""

from __future__ import annotations

from games.core.chat import ChatEnv
from games.core.checker import check_game
from games.core.env import GameEnv
from games.core.types import Level
from games.errors import ContractError, GamesError, KnobError, UnknownGameError
from games.registration import game_ids, make_game, register_builtin_games, register_game

register_builtin_games()

__all__ = [
    "ChatEnv",
    "ContractError",
    "GameEnv",
    "GamesError",
    "KnobError",
    "Level",
    "UnknownGameError",
    "check_game",
    "game_ids",
    "make_game",
    "register_game",
]
