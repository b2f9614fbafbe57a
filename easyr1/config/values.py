"""Values by themselves: ranges, and words out of a list."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

from omegaconf import DictConfig, OmegaConf

from easyr1.config.explain import nearest
from easyr1.config.schema import MixedGameKeys, RunKeys, shown
from easyr1.replay.kept_images import KEEP

MAX_SEED = 2**31 - 1
"""numpy's old generators, which vLLM seeds, take no more than 32 bits, and each replica adds its number."""

ROLLOUT, ACTOR = "actor_rollout_ref.rollout", "actor_rollout_ref.actor"

COUNTS = (
    "max_turns",
    "vlm.cell_px",
    "hardware.environment_workers",
    "history.every",
    "data.train_batch_size",
    "data.max_prompt_length",
    "data.max_response_length",
    f"{ACTOR}.ppo_mini_batch_size",
    f"{ACTOR}.ppo_epochs",
    f"{ROLLOUT}.n",
    f"{ROLLOUT}.val_kwargs.n",
    f"{ROLLOUT}.tensor_model_parallel_size",
    f"{ROLLOUT}.agent.num_workers",
    "reward.num_workers",
    "trainer.total_training_steps",
    "trainer.n_gpus_per_node",
    "trainer.nnodes",
)
"""Whole numbers, 1 or more."""

OPTIONAL_COUNTS = (
    "window",
    f"{ACTOR}.ppo_micro_batch_size_per_gpu",
    f"{ROLLOUT}.log_prob_micro_batch_size_per_gpu",
    "actor_rollout_ref.ref.log_prob_micro_batch_size_per_gpu",
)
"""Whole numbers, 1 or more, or null."""

AT_LEAST_0 = ("alpha", "beta", f"{ACTOR}.optim.lr", f"{ACTOR}.optim.weight_decay", f"{ACTOR}.kl_loss_coef")
ABOVE_0 = ("hardware.environment_timeout_s", f"{ROLLOUT}.temperature", f"{ACTOR}.clip_ratio", f"{ACTOR}.grad_clip")
SHARES = (f"{ROLLOUT}.gpu_memory_utilization", f"{ROLLOUT}.top_p")
"""Above 0, at most 1."""

CHOICES: dict[str, tuple[str, ...]] = {
    "objective.perception": ("exact", "cells"),
    "history.images": KEEP,
    f"{ROLLOUT}.name": ("vllm",),
    f"{ACTOR}.strategy": ("fsdp2", "fsdp"),
    f"{ACTOR}.loss_agg_mode": (
        "token-mean",
        "token-sum",
        "seq-mean-token-sum",
        "seq-mean-token-mean",
        "seq-mean-token-sum-norm",
    ),
    f"{ACTOR}.kl_loss_type": ("kl", "k1", "abs", "mse", "k2", "low_var_kl", "k3", "full"),
    f"{ACTOR}.optim.lr_scheduler_type": ("constant", "cosine"),
    "trainer.resume_mode": ("auto", "disable", "resume_path"),
    "trainer.device": ("cuda", "cpu", "npu"),
}
LOGGERS = ("console", "tensorboard", "wandb", "mlflow", "swanlab", "vemlp_wandb", "clearml", "trackio", "file")


def check(config: DictConfig, keys: RunKeys) -> Iterator[str]:
    """Findings about single values."""
    yield from _numbers(config)
    yield from _words(config)
    yield from _games(config, keys)
    if not 0 <= keys.seed <= MAX_SEED:
        yield f"seed: {keys.seed} given; it must be a whole number from 0 to {MAX_SEED}"
    if keys.experiment.strip() in ("", ".", "..") or "/" in keys.experiment:
        yield f"experiment: {keys.experiment!r} given; it must be the name of one folder (runs_dir says where)"


def _numbers(config: DictConfig) -> Iterator[str]:
    expected: dict[str, tuple[tuple[str, ...], Callable[[Any], bool]]] = {
        "a whole number, 1 or more": (COUNTS, lambda value: isinstance(value, int) and value >= 1),
        "a whole number, 1 or more, or null": (
            OPTIONAL_COUNTS,
            lambda value: value is None or (isinstance(value, int) and value >= 1),
        ),
        "a number, 0 or more": (AT_LEAST_0, lambda value: _is_finite(value) and value >= 0),
        "a number above 0": (ABOVE_0, lambda value: _is_finite(value) and value > 0),
        "a number above 0 and at most 1": (SHARES, lambda value: _is_finite(value) and 0 < value <= 1),
    }
    for words, (names, is_right) in expected.items():
        for key in names:
            value = OmegaConf.select(config, key)
            if (isinstance(value, bool) or not is_right(value)) and not _follows(config, key):
                yield f"{key}: {shown(value)} given; it must be {words}"


def _follows(config: DictConfig, key: str) -> bool:
    """Whether a value is that of another key, `${...}`, where it is judged."""
    parent, _, name = key.rpartition(".")
    node = OmegaConf.select(config, parent) if parent else config
    values = OmegaConf.to_container(node) if OmegaConf.is_dict(node) else {}
    assert isinstance(values, dict)
    other = re.fullmatch(r"\$\{([\w.]+)\}", str(values.get(name)))
    return other is not None and other[1] in (*COUNTS, *OPTIONAL_COUNTS, *AT_LEAST_0, *ABOVE_0, *SHARES)


def _games(config: DictConfig, keys: RunKeys) -> Iterator[str]:
    if not keys.games:
        yield "game.games: none given; a mixture has one game or more"
    for key, game in keys.games.items():
        if game.validation_levels < 1:
            yield f"{key}.validation_levels: {game.validation_levels} given; it must be a whole number, 1 or more"
        if isinstance(game, MixedGameKeys):
            if not (math.isfinite(game.weight) and game.weight > 0):
                given = OmegaConf.select(config, f"{key}.weight")
                yield f"{key}.weight: {shown(given)} given; it must be a number above 0"
            name = key.rpartition(".")[2]
            if not re.fullmatch(r"\w+", name, re.ASCII):
                yield f"{key}: {name!r} given; a name must be of letters, digits and underscores"


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _words(config: DictConfig) -> Iterator[str]:
    for key, words in CHOICES.items():
        value = OmegaConf.select(config, key)
        given = str(value).removesuffix("+") if key.endswith("kl_loss_type") else str(value)
        if given not in words:
            yield f"{key}: {shown(value)} given{nearest(given, words)}; it must be {_either(words)}"
    for logger in config.trainer.logger:
        if logger not in LOGGERS:
            yield f"trainer.logger: {logger} given{nearest(str(logger), LOGGERS)}; there are {', '.join(LOGGERS)}"


def _either(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
