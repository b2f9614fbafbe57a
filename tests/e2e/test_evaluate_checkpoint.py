"""The tiny checkpoint behind a real `vllm serve` on the CPU: started by hand, and by `policy=checkpoint`."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

import easyr1.tiny
from easyr1.config.compose import load_game
from easyr1.policies.checkpoint import find_checkpoint
from easyr1.policies.shards import merge_shards
from easyr1.policies.vllm_command import serve_environment

pytestmark = pytest.mark.engine

TINY = Path(easyr1.tiny.__file__).parent / "checkpoint"
LIMIT_S = 400
LEVELS = 12


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """URL of a server that a user has started in another window, perhaps not ready yet, and its log."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
    log = tmp_path_factory.mktemp("by_hand") / "vllm.log"
    command = [str(Path(sys.executable).with_name("vllm")), "serve", str(TINY), "--port", str(port)]
    command += ["--host", "127.0.0.1", "--enforce-eager", "--dtype", "float32", "--generation-config", "vllm"]
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=serve_environment(os.environ), start_new_session=True
        )
    yield f"http://127.0.0.1:{port}", log
    family = [server_process := psutil.Process(server.pid), *server_process.children(recursive=True)]
    server.terminate()
    _, alive = psutil.wait_procs(family, timeout=30)
    for process in alive:
        process.kill()
    server.wait()


def evaluate(runs: Path, experiment: str, *overrides: str) -> str:
    """What `python -m easyr1.evaluate` says, with the knobs that the tiny model was trained on."""
    recipe = load_game("shisensho_small")
    game = [f"game={recipe['id']}", *(f"knobs.{name}={value}" for name, value in recipe["knobs"].items())]
    limits = [f"episodes={LEVELS}", "max_turns=3", "chat.max_tokens=128", "chat.concurrency=4", "workers=1"]
    where = [f"runs_dir={runs}", f"experiment={experiment}"]
    done = subprocess.run(
        [sys.executable, "-m", "easyr1.evaluate", *game, *limits, *where, *overrides],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        cwd=runs,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def figures(run: Path) -> dict[str, Any]:
    (task,) = json.loads((run / "summary.json").read_text())["tasks"].values()
    assert (task["levels"], task["failed"]) == (LEVELS, 0)
    found: dict[str, Any] = task["figures"]
    return found


def replies(run: Path) -> dict[str, list[str]]:
    """What the model said on each level, turn by turn."""
    files = sorted((run / "episodes").glob("*/*.jsonl"))
    return {file.name: [json.loads(line)["reply"] for line in file.read_text().splitlines()] for file in files}


def wait_for(url: str, log: Path) -> None:
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise AssertionError(log.read_text()[-2000:])


def left_behind(runs: Path) -> list[str]:
    """Processes of the evaluations that ran in a folder; vLLM's change their names, not where they run."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == runs.resolve():
                found.append(f"{process.pid} {process.name()}")
        except (psutil.AccessDenied, psutil.NoSuchProcess):
            continue
    return found


def test_a_checkpoint_scores_the_same_through_either_door(tmp_path: Path, by_hand: tuple[str, Path]) -> None:
    url, log = by_hand
    said = evaluate(tmp_path, "served", "policy=checkpoint", f"path={TINY}")
    assert "vLLM is ready after" in said
    assert left_behind(tmp_path) == []
    wait_for(url, log)
    evaluate(tmp_path, "asked", "policy=chat", f"chat.base_url={url}/v1")
    served, asked = tmp_path / "served", tmp_path / "asked"
    assert figures(served) == figures(asked)
    assert replies(served) == replies(asked)
    # Not two failures that agree: the model reads its boards, and knows the form of a reply.
    assert figures(served)["P_acc"]["mean"] > 0.8 and figures(served)["format"]["mean"] > 0.95
    assert figures(served)["turns"]["mean"] > 1 and figures(served)["score"]["mean"] > 0
    again = evaluate(tmp_path, "served", "policy=checkpoint", f"path={TINY}")
    assert "vllm" not in again.split("written:")[0], "nothing is left to play, so nothing is served"


SPLIT = """
import sys
from pathlib import Path
import torch
from safetensors.torch import load_file
from torch.distributed import device_mesh, init_process_group
from torch.distributed.tensor import DTensor, Shard
from torch.testing._internal.distributed.fake_pg import FakeStore

actor, rank = Path(sys.argv[1]), int(sys.argv[2])
init_process_group("fake", rank=rank, world_size=2, store=FakeStore())
mesh = device_mesh.init_device_mesh("cpu", (2,), mesh_dim_names=("fsdp",))
weights = load_file(actor / "huggingface" / "model.safetensors")
shards = {
    name: DTensor.from_local(
        torch.chunk(one, 2)[rank].clone() if len(one) > 1 else one[rank:].clone(), mesh, [Shard(0)], run_check=False,
        shape=one.shape, stride=one.stride(),
    )
    for name, one in weights.items()
}
torch.save(shards, actor / f"model_world_size_2_rank_{rank}.pt")
"""


def test_shards_of_two_ranks_become_one_model(tmp_path: Path) -> None:
    actor = tmp_path / "runs" / "two" / "checkpoints" / "global_step_1" / "actor"
    shutil.copytree(TINY, actor / "huggingface")
    (actor / "fsdp_config.json").write_text('{"FSDP_version": 2, "world_size": 2}')
    for rank in "01":
        subprocess.run([sys.executable, "-c", SPLIT, str(actor), rank], check=True, timeout=LIMIT_S)
    (actor / "huggingface" / "model.safetensors").unlink()
    checkpoint = find_checkpoint(tmp_path / "runs" / "two" / "checkpoints" / "global_step_1")
    assert checkpoint.shards == actor and checkpoint.name == "two-step1"
    asyncio.run(merge_shards(checkpoint))
    assert checkpoint.is_merged
    import torch
    from safetensors.torch import load_file

    merged, whole = (load_file(folder / "model.safetensors") for folder in (checkpoint.folder, TINY))
    assert merged.keys() == whole.keys()
    for name, one in whole.items():
        assert torch.equal(merged[name], one.to(torch.bfloat16)), f"{name}: verl rounds to bfloat16, and only that"
    assert {path.name for path in TINY.glob("*token*")} <= {path.name for path in checkpoint.folder.iterdir()}
