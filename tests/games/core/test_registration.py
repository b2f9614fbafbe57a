from __future__ import annotations

import gymnasium
import pytest

import games
from games.registration import ENV_ENTRY_POINT, register_builtin_games


def test_ids_live_in_the_registry_of_gymnasium() -> None:
    assert "games/ShisenSho-v0" in games.game_ids()
    assert all(gymnasium.spec(game_id).entry_point == ENV_ENTRY_POINT for game_id in games.game_ids())


def test_a_variant_is_a_row_with_knobs() -> None:
    games.register_game("tests/SmallShisenSho-v0", "games.shisensho.game:ShisenSho", rows=2, columns=2, num_faces=2)
    try:
        assert "tests/SmallShisenSho-v0" in games.game_ids()
        assert games.make_game("tests/SmallShisenSho-v0").image_size == (168, 168)
        assert games.make_game("tests/SmallShisenSho-v0", rows=4).image_size == (336, 168)
    finally:
        del gymnasium.registry["tests/SmallShisenSho-v0"]


def test_registering_again_is_harmless() -> None:
    before = dict(gymnasium.registry)
    register_builtin_games()
    assert gymnasium.registry == before


def test_a_rung_of_the_ladder_sets_knobs_that_the_caller_may_override() -> None:
    easy = games.make_game("games/ShisenSho-v0", rung="easy")
    assert (easy.rows, easy.columns, easy.solvable) == (4, 4, True)
    assert games.make_game("games/ShisenSho-v0", rung="easy", rows=6, tile_px=28).image_size == (168, 112)
    level = games.Level("games/ShisenSho-v0", {"rung": "easy"}, 3)
    assert games.ChatEnv.from_level(level).game == easy
    assert gymnasium.make("games/ShisenSho-v0", rung="easy").unwrapped.game == easy
    with pytest.raises(games.KnobError, match=r"rung must be one of easy, medium, hard, expert, got 'nightmare'"):
        games.make_game("games/ShisenSho-v0", rung="nightmare")


def test_errors_name_the_nearest() -> None:
    with pytest.raises(games.UnknownGameError, match="did you mean 'games/ShisenSho-v0'"):
        games.make_game("games/ShisenSho-v1")
    with pytest.raises(games.KnobError, match="games/ShisenSho-v0 has no knob 'num_face': did you mean 'num_faces'"):
        games.make_game("games/ShisenSho-v0", num_face=3)
    with pytest.raises(games.UnknownGameError):
        games.make_game("CartPole-v1")
