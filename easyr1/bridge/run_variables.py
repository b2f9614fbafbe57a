"""Environment variables of a run's processes, whichever node they are on."""

from __future__ import annotations

import netrc
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

PASSED_ON = (
    "WANDB_",
    "TENSORBOARD_",
    "HF_",
    "HUGGING_FACE_",
    "TRANSFORMERS_",
    "NCCL_",
    "GLOO_",
    "TORCH_",
    "VLLM_",
    "VERL_",
    "CIFAR10_",
)
"""Beginnings of variables that all nodes take from the process that starts the run: on a Ray cluster that is up, a
process has the variables of its node's Ray, which was started before the run and perhaps by somebody else."""

WANDB_URL = "https://api.wandb.ai"


def passed_on() -> dict[str, str]:
    """Those of this process that the processes of a run take over."""
    return {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}


def variables_of_run(folder: Path, profile: Mapping[str, object] | None) -> dict[str, str]:
    """The variables of a run, beside those that are passed on.

    Args:
        folder: of the run, absolute.
        profile: what the hardware profile sets.
    """
    own = {"TENSORBOARD_DIR": str(folder / "tensorboard"), "WANDB_DIR": str(folder)}
    return {**{str(name): str(value) for name, value in (profile or {}).items()}, **own, **wandb_variables()}


def wandb_variables() -> dict[str, str]:
    """The key of wandb where there is one, and otherwise what makes it write to WANDB_DIR instead of ending the run.

    wandb looks for the key on the node that it runs on, so that the file of this one is read here.
    """
    if key := os.environ.get("WANDB_API_KEY") or _key_in_file():
        return {"WANDB_API_KEY": key}
    if "WANDB_MODE" in os.environ:
        return {}
    return {"WANDB_MODE": "offline", "WANDB_SILENT": os.environ.get("WANDB_SILENT", "true")}


def _key_in_file() -> str | None:
    """What `wandb login` wrote."""
    file = Path(os.environ.get("NETRC", "~/.netrc")).expanduser()
    host = urlsplit(os.environ.get("WANDB_BASE_URL", WANDB_URL)).hostname
    try:
        found = netrc.netrc(file).authenticators(host) if host else None
    except (OSError, netrc.NetrcParseError):
        return None
    return found[2] if found else None
