"""One line for the user out of what Hydra says in many: the key in question, and the nearest that exists."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Sequence

from omegaconf import DictConfig

from easyr1.config.paths import recipes_folder

GROUPS = ("game", "vlm", "objective", "hardware", "tuning")
"""Folders of recipes/ from which a run takes one file each."""


def explain(error: Exception, overrides: Sequence[str], compose_default: Callable[[], DictConfig]) -> str:
    """Say why a recipe could not be composed.

    Args:
        error: what Hydra raised.
        overrides: the command line.
        compose_default: composes the same recipe and groups without the rest of the command line, to look the nearest
            key up in.
    """
    text = str(error)
    if match := re.search(r"Could not override '([^']+)'", text):
        return f"{match[1]}: no such key{nearest_key(match[1], list(flat_keys(compose_default())))}"
    if match := re.search(r"Could not delete from config. '([^']+)' does not exist", text):
        return f"~{match[1]}: no such key{nearest_key(match[1], list(flat_keys(compose_default())))}"
    if match := re.search(r"Could not find '([^']+)/([^'/]+)'", text):
        return _missing_option(match[1].strip("/"), match[2], overrides)
    for group, _, option in (override.partition("=") for override in overrides):
        if group in GROUPS and not _is_option(group, option):
            return _missing_option(group, option, overrides)
    if match := re.search(r"An item is already at '([^']+)'", text):
        return f"+{match[1]}: this key exists; write {match[1]}=... without the plus sign"
    if "requires --multirun" in text or "Ambiguous value for argument" in text:
        key, _, value = text.partition("'")[2].partition("'")[0].partition("=")
        return f"{key}: {value} given; one value a run, or a list in brackets: {key}=[...]"
    if faulty := [override for override in overrides if not _reads_as_override(override)]:
        return f"{faulty[0]}: not of the form KEY=VALUE; quote a value with other signs: \"KEY='VALUE'\""
    return " ".join(line.strip() for line in text.splitlines() if line.strip())


def group_choices(overrides: Sequence[str]) -> list[str]:
    """What of a command line chooses files that exist for the groups."""
    return [
        override
        for override in overrides
        if (parts := override.partition("="))[0] in GROUPS and _is_option(parts[0], parts[2])
    ]


def _is_option(group: str, option: str) -> bool:
    return (recipes_folder() / group / f"{option}.yaml").is_file()


def _missing_option(group: str, option: str, overrides: Sequence[str]) -> str:
    known = sorted(path.stem for path in (recipes_folder() / group).glob("[!_]*.yaml"))
    if not known and any(override.startswith("+") for override in overrides):
        group = group.rsplit("/", 1)[-1]
        return f"+{group}={option}: write {group}={option} without the plus sign"
    return f"{group}={option}: no such option{nearest(option, known)}; there are {', '.join(known)}"


def _reads_as_override(text: str) -> bool:
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        OverridesParser.create().parse_override(text)
    except (HydraException, ValueError):
        return False
    return text.find("=") > 0 or text.startswith("~")


def flat_keys(config: DictConfig, prefix: str = "") -> Iterator[str]:
    """All dotted keys of a configuration, inner nodes included; interpolations are not followed."""
    for key in config:
        path = prefix + str(key)
        yield path
        node = config._get_node(key)
        if isinstance(node, DictConfig) and not node._is_none() and not node._is_interpolation():
            yield from flat_keys(node, f"{path}.")


def nearest_key(key: str, known: Sequence[str]) -> str:
    """`; did you mean KEY?`: a key that ends as the given one does, else one in the same place, else the closest."""
    longer = [name for name in known if name.endswith(f".{key}")]
    if longer:
        actor = [name for name in longer if name.startswith("actor_rollout_ref.actor.")]
        return f"; did you mean {(actor or longer)[0]}?"
    place = key.rpartition(".")[0]
    beside = [name for name in known if name.rpartition(".")[0] == place]
    return nearest(key, beside) or nearest(key, known)


def nearest(word: str, known: Sequence[str]) -> str:
    """`; did you mean WORD?` with the closest of the known words; empty when none is close."""
    match = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean {match[0]}?" if match else ""
