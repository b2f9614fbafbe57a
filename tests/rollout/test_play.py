from __future__ import annotations

import pytest

from easyr1.rollout.limits import ContextOverflow
from easyr1.rollout.types import Context, PolicyFailed, Reply, StopReason
from games import Level
from games.core.types import ReplyStatus
from games.errors import GamesError
from tests.rollout.fakes import LEVEL, UNREADABLE, FailingEnvironment, Recorder, illegal_reply, play, solver_replies


def test_a_solved_episode_ends_as_terminal() -> None:
    replies = solver_replies()
    trajectory = play(replies)
    assert trajectory.stop_reason is StopReason.TERMINAL
    assert trajectory.num_turns == len(replies) == 4
    assert [turn.index for turn in trajectory.turns] == [0, 1, 2, 3]
    assert [turn.is_terminal for turn in trajectory.turns] == [False, False, False, True]
    assert all(turn.game_reward == 1.0 and turn.perception.exact for turn in trajectory.turns)
    assert trajectory.failure is None


def test_terminal_wins_over_the_turn_limit_at_the_last_turn() -> None:
    assert play(solver_replies(), max_turns=4).stop_reason is StopReason.TERMINAL


@pytest.mark.parametrize("max_turns", [1, 2, 3])
def test_the_turn_limit_ends_an_episode(max_turns: int) -> None:
    trajectory = play(solver_replies(), max_turns=max_turns)
    assert trajectory.stop_reason is StopReason.TURN_LIMIT
    assert trajectory.num_turns == max_turns
    assert not trajectory.turns[-1].is_terminal


def test_illegal_and_unreadable_replies_are_turns_and_change_nothing() -> None:
    recorder = Recorder([UNREADABLE, illegal_reply(), *solver_replies()])
    trajectory = play(recorder)
    assert [turn.status for turn in trajectory.turns[:3]] == [
        ReplyStatus.UNREADABLE,
        ReplyStatus.ILLEGAL,
        ReplyStatus.LEGAL,
    ]
    assert [turn.game_reward for turn in trajectory.turns[:3]] == [0.0, 0.0, 1.0]
    first, second, third, fourth = recorder.contexts[:4]
    assert first.frame == second.frame == third.frame
    assert first.state == second.state == third.state != fourth.state
    assert trajectory.turns[0].action_text is None
    assert trajectory.turns[1].action_text is not None


def test_bad_replies_use_up_the_turn_budget() -> None:
    trajectory = play([UNREADABLE, UNREADABLE, *solver_replies()], max_turns=2)
    assert trajectory.stop_reason is StopReason.TURN_LIMIT
    assert {turn.status for turn in trajectory.turns} == {ReplyStatus.UNREADABLE}


class StopsAt:
    """Raises an error at one turn, plays the solver before."""

    def __init__(self, turn: int, error: Exception) -> None:
        self._turn, self._error, self._replies = turn, error, solver_replies()

    async def reply(self, context: Context) -> Reply:
        if context.index == self._turn:
            raise self._error
        return Reply(self._replies[context.index], tokens=context.index)


@pytest.mark.parametrize("turn", [0, 2])
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ContextOverflow("1200 tokens, room for 1024"), StopReason.CONTEXT_LIMIT),
        (PolicyFailed("no server"), StopReason.POLICY_FAILED),
    ],
)
def test_a_policy_that_stops_leaves_the_turns_before(turn: int, error: Exception, reason: StopReason) -> None:
    trajectory = play(StopsAt(turn, error))
    assert trajectory.stop_reason is reason
    assert trajectory.num_turns == turn
    assert trajectory.failure == str(error)
    assert [played.reply.tokens for played in trajectory.turns] == list(range(turn))


def test_a_bug_of_a_policy_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        play(StopsAt(1, ZeroDivisionError()))


@pytest.mark.parametrize("turn", [-1, 0, 2])
def test_an_environment_that_fails_is_data(turn: int) -> None:
    trajectory = play(solver_replies(), environment=FailingEnvironment(turn))
    assert trajectory.stop_reason is StopReason.ENVIRONMENT_FAILED
    assert trajectory.num_turns == max(turn, 0)
    assert trajectory.failure is not None and "no worker" in trajectory.failure
    assert trajectory.level == LEVEL


def test_a_level_that_cannot_exist_is_an_error() -> None:
    with pytest.raises(GamesError, match="rows and columns"):
        play([], level=Level("games/ShisenSho-v0", {"rows": 3, "columns": 3}, 0))


def test_the_same_replies_give_the_same_episode() -> None:
    replies = [UNREADABLE, *solver_replies()]
    assert play(replies) == play(replies)


def test_an_episode_may_be_played_twice() -> None:
    from easyr1.policies.solver import SolverPolicy

    assert play(SolverPolicy()) == play(SolverPolicy()) == play(solver_replies())
