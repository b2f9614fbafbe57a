"""Supervised warm start of the tiny model on the novice's replies, in plain PyTorch on one core.

The loss sees the replies only. Openings come from a stream of seeds that no other part of the project uses, every
one of them once, so that there is nothing to memorise. Batches are of one game each: first of one game alone, on whose
boards faces are learned in a third of the steps that a mixture takes, then of all in turn.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import chain, cycle, repeat
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

from easyr1.tiny.diet import SMALL_GAMES, small_env
from easyr1.tiny.model import count_parameters, make_model, make_processor, save_folder
from easyr1.tiny.play import PlayFigures, play_levels, summarize
from easyr1.tiny.sequences import IGNORED, Batch, append_replies, encode_prompts, tokenize_reply
from easyr1.tiny.teacher import teacher_reply
from easyr1.tiny.tokenizer import build_tokenizer
from easyr1.tiny.vocabulary import vocabulary_texts, whole_phrases
from games.core.chat import ChatEnv

TRAINING_SEEDS = 1 << 40
CHECK_SEEDS = 1 << 41

Report = Callable[[str], None]


@dataclass(frozen=True)
class WarmStart:
    """Settings of a warm start.

    Attributes:
        games: recipes of the games, of which each step takes the next, once the first had its steps alone.
        steps_alone: steps of the first game before the others come in.
        steps: optimiser steps. More of them give a better reader; deciding improves slowly.
        batch_size: replies a step.
        learning_rate: peak of a schedule that rises over the first tenth and falls to nothing along a cosine.
        care: share of the novice's answers that are drawn from the legal ones, in [0, 1].
        seed: of weights, openings, answers and the check at the end.
        check_levels: levels of each game on which the finished model plays one sampled turn.
        threads: of torch. One is fastest for so small a model.
    """

    games: tuple[str, ...] = SMALL_GAMES
    steps_alone: int = 500
    steps: int = 1400
    batch_size: int = 32
    learning_rate: float = 1e-3
    care: float = 0.3
    seed: int = 0
    check_levels: int = 256
    threads: int = 1


def learning_rate_at(step: int, settings: WarmStart) -> float:
    """Learning rate of `step`, counted from 0: a linear rise, then a cosine down to nothing."""
    rise = max(1, settings.steps // 10)
    if step < rise:
        return settings.learning_rate * (step + 1) / rise
    return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, settings.steps - rise)))


def training_batches(envs: Sequence[ChatEnv], processor: Qwen2_5_VLProcessor, settings: WarmStart) -> Iterator[Batch]:
    """Endless batches of openings with the novice's replies, game by game, the same for the same settings."""
    rng = np.random.default_rng(settings.seed)
    seed = TRAINING_SEEDS + settings.seed * (1 << 30)
    tokenizer = processor.tokenizer
    for env in chain(repeat(envs[0], settings.steps_alone), cycle(envs)):
        states = [env.open(seed + i) for i in range(settings.batch_size)]
        seed += settings.batch_size
        replies = [tokenize_reply(tokenizer, teacher_reply(env, state, rng, settings.care)) for state in states]
        prompts = encode_prompts(processor, env.prompt, [env.observe(state).image for state in states])
        yield append_replies(prompts, replies, tokenizer.pad_token_id)


def reply_loss(model: Qwen2_5_VLForConditionalGeneration, batch: Batch) -> torch.Tensor:
    """Mean cross-entropy of the reply tokens; the vocabulary is scored at their places only, not over the prompt."""
    inputs = {name: tensor for name, tensor in batch.items() if name != "labels"}
    in_reply = (batch["labels"] != IGNORED).any(dim=0)
    num_reply = int(in_reply.sum())
    logits = model(**inputs, use_cache=False, logits_to_keep=num_reply + 1).logits[:, :-1]
    return functional.cross_entropy(
        logits.flatten(0, 1), batch["labels"][:, -num_reply:].flatten(), ignore_index=IGNORED
    )


def make_optimizer(model: torch.nn.Module, settings: WarmStart) -> torch.optim.AdamW:
    """AdamW with weight decay on the matrices only."""
    matrices = [weight for weight in model.parameters() if weight.dim() > 1]
    others = [weight for weight in model.parameters() if weight.dim() <= 1]
    groups = [{"params": matrices, "weight_decay": 0.05}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=settings.learning_rate, betas=(0.9, 0.98))


def fit(
    model: Qwen2_5_VLForConditionalGeneration, batches: Iterator[Batch], settings: WarmStart, report: Report
) -> None:
    """Train `model` in place; one line to `report` every 50 steps and at the last."""
    optimizer = make_optimizer(model, settings)
    model.train()
    began, mean_loss = time.monotonic(), 0.0
    for step in range(settings.steps):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate_at(step, settings)
        loss = reply_loss(model, next(batches))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        mean_loss = loss.item() if step == 0 else 0.95 * mean_loss + 0.05 * loss.item()
        if (step + 1) % 50 == 0 or step + 1 == settings.steps:
            spent = time.monotonic() - began
            left = spent / (step + 1) * (settings.steps - step - 1)
            report(f"warm start {step + 1}/{settings.steps}  loss {mean_loss:.3f}  {spent:.0f} s, {left:.0f} s left")


def check(
    model: Qwen2_5_VLForConditionalGeneration,
    processor: Qwen2_5_VLProcessor,
    env: ChatEnv,
    settings: WarmStart,
) -> PlayFigures:
    """Play one sampled turn on each of `settings.check_levels` levels that the training has not seen."""
    torch.manual_seed(settings.seed)
    results, replies = play_levels(model, processor, env, range(CHECK_SEEDS, CHECK_SEEDS + settings.check_levels))
    return summarize(results, replies, processor.tokenizer)


def run_warm_start(settings: WarmStart, folder: Path, report: Report = print) -> dict[str, PlayFigures]:
    """Build tokenizer, model and processor, train, write `folder` and its `warm_start.json`.

    Returns:
        The figures of the finished model on unseen levels of each game, which `warm_start.json` holds too.
    """
    torch.set_num_threads(settings.threads)
    envs = [small_env(game) for game in settings.games]
    tokenizer = build_tokenizer(vocabulary_texts(envs), whole_phrases(envs))
    processor = make_processor(tokenizer)
    model = make_model(tokenizer, settings.seed)
    num_weights = count_parameters(model)
    report(f"{num_weights:,} parameters, {len(tokenizer)} tokens in the vocabulary")
    began = time.monotonic()
    fit(model, training_batches(envs, processor, settings), settings, report)
    figures = {game: check(model, processor, env, settings) for game, env in zip(settings.games, envs, strict=True)}
    save_folder(model, processor, folder)
    record = {
        "settings": asdict(settings),
        "num_parameters": num_weights,
        "vocabulary": len(tokenizer),
        "minutes": round((time.monotonic() - began) / 60, 1),
        "figures": {game: found.to_dict() for game, found in figures.items()},
    }
    (folder / "warm_start.json").write_text(json.dumps(record, indent=2) + "\n")
    for game, found in figures.items():
        report(
            f"{game}: P_acc {found.perception_exact:.2f}  well formed {found.well_formed:.2f}  "
            f"legal {found.legal:.2f}  {found.reply_tokens:.0f} tokens a reply"
        )
    report(f"written: {folder}")
    return figures
