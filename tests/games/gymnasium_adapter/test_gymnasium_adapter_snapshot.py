from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.random import default_rng

from games.core.types import FrozenMap
from games.gymnasium_adapter.environment import EMULATOR_KWARGS, make_environment
from games.gymnasium_adapter.snapshot import (
    MAX_MACHINES,
    EmulatorMachine,
    Machine,
    PickleMachine,
    ReplayMachine,
    find_kind,
    machine_for,
)
from tests.games.gymnasium_adapter.worlds import world_id

CATCH = "games.gymnasium_adapter.catch:Catch-v0"
ATARI = FrozenMap(EMULATOR_KWARGS)
NONE = FrozenMap({})


def played_alone(env_id: str, seed: int, actions: list[int]) -> list[Any]:
    """What an environment shows and gives when nothing is ever taken out of it."""
    environment, seen = make_environment(env_id, {}), []
    environment.reset(seed=seed)
    for turn, action in enumerate(actions):
        environment._np_random = default_rng(turn)
        _, reward, is_terminated, is_truncated, _ = environment.step(action)
        seen.append((environment.render().tobytes(), float(reward), is_terminated or is_truncated))
        if seen[-1][2]:
            break
    return seen


def played_by_snapshots(machines: list[Machine], seed: int, actions: list[int]) -> list[Any]:
    """The same, every step on the next machine, which has been elsewhere in between."""
    machines[0].open(seed)
    snapshot, seen = machines[0].save(), []
    for turn, action in enumerate(actions):
        machine = machines[turn % len(machines)]
        machine.open(1000 + turn)
        machine.step(0, default_rng(77))
        machine.load(snapshot)
        reward, is_over = machine.step(action, default_rng(turn))
        seen.append((machine.frame().tobytes(), reward, is_over))
        snapshot = machine.save()
        if is_over:
            break
    return seen


@pytest.mark.parametrize("env_id", [CATCH, world_id("Counter")])
def test_a_pickle_plays_like_the_environment_alone(env_id: str) -> None:
    assert find_kind(env_id, NONE, "") is PickleMachine
    for seed in range(4):
        actions = default_rng(seed).integers(2, size=12).tolist()
        machines: list[Machine] = [PickleMachine(env_id, NONE), PickleMachine(env_id, NONE)]
        assert played_by_snapshots(machines, seed, actions) == played_alone(env_id, seed, actions)


@pytest.mark.parametrize("name", ["Unpicklable", "Remade", "Forgetful"])
def test_what_no_pickle_holds_is_replayed(name: str) -> None:
    assert find_kind(world_id(name), NONE, "") is ReplayMachine


@pytest.mark.parametrize("world", ["Counter", "Unpicklable"])
def test_a_replay_does_what_a_pickle_does(world: str) -> None:
    """The two draw their noise from different streams, so only what does not hang on it is compared."""
    actions = default_rng(5).integers(2, size=10).tolist()
    env_id = world_id(world)
    one, two = ReplayMachine(env_id, NONE), ReplayMachine(env_id, NONE)
    assert played_by_snapshots([one], 3, actions) == played_by_snapshots([one, two], 3, actions)
    rewards = [reward for _, reward, _ in played_by_snapshots([two], 3, actions)]
    assert rewards == [reward for _, reward, _ in played_alone(env_id, 3, actions)]


def test_a_replay_owes_nothing_to_what_was_played_and_drawn_before() -> None:
    actions = [1, 0, 0, 1, 1]
    env_id = world_id("Leaky")
    undisturbed = ReplayMachine(env_id, NONE)
    undisturbed.open(3)
    seen = []
    for turn, action in enumerate(actions):
        reward, is_over = undisturbed.step(action, default_rng(turn))
        seen.append((undisturbed.frame().tobytes(), reward, is_over))
        undisturbed.frame()
    assert played_by_snapshots([ReplayMachine(env_id, NONE)], 3, actions) == seen


def test_a_replay_is_eight_bytes_and_sixteen_a_step() -> None:
    machine = ReplayMachine(world_id("Unpicklable"), NONE)
    machine.open(2**31 - 1)
    assert len(machine.save()) == 8
    machine.step(1, default_rng(0))
    assert len(machine.save()) == 24


@pytest.mark.parametrize("game", ["Breakout", "Pong"])
def test_an_emulator_goes_on_where_another_was(game: str) -> None:
    pytest.importorskip("ale_py")
    env_id = f"ALE/{game}-v5"
    assert find_kind(env_id, ATARI, repr(ATARI)) is EmulatorMachine
    first, second = EmulatorMachine(env_id, ATARI), EmulatorMachine(env_id, ATARI)
    rng = default_rng(0)
    first.open(0)
    for _ in range(40):
        snapshot, action = first.save(), int(rng.integers(4))
        first.step(action, rng)
        second.load(snapshot)
        second.step(action, rng)
        assert np.array_equal(first.frame(), second.frame()) and first.save() == second.save()


def test_snapshots_leave_out_what_is_the_same_in_all_states() -> None:
    machine = PickleMachine(CATCH, NONE)
    machine.open(0)
    assert len(machine.save()) < 300
    assert machine.environment.action_space.n == 3
    assert "observation_space" not in vars(pickle.loads(machine.save()))


def test_a_thread_has_its_own_machines_and_keeps_a_few() -> None:
    mine = machine_for(CATCH, NONE)
    assert machine_for(CATCH, NONE) is mine
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(machine_for, CATCH, NONE).result() is not mine
    assert machine_for(CATCH, FrozenMap({"wind": 1})) is not machine_for(CATCH, FrozenMap({"wind": 1.0}))
    for limit in range(MAX_MACHINES):
        machine_for(world_id("Counter"), FrozenMap({"limit": limit + 2}))
    assert machine_for(CATCH, NONE) is not mine


def test_actions_count_from_where_the_environment_says() -> None:
    machine = PickleMachine(world_id("Counter"), FrozenMap({"start": 3}))
    machine.open(0)
    assert machine.step(1, default_rng(0)) == (5.0, False)
