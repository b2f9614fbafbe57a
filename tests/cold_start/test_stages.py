"""G1 as a plan: what each stage before reinforcement learning is told, and what is refused before any starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from easyr1.cold_start.stages import ColdStart, spell_overrides
from easyr1.train import main

pytest.importorskip("verl")

RECIPE = "g1/swap"
TINY = ("hardware=cpu", "vlm=tiny")


def plan(*overrides: str, recipe: str = RECIPE, groups: tuple[str, ...] = TINY) -> ColdStart:
    from easyr1.config.compose import compose_recipe
    from easyr1.config.schema import run_keys

    given = [*groups, *overrides]
    config = compose_recipe(recipe, given)
    return ColdStart.of(recipe, given, config, run_keys(config))


def values(overrides: tuple[str, ...]) -> dict[str, str]:
    pairs = [one.partition("=") for one in overrides]
    return {key: value for key, _, value in pairs}


def test_nested_values_are_spelt_as_hydra_reads_them() -> None:
    from hydra.core.override_parser.overrides_parser import OverridesParser

    given: dict[str, Any] = {
        "a": {"b": [1, None, "x y"], "c": True},
        "d": 1e-5,
        "e": "it's",
        "f": "/p/a th",
        "g": {},
        "h": "1gpu",
    }
    parsed = OverridesParser.create().parse_overrides([*spell_overrides(given)])
    flat = {"a.b": [1, None, "x y"], "a.c": True, "d": 1e-5, "e": "it's", "f": "/p/a th", "g": {}, "h": "1gpu"}
    assert {one.key_or_group: one.value() for one in parsed} == flat


def test_a_stage_is_told_what_concerns_it() -> None:
    cold_start = plan(
        *("seed=3", "runs_dir=/r", "experiment=mine", "max_turns=4", "window=2", "game.knobs.rows=4", "beta=0.5"),
        *("cold_start.data.states=7", "cold_start.train.optim.lr=0.5", "trainer.total_training_steps=9"),
    )
    data, train = values(cold_start.data), values(cold_start.train)
    assert data["game"] == "swap_small" and data["game.knobs.rows"] == "4" and data["states"] == "7"
    assert train["optim.lr"] == "0.5" and train["examples"] == "/r/mine_examples"
    assert (data["experiment"], train["experiment"]) == ("mine_examples", "mine_sft")
    assert data["seed"] == train["seed"] == "3" and data["vlm"] == train["vlm"] == "tiny"
    assert (data["max_turns"], data["window"]) == ("4", "2")
    assert (train["validation.max_turns"], train["validation.window"]) == ("4", "2")
    assert int(train["data.max_length"]) == int(data["max_prompt_length"]) + int(data["max_response_length"])
    assert not {"beta", "trainer.total_training_steps", "game.knobs.rows"} & set(train)
    assert not {"hardware", "beta", "optim.lr"} & set(data)


def test_a_window_without_end_stays_one() -> None:
    assert values(plan("window=null").data)["window"] == "null"


def test_a_mixture_and_what_refines_it_reach_the_examples() -> None:
    data = plan("game.games.swap.knobs.rows=4", "~game.games.shisensho", recipe="g1/mixture").data
    assert {"game=mixture_small", "game.games.swap.knobs.rows=4", "~game.games.shisensho"} <= set(data)


def test_large_models_play_the_papers_boards() -> None:
    cold_start = plan("tuning=lora", groups=("hardware=8gpu", "vlm=qwen2_5_vl_7b"))
    assert {"vlm=qwen2_5_vl_7b", "game=swap"} <= set(cold_start.data)
    assert {"hardware=8gpu", "tuning=lora", "trainer.n_gpus_per_node=8"} <= set(cold_start.train)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("cold_start.data.stats=3", "cold_start.data.stats: no such key; did you mean states?"),
        ("cold_start.data.states=0", "cold_start.data.states: 0 given; it must be a whole number, 1 or more"),
        ("cold_start.train.optim.lrr=3", "cold_start.train.optim.lrr: no such key; did you mean optim.lr?"),
        ("cold_start.train.optim.lr=x", "cold_start.train.optim.lr: 'x' given; it must be a number, 0 or more"),
        ("game.knobs.rows=99", "game.knobs.rows: rows must be a whole number from 3 to 16, got 99"),
        ("data.train_batch_size=0", "data.train_batch_size: 0 given; it must be a whole number, 1 or more"),
        ("actor_rollout_ref.model.path=x/y", "actor_rollout_ref.model.path: x/y given; with a cold start say vlm.path"),
        ("vlm.path=./none", "vlm.path: there is no folder './none'"),
    ],
)
def test_what_cannot_run_is_named_before_the_first_stage(
    override: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--config-name", RECIPE, *TINY, f"runs_dir={tmp_path}", override]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {message}") and error.count("\n") == 1
    assert not list(tmp_path.iterdir())
