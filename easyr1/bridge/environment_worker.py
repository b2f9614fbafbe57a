"""Environment workers: Ray actors that hold no state, and a pool that outlives any of them."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from typing import Any

import ray

from easyr1.rollout.environment import open_level, prompt_of, turn_level
from easyr1.rollout.types import EnvironmentFailed, Opening, Step
from games import Level

MAX_ATTEMPTS = 3
"""Calls of one turn before its episode ends as failed: one may meet a dying worker, three in a row mean the game."""


@ray.remote(num_cpus=0)
class EnvironmentWorker:
    """Plays single turns; every call brings the state along, so any worker gives the same answer."""

    def open(self, level: Level) -> Opening:
        """Deal a level."""
        return open_level(level)

    def turn(self, level: Level, state: Any, index: int, reply: str) -> Step:
        """Play one reply."""
        return turn_level(level, state, index, reply)


class EnvironmentPool:
    """The environment that episodes of one process play in; replaces workers that die or hang.

    Args:
        num_workers: processes.
        timeout_s: seconds after which a call counts as hung.
    """

    def __init__(self, num_workers: int, timeout_s: float):
        self._timeout_s = timeout_s
        self._workers = [EnvironmentWorker.remote() for _ in range(num_workers)]
        self._next = itertools.cycle(range(num_workers))
        self._restarts = 0

    def prompt(self, level: Level) -> str:
        """The instructions of a level's game; the same text for every state."""
        return prompt_of(level)

    async def open(self, level: Level) -> Opening:
        """Deal a level on some worker."""
        return await self._call("open", (level,))

    async def turn(self, level: Level, state: Any, index: int, reply: str) -> Step:
        """Play one reply on some worker."""
        return await self._call("turn", (level, state, index, reply))

    def take_restarts(self) -> int:
        """Workers replaced since the last call."""
        restarts, self._restarts = self._restarts, 0
        return restarts

    async def _call(self, method: str, arguments: Sequence[Any]) -> Any:
        reasons = []
        for _ in range(MAX_ATTEMPTS):
            slot = next(self._next)
            worker = self._workers[slot]
            try:
                call = getattr(worker, method).remote(*arguments)
                return await asyncio.wait_for(asyncio.wrap_future(call.future()), self._timeout_s)
            except asyncio.TimeoutError:
                reasons.append(f"no answer within {self._timeout_s:g} s")
                self._replace(slot, worker)
            except ray.exceptions.RayActorError:
                reasons.append("worker died")
                self._replace(slot, worker)
            except ray.exceptions.RayTaskError as error:
                reasons.append(str(error.cause if hasattr(error, "cause") else error).strip().splitlines()[-1])
        raise EnvironmentFailed(f"{method} failed {MAX_ATTEMPTS} times: {'; '.join(reasons)}")

    def _replace(self, slot: int, worker: Any) -> None:
        """Put a new worker in a slot, once however many calls saw the old one die."""
        if self._workers[slot] is worker:
            ray.kill(worker)
            self._workers[slot] = EnvironmentWorker.remote()
            self._restarts += 1
