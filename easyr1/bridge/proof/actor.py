"""Stage c: the actor of verl by itself, without Ray and vLLM, in one process.

Log-probabilities of samples packed into one pass against those of each sample alone; a pass over samples without a
picture, forward and backward; the memory of an update of as many tokens as the recipe packs.
"""

from __future__ import annotations

import contextlib
import math
import os
import socket
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import torch
from omegaconf import DictConfig, OmegaConf

from easyr1.bridge.proof.figures import Record
from easyr1.bridge.proof.plan import Plan
from easyr1.bridge.proof.random_model import make_model
from easyr1.bridge.proof.recipe import RECIPE, overrides
from easyr1.bridge.proof.rows import Row, Rows, batch

PACKED = {True: (90, 70, 120, 64), False: (1500, 900, 2048, 700)}
"""Tokens of samples with a picture, in small or not; two without one are packed with them."""
WITHOUT = {True: (40, 25), False: (800, 300)}
UPDATE = {True: (8, 256), False: (9, 2048)}
"""Samples of an update, and tokens of each."""
MOST_DIFFERENCE = {"cuda": 0.02, "cpu": 1e-4}
"""Mean difference of log-probabilities that passes: bfloat16 on a GPU, float32 on a CPU."""


def run(plan: Plan, record: Record) -> None:
    """Run the stage."""
    if not (plan.model / "config.json").is_file():
        make_model(plan)
    start = time.monotonic()
    config = recipe(plan)
    with single_process():
        actor, model = build_actor(config)
        record.figure("time to build it", time.monotonic() - start, "s")
        rows = Rows(config, model.processor)
        stage = _Passes(plan, config, actor, model.tokenizer.pad_token_id)
        stage.packed(rows, record)
        stage.without_pictures(rows, record)
        stage.update(rows, record)


def recipe(plan: Plan) -> DictConfig:
    """The configuration of the proof's runs, resolved."""
    from easyr1.config.compose import compose_recipe, resolved

    return OmegaConf.create(resolved(compose_recipe(RECIPE, overrides(plan))))


@contextlib.contextmanager
def single_process() -> Iterator[None]:
    """The variables of a process group of one, which verl starts, and its end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {"RANK": 0, "WORLD_SIZE": 1, "LOCAL_RANK": 0, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    os.environ.update({key: str(value) for key, value in own.items()})
    try:
        yield
    finally:
        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()


def build_actor(config: DictConfig) -> tuple[Any, Any]:
    """verl's training worker as a run builds it, and the model's configuration."""
    from verl.utils.config import omega_conf_to_dataclass
    from verl.workers.engine_workers import TrainingWorker, TrainingWorkerConfig
    from verl.workers.utils.losses import sft_loss

    nodes = config.actor_rollout_ref
    model, actor = omega_conf_to_dataclass(nodes.model), omega_conf_to_dataclass(nodes.actor)
    actor.model_config = model
    engine = actor.engine
    engine.use_dynamic_bsz = True
    engine.max_token_len_per_gpu = engine.infer_max_token_len_per_gpu = nodes.actor.ppo_max_token_len_per_gpu
    worker = TrainingWorker(
        TrainingWorkerConfig(
            model_type="language_model",
            model_config=model,
            engine_config=engine,
            optimizer_config=actor.optim,
            checkpoint_config=actor.checkpoint,
            profiler_config=None,
        )
    )
    worker.reset()
    worker.set_loss_fn(partial(sft_loss, config=None))
    return worker, model


class _Passes:
    """What is done with the actor."""

    def __init__(self, plan: Plan, config: DictConfig, actor: Any, pad_token_id: int) -> None:
        self._plan, self._config, self._actor, self._pad = plan, config, actor, pad_token_id

    def packed(self, rows: Rows, record: Record) -> None:
        """Samples together and alone."""
        samples = [rows.with_picture(length) for length in PACKED[self._plan.is_small]]
        samples += [rows.without_picture(length) for length in WITHOUT[self._plan.is_small]]
        together, alone = self._log_probs(samples), [self._log_probs([one])[0] for one in samples]
        differences = torch.cat([(one - other).abs() for one, other in zip(together, alone, strict=True)])
        record.figure("samples packed, tokens", len(differences), low=1)
        record.figure("packed against alone, mean", float(differences.mean()), "nat", high=self._most)
        record.figure("packed against alone, largest", float(differences.max()), "nat", high=50 * self._most)
        record.figure("spread of the log-probabilities", float(torch.cat(alone).std()), "nat", low=0.01)

    def without_pictures(self, rows: Rows, record: Record) -> None:
        """A micro-batch of text alone."""
        samples = [rows.without_picture(length) for length in WITHOUT[self._plan.is_small]]
        differences = [
            (one - self._log_probs([row])[0]).abs().mean()
            for one, row in zip(self._log_probs(samples), samples, strict=True)
        ]
        record.figure("without pictures, packed against alone", float(max(differences)), "nat", high=self._most)
        metrics, _ = self._train(samples)
        record.figure("without pictures, loss", metrics["loss"], "nat", low=0)
        record.figure("without pictures, gradient norm", metrics["grad_norm"], low=1e-6)

    def update(self, rows: Rows, record: Record) -> None:
        """An update of as many tokens as the recipe packs: the first, and one with everything in place."""
        from verl.utils.device import get_torch_device

        count, length = UPDATE[self._plan.is_small]
        samples = [rows.with_picture(length) for _ in range(count)]
        get_torch_device().reset_peak_memory_stats()
        first, first_s = self._train(samples)
        second, second_s = self._train(samples)
        record.figure("update, tokens", count * length)
        record.figure("update, first time", first_s, "s")
        record.figure("update, time", second_s, "s")
        record.figure("update, tokens a second", count * length / second_s)
        record.figure("update, peak memory", get_torch_device().max_memory_allocated() / 1e9, "GB")
        record.figure("update, loss", first["loss"], "nat", low=0)
        record.figure("update, loss lost by the first", first["loss"] - second["loss"], "nat", low=1e-6)

    @property
    def _most(self) -> float:
        return MOST_DIFFERENCE[self._plan.device]

    def _log_probs(self, samples: list[Row]) -> list[torch.Tensor]:
        """Of the tokens of each sample's reply, in one pass."""
        output = self._actor.infer_batch(batch(samples, self._config, self._pad))
        found = []
        for row, values in zip(samples, output["log_probs"].unbind(), strict=True):
            # The value at a place is that of the next token; the last has none.
            found.append(values.float()[:-1][row["loss_mask"][1:].bool()])
        return found

    def _train(self, samples: list[Row]) -> tuple[dict[str, float], float]:
        """The metrics of an update, and its seconds."""
        from verl.utils import tensordict_utils as tu
        from verl.utils.device import get_torch_device

        data = batch(samples, self._config, self._pad)
        get_torch_device().synchronize()
        start = time.monotonic()
        metrics = tu.get(self._actor.train_batch(data), "metrics")
        get_torch_device().synchronize()
        seconds = time.monotonic() - start
        found = {name: float(metrics[name]) for name in ("loss", "grad_norm")}
        assert all(math.isfinite(value) for value in found.values()), found
        return found, seconds
