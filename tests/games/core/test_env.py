from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from gymnasium.error import ResetNeeded

import games
from games import GameEnv

ID = "games/ShisenSho-v0"
SMALL = {"rows": 2, "columns": 4, "num_faces": 2}


def solve_episode(env: gymnasium.Env) -> float:
    game, total, is_over = env.unwrapped.game, 0.0, False
    while not is_over:
        action = game.index_of(game.solve(env.unwrapped.state))
        _, reward, is_over, truncated, info = env.step(action)
        total += reward
        assert info["is_legal"] and not truncated
        assert info["text"] == game.text(env.unwrapped.state)
    return total


def test_an_episode_through_gymnasium() -> None:
    env = gymnasium.make(ID, **SMALL)
    image, info = env.reset(seed=5)
    assert image.shape == (168, 336, 3) and env.observation_space.contains(image)
    assert env.action_space == gymnasium.spaces.Discrete(56)
    assert info["text"].startswith("(0,0) ")
    assert solve_episode(env) == 4.0


def test_nothing_resets_by_itself() -> None:
    env = gymnasium.make(ID, **SMALL).unwrapped
    with pytest.raises(ResetNeeded):
        env.step(0)
    env.reset(seed=5)
    solve_episode(env)
    with pytest.raises(ResetNeeded):
        env.step(0)
    assert env.game.text(env.state).count("empty") == 8
    assert np.array_equal(env.render() if env.render_mode else env.game.image(env.state), env.game.image(env.state))


def test_an_illegal_action_leaves_the_state() -> None:
    env = gymnasium.make(ID, **SMALL).unwrapped
    before, _ = env.reset(seed=5)
    legal = {env.game.index_of(action) for action in env.game.legal_actions(env.state)}
    index = next(i for i in range(env.game.num_actions) if i not in legal and env.game.action_at(i)[:2] == (0, 0))
    after, reward, terminated, _, info = env.step(index)
    assert np.array_equal(before, after) and reward == 0.0 and not terminated and not info["is_legal"]


def test_seeds_are_levels() -> None:
    env = GameEnv(games.make_game(ID))
    env.reset(seed=9)
    assert env.state == games.ChatEnv(env.game).open(9)
    later = [env.reset()[1]["text"] for _ in range(3)]
    env.reset(seed=9)
    assert later == [env.reset()[1]["text"] for _ in range(3)]
    assert len(set(later)) == 3


def test_vectors_of_environments() -> None:
    envs = gymnasium.make_vec(ID, num_envs=3, vectorization_mode="sync", **SMALL)
    images, _ = envs.reset(seed=1)
    assert images.shape == (3, 168, 336, 3)
    images, rewards, *_ = envs.step(envs.action_space.sample())
    assert images.shape == (3, 168, 336, 3) and rewards.shape == (3,)
    envs.close()


def test_knobs_reach_gymnasium() -> None:
    with pytest.raises(games.KnobError, match="did you mean 'rows'"):
        gymnasium.make(ID, row=4)
