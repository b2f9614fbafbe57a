"""The checkpoint in the repository: it loads, it is small, and it plays as well as it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForImageTextToText, AutoProcessor, AutoTokenizer

from easyr1.tiny import CHECKPOINT_FOLDER
from easyr1.tiny.diet import small_env
from easyr1.tiny.model import count_parameters
from easyr1.tiny.play import play_levels, summarize

# transformers builds arrays from torch tensors in a way that numpy 2 warns of.
pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")]

SEEDS = range(1 << 42, (1 << 42) + 64)
SAMPLES = 2
LEAST_PERCEPTION, MOST_LEGAL = 0.6, 0.7
"""Enough is seen to learn from, and enough is left to learn."""


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((CHECKPOINT_FOLDER / "warm_start.json").read_text())
    return loaded


def megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.iterdir()) / 1e6


def test_at_most_8_megabytes_in_safetensors() -> None:
    assert megabytes(CHECKPOINT_FOLDER) <= 8
    assert {path.suffix for path in CHECKPOINT_FOLDER.iterdir()} == {".json", ".jinja", ".safetensors"}


def test_its_tokenizer_is_the_one_that_the_code_builds(tokenizer: Any) -> None:
    assert AutoTokenizer.from_pretrained(CHECKPOINT_FOLDER).get_vocab() == tokenizer.get_vocab()


def test_it_has_the_size_that_its_record_says(record: dict[str, Any]) -> None:
    model = AutoModelForImageTextToText.from_pretrained(CHECKPOINT_FOLDER)
    assert count_parameters(model) == record["num_parameters"] <= 3_000_000


@pytest.mark.parametrize("game", ["shisensho_small", "swap_small"])
def test_it_sees_and_plays_as_its_record_says_and_leaves_room_to_learn(game: str, record: dict[str, Any]) -> None:
    env = small_env(game)
    processor = AutoProcessor.from_pretrained(CHECKPOINT_FOLDER)
    model = AutoModelForImageTextToText.from_pretrained(CHECKPOINT_FOLDER)
    torch.manual_seed(0)
    results, replies = play_levels(model, processor, env, SEEDS, SAMPLES)
    figures, kept = summarize(results, replies, processor.tokenizer), record["figures"][game]
    assert figures.perception_exact >= LEAST_PERCEPTION
    assert figures.well_formed >= 0.9
    assert figures.legal <= MOST_LEGAL
    assert figures.reply_tokens <= 100
    assert abs(figures.legal - kept["legal"]) < 0.15
    assert abs(figures.perception_exact - kept["perception_exact"]) < 0.15
