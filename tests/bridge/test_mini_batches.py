"""A step has the updates that the recipe asks for, whatever the number of turns, in the code with which verl cuts."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("verl")

from easyr1.config.compose import compose_recipe

pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore")]  # warnings of other libraries

STATES, REPLIES, DEVICES = 16, 5, 2


class Batch(list[int]):
    """Numbers of rows; as verl's, it takes along what the trainer tells the workers."""

    def __init__(self, num_rows: int) -> None:
        super().__init__(range(num_rows))
        self.extra_info: dict[str, Any] = {}


def update(config: Any, num_rows: int) -> list[list[int]]:
    """The rows of each update of one device, by verl's trainer and its worker, without a model."""
    import torch
    from tensordict import TensorDict
    from verl.utils import tensordict_utils
    from verl.workers.engine_workers import TrainingWorker

    from easyr1.bridge.trainer import GamesTrainer

    cut: list[list[int]] = []
    engine = SimpleNamespace(
        get_data_parallel_size=lambda: DEVICES,
        get_data_parallel_rank=lambda: 0,
        train_mode=lambda **_: contextlib.nullcontext(),
        is_mp_src_rank_with_outputs=lambda: False,
    )
    worker = SimpleNamespace(
        engine=engine,
        profiler=SimpleNamespace(step=lambda: None),
        train_batch=lambda rows: cut.append(rows["number"].tolist()),
    )

    def update_actor(batch: Batch) -> dict[str, Any]:
        share = torch.arange(len(batch) // DEVICES)
        data = TensorDict({"number": share}, batch_size=[len(share)])
        tensordict_utils.assign_non_tensor(data, **batch.extra_info)
        TrainingWorker.train_mini_batch.__wrapped__(worker, data)
        return {"metrics": {"mfu": [0.0]}}

    trainer: Any = GamesTrainer.__new__(GamesTrainer)
    trainer.config, trainer.use_critic, trainer.global_steps = config, False, 1
    trainer.actor_rollout_wg = SimpleNamespace(update_actor=update_actor)
    multiple = trainer._get_required_batch_multiple(DEVICES)
    trainer._update_actor(Batch(-(-num_rows // multiple) * multiple), {})
    return cut


def composed(*overrides: str) -> Any:
    given = ["hardware=cpu", "vlm=tiny", f"data.train_batch_size={STATES}", f"actor_rollout_ref.rollout.n={REPLIES}"]
    return compose_recipe("g0/shisensho", [*given, *overrides])


@pytest.mark.parametrize(
    ("mini", "num_rows", "sizes"),
    [
        (None, 80, [40]),  # one turn
        (None, 233, [117]),  # up to three: one empty row
        (None, 3, [2]),
        (8, 80, [20, 20]),
        (8, 233, [59, 59]),  # three empty rows
        (4, 80, [10, 10, 10, 10]),
    ],
)
def test_updates_of_a_step(mini: int | None, num_rows: int, sizes: list[int]) -> None:
    config = composed(*([f"actor_rollout_ref.actor.ppo_mini_batch_size={mini}"] if mini else []))
    cut = update(config, num_rows)
    assert [len(rows) for rows in cut] == sizes
    assert sorted(row for rows in cut for row in rows) == list(range(sum(sizes)))
    # The configuration is as before.
    assert config.actor_rollout_ref.actor.ppo_mini_batch_size == (mini or STATES)
    assert config.actor_rollout_ref.rollout.n == REPLIES


def test_without_it_verl_would_make_an_update_of_every_turn_and_fill_up() -> None:
    from verl.trainer.ppo.v1.trainer_base import PPOTrainer

    trainer = SimpleNamespace(config=composed(), use_critic=False, global_steps=1)
    multiple = PPOTrainer._get_required_batch_multiple(trainer, DEVICES)
    assert multiple == STATES * REPLIES  # 233 rows would become 240: three updates


@pytest.mark.parametrize(
    ("sizes", "multiple"),
    [
        ({}, 2),
        ({"actor.ppo_mini_batch_size": 4}, 8),
        ({"actor.use_dynamic_bsz": False, "actor.ppo_micro_batch_size_per_gpu": 8}, 16),
        (
            {
                "actor.use_dynamic_bsz": False,
                "actor.ppo_micro_batch_size_per_gpu": 4,
                "actor.ppo_mini_batch_size": 8,
                "rollout.log_prob_use_dynamic_bsz": False,
                "rollout.log_prob_micro_batch_size_per_gpu": 8,
            },
            16,
        ),
    ],
)
def test_rows_divide_into_devices_updates_and_micro_batches(sizes: dict[str, Any], multiple: int) -> None:
    from easyr1.bridge.mini_batches import row_multiple

    config = composed(*(f"actor_rollout_ref.{key}={value}" for key, value in sizes.items()))
    assert row_multiple(config, DEVICES) == multiple


def test_a_critic_makes_as_many_updates() -> None:
    from easyr1.bridge.mini_batches import counted_in_rows, num_updates, row_multiple

    config = composed("critic.ppo_mini_batch_size=4")
    assert num_updates(config, config.critic) == 4 and row_multiple(config, DEVICES, use_critic=True) == 8
    with counted_in_rows(config, config.critic, 48):
        assert config.critic.ppo_mini_batch_size * config.actor_rollout_ref.rollout.n == 12
    assert (config.critic.ppo_mini_batch_size, config.actor_rollout_ref.rollout.n) == (4, REPLIES)
