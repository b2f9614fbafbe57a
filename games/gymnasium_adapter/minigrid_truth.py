"""What the cells of a Minigrid environment are called, read from its objects."""

from __future__ import annotations

from typing import Any

HEADINGS = ("right", "down", "left", "up")
COLOURS = ("red", "green", "blue", "purple", "yellow", "grey")
PORTABLE = ("key", "ball", "box")
EMPTY, HIDDEN = "empty", "hidden"
CARRIED = ("", *(f" {colour} {thing}" for thing in PORTABLE for colour in COLOURS))
NAMES = (
    EMPTY,
    HIDDEN,
    "lava",
    *("wall" if colour == "grey" else f"{colour} wall" for colour in COLOURS),
    *(f"{colour} {thing}" for thing in ("goal", "floor", *PORTABLE) for colour in COLOURS),
    *(f"{colour} door {state}" for state in ("open", "closed", "locked") for colour in COLOURS),
    *(f"agent {heading}{carried}" for heading in HEADINGS for carried in CARRIED),
)
NUMBERS = {name: number for number, name in enumerate(NAMES)}


def name_of(thing: Any) -> str:
    """What an object of Minigrid, or None for nothing, is called."""
    if thing is None:
        return EMPTY
    if thing.type == "lava" or (thing.type == "wall" and thing.color == "grey"):
        return str(thing.type)
    if thing.type == "door":
        return f"{thing.color} door {'open' if thing.is_open else 'locked' if thing.is_locked else 'closed'}"
    return f"{thing.color} {thing.type}"


def _agent(heading: int, carried: Any) -> int:
    return NUMBERS[f"agent {HEADINGS[heading]}{'' if carried is None else f' {name_of(carried)}'}"]


def describe_grid(environment: Any) -> bytes:
    """The number in `NAMES` of every cell of the grid, in row order; the agent hides what it stands on."""
    grid = environment.grid
    cells = bytearray(NUMBERS[name_of(thing)] for thing in grid.grid)
    column, row = environment.agent_pos
    cells[row * grid.width + column] = _agent(environment.agent_dir, environment.carrying)
    return bytes(cells)


def describe_view(environment: Any) -> bytes:
    """The same for what the agent sees, itself in the middle of the bottom row and looking up."""
    grid, is_seen = environment.gen_obs_grid()
    # The mask has x first.
    cells = bytearray(
        NUMBERS[name_of(thing)] if seen else NUMBERS[HIDDEN]
        for thing, seen in zip(grid.grid, is_seen.T.ravel().tolist(), strict=True)
    )
    cells[(grid.height - 1) * grid.width + grid.width // 2] = _agent(HEADINGS.index("up"), environment.carrying)
    return bytes(cells)
