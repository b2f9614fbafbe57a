from __future__ import annotations

from typing import Any

import pytest

from games import ChatEnv, Level, game_ids, make_game
from games.board.game import BoardGame
from games.ladder import PLAYERS, RUNGS, play, rungs, score
from games.registration import game_class

LADDERS = [(game_id, rung) for game_id in game_ids() for rung in rungs(game_id)]


@pytest.mark.parametrize("game_id", game_ids())
def test_every_board_game_has_the_four_rungs(game_id: str) -> None:
    if issubclass(game_class(game_id), BoardGame):
        assert tuple(rungs(game_id)) == RUNGS


@pytest.mark.parametrize(("game_id", "rung"), LADDERS)
def test_a_rung_can_be_played_and_falls_on_vision_tokens(game_id: str, rung: str) -> None:
    game: Any = make_game(game_id, **({} if rung == "default" else {"rung": rung}))
    height, width = game.image_size
    assert height % 28 == width % 28 == 0 and max(height, width) <= 1344
    env = ChatEnv(game)
    state = env.open(1)
    assert env.play(1, state, 0, game.solve(state)).is_legal


def test_players_between_which_a_score_lies() -> None:
    scores = {player: score("games/ShisenSho-v0", "easy", player, 8, 30) for player in PLAYERS}
    assert scores["solver"].mean == 8.0 and scores["solver"].turns == 8.0 and scores["solver"].ended == 1.0
    assert scores["random"].mean < scores["random legal"].mean <= 8.0
    assert scores["random"].error > 0.0 and scores["solver"].error == 0.0


def test_every_reply_is_a_turn_and_the_limit_holds() -> None:
    level = Level("games/ShisenSho-v0", {"rows": 8, "columns": 8}, 0)
    total, turns, ended = play(level, "random", 5)
    assert turns == 5 and not ended and total <= 5
    assert play(level, "random", 5) == (total, turns, ended)
