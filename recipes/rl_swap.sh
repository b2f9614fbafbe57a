#!/usr/bin/env bash
# G0 on Swap: reinforcement learning alone.
# From a fresh clone; see recipes/g0/swap.yaml.
#   bash recipes/rl_swap.sh seed=2 experiment=mine runs_dir=/data/runs trainer.total_training_steps=50
exec bash "$(dirname "$0")/run.sh" g0/swap "$@"
