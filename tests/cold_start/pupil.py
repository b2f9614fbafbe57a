"""An endpoint that teaches: it reads the truth from each request, and answers rightly or as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any
from zlib import crc32

from games.core.tags import format_reply
from games.shisensho.game import Board, ShisenSho
from tests.policies.endpoint import Answer, Asked, Endpoint, says

Say = Callable[[str, str, str], str]
"""A reply out of the right perception, a thinking and an answer."""

KEYS = (
    "game=shisensho_small",
    "teacher=chat",
    "validation_states=0",
    "chat.retries=0",
    "chat.timeout_s=5",
    "chat.concurrency=1",
)

GAME = ShisenSho(rows=2, columns=4, num_faces=2, copies=4, colours=2, shapes=2)
"""The rules of the recipe's boards."""

WORDS = "In words, the image shows:\n"


class Pupil(Endpoint):
    """An endpoint that reads the truth from each request; reply i is what `script[i]` makes of a right one.

    Beyond the script replies are right. What `check` asks is not counted.

    Attributes:
        told: Messages of the requests so far.
    """

    def __init__(self, *script: Say | Answer) -> None:
        super().__init__(says("ready"))
        self._says = script
        self._turn = threading.Lock()
        self.told: list[list[dict[str, Any]]] = []

    def _choose(self, path: str, asked: Asked) -> Answer:
        if path == "/v1/chat/completions":
            truth = asked.body["messages"][-1]["content"][-1]["text"].rpartition(WORDS)[2]
            if GAME.read(truth) is not None:
                with self._turn:
                    number = len(self.told)
                    self.told.append(asked.body["messages"])
                return self._answer(number, asked.body, truth)
        return super()._choose(path, asked)

    def _answer(self, number: int, body: dict[str, Any], truth: str) -> Answer:
        how = self._says[number] if number < len(self._says) else format_reply
        return how if isinstance(how, Answer) else says(how(truth, "I see it.", best(truth)), 1000, 100)


class Fickle(Pupil):
    """Answers each request in its own way, always the same: most replies are right, some wrong in one way or another.

    The thinking of each reply names the request, see `name`.

    Attributes:
        names: Of the requests so far.
        seconds: That each answer takes.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__()
        self.names: list[str] = []
        self.seconds = seconds

    def _answer(self, number: int, body: dict[str, Any], truth: str) -> Answer:
        name = crc32(json.dumps(body, sort_keys=True).encode())
        thinking, answer = f"Request {name:08x}.", best(truth)
        self.names.append(f"{name:08x}")
        wrong = {
            0: format_reply(truth.replace("red", "blue"), thinking, answer),
            1: format_reply(truth, thinking, "(0,0) (0,0)"),
            2: format_reply(truth, thinking, answer) + " So there!",
        }
        return says(wrong.get(name % 8, format_reply(truth, thinking, answer)), 1000, 100, seconds=self.seconds)


def best(truth: str) -> str:
    """The solver's answer to a board in words."""
    labels = GAME.read(truth)
    assert labels is not None
    names = [face.label for face in GAME.tile_faces]
    action = GAME.solve(Board(bytes(map(names.index, labels.values()))))
    assert action is not None
    return GAME.format(action)
