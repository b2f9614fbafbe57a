"""Build the tiny model and warm-start it: `python -m easyr1.tiny --out folder`."""

from __future__ import annotations

import argparse
from pathlib import Path

from easyr1.tiny.diet import SMALL_GAMES
from easyr1.tiny.warm_start import WarmStart, run_warm_start


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line; None takes the process's own."""
    default = WarmStart()
    parser = argparse.ArgumentParser(
        prog="python -m easyr1.tiny",
        description="Build the tiny Qwen2.5-VL with its tokenizer and warm-start it on the novice's replies.",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--steps", type=int, default=default.steps, help="optimiser steps (default %(default)s)")
    parser.add_argument(
        "--steps-alone", type=int, default=default.steps_alone, help="of them, with the first game alone (%(default)s)"
    )
    parser.add_argument("--batch-size", type=int, default=default.batch_size, help="replies a step (%(default)s)")
    parser.add_argument("--learning-rate", type=float, default=default.learning_rate, help="peak (%(default)s)")
    parser.add_argument("--care", type=float, default=default.care, help="share of surely legal answers (%(default)s)")
    parser.add_argument("--seed", type=int, default=default.seed, help="of everything drawn (%(default)s)")
    parser.add_argument("--check-levels", type=int, default=default.check_levels, help="levels of the check at the end")
    parser.add_argument("--threads", type=int, default=default.threads, help="of torch (%(default)s)")
    parser.add_argument(
        "--game", choices=SMALL_GAMES, action="append", help="recipe of a game; again for more (default: all of them)"
    )
    return parser.parse_args(arguments)


def main() -> None:
    """Run the command line."""
    given = vars(parse_arguments())
    folder, games = given.pop("out"), tuple(given.pop("game") or SMALL_GAMES)
    run_warm_start(WarmStart(games=games, **given), folder, report=lambda line: print(line, flush=True))


if __name__ == "__main__":
    main()
