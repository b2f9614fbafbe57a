from __future__ import annotations

import json
import pickle

import pytest

from games import Level
from games.errors import LevelError

KNOBS = {"rows": 4, "columns": 4, "image_px": [112, 140]}


def test_a_level_is_a_value() -> None:
    level = Level("games/ShisenSho-v0", KNOBS, 3)
    same = Level("games/ShisenSho-v0", dict(reversed(KNOBS.items())), 3)
    assert level == same and hash(level) == hash(same) and len({level, same}) == 1
    assert pickle.loads(pickle.dumps(level)) == level
    assert level != Level("games/ShisenSho-v0", KNOBS, 4)
    assert level != Level("games/ShisenSho-v0", {**KNOBS, "rows": 6}, 3)


def test_a_level_survives_json() -> None:
    level = Level("games/ShisenSho-v0", KNOBS, 3)
    assert level.to_dict()["knobs"] == KNOBS
    assert Level.from_dict(json.loads(json.dumps(level.to_dict()))) == level


def test_a_level_does_not_follow_the_mapping_it_was_made_of() -> None:
    knobs = {"rows": 4}
    level = Level("games/ShisenSho-v0", knobs, 3)
    knobs["rows"] = 6
    assert level.knobs["rows"] == 4
    with pytest.raises(TypeError):
        level.knobs["rows"] = 6  # type: ignore[index]


@pytest.mark.parametrize("seed", [-1, 1.0, True, "1", None])
def test_a_seed_is_a_whole_number(seed: object) -> None:
    with pytest.raises(LevelError, match="seed must be a whole number"):
        Level("games/ShisenSho-v0", {}, seed)  # type: ignore[arg-type]


def test_a_level_has_three_keys() -> None:
    with pytest.raises(LevelError, match="game, knobs and seed"):
        Level.from_dict({"game": "games/ShisenSho-v0", "seed": 1})
