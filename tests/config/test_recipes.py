"""The recipes: the paper's table, every combination of groups, and what holds for all files."""

from __future__ import annotations

import subprocess
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from omegaconf import OmegaConf

from easyr1.cold_start.stages import ColdStart
from easyr1.config import devices, disk, memory, validate
from easyr1.config.compose import compose_recipe, recipes, resolved
from easyr1.config.explain import GROUPS
from easyr1.config.paths import recipes_folder
from easyr1.config.schema import RunKeys, run_keys
from easyr1.config.validate import check_config
from easyr1.train import main

ROOT = Path(__file__).parents[2]
HARDWARE = ("1gpu", "4gpu", "8gpu", "nodes", "cpu")
VLM = ("qwen2_5_vl_3b", "qwen2_5_vl_7b", "qwen3_vl_2b", "qwen3_vl_4b", "qwen3_vl_8b", "tiny")
DEFAULT_VLM = {"cpu": "tiny", "1gpu": "qwen2_5_vl_3b"}
GAMES = ("2048", "mixture", "shisensho", "shisensho_cifar10", "swap")
ACTOR, ROLLOUT = "actor_rollout_ref.actor", "actor_rollout_ref.rollout"

PAPER: dict[str, Any] = {
    "vlm.path": "Qwen/Qwen2.5-VL-7B-Instruct",
    "actor_rollout_ref.model.path": "Qwen/Qwen2.5-VL-7B-Instruct",
    # GRPO, 128 states x 5 answers a step, one update a step, one action an answer
    "algorithm.adv_estimator": "grpo",
    "algorithm.norm_adv_by_std_in_grpo": True,
    "data.train_batch_size": 128,
    f"{ROLLOUT}.n": 5,
    f"{ACTOR}.ppo_mini_batch_size": 128,
    f"{ACTOR}.ppo_epochs": 1,
    "max_turns": 1,
    "window": 1,
    # optimiser
    f"{ACTOR}.optim.optimizer": "AdamW",
    f"{ACTOR}.optim.lr": 1e-6,
    f"{ACTOR}.optim.lr_scheduler_type": "constant",
    f"{ACTOR}.optim.lr_warmup_steps": -1,
    f"{ACTOR}.optim.lr_warmup_steps_ratio": 0.0,
    f"{ACTOR}.optim.weight_decay": 0.01,
    f"{ACTOR}.optim.clip_grad": 1.0,
    f"{ACTOR}.grad_clip": 1.0,
    # loss
    f"{ACTOR}.clip_ratio": 0.2,
    f"{ACTOR}.clip_ratio_low": 0.2,
    f"{ACTOR}.clip_ratio_high": 0.2,
    f"{ACTOR}.use_kl_loss": True,
    f"{ACTOR}.kl_loss_type": "low_var_kl",
    f"{ACTOR}.kl_loss_coef": 0.01,
    f"{ACTOR}.entropy_coeff": 0.0,
    "algorithm.use_kl_in_reward": False,
    # sampling
    f"{ROLLOUT}.temperature": 1.0,
    f"{ROLLOUT}.top_p": 1.0,
    f"{ROLLOUT}.top_k": -1,
    "data.max_prompt_length": 1024,
    "data.max_response_length": 8192,
    # model and machine
    f"{ACTOR}.freeze_vision_tower": False,
    "trainer.total_training_steps": 500,
    "trainer.n_gpus_per_node": 8,
    "trainer.nnodes": 1,
    "trainer.device": "cuda",
    # reward: game +-1, format, no perception in Shisen-Sho
    "objective.legal_reward": 1.0,
    "objective.illegal_reward": -1.0,
    "objective.unreadable_reward": -1.0,
    "alpha": 1.0,
    "beta": 0.0,
    # levels
    "game.id": "games/ShisenSho-v0",
    "game.knobs.rows": 6,
    "game.knobs.columns": 6,
    "game.knobs.num_faces": 9,
    "game.knobs.copies": 4,
    "game.knobs.spread_moves": 250,
    "game.knobs.spread_kind": "uniform",
}
"""Section 1 of the facts about the paper; the size of its image (640 x 840) is ours to choose."""

PAPER_LENGTH = "data.max_response_length=8192"
"""What the paper has and a recipe has not by default."""


