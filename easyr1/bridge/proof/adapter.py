"""Stage e: a step with LoRA, while vLLM plays from CUDA graphs; on a CPU, which has none, LoRA alone."""

from __future__ import annotations

from easyr1.bridge.proof.figures import Record
from easyr1.bridge.proof.plan import Plan
from easyr1.bridge.proof.training_run import record_model, record_run, train

SMALL_ADAPTER = ("tuning.rank=4", "tuning.alpha=8")


def run(plan: Plan, record: Record) -> None:
    """Run the stage."""
    graphs = plan.device == "cuda"
    given = ["tuning=lora", *(SMALL_ADAPTER if plan.is_small else ())]
    given += [f"actor_rollout_ref.rollout.enforce_eager={'false' if graphs else 'true'}"]
    found = train(plan, "adapter", [*given, "trainer.total_training_steps=1", "trainer.save_freq=1"])
    record.figure("CUDA graphs", "on" if graphs else "off: no GPU")
    record_run(found, plan, record, 1, "LoRA")
    record_model(plan.model, found.exported(1), record, "merged model")
