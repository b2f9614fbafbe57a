from __future__ import annotations

from pathlib import Path
from typing import Any

from games import ChatEnv, Level, make_game
from games.core.tags import format_reply
from games.packing.game import Board
from tests.games.golden import compare_image, compare_level

KNOBS: dict[str, Any] = {
    "well_rows": 7,
    "well_columns": 5,
    "pieces": "mixed",
    "num_pieces": 14,
    "filled_rows": 1,
    "image_px": [224, 308],
    "tile_px": 28,
}
LEVEL = Level("games/Packing-v0", KNOBS, 4)


def replies(env: ChatEnv, state: Any) -> list[str]:
    game = env.game
    perfect = env.truth_reply(state, game.solve(state))
    return [
        perfect,
        perfect,
        format_reply(game.text(state), "", "column 4 turn 0"),
        format_reply("(0,0) wall", "", "column 5 turn 0"),
    ]


def test_golden_level(golden_folder: Path, update_golden: bool) -> None:
    turns = compare_level(golden_folder / "packing", LEVEL, replies, update_golden, num_turns=40)
    assert turns[-1]["is_terminal"] and sum(turn["reward"] for turn in turns) > 1.0
    assert {turn["status"] for turn in turns} == {"legal", "illegal", "unreadable"}


def test_golden_faces(golden_folder: Path, update_golden: bool) -> None:
    game = make_game("games/Packing-v0", well_rows=4, well_columns=4, num_shown=1, num_pieces=9, tile_px=56)
    well = bytes([1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 0, 0, 2, 2, 0, 3])
    compare_image(golden_folder / "packing" / "faces.png", game.image(Board(well, bytes([5]), 9)), update_golden)
