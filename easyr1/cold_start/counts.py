"""What a data set holds and what was left out, in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from easyr1.cold_start.fill import Barren
from easyr1.cold_start.levels import SPLITS
from easyr1.cold_start.replies import Spent
from easyr1.cold_start.settings import DataSettings
from easyr1.cold_start.shards import Shard, ShardStore


def count(
    settings: DataSettings, store: ShardStore, spent: Spent | None, barren: Mapping[tuple[str, str], Barren]
) -> dict[str, Any]:
    """The figures of counts.json.

    Args:
        spent: What the replies of a model have taken.
        barren: What was given up, by game and split.

    Returns:
        `games`: by name and split, `kept`, `levels` (those looked at), `bytes` and `rejected` by reason; `kept` and
        `rejected` of all; `lengths`: mean and largest of characters of a reply, and of tokens where they were counted;
        `teacher`: what its replies have taken, for teacher=chat.
    """
    games: dict[str, Any] = {}
    kept, rejected, lengths = Counter[str](), Counter[str](), _Lengths()
    for game in settings.games:
        games[game] = {}
        for split in SPLITS:
            shards = store.shards(split, game)
            games[game][split] = figures = _figures(shards, barren.get((game, split)))
            kept[split] += figures["kept"]
            rejected.update(figures["rejected"])
            for shard in shards:
                for row in store.rows(shard, ("messages", "prompt_tokens", "reply_tokens")):
                    lengths.add(row)
    found = {"games": games, "kept": dict(kept), "rejected": _sorted(rejected), "lengths": lengths.to_dict()}
    return found if spent is None else {**found, "teacher": spent.to_dict()}


def _figures(shards: list[Shard], barren: Barren | None) -> dict[str, Any]:
    rejected = sum((shard.rejected for shard in shards), Counter[str]())
    levels = shards[-1].stop if shards else 0
    if barren is not None:
        rejected += barren.rejected
        levels += barren.levels
    return {
        "kept": sum(shard.rows for shard in shards),
        "levels": levels,
        "bytes": sum(shard.num_bytes for shard in shards),
        "rejected": _sorted(rejected),
    }


def _sorted(rejected: Counter[str]) -> dict[str, int]:
    return dict(rejected.most_common())


class _Lengths:
    """Means and maxima over rows."""

    def __init__(self) -> None:
        self._num: Counter[str] = Counter()
        self._sum: Counter[str] = Counter()
        self._max: dict[str, int] = {}

    def add(self, row: Mapping[str, Any]) -> None:
        reply = {"reply_chars": len(row["messages"][-1]["content"])}
        for name, value in {**reply, **{name: row[name] for name in ("prompt_tokens", "reply_tokens")}}.items():
            if value is not None:
                self._num[name] += 1
                self._sum[name] += value
                self._max[name] = max(value, self._max.get(name, 0))

    def to_dict(self) -> dict[str, dict[str, float]]:
        return {
            name: {"mean": round(self._sum[name] / self._num[name], 1), "max": self._max[name]} for name in self._max
        }
