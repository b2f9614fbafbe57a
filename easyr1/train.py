"""Train a vision-language model by reinforcement learning on games: `python -m easyr1.train`.

Usage:
    python -m easyr1.train [--config-name RECIPE] [--cfg job] [KEY=VALUE ...]

RECIPE is a file under recipes/ (default g0/shisensho). KEY is any key of ours (seed, experiment, runs_dir, alpha, beta,
max_turns, window), a group (game, vlm, objective, hardware, tuning), any knob of the game (game.knobs.rows), of a
mixture's games (game.games.swap.knobs.rows, game.games.swap.weight), or any key of verl.
`--cfg job` prints the configuration and ends.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from easyr1.errors import ConfigError

DEFAULT_RECIPE = "g0/shisensho"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a recipe.

    Args:
        arguments: command line without the program's name; None reads sys.argv.

    Returns:
        Exit status: 0 done, 1 failed, 2 a configuration that cannot run.
    """
    parser = argparse.ArgumentParser(
        prog="python -m easyr1.train", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--config-name", default=DEFAULT_RECIPE, metavar="RECIPE")
    parser.add_argument("--cfg", choices=["job"], help="print the configuration and end")
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE")
    options = parser.parse_intermixed_args(arguments)
    try:
        return _run(options.config_name, options.overrides, show=options.cfg is not None)
    except ConfigError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # `--cfg job | head`; what is still in the buffer has nowhere to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(recipe: str, overrides: Sequence[str], show: bool) -> int:
    from easyr1.config.compose import compose_recipe

    config = compose_recipe(recipe, overrides)
    if show:
        from omegaconf import OmegaConf

        from easyr1.config.compose import resolved
        from easyr1.config.schema import run_keys

        run_keys(config)
        print(OmegaConf.to_yaml(resolved(config)), flush=True)
        return 0

    from easyr1.config.validate import check_config

    check_config(config)

    from easyr1.bridge.launch import launch

    return launch(config)


if __name__ == "__main__":
    sys.exit(main())
