"""verl plug-in (entry point group `verl.plugins`): imported by `import verl` in every process of a run.

verl swallows a plug-in that fails to import, so the launcher checks `REGISTERED` (see launch.py) and stops loudly.
"""

from __future__ import annotations

import os

from easyr1.bridge import process_group
from easyr1.bridge.vllm_distribution import provide_vllm_distribution

provide_vllm_distribution()
if os.environ.get("VERL_PLATFORM") == "cpu":
    import easyr1.bridge.cpu_platform  # noqa: F401
process_group.install()

REGISTERED = True
