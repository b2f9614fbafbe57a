from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gymnasium
import numpy as np
import pytest
from numpy.random import default_rng

from games import ChatEnv, KnobError, Level, UnknownGameError, game_ids, make_game
from games.core.perception import score_perception
from games.gymnasium_adapter import environment
from games.gymnasium_adapter.game import GymnasiumGame
from games.registration import OPTIONAL_GAMES
from tests.games.gymnasium_adapter.worlds import world_id

GAME_ID = "games/Gymnasium-v0"


def episode(game: GymnasiumGame, seed: int, policy: str) -> tuple[float, list[Any]]:
    env, rng = ChatEnv(game), default_rng(seed)
    states, total = [env.open(seed)], 0.0
    while not game.is_terminal(states[-1]):
        action = game.solve(states[-1]) if policy == "solver" else game.random_action(rng)
        step = env.play(seed, states[-1], len(states) - 1, action)
        total += step.reward
        states.append(step.state)
    return total, states


def test_the_solver_catches_more_than_chance() -> None:
    game = GymnasiumGame(env_kwargs={"wind": 0.0})
    assert [episode(game, seed, "solver")[0] for seed in range(4)] == [1.0] * 4
    assert sum(episode(game, seed, "random")[0] for seed in range(8)) < 4


def test_a_turn_is_as_many_steps_as_asked_for_and_stops_at_the_end() -> None:
    game = make_game(GAME_ID, env_id=world_id("Counter"), mosaic=(1, 1), frames_per_turn=3, env_kwargs={"limit": 5})
    env = ChatEnv(game)
    first = env.play(0, env.open(0), 0, "action 0")
    assert first.reward == 1 + 2 + 3 and not game.is_terminal(first.state)
    second = env.play(0, first.state, 1, "action 0")
    assert second.reward == 4 + 5 and game.is_terminal(second.state)
    third = env.play(0, second.state, 2, "action 0")
    assert not third.is_legal and third.state is second.state and third.reward == 0.0


@pytest.mark.parametrize(
    ("knobs", "turns"), [({}, 15), ({"max_turns": 4}, 4), ({"frames_per_turn": 7}, 3), ({"max_turns": 16}, 15)]
)
def test_limits_of_steps_end_the_episode(knobs: dict[str, Any], turns: int) -> None:
    """The environment is registered with a limit of 15 steps, which Gymnasium keeps in a wrapper."""
    game = GymnasiumGame(env_id=world_id("Counter"), mosaic=(1, 1), env_kwargs={"limit": 1000}, **knobs)
    _, states = episode(game, 0, "random")
    assert len(states) - 1 == turns and game.legal_actions(states[-1]) == () and game.solve(states[-1]) is None


def test_a_sticky_action_repeats_the_step_before() -> None:
    game = GymnasiumGame(sticky=1.0)
    env = ChatEnv(game)
    state = env.open(0)
    after = {word: env.play(0, state, 0, word).state for word in game.words}
    assert after["left"] == after["stay"] == after["right"] and after["left"].last_step == 0
    loose = GymnasiumGame(sticky=0.5)
    played = [ChatEnv(loose).play(seed, state, 0, "right").state.last_step for seed in range(40)]
    assert 8 < played.count(2) < 32 and set(played) == {0, 2}


def test_all_chance_comes_from_the_generator_handed_in() -> None:
    game = GymnasiumGame(env_kwargs={"wind": 0.5})
    env = ChatEnv(game)
    state = env.open(3)
    for word in game.words:
        assert game.transition(state, word, default_rng(5)) == game.transition(state, word, default_rng(5))
    assert len({game.transition(state, "stay", default_rng(seed)).state.snapshot for seed in range(20)}) == 3


def test_episodes_do_not_mix_on_one_machine_nor_in_threads() -> None:
    game = GymnasiumGame(env_id=world_id("Unpicklable"), mosaic=(1, 1))
    assert game.machine().kind == "replay"
    alone = [episode(game, seed, "random") for seed in range(4)]
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda seed: episode(game, seed, "random"), range(4))) == alone
    for total, states in reversed(alone):
        env = ChatEnv(game)
        seed = alone.index((total, states))
        rng = default_rng(seed)
        for turn, state in enumerate(states[:-1]):
            assert env.play(seed, state, turn, game.random_action(rng)).state == states[turn + 1]


def test_spread_openings_differ_and_have_all_their_turns() -> None:
    env = ChatEnv(GymnasiumGame(spread_moves=6))
    states = [env.open(seed) for seed in range(40)]
    assert {state.turns for state in states} == {0} and not any(state.is_over for state in states)
    shown = {env.game.machine().environment.row for state in states if env.game.machine().load(state.snapshot) is None}
    assert shown == set(range(7))


