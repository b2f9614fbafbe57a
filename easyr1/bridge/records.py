"""From verl's queue back to plain records of turns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import transfer_queue as tq
from omegaconf import DictConfig

from easyr1.bridge.picture_store import get_pictures
from easyr1.replay.record import TurnRecord
from games import Level


@dataclass(frozen=True)
class Rows:
    """The turns of one batch.

    Attributes:
        records: one a turn, ordered by group, sibling and turn.
        images: PNG bytes by digest.
        num_restarts: environment workers replaced meanwhile.
        num_episodes: episodes that gave at least one turn.
        logprob_abs_diff: mean absolute difference of vLLM's and the actor's log-probabilities a sampled token; nan
            where the actor computed none (validation).
        prefix_cache_hit_rate: share of the prompts' tokens that vLLM's prefix cache knew; nan where vLLM does not say.
    """

    records: list[TurnRecord]
    images: dict[str, bytes]
    num_restarts: int
    num_episodes: int
    logprob_abs_diff: float
    prefix_cache_hit_rate: float


def read_rows(batch: Any, config: DictConfig, split: str, step: int) -> Rows:
    """Read what a batch of verl's queue holds of each turn, padding left out.

    Args:
        batch: verl's metadata of a batch (keys and tags).
        config: the run's configuration.
        split: `train` or `validation`.
        step: step of the trainer.
    """
    keys = [key for key, tag in zip(batch.keys, batch.tags, strict=True) if not tag.get("is_padding", False)]
    fields = ["extra_fields", "level", "game_name"]
    if split == "train":
        fields += ["advantages", "response_mask", "old_log_probs", "rollout_log_probs"]
    data = tq.kv_batch_get(keys=keys, partition_id=batch.partition_id, select_fields=fields)
    extras = [_plain(value) for value in data["extra_fields"]]
    levels = [_plain(value) for value in data["level"]]
    names = [str(_plain(value)) for value in data["game_name"]]
    advantages = [float(row[0]) for row in data["advantages"].unbind()] if split == "train" else [None] * len(keys)
    rows = [
        _record(extra, level, name, advantage, split, step)
        for extra, level, name, advantage in zip(extras, levels, names, advantages, strict=True)
    ]
    return Rows(
        records=[record for _, record in sorted(rows, key=lambda row: row[0])],
        images=get_pictures(extra["turn"]["observation"] for extra in extras),
        num_restarts=sum(int(extra.get("environment_restarts", 0)) for extra in extras),
        num_episodes=len({key.rsplit("_", 1)[0] for key in keys}),
        logprob_abs_diff=_logprob_abs_diff(data) if split == "train" else float("nan"),
        prefix_cache_hit_rate=_prefix_cache_hit_rate(extras),
    )


def _record(
    extra: dict[str, Any], level: dict[str, Any], name: str, advantage: float | None, split: str, step: int
) -> tuple[tuple[str, int, int, int], TurnRecord]:
    """A record and its place in the file: by game, then groups by level, then siblings, then turns."""
    facts = dict(extra["turn"])
    reward = extra["reward_extra_info"]["turn_rewards"][facts["turn"]]
    level_seed = Level.from_dict(level).seed
    record = TurnRecord(
        step=step,
        split=split,
        level=level,
        # Frozen levels of two games have the same seeds.
        group=f"{name}:{level_seed}" if name else str(level_seed),
        sample=facts["sample"],
        turn=facts["turn"],
        observation=facts["observation"],
        prompt=facts["prompt"],
        reply=facts["reply"],
        action=facts["action"],
        status=facts["status"],
        truth=facts["truth"],
        reward=reward,
        perception=facts["perception"],
        advantage=advantage,
        stop_reason=facts["stop_reason"],
        prompt_tokens=facts["prompt_tokens"],
        reply_tokens=facts["reply_tokens"],
        game_name=name,
    )
    return (name, level_seed, record.sample, record.turn), record


def _logprob_abs_diff(data: Any) -> float:
    total, count = 0.0, 0
    for ours, theirs in zip(data["old_log_probs"].unbind(), data["rollout_log_probs"].unbind(), strict=True):
        length = min(len(ours), len(theirs))
        total += float((ours[:length] - theirs[:length]).abs().sum())
        count += length
    return total / max(count, 1)


def _prefix_cache_hit_rate(extras: list[dict[str, Any]]) -> float:
    known = [extra for extra in extras if extra.get("num_cached_tokens") is not None]
    prompt_tokens = sum(extra["turn"]["prompt_tokens"] for extra in known)
    return sum(extra["num_cached_tokens"] for extra in known) / prompt_tokens if prompt_tokens else float("nan")


def _plain(value: Any) -> Any:
    """The Python object inside tensordict's wrapper."""
    return getattr(value, "data", value)
