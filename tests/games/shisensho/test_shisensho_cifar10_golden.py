from __future__ import annotations

from pathlib import Path

from games import Level
from tests.games.golden import compare_level
from tests.games.shisensho.test_shisensho_golden import replies

KNOBS = {"rows": 4, "columns": 6, "num_faces": 6, "spread_moves": 4, "image_px": [196, 280], "tile_px": 42}
LEVEL = Level("games/ShisenShoCifar10-v0", KNOBS, 11)


def test_golden_level(golden_folder: Path, update_golden: bool) -> None:
    turns = compare_level(golden_folder / "shisensho_cifar10", LEVEL, replies, update_golden)
    assert turns[-1]["is_terminal"]
    assert {turn["status"] for turn in turns} == {"legal", "illegal", "unreadable"}
