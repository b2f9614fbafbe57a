"""Plays the episodes of a run that are not there yet: a model's all at once, those of players by rule in processes."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from multiprocessing import connection, get_context, parent_process
from pathlib import Path
from typing import TypeVar

from numpy import uint64
from numpy.random import SeedSequence

from easyr1.evaluation.episodes import Job, QuietEnvironment, ThreadedEnvironment, play_job
from easyr1.evaluation.store import EpisodeStore
from easyr1.evaluation.tasks import Task
from easyr1.policies.solver import GreedyPolicy, RandomPolicy, SolverPolicy, StatePolicy
from easyr1.replay.record import TurnRecord
from easyr1.rollout.environment import LocalEnvironment
from easyr1.rollout.types import Policy

STATE_POLICIES: dict[str, Callable[[int], StatePolicy]] = {
    "random": RandomPolicy,
    "random_legal": lambda seed: RandomPolicy(seed, legal=True),
    "greedy": GreedyPolicy,
    "solver": SolverPolicy,
}
"""Players that see the state and need no model, by name; made from a seed."""

JOBS_A_WORKER = 16
"""Fewer are not worth the second that a process takes to start."""

OnPlayed = Callable[[Job, Sequence[TurnRecord]], None]
Input = TypeVar("Input")
Output = TypeVar("Output")


def jobs_of(tasks: Iterable[Task]) -> list[Job]:
    """All episodes of some tasks, level by level."""
    return [
        Job(task, level, repeat) for task in tasks for level in range(task.episodes) for repeat in range(task.repeats)
    ]


def state_policy(name: str, seed: int, repeat: int) -> StatePolicy:
    """One of STATE_POLICIES for episodes number `repeat` on their levels, which differ by their dice."""
    mixed = int(SeedSequence(seed, spawn_key=(repeat,)).generate_state(1, uint64)[0]) if repeat else seed
    return STATE_POLICIES[name](mixed)


@dataclass(frozen=True, slots=True)
class StatePlayer:
    """Plays episodes by one of STATE_POLICIES and keeps them; travels to other processes.

    Attributes:
        folder: Of the run.
        policy: Its name.
        seed: Of its dice.
        record_episodes: Of each task, the number of first levels whose first episode keeps pictures and texts.
    """

    folder: Path
    policy: str
    seed: int
    record_episodes: int

    def __call__(self, job: Job) -> tuple[Job, list[TurnRecord]]:
        """Play an episode and keep it; returns it with its lines."""
        is_seen = job.level < self.record_episodes and job.repeat == 0
        environment = LocalEnvironment() if is_seen else QuietEnvironment()
        policy = state_policy(self.policy, self.seed, job.repeat)
        played = asyncio.run(play_job(job, policy, environment, window=1))
        return job, list(EpisodeStore(self.folder).write(played, keep_texts=is_seen))


def play_states(player: StatePlayer, jobs: Sequence[Job], on_played: OnPlayed, workers: int | None = None) -> None:
    """Play all jobs by a rule.

    Args:
        on_played: Called in this process for each episode, in the order in which they end.
        workers: Processes, 1 for this one alone; None for as many as there are cores, fewer for few jobs.

    Raises:
        GamesError: A task's game cannot be made.
        BrokenProcessPool: A process was killed.
    """
    for job, records in in_processes(player, jobs, workers):
        on_played(job, records)


def in_processes(call: Callable[[Input], Output], inputs: Sequence[Input], workers: int | None) -> Iterator[Output]:
    """What a picklable call makes of each input, as it comes; see `play_states` for the number of workers."""
    count = min(os.cpu_count() or 1, len(inputs) // JOBS_A_WORKER) if workers is None else workers
    if count <= 1:
        yield from map(call, inputs)
        return
    # Spawned, so that nothing of this process (threads, sockets, a loop) is in them.
    with ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_start_worker) as pool:
        waiting: set[Future[Output]] = set()
        queue = iter(inputs)
        try:
            while True:
                # Few at a time: whoever stops the run waits for those under way only.
                waiting |= {pool.submit(call, one) for one in islice(queue, 4 * count - len(waiting))}
                if not waiting:
                    return
                ended, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in ended:
                    yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _start_worker() -> None:
    """Leave Ctrl-C, which reaches every process of a terminal, to the parent, and end when that is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    assert parent is not None
    threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    # The queue of a pool does not say that nobody fills it any more: each worker holds both of its ends.
    connection.wait([sentinel])
    os._exit(1)


async def play_model(
    policy_for: Callable[[int], Policy],
    jobs: Sequence[Job],
    folder: Path,
    on_played: OnPlayed,
    window: int | None,
    concurrency: int,
    record_episodes: int | None = None,
) -> None:
    """Play all jobs by policies that wait for a model; their failures end single episodes.

    Args:
        policy_for: The policy of repeat 0, 1, ... of the levels; all are used at once.
        window: Turns in a context, None for all.
        concurrency: Episodes played at the same time, 1 or more.
        record_episodes: As in `StatePlayer`, of the pictures alone; None for all.
    """
    store, queue = EpisodeStore(folder), iter(jobs)

    async def work() -> None:
        for job in queue:
            played = await play_job(job, policy_for(job.repeat), ThreadedEnvironment(), window)
            is_seen = record_episodes is None or (job.level < record_episodes and job.repeat == 0)
            on_played(job, await asyncio.to_thread(store.write, played, True, is_seen))

    players = [asyncio.ensure_future(work()) for _ in range(min(concurrency, len(jobs)))]
    try:
        await asyncio.gather(*players)
    finally:
        for player in players:
            player.cancel()
        await asyncio.gather(*players, return_exceptions=True)
