"""The checker finds what it is there to find: one broken game for each kind of breach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np
import pytest

import games
from games.board.actions import Pair
from games.core.types import Transition
from games.shisensho.game import Board, ShisenSho


@dataclass(frozen=True)
class Small(ShisenSho):
    rows: int = 2
    columns: int = 4
    num_faces: int = 2


@dataclass(frozen=True)
class Aliasing(Small):
    def parse(self, answer: str) -> Pair | None:
        return super().parse(answer) or Pair(9, 9, 0, 0)


@dataclass(frozen=True)
class Forgetful(Small):
    def deal(self, rng: np.random.Generator) -> Board:
        return super().deal(np.random.default_rng())


@dataclass(frozen=True)
class Paying(Small):
    def transition(self, state: Board, action: Pair, rng: np.random.Generator) -> Transition:
        step = super().transition(state, action, rng)
        return step if step.is_legal else Transition(state, 1.0, False)


@dataclass(frozen=True)
class Blind(Small):
    def text(self, state: Board) -> str:
        return super().text(Board(bytes(8)))


@dataclass(frozen=True)
class Raising(Small):
    def parse(self, answer: str) -> Pair | None:
        return Pair(*(int(word) for word in answer.replace("(", " ").replace(")", " ").replace(",", " ").split()))


@dataclass(frozen=True)
class Endless(Small):
    def is_terminal(self, state: Board) -> bool:
        return False


@dataclass(frozen=True)
class Sharing(Small):
    def image(self, state: Board) -> Any:
        return _CANVAS


_CANVAS = np.zeros((56, 112, 3), np.uint8)
BREACHES = [
    (Aliasing, "parse must give None for"),
    (Forgetful, "must give the same bytes"),
    (Paying, "must not be listed and leave the state as it was at reward 0.0"),
    (Blind, "read must take text back to labels"),
    (Raising, "odd_texts: raised"),
    (Endless, "terminal exactly when no action is legal"),
    (Sharing, "writing on an image"),
]


@pytest.mark.parametrize(("broken", "breach"), BREACHES)
def test_a_breach_is_found(broken: type, breach: str) -> None:
    games.register_game("tests/Broken-v0", f"{__name__}:{broken.__name__}")
    try:
        with pytest.raises(games.ContractError, match=breach):
            games.check_game("tests/Broken-v0")
    finally:
        del gymnasium.registry["tests/Broken-v0"]


def test_a_sound_game_passes() -> None:
    games.register_game("tests/Small-v0", f"{__name__}:Small")
    try:
        games.check_game("tests/Small-v0")
    finally:
        del gymnasium.registry["tests/Small-v0"]


def test_an_unknown_id_or_knob_is_no_breach_but_an_error() -> None:
    with pytest.raises(games.UnknownGameError):
        games.check_game("games/Chess-v0")
    with pytest.raises(games.KnobError):
        games.check_game("games/ShisenSho-v0", rows=0)
