"""What `vllm serve` is told: the keys `server.*` of an evaluation, checked, and the command made of them."""

from __future__ import annotations

import importlib.metadata
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from easyr1.errors import ConfigError

HOST = "127.0.0.1"

CPU_VARIABLES = {
    # Two threads on two busy cores are ten times slower for tiny models.
    "OMP_NUM_THREADS": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "VERL_PLATFORM": "cpu",
}
"""What vLLM's CPU build and verl beside it are given where the environment says nothing else."""

VARIABLES = {
    # A checkpoint is a folder: there is nothing to fetch, and nothing to tell anybody.
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    # FlashInfer's sampler is compiled at the start, by a CUDA toolkit that a node need not have.
    "VLLM_USE_FLASHINFER_SAMPLER": "0",
}
"""What the server is given where the environment says nothing else."""


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """How to serve a checkpoint: the keys `server.*` of an evaluation, checked.

    Attributes:
        max_model_len: Tokens of a context and its reply together; None for as many as the model can take.
        dtype: Of weights and arithmetic, in vLLM's words; None for what training samples with: float32 on a CPU and
            bfloat16 on a GPU.
        start_timeout_s: Longest time from the start of the server to its first answer.
        arguments: What else `vllm serve` is told.

    Raises:
        ConfigError: A value is out of range; the message names its key.
    """

    max_model_len: int | None = None
    dtype: str | None = None
    start_timeout_s: float = 900.0
    arguments: Sequence[str] = ()

    def __post_init__(self) -> None:
        length, limit_s = self.max_model_len, self.start_timeout_s
        if length is not None and (isinstance(length, bool) or not isinstance(length, int) or length < 1):
            raise ConfigError(f"server.max_model_len: {length!r} given; it must be a whole number, 1 or more, or null")
        if self.dtype is not None and not isinstance(self.dtype, str):
            raise ConfigError(f"server.dtype: {self.dtype!r} given; it must be a word such as bfloat16, or null")
        if isinstance(limit_s, bool) or not isinstance(limit_s, (int, float)) or not 0 < limit_s < math.inf:
            raise ConfigError(f"server.start_timeout_s: {limit_s!r} given; it must be a number above 0")
        if isinstance(self.arguments, str) or not isinstance(self.arguments, Sequence):
            raise ConfigError(f"server.arguments: {self.arguments!r} given; it must be a list such as [--seed,1]")
        object.__setattr__(self, "arguments", tuple(map(str, self.arguments)))


def serve_command(
    folder: Path, name: str, port: int, settings: ServerSettings, num_images: int, concurrency: int
) -> list[str]:
    """Arguments of `vllm`; replies come as they do in training.

    Args:
        folder: A model in Hugging Face's form.
        name: What requests call it.
        port: On this machine.
        settings: As the user gave them.
        num_images: Pictures that a context may hold.
        concurrency: Replies under way at once.
    """
    dtype = settings.dtype or ("float32" if is_cpu_build() else "bfloat16")
    limits = json.dumps({"image": num_images, "video": 0})
    command = ["serve", str(folder), "--served-model-name", name, "--host", HOST, "--port", str(port)]
    command += ["--dtype", dtype, "--max-num-seqs", str(concurrency), "--limit-mm-per-prompt", limits]
    # Of a model's own generation config training takes the end tokens alone, and so does this.
    command += ["--generation-config", "vllm"]
    if settings.max_model_len is not None:
        command += ["--max-model-len", str(settings.max_model_len)]
    if is_cpu_build():
        command.append("--enforce-eager")
    return [*command, *settings.arguments]


def is_cpu_build() -> bool:
    """Whether the vLLM that is installed is the one for CPUs."""
    try:
        return "+cpu" in importlib.metadata.version("vllm")
    except importlib.metadata.PackageNotFoundError:
        return any(importlib.metadata.distributions(name="vllm-cpu"))


def serve_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Environment variables of the server: those given, and ours where they say nothing."""
    return {**VARIABLES, **(CPU_VARIABLES if is_cpu_build() else {}), **environment}
