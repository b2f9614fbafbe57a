"""What `hardware=auto` and `vlm=auto` stand for on this machine, and which boards fit a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from easyr1.config.paths import recipes_folder
from easyr1.machine.gpus import count_gpus

DEFAULT_VLM = {"cpu": "tiny", "1gpu": "qwen2_5_vl_3b"}
"""Model for a hardware profile; all others take the paper's, qwen2_5_vl_7b."""

SIZES = {"tiny": "small"}
"""Models that play another size of what a recipe names: of `game: swap` the tiny one plays `swap_small`."""

SIZED_GROUPS = ("game", "objective")


def profile_for(num_gpus: int) -> str:
    """The largest hardware profile that a node of `num_gpus` GPUs can fill."""
    for size in (8, 4, 1):
        if num_gpus >= size:
            return f"{size}gpu"
    return "cpu"


def fill_in(overrides: Sequence[str], defaults: Mapping[str, str]) -> list[str]:
    """Replace a missing or `auto` hardware and vlm by what fits this machine, and a missing game by one for the model.

    Args:
        overrides: Hydra overrides as typed.
        defaults: what the recipe chooses of each group, such as {"game": "swap"}; one without hardware keeps its vlm.

    Returns:
        The overrides with the choices first and concrete, so that what follows can refine them.
    """
    groups = ("hardware", "vlm", *SIZED_GROUPS)
    chosen = {key: value for key, _, value in (one.partition("=") for one in overrides) if key in groups and value}
    rest = [one for one in overrides if one.partition("=")[0] not in chosen]
    if "hardware" in defaults and chosen.get("hardware", "auto") == "auto":
        chosen["hardware"] = profile_for(count_gpus())
    if chosen.get("vlm", "auto" if "hardware" in defaults else None) == "auto":
        profile = chosen.get("hardware") or profile_for(count_gpus())
        chosen["vlm"] = DEFAULT_VLM.get(profile, "qwen2_5_vl_7b")
    for group in SIZED_GROUPS:
        sized = f"{defaults.get(group)}_{SIZES.get(chosen.get('vlm', ''))}"
        if group not in chosen and (recipes_folder() / group / f"{sized}.yaml").is_file():
            chosen[group] = sized
    return [f"{group}={chosen[group]}" for group in groups if group in chosen] + rest


def default_choices(recipe: str) -> dict[str, str]:
    """What a recipe chooses of each group, in its own defaults list or in those of the recipes that it builds on.

    Args:
        recipe: name of a file under recipes/, such as `g0/swap`.
    """
    import yaml

    values = yaml.safe_load((recipes_folder() / f"{recipe}.yaml").read_text(encoding="utf-8"))
    chosen: dict[str, str] = {}
    for entry in values.get("defaults", ()):
        if isinstance(entry, dict):
            chosen |= {key.removeprefix("/"): str(choice) for key, choice in entry.items()}
        elif (recipes_folder() / f"{entry.removeprefix('/')}.yaml").is_file():
            chosen |= default_choices(entry.removeprefix("/"))
    return chosen
