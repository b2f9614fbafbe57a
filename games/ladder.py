"""What simple players score on the rungs of a game's ladder: the anchors between which a model's score lies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from numpy.random import Generator, SeedSequence, default_rng

from games.core.chat import ChatEnv
from games.core.types import Level
from games.registration import game_class, game_ids

RUNGS = ("easy", "medium", "hard", "expert")
DEFAULT_RUNG = "default"
"""Stands for the knobs of the id where a game has no ladder."""


def _random(env: ChatEnv, state: Any, rng: Generator) -> Any:
    return env.game.random_action(rng)


def _random_legal(env: ChatEnv, state: Any, rng: Generator) -> Any:
    legal = env.game.legal_actions(state)
    return legal[int(rng.integers(len(legal)))]


def _solver(env: ChatEnv, state: Any, rng: Generator) -> Any:
    return env.game.solve(state)


PLAYERS: dict[str, Callable[[ChatEnv, Any, Generator], Any]] = {
    "random": _random,
    "random legal": _random_legal,
    "solver": _solver,
}


@dataclass(frozen=True)
class Score:
    """Episodes of one player on one rung.

    Attributes:
        mean: Of the episodes' total rewards, and `error`, its standard error.
        turns: Mean number of turns; every reply counts, legal or not.
        ended: Share of episodes that ended by the rules, within the turn limit.
    """

    game: str
    rung: str
    player: str
    episodes: int
    max_turns: int
    mean: float
    error: float
    turns: float
    ended: float


def rungs(game_id: str) -> Mapping[str, Mapping[str, Any]]:
    """The knobs of each rung, or no knobs under DEFAULT_RUNG for a game without a ladder."""
    return getattr(game_class(game_id), "LADDER", {}) or {DEFAULT_RUNG: {}}


def play(level: Level, player: str, max_turns: int) -> tuple[float, int, bool]:
    """Total reward, number of turns, and whether the episode ended by the rules, of one of PLAYERS."""
    env = ChatEnv.from_level(level)
    choose = PLAYERS[player]
    rng = default_rng(SeedSequence(level.seed, spawn_key=(2,)))
    state, total = env.open(level.seed), 0.0
    for turn in range(max_turns):
        step = env.play(level.seed, state, turn, choose(env, state, rng))
        state, total = step.state, total + step.reward
        if env.game.is_terminal(state):
            return total, turn + 1, True
    return total, max_turns, False


def score(game_id: str, rung: str, player: str, episodes: int, max_turns: int) -> Score:
    """Play the levels of seeds 0 .. episodes - 1. Raises UnknownGameError, KnobError."""
    knobs = {} if rung == DEFAULT_RUNG else {"rung": rung}
    played = [play(Level(game_id, knobs, seed), player, max_turns) for seed in range(episodes)]
    totals = [total for total, _, _ in played]
    return Score(
        game=game_id,
        rung=rung,
        player=player,
        episodes=episodes,
        max_turns=max_turns,
        mean=fmean(totals),
        error=stdev(totals) / episodes**0.5 if episodes > 1 else 0.0,
        turns=fmean(turns for _, turns, _ in played),
        ended=fmean(ended for _, _, ended in played),
    )


def score_all(
    ids: list[str] | None = None, episodes: int = 50, max_turns: int = 200, workers: int | None = None
) -> list[Score]:
    """Every player on every rung of the games, in as many processes as there are cores."""
    jobs = [
        (game_id, rung, player, episodes, max_turns)
        for game_id in (ids or game_ids())
        for rung in rungs(game_id)
        for player in PLAYERS
    ]
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(score, *zip(*jobs, strict=True)))
