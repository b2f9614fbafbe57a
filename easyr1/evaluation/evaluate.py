"""An evaluation from its settings to its table."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from easyr1.errors import ConfigError
from easyr1.evaluation.anchors import AnchorBook, Anchors, compute_anchors
from easyr1.evaluation.compare import diagnose, load_run, related_runs
from easyr1.evaluation.episodes import Job
from easyr1.evaluation.figures import UNSOUND, score_of
from easyr1.evaluation.levels import evaluation_level, first_state_hash, frozen_hashes
from easyr1.evaluation.progress import EvaluationProgress
from easyr1.evaluation.run_folder import claim_folder, jobs_left
from easyr1.evaluation.runner import StatePlayer, jobs_of, play_model, play_states
from easyr1.evaluation.settings import Settings
from easyr1.evaluation.store import EpisodeStore
from easyr1.evaluation.summary import Summary, level_hashes, summarise, write_summary
from easyr1.evaluation.table import write_table
from easyr1.evaluation.tasks import Task, why_not
from easyr1.replay.record import TurnRecord

Say = Callable[[str], None]
ANCHORS = "anchors.json"


def print_at_once(line: str) -> None:
    """Print a line that is seen before the long wait that follows, through a pipe too."""
    print(line, flush=True)


def evaluate(settings: Settings, say: Say = print_at_once) -> int:
    """Play what is not there yet, and write summary.json, levels.jsonl, table.md, scores.png and curves.png.

    Args:
        say: Takes a line for the reader at a time.

    Returns:
        0, or 1 when a task has no episode that was played to its end.

    Raises:
        ConfigError: The folder is another run's, a game cannot be made, or the endpoint cannot be asked.
    """
    tasks, skipped = _playable(settings.tasks)
    for task in tasks:
        _check_levels(task)
    if settings.chat is None:
        claim_folder(settings.folder, settings.pinned, tasks)
        _play_states(settings, tasks)
    elif settings.checkpoint is None:
        asyncio.run(_play_chat(settings, tasks, say))
    else:
        asyncio.run(_play_checkpoint(settings, tasks, say))
    return _sum_up(settings, tasks, skipped, say)


def _playable(tasks: Sequence[Task]) -> tuple[list[Task], dict[str, str]]:
    """The tasks whose games can be made, and the reasons of the others."""
    reasons = {task.name: why_not(task) for task in tasks}
    playable = [task for task in tasks if reasons[task.name] is None]
    skipped = {name: reason for name, reason in reasons.items() if reason is not None}
    if not playable:
        raise ConfigError(f"suite: none of its games can be made: {next(iter(skipped.values()), 'it has no task')}")
    return playable, skipped


def _check_levels(task: Task) -> None:
    """Refuse a game whose levels are not those of the committed table: its figures would be compared in vain."""
    known = frozen_hashes().get(task.levels_key)
    if known and first_state_hash(evaluation_level(task, 0)) != known[0]:
        raise ConfigError(
            f"game: the levels of {task.name} are not the frozen ones; {task.game} deals or draws otherwise than when "
            "they were listed (python -m easyr1.evaluation.levels --check)"
        )


def _play_states(settings: Settings, tasks: Sequence[Task]) -> None:
    player = StatePlayer(settings.folder, settings.policy, settings.seed, settings.record_episodes or 0)
    jobs, left = _jobs(settings, tasks)
    with EvaluationProgress(len(jobs), len(jobs) - len(left)) as progress:
        play_states(player, left, lambda job, records: _count(progress, job, records), settings.workers)


async def _play_chat(settings: Settings, tasks: Sequence[Task], say: Say) -> None:
    from easyr1.policies.chat_endpoint import ChatEndpointPolicy

    assert settings.chat is not None
    async with ChatEndpointPolicy(settings.chat, settings.observation) as policy:
        await policy.check()
        pinned = {**settings.pinned, "chat.model": await policy.model()}
        claim_folder(settings.folder, pinned, tasks)
        jobs, left = _jobs(settings, tasks)
        with EvaluationProgress(len(jobs), len(jobs) - len(left)) as progress:
            await play_model(
                policy.for_repeat,
                left,
                settings.folder,
                lambda job, records: _count(progress, job, records),
                settings.window,
                settings.chat.concurrency,
                settings.record_episodes,
            )


async def _play_checkpoint(settings: Settings, tasks: Sequence[Task], say: Say) -> None:
    from easyr1.policies.served_checkpoint import serve_checkpoint

    assert settings.checkpoint is not None and settings.chat is not None and settings.server is not None
    claim_folder(settings.folder, settings.pinned, tasks)
    if not _jobs(settings, tasks)[1]:
        return
    async with serve_checkpoint(
        settings.checkpoint, settings.folder, settings.chat, settings.server, settings.max_images, say
    ) as chat:
        await _play_chat(replace(settings, chat=chat), tasks, say)


def _jobs(settings: Settings, tasks: Sequence[Task]) -> tuple[list[Job], list[Job]]:
    """All episodes, and those still to be played."""
    store, jobs = EpisodeStore(settings.folder), jobs_of(tasks)
    store.clear_drafts()
    return jobs, jobs_left(store, jobs, settings.retry_failed)


def _count(progress: EvaluationProgress, job: Job, records: Sequence[TurnRecord]) -> None:
    progress.add(job.task.name, score_of(job.task, records), records[0].stop_reason in UNSOUND)


def _sum_up(settings: Settings, tasks: Sequence[Task], skipped: Mapping[str, str], say: Say) -> int:
    from easyr1.evaluation.curves import draw_score_curves
    from easyr1.evaluation.plots import draw_scores

    store = EpisodeStore(settings.folder)
    anchors = _anchors(settings, tasks, store, say)
    found = [summarise(task, store, anchors[task]) for task in tasks]
    summary = Summary(tuple(found), skipped)
    table = write_table(summary)
    write_summary(summary, settings.folder, table)
    draw_scores([load_run(settings.folder)], settings.folder / "scores.png")
    played = {task.name: [store.read(job) for job in jobs_of([task]) if store.has(job)] for task in tasks}
    draw_score_curves(played, settings.folder / "curves.png")
    say(f"\n{table}")
    for line in diagnose(related_runs(settings.folder)):
        say(line)
    files = "summary.json, table.md, levels.jsonl, scores.png, curves.png, episodes/, images/"
    say(f"written: {settings.folder}/{{{files}}}")
    say(f"to see the episodes: python -m easyr1.replay {settings.folder}")
    return 0 if all(any(level.episodes for level in one.levels) for one in found) else 1


def _anchors(settings: Settings, tasks: Sequence[Task], store: EpisodeStore, say: Say) -> dict[Task, Anchors]:
    """Those of the levels that were played; computed where nobody has yet, and kept for all runs beside this one."""
    book = AnchorBook(settings.folder.parent / ANCHORS)
    hashes = {task: level_hashes(task, store) for task in tasks}
    missing = [task for task in tasks if book.find(task, hashes[task]) is None]
    if missing:
        say(f"playing the random policy and the solver for {len(missing)} of {len(tasks)} tasks, once for all runs")
    for task, computed in compute_anchors(missing, settings.workers):
        if not computed.fit(hashes[task]):
            raise ConfigError(f"game: {task.game} deals other levels than when {task.name} was played; play it anew")
        book.keep(task, computed)
        say(computed.in_words(task))
    found = {task: book.find(task, hashes[task]) for task in tasks}
    return {task: anchors for task, anchors in found.items() if anchors is not None}
