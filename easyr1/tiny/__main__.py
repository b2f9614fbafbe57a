"""Build the tiny model and warm-start it: `python -m easyr1.tiny --out folder`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from easyr1.tiny.warm_start import KNOBS, WarmStart, run_warm_start


def read_knob(text: str) -> tuple[str, Any]:
    """`rows=3` as a name and a value; the value is JSON where it can be read as such, else text."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"expected NAME=VALUE, such as rows=3, got {text!r}")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line; None takes the process's own."""
    default = WarmStart()
    parser = argparse.ArgumentParser(
        prog="python -m easyr1.tiny",
        description="Build the tiny Qwen2.5-VL with its tokenizer and warm-start it on the teacher's replies.",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--steps", type=int, default=default.steps, help="optimiser steps (default %(default)s)")
    parser.add_argument("--batch-size", type=int, default=default.batch_size, help="replies a step (%(default)s)")
    parser.add_argument("--learning-rate", type=float, default=default.learning_rate, help="peak (%(default)s)")
    parser.add_argument("--care", type=float, default=default.care, help="share of surely legal answers (%(default)s)")
    parser.add_argument("--seed", type=int, default=default.seed, help="of everything drawn (%(default)s)")
    parser.add_argument("--check-levels", type=int, default=default.check_levels, help="levels of the check at the end")
    parser.add_argument("--threads", type=int, default=default.threads, help="of torch (%(default)s)")
    parser.add_argument(
        "--knob", type=read_knob, action="append", default=[], metavar="NAME=VALUE", help="of the level, such as rows=3"
    )
    return parser.parse_args(arguments)


def main() -> None:
    """Run the command line."""
    given = vars(parse_arguments())
    folder, knobs = given.pop("out"), {**KNOBS, **dict(given.pop("knob"))}
    run_warm_start(WarmStart(knobs=knobs, **given), folder, report=lambda line: print(line, flush=True))


if __name__ == "__main__":
    main()
