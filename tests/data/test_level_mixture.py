from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from easyr1.data.levels import LevelStream
from easyr1.data.mixture import CHOICE_ENTROPY, CIRCLE, STEP, LevelMixture, MixedGame
from easyr1.errors import ConfigError

SEEDS = st.integers(0, 2**64)
INDICES = st.integers(0, 2**40)
WEIGHTS = st.lists(st.floats(0.05, 20), min_size=2, max_size=6)


def mix(weights: list[float], seed: int = 1, split: str = "train", **changes: Any) -> LevelMixture:
    games = {
        f"game{number}": MixedGame("games/ShisenSho-v0", {"rows": number + 2}, weight, **changes)
        for number, weight in enumerate(weights)
    }
    return LevelMixture(games, seed, split)


def counts(mixture: LevelMixture, start: int, size: int) -> np.ndarray:
    names = [mixture.name(index) for index in range(start, start + size)]
    return np.array([names.count(name) for name in mixture.games])


@given(SEEDS, INDICES)
def test_one_game_alone_plays_the_stream_of_that_game(seed: int, index: int) -> None:
    knobs = {"rows": 4, "columns": 4}
    keys = {"id": "games/ShisenSho-v0", "knobs": knobs, "validation_levels": 2**41}
    for split in ("train", "validation"):
        mixture = LevelMixture.from_settings(keys, seed, split)
        assert mixture.level(index) == LevelStream("games/ShisenSho-v0", knobs, seed, split).level(index)
        assert mixture.name(index) == ""


def test_the_levels_of_runs_of_one_game_are_those_of_version_0_1() -> None:
    keys = {"id": "games/ShisenSho-v0", "knobs": {}, "validation_levels": 256}
    train = {seed: LevelMixture.from_settings(keys, seed, "train") for seed in (1, 7)}
    validation = LevelMixture.from_settings(keys, 1, "validation")
    assert [train[1].level(index).seed for index in range(3)] == TRAIN_1
    assert [train[7].level(index).seed for index in (0, 10**6)] == TRAIN_7
    assert [validation.level(index).seed for index in (0, 1, 2, 255)] == FROZEN


TRAIN_1 = [2107961586985827480, 1010670466918714894, 318993885403080782]
TRAIN_7 = [846562704232934933, 832568822429047299]
FROZEN = [6222355542126954435, 5586968563778670851, 6119936687114584530, 8576332767679785934]


def test_the_choice_of_games_is_frozen() -> None:
    # Another choice gives another run for the same seed.
    mixture = mix([2, 1, 1])
    assert "".join(mixture.name(index)[-1] for index in range(32)) == CHOICE


CHOICE = "20010210102102001021020010200102"


@given(WEIGHTS, SEEDS, INDICES)
def test_a_window_of_a_batch_holds_its_shares(weights: list[float], seed: int, start: int) -> None:
    shares = np.array(weights) / sum(weights)
    for size in (8, 32, 128):
        assert np.abs(counts(mix(weights, seed), start, size) - size * shares).max() < 3


@settings(max_examples=5, deadline=None)
@given(WEIGHTS, SEEDS)
def test_many_levels_hold_their_shares(weights: list[float], seed: int) -> None:
    shares = np.array(weights) / sum(weights)
    assert np.abs(counts(mix(weights, seed), 0, 10_000) / 10_000 - shares).max() < 6e-4


@pytest.mark.parametrize(("largest", "bound"), [(128, 3), (1000, 4)])
def test_no_arc_is_missed_or_met_more_often_than_said(largest: int, bound: float) -> None:
    """The worst arc of the circle, which no list of examples need hold; all windows are turns of the first."""
    for size in range(1, largest + 1):
        points = np.sort([index * STEP % CIRCLE / CIRCLE for index in range(size)])
        surplus = np.arange(size) - size * points
        assert surplus.max() - surplus.min() + 1 < bound


def test_independent_draws_would_not_hold_them() -> None:
    """The bound above says something: dice break it in most windows."""
    dice = np.random.default_rng(0).binomial(128, 0.5, size=1000)
    assert np.mean(np.abs(dice - 64) >= 3) > 0.6


def test_even_a_rare_game_comes_again_soon() -> None:
    mixture = mix([99, 1])
    rare = [index for index in range(20_000) if mixture.name(index) == "game1"]
    assert max(np.diff(rare)) <= 300


