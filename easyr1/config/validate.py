"""Everything that can be known to fail is found here, before Ray starts; each finding is one line that names a key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from omegaconf import DictConfig, OmegaConf

from easyr1.config import batches, devices, disk, game_knobs, memory, model_folder, resume, tuning, values
from easyr1.config.compose import resolved, verl_defaults
from easyr1.config.known_keys import check_keys
from easyr1.config.schema import RunKeys, run_keys
from easyr1.errors import ConfigError

Check = Callable[[DictConfig, RunKeys], Iterator[str]]


def check_config(config: DictConfig) -> RunKeys:
    """Check a composed configuration.

    A stage that has findings ends the check: what comes after it takes longer, or would repeat the same in other words.

    Args:
        config: from `compose_recipe`; not changed.

    Returns:
        Our own keys, typed.

    Raises:
        ConfigError: what cannot run, one line a finding.
    """
    keys = run_keys(config)
    resolved(config)  # raises where a key refers to one that does not exist
    stages: Sequence[Sequence[Check]] = (
        (known_keys,),
        (values.check, tuning.check),
        (game_knobs.check, batches.check, devices.check, resume.check),
        (memory.check, disk.check),
        (model_folder.check,),
        (tuning.check_layers,),
        (_prompt,),
    )
    for stage in stages:
        findings = [finding for check in stage for finding in check(config, keys)]
        if findings:
            raise ConfigError("\nerror: ".join(findings))
    return keys


def known_keys(config: DictConfig, keys: RunKeys) -> Iterator[str]:
    """Findings about keys that nobody reads."""
    del keys
    given = OmegaConf.to_container(config)
    assert isinstance(given, dict)
    yield from check_keys({str(key): value for key, value in given.items()}, verl_defaults(config.model_engine))


def _prompt(config: DictConfig, keys: RunKeys) -> Iterator[str]:
    # Imports transformers, which takes seconds.
    from easyr1.config import prompt_size

    yield from prompt_size.check(config, keys)
