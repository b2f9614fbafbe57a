"""Passes of verl's forward over rows without a picture, alone and packed with others.

In a process of its own: verl changes the classes of transformers for good.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

pytest.importorskip("torch")
pytest.importorskip("verl")

pytestmark = pytest.mark.engine

SCRIPT = """
import json, sys, torch
from easyr1.bridge import text_batches, varlen_attention
from easyr1.tiny import CHECKPOINT_FOLDER

mended, packed = json.loads(sys.argv[1])
if mended:
    text_batches.install()
varlen_attention.install("cpu")
from transformers import AutoModelForImageTextToText
from verl.models.transformers.monkey_patch import apply_monkey_patch

model = AutoModelForImageTextToText.from_pretrained(CHECKPOINT_FOLDER, attn_implementation="flash_attention_2")
apply_monkey_patch(model=model, use_remove_padding=True)
lengths = [5, 3] if packed else [5]
ids = torch.arange(10, 10 + sum(lengths))[None]
places = torch.cat([torch.arange(length) for length in lengths])
positions = places.expand(4, 1, -1)
logits = model(input_ids=ids, attention_mask=None, position_ids=positions, use_cache=False).logits
logits.sum().backward()
seen = [weight.grad is not None for weight in model.model.visual.parameters()]
print(json.dumps({"logits": logits[0].tolist(), "vision takes part": all(seen)}))
"""


def forward(mended: bool, packed: bool) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", SCRIPT, json.dumps([mended, packed])]
    environment = {**os.environ, "VERL_PLATFORM": "cpu"}
    return subprocess.run(command, capture_output=True, text=True, timeout=200, env=environment)


def found(done: subprocess.CompletedProcess[str]) -> dict:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_rows_without_a_picture_pass_and_do_not_see_each_other() -> None:
    import torch

    alone, packed = found(forward(True, False)), found(forward(True, True))
    assert alone["vision takes part"] and packed["vision takes part"]
    torch.testing.assert_close(torch.tensor(packed["logits"][:5]), torch.tensor(alone["logits"]))


def test_the_mend_is_still_needed() -> None:
    done = forward(False, False)
    assert done.returncode and "has no attribute 'mean'" in done.stderr, "verl mended it: remove text_batches.py"


def test_it_stands_where_verl_looks_it_up() -> None:
    import inspect

    from verl.models.transformers import qwen2_vl

    from easyr1.bridge import text_batches

    theirs = inspect.signature(text_batches._theirs)
    assert list(theirs.parameters) == list(inspect.signature(text_batches.input_embeds).parameters)
    assert "_get_input_embeds(" in inspect.getsource(qwen2_vl.qwen2_vl_base_forward)
