"""Cut a step's rows into as many updates as the recipe asks for, however many turns its episodes had.

verl 0.9.1 counts a mini-batch in rows, `ppo_mini_batch_size` states x replies of them, and fills the step up with empty
rows to whole mini-batches. A row is a turn (or an episode, when the context keeps all turns): episodes of T turns would
make T updates a step out of the one that was asked for, the last of them partly, on some devices wholly, of empty rows.

Here `data.train_batch_size / ppo_mini_batch_size` is the number of updates, and each takes an equal share of the rows.
For episodes of one turn that is what verl does too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from omegaconf import DictConfig
from verl.trainer.ppo.v1.trainer_sync import PPOTrainerSync


def num_updates(config: DictConfig, trained: DictConfig) -> int:
    """Updates a step of `trained`, the node of the actor or of the critic."""
    return max(1, int(config.data.train_batch_size) // int(trained.ppo_mini_batch_size))


def row_multiple(config: DictConfig, dp_size: int, use_critic: bool = False) -> int:
    """What the number of rows of a step must be a multiple of, so that they divide into updates and micro-batches.

    With dynamic batches, which take any number of rows, that is the number of devices times the number of updates.

    Args:
        dp_size: Devices that share the rows.
    """
    nodes = config.actor_rollout_ref
    critics = [config.critic] if use_critic else []
    needed = [num_updates(config, node) * _micro(node, "ppo", node.use_dynamic_bsz) for node in [nodes.actor, *critics]]
    needed += [_micro(node, "forward", node.use_dynamic_bsz) for node in critics]
    needed += [_micro(node, "log_prob", node.log_prob_use_dynamic_bsz) for node in (nodes.rollout, nodes.ref)]
    return dp_size * math.lcm(*needed)


def _micro(node: DictConfig, prefix: str, is_dynamic: bool) -> int:
    return 1 if is_dynamic else int(node.get(f"{prefix}_micro_batch_size_per_gpu") or 1)


@contextmanager
def counted_in_rows(config: DictConfig, trained: DictConfig, num_rows: int) -> Iterator[None]:
    """Let verl, which multiplies states by replies, read the size of a mini-batch in rows.

    Args:
        trained: The node of the actor or of the critic in `config`; both are as before afterwards.
        num_rows: Of a step, a multiple of `row_multiple`.
    """
    rollout = config.actor_rollout_ref.rollout
    states, replies = trained.ppo_mini_batch_size, rollout.n
    trained.ppo_mini_batch_size, rollout.n = num_rows // num_updates(config, trained), 1
    try:
        yield
    finally:
        trained.ppo_mini_batch_size, rollout.n = states, replies


class EqualUpdates(PPOTrainerSync):
    """verl's synchronous trainer, but with a number of updates a step that does not depend on the number of turns."""

    def _get_required_batch_multiple(self, dp_size: int) -> int:
        return row_multiple(self.config, dp_size, self.use_critic)

    def _update_actor(self, batch: Any, metrics: dict[str, Any]) -> Any:
        with counted_in_rows(self.config, self.config.actor_rollout_ref.actor, len(batch)):
            return super()._update_actor(batch, metrics)

    def _update_critic(self, batch: Any, metrics: dict[str, Any]) -> Any:
        with counted_in_rows(self.config, self.config.critic, len(batch)):
            return super()._update_critic(batch, metrics)
