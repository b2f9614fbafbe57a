"""Values of the wrong type or range, and games that cannot be made."""

from __future__ import annotations

from typing import Any

import pytest
from omegaconf import OmegaConf

from tests.config.conftest import Refuse, findings

ROLLOUT, ACTOR = "actor_rollout_ref.rollout", "actor_rollout_ref.actor"


BAD_VALUES: list[tuple[dict[str, Any], str]] = [
    ({"seed": "abc"}, "seed: 'abc' given; it must be a whole number"),
    ({"seed": ""}, "seed: '' given; it must be a whole number"),
    ({"seed": 1.5}, "seed: 1.5 given; it must be a whole number"),
    ({"seed": True}, "seed: true given; it must be a whole number"),
    ({"seed": None}, "seed: null given; it must be a value, not null"),
    ({"seed": "???"}, "seed: no value; give one by seed=..."),
    ({"seed": -1}, "seed: -1 given; it must be a whole number from 0 to 2147483647"),
    ({"seed": 2**31}, "seed: 2147483648 given; it must be a whole number from 0 to 2147483647"),
    ({"experiment": ""}, "experiment: '' given; it must be the name of one folder (runs_dir says where)"),
    ({"experiment": "a/b"}, "experiment: 'a/b' given; it must be the name of one folder (runs_dir says where)"),
    ({"experiment": "${nope}"}, "experiment: Interpolation key 'nope' not found"),
    ({"alpha": "x"}, "alpha: 'x' given; it must be a number"),
    ({"alpha": -1}, "alpha: -1 given; it must be a number, 0 or more"),
    ({"beta": float("nan")}, "beta: nan given; it must be a number, 0 or more"),
    ({"max_turns": 0}, "max_turns: 0 given; it must be a whole number, 1 or more"),
    ({"max_turns": [2]}, "max_turns: [2] given; it must be a whole number"),
    ({"window": 0}, "window: 0 given; it must be a whole number, 1 or more, or null"),
    ({"game.knobs": 3}, "game.knobs: 3 given; it must be a group of keys"),
    ({"game.validation_levels": 0}, "game.validation_levels: 0 given; it must be a whole number, 1 or more"),
    (
        {"hardware.enviroment_workers": 2},
        "hardware.enviroment_workers: no such key; did you mean hardware.environment_workers?",
    ),
    (
        {"objective.perception": "exakt"},
        "objective.perception: 'exakt' given; did you mean exact?; it must be exact or cells",
    ),
    ({"history.images": "some"}, "history.images: 'some' given; it must be all, first or none"),
    ({"history.every": 0}, "history.every: 0 given; it must be a whole number, 1 or more"),
    ({"history.image": "all"}, "history.image: no such key; did you mean history.images?"),
    ({"data.train_batch_size": "many"}, "data.train_batch_size: 'many' given; it must be a number"),
    ({"data.train_batch_size": 0}, "data.train_batch_size: 0 given; it must be a whole number, 1 or more"),
    ({"data.train_batch_size": None}, "data.train_batch_size: null given; it must be a whole number, 1 or more"),
    ({"trainer.v1": 3}, "trainer.v1: 3 given; it must be a group of keys"),
    ({"trainer.logger": "console"}, "trainer.logger: 'console' given; it must be a list, such as [console]"),
    (
        {"trainer.logger": ["wanb"]},
        "trainer.logger: wanb given; did you mean wandb?; there are console, tensorboard, wandb, mlflow, swanlab, "
        "vemlp_wandb, clearml, trackio, file",
    ),
    (
        {"trainer.loger": ["console"]},
        "trainer.loger: neither verl nor easyr1 reads such a key; did you mean trainer.logger?",
    ),
    (
        {f"{ROLLOUT}.temprature": 1.0},
        f"{ROLLOUT}.temprature: neither verl nor easyr1 reads such a key; did you mean {ROLLOUT}.temperature?",
    ),
    ({f"{ROLLOUT}.temperature": 0}, f"{ROLLOUT}.temperature: 0 given; it must be a number above 0"),
    ({f"{ROLLOUT}.name": "sglang"}, f"{ROLLOUT}.name: 'sglang' given; it must be vllm"),
    ({f"{ACTOR}.use_dynamic_bsz": 3}, f"{ACTOR}.use_dynamic_bsz: 3 given; it must be true or false"),
    (
        {f"{ACTOR}.kl_loss_type": "low_var"},
        f"{ACTOR}.kl_loss_type: 'low_var' given; did you mean low_var_kl?; it must be kl, k1, abs, mse, k2, "
        "low_var_kl, k3 or full",
    ),
    (
        {f"{ROLLOUT}.gpu_memory_utilization": 60},
        f"{ROLLOUT}.gpu_memory_utilization: 60 given; it must be a number above 0 and at most 1",
    ),
]


@pytest.mark.parametrize(("changes", "message"), BAD_VALUES, ids=lambda value: str(value)[:40])
def test_a_value_of_the_wrong_type_or_range(refuse: Refuse, changes: dict[str, Any], message: str) -> None:
    assert refuse(changes) == message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"game.id": "games/ShisenShoo-v0"},
            "game.id: unknown game 'games/ShisenShoo-v0': did you mean 'games/ShisenSho-v0'?",
        ),
        ({"game.knobs.rowz": 3}, "game.knobs.rowz: games/ShisenSho-v0 has no such knob; did you mean 'rows'?"),
        ({"game.knobs.rows": "x"}, "game.knobs.rows: rows must be a whole number from 1 to 16, got 'x'"),
        ({"game.knobs.copies": 3}, "game.knobs.copies: copies must be even, for tiles leave in pairs, got 3"),
        (
            {"game.knobs.rows": 3, "game.knobs.columns": 3},
            "game.knobs.rows and game.knobs.columns: rows and columns must make an even number of cells, got 3 x 3 = 9",
        ),
        (
            {"game.knobs.tile_px": 30},
            "game.knobs.tile_px or game.knobs.image_px: the image has 60 x 120 px, and sides that are no multiples of "
            "vlm.cell_px=28 would be resampled and blurred; the nearest are 56 x 112",
        ),
    ],
    ids=["id", "misspelt knob", "type", "odd copies", "odd cells", "off the vision grid"],
)
def test_a_game_that_cannot_be_made(refuse: Refuse, changes: dict[str, Any], message: str) -> None:
    board = {"game.knobs.rows": 2, "game.knobs.columns": 4, "game.knobs.num_faces": 2, "game.knobs.copies": 4}
    assert refuse({**board, **changes}) == message


def test_all_findings_of_a_stage_come_at_once(tiny_config: Any) -> None:

    found = findings(OmegaConf.merge(tiny_config, {"seed": -1, "max_turns": 0})).splitlines()
    assert [line.removeprefix("error: ").partition(":")[0] for line in found] == ["max_turns", "seed"]
