"""A data set from its settings to its card."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context, parent_process
from typing import Any

from easyr1.cold_start.card import write_card
from easyr1.cold_start.counts import count
from easyr1.cold_start.episodes import EpisodeSettings, Outcome, play_level
from easyr1.cold_start.fill import Barren, Filler, Pace
from easyr1.cold_start.folder import claim_folder
from easyr1.cold_start.lengths import token_counter
from easyr1.cold_start.levels import SPLITS
from easyr1.cold_start.progress import DataProgress
from easyr1.cold_start.replies import ReplyLog, Spent
from easyr1.cold_start.settings import DataSettings
from easyr1.cold_start.shards import ShardStore
from easyr1.cold_start.sheet import draw_sheet
from easyr1.cold_start.teachers import SolverTeacher
from easyr1.errors import ConfigError
from easyr1.evaluation.store import write_whole
from games.core.types import Level

Say = Callable[[str], None]
REPLIES, COUNTS, CARD, SHEET = "replies.jsonl", "counts.json", "README.md", "samples.png"

SOLVER_BATCH, LEVELS_A_WORKER = 64, 32
SOLVER_GIVES_UP, CHAT_GIVES_UP = 500, 40
WITHOUT_REPLY = ("terminal", "failed_request", "prompt_too_long", "game_failed")
"""Reasons for which a turn is left out that no reply had to be paid for."""

FIRST_REPLIES = 8
"""Replies of a model after which is said what the rest will cost."""


def make_data(settings: DataSettings, say: Say = print) -> int:
    """Make what is not there yet, and write counts.json, README.md and samples.png.

    Args:
        say: Takes a line for the reader at a time.

    Returns:
        0, or 1 when there are fewer examples than asked for.

    Raises:
        ConfigError: The folder is another data set's or cannot be written, a processor cannot be loaded, the endpoint
            cannot be asked, or it is going to cost more than allowed.
        GamesError: A game cannot be made.
    """
    if settings.episodes.model is not None:
        token_counter(settings.episodes.model)
    try:
        made = asyncio.run(_solver(settings) if settings.chat is None else _chat(settings, say))
        for note in made.notes:
            say(f"fewer examples than asked for: {note}")
        _sum_up(settings, made, say)
    except BrokenPipeError:
        raise  # of the reader, not of the folder
    except OSError as error:
        # What is there is whole: lines of replies.jsonl, and files that take their names when they are written.
        where, reason = error.filename or settings.folder, error.strerror or error
        raise ConfigError(f"runs_dir: {where}: {reason}; the same command goes on from what is there") from error
    return 1 if made.notes else 0


@dataclass(frozen=True, slots=True)
class Made:
    """What came of making a data set, beside its rows.

    Attributes:
        notes: A line for the reader for each game with fewer examples than asked for.
        barren: What was given up, by game and split.
        pinned: The settings that its rows depend on.
        spent: What the replies of a model have taken.
    """

    notes: Sequence[str]
    barren: Mapping[tuple[str, str], Barren]
    pinned: Mapping[str, Any]
    spent: Spent | None = None


@dataclass(frozen=True, slots=True)
class SolverPlayer:
    """Plays levels with a teacher that needs no model; travels to other processes."""

    settings: EpisodeSettings
    teacher: str

    def __call__(self, level: Level) -> list[Outcome]:
        """What became of each turn of a level."""
        return asyncio.run(self.play(level))

    async def play(self, level: Level) -> list[Outcome]:
        """The same, for a loop that is running."""
        await asyncio.sleep(0)  # the loop sees Ctrl-C
        teacher = SolverTeacher(self.settings.candidates, searches=self.teacher == "search")
        return await play_level(level, teacher, self.settings)


async def _solver(settings: DataSettings) -> Made:
    store = claim_folder(settings.folder, settings.pinned, settings.states, list(settings.games))
    missing = _missing(settings, store)
    workers = settings.workers or min(os.cpu_count() or 1, sum(missing.values()) // LEVELS_A_WORKER)
    player = SolverPlayer(settings.episodes, settings.teacher)
    with ExitStack() as stack, _progress(settings, missing) as progress:
        if workers > 1:
            # Spawned, so that nothing of this process (threads, sockets, a loop) is in them.
            context = get_context("spawn")
            pool = stack.enter_context(ProcessPoolExecutor(workers, context, initializer=_begin_worker))
            stack.callback(pool.shutdown, cancel_futures=True)

        async def play(levels: Sequence[Level]) -> list[list[Outcome]]:
            if workers > 1:
                loop = asyncio.get_running_loop()
                return await _gather([loop.run_in_executor(pool, player, level) for level in levels])
            return [await player.play(level) for level in levels]

        batch = SOLVER_BATCH * max(1, workers)
        filler = Filler(settings, store, Pace(batch, batch, SOLVER_GIVES_UP), play, progress)
        return Made(await _fill(filler, settings), filler.barren, settings.pinned)


async def _chat(settings: DataSettings, say: Say) -> Made:
    from easyr1.cold_start.chat_teacher import ChatTeacher
    from easyr1.cold_start.costs import Budget
    from easyr1.policies.chat_endpoint import ChatEndpointPolicy

    assert settings.chat is not None
    async with ChatEndpointPolicy(settings.chat, "both") as policy:
        await policy.check()
        pinned = {**settings.pinned, "chat.model": await policy.model()}
        store = claim_folder(settings.folder, pinned, settings.states, list(settings.games))
        missing = _missing(settings, store)
        with ReplyLog(settings.folder / REPLIES) as log:
            teacher, budget = ChatTeacher(policy, log), Budget(settings, missing, log.spent)
            if line := budget.before():
                say(line)

            async def play(levels: Sequence[Level]) -> list[list[Outcome]]:
                left_out = sum(number for reason, number in progress.rejected.items() if reason not in WITHOUT_REPLY)
                if line := budget.look(progress.kept, left_out):
                    progress.aside(say, line)
                return await _gather([play_level(level, teacher, settings.episodes) for level in levels])

            batch = max(2 * settings.chat.concurrency, FIRST_REPLIES)
            try:
                with _progress(settings, missing) as progress:
                    filler = Filler(settings, store, Pace(FIRST_REPLIES, batch, CHAT_GIVES_UP), play, progress)
                    notes = await _fill(filler, settings)
            finally:
                say(budget.total())
            return Made(notes, filler.barren, pinned, log.spent)


async def _gather(plays: Sequence[Awaitable[list[Outcome]]]) -> list[list[Outcome]]:
    """All at once; what is still under way when one of them fails, or the run is stopped, is called off."""
    tasks = [asyncio.ensure_future(play) for play in plays]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _fill(filler: Filler, settings: DataSettings) -> list[str]:
    """Fill all games; a line for the reader for each that has fewer examples than asked for."""
    notes = [await filler.fill(game) for game in settings.games]
    return [note for note in notes if note]


def _progress(settings: DataSettings, missing: Mapping[str, int]) -> DataProgress:
    total = len(settings.games) * sum(settings.states.values())
    return DataProgress(total, total - sum(missing.values()))


def _missing(settings: DataSettings, store: ShardStore) -> dict[str, int]:
    """Examples still to be made, by game."""
    kept = {game: sum(one.rows for split in SPLITS for one in store.shards(split, game)) for game in settings.games}
    return {game: sum(settings.states.values()) - number for game, number in kept.items()}


def _sum_up(settings: DataSettings, made: Made, say: Say) -> None:
    folder, store = settings.folder, ShardStore(settings.folder)
    counts = count(settings, store, made.spent, made.barren)
    write_whole(folder / COUNTS, f"{json.dumps(counts, indent=1)}\n".encode())
    write_whole(folder / CARD, write_card(settings, counts, made.pinned).encode())
    samples = [
        row
        for game in settings.games
        for shard in store.shards("train", game)[:1]
        for row in islice(store.rows(shard), settings.samples)
    ]
    if samples:
        write_whole(folder / SHEET, draw_sheet(samples))
    left_out = ", ".join(f"{number} {reason}" for reason, number in counts["rejected"].items()) or "nothing"
    kept = " and ".join(f"{number} {split}" for split, number in counts["kept"].items())
    say(f"kept {kept}; left out: {left_out}")
    written = [name for name in ("data/", REPLIES, CARD, COUNTS, SHEET) if (folder / name).exists()]
    say(f"written: {folder}/{{{', '.join(written)}}}")


def _begin_worker() -> None:
    """Ctrl-C reaches every process of a terminal, the first one deals with it; when that is killed, a worker ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None, "a worker has been started by another process"
    parent.join()
    os._exit(1)
