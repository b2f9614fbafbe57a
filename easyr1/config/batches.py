"""Batches: what must divide what, and what a micro-batch must hold.

A step plays `data.train_batch_size` states, `rollout.n` replies to each; an update takes `ppo_mini_batch_size` states
with all their replies, shared by the devices, each of which goes through its share in micro-batches. Episodes of
several turns have any number of rows, which are filled up so that they divide.
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
        # The log-probabilities of a step are computed in one go.
        num_update, num_log_prob = (mini * replies // num_devices, states * replies // num_devices)
        yield from _micro_batches(config, num_update, num_log_prob, is_filled_up=keys.max_turns > 1)
    yield from _packing(config)


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


def _packing(config: DictConfig) -> Iterator[str]:
    """Packed samples need an attention that keeps them apart, and verl takes that for padded ones too unless told."""
    model = config.actor_rollout_ref.model
    key = "actor_rollout_ref.model.override_config.attn_implementation"
    attention = str((model.get("override_config") or {}).get("attn_implementation") or "flash_attention_2")
    is_flash = "flash" in attention
    if not model.use_remove_padding and is_flash:
        yield (
            f"actor_rollout_ref.model.use_remove_padding: false given, and attention is {attention}, which is for "
            f"packed samples; set +{key}=sdpa too"
        )
    elif model.use_remove_padding and not is_flash:
        yield (
            f"{key}: {attention} given, by which packed samples would see each other; leave it out, or set "
            "actor_rollout_ref.model.use_remove_padding=false"
        )


def _micro_batches(config: DictConfig, num_update: int, num_log_prob: int, is_filled_up: bool) -> Iterator[str]:
    """Micro-batches must divide a device's replies, in an update and where log-probabilities are computed."""
    nodes = config.actor_rollout_ref
    sizes = {
        f"{ACTOR}.ppo_micro_batch_size_per_gpu": (nodes.actor.ppo_micro_batch_size_per_gpu, num_update),
        f"{ROLLOUT}.log_prob_micro_batch_size_per_gpu": (
            nodes.rollout.log_prob_micro_batch_size_per_gpu,
            num_log_prob,
        ),
    }
    if nodes.actor.use_kl_loss or config.algorithm.use_kl_in_reward:
        key = f"{REF}.log_prob_micro_batch_size_per_gpu"
        sizes[key] = (nodes.ref.log_prob_micro_batch_size_per_gpu, num_log_prob)
    for key, (micro, num_replies) in sizes.items():
        if micro is None:
            yield f"{key}: null given; it must be a whole number, or set {ACTOR}.use_dynamic_bsz=true"
        elif num_replies % micro and not is_filled_up:
            yield (
                f"{key}: {micro} given; it must divide the {num_replies} replies that a device has at a time (such as "
                f"{_largest_divisor(num_replies, micro)})"
            )


def _largest_divisor(whole: int, at_most: int) -> int:
    return max(size for size in range(1, min(whole, at_most) + 1) if whole % size == 0)
