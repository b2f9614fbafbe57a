"""Plays levels with a teacher: each turn gives an example, in the context that training would show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from numpy.random import Generator

from easyr1.cold_start.examples import Example, Rejected
from easyr1.cold_start.lengths import fit, token_counter
from easyr1.cold_start.levels import MOVES, level_rng
from easyr1.cold_start.teachers import Answer, Teacher
from easyr1.cold_start.thinking import CHOICES, think
from easyr1.cold_start.wording import pick
from easyr1.rollout.environment import guarded, open_level, prompt_of, turn_level
from easyr1.rollout.history import past_turns
from easyr1.rollout.types import Context, EnvironmentFailed, Frame, Reply, Turn
from games.core.chat import ChatEnv
from games.core.tags import format_reply
from games.core.types import Level
from games.errors import ReplyError

Outcome: TypeAlias = "Example | Rejected"

DRAWS = 20
"""Actions among which an illegal one is looked for."""

UNREADABLE_SHARE = 0.3
"""Of the mistakes, those without an action."""


@dataclass(frozen=True, slots=True)
class EpisodeSettings:
    """How levels are played; see recipes/cold_start.yaml."""

    max_turns: int = 1
    window: int | None = 1
    random_share: float = 0.3
    mistake_share: float = 0.1
    candidates: int = 4
    model: str | None = None
    max_prompt_length: int = 1024
    max_response_length: int = 8192


async def play_level(level: Level, teacher: Teacher, settings: EpisodeSettings) -> list[Outcome]:
    """What became of each turn of a level.

    The teacher answers at every turn. The move to the next one is the teacher's or, by `random_share` and where there
    is no answer, drawn from the legal ones: so states differ from those that only a perfect player sees. By
    `mistake_share` a reply without a legal action comes between, so that the next context tells of it.

    Raises:
        GamesError: The level is bad.
        ConfigError: The model's processor cannot be loaded, or the teacher's endpoint cannot be asked.
    """
    outcomes: list[Outcome] = []
    try:
        await _play(level, teacher, settings, outcomes)
    except EnvironmentFailed as error:
        outcomes.append(Rejected("game_failed", str(error)))
    return outcomes


async def _play(level: Level, teacher: Teacher, settings: EpisodeSettings, outcomes: list[Outcome]) -> None:
    prompt, opening = prompt_of(level), guarded(open_level, level)
    state = opening.state
    frame: Frame | None = opening.frame
    turns: list[Turn] = []
    while frame is not None:
        context = Context(prompt, past_turns(turns, settings.window), frame, state, level, len(turns))
        outcome = await _ask(context, teacher, settings)
        outcomes.append(outcome)
        if len(turns) + 1 == settings.max_turns:
            return
        reply = guarded(_reply, context, outcome, settings)
        step = guarded(turn_level, level, state, len(turns), reply)
        turns.append(Turn.from_result(len(turns), frame, Reply(reply), step.result))
        state, frame = step.result.state, step.frame
    outcomes.append(Rejected("terminal"))


async def _ask(context: Context, teacher: Teacher, settings: EpisodeSettings) -> Outcome:
    """The example of a turn."""
    prompt_tokens = None
    if settings.model is not None:
        fitting = fit(context, token_counter(settings.model), settings.max_prompt_length)
        if fitting is None:
            return Rejected("prompt_too_long")
        context, prompt_tokens = fitting
    answer = await teacher.answer(context)
    if isinstance(answer, Rejected):
        return answer
    return guarded(_example, context, answer, settings, prompt_tokens)


def _example(context: Context, answer: Answer, settings: EpisodeSettings, prompt_tokens: int | None) -> Outcome:
    assert context.level is not None, "a context of an episode has its level"
    env = ChatEnv.from_level(context.level)
    try:
        reply = env.truth_reply(context.state, answer.action, answer.thinking)
    except ReplyError:
        return Rejected("malformed")
    tokens = None
    if settings.model is not None and prompt_tokens is not None:
        tokens = prompt_tokens, token_counter(settings.model).reply(reply)
        if tokens[1] > settings.max_response_length:
            return Rejected("reply_too_long")
    return Example.of(context, reply, env.game.format(answer.action), tokens)


def _reply(context: Context, outcome: Outcome, settings: EpisodeSettings) -> str:
    """The reply that leads to the next turn: the teacher's, one with an action drawn by chance, or a mistake."""
    assert context.level is not None, "a context of an episode has its level"
    rng = level_rng(context.level, context.index, MOVES)
    if rng.random() < settings.mistake_share:
        return _mistake(context, rng)
    if isinstance(outcome, Example) and rng.random() >= settings.random_share:
        return outcome.reply
    env = ChatEnv.from_level(context.level)
    legal: Sequence[Any] = env.game.legal_actions(context.state)
    action = legal[int(rng.integers(len(legal)))]
    return env.truth_reply(context.state, action, think(env.game, context.state, action, rng, settings.candidates))


def _mistake(context: Context, rng: Generator) -> str:
    """A reply that sees rightly and has an illegal action, or none: what is learned is the reply after it."""
    assert context.level is not None, "a context of an episode has its level"
    env = ChatEnv.from_level(context.level)
    drawn = [env.game.random_action(rng) for _ in range(DRAWS)]
    illegal = [
        action for action in drawn if not env.play(context.level.seed, context.state, context.index, action).is_legal
    ]
    if not illegal or rng.random() < UNREADABLE_SHARE:
        return format_reply(context.frame.text, "", "")
    words = env.game.format(illegal[0])
    return env.truth_reply(context.state, illegal[0], f"{pick(CHOICES, rng).format(words)}.")