def test_the_truth_of_an_unknown_environment_can_be_missed() -> None:
    game = GymnasiumGame()
    state = ChatEnv(game).open(0)
    text = game.text(state)
    assert set(game.labels(state).values()) == {"black", "orange", "blue"}
    assert score_perception(game, state, text).exact
    wrong = score_perception(game, state, text.replace("orange", "black"))
    assert not wrong.exact and wrong.cells == pytest.approx(69 / 70)
    assert score_perception(game, state, "no truth is known").cells == 0.0


def test_own_words_and_goal() -> None:
    game = make_game(GAME_ID, action_names=["west", "hold", "east"], goal="Catch the orange ball.")
    assert game.answer_form == "west, hold or east" and "Catch the orange ball." in game.instructions()
    assert game.parse("East") == "east" and game.parse("right") is None
    level = Level(GAME_ID, {"env_kwargs": {"wind": 0.5}, "mosaic": [5, 7]}, 1)
    assert ChatEnv.from_level(level).game == make_game(GAME_ID, env_kwargs={"wind": 0.5}, mosaic=(5, 7))


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"env_id": "Catch-v1x"}, "env_id must be an id that Gymnasium knows, got 'Catch-v1x'"),
        ({"env_id": "no_such_module:Catch-v0"}, "env_id must be an id that Gymnasium knows"),
        ({"env_id": 3}, "env_id must be an id that Gymnasium knows, got 3"),
        ({"env_id": world_id("Blind"), "mosaic": (1, 1)}, "env_id must show an RGB picture"),
        ({"env_id": world_id("Steered"), "mosaic": (1, 1)}, "env_id must have a Discrete action space"),
        ({"env_kwargs": {"storm": 1}}, "env_kwargs must be arguments that the environment takes, got {'storm': 1}"),
        ({"env_kwargs": 3}, "env_kwargs must be a mapping from names to values, got 3"),
        ({"mosaic": (0, 7)}, "mosaic rows must be a whole number from 1 to 32, got 0"),
        ({"mosaic": 7}, "mosaic must be (rows, columns), got 7"),
        ({"action_names": ("a", "b")}, "action_names must be 3 different texts"),
        ({"action_names": ("a", "b", "a")}, "action_names must be 3 different texts"),
        ({"action_names": ("a", "b", "C")}, "action_names must be 3 different texts"),
        ({"goal": " "}, "goal must be a text of 1 to 4000 characters"),
        ({"image_px": (79, 56)}, "image_px height must be a whole number from 80 to 4096, got 79"),
        ({"image_px": 80}, "image_px must be (height, width) in px or None, got 80"),
        ({"frames_per_turn": 0}, "frames_per_turn must be a whole number from 1 to 1000, got 0"),
        ({"max_turns": 0}, "max_turns must be a whole number from 1 to 100000, got 0"),
        ({"sticky": 1.5}, "sticky must be a number from 0.0 to 1.0, got 1.5"),
        ({"sticky": True}, "sticky must be a number from 0.0 to 1.0, got True"),
    ],
)
def test_bad_knobs(knobs: dict[str, Any], message: str) -> None:
    with pytest.raises(KnobError) as caught:
        make_game(GAME_ID, **knobs)
    assert str(caught.value).startswith(message) and "\n" not in str(caught.value)


@pytest.mark.parametrize("game_id", OPTIONAL_GAMES)
def test_a_game_whose_package_is_missing_says_what_to_install(game_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(gymnasium.registry, game_id, raising=False)
    extra = OPTIONAL_GAMES[game_id].extra
    with pytest.raises(UnknownGameError, match=rf"^{game_id} needs the package .*: pip install 'easyr1\[{extra}\]'$"):
        make_game(game_id)
    assert game_id not in game_ids()


def test_an_environment_whose_package_is_missing_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "find_spec", lambda name: None)
    with pytest.raises(KnobError, match=r"^env_id 'ALE/Freeway-v5' needs .* ale_py: pip install 'easyr1\[atari\]'$"):
        make_game(GAME_ID, env_id="ALE/Freeway-v5")


@pytest.mark.filterwarnings("ignore:.*is out of date")
@pytest.mark.parametrize(
    ("env_id", "env_kwargs"),
    [("ALE/Pong-v5", {"repeat_action_probability": 0.25}), ("ale_py:PongNoFrameskip-v0", {})],
)
def test_sticky_actions_of_the_emulator_are_refused(env_id: str, env_kwargs: dict[str, float]) -> None:
    pytest.importorskip("ale_py")
    with pytest.raises(KnobError, match=r"^env_kwargs must set repeat_action_probability to 0\.0"):
        make_game(GAME_ID, env_id=env_id, env_kwargs=env_kwargs)


def test_an_image_is_a_copy_of_its_own() -> None:
    game = GymnasiumGame()
    state = ChatEnv(game).open(0)
    image = game.image(state)
    image[:] = 0
    assert np.any(game.image(state))
