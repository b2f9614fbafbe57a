"""The bridge is tested on this machine's platform; it must be chosen before verl is imported."""

from __future__ import annotations

import os

from easyr1.machine.gpus import count_gpus

if not count_gpus():
    os.environ.setdefault("VERL_PLATFORM", "cpu")
