"""Episodes with a teacher: who moves, what is seen, and where it ends."""

from __future__ import annotations

import asyncio
import io
from collections import Counter

import pytest

from easyr1.cold_start.episodes import EpisodeSettings, Outcome, play_level
from easyr1.cold_start.examples import Example, Rejected
from easyr1.cold_start.progress import DataProgress
from easyr1.cold_start.teachers import Answer, SolverTeacher
from easyr1.rollout.history import FEEDBACK
from easyr1.rollout.types import Context
from games import ChatEnv, Level
from games.core.tags import parse_reply
from games.core.types import ReplyStatus

LEVEL = Level("games/ShisenSho-v0", {"rows": 4, "columns": 4, "num_faces": 2, "copies": 8, "tile_px": 28}, 5)


SOLVER = SolverTeacher(4)


class Silent:
    """A teacher with nothing to say at the turns given."""

    def __init__(self, *turns: int) -> None:
        self._turns = turns

    async def answer(self, context: Context) -> Answer | Rejected:
        if context.index in self._turns:
            return Rejected("failed_request", "nobody there")
        return await SolverTeacher(4).answer(context)


def play(settings: EpisodeSettings, teacher: SolverTeacher | Silent = SOLVER) -> list[Outcome]:
    return asyncio.run(play_level(LEVEL, teacher, settings))


def moves(outcomes: list[Outcome]) -> tuple[list[str], list[str]]:
    """What was played before the last turn, and what the examples say should have been."""
    last = outcomes[-1]
    assert isinstance(last, Example)
    said = [one["content"] for one in last.messages if one["role"] == "assistant"]
    answers = [one.action for one in outcomes if isinstance(one, Example)]
    return [str(parse_reply(text).answer) for text in said[:-1]], answers[:-1]


def test_the_teacher_moves_unless_chance_does() -> None:
    played, answers = moves(play(EpisodeSettings(max_turns=5, window=None, random_share=0.0, mistake_share=0.0)))
    assert played == answers and len(answers) == 4
    played, answers = moves(play(EpisodeSettings(max_turns=5, window=None, random_share=1.0, mistake_share=0.0)))
    assert played != answers and len(answers) == 4


def test_every_answer_is_the_solvers_whoever_moved() -> None:
    outcomes = play(EpisodeSettings(max_turns=6, window=None, random_share=0.5))
    env = ChatEnv.from_level(LEVEL)
    state = env.open(LEVEL.seed)
    last = next(one for one in reversed(outcomes) if isinstance(one, Example))
    said = [one["content"] for one in last.messages if one["role"] == "assistant"]
    for turn, (example, reply) in enumerate(zip(outcomes, said, strict=False)):
        assert isinstance(example, Example)
        assert (example.turn, example.truth) == (turn, env.game.text(state))
        assert example.action == env.game.format(env.game.solve(state))
        state = env.turn(LEVEL.seed, state, turn, reply).state


def test_a_mistake_is_told_and_the_reply_after_it_is_right() -> None:
    outcomes = play(EpisodeSettings(max_turns=12, window=2, mistake_share=1.0))
    found = [one for one in outcomes if isinstance(one, Example)]
    assert len(found) == len(outcomes) == 12 and len({one.truth for one in found}) == 1
    told = {one.messages[2]["content"] for one in found[1:]}
    assert told == {f"<image>{FEEDBACK[ReplyStatus.ILLEGAL]}", f"<image>{FEEDBACK[ReplyStatus.UNREADABLE]}"}
    assert len({one.state for one in found}) == 3 and len({one.action for one in found}) == 1
    env = ChatEnv.from_level(LEVEL)
    for one in found:
        assert env.turn(LEVEL.seed, env.open(LEVEL.seed), one.turn, one.reply).status is ReplyStatus.LEGAL


def test_an_episode_goes_on_where_the_teacher_fails() -> None:
    outcomes = play(EpisodeSettings(max_turns=3, window=2), Silent(0))
    assert outcomes[0] == Rejected("failed_request", "nobody there")
    assert all(isinstance(one, Example) for one in outcomes[1:]) and len(outcomes) == 3


def test_an_episode_ends_with_the_game() -> None:
    outcomes = play(EpisodeSettings(max_turns=99, random_share=0.0, mistake_share=0.0))
    assert outcomes[-1] == Rejected("terminal") and len(outcomes) == 9


@pytest.mark.parametrize(("window", "pictures"), [(1, [1, 1, 1, 1]), (3, [1, 2, 3, 3]), (None, [1, 2, 3, 4])])
def test_a_window_is_as_wide_as_asked(window: int | None, pictures: list[int]) -> None:
    found = [one for one in play(EpisodeSettings(max_turns=4, window=window)) if isinstance(one, Example)]
    assert [len(one.images) for one in found] == pictures


def test_progress_is_told_line_by_line_or_on_a_bar() -> None:
    stream = io.StringIO()
    with DataProgress(10, 4, stream, every_s=0) as progress:
        progress.add("swap", 2, Counter(duplicate=3))
        progress.add("swap", 4, Counter())
    said = stream.getvalue().splitlines()
    assert said[0] == "4 of 10 examples are there already"
    assert said[1].startswith("6/10 examples | swap | left out: 3 duplicate | ") and said[1].endswith(" left")
    assert said[2] == "10/10 examples | swap | left out: 3 duplicate"

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    with DataProgress(10, 4, terminal) as progress:
        progress.add("swap", 6, Counter())
        progress.say("a word between")
    assert "10/10" in terminal.getvalue() and "a word between" in terminal.getvalue()
