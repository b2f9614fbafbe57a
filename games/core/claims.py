"""What can be said of an action, without wording: a claim is true of a state and can be checked against the rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from games.core.types import Cell


@dataclass(frozen=True, slots=True)
class Shows:
    """All these cells show this label."""

    cells: tuple[Cell, ...]
    label: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Straight segments through empty cells join the first of these cells to the last; those between are its turns.

    A turn may lie one step outside the board, and `is_outside` when one does.
    """

    cells: tuple[Cell, ...]
    is_outside: bool = False


@dataclass(frozen=True, slots=True)
class Stopped:
    """Going along straight segments by these cells, the first tile met is at `at` and shows `label`."""

    cells: tuple[Cell, ...]
    at: Cell
    label: str


@dataclass(frozen=True, slots=True)
class NotJoined:
    """No path that the rules allow joins the two cells of the action."""


@dataclass(frozen=True, slots=True)
class LinesUp:
    """After the action these cells, three or more in a line, show this label."""

    cells: tuple[Cell, ...]
    label: str


@dataclass(frozen=True, slots=True)
class Fills:
    """These cells, two or more, and `gap` are a line; they show `label`, and so does `source` beside the gap.

    The action brings the tile at `source` to `gap`.
    """

    cells: tuple[Cell, ...]
    gap: Cell
    source: Cell
    label: str


@dataclass(frozen=True, slots=True)
class Reads:
    """These cells show these labels, one each."""

    cells: tuple[Cell, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lacks:
    """All of these cells show this label, but for one, the gap."""

    cells: tuple[Cell, ...]
    gap: Cell
    label: str


@dataclass(frozen=True, slots=True)
class NoGap:
    """These cells do not show one label with a single exception."""

    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class TooShort:
    """After the action the longest line of equal tiles through a moved one is these one or two cells."""

    cells: tuple[Cell, ...]
    label: str


@dataclass(frozen=True, slots=True)
class Clears:
    """The action clears this many cells at once; with `cascade` so many more of those that fall into place."""

    count: int
    cascade: int = 0


@dataclass(frozen=True, slots=True)
class Merges:
    """The action merges `count` times two tiles of this label into one of the other."""

    label: str
    made: str
    count: int


@dataclass(frozen=True, slots=True)
class MergesNothing:
    """The action moves tiles and merges none."""


@dataclass(frozen=True, slots=True)
class ChangesNothing:
    """The action would leave everything as it is."""


@dataclass(frozen=True, slots=True)
class LeavesEmpty:
    """After the action this many cells are empty, before anything new appears."""

    count: int


@dataclass(frozen=True, slots=True)
class KeepsLargest:
    """After the action the only largest tile is in this corner."""

    label: str
    corner: Cell


@dataclass(frozen=True, slots=True)
class LooksBest:
    """Of all actions the solver values this one highest, looking so many moves of the player ahead, itself included."""

    moves: int


@dataclass(frozen=True, slots=True)
class LeavesOptions:
    """After the action this many actions are legal."""

    count: int


@dataclass(frozen=True, slots=True)
class Continues:
    """After the action so many more legal ones can follow; `finishes` when they clear the board."""

    count: int
    finishes: bool


@dataclass(frozen=True, slots=True)
class Earns:
    """The action's reward."""

    reward: float


@dataclass(frozen=True, slots=True)
class EndsEpisode:
    """The episode ends with the action."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The solver's next actions after this one, in words; `ends` when the last of them ends the episode."""

    actions: tuple[str, ...]
    ends: bool


Claim: TypeAlias = (
    Shows
    | Joined
    | Stopped
    | NotJoined
    | LinesUp
    | Fills
    | Reads
    | Lacks
    | NoGap
    | TooShort
    | Clears
    | Merges
    | MergesNothing
    | ChangesNothing
    | LeavesEmpty
    | KeepsLargest
    | LooksBest
    | LeavesOptions
    | Continues
    | Earns
    | EndsEpisode
    | Plan
)
