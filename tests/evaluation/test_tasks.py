from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from easyr1.config.compose import load_game
from easyr1.errors import ConfigError
from easyr1.evaluation.suites import load_suite, suite_names
from easyr1.evaluation.tasks import Task, named_task, why_not
from games.ladder import rungs
from games.registration import game_ids
from tests.evaluation.make import SMALL


@pytest.mark.parametrize("words", ["ShisenSho-v0", "games/ShisenSho-v0"])
def test_a_game_in_words(words: str) -> None:
    assert named_task(words, {"rows": 4}, episodes=3) == Task("ShisenSho-v0", "games/ShisenSho-v0", {"rows": 4}, "", 3)


@pytest.mark.parametrize("words", ["ShisenSho-v0/easy", "games/ShisenSho-v0/easy"])
def test_a_rung_brings_its_knobs_under_those_given(words: str) -> None:
    task = named_task(words, {"columns": 6})
    assert (task.name, task.rung, task.game) == ("ShisenSho-v0-easy", "easy", "games/ShisenSho-v0")
    assert dict(task.knobs) == {**rungs("games/ShisenSho-v0")["easy"], "columns": 6}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("ShisenSh-v0", "game: unknown game 'ShisenSh-v0': did you mean 'ShisenSho-v0'?"),
        ("ShisenSho-v0/hart", "game: ShisenSho-v0/hart given, and games/ShisenSho-v0 has no rung 'hart': did you mean"),
        ("", "game: unknown game ''"),
    ],
)
def test_a_game_that_is_not_there(words: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        named_task(words, {})
    assert str(caught.value).startswith(message) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"name": "a/b"}, "name"),
        ({"name": ".."}, "name"),
        ({"episodes": 0}, "episodes"),
        ({"repeats": True}, "repeats"),
        ({"max_turns": 1.5}, "max_turns"),
        ({"measure": "luck"}, "measure"),
        ({"restart": "yes"}, "restart"),
        ({"success": 0.0}, "success"),
        ({"turns": 3}, "turns"),
        ({"game": None}, "game"),
        ({"knobs": [1]}, "knobs"),
    ],
)
def test_values_that_make_no_task(changes: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{key}: "):
        Task.from_dict({**SMALL.to_dict(), **changes})


def test_a_task_goes_through_json() -> None:
    task = Task("a", "games/ShisenSho-v0", {"image_px": (64, 64), "axes": True}, restart=True)
    assert Task.from_dict(json.loads(json.dumps(task.to_dict()))) == task


def test_keys_tell_levels_and_rules_apart() -> None:
    assert SMALL.levels_key == Task.from_dict({**SMALL.to_dict(), "name": "b", "max_turns": 9}).levels_key
    others = [
        Task.from_dict({**SMALL.to_dict(), **changes})
        for changes in ({}, {"max_turns": 7}, {"measure": "first_move"}, {"restart": True}, {"knobs": {}})
    ]
    assert len({task.key for task in others}) == 5
    # The number of levels, their repeats and the name change nothing in the score of a level.
    assert Task.from_dict({**SMALL.to_dict(), "name": "b", "episodes": 2, "repeats": 3}).key == SMALL.key


def test_success_is_nearly_what_the_solver_makes_and_more_than_nothing() -> None:
    assert SMALL.succeeds(9.5, 10.0) and not SMALL.succeeds(9.4, 10.0)
    assert not SMALL.succeeds(0.0, 0.0) and not SMALL.succeeds(10.0, math.nan)


def test_a_game_that_cannot_be_made_is_left_out_only_where_that_is_said() -> None:
    values = {**SMALL.to_dict(), "knobs": {"rows": 99}}
    with pytest.raises(ConfigError, match=r"^knobs: rows must be"):
        why_not(Task.from_dict(values))
    reason = why_not(Task.from_dict({**values, "optional": True}))
    assert reason is not None and reason.startswith("rows must be")
    assert why_not(SMALL) is None


def test_the_suites_that_come_with_the_project() -> None:
    assert suite_names() == ["all", "g1", "ladder", "small"]
    paper = {task.name: task for task in load_suite("g1")}
    assert list(paper) == ["twenty_forty_eight", "shisensho", "shisensho_cifar10", "swap"]
    assert [task.episodes for task in paper.values()] == [10, 10, 10, 100]
    assert paper["twenty_forty_eight"].restart and paper["twenty_forty_eight"].max_turns == 100
    assert paper["swap"].measure == "first_move"
    assert paper["shisensho_cifar10"].optional and paper["shisensho_cifar10"].knobs["split"] == "test"
    for task in paper.values():
        assert task.optional or why_not(task) is None


def test_the_small_suite_plays_the_boards_that_the_tiny_model_trains_on() -> None:
    for task in load_suite("small"):
        game = load_game(f"{task.name.removesuffix('_one_turn')}_small")
        knobs = {**game["knobs"], **game.get("validation_knobs", {})}
        openings = {key: value for key, value in knobs.items() if not key.startswith("spread_")}
        assert task.game == game["id"] and task.knobs == (knobs if task.name.endswith("_one_turn") else openings)


def test_the_ladder_has_every_rung_of_every_game() -> None:
    ladder = load_suite("ladder")
    assert len(ladder) == sum(len(rungs(game)) for game in game_ids())
    assert {task.game for task in ladder} == set(game_ids())
    assert load_suite("all") == [*load_suite("g1"), *ladder]
    (photos,) = [task for task in ladder if task.name == "ShisenShoCifar10-v0-easy"]
    assert photos.knobs["split"] == "test", "no photograph of training may be in an evaluation"


def test_a_suite_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("include: [g1]\ntasks:\n  mine: {game: games/Swap-v0, knobs: {rows: 5}, max_turns: 3}\n")
    *others, mine = load_suite(str(path))
    assert others == load_suite("g1") and mine == Task("mine", "games/Swap-v0", {"rows": 5}, max_turns=3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tasks: {a: {game: games/Swap-v0, turns: 3}}", "suite: bad.yaml: tasks.a.turns: no such key of a task"),
        ("task: {}", "suite: bad.yaml: task: no such key of a suite; did you mean 'tasks'?"),
        ("include: [g2]", "suite: bad.yaml: suite: g2 given, and there is no such suite"),
        ("[1]", "suite: bad.yaml: it must have one of the keys"),
        ("a: [", "suite: bad.yaml: it cannot be read"),
        ("include: [g1, g1]", "suite: bad.yaml: two tasks have the name"),
    ],
)
def test_a_suite_with_something_else_in_it(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_suite(str(path))
    assert str(caught.value).startswith(message) and "\n" not in str(caught.value)
