"""What a reply said wrongly about a picture, cell by cell, and where on the picture that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from easyr1.replay.record import TurnRecord
from games.board.game import BoardGame
from games.core.chat import ChatEnv
from games.core.grid import cell_text
from games.core.tags import parse_reply
from games.core.types import Cell, Level
from games.errors import GamesError

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, width and height as shares of the picture's sides, in [0, 1]."""


@dataclass(frozen=True, slots=True)
class WrongCell:
    """A cell of which the reply says `said`, or nothing (None), and which is `truth`; `box` None where it is not known.

    `cell` is the cell in words, such as `(0,1)`.
    """

    cell: str
    said: str | None
    truth: str
    box: Box | None


def wrong_cells(record: TurnRecord) -> list[WrongCell] | None:
    """The cells that a turn's perception block has wrong or leaves out, in the truth's order.

    Returns:
        None where nothing can be compared: the reply has no perception block, or this installation cannot make the
        record's game or read its truth.
    """
    block = parse_reply(record.reply).perception
    if block is None:
        return None
    try:
        game: Any = ChatEnv.from_level(Level.from_dict(record.level)).game
    except (GamesError, ImportError):
        return None
    truth = game.read(record.truth)
    if truth is None:
        return None
    stated = game.read(block, partial=True) or {}
    return [
        WrongCell(cell_text(*cell), stated.get(cell), label, cell_box(game, cell))
        for cell, label in truth.items()
        if stated.get(cell) != label
    ]


def cell_box(game: object, cell: Cell) -> Box | None:
    """Where a cell is in the picture of a board game; None for other games, which draw as they like."""
    if not isinstance(game, BoardGame):
        return None
    (height, width), (board_height, board_width) = game.image_size, game.board_size
    top = (height - board_height) // 2 + (cell[0] + game.axes) * game.tile_px
    left = (width - board_width) // 2 + (cell[1] + game.axes) * game.tile_px
    return left / width, top / height, game.tile_px / width, game.tile_px / height
