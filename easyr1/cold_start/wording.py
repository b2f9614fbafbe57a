"""Claims in words: several ways to say each, all of them short and all of them true."""

from __future__ import annotations

from collections.abc import Sequence

from numpy.random import Generator

from games.core.claims import (
    ChangesNothing,
    Claim,
    Clears,
    Continues,
    Earns,
    EndsEpisode,
    Fills,
    Joined,
    KeepsLargest,
    Lacks,
    LeavesEmpty,
    LeavesOptions,
    LinesUp,
    LooksBest,
    Merges,
    MergesNothing,
    NoGap,
    NotJoined,
    Plan,
    Reads,
    Shows,
    Stopped,
    TooShort,
)
from games.core.grid import cell_text
from games.core.types import Cell

LEADS = (Shows, Fills, LinesUp, Merges)
"""Claims that can be said before the action is named, since they tell what it was found by."""


def word_claim(claim: Claim, rng: Generator) -> str:
    """A claim in words, without a capital and a full stop; `rng` chooses among the ways to say it."""
    return pick(_ways(claim), rng)


def word_lead(claim: Claim, rng: Generator) -> str:
    """One of LEADS in words that do without the action, in the form of `word_claim`."""
    return pick(_ways_of_leads(claim), rng)


def pick(ways: Sequence[str], rng: Generator) -> str:
    """One of some texts."""
    return ways[int(rng.integers(len(ways)))]


