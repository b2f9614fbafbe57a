"""The texts whose pieces become whole tokens of the tiny model's vocabulary."""

from __future__ import annotations

import re
from collections.abc import Iterator

from easyr1.tiny.teacher import EMPTY, RELATIONS, thinking
from games.core.chat import ChatEnv
from games.drawing.palette import COLOURS
from games.drawing.shapes import SHAPES

CHAT_WORDS = "system\nYou are a helpful assistant.\nuser\nassistant\n"
TAGS = ("perception", "think", "answer")
LARGEST_SIDE = 8


def vocabulary_texts(env: ChatEnv) -> Iterator[str]:
    """Everything that a prompt or a reply of `env` is made of, most frequent things first.

    Coordinates are whole tokens on boards of up to `LARGEST_SIDE` rows and columns, and spelt on larger ones.
    """
    for tag in TAGS:
        yield f"<{tag}>"
        yield f"</{tag}>"
    yield "\n"
    for cell in ((row, column) for row in range(LARGEST_SIDE) for column in range(LARGEST_SIDE)):
        yield f"({cell[0]},{cell[1]})"
        yield f" ({cell[0]},{cell[1]})"
    for word in (EMPTY, *COLOURS, *SHAPES):
        yield f" {word};"
    yield thinking("", [(0, 0), (0, 1)], ((0, 0), (0, 1)))
    yield from (f" {words}" for words in RELATIONS)
    yield CHAT_WORDS
    yield env.prompt


def prompt_phrases(env: ChatEnv) -> list[str]:
    """The sentences of the prompt of `env`, each with the blank before it: the same words on every board."""
    lines = [*CHAT_WORDS.split("\n"), *env.prompt.split("\n")]
    sentences = [phrase for line in lines for phrase in re.findall(r".+?(?:\.(?= )|$)", line) if len(phrase) > 12]
    return sentences
