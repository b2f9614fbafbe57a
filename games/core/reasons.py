"""Why actions are legal or not and what they lead to, as claims without wording: what thinking is written from.

Every claim is true of the state that was asked about and can be checked against the rules. None tells what the player
cannot see. A game that knows its own reasons has a method `explain` (see `Explains`). For the others they are found by
trying actions out: which are legal, and what they lead to where the game says, by an attribute `shows_all`, that
nothing which decides this is hidden.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, runtime_checkable

from numpy.random import Generator, SeedSequence, default_rng

from games.core.claims import Claim, Earns, EndsEpisode, Plan
from games.core.game import Game
from games.core.types import Transition

Item = TypeVar("Item")

PLAN_MOVES = 3
"""Moves of the solver that are looked at beyond an action."""

DICE = 3
"""Throws that must agree before a claim is made about what an action leads to."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An action looked at: whether the rules allow it, and why or what it does."""

    action: Any
    is_legal: bool
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Reasons:
    """A decision taken apart.

    Attributes:
        choice: The action decided on, which is legal.
        others: Other actions that were looked at, in the order in which they were.
        outlook: What the choice leads to.
        num_legal: Legal actions in this state, None where they were not counted.
    """

    choice: Candidate
    others: tuple[Candidate, ...] = ()
    outlook: tuple[Claim, ...] = field(default=())
    num_legal: int | None = None


@runtime_checkable
class Explains(Protocol):
    """A game that gives its own reasons."""

    def explain(self, state: Any, action: Any, rng: Generator, num_others: int) -> Reasons:
        """Why a legal action may be played here, beside others; see `explain`."""
        ...


def explain(game: Game[Any, Any], state: Any, action: Any, rng: Generator, num_others: int) -> Reasons:
    """Take the decision for a legal action apart.

    Args:
        action: What is played; where it is the solver's, the reasons tell what the solver saw in it.
        rng: Chooses which other actions are looked at.
        num_others: Most other actions to look at, 0 or more.
    """
    if isinstance(game, Explains):
        return game.explain(state, action, rng, num_others)
    return explain_by_trying(game, state, action, rng, num_others)


def explain_by_trying(game: Game[Any, Any], state: Any, action: Any, rng: Generator, num_others: int) -> Reasons:
    """Reasons for any game: which actions are legal, what they earn and end, and what the solver would play next."""
    legal = list(game.legal_actions(state))
    others = draw([other for other in legal if other != action], (num_others + 1) // 2, rng)
    for _ in range(2 * num_others):
        drawn = game.random_action(rng)
        if len(others) < num_others and drawn not in others and drawn != action and not _try(game, state, drawn):
            others.append(drawn)
    found = [_tried(game, state, other) for other in draw(others, len(others), rng)]
    plan = _plan(game, state, action) if shows_all(game) and action == game.solve(state) else None
    return Reasons(_tried(game, state, action), tuple(found), (plan,) if plan else (), len(legal))


def shows_all(game: Game[Any, Any]) -> bool:
    """Whether the game says that its picture shows all that decides, chance apart, what an action leads to."""
    return bool(getattr(game, "shows_all", False))


def draw(items: Sequence[Item], count: int, rng: Generator) -> list[Item]:
    """At most `count` of the items, in random order."""
    return [items[place] for place in rng.permutation(len(items))[:count].tolist()]


def _throw(game: Game[Any, Any], state: Any, action: Any) -> list[Transition]:
    return [game.transition(state, action, default_rng(SeedSequence(dice))) for dice in range(DICE)]


def _try(game: Game[Any, Any], state: Any, action: Any) -> bool:
    return game.transition(state, action, default_rng(0)).is_legal


def _tried(game: Game[Any, Any], state: Any, action: Any) -> Candidate:
    """An action with its reward and end, where all dice agree on them."""
    steps = _throw(game, state, action)
    if not steps[0].is_legal or not shows_all(game):
        return Candidate(action, steps[0].is_legal)
    claims: list[Claim] = []
    if len({step.reward for step in steps}) == 1:
        claims.append(Earns(steps[0].reward))
    if all(game.is_terminal(step.state) for step in steps):
        claims.append(EndsEpisode())
    return Candidate(action, True, tuple(claims))


def _plan(game: Game[Any, Any], state: Any, action: Any) -> Plan | None:
    """What the solver would play after its action; None where chance takes part, or the action ends the episode."""
    words: list[str] = []
    for _ in range(PLAN_MOVES + 1):
        steps = _throw(game, state, action)
        if len({step.state for step in steps}) > 1:
            break
        state = steps[0].state
        action = game.solve(state)
        if action is None:
            return Plan(tuple(words), True) if words else None
        words.append(game.format(action))
    else:
        words.pop()
    return Plan(tuple(words), False) if words else None
