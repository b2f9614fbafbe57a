"""The texts whose pieces become whole tokens of the tiny model's vocabulary."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from numpy.random import default_rng

from easyr1.cold_start.thinking import think
from easyr1.rollout.history import FEEDBACK
from easyr1.tiny.teacher import EMPTY, RELATIONS, teacher_reply
from easyr1.tiny.tokenizer import pieces_of
from games.core.chat import ChatEnv
from games.core.tags import TAGS
from games.drawing.palette import COLOURS
from games.drawing.shapes import SHAPES

CHAT_WORDS = "system\nYou are a helpful assistant.\nuser\nassistant\n"
LARGEST_SIDE = 8
SAMPLED_LEVELS = 100
"""Of each game, whose replies are read for words."""

SAMPLE_SEEDS = 1 << 43
CANDIDATES = 4


def vocabulary_texts(envs: Sequence[ChatEnv]) -> Iterator[str]:
    """Everything that prompts and replies of these games are made of, a solver's thinking included.

    Coordinates are whole tokens on boards of up to `LARGEST_SIDE` rows and columns, and one cell around them; they are
    spelt on larger ones. What is said so rarely that no sampled reply has it is spelt as well.
    """
    for tag in TAGS:
        yield f"<{tag}>"
        yield f"</{tag}>"
    yield "\n"
    for cell in ((row, column) for row in range(-1, LARGEST_SIDE + 1) for column in range(-1, LARGEST_SIDE + 1)):
        yield f"({cell[0]},{cell[1]})"
    for word in (EMPTY, *COLOURS, *SHAPES):
        yield f" {word};"
    yield from (f" {words}" for words in RELATIONS)
    yield CHAT_WORDS
    yield from FEEDBACK.values()
    for env in envs:
        yield env.prompt
        yield from _replies(env)


def whole_phrases(envs: Sequence[ChatEnv]) -> list[str]:
    """What is one token although it has several parts: the faces that tiles can show, and the sentences of the prompts.

    A face of two words would have to be found by both of them wherever its places are looked up, which a model of three
    layers hardly learns.
    """
    labels = [f" {env.game.tile_faces[face].label}" for env in envs for face in env.game.possible_faces]
    return list(dict.fromkeys([*(label for label in labels if len(pieces_of(label)) > 1), *_sentences(envs)]))


def _sentences(envs: Sequence[ChatEnv]) -> list[str]:
    """Of the prompts, each with the blank before it: the same words on every board."""
    lines = [*CHAT_WORDS.split("\n"), *(line for env in envs for line in env.prompt.split("\n"))]
    return [phrase for line in lines for phrase in re.findall(r".+?(?:\.(?= )|$)", line) if len(phrase) > 12]


def _replies(env: ChatEnv) -> Iterator[str]:
    """What the novice and the solver say on sampled levels."""
    rng = default_rng(0)
    for seed in range(SAMPLE_SEEDS, SAMPLE_SEEDS + SAMPLED_LEVELS):
        state: Any = env.open(seed)
        yield teacher_reply(env, state, rng, 0.5)
        action = env.game.solve(state)
        yield env.truth_reply(state, action, think(env.game, state, action, rng, CANDIDATES))
