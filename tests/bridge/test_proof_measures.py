"""What the proof measures fails where something is wrong: attention, a checkpoint, what a random model says."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("verl")

from easyr1.bridge import varlen_attention  # noqa: E402
from easyr1.bridge.proof.attention import KINDS, MOST_ERROR, worst_errors  # noqa: E402
from easyr1.bridge.proof.marks import ASLEEP, AWAKE, Marks  # noqa: E402
from easyr1.bridge.proof.plan import Plan  # noqa: E402
from easyr1.bridge.proof.random_model import NEVER_SAID, make_model, sayable  # noqa: E402
from easyr1.bridge.proof.training_run import _reason, compare  # noqa: E402

pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore")]  # warnings of other libraries

MOST = MOST_ERROR["cpu"]


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """A plan in small, with its model made."""
    plan = Plan(size="small", device="cpu", folder=tmp_path_factory.mktemp("proof"))
    make_model(plan)
    return plan


def seen_as(change: Any) -> SimpleNamespace:
    """The attention of this tree, whose arguments are changed on the way."""

    def wrong(q, k, v, ends_q, ends_k, most_q, most_k, causal, window_size):
        return varlen_attention.flash_attn_varlen_func(
            *change(q, k, v, ends_q, ends_k, most_q, most_k, causal, window_size)
        )

    return SimpleNamespace(flash_attn_varlen_func=wrong)


def in_order(q, k, v, ends_q, ends_k, most_q, most_k, causal, window):
    return q, k, v, ends_q, ends_k, most_q, most_k, 0.0, None, causal, window


def without_borders(q, k, v, ends_q, ends_k, most_q, most_k, causal, window):
    whole = torch.tensor([0, len(q)], dtype=torch.int32)
    return q, k, v, whole, whole, len(q), len(q), 0.0, None, causal, window


def both_ways(q, k, v, ends_q, ends_k, most_q, most_k, causal, window):
    return q, k, v, ends_q, ends_k, most_q, most_k, 0.0, None, False, window


def wider_window(q, k, v, ends_q, ends_k, most_q, most_k, causal, window):
    return q, k, v, ends_q, ends_k, most_q, most_k, 0.0, None, causal, tuple(one + 1 for one in window)


def shifted_heads(q, k, v, ends_q, ends_k, most_q, most_k, causal, window):
    return q, k.roll(1, 1), v, ends_q, ends_k, most_q, most_k, 0.0, None, causal, window


@pytest.mark.parametrize("kind", KINDS)
def test_right_attention_passes(kind: str, plan: Plan) -> None:
    errors = worst_errors(seen_as(in_order), plan, *KINDS[kind])
    assert 0 < max(errors) < MOST


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("causal", without_borders),
        ("both ways", without_borders),
        ("causal", both_ways),
        ("window before", wider_window),
        ("window around", wider_window),
        ("causal", shifted_heads),
    ],
)
def test_wrong_attention_fails_also_by_the_bound_of_a_gpu(kind: str, change: Any, plan: Plan) -> None:
    assert min(worst_errors(seen_as(change), plan, *KINDS[kind])) > MOST_ERROR["cuda"]


def test_the_model_says_only_what_a_reply_may_have(plan: Plan) -> None:
    from transformers import AutoModelForImageTextToText, AutoProcessor

    model = AutoModelForImageTextToText.from_pretrained(plan.model)
    tokenizer = AutoProcessor.from_pretrained(plan.model).tokenizer
    ids = torch.randint(0, 1900, (1, 300), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        logits = model(input_ids=ids).logits[0]
    said = torch.zeros(logits.shape[-1], dtype=torch.bool)
    said[sayable(tokenizer)] = True
    assert said[tokenizer.eos_token_id] and not said[len(tokenizer) :].any() and (~said).sum() == 62 + len(NEVER_SAID)
    assert logits[:, ~said].max() < logits[:, said].min() - 30
    assert logits[:, said].std() > 0.1, "all others are drawn"


def test_a_checkpoint_is_compared_weight_by_weight(plan: Plan, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(plan.model / "model.safetensors")
    assert all(one.is_finite and one.largest == 0 for one in compare(plan.model, plan.model))
    weights["lm_head.weight"][3, 4] += 0.5
    weights["model.norm.weight"][0] = math.nan
    save_file(weights, tmp_path / "model.safetensors")
    moves = {one.name: one for one in compare(plan.model, tmp_path)}
    assert moves["lm_head.weight"].largest == pytest.approx(0.5)
    assert [name for name, one in moves.items() if not one.is_finite] == ["model.norm.weight"]
    del weights["lm_head.weight"]
    save_file(weights, tmp_path / "model.safetensors")
    with pytest.raises(RuntimeError, match=r"other weights: lm_head\.weight"):
        compare(plan.model, tmp_path)


def test_marks_of_memory(tmp_path: Path) -> None:
    lines = [(ASLEEP, 10.0, 5.0), (AWAKE, 12.0, 50.0), (ASLEEP, 30.0, 6.0), (AWAKE, 31.0, 49.0)]
    file = tmp_path / "marks.jsonl"
    file.write_text("".join(json.dumps(dict(zip(("place", "time", "used_gb"), line))) + "\n" for line in lines))
    marks = Marks.read(file)
    assert marks.first_awake == 12 and marks.syncs_s == [2, 1]
    assert marks.used_gb(ASLEEP) == 6 and marks.used_gb(AWAKE) == 50
    none = Marks.read(tmp_path / "none.jsonl")
    assert math.isnan(none.first_awake) and math.isnan(none.used_gb(AWAKE)) and none.syncs_s == []


def test_verl_still_measures_where_we_note() -> None:
    import inspect

    from verl.workers import engine_workers

    update = inspect.getsource(engine_workers.ActorRolloutRefWorker.update_weights)
    assert all(f'log_gpu_memory_usage("{place}"' in update for place in (ASLEEP, AWAKE))
    assert update.index(ASLEEP) < update.index(AWAKE)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["one step", "error: out of memory", "the whole story: file"], "error: out of memory"),
        (["Traceback", "Killed"], "Killed"),
        ([], "no output"),
    ],
)
def test_why_a_run_failed(lines: list[str], reason: str) -> None:
    assert _reason(lines) == reason
