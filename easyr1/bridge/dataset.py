"""A stream of levels as the dataset that verl's trainer loads."""

from __future__ import annotations

from typing import Any

from omegaconf import DictConfig, OmegaConf
from torch.utils.data import Dataset

from easyr1.data.mixture import LevelMixture

AGENT = "game"
"""Name of the agent loop that plays the levels (see agent_loops.yaml)."""


class LevelDataset(Dataset):
    """Row i is level i of a stream; the image is drawn where the level is played, not here.

    Args:
        data_files: name of the split, `train` or `validation` (verl's keys data.train_files and data.val_files).
        config: verl's `data` node; `level_stream` in it holds the group `game`, the seed and the number of
            levels a split.
    """

    def __init__(self, data_files: str, config: DictConfig, **_: Any):
        settings = OmegaConf.to_container(config.level_stream, resolve=True)
        self.split = str(data_files)
        self.num_levels = int(settings["num_levels"][self.split])
        self.levels = LevelMixture.from_settings(settings["game"], settings["seed"], self.split)

    def __len__(self) -> int:
        return self.num_levels

    def __getitem__(self, index: int) -> dict[str, Any]:
        level, name = self.levels.level(index), self.levels.name(index)
        return {
            "level": level.to_dict(),
            "game_name": name,
            "index": index,
            "agent_name": AGENT,
            "data_source": name or level.game,
            # The agent loop writes the real messages, turn by turn; verl counts rows by this field.
            "raw_prompt": [{"role": "user", "content": f"level {index}"}],
            "reward_model": {"style": "rule", "ground_truth": ""},
        }
