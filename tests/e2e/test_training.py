"""Whole runs through verl, Ray, vLLM and FSDP, with the tiny model and tiny numbers."""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path

import pytest
from omegaconf import OmegaConf
from PIL import Image

from easyr1.data.levels import LevelStream
from easyr1.replay.record import TurnRecord
from tests.e2e.runs import Run

pytestmark = pytest.mark.engine

REQUIRED_KEYS = {
    "step",
    "reward/game",
    "reward/format",
    "reward/perception",
    "perception/exact",
    "perception/cells",
    "reply/illegal",
    "reply/unreadable",
    "logprob/abs_diff",
    "environment/restarts",
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, str]:
    """Four steps without a break."""
    run = Run(
        tmp_path_factory.mktemp("runs") / "whole",
        ("trainer.total_training_steps=4", "trainer.test_freq=4", "trainer.save_freq=2"),
    ).start()
    return run, run.finish()


def groups(records: list[TurnRecord]) -> dict[str, list[TurnRecord]]:
    found = defaultdict(list)
    for record in records:
        found[record.group].append(record)
    return dict(found)


def test_run_leaves_what_was_promised(whole: tuple[Run, str]) -> None:
    run, output = whole
    rows = run.metrics.read()
    assert [row["step"] for row in rows] == [1, 2, 3, 4]
    assert all(row.keys() >= REQUIRED_KEYS for row in rows)
    assert OmegaConf.load(run.folder / "config.yaml").trainer.total_training_steps == 4
    assert run.history.steps() == [1, 2, 3, 4]
    assert run.history.validation_steps() == [0, 4]
    assert run.checkpoint() == 4
    with Image.open(run.folder / "curves.png") as curves:
        assert min(curves.size) > 100
    assert "step 4/4" in output and "next: vllm serve" in output
    assert "Traceback" not in output and "Warning" not in output


def test_every_observation_is_a_picture(whole: tuple[Run, str]) -> None:
    run, _ = whole
    names = {record.observation for step in run.history.steps() for record in run.history.read(step)}
    pictures = {path.stem for path in (run.folder / "history").glob("images/*/*.png")}
    assert names <= pictures


def test_siblings_start_from_one_state_and_picture(whole: tuple[Run, str]) -> None:
    run, _ = whole
    for step in run.history.steps():
        for siblings in groups(run.history.read(step)).values():
            assert [record.sample for record in siblings] == [0, 1]
            assert len({(record.observation, record.truth, str(record.level)) for record in siblings}) == 1


def test_levels_are_those_of_the_stream(whole: tuple[Run, str]) -> None:
    run, _ = whole
    game = OmegaConf.to_container(OmegaConf.load(run.folder / "config.yaml").game)
    stream = LevelStream(game["id"], game["knobs"], 1, "train")
    for step in run.history.steps():
        expected = {stream.level(4 * (step - 1) + i).seed for i in range(4)}
        assert {record.level["seed"] for record in run.history.read(step)} == expected


def test_rollout_and_training_see_the_same_tokens(whole: tuple[Run, str]) -> None:
    run, _ = whole
    for row in run.metrics.read():
        assert 0 <= row["logprob/abs_diff"] < 0.01


def test_advantages_compare_siblings(whole: tuple[Run, str]) -> None:
    run, _ = whole
    for siblings in groups(run.history.read(1)).values():
        rewards = [record.reward["total"] for record in siblings]
        advantages = [record.advantage for record in siblings]
        assert math.isclose(sum(advantages), 0, abs_tol=1e-3)
        assert (rewards[0] > rewards[1]) == (advantages[0] > advantages[1] + 1e-6)


def test_killed_run_goes_on_as_if_nothing_had_happened(whole: tuple[Run, str], tmp_path: Path) -> None:
    straight, _ = whole
    run = Run(tmp_path / "runs" / "killed", straight.overrides).start()
    run.wait_until(lambda: run.checkpoint() == 2, "checkpoint of step 2")
    run.kill()
    assert run.checkpoint() == 2
    output = run.start().finish()
    assert "going on after step 2" in output
    assert run.history.steps() == [1, 2, 3, 4]
    assert [row["step"] for row in run.metrics.read()] == [1, 2, 3, 4]
    for step in (1, 2, 3, 4):
        mine, theirs = run.history.read(step), straight.history.read(step)
        assert [(r.level["seed"], r.sample, r.observation) for r in mine] == [
            (r.level["seed"], r.sample, r.observation) for r in theirs
        ]
    again = run.start().finish()
    assert "has all its 4 steps" in again


def test_lost_worker_and_ctrl_c_in_a_run_of_many_turns(tmp_path: Path) -> None:
    """Episodes of up to three turns; a worker dies between the steps; then the user stops the run."""
    run = Run(
        tmp_path / "runs" / "turns",
        (
            "trainer.total_training_steps=50",
            "trainer.val_before_train=false",
            "trainer.test_freq=-1",
            "trainer.save_freq=-1",
            "max_turns=3",
            "window=2",
            "data.max_prompt_length=400",
        ),
    ).start()
    run.wait_until(lambda: len(run.metrics.read()) >= 1, "first step")
    victim = run.environment_workers()[0]
    victim.kill()
    run.wait_until(lambda: any(row["environment/restarts"] > 0 for row in run.metrics.read()), "restart on the counter")
    run.interrupt()
    output = run.finish()
    last = run.checkpoint()
    assert f"stopped after step {last}" in output and last == run.history.steps()[-1]
    for step in run.history.steps():
        records = run.history.read(step)
        episodes = {(record.group, record.sample) for record in records}
        assert len(episodes) == 8, "every episode came out, also those of the lost worker"
        for group, sample in episodes:
            turns = [record for record in records if (record.group, record.sample) == (group, sample)]
            assert [record.turn for record in turns] == list(range(len(turns)))
            assert len(turns) == 3 or turns[-1].stop_reason == "terminal"
            # The second turn's window holds two pictures and a reply, the third's no more than that.
            assert all(later.prompt_tokens > turns[0].prompt_tokens for later in turns[1:])
