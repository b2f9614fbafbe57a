"""Reasons are true, of the solver's actions and of any others."""

from __future__ import annotations

from typing import Any

import pytest
from numpy.random import default_rng

from games import make_game
from games.core.claims import (
    ChangesNothing,
    Clears,
    Continues,
    Earns,
    EndsEpisode,
    Fills,
    Joined,
    KeepsLargest,
    LeavesEmpty,
    LeavesOptions,
    LinesUp,
    LooksBest,
    Merges,
    MergesNothing,
    NotJoined,
    Plan,
    Shows,
    Stopped,
    TooShort,
)
from games.core.reasons import explain
from games.registration import game_ids
from tests.cold_start.claims import check_reasons

SPREAD = {"spread_moves": 30, "spread_kind": "legal"}
CASES: list[tuple[str, dict[str, Any], set[type]]] = [
    (
        "games/ShisenSho-v0",
        {"rows": 4, "columns": 5, "num_faces": 4, "colours": 2, "shapes": 2, "spread_moves": 6},
        {Shows, Joined, Stopped, NotJoined, LeavesOptions, Continues},
    ),
    (
        "games/ShisenShoCifar10-v0",
        {"faces": "drawn10", "rows": 4, "columns": 4, "num_faces": 4, "tile_px": 28, "spread_moves": 4},
        {Shows, Joined, Stopped, NotJoined, LeavesOptions, Continues},
    ),
    ("games/Swap-v0", {"rows": 5, "columns": 6, "num_faces": 4}, {Shows, Fills, LinesUp, TooShort, Clears}),
    ("games/Swap-v0", {"rows": 5, "columns": 4, "num_faces": 4, "cascades": False, **SPREAD}, {LinesUp, TooShort}),
    (
        "games/TwentyFortyEight-v0",
        {"rows": 3, "columns": 4, **SPREAD},
        {Merges, MergesNothing, ChangesNothing, LeavesEmpty, KeepsLargest, LooksBest},
    ),
    ("games/Sokoban-v0", {"rows": 6, "columns": 6, "boxes": 1, "min_pushes": 2}, {Earns, Plan}),
    ("games/SlidingPuzzle-v0", {"rows": 2, "columns": 2, "shuffle_moves": 1}, {Earns, EndsEpisode}),
    ("games/Snake-v0", {"rows": 5, "columns": 5, "num_food": 2}, {Earns, Plan}),
    ("games/Maze-v0", {"rows": 7, "columns": 7, "doors": 0, "loops": 1}, {Earns, Plan}),
]


@pytest.mark.parametrize(("game_id", "knobs", "kinds"), CASES)
def test_claims_are_true(game_id: str, knobs: dict[str, Any], kinds: set[type]) -> None:
    game, found = make_game(game_id, **knobs), set()
    for seed in range(25):
        rng = default_rng(seed)
        state = game.deal(rng)
        legal = game.legal_actions(state)
        # The solver's action, and one that the solver may not like.
        for action in (game.solve(state), legal[int(rng.integers(len(legal)))]):
            found |= {type(claim) for claim in check_reasons(game, state, explain(game, state, action, rng, 6))}
    assert kinds <= found


@pytest.mark.parametrize("game_id", ["games/Minesweeper-v0", "games/Packing-v0"])
def test_nothing_is_told_that_cannot_be_seen(game_id: str) -> None:
    game = make_game(game_id)
    for seed in range(5):
        state = game.deal(default_rng(seed))
        assert check_reasons(game, state, explain(game, state, game.solve(state), default_rng(seed), 6)) == []


def test_a_maze_seen_in_part_keeps_its_secrets() -> None:
    game = make_game("games/Maze-v0", view=2)
    state = game.deal(default_rng(0))
    assert check_reasons(game, state, explain(game, state, game.solve(state), default_rng(0), 6)) == []


@pytest.mark.parametrize(
    "game_id", sorted({one for one in game_ids() if "Cifar" not in one and "Gymnasium" not in one})
)
@pytest.mark.parametrize("num_others", [0, 3])
def test_every_game_can_be_explained(game_id: str, num_others: int) -> None:
    game = make_game(game_id)
    state = game.deal(default_rng(3))
    reasons = explain(game, state, game.solve(state), default_rng(3), num_others)
    assert len(reasons.others) <= num_others
    check_reasons(game, state, reasons)
    assert reasons == explain(game, state, game.solve(state), default_rng(3), num_others)
