"""An example's prompt has the very tokens of training's prompt for the same state and window."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from easyr1.cold_start.episodes import EpisodeSettings, play_level
from easyr1.cold_start.examples import Example
from easyr1.cold_start.shards import Shard, ShardStore
from easyr1.cold_start.teachers import SolverTeacher
from easyr1.rollout.environment import LocalEnvironment
from easyr1.rollout.limits import Limits
from easyr1.rollout.play import Episode, play_episode
from easyr1.rollout.types import Context, Reply
from games import Level

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(find_spec("verl") is None, reason="needs the training extra"),
    pytest.mark.filterwarnings("ignore"),
]

CHECKPOINT = Path(__file__).parents[2] / "easyr1" / "tiny" / "checkpoint"
KNOBS = {"rows": 4, "columns": 4, "num_faces": 2, "copies": 8, "colours": 2, "shapes": 2, "tile_px": 28}
LEVELS = [Level("games/ShisenSho-v0", KNOBS, seed) for seed in (1, 2)]
MAX_TURNS = 4
WINDOWS = (1, 2, 3, None)


@pytest.fixture(scope="module")
def processor() -> Any:
    from easyr1.config.prompt_size import load_processor

    return load_processor(str(CHECKPOINT))


def examples(window: int | None, random_share: float) -> list[Example]:
    settings = EpisodeSettings(MAX_TURNS, window, random_share, mistake_share=random_share)
    outcomes = [one for level in LEVELS for one in asyncio.run(play_level(level, SolverTeacher(4), settings))]
    found = [one for one in outcomes if isinstance(one, Example)]
    assert len(found) == MAX_TURNS * len(LEVELS)
    return found


def dataset_of(found: Sequence[Example], processor: Any, folder: Path) -> list[dict[str, Any]]:
    """Each example as verl's dataset reads it out of our files."""
    from verl.utils.dataset.multiturn_sft_dataset import MultiTurnSFTDataset

    shard = Shard("train", "test", 0, 0, 1, examples=list(found))
    ShardStore(folder).write(shard)
    config = {"max_length": 4096, "pad_mode": "no_padding", "truncation": "error"}
    dataset = MultiTurnSFTDataset([str(folder / shard.name)], processor.tokenizer, config, processor)
    return [dataset[index] for index in range(len(dataset))]


def trained(found: Sequence[Example], processor: Any, folder: Path) -> list[tuple[list[int], list[int]]]:
    """Prompt and reply tokens of each example."""
    pairs = []
    for row in dataset_of(found, processor, folder):
        ids, mask = row["input_ids"].tolist(), row["loss_mask"].tolist()
        # The last reply begins after the last token that is not learned.
        start = len(mask) - mask[::-1].index(0)
        pairs.append((ids[:start], ids[start:]))
    return pairs


class Shown:
    """Plays given replies, and keeps the tokens that training would send to vLLM."""

    def __init__(self, processor: Any, replies: Sequence[str]) -> None:
        from verl.utils.tokenizer.continuous_token_wiring import create_continuous_token_builder

        from easyr1.bridge.token_policy import TokenPolicy

        builder = create_continuous_token_builder(
            processor.tokenizer, hf_model_type="qwen2_5_vl", chat_template_kwargs={}, processor=processor
        )
        limits = SimpleNamespace(prompt_length=4096, response_length=4096)
        loop = SimpleNamespace(
            continuous_token_builder=builder,
            server_manager=None,
            tokenizer=processor.tokenizer,
            rollout_config=limits,
        )
        self._policy = TokenPolicy(loop, {})
        self._replies = iter(replies)
        self.prompts: list[list[int]] = []

    async def reply(self, context: Context) -> Reply:
        self.prompts.append(self._policy._encode(context)[0])
        return Reply(next(self._replies))


@pytest.mark.parametrize("window", WINDOWS)
def test_prompts_are_those_of_training(window: int | None, processor: Any, tmp_path: Path) -> None:
    # The teacher's replies are played, so that training can be led through the same states.
    found = examples(window, random_share=0.0)
    pairs = trained(found, processor, tmp_path)
    for level in LEVELS:
        numbers = [number for number, example in enumerate(found) if example.level == level]
        shown = Shown(processor, [found[number].reply for number in numbers])
        asyncio.run(play_episode(shown, Episode(level, LocalEnvironment()), Limits(MAX_TURNS, window)))
        assert shown.prompts == [pairs[number][0] for number in numbers]
    lengths = {len(prompt) for prompt, _ in pairs}
    assert (len(lengths) == 1) == (window == 1)


def test_pixels_are_those_of_training(processor: Any, tmp_path: Path) -> None:
    import torch

    found = examples(2, random_share=0.5)
    for example, row in zip(found, dataset_of(found, processor, tmp_path), strict=True):
        pictures = [Image.open(io.BytesIO(png)).convert("RGB") for png in example.images]
        shown = processor.image_processor(images=pictures, return_tensors="pt")
        assert torch.equal(row["multi_modal_inputs"]["pixel_values"], shown["pixel_values"])
        assert torch.equal(row["multi_modal_inputs"]["image_grid_thw"], shown["image_grid_thw"])


def test_replies_are_learned_to_their_end(processor: Any, tmp_path: Path) -> None:
    found = examples(2, random_share=0.5)
    for example, (_, reply) in zip(found, trained(found, processor, tmp_path), strict=True):
        text = processor.tokenizer.decode(reply)
        assert text.rstrip("\n") == f"{example.reply}<|im_end|>"


def test_tokens_are_counted_as_they_are_trained(processor: Any, tmp_path: Path) -> None:
    settings = EpisodeSettings(max_turns=3, window=2, model=str(CHECKPOINT), max_prompt_length=4096)
    outcomes = [one for level in LEVELS for one in asyncio.run(play_level(level, SolverTeacher(4), settings))]
    found = [one for one in outcomes if isinstance(one, Example)]
    for example, (prompt, reply) in zip(found, trained(found, processor, tmp_path), strict=True):
        assert example.prompt_tokens == len(prompt)
        # The template ends a message by a line break, which is nobody's reply.
        assert example.reply_tokens == len(reply) - 1


def test_old_turns_are_dropped_where_training_drops_them(processor: Any) -> None:
    wide = EpisodeSettings(max_turns=3, window=3, model=str(CHECKPOINT), max_prompt_length=4096)
    full = asyncio.run(play_level(LEVELS[0], SolverTeacher(4), wide))
    last = full[-1]
    assert isinstance(last, Example) and last.prompt_tokens is not None and len(last.images) == 3
    narrow = replace(wide, max_prompt_length=last.prompt_tokens - 1)
    cut = asyncio.run(play_level(LEVELS[0], SolverTeacher(4), narrow))[-1]
    assert isinstance(cut, Example) and len(cut.images) == 2
    assert cut.messages[0]["content"].startswith("<image>") and cut.messages[-1] == last.messages[-1]
    none = replace(wide, max_prompt_length=20)
    assert {
        one.reason for one in asyncio.run(play_level(LEVELS[0], SolverTeacher(4), none)) if not isinstance(one, Example)
    } == {"prompt_too_long"}
