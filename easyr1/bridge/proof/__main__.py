"""Run the proof by itself: `python -m easyr1.bridge.proof`."""

from __future__ import annotations

import sys

from easyr1.bridge.proof.main import prove

if __name__ == "__main__":
    sys.exit(prove(sys.argv[1:]))
