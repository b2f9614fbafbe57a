"""Host memory of the processes of a run, without what they hold of the model and of the samples.

Measured on Linux with `hardware=cpu vlm=tiny`, 9 GB in all: what is a process's own, not the files that it shares with
others. What CUDA takes beside it in a process that drives a GPU is an estimate.
"""

from __future__ import annotations

from easyr1.estimate.plan import Plan

FIXED_GB = 2.7
"""Ray itself, the launcher, the task runner, the store's controller, the balancer."""

ACTOR_GB = 1.2
ROLLOUT_GB = 2.3
"""vLLM's server, its engine and its worker."""

CUDA_GB = 2.0
"""Of a process that drives a GPU."""

AGENT_GB = 0.75
ENVIRONMENT_GB = 0.07
REWARD_GB = 0.46
STORE_GB = 0.4


def processes_gb(plan: Plan) -> float:
    """Memory of the processes on the node that starts the run, in 1e9 bytes."""
    replicas = plan.gpus / plan.tensor_parallel
    cuda = 2 * plan.gpus * CUDA_GB if plan.device == "cuda" else 0.0
    spread = plan.agents * AGENT_GB + plan.environments * ENVIRONMENT_GB + plan.rewards * REWARD_GB
    return FIXED_GB + plan.gpus * ACTOR_GB + replicas * ROLLOUT_GB + cuda + spread + plan.stores * STORE_GB
