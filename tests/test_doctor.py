"""The doctor, run as a user runs it: on this machine, with GPUs that are made up, and with nothing but Python."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.machine.conftest import write_smi

ROOT = Path(__file__).parents[1]
NO_GPU = {"PATH": "/usr/bin:/bin", "HF_HUB_OFFLINE": "1"}
needs_engine = pytest.mark.skipif(find_spec("verl") is None, reason="recipes are composed over verl's configuration")


def doctor(
    *words: str, python: str = sys.executable, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    hidden = {"RAY_ADDRESS", "CUDA_VISIBLE_DEVICES", "EASYR1_DEVICE", "WANDB_API_KEY"}
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    command = [python, "-m", "easyr1.doctor", *words]
    given = {**kept, **NO_GPU, **(env or {})}
    return subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, timeout=600)


def answer(*words: str, **more: Any) -> tuple[int, dict[str, Any]]:
    done = doctor("--json", *words, **more)
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


def check_width(page: str) -> None:
    """Paths are not broken; all else fits 100 columns."""
    assert [line for line in page.splitlines() if len(line) > 100 and "/" not in line] == []


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python with nothing installed, not even pip."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return str(folder / "bin" / "python")


def gpus(folder: Path, number: int, driver: str = "580.65.06", cuda: str = "13.0") -> dict[str, str]:
    """An environment in which `nvidia-smi` says that there are so many H100."""
    write_smi(folder / "bin", [("NVIDIA H100 80GB HBM3", "81559")] * number, driver, cuda)
    return {"PATH": f"{folder / 'bin'}:/usr/bin:/bin"}


def test_with_nothing_but_python(bare_python: str, tmp_path: Path) -> None:
    done = doctor(f"runs_dir={tmp_path}", python=bare_python)
    assert (done.returncode, done.stderr) == (1, "")
    assert "not installed: torch, transformers, ray, verl, vllm" in done.stdout
    assert "mend: bash install.sh" in done.stdout
    assert f"then run: bash recipes/rl_shisensho.sh runs_dir={tmp_path}\n" in done.stdout
    assert "hardware=cpu vlm=tiny, chosen for this machine" in done.stdout
    assert "GB free for" in done.stdout and done.stdout.count(f"runs_dir={tmp_path}") == 2
    check_width(done.stdout)


def test_with_nothing_but_python_and_gpus(bare_python: str, tmp_path: Path) -> None:
    status, found = answer("g0/swap", python=bare_python, env=gpus(tmp_path, 8, "535.183.01", "12.2"))
    assert status == 1 and found["can_run"] is False
    assert len(found["machine"]["gpus"]) == 8 and found["machine"]["driver"]["is_new_enough"] is False
    assert found["run"]["settings"] == {"hardware": "8gpu", "vlm": "qwen2_5_vl_7b"}
    assert found["command"] == "bash recipes/rl_swap.sh"
    driver, engine = (missing["what"] for missing in found["missing"][:2])
    assert "driver 535.183.01 does not run CUDA 13" in driver and engine.startswith("the engine is not installed")
    assert "driver 580 or newer" in found["missing"][0]["mend"]


@needs_engine
def test_a_machine_without_a_gpu_is_named_the_default_of_the_cpu(tmp_path: Path) -> None:
    done = doctor("--no-imports", f"runs_dir={tmp_path}")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"  run: bash recipes/rl_shisensho.sh runs_dir={tmp_path}\n" in done.stdout
    assert "hardware=cpu vlm=tiny" in done.stdout and "without a GPU" in done.stdout
    for word in ("generation", "log-probabilities", "update", "checkpoint", "in all", "assumed:"):
        assert word in done.stdout, word
    check_width(done.stdout)


@needs_engine
def test_what_a_gpu_recipe_lacks_here_is_named_and_the_default_with_it() -> None:
    done = doctor("--no-imports", "hardware=8gpu", "vlm=qwen2_5_vl_7b")
    assert done.returncode == 1
    assert "- hardware: 8gpu needs 8 GPUs, this machine has 0" in done.stdout
    assert "hf download Qwen/Qwen2.5-VL-7B-Instruct --local-dir FOLDER" in done.stdout
    assert "this machine can run: bash recipes/rl_shisensho.sh\n" in done.stdout
    check_width(done.stdout)


@needs_engine
def test_gpus_choose_their_recipe(tmp_path: Path) -> None:
    status, found = answer("--no-imports", "g1/2048", "seed=2", env=gpus(tmp_path, 8))
    assert found["run"]["settings"]["hardware"] == "8gpu" and found["run"]["settings"]["vlm"] == "qwen2_5_vl_7b"
    assert found["command"] == "bash recipes/g1_2048.sh seed=2"
    assert found["run"]["memory_gb"]["generation"]["gpu"]["vLLM"] == pytest.approx(0.6 * 85.5, abs=0.1)
    assert found["run"]["seconds"]["is_an_estimate"] is True and found["run"]["disk_gb"]["checkpoint"] > 110
    # It is the model that lacks, or more, but no GPU.
    assert status == 1 and not [one for one in found["missing"] if "needs 8 GPUs" in one["what"]]


@needs_engine
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("seeed=2",), "error: seeed: "),
        (("g0/swop",), "error: g0/swop: no such recipe; known: g0/2048, "),
        (("hardware=9gpu",), "error: hardware="),
        (("game.knobs.rows=x",), "error: game.knobs.rows: "),
        (("data.train_batch_size=0",), "error: data.train_batch_size: 0 given"),
    ],
)
def test_bad_arguments(words: tuple[str, ...], message: str) -> None:
    done = doctor("--no-imports", *words)
    assert (done.returncode, done.stdout) == (2, "") and done.stderr.startswith(message), done.stderr


def test_an_option_that_does_not_exist() -> None:
    assert doctor("--jsonn").returncode == 2


def test_values_of_keys_are_not_told(bare_python: str) -> None:
    secret = "a-value-that-nobody-should-read"
    env = {"WANDB_API_KEY": secret, "MY_CHAT_KEY": secret, "https_proxy": f"http://user:{secret}@proxy:3128"}
    status, found = answer("cold_start.data.chat.key_variable=MY_CHAT_KEY", python=bare_python, env=env)
    assert status == 1 and secret not in json.dumps(found)
    assert found["machine"]["keys"]["WANDB_API_KEY"] is True and found["machine"]["keys"]["MY_CHAT_KEY"] is True
    assert found["machine"]["proxies"][0] == "https_proxy"


def test_a_cluster_that_does_not_answer(bare_python: str) -> None:
    _, found = answer(python=bare_python, env={"RAY_ADDRESS": "127.0.0.1:1"})
    assert found["machine"]["ray"]["is_reachable"] is False
    assert any(one["what"] == "RAY_ADDRESS: nothing answers at 127.0.0.1:1" for one in found["missing"])


@pytest.mark.engine
@needs_engine
def test_whatever_training_imports_is_tried(tmp_path: Path) -> None:
    broken = tmp_path / "transfer_queue"
    broken.mkdir()
    (broken / "__init__.py").write_text("raise ImportError('built for another machine')\n")
    status, found = answer(f"runs_dir={tmp_path}", env={"PYTHONPATH": str(tmp_path)})
    assert status == 1 and "built for another machine" in found["machine"]["import_failures"][0]


def test_training_needs_the_engine(bare_python: str) -> None:
    done = doctor("--train", "--stages", "a", python=bare_python)
    assert (done.returncode, done.stdout) == (1, "") and done.stderr.endswith("not installed: bash install.sh\n")


@pytest.mark.engine
@needs_engine
def test_the_arguments_of_the_proof_are_its_own() -> None:
    done = doctor("--train", "--help")
    assert done.returncode == 0 and "--stages" in done.stdout
    assert doctor("--train", "--stages", "nonsense").returncode == 2


def test_importing_it_is_light() -> None:
    heavy = {"torch", "verl", "ray", "vllm", "transformers", "hydra", "omegaconf", "numpy", "yaml"}
    code = f"import sys, easyr1.doctor; print(*sorted({heavy!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
