"""Let a torchvision that was built for CUDA be imported beside a CPU build of torch.

Such a torchvision fails with "operator torchvision::nms does not exist", because its compiled operators cannot be
loaded. Declaring their schemas is enough for everything that is used here (transforms, no detection operators).
"""

from __future__ import annotations

import importlib.util

import torch

_SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
_libraries: list[torch.library.Library] = []


def declare_torchvision_schemas() -> None:
    """Declare what torchvision could not declare itself; does nothing where it is whole, absent or done already."""
    if _libraries or importlib.util.find_spec("torchvision") is None:
        return
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        library = torch.library.Library("torchvision", "FRAGMENT")
        for schema in _SCHEMAS.values():
            library.define(schema)
        _libraries.append(library)
