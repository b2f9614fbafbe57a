"""A search told as it goes: what is looked at in a fixed order, until a legal action is found.

Reasons (games.core.reasons) tell why a choice is right; a search tells how to come by one. It asks no more of its
reader at each step than to look where it is told to and to compare what is there, which a very small model can learn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from games.core.claims import Claim


@dataclass(frozen=True, slots=True)
class Search:
    """The way to an action.

    Attributes:
        steps: What was looked at, in order; the claims of each are true of the state, and of what all can see.
        action: The first legal action on the way, found in the last step.
    """

    steps: tuple[tuple[Claim, ...], ...]
    action: Any


@runtime_checkable
class Searches(Protocol):
    """A game that knows such a search."""

    def search(self, state: Any) -> Search | None:
        """The search in a state; None where no action is legal."""
        ...
