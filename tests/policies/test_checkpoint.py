"""Which checkpoint a path means, and how it is asked."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
from pathlib import Path

import pytest

from easyr1.errors import ConfigError
from easyr1.policies.chat_settings import ChatSettings
from easyr1.policies.checkpoint import Checkpoint, find_checkpoint
from easyr1.policies.served_checkpoint import ban_placeholders, serve_checkpoint
from easyr1.policies.shards import merge_shards
from easyr1.policies.vllm_command import ServerSettings, serve_command, serve_environment
from tests.policies import fake_vllm

FAKE = (sys.executable, str(fake_vllm.__file__))


def make_model(folder: Path, weights: bytes = b"weights") -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"image_token_id": 7, "video_token_id": 8}))
    (folder / "tokenizer.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(weights)
    return folder


def make_shards(actor: Path) -> Path:
    (actor / "huggingface").mkdir(parents=True)
    (actor / "huggingface" / "config.json").write_text("{}")
    (actor / "fsdp_config.json").write_text('{"world_size": 2}')
    for rank in range(2):
        (actor / f"model_world_size_2_rank_{rank}.pt").write_bytes(bytes([rank]))
    return actor


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run with a copy of the model in step 2 and shards alone in step 4."""
    checkpoints = tmp_path / "runs" / "one" / "checkpoints"
    make_model(checkpoints / "global_step_2" / "actor" / "huggingface")
    make_shards(checkpoints / "global_step_4" / "actor")
    (checkpoints / "latest_checkpointed_iteration.txt").write_text("4")
    return tmp_path / "runs" / "one"


@pytest.mark.parametrize("part", ["", "actor", "actor/huggingface"])
def test_a_step_of_a_run_is_found_from_any_of_its_folders(run: Path, part: str) -> None:
    steps = run / "checkpoints"
    model = steps / "global_step_2" / "actor" / "huggingface"
    assert find_checkpoint(steps / "global_step_2" / part) == Checkpoint(model, "one-step2")
    actor = steps / "global_step_4" / "actor"
    assert find_checkpoint(steps / "global_step_4" / part) == Checkpoint(actor / "merged", "one-step4", actor)


@pytest.mark.parametrize("part", ["", "checkpoints"])
def test_a_run_means_its_last_whole_checkpoint(run: Path, part: str) -> None:
    make_shards(run / "checkpoints" / "global_step_6" / "actor")  # being written
    assert find_checkpoint(run / part).name == "one-step4"
    (run / "checkpoints" / "latest_checkpointed_iteration.txt").write_text("2")
    assert find_checkpoint(run / part).name == "one-step2"


def test_a_model_of_anybody_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = make_model(tmp_path / "Qwen")
    assert find_checkpoint(model) == Checkpoint(model.resolve(), "Qwen")
    monkeypatch.chdir(tmp_path)
    assert find_checkpoint(Path("Qwen")) == Checkpoint(model.resolve(), "Qwen"), "the same from everywhere"


