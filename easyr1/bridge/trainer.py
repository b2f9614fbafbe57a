"""verl's synchronous PPO trainer with a memory: every step is recorded before its checkpoint is written."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from omegaconf import DictConfig
from verl.trainer.ppo.v1.trainer_base import register_trainer

from easyr1.bridge.heap import settle_heap
from easyr1.bridge.mini_batches import EqualUpdates
from easyr1.bridge.picture_store import clear_pictures
from easyr1.bridge.records import Rows, read_rows
from easyr1.bridge.run_folder import STOP_FILE
from easyr1.metrics import turn_metrics, validation_metrics
from easyr1.replay.kept_images import kept_images
from easyr1.replay.record import History, MetricsLog, TurnRecord

POLL_S = 0.2
"""Seconds between two looks for finished roll-outs; verl's two seconds are a quarter of a step of a tiny model."""


class StopRequested(Exception):
    """The user asked the run to end; its checkpoint is written."""


class RecordingBuffer:
    """verl's replay buffer, which also shows validation batches before they are dropped."""

    def __init__(self, buffer: Any, on_validation: Callable[[Any], None]):
        self._buffer = buffer
        self._on_validation = on_validation

    def sample(self, global_steps: int, partition_id: str, batch_size: int) -> tuple[Any, dict[str, Any]]:
        """A batch of finished groups, as verl's buffer gives it."""
        batch, metrics = self._buffer.sample(
            global_steps=global_steps, partition_id=partition_id, batch_size=batch_size
        )
        if partition_id == "val":
            self._on_validation(batch)
        return batch, metrics


@register_trainer("games")
class GamesTrainer(EqualUpdates):
    """Writes `history/`, `metrics.jsonl` and `validation.jsonl` of a run; trains as its parent does."""

    def __init__(self, config: DictConfig):
        super().__init__(config)
        self._folder = Path(config.trainer.default_local_dir).parent
        self._history = History(self._folder / "history")
        self._metrics_log = MetricsLog(self._folder / "metrics.jsonl")
        self._validation_log = MetricsLog(self._folder / "validation.jsonl")
        self._validation_rows: list[Rows] = []

    @property
    def trainer_mode(self) -> str:
        """verl compares this name to choose the synchronous data flow; ours is that flow under another name."""
        return "sync"

    @trainer_mode.setter
    def trainer_mode(self, name: str) -> None:
        del name

    def _build_replay_buffer(self) -> RecordingBuffer:
        buffer = super()._build_replay_buffer()
        buffer.poll_interval = POLL_S
        return RecordingBuffer(buffer, self._keep_validation_rows)

    def _load_checkpoint(self) -> None:
        super()._load_checkpoint()
        settle_heap()
        # What came after the checkpoint is played again: drop it, so that the record has no doubles.
        self._history.truncate_after(self.global_steps)
        self._metrics_log.truncate_after(self.global_steps)
        self._validation_log.truncate_after(self.global_steps)

    def step(self, metrics: dict[str, Any], timing_raw: dict[str, Any]) -> Any:
        """One step of training; recorded here because verl saves its checkpoint right after."""
        start = time.monotonic()
        batch = super().step(metrics, timing_raw)
        rows = read_rows(batch, self.config, split="train", step=self.global_steps)
        self._history.write(self.global_steps, rows.records, self._kept(rows.images, rows.records))
        clear_pictures()
        own = {
            **turn_metrics(rows.records),
            "environment/restarts": rows.num_restarts,
            "logprob/abs_diff": rows.logprob_abs_diff,
            "rollout/prefix_cache_hit_rate": rows.prefix_cache_hit_rate,
            "episode/missing": self.config.data.train_batch_size * self.config.actor_rollout_ref.rollout.n
            - rows.num_episodes,
            "time/step_s": time.monotonic() - start,
        }
        metrics.update(own)
        scalars = {key: float(value) for key, value in metrics.items() if isinstance(value, int | float)}
        timings = {f"time/{key}_s": float(value) for key, value in timing_raw.items()}
        self._metrics_log.append({"step": self.global_steps, **own, **scalars, **timings})
        return batch

    def _kept(self, images: dict[str, bytes], records: list[TurnRecord]) -> dict[str, bytes]:
        keys = self.config.history
        return kept_images(images, records, keys.images, keys.every, self.global_steps)

    def _compute_metrics(self, *args: Any, **kwargs: Any) -> None:
        super()._compute_metrics(*args, **kwargs)
        if (self._folder / STOP_FILE).exists() and self.global_steps < self.total_training_steps:
            save_freq = self.config.trainer.save_freq
            if save_freq <= 0 or self.global_steps % save_freq:
                self._save_checkpoint()
            raise StopRequested(f"stopped after step {self.global_steps}")

    def _validate(self) -> dict[str, float]:
        self._validation_rows = []
        return super()._validate()

    def _keep_validation_rows(self, batch: Any) -> None:
        self._validation_rows.append(read_rows(batch, self.config, split="validation", step=self.global_steps))

    def _val_metrics_update(self, data_sources: Any, sample_uids: Any, infos: Any, *args: Any, **kwargs: Any) -> Any:
        """Ours: verl's statistics of every numeric extra say less than means over turns and levels."""
        records = [record for rows in self._validation_rows for record in rows.records]
        images = {digest: png for rows in self._validation_rows for digest, png in rows.images.items()}
        self._history.write_validation(self.global_steps, records, self._kept(images, records))
        clear_pictures()
        own = {f"validation/{key}": value for key, value in validation_metrics(records).items()}
        self._validation_log.append({"step": self.global_steps, **own})
        return own
