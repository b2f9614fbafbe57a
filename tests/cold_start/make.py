"""Short cuts to data sets of a few rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from easyr1.cold_start.data import make_data
from easyr1.cold_start.levels import SPLITS
from easyr1.cold_start.settings import DataSettings, compose_settings, read_settings
from easyr1.cold_start.shards import ShardStore

SMALL = ("game=looks_small", "workers=1", "states=6", "validation_states=2", "experiment=made")


def settings(folder: Path, *overrides: str) -> DataSettings:
    given = [*SMALL, f"runs_dir={folder}", *overrides]
    return read_settings(compose_settings(given), given)


def make(folder: Path, *overrides: str, status: int = 0) -> tuple[Path, list[str]]:
    """Make a data set; its folder and what was said."""
    said: list[str] = []
    asked = settings(folder, *overrides)
    assert make_data(asked, said.append) == status
    return asked.folder, said


def rows(folder: Path, split: str | None = None) -> list[dict[str, Any]]:
    """All rows of a data set, or of a split."""
    store = ShardStore(folder)
    games = sorted({path.name.rsplit("-", 1)[0].partition("-")[2] for path in folder.glob("data/*.parquet")})
    return [
        row
        for game in games
        for one in ((split,) if split else SPLITS)
        for shard in store.shards(one, game)
        for row in store.rows(shard)
    ]
