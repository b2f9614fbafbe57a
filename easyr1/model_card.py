"""The card of a trained model: README.md as the Hugging Face hub reads it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from easyr1.metrics import Comparison, compare_validation, game_names, validation_metrics
from easyr1.replay.record import History, TurnRecord

QUANTITIES = {
    "perception/exact": "P_acc: the whole board seen right",
    "reply/legal": "legal answers",
    "reply/unreadable": "unreadable answers",
    "reward/game": "game reward",
    "reply/tokens": "reply, tokens",
}
LICENCES = {
    "Qwen/Qwen2.5-VL-3B-Instruct": ("other", "the Qwen research licence of its base model"),
    "Qwen/Qwen2.5-VL-7B-Instruct": ("apache-2.0", "Apache 2.0, as that of its base model"),
    "Qwen/Qwen3-VL-2B-Instruct": ("apache-2.0", "Apache 2.0, as that of its base model"),
    "Qwen/Qwen3-VL-4B-Instruct": ("apache-2.0", "Apache 2.0, as that of its base model"),
    "Qwen/Qwen3-VL-8B-Instruct": ("apache-2.0", "Apache 2.0, as that of its base model"),
}
OUR_LICENCE = ("apache-2.0", "Apache 2.0; the start was made by this project")


def write_card(run: Path, step: int, folder: Path) -> str:
    """README.md of the model after `step` steps of a run.

    Args:
        run: Folder of a training, with config.yaml; its history says what validation found.
        step: Of the checkpoint.
        folder: Where the model will be, for the command that serves it.
    """
    from omegaconf import OmegaConf

    config = OmegaConf.to_container(OmegaConf.load(run / "config.yaml"), resolve=True)
    assert isinstance(config, dict)
    settings: dict[str, Any] = {str(key): value for key, value in config.items()}
    parts = (_header(settings), _training(settings, step), _games(settings), _validation(run, step), _use(folder))
    return "\n".join([*(line for part in parts for line in [*part, ""])])


def _is_supervised(config: Mapping[str, Any]) -> bool:
    return "examples" in config


def _start(config: Mapping[str, Any]) -> str:
    """Path or hub id of the model that a run began with."""
    model = config["model"] if _is_supervised(config) else config["actor_rollout_ref"]["model"]
    return str(model["path"])


def _earlier_run(config: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """Where a run began with what another one made: that one's name with the step, and its configuration."""
    from omegaconf import OmegaConf

    for folder in Path(_start(config)).parents:
        if folder.name.startswith("global_step_") and (file := folder.parent.parent / "config.yaml").is_file():
            earlier = OmegaConf.to_container(OmegaConf.load(file), resolve=True)
            assert isinstance(earlier, dict)
            step = folder.name.removeprefix("global_step_")
            return f"{file.parent.name}, step {step}", {str(key): value for key, value in earlier.items()}
    return None


def _base(config: Mapping[str, Any]) -> str:
    """Path or hub id of the model that the first of a chain of runs began with."""
    earlier = _earlier_run(config)
    return _start(config) if earlier is None else _base(earlier[1])


def _licence(config: Mapping[str, Any]) -> tuple[str, str]:
    base = _base(config)
    if base in LICENCES:
        return LICENCES[base]
    return OUR_LICENCE if config["vlm"]["name"] == "tiny" else ("other", "that of its base model")


def _header(config: Mapping[str, Any]) -> Iterator[str]:
    base, (licence, _) = _base(config), _licence(config)
    yield "---"
    yield f"license: {licence}"
    if "/" in base and not Path(base).is_absolute():
        yield f"base_model: {base}"
    yield "library_name: transformers\npipeline_tag: image-text-to-text"
    yield f"tags:\n- games\n- easyr1\n- {'cold-start' if _is_supervised(config) else 'reinforcement-learning'}"
    yield "---"
    yield f"# {config['experiment']}"


