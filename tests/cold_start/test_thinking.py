"""Thinking says what the reasons claim, in varied words."""

from __future__ import annotations

import re
from typing import Any

import pytest
from numpy.random import default_rng

from easyr1.cold_start.thinking import think, write_thinking
from easyr1.cold_start.wording import word_claim
from games import make_game
from games.core.claims import (
    ChangesNothing,
    Claim,
    Clears,
    Continues,
    Earns,
    EndsEpisode,
    Fills,
    Joined,
    KeepsLargest,
    Lacks,
    LeavesEmpty,
    LeavesOptions,
    LinesUp,
    LooksBest,
    Merges,
    MergesNothing,
    NoGap,
    NotJoined,
    Plan,
    Reads,
    Shows,
    Stopped,
    TooShort,
)
from games.core.reasons import explain
from games.core.tags import has_tag

GAMES: list[tuple[str, dict[str, Any]]] = [
    ("games/ShisenSho-v0", {"spread_moves": 8}),
    ("games/Swap-v0", {}),
    ("games/TwentyFortyEight-v0", {"spread_moves": 50}),
    ("games/Sokoban-v0", {}),
    ("games/Minesweeper-v0", {}),
]


def cells(*found: tuple[int, int]) -> list[str]:
    return [f"({row},{column})" for row, column in found]


@pytest.mark.parametrize(
    ("claim", "told"),
    [
        (Shows(((0, 1), (2, 3)), "red star"), ["red star"]),  # the action before it names the cells
        (Shows(((0, 1), (2, 3), (4, 5)), "red star"), ["red star", *cells((0, 1), (2, 3), (4, 5))]),
        (Reads(((0, 1), (0, 2)), ("red star", "blue star")), ["(0,1) red star", "(0,2) blue star"]),
        (Lacks(((0, 1), (0, 2), (0, 3)), (0, 2), "red star"), ["two red star", *cells((0, 2))]),
        (NoGap(((0, 1), (0, 2), (0, 3))), ["no "]),
        (Joined(((0, 1), (-1, 1), (-1, 3), (0, 3)), True), ["outside", *cells((-1, 1), (-1, 3))]),
        (Joined(((0, 1), (0, 3), (2, 3))), cells((0, 3))),
        (Stopped(((0, 1), (0, 3), (2, 3)), (0, 2), "blue circle"), ["blue circle", *cells((0, 3), (0, 2))]),
        (Stopped(((0, 1), (0, 3)), (0, 2), "blue circle"), ["blue circle", *cells((0, 2))]),
        (LinesUp(((0, 1), (0, 2), (0, 3)), "red star"), ["red star", *cells((0, 1), (0, 2), (0, 3))]),
        (Fills(((0, 1), (0, 2)), (0, 3), (1, 3), "red star"), ["red star", *cells((0, 1), (0, 2), (0, 3), (1, 3))]),
        (TooShort(((0, 1), (0, 2)), "red star"), ["red star", "two", *cells((0, 1), (0, 2))]),
        (TooShort(((0, 1),), "red star"), ["red star", "no other", *cells((0, 1))]),
        (Clears(5), ["5"]),
        (Clears(5, 3), ["5", "3 more"]),
        (Merges("8", "16", 1), ["8", "16"]),
        (Merges("8", "16", 3), ["3", "8", "16"]),
        (LeavesEmpty(0), ["no cells"]),
        (LeavesEmpty(7), ["7 cells"]),
        (KeepsLargest("64", (3, 0)), ["64", "(3,0)", "corner"]),
        (LooksBest(3), ["3 moves"]),
        (LeavesOptions(1), ["1 legal action"]),
        (Continues(4, True), ["4 more", "clear"]),
        (Continues(4, False), ["4 more"]),
        (Continues(0, True), ["clears"]),
        (Earns(0.5), ["earns 0.5"]),
        (Earns(-1.0), ["costs 1"]),
        (Earns(0.0), ["at once"]),
        (Plan(("up", "left"), True), ["up and left", "end"]),
        (EndsEpisode(), ["ends"]),
        (NotJoined(), []),
        (MergesNothing(), ["merge"]),
        (ChangesNothing(), ["would"]),
    ],
)
def test_words_tell_the_whole_claim(claim: Claim, told: list[str]) -> None:
    said = {word_claim(claim, default_rng(seed)) for seed in range(20)}
    for words in said:
        for part in told:
            assert part in words, words
        known = re.findall(r"\(-?\d+,-?\d+\)", repr(claim).replace(" ", ""))
        assert set(re.findall(r"\(-?\d+,-?\d+\)", words)) <= set(known)
        assert len(words) < 120 and words[-1] != "."
    assert len(said) > 1 or isinstance(claim, (TooShort, Clears, Continues, Earns, Reads))


@pytest.mark.parametrize(("game_id", "knobs"), GAMES)
def test_thinking_is_the_same_each_time_and_ever_different(game_id: str, knobs: dict[str, Any]) -> None:
    game = make_game(game_id, **knobs)
    texts = []
    for seed in range(12):
        state = game.deal(default_rng(seed))
        action = game.solve(state)
        text = think(game, state, action, default_rng(seed), 4)
        assert text == think(game, state, action, default_rng(seed), 4)
        assert game.format(action) in text and text[0].isupper() | (text[0] == "(") | text[0].isdigit()
        assert not has_tag(text) and "  " not in text and text.endswith(".") and ".." not in text
        texts.append(text)
    assert len({text[:12] for text in texts}) > 4


def test_every_action_looked_at_is_told_with_its_verdict() -> None:
    game = make_game("games/TwentyFortyEight-v0", spread_moves=100)
    for seed in range(10):
        state = game.deal(default_rng(seed))
        reasons = explain(game, state, game.solve(state), default_rng(seed), 3)
        text = write_thinking(game, reasons, default_rng(seed)).lower()
        assert all(move in text for move in ("up", "down", "left", "right"))
        told = sum(word in text for word in ("nothing would move", "would stay as it is"))
        assert bool(told) == (len(game.legal_actions(state)) < 4)
