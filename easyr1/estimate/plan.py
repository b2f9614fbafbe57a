"""What of a configuration decides memory, disk and time, as plain numbers."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from easyr1.estimate.shapes import PUBLISHED, Shape, nearest_shape
from easyr1.machine.models import model_files

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from easyr1.config.schema import RunKeys

DTYPE_BYTES = {"fp32": 4, "float32": 4, "bf16": 2, "bfloat16": 2, "fp16": 2, "float16": 2, "half": 2}

WORDS_OF_REPLY = 400
"""Tokens that a reply of an instruct model is taken to have, on average."""

CPU_CACHE = "ray_kwargs.ray_init.runtime_env.env_vars.VLLM_CPU_KVCACHE_SPACE"
DEFAULT_CPU_CACHE_GIB = 4
FUSED = "actor_rollout_ref.actor.optim.override_optimizer_config.fused"

SMALL_VOCABULARY = 5000
SMALL_PROMPT_TOKENS = 40
"""Of the words of a prompt where a sentence is one token, as in the tiny model's vocabulary."""

CHARS_A_TOKEN = 4.2
TEMPLATE_TOKENS = 20
"""Of the chat template around a prompt."""


@dataclass(frozen=True)
class Plan:
    """A run in numbers.

    Attributes:
        model, hardware: Their short names.
        shape: Sizes of the model's matrices.
        is_known: Whether `shape` is the model's own, and not that of one of its size.
        billions: 1e9 weights.
        trained_billions: Those with a gradient: all, or the adapters'.
        is_lora: Whether the model's own weights are frozen.
        device: `cuda` or `cpu`.
        gpus, nodes: Devices of a node, and nodes.
        shards: Devices that share one copy of weights, gradients and optimiser.
        stays_on_host: FSDP keeps the state in the host's memory throughout (`offload_policy`).
        leaves_weights, leaves_optimizer: What moves there while other phases run (`param_offload` and
            `optimizer_offload`).
        weight_bytes: Of the actor's weights, gradients and each moment of Adam.
        reference_bytes: Of a weight of the reference; 0 where there is none of its own.
        rollout_bytes: Of a weight in vLLM.
        rollout_share: Of a GPU's memory, vLLM's.
        tensor_parallel: Devices that share one vLLM.
        sleeps: Whether vLLM gives its memory back while the actor trains.
        cpu_cache_gb: Of one vLLM's keys and values where it runs on the CPU.
        states, replies, turns, window: Of a step: openings, replies to each, most turns, most pictures in a prompt.
        updates: Optimiser steps in a step of one turn.
        patches: Of the largest picture.
        patch_px: Side of a patch.
        picture_tokens: Of a picture.
        prompt_tokens, reply_tokens: Of a turn, the second a guess.
        prompt_limit, reply_limit: Most that each may have.
        micro_tokens: Most that a device computes at once.
        saves_memory: Whether activations are computed anew in the backward pass.
        steps, saves, kept: Of the run: steps, checkpoints written, and most of them at one time.
        contents: What a checkpoint holds: model, optimizer, extra, hf_model.
        images_kept, images_every: Pictures that the history keeps: all, first or none, in one of so many steps.
        adam_is_fused: Whether Adam is torch's fused one, which on the host uses all its threads.
        agents, environments, rewards, stores: Processes, in the whole run.
    """

    model: str
    hardware: str
    shape: Shape
    is_known: bool
    billions: float
    trained_billions: float
    is_lora: bool
    device: str
    gpus: int
    nodes: int
    shards: int
    stays_on_host: bool
    leaves_weights: bool
    leaves_optimizer: bool
    weight_bytes: int
    reference_bytes: int
    rollout_bytes: int
    rollout_share: float
    tensor_parallel: int
    sleeps: bool
    cpu_cache_gb: float
    states: int
    replies: int
    turns: int
    window: int
    updates: int
    patches: int
    patch_px: int
    picture_tokens: int
    prompt_tokens: int
    reply_tokens: int
    prompt_limit: int
    reply_limit: int
    micro_tokens: int
    saves_memory: bool
    steps: int
    saves: int
    kept: int
    contents: tuple[str, ...]
    images_kept: str
    images_every: int
    adam_is_fused: bool
    agents: int
    environments: int
    rewards: int
    stores: int

    @property
    def devices(self) -> int:
        """Devices in all."""
        return self.gpus * self.nodes

    @property
    def rows(self) -> int:
        """Most samples of a step: one a turn."""
        return self.states * self.replies * self.turns

    @property
    def tokens(self) -> int:
        """Tokens of a step, prompts and replies."""
        return self.rows * (self.prompt_tokens + self.reply_tokens)


def plan_run(config: DictConfig, keys: RunKeys) -> Plan | None:
    """The plan of a composed configuration; None where `vlm.billion_weights` is null, which asks for no arithmetic."""
    billions = keys.vlm.billion_weights
    if billions is None:
        return None
    known = model_shape(str(config.actor_rollout_ref.model.path))
    shape = known or nearest_shape(billions)
    rank = keys.tuning.rank
    steps = int(config.trainer.total_training_steps or 1)
    return Plan(
        model=keys.vlm.name,
        hardware=keys.hardware.name,
        shape=shape,
        is_known=known is not None,
        billions=billions,
        trained_billions=shape.adapter_weights(rank) / 1e9 if rank else billions,
        is_lora=bool(rank),
        **_devices(config),
        **_types(config, is_lora=bool(rank)),
        **_batch(config, keys, shape),
        **_checkpoints(config, steps),
        **_processes(config, keys),
    )


def model_shape(path: str) -> Shape | None:
    """Sizes of a model by its config.json on this machine, or by the table of published ones."""
    folder = model_files(path)
    if folder is not None:
        try:
            values = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            values = None
        if isinstance(values, dict) and (shape := Shape.of(values)):
            return shape
    return Shape.of(PUBLISHED[path]) if path in PUBLISHED else None


