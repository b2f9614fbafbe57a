"""The pictures that pieces are cut from: scenes, each by day and in the evening, and each also as in a mirror."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from games.core.types import Image
from games.drawing.palette import RGB
from games.sliding_puzzle.painter import SIZE, Figure, ball, block, paint_picture, patch

_TONES: dict[str, RGB] = {
    "white": (250, 250, 246),
    "cream": (246, 226, 182),
    "sand": (236, 208, 148),
    "red": (214, 54, 44),
    "dark red": (150, 38, 40),
    "orange": (242, 140, 40),
    "yellow": (252, 214, 66),
    "blue": (46, 92, 190),
    "purple": (142, 78, 176),
    "brown": (128, 82, 46),
    "dark brown": (84, 54, 34),
    "grey": (150, 154, 164),
    "dark grey": (84, 90, 104),
    "black": (34, 36, 44),
    "leaf": (58, 140, 60),
    "dark leaf": (30, 96, 58),
    "rock": (122, 124, 140),
    "dark rock": (88, 88, 112),
}
_DAY: dict[str, RGB] = {
    "sky": (70, 150, 232),
    "low sky": (206, 234, 250),
    "ray": (112, 178, 240),
    "low ray": (222, 240, 250),
    "sun": (255, 226, 72),
    "cloud": (252, 252, 252),
    "far": (126, 176, 148),
    "low far": (150, 200, 150),
    "middle": (98, 172, 84),
    "near": (76, 156, 60),
    "low near": (128, 194, 70),
    "water": (36, 116, 190),
    "low water": (72, 178, 214),
    "wave": (150, 214, 236),
}
_EVENING: dict[str, RGB] = {
    "sky": (74, 48, 122),
    "low sky": (250, 160, 92),
    "ray": (118, 66, 140),
    "low ray": (254, 192, 112),
    "sun": (255, 132, 60),
    "cloud": (248, 196, 190),
    "far": (112, 88, 132),
    "low far": (150, 104, 120),
    "middle": (78, 112, 90),
    "near": (46, 96, 74),
    "low near": (110, 140, 70),
    "water": (60, 62, 130),
    "low water": (200, 116, 124),
    "wave": (244, 176, 142),
}
_MOODS = (_DAY, _EVENING)
# Eight of sixteen sectors around a point, as corners far outside of the picture.
_AROUND = (
    (2000, 0), (1848, 765), (1414, 1414), (765, 1848), (0, 2000), (-765, 1848), (-1414, 1414), (-1848, 765),
    (-2000, 0), (-1848, -765), (-1414, -1414), (-765, -1848), (0, -2000), (765, -1848), (1414, -1414), (1848, -765),
)  # fmt: skip


def _sky(x: int, y: int, bottom: int) -> Iterator[Figure]:
    """A sky with a sun at (x, y) whose rays tell one part of it from another."""
    yield block("sky", 0, 0, SIZE, bottom, low="low sky")
    for place in range(0, len(_AROUND), 2):
        first, second = _AROUND[place], _AROUND[place + 1]
        yield patch("ray", (x, y), (x + first[0], y + first[1]), (x + second[0], y + second[1]), low="low ray",
                    span=(0, bottom))  # fmt: skip
    yield ball("low ray", x, y, 150)
    yield ball("sun", x, y, 112)


def _cloud(x: int, y: int, size: int) -> Iterator[Figure]:
    for right, up, radius in ((-8, 0, 6), (-2, 5, 8), (6, 2, 7), (12, -1, 5)):
        yield ball("cloud", x + right * size, y - up * size, radius * size)
    yield block("cloud", x - 9 * size, y - size, x + 13 * size, y + 6 * size)


def _bird(tone: str, x: int, y: int, size: int) -> Figure:
    wings = ((-6, -3), (-3, -4), (0, 0), (3, -4), (6, -3), (3, -2), (0, 3), (-3, -2))
    return patch(tone, *((x + right * size, y + down * size) for right, down in wings))


def _fir(x: int, y: int, size: int) -> Iterator[Figure]:
    yield block("dark brown", x - size, y - 2 * size, x + size, y + 2 * size)
    for up, half in ((0, 6), (5, 5), (10, 4)):
        foot = y - (2 + up) * size
        yield patch("leaf", (x - half * size, foot), (x, foot - 9 * size), (x + half * size, foot), low="dark leaf")


def _sheep(x: int, y: int, size: int) -> Iterator[Figure]:
    for right in (-3, 2):
        yield block("black", x + right * size, y, x + (right + 1) * size, y + 5 * size)
    for right, up in ((-3, 0), (0, 1), (3, 0), (0, -1)):
        yield ball("white", x + right * size, y - up * size, 3 * size)
    yield ball("black", x + 6 * size, y - 2 * size, 2 * size)


def _flowers(*spots: tuple[int, int, str]) -> Iterator[Figure]:
    for x, y, tone in spots:
        yield block("dark leaf", x - 5, y, x + 5, y + 44)
        yield ball(tone, x, y, 24)
        yield ball("orange", x, y, 9)


def _village() -> Iterator[Figure]:
    """A house under a tree in the hills, with a path, a fence and a pond."""
    yield from _sky(250, 220, 760)
    yield from _cloud(640, 190, 13)
    yield from _cloud(1010, 330, 9)
    yield _bird("black", 830, 110, 9)
    yield _bird("black", 470, 400, 7)
    yield _bird("black", 1110, 150, 6)
    yield patch("far", (0, 560), (140, 470), (300, 520), (470, 410), (660, 530), (860, 440), (1040, 500), (1200, 430),
                (1200, 800), (0, 800), low="low far")  # fmt: skip
    yield patch("middle", (0, 650), (220, 600), (520, 660), (820, 590), (1200, 650), (1200, 900), (0, 900))
    yield patch("near", (0, 730), (400, 690), (800, 720), (1200, 690), (1200, 1200), (0, 1200), low="low near")
    yield from _sheep(560, 800, 11)
    yield from _sheep(420, 900, 14)
    yield patch("sand", (880, 850), (960, 850), (900, 960), (760, 1060), (700, 1200), (470, 1200), (600, 1040),
                (790, 950))  # fmt: skip
    yield block("dark red", 1010, 470, 1060, 600)
    yield ball("white", 1040, 430, 24)
    yield ball("white", 1070, 380, 32)
    yield ball("white", 1110, 320, 40)
    yield block("cream", 760, 640, 1090, 860, low="sand")
    yield patch("red", (715, 650), (810, 500), (1040, 500), (1135, 650), low="dark red")
    yield block("brown", 880, 720, 962, 860)
    yield ball("yellow", 946, 795, 8)
    for left in (790, 990):
        yield block("white", left, 700, left + 66, 772)
        yield block("blue", left + 8, 708, left + 29, 764)
        yield block("blue", left + 37, 708, left + 58, 764)
    yield block("brown", 236, 640, 290, 900, low="dark brown")
    for x, y, radius in ((180, 600, 92), (340, 600, 92), (262, 520, 110), (262, 640, 90)):
        yield ball("dark leaf", x, y, radius)
    for x, y, radius in ((190, 580, 66), (330, 580, 66), (258, 500, 80)):
        yield ball("leaf", x, y, radius)
    for x, y in ((170, 620), (240, 560), (320, 630), (360, 550), (270, 460)):
        yield ball("red", x, y, 19)
    yield patch("water", (0, 960), (120, 930), (300, 950), (380, 1010), (300, 1080), (110, 1090), (0, 1060),
                low="low water")  # fmt: skip
    yield patch("wave", (80, 1040), (240, 1034), (240, 1046))
    yield ball("white", 190, 985, 30)
    yield ball("white", 226, 955, 18)
    yield patch("orange", (240, 950), (270, 958), (240, 966))
    for left in range(930, SIZE, 70):
        yield patch("white", (left, 1120), (left, 1000), (left + 16, 980), (left + 32, 1000), (left + 32, 1120))
    yield block("white", 930, 1030, SIZE, 1050)
    yield block("white", 930, 1080, SIZE, 1100)
    yield from _flowers((60, 1150, "red"), (150, 1130, "yellow"), (250, 1160, "purple"), (350, 1125, "white"))
    yield from _flowers((440, 1100, "red"), (820, 1150, "yellow"), (880, 1090, "purple"), (1080, 930, "red"))


def _coast() -> Iterator[Figure]:
    """A sailing boat off a beach with a lighthouse."""
    yield from _sky(820, 300, 640)
    yield from _cloud(250, 150, 12)
    yield from _cloud(560, 290, 8)
    for x, y, size in ((470, 120, 9), (90, 330, 8), (1080, 110, 8), (690, 440, 6)):
        yield _bird("white", x, y, size)
    yield patch("far", (0, 600), (80, 540), (170, 560), (260, 500), (360, 610), (360, 640), (0, 640), low="low far")
    yield block("water", 0, 610, SIZE, 1010, low="low water")
    for x, y, half in ((820, 640, 110), (800, 680, 80), (850, 720, 60), (820, 765, 40), (120, 680, 90), (90, 780, 60),
                       (560, 850, 100), (250, 900, 80), (700, 920, 70), (60, 930, 50), (930, 860, 60)):  # fmt: skip
        yield patch("wave", (x - half, y), (x, y - 9), (x + half, y), (x, y + 9))
    yield patch("dark red", (230, 800), (620, 800), (560, 890), (290, 890), low="brown")
    yield block("white", 236, 800, 614, 818)
    yield block("dark brown", 424, 390, 440, 800)
    yield patch("white", (450, 420), (450, 770), (640, 770), low="cream")
    yield patch("red", (414, 440), (414, 770), (260, 770), low="orange")
    yield patch("yellow", (440, 390), (440, 430), (510, 410))
    yield patch("rock", (900, 1010), (930, 790), (1010, 720), (1110, 700), (1200, 720), (1200, 1040), low="dark rock")
    yield patch("white", (1010, 720), (1040, 330), (1130, 330), (1160, 720))
    for top, bottom in ((330, 410), (490, 570), (650, 720)):
        inset = (720 - top) * 30 // 390, (720 - bottom) * 30 // 390
        yield patch("red", (1010 + inset[0], top), (1160 - inset[0], top), (1160 - inset[1], bottom),
                    (1010 + inset[1], bottom))  # fmt: skip
    yield block("black", 1026, 310, 1144, 332)
    yield block("yellow", 1048, 250, 1122, 310)
    yield patch("dark grey", (1036, 250), (1085, 190), (1134, 250))
    yield block("dark brown", 1070, 590, 1100, 640)
    yield patch("sand", (0, 1000), (300, 970), (620, 1010), (900, 970), (1200, 1020), (1200, 1200), (0, 1200),
                low="cream")  # fmt: skip
    yield block("brown", 186, 920, 200, 1150)
    yield patch("orange", (40, 960), (90, 890), (193, 850), (140, 970))
    yield patch("white", (140, 970), (193, 850), (250, 970))
    yield patch("orange", (250, 970), (193, 850), (300, 890), (350, 960))
    yield patch("blue", (270, 1110), (500, 1080), (520, 1130), (290, 1165))
    yield patch("white", (300, 1106), (330, 1102), (350, 1155), (320, 1160))
    yield ball("white", 650, 1120, 56)
    yield patch("red", (650, 1120), (600, 1094), (640, 1064))
    yield patch("blue", (650, 1120), (700, 1094), (700, 1140))
    yield patch("yellow", (650, 1120), (640, 1176), (604, 1150))
    yield patch("red", (850, 1050), (862, 1084), (898, 1084), (868, 1106), (880, 1140), (850, 1118), (820, 1140),
                (832, 1106), (802, 1084), (838, 1084))  # fmt: skip
    for x, y, tone in ((980, 1120, "purple"), (1060, 1070, "white"), (1130, 1140, "orange"), (560, 1040, "purple")):
        yield ball(tone, x, y, 26)
        yield patch("cream", (x, y + 24), (x - 14, y - 20), (x - 6, y - 24))
        yield patch("cream", (x, y + 24), (x + 14, y - 20), (x + 6, y - 24))


def _castle() -> Iterator[Figure]:
    """A castle before mountains, with firs and a river under a bridge."""
    yield from _sky(1000, 180, 720)
    yield from _cloud(180, 240, 11)
    yield from _cloud(560, 110, 8)
    for x, y, size in ((330, 90, 8), (760, 210, 7), (60, 90, 7)):
        yield _bird("black", x, y, size)
    for x, y, half in ((150, 380, 300), (980, 350, 330), (560, 260, 340)):
        yield patch("rock", (x - half, 720), (x, y), (x + half, 720), low="dark rock")
        yield patch(
            "white", (x - 75, y + 95), (x, y), (x + 75, y + 95), (x + 35, y + 70), (x, y + 120), (x - 35, y + 75)
        )
        yield patch("dark rock", (x + 20, y + 150), (x + half, 720), (x + half // 3, 720))
    yield patch("middle", (0, 700), (300, 650), (640, 690), (900, 640), (1200, 690), (1200, 900), (0, 900))
    yield patch("near", (0, 790), (400, 760), (760, 780), (1200, 750), (1200, 1200), (0, 1200), low="low near")
    for left, top, width in ((430, 520, 90), (690, 520, 90), (560, 430, 90)):
        yield block("grey", left, top, left + width, 820, low="rock")
        for step in range(3):
            yield block("grey", left - 10 + step * 40, top - 30, left + 20 + step * 40, top)
    yield block("grey", 470, 640, 750, 830, low="rock")
    for left in range(520, 690, 44):
        yield block("grey", left, 612, left + 24, 640)
    yield block("dark brown", 565, 740, 645, 830)
    yield ball("dark brown", 605, 740, 40)
    for x, y in ((475, 570), (735, 570), (605, 480), (605, 560), (475, 660), (735, 660)):
        yield block("yellow", x - 12, y - 20, x + 12, y + 20)
    for x, y, tone in ((475, 490, "red"), (735, 490, "blue"), (605, 400, "purple")):
        yield block("black", x - 4, y - 120, x + 4, y)
        yield patch(tone, (x + 4, y - 118), (x + 74, y - 94), (x + 4, y - 70))
    yield patch("water", (640, 1200), (660, 1080), (560, 980), (620, 900), (590, 830), (630, 830), (700, 900),
                (670, 980), (850, 1080), (900, 1200), low="low water")  # fmt: skip
    yield patch("wave", (700, 1130), (770, 1120), (840, 1134), (770, 1140))
    yield patch("brown", (520, 990), (640, 930), (780, 990), (780, 1040), (640, 975), (520, 1040), low="dark brown")
    for x, y, size in ((60, 800, 9), (180, 850, 12), (330, 800, 8), (60, 1010, 13), (1130, 830, 11), (1000, 800, 8),
                       (1080, 1040, 14), (890, 880, 8)):  # fmt: skip
        yield from _fir(x, y, size)
    yield patch("sand", (565, 830), (645, 830), (500, 960), (330, 1070), (240, 1200), (90, 1200), (250, 1040))
    yield from _flowers((380, 1150, "red"), (470, 1080, "yellow"), (540, 1160, "white"), (960, 1150, "purple"))
    yield from _flowers((1150, 1130, "red"), (330, 930, "yellow"), (40, 1150, "purple"), (950, 1010, "white"))


_SCENES = (_village, _coast, _castle)
NUM_PICTURES = len(_SCENES) * len(_MOODS) * 2


@lru_cache(maxsize=2 * NUM_PICTURES)
def paint_scene(picture: int, height: int, width: int) -> Image:
    """Picture number 0 .. NUM_PICTURES - 1, at a size in px: uint8 (height, width, 3), read-only."""
    rest, is_mirrored = divmod(picture, 2)
    scene, mood = divmod(rest, len(_MOODS))
    image = paint_picture(_SCENES[scene](), {**_TONES, **_MOODS[mood]}, height, width)
    image = image[:, ::-1] if is_mirrored else image
    image.setflags(write=False)
    return image
