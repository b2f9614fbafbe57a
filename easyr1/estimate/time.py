"""Time of a training step, phase by phase, as a range: an estimate from sizes and rates, nothing is measured here.

The rates were set so that the paper's run, Qwen2.5-VL-7B on 8 H100 with 694,000 tokens a step, takes what its phases
take on paper: 44 to 52 s, of which generation 8 to 12, old log-probabilities 4.5, reference 5.5 and update 18.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from easyr1.estimate.plan import Plan
from easyr1.estimate.transfer import fetched_gb, put_gb


@dataclass(frozen=True)
class GpuKind:
    """Rates of a kind of GPU.

    Attributes:
        name: Part of its name by which it is known.
        tflops: 1e12 operations a second in bfloat16, dense, by its data sheet.
        memory_tb_s: 1e12 bytes a second from its memory.
        host_gb_s: 1e9 bytes a second from the host's pinned memory.
    """

    name: str
    tflops: float
    memory_tb_s: float
    host_gb_s: float


KINDS = (
    GpuKind("B200", 2250, 8.0, 50),
    GpuKind("H200", 989, 4.8, 50),
    GpuKind("H100", 989, 3.35, 50),
    GpuKind("H800", 989, 3.35, 50),
    GpuKind("GH200", 989, 4.0, 300),
    GpuKind("H20", 148, 4.0, 50),
    GpuKind("A100", 312, 2.0, 25),
    GpuKind("A800", 312, 2.0, 25),
    GpuKind("L40S", 362, 0.86, 25),
    GpuKind("A6000", 155, 0.77, 25),
    GpuKind("4090", 165, 1.0, 25),
)
ASSUMED_KIND = "H100"
UNKNOWN_KIND = GpuKind("unknown", 150, 0.8, 25)

PASS_SHARE = (0.28, 0.37)
"""Of a GPU's operations a second, what passes over packed samples use."""

READ_SHARE = 0.5
"""Of its memory's bytes a second, what vLLM reads weights with."""

ALONE_READ_SHARE = 0.7
"""The same where one reply is left."""

TOKEN_S = 0.006
"""Of vLLM, the scheduler, the sampler and the graphs, for one token of all replies at once."""

TAIL = (1.0, 2.0)
"""The longest reply over the mean, in units beyond the mean: a step of generation ends with it."""

WIRE_GB_S = 4.0
"""Of samples, through the store, put and fetched."""

WIRE_S = (0.5, 2.0)
"""Of the calls, whatever they carry."""

SYNC_S = (4.0, 6.0)
"""Waking, sleeping and the hand-over, whatever the size of the model."""

SYNC_GB_S = 8.0
ADAM_ON_CPU_WEIGHTS_S = {False: 0.08, True: 0.64}
"""1e9 weights a second that Adam steps on the host, as torch has it by default, and fused."""

CPU_TOKEN_S = {"generation": 9e-4, "pass": 1.0e-4, "update": 2.4e-4}
"""Of the tiny model on two cores, measured: for a token of a reply, and for any token of a pass."""

CPU_GFLOPS = 60.0
CPU_SPREAD = (0.7, 1.6)
PICTURE_TURN_S = 0.015
"""CPU of a turn beyond generation on one core: picture and prompt."""


@dataclass(frozen=True)
class Span:
    """Seconds from and to."""

    low_s: float
    high_s: float


def gpu_kind(names: Sequence[str]) -> GpuKind:
    """Rates of the GPUs of these names, those of an H100 where there are none."""
    given = names[0] if names else ASSUMED_KIND
    words = given.replace("-", " ").split()
    return next((kind for kind in KINDS if any(word.startswith(kind.name) for word in words)), UNKNOWN_KIND)


def step_spans(plan: Plan, kind: GpuKind) -> dict[str, Span]:
    """Seconds of each phase of a step, by its name in `easyr1.estimate.memory.phases` where it has one."""
    spans = _on_cpu(plan) if plan.device == "cpu" else _on_gpus(plan, kind)
    return {name: span for name, span in spans.items() if span.high_s > 0}


def total(spans: dict[str, Span]) -> Span:
    """All phases one after the other."""
    return Span(sum(span.low_s for span in spans.values()), sum(span.high_s for span in spans.values()))


def longest_reply_s(plan: Plan, kind: GpuKind) -> float:
    """Seconds that one reply takes which runs to `data.max_response_length`, while all others wait."""
    if plan.device == "cpu":
        return 0.0
    weights = plan.billions * plan.rollout_bytes / plan.tensor_parallel
    return plan.reply_limit * weights / (kind.memory_tb_s * 1000 * ALONE_READ_SHARE)


