"""A sheet of samples: each picture beside its reply."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from PIL import Image, ImageDraw, ImageFont

PICTURE_PX, TEXT_PX, MARGIN_PX, FONT_PX, LINE_PX = 280, 900, 12, 13, 16
WHITE, BLACK, GREY = (255, 255, 255), (20, 20, 20), (120, 120, 120)
CHARS_A_LINE, MAX_LINES = 125, 36


def draw_sheet(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The sheet as a PNG file.

    Args:
        rows: Rows of the data set, 1 or more.
    """
    samples = [(_picture(row), _lines(row)) for row in rows]
    heights = [max(PICTURE_PX, LINE_PX * len(lines)) + 2 * MARGIN_PX for _, lines in samples]
    sheet = Image.new("RGB", (PICTURE_PX + TEXT_PX + 3 * MARGIN_PX, sum(heights)), WHITE)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(FONT_PX)
    top = 0
    for (picture, lines), height in zip(samples, heights, strict=True):
        sheet.paste(picture, (MARGIN_PX, top + MARGIN_PX))
        for number, (line, colour) in enumerate(lines):
            draw.text((PICTURE_PX + 2 * MARGIN_PX, top + MARGIN_PX + LINE_PX * number), line, colour, font)
        top += height
        draw.line([(0, top - 1), (sheet.width, top - 1)], GREY)
    buffer = io.BytesIO()
    sheet.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def _picture(row: Mapping[str, Any]) -> Image.Image:
    """The last picture of a row, made to fit."""
    picture = Image.open(io.BytesIO(row["images"][-1]["bytes"])).convert("RGB")
    scale = PICTURE_PX / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.NEAREST)


def _lines(row: Mapping[str, Any]) -> list[tuple[str, tuple[int, int, int]]]:
    """The lines beside a picture, with their colours."""
    past = f", after {len(row['images']) - 1} turns in the window" if len(row["images"]) > 1 else ""
    head = f"{row['game']}, turn {row['turn']}{past}"
    lines = list(_wrap(row["messages"][-1]["content"]))
    if len(lines) > MAX_LINES:
        lines = [*lines[: MAX_LINES // 2], "...", *lines[-MAX_LINES // 2 :]]
    return [(head, GREY), *((line, BLACK) for line in lines)]


def _wrap(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield from textwrap.wrap(line, CHARS_A_LINE) or [""]
