from __future__ import annotations

from pathlib import Path
from typing import Any

from games import ChatEnv, Level
from games.core.tags import format_reply
from tests.games.golden import compare_level

KNOBS = {"rows": 5, "columns": 6, "num_faces": 6, "tile_px": 28, "image_px": [168, 196], "spread_moves": 4}
LEVEL = Level("games/Swap-v0", KNOBS, 7)


def replies(env: ChatEnv, state: Any) -> list[str]:
    game = env.game
    perfect = env.truth_reply(state, game.solve(state))
    last = env.truth_reply(state, game.legal_actions(state)[-1])
    return [
        perfect,
        format_reply(game.text(state), "", "(0,0) (3,5)"),
        last,
        format_reply("(0,0) red circle", "", "(0,0) (0,6)"),
    ]


def test_golden_level(golden_folder: Path, update_golden: bool) -> None:
    turns = compare_level(golden_folder / "swap", LEVEL, replies, update_golden, num_turns=40)
    assert {turn["status"] for turn in turns} == {"legal", "illegal", "unreadable"}
    rewards = {turn["reward"] for turn in turns}
    assert 0.0 in rewards and max(rewards) > 5, "a cascade is among the turns"
