"""The Dockerfiles: a user without rights, versions fixed, imports checked, and nothing secret in a layer."""

from __future__ import annotations

import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IMAGES = ("train", "cpu", "minimal")
TRAINING = ("train", "cpu")
INSTRUCTIONS = {"ARG", "CMD", "COPY", "ENV", "FROM", "RUN", "USER", "WORKDIR"}
"""What `docker/check.sh` can run."""
SECRET = re.compile(r"api_?key|token|password|passwd|secret|credential", re.IGNORECASE)


@dataclass(frozen=True)
class Step:
    """An instruction: its name and what stands behind it, in one line."""

    name: str
    rest: str


def read_steps(image: str) -> list[Step]:
    """The instructions of an image's Dockerfile, as Docker joins them."""
    lines = (ROOT / "docker" / f"{image}.Dockerfile").read_text().splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n\s*", "", text)
    return [Step(*line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]


def position(steps: list[Step], name: str, part: str) -> int:
    """Where the only instruction of a name with a part in it stands."""
    (found,) = (index for index, step in enumerate(steps) if step.name == name and part in step.rest)
    return found


@pytest.mark.parametrize("image", IMAGES)
def test_every_instruction_is_one_that_the_check_runs(image: str) -> None:
    assert {step.name for step in read_steps(image)} == INSTRUCTIONS


@pytest.mark.parametrize("image", IMAGES)
def test_the_words_of_each_step_are_whole(image: str) -> None:
    for step in read_steps(image):
        if step.name == "RUN":
            command = re.sub(r"^(--\S+\s+)+", "", step.rest)
            assert shlex.split(command)
            parsed = subprocess.run(["sh", "-n", "-c", command], capture_output=True, text=True)
            assert parsed.returncode == 0, parsed.stderr
            assert "||" not in command, "a failure must end the build"


@pytest.mark.parametrize("image", IMAGES)
def test_the_image_runs_as_a_user_without_rights(image: str) -> None:
    steps = read_steps(image)
    (user,) = (step.rest for step in steps if step.name == "USER")
    assert user == "easyr1"
    assert position(steps, "RUN", "useradd") < position(steps, "USER", user) < position(steps, "CMD", "")
    assert not [step for step in steps if "sudo" in step.rest or "chmod" in step.rest]


@pytest.mark.parametrize("image", IMAGES)
def test_nothing_secret_gets_into_a_layer(image: str) -> None:
    for step in read_steps(image):
        rest = step.rest.replace("--mount=type=secret,id=pip_conf,target=/etc/pip.conf", "")
        assert not SECRET.search(rest), f"{step.name} {rest}"
        assert step.name != "ADD"


def test_the_context_holds_what_is_named_and_nothing_else() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    kept = [line[1:] for line in lines if line.startswith("!")]
    assert all((ROOT / name).exists() for name in kept)
    assert set(lines[1 + len(kept) :]) == {"**/__pycache__", "**/*.egg-info"}


@pytest.mark.parametrize("image", IMAGES)
def test_what_is_copied_is_in_the_context(image: str) -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for step in read_steps(image):
        if step.name == "COPY":
            for source in step.rest.split()[:-1]:
                assert source == "." or source.split("/")[0] in kept, source
                assert (ROOT / source).exists()


@pytest.mark.parametrize("image", IMAGES)
def test_a_change_of_code_keeps_the_packages(image: str) -> None:
    steps = read_steps(image)
    packages = position(steps, "RUN", "python3 -m venv")
    assert packages < position(steps, "COPY", ". .")
    before = {source for step in steps[:packages] if step.name == "COPY" for source in step.rest.split()[:-1]}
    assert before <= {"setup.py", "pyproject.toml", "install.sh", "easyr1/constraints"}


@pytest.mark.parametrize("image", TRAINING)
def test_training_is_installed_by_the_script_and_its_imports_checked_over_the_real_code(image: str) -> None:
    steps = read_steps(image)
    code = position(steps, "COPY", ". .")
    assert "bash install.sh && bash install.sh $EXTRAS" in steps[position(steps, "RUN", "python3 -m venv")].rest
    check = position(steps, "RUN", "python -m easyr1.bridge.check_imports")
    assert check > code and check > position(steps, "USER", "easyr1")
    device = {"train": "gpu", "cpu": "cpu"}[image]
    assert f"EASYR1_DEVICE={device}" in steps[position(steps, "ENV", "EASYR1_DEVICE")].rest


def test_the_small_image_has_fixed_versions_and_no_engine() -> None:
    steps = read_steps("minimal")
    install = steps[position(steps, "RUN", "pip install")].rest
    (constraints,) = re.findall(r"--constraint (\S+)", install)
    assert (ROOT / constraints).is_file() and '".[$EXTRAS]"' in install
    assert steps[position(steps, "ARG", "EXTRAS")].rest == "EXTRAS=eval"
    # The Python that the constraints are for is Debian 12's.
    assert "bookworm" in steps[position(steps, "ARG", "BASE")].rest and constraints.endswith("py3.11.txt")


def test_a_gpu_image_is_for_cuda_13_and_needs_no_compiler_for_cuda() -> None:
    steps = read_steps("train")
    assert re.fullmatch(r"BASE=nvidia/cuda:13\.\d+\.\d+-base-ubuntu24\.04", steps[position(steps, "ARG", "BASE")].rest)
    assert "VLLM_USE_FLASHINFER_SAMPLER=0" in steps[position(steps, "ENV", "EASYR1_DEVICE")].rest
