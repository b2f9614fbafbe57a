"""Ten kinds of things drawn by code, to play with where there are no photographs. S: side of a drawing in px.

Every drawing has its own place, size, direction, pose, colours and background, and its points are shaken a little. All
of it hangs on the kind and the drawing's number alone, and those of training and evaluation have different numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import SeedSequence

from games.core.types import Image
from games.drawing.palette import RGB, darker
from games.drawing.shapes import UNIT
from games.photos import sketches_animals as animals
from games.photos import sketches_things as things
from games.photos.painter import Figure, Placement, Polygon, paint_scene
from games.photos.photo_set import KINDS

COUNTS = {"train": 5000, "test": 1000}
_FIRST = {"train": 0, "test": COUNTS["train"]}
_JITTER = 26
_TONE = 18

_FIXED: Mapping[str, RGB] = {
    "black": (24, 24, 28),
    "white": (250, 250, 248),
    "silver": (206, 208, 212),
    "glass": (64, 92, 124),
    "lamp": (252, 226, 96),
    "red": (206, 44, 44),
    "beak": (240, 150, 30),
    "wood": (112, 76, 48),
    "pink": (240, 150, 160),
    "iris": (150, 200, 70),
    "antler": (196, 164, 116),
    "whisker": (236, 232, 224),
}


@dataclass(frozen=True, slots=True)
class _Kind:
    """Poses, pairs of a main and a second colour, and backgrounds."""

    poses: tuple[tuple[Figure, ...], ...]
    coats: tuple[tuple[RGB, RGB], ...]
    scenes: tuple[str, ...]
    light: RGB = (244, 242, 236)


_SCENES: Mapping[str, tuple[RGB, RGB, int]] = {
    "sky": ((116, 178, 236), (176, 214, 242), 500),
    "cloud": ((196, 208, 220), (168, 184, 200), 300),
    "dusk": ((244, 178, 124), (150, 116, 140), 420),
    "field": ((160, 206, 240), (126, 170, 80), 120),
    "meadow": ((140, 178, 98), (112, 156, 70), 0),
    "forest": ((58, 94, 66), (96, 116, 58), 200),
    "road": ((188, 206, 218), (134, 134, 138), 240),
    "city": ((170, 160, 160), (112, 112, 118), 300),
    "sand": ((176, 212, 236), (226, 202, 152), 260),
    "sea": ((176, 214, 240), (44, 104, 164), 380),
    "deep": ((220, 200, 180), (52, 120, 130), 360),
    "room": ((220, 206, 184), (166, 126, 90), 560),
    "blue room": ((150, 178, 200), (120, 120, 140), 560),
    "pond": ((76, 132, 120), (58, 110, 120), -100),
    "leaf": ((96, 140, 60), (60, 110, 60), 400),
    "snow": ((178, 200, 224), (240, 244, 248), 160),
}
_CARS: tuple[tuple[RGB, RGB], ...] = (
    ((204, 40, 40), (240, 220, 80)),
    ((40, 92, 200), (220, 228, 236)),
    ((240, 190, 40), (60, 60, 70)),
    ((36, 136, 84), (244, 160, 60)),
    ((236, 238, 240), (200, 60, 50)),
    ((70, 74, 88), (90, 160, 210)),
)
_FURS: tuple[tuple[RGB, RGB], ...] = (
    ((222, 142, 66), (170, 92, 36)),
    ((136, 136, 142), (84, 84, 92)),
    ((66, 62, 64), (40, 36, 40)),
    ((236, 224, 204), (196, 160, 116)),
    ((150, 108, 74), (98, 66, 44)),
)
_GROUNDS = ("room", "blue room", "meadow", "field", "sand")
_DRAWN: tuple[_Kind, ...] = (
    _Kind(things.AIRPLANE, _CARS[:4] + _CARS[5:], ("sky", "cloud", "dusk", "field", "city")),
    _Kind(things.AUTOMOBILE, _CARS, ("road", "city", "sand", "field", "snow")),
    _Kind(
        animals.BIRD,
        (
            ((60, 110, 200), (36, 70, 150)),
            ((206, 60, 50), (140, 34, 40)),
            ((240, 200, 50), (80, 80, 70)),
            ((120, 90, 70), (80, 56, 44)),
            ((70, 74, 84), (40, 42, 50)),
        ),
        ("sky", "cloud", "leaf", "field", "dusk", "snow"),
    ),
    _Kind(animals.CAT, _FURS, (*_GROUNDS, "cloud")),
    _Kind(
        animals.DEER,
        (((176, 116, 66), (130, 80, 44)), ((150, 100, 64), (110, 70, 44)), ((196, 146, 96), (150, 100, 60))),
        ("forest", "meadow", "field", "snow", "leaf"),
    ),
    _Kind(animals.DOG, _FURS, (*_GROUNDS, "snow")),
    _Kind(
        animals.FROG,
        (
            ((110, 180, 50), (66, 128, 36)),
            ((60, 150, 80), (30, 100, 60)),
            ((170, 176, 60), (120, 120, 40)),
            ((150, 110, 60), (104, 74, 40)),
        ),
        ("pond", "leaf", "sand", "forest", "cloud"),
        light=(228, 232, 170),
    ),
    _Kind(
        animals.HORSE,
        (
            ((150, 86, 44), (60, 36, 24)),
            ((92, 62, 46), (36, 26, 24)),
            ((226, 222, 214), (176, 170, 164)),
            ((206, 160, 96), (238, 226, 196)),
            ((120, 120, 128), (60, 60, 68)),
        ),
        ("field", "meadow", "sand", "forest", "snow"),
    ),
    _Kind(things.SHIP, _CARS[:2] + _CARS[3:], ("sea", "deep")),
    _Kind(things.TRUCK, _CARS, ("road", "city", "sand", "field", "snow")),
)


@dataclass(frozen=True)
class Drawings:
    """One split of the drawings."""

    split: str

    @property
    def name(self) -> str:
        """What tells this split from every other set."""
        return f"drawn10 {self.split}"

    @property
    def counts(self) -> tuple[int, ...]:
        """Drawings of each kind."""
        return (COUNTS[self.split],) * len(KINDS)

    def photo(self, kind: int, number: int) -> Image:
        """Drawing `number` of a kind, uint8 (S, S, 3)."""
        return draw(kind, _FIRST[self.split] + number)


def draw(kind: int, number: int) -> Image:
    """Drawing `number` of all drawings of a kind, uint8 (S, S, 3)."""
    sketch = _DRAWN[kind]
    # SeedSequence gives the same numbers in every version of numpy.
    numbers = iter(SeedSequence((kind, number)).generate_state(256, np.uint32).tolist())
    pose = sketch.poses[next(numbers) % len(sketch.poses)]
    place = Placement(
        next(numbers) % 241 - 120, next(numbers) % 161 - 80, 760 + next(numbers) % 265, next(numbers) % 2 == 1
    )
    main, second = sketch.coats[next(numbers) % len(sketch.coats)]
    above, below, horizon = _SCENES[sketch.scenes[next(numbers) % len(sketch.scenes)]]
    horizon += next(numbers) % 301 - 150
    main, second, light, above, below = (
        _shaken(colour, [next(numbers) for _ in range(3)]) for colour in (main, second, sketch.light, above, below)
    )
    tones = {
        **_FIXED,
        "main": main,
        "second": second,
        "light": light,
        "dark": darker(second),
        "hair": second,
        "ground": below,
        "shadow": _shade(below),
    }
    figures: list[tuple[Figure, RGB]] = [(_band(-UNIT), above), (_band(horizon), below)]
    for figure in pose:
        jitter = [next(numbers) % (2 * _JITTER + 1) - _JITTER for _ in range(4)]
        figures.append((figure.moved(place, jitter), tones[figure.tone]))
    return paint_scene(figures)


def _band(top: int) -> Polygon:
    return Polygon("", ((-UNIT, top), (UNIT, top), (UNIT, UNIT), (-UNIT, UNIT)))


def _shade(colour: RGB) -> RGB:
    return colour[0] * 3 // 4, colour[1] * 3 // 4, colour[2] * 3 // 4


def _shaken(colour: RGB, numbers: Sequence[int]) -> RGB:
    red, green, blue = (
        min(255, max(0, tone + number % (2 * _TONE + 1) - _TONE)) for tone, number in zip(colour, numbers, strict=True)
    )
    return red, green, blue
