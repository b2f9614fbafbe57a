"""The process that holds verl's trainer, on the node of the process that started the run."""

from __future__ import annotations

import contextlib
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy
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


class OnThisNode:
    """An actor class as verl's launcher uses it, whose actors start on the node of the process that asks for them.

    An actor that takes no CPU may start on any node of a cluster; records, metrics and the request to stop are files
    that the launcher follows, and a shared file system may show them late.

    Args:
        actor_class: made by `ray.remote`.
        options: of `ray.remote` for its actors.
    """

    def __init__(self, actor_class: Any, **options: Any):
        self._actor_class, self._options = actor_class, options

    def options(self, **options: Any) -> OnThisNode:
        """The same with further options."""
        return OnThisNode(self._actor_class, **{**self._options, **options})

    def remote(self, *args: Any, **kwargs: Any) -> Any:
        """Start an actor; its handle."""
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        return self._actor_class.options(**self._options, scheduling_strategy=here).remote(*args, **kwargs)
