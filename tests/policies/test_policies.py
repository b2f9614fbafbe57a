from __future__ import annotations

import asyncio

import pytest
from numpy.random import default_rng

from easyr1.policies.scripted import ScriptedPolicy
from easyr1.policies.solver import GreedyPolicy, RandomPolicy, SolverPolicy
from easyr1.rollout.environment import LocalEnvironment
from easyr1.rollout.limits import Limits
from easyr1.rollout.play import Episode, play_episode
from easyr1.rollout.types import Context, Frame, Policy, StopReason, Trajectory
from games import ChatEnv, Level, make_game
from games.core.types import ReplyStatus

KNOBS = {"rows": 4, "columns": 4, "num_faces": 4, "solvable": True}


def play_all(policy: Policy, num_levels: int = 8, max_turns: int = 8, window: int | None = 1) -> list[Trajectory]:
    async def run() -> list[Trajectory]:
        episodes = [Episode(Level("games/ShisenSho-v0", KNOBS, seed), LocalEnvironment()) for seed in range(num_levels)]
        return list(
            await asyncio.gather(*(play_episode(policy, episode, Limits(max_turns, window)) for episode in episodes))
        )

    return asyncio.run(run())


def test_one_script_serves_many_episodes_and_ends() -> None:
    for trajectory in play_all(ScriptedPolicy(["first", "second"])):
        assert [turn.reply.text for turn in trajectory.turns] == ["first", "second"]
        assert trajectory.stop_reason is StopReason.POLICY_FAILED
        assert trajectory.failure is not None and "2 replies" in trajectory.failure


def test_the_solver_clears_solvable_boards_with_perfect_replies() -> None:
    for trajectory in play_all(SolverPolicy()):
        assert (trajectory.num_turns, trajectory.stop_reason) == (8, StopReason.TERMINAL)
        for turn in trajectory.turns:
            assert turn.is_well_formed and turn.perception.exact and turn.status is ReplyStatus.LEGAL


def test_random_legal_play_is_always_legal() -> None:
    turns = [turn for trajectory in play_all(RandomPolicy(legal=True)) for turn in trajectory.turns]
    assert {turn.status for turn in turns} == {ReplyStatus.LEGAL}


def test_random_play_draws_from_all_that_can_be_written() -> None:
    turns = [turn for trajectory in play_all(RandomPolicy()) for turn in trajectory.turns]
    statuses = [turn.status for turn in turns]
    assert ReplyStatus.UNREADABLE not in statuses
    assert statuses.count(ReplyStatus.ILLEGAL) > len(statuses) / 2
    assert all(turn.perception.exact and turn.is_well_formed for turn in turns)
    # A turn draws anew, also on a state that an illegal action left as it was.
    assert len({turn.action_text for turn in turns}) > len(turns) / 2


def test_choices_hang_on_seed_level_and_turn_alone() -> None:
    assert play_all(RandomPolicy(3)) == play_all(RandomPolicy(3), window=None)
    assert play_all(RandomPolicy(3))[5:] == play_all(RandomPolicy(3), num_levels=6)[5:] + play_all(RandomPolicy(3))[6:]
    assert play_all(RandomPolicy(3)) != play_all(RandomPolicy(4))


def test_greedy_play_takes_what_earns_most_at_once() -> None:
    env = ChatEnv(make_game("games/Swap-v0", rows=5, columns=5, num_faces=6, colours=6, shapes=1))
    greedy, better = GreedyPolicy(), 0
    for seed in range(20):
        state = env.open(seed)
        chosen = greedy.choose(env, state, default_rng(seed))
        dice = int(default_rng(seed).integers(2**63))
        rewards = [
            env.game.transition(state, action, default_rng(dice)).reward for action in env.game.legal_actions(state)
        ]
        assert env.game.legal_actions(state).index(chosen) == rewards.index(max(rewards))
        better += max(rewards) > rewards[0]
    assert better > 3


def test_greedy_play_gives_up_where_nothing_is_legal() -> None:
    env = ChatEnv(make_game("games/ShisenSho-v0", rows=1, columns=2, num_faces=1))
    state = env.open(0)
    over = env.play(0, state, 0, env.game.solve(state)).state
    assert GreedyPolicy().choose(env, over, default_rng(0)) is None


def test_a_context_without_the_truth_is_an_error() -> None:
    with pytest.raises(ValueError, match="no level and state"):
        asyncio.run(SolverPolicy().reply(Context("prompt", (), Frame(b"", "0", ""))))