def _select(config: Any, keys: Any) -> dict[str, Any]:
    return {key: OmegaConf.select(OmegaConf.create(config), key) for key in keys}


def test_the_run_of_the_paper() -> None:
    config = resolved(compose_recipe("g0/shisensho", ["hardware=8gpu", "vlm=qwen2_5_vl_7b", PAPER_LENGTH]))
    assert _select(config, PAPER) == PAPER


@pytest.mark.parametrize(("hardware", "workers", "units"), [("1gpu", 8, 2), ("4gpu", 16, 4), ("8gpu", 32, 8)])
def test_a_gpu_profile_scales_what_runs_beside_the_gpus(hardware: str, workers: int, units: int) -> None:
    config = compose_recipe("g0/shisensho", [f"hardware={hardware}", "vlm=qwen2_5_vl_7b"])
    assert config.actor_rollout_ref.rollout.agent.num_workers == config.reward.num_workers == workers
    storage = config.transfer_queue.backend.SimpleStorage
    assert (storage.num_data_storage_units, storage.total_storage_size) == (units, None)
    # verl reserves three CPUs a GPU, TransferQueue one a unit and one; a few more place the actors that come later.
    assert config.ray_kwargs.ray_init.num_cpus >= 3 * config.trainer.n_gpus_per_node + units + 2


def test_several_nodes_have_the_workers_of_each_and_the_cpus_of_the_cluster() -> None:
    config = compose_recipe("g0/shisensho", ["hardware=nodes", "vlm=qwen2_5_vl_7b", "trainer.nnodes=4"])
    assert config.actor_rollout_ref.rollout.agent.num_workers == config.reward.num_workers == 128
    assert config.ray_kwargs.ray_init.num_cpus is None


def test_one_gpu_has_adam_on_all_cores_of_the_cpu() -> None:
    config = compose_recipe("g0/shisensho", ["hardware=1gpu", "vlm=qwen2_5_vl_3b"])
    assert config.actor_rollout_ref.actor.optim.override_optimizer_config == {"fused": True}
    threads = config.ray_kwargs.ray_init.runtime_env.env_vars.OMP_NUM_THREADS
    assert isinstance(threads, str) and 1 <= int(threads) <= 16


@pytest.mark.parametrize("hardware", ["1gpu", "4gpu", "8gpu", "nodes"])
@pytest.mark.parametrize(("length", "samples"), [(2048, 6), (8192, 2)])
def test_replies_are_short_by_default_and_samples_of_the_papers_length_are_packed_too(
    hardware: str, length: int, samples: int
) -> None:
    given = [] if length == 2048 else [PAPER_LENGTH]
    config = compose_recipe("g0/shisensho", [f"hardware={hardware}", "vlm=qwen2_5_vl_7b", *given])
    nodes = config.actor_rollout_ref
    assert config.data.max_response_length == length
    assert nodes.actor.ppo_max_token_len_per_gpu // nodes.rollout.max_model_len == samples


@pytest.mark.parametrize(
    ("given", "num_images", "max_pixels"),
    [
        (["vlm=qwen2_5_vl_7b"], 1, 1024 * 28 * 28),
        (["vlm=qwen3_vl_8b", "max_turns=8", "window=2", "data.max_prompt_length=2048"], 2, 2048 * 32 * 32),
        (["vlm=qwen2_5_vl_7b", "max_turns=8", "window=null"], 8, 1024 * 28 * 28),
    ],
)
def test_vllm_expects_no_videos_and_no_larger_pictures_than_a_prompt_may_have(
    given: list[str], num_images: int, max_pixels: int
) -> None:
    config = resolved(compose_recipe("g0/shisensho", ["hardware=8gpu", *given]))
    engine = config["actor_rollout_ref"]["rollout"]["engine_kwargs"]["vllm"]
    assert engine["limit_mm_per_prompt"] == {"image": num_images, "video": 0}
    assert engine["mm_processor_kwargs"] == {"max_pixels": max_pixels}


