"""Memory of a run on each GPU and on a node's host, phase by phase.

A weight takes 4 bytes in float32, its gradient as much, the two moments of Adam 8; under LoRA only the adapters have
the last two. On GPUs what lies in the host's memory is pinned, and torch rounds every pinned tensor up to a power of
two. Figures are in 1e9 bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from easyr1.estimate.plan import Plan
from easyr1.estimate.processes import processes_gb
from easyr1.estimate.shapes import Shape
from easyr1.estimate.transfer import kept_gb, put_gb

MIXED_BYTES = 2
"""bfloat16, in which passes are computed on GPUs."""

ADAPTABLE = ("logits", "activations")

BUCKETS_GB = 2 * 2048 * 2**20 / 1e9
"""Buffers in which weights go to vLLM."""

ACTOR_CONTEXT_GB = 1.0
"""CUDA and NCCL of the actor's process."""

SLEEPING_GB = 2.0
"""What vLLM keeps while it sleeps: CUDA, its graphs, NCCL."""


@dataclass(frozen=True)
class Phase:
    """What lies where in a phase of a step.

    Attributes:
        name: Of the phase.
        gpu: Of each GPU, by what it is; empty without GPUs.
        host: Of a node's host memory, by what it is.
    """

    name: str
    gpu: Mapping[str, float]
    host: Mapping[str, float]

    @property
    def gpu_gb(self) -> float:
        """On each GPU, all together."""
        return sum(self.gpu.values())

    @property
    def host_gb(self) -> float:
        """On the host, all together."""
        return sum(self.host.values())


def phases(plan: Plan, gpu_memory_gb: float) -> list[Phase]:
    """The phases of a run in their order.

    Args:
        plan: The run.
        gpu_memory_gb: Of a GPU, of which vLLM takes its share.
    """
    samples = put_gb(plan) / plan.nodes
    copy = plan.billions * plan.weight_bytes
    # With words that are read and written by one matrix every device reads a whole copy, else the first alone.
    copies = plan.gpus if plan.shape.is_tied else 1
    held = _host_state(plan)
    # In the store, and once more where they are trained on, with the patches of their pictures.
    trained = {**held, "samples": 2 * samples + kept_gb(plan)}
    gpu = _gpu_phases(plan, gpu_memory_gb) if plan.device == "cuda" else {}
    host = {
        "start": {"whole copy": copies * copy, **{name: held[name] for name in held if name in _LOADED}},
        "generation": {**held, "samples": samples},
        "weights to vLLM": held,
        "log-probabilities": {**trained, **_on_cpu(plan, _logits(plan))},
        "update": {**trained, **_on_cpu(plan, {**_logits(plan, passes=2), "activations": _activations_gb(plan)})},
        "checkpoint": {**held, "whole copy": copy if "hf_model" in plan.contents else 0.0},
    }
    return [
        Phase(name, _some(gpu.get(name, {})), _some({**parts, "processes": processes_gb(plan)}))
        for name, parts in host.items()
    ]


def kept_on_gpu_gb(plan: Plan) -> float:
    """What of the actor stays on each GPU while vLLM plays."""
    return sum(_resting(plan).values())


def peak_host_gb(plan: Plan) -> float:
    """The most that a phase takes of the host's memory, without what smaller micro-batches would make less."""
    return max(sum(size for name, size in phase.host.items() if name not in ADAPTABLE) for phase in phases(plan, 0.0))


def cache_tokens(plan: Plan, gpu_memory_gb: float) -> int:
    """Tokens whose keys and values have room in one vLLM; 0 where its weights fill its share."""
    share = plan.rollout_share * gpu_memory_gb * plan.tensor_parallel
    return max(0, int((share - plan.billions * plan.rollout_bytes - 2.0) * 1e9 / plan.shape.cache_bytes))


