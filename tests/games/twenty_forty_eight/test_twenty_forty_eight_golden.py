from __future__ import annotations

from pathlib import Path
from typing import Any

from games import ChatEnv, Level, make_game
from games.core.tags import format_reply
from games.twenty_forty_eight.game import Board
from tests.games.golden import compare_image, compare_level

KNOBS = {"rows": 3, "columns": 4, "target": 64, "move_limit": 30, "spread_moves": 12, "tile_px": 56}
LEVEL = Level("games/TwentyFortyEight-v0", {**KNOBS, "image_px": [196, 252]}, 11)


def replies(env: ChatEnv, state: Any) -> list[str]:
    game = env.game
    perfect = env.truth_reply(state, game.solve(state))
    illegal = next((move for move in ("up", "down", "left", "right") if move not in game.legal_actions(state)), "up")
    return [perfect, format_reply(game.text(state), "", illegal), format_reply("(0,0) empty", "", "0"), perfect]


def test_golden_level(golden_folder: Path, update_golden: bool) -> None:
    turns = compare_level(golden_folder / "twenty_forty_eight", LEVEL, replies, update_golden, num_turns=60)
    assert turns[-1]["is_terminal"]
    assert {turn["status"] for turn in turns} == {"legal", "illegal", "unreadable"}


def test_golden_faces(golden_folder: Path, update_golden: bool) -> None:
    game = make_game("games/TwentyFortyEight-v0", rows=8, columns=8, tile_px=28)
    state = Board(bytes([*range(1, 63), 65, 0]))
    compare_image(golden_folder / "twenty_forty_eight" / "faces.png", game.image(state), update_golden)
