"""Stage a: versions, what cannot be imported, and attention over packed sequences against torch's dense attention.

Legend: T tokens of all sequences, L of one, H heads, D values a head.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention

from easyr1.bridge import check_imports, varlen_attention
from easyr1.bridge.proof.figures import Record
from easyr1.bridge.proof.plan import Plan

PACKAGES = ("torch", "transformers", "verl", "vllm", "ray", "flash-attn")
HEADS = ((8, 8), (8, 2))
"""Heads of queries, and of keys and values."""
WIDTH = 64
LENGTHS = {True: (37, 1, 90, 64), False: (700, 1, 1500, 333, 64)}
"""Tokens of each sequence, in small or not."""
KINDS = {
    "causal": (True, (-1, -1)),
    "both ways": (False, (-1, -1)),
    "window before": (True, (16, 0)),
    "window around": (False, (16, 16)),
}
"""Whether a token sees only what is before it, and how many tokens to each side; -1 for all."""
MOST_ERROR = {"cuda": 1e-2, "cpu": 1e-5}
"""Relative error that passes: bfloat16 on a GPU, float32 on a CPU."""

Gradients = list[torch.Tensor]


def run(plan: Plan, record: Record) -> None:
    """Run the stage."""
    for name in PACKAGES:
        if version := _version(name):
            record.figure(name, version)
    if plan.device == "cuda":
        record.figure("CUDA of torch", str(torch.version.cuda))
        record.figure("compute capability", ".".join(map(str, torch.cuda.get_device_capability())))
    for name, module in implementations():
        for kind, (causal, window) in KINDS.items():
            forward, backward = worst_errors(module, plan, causal, window)
            most = MOST_ERROR[plan.device]
            record.figure(f"{name}, {kind}: error of output", forward, high=most)
            record.figure(f"{name}, {kind}: error of gradients", backward, high=most)
    failures = check_imports.failures()
    for line in failures:
        record.figure("cannot be imported", line)
    record.figure("modules that cannot be imported", len(failures), high=0)


def implementations() -> Iterator[tuple[str, Any]]:
    """Modules with flash-attn's functions, with a name each."""
    yield "torch's kernels", varlen_attention
    if importlib.util.find_spec("flash_attn"):
        yield "flash-attn", importlib.import_module("flash_attn")


def worst_errors(module: Any, plan: Plan, causal: bool, window: tuple[int, int]) -> tuple[float, float]:
    """Largest relative errors over all numbers of heads: of outputs, and of gradients."""
    found = [_errors(module, plan, heads, causal, window) for heads in HEADS]
    return max(forward for forward, _ in found), max(backward for _, backward in found)


def _errors(
    module: Any, plan: Plan, heads: tuple[int, int], causal: bool, window: tuple[int, int]
) -> tuple[float, float]:
    lengths = LENGTHS[plan.is_small]
    made = torch.Generator().manual_seed(0)
    dtype = torch.bfloat16 if plan.device == "cuda" else torch.float32

    def drawn(count: int) -> torch.Tensor:
        values = torch.randn(sum(lengths), count, WIDTH, generator=made)
        return values.to(plan.device, dtype)

    inputs = [drawn(heads[0]), drawn(heads[1]), drawn(heads[1])]
    weights = drawn(heads[0]).float()
    ends = torch.tensor([0, *lengths]).cumsum(0).to(plan.device, torch.int32)

    def packed(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        sizes = (ends, ends, max(lengths), max(lengths))
        return module.flash_attn_varlen_func(q, k, v, *sizes, causal=causal, window_size=window)

    def dense(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        parts = zip(q.split(lengths), k.split(lengths), v.split(lengths), strict=True)
        return torch.cat([attend(*part, causal, window) for part in parts])

    ours, theirs = _pass(packed, inputs, weights), _pass(dense, [one.float() for one in inputs], weights)
    errors = [_relative(one, other) for one, other in zip(ours, theirs, strict=True)]
    return errors[0], max(errors[1:])


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, causal: bool, window: tuple[int, int]) -> torch.Tensor:
    """torch's dense attention of one sequence under a mask: (L, H, D) of queries, (L, H', D) of the others."""
    repeats = q.shape[1] // k.shape[1]
    heads_first = (q, k.repeat_interleave(repeats, 1), v.repeat_interleave(repeats, 1))
    place = torch.arange(len(q), device=q.device)
    before = place[:, None] - place[None]
    sees = torch.ones_like(before, dtype=torch.bool)
    left, right = window[0], 0 if causal else window[1]
    if left >= 0:
        sees &= before <= left
    if right >= 0:
        sees &= -before <= right
    attended = scaled_dot_product_attention(*(one.transpose(0, 1)[None] for one in heads_first), attn_mask=sees)
    return attended[0].transpose(0, 1)


def _pass(function: Callable[..., torch.Tensor], inputs: list[torch.Tensor], weights: torch.Tensor) -> Gradients:
    """The output, and the gradients of its weighted sum by the inputs."""
    leaves = [one.detach().clone().requires_grad_() for one in inputs]
    output = function(*leaves)
    gradients = torch.autograd.grad((output.float() * weights).sum(), leaves)
    return [output.detach(), *gradients]


def _relative(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one.float() - other.float()).norm() / other.float().norm())


def _version(name: str) -> str | None:
    for one in (name, f"{name}-cpu"):
        try:
            return importlib.metadata.version(one)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None
