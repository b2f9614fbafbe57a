"""Make a trained model ready to be served and passed on: `python -m easyr1.export RUN`.

Usage:
    python -m easyr1.export RUN [--step N] [--out FOLDER]

RUN is the folder of a training, by reinforcement learning or on examples. The model of its last checkpoint, or of the
one after step N, is merged where verl left shards alone. Its README.md says what it was trained from and on, and what
it reached in validation. With --out the model is copied to a new folder; without, it stays where it is.
"""

from __future__ import annotations

import argparse
import asyncio
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from easyr1.errors import ConfigError
from easyr1.model_card import write_card
from easyr1.policies.checkpoint import Checkpoint, find_checkpoint


def main(arguments: Sequence[str] | None = None) -> int:
    """Export a checkpoint.

    Args:
        arguments: Command line without the program's name; None reads sys.argv.

    Returns:
        Exit status: 0 done, 2 there is no such checkpoint, or nowhere to write.
    """
    parser = argparse.ArgumentParser(
        prog="python -m easyr1.export", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path, metavar="RUN", help="runs/<experiment> of a training")
    parser.add_argument("--step", type=int, help="the checkpoint after this step (default: the last)")
    parser.add_argument("--out", type=Path, help="a new folder for a copy")
    options = parser.parse_args(arguments)
    try:
        folder = export(options.run, options.step, options.out)
    except (ConfigError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    print(f"exported: {folder}\nserve it: vllm serve {shlex.quote(str(folder))}")
    return 0


def export(run: Path, step: int | None = None, out: Path | None = None) -> Path:
    """Merge a checkpoint where that is needed, and describe it.

    Args:
        run: Folder of a training.
        step: Of the checkpoint; None for the last.
        out: A folder that is not there yet or is empty; None leaves the model where it is.

    Returns:
        The folder of the model in Hugging Face's form, with README.md, absolute.

    Raises:
        ConfigError: There is no such run or checkpoint, it cannot be merged, or `out` holds something.
    """
    run = run.expanduser().resolve()
    if not (run / "config.yaml").is_file():
        raise ConfigError(f"RUN: {run} given, and there is no config.yaml in it; it must be the folder of a training")
    if out is not None and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"--out: {out} holds something already; give a new folder")
    step, checkpoint = _checkpoint(run, step)
    if not checkpoint.is_merged:
        from easyr1.policies.shards import merge_shards

        asyncio.run(merge_shards(checkpoint))
    folder = checkpoint.folder
    card = write_card(run, step, folder if out is None else out)
    if out is not None:
        folder = out.expanduser().resolve()
        shutil.copytree(checkpoint.folder, folder, dirs_exist_ok=True)
    (folder / "README.md").write_text(card, encoding="utf-8")
    return folder


def _checkpoint(run: Path, step: int | None) -> tuple[int, Checkpoint]:
    steps = sorted(
        int(path.name.removeprefix("global_step_"))
        for path in (run / "checkpoints").glob("global_step_*")
        if path.name.removeprefix("global_step_").isdigit()
    )
    if not steps:
        raise ConfigError(
            f"RUN: {run} has no checkpoints; a training writes one when it stops and every save_freq steps"
        )
    if step is not None and step not in steps:
        raise ConfigError(f"--step: {step} given; there are checkpoints after steps {', '.join(map(str, steps))}")
    chosen = steps[-1] if step is None else step
    return chosen, find_checkpoint(run / "checkpoints" / f"global_step_{chosen}")


if __name__ == "__main__":
    sys.exit(main())