def pinned_factor(shape: Shape, shards: int, weight_bytes: int) -> float:
    """By how much more memory a model takes when each tensor is rounded up to a power of two."""
    exact = rounded = 0
    for matrix in shape.matrices():
        size = -(-matrix.rows // shards) * matrix.columns * weight_bytes
        exact += matrix.count * size
        rounded += matrix.count * (1 << (size - 1).bit_length())
    return rounded / exact


_LOADED = ("weights", "reference")
"""What is there before the first step."""


def _some(parts: Mapping[str, float]) -> dict[str, float]:
    return {name: size for name, size in parts.items() if size > 0}


def _on_cpu(plan: Plan, parts: Mapping[str, float]) -> Mapping[str, float]:
    return {name: size * plan.gpus for name, size in parts.items()} if plan.device == "cpu" else {}


def _host_state(plan: Plan) -> dict[str, float]:
    """What of actor, reference and vLLM lies in the host's memory between phases and in them."""
    is_cuda, share = plan.device == "cuda", plan.gpus / plan.shards
    factor = pinned_factor(plan.shape, plan.shards, plan.weight_bytes) if is_cuda else 1.0
    weights, trained = (billions * plan.weight_bytes * share for billions in (plan.billions, plan.trained_billions))
    reference = plan.billions * plan.reference_bytes * share
    if not is_cuda:
        replicas = plan.gpus / plan.tensor_parallel
        return {
            "weights": weights,
            "gradients": trained,
            "moments": 2 * trained,
            "reference": reference,
            "vLLM's weights": plan.billions * plan.rollout_bytes * replicas,
            "vLLM's cache": plan.cpu_cache_gb * replicas,
        }
    # A block that was pinned once stays with torch's allocator.
    moments = 2 * trained * factor if plan.leaves_optimizer else 0.0
    return {
        "weights": weights * factor if plan.stays_on_host or plan.leaves_weights else 0.0,
        "gradients": trained * factor if plan.stays_on_host else 0.0,
        # Adam makes its moments itself, unpinned, where the weights are on the host throughout.
        "moments": 2 * trained if plan.stays_on_host else moments,
        "reference": reference * factor,
    }


def _actor(plan: Plan) -> dict[str, float]:
    """Weights, gradients and moments on each GPU in an update."""
    if plan.stays_on_host:
        return {}
    trained = plan.trained_billions * plan.weight_bytes / plan.shards
    return {
        "weights": plan.billions * plan.weight_bytes / plan.shards,
        "gradients": trained,
        "moments": 2 * trained,
    }


def _resting(plan: Plan) -> dict[str, float]:
    """What of it stays while other phases run: no gradients, and nothing that leaves for the host."""
    state = _actor(plan)
    leaving = {"gradients", *(["weights"] * plan.leaves_weights), *(["moments"] * plan.leaves_optimizer)}
    return {name: size for name, size in state.items() if name not in leaving}


def _gathered_gb(plan: Plan) -> float:
    """Whole layers, gathered from all devices for a pass: the one in work, the next, and the words."""
    words = plan.shape.word_weights * (1 if plan.shape.is_tied else 2)
    return (2 * plan.shape.layer_weights + words) * MIXED_BYTES / 1e9


def _logits(plan: Plan, passes: int = 1) -> dict[str, float]:
    """Scores of every word for every token of a micro-batch; in an update their gradient too."""
    size = MIXED_BYTES if plan.device == "cuda" else 4
    return {"logits": passes * plan.micro_tokens * plan.shape.words * size / 1e9}


def _activations_gb(plan: Plan) -> float:
    """What a forward pass leaves for the backward pass, of one micro-batch."""
    size = MIXED_BYTES if plan.device == "cuda" else 4
    token = plan.shape.width * size
    within = (3 * plan.shape.inner + 8 * plan.shape.width) * size
    a_token = plan.shape.layers * token + within if plan.saves_memory else plan.shape.layers * (token + within)
    return plan.micro_tokens * a_token / 1e9


def _gpu_phases(plan: Plan, gpu_memory_gb: float) -> dict[str, dict[str, float]]:
    resting, actor = _resting(plan), _actor(plan)
    weights = {"weights": actor.get("weights", 0.0)}
    asleep = {"contexts": ACTOR_CONTEXT_GB + SLEEPING_GB}
    rollout = plan.billions * plan.rollout_bytes / plan.tensor_parallel
    share = plan.rollout_share * gpu_memory_gb
    awake = {"vLLM": share, "contexts": ACTOR_CONTEXT_GB}
    if not plan.sleeps:
        asleep = awake
    passing = {**asleep, "gathered": _gathered_gb(plan)}
    return {
        "generation": {**awake, **resting},
        "weights to vLLM": {
            **asleep,
            **resting,
            **weights,
            **({"vLLM": rollout} if plan.sleeps else {}),
            "buffers": BUCKETS_GB + plan.shape.word_weights * plan.weight_bytes / 1e9,
        },
        "log-probabilities": {**passing, **resting, **weights, **_logits(plan)},
        "update": {**passing, **actor, **_logits(plan, passes=2), "activations": _activations_gb(plan)},
        "checkpoint": {**asleep, **resting, **weights, "gathered": plan.shape.word_weights * plan.weight_bytes / 1e9},
    }