@given(WEIGHTS, SEEDS, st.permutations(range(12)))
def test_random_access_in_any_order(weights: list[float], seed: int, order: list[int]) -> None:
    in_order = [(mix(weights, seed).name(index), mix(weights, seed).level(index)) for index in range(12)]
    again = mix(weights, seed)
    assert {index: (again.name(index), again.level(index)) for index in order} == dict(enumerate(in_order))


def test_a_level_is_of_its_game() -> None:
    mixture = mix([1, 2, 3], seed=4)
    for index in range(50):
        game = mixture.games[mixture.name(index)]
        assert mixture.level(index) == LevelStream(game.id, game.knobs, 4).level(index)


def test_runs_start_at_different_places() -> None:
    starts = {"".join(mix([1, 1], seed).name(index)[-1] for index in range(12)) for seed in range(100)}
    assert len(starts) > 10


def test_the_order_of_writing_decides_nothing() -> None:
    games = dict(mix([1, 2, 3]).games)
    turned = LevelMixture(dict(reversed(games.items())), 1)
    assert [turned.level(index) for index in range(50)] == [mix([1, 2, 3]).level(index) for index in range(50)]
    many = LevelMixture({name: MixedGame(game.id, game.knobs, 10 * game.weight) for name, game in games.items()}, 1)
    assert [many.name(index) for index in range(50)] == [turned.name(index) for index in range(50)]


def test_validation_plays_the_frozen_levels_of_each_game_in_turn() -> None:
    games = {"b": MixedGame("games/B-v0", {}, 5, 3), "a": MixedGame("games/A-v0", {}, 1, 2), "c": MixedGame("c", {})}
    mixture = LevelMixture(games, 9, "validation")
    expected = [
        (name, LevelStream(f"games/{name.upper()}-v0", {}, 0, "validation").level(index))
        for name, size in (("a", 2), ("b", 3))
        for index in range(size)
    ]
    assert [(mixture.name(index), mixture.level(index)) for index in range(5)] == expected
    with pytest.raises(IndexError, match="level 5 asked for; there are 5 validation levels"):
        mixture.level(5)


def test_other_processes_choose_the_same() -> None:
    code = (
        "from easyr1.data.mixture import LevelMixture, MixedGame\n"
        "mixture = LevelMixture({n: MixedGame('g', {}, w) for n, w in (('a', 0.1), ('b', 0.7), ('c', 3))}, 5)\n"
        "print(''.join(mixture.name(i) for i in range(99)), mixture.level(3).seed)"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "7")
    }
    assert len(outputs) == 1


@given(SEEDS, INDICES)
def test_the_choice_has_numbers_of_its_own(seed: int, index: int) -> None:
    assert mix([1, 1], seed)._start >> 2 != LevelStream("g", {}, seed).level(index).seed
    assert mix([1, 1], seed)._start >> 2 != LevelStream("g", {}, CHOICE_ENTROPY).level(index).seed


@pytest.mark.parametrize("weight", [0, -1, float("nan"), float("inf")])
def test_bad_weights_name_their_key(weight: float) -> None:
    with pytest.raises(ConfigError, match=r"^games\.game1\.weight: "):
        mix([1, weight])


def test_bad_mixtures_name_their_key() -> None:
    with pytest.raises(ConfigError, match=r"^games: "):
        LevelMixture({}, 1)
    with pytest.raises(ConfigError, match=r"^seed: "):
        mix([1], seed=-1)
    with pytest.raises(ConfigError, match=r"^split: "):
        mix([1], split="test")
    with pytest.raises(IndexError, match="from 0"):
        mix([1]).level(-1)


def test_validation_may_set_knobs_that_training_does_not() -> None:
    game = MixedGame("games/ShisenSho-v0", {"rows": 2, "columns": 4}, 1.0, 3, {"theme": "chalk", "rows": 4})
    train, validation = (LevelMixture({"a": game}, 1, split).level(0).knobs for split in ("train", "validation"))
    assert dict(train) == {"rows": 2, "columns": 4}
    assert dict(validation) == {"rows": 4, "columns": 4, "theme": "chalk"}
    plain = MixedGame("games/ShisenSho-v0", {"rows": 2, "columns": 4}, 1.0, 3)
    levels = [LevelMixture({"a": one}, 1, "validation").level(2) for one in (game, plain)]
    assert levels[0].seed == levels[1].seed, "the seeds are frozen all the same"
