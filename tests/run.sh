#!/usr/bin/env bash
# All checks, from a fresh clone: `bash tests/run.sh`. Arguments go to pytest: `bash tests/run.sh tests/games -k parse`.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
source "$root/install.sh" dev
cd "$root"
if [ "$#" -eq 0 ]; then
  ruff check .
  ruff format --check .
  mypy
fi
exec python -m pytest "$@"