def join_words(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _ways(claim: Claim) -> Sequence[str]:
    match claim:
        case Shows() | Joined() | Stopped() | NotJoined():
            return _ways_of_paths(claim)
        case LinesUp() | Fills() | TooShort() | Clears():
            return _ways_of_lines(claim)
        case Reads() | Lacks() | NoGap():
            return _ways_of_searches(claim)
        case Merges() | MergesNothing() | ChangesNothing() | LeavesEmpty() | KeepsLargest():
            return _ways_of_slides(claim)
        case _:
            return _ways_of_outlook(claim)


def _ways_of_leads(claim: Claim) -> Sequence[str]:
    match claim:
        case Shows(cells, label):
            return f"I see {label} at {_cells(cells)}", f"there is {label} at {_cells(cells)}"
        case Fills():
            return _ways_to_fill(claim)
        case LinesUp(cells, label):
            return f"{label} can line up at {_cells(cells)}", f"{len(cells)} {label} can line up: {_cells(cells)}"
        case Merges(label, made, 1):
            return f"two {label} can make {made}", f"{label} and {label} can merge into {made}"
        case Merges(label, made, count):
            return f"{count} pairs of {label} can make {made} each", f"{count} times two {label} can merge into {made}"
        case _:
            raise AssertionError(f"{claim} is said of an action")


def _ways_of_paths(claim: Shows | Joined | Stopped | NotJoined) -> Sequence[str]:
    match claim:
        case Shows(cells, label) if len(cells) == 2:
            both = _cells(cells)
            return f"{both} both show {_one(label)}", f"both are {label}", f"{label} at {both}"
        case Shows(cells, label):
            return f"{label} is at {_cells(cells)}", f"I see {label} at {_cells(cells)}", f"{label}: {_cells(cells)}"
        case Joined():
            return _ways_to_join(claim)
        case Stopped((_, _), at, label):
            return f"{_cell(at)} between them holds {_one(label)}", f"{label} at {_cell(at)} stands between them"
        case Stopped(cells, at, label):
            by = _cells(cells[1:-1])
            return f"by way of {by}, {label} at {_cell(at)} blocks", f"turning at {by} hits {label} at {_cell(at)}"
        case NotJoined():
            return "no allowed path joins them", "no path gets around with so few turns", "every allowed way is blocked"


def _ways_to_join(claim: Joined) -> Sequence[str]:
    first, *turns, last = claim.cells
    if not turns:
        if abs(first[0] - last[0]) + abs(first[1] - last[1]) == 1:
            return "they are neighbours", "they lie side by side"
        return "the line between them is empty", "nothing stands between them"
    at = _cells(turns)
    way = ", ".join(map(_cell, claim.cells))
    outside = ", outside the border" if claim.is_outside else ""
    return f"a path turns at {at}{outside}", f"the way {way} is free{outside}", f"turning at {at} joins them{outside}"


def _ways_to_fill(claim: Fills) -> Sequence[str]:
    line, gap, source = _cells(claim.cells), _cell(claim.gap), _cell(claim.source)
    return (
        f"with {claim.label} at {line} a line lacks {gap}, and {source} is beside that",
        f"to {claim.label} at {line} only {gap} is missing; {source} can fill it",
    )


def _ways_of_lines(claim: LinesUp | Fills | TooShort | Clears) -> Sequence[str]:
    match claim:
        case Fills():
            return _ways_to_fill(claim)
        case LinesUp(cells, label):
            return f"{label} lines up at {_cells(cells)}", f"that makes {len(cells)} {label} in a line: {_cells(cells)}"
        case TooShort((cell,), label):
            return (f"{label} at {_cell(cell)} meets no other",)
        case TooShort(cells, label):
            return f"only two {label} meet, at {_cells(cells)}", f"{label} at {_cells(cells)} are only two"
        case Clears(count, 0):
            return f"it clears {count} cells", f"{count} cells go"
        case Clears(count, cascade):
            return (f"it clears {count} cells, and {cascade} more as tiles fall",)


def _ways_of_searches(claim: Reads | Lacks | NoGap) -> Sequence[str]:
    match claim:
        case Reads(cells, labels):
            return (", ".join(f"{_cell(cell)} {label}" for cell, label in zip(cells, labels, strict=True)),)
        case Lacks(_, gap, label):
            return f"two {label}, {_cell(gap)} is missing", f"two {label}, only {_cell(gap)} is missing"
        case NoGap():
            return "no line", "no two alike"


def _ways_of_slides(claim: Merges | MergesNothing | ChangesNothing | LeavesEmpty | KeepsLargest) -> Sequence[str]:
    match claim:
        case Merges(label, made, 1):
            return f"two {label} make {made}", f"{label} and {label} merge into {made}"
        case Merges(label, made, count):
            return f"{count} pairs of {label} make {made} each", f"{count} times two {label} merge into {made}"
        case MergesNothing():
            return "nothing merges", "no tiles merge"
        case ChangesNothing():
            return "nothing would move", "the board would stay as it is"
        case LeavesEmpty(count):
            cells = _count(count, "cell")
            return f"{cells} left empty", f"it leaves {cells} empty"
        case KeepsLargest(label, corner):
            return (
                f"the largest tile, {label}, is in the corner {_cell(corner)}",
                f"{label} is in the corner {_cell(corner)}",
            )


def _ways_of_outlook(claim: Claim) -> Sequence[str]:
    match claim:
        case LooksBest(moves):
            ahead = f"looking {_count(moves, 'move')} ahead"
            return f"{ahead}, nothing is better", f"{ahead}, it comes out best"
        case LeavesOptions(count):
            options = _count(count, "legal action")
            return f"{options} left after it", f"it leaves {options}"
        case Continues(0, finishes):
            return ("that clears the board",) if finishes else ("I find no other after it",)
        case Continues(count, True):
            return f"{count} more can follow and clear the board", f"with {count} more the board is clear"
        case Continues(count, _):
            return (f"I find {count} more that can follow",)
        case Earns(reward):
            return _ways_to_earn(reward)
        case EndsEpisode():
            return "the game ends with it", "it ends the game"
        case Plan(actions, ends):
            end = ", and that is the end" if ends else ""
            return f"next would come {join_words(actions)}{end}", f"then {join_words(actions)}{end}"
        case _:
            raise AssertionError(f"no words for {claim}")


def _ways_to_earn(reward: float) -> Sequence[str]:
    if not reward:
        return "it earns nothing at once", "no reward at once"
    return (f"it earns {reward:.3g}",) if reward > 0 else (f"it costs {-reward:.3g}",)


def _cell(cell: Cell) -> str:
    return cell_text(*cell)


def _cells(cells: Sequence[Cell]) -> str:
    return join_words([_cell(cell) for cell in cells])


def _one(label: str) -> str:
    return f"{'an' if label[0] in 'aeiou' else 'a'} {label}"


def _count(count: int, word: str) -> str:
    return f"{count or 'no'} {word}{'' if count == 1 else 's'}"
