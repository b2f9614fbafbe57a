"""The Slurm script with the real Ray: two nodes on this machine, and a training that asks who is there."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.docker.cluster import Cluster, finish

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(find_spec("ray") is None, reason="needs Ray"),
]

TRAINING = """
import json, os, ray
ray.init(log_to_driver=False, logging_level="error")
seen = ray.remote(lambda: os.environ.get("WANDB_API_KEY"))
print(json.dumps({"nodes": sum(node["Alive"] for node in ray.nodes()), "key": ray.get(seen.remote())}))
"""


def test_both_nodes_join_and_their_workers_have_the_variables(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, real=("ray", "python"))
    cluster.recipe.write_text("python training.py")
    (cluster.clone / "training.py").write_text(TRAINING)
    job = cluster.submit("recipes/train.sh", "experiment=mine", nodes="node1,node2", WANDB_API_KEY="secret")
    status, said = finish(job, limit_s=120)
    assert status == 0, said
    (line,) = (line for line in said.splitlines() if line.startswith("{"))
    assert json.loads(line) == {"nodes": 2, "key": "secret"}