@pytest.mark.parametrize("objective", ["grpo", "grpo_small"])
def test_a_step_is_one_update_unless_a_recipe_says_otherwise(objective: str) -> None:
    given = ["hardware=8gpu", "vlm=qwen2_5_vl_7b", f"objective={objective}", "data.train_batch_size=64"]
    actor = ACTOR + ".ppo_mini_batch_size"
    assert OmegaConf.select(compose_recipe("g0/shisensho", given), actor) == 64
    assert OmegaConf.select(compose_recipe("g0/shisensho", [*given, f"{actor}=16"]), actor) == 16


def test_the_front_door_prints_the_run_of_the_paper(tmp_path: Path, installed: dict[str, str]) -> None:
    given = ["hardware=8gpu", "vlm=qwen2_5_vl_7b", PAPER_LENGTH, "seed=5"]
    command = ["bash", "recipes/rl_shisensho.sh", *given, "--cfg", "job"]
    run = subprocess.run(command, cwd=ROOT, env=installed, capture_output=True, text=True, timeout=120, check=True)
    config = OmegaConf.create(run.stdout)
    assert _select(config, PAPER) == PAPER
    assert config.seed == 5 and config.data.level_stream.seed == 5
    assert run.stderr == ""


@pytest.fixture
def ample(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has all that a profile asks for, in a cluster."""
    monkeypatch.setattr(devices, "count_gpus", lambda: 8)
    monkeypatch.setattr(memory, "host_memory_gb", lambda: 2000.0)
    monkeypatch.setattr(memory, "gpu_memory_gb", lambda: 85.0)
    monkeypatch.setattr(disk, "free_disk_gb", lambda _: 1e4)
    # The folder of the large models is an empty shell, so their processors stay unread.
    monkeypatch.setattr(validate, "_prompt", lambda *_: iter(()))


def accept(recipe: str, hardware: str, vlm: str, model_folder: Path, tmp_path: Path, *more: str) -> RunKeys:
    """Check a recipe on a hardware profile with a model, the stages of a cold start too."""
    overrides = [f"hardware={hardware}", f"vlm={vlm}", f"runs_dir={tmp_path}", *more]
    if vlm != "tiny":
        overrides.append(f"vlm.path={model_folder}")
    elif hardware == "nodes":
        overrides.append("trainer.nnodes=4")
    config = compose_recipe(recipe, overrides)
    keys = check_config(config)
    if keys.cold_start is not None:
        ColdStart.of(recipe, overrides, config, keys).check()
    assert (keys.hardware.name, keys.vlm.name) == (hardware, vlm)
    return keys


def test_there_is_a_recipe_and_a_script_for_every_game_with_and_without_a_cold_start() -> None:
    assert recipes() == sorted(f"{kind}/{game}" for kind in ("g0", "g1") for game in GAMES)
    scripts = {path.name for path in (ROOT / "recipes").glob("*_*.sh")}
    assert scripts == {f"{kind}_{game}.sh" for kind in ("rl", "g1") for game in GAMES}
    for kind, group in (("rl", "g0"), ("g1", "g1")):
        for game in GAMES:
            assert f'run.sh" {group}/{game} "$@"' in (ROOT / "recipes" / f"{kind}_{game}.sh").read_text()


@pytest.mark.parametrize(("recipe", "hardware"), list(product(recipes(), HARDWARE)))
def test_every_recipe_is_accepted_on_every_hardware_profile(
    recipe: str, hardware: str, model_folder: Path, ample: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if hardware == "nodes":
        monkeypatch.setenv("RAY_ADDRESS", "node0:6379")
    vlm = DEFAULT_VLM.get(hardware, "qwen2_5_vl_7b")
    keys = accept(recipe, hardware, vlm, model_folder, tmp_path)
    assert keys.experiment == f"{recipe.replace('/', '_')}_{vlm}_seed1"


@pytest.mark.parametrize(
    ("hardware", "vlm", "tuning"),
    [
        (hardware, vlm, ("full", "lora")[(i + j) % 2])
        for (i, hardware), (j, vlm) in product(enumerate(HARDWARE), enumerate(VLM))
    ],
)
def test_every_model_is_accepted_on_every_hardware_profile(
    hardware: str,
    vlm: str,
    tuning: str,
    model_folder: Path,
    ample: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    if hardware == "nodes":
        monkeypatch.setenv("RAY_ADDRESS", "node0:6379")
    accept("g0/mixture", hardware, vlm, model_folder, tmp_path, f"tuning={tuning}")


@pytest.mark.parametrize("hardware", HARDWARE)
def test_loras_keys_reach_verl_on_every_hardware_profile(hardware: str) -> None:
    given = ["vlm=qwen2_5_vl_7b", "tuning=lora", "tuning.rank=16", "tuning.target_modules=[q_proj]"]
    config = compose_recipe("g0/shisensho", [f"hardware={hardware}", *given])
    model = config.actor_rollout_ref.model
    assert (model.lora_rank, model.lora_alpha, model.target_modules) == (16, 128, ["q_proj"])
    assert model.exclude_modules == ".*visual.*" and model.lora.merge
    assert config.actor_rollout_ref.actor.freeze_vision_tower


@pytest.mark.parametrize("recipe", recipes())
def test_every_recipe_prints_its_configuration(recipe: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config-name", recipe, "--cfg", "job", "hardware=4gpu", "vlm=qwen3_vl_8b"]) == 0
    printed = list(yaml.safe_load_all(capsys.readouterr().out))
    assert printed[0]["vlm"]["name"] == "qwen3_vl_8b" and printed[0]["trainer"]["n_gpus_per_node"] == 4
    if recipe.startswith("g1/"):
        data, train = printed[1:]
        assert data["game"] == printed[0]["game"] and train["trainer"]["n_gpus_per_node"] == 4
        assert train["data"]["max_length"] == 1024 + 2048 and data["model"] == "Qwen/Qwen3-VL-8B-Instruct"
    else:
        assert len(printed) == 1


@pytest.mark.parametrize("recipe", recipes())
def test_every_recipe_opens_with_what_its_reader_needs(recipe: str) -> None:
    lines = (recipes_folder() / f"{recipe}.yaml").read_text(encoding="utf-8").splitlines()
    kind, game = recipe.split("/")
    title = f"G{kind[1]} on "
    assert lines[0] == "# @package _global_" and lines[1].startswith(f"# {title}")
    script = f"bash recipes/{'rl' if kind == 'g0' else 'g1'}_{game}.sh"
    head = {line[2:9].strip(): line[9:].strip() for line in lines if line.startswith("# ")}
    assert {"Needs:", "Run:", "Change:", "Expect:"} <= set(head) and head["Run:"] == script
    assert head["Change:"].startswith(f"{script} ")
    # The override is one that can be given.
    compose_recipe(recipe, ["hardware=8gpu", "vlm=qwen2_5_vl_7b", *head["Change:"].removeprefix(script).split()])


@pytest.mark.parametrize("group", GROUPS)
def test_every_option_names_itself(group: str) -> None:
    for file in (recipes_folder() / group).glob("[!_]*.yaml"):
        keys = run_keys(compose_recipe("g0/shisensho", ["hardware=8gpu", "vlm=qwen2_5_vl_7b", f"{group}={file.stem}"]))
        assert getattr(getattr(keys, group), "name", file.stem) == file.stem


def test_a_word_on_the_command_line_beats_every_group() -> None:
    overrides = ["hardware=cpu", "vlm=tiny", "game=shisensho", "objective=grpo", "data.max_prompt_length=77"]
    config = compose_recipe("g0/shisensho", [*overrides, "game.knobs.solvable=true"])
    assert config.game.knobs.rows == 6 and config.objective.name == "grpo"
    assert config.data.max_prompt_length == 77 and config.game.knobs.solvable is True


def test_validation_levels_stay_when_the_seed_changes() -> None:
    config = compose_recipe("g0/shisensho", ["hardware=cpu", "vlm=tiny", "seed=3", "game.validation_levels=17"])
    assert config.data.level_stream.num_levels.validation == 17
    assert config.actor_rollout_ref.rollout.seed == config.actor_rollout_ref.actor.data_loader_seed == 3


def test_scripts_are_short_and_no_recipe_is_a_program() -> None:
    scripts = sorted((ROOT / "recipes").glob("*.sh"))
    assert scripts
    for script in scripts:
        assert len(script.read_text().splitlines()) <= 20, script.name
        subprocess.run(["bash", "-n", str(script)], check=True)
    assert not list((ROOT / "recipes").rglob("*.py"))
