"""What the proof's runs of training have in common: the recipe for this machine with the model of random weights."""

from __future__ import annotations

from dataclasses import dataclass

from easyr1.bridge.proof.plan import Plan

RECIPE = "g0/shisensho"


@dataclass(frozen=True)
class Sizes:
    """How much is played.

    Attributes:
        states: Boards a step.
        replies: Replies to each.
        prompt_tokens: Most tokens of a prompt with one picture.
        context_tokens: Most tokens of a context of two turns.
        reply_tokens: Most tokens of a reply.
        steps: Steps of one turn an episode.
        steps_of_turns: Steps of several.
        states_of_turns: Boards of each of those: every turn is a sample of its own.
    """

    states: int
    replies: int
    prompt_tokens: int
    context_tokens: int
    reply_tokens: int
    steps: int
    steps_of_turns: int
    states_of_turns: int


SIZES = {
    True: Sizes(
        states=8,
        replies=2,
        prompt_tokens=192,
        context_tokens=512,
        reply_tokens=64,
        steps=2,
        steps_of_turns=1,
        states_of_turns=4,
    ),
    False: Sizes(
        states=32,
        replies=5,
        prompt_tokens=1024,
        context_tokens=2560,
        reply_tokens=256,
        steps=3,
        steps_of_turns=2,
        states_of_turns=8,
    ),
}
"""In small or not."""


def overrides(plan: Plan, states: int | None = None) -> list[str]:
    """Of the recipe, for all runs of the proof.

    The replies of random weights are all unreadable and their rewards equal, so that GRPO alone would move nothing; a
    bonus for entropy gives the update a gradient, and a large learning rate lets a lost update show in the next step.

    Args:
        plan: Of the proof.
        states: Boards a step; None for those of the plan's size.
    """
    sizes = SIZES[plan.is_small]
    states = states or sizes.states
    board = ["vlm=tiny"] if plan.is_small else ["vlm=qwen2_5_vl_3b", "vlm.billion_weights=1.1"]
    return [
        f"hardware={'1gpu' if plan.device == 'cuda' else 'cpu'}",
        *board,
        "vlm.name=random",
        f"vlm.path={plan.model}",
        "game.validation_levels=4",
        f"data.train_batch_size={states}",
        f"actor_rollout_ref.actor.ppo_mini_batch_size={states}",
        f"actor_rollout_ref.rollout.n={sizes.replies}",
        f"data.max_prompt_length={sizes.prompt_tokens}",
        f"data.max_response_length={sizes.reply_tokens}",
        "actor_rollout_ref.actor.entropy_coeff=0.1",
        "actor_rollout_ref.actor.optim.lr=1e-4",
        "trainer.val_before_train=false",
        "trainer.test_freq=-1",
        "trainer.logger=[console]",
        # Else Ray joins what somebody started on this machine by `ray start`.
        "++ray_kwargs.ray_init.address=local",
    ]
