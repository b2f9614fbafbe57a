"""The configuration of a training on examples: the paper's settings, what profiles bring, a line for each mistake."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from easyr1.cold_start.__main__ import main
from easyr1.cold_start.examples import Example
from easyr1.cold_start.shards import Shard, ShardStore
from easyr1.cold_start.training import compose_training, run_folder, steps_per_epoch, total_steps
from easyr1.cold_start.training_checks import check_training
from easyr1.errors import ConfigError
from games import Level

pytestmark = pytest.mark.engine

KNOBS = {"rows": 2, "columns": 4}
ROWS = 20


@pytest.fixture(autouse=True)
def no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster that the machine belongs to plays no part here."""
    monkeypatch.delenv("RAY_ADDRESS", raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Examples of two games; what they say plays no part here."""
    store = ShardStore(tmp_path / "examples")
    for name, game in (("small", "games/ShisenSho-v0"), ("ice", "games/Swap-v0")):
        shard = Shard("train", name, 0, 0, ROWS // 2)
        messages = ({"role": "user", "content": "<image>?"}, {"role": "assistant", "content": "!"})
        shard.examples = [
            Example(Level(game, KNOBS, seed), 0, messages, (b"",), "truth", "action", str(seed))
            for seed in range(ROWS // 2)
        ]
        store.write(shard)
    return store.folder


def given(folder: Path, *more: str) -> list[str]:
    return [f"examples={folder}", f"runs_dir={folder.parent}", "hardware=cpu", "data.train_batch_size=8", *more]


SMALL = ("data.use_dynamic_bsz=false", "data.micro_batch_size_per_gpu=4", "experiment=one")


def test_the_papers_settings() -> None:
    config = compose_training(["examples=somewhere", "hardware=8gpu", "vlm=qwen2_5_vl_7b"])
    assert (config.optim.lr, config.trainer.total_epochs, config.trainer.total_training_steps) == (2e-5, 1, None)
    assert config.model.path == "Qwen/Qwen2.5-VL-7B-Instruct" and config.engine.strategy == "fsdp2"
    assert (config.engine.model_dtype, config.engine.dtype) == ("fp32", "bfloat16")
    assert config.data.max_length == 1024 + 8192 <= config.data.max_token_len_per_gpu
    assert (config.trainer.n_gpus_per_node, config.trainer.device) == (8, "cuda")
    assert config.data.use_dynamic_bsz and config.model.use_remove_padding


def test_profiles_bring_what_fits_and_nothing_of_reinforcement_learning() -> None:
    config = compose_training(["examples=somewhere", "hardware=cpu", "vlm=tiny"])
    assert config.optim.lr == 1e-3 and config.trainer.total_epochs > 1
    assert config.data.use_dynamic_bsz and config.model.use_remove_padding and config.engine.dtype == "float32"
    assert config.hardware.environment.VERL_PLATFORM == "cpu" and config.trainer.device == "cpu"
    assert not {"actor_rollout_ref", "game", "objective", "alpha", "ray_kwargs", "reward"} & set(config)
    assert compose_training(["examples=somewhere", "hardware=1gpu", "vlm=qwen2_5_vl_3b"]).engine.offload_policy is True


def test_the_examples_say_which_files_and_games(folder: Path) -> None:
    config = compose_training(given(folder, *SMALL))
    check_training(config)
    assert [Path(file).name for file in config.data.train_files] == [
        "train-ice-00000.parquet",
        "train-small-00000.parquet",
    ]
    assert config.data.val_files is None and config.trainer.test_freq == -1
    assert {name: game.id for name, game in config.validation.games.items()} == {
        "ice": "games/Swap-v0",
        "small": "games/ShisenSho-v0",
    }
    assert config.validation.games.small.knobs == KNOBS
    assert (steps_per_epoch(config), total_steps(config)) == (2, 2 * config.trainer.total_epochs)
    assert run_folder(config) == folder.parent / "one"


@pytest.mark.parametrize("hardware", ["1gpu", "8gpu", "cpu"])
def test_lora_is_that_of_reinforcement_learning(hardware: str) -> None:
    full, lora = (
        compose_training(["examples=x", f"hardware={hardware}", "vlm=qwen2_5_vl_7b", f"tuning={name}"])
        for name in ("full", "lora")
    )
    assert (full.model.lora_rank, full.model.exclude_modules, full.optim.lr) == (0, None, 2e-5)
    assert (lora.model.lora_rank, lora.model.lora_alpha, lora.model.target_modules) == (64, 128, "all-linear")
    assert lora.model.exclude_modules == ".*visual.*" and lora.optim.lr == pytest.approx(6e-5)


MISTAKES: Sequence[tuple[str, str]] = (
    ("optim.lrr=1", "optim.lrr: no such key; did you mean optim.lr?"),
    ("+optim.lrr=1", "optim.lrr: neither verl nor easyr1 reads such a key; did you mean optim.lr?"),
    ("+validation.level=1", "validation.level: no such key; did you mean 'validation.levels'?"),
    ("alpha=1", "alpha: no such key"),
    ("game=swap", "game: no such key here; the examples say which games are played"),
    ("vlm=tinny", "vlm=tinny: no such option; did you mean tiny?"),
    ("vlm.path=/nowhere", "vlm.path: there is no folder '/nowhere'"),
    ("optim.lr=-1", "optim.lr: -1 given; it must be a number, 0 or more"),
    ("seed=x", "seed: 'x' given; it must be a whole number, 0 or more"),
    ("trainer.total_epochs=0", "trainer.total_epochs: 0 given; it must be a whole number, 1 or more"),
    ("validation.window=0", "validation.window: 0 given; it must be a whole number, 1 or more, or null"),
    ("trainer.save_freq=often", "trainer.save_freq: 'often' given"),
    ("data.train_batch_size=32", f"data.train_batch_size: 32 given; the {ROWS} examples in "),
    ("data.micro_batch_size_per_gpu=3", "data.micro_batch_size_per_gpu: 3 given; it must divide"),
    ("trainer.nnodes=2", "trainer.nnodes: 2 given, and RAY_ADDRESS names no cluster to join; run `ray start` on every"),
    (
        "engine.ulysses_sequence_parallel_size=2",
        "engine.ulysses_sequence_parallel_size: 2 given; it must divide the 1 devices (trainer.n_gpus_per_node x",
    ),
    ("tuning.rank=8", "tuning.rank: 8 given; it is for tuning=lora, and 0 with tuning=full"),
    ("model.lora_rank=8", "model.lora_rank: 8 given; set it by tuning.rank, with tuning=lora"),
    ("model.lora_adapter_path=a", "model.lora_adapter_path: a given; start from a merged model, by vlm.path"),
    ("experiment=a/b", "experiment: 'a/b' given; it must be the name of one folder"),
    ("examples=/nowhere", "examples: /nowhere given; there is no data/train-*.parquet in it"),
)


@pytest.mark.parametrize(("mistake", "message"), MISTAKES)
def test_a_mistake_is_one_line_that_names_the_key(
    folder: Path, capsys: pytest.CaptureFixture[str], mistake: str, message: str
) -> None:
    assert main(["train", *given(folder, *SMALL, mistake)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and lines[0].startswith(f"error: {message}"), lines


def test_all_devices_of_all_nodes_share_a_batch(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    nodes = ("hardware=nodes", "vlm=tiny", "trainer.nnodes=3", "trainer.n_gpus_per_node=2")
    config = compose_training(given(folder, "experiment=one", *nodes, "data.train_batch_size=6"))
    check_training(config)
    assert steps_per_epoch(config) == ROWS // 6
    with pytest.raises(
        ConfigError,
        match=r"^data.train_batch_size: 8 given; it must be a multiple of the 6 devices \(trainer.n_gpus_per_node x",
    ):
        check_training(compose_training(given(folder, "experiment=one", *nodes)))


def test_gpus_that_are_not_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    config = compose_training(given(folder, *SMALL, "hardware=4gpu", "vlm=tiny"))
    with pytest.raises(ConfigError, match="hardware: 4gpu needs 4 GPUs, this machine has 1; choose hardware=auto"):
        check_training(config)


def test_no_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "hardware=cpu"]) == 2
    assert capsys.readouterr().err.startswith("error: examples: no value; give the folder that")


def test_another_run_in_the_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from omegaconf import OmegaConf

    config = compose_training(given(folder, *SMALL))
    check_training(config)
    (run_folder(config) / "checkpoints").mkdir(parents=True)
    OmegaConf.save(config, run_folder(config) / "config.yaml")
    check_training(compose_training(given(folder, *SMALL, "validation.levels=7")))
    with (
        monkeypatch.context() as patch,
        pytest.raises(ConfigError, match=r"2 devices given .* are of 1; choose another"),
    ):
        patch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
        check_training(compose_training(given(folder, *SMALL, "trainer.nnodes=2")))
    with pytest.raises(
        ConfigError, match=r"^optim.lr: 0.5 given, and the run in .* has 0.001; choose another experiment"
    ):
        check_training(compose_training(given(folder, *SMALL, "optim.lr=0.5")))
    (run_folder(config) / "config.yaml").write_text(json.dumps({"seed": 1, "game": {}}))
    with pytest.raises(ConfigError, match="holds a run of another kind"):
        check_training(compose_training(given(folder, *SMALL)))


def test_the_configuration_is_shown(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from omegaconf import OmegaConf

    assert main(["train", "--cfg", "job", *given(folder)]) == 0
    assert OmegaConf.create(capsys.readouterr().out).vlm.name == "tiny"
