"""Small runs, played for real, for the tests of what shows them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from easyr1.policies.scripted import ScriptedPolicy
from easyr1.replay.record import History, TurnRecord, image_path
from easyr1.rollout.environment import LocalEnvironment, open_level, turn_level
from easyr1.rollout.limits import Limits
from easyr1.rollout.play import Episode, play_episode
from easyr1.rollout.types import Trajectory
from games.core.chat import ChatEnv
from games.core.types import Level

GAME, KNOBS = "games/ShisenSho-v0", {"rows": 4, "columns": 4, "num_faces": 4, "copies": 4, "tile_px": 28}
HOSTILE = '</script><script>document.title="owned"</script><img src=x onerror="alert(1)"><b>bold</b>\u202e %%data%%'
WRONG_CELL, WRONG_LABEL, UNSAID_CELL = (1, 2), "golden goose", (2, 0)


def perfect_replies(level: Level, num_turns: int) -> list[str]:
    """What the solver says, turn by turn."""
    env, state, replies = ChatEnv.from_level(level), open_level(level).state, []
    for turn in range(num_turns):
        replies.append(env.truth_reply(state, env.game.solve(state)))
        state = turn_level(level, state, turn, replies[-1]).result.state
    return replies


def misread(reply: str) -> str:
    """The reply with one cell of its first turn named wrongly and one left out, and hostile thoughts."""
    wrong, unsaid = (f"({row},{column})" for row, column in (WRONG_CELL, UNSAID_CELL))
    cells = reply.replace("\n", ";\n").split(";")
    kept = [cell for cell in cells if unsaid not in cell]
    changed = [f" {wrong} {WRONG_LABEL}" if wrong in cell and "answer" not in cell else cell for cell in kept]
    return ";".join(changed).replace(";\n<", "\n<").replace("<think></think>", f"<think>{HOSTILE}</think>")


def play(level: Level, replies: Sequence[str]) -> Trajectory:
    """The episode of a script."""
    return asyncio.run(play_episode(ScriptedPolicy(replies), Episode(level, LocalEnvironment()), Limits(4)))


def records_of(trajectory: Trajectory, **changes: Any) -> Iterator[TurnRecord]:
    """The turns of an episode as records."""
    for turn in trajectory.turns:
        reward = {"game": turn.game_reward, "format": float(turn.is_well_formed), "perception": turn.perception.cells}
        fields: dict[str, Any] = {
            "step": 0,
            "split": "evaluation",
            "level": trajectory.level.to_dict(),
            "group": "0",
            "sample": 0,
            "turn": turn.index,
            "observation": turn.frame.digest,
            "prompt": "Clear the board.",
            "reply": turn.reply.text,
            "action": turn.action_text,
            "status": turn.status.value,
            "truth": turn.frame.text,
            "reward": {**reward, "total": sum(reward.values())},
            "perception": {"exact": turn.perception.exact, "cells": turn.perception.cells},
            "advantage": None,
            "stop_reason": trajectory.stop_reason.value,
            "prompt_tokens": 0,
            "reply_tokens": 0,
            "failure": trajectory.failure or "",
        }
        yield TurnRecord(**{**fields, **changes})


def images_of(trajectories: Iterable[Trajectory]) -> dict[str, bytes]:
    """The pictures of episodes by digest."""
    return {turn.frame.digest: turn.frame.png for trajectory in trajectories for turn in trajectory.turns}


def write_evaluation(folder: Path, num_levels: int = 2, break_at: int | None = None) -> Path:
    """An evaluation: level 0 is misread at its first of three turns, and its policy fails at the fourth.

    Args:
        break_at: Number of a level whose file gets a line that lacks most of its keys.
    """
    for number in range(num_levels):
        level = Level(GAME, KNOBS, 100 + number)
        first, *rest = perfect_replies(level, 3)
        played = play(level, [misread(first) if number == 0 else first, *rest])
        path = folder / "episodes" / "shisensho" / f"{number}_0.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [record.to_json() for record in records_of(played, group=f"level {number}", game_name="shisensho")]
        path.write_text("\n".join([*lines, *(['{"group": "", "sample": 0, "turn": 9}'] if number == break_at else [])]))
        for digest, png in images_of([played]).items():
            image_path(folder, digest).parent.mkdir(parents=True, exist_ok=True)
            image_path(folder, digest).write_bytes(png)
    return folder


def write_training(folder: Path, only: Sequence[TurnRecord] | None = None) -> Path:
    """A training: a validation and two steps, each of a level with three siblings of two turns; or a step of `only`."""
    history = History(folder / "history")
    if only is not None:
        history.write(1, only, {})
        return folder
    level = Level(GAME, KNOBS, 2**40)
    first, second = perfect_replies(level, 2)
    siblings = [play(level, replies) for replies in ([first, second], [misread(first), second], ["no idea", "none"])]
    for step in range(3):
        split = "train" if step else "validation"
        records = [
            record
            for sample, played in enumerate(siblings)
            for record in records_of(
                played,
                step=step,
                split=split,
                group=str(level.seed),
                sample=sample,
                advantage=1.0 - sample if step else None,
            )
        ]
        (history.write if step else history.write_validation)(step, records, images_of(siblings))
    return folder
