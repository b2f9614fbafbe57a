"""The contract of a game, and the random moves that spread openings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from numpy.random import Generator

from games.core.types import Image, Labels, Transition
from games.errors import KnobError

State = TypeVar("State")
Action = TypeVar("Action")

SPREAD_KINDS = ("legal", "uniform")
MAX_SPREAD_MOVES = 1_000_000


class Game(Protocol[State, Action]):
    """A frozen dataclass whose fields are the knobs and whose methods are pure functions; bad knobs raise KnobError.

    States are immutable, hashable and picklable values; the only randomness is the generator handed in.
    """

    @property
    def image_size(self) -> tuple[int, int]:
        """(height, width) of every image, in px, known without dealing."""
        ...

    @property
    def num_actions(self) -> int:
        """Number of actions that can be written down, legal or not."""
        ...

    @property
    def max_reply_chars(self) -> int:
        """Most characters that a full reply with an empty thinking block can have."""
        ...

    @property
    def perception_form(self) -> str:
        """What the prompt shows inside the perception block."""
        ...

    @property
    def answer_form(self) -> str:
        """What the prompt shows inside the answer block."""
        ...

    def deal(self, rng: Generator) -> State:
        """An opening, spread by random moves where the knobs ask for it; at least one action is legal."""
        ...

    def transition(self, state: State, action: Action, rng: Generator) -> Transition:
        """The next state, the reward and whether the action was legal; `state` is never changed."""
        ...

    def legal_actions(self, state: State) -> Sequence[Action]:
        """Legal actions in a fixed order, one of those that do the same; empty exactly when the state is terminal."""
        ...

    def is_terminal(self, state: State) -> bool:
        """Whether the episode ends here."""
        ...

    def action_at(self, index: int) -> Action:
        """Action number `index` of 0 .. num_actions - 1. Raises IndexError outside."""
        ...

    def index_of(self, action: Action) -> int:
        """Inverse of `action_at`. Raises ValueError for what is not in the action space."""
        ...

    def random_action(self, rng: Generator) -> Action:
        """An action drawn uniformly from the whole action space, legal or not."""
        ...

    def image(self, state: State) -> Image:
        """The picture, uint8 (H, W, 3) RGB, drawn at its final size."""
        ...

    def text(self, state: State) -> str:
        """The exact truth, in the form that the prompt asks for."""
        ...

    def labels(self, state: State) -> Labels:
        """The truth as a label per cell."""
        ...

    def read(self, text: str, partial: bool = False) -> Labels | None:
        """Inverse of `text`: a label per cell stated, None when any of it is not of the form.

        With `partial`, cells that are not of the form or stated twice are left out instead; None when no cell is
        left.
        """
        ...

    def parse(self, answer: str) -> Action | None:
        """The action that an answer block states, None unless it is exactly of the form. Linear time, never raises."""
        ...

    def format(self, action: Action) -> str:
        """The answer that states the action: `parse(format(action)) == action`."""
        ...

    def instructions(self) -> str:
        """The task and the rules in words, without the form of the reply."""
        ...

    def solve(self, state: State) -> Action | None:
        """A good legal action, the same each time; None exactly when the state is terminal."""
        ...


def check_whole(knob: str, value: object, low: int, high: int) -> None:
    """Check that a knob is a whole number in low .. high. Raises KnobError."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise KnobError(f"{knob} must be a whole number from {low} to {high}, got {value!r}")


def check_flag(knob: str, value: object) -> None:
    """Check that a knob is true or false. Raises KnobError."""
    if not isinstance(value, bool):
        raise KnobError(f"{knob} must be true or false, got {value!r}")


def check_choice(knob: str, value: object, choices: Sequence[str]) -> None:
    """Check that a knob is one of some words. Raises KnobError."""
    if value not in choices:
        raise KnobError(f"{knob} must be one of {', '.join(choices)}, got {value!r}")


def check_spread(moves: object, kind: object) -> None:
    """Check the two knobs of a spread. Raises KnobError."""
    check_whole("spread_moves", moves, 0, MAX_SPREAD_MOVES)
    check_choice("spread_kind", kind, SPREAD_KINDS)


def spread(game: Game[State, Any], state: State, moves: int, kind: str, rng: Generator) -> State:
    """Play random moves from `state`, and stop before a state without a legal move.

    Args:
        moves: For `legal`, the number of legal moves is drawn from 0 .. moves; for `uniform`, that many actions are
            drawn uniformly from the whole action space, and one that is not legal costs only its place in the count
            (warm-up of arXiv 2505.13426).
    """
    if moves and kind == "legal":
        for _ in range(int(rng.integers(moves + 1))):
            legal = game.legal_actions(state)
            after = game.transition(state, legal[int(rng.integers(len(legal)))], rng).state
            if game.is_terminal(after):
                break
            state = after
        return state
    for _ in range(moves):
        step = game.transition(state, game.random_action(rng), rng)
        if not step.is_legal:
            continue
        if game.is_terminal(step.state):
            break
        state = step.state
    return state
