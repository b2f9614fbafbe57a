"""Levels that stay put."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from easyr1.data.levels import LevelStream
from easyr1.evaluation import levels
from easyr1.evaluation.levels import (
    NUM_FROZEN,
    evaluation_level,
    evaluation_seed,
    first_state_hash,
    frozen_hashes,
    known_tasks,
    state_hash,
)
from easyr1.evaluation.suites import load_suite
from easyr1.evaluation.tasks import why_not
from easyr1.rollout.types import Frame
from games.core.chat import ChatEnv
from tests.evaluation.make import SMALL


def test_no_level_is_one_of_training_or_validation() -> None:
    evaluated = {evaluation_seed(index, restart) for index in range(500) for restart in range(4)}
    assert len(evaluated) == 2000, "no level comes twice"
    for seed in (0, 1, 7):
        for split in ("train", "validation"):
            stream = LevelStream(SMALL.game, SMALL.knobs, seed, split)
            played = {stream.level(index).seed for index in range(1000)}
            assert not evaluated & played
            # Training never sets the bit, so no seed of a run can lead there.
            assert split == "validation" or not any(one & 1 << 62 for one in played)
    assert all(seed & 1 << 62 and seed < 1 << 63 for seed in evaluated)


def test_a_level_is_its_number() -> None:
    assert evaluation_seed(0) == 6996475857741134523
    assert evaluation_level(SMALL, 3) == evaluation_level(SMALL, 3)
    assert evaluation_level(SMALL, 3).seed == evaluation_seed(3) != evaluation_seed(3, 1)


def test_the_hash_sees_words_and_pixels() -> None:
    assert len({state_hash("a", "b"), state_hash("b", "b"), state_hash("a", "a")}) == 3
    level = evaluation_level(SMALL, 0)
    env = ChatEnv.from_level(level)
    frame = Frame.from_observation(env.observe(env.open(level.seed)))
    assert first_state_hash(level) == state_hash(frame.text, frame.digest)


def test_levels_are_what_the_table_says() -> None:
    table, num_checked = frozen_hashes(), 0
    for task in known_tasks():
        if task.levels_key in table and why_not(task) is None:
            assert first_state_hash(evaluation_level(task, 0)) == table[task.levels_key][0], task.levels_key
            num_checked += 1
    assert num_checked >= 20
    for task in load_suite("g1"):
        if not task.optional:
            assert len(table[task.levels_key]) == NUM_FROZEN
            assert first_state_hash(evaluation_level(task, NUM_FROZEN - 1)) == table[task.levels_key][-1]


def test_the_check_finds_a_change(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    right = tuple(first_state_hash(evaluation_level(SMALL, index)) for index in range(3))
    monkeypatch.setattr(levels, "known_tasks", lambda: [SMALL])
    monkeypatch.setattr(levels, "_hash_all", lambda tasks, of: {SMALL.levels_key: right[: len(of(SMALL))]})
    monkeypatch.setattr(levels, "frozen_hashes", lambda: {SMALL.levels_key: right})
    assert levels.main(["--check"]) == 0
    monkeypatch.setattr(levels, "frozen_hashes", lambda: {SMALL.levels_key: (right[0], "00000000", right[2])})
    assert levels.main(["--check", "--levels", "1"]) == 0
    assert levels.main(["--check"]) == 1
    assert f"changed: level 1 and 0 more of {SMALL.levels_key}" in capsys.readouterr().out


def test_writing_adds_what_is_new_and_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, other = tmp_path / "table.json", replace(SMALL, knobs={**SMALL.knobs, "tile_px": 56})
    monkeypatch.setattr(levels, "TABLE", path)
    monkeypatch.setattr(levels, "known_tasks", lambda: [SMALL, other])
    monkeypatch.setattr(levels, "NUM_FROZEN", 2)
    monkeypatch.setattr(
        levels, "_hash_all", lambda tasks, of: {task.levels_key: tuple(f"new{i}" for i in of(task)) for task in tasks}
    )
    monkeypatch.setattr(levels, "frozen_hashes", lambda: {SMALL.levels_key: ("old",), "games/Gone-v0 {}": ("old",)})
    assert levels.main(["--write"]) == 0
    new = " ".join(f"new{index}" for index in range(SMALL.episodes))
    assert json.loads(path.read_text()) == {
        SMALL.levels_key: new.replace("new0", "old"), "games/Gone-v0 {}": "old", other.levels_key: new
    }  # fmt: skip
    assert levels.main(["--anew"]) == 0
    assert json.loads(path.read_text()) == {SMALL.levels_key: new, "games/Gone-v0 {}": "old", other.levels_key: new}
