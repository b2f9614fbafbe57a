"""Two slots on this machine, as two GPUs of a node would be used, against one."""

from __future__ import annotations

import math
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from easyr1.replay.record import History, MetricsLog, TurnRecord
from tests.e2e.runs import Run

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # of other libraries

STEPS, STATES, REPLIES = 4, 8, 4


def levels(records: list[TurnRecord]) -> list[str]:
    return sorted(str(record.level) for record in records if record.turn == 0)


def returns(history: History) -> list[float]:
    """What each episode of a run earned."""
    found: dict[tuple[int, str, int], float] = {}
    for step in history.steps():
        for record in history.read(step):
            key = (step, str(record.group), record.sample)
            found[key] = found.get(key, 0.0) + record.reward["total"]
    return list(found.values())


def test_two_slots_train_as_one_does(tmp_path: Path) -> None:
    """Several turns an episode: rows of padding, balancing, sharded checkpoints and two replicas of vLLM."""
    runs = [
        Run(
            tmp_path / f"slots{slots}",
            (
                *(f"trainer.total_training_steps={STEPS}", f"trainer.save_freq={STEPS}", "trainer.test_freq=-1"),
                *("trainer.val_before_train=false", f"trainer.n_gpus_per_node={slots}"),
                *("max_turns=3", "window=2", "data.max_prompt_length=400", f"data.train_batch_size={STATES}"),
                f"actor_rollout_ref.actor.ppo_mini_batch_size={STATES}",
                f"actor_rollout_ref.rollout.n={REPLIES}",
            ),
        )
        for slots in (1, 2)
    ]
    for run in runs:
        run.start().finish()
        rows = run.metrics.read()
        assert [row["step"] for row in rows] == list(range(1, STEPS + 1))
        assert all(math.isfinite(value) for row in rows for value in row.values() if isinstance(value, int | float))
        assert all(0 <= row["logprob/abs_diff"] < 0.01 for row in rows)
    one, two = (run.history for run in runs)
    for step in range(1, STEPS + 1):
        assert levels(one.read(step)) == levels(two.read(step))
    earned = [returns(history) for history in (one, two)]
    assert [len(episodes) for episodes in earned] == [STEPS * STATES * REPLIES] * 2
    error = math.sqrt(sum(statistics.variance(episodes) / len(episodes) for episodes in earned))
    # Replies to one state are alike, so that the true error is larger than that of independent episodes.
    assert abs(statistics.mean(earned[0]) - statistics.mean(earned[1])) < 4 * error
    actor = runs[1].folder / "checkpoints" / f"global_step_{STEPS}" / "actor"
    assert len(list(actor.glob("model_world_size_2_rank_*.pt"))) == 2
    assert merged_shards_are_the_export(actor, tmp_path / "merged")


def merged_shards_are_the_export(actor: Path, merged: Path) -> bool:
    """Whether what `python -m easyr1.bridge.shard_merger` makes of the shards is the Hugging Face copy beside them."""
    import torch
    from safetensors.torch import load_file

    command = [sys.executable, "-m", "easyr1.bridge.shard_merger", "merge", "--backend", "fsdp"]
    subprocess.run([*command, "--local_dir", str(actor), "--target_dir", str(merged)], check=True)
    export, found = (load_file(folder / "model.safetensors") for folder in (actor / "huggingface", merged))
    # The merger writes bfloat16.
    return export.keys() == found.keys() and all(
        torch.equal(weight.to(found[name].dtype), found[name]) for name, weight in export.items()
    )


def test_supervised_training_takes_the_same_steps_on_two_slots(tmp_path: Path) -> None:
    data = ["game=shisensho_small", "states=24", "validation_states=8", f"runs_dir={tmp_path}", "experiment=examples"]
    subprocess.run([sys.executable, "-m", "easyr1.cold_start", "data", *data, "workers=1"], check=True)
    rows = []
    for slots in (1, 2):
        command = [sys.executable, "-m", "easyr1.cold_start", "train", "hardware=cpu", "vlm=tiny"]
        command += [f"examples={tmp_path / 'examples'}", f"runs_dir={tmp_path}", f"experiment=slots{slots}"]
        command += [f"trainer.n_gpus_per_node={slots}", "data.train_batch_size=8", "data.micro_batch_size_per_gpu=4"]
        command += ["trainer.total_training_steps=4", "trainer.total_epochs=2", "trainer.save_freq=-1"]
        command += ["validation.levels=4", "validation.max_reply_tokens=64", "trainer.logger=[console]"]
        subprocess.run([*command, "data.max_length=640"], check=True, timeout=400)
        rows.append(MetricsLog(tmp_path / f"slots{slots}" / "metrics.jsonl").read())
    one, two = rows
    assert [row["step"] for row in one] == [row["step"] for row in two] == [1, 2, 3, 4]
    for key in ("loss", "grad_norm", "lr"):
        assert [row[key] for row in two] == pytest.approx([row[key] for row in one], rel=1e-4)
