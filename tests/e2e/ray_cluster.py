"""A Ray cluster of several nodes on this machine, apart from any other, for tests of runs on a cluster.

As a program it holds such a cluster until its input ends; the nodes have the environment of that process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from typing import Any

FOREIGN = ("WANDB_", "VERL_", "VLLM_", "OMP_", "TOKENIZERS_", "TENSORBOARD_", "RAY_ADDRESS")
"""Variables that somebody who starts the nodes of a cluster knows nothing of."""


class RayCluster:
    """Nodes with an environment that knows nothing of any run.

    Args:
        num_nodes: of the cluster.
        cpus, gpus: logical ones of each.
    """

    def __init__(self, num_nodes: int, cpus: int, gpus: int = 1):
        # Ray's sockets have short names, and others on this machine find a cluster by its default folder.
        self._folder = tempfile.TemporaryDirectory(prefix="ray-", dir="/tmp", ignore_cleanup_errors=True)
        node = {"num_cpus": cpus, "num_gpus": gpus, "object_store_memory": 80 * 2**20}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        self._holder = subprocess.Popen(
            [sys.executable, __file__, json.dumps({"folder": self._folder.name, "nodes": [node] * num_nodes})],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=self._folder.name,
            env={**kept, "RAY_raylet_start_wait_time_s": "120"},
        )
        assert self._holder.stdout is not None
        self.address = self._holder.stdout.readline().strip()
        assert self.address, "no cluster"

    @property
    def environment(self) -> dict[str, str]:
        """Of a process that joins the cluster."""
        return {**os.environ, "RAY_ADDRESS": self.address}

    def stop(self) -> None:
        """End all nodes with all that runs on them."""
        self._holder.communicate(timeout=60)
        self._folder.cleanup()


def hold(settings: dict[str, Any]) -> None:
    """Start the nodes, say the cluster's address, and end them when the input ends."""
    import ray._private.utils
    from ray.cluster_utils import Cluster

    # It would be written where every `ray.init()` of this machine looks.
    ray._private.utils.write_ray_address = lambda *_: None
    first, *more = settings["nodes"]
    head = {**first, "include_dashboard": False, "temp_dir": settings["folder"]}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        for node in more:
            cluster.add_node(**node)
        print(cluster.address, flush=True)
        sys.stdin.read()
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    hold(json.loads(sys.argv[1]))
