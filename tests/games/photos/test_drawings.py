from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.photos.drawn import COUNTS, Drawings
from games.photos.photo_set import KINDS
from tests.games.golden import compare_image


def test_golden_drawings(golden_folder: Path, update_golden: bool) -> None:
    """One row a kind: three drawings for training, three for evaluation."""
    train, test = Drawings("train"), Drawings("test")
    rows = []
    for kind in range(len(KINDS)):
        shown = [
            *(train.photo(kind, number) for number in range(4)),
            *(test.photo(kind, number) for number in range(2)),
        ]
        rows.append(np.concatenate(shown, axis=1))
    compare_image(golden_folder / "shisensho_cifar10" / "drawings.png", np.concatenate(rows), update_golden)


@given(st.integers(0, 9), st.integers(0, 999), st.sampled_from(["train", "test"]))
@settings(max_examples=30)
def test_a_drawing_is_a_picture_of_its_number(kind: int, number: int, split: str) -> None:
    drawing = Drawings(split).photo(kind, number)
    assert drawing.shape == (64, 64, 3) and drawing.dtype == np.uint8
    assert np.array_equal(drawing, Drawings(split).photo(kind, number))
    assert len(np.unique(drawing.reshape(-1, 3), axis=0)) > 8, "a thing before a background"


def test_no_two_drawings_are_the_same_in_any_split() -> None:
    numbers = {split: [0, count - 1, *range(1, count, count // 12)] for split, count in COUNTS.items()}
    drawn = [Drawings(split).photo(kind, i).tobytes() for split in COUNTS for kind in range(10) for i in numbers[split]]
    assert len(set(drawn)) == len(drawn) > 250


@pytest.mark.parametrize("split", COUNTS)
def test_counts(split: str) -> None:
    assert Drawings(split).counts == (COUNTS[split],) * 10
    assert Drawings("train").name != Drawings("test").name
