"""A game as a conversation: prompt and observation out, reply in; every call is pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng

from games.core.game import Game
from games.core.perception import score_perception
from games.core.tags import format_reply, has_tag, parse_reply
from games.core.types import OBSERVATIONS, FrozenMap, Level, Message, Observation, ReplyStatus, Transition, TurnResult
from games.errors import GamesError, ReplyError
from games.registration import make_game

DEAL_STREAM, TURN_STREAM = 0, 1
BLANK = 127
_IN_WORDS = {"text": "There is no image. In words, it would show:", "both": "In words, the image shows:"}


def deal_rng(seed: int) -> Generator:
    """The random stream of an episode's opening."""
    return default_rng(SeedSequence(seed, spawn_key=(DEAL_STREAM,)))


def turn_rng(seed: int, turn: int) -> Generator:
    """The random stream of an episode's turn number `turn`, 0-based: the same whoever asks, in whatever order."""
    return default_rng(SeedSequence(seed, spawn_key=(TURN_STREAM, turn)))


def state_words(text: str, observation: str) -> str:
    """What a player is told of a state's truth text, by one of OBSERVATIONS; empty where only a picture is shown.

    Raises:
        GamesError: There is no such observation.
    """
    if observation not in OBSERVATIONS:
        raise GamesError(f"observation must be one of {', '.join(OBSERVATIONS)}, got {observation!r}")
    return f"{_IN_WORDS[observation]}\n{text}" if observation in _IN_WORDS else ""


@lru_cache(maxsize=256)
def _cached_game(game_id: str, knobs: FrozenMap, spelling: str) -> Game[Any, Any]:
    # 1, 1.0 and True are equal keys; their spelling keeps a knob of the wrong type from finding the right one's game.
    return make_game(game_id, **knobs)


@dataclass(frozen=True)
class ChatEnv:
    """Plays replies on states; n answers to one state are n calls of `turn` on one value."""

    game: Game[Any, Any]

    @classmethod
    def from_level(cls, level: Level) -> ChatEnv:
        """The environment of a level; its seed goes to `open` and `turn`. Raises UnknownGameError, KnobError."""
        knobs = FrozenMap(level.knobs)
        return cls(_cached_game(level.game, knobs, repr(knobs)))

    @property
    def prompt(self) -> str:
        """Task, rules and the exact form of the reply; the image goes beside it."""
        game = self.game
        blocks = format_reply(f"\n{game.perception_form}\n", "your reasoning", game.answer_form)
        return f"{game.instructions()}\n\nReply with these three blocks, in this order, and nothing else:\n{blocks}"

    def open(self, seed: int) -> Any:
        """The opening of the level with this seed."""
        return self.game.deal(deal_rng(seed))

    def observe(self, state: Any) -> Observation:
        """Image and truth text of a state."""
        return Observation(self.game.image(state), self.game.text(state))

    def message(self, state: Any, observation: str = "image") -> Message:
        """What a player is shown of a state, by one of OBSERVATIONS.

        `text` tells perception from decision: the player need not see. `blank` tells how much is guessed: a grey
        picture of the same size.

        Raises:
            GamesError: There is no such observation.
        """
        game = self.game
        words = state_words(game.text(state), observation)
        if observation == "blank":
            return Message(np.full((*game.image_size, 3), BLANK, np.uint8), words)
        return Message(None if observation == "text" else game.image(state), words)

    def turn(self, seed: int, state: Any, turn: int, reply: str) -> TurnResult:
        """Play a reply on a state; `turn` counts all replies of the episode from 0. Never raises for a reply."""
        game = self.game
        parsed = parse_reply(reply)
        perception = score_perception(game, state, parsed.perception)
        action = None if parsed.answer is None else game.parse(parsed.answer)
        if action is None:
            status, reward, after, action_text = ReplyStatus.UNREADABLE, 0.0, state, None
        else:
            step = self.play(seed, state, turn, action)
            status = ReplyStatus.LEGAL if step.is_legal else ReplyStatus.ILLEGAL
            reward, after, action_text = step.reward, step.state, game.format(action)
        is_terminal = game.is_terminal(after)
        return TurnResult(after, action, action_text, status, reward, parsed.is_well_formed, perception, is_terminal)

    def play(self, seed: int, state: Any, turn: int, action: Any) -> Transition:
        """Play a parsed action on a state, with the random stream of that turn."""
        return self.game.transition(state, action, turn_rng(seed, turn))

    def truth_reply(self, state: Any, action: Any, thinking: str = "") -> str:
        """The reply that sees everything and plays `action`. Raises ReplyError when `thinking` contains a tag."""
        if has_tag(thinking):
            raise ReplyError("thinking must not contain the reply's own tags <perception>, <think>, <answer>")
        return format_reply(self.game.text(state), thinking, self.game.format(action))
