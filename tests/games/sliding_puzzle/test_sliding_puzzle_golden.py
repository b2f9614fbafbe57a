from __future__ import annotations

from pathlib import Path
from typing import Any

from games import ChatEnv, Level
from games.core.tags import format_reply
from games.sliding_puzzle import rules
from games.sliding_puzzle.game import Board, SlidingPuzzle
from tests.games.golden import compare_image, compare_level

KNOBS = {"rows": 2, "columns": 3, "pieces": "picture", "shuffle_moves": 12, "tile_px": 56, "image_px": [168, 308]}
LEVEL = Level("games/SlidingPuzzle-v0", KNOBS, 8)


def replies(env: ChatEnv, state: Any) -> list[str]:
    game = env.game
    perfect = env.truth_reply(state, game.solve(state))
    blocked = next(word for word in rules.DIRECTIONS if word not in game.legal_actions(state))
    return [perfect, perfect, format_reply("(0,0) gap", "", blocked), format_reply(game.text(state), "", "2")]


def test_golden_level(golden_folder: Path, update_golden: bool) -> None:
    turns = compare_level(golden_folder / "sliding_puzzle", LEVEL, replies, update_golden, num_turns=60)
    assert turns[-1]["is_terminal"] and turns[-1]["reward"] == 1.0 + rules.SOLVED_BONUS
    assert {turn["status"] for turn in turns} == {"legal", "illegal", "unreadable"}


def test_golden_numbers(golden_folder: Path, update_golden: bool) -> None:
    image = SlidingPuzzle(rows=3, columns=4, tile_px=56).image(Board(bytes([1, 2, 3, 4, 5, 0, 7, 8, 9, 6, 10, 11])))
    compare_image(golden_folder / "sliding_puzzle" / "numbers.png", image, update_golden)


def test_golden_scenes(golden_folder: Path, update_golden: bool) -> None:
    game = SlidingPuzzle(rows=6, columns=6, pieces="picture", tile_px=56)
    for name, picture in {"village": 0, "coast": 6, "castle": 9}.items():
        image = game.image(Board(rules.solved_board(6, 6), picture))
        compare_image(golden_folder / "sliding_puzzle" / f"{name}.png", image, update_golden)
