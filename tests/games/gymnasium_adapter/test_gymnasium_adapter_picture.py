from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from games.core.types import Image
from games.gymnasium_adapter.mosaic import ANCHORS, NAMES, commonest_colours
from games.gymnasium_adapter.picture import Canvas

SIDES = st.integers(1, 9)


def enlarged(frame: Image, scale: int, image_size: tuple[int, int]) -> Image:
    """Pixel by pixel."""
    image = np.zeros((*image_size, 3), np.uint8)
    top, left = ((whole - side * scale) // 2 for whole, side in zip(image_size, frame.shape, strict=False))
    for row in range(frame.shape[0] * scale):
        for column in range(frame.shape[1] * scale):
            image[top + row, left + column] = frame[row // scale, column // scale]
    return image


@given(SIDES, SIDES, st.integers(0, 20), st.integers(0, 20), st.integers(0, 99))
def test_a_picture_is_the_frame_enlarged_in_the_middle(
    height: int, width: int, more_high: int, more_wide: int, seed: int
) -> None:
    frame = default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    canvas = Canvas.fit((height, width), (height + more_high, width + more_wide))
    picture = canvas.paint(frame)
    assert np.array_equal(picture.image(), enlarged(frame, canvas.scale, canvas.image_size))
    assert np.array_equal(picture.frame(), frame)
    copy = pickle.loads(pickle.dumps(picture))
    assert copy == picture and hash(copy) == hash(picture)
    larger = (canvas.scale + 1) * height, (canvas.scale + 1) * width
    assert larger[0] > canvas.image_size[0] or larger[1] > canvas.image_size[1]


@pytest.mark.parametrize(
    ("frame_size", "scale", "image_size"),
    [
        ((210, 160), 3, (644, 504)),
        ((400, 600), 1, (420, 616)),
        ((1000, 500), 1, (1008, 504)),
        ((1, 1), 672, (672, 672)),
    ],
)
def test_the_size_of_none_is_in_whole_patches(
    frame_size: tuple[int, int], scale: int, image_size: tuple[int, int]
) -> None:
    assert Canvas.fit(frame_size, None) == Canvas(frame_size, scale, image_size)


def named(colour: tuple[int, ...]) -> int:
    """The rule in words, on the middle of the 8 x 8 x 8 colours that share their upper five bits."""
    middle = [value // 8 * 8 + 4 for value in colour]
    choice = NAMES[:3] if max(middle) - min(middle) <= 32 else NAMES
    distances = [sum((a - b) ** 2 for a, b in zip(middle, ANCHORS[name], strict=True)) for name in choice]
    return distances.index(min(distances))


@given(st.integers(4, 12), st.integers(4, 12), st.integers(1, 4), st.integers(1, 4), st.integers(0, 99))
def test_the_commonest_colour_of_each_cell(height: int, width: int, rows: int, columns: int, seed: int) -> None:
    rng = default_rng(seed)
    palette = rng.integers(0, 256, (3, 3), dtype=np.uint8)
    frame = palette[rng.integers(0, 3, (height, width))]
    counts = np.zeros((rows, columns, len(NAMES)), int)
    for row in range(height):
        for column in range(width):
            name = named(tuple(int(value) for value in frame[row, column]))
            counts[row * rows // height, column * columns // width, name] += 1
    assert list(commonest_colours(frame, rows, columns)) == counts.argmax(axis=2).ravel().tolist()


@pytest.mark.parametrize("name", NAMES)
def test_every_colour_has_its_own_name(name: str) -> None:
    frame = np.full((2, 2, 3), ANCHORS[name], np.uint8)
    assert commonest_colours(frame, 1, 1) == bytes([NAMES.index(name)])
