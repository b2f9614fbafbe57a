"""The command that builds the tiny model."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from easyr1.config.paths import recipes_folder
from easyr1.tiny import CHECKPOINT_FOLDER
from easyr1.tiny.__main__ import parse_arguments
from easyr1.tiny.warm_start import (
    GAME_ID,
    KNOBS,
    WarmStart,
    learning_rate_at,
    run_warm_start,
    training_batches,
)
from games.core.chat import ChatEnv

# transformers builds arrays from torch tensors in a way that numpy 2 warns of.
pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")]

FILES = {
    "chat_template.jinja",
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "processor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "warm_start.json",
}


def test_the_command_writes_a_whole_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "easyr1.tiny", "--steps", "3", "--batch-size", "4", "--check-levels", "2"]
    done = subprocess.run([*command, "--out", str(tmp_path)], capture_output=True, text=True, check=True)
    assert {path.name for path in tmp_path.iterdir()} == FILES
    assert "warm start 3/3" in done.stdout
    record = json.loads((tmp_path / "warm_start.json").read_text())
    assert record["settings"]["steps"] == 3
    assert record["figures"]["num_replies"] == 2


def test_the_same_settings_give_the_same_batches(env: ChatEnv, processor: Any) -> None:
    def first(seed: int) -> dict[str, torch.Tensor]:
        return next(training_batches(env, processor, WarmStart(batch_size=4, seed=seed)))

    again, other = first(1), first(2)
    assert all(torch.equal(value, again[key]) for key, value in first(1).items())
    assert not torch.equal(again["pixel_values"], other["pixel_values"])


def test_the_learning_rate_rises_and_falls_to_nothing() -> None:
    settings = WarmStart(steps=100, learning_rate=1.0)
    rates = [learning_rate_at(step, settings) for step in range(settings.steps)]
    assert max(rates) == 1.0
    assert rates.index(max(rates)) == 9
    assert rates[-1] < 0.01


@pytest.mark.slow
def test_the_full_command_makes_a_model_that_plays_as_well(tmp_path: Path) -> None:
    """Trains for as long as the checkpoint in the repository was trained, with another seed."""
    record = json.loads((CHECKPOINT_FOLDER / "warm_start.json").read_text())
    settings = replace(WarmStart(**record["settings"]), seed=record["settings"]["seed"] + 1)
    figures = run_warm_start(settings, tmp_path)
    assert figures.perception_exact >= record["figures"]["perception_exact"] - 0.1
    assert figures.well_formed >= record["figures"]["well_formed"] - 0.05
    assert figures.legal == pytest.approx(record["figures"]["legal"], abs=0.12)


def test_a_knob_is_read_as_json_or_text() -> None:
    knobs = dict(parse_arguments(["--out", "x", "--knob", "rows=3", "--knob", "spread_kind=uniform"]).knob)
    assert knobs == {"rows": 3, "spread_kind": "uniform"}


def test_a_knob_without_a_value_ends_in_a_usage_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_arguments(["--out", "x", "--knob", "rows"])
    assert "expected NAME=VALUE" in capsys.readouterr().err


def test_level_is_the_one_of_the_recipe() -> None:
    recipe = yaml.safe_load((recipes_folder() / "game" / "shisensho_small.yaml").read_text(encoding="utf-8"))
    assert recipe["id"] == GAME_ID
    assert recipe["knobs"] == KNOBS
