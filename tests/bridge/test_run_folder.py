"""What a user is told about a run's folder."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("omegaconf")

from omegaconf import OmegaConf

from easyr1.bridge.run_folder import RunFolder
from easyr1.replay.record import History
from tests.replay.make import at_level, make_reward

pytestmark = pytest.mark.engine


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    config = OmegaConf.create({"runs_dir": str(tmp_path), "experiment": "mine", "half": "${experiment}"})
    folder = RunFolder.from_config(config)
    folder.prepare(config)
    return folder


def play(folder: RunFolder, step: int, is_saved: bool) -> None:
    History(folder.path / "history").write(step, [], {})
    if is_saved:
        folder.checkpoints.mkdir(exist_ok=True)
        (folder.checkpoints / "latest_checkpointed_iteration.txt").write_text(str(step))


def test_configuration_is_written_resolved(folder: RunFolder) -> None:
    assert OmegaConf.load(folder.path / "config.yaml").half == "mine"


def test_stopped_run_tells_where_it_goes_on(folder: RunFolder) -> None:
    play(folder, 3, is_saved=True)
    assert "stopped after step 3" in folder.farewell(10)
    assert "going on after step 3 of 10" in folder.greeting(10)


def test_finished_run_names_its_model(folder: RunFolder) -> None:
    play(folder, 10, is_saved=True)
    farewell = folder.farewell(10)
    assert "done: 10 steps" in farewell and "vllm serve" in farewell and "global_step_10" in farewell


def test_finished_run_without_checkpoints_names_none(folder: RunFolder) -> None:
    play(folder, 10, is_saved=False)
    farewell = folder.farewell(10)
    assert "done: 10 steps" in farewell and "vllm serve" not in farewell


def test_finished_run_tells_what_each_game_of_a_mixture_learned(folder: RunFolder) -> None:
    for step, reward in ((0, -1.0), (10, 1.0)):
        records = [
            at_level(seed, game_name=name, level={"game": name, "seed": seed}, reward=make_reward(worth))
            for name, worth in (("easy", reward), ("hard", -1.0))
            for seed in range(4)
        ]
        History(folder.path / "history").write_validation(step, records, {})
    play(folder, 10, is_saved=False)
    lines = [line.partition(", 95%")[0] for line in folder.farewell(10).splitlines()]
    assert lines[1:-1] == [
        "game reward: -1.00 -> 0.00 (+1.00",
        "P_acc: 1.00 -> 1.00 (+0.00",
        "easy, game reward: -1.00 -> 1.00 (+2.00",
        "easy, P_acc: 1.00 -> 1.00 (+0.00",
        "hard, game reward: -1.00 -> -1.00 (+0.00",
        "hard, P_acc: 1.00 -> 1.00 (+0.00",
    ]


def test_old_request_to_stop_is_forgotten(folder: RunFolder) -> None:
    folder.ask_to_stop()
    folder.prepare(OmegaConf.create({}))
    assert not (folder.path / "stop").exists()
