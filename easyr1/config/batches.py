"""Batches: what must divide what, and what a micro-batch must hold.

A step plays `data.train_batch_size` states, `rollout.n` replies to each; an update takes `ppo_mini_batch_size` states
with all their replies, shared by the devices, each of which goes through its share in micro-batches.
"""

from __future__ import annotations

from collections.abc import Iterator

from omegaconf import DictConfig

from easyr1.config.schema import RunKeys

ACTOR, REF, ROLLOUT = "actor_rollout_ref.actor", "actor_rollout_ref.ref", "actor_rollout_ref.rollout"


def check(config: DictConfig, keys: RunKeys) -> Iterator[str]:
    """Findings about sizes of batches."""
    states, replies = config.data.train_batch_size, config.actor_rollout_ref.rollout.n
    mini = config.actor_rollout_ref.actor.ppo_mini_batch_size
    num_devices = config.trainer.n_gpus_per_node * config.trainer.nnodes
    findings = list(_whole_batch(states, replies, mini, num_devices))
    yield from findings
    if replies == 1 and str(config.algorithm.adv_estimator).startswith("grpo"):
        yield f"{ROLLOUT}.n: 1 given; GRPO compares the replies to one state, so it must be 2 or more"
    if config.actor_rollout_ref.actor.use_dynamic_bsz:
        yield from _token_budgets(config)
    elif not findings:
        yield from _micro_batches(config, mini * replies // num_devices)


def _whole_batch(states: int, replies: int, mini: int, num_devices: int) -> Iterator[str]:
    if states * replies % num_devices:
        yield (
            f"data.train_batch_size: {states} states x {replies} replies = {states * replies}, which does not divide "
            f"by the {num_devices} devices (trainer.n_gpus_per_node x trainer.nnodes)"
        )
    elif states % mini:
        yield (
            f"{ACTOR}.ppo_mini_batch_size: {mini} given; it must divide data.train_batch_size={states} "
            f"(such as {_largest_divisor(states, mini)})"
        )
    elif mini * replies % num_devices:
        yield (
            f"{ACTOR}.ppo_mini_batch_size: {mini} states x {replies} replies = {mini * replies}, which does not divide "
            f"by the {num_devices} devices (trainer.n_gpus_per_node x trainer.nnodes)"
        )


def _token_budgets(config: DictConfig) -> Iterator[str]:
    """With dynamic batches a device packs samples up to a number of tokens, and the longest sample must fit in."""
    length = config.data.max_prompt_length + config.data.max_response_length
    nodes = config.actor_rollout_ref
    budgets = {
        f"{ACTOR}.ppo_max_token_len_per_gpu": nodes.actor.ppo_max_token_len_per_gpu,
        f"{REF}.log_prob_max_token_len_per_gpu": nodes.ref.log_prob_max_token_len_per_gpu,
        f"{ROLLOUT}.log_prob_max_token_len_per_gpu": nodes.rollout.log_prob_max_token_len_per_gpu,
    }
    # The last two follow the first unless set: name the one to change.
    for key, tokens in budgets.items():
        is_follower = key != f"{ACTOR}.ppo_max_token_len_per_gpu" and tokens == nodes.actor.ppo_max_token_len_per_gpu
        if not is_follower and tokens < length:
            yield (
                f"{key}: {tokens} given; a sample may have {length} tokens "
                "(data.max_prompt_length + data.max_response_length)"
            )


def _micro_batches(config: DictConfig, replies_a_device: int) -> Iterator[str]:
    nodes = config.actor_rollout_ref
    sizes = {
        f"{ACTOR}.ppo_micro_batch_size_per_gpu": nodes.actor.ppo_micro_batch_size_per_gpu,
        f"{ROLLOUT}.log_prob_micro_batch_size_per_gpu": nodes.rollout.log_prob_micro_batch_size_per_gpu,
    }
    if nodes.actor.use_kl_loss or config.algorithm.use_kl_in_reward:
        sizes[f"{REF}.log_prob_micro_batch_size_per_gpu"] = nodes.ref.log_prob_micro_batch_size_per_gpu
    for key, micro in sizes.items():
        if micro is None:
            yield f"{key}: null given; it must be a whole number, or set {ACTOR}.use_dynamic_bsz=true"
        elif replies_a_device % micro:
            yield (
                f"{key}: {micro} given; it must divide the {replies_a_device} replies of a mini-batch on a device "
                f"(such as {_largest_divisor(replies_a_device, micro)})"
            )


def _largest_divisor(whole: int, at_most: int) -> int:
    return max(size for size in range(1, min(whole, at_most) + 1) if whole % size == 0)