def _devices(config: DictConfig) -> dict[str, Any]:
    from omegaconf import OmegaConf

    engine = config.actor_rollout_ref.actor.fsdp_config
    gpus, nodes = int(config.trainer.n_gpus_per_node), int(config.trainer.nnodes)
    size = int(engine.fsdp_size)
    return {
        "device": str(config.trainer.device),
        "gpus": gpus,
        "nodes": nodes,
        "shards": size if 0 < size < gpus * nodes else gpus * nodes,
        "stays_on_host": bool(engine.offload_policy),
        "leaves_weights": bool(engine.param_offload),
        "leaves_optimizer": bool(engine.optimizer_offload),
        "rollout_share": float(config.actor_rollout_ref.rollout.gpu_memory_utilization),
        "tensor_parallel": int(config.actor_rollout_ref.rollout.tensor_model_parallel_size),
        "sleeps": bool(config.actor_rollout_ref.rollout.free_cache_engine),
        "cpu_cache_gb": float(OmegaConf.select(config, CPU_CACHE) or DEFAULT_CPU_CACHE_GIB) * 2**30 / 1e9,
    }


def _types(config: DictConfig, is_lora: bool) -> dict[str, Any]:
    nodes = config.actor_rollout_ref
    uses_reference = (nodes.actor.use_kl_loss or config.algorithm.use_kl_in_reward) and not is_lora
    reference = DTYPE_BYTES.get(str(nodes.ref.fsdp_config.model_dtype), 4)
    return {
        "weight_bytes": DTYPE_BYTES.get(str(nodes.actor.fsdp_config.model_dtype), 4),
        "reference_bytes": reference if uses_reference else 0,
        "rollout_bytes": DTYPE_BYTES.get(str(nodes.rollout.dtype), 2),
    }


def _batch(config: DictConfig, keys: RunKeys, shape: Shape) -> dict[str, Any]:
    nodes, cell = config.actor_rollout_ref, keys.vlm.cell_px
    patch = int(shape.vision["patch_size"])
    prompt_limit, reply_limit = int(config.data.max_prompt_length), int(config.data.max_response_length)
    window = min(keys.max_turns, keys.window or keys.max_turns)
    height, width, words = _largest_picture(keys)
    if shape.words < SMALL_VOCABULARY:
        words = SMALL_PROMPT_TOKENS
    tokens = (height // cell) * (width // cell)
    reply = max(1, min(WORDS_OF_REPLY, reply_limit // 3))
    # The turns before stand in the prompt with their replies; an episode's first turns have fewer.
    prompt = window * (tokens + words) + (window - 1) * reply
    is_packed = bool(nodes.actor.use_dynamic_bsz)
    micro = nodes.actor.ppo_max_token_len_per_gpu if is_packed else nodes.actor.ppo_micro_batch_size_per_gpu
    states = int(config.data.train_batch_size)
    return {
        "states": states,
        "replies": int(nodes.rollout.n),
        "turns": keys.max_turns,
        "window": window,
        "updates": max(1, states // int(nodes.actor.ppo_mini_batch_size)) * int(nodes.actor.ppo_epochs),
        "patches": (height // patch) * (width // patch),
        "patch_px": patch,
        "picture_tokens": tokens,
        "prompt_tokens": min(prompt, prompt_limit),
        "reply_tokens": reply,
        "prompt_limit": prompt_limit,
        "reply_limit": reply_limit,
        "micro_tokens": int(micro or 1) * (1 if is_packed else prompt_limit + reply_limit),
        "saves_memory": bool(nodes.model.enable_gradient_checkpointing),
    }


def _largest_picture(keys: RunKeys) -> tuple[int, int, int]:
    """(height, width) in px of the largest picture of the games, and the tokens of the words beside it."""
    from games import make_game

    games = [make_game(game.id, **game.knobs) for game in keys.games.values()]
    largest = max(games, key=lambda game: game.image_size[0] * game.image_size[1])
    words = TEMPLATE_TOKENS + round(len(largest.instructions()) / CHARS_A_TOKEN)
    return *largest.image_size, words


def _checkpoints(config: DictConfig, steps: int) -> dict[str, Any]:
    from omegaconf import OmegaConf

    every, keep = int(config.trainer.save_freq), config.trainer.max_actor_ckpt_to_keep
    # One after every `save_freq` steps and one after the last, or one when the run is asked to stop.
    saves = -(-steps // every) if every > 0 else 1
    # verl clears one of two or more before it writes the next; of one, the old stays until the new is whole.
    most = saves if not keep or keep < 1 else max(2, int(keep))
    return {
        "steps": steps,
        "saves": saves,
        "kept": min(saves, most),
        "images_kept": str(OmegaConf.select(config, "history.images") or "all"),
        "images_every": int(OmegaConf.select(config, "history.every") or 1),
        "adam_is_fused": bool(OmegaConf.select(config, FUSED)),
        "contents": tuple(str(part) for part in config.actor_rollout_ref.actor.checkpoint.save_contents),
    }


def _processes(config: DictConfig, keys: RunKeys) -> dict[str, Any]:
    agents = int(config.actor_rollout_ref.rollout.agent.num_workers)
    return {
        "agents": agents,
        "environments": agents * keys.hardware.environment_workers,
        "rewards": int(config.reward.num_workers),
        "stores": int(config.transfer_queue.backend.SimpleStorage.num_data_storage_units),
    }


def runs_folder(keys: RunKeys) -> Path:
    """Where the run's folder will be, absolute."""
    return Path(os.path.abspath(Path(keys.runs_dir).expanduser()))
