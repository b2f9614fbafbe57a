from __future__ import annotations

from pathlib import Path
from typing import Any

from games import ChatEnv, Level
from games.core.tags import format_reply
from games.maze import rules
from games.maze.game import Board, Maze
from tests.games.golden import compare_image, compare_level

KNOBS = {"rows": 7, "columns": 9, "loops": 1, "doors": 2, "view": 2, "tile_px": 28}
LEVEL = Level("games/Maze-v0", KNOBS, 2)


def replies(env: ChatEnv, state: Any) -> list[str]:
    game = env.game
    perfect = env.truth_reply(state, game.solve(state))
    blocked = next((word for word in rules.DIRECTIONS if word not in game.legal_actions(state)), "up")
    return [perfect, perfect, format_reply("(0,0) wall", "", blocked), format_reply(game.text(state), "", "north")]


def test_golden_level(golden_folder: Path, update_golden: bool) -> None:
    turns = compare_level(golden_folder / "maze", LEVEL, replies, update_golden, num_turns=80)
    assert turns[-1]["is_terminal"] and turns[-1]["reward"] == 1.0
    assert {turn["status"] for turn in turns} == {"legal", "illegal", "unreadable"}


class _Sheet(Maze):
    def cells(self, state: Any) -> bytes:
        return bytes(range(12)) * 3 + bytes(9)


def test_golden_faces(golden_folder: Path, update_golden: bool) -> None:
    game = _Sheet(rows=5, columns=9, doors=3, tile_px=56)
    compare_image(golden_folder / "maze" / "faces.png", game.image(Board(b"", 0, 0)), update_golden)
