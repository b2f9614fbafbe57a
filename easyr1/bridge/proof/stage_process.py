"""The process of one stage: `python -m easyr1.bridge.proof.stage_process MODULE PLAN RECORD`."""

from __future__ import annotations

import importlib
import sys
import traceback
from pathlib import Path

from easyr1.bridge.proof.figures import Record
from easyr1.bridge.proof.plan import Plan


def main() -> int:
    """Run the stage's module; 1 when it raised, and its traceback is in the log."""
    module, plan, path = sys.argv[1:]
    record = Record(Path(path))
    try:
        importlib.import_module(module).run(Plan.from_json(plan), record)
    except BaseException as error:
        traceback.print_exc()
        record.fail(error)
        return 1
    record.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
