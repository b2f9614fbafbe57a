"""Pictures in verl's real TransferQueue: put once a group, fetched by name, gone after the step."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("verl")

import numpy as np
import torch

from easyr1.rollout.types import Frame
from games.core.types import Observation

pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore")]  # warnings of other libraries


@pytest.fixture(scope="module", autouse=True)
def queue() -> Iterator[None]:
    import ray
    import transfer_queue as tq
    from omegaconf import OmegaConf

    # All tests of a session may share Ray, but none may join a cluster that somebody else has started.
    ray.init(address="local", num_cpus=8, include_dashboard=False, log_to_driver=False, logging_level="error")
    tq.init(OmegaConf.create({"backend": {"SimpleStorage": {"num_data_storage_units": 2}}}))
    yield
    tq.close()
    ray.shutdown()


@pytest.fixture(autouse=True)
def empty(queue: None) -> Iterator[None]:
    from easyr1.bridge.picture_store import clear_pictures

    yield
    clear_pictures()


def picture(side: int, value: int = 0) -> Any:
    from easyr1.bridge.pictures import Picture

    pixels = np.random.default_rng(value).integers(0, 256, (side, side, 3)).astype(np.uint8)
    frame = Frame.from_observation(Observation(pixels, "truth"))
    return Picture(frame.png, frame.digest)


def num_stored() -> int:
    import transfer_queue as tq

    from easyr1.bridge.picture_store import PARTITION

    return len(tq.kv_list(PARTITION).get(PARTITION, {}))


@pytest.mark.parametrize("sides", [[28], [28, 56, 84], [28, 28]], ids=str)
def test_pictures_come_back_by_name_until_they_are_cleared(sides: list[int]) -> None:
    from easyr1.bridge.picture_store import clear_pictures, get_pictures, put_pictures

    clear_pictures()
    pictures = [picture(side, value) for value, side in enumerate(sides)]
    asyncio.run(put_pictures(pictures))
    asyncio.run(put_pictures(pictures[:1]))
    assert num_stored() == len(sides)
    names = [one.digest for one in reversed(pictures)]
    assert get_pictures([*names, names[0]]) == {one.digest: one.png for one in pictures}
    clear_pictures()
    assert num_stored() == 0
    with pytest.raises(KeyError, match=f"{len(sides)} pictures are not in the TransferQueue"):
        get_pictures(names)
    assert get_pictures([]) == {}


def test_a_group_sends_each_picture_once() -> None:
    from easyr1.bridge import agent_loop_worker
    from easyr1.bridge.agent_loop_worker import GamesAgentLoopWorker

    puts: list[list[str]] = []
    put = agent_loop_worker.put_pictures

    async def counted(pictures: list[Any]) -> None:
        puts.append([one.digest for one in pictures])
        await put(pictures)

    first, second, third = (picture(28, value) for value in range(3))
    # Two turns and their windows; a sibling that saw the same at first and something else then; a third.
    windows = [[[first], [first, second]], [[first], [first, third]], [[first]]]
    siblings = [[SimpleNamespace(multi_modal_data={"images": one}) for one in sibling] for sibling in windows]
    send = GamesAgentLoopWorker.__ray_metadata__.modified_class._send_pictures
    sent: dict[str, Any] = {}

    async def play() -> None:
        await asyncio.gather(*(send(None, outputs, sent) for outputs in siblings))

    agent_loop_worker.put_pictures = counted
    try:
        asyncio.run(play())
    finally:
        agent_loop_worker.put_pictures = put
    assert sorted(name for names in puts for name in names) == sorted(one.digest for one in (first, second, third))
    assert num_stored() == 3


def test_the_replay_buffer_takes_no_picture_for_a_sample() -> None:
    import transfer_queue as tq
    from verl.trainer.ppo.v1.replay_buffer import ReplayBuffer

    from easyr1.bridge.picture_store import put_pictures

    asyncio.run(put_pictures([picture(28)]))
    tq.kv_put(key="uid", partition_id="train", tag={"is_prompt": True, "status": "finished", "global_steps": 1})
    fields = {"responses": torch.zeros(3, dtype=torch.int64)}
    tq.kv_put(key="uid_0_0", partition_id="train", fields=fields, tag={"status": "success", "global_steps": 1})
    buffer = ReplayBuffer("sync", {}, None, "drop", {}, poll_interval=0.1)
    batch, _ = buffer.sample(global_steps=1, partition_id="train", batch_size=1)
    assert batch.keys == ["uid_0_0"]
    tq.kv_clear(keys=["uid_0_0"], partition_id="train")
    assert num_stored() == 1


def test_an_engine_fetches_and_cuts_up_each_picture_once() -> None:
    from transformers import Qwen2VLImageProcessor

    from easyr1.bridge.engine_pictures import DIGESTS, EnginePictures, digest_rows, digests_of, named_pictures
    from easyr1.bridge.picture_store import get_pictures, put_pictures
    from easyr1.bridge.pixel_cache import PixelReader

    process = Qwen2VLImageProcessor(size={"shortest_edge": 28 * 28, "longest_edge": 28 * 28 * 1280})
    fetched: list[list[str]] = []

    def fetch(digests: Any) -> dict[str, bytes]:
        fetched.append(sorted(digests))
        return get_pictures(digests)

    shown = [picture(56, 1), picture(84, 2), picture(56, 3)]
    asyncio.run(put_pictures(shown))
    samples = [{DIGESTS: digest_rows([one.digest for one in pair])} for pair in (shown[:2], shown[1:])]
    assert digests_of(samples[0][DIGESTS]) == [one.digest for one in shown[:2]]
    # Padding has no pictures at all.
    assert named_pictures([samples[0], {}, None, samples[1]]) == [
        one.digest for one in (shown[0], shown[1], shown[1], shown[2])
    ]
    pictures = EnginePictures(PixelReader(process), fetch)
    pictures.prepare(named_pictures(samples))
    for sample, pair in zip(samples, (shown[:2], shown[1:]), strict=True):
        values = pictures.pixel_values(digests_of(sample[DIGESTS]), torch.device("cpu"))
        theirs = process(images=[one.open() for one in pair], return_tensors="pt")["pixel_values"]
        torch.testing.assert_close(values, theirs, rtol=0.0, atol=1e-6)
    assert [names for names in fetched if names] == [sorted(one.digest for one in shown)]

    small = EnginePictures(PixelReader(process), fetch, kept_bytes=1)
    for one in shown:
        small.pixel_values([one.digest], torch.device("cpu"))
    assert list(small._kept) == [shown[-1].digest]
