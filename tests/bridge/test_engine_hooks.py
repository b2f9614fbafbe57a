"""Position ids of equal lengths keep their tokens as the ragged dimension."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytest.importorskip("verl")

import torch

pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore")]  # warnings of other libraries


@pytest.mark.parametrize("num_samples", [1, 2, 5])
def test_equal_lengths_are_ragged_in_the_last_dimension(num_samples: int) -> None:
    from transfer_queue.storage.managers.simple_storage_manager import AsyncSimpleStorageManager

    import easyr1.bridge.engine_hooks  # noqa: F401

    rows = [torch.arange(4 * 7).view(4, 7) + 100 * i for i in range(num_samples)]
    packed = AsyncSimpleStorageManager._pack_field_values(rows)
    assert packed._ragged_idx == 2
    assert all(torch.equal(mine, given) for mine, given in zip(packed.unbind(), rows, strict=True))


def test_other_values_are_packed_as_ever() -> None:
    from easyr1.bridge.engine_hooks import pack_tokens_last

    assert pack_tokens_last([torch.zeros(4, 3), torch.zeros(4, 5)]) is None
    assert pack_tokens_last([torch.zeros(3), torch.zeros(3)]) is None
    assert pack_tokens_last([torch.zeros(4, 3), None]) is None
    assert pack_tokens_last([]) is None
