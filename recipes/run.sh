#!/usr/bin/env bash
# Runs a recipe from a fresh clone: `bash recipes/run.sh g0/swap [KEY=VALUE ...]`. Installs what is missing, picks model
# and hardware profile for this machine, trains, and goes on where an earlier call of the same experiment stopped.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
install() { source "$root/install.sh"; } # a sourced file sees its caller's arguments; a function's are its own
install
exec python -m easyr1.train --config-name "$@"
