"""Training processes wait long enough for the one that writes a checkpoint."""

from __future__ import annotations

import inspect
import subprocess
import sys
from datetime import timedelta

import pytest

pytest.importorskip("torch")
pytest.importorskip("verl")

pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore")]  # warnings of other libraries

JOIN = """
import os
os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="0", RANK="0", WORLD_SIZE="1", VERL_PLATFORM="cpu")
import torch
from verl.workers.engine_workers import initialize_global_process_group_ray
initialize_global_process_group_ray(timeout_second=None)
group = torch.distributed.group.WORLD
print(torch.distributed.get_backend(), group._get_backend(torch.device("cpu")).options._timeout.total_seconds())
"""


def test_the_group_that_verl_makes_waits_for_two_hours() -> None:
    run = subprocess.run([sys.executable, "-c", JOIN], capture_output=True, text=True, timeout=300, check=True)
    assert run.stdout.splitlines()[-1] == "gloo 7200.0"


def test_what_a_caller_says_stays() -> None:
    from easyr1.bridge.process_group import waiting

    calls: list[dict[str, object]] = []
    join = waiting(lambda **given: calls.append(given), backend="gloo")
    join(timeout_second=5, backend="cpu:gloo")
    waiting(lambda **given: calls.append(given))()
    assert calls == [{"timeout_second": 5, "backend": "cpu:gloo"}, {"timeout_second": 7200, "backend": None}]


def test_without_it_torch_would_wait_for_half_an_hour_and_verl_still_asks_for_that() -> None:
    from torch.distributed import distributed_c10d
    from verl.workers.engine_workers import TrainingWorker

    composed = distributed_c10d.Backend("cpu:gloo,cuda:nccl")
    assert distributed_c10d._get_default_timeout(composed) == timedelta(minutes=30)
    assert "initialize_global_process_group_ray(timeout_second=None)" in inspect.getsource(TrainingWorker.__init__)
