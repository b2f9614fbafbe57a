from __future__ import annotations

import asyncio
import os
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from easyr1.rollout.environment import LocalEnvironment, open_level, prompt_of, turn_level
from easyr1.rollout.types import EnvironmentFailed, Frame
from games import ChatEnv, Level
from games.core.types import Observation
from games.errors import KnobError, UnknownGameError
from tests.rollout.fakes import LEVEL, solver_replies

PRINT_OPENING = """
import hashlib
from easyr1.rollout.environment import open_level, turn_level
from games import Level
level = Level("games/ShisenSho-v0", {"rows": 4, "columns": 4, "num_faces": 4, "spread_moves": 3}, 11)
opening = open_level(level)
step = turn_level(level, opening.state, 0, "<answer>(0,0) (0,1)</answer>")
print(opening.state, opening.frame.digest, hashlib.sha256(opening.frame.png).hexdigest(), step)
"""


def test_siblings_open_bit_identical_states_and_frames() -> None:
    async def open_all() -> list[Any]:
        environments = [LocalEnvironment() for _ in range(5)]
        return list(await asyncio.gather(*(environment.open(LEVEL) for environment in environments)))

    first, *others = asyncio.run(open_all())
    for opening in others:
        assert pickle.dumps(opening.state) == pickle.dumps(first.state)
        assert opening.frame.png == first.frame.png
        assert opening.frame == first.frame


def test_another_process_and_hash_seed_open_the_same_bytes() -> None:
    outputs = set()
    for hash_seed in ("0", "1"):
        variables = {**os.environ, "PYTHONHASHSEED": hash_seed}
        run = subprocess.run([sys.executable, "-c", PRINT_OPENING], env=variables, capture_output=True, check=True)
        outputs.add(run.stdout)
    assert len(outputs) == 1 and b"Board" in outputs.pop()


def test_a_turn_is_pure() -> None:
    opening = open_level(LEVEL)
    before = pickle.dumps(opening.state)
    steps = [turn_level(LEVEL, opening.state, 0, solver_replies()[0]) for _ in range(3)]
    assert steps[0] == steps[1] == steps[2]
    assert steps[0].result.state != opening.state
    assert pickle.dumps(opening.state) == before


def test_a_terminal_step_has_no_frame() -> None:
    state, replies = open_level(LEVEL).state, solver_replies()
    for index, reply in enumerate(replies):
        step = turn_level(LEVEL, state, index, reply)
        assert (step.frame is None) == step.result.is_terminal == (index == len(replies) - 1)
        state = step.result.state


def test_a_step_shows_the_state_after_it() -> None:
    opening = open_level(LEVEL)
    step = turn_level(LEVEL, opening.state, 0, solver_replies()[0])
    env = ChatEnv.from_level(LEVEL)
    assert step.frame is not None
    assert step.frame == Frame.from_observation(env.observe(step.result.state))
    assert step.frame.text == env.game.text(step.result.state)


def test_values_travel_between_processes() -> None:
    opening = open_level(LEVEL)
    step = turn_level(LEVEL, opening.state, 0, solver_replies()[0])
    assert pickle.loads(pickle.dumps(opening)) == opening
    assert pickle.loads(pickle.dumps(step)) == step


def test_a_frame_keeps_every_pixel_and_names_them() -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, size=(5, 7, 3), dtype=np.uint8)
    frame = Frame.from_observation(Observation(pixels, "truth"))
    image = frame.image()
    assert image.mode == "RGB" and image.size == (7, 5)
    assert np.array_equal(np.asarray(image), pixels)
    assert len(frame.digest) == 16 and set(frame.digest) <= set("0123456789abcdef")
    other = pixels.copy()
    other[4, 6, 2] ^= 1
    flat = pixels.reshape(7, 5, 3)
    digests = {Frame.from_observation(Observation(image, "")).digest for image in (pixels, other, flat)}
    assert len(digests) == 3


def test_the_prompt_does_not_depend_on_the_seed() -> None:
    level = Level(LEVEL.game, LEVEL.knobs, 99)
    assert prompt_of(level) == LocalEnvironment().prompt(LEVEL) == ChatEnv.from_level(LEVEL).prompt


def test_a_level_that_cannot_exist_is_the_users_to_mend() -> None:
    for level, error in [
        (Level("games/ShisenSho-v9", {}, 0), UnknownGameError),
        (Level(LEVEL.game, {"rowz": 3}, 0), KnobError),
    ]:
        with pytest.raises(error):
            asyncio.run(LocalEnvironment().open(level))


def test_a_bug_of_a_game_becomes_a_failed_environment() -> None:
    with pytest.raises(EnvironmentFailed, match="AttributeError"):
        asyncio.run(LocalEnvironment().turn(LEVEL, "not a board", 0, solver_replies()[0]))
