"""A turn as a picture: the board at the left with what was seen wrongly, the reply beside it, figures below."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

from PIL import Image, ImageDraw, ImageFont

from easyr1.replay.marks import wrong_cells
from easyr1.replay.record import TurnRecord
from easyr1.replay.segments import OUTSIDE, split_reply

FRAME_SIZE = (1280, 720)
"""Width and height in px; even, as yuv420p needs them."""
BOARD_BOX = (32, 32, 592, 592)
"""Where the board is fitted in: left, top, right, bottom in px."""
TEXT_LEFT, TEXT_TOP, TEXT_WIDTH = 632, 32, 616
LINE_PX, TEXT_PX, SMALL_PX, GAP_PX = 20, 15, 13, 8
NUM_LINES = 29
"""Lines of the reply, headings included; the rest of the height is for the gaps between up to seven parts."""
GROUND, INK, SOFT, MARK = "#ffffff", "#1d2126", "#5a616a", "#d3111b"
STATUS_COLOURS = {"legal": "#1c7a45", "illegal": "#96590a", "unreadable": "#b3282d", "failed": "#b3282d"}
HEADINGS = {"perception": "Perception", "think": "Thinking", "answer": "Answer", OUTSIDE: "Outside the blocks"}
SHORTENED = "[...]"


def draw_frame(board: Image.Image | None, record: TurnRecord, num_turns: int) -> Image.Image:
    """A turn as a picture of `FRAME_SIZE`, RGB.

    Args:
        board: What the model saw; None where the picture was not recorded.
        record: The turn.
        num_turns: Turns of its episode.
    """
    frame = Image.new("RGB", FRAME_SIZE, GROUND)
    draw = ImageDraw.Draw(frame)
    if board is not None:
        _paste_board(frame, draw, board, record)
    _write_figures(draw, record, num_turns)
    if not record.reply:
        draw.text((TEXT_LEFT, TEXT_TOP), "The reply is empty, or was not kept.", SOFT, _font(TEXT_PX))
    font, top = _font(TEXT_PX), TEXT_TOP
    for heading, lines in lay_out(record.reply, lambda text: font.getlength(text), TEXT_WIDTH, NUM_LINES):
        draw.text((TEXT_LEFT, top), heading, SOFT, _font(SMALL_PX))
        for number, line in enumerate(lines, 1):
            draw.text((TEXT_LEFT, top + number * LINE_PX), line, INK, font)
        top += (len(lines) + 1) * LINE_PX + GAP_PX
    return frame


def board_place(size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Where a board of this (width, height) stands in the frame: left, top, width, height in px."""
    left, top, right, bottom = BOARD_BOX
    scale = min((right - left) / size[0], (bottom - top) / size[1])
    width, height = round(size[0] * scale), round(size[1] * scale)
    return left + (right - left - width) // 2, top + (bottom - top - height) // 2, width, height


def lay_out(
    reply: str, measure: Callable[[str], float], width: float, num_lines: int
) -> list[tuple[str, Sequence[str]]]:
    """The parts of a reply as headings and lines, at most `num_lines` lines, headings included.

    What is too long loses its end, longest parts first, and says so.

    Args:
        measure: Width of a text in px.
        width: Room for a line in px.
    """
    parts = [(HEADINGS[part.kind], wrap(part.text, measure, width, num_lines)) for part in split_reply(reply)]
    room = num_lines - len(parts)
    heights = [len(lines) for _, lines in parts]
    while sum(heights) > room:
        heights[heights.index(max(heights))] -= 1
    return [(heading, _shorten(lines, height)) for (heading, lines), height in zip(parts, heights, strict=True)]


def wrap(text: str, measure: Callable[[str], float], width: float, num_lines: int) -> list[str]:
    """A text in lines of at most `width` px, broken between words where that can be; at most `num_lines` + 1 lines."""
    lines: list[str] = []
    for paragraph in _visible(text).strip().split("\n"):
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}" if line else word
            if measure(longer) <= width:
                line = longer
                continue
            lines += [line] if line else []
            *full, line = _break(word, measure, width)
            lines += full
            if len(lines) > num_lines:
                return lines[: num_lines + 1]
        lines.append(line)
    return lines[: num_lines + 1]


def _break(word: str, measure: Callable[[str], float], width: float) -> list[str]:
    """A word in pieces that fit."""
    pieces = [""]
    # A word of a million letters needs no more than what can be shown.
    for letter in word[: int(width) * NUM_LINES // 4]:
        if pieces[-1] and measure(pieces[-1] + letter) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _shorten(lines: Sequence[str], height: int) -> Sequence[str]:
    return lines if len(lines) <= height else [*lines[: max(0, height - 1)], *[SHORTENED][: max(0, height)]]


def _visible(text: str) -> str:
    """The text with characters that a font cannot show, or that would turn the others around, as question marks."""
    return "".join(
        letter if letter == "\n" or unicodedata.category(letter)[0] != "C" else " " if letter == "\t" else "?"
        for letter in text
    )


def _paste_board(frame: Image.Image, draw: ImageDraw.ImageDraw, board: Image.Image, record: TurnRecord) -> None:
    left, top, width, height = board_place(board.size)
    is_tiny = width > 2 * board.width
    how = Image.Resampling.NEAREST if is_tiny else Image.Resampling.LANCZOS
    frame.paste(board.convert("RGB").resize((width, height), how), (left, top))
    for cell in [] if record.perception["exact"] else wrong_cells(record) or []:
        if cell.box is not None:
            x, y, wide, high = cell.box
            corners = (left + x * width, top + y * height, left + (x + wide) * width, top + (y + high) * height)
            draw.rectangle(corners, outline=GROUND, width=5)
            draw.rectangle(corners, outline=MARK, width=3)


def _write_figures(draw: ImageDraw.ImageDraw, record: TurnRecord, num_turns: int) -> None:
    left, _, _, top = BOARD_BOX
    colour = STATUS_COLOURS.get(record.status, INK)
    action = "no action" if record.action is None else _visible(record.action)[:48]
    draw.text((left, top + 14), f"turn {record.turn + 1} of {num_turns}", SOFT, _font(TEXT_PX))
    draw.text((left + 120, top + 14), f"{record.status}: {action}", colour, _font(TEXT_PX))
    parts = [f"{name} {value:+.2f}" for name, value in record.reward.items() if name != "total"]
    draw.text((left, top + 38), f"reward {record.reward['total']:+.2f} ({', '.join(parts)})", INK, _font(TEXT_PX))
    seen = "exact" if record.perception["exact"] else f"{record.perception['cells']:.0%} of the cells"
    how = f", advantage {record.advantage:+.2f}" if record.advantage is not None else ""
    is_last = record.turn + 1 == num_turns
    end = f", ended by {record.stop_reason.replace('_', ' ')}" if is_last else ""
    draw.text((left, top + 62), f"perception {seen}{how}{end}", SOFT, _font(TEXT_PX))


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
