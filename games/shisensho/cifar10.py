"""Shisen-Sho with photographs, under an id of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from games.board.game import Ladder
from games.photos.library import DRAWN
from games.shisensho.game import ShisenSho


@dataclass(frozen=True)
class ShisenShoCifar10(ShisenSho):
    """Clear a board of pictures, two of the same kind of thing at a time.

    Rules:
        Those of Shisen-Sho. Two tiles that show the same kind of thing are removed when a path joins them: at most
        three straight segments, horizontal or vertical, through empty cells and outside the border. The pictures of a
        kind all differ, so that a tile must be recognised before it can be matched.
    Observation:
        The board, a picture a cell; the truth text names every cell: `(0,0) cat; (0,1) empty`. The kinds are the
        classes of CIFAR-10: airplane, automobile, bird, cat, deer, dog, frog, horse, ship and truck.
    Actions:
        `(r1,c1) (r2,c2)`, two different cells, rows and columns from 0. In the action space every ordered pair
        counts once.
    Reward:
        1.0 for each pair removed.
    End:
        No pair can be removed: the board is cleared or stuck.
    Knobs:
        faces: `drawn10`, drawings that need no files, is the default, so that this id opens on every machine;
            `cifar10` for the photographs. The prompt says which of the two it speaks of.
        photos: With `cifar10`, the folder of its files: Python or binary batches, unpacked or in their archive, or
            Hugging Face's Parquet files. None for the folder that the environment variable CIFAR10_FOLDER names.
        split: Pictures of `train` or of `test`; none is in both.
        photos_digest: When given, the photographs must be those with this digest.
        rows, columns: 1 .. 16, an even number of cells.
        num_faces: Different kinds on a board, at most 10; which ones appear is drawn for each deal.
        copies: Tiles of each kind, even, with num_faces * copies cells in all; None deals pairs to kinds as evenly as
            possible.
        colours, shapes: Only for Shisen-Sho without pictures.
        solvable: Whether the full board can surely be cleared.
    Solver:
        That of Shisen-Sho, which is told what the pictures show: a depth-first search for a line that clears the board.
    Version:
        v0.
    """

    LADDER: ClassVar[Ladder] = {
        "easy": {"rows": 4, "columns": 4, "num_faces": 4, "solvable": True},
        "medium": {"rows": 6, "columns": 6, "num_faces": 9, "solvable": True},
        "hard": {"rows": 8, "columns": 8, "num_faces": 10, "solvable": True},
        "expert": {"rows": 12, "columns": 12, "num_faces": 10, "tile_px": 56, "solvable": True},
    }

    faces: str = DRAWN
