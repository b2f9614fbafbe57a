"""Train a vision-language model by reinforcement learning on games: `python -m easyr1.train`.

Usage:
    python -m easyr1.train [--config-name RECIPE] [--cfg job] [KEY=VALUE ...]

RECIPE is a file under recipes/ (default g0/shisensho). KEY is any key of ours (seed, experiment, runs_dir, alpha, beta,
max_turns, window), a group (game, vlm, objective, hardware, tuning), any knob of the game (game.knobs.rows), of a
mixture's games (game.games.swap.knobs.rows, game.games.swap.weight), or any key of verl. The recipes g1/* begin with a
cold start, whose stages have keys of their own (cold_start.data.states, cold_start.train.optim.lr).
`--cfg job` prints the configuration and ends.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from easyr1.errors import ConfigError
from games.errors import GamesError

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from easyr1.cold_start.stages import ColdStart

DEFAULT_RECIPE = "g0/shisensho"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a recipe.

    Args:
        arguments: command line without the program's name; None reads sys.argv.

    Returns:
        Exit status: 0 done, 1 failed, 2 a configuration that cannot run, 130 stopped by Ctrl-C.
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
    except (ConfigError, GamesError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; the same command goes on from here", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `--cfg job | head`; what is still in the buffer has nowhere to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(recipe: str, overrides: Sequence[str], show: bool) -> int:
    from easyr1.config.compose import compose_recipe
    from easyr1.config.schema import run_keys

    config = compose_recipe(recipe, overrides)
    keys = run_keys(config)
    cold_start = None
    if keys.cold_start is not None:
        from easyr1.cold_start.stages import ColdStart

        cold_start = ColdStart.of(recipe, overrides, config, keys)
    if show:
        _print(config, cold_start)
        return 0
    return _train(config) if cold_start is None else _train_from_examples(config, cold_start)


def _print(config: DictConfig, cold_start: ColdStart | None) -> None:
    """The configuration as YAML; with a cold start a document for each of its stages follows."""
    from omegaconf import OmegaConf

    from easyr1.config.compose import resolved

    print(OmegaConf.to_yaml(resolved(config)), flush=True)
    for title, document in cold_start.documents() if cold_start else ():
        print(f"---\n# Before it, {title}\n{OmegaConf.to_yaml(resolved(document))}", flush=True)


def _train(config: DictConfig) -> int:
    from easyr1.config.validate import check_config

    check_config(config)

    from easyr1.bridge.launch import launch

    return launch(config)


def _train_from_examples(config: DictConfig, cold_start: ColdStart) -> int:
    """The stages that are not done, then reinforcement learning from the model that they made."""
    from easyr1.config.validate import check_config

    cold_start.check()
    config.vlm.path = str(cold_start.model() or config.vlm.path)
    # Before the stages too: what cannot run in the last should not cost the time of the first.
    check_config(config)
    if status := cold_start.run():
        return status
    model = cold_start.model()
    if model is None:  # stopped as asked, and has said so
        return 0
    config.vlm.path = str(model)
    return _train(config)


if __name__ == "__main__":
    sys.exit(main())
