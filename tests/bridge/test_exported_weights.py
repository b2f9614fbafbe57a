"""verl's checkpoint of the tiny model, really saved: its Hugging Face copy is bfloat16 on a GPU, float32 on a CPU."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("verl")

from safetensors import safe_open

from easyr1.tiny import CHECKPOINT_FOLDER

pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore")]  # warnings of other libraries

SAVE = """
import os, sys
os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="0", RANK="0", WORLD_SIZE="1", VERL_PLATFORM="cpu")
import torch
from torch.distributed.fsdp import fully_shard
from transformers import AutoModelForImageTextToText, AutoProcessor
from verl.trainer.config import CheckpointConfig
from verl.utils.checkpoint.fsdp_checkpoint_manager import FSDPCheckpointManager
from verl.utils.distributed import initialize_global_process_group_ray
import easyr1.bridge.engine_hooks
from easyr1.bridge import exported_weights

start, folder, device = sys.argv[1:]
exported_weights.install(device)
initialize_global_process_group_ray()
mesh = torch.distributed.init_device_mesh("cpu", (1,))
model = fully_shard(AutoModelForImageTextToText.from_pretrained(start, dtype=torch.float32), mesh=mesh)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
contents = ["model", "optimizer", "hf_model"]
config = CheckpointConfig(save_contents=contents, load_contents=contents)
saver = FSDPCheckpointManager(model, optimizer, None, AutoProcessor.from_pretrained(start), config)
saver.save_checkpoint(folder, global_step=1)
"""


@pytest.mark.parametrize(("device", "dtype"), [("cuda", "BF16"), ("cpu", "F32")])
def test_the_copy_is_in_the_type_that_is_played_and_the_shards_are_not_rounded(
    device: str, dtype: str, tmp_path: Path
) -> None:
    import torch
    from transformers import AutoModelForImageTextToText

    command = [sys.executable, "-c", SAVE, str(CHECKPOINT_FOLDER), str(tmp_path), device]
    subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    with safe_open(tmp_path / "huggingface" / "model.safetensors", "pt") as file:
        assert {file.get_slice(name).get_dtype() for name in file.keys()} == {dtype}  # noqa: SIM118, it is no mapping
    assert json.loads((tmp_path / "huggingface" / "config.json").read_text())["dtype"] == "bfloat16"

    shard = torch.load(tmp_path / "model_world_size_1_rank_0.pt", weights_only=False)
    assert {weight.dtype for weight in shard.values()} == {torch.float32}

    start = AutoModelForImageTextToText.from_pretrained(CHECKPOINT_FOLDER, dtype=torch.float32).state_dict()
    copy = AutoModelForImageTextToText.from_pretrained(tmp_path / "huggingface", dtype=torch.float32).state_dict()
    kind = torch.bfloat16 if dtype == "BF16" else torch.float32
    assert copy.keys() == start.keys()
    assert all(torch.equal(copy[name], start[name].to(kind).float()) for name in start)


def test_what_is_no_float32_weight_stays() -> None:
    import torch

    from easyr1.bridge.exported_weights import round_weights

    weights = {"w": torch.rand(3), "half": torch.rand(2).half(), "steps": torch.tensor(3)}
    rounded = round_weights(weights)
    assert rounded is weights
    assert [weight.dtype for weight in rounded.values()] == [torch.bfloat16, torch.float16, torch.int64]
