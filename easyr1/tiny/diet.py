"""What the tiny model is raised on: the small levels of recipes/game/."""

from __future__ import annotations

from functools import lru_cache

from easyr1.config.compose import load_game
from games import Level
from games.core.chat import ChatEnv

SMALL_GAMES = ("shisensho_small", "shisensho_cifar10_small", "swap_small", "twenty_forty_eight_small")
"""Recipes of the games that the tiny model knows: the paper's four, small."""


@lru_cache
def small_env(recipe: str) -> ChatEnv:
    """The game of `recipes/game/<recipe>.yaml` with the knobs of training."""
    game = load_game(recipe)
    return ChatEnv.from_level(Level(game["id"], game["knobs"], 0))
