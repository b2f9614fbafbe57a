"""The folder of a data set: whether it is this one's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from easyr1.cold_start.shards import ShardStore
from easyr1.errors import ResumeError
from easyr1.evaluation.store import write_whole

CONFIG = "config.json"
COUNT_KEYS = {"train": "states", "validation": "validation_states"}
OTHER = "choose another experiment=NAME, or remove the folder"


def claim_folder(
    folder: Path, pinned: Mapping[str, Any], states: Mapping[str, int], games: Sequence[str]
) -> ShardStore:
    """Make the folder this data set's, or find that it is already.

    Args:
        pinned: The keys that may not change, as given.
        states: Examples of each game, by split: more may be asked for later, not fewer.
        games: Names of the games.

    Raises:
        ResumeError: The folder holds something else; the message names the first key that differs.
    """
    asked = json.loads(json.dumps(dict(pinned)))
    path, store = folder / CONFIG, ShardStore(folder)
    if path.is_file():
        found = _read(path)
        for key in {**asked, **found}:
            if key not in asked or key not in found or asked[key] != found[key]:
                given, old = (_show(values, key) for values in (asked, found))
                raise ResumeError(f"{key}: {given} given, and {folder} was made with {old}; {OTHER}")
    elif folder.exists() and not all(one.match(f"{CONFIG}.*.tmp") for one in folder.iterdir()):
        raise ResumeError(
            f"experiment: {folder} holds something else than such a data set; choose another experiment=NAME"
        )
    else:
        write_whole(path, f"{json.dumps(asked, indent=1)}\n".encode())
    store.clear_drafts()
    for split, game in ((split, game) for split in states for game in games):
        kept = sum(shard.rows for shard in store.shards(split, game))
        if kept > states[split]:
            key = COUNT_KEYS[split]
            raise ResumeError(f"{key}: {states[split]} given, and {folder} holds {kept} of {game} already; {OTHER}")
    return store


def saved_keys(folder: Path) -> dict[str, Any]:
    """The keys that a data set was made with. Raises ResumeError where the folder holds none."""
    return _read(folder / CONFIG)


def _read(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ResumeError(f"experiment: {path} cannot be read; choose another experiment=NAME") from error
    if not isinstance(values, dict):
        raise ResumeError(f"experiment: {path} is no configuration of a data set; choose another experiment=NAME")
    return values


def _show(values: Mapping[str, Any], key: str) -> str:
    if key not in values:
        return "nothing"
    return values[key] if isinstance(values[key], str) else json.dumps(values[key])
