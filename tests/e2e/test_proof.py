"""The whole proof in small: the real actor, Ray, verl and vLLM, and what its file of results says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from easyr1.bridge.proof.recipe import SIZES
from easyr1.bridge.proof.stages import STAGES
from easyr1.bridge.proof.table import WIDTH

pytestmark = [pytest.mark.engine, pytest.mark.slow]

LIMIT_S = 3000
SMALL = SIZES[True]


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    """What the proof wrote, and what it printed."""
    folder = tmp_path_factory.mktemp("proof")
    command = [sys.executable, "-m", "easyr1.bridge.proof", "--size", "small", "--patience", "2"]
    command += ["--out", str(folder / "proof.json")]
    environment = {**os.environ, "TMPDIR": str(folder)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [path.name for path in folder.iterdir()] == ["proof.json"], "the temporary folder is removed"
    (run,) = json.loads((folder / "proof.json").read_text())["runs"]
    return run, done.stdout


def figures(run: dict[str, Any], letter: str) -> dict[str, Any]:
    (stage,) = (one for one in run["stages"] if one["stage"] == letter)
    assert stage["passed"] and stage["error"] is None and 0 < stage["seconds"] <= stage["limit_s"]
    return {one["name"]: one["value"] for one in stage["figures"]}


def test_all_stages_pass_and_the_table_fits(proof: tuple[dict[str, Any], str]) -> None:
    run, printed = proof
    assert run["passed"] and [one["stage"] for one in run["stages"]] == [one.letter for one in STAGES]
    assert all(len(line) <= WIDTH for line in printed.splitlines() if not line.startswith("proof, size"))
    assert f"{len(STAGES)} of {len(STAGES)} stages passed" in printed


def test_attention_is_right(proof: tuple[dict[str, Any], str]) -> None:
    found = figures(proof[0], "a")
    errors = [value for name, value in found.items() if "error of" in name]
    assert len(errors) >= 8 and 0 < max(errors) < 1e-5
    assert found["torch"].startswith("2.") and found["modules that cannot be imported"] == 0


def test_the_model_has_more_tokens_than_its_tokenizer(proof: tuple[dict[str, Any], str]) -> None:
    found = figures(proof[0], "b")
    assert found["tokens of the tokenizer, verl"] < found["tokens of the model, verl"]
    assert found["tokens of the model, verl"] == found["tokens of the model, vLLM"] == 2048


def test_packed_samples_do_not_see_each_other(proof: tuple[dict[str, Any], str]) -> None:
    found = figures(proof[0], "c")
    # Were they to see each other, the mean difference would be some 0.004.
    assert found["packed against alone, mean"] < 1e-5 < 0.01 < found["spread of the log-probabilities"]
    assert found["without pictures, gradient norm"] > 0
    assert found["update, loss lost by the first"] > 0


def test_reinforcement_learning_learns_and_vllm_follows(proof: tuple[dict[str, Any], str]) -> None:
    found = figures(proof[0], "d")
    assert found["one turn: steps"] == SMALL.steps
    assert found["one turn: KL to the start, last step"] > 1e-6
    assert found["one turn: vLLM against actor, mean"] < 1e-3
    assert found["checkpoint: tensors that moved"] > 20 and found["checkpoint: tensors not finite"] == 0
    # Random weights end no episode early.
    assert found["three turns: samples of the last step"] == 3 * SMALL.states_of_turns * SMALL.replies
    assert 0 < found["weights to vLLM, shortest"] <= found["weights to vLLM, longest"]


def test_an_adapter_is_trained_and_merged(proof: tuple[dict[str, Any], str]) -> None:
    found = figures(proof[0], "e")
    # Seven layers of each of three blocks of text, and nothing else.
    assert found["LoRA: steps"] == 1 and found["merged model: tensors that moved"] == 7 * 3
