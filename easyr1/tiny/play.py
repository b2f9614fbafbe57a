"""Let a model play single turns by sampling, and count what it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

from easyr1.tiny.sequences import encode_prompts
from games.core.chat import ChatEnv
from games.core.types import ReplyStatus, TurnResult

BANNED_TOKENS = ("<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>")
MAX_REPLY_TOKENS = 160


@dataclass(frozen=True)
class PlayFigures:
    """Shares of all sampled replies, each in [0, 1]; `game_reward` is the mean of +1 legal and -1 anything else."""

    num_replies: int
    perception_exact: float
    perception_cells: float
    well_formed: float
    legal: float
    illegal: float
    unreadable: float
    game_reward: float
    reply_tokens: float

    def to_dict(self) -> dict[str, float]:
        """The figures as plain numbers, for a JSON file."""
        return asdict(self)


@torch.no_grad()
def sample_replies(
    model: Qwen2_5_VLForConditionalGeneration,
    processor: Qwen2_5_VLProcessor,
    env: ChatEnv,
    states: Sequence[Any],
) -> list[str]:
    """One reply to each state, sampled at temperature 1 from torch's global random numbers."""
    batch = encode_prompts(processor, env.prompt, [env.observe(state).image for state in states])
    banned = processor.tokenizer.convert_tokens_to_ids(list(BANNED_TOKENS))
    ids = model.generate(
        **batch, max_new_tokens=MAX_REPLY_TOKENS, do_sample=True, temperature=1.0, top_k=0, suppress_tokens=banned
    )
    return list(processor.tokenizer.batch_decode(ids[:, batch["input_ids"].shape[1] :], skip_special_tokens=True))


def play_levels(
    model: Qwen2_5_VLForConditionalGeneration,
    processor: Qwen2_5_VLProcessor,
    env: ChatEnv,
    seeds: Sequence[int],
    samples: int = 1,
    batch_size: int = 64,
) -> tuple[list[TurnResult], list[str]]:
    """Play the first turn of every level `samples` times; results and replies level by level."""
    model.eval()
    rounds = [seed for seed in seeds for _ in range(samples)]
    results, texts = [], []
    for start in range(0, len(rounds), batch_size):
        chosen = rounds[start : start + batch_size]
        states = [env.open(seed) for seed in chosen]
        replies = sample_replies(model, processor, env, states)
        results += [env.turn(seed, state, 0, reply) for seed, state, reply in zip(chosen, states, replies, strict=True)]
        texts += replies
    return results, texts


def summarize(results: Sequence[TurnResult], replies: Sequence[str], tokenizer: Any) -> PlayFigures:
    """Average single-turn results and the length of their replies."""
    count = len(results)

    def share(status: ReplyStatus) -> float:
        return sum(result.status == status for result in results) / count

    legal = share(ReplyStatus.LEGAL)
    return PlayFigures(
        num_replies=count,
        perception_exact=sum(result.perception.exact for result in results) / count,
        perception_cells=sum(result.perception.cells for result in results) / count,
        well_formed=sum(result.is_well_formed for result in results) / count,
        legal=legal,
        illegal=share(ReplyStatus.ILLEGAL),
        unreadable=share(ReplyStatus.UNREADABLE),
        game_reward=2 * legal - 1,
        reply_tokens=sum(len(tokenizer(reply).input_ids) for reply in replies) / count,
    )
