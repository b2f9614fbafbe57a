from __future__ import annotations

from pathlib import Path
from typing import Any

from games import ChatEnv, Level
from games.core.tags import format_reply
from games.sokoban import rules
from games.sokoban.game import Board, Sokoban
from tests.games.golden import compare_image, compare_level

KNOBS = {"rows": 5, "columns": 6, "boxes": 2, "walls": 1, "min_pushes": 3, "tile_px": 28, "move_limit": 40}
LEVEL = Level("games/Sokoban-v0", KNOBS, 3)


def replies(env: ChatEnv, state: Any) -> list[str]:
    game = env.game
    perfect = env.truth_reply(state, game.solve(state))
    blocked = next((word for word in rules.DIRECTIONS if word not in game.legal_actions(state)), "up")
    return [perfect, perfect, format_reply("(0,0) wall", "", blocked), format_reply(game.text(state), "", "north")]


def test_golden_level(golden_folder: Path, update_golden: bool) -> None:
    turns = compare_level(golden_folder / "sokoban", LEVEL, replies, update_golden, num_turns=60)
    assert turns[-1]["is_terminal"] and turns[-1]["reward"] >= rules.SOLVED_BONUS
    assert {turn["status"] for turn in turns} == {"legal", "illegal", "unreadable"}


def test_golden_faces(golden_folder: Path, update_golden: bool) -> None:
    game = Sokoban(rows=5, columns=7, tile_px=56)
    compare_image(golden_folder / "sokoban" / "faces.png", game.image(Board(bytes(range(7)) * 5)), update_golden)
