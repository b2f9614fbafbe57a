"""Log-probabilities of sampled tokens in float32, a few rows of logits at a time.

Where flash-attn is missing, verl 0.9.1 goes through bfloat16 logits row by row in Python and rounds each result to
bfloat16. On random logits of 152,000 words that errs by 0.015 a token, as much as what a run is allowed to differ from
its roll-outs. flash-attn's kernel computes in float32; so does this.

Legend: T tokens, V words of the vocabulary.
"""

from __future__ import annotations

from typing import Any

import torch

CHUNK_VALUES = 2**27
"""Logits that are float32 at once: 0.5 GB."""


class _LogProbs(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        log_sums = torch.empty(len(logits), dtype=torch.float32, device=logits.device)
        for rows in _chunks(logits):
            log_sums[rows] = logits[rows].float().logsumexp(-1)
        ctx.save_for_backward(logits, labels, log_sums)
        return logits.gather(-1, labels[:, None])[:, 0].float() - log_sums

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None]:
        logits, labels, log_sums = ctx.saved_tensors
        found = torch.empty_like(logits)
        for rows in _chunks(logits):
            weights = (logits[rows].float() - log_sums[rows, None]).exp_().mul_(-grad[rows, None])
            found[rows] = weights.scatter_add_(-1, labels[rows, None], grad[rows, None].float()).to(found.dtype)
        return found, None


def log_probs(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Log-probability of each label.

    Args:
        logits: (..., V) of any float type.
        labels: (...), whole numbers from 0 to V - 1.

    Returns:
        float32 (...).
    """
    return _LogProbs.apply(logits.reshape(-1, logits.shape[-1]), labels.reshape(-1)).view(labels.shape)


def install() -> None:
    """Let verl take it where flash-attn's kernel is not installed."""
    from verl.utils import torch_functional

    torch_functional.logprobs_from_logits_v2 = log_probs


def _chunks(logits: torch.Tensor) -> list[slice]:
    size = max(1, CHUNK_VALUES // logits.shape[-1])
    return [slice(start, start + size) for start in range(0, len(logits), size)]
