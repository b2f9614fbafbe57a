"""Environment workers of real Ray: dying, hanging and failing must not change what an episode is."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

import psutil
import pytest

from easyr1.rollout.environment import open_level, turn_level
from easyr1.rollout.types import EnvironmentFailed
from games import ChatEnv, Level

pytest.importorskip("ray")
pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore")]  # warnings of other libraries

Result = TypeVar("Result")
LEVEL = Level("games/ShisenSho-v0", {"rows": 4, "columns": 4, "num_faces": 4, "copies": 4}, seed=5)


def run(call: Coroutine[Any, Any, Result]) -> Result:
    return asyncio.run(call)


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    import ray

    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error")
    yield
    ray.shutdown()


@pytest.fixture
def pool() -> Any:
    from easyr1.bridge.environment_worker import EnvironmentPool

    pool = EnvironmentPool(num_workers=2, timeout_s=20)
    for _ in range(2):
        run(pool.open(LEVEL))
    return pool


def worker_processes() -> list[psutil.Process]:
    family = psutil.Process().children(recursive=True)
    return [process for process in family if "EnvironmentWorker" in " ".join(process.cmdline())]


def test_worker_says_what_the_pure_function_says(pool: Any) -> None:
    opening = run(pool.open(LEVEL))
    assert opening == open_level(LEVEL)
    env = ChatEnv.from_level(LEVEL)
    reply = env.truth_reply(opening.state, env.game.solve(opening.state))
    assert run(pool.turn(LEVEL, opening.state, 0, reply)) == turn_level(LEVEL, opening.state, 0, reply)
    assert pool.prompt(LEVEL) == env.prompt


def test_dead_workers_are_replaced_and_their_calls_repeated(pool: Any) -> None:
    pool.take_restarts()
    for process in worker_processes():
        process.kill()

    async def eight_at_once() -> list[Any]:
        return await asyncio.gather(*(pool.open(LEVEL) for _ in range(8)))

    assert run(eight_at_once()) == [open_level(LEVEL)] * 8
    assert pool.take_restarts() == 2, "once a worker, however many calls saw it die"
    assert pool.take_restarts() == 0


def test_hung_worker_is_replaced(pool: Any) -> None:
    from easyr1.bridge.environment_worker import EnvironmentPool

    before = {process.pid for process in worker_processes()}
    small = EnvironmentPool(num_workers=1, timeout_s=20)
    run(small.open(LEVEL))
    (hung,) = {process.pid for process in worker_processes()} - before
    small._timeout_s = 3.0
    os.kill(hung, signal.SIGSTOP)
    try:
        small_answer = run(small.open(LEVEL))
    finally:
        if psutil.pid_exists(hung):
            os.kill(hung, signal.SIGCONT)
    assert small_answer == open_level(LEVEL)
    assert small.take_restarts() >= 1


def test_a_game_that_keeps_failing_ends_its_episode_alone(pool: Any) -> None:
    broken = Level("games/ShisenSho-v0", {"rows": 3, "columns": 3}, seed=1)
    with pytest.raises(EnvironmentFailed, match="3 times"):
        run(pool.open(broken))
    assert run(pool.open(LEVEL)) == open_level(LEVEL)
