"""What `auto` stands for."""

from __future__ import annotations

import pytest

from easyr1.config import hardware
from easyr1.config.hardware import default_choices, fill_in, profile_for

DEFAULTS = {"game": "swap", "objective": "grpo", "vlm": "qwen2_5_vl_7b", "hardware": "8gpu"}
SMALL = ["game=swap_small", "objective=grpo_small"]


@pytest.mark.parametrize(
    ("num_gpus", "profile"), [(0, "cpu"), (1, "1gpu"), (3, "1gpu"), (4, "4gpu"), (8, "8gpu"), (16, "8gpu")]
)
def test_the_largest_profile_that_fits(num_gpus: int, profile: str) -> None:
    assert profile_for(num_gpus) == profile


@pytest.mark.parametrize(
    ("num_gpus", "given", "filled"),
    [
        (0, [], ["hardware=cpu", "vlm=tiny", *SMALL]),
        (0, ["seed=2"], ["hardware=cpu", "vlm=tiny", *SMALL, "seed=2"]),
        (1, ["vlm=auto"], ["hardware=1gpu", "vlm=qwen2_5_vl_3b"]),
        (8, [], ["hardware=8gpu", "vlm=qwen2_5_vl_7b"]),
        (0, ["seed=2", "hardware=nodes"], ["hardware=nodes", "vlm=qwen2_5_vl_7b", "seed=2"]),
        (8, ["vlm=tiny", "hardware=cpu"], ["hardware=cpu", "vlm=tiny", *SMALL]),
        (8, ["vlm=tiny", "game=swap"], ["hardware=8gpu", "vlm=tiny", "game=swap", "objective=grpo_small"]),
    ],
)
def test_missing_groups_are_filled_in(
    monkeypatch: pytest.MonkeyPatch, num_gpus: int, given: list[str], filled: list[str]
) -> None:
    monkeypatch.setattr(hardware, "count_gpus", lambda: num_gpus)
    assert fill_in(given, DEFAULTS) == filled


def test_without_hardware_the_model_does_not_depend_on_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "count_gpus", lambda: 0)
    defaults = {"game": "mixture", "vlm": "qwen2_5_vl_7b"}
    assert fill_in(["seed=2"], defaults) == ["seed=2"]
    assert fill_in(["vlm=auto"], defaults) == fill_in(["vlm=tiny"], defaults) == ["vlm=tiny", "game=mixture_small"]


def test_the_choices_of_a_recipe_are_those_that_it_builds_on() -> None:
    assert default_choices("g1/2048") == default_choices("g0/2048")
    assert {**DEFAULTS, "game": "twenty_forty_eight"}.items() <= default_choices("g1/2048").items()
