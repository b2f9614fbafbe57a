"""Supervised training on the examples of a cold start: `python -m easyr1.cold_start train`."""

from __future__ import annotations

from collections.abc import Sequence


def train(overrides: Sequence[str], show: bool = False) -> int:
    """Train a model on examples.

    Args:
        overrides: Hydra overrides of recipes/cold_start_train.yaml.
        show: Print the configuration and end.

    Returns:
        Exit status: 0 done or stopped as asked, 1 failed, 130 ended at once by Ctrl-C.

    Raises:
        ConfigError: A configuration that cannot run.
    """
    from easyr1.cold_start.training import compose_training

    config = compose_training(overrides)
    if show:
        from omegaconf import OmegaConf

        print(OmegaConf.to_yaml(config), flush=True)
        return 0

    from easyr1.cold_start.training_checks import check_training

    check_training(config)

    from easyr1.bridge.train_launch import launch_training

    return launch_training(config)
