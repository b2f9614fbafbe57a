"""Command lines: what they ask for, and the one line for each that cannot run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from easyr1.errors import ConfigError
from easyr1.evaluate import main
from easyr1.evaluation.settings import Settings, compose_settings, read_settings
from easyr1.evaluation.suites import load_suite


def read(*overrides: str) -> Settings:
    values: Any = OmegaConf.to_container(compose_settings(overrides), resolve=True)
    return read_settings(values)


def test_nothing_said_is_the_random_policy_on_the_paper() -> None:
    settings = read()
    assert settings.policy == "random" and settings.tasks == tuple(load_suite("g1"))
    assert settings.folder == Path("runs/eval_random_g1_seed0") and settings.record_episodes == 2
    assert settings.window == 1 and settings.chat is None


def test_a_game_with_knobs_and_limits() -> None:
    (task,) = read("game=ShisenSho-v0/easy", "knobs.columns=6", "episodes=5", "repeats=2", "max_turns=9").tasks
    assert task.name == "ShisenSho-v0-easy" and task.knobs["columns"] == 6 and task.knobs["rows"] == 4
    assert (task.episodes, task.repeats, task.max_turns) == (5, 2, 9)


def test_limits_hold_for_every_task_of_a_suite() -> None:
    assert {(task.episodes, task.max_turns) for task in read("suite=all", "episodes=2", "max_turns=3").tasks} == {
        (2, 3)
    }


def test_some_tasks_of_a_suite_in_its_order() -> None:
    settings = read("suite=small", "tasks=[swap,shisensho]")
    assert [task.name for task in settings.tasks] == ["shisensho", "swap"]
    assert settings.folder.name == "eval_random_small_swap_shisensho_seed0"


def test_a_model() -> None:
    settings = read("policy=chat", "chat.model=org/name", "chat.extra_body.top_k=20", "observation=text", "window=null")
    assert settings.chat is not None and settings.chat.model == "org/name" and settings.chat.extra_body == {"top_k": 20}
    assert settings.folder.name == "eval_chat_org-name_g1_text_seed0"
    assert settings.record_episodes is None and settings.window is None
    assert settings.pinned["chat.model"] == "org/name" and "chat.base_url" not in settings.pinned


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["polic=solver"], "polic: no such key; did you mean policy?"),
        (["policy=solvr"], "policy: 'solvr' given; did you mean 'solver'?"),
        (["suite=g1", "game=Swap-v0"], "game: Swap-v0 given beside suite=g1; give one of the two"),
        (["game=Swop-v0"], "game: unknown game 'Swop-v0': did you mean 'Swap-v0'?"),
        (["game=Swap-v0/hart"], "game: Swap-v0/hart given, and games/Swap-v0 has no rung 'hart': did you mean 'hard'?"),
        (["game=Swap-v0", "knobs.rowz=3"], "knobs: games/Swap-v0 has no knob 'rowz': did you mean 'rows'?"),
        (["game=Swap-v0", "knobs.rows=1"], "knobs: rows must be a whole number from 3 to 16, got 1"),
        (["knobs.rows=4"], "knobs.rows: knobs go with game=..., a suite brings its own"),
        (["game=Swap-v0", "knobs=3"], "knobs: 3 given; it must be names with values, such as knobs.rows=4"),
        (["suite=g2"], "suite: g2 given, and there is no such suite: known: all, g1, ladder, small; or a .yaml file"),
        (["tasks=[swop]"], "tasks: swop given, and suite=g1 has no such task: did you mean 'swap'?"),
        (["tasks=swap"], "tasks: 'swap' given; it must be a list of the suite's, such as tasks=[swap]"),
        (["game=Swap-v0", "tasks=[swap]"], "tasks: ['swap'] given beside game=Swap-v0; they are of a suite"),
        (["episodes=0"], "episodes: 0 given; it must be a whole number, 1 or more"),
        (["max_turns=two"], "max_turns: 'two' given; it must be a whole number, 1 or more"),
        (["window=0"], "window: 0 given; it must be a whole number, 1 or more, or null for all turns"),
        (["seed=-1"], "seed: -1 given; it must be a whole number, 0 or more"),
        (["seed=1,2"], "seed: 1,2 given; one value a run, or a list in brackets: seed=[...]"),
        (["seed"], "seed: not of the form KEY=VALUE; quote a value with other signs: \"KEY='VALUE'\""),
        (["workers=0"], "workers: 0 given; it must be a whole number, 1 or more"),
        (["record_episodes=-1"], "record_episodes: -1 given; it must be a whole number, 0 or more"),
        (["retry_failed=maybe"], "retry_failed: 'maybe' given; it must be true or false"),
        (["observation=sound"], "observation: 'sound' given; it must be one of image, text, both, blank"),
        (["observation=text"], "observation: text given; policy=random plays from the state itself"),
        (["experiment=a/b"], "experiment: 'a/b' given; it must be the name of one folder (runs_dir says where)"),
        (["policy=chat", "chat.temperatur=1"], "chat.temperatur: no such key; did you mean chat.temperature?"),
        (["policy=chat", "chat.temperature=-1"], "chat.temperature: -1 given; it must be a number, 0 or more, or null"),
        (["compare=[runs/none]"], "compare: ['runs/none'] given; it must be two folders of runs or more"),
        (["compare=[runs/none,runs/no]"], "compare: runs/none given, which holds no evaluation that has ended"),
    ],
)
def test_what_cannot_run_ends_in_one_line(
    overrides: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*overrides, f"runs_dir={tmp_path}/runs"]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"error: {message}") and captured.err.count("\n") == 1
    assert captured.out == "" and not (tmp_path / "runs").exists()


def test_the_configuration_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--cfg", "job", "suite=ladder", "chat.retries=7"]) == 0
    shown = OmegaConf.create(capsys.readouterr().out)
    assert shown.suite == "ladder" and shown.chat.retries == 7 and shown.policy == "random"


def test_every_setting_of_an_endpoint_is_a_key() -> None:
    from dataclasses import fields

    from easyr1.policies.chat_settings import ChatSettings

    chat = compose_settings([]).chat
    assert set(chat) == {field.name for field in fields(ChatSettings)}
    # What the recipe says is what the class says, so that the same endpoint answers the same from Python.
    values: Any = OmegaConf.to_container(chat)
    assert ChatSettings(**{**values, "concurrency": ChatSettings().concurrency}) == ChatSettings()


def test_errors_are_of_our_own_kind() -> None:
    with pytest.raises(ConfigError):
        read("suite=nowhere.yaml")
