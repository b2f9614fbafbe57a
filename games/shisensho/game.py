"""Shisen-Sho as a game."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import ClassVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from games.board.actions import Pair, PairActions
from games.board.game import BoardGame, Ladder
from games.core.game import check_choice, check_flag, check_whole
from games.core.reasons import Reasons
from games.core.types import Image, Transition
from games.drawing.board import draw_board, with_axes
from games.drawing.coloured_shapes import EMPTY, EMPTY_LABEL, MAX_COLOURS, MAX_SHAPES, coloured_faces, face_numbers
from games.drawing.face import Face
from games.errors import KnobError
from games.photos.library import CIFAR10, DRAWN, open_photos
from games.photos.photo_set import KINDS, PhotoSet
from games.photos.tiles import TilePool
from games.shisensho import prompt, rules
from games.shisensho.deal import deal_shuffled, deal_solvable, draw_pairs, draw_photos
from games.shisensho.reasons import Explainer
from games.shisensho.solver import find_pairs

MAX_SIDE = 16
SHAPE_FACES = "shapes"
# What the knob `faces` may be, and which other knobs it goes with.
FACES = {
    SHAPE_FACES: frozenset({"colours", "shapes"}),
    DRAWN: frozenset({"split"}),
    CIFAR10: frozenset({"split", "photos", "photos_digest"}),
}
KNOBS_OF_FACES = ("colours", "shapes", "split", "photos", "photos_digest")
_KIND_FACES = (Face(EMPTY_LABEL, (), "floor"), *(Face(kind, (), "floor") for kind in KINDS))
_KIND_NUMBERS = range(1, len(_KIND_FACES))


@dataclass(frozen=True, slots=True)
class Board:
    """A state: `cells` holds a face per cell in row order, 0 where empty (see `ShisenSho.tile_faces`)."""

    cells: bytes

    def without(self, first: int, second: int) -> Board:
        """The board without the tiles at two cells."""
        return Board(rules.remove(self.cells, first, second))


@dataclass(frozen=True, slots=True)
class PhotoBoard(Board):
    """A board of photographs: `photos` holds the number, within its kind, of the one on each cell, 0 where empty."""

    photos: tuple[int, ...]

    def without(self, first: int, second: int) -> PhotoBoard:
        """The board without the tiles at two cells."""
        photos = list(self.photos)
        photos[first] = photos[second] = 0
        return PhotoBoard(rules.remove(self.cells, first, second), tuple(photos))


@dataclass(frozen=True)
class ShisenSho(BoardGame[Board, Pair]):
    """Clear a board of tiles, two equal ones at a time.

    Rules:
        Two tiles of the same colour and shape are removed when a path joins them: at most three straight segments,
        horizontal or vertical, through empty cells and outside the border. With photographs on the tiles, two of the
        same kind are removed; no two photographs on a board are the same.
    Observation:
        The board, a tile a cell; the truth text names every cell: `(0,0) blue circle; (0,1) empty`, or `(0,0) cat`.
    Actions:
        `(r1,c1) (r2,c2)`, two different cells, rows and columns from 0. In the action space every ordered pair
        counts once.
    Reward:
        1.0 for each pair removed.
    End:
        No pair can be removed: the board is cleared or stuck.
    Knobs:
        rows, columns: 1 .. 16, an even number of cells.
        num_faces: Different tiles on a board, at most one for every pair of cells; which ones appear is drawn for
            each deal.
        copies: Tiles of each face, even, with num_faces * copies cells in all; None deals pairs to faces as evenly
            as possible.
        colours, shapes: Size of the palette that faces are drawn from, 1 .. 8 each.
        faces: What tiles show: `shapes`; `cifar10`, the photographs of CIFAR-10 from the user's files; `drawn10`,
            built-in drawings of the same ten kinds of things, for where there are no files. Nothing is swapped
            unasked: `cifar10` without files is an error, and the prompt says whether it speaks of photographs or
            drawings. Both take num_faces of at most 10, and neither colours nor shapes.
        photos: Folder of CIFAR-10's files, as published: Python or binary batches, unpacked or in their archive, or
            Hugging Face's Parquet files (these need pyarrow). All give the same levels. None for the folder that the
            environment variable CIFAR10_FOLDER names, so that levels can go to machines that keep it elsewhere.
        split: Photographs of `train` or of `test`; no photograph and no drawing is in both.
        photos_digest: When given, the photographs must be those with this digest; the message of a wrong one
            names that of the files found.
        solvable: Whether the full board can surely be cleared. False deals uniformly among the boards with a legal
            pair. Random moves of a spread may spoil a solvable board.
    Solver:
        Depth-first search for a line that clears the board, within 400 boards; faces whose tiles can all be paired
        off at once are taken first, for that never spoils anything.
    Version:
        v0.
    """

    LADDER: ClassVar[Ladder] = {
        "easy": {"rows": 4, "columns": 4, "num_faces": 4, "colours": 2, "shapes": 2, "solvable": True},
        "medium": {"rows": 6, "columns": 6, "num_faces": 9, "colours": 6, "shapes": 6, "solvable": True},
        "hard": {"rows": 8, "columns": 8, "num_faces": 16, "copies": 4, "solvable": True},
        "expert": {"rows": 12, "columns": 12, "num_faces": 36, "copies": 4, "tile_px": 56, "solvable": True},
    }

    rows: int = 6
    columns: int = 6
    num_faces: int = 9
    copies: int | None = None
    colours: int = MAX_COLOURS
    shapes: int = MAX_SHAPES
    solvable: bool = False
    faces: str = SHAPE_FACES  # type: ignore[assignment]  # the knob; `tile_faces` are what the base class asks for
    photos: str | None = None
    split: str = "train"
    photos_digest: str | None = None
    tile_px: int = 84

    def check(self) -> None:
        """Check the knobs of the game. Raises KnobError."""
        check_whole("rows", self.rows, 1, MAX_SIDE)
        check_whole("columns", self.columns, 1, MAX_SIDE)
        check_whole("colours", self.colours, 1, MAX_COLOURS)
        check_whole("shapes", self.shapes, 1, MAX_SHAPES)
        check_flag("solvable", self.solvable)
        if self.num_cells % 2:
            size = f"{self.rows} x {self.columns} = {self.num_cells}"
            raise KnobError(f"rows and columns must make an even number of cells, got {size}")
        check_whole("num_faces", self.num_faces, 1, MAX_COLOURS * MAX_SHAPES)
        check_choice("faces", self.faces, tuple(FACES))
        for knob in KNOBS_OF_FACES:
            if knob not in FACES[self.faces] and getattr(self, knob) != getattr(ShisenSho, knob):
                raise KnobError(f"{knob} must be left out with faces={self.faces}, got {getattr(self, knob)!r}")
        palette = len(self.possible_faces) - 1
        if self.num_faces > palette:
            most = "colours * shapes" if self.faces == SHAPE_FACES else f"the kinds of {self.faces}"
            raise KnobError(f"num_faces must be at most {most} = {palette}, got {self.num_faces}")
        if self.num_faces > self.num_cells // 2:
            raise KnobError(f"num_faces must be at most half the cells = {self.num_cells // 2}, got {self.num_faces}")
        if self.copies is not None:
            self._check_copies(self.copies)
        if self.faces != SHAPE_FACES:
            self._check_photos()

    def _check_copies(self, copies: int) -> None:
        check_whole("copies", copies, 2, MAX_SIDE**2)
        if copies % 2:
            raise KnobError(f"copies must be even, for tiles leave in pairs, got {copies}")
        if self.num_faces * copies != self.num_cells:
            given = f"{self.num_faces} * {copies} = {self.num_faces * copies}"
            raise KnobError(f"copies must give num_faces * copies = {self.num_cells} tiles, one a cell, got {given}")

    def _check_photos(self) -> None:
        num_tiles = 2 * -(-self.num_cells // 2 // self.num_faces)
        fewest, kind = min(zip(self._photos.counts, KINDS, strict=True))
        if fewest < num_tiles:
            needed = f"at least {num_tiles} photographs of every kind for this board"
            raise KnobError(
                f"photos must name a folder with {needed}, and the {self.split} files have {fewest} of {kind}"
            )

    @property
    def num_cells(self) -> int:
        """Cells of the board."""
        return self.rows * self.columns

    @property
    def tile_faces(self) -> tuple[Face, ...]:
        """The empty cell, then the coloured shapes or the kinds of things; photographs are laid over these."""
        return coloured_faces() if self.faces == SHAPE_FACES else _KIND_FACES

    @property
    def possible_faces(self) -> Sequence[int]:
        """Face numbers that can appear with these knobs."""
        return [EMPTY, *(face_numbers(self.colours, self.shapes) if self.faces == SHAPE_FACES else _KIND_NUMBERS)]

    @cached_property
    def actions(self) -> PairActions:
        """Ordered pairs of different cells."""
        return PairActions(self.rows, self.columns)

    def cells(self, state: Board) -> bytes:
        """The face number of every cell, in row order."""
        return state.cells

    def opening(self, rng: Generator) -> Board:
        """A full board; at least one pair can be removed."""
        pairs = draw_pairs(rng, self.num_cells // 2, self.num_faces, self.possible_faces[1:])
        deal = deal_solvable if self.solvable else deal_shuffled
        cells = deal(rng, pairs, self.rows, self.columns)
        return (
            Board(cells)
            if self.faces == SHAPE_FACES
            else PhotoBoard(cells, draw_photos(rng, cells, self._photos.counts))
        )

    def transition(self, state: Board, action: Pair, rng: Generator) -> Transition:
        """Remove a pair at reward 1.0; any other action leaves the state as it was. Draws nothing from `rng`."""
        first, second = action.indices(self.rows, self.columns)
        if first < 0 or second < 0 or not rules.can_remove(state.cells, self.rows, self.columns, first, second):
            return Transition(state, 0.0, False)
        return Transition(state.without(first, second), 1.0, True)

    def legal_actions(self, state: Board) -> list[Pair]:
        """The pairs that can be removed, each once, the upper left cell first, sorted."""
        pairs = rules.legal_pairs(state.cells, self.rows, self.columns)
        return [Pair.of(first, second, self.columns) for first, second in pairs]

    def is_terminal(self, state: Board) -> bool:
        """Whether no pair can be removed."""
        return not rules.has_legal_pair(state.cells, self.rows, self.columns)

    def task(self) -> str:
        """The task in words."""
        if self.faces == SHAPE_FACES:
            words = prompt.shape_words(self.colours, self.shapes)
        else:
            words = prompt.photo_words("drawing" if self.faces == DRAWN else "photograph")
        return prompt.write_task(self.rows, self.columns, *words)

    def image(self, state: Board) -> Image:
        """The board, uint8 (H, W, 3) RGB."""
        if not isinstance(state, PhotoBoard):
            return super().image(state)
        if self._offsets is None:
            return self._pool.draw(zip(state.cells, state.photos, repeat(0)), self._draw)
        variants = [(offset + 3 * face) % self.look.num_variants for offset, face in zip(self._offsets, state.cells)]
        return self._pool.draw(zip(state.cells, state.photos, variants), self._draw)

    def _draw(self, table: Image, numbers: NDArray[np.intp]) -> Image:
        grid = numbers.reshape(self.rows, self.columns)
        if self.axes:
            grid = with_axes(grid, len(self.tile_faces) * self.look.num_variants, max(self.rows, self.columns))
        return draw_board(table, grid, self.image_size, self._margin)

    @cached_property
    def _photos(self) -> PhotoSet:
        return open_photos(self.faces, self.split, self.photos, self.photos_digest)

    @cached_property
    def _pool(self) -> TilePool:
        return TilePool(self._photos, self.look, self._atlas)

    @cached_property
    def _offsets(self) -> list[int] | None:
        return None if self._variants is None else self._variants.ravel().tolist()

    def solve(self, state: Board) -> Pair | None:
        """The first pair of a line that clears the board, or of the longest line found; None when there is none."""
        line = find_pairs(state.cells, self.rows, self.columns)
        return Pair.of(*line[0], self.columns) if line else None

    def explain(self, state: Board, action: Pair, rng: Generator, num_others: int) -> Reasons:
        """What joins a legal pair and stands between others, see `games.core.reasons.explain`."""
        names = tuple(face.label for face in self.tile_faces)
        return Explainer(state.cells, self.rows, self.columns, names).explain(action, rng, num_others)
