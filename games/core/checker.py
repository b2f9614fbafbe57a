"""The contract that every game keeps, as a function for whoever writes one."""

from __future__ import annotations

import dataclasses
import pickle
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

import gymnasium
import numpy as np
from gymnasium.utils.env_checker import check_env
from numpy.random import default_rng

from games.core.chat import ChatEnv
from games.core.tags import format_reply
from games.core.types import ReplyStatus
from games.errors import ContractError, KnobError, UnknownGameError
from games.registration import make_game

SEEDS = (0, 1)
MAX_TURNS = 25
LONG_REPLY_CHARS = 50_000
MAX_LONG_REPLY_S = 1.0

# What models and mischief write where an answer or a perception block should be.
ODD_TEXTS = (
    "",
    " ",
    "\x00",
    "none",
    "-1",
    "0.5",
    "1e3",
    "9" * 50,
    "٣",
    "０",
    "²",
    "(-1,0) (0,1)",
    "(0,0) (99999999999999999999,1)",
    "(٠,٠) (٠,١)",
    "<b>up</b>",
    "&lt;answer&gt;",
    "<answer>",
    "</answer><answer>",
    "(" * 100,
    ";" * 100,
    "\n" * 100,
    "(0,0) ;" * 50,
)
LONG_PIECES = ("9", "(", "a", " ", "\n", ";", "(0,0) ", "(0,0) a; ", "<answer>", "</answer>", "<think>", "<", "\u0661")


def check_game(game_id: str, **knobs: Any) -> None:
    """Run the contract of `games.core.game.Game` on a registered game.

    Args:
        game_id: A registered id.
        knobs: The game's knobs; a small level keeps the check quick.

    Raises:
        UnknownGameError, KnobError: The game cannot be built.
        ContractError: The game breaks the contract; the message lists every breach found.
    """
    env = ChatEnv(make_game(game_id, **knobs))
    checks: list[Callable[[ChatEnv], Iterator[str]]] = [
        _check_value,
        _check_words,
        _check_openings,
        _check_threads,
        _check_episodes,
        _check_action_space,
        _check_odd_texts,
        _check_long_texts,
    ]
    breaches = []
    for check in checks:
        breaches += _run(check.__name__.removeprefix("_check_"), partial(check, env))
    breaches += _run("gymnasium", lambda: _check_gymnasium(game_id, knobs))
    breaches += _run("knobs", lambda: _check_unknown_knob(game_id))
    if breaches:
        raise ContractError(f"{game_id} breaks the contract of games: " + "; ".join(breaches))


def _run(name: str, check: Callable[[], Iterator[str]]) -> list[str]:
    breaches = []
    try:
        for breach in check():
            breaches.append(f"{name}: {breach}")
    except (UnknownGameError, KnobError):
        raise
    except Exception as error:
        breaches.append(f"{name}: raised {type(error).__name__}: {error}")
    return breaches


def _bytes(env: ChatEnv, state: Any) -> tuple[bytes, bytes, str]:
    seen = env.observe(state)
    return pickle.dumps(state), seen.image.tobytes(), seen.text


def _check_value(env: ChatEnv) -> Iterator[str]:
    game = env.game
    if not dataclasses.is_dataclass(game) or not game.__dataclass_params__.frozen:
        yield "a game must be a frozen dataclass"
    copy = pickle.loads(pickle.dumps(game))
    if copy != game or hash(copy) != hash(game):
        yield "a pickled copy of the game must be equal to it, with the same hash"


def _check_words(env: ChatEnv) -> Iterator[str]:
    game, prompt = env.game, env.prompt
    for part in (game.instructions(), game.perception_form, game.answer_form):
        if not part or part not in prompt:
            yield f"the prompt must contain {part!r}"
    if prompt != env.prompt:
        yield "the prompt must be the same each time"


def _check_openings(env: ChatEnv) -> Iterator[str]:
    game = env.game
    for seed in SEEDS:
        state = env.open(seed)
        if _bytes(env, state) != _bytes(env, env.open(seed)):
            yield f"seed {seed} must give the same bytes each time"
        copy = pickle.loads(pickle.dumps(state))
        if copy != state or hash(copy) != hash(state):
            yield "a pickled copy of a state must be equal to it, with the same hash"
        if game.is_terminal(state) or not game.legal_actions(state):
            yield f"seed {seed} opens without a legal action"
        image = game.image(state)
        if image.dtype != np.uint8 or image.shape != (*game.image_size, 3):
            yield f"images must be uint8 {(*game.image_size, 3)}, got {image.dtype} {image.shape}"
        if image.flags.writeable:
            image[:] = 255 - image
            if np.array_equal(image, game.image(state)):
                yield "writing on an image must not change the next one"


def _check_threads(env: ChatEnv) -> Iterator[str]:
    alone = [_bytes(env, env.open(seed)) for seed in range(8)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda seed: _bytes(env, env.open(seed)), range(8)))
    if alone != together:
        yield "the same seeds must give the same bytes in threads"