def _training(config: Mapping[str, Any], step: int) -> Iterator[str]:
    base = _base(config)
    base = Path(base).name if Path(base).is_absolute() else base
    if _is_supervised(config):
        data, optim = config["data"], config["optim"]
        yield f"{base}, trained on replies to boards of games: the true perception, thinking and an answer."
        rows = {"examples": Path(str(config["examples"])).name, "epochs": config["trainer"]["total_epochs"]}
        rows |= {"batch": data["train_batch_size"], "learning rate": optim["lr"]}
    else:
        actor, rollout = (config["actor_rollout_ref"][name] for name in ("actor", "rollout"))
        yield f"{base}, trained by reinforcement learning to see and to decide in games."
        rows = {"objective": config["objective"]["name"], "states a step": config["data"]["train_batch_size"]}
        rows |= {"replies a state": rollout["n"], "learning rate": actor["optim"]["lr"]}
        rows |= {"KL coefficient": actor["kl_loss_coef"], "reward": _reward(config)}
        rows |= {"turns, window": f"{config['max_turns']}, {config['window'] or 'all'}"}
    tuning = config.get("tuning") or {"name": "full"}
    rows["tuning"] = f"lora, rank {tuning['rank']}, alpha {tuning['alpha']}" if tuning["name"] == "lora" else "full"
    yield "\n| | |\n|---|---|"
    if earlier := _earlier_run(config):
        kind = "supervised training" if _is_supervised(earlier[1]) else "reinforcement learning"
        rows = {"began with": f"{earlier[0]}: {kind}", **rows}
    for key, value in {"model": config["vlm"]["name"], "steps": step, "seed": config["seed"], **rows}.items():
        yield f"| {key} | {value} |"
    yield f"\nLicence: {_licence(config)[1]}. Trainer: verl 0.9.1 with easyr1."


def _reward(config: Mapping[str, Any]) -> str:
    return f"game + {config['alpha']:g} x format + {config['beta']:g} x perception"


def _games(config: Mapping[str, Any]) -> Iterator[str]:
    given = config["validation"] if _is_supervised(config) else config["game"]
    games = given.get("games", {"": given})
    yield "## Games\n\n| game | knobs |\n|---|---|"
    for name, game in games.items():
        label = f"{name}: {game['id']}" if name and name not in game["id"] else game["id"]
        knobs = ", ".join(f"{knob}={json.dumps(value)}" for knob, value in game["knobs"].items())
        yield f"| {label} | {knobs or 'defaults'} |"


def _validation(run: Path, step: int) -> Iterator[str]:
    history = History(run / "history")
    steps = [known for known in history.validation_steps() if known <= step]
    yield "## Validation"
    if not steps:
        yield "\nNone is on record."
        return
    first, last = steps[0], steps[-1]
    records = history.read_validation(last)
    levels = len({record.group for record in records})
    yield f"\nOn {levels} levels that no training sees; 95% bootstrap intervals over levels, of differences paired."
    yield f"\n| game | quantity | after step {first} | after step {last} | difference |\n|---|---|---|---|---|"
    for game in (None, *game_names(records)):
        before, after = (_of(history.read_validation(known), game) for known in (first, last))
        differences = compare_validation(history, first, last, game) if first < last else {}
        for key, words in QUANTITIES.items():
            change = _change(differences.get(key))
            yield f"| {game or 'all'} | {words} | {_estimate(before, key)} | {_estimate(after, key)} | {change} |"


def _of(records: list[TurnRecord], game: str | None) -> dict[str, float]:
    return validation_metrics([record for record in records if game in (None, record.game_name)])


def _estimate(row: Mapping[str, float], key: str) -> str:
    value, low, high = (row.get(f"{key}{end}", math.nan) for end in ("", "/low", "/high"))
    return f"{value:.3g} ({low:.3g} to {high:.3g})" if math.isfinite(value) else "none"


def _change(difference: Comparison | None) -> str:
    if difference is None:
        return ""
    return f"{difference.difference:+.3g} ({difference.low:+.3g} to {difference.high:+.3g})"


def _use(folder: Path) -> Iterator[str]:
    yield "## Use"
    yield f"\n```bash\nvllm serve {folder.name}"
    yield f"python -m easyr1.evaluate policy=checkpoint path={folder.name} game=..."
    yield "```\n\nIt takes a picture of a board and the prompt of its game (`ChatEnv.message`)."
