"""Whose folder it is, and what is still to be played."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from easyr1.errors import ResumeError
from easyr1.evaluation.episodes import Job, QuietEnvironment, play_job
from easyr1.evaluation.run_folder import claim_folder, jobs_left
from easyr1.evaluation.runner import jobs_of
from easyr1.evaluation.store import EpisodeStore, write_whole
from easyr1.policies.scripted import ScriptedPolicy
from easyr1.policies.solver import SolverPolicy
from tests.evaluation.make import SMALL

PINNED: dict[str, Any] = {"policy": "solver", "game": "ShisenSho-v0", "knobs": {"rows": 2}, "seed": 0}


def test_the_same_run_finds_its_folder_again(tmp_path: Path) -> None:
    claim_folder(tmp_path / "run", PINNED, [SMALL])
    before = (tmp_path / "run" / "config.json").read_bytes()
    claim_folder(tmp_path / "run", PINNED, [SMALL])
    assert (tmp_path / "run" / "config.json").read_bytes() == before
    assert json.loads(before) == {**PINNED, "tasks": [SMALL.to_dict()]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"policy": "random"}, "policy: random given, and {folder} was played with solver; choose another experiment="),
        ({"seed": 3}, "seed: 3 given, and {folder} was played with 0; choose another experiment="),
        ({"knobs": {"rows": 4}}, 'knobs: {{"rows": 4}} given, and {folder} was played with {{"rows": 2}}; choose'),
        ({"chat.model": "x"}, "chat.model: x given, and {folder} was played with null; choose"),
    ],
)
def test_another_run_is_told_what_differs(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    folder = tmp_path / "run"
    claim_folder(folder, PINNED, [SMALL])
    with pytest.raises(ResumeError) as caught:
        claim_folder(folder, {**PINNED, **changes}, [replace(SMALL, max_turns=7)])
    assert str(caught.value).startswith(message.format(folder=folder)) and "\n" not in str(caught.value)


def test_tasks_that_have_changed_under_the_same_keys(tmp_path: Path) -> None:
    claim_folder(tmp_path, PINNED, [SMALL])
    with pytest.raises(ResumeError, match="suite: its tasks are not those that"):
        claim_folder(tmp_path, PINNED, [replace(SMALL, max_turns=7)])


@pytest.mark.parametrize("content", [None, "{", "[1]"])
def test_a_folder_with_something_else_in_it(tmp_path: Path, content: str | None) -> None:
    (tmp_path / ("metrics.jsonl" if content is None else "config.json")).write_text(content or "")
    with pytest.raises(ResumeError, match="choose another experiment=NAME"):
        claim_folder(tmp_path, PINNED, [SMALL])


def play(store: EpisodeStore, job: Job, fails: bool) -> None:
    policy = ScriptedPolicy([]) if fails else SolverPolicy()
    store.write(asyncio.run(play_job(job, policy, QuietEnvironment(), 1)))


def test_what_is_there_is_not_played_again_and_failures_on_request_only(tmp_path: Path) -> None:
    store, jobs = EpisodeStore(tmp_path), jobs_of([replace(SMALL, episodes=2, repeats=2)])
    assert [(job.level, job.repeat) for job in jobs] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert jobs_left(store, jobs, retry_failed=False) == jobs
    play(store, jobs[0], fails=False)
    play(store, jobs[2], fails=True)
    assert jobs_left(store, jobs, retry_failed=False) == [jobs[1], jobs[3]]
    assert store.read_first(jobs[2]).failure.startswith("the script has 0 replies")
    assert jobs_left(store, jobs, retry_failed=True) == jobs[1:]
    assert store.has(jobs[0]) and not store.has(jobs[2])


def test_half_written_files_are_no_episodes(tmp_path: Path) -> None:
    store, (job, *_) = EpisodeStore(tmp_path), jobs_of([SMALL])
    play(store, job, fails=False)
    (path,) = tmp_path.glob("episodes/small/*.jsonl")
    path.rename(path.with_name(f"{path.name}.123.tmp"))
    assert not store.has(job)
    store.clear_drafts()
    assert not list(tmp_path.glob("**/*.tmp"))


def test_threads_may_write_one_file_at_once(tmp_path: Path) -> None:
    # Two episodes on one level, which a model plays side by side, begin with the same picture.
    content = bytes(1_000_000)
    with ThreadPoolExecutor(8) as pool:
        written = [pool.submit(write_whole, tmp_path / "picture.png", content) for _ in range(64)]
        for one in written:
            one.result()
    assert [path.name for path in tmp_path.iterdir()] == ["picture.png"]
    assert (tmp_path / "picture.png").read_bytes() == content
