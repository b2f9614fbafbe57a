"""Attention over packed sequences against plain attention on each sequence by itself."""

from __future__ import annotations

import inspect

import pytest

torch = pytest.importorskip("torch")

from easyr1.bridge.varlen_attention import flash_attn_func, flash_attn_varlen_func  # noqa: E402

pytestmark = pytest.mark.engine

WINDOWS = [(-1, -1), (2, -1), (-1, 1), (3, 2), (0, 0)]


def plain(q, k, v, scale, causal, window):
    """Attention of one sequence, score by score: (L, H, D)."""
    repeats = q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(repeats, 1), v.repeat_interleave(repeats, 1)
    scores = torch.einsum("qhd,khd->hqk", q, k) * (scale or q.shape[-1] ** -0.5)
    for query in range(len(q)):
        for key in range(len(k)):
            distance = key - (query + len(k) - len(q))
            left, right = window
            if (causal and distance > 0) or (right >= 0 and distance > right) or (left >= 0 and -distance > left):
                scores[:, query, key] = -torch.inf
    return torch.einsum("hqk,khd->qhd", scores.softmax(-1), v)


def packed(lengths, heads, width, seed):
    made = torch.Generator().manual_seed(seed)
    return torch.randn(sum(lengths), heads, width, generator=made, dtype=torch.float64, requires_grad=True)


def starts(lengths):
    return torch.tensor([0, *torch.tensor(lengths).cumsum(0).tolist()], dtype=torch.int32)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("heads", [(4, 4), (4, 2), (6, 1)])
def test_packed_sequences_attend_within_themselves(window, causal, heads) -> None:
    lengths = [3, 1, 7, 5]
    tensors = [packed(lengths, count, 8, seed) for seed, count in enumerate((heads[0], heads[1], heads[1]))]
    found = flash_attn_varlen_func(*tensors, *[starts(lengths)] * 2, 7, 7, 0.0, None, causal, window)
    parts = zip(*(one.split(lengths) for one in tensors), strict=True)
    right = torch.cat([plain(*part, None, causal, window) for part in parts])
    torch.testing.assert_close(found, right)
    weights = torch.randn(found.shape, dtype=found.dtype, generator=torch.Generator().manual_seed(9))
    for ours, theirs in zip(
        torch.autograd.grad((found * weights).sum(), tensors),
        torch.autograd.grad((right * weights).sum(), tensors),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs)


def test_fewer_queries_than_keys_are_aligned_at_the_end() -> None:
    queries, keys = [1, 4], [6, 4]
    q, k, v = packed(queries, 2, 8, 0), packed(keys, 2, 8, 1), packed(keys, 2, 8, 2)
    found = flash_attn_varlen_func(q, k, v, starts(queries), starts(keys), 4, 6, causal=True, softmax_scale=0.3)
    parts = zip(q.split(queries), k.split(keys), v.split(keys), strict=True)
    torch.testing.assert_close(found, torch.cat([plain(*part, 0.3, True, (-1, -1)) for part in parts]))


def test_a_batch_is_sequences_of_one_length() -> None:
    q, k, v = (packed([10], 4, 8, seed).view(2, 5, 4, 8) for seed in range(3))
    right = torch.stack([plain(*part, None, True, (-1, -1)) for part in zip(q, k, v, strict=True)])
    torch.testing.assert_close(flash_attn_func(q, k, v, causal=True), right)


def test_dropout_is_refused() -> None:
    q = packed([3], 1, 8, 0)
    with pytest.raises(ValueError, match=r"attention_dropout: 0\.1 given"):
        flash_attn_func(q[None], q[None], q[None], dropout_p=0.1)


def test_the_signatures_are_those_that_transformers_and_verl_call() -> None:
    asked = {"cu_seqlens_q", "cu_seqlens_k", "max_seqlen_q", "max_seqlen_k", "dropout_p", "softmax_scale", "causal"}
    assert asked | {"window_size"} <= set(inspect.signature(flash_attn_varlen_func).parameters)
    # What torch's kernel has not, must not be offered: both look for it in the signature.
    assert not {"softcap", "deterministic", "alibi_slopes"} & set(inspect.signature(flash_attn_varlen_func).parameters)


def test_torchs_kernel_has_the_arguments_that_a_gpu_is_sent() -> None:
    from torch.nn.attention.varlen import varlen_attn

    names = list(inspect.signature(varlen_attn).parameters)
    assert names[:7] == ["query", "key", "value", "cu_seq_q", "cu_seq_k", "max_q", "max_k"]
    assert {"scale", "window_size"} <= set(names)
