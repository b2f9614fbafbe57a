"""Attention over packed sequences with torch's own kernels, where the package flash-attn is not installed.

verl trains on packed sequences through flash-attn's functions. That package has no wheel on PyPI, and building it takes
a compiler and an hour. The kernels of FlashAttention-2 are in torch too; here they are, under flash-attn's signatures,
so that a GPU needs nothing further. On a CPU the same functions pad the sequences and use torch's dense attention, so
that training without a GPU takes the same path.

Legend: T tokens of all sequences, N sequences, L tokens of the longest, H heads, D values a head.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention

UNBOUNDED = -1
"""A side of a window that reaches to the sequence's end."""


def flash_attn_varlen_func(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    cu_seqlens_q: torch.Tensor,
    cu_seqlens_k: torch.Tensor,
    max_seqlen_q: int,
    max_seqlen_k: int,
    dropout_p: float = 0.0,
    softmax_scale: float | None = None,
    causal: bool = False,
    window_size: tuple[int, int] = (UNBOUNDED, UNBOUNDED),
) -> torch.Tensor:
    """Attention within each of several sequences that lie one behind the other.

    Args:
        q: (T, H, D).
        k, v: (T', H', D); H' divides H.
        cu_seqlens_q, cu_seqlens_k: int32 (N + 1), where each sequence begins, and the end.
        max_seqlen_q, max_seqlen_k: tokens of the longest sequence.
        dropout_p: 0; another is refused.
        softmax_scale: Factor of the scores; None takes 1 / sqrt(D).
        causal: Whether a token sees none behind it. Sequences are aligned at their ends, as in flash-attn from 2.1.
        window_size: Tokens seen before and behind a token's own place; -1 for all.

    Returns:
        (T, H, D), in the type of `q`.

    Raises:
        ValueError: dropout is asked for.
    """
    if dropout_p:
        raise ValueError(f"attention_dropout: {dropout_p} given; torch's kernel for packed sequences has none, set 0")
    left, right = window_size
    right = 0 if causal else right
    if k.shape[-2] != q.shape[-2]:
        # The kernel's support for shared heads differs between releases of torch; whole heads always work.
        k, v = (one.repeat_interleave(q.shape[-2] // k.shape[-2], dim=-2) for one in (k, v))
    if q.is_cuda:
        # Private kernels of torch under a public name.
        from torch.nn.attention.varlen import varlen_attn

        starts, sizes = (cu_seqlens_q.int(), cu_seqlens_k.int()), (int(max_seqlen_q), int(max_seqlen_k))
        return varlen_attn(q, k, v, *starts, *sizes, scale=softmax_scale, window_size=(left, right))
    return _dense(q, k, v, cu_seqlens_q, cu_seqlens_k, softmax_scale, (left, right))


def flash_attn_func(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    dropout_p: float = 0.0,
    softmax_scale: float | None = None,
    causal: bool = False,
    window_size: tuple[int, int] = (UNBOUNDED, UNBOUNDED),
) -> torch.Tensor:
    """Attention of a batch of sequences of one length: (B, L, H, D) in and out; the rest as above."""
    size, starts = q.shape, [_starts(one) for one in (q, k)]
    flat = (one.reshape(-1, *one.shape[2:]) for one in (q, k, v))
    lengths = (q.shape[1], k.shape[1])
    return flash_attn_varlen_func(*flat, *starts, *lengths, dropout_p, softmax_scale, causal, window_size).view(size)


def install(device: str) -> None:
    """Let transformers and verl take the functions above for `flash_attention_2`; call it before a model is built.

    Does nothing where flash-attn itself can be used.

    Args:
        device: `cuda` or `cpu`.
    """
    from transformers import modeling_flash_attention_utils as theirs
    from transformers.utils import is_flash_attn_2_available
    from verl.models.transformers import qwen2_vl

    if device == "cuda" and is_flash_attn_2_available():
        return
    name = "flash_attention_2"
    support = theirs.FLASH_ATTENTION_COMPATIBILITY_MATRIX[2]
    support["general_availability_check"] = theirs.is_flash_attn_2_available = _always
    support["supported_devices"] = (*support["supported_devices"], (_always, "cpu"))
    # transformers loads the functions of an implementation when it meets a new name.
    theirs._loaded_implementation = name
    theirs._flash_fn, theirs._flash_varlen_fn, theirs._flash_with_kvcache_fn = (
        flash_attn_func,
        flash_attn_varlen_func,
        None,
    )
    theirs._pad_fn, theirs._unpad_fn = theirs._pad_input, theirs._unpad_input
    theirs._process_flash_kwargs_fn = theirs._lazy_define_process_function(flash_attn_varlen_func)
    # verl's attention of Qwen2-VL and Qwen2.5-VL has names of its own, bound where flash-attn is found.
    qwen2_vl.flash_attn_func, qwen2_vl.flash_attn_varlen_func = flash_attn_func, flash_attn_varlen_func
    qwen2_vl._flash_supports_window_size = True
    qwen2_vl._flash_supports_deterministic = qwen2_vl._flash_use_top_left_mask = False
    if device == "cpu":
        # It casts float32 to bfloat16, which flash-attn must have and a CPU need not.
        theirs.fa_peft_integration_check = qwen2_vl.fa_peft_integration_check = _as_they_are


def _always() -> bool:
    return True


def _as_they_are(q: Any, k: Any, v: Any, target_dtype: Any = None) -> tuple[Any, Any, Any]:
    del target_dtype
    return q, k, v


def _starts(batch: torch.Tensor) -> torch.Tensor:
    count, length = batch.shape[:2]
    return torch.arange(0, (count + 1) * length, length, dtype=torch.int32, device=batch.device)


def _dense(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    starts_q: torch.Tensor,
    starts_k: torch.Tensor,
    scale: float | None,
    window: tuple[int, int],
) -> torch.Tensor:
    """The same by padding: (T, H, D) to (N, H, L, D), attention under a mask, and back."""
    queries, keys = _places(starts_q), _places(starts_k)
    padded = [_pad(one, starts, places) for one, starts, places in ((q, starts_q, queries), (k, starts_k, keys))]
    padded.append(_pad(v, starts_k, keys))
    mask = _mask(starts_q.diff(), starts_k.diff(), window)
    attended = scaled_dot_product_attention(*padded, attn_mask=mask, scale=scale).transpose(1, 2)
    return attended[queries]


def _places(starts: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Sequence and place of each of T tokens."""
    lengths = starts.diff().long()
    sequence = torch.repeat_interleave(torch.arange(len(lengths)), lengths)
    return sequence, torch.arange(len(sequence)) - starts.long()[sequence]


def _pad(packed: torch.Tensor, starts: torch.Tensor, places: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    lengths = starts.diff()
    padded = packed.new_zeros(len(lengths), int(lengths.max()), *packed.shape[1:])
    return padded.index_put(places, packed).transpose(1, 2)


def _mask(len_q: torch.Tensor, len_k: torch.Tensor, window: tuple[int, int]) -> torch.Tensor:
    """Which key each query sees: bool (N, 1, L, L'). A query that is padding sees the first key; it is not read."""
    left, right = window
    query = torch.arange(int(len_q.max()))[None, :, None]
    key = torch.arange(int(len_k.max()))[None, None, :]
    counts_q, counts_k = len_q[:, None, None], len_k[:, None, None]
    # The last query stands at the last key.
    own = query + counts_k - counts_q
    sees = key < counts_k
    if right != UNBOUNDED:
        sees = sees & (key <= own + right)
    if left != UNBOUNDED:
        sees = sees & (key >= own - left)
    return (sees | ((query >= counts_q) & (key == 0)))[:, None]
