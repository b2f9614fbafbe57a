#!/usr/bin/env bash
# G0 on Shisen-Sho, from a fresh clone: installs what is missing, picks model and hardware profile for this machine,
# trains, and goes on where an earlier call of the same experiment stopped. Arguments override the recipe:
#   bash recipes/rl_shisensho.sh seed=2 experiment=mine runs_dir=/data/runs trainer.total_training_steps=50
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
install() { source "$root/install.sh"; } # a sourced file sees its caller's arguments; a function's are its own
install
exec python -m easyr1.train --config-name g0/shisensho "$@"
