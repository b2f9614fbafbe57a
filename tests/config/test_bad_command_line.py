"""Command lines that cannot be composed: one line, which names the key to change."""

from __future__ import annotations

import pytest

from easyr1.config.compose import compose_recipe
from easyr1.errors import ConfigError
from tests.config.conftest import RECIPE, TINY


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("sed=2", "sed: no such key; did you mean seed?"),
        ("hardwar=cpu", "hardwar: no such key; did you mean hardware?"),
        ("trainer.nnode=2", "trainer.nnode: no such key; did you mean trainer.nnodes?"),
        ("game.knob.rows=2", "game.knob.rows: no such key; did you mean game.knobs.rows?"),
        ("lr=1e-5", "lr: no such key; did you mean actor_rollout_ref.actor.optim.lr?"),
        ("optim.lr=1e-5", "optim.lr: no such key; did you mean actor_rollout_ref.actor.optim.lr?"),
        ("+seed=2", "+seed: this key exists; write seed=... without the plus sign"),
        ("+vlm=tiny", "+vlm=tiny: write vlm=tiny without the plus sign"),
        ("seed=1,2", "seed: 1,2 given; one value a run, or a list in brackets: seed=[...]"),
        ("seed", "seed: not of the form KEY=VALUE; quote a value with other signs: \"KEY='VALUE'\""),
        ("vlm.path=/a=b", "vlm.path=/a=b: not of the form KEY=VALUE; quote a value with other signs: \"KEY='VALUE'\""),
    ],
)
def test_a_command_line_that_cannot_be_composed(override: str, message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        compose_recipe(RECIPE, [*TINY, override])
    assert str(raised.value) == message


@pytest.mark.parametrize("override", ["objective=grpoo", "vlm=tinny", "hardware=8gpus", "game=shisenso", "vlm=null"])
def test_a_misspelt_option_of_a_group_names_those_that_exist(override: str) -> None:
    with pytest.raises(ConfigError) as raised:
        compose_recipe(RECIPE, [override])
    message = str(raised.value)
    assert message.startswith(f"{override}: no such option; ") and "; there are " in message
    assert "_gpus" not in message and "\n" not in message
    assert "did you mean" in message or override == "vlm=null"


def test_a_misspelt_recipe() -> None:
    with pytest.raises(ConfigError, match=r"--config-name g0/shisensh: no such recipe; did you mean g0/shisensho\?"):
        compose_recipe("g0/shisensh")
