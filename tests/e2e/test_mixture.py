"""A run whose levels are of three games, two of which differ in the length of images, prompts and replies."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from easyr1.data.mixture import LevelMixture
from easyr1.replay.record import MetricsLog
from tests.e2e.runs import Run

pytestmark = pytest.mark.engine

NAMES = ("classic", "ice", "sums")
MIXTURE = (
    "game=looks_small",
    "game.games.classic.validation_levels=3",
    "game.games.ice.validation_levels=2",
    "+game.games.sums={id: games/TwentyFortyEight-v0, knobs: {rows: 2, columns: 2, tile_px: 28}, validation_levels: 2}",
    "data.max_prompt_length=400",
)


def test_a_mixture_is_trained_and_validated_game_by_game(tmp_path: Path) -> None:
    run = Run(
        tmp_path / "runs" / "mixture",
        ("trainer.total_training_steps=2", "trainer.test_freq=2", "trainer.save_freq=-1"),
        game=MIXTURE,
    ).start()
    output = run.finish()

    game = OmegaConf.to_container(OmegaConf.load(run.folder / "config.yaml").game)
    levels, seen = LevelMixture.from_settings(game, 1, "train"), Counter()
    for step, row in zip((1, 2), run.metrics.read(), strict=True):
        records = run.history.read(step)
        expected = {(levels.name(i), levels.level(i).seed) for i in range(4 * (step - 1), 4 * step)}
        assert {(record.game_name, record.level["seed"]) for record in records} == expected
        assert len(records) == 8 and all(record.advantage is not None for record in records)
        counts = Counter(name for name, _ in expected)
        assert {name: row.get(f"game/{name}/levels", 0) for name in NAMES} == {name: counts[name] for name in NAMES}
        rewards = [record.reward["game"] for record in records if record.game_name == "classic"]
        assert row["game/classic/reward/game"] == pytest.approx(sum(rewards) / len(rewards))
        # Images of several sizes in one micro-batch: training sees each with its own reply.
        assert 0 <= row["logprob/abs_diff"] < 0.01
        seen += counts
    assert set(seen) == set(NAMES)

    frozen = LevelMixture.from_settings(game, 1, "validation")
    for step in (0, 2):
        records = run.history.read_validation(step)
        played = Counter((record.game_name, record.level["seed"]) for record in records)
        assert played == {(frozen.name(i), frozen.level(i).seed): 2 for i in range(7)}
        assert len({(record.group, record.sample) for record in records}) == len(records) == 14
    _, last = MetricsLog(run.folder / "validation.jsonl").read()
    assert {f"validation/game/{name}/perception/exact" for name in NAMES} <= set(last)
    assert last["validation/game/classic/levels"] == 3
    assert "step 2/2" in output and "\nclassic, game reward: " in output and "\ngame reward: " in output
