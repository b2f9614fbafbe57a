"""A training on examples through verl, torchrun and FSDP, with the tiny model: killed, taken up again, and exported."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from easyr1.replay.record import History, MetricsLog
from easyr1.tiny import CHECKPOINT_FOLDER

pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore")]  # warnings of other libraries

STEPS, KILLED_AFTER, SAVE_FREQ = 6, 3, 2
LIMIT_S = 300


def command(runs: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "easyr1.cold_start", "train", "hardware=cpu", "vlm=tiny"),
        *(f"examples={runs / 'examples'}", f"runs_dir={runs}", "experiment=trained"),
        *("data.train_batch_size=8", "data.micro_batch_size_per_gpu=4", "trainer.total_epochs=2"),
        *(f"trainer.save_freq={SAVE_FREQ}", "validation.levels=3", "validation.max_reply_tokens=64", "optim.lr=3e-3"),
        *("trainer.logger=[console]", "data.max_length=640"),
    ]


def wait_for_step(step: int, log: MetricsLog, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + LIMIT_S
    while len(log.read()) < step:
        assert process.poll() is None and time.monotonic() < end, f"no step {step}"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    data = ["game=shisensho_small", "states=24", "validation_states=8", f"runs_dir={folder}", "experiment=examples"]
    subprocess.run([sys.executable, "-m", "easyr1.cold_start", "data", *data, "workers=1"], check=True)
    return folder


@pytest.fixture(scope="module")
def before_kill(runs: Path) -> list[dict[str, Any]]:
    """The steps of a run that is killed by SIGKILL, as they were recorded."""
    log = MetricsLog(runs / "trained" / "metrics.jsonl")
    process = subprocess.Popen(command(runs), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    wait_for_step(KILLED_AFTER, log, process)
    family = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()
    gone, alive = psutil.wait_procs(family, timeout=60)
    assert len(gone) > 2 and not alive, "what trains ends with the command that started it"
    return log.read()


@pytest.fixture(scope="module")
def output(runs: Path, before_kill: list[dict[str, Any]]) -> str:
    """What the same command says when it goes on, to the end."""
    run = subprocess.run(command(runs), capture_output=True, text=True, timeout=LIMIT_S)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_a_killed_run_goes_on_as_if_nothing_had_happened(
    runs: Path, before_kill: list[dict[str, Any]], output: str
) -> None:
    after = MetricsLog(runs / "trained" / "metrics.jsonl").read()
    assert f"going on after step {SAVE_FREQ} of {STEPS}" in output
    assert [row["step"] for row in after] == list(range(1, STEPS + 1))
    # Step 3 was made twice, from the same weights, optimiser and place in the data.
    assert after[KILLED_AFTER - 1]["loss"] == pytest.approx(before_kill[KILLED_AFTER - 1]["loss"], rel=1e-4)
    assert after[KILLED_AFTER - 1]["lr"] == before_kill[KILLED_AFTER - 1]["lr"]


def test_the_loss_falls_on_what_is_learned_and_on_what_is_not(runs: Path, output: str) -> None:
    losses = [row["loss"] for row in MetricsLog(runs / "trained" / "metrics.jsonl").read()]
    assert losses[-1] < 0.8 * losses[0] and f"step {STEPS}/{STEPS} | loss {losses[-1]:.2f}" in output
    validated = {row["step"]: row for row in MetricsLog(runs / "trained" / "validation.jsonl").read()}
    assert validated[STEPS]["validation/loss"] < 0.8 * losses[0]


def test_the_model_plays_before_training_and_with_every_checkpoint(runs: Path, output: str) -> None:
    history = History(runs / "trained" / "history")
    assert history.validation_steps() == [0, 2, 4, 6]
    for step in history.validation_steps():
        records = history.read_validation(step)
        assert len({record.group for record in records}) == len(records) == 3
        assert all(history.image(record.observation) and record.split == "validation" for record in records)
    # The start reads boards nearly without fault, with the very prompts of training.
    assert any(record.perception["exact"] for record in history.read_validation(0))
    row = MetricsLog(runs / "trained" / "validation.jsonl").read()[0]
    assert {"validation/perception/exact", "validation/reply/illegal", "validation/reply/unreadable"} <= set(row)
    assert "P_acc: " in output and (runs / "trained" / "curves.png").is_file()


def test_the_export_loads_and_is_not_the_start(runs: Path, output: str) -> None:
    import torch
    from transformers import AutoModelForImageTextToText, AutoProcessor

    export = runs / "trained" / "checkpoints" / f"global_step_{STEPS}" / "huggingface"
    assert f"vllm serve {export}" in output
    start, trained = (AutoModelForImageTextToText.from_pretrained(path) for path in (CHECKPOINT_FOLDER, export))
    weights = trained.state_dict()
    changed = [not torch.equal(weight, weights[name]) for name, weight in start.state_dict().items()]
    assert len(changed) == len(weights) and sum(changed) > 0.9 * len(changed)
    ours, theirs = (AutoProcessor.from_pretrained(path) for path in (export, CHECKPOINT_FOLDER))
    assert ours.chat_template == theirs.chat_template
    assert ours.tokenizer.get_vocab() == theirs.tokenizer.get_vocab()
    assert ours.image_processor.to_dict() == theirs.image_processor.to_dict()


def test_a_finished_run_says_so(runs: Path, output: str) -> None:
    run = subprocess.run(command(runs), capture_output=True, text=True, timeout=60)
    assert run.returncode == 0 and f"is finished: it has all its {STEPS} steps" in run.stdout
