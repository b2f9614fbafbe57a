"""A run of several turns an episode makes one update a step, counted by the optimiser itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.runs import Run

pytestmark = pytest.mark.engine


def test_one_update_a_step_and_the_pictures_that_were_asked_for(tmp_path: Path) -> None:
    import torch

    run = Run(
        tmp_path / "runs" / "updates",
        (
            *("trainer.total_training_steps=2", "trainer.val_before_train=false", "trainer.test_freq=-1"),
            *("trainer.save_freq=2", "max_turns=3", "window=2", "data.max_prompt_length=400", "history.images=first"),
        ),
    ).start()
    run.finish()
    records = [record for step in (1, 2) for record in run.history.read(step)]
    assert len(records) > 2 * 4 * 2, "there are more turns than episodes"
    state = torch.load(
        run.folder / "checkpoints" / "global_step_2" / "actor" / "optim_world_size_1_rank_0.pt", weights_only=False
    )
    assert {float(moments["step"]) for moments in state["state"].values()} == {2.0}
    kept = {path.stem for path in (run.folder / "history").glob("images/*/*.png")}
    assert kept == {record.observation for record in records if record.turn == 0}
