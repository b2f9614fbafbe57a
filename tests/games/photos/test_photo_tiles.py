from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.drawing.face import Look
from games.photos import tiles
from games.photos.drawn import Drawings
from games.photos.resize import resize
from games.photos.tiles import TilePool, photo_tile


def resize_slowly(image: Any, side: int) -> Any:
    """The same by the definition, a fraction a pixel."""
    size = len(image)
    reach = max(Fraction(1), Fraction(size, side))
    lines = []
    for i in range(side):
        centre = Fraction((2 * i + 1) * size, 2 * side) - Fraction(1, 2)
        line = [Fraction(0)] * size
        for place in range(-2 * size - 4, 3 * size + 4):
            line[min(max(place, 0), size - 1)] += max(Fraction(0), 1 - abs(place - centre) / reach)
        lines.append([weight / sum(line) for weight in line])
    resized = np.empty((side, side, 3), np.uint8)
    for row, column, channel in np.ndindex(resized.shape):
        value = sum(
            down * across * int(image[i, j, channel])
            for i, down in enumerate(lines[row])
            if down
            for j, across in enumerate(lines[column])
            if across
        )
        resized[row, column, channel] = int(value + Fraction(1, 2))
    return resized


@given(st.integers(1, 7), st.integers(1, 9), st.integers(0, 2**32))
@settings(max_examples=40)
def test_resize_against_fractions(size: int, side: int, seed: int) -> None:
    image = np.random.default_rng(seed).integers(256, size=(size, size, 3), dtype=np.uint8)
    assert np.array_equal(resize(image, side), resize_slowly(image, side))


@pytest.mark.parametrize(("size", "side"), [(32, 250), (64, 6), (32, 32)])
def test_resize_keeps_what_is_even(size: int, side: int) -> None:
    even = np.full((size, size, 3), (255, 0, 77), np.uint8)
    assert np.array_equal(resize(even, side), np.full((side, side, 3), (255, 0, 77)))


def draw(pool: TilePool, keys: list[tuple[int, int, int]]) -> Any:
    return pool.draw(keys, lambda table, numbers: table[numbers])


def test_a_pool_with_little_room_still_gives_the_right_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "KEPT_BYTES", 0)
    monkeypatch.setattr(tiles, "MIN_PLACES", 6)
    photos, look = Drawings("train"), Look(12, rotation=True, noise=9)
    fixed = np.arange(9 * 12 * 12 * 3, dtype=np.uint32).reshape(9, 12, 12, 3).astype(np.uint8)
    pool = TilePool(photos, look, fixed)
    rng = np.random.default_rng(0)
    empty = (0, 0, 3)
    boards = [[empty, *((1 + kind % 10, kind // 10, kind % 8) for kind in rng.integers(20, size=5))] for _ in range(16)]

    def check(board: list[tuple[int, int, int]]) -> bool:
        expected = [fixed[key[2]] if key == empty else photo_tile(photos, look, key) for key in board]
        return np.array_equal(draw(pool, board), np.stack(expected))

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(check, boards))


def test_a_tile_is_painted_once_while_it_is_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[tuple[int, int, int]] = []

    def paint(photos: Any, look: Any, key: tuple[int, int, int]) -> Any:
        painted.append(key)
        return photo_tile(photos, look, key)

    monkeypatch.setattr(tiles, "photo_tile", paint)
    monkeypatch.setattr(tiles, "KEPT_BYTES", 0)
    monkeypatch.setattr(tiles, "MIN_PLACES", 2)
    pool = TilePool(Drawings("train"), Look(12), np.zeros((1, 12, 12, 3), np.uint8))
    for keys in ([(1, 0, 0)], [(2, 0, 0)], [(1, 0, 0)], [(3, 0, 0)], [(1, 0, 0), (3, 0, 0)], [(2, 0, 0)]):
        draw(pool, keys)
    assert painted == [(1, 0, 0), (2, 0, 0), (3, 0, 0), (2, 0, 0)]


def test_the_look_acts_on_photographs() -> None:
    photos, key = Drawings("test"), (4, 5, 1)
    plain = photo_tile(photos, Look(28), key)
    assert not plain.flags.writeable and plain.shape == (28, 28, 3)
    turned = photo_tile(photos, Look(28, rotation=True), key)
    assert np.array_equal(turned[1:-1, 1:-1], np.rot90(plain[1:-1, 1:-1]))
    for look in (Look(28, noise=20), Look(28, distractors=2), Look(28, texture="checks"), Look(28, theme="sand")):
        changed = photo_tile(photos, look, key).astype(int) - plain
        assert abs(changed).sum() > 0 and np.count_nonzero(changed) > 20
