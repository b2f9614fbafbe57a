"""What is evaluated: a game with its knobs, how many levels of it, how long, and what counts."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from easyr1.errors import ConfigError
from games.core.chat import deal_rng
from games.core.types import JSON, FrozenMap, Level
from games.errors import GamesError, UnknownGameError, nearest
from games.ladder import DEFAULT_RUNG, rungs
from games.registration import OPTIONAL_GAMES, game_ids, make_game

MEASURES = ("return", "first_move")
NAMESPACE = "games/"
DEFAULT_LEVELS, DEFAULT_TURNS = 100, 200


@dataclass(frozen=True)
class Task:
    """A line of the table.

    Attributes:
        name: Letters, digits, `_`, `.` and `-`; names a folder.
        game: A registered game id.
        knobs: All knobs that are not at the game's defaults, those of a rung included.
        rung: The rung they come from, for the reader; empty without one.
        episodes: Number of frozen levels, 1 or more: levels 0 .. episodes - 1.
        repeats: Episodes on each of them, 1 or more.
        max_turns: Replies an episode may take, 1 or more; illegal and unreadable ones count.
        measure: What is an episode's score: `return`, the sum of the game's own rewards, or `first_move`, 1 when the
            first reply was a legal action and else 0.
        restart: Whether a fresh level follows in the same episode when one ends before `max_turns`.
        success: An episode succeeds when its score is above 0 and at least this share of the solver's on its level.
        optional: Whether the task is left out, with a line that says so, where its game cannot be made.

    Raises:
        ConfigError: A value is not such a value; the message starts with the attribute's name.
    """

    name: str
    game: str
    knobs: Mapping[str, JSON] = field(default_factory=dict)
    rung: str = ""
    episodes: int = DEFAULT_LEVELS
    repeats: int = 1
    max_turns: int = DEFAULT_TURNS
    measure: str = "return"
    restart: bool = False
    success: float = 0.95
    optional: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "knobs", FrozenMap(self.knobs))
        if not re.fullmatch(r"[\w.-]*\w[\w.-]*", self.name, re.ASCII):
            raise ConfigError(f"name: {self.name!r} given; it must be of letters, digits, '_', '.' and '-'")
        for key in ("episodes", "repeats", "max_turns"):
            value = getattr(self, key)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ConfigError(f"{key}: {value!r} given; it must be a whole number, 1 or more")
        if self.measure not in MEASURES:
            raise ConfigError(f"measure: {self.measure!r} given; it must be {' or '.join(MEASURES)}")
        for key in ("restart", "optional"):
            if not isinstance(getattr(self, key), bool):
                raise ConfigError(f"{key}: {getattr(self, key)!r} given; it must be true or false")
        if isinstance(self.success, bool) or not isinstance(self.success, (int, float)) or not 0 < self.success <= 1:
            raise ConfigError(f"success: {self.success!r} given; it must be a number above 0 and at most 1")

    @property
    def levels_key(self) -> str:
        """Names the levels: the game and its knobs."""
        return f"{self.game} {_write(self.to_dict()['knobs'])}"

    @property
    def key(self) -> str:
        """Names what a score depends on beside the player and the number of episodes: levels, limits and measure."""
        rules = {"max_turns": self.max_turns, "measure": self.measure, "restart": self.restart}
        return f"{self.levels_key} {_write(rules)}"

    def to_dict(self) -> dict[str, Any]:
        """The task as plain JSON values; `from_dict` takes it back."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {**values, "knobs": Level(self.game, self.knobs, 0).to_dict()["knobs"]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Task:
        """Inverse of `to_dict`; keys with a default may be left out. Raises ConfigError."""
        known = [one.name for one in fields(cls)]
        for key in values:
            if key not in known:
                raise ConfigError(f"{key}: no such key of a task; {nearest(str(key), known)}")
        for key in ("name", "game"):
            if not isinstance(values.get(key), str):
                raise ConfigError(f"{key}: {values.get(key)!r} given; it must be a word")
        if not isinstance(values.get("knobs", {}), Mapping):
            raise ConfigError(f"knobs: {values['knobs']!r} given; it must be a mapping from names to values")
        return cls(**values)

    def succeeds(self, score: float, solver: float) -> bool:
        """Whether an episode of this score succeeded on a level where the solver's is `solver`, nan when unknown."""
        return math.isfinite(solver) and score > 0 and score >= self.success * solver

    def check_game(self) -> None:
        """Make the game and deal a level. Raises GamesError: it is not installed, or knobs or files do not fit."""
        make_game(self.game, **self.knobs).deal(deal_rng(0))


def named_task(words: str, knobs: Mapping[str, JSON], **limits: Any) -> Task:
    """The task of a game given in words.

    Args:
        words: A game id, with or without `games/`, and perhaps a rung of its ladder: `ShisenSho-v0/hard`.
        knobs: Knobs on top of the game's defaults, or of the rung's.
        limits: Attributes of the task that are not at their defaults.

    Raises:
        ConfigError: There is no such game or rung, or a value is not one.
    """
    game, rung = _find(words)
    if not rung:
        return Task(short_name(game), game, knobs, **limits)
    ladder = rungs(game)
    if DEFAULT_RUNG in ladder:
        raise ConfigError(f"game: {words} given, and {game} has no ladder; write game={game}")
    if rung not in ladder:
        raise ConfigError(f"game: {words} given, and {game} has no rung {rung!r}: {nearest(rung, ladder)}")
    return Task(f"{short_name(game)}-{rung}", game, {**ladder[rung], **knobs}, rung, **limits)


def short_name(game: str) -> str:
    """A game id as the name of a folder."""
    return game.removeprefix(NAMESPACE).replace("/", "-")


def with_limits(task: Task, limits: Mapping[str, Any]) -> Task:
    """The task with other `episodes`, `repeats` or `max_turns`. Raises ConfigError."""
    return replace(task, **limits)


def _find(words: str) -> tuple[str, str]:
    """Id and rung; the rung may not exist."""
    known = {*game_ids(), *OPTIONAL_GAMES}
    head, _, tail = words.rpartition("/")
    for game, rung in ((words, ""), (NAMESPACE + words, ""), (head, tail), (NAMESPACE + head, tail)):
        if game in known:
            return game, rung
    names = {game.removeprefix(NAMESPACE) for game in known}
    raise ConfigError(f"game: unknown game {words!r}: {nearest(words.removeprefix(NAMESPACE).split('/')[0], names)}")


def why_not(task: Task) -> str | None:
    """Why the task's game cannot be made here, in one line; None when it can.

    Raises:
        ConfigError: It cannot, and the task is not optional.
    """
    try:
        task.check_game()
    except GamesError as error:
        reason = " ".join(str(error).split())
        if task.optional:
            return reason
        key = "game" if isinstance(error, UnknownGameError) else "knobs"
        raise ConfigError(f"{key}: {reason}") from error
    return None


def _write(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, separators=(",", ":"))
