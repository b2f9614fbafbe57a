"""Samples for the actor: real boards and prompts with drawn replies, in the form of verl's batches.

Legend: T tokens of a sample.
"""

from __future__ import annotations

from typing import Any

import torch
from omegaconf import DictConfig, OmegaConf
from verl.utils import tensordict_utils as tu
from verl.utils.dataset.dataset_utils import DatasetPadMode, SFTTensorCollator

from easyr1.bridge.proof.random_model import sayable
from easyr1.config.prompt_size import play_rightly
from easyr1.config.schema import GameKeys
from easyr1.rollout.history import context_images, make_messages

Row = dict[str, Any]


class Rows:
    """Makes samples of a game's first board.

    Args:
        config: Of a run.
        processor: Of the model, as verl loads it.
    """

    def __init__(self, config: DictConfig, processor: Any) -> None:
        game = OmegaConf.to_container(config.game, resolve=True)
        keys = GameKeys(id=game["id"], knobs=game["knobs"], validation_levels=1)
        self._context = play_rightly(keys, 1)[0][0]
        self._processor = processor
        self._sayable = torch.tensor(sayable(processor.tokenizer))
        self._made = torch.Generator().manual_seed(0)

    def with_picture(self, length: int) -> Row:
        """The board and a drawn reply, of T = `length` tokens in all."""
        text = self._processor.apply_chat_template(
            make_messages(self._context), tokenize=False, add_generation_prompt=True
        )
        inputs = self._processor(text=[text], images=context_images(self._context), return_tensors="pt")
        grid = inputs["image_grid_thw"]
        pixels = {"pixel_values": inputs["pixel_values"], "image_grid_thw": grid}
        return self._row(inputs["input_ids"][0], length, pixels)

    def without_picture(self, length: int) -> Row:
        """A drawn text of T = `length` tokens, as verl's rows of padding have no picture either."""
        return self._row(self._drawn(1), length, {})

    def _row(self, prompt: torch.Tensor, length: int, pixels: dict[str, torch.Tensor]) -> Row:
        assert length > len(prompt), f"a prompt has {len(prompt)} tokens"
        ids = torch.cat([prompt, self._drawn(length - len(prompt))])
        mask = torch.zeros_like(ids)
        mask[len(prompt) :] = 1
        return {
            "input_ids": ids,
            "loss_mask": mask,
            "position_ids": self._positions(ids, pixels.get("image_grid_thw")),
            "multi_modal_inputs": pixels,
        }

    def _drawn(self, count: int) -> torch.Tensor:
        return self._sayable[torch.randint(len(self._sayable), (count,), generator=self._made)]

    def _positions(self, ids: torch.Tensor, grids: torch.Tensor | None) -> torch.Tensor:
        """Places (4, T): of text, then time, height and width."""
        if grids is None:
            return torch.arange(len(ids)).expand(4, -1).clone()
        vision, _ = self._processor.get_rope_index(
            input_ids=ids[None],
            mm_token_type_ids=(ids[None] == self._processor.config.image_token_id).long(),
            image_grid_thw=grids,
            attention_mask=torch.ones_like(ids[None]),
        )
        return torch.cat([torch.arange(len(ids))[None], vision[:, 0]])


def batch(rows: list[Row], config: DictConfig, pad_token_id: int) -> Any:
    """Rows as one micro-batch of verl's, whatever they are long.

    Args:
        rows: From `Rows`.
        config: Of the run; says whether samples are packed.
        pad_token_id: Fills short samples where they are not.
    """
    facts = {
        "use_remove_padding": config.actor_rollout_ref.model.use_remove_padding,
        "use_dynamic_bsz": True,
        "max_token_len_per_gpu": sum(len(row["input_ids"]) for row in rows),
        "temperature": 1.0,
        "global_batch_size": len(rows),
        "pad_mode": DatasetPadMode.NO_PADDING,
        "pad_token_id": pad_token_id,
        "compute_loss": False,
    }
    return tu.get_tensordict(tensor_dict=SFTTensorCollator(DatasetPadMode.NO_PADDING)(rows), non_tensor_dict=facts)
