"""How many tokens the prompt of a level has, counted with the model's own processor."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from typing import Any

from omegaconf import DictConfig

from easyr1.config.model_folder import model_key
from easyr1.config.schema import GameKeys, RunKeys
from easyr1.rollout.environment import LocalEnvironment
from easyr1.rollout.history import context_images, make_messages
from easyr1.rollout.limits import Limits
from easyr1.rollout.play import Episode, play_episode
from easyr1.rollout.types import Context, Reply
from games import ChatEnv, Level, make_game


def check(config: DictConfig, keys: RunKeys) -> Iterator[str]:
    """Findings about the prompt: a processor that cannot be loaded or resamples, a prompt or reply that is too long."""
    path = str(config.actor_rollout_ref.model.path)
    try:
        processor = load_processor(path)
    except Exception as error:  # a damaged file raises whatever its reader thinks of, and each is the user's to mend
        reason = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        yield f"{model_key(config, keys)}: cannot load a processor from {path}: {reason}"
        return
    for key, game in keys.games.items():
        # One game needs no name.
        of_game = f" of {key}" if len(keys.games) > 1 else ""
        yield from _game(config, keys, processor, game, of_game)


def _game(config: DictConfig, keys: RunKeys, processor: Any, game: GameKeys, of_game: str) -> Iterator[str]:
    """Findings about one game; `of_game` says which in the messages."""
    turns = min(keys.max_turns, keys.window or 1)
    contexts = play_rightly(game, turns)
    yield from _prompt(config, keys, processor, contexts, of_game)
    num_reply = len(processor.tokenizer(contexts[0][1])["input_ids"])
    if num_reply > config.data.max_response_length:
        yield (
            f"data.max_response_length: {config.data.max_response_length} given; a right reply{of_game} has "
            f"{num_reply} tokens even without a thought"
        )


def _prompt(
    config: DictConfig, keys: RunKeys, processor: Any, contexts: list[tuple[Context, str]], of_game: str
) -> Iterator[str]:
    width, height = contexts[0][0].frame.image().size
    num_prompt, num_image = count_tokens(processor, contexts[0][0])
    limit = config.data.max_prompt_length
    if num_image != (height // keys.vlm.cell_px) * (width // keys.vlm.cell_px):
        yield (
            f"vlm.cell_px: {keys.vlm.cell_px} given, but the model's processor turns the image{of_game} of {height} x "
            f"{width} px into {num_image} tokens: it has other cells, or resamples an image of this size"
        )
    if num_prompt > limit:
        yield (
            f"data.max_prompt_length: {limit} given; the prompt{of_game} has {num_prompt} tokens, {num_image} of them "
            f"for the image of {height} x {width} px"
        )
    elif len(contexts) > 1 and (num_last := count_tokens(processor, contexts[-1][0])[0]) > limit:
        yield (
            f"data.max_prompt_length: {limit} given; a context of {len(contexts)} turns{of_game} "
            f"(window={keys.window}) has {num_last} tokens even without thoughts"
        )


def load_processor(path: str) -> Any:
    """The processor of a checkpoint; imports transformers, and keeps what it prints to itself."""
    quiet = io.StringIO()
    disabled = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from transformers import AutoProcessor

            processor = AutoProcessor.from_pretrained(path)
    finally:
        logging.disable(disabled)
    if not hasattr(processor, "image_processor"):
        raise ValueError("it reads text alone; a vision-language model is needed")
    return processor


def play_rightly(game: GameKeys, turns: int) -> list[tuple[Context, str]]:
    """Contexts and right replies without a thought of the first turns of a level, 1 or more."""
    env = ChatEnv(make_game(game.id, **game.knobs))
    played: list[tuple[Context, str]] = []

    class Solver:
        async def reply(self, context: Context) -> Reply:
            text = env.truth_reply(context.state, env.game.solve(context.state))
            played.append((context, text))
            return Reply(text)

    episode = Episode(Level(game.id, game.knobs, seed=0), LocalEnvironment())
    asyncio.run(play_episode(Solver(), episode, Limits(max_turns=turns, window=turns)))
    return played


def count_tokens(processor: Any, context: Context) -> tuple[int, int]:
    """Tokens of a context's prompt: all, and those of its images."""
    text = processor.apply_chat_template(make_messages(context), tokenize=False, add_generation_prompt=True)
    inputs = processor(text=[text], images=context_images(context))
    ids = inputs["input_ids"][0]
    image_id = processor.tokenizer.convert_tokens_to_ids("<|image_pad|>")
    return len(ids), sum(int(token) == image_id for token in ids)
