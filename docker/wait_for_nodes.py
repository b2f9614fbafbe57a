"""Wait until a Ray cluster has so many nodes: `python docker/wait_for_nodes.py ADDRESS NODES [SECONDS]`."""

from __future__ import annotations

import sys
import time


def main(address: str, wanted: int, limit_s: float) -> int:
    """0 once the cluster has `wanted` living nodes, 1 when it has fewer after `limit_s` seconds."""
    import ray

    end = time.monotonic() + limit_s
    alive = 0
    while time.monotonic() < end:
        try:
            if not ray.is_initialized():
                ray.init(address=address, log_to_driver=False, logging_level="error")
            alive = sum(node["Alive"] for node in ray.nodes())
        except (ConnectionError, RuntimeError, ValueError):
            alive = 0  # the head is still starting
        if alive >= wanted:
            return 0
        time.sleep(1)
    print(f"error: {alive} of {wanted} nodes joined {address} within {limit_s:.0f} s", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else 300.0))
