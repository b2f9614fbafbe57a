"""What `python -m easyr1.export` finds, copies and writes of a run; the model itself is not looked into."""

from __future__ import annotations

from pathlib import Path

import pytest

from easyr1 import export as module
from easyr1.cold_start.training import compose_training
from easyr1.config.compose import compose_recipe, resolved
from easyr1.export import export, main
from easyr1.policies.checkpoint import Checkpoint
from easyr1.replay.record import History
from tests.replay.make import at_level, make_reward

pytestmark = pytest.mark.engine


def make_run(folder: Path, steps: tuple[int, ...] = (2, 4), actor: str = "actor") -> Path:
    """A run with models that are only names, and with validations after 0 and 4 steps."""
    for step in steps:
        model = folder / "checkpoints" / f"global_step_{step}" / actor / "huggingface"
        model.mkdir(parents=True)
        for name in ("config.json", "tokenizer.json", "model.safetensors"):
            (model / name).write_text(f"{name} after {step}")
    for step, worth in ((0, -1.0), (4, 1.0)):
        records = [
            at_level(seed, status="legal" if worth > 0 else "illegal", reward=make_reward(worth)) for seed in range(8)
        ]
        History(folder / "history").write_validation(step, records, {})
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of reinforcement learning."""
    from omegaconf import OmegaConf

    folder = make_run(tmp_path / "shisensho")
    config = resolved(compose_recipe("g0/shisensho", ["hardware=8gpu", "vlm=qwen2_5_vl_7b", "seed=3"]))
    OmegaConf.save(OmegaConf.create(config), folder / "config.yaml")
    return folder


def test_the_last_model_gets_its_card_where_it_is(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(run)]) == 0
    folder = run / "checkpoints" / "global_step_4" / "actor" / "huggingface"
    assert capsys.readouterr().out.splitlines() == [f"exported: {folder}", f"serve it: vllm serve {folder}"]
    card = (folder / "README.md").read_text()
    assert "\nlicense: apache-2.0\nbase_model: Qwen/Qwen2.5-VL-7B-Instruct\n" in card
    assert "| seed | 3 |" in card and "| steps | 4 |" in card and "| KL coefficient | 0.01 |" in card
    assert "| reward | game + 1 x format + 0 x perception |" in card
    assert "games/ShisenSho-v0" in card and "rows=" in card
    assert "On 8 levels" in card and "| after step 0 | after step 4 |" in card
    assert "| all | game reward | -1 (-1 to -1) | 1 (1 to 1) | +2 (+2 to +2) |" in card
    assert "| all | legal answers | 0 (0 to 0.369) | 1 (0.631 to 1) | +1 (+1 to +1) |" in card


def test_a_copy_leaves_the_run_alone(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "models" / "mine"
    assert export(run, step=2, out=out) == out
    assert (out / "model.safetensors").read_text() == "model.safetensors after 2"
    card = (out / "README.md").read_text()
    assert "| steps | 2 |" in card and "vllm serve mine" in card
    # What came later says nothing of this model.
    assert (
        "| after step 0 | after step 0 |" in card and "+" not in card.partition("## Validation")[2].partition("##")[0]
    )
    assert not list(run.glob("checkpoints/*/actor/huggingface/README.md"))


def test_a_training_on_examples(tmp_path: Path) -> None:
    from omegaconf import OmegaConf

    folder = make_run(tmp_path / "start", actor=".")
    config = compose_training(["examples=data/mine", "hardware=cpu", "vlm=tiny", "experiment=start"])
    config.validation.games = {"small": {"id": "games/Swap-v0", "knobs": {"rows": 4}}}
    OmegaConf.save(config, folder / "config.yaml")
    card = (export(folder) / "README.md").read_text()
    assert "- cold-start\n" in card and "base_model" not in card and "| examples | mine |" in card
    assert "| small: games/Swap-v0 | rows=4 |" in card and "| learning rate | 0.001 |" in card


def test_shards_alone_are_merged(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    actor = run / "checkpoints" / "global_step_4" / "actor"
    (actor / "huggingface" / "model.safetensors").unlink()
    (actor / "fsdp_config.json").touch()
    (actor / "model_world_size_1_rank_0.pt").touch()

    async def merge(checkpoint: Checkpoint) -> None:
        checkpoint.folder.mkdir()
        (checkpoint.folder / "model.safetensors").touch()

    monkeypatch.setattr("easyr1.policies.shards.merge_shards", merge)
    assert export(run) == actor / "merged" and (actor / "merged" / "README.md").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--step", "3"], "--step: 3 given; there are checkpoints after steps 2, 4"),
        (["--out", "{run}"], "--out: {run} holds something already; give a new folder"),
    ],
)
def test_a_mistake_is_one_line(
    run: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main([str(run), *(word.format(run=run) for word in arguments)]) == 2
    assert capsys.readouterr().err == f"error: {message.format(run=run)}\n"


def test_what_is_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert module.main([str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith(f"error: RUN: {tmp_path} given, and there is no config.yaml in it")
    (tmp_path / "config.yaml").touch()
    assert module.main([str(tmp_path)]) == 2
    assert "has no checkpoints" in capsys.readouterr().err


def test_a_chain_of_runs_is_told_to_its_beginning(run: Path) -> None:
    from omegaconf import OmegaConf

    first = run / "checkpoints" / "global_step_4" / "actor" / "huggingface"
    later = make_run(run.parent / "later")
    config = resolved(compose_recipe("g0/swap", ["hardware=8gpu", "vlm=qwen2_5_vl_7b", f"vlm.path={first}"]))
    OmegaConf.save(OmegaConf.create(config), later / "config.yaml")
    card = (export(later) / "README.md").read_text()
    assert "license: apache-2.0\nbase_model: Qwen/Qwen2.5-VL-7B-Instruct\n" in card
    assert "| began with | shisensho, step 4: reinforcement learning |" in card