def test_what_is_no_checkpoint_is_named(run: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^path: .*nowhere is no folder"):
        find_checkpoint(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match=r"^path: .* holds no model"):
        find_checkpoint(tmp_path)
    (run / "checkpoints" / "latest_checkpointed_iteration.txt").write_text("9")
    with pytest.raises(ConfigError, match=r"names global_step_9, which is not there"):
        find_checkpoint(run)
    model = make_model(tmp_path / "mute")
    (model / "tokenizer.json").unlink()
    with pytest.raises(ConfigError, match=r"^path: .*mute has weights and no tokenizer"):
        find_checkpoint(model)


def test_the_digest_tells_weights_apart(tmp_path: Path) -> None:
    one = find_checkpoint(make_model(tmp_path / "one"))
    same = find_checkpoint(make_model(tmp_path / "same"))
    other = find_checkpoint(make_model(tmp_path / "other", b"heights"))
    assert len(one.digest()) == 16
    assert one.digest() == same.digest() != other.digest()


def test_shards_are_merged_once_and_after_a_change_again(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_FOLDER", str(run))
    monkeypatch.setenv("FAKE_STATUS", "0")
    checkpoint = find_checkpoint(run)
    actor = checkpoint.shards
    assert actor is not None and not checkpoint.is_merged
    before = checkpoint.digest()
    asyncio.run(merge_shards(checkpoint, merger=FAKE))
    command = json.loads((run / "command.json").read_text())
    assert command[:5] == ["merge", "--backend", "fsdp", "--local_dir", str(actor)]
    assert (checkpoint.folder / "model.safetensors").read_bytes() == b"merged"
    assert find_checkpoint(run) == checkpoint and checkpoint.is_merged, "found again, with nothing left to do"
    assert checkpoint.digest() == before, "a run that is taken up again finds the checkpoint unchanged"
    late = (checkpoint.folder / "model.safetensors").stat().st_mtime + 10
    os.utime(actor / "model_world_size_2_rank_1.pt", (late, late))
    assert not checkpoint.is_merged
    asyncio.run(merge_shards(checkpoint, merger=FAKE))
    assert [path.name for path in actor.glob("merged*")] == ["merged"]


def test_a_merge_that_fails_leaves_its_log_alone(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_FOLDER", str(run))
    monkeypatch.setenv("FAKE_STATUS", "1")
    monkeypatch.setenv("FAKE_WORDS", "Traceback\nOSError: no room\nbye")
    checkpoint = find_checkpoint(run)
    assert checkpoint.shards is not None
    with pytest.raises(ConfigError, match=r"^path: .*/actor could not be merged: OSError: no room; log: .*merge\.log$"):
        asyncio.run(merge_shards(checkpoint, merger=FAKE))
    assert not list(checkpoint.shards.glob("merged*"))


def test_a_served_checkpoint_is_asked_as_in_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_FOLDER", str(tmp_path))
    checkpoint = find_checkpoint(make_model(tmp_path / "model"))
    given = ChatSettings(temperature=0.5, concurrency=3, model="gpt", extra_body={"top_k": 5})

    async def asked() -> ChatSettings:
        server = ServerSettings(dtype="half", max_model_len=99, arguments=["--seed", "4"])
        async with serve_checkpoint(checkpoint, tmp_path, given, server, 2, vllm=FAKE) as chat:
            return chat

    chat = asyncio.run(asked())
    assert chat.model == "model" and chat.key_variable is None and chat.temperature == 0.5
    assert chat.extra_body == {"logit_bias": {"7": -100, "8": -100}, "top_k": 5}
    command = json.loads((tmp_path / "command.json").read_text())
    said = dict(itertools.pairwise(command))
    assert command[:2] == ["serve", str(checkpoint.folder)] and command[-2:] == ["--seed", "4"]
    assert chat.base_url == f"http://127.0.0.1:{said['--port']}/v1" and said["--host"] == "127.0.0.1"
    assert json.loads(said["--limit-mm-per-prompt"]) == {"image": 2, "video": 0}
    assert (said["--dtype"], said["--max-model-len"], said["--max-num-seqs"]) == ("half", "99", "3")
    assert said["--generation-config"] == "vllm", "as in training, not as the model's authors like it"


@pytest.mark.parametrize("is_cpu", [True, False])
def test_the_build_decides_what_a_server_needs(monkeypatch: pytest.MonkeyPatch, is_cpu: bool) -> None:
    monkeypatch.setattr("easyr1.policies.vllm_command.is_cpu_build", lambda: is_cpu)
    command = serve_command(Path("/m"), "m", 1, ServerSettings(), 1, 1)
    assert command[command.index("--dtype") + 1] == ("float32" if is_cpu else "bfloat16")
    assert ("--enforce-eager" in command) == is_cpu and "--max-model-len" not in command
    variables = serve_environment({"PATH": "/bin", "VLLM_CPU_KVCACHE_SPACE": "40"})
    assert variables["HF_HUB_OFFLINE"] == "1" and variables["PATH"] == "/bin"
    assert variables["VLLM_CPU_KVCACHE_SPACE"] == "40", "what the user says stands"
    assert ("OMP_NUM_THREADS" in variables) == is_cpu


def test_a_model_without_placeholders_needs_no_ban(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    assert ban_placeholders(tmp_path) == {}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("max_model_len", 0),
        ("max_model_len", "long"),
        ("dtype", 16),
        ("start_timeout_s", 0),
        ("start_timeout_s", float("inf")),
        ("arguments", "--seed 1"),
        ("arguments", 3),
    ],
)
def test_a_wrong_setting_names_its_key(key: str, value: object) -> None:
    with pytest.raises(ConfigError, match=rf"^server\.{key}: .* given; it must be"):
        ServerSettings(**{key: value})  # type: ignore[arg-type]