def _token_s(plan: Plan, kind: GpuKind) -> float:
    """Seconds for one token of all replies of a vLLM: its weights are read once for all of them."""
    weights = plan.billions * plan.rollout_bytes / plan.tensor_parallel
    return weights / (kind.memory_tb_s * 1000 * READ_SHARE) + TOKEN_S


def _pass_s(plan: Plan, kind: GpuKind, share: float, tokens: float) -> float:
    """Seconds of a forward pass over `tokens`, two operations a weight and token, on all devices."""
    return 2 * plan.billions * 1e9 * tokens / (plan.devices * kind.tflops * 1e12 * share)


def _on_gpus(plan: Plan, kind: GpuKind) -> dict[str, Span]:
    slow, fast = PASS_SHARE
    micro_batches = max(1.0, plan.tokens / plan.devices / plan.micro_tokens)
    # Each pass over a micro-batch brings the weights from the host where they are kept there.
    a_copy_s = plan.billions * plan.weight_bytes / plan.shards / kind.host_gb_s
    from_host = micro_batches * a_copy_s if plan.stays_on_host else 0.0
    reference = micro_batches * plan.billions * plan.reference_bytes / plan.shards / kind.host_gb_s
    prompts = plan.rows * plan.prompt_tokens

    def passes(times: float, share: float) -> float:
        return times * _pass_s(plan, kind, share, plan.tokens)

    def generation(tail: float, share: float) -> float:
        decoded = plan.turns * plan.reply_tokens * tail * _token_s(plan, kind)
        work = plan.rows * PICTURE_TURN_S / max(1, plan.agents) if plan.turns > 1 else 0.0
        return decoded + _pass_s(plan, kind, share, prompts) + work

    # Forward, once more for what was not kept, and twice that backward.
    updates = 4.0 if plan.saves_memory else 3.0
    back = _update_on_host_s(plan, a_copy_s, micro_batches) + 2 * from_host + _moves_s(plan, kind)
    sync = plan.billions * plan.rollout_bytes / SYNC_GB_S
    return {
        "generation": Span(generation(TAIL[0], fast), generation(TAIL[1], slow)),
        "old log-probabilities": Span(passes(1, fast) + from_host, passes(1, slow) + from_host),
        "reference": _reference(plan, passes(1, fast), passes(1, slow), reference),
        "update": Span(passes(updates, fast) + back, passes(updates, slow) + 1.5 * back),
        "samples to and fro": Span(WIRE_S[0] + _wire_s(plan), WIRE_S[1] + 1.5 * _wire_s(plan)),
        "weights to vLLM, sleep": Span(SYNC_S[0] + sync, SYNC_S[1] + 1.5 * sync),
    }


def _reference(plan: Plan, fast: float, slow: float, from_host: float) -> Span:
    """A reference of its own is a pass with weights from the host; under LoRA the same model without its adapter."""
    if plan.reference_bytes:
        return Span(fast + from_host, slow + 1.5 * from_host)
    return Span(fast, slow) if plan.is_lora else Span(0.0, 0.0)


def _update_on_host_s(plan: Plan, a_copy_s: float, micro_batches: float) -> float:
    """Gradients to the host after each micro-batch, and Adam there."""
    if not plan.stays_on_host:
        return 0.0
    share = plan.trained_billions / plan.billions
    adam = plan.updates * plan.trained_billions / plan.shards / ADAM_ON_CPU_WEIGHTS_S[plan.adam_is_fused]
    return micro_batches * share * 2 * a_copy_s + adam


def _moves_s(plan: Plan, kind: GpuKind) -> float:
    """What leaves for the host and comes back once a step."""
    moved = plan.billions * plan.leaves_weights + 2 * plan.trained_billions * plan.leaves_optimizer
    return 2 * moved * plan.weight_bytes / plan.shards / kind.host_gb_s if not plan.stays_on_host else 0.0


def _wire_s(plan: Plan) -> float:
    return (put_gb(plan) + fetched_gb(plan)) / plan.nodes / WIRE_GB_S


def _on_cpu(plan: Plan) -> dict[str, Span]:
    pass_s = _cpu_s(plan, "pass", plan.tokens, 2)
    low, high = CPU_SPREAD

    def span(seconds: float) -> Span:
        return Span(low * seconds, high * seconds)

    return {
        "generation": span(_cpu_s(plan, "generation", plan.rows * plan.reply_tokens, 2)),
        "old log-probabilities": span(pass_s),
        "reference": span(pass_s if plan.reference_bytes or plan.is_lora else 0.0),
        "update": span(_cpu_s(plan, "update", plan.tokens, 6)),
    }


def _cpu_s(plan: Plan, what: str, tokens: float, operations: int) -> float:
    """Seconds that a token takes whatever the model, and those of its weights, on all slots."""
    return tokens * (CPU_TOKEN_S[what] + operations * plan.billions / CPU_GFLOPS) / plan.devices
