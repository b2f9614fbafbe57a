"""The folder of a run: what is in it, and what to tell its user about it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from easyr1.metrics import compare_validation, game_names
from easyr1.replay.record import History

STOP_FILE = "stop"
"""A file of this name in the run's folder ends the run after the step in progress, with a checkpoint."""

LEARNED = {"reward/game": "game reward", "perception/exact": "P_acc"}


@dataclass(frozen=True)
class RunFolder:
    """`runs_dir/experiment`."""

    path: Path

    @classmethod
    def from_config(cls, config: DictConfig) -> RunFolder:
        """The folder that a configuration names, absolute."""
        return cls(Path(config.runs_dir).expanduser().resolve() / str(config.experiment))

    @property
    def checkpoints(self) -> Path:
        """verl's checkpoints, `global_step_<n>` each."""
        return self.path / "checkpoints"

    def last_checkpoint(self) -> int:
        """Step of the last whole checkpoint, 0 where there is none."""
        tracker = self.checkpoints / "latest_checkpointed_iteration.txt"
        return int(tracker.read_text(encoding="utf-8")) if tracker.is_file() else 0

    def has_validation(self, step: int) -> bool:
        """Whether the validation after `step` is on record, or was never due: a run goes on between two."""
        return step > 0 or 0 in History(self.path / "history").validation_steps()

    def has_validation_after(self, step: int) -> bool:
        """Whether the validation after `step` is on record."""
        return step in History(self.path / "history").validation_steps()

    def prepare(self, config: DictConfig) -> None:
        """Make the folder, write the resolved configuration, forget an old request to stop."""
        self.path.mkdir(parents=True, exist_ok=True)
        (self.path / "config.yaml").write_text(OmegaConf.to_yaml(config, resolve=True), encoding="utf-8")
        (self.path / STOP_FILE).unlink(missing_ok=True)
        (self.path / "error.log").unlink(missing_ok=True)

    def ask_to_stop(self) -> None:
        """End the run after the step in progress; works from any process that sees the folder."""
        (self.path / STOP_FILE).touch()

    def greeting(self, total_steps: int) -> str:
        """What to say when a run starts."""
        step = self.last_checkpoint()
        start = f"going on after step {step} of {total_steps}" if step else f"{total_steps} steps"
        return f"{self.path}: {start}\nstarting Ray, vLLM and the actor (a minute); logs: /tmp/ray/session_latest/logs"

    def farewell(self, total_steps: int) -> str:
        """What to say when a run has ended as asked: where it stands, what it learned, what to do next."""
        step = self.last_checkpoint()
        if max(History(self.path / "history").steps(), default=0) < total_steps:
            return f"stopped after step {step}; the same command goes on from there"
        lines = [f"done: {total_steps} steps", *self.learned(), f"curves: {self.path / 'curves.png'}"]
        if step == total_steps:
            lines.append(f"next: vllm serve {self.checkpoints / f'global_step_{step}' / 'actor' / 'huggingface'}")
        return "\n".join(lines)

    def learned(self, names: Mapping[str, str] = LEARNED) -> list[str]:
        """What changed between the first validation and the last, over all levels and for each game of a mixture.

        Args:
            names: of the quantities, by their keys in `easyr1.metrics.TURN_VALUES`.
        """
        history = History(self.path / "history")
        steps = history.validation_steps()
        if len(steps) < 2:
            return []
        lines = []
        for game in (None, *game_names(history.read_validation(steps[-1]))):
            found = compare_validation(history, steps[0], steps[-1], game)
            lines += [
                f"{f'{game}, ' if game else ''}{name}: {found[key].before:.2f} -> {found[key].after:.2f} "
                f"({found[key].difference:+.2f}, 95% interval {found[key].low:+.2f} to {found[key].high:+.2f})"
                for key, name in names.items()
                if key in found and math.isfinite(found[key].difference)
            ]
        return lines
