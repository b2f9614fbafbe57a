"""Contract tests over the registry: registering a game is testing it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env

import games
from tests.contracts.digest import digest

ROOT = Path(__file__).parents[2]
# A small level beside the default one, for games whose default is slow to check.
SMALL_KNOBS: dict[str, list[dict[str, object]]] = {
    "games/Breakout-v0": [
        {"max_turns": 12, "sticky": 0.3, "difficulty": 1, "mode": 4, "image_px": [224, 168]},
    ],
    "games/Gymnasium-v0": [
        {"frames_per_turn": 3, "sticky": 0.5, "mosaic": [5, 3], "action_names": ["one", "two", "three"]},
        {"env_kwargs": {"wind": 1.0}, "max_turns": 4, "spread_moves": 30, "spread_kind": "uniform"},
    ],
    "games/Minigrid-v0": [
        {"max_turns": 10, "view": "agent", "sticky": 0.2, "env_id": "MiniGrid-Dynamic-Obstacles-5x5-v0"},
        {"max_turns": 10, "frames_per_turn": 2, "spread_moves": 20, "env_id": "MiniGrid-LavaGapS5-v0"},
    ],
    "games/Maze-v0": [
        {"rows": 5, "columns": 7, "loops": 1, "doors": 2, "tile_px": 28, "image_px": [168, 224], "shaping": True},
        {"rows": 9, "columns": 5, "kind": "uniform", "view": 1, "memory": False, "spread_moves": 30, "axes": True},
        {"rows": 7, "columns": 7, "loops": 0, "doors": 3, "view": 2, "spread_moves": 10, "rotation": True},
    ],
    "games/Minesweeper-v0": [
        {"rows": 4, "columns": 5, "mines": 6, "flags": True, "tile_px": 28, "image_px": [140, 168]},
        {"rows": 6, "columns": 3, "mines": 2, "solvable": False, "spread_moves": 5, "axes": True, "rotation": True},
    ],
    "games/Packing-v0": [
        {"well_rows": 6, "well_columns": 4, "pieces": "mixed", "num_shown": 3, "spread_moves": 6, "axes": True},
        {"well_rows": 5, "well_columns": 6, "pieces": "trominoes", "num_shown": 1, "num_pieces": None, "noise": 8},
    ],
    "games/ShisenSho-v0": [
        {"rows": 3, "columns": 4, "num_faces": 3, "solvable": True, "tile_px": 28, "image_px": [112, 140]},
        {"rows": 2, "columns": 5, "num_faces": 4, "spread_moves": 20, "spread_kind": "uniform"},
    ],
    "games/Snake-v0": [
        {"rows": 4, "columns": 5, "num_food": 2, "walls": 1, "wrap": True, "tile_px": 28, "image_px": [140, 168]},
        {"rows": 5, "columns": 4, "length": 4, "target": 9, "spread_moves": 20, "axes": True, "rotation": True},
    ],
    "games/Sokoban-v0": [
        {"rows": 5, "columns": 6, "boxes": 2, "walls": 1, "min_pushes": 3, "tile_px": 28, "end_when_stuck": True},
        {"rows": 6, "columns": 5, "boxes": 1, "min_pushes": 2, "spread_moves": 20, "move_limit": 12, "rotation": True},
    ],
    "games/Swap-v0": [
        {"rows": 4, "columns": 5, "num_faces": 4, "spread_moves": 6, "image_px": [252, 308]},
        {"rows": 5, "columns": 4, "num_faces": 3, "colours": 3, "shapes": 1, "cascades": False, "axes": True},
    ],
    "games/TwentyFortyEight-v0": [
        {"rows": 3, "columns": 2, "target": 32, "spread_moves": 10, "move_limit": 40, "image_px": [448, 280]},
        {"rows": 2, "columns": 8, "four_probability": 1, "spread_moves": 30, "spread_kind": "uniform", "tile_px": 56},
    ],
    "games/ShisenShoCifar10-v0": [
        {"rows": 3, "columns": 4, "num_faces": 3, "split": "test", "tile_px": 28, "spread_moves": 2, "axes": True},
        {"rows": 2, "columns": 5, "num_faces": 4, "noise": 20, "rotation": True, "image_px": [168, 280], "tile_px": 28},
    ],
    "games/SlidingPuzzle-v0": [
        {"rows": 2, "columns": 3, "pieces": "picture", "tile_px": 28, "axes": True, "noise": 8, "image_px": [100, 210]},
        {"rows": 4, "columns": 3, "tile_px": 28, "shuffle_moves": 60, "spread_moves": 20, "spread_kind": "uniform"},
    ],
}
LEVELS = [(game_id, knobs) for game_id in games.game_ids() for knobs in ({}, *SMALL_KNOBS.get(game_id, []))]


@pytest.mark.parametrize(("game_id", "knobs"), LEVELS)
def test_a_game_keeps_the_contract(game_id: str, knobs: dict[str, object]) -> None:
    games.check_game(game_id, **knobs)


@pytest.mark.parametrize("game_id", games.game_ids())
def test_gymnasium_has_nothing_to_warn_about(game_id: str) -> None:
    check_env(gymnasium.make(game_id, render_mode="rgb_array").unwrapped, skip_render_check=False)


@pytest.mark.parametrize("game_id", games.game_ids())
def test_vectors(game_id: str) -> None:
    envs = gymnasium.make_vec(game_id, num_envs=2, vectorization_mode="sync")
    images, _ = envs.reset(seed=0)
    assert images.shape == (2, *games.make_game(game_id).image_size, 3)
    envs.close()


@pytest.fixture(scope="module", params=["0", "4242"])
def digests(request: pytest.FixtureRequest) -> list[str]:
    """The digest of every level, made in a fresh process under one PYTHONHASHSEED."""
    found = subprocess.run(
        [sys.executable, "-m", "tests.contracts.digest"],
        input=json.dumps(LEVELS),
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": request.param},
        capture_output=True,
        text=True,
        check=True,
    )
    return found.stdout.split()


@pytest.fixture(scope="module")
def digests_here() -> list[str]:
    return [digest(*level) for level in LEVELS]


def test_same_bytes_in_fresh_processes(digests: list[str], digests_here: list[str]) -> None:
    levels = zip(LEVELS, digests, digests_here, strict=True)
    different = [level for level, there, here in levels if here != there]
    assert not different


@pytest.mark.parametrize(("game_id", "knobs"), LEVELS)
def test_same_bytes_in_threads(game_id: str, knobs: dict[str, object]) -> None:
    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(lambda _: digest(game_id, knobs), range(2)))) == 1