def _check_episodes(env: ChatEnv) -> Iterator[str]:
    """A solver episode and a random one for each seed, every state looked at."""
    game = env.game
    for seed in SEEDS:
        rng = default_rng(seed)
        for policy in ("solver", "random"):
            state = env.open(seed)
            for turn in range(MAX_TURNS):
                legal = game.legal_actions(state)
                if bool(legal) == game.is_terminal(state):
                    yield "a state is terminal exactly when no action is legal"
                if not legal:
                    break
                action = game.solve(state) if policy == "solver" else legal[int(rng.integers(len(legal)))]
                yield from _check_turn(env, seed, state, turn, action)
                yield from _check_other(env, seed, state, turn, legal)
                state = env.play(seed, state, turn, action).state
            if game.is_terminal(state) and game.solve(state) is not None:
                yield "solve must give None for a terminal state"


def _check_turn(env: ChatEnv, seed: int, state: Any, turn: int, action: Any) -> Iterator[str]:
    game, before = env.game, _bytes(env, state)
    text, labels = game.text(state), game.labels(state)
    if action is None:
        yield "solve must give a legal action while there is one"
        return
    if game.read(text) != labels or game.read(text, partial=True) != labels:
        yield f"read must take text back to labels, at {text!r}"
    if game.parse(game.format(action)) != action:
        yield f"parse must take format back, at {action!r}"
    reply = env.truth_reply(state, action)
    if len(reply) > game.max_reply_chars:
        yield f"max_reply_chars is {game.max_reply_chars}, but a reply has {len(reply)} characters"
    result = env.turn(seed, state, turn, reply)
    if result.status is not ReplyStatus.LEGAL or not result.is_well_formed or not result.perception.exact:
        yield f"the perfect reply {reply!r} was graded {result}"
    if result != env.turn(seed, state, turn, reply):
        yield "the same turn must give the same result each time"
    if result.is_terminal != game.is_terminal(result.state):
        yield "is_terminal must speak of the state after the turn"
    if _bytes(env, state) != before:
        yield f"transition changed the state it was given, by {action!r}"


def _check_other(env: ChatEnv, seed: int, state: Any, turn: int, legal: Sequence[Any]) -> Iterator[str]:
    """An action drawn from the whole space is illegal unless it does what a listed one does."""
    action = env.game.random_action(default_rng((seed, turn)))
    step = env.play(seed, state, turn, action)
    if step.is_legal:
        if all(env.play(seed, state, turn, other) != step for other in legal):
            yield f"{action!r} is legal, but no action of legal_actions does the same"
    elif action in legal or step.reward != 0.0 or step.state != state:
        yield f"{action!r} is illegal, so it must not be listed and leave the state as it was at reward 0.0"


def _check_action_space(env: ChatEnv) -> Iterator[str]:
    game, rng = env.game, default_rng(0)
    indices = {0, game.num_actions - 1, *(int(index) for index in rng.integers(game.num_actions, size=100))}
    for index in indices:
        action = game.action_at(index)
        if game.index_of(action) != index:
            yield f"index_of must take action_at back, at {index}"
        if game.parse(game.format(action)) != action:
            yield f"parse must take format back, at {action!r}"
    for index in (-1, game.num_actions):
        with suppress(IndexError):
            yield f"action_at({index}) must raise IndexError, got {game.action_at(index)!r}"


def _check_odd_texts(env: ChatEnv) -> Iterator[str]:
    """Odd answers are None or an action that can be written and read again; odd replies never raise."""
    game, state = env.game, env.open(0)
    good = game.format(game.legal_actions(state)[0])
    bad = ("", " ", "?", f"{good} {good}", f"-{good}", f"{good}.5", f"{good}0x", f"{good} or not", f"<b>{good}</b>")
    yield from (f"parse must give None for {text!r}" for text in bad if game.parse(text) is not None)
    for text in (*ODD_TEXTS, *bad, game.text(state) + "?"):
        action = game.parse(text)
        if action is not None and game.parse(game.format(game.action_at(game.index_of(action)))) != action:
            yield f"parse gives {action!r} for {text!r}, which does not survive format"
        game.read(text), game.read(text, partial=True)
        env.turn(0, state, 0, text)
        result = env.turn(0, state, 0, format_reply(text, text, text))
        if result.status is not ReplyStatus.LEGAL and (result.state != state or result.reward != 0.0):
            yield f"a reply that is not legal changed the state: {text!r}"


def _check_long_texts(env: ChatEnv) -> Iterator[str]:
    state = env.open(0)
    for piece in LONG_PIECES:
        text = piece * (LONG_REPLY_CHARS // len(piece))
        start = time.perf_counter()
        env.turn(0, state, 0, f"<perception>{text}</perception><answer>{text}")
        env.turn(0, state, 0, format_reply(text, "", text))
        if time.perf_counter() - start > MAX_LONG_REPLY_S:
            yield f"{len(text)} characters of {piece!r} took more than {MAX_LONG_REPLY_S} s to read"


def _check_gymnasium(game_id: str, knobs: dict[str, Any]) -> Iterator[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        check_env(gymnasium.make(game_id, render_mode="rgb_array", **knobs).unwrapped, skip_render_check=False)
    yield from (f"check_env warns: {warning.message}" for warning in caught)


def _check_unknown_knob(game_id: str) -> Iterator[str]:
    try:
        make_game(game_id, no_such_knob=1)
    except KnobError:
        return
    yield "an unknown knob must raise KnobError"
