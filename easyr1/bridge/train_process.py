"""A process of supervised training: torchrun starts `python -m easyr1.bridge.train_process CONFIG.yaml` once a GPU.

It imports nothing heavy before it runs: the process that plays validation levels imports this module too.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import traceback
from pathlib import Path


def main() -> int:
    """Run a checked and resolved configuration to its end, or until it is asked to stop."""
    from omegaconf import OmegaConf

    _end_with_parent()
    config = OmegaConf.load(sys.argv[1])
    try:
        _train(config)
    except BaseException:
        _keep_story(Path(config.trainer.default_local_dir).parent / "error.log")
        raise
    return 0


def _train(config: object) -> None:
    from easyr1.bridge.played_validation import start_player

    player = start_player()
    from verl.utils import distributed
    from verl.utils.device import get_torch_device

    import easyr1.bridge.plugin
    from easyr1.bridge.example_trainer import ExampleTrainer, StopRequested

    # verl swallows a plug-in that fails to import.
    assert easyr1.bridge.plugin.REGISTERED
    get_torch_device().set_device(int(os.environ["LOCAL_RANK"]))
    distributed.initialize_global_process_group_ray()
    with player, contextlib.suppress(StopRequested):
        ExampleTrainer(config, player).fit()
    distributed.destroy_global_process_group()


def _end_with_parent() -> None:
    """torchrun gives each process a session of its own, so that one that is killed would leave its processes behind."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


def _keep_story(path: Path) -> None:
    """Of several processes that fail, the first tells why."""
    with contextlib.suppress(FileExistsError), path.open("x", encoding="utf-8") as file:
        file.write(traceback.format_exc())


if __name__ == "__main__":
    sys.exit(main())
