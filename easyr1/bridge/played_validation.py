"""Validation of supervised training by playing: frozen levels of the games that the examples are of."""

from __future__ import annotations

import importlib
import os
import threading
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import connection, get_context, parent_process
from typing import Any

import torch
from omegaconf import DictConfig, OmegaConf

from easyr1.data.mixture import LevelMixture
from easyr1.metrics import validation_metrics
from easyr1.replay.record import History, TurnRecord

Found = tuple[list[TurnRecord], dict[str, bytes]]


def validation_levels(settings: Mapping[str, Any]) -> LevelMixture:
    """The levels that reinforcement learning validates on, of the games of a run; no training sees them."""
    games = {name: {**game, "validation_levels": settings["levels"]} for name, game in settings["games"].items()}
    # One game needs no name.
    return LevelMixture.from_settings(
        {"games": games} if len(games) > 1 else next(iter(games.values())), 0, "validation"
    )


class PlayedValidation:
    """Lets a model play the validation levels of a run, each process of the training its share.

    Args:
        config: of the run; `validation` says which games, how many levels, and how replies are made.
        history: where the turns are recorded.
        process: from `start_player`.
    """

    def __init__(self, config: DictConfig, history: History, process: ProcessPoolExecutor):
        self._process = process
        self._settings: dict[str, Any] = OmegaConf.to_container(config.validation, resolve=True)
        self._history, self._seed = history, int(config.seed)
        self._rank, self._num_ranks = torch.distributed.get_rank(), torch.distributed.get_world_size()
        self._num_levels = len(self._settings["games"]) * self._settings["levels"]

    def play(self, model: str, step: int) -> dict[str, float]:
        """Play all levels and record the turns; all processes must call it.

        Args:
            model: folder or hub id of the model after `step` steps.

        Returns:
            The keys of `validation_metrics`; empty in all processes but the first, and where no levels are asked for.
        """
        if not self._num_levels:
            return {}
        share = range(self._rank, self._num_levels, self._num_ranks)
        played = self._process.submit(_play, self._settings, model, step, share, self._seed + self._rank).result()
        shares: list[Found | None] = [None] * self._num_ranks
        torch.distributed.all_gather_object(shares, played)
        if self._rank != 0:
            return {}
        records = [record for found in shares for record in found[0]]
        images = {digest: png for found in shares for digest, png in found[1].items()}
        records.sort(key=lambda record: (record.game_name, record.group, record.turn))
        self._history.write_validation(step, records, images)
        return validation_metrics(records)


def start_player() -> ProcessPoolExecutor:
    """A process for playing: in this one verl puts forward passes that cannot generate into the classes of models.

    It begins to import what it needs at once, which takes as long as this process's own imports.
    """
    process = ProcessPoolExecutor(1, get_context("spawn"), initializer=_end_with_parent)
    process.submit(importlib.import_module, "easyr1.bridge.player")
    return process


def _play(settings: dict[str, Any], model: str, step: int, numbers: range, seed: int) -> Found:
    from easyr1.bridge.player import play_levels

    return play_levels(settings, model, step, numbers, seed)


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None

    def wait() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
