from __future__ import annotations

from pathlib import Path
from typing import Any

from games import ChatEnv, Level, make_game
from games.core.tags import format_reply
from games.shisensho.game import Board
from tests.games.golden import compare_image, compare_level

KNOBS = {"rows": 4, "columns": 6, "num_faces": 6, "spread_moves": 4, "image_px": [168, 196], "tile_px": 28}
LEVEL = Level("games/ShisenSho-v0", KNOBS, 11)


def replies(env: ChatEnv, state: Any) -> list[str]:
    game = env.game
    perfect = env.truth_reply(state, game.solve(state))
    return [
        perfect,
        format_reply(game.text(state), "", "(0,0) (3,5)"),
        format_reply("(0,0) empty", "", "(0,0) (0,6)"),
        perfect,
    ]


def test_golden_level(golden_folder: Path, update_golden: bool) -> None:
    turns = compare_level(golden_folder / "shisensho", LEVEL, replies, update_golden)
    assert turns[-1]["is_terminal"]
    assert {turn["status"] for turn in turns} == {"legal", "illegal", "unreadable"}


def test_golden_faces(golden_folder: Path, update_golden: bool) -> None:
    game = make_game("games/ShisenSho-v0", rows=8, columns=8, num_faces=32, tile_px=28)
    compare_image(golden_folder / "shisensho" / "faces.png", game.image(Board(bytes(range(1, 65)))), update_golden)
