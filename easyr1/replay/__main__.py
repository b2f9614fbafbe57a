"""`python -m easyr1.replay RUN`: the episodes of a training or an evaluation as a page, and on request as films."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from easyr1.replay.episodes import Recording, RunError
from easyr1.replay.html import MOST_EPISODES, write_page
from easyr1.replay.video import FilmError, write_films


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, and the films where a folder for them is given; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        recording = Recording.open(options.run, options.step)
        out = options.out or options.run / "replay.html"
        page = write_page(recording, out, options.episodes)
        print(f"{out}: {page.note}, {page.size / 1e6:.1f} MB")
        if options.video:
            films = write_films(recording, options.video, options.episodes)
            print(f"{options.video}: {len(films)} films")
    except (RunError, FilmError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} given; it must be a whole number, 1 or more")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m easyr1.replay", description=__doc__)
    parser.add_argument("run", type=Path, metavar="RUN", help="runs/<experiment> of a training or an evaluation")
    parser.add_argument("--out", type=Path, help="the page; RUN/replay.html by default")
    parser.add_argument(
        "--episodes", type=_count, default=MOST_EPISODES, metavar="N", help="show N episodes at most (default 200)"
    )
    parser.add_argument("--step", type=int, metavar="S", help="of a training, step S and its validation alone")
    parser.add_argument("--video", type=Path, metavar="FOLDER", help="also write each episode as a film, MP4")
    return parser


if __name__ == "__main__":
    sys.exit(main())
