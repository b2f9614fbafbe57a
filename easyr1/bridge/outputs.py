"""A trajectory as verl's agent-loop outputs: one training sample a turn."""

from __future__ import annotations

from typing import Any

from verl.experimental.agent_loop.agent_loop import AgentLoopMetrics, AgentLoopOutput

from easyr1.rollout.types import Trajectory, Turn


def make_outputs(trajectory: Trajectory, sample: int, prompt: str, num_restarts: int) -> list[AgentLoopOutput]:
    """Turn i of an episode becomes sample i, with the tokens of its own window.

    A trajectory whose environment failed gives no samples: it must not be trained on, and verl's group statistics
    leave a missing sibling out.

    Args:
        trajectory: a finished episode whose replies carry `ReplyTokens`.
        sample: number of the sibling within its group.
        prompt: the instructions, for the history.
        num_restarts: environment workers replaced since the last episode ended.
    """
    bookkeeping = {"stop_reason": trajectory.stop_reason.value, "sample": sample, "prompt": prompt}
    outputs = []
    for turn in trajectory.turns:
        tokens = turn.reply.tokens
        outputs.append(
            AgentLoopOutput(
                prompt_ids=tokens.prompt_ids,
                response_ids=tokens.reply_ids,
                response_mask=[1] * len(tokens.reply_ids),
                response_logprobs=tokens.log_probs or None,
                multi_modal_data={"images": tokens.pictures},
                num_turns=trajectory.num_turns,
                metrics=AgentLoopMetrics(generate_sequences=tokens.seconds),
                extra_fields={
                    **tokens.extra,
                    "turn": {**_facts(turn), **bookkeeping},
                    "environment_restarts": 0,
                },
            )
        )
    if outputs:
        outputs[-1].extra_fields["environment_restarts"] = num_restarts
    return outputs


def _facts(turn: Turn) -> dict[str, Any]:
    """What the reward and the history need of a turn, as plain values."""
    return {
        "turn": turn.index,
        "observation": turn.frame.digest,
        "truth": turn.frame.text,
        "reply": turn.reply.text,
        "action": turn.action_text,
        "status": turn.status.value,
        "game_reward": turn.game_reward,
        "is_well_formed": turn.is_well_formed,
        "perception": {"exact": turn.perception.exact, "cells": turn.perception.cells},
        "prompt_tokens": len(turn.reply.tokens.prompt_ids),
        "reply_tokens": len(turn.reply.tokens.reply_ids),
    }
