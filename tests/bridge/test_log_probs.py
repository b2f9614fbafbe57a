"""Log-probabilities against torch's own in double precision, and verl's call of them."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.engine


def made(rows: int, words: int, dtype):
    numbers = torch.Generator().manual_seed(rows)
    logits = (4 * torch.randn(rows, words, generator=numbers)).to(dtype).requires_grad_()
    return logits, torch.randint(words, (rows,), generator=numbers), torch.randn(rows, generator=numbers)


@pytest.mark.parametrize("chunk", [1, 7 * 50, 2**27])
@pytest.mark.parametrize(("dtype", "error"), [(torch.float32, 1e-6), (torch.bfloat16, 4e-3)])
def test_values_and_gradients(monkeypatch: pytest.MonkeyPatch, chunk: int, dtype, error: float) -> None:
    from easyr1.bridge import log_probs

    monkeypatch.setattr(log_probs, "CHUNK_VALUES", chunk)
    logits, labels, weights = made(23, 50, dtype)
    exact = logits.detach().double().requires_grad_()
    right = exact.log_softmax(-1).gather(-1, labels[:, None])[:, 0]
    found = log_probs.log_probs(logits, labels)
    assert found.dtype == torch.float32
    # The logits are rounded, what is computed of them is not.
    torch.testing.assert_close(found.double(), right, atol=1e-5, rtol=1e-6)
    (theirs,) = torch.autograd.grad((right * weights).sum(), exact)
    (ours,) = torch.autograd.grad((found * weights).sum(), logits)
    assert ours.dtype == dtype
    torch.testing.assert_close(ours.double(), theirs, atol=error, rtol=error)


def test_any_shape_of_rows() -> None:
    from easyr1.bridge.log_probs import log_probs

    logits, labels, _ = made(12, 9, torch.float32)
    assert torch.equal(log_probs(logits.view(3, 4, 9), labels.view(3, 4)).flatten(), log_probs(logits, labels))


def test_verl_takes_it_and_is_as_wrong_as_said_without(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("verl")
    from verl.utils import torch_functional

    from easyr1.bridge import log_probs

    if torch_functional.FLAH_ATTN_CROSS_ENTROPY_LOSS_AVAILABLE:
        pytest.skip("flash-attn's kernel is installed")
    logits, labels, _ = made(64, 20_000, torch.bfloat16)
    right = logits.double().log_softmax(-1).gather(-1, labels[:, None])[:, 0]
    monkeypatch.setattr(torch_functional, "logprobs_from_logits_v2", torch_functional.logprobs_from_logits_v2)
    log_probs.install()
    assert (torch_functional.logprobs_from_logits(logits, labels) - right).abs().max() < 1e-4
    rounded = logits.log_softmax(-1).gather(-1, labels[:, None])[:, 0]
    assert (rounded - right).abs().mean() > 5e-3, "bfloat16 became exact: remove log_probs.py"
