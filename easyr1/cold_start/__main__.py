"""Prepare a model for reinforcement learning: `python -m easyr1.cold_start`.

Usage:
    python -m easyr1.cold_start data [--cfg job] [KEY=VALUE ...]
    python -m easyr1.cold_start train examples=FOLDER [--cfg job] [KEY=VALUE ...]

    python -m easyr1.cold_start data                     # the four games of the paper, taught by their solvers
    python -m easyr1.cold_start data game=swap states=200
    python -m easyr1.cold_start data teacher=chat chat.base_url=http://localhost:8000/v1 chat.model=NAME

`data` makes examples: states with the true perception, thinking and an answer; its keys stand in
recipes/cold_start.yaml. `train` trains a model on them with verl; its keys stand in recipes/cold_start_train.yaml.
`--cfg job` prints them with their values and ends. The same command again goes on where it stopped.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from easyr1.errors import ConfigError
from games.errors import GamesError


def main(arguments: Sequence[str] | None = None) -> int:
    """Make a data set, or train on one.

    Args:
        arguments: Command line without the program's name; None reads sys.argv.

    Returns:
        Exit status: 0 done, 1 fewer examples than asked for or a training that failed, 2 a configuration that cannot
        run, 130 stopped by Ctrl-C.
    """
    parser = argparse.ArgumentParser(
        prog="python -m easyr1.cold_start", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, words in (("data", "make examples"), ("train", "train a model on examples")):
        command = commands.add_parser(name, help=words)
        command.add_argument("--cfg", choices=["job"], help="print the configuration and end")
        command.add_argument("overrides", nargs="*", metavar="KEY=VALUE")
    options = parser.parse_args(arguments)
    try:
        run = _data if options.command == "data" else _train
        return run(options.overrides, show=options.cfg is not None)
    except (ConfigError, GamesError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        print(f"error: {error.name} is not installed: pip install 'easyr1[cold_start]'", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; the same command goes on from here", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `| head`; what is still in the buffer has nowhere to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _data(overrides: Sequence[str], show: bool) -> int:
    from easyr1.cold_start.settings import compose_settings, read_settings

    config = compose_settings(overrides)
    if show:
        from omegaconf import OmegaConf

        print(OmegaConf.to_yaml(config, resolve=True), flush=True)
        return 0
    settings = read_settings(config, overrides)
    from easyr1.cold_start.data import make_data

    return make_data(settings)


def _train(overrides: Sequence[str], show: bool) -> int:
    from easyr1.cold_start.train import train

    return train(overrides, show)


if __name__ == "__main__":
    sys.exit(main())
