"""The process that holds verl's trainer."""

from __future__ import annotations

import contextlib
from typing import Any

import ray
from verl.trainer.main_ppo import TaskRunnerV1

_Runner = TaskRunnerV1.__ray_metadata__.modified_class


@ray.remote(num_cpus=0)
class GamesTaskRunner(_Runner):
    """verl's task runner with our trainer registered; an asked-for stop is a normal end."""

    def run(self, config: Any) -> None:
        """Train until the last step or until asked to stop."""
        from easyr1.bridge.trainer import StopRequested

        with contextlib.suppress(StopRequested):
            super().run(config)
