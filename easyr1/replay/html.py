"""`replay.html`: episodes in one file that opens offline, in any browser, without a server.

What a model wrote never becomes markup: the data lie in the page as JSON without a single `<`, the viewer makes text
nodes of them, and a content security policy lets no script run but the viewer's own, and nothing be fetched at all.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from easyr1.replay.episodes import RecordedEpisode, Recording, choose_evenly
from easyr1.replay.page import Page
from easyr1.replay.pictures import with_pictures

MOST_EPISODES = 200
MOST_TURNS = 6000
MOST_PICTURE_BYTES = 300_000_000
"""Of pictures as they were recorded; they shrink to a third or less on the page, which browsers open with ease."""
PALETTE_COLOURS = 256


@dataclass(frozen=True, slots=True)
class WrittenPage:
    """What a page holds: its size in bytes, episodes shown and recorded, and what is said of those left out."""

    size: int
    shown: int
    recorded: int
    note: str


def write_page(recording: Recording, out: Path, most: int = MOST_EPISODES) -> WrittenPage:
    """Write the page of a run; whoever looks sees the old page or the new one.

    Args:
        recording: The run.
        out: The file, .html.
        most: Episodes shown at most, 1 or more. Of a run with more, whole groups are taken evenly over the list, and
            fewer where their turns would be too much for a browser.

    Raises:
        RunError: A line of the recording is broken.
    """
    groups = recording.groups()
    recorded = sum(map(len, groups))
    episodes, is_full = recording.read(choose_evenly(groups, most)), False
    while len(episodes) > 1 and _is_too_much(recording, episodes):
        episodes, is_full = recording.read(choose_evenly(groups, len(episodes) // 2)), True
    page, images = Page(), dict[str, str]()
    for episode in episodes:
        complete, pictures = with_pictures(recording, episode)
        page.add(complete)
        images |= {digest: _data_uri(png) for digest, png in pictures.items() if digest not in images}
    note = _note(len(episodes), recorded, is_full)
    data = {
        "run": recording.name,
        "note": note,
        "training": recording.is_training,
        "prompts": list(page.prompts),
        "episodes": page.episodes,
        "images": images,
    }
    content = fill_template(recording.name, data).encode()
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_name(f"{out.name}.tmp")
    draft.write_bytes(content)
    os.replace(draft, out)
    return WrittenPage(len(content), len(episodes), recorded, note)


def fill_template(title: str, data: Any) -> str:
    """The page: the viewer's files and the data in one text."""
    folder = files("easyr1.replay") / "viewer"
    names = ("viewer.html", "viewer.css", "text.js", "viewer.js")
    template, style, *scripts = ((folder / name).read_text(encoding="utf-8") for name in names)
    script = "\n".join(scripts)
    parts = {
        "title": html.escape(_plain(title)),
        "policy": f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'",
        "style": style,
        "data": embed_json(data),
        "script": script,
    }
    # Cut once and joined, so that nothing inside a part is taken for the place of another.
    pieces = template.split("%%")
    return "".join(parts[piece] if number % 2 else piece for number, piece in enumerate(pieces))


def embed_json(data: Any) -> str:
    """JSON that cannot end the script element it stands in, nor be read as anything but ASCII text."""
    text = json.dumps(data, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def shrink_png(png: bytes) -> bytes:
    """The same pixels in fewer bytes: boards have few colours. What cannot be made smaller stays as it is."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    colours = picture.getcolors(PALETTE_COLOURS)
    if colours is None:
        return png
    palette = np.array(sorted(colour for _, colour in colours), np.uint8)
    # A colour as one number sorts as its red, green and blue do.
    small = Image.fromarray(np.searchsorted(_numbers(palette), _numbers(np.asarray(picture))).astype(np.uint8))
    small.putpalette(palette.tobytes())
    buffer = io.BytesIO()
    small.save(buffer, format="PNG")
    return buffer.getvalue() if buffer.tell() < len(png) else png


def _numbers(pixels: NDArray[np.uint8]) -> NDArray[np.int64]:
    numbers: NDArray[np.int64] = pixels.astype(np.int64) @ np.array([1 << 16, 1 << 8, 1])
    return numbers


def _is_too_much(recording: Recording, episodes: Sequence[RecordedEpisode]) -> bool:
    turns = [turn for episode in episodes for turn in episode.turns]
    paths = map(recording.picture, {turn.observation for turn in turns})
    return len(turns) > MOST_TURNS or sum(path.stat().st_size for path in paths if path) > MOST_PICTURE_BYTES


def _data_uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(shrink_png(png)).decode()}"


def _note(shown: int, recorded: int, is_full: bool) -> str:
    if shown == recorded:
        return f"{recorded} episode{'s' if recorded != 1 else ''}"
    why = "; more turns would be too much for a browser" if is_full else ""
    return f"{shown} of {recorded} episodes, taken evenly over the run{why}"


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _plain(text: str) -> str:
    """Text that UTF-8 can hold."""
    return text.encode(errors="replace").decode()
