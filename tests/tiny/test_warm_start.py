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
from easyr1.tiny.diet import SMALL_GAMES, small_env
from easyr1.tiny.model import CELL_PX
from easyr1.tiny.warm_start import WarmStart, learning_rate_at, run_warm_start, training_batches
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
    assert {game: found["num_replies"] for game, found in record["figures"].items()} == dict.fromkeys(SMALL_GAMES, 2)


def test_the_same_settings_give_the_same_batches(envs: list[ChatEnv], processor: Any) -> None:
    def first(seed: int) -> dict[str, torch.Tensor]:
        return next(training_batches(envs, processor, WarmStart(batch_size=4, seed=seed)))

    again, other = first(1), first(2)
    assert all(torch.equal(value, again[key]) for key, value in first(1).items())
    assert not torch.equal(again["pixel_values"], other["pixel_values"])


def test_the_first_game_has_its_steps_alone_and_then_all_take_turns(envs: list[ChatEnv], processor: Any) -> None:
    batches = training_batches(envs, processor, WarmStart(batch_size=1, steps_alone=3))
    images = [next(batches)["image_grid_thw"][0].tolist() for _ in range(3 + 2 * len(envs))]
    sizes = [[1, 2 * env.game.rows, 2 * env.game.columns] for env in envs]
    assert images == [sizes[0]] * 3 + 2 * sizes


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
    given = {**record["settings"], "games": tuple(record["settings"]["games"])}
    figures = run_warm_start(replace(WarmStart(**given), seed=given["seed"] + 1), tmp_path)
    for game, found in figures.items():
        before = record["figures"][game]
        assert found.perception_exact >= before["perception_exact"] - 0.25
        assert found.well_formed >= before["well_formed"] - 0.05
        assert found.legal == pytest.approx(before["legal"], abs=0.15)


def test_games_are_named_one_by_one() -> None:
    given = parse_arguments(["--out", "x", "--game", "swap_small", "--game", "shisensho_small"])
    assert given.game == ["swap_small", "shisensho_small"]


def test_a_game_that_the_tiny_model_cannot_know_ends_in_a_usage_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_arguments(["--out", "x", "--game", "chess"])
    assert "invalid choice: 'chess'" in capsys.readouterr().err


def test_the_levels_are_those_of_the_recipes() -> None:
    for name in SMALL_GAMES:
        recipe = yaml.safe_load((recipes_folder() / "game" / f"{name}.yaml").read_text(encoding="utf-8"))
        game = small_env(name).game
        knobs = {**recipe["knobs"], "tile_px": CELL_PX}
        assert {knob: getattr(game, knob) for knob in knobs} == knobs
