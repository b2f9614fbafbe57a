"""Errors for users of `games`: what was given, what was expected, which key to change, in one line."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class GamesError(Exception):
    """Parent of every error that this package raises on purpose."""


class KnobError(GamesError, ValueError):
    """A knob of a game has a name or a value that the game cannot use."""


class UnknownGameError(GamesError, ValueError):
    """A game id that is not registered."""


class LevelError(GamesError, ValueError):
    """A level that cannot be read, or a seed that is not a whole number from 0 on."""


class ReplyError(GamesError, ValueError):
    """A reply that cannot be written, such as a thinking text that contains one of the reply's own tags."""


class ContractError(GamesError, AssertionError):
    """A game breaks the contract of `games.core.game.Game`; the message lists every breach found."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Ending of an error message: the known name closest to `name`, or all known names where none is close."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known: {', '.join(names)}" if names else "none is known"
