"""The checkpoint in the repository: it loads, it is small, and it plays as well as it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForImageTextToText, AutoProcessor, AutoTokenizer

from easyr1.tiny import CHECKPOINT_FOLDER
from easyr1.tiny.model import count_parameters
from easyr1.tiny.play import play_levels, summarize
from easyr1.tiny.warm_start import GAME_ID
from games import Level
from games.core.chat import ChatEnv

# transformers builds arrays from torch tensors in a way that numpy 2 warns of.
pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")]

SEEDS = range(1 << 42, (1 << 42) + 64)
SAMPLES = 2
LEAST_PERCEPTION = 0.9
LEGAL_RANGE = (0.3, 0.7)


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


def test_it_sees_nearly_everything_and_leaves_room_to_learn(record: dict[str, Any]) -> None:
    env = ChatEnv.from_level(Level(GAME_ID, record["settings"]["knobs"], 0))
    processor = AutoProcessor.from_pretrained(CHECKPOINT_FOLDER)
    model = AutoModelForImageTextToText.from_pretrained(CHECKPOINT_FOLDER)
    torch.manual_seed(0)
    results, replies = play_levels(model, processor, env, SEEDS, SAMPLES)
    figures = summarize(results, replies, processor.tokenizer)
    assert figures.perception_exact >= LEAST_PERCEPTION
    assert figures.well_formed >= 0.95
    assert LEGAL_RANGE[0] <= figures.legal <= LEGAL_RANGE[1]
    assert figures.reply_tokens <= 150
    assert abs(figures.legal - record["figures"]["legal"]) < 0.15
