"""LoRA through verl, Ray, vLLM and FSDP, with the tiny model: trained, played, and exported as one merged model."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from easyr1.export import export
from easyr1.replay.record import History, MetricsLog
from easyr1.tiny import CHECKPOINT_FOLDER
from tests.e2e.runs import Run

pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore")]  # warnings of other libraries

RANK, SCALE = 4, 2.0
SMALL = ("tuning=lora", f"tuning.rank={RANK}", "tuning.alpha=8", "trainer.total_training_steps=2")
LIMIT_S = 300


def open_model(folder: Path) -> dict[str, torch.Tensor]:
    """Weights of a model that has every weight of its architecture, and no other."""
    from transformers import AutoModelForImageTextToText, AutoProcessor

    model, report = AutoModelForImageTextToText.from_pretrained(folder, output_loading_info=True, dtype=torch.float32)
    assert not report["missing_keys"] and not report["unexpected_keys"], report
    AutoProcessor.from_pretrained(folder)
    weights: dict[str, torch.Tensor] = model.state_dict()
    return weights


def check_merged(merged: dict[str, torch.Tensor], shards: Path) -> None:
    """A merged model is that of the shards, base + scale * B A, and the base is that from which training started."""
    (file,) = shards.glob("model_world_size_1_rank_0.pt")
    held: dict[str, Any] = torch.load(file, weights_only=False)
    held = {name: getattr(weight, "_local_tensor", weight) for name, weight in held.items()}
    start, num_adapted = open_model(CHECKPOINT_FOLDER), 0
    assert merged.keys() == start.keys()
    for name, weight in merged.items():
        adapted = f"base_model.model.{name.removesuffix('weight')}"
        if f"{adapted}lora_A.default.weight" not in held:
            assert torch.equal(weight, start[name]), f"{name} is not adapted, and changed"
            continue
        a, b = (held[f"{adapted}lora_{part}.default.weight"] for part in "AB")
        assert a.shape[0] == b.shape[1] == RANK and torch.equal(held[f"{adapted}base_layer.weight"], start[name])
        assert b.abs().max() > 0, f"the adapter of {name} was not trained"
        torch.testing.assert_close(weight, start[name] + SCALE * (b @ a), rtol=0, atol=1e-6)
        num_adapted += 1
    # Query, key, value, output, gate, up and down of three layers of text; nothing of the vision tower.
    assert num_adapted == 7 * 3


def test_reinforcement_learning(tmp_path: Path) -> None:
    # Four replies a state: replies of different worth to one state are what it learns from.
    quick = (
        "actor_rollout_ref.rollout.n=4",
        "trainer.val_before_train=false",
        "trainer.test_freq=-1",
        "trainer.save_freq=2",
    )
    run = Run(tmp_path / "runs" / "lora", (*SMALL, *quick)).start()
    output = run.finish()
    rows = run.metrics.read()
    assert [row["step"] for row in rows] == [1, 2] and "done: 2 steps" in output
    # Roll-outs played the trained model itself: in bfloat16 the weights of the second step would differ by more.
    assert all(row["logprob/abs_diff"] < 1e-4 for row in rows)
    # The reference is the model without its adapter: the same before the first update, another after it.
    assert rows[0]["actor/kl_loss"] == pytest.approx(0, abs=1e-6) and rows[1]["actor/kl_loss"] > 1e-6
    actor = run.folder / "checkpoints" / "global_step_2" / "actor"
    merged = open_model(export(run.folder, out=tmp_path / "model"))
    check_merged(merged, actor)

    (actor / "huggingface" / "model.safetensors").unlink()
    rounded = open_model(export(run.folder))
    assert (actor / "merged" / "model.safetensors").is_file() and rounded.keys() == merged.keys()
    for name, weight in rounded.items():
        torch.testing.assert_close(weight, merged[name], rtol=2**-7, atol=1e-5)


def test_training_on_examples(tmp_path: Path) -> None:
    data = ["game=shisensho_small", "states=16", "validation_states=8", f"runs_dir={tmp_path}", "experiment=examples"]
    subprocess.run([sys.executable, "-m", "easyr1.cold_start", "data", *data, "workers=1"], check=True, timeout=LIMIT_S)
    command = [sys.executable, "-m", "easyr1.cold_start", "train", "hardware=cpu", "vlm=tiny", *SMALL]
    command += [f"examples={tmp_path / 'examples'}", f"runs_dir={tmp_path}", "experiment=trained"]
    command += ["data.train_batch_size=8", "data.micro_batch_size_per_gpu=4", "data.max_length=640"]
    command += ["trainer.save_freq=2", "trainer.logger=[console]", "validation.levels=2"]
    run = subprocess.run([*command, "validation.max_reply_tokens=64"], capture_output=True, text=True, timeout=LIMIT_S)
    assert run.returncode == 0, run.stdout + run.stderr
    assert [row["step"] for row in MetricsLog(tmp_path / "trained" / "metrics.jsonl").read()] == [1, 2]
    # The start, and the merged model of the checkpoint.
    assert History(tmp_path / "trained" / "history").validation_steps() == [0, 2]
    merged = open_model(export(tmp_path / "trained", out=tmp_path / "model"))
    check_merged(merged, tmp_path / "trained" / "checkpoints" / "global_step_2")
