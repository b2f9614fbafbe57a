"""What a training on examples shows the model and what it learns of it, against reinforcement learning's own code."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from omegaconf import OmegaConf

from easyr1.cold_start.episodes import EpisodeSettings, play_level
from easyr1.cold_start.examples import Example
from easyr1.cold_start.levels import cold_start_level
from easyr1.cold_start.shards import Shard, ShardStore
from easyr1.cold_start.teachers import SolverTeacher
from easyr1.errors import ConfigError
from easyr1.rollout.environment import open_level, prompt_of, turn_level
from easyr1.rollout.types import Context, Reply, Turn
from easyr1.tiny import CHECKPOINT_FOLDER
from games import Level

pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore")]  # warnings of other libraries

GAME = "games/ShisenSho-v0"
KNOBS: dict[str, Any] = {"rows": 2, "columns": 4, "num_faces": 2, "copies": 4, "colours": 2, "shapes": 2, "tile_px": 28}
TURNS = 3


@pytest.fixture(scope="module")
def processor() -> Any:
    from verl.utils import hf_processor

    return hf_processor(str(CHECKPOINT_FOLDER))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two episodes of up to three turns; each turn's context shows up to two."""
    settings = EpisodeSettings(max_turns=TURNS, window=2, random_share=0.5)
    shard = Shard("train", "shisensho", 0, 0, 2)
    for index in range(2):
        level = cold_start_level(GAME, KNOBS, 0, "train", index)
        outcomes = asyncio.run(play_level(level, SolverTeacher(2), settings))
        shard.examples += [outcome for outcome in outcomes if isinstance(outcome, Example)]
    store = ShardStore(tmp_path_factory.mktemp("examples"))
    store.write(shard)
    return store.folder / shard.name


def make_dataset(file: Path, processor: Any, max_length: int = 2048) -> Any:
    from easyr1.bridge.example_dataset import ExampleDataset

    config = OmegaConf.create({"max_length": max_length})
    return ExampleDataset([str(file)], processor.tokenizer, config, processor)


def rows_of(file: Path) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    rows: list[dict[str, Any]] = pq.read_table(file).to_pylist()
    return rows


def rollout_ids(row: dict[str, Any], processor: Any) -> list[int]:
    """The prompt that a roll-out would send to vLLM in the same place, by the policy of training itself."""
    from verl.utils.tokenizer.continuous_token_wiring import create_continuous_token_builder

    from easyr1.bridge.token_policy import TokenPolicy

    builder = create_continuous_token_builder(
        processor.tokenizer, hf_model_type=processor.config.model_type, processor=processor
    )
    limits = SimpleNamespace(prompt_length=4096, response_length=1)
    loop = SimpleNamespace(
        continuous_token_builder=builder, server_manager=None, tokenizer=processor.tokenizer, rollout_config=limits
    )
    return TokenPolicy(loop, {})._encode(context_of(row))[0]


def context_of(row: dict[str, Any]) -> Context:
    """The context of a row, played again from the replies that it shows; its window starts where they do."""
    level = Level.from_dict(json.loads(row["level"]))
    replies = [message["content"] for message in row["messages"] if message["role"] == "assistant"][:-1]
    opening = open_level(level)
    state, frame = opening.state, opening.frame
    turns: list[Turn] = []
    for index, text in enumerate(replies):
        step = turn_level(level, state, index, text)
        turns.append(Turn.from_result(index, frame, Reply(text), step.result))
        assert step.frame is not None
        state, frame = step.result.state, step.frame
    return Context(prompt_of(level), tuple(turns), frame, state, level, len(turns))


def test_the_prompt_has_the_tokens_of_a_rollout(file: Path, processor: Any) -> None:
    dataset, compared = make_dataset(file, processor), set()
    for index, row in enumerate(rows_of(file)):
        if row["turn"] > 1:
            continue  # its window starts in the middle of the episode
        example = dataset[index]
        prompt_ids = example["input_ids"][example["loss_mask"] == 0].tolist()
        assert prompt_ids == rollout_ids(row, processor)
        compared.add(row["turn"])
    assert compared == {0, 1}


def test_the_loss_covers_the_last_reply_and_the_mark_at_its_end(file: Path, processor: Any) -> None:
    dataset, rows = make_dataset(file, processor), rows_of(file)
    assert len(dataset) == len(rows) > 3
    for index, row in enumerate(rows):
        example = dataset[index]
        learned = example["input_ids"][example["loss_mask"] == 1]
        assert processor.tokenizer.decode(learned) == row["messages"][-1]["content"] + "<|im_end|>"
        assert example["loss_mask"].tolist() == sorted(example["loss_mask"].tolist())


def test_positions_and_pixels_are_those_of_a_rollout(file: Path, processor: Any) -> None:
    import torch
    from verl.experimental.agent_loop.agent_loop import AgentLoopWorker

    dataset, rows = make_dataset(file, processor), rows_of(file)
    for index, row in enumerate(rows):
        example = dataset[index]
        ids, inputs = example["input_ids"][None], example["multi_modal_inputs"]
        theirs = AgentLoopWorker._compute_position_ids(
            SimpleNamespace(processor=processor),
            ids,
            torch.ones_like(ids),
            {**inputs, "mm_token_type_ids": torch.zeros(0)},
        )
        assert torch.equal(example["position_ids"], theirs[0])
        image_tokens = int((ids == processor.config.image_token_id).sum())
        assert image_tokens * 4 == len(inputs["pixel_values"]) and len(inputs["image_grid_thw"]) == len(row["images"])


def test_an_example_that_is_too_long_is_found_at_the_start(file: Path, processor: Any) -> None:
    longest = max(len(example["input_ids"]) for example in make_dataset(file, processor))
    make_dataset(file, processor, max_length=longest)
    with pytest.raises(ConfigError, match=rf"^data.max_length: {longest - 1} given; example \d+ of \d+ has {longest}"):
        make_dataset(file, processor, max_length=longest - 1)
