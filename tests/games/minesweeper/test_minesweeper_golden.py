from __future__ import annotations

from pathlib import Path
from typing import Any

from games import ChatEnv, Level, make_game
from games.minesweeper.game import Board
from tests.games.golden import compare_image, compare_level

KNOBS: dict[str, Any] = {"rows": 5, "columns": 6, "mines": 6, "flags": True, "image_px": [168, 196], "tile_px": 28}
LEVEL = Level("games/Minesweeper-v0", KNOBS, 4)


def replies(env: ChatEnv, state: Any) -> list[str]:
    game = env.game
    legal = game.legal_actions(state)
    opened = next(f"open ({row},{column})" for (row, column), label in game.labels(state).items() if label == "empty")
    return [
        env.truth_reply(state, game.solve(state)),
        env.truth_reply(state, legal[-1]),
        f"<perception>\n{game.text(state)}\n</perception>\n<think>\n</think>\n<answer>{opened}</answer>",
        "<perception>\n(0,0) mine\n</perception>\n<think>\n</think>\n<answer>open (5,0)</answer>",
    ]


def test_golden_level(golden_folder: Path, update_golden: bool) -> None:
    turns = compare_level(golden_folder / "minesweeper", LEVEL, replies, update_golden, num_turns=40)
    assert turns[-1]["is_terminal"] and abs(sum(turn["reward"] for turn in turns) - 1.0) < 1e-9
    assert {turn["status"] for turn in turns} == {"legal", "illegal", "unreadable"}
    assert any("flag" in line for turn in turns for line in turn["text"])


def test_golden_faces(golden_folder: Path, update_golden: bool) -> None:
    game = make_game("games/Minesweeper-v0", rows=3, columns=4, mines=1, tile_px=56)
    image = game.image(Board(bytes(12), bytes(range(12)), 1))
    compare_image(golden_folder / "minesweeper" / "faces.png", image, update_golden)
