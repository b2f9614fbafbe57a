"""Stage d: reinforcement learning as a user starts it, with one turn an episode and with three."""

from __future__ import annotations

from easyr1.bridge.proof.figures import Record
from easyr1.bridge.proof.marks import ASLEEP, AWAKE
from easyr1.bridge.proof.plan import Plan
from easyr1.bridge.proof.recipe import SIZES
from easyr1.bridge.proof.training_run import TrainingRun, record_model, record_run, train

TURNS, WINDOW = 3, 2
LEAST_FREED_GB = 1.0
"""Memory that a GPU must have back when vLLM sleeps; on a CPU it does not sleep."""


def run(plan: Plan, record: Record) -> None:
    """Run the stage."""
    steps = SIZES[plan.is_small].steps
    one_turn = train(
        plan, "one_turn", [*_eager(), f"trainer.total_training_steps={steps}", f"trainer.save_freq={steps}"]
    )
    record_run(one_turn, plan, record, steps, "one turn")
    _record_memory(one_turn, plan, record)
    # That vLLM plays what was trained shows only where the policy has moved.
    record.figure("one turn: KL to the start, last step", one_turn.rows[-1]["actor/kl_loss"], "nat", low=1e-6)
    record_model(plan.model, one_turn.exported(steps), record, "checkpoint")
    _several_turns(plan, record)


def _eager() -> list[str]:
    """Without CUDA graphs, which stage e tries: making them takes time."""
    return ["actor_rollout_ref.rollout.enforce_eager=true"]


def _record_memory(run: TrainingRun, plan: Plan, record: Record) -> None:
    asleep, awake = run.marks.used_gb(ASLEEP), run.marks.used_gb(AWAKE)
    record.figure("memory, vLLM awake", awake, "GB")
    record.figure("memory, vLLM asleep", asleep, "GB")
    if plan.device == "cuda":
        record.figure("memory that sleep gives back", awake - asleep, "GB", low=LEAST_FREED_GB)
    record.figure("weights to vLLM, longest", max(run.marks.syncs_s), "s")
    record.figure("weights to vLLM, shortest", min(run.marks.syncs_s), "s")


def _several_turns(plan: Plan, record: Record) -> None:
    sizes = SIZES[plan.is_small]
    given = [f"max_turns={TURNS}", f"window={WINDOW}", f"data.max_prompt_length={sizes.context_tokens}"]
    given += [f"trainer.total_training_steps={sizes.steps_of_turns}", "trainer.save_freq=-1"]
    found = train(plan, "three_turns", [*_eager(), *given], sizes.states_of_turns)
    record_run(found, plan, record, sizes.steps_of_turns, "three turns")
    records = found.history.read(sizes.steps_of_turns)
    episodes = {(one.group, one.sample) for one in records}
    whole = sizes.states_of_turns * sizes.replies
    record.figure("three turns: episodes of the last step", len(episodes), low=whole, high=whole)
    record.figure("three turns: samples of the last step", len(records), low=whole + 1, high=whole * TURNS)
    record.figure("three turns: most tokens of a context", max(one.prompt_tokens for one in records))
