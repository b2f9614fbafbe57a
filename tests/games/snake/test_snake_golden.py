from __future__ import annotations

from pathlib import Path
from typing import Any

from games import ChatEnv, Level
from games.core.tags import format_reply
from games.snake import rules
from games.snake.game import Board, Snake
from tests.games.golden import compare_image, compare_level

KNOBS = {"rows": 5, "columns": 6, "length": 5, "num_food": 2, "walls": 2, "wrap": True, "target": 9, "tile_px": 28}
LEVEL = Level("games/Snake-v0", KNOBS, 4)


def replies(env: ChatEnv, state: Any) -> list[str]:
    game = env.game
    perfect = env.truth_reply(state, game.solve(state))
    blocked = next((word for word in rules.DIRECTIONS if word not in game.legal_actions(state)), "up")
    return [perfect, perfect, format_reply("(0,0) wall", "", blocked), format_reply(game.text(state), "", "north")]


def test_golden_level(golden_folder: Path, update_golden: bool) -> None:
    turns = compare_level(golden_folder / "snake", LEVEL, replies, update_golden, num_turns=60)
    assert turns[-1]["is_terminal"] and sum(turn["reward"] for turn in turns) == 4.0
    assert {turn["status"] for turn in turns} == {"legal", "illegal", "unreadable"}


class _Sheet(Snake):
    def cells(self, state: Board) -> bytes:
        return bytes(range(28))


def test_golden_faces(golden_folder: Path, update_golden: bool) -> None:
    game = _Sheet(rows=4, columns=7, tile_px=56)
    compare_image(golden_folder / "snake" / "faces.png", game.image(Board(b"", b"", b"")), update_golden)
