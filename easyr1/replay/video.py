"""Episodes as films: the board with the reply beside it, a second a turn, H.264 in MP4."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import numpy as np
from PIL import Image

from easyr1.replay.episodes import RecordedEpisode, Recording, choose_evenly
from easyr1.replay.frames import FRAME_SIZE, draw_frame
from easyr1.replay.pictures import with_pictures

FPS = 1
"""Turns a second."""


class FilmError(RuntimeError):
    """A film cannot be written on this machine."""


def write_films(recording: Recording, folder: Path, most: int) -> list[Path]:
    """Write the films of at most `most` episodes, taken evenly as for the page; returns their files.

    Raises:
        FilmError: The package imageio-ffmpeg is missing, or its encoder fails.
        RunError: A line of the recording is broken.
    """
    episodes = recording.read(choose_evenly(recording.groups(), most))
    return [write_film(recording, episode, folder / f"{_name(recording, episode)}.mp4") for episode in episodes]


def write_film(recording: Recording, episode: RecordedEpisode, out: Path) -> Path:
    """Write the film of an episode, a frame a turn, the last one twice; returns its file. Raises FilmError."""
    try:
        import imageio_ffmpeg
    except ImportError as error:
        raise FilmError("films need the package imageio-ffmpeg: pip install 'easyr1[eval]'") from error
    complete, pictures = with_pictures(recording, episode)
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_name(f"{out.stem}.tmp.mp4")
    encoder = imageio_ffmpeg.write_frames(
        str(draft),
        FRAME_SIZE,
        fps=FPS,
        codec="libx264",
        pix_fmt_out="yuv420p",
        macro_block_size=2,
        quality=8,
        ffmpeg_log_level="error",
    )
    try:
        encoder.send(None)
        for turn in complete.turns:
            png = pictures.get(turn.observation)
            board = None if png is None else Image.open(io.BytesIO(png))
            frame = np.asarray(draw_frame(board, turn, len(complete.turns)))
            encoder.send(frame)
        encoder.send(frame)  # Players tend to swallow the last frame.
    except (OSError, StopIteration) as error:
        raise FilmError(f"{out}: the encoder gave up: {error}") from error
    finally:
        encoder.close()
    os.replace(draft, out)
    return out


def _name(recording: Recording, episode: RecordedEpisode) -> str:
    """A file's name for an episode: its step or task, its level, its number."""
    key, folder = episode.key, episode.key.path.parent
    where = f"{key.path.stem}_{key.group}_{key.sample}" if recording.is_training else f"{folder.name}_{key.path.stem}"
    return re.sub(r"[^\w.-]+", "_", where)
