"""Which weights are trained: what LoRA changes in a run, and what of it verl cannot do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from easyr1.config.compose import compose_recipe, resolved
from easyr1.config.validate import check_config
from easyr1.errors import ConfigError
from tests.config.conftest import RECIPE, TINY, findings

MODEL, ACTOR = "actor_rollout_ref.model", "actor_rollout_ref.actor"

REFUSED: list[tuple[str, str]] = [
    ("tuning.rank=0", "tuning.rank: 0 given; it must be a whole number, 1 or more"),
    ("tuning.rank=x", "tuning.rank: 'x' given; it must be a whole number"),
    ("tuning.alpha=-8", "tuning.alpha: -8 given; it must be a whole number, 1 or more"),
    ("tuning.lr_factor=0", "tuning.lr_factor: 0 given; it must be a number above 0"),
    ("tuning.target_modules=[]", "tuning.target_modules: [] given; it must be all-linear, names, or a regular"),
    (
        "tuning.target_modules=[q_proj,qv_proj]",
        "tuning.target_modules: qv_proj given; the model in {model} has down_proj, gate_proj, k_proj, o_proj, ",
    ),
    (
        "tuning.target_modules=[lm_head]",
        "tuning.target_modules: lm_head given, whose weight may be shared; it cannot be merged",
    ),
    ("tuning.exclude_modules='*visual'", "tuning.exclude_modules: '*visual' given; it is no regular expression: "),
    (f"{ACTOR}.strategy=fsdp", f"{ACTOR}.strategy: 'fsdp' given; tuning=lora needs 'fsdp2'"),
    (f"{MODEL}.lora.merge=false", f"{MODEL}.lora.merge: false given; it must be true, vLLM plays the merged model"),
    (f"{MODEL}.lora_rank=8", f"{MODEL}.lora_rank: 8 given; set it by tuning.rank, with tuning=lora"),
    (f"{MODEL}.lora.rank=8", f"{MODEL}.lora.rank: 8 given, which is Megatron's; set tuning.rank, with tuning=lora"),
    (f"{MODEL}.lora_adapter_path=a", f"{MODEL}.lora_adapter_path: a given; start from a merged model, by vlm.path"),
    (f"+{MODEL}.target_parameters=[a]", f"{MODEL}.target_parameters: ['a'] given; it must be null"),
]


@pytest.mark.parametrize(("override", "message"), REFUSED)
def test_what_cannot_run_is_one_line_that_names_the_key(override: str, message: str) -> None:
    config = compose_recipe(RECIPE, [*TINY, "tuning=lora", override])
    found = findings(config)
    assert found.startswith(message.format(model=config.vlm.path)) and "\n" not in found


def test_full_tuning_takes_nothing_of_loras() -> None:
    def refuse(override: str) -> str:
        return findings(compose_recipe(RECIPE, [*TINY, override]))

    assert refuse("tuning.rank=8") == "tuning.rank: 8 given; it is for tuning=lora, and 0 with tuning=full"
    assert refuse(f"{MODEL}.lora_rank=8") == f"{MODEL}.lora_rank: 8 given; set it by tuning.rank, with tuning=lora"
    assert refuse(f"{ACTOR}.freeze_vision_tower=true").startswith(f"{ACTOR}.freeze_vision_tower: true given, which")
    with pytest.raises(ConfigError, match=r"^tuning.alpha: no such key; did you mean"):
        compose_recipe(RECIPE, [*TINY, "tuning.alpha=8"])


@pytest.mark.parametrize("vlm", ["tiny", "qwen2_5_vl_7b"])
def test_the_learning_rate_follows_the_tuning(vlm: str) -> None:
    def rate(*overrides: str) -> Any:
        config = resolved(compose_recipe(RECIPE, ["hardware=8gpu", f"vlm={vlm}", *overrides]))
        return config["actor_rollout_ref"]["actor"]["optim"]["lr"]

    assert rate("tuning=lora") == pytest.approx(3 * rate()) == pytest.approx(3 * rate("tuning=full"))
    assert rate("tuning=lora", f"{ACTOR}.optim.lr=5e-6") == 5e-6


def test_a_run_goes_on_with_the_tuning_that_it_began_with(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    (folder / "checkpoints" / "global_step_1").mkdir(parents=True)
    (folder / "checkpoints" / "latest_checkpointed_iteration.txt").write_text("1")
    given = [*TINY, "experiment=mine", f"runs_dir={tmp_path}"]
    (folder / "config.yaml").write_text(OmegaConf.to_yaml(compose_recipe(RECIPE, given), resolve=True))
    assert findings(compose_recipe(RECIPE, [*given, "tuning=lora"])) == (
        f"tuning.rank: 64 given, and the run in {folder} has 0; choose another experiment"
    )
    lora = compose_recipe(RECIPE, [*given, "tuning=lora"])
    (folder / "config.yaml").write_text(OmegaConf.to_yaml(lora, resolve=True))
    assert findings(compose_recipe(RECIPE, [*given, "tuning=lora", "tuning.target_modules=[q_proj]"])) == (
        f"tuning.target_modules: ['q_proj'] given, and the run in {folder} has all-linear; choose another experiment"
    )
    assert check_config(lora).tuning.rank == 64
