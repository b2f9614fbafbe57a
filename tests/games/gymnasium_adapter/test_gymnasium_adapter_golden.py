from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from games import ChatEnv, Level
from games.core.tags import format_reply
from tests.games.golden import compare_level

LEVELS = {
    "breakout": Level("games/Breakout-v0", {"max_turns": 40, "frames_per_turn": 3, "spread_moves": 30}, 5),
    "catch": Level("games/Gymnasium-v0", {"env_kwargs": {"wind": 0.3}}, 2),
    "minigrid": Level("games/Minigrid-v0", {"spread_moves": 10}, 4),
}
PACKAGES = {"breakout": "ale_py", "catch": "numpy", "minigrid": "minigrid"}


def replies(env: ChatEnv, state: Any) -> list[str]:
    game = env.game
    perfect = env.truth_reply(state, game.solve(state))
    return [perfect, perfect, perfect, format_reply("(0,0) empty", "", "jump")]


@pytest.mark.parametrize("name", LEVELS)
def test_golden_level(name: str, golden_folder: Path, update_golden: bool) -> None:
    pytest.importorskip(PACKAGES[name])
    folder = golden_folder / "gymnasium_adapter" / name
    turns = compare_level(folder, LEVELS[name], replies, update_golden, num_turns=60)
    assert turns[-1]["is_terminal"] and sum(turn["reward"] for turn in turns) > 0
    assert {turn["status"] for turn in turns} == {"legal", "unreadable"}
