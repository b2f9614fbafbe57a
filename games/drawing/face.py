"""Faces of cells as data, and their painting. T: tile side in px."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.random import SeedSequence
from numpy.typing import NDArray

from games.core.types import Image
from games.drawing.palette import COLOURS, RGB, THEMES, darker
from games.drawing.shapes import Mask, Shape, disc, inner_mask, shape_mask
from games.drawing.texture import grain

SAMPLES_PER_PX = 4
Canvas = NDArray[np.int32]
_NO_NUMBERS = np.empty(0, np.uint32)


@dataclass(frozen=True, slots=True)
class Mark:
    """A figure on a tile.

    Attributes:
        shape: Where it covers the tile, see `games.drawing.shapes` and `games.drawing.text.word`.
        colour: A colour name of `games.drawing.palette`, or an RGB.
        outlined: Whether it is edged in a tone that sets it off from the tile.
    """

    shape: Shape
    colour: str | RGB
    outlined: bool = True


@dataclass(frozen=True, slots=True)
class Face:
    """What a cell shows, and what it is called.

    Attributes:
        label: One to four words of a-z and 0-9, such as `blue circle`: the cell in the truth text.
        marks: Painted one over the other.
        ground: `tile` for a light bevelled tile, `floor` for the bare background, else the colour of a bevelled plate.
        can_turn: Whether the face says the same after a quarter turn.
    """

    label: str
    marks: tuple[Mark, ...] = ()
    ground: str | RGB = "tile"
    can_turn: bool = True


@dataclass(frozen=True, slots=True)
class Look:
    """How faces are painted; the knobs of `games.board.game.BoardGame` tell what each means."""

    tile_px: int
    theme: str = "classic"
    texture: str = "plain"
    noise: int = 0
    distractors: int = 0
    rotation: bool = False

    @property
    def num_variants(self) -> int:
        """Paintings of each face: with anything random in the look, a few for the cells to choose from."""
        return 8 if self.noise or self.distractors or self.rotation else 1


@lru_cache(maxsize=4096)
def paint(face: Face, look: Look, variant: int = 0) -> Image:
    """A face as a read-only tile, uint8 (T, T, 3); `variant` is one of 0 .. look.num_variants - 1."""
    image = _ground(face.ground, look)
    if look.texture != "plain":
        image += grain(look.texture, look.tile_px)[:, :, None]
        image.clip(0, 255, out=image)
    theme = THEMES[look.theme]
    for mark in face.marks:
        samples, turns = look.tile_px * SAMPLES_PER_PX, variant % 4 if look.rotation and face.can_turn else 0
        tone = theme.tone(mark.colour)
        mask = shape_mask(mark.shape, samples)
        if mark.outlined:
            blend(image, np.rot90(mask, turns), theme.outline(tone))
            mask = inner_mask(mark.shape, samples, max(2, look.tile_px // 8))
        blend(image, np.rot90(mask, turns), tone)
    return finish(image, look, f"{face.label}/{variant}")


def finish(image: Canvas, look: Look, key: str) -> Image:
    """The painted tile with the distractors and the noise of its look, read-only; what they are hangs on the key."""
    numbers = _numbers(key, 4 + look.tile_px**2 // 2) if look.noise or look.distractors else _NO_NUMBERS
    for place in range(look.distractors):
        _distract(image, look, numbers[4 * place % 32 : 4 * place % 32 + 4])
    if look.noise:
        field = numbers[4:].view(np.uint8)[: look.tile_px**2].astype(np.int32) * (2 * look.noise + 1) >> 8
        image += (field - look.noise).reshape(look.tile_px, look.tile_px, 1)
    tile: Image = image.clip(0, 255).astype(np.uint8)
    tile.setflags(write=False)
    return tile


def blend(image: Canvas, mask: Mask, colour: RGB) -> None:
    """Paint a colour in the measure in which a mask covers each px; SAMPLES_PER_PX samples a px each way."""
    tile_px = len(image)
    blocks = mask.reshape(tile_px, SAMPLES_PER_PX, tile_px, SAMPLES_PER_PX)
    weight = blocks.sum(axis=(1, 3), dtype=np.int32)[:, :, None]
    whole = SAMPLES_PER_PX**2
    image[:] = (image * (whole - weight) + np.array(colour, np.int32) * weight + whole // 2) // whole


def _ground(ground: str | RGB, look: Look) -> Canvas:
    theme, tile_px = THEMES[look.theme], look.tile_px
    image = np.full((tile_px, tile_px, 3), theme.background, np.int32)
    if ground == "floor":
        return image
    tone = theme.tile if ground == "tile" else theme.tone(ground)
    bevel = theme.tile_edge if ground == "tile" else darker(tone)
    edge = max(1, tile_px // 28)
    image[edge : tile_px - edge, edge : tile_px - edge] = bevel
    image[edge : tile_px - 2 * edge, edge : tile_px - 2 * edge] = tone
    return image


def _numbers(key: str, count: int) -> NDArray[np.uint32]:
    """Random numbers that hang on the key alone; SeedSequence gives the same in every version of numpy."""
    return np.asarray(SeedSequence(list(key.encode())).generate_state(count, np.uint32), np.uint32)


def _distract(image: Canvas, look: Look, numbers: NDArray[np.uint32]) -> None:
    """A small dot near the edge of the tile, in one of the play colours."""
    side, along, size, colour = (int(number) for number in numbers)
    reach = (-800, 800)[side % 2]
    centre = (reach, along % 1601 - 800)[:: 1 - 2 * (side >> 8 & 1)]
    radius = 70 + size % 50
    tones = list(COLOURS)
    dot = _Dot(centre[0], centre[1], radius)
    blend(image, shape_mask(dot, look.tile_px * SAMPLES_PER_PX), THEMES[look.theme].tone(tones[colour % len(tones)]))


@dataclass(frozen=True, slots=True)
class _Dot:
    x: int
    y: int
    radius: int

    def __call__(self, x: NDArray[np.int64], y: NDArray[np.int64]) -> Mask:
        return disc(x, y, self.x, self.y, self.radius)
