"""The pictures of a step in verl's TransferQueue, each once, beside the samples that name them.

A sample holds digests; whoever needs pixels fetches the PNG by digest. Siblings, and the windows of one episode, share
pictures. The trainer clears the partition when a step or a validation is recorded, so that nothing grows over steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
import transfer_queue as tq
from verl.utils.tensordict_utils import list_of_dict_to_tensordict

from easyr1.bridge.pictures import Picture

PARTITION = "pictures"
_FIELD = "png"


async def put_pictures(pictures: Sequence[Picture]) -> None:
    """Store pictures; one that is there already is written again with the same bytes.

    Args:
        pictures: one or more of different digests.
    """
    rows = [{_FIELD: torch.frombuffer(bytearray(picture.png), dtype=torch.uint8)} for picture in pictures]
    await tq.async_kv_batch_put(
        keys=[picture.digest for picture in pictures],
        partition_id=PARTITION,
        fields=list_of_dict_to_tensordict(rows),
        # verl's replay buffer reads a tag of every key there is.
        tags=[{"status": "picture"} for _ in pictures],
    )


def get_pictures(digests: Iterable[str]) -> dict[str, bytes]:
    """PNG bytes by digest.

    Raises:
        KeyError: a picture is not there.
    """
    wanted = sorted(set(digests))
    if not wanted:
        return {}
    stored = tq.kv_list(PARTITION).get(PARTITION, {})
    if missing := [digest for digest in wanted if digest not in stored]:
        raise KeyError(f"{len(missing)} pictures are not in the TransferQueue, among them {missing[0]}")
    rows = tq.kv_batch_get(keys=wanted, partition_id=PARTITION, select_fields=[_FIELD])[_FIELD].unbind()
    return {digest: row.numpy().tobytes() for digest, row in zip(wanted, rows, strict=True)}


def clear_pictures() -> None:
    """Drop all pictures."""
    if stored := list(tq.kv_list(PARTITION).get(PARTITION, {})):
        tq.kv_clear(keys=stored, partition_id=PARTITION)
