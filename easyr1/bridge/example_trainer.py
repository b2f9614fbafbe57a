"""verl's trainer for supervised training, with our records, stop and validation by playing."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig
from verl.trainer.sft_trainer import SFTTrainer
from verl.utils import tensordict_utils as tu

from easyr1.bridge.played_validation import PlayedValidation
from easyr1.bridge.run_folder import STOP_FILE
from easyr1.replay.record import History, MetricsLog


class StopRequested(Exception):
    """The run was asked to stop, and its checkpoint is written."""


class RecordingClient:
    """verl's training worker, whose losses are kept and after each of whose steps somebody may look in.

    Args:
        client: verl's worker of this process.
        on_step: takes the metrics of a step, None in processes that have none, and its seconds.
    """

    def __init__(self, client: Any, on_step: Callable[[dict[str, Any] | None, float], None]):
        self._client = client
        self._on_step = on_step
        self.validation_losses: list[float] = []
        self._last: tuple[dict[str, Any] | None, float] = None, 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def train_batch(self, data: Any) -> Any:
        """Train on a batch, as verl does."""
        start = time.monotonic()
        output = self._client.train_batch(data=data)
        metrics = None if output is None else dict(tu.get(output, "metrics"))
        self._last = metrics, time.monotonic() - start
        return output

    def step_profile(self) -> None:
        """verl's call after every step: before it fetches another batch, so that a checkpoint can be written here."""
        self._client.step_profile()
        self._on_step(*self._last)

    def infer_batch(self, data: Any) -> Any:
        """The loss on a batch that is not trained on, as verl does."""
        output = self._client.infer_batch(data)
        if output is not None:
            self.validation_losses.append(float(tu.get(output, "metrics")["loss"]))
        return output


class CheckpointsWithValidation:
    """verl's checkpoints; after each one that the schedule asks for the model plays."""

    def __init__(self, handler: Any, on_checkpoint: Callable[[int], None]):
        self._handler = handler
        self._on_checkpoint = on_checkpoint

    def __getattr__(self, name: str) -> Any:
        return getattr(self._handler, name)

    def save_checkpoint(self, step: int) -> None:
        """Write a checkpoint with its Hugging Face export, then validate the export."""
        self._handler.save_checkpoint(step=step)
        self._on_checkpoint(step)


class ExampleTrainer(SFTTrainer):
    """Writes metrics.jsonl, validation.jsonl and `history/` of a run; trains as its parent does.

    Args:
        config: of the run, checked and resolved.
        player: the process in which the model plays (see played_validation.py).
    """

    def __init__(self, config: DictConfig, player: ProcessPoolExecutor):
        self._folder = Path(config.trainer.default_local_dir).parent
        self._metrics_log = MetricsLog(self._folder / "metrics.jsonl")
        self._validation_log = MetricsLog(self._folder / "validation.jsonl")
        self._history = History(self._folder / "history")
        self._step = 0
        super().__init__(config)
        self._step = self.resume_global_step
        self._validation = PlayedValidation(config, self._history, player)
        if self.rank == 0:
            # What came after the checkpoint is done again: drop it, so that the record has no doubles.
            self._history.truncate_after(self._step)
            self._metrics_log.truncate_after(self._step)
            self._validation_log.truncate_after(self._step)
        torch.distributed.barrier()

    def _build_engine(self) -> None:
        super()._build_engine()
        self.training_client = RecordingClient(self.training_client, self._after_step)

    def _build_dataloader(self) -> None:
        super()._build_dataloader()
        # verl shuffles every run alike.
        self.train_sampler.seed = int(self.config.seed)

    def _build_ckpt_handler(self) -> None:
        super()._build_ckpt_handler()
        self._plain_handler = self.ckpt_handler
        self.ckpt_handler = CheckpointsWithValidation(self.ckpt_handler, self._validate)

    def fit(self) -> None:
        """Train until the last step; a validation that is due and not on record comes first."""
        due = self._step == 0 or self._step % self.save_freq == 0 or self._step == self.total_training_steps
        if self.config.validation.levels and due and self._step not in self._history.validation_steps():
            self._validate(self._step)
        if self._step < self.total_training_steps:
            super().fit()

    def _after_step(self, metrics: dict[str, Any] | None, seconds: float) -> None:
        self._step += 1
        if self.rank == 0 and metrics is not None:
            scalars = {key: float(value) for key, value in metrics.items() if isinstance(value, int | float)}
            self._metrics_log.append({"step": self._step, **scalars, "time/step_s": seconds})
        if self._step < self.total_training_steps and self._stop_requested():
            self._plain_handler.save_checkpoint(step=self._step)
            raise StopRequested(f"stopped after step {self._step}")

    def _stop_requested(self) -> bool:
        """What the first process sees counts for all, or some would wait for the others for ever."""
        seen = [(self._folder / STOP_FILE).exists()]
        torch.distributed.broadcast_object_list(seen, src=0)
        return bool(seen[0])

    def _validate(self, step: int) -> None:
        model = Path(self.config.trainer.default_local_dir) / f"global_step_{step}" / "huggingface"
        own = self._validation.play(str(model) if step else str(self.config.model.path), step)
        losses, self.training_client.validation_losses = self.training_client.validation_losses, []
        if self.rank == 0:
            if losses:
                own["loss"] = sum(losses) / len(losses)
            self._validation_log.append({"step": step, **{f"validation/{key}": value for key, value in own.items()}})
        torch.distributed.barrier()
