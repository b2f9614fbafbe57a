"""What the checks believe about verl, against verl."""

from __future__ import annotations

from typing import Any

from omegaconf import OmegaConf

from easyr1.config.compose import verl_defaults
from easyr1.config.known_keys import _dataclass_fields, check_keys
from easyr1.config.paths import verl_config_folder
from easyr1.config.values import ABOVE_0, AT_LEAST_0, CHOICES, COUNTS, LOGGERS, OPTIONAL_COUNTS, SHARES


def test_verls_own_configuration_has_no_findings() -> None:
    assert list(check_keys(verl_defaults(), verl_defaults())) == []


def test_every_key_that_is_checked_exists(tiny_config: Any) -> None:
    for key in (*COUNTS, *OPTIONAL_COUNTS, *AT_LEAST_0, *ABOVE_0, *SHARES, *CHOICES):
        node, _, name = key.rpartition(".")
        parent = OmegaConf.select(tiny_config, node) if node else tiny_config
        assert name in parent.keys(), key  # noqa: SIM118, `in` is false for null


def test_a_key_that_verl_lists_in_a_class_alone_is_known() -> None:
    assert {"enable_sleep_mode", "n", "temperature"} <= _dataclass_fields("verl.workers.config.RolloutConfig")
    inherited = _dataclass_fields("verl.workers.config.FSDPActorConfig")
    assert {"grad_clip", "ppo_mini_batch_size"} <= inherited
    assert _dataclass_fields("os.path.Nothing") == _dataclass_fields("verl.nowhere.Nothing") == frozenset()


def test_words_are_verls() -> None:
    """Read from its source: importing the classes takes a minute on a small machine."""
    root = verl_config_folder().parents[1]
    files = {
        "trainer.logger": "utils/tracking.py",
        "actor_rollout_ref.actor.loss_agg_mode": "workers/config/actor.py",
        "actor_rollout_ref.actor.kl_loss_type": "trainer/ppo/core_algos.py",
        "actor_rollout_ref.actor.optim.lr_scheduler_type": "workers/engine/fsdp/transformer_impl.py",
        "actor_rollout_ref.actor.strategy": "workers/engine/fsdp/transformer_impl.py",
        "trainer.resume_mode": "trainer/ppo/v1/trainer_base.py",
    }
    for key, file in files.items():
        text = (root / file).read_text(encoding="utf-8")
        for word in CHOICES.get(key, LOGGERS):
            assert f'"{word}"' in text, f"{key}={word}"
