"""Measure a player on frozen levels, and keep what it saw and said: `python -m easyr1.evaluate`.

Usage:
    python -m easyr1.evaluate [--cfg job] [KEY=VALUE ...]

    python -m easyr1.evaluate policy=solver suite=g1
    python -m easyr1.evaluate policy=random game=ShisenSho-v0/easy episodes=20
    python -m easyr1.evaluate policy=chat chat.base_url=http://localhost:8000/v1 chat.model=NAME
    python -m easyr1.evaluate policy=checkpoint path=runs/NAME
    python -m easyr1.evaluate 'compare=[runs/a,runs/b]'

The keys stand in recipes/evaluate.yaml; `--cfg job` prints them with their values and ends. The same command again goes
on where a run stopped.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor
from pathlib import Path

from easyr1.errors import ConfigError


def main(arguments: Sequence[str] | None = None) -> int:
    """Evaluate, or compare runs.

    Args:
        arguments: Command line without the program's name; None reads sys.argv.

    Returns:
        Exit status: 0 done, 1 a task of which no episode could be played, 2 a configuration that cannot run, 130
        stopped by Ctrl-C.
    """
    parser = argparse.ArgumentParser(
        prog="python -m easyr1.evaluate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cfg", choices=["job"], help="print the configuration and end")
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE")
    options = parser.parse_intermixed_args(arguments)
    try:
        return _run(options.overrides, show=options.cfg is not None)
    except ConfigError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        if str(error.name).startswith(("easyr1", "games")):
            raise
        print(f"error: {error.name} is not installed: pip install 'easyr1[eval]'", file=sys.stderr)
        return 2
    except BrokenExecutor:
        print("error: a process was killed, perhaps for want of memory; the same command goes on", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; the same command goes on from here", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `| head`; what is still in the buffer has nowhere to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(overrides: Sequence[str], show: bool) -> int:
    from easyr1.evaluation.settings import compose_settings, read_settings

    config = compose_settings(overrides)
    from omegaconf import OmegaConf

    if show:
        print(OmegaConf.to_yaml(config, resolve=True), flush=True)
        return 0
    values = OmegaConf.to_container(config, resolve=True)
    assert isinstance(values, dict)
    if values["compare"]:
        return _compare(values["compare"])
    from easyr1.evaluation.evaluate import evaluate
    from games.errors import GamesError

    try:
        return evaluate(read_settings({str(key): value for key, value in values.items()}))
    except GamesError as error:
        raise ConfigError(f"game: {' '.join(str(error).split())}") from error


def _compare(folders: object) -> int:
    from easyr1.evaluation.compare import load_run, write_comparison
    from easyr1.evaluation.plots import draw_scores
    from easyr1.evaluation.store import write_whole

    if not isinstance(folders, list) or len(folders) < 2:
        raise ConfigError(f"compare: {folders} given; it must be two folders of runs or more: compare=[runs/a,runs/b]")
    runs = [load_run(Path(str(folder))) for folder in folders]
    text = write_comparison(runs)
    out = Path(str(folders[-1]))
    write_whole(out / "comparison.md", text.encode())
    draw_scores(runs, out / "comparison.png")
    print(text)
    print(f"written: {out / 'comparison.md'}, {out / 'comparison.png'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
