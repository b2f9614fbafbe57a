"""Batches that do not divide, devices that are not there."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from omegaconf import OmegaConf

from easyr1.config import batches, devices
from easyr1.config.compose import compose_recipe
from easyr1.config.schema import run_keys
from tests.config.conftest import RECIPE, TINY, Refuse

MODEL = "actor_rollout_ref.model"
ROLLOUT, ACTOR, REF = "actor_rollout_ref.rollout", "actor_rollout_ref.actor", "actor_rollout_ref.ref"


SIZES = {
    "data.train_batch_size": 8,
    f"{ACTOR}.ppo_mini_batch_size": 4,
    f"{ROLLOUT}.n": 2,
    f"{ACTOR}.ppo_micro_batch_size_per_gpu": 4,
    f"{ROLLOUT}.log_prob_micro_batch_size_per_gpu": 4,
    f"{REF}.log_prob_micro_batch_size_per_gpu": 4,
    f"{ACTOR}.use_dynamic_bsz": False,
    "trainer.n_gpus_per_node": 2,
}
PER = "(trainer.n_gpus_per_node x trainer.nnodes)"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"data.train_batch_size": 7, f"{ROLLOUT}.n": 3},
            f"data.train_batch_size: 7 states x 3 replies = 21, which does not divide by the 2 devices {PER}",
        ),
        (
            {f"{ACTOR}.ppo_mini_batch_size": 3},
            f"{ACTOR}.ppo_mini_batch_size: 3 given; it must divide data.train_batch_size=8 (such as 2)",
        ),
        (
            {f"{ACTOR}.ppo_mini_batch_size": 16},
            f"{ACTOR}.ppo_mini_batch_size: 16 given; it must divide data.train_batch_size=8 (such as 8)",
        ),
        (
            {f"{ACTOR}.ppo_mini_batch_size": 1, f"{ROLLOUT}.n": 3},
            f"{ACTOR}.ppo_mini_batch_size: 1 states x 3 replies = 3, which does not divide by the 2 devices {PER}",
        ),
        (
            {f"{ACTOR}.ppo_micro_batch_size_per_gpu": 3},
            f"{ACTOR}.ppo_micro_batch_size_per_gpu: 3 given; it must divide the 4 replies that a device has at a time "
            "(such as 2)",
        ),
        (
            {f"{REF}.log_prob_micro_batch_size_per_gpu": 16},
            f"{REF}.log_prob_micro_batch_size_per_gpu: 16 given; it must divide the 8 replies that a device has at a "
            "time (such as 8)",
        ),
        (
            {f"{ACTOR}.ppo_micro_batch_size_per_gpu": None},
            f"{ACTOR}.ppo_micro_batch_size_per_gpu: null given; it must be a whole number, or set "
            f"{ACTOR}.use_dynamic_bsz=true",
        ),
        (
            {f"{ACTOR}.use_dynamic_bsz": True, f"{ACTOR}.ppo_max_token_len_per_gpu": 100, "data.max_prompt_length": 90},
            f"{ACTOR}.ppo_max_token_len_per_gpu: 100 given; a sample may have 218 tokens (data.max_prompt_length + "
            "data.max_response_length)",
        ),
        (
            {f"{ROLLOUT}.n": 1},
            f"{ROLLOUT}.n: 1 given; GRPO compares the replies to one state, so it must be 2 or more",
        ),
        (
            {f"{MODEL}.use_remove_padding": False},
            f"{MODEL}.use_remove_padding: false given, and attention is flash_attention_2, which is for packed "
            f"samples; set +{MODEL}.override_config.attn_implementation=sdpa too",
        ),
        (
            {f"{MODEL}.override_config": {"attn_implementation": "sdpa"}},
            f"{MODEL}.override_config.attn_implementation: sdpa given, by which packed samples would see each other; "
            f"leave it out, or set {MODEL}.use_remove_padding=false",
        ),
        (
            {f"{ROLLOUT}.tensor_model_parallel_size": 4},
            f"{ROLLOUT}.tensor_model_parallel_size: 4 given; it must divide the 2 devices {PER}",
        ),
    ],
    ids=lambda value: "-".join(key.rsplit(".", 1)[-1] for key in value) if isinstance(value, dict) else "",
)
def test_sizes_that_do_not_divide(refuse: Refuse, changes: dict[str, Any], message: str) -> None:
    assert refuse({**SIZES, "data.max_response_length": 128, **changes}).splitlines()[0] == message


@pytest.mark.parametrize("micro", [3, 16])
def test_rows_of_several_turns_are_filled_up_to_micro_batches(tiny_config: Any, micro: int) -> None:
    config = copy.deepcopy(tiny_config)
    for key, value in {**SIZES, "max_turns": 2, f"{ACTOR}.ppo_micro_batch_size_per_gpu": micro}.items():
        OmegaConf.update(config, key, value)
    assert list(batches.check(config, run_keys(config))) == []


def test_samples_may_be_trained_one_by_one() -> None:
    attention = "+actor_rollout_ref.model.override_config.attn_implementation=sdpa"
    config = compose_recipe(RECIPE, [*TINY, f"{MODEL}.use_remove_padding=false", attention])
    assert list(batches.check(config, run_keys(config))) == []


def test_more_gpus_than_the_machine_has(refuse: Refuse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr(devices, "count_gpus", lambda: 1)
    changes = {**SIZES, "trainer.device": "cuda", "hardware.name": "2gpu"}
    assert refuse(changes) == (
        "hardware: 2gpu needs 2 GPUs, this machine has 1; choose hardware=auto, set trainer.n_gpus_per_node, or join a "
        "cluster by RAY_ADDRESS"
    )


def test_several_nodes_without_a_cluster(refuse: Refuse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    assert refuse({**SIZES, "trainer.n_gpus_per_node": 1, "trainer.nnodes": 2}).startswith(
        "trainer.nnodes: 2 given, and RAY_ADDRESS names no cluster"
    )


def test_fewer_cpus_than_ray_needs(refuse: Refuse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    assert refuse({**SIZES, "ray_kwargs.ray_init.num_cpus": 8}) == (
        "ray_kwargs.ray_init.num_cpus: 8 given; Ray waits for ever with fewer than 9 logical CPUs, which may be more "
        "than the machine has: set null"
    )
