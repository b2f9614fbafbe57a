#!/usr/bin/env bash
# G0 on 2048: reinforcement learning alone.
# From a fresh clone; see recipes/g0/2048.yaml.
#   bash recipes/rl_2048.sh seed=2 experiment=mine runs_dir=/data/runs trainer.total_training_steps=50
exec bash "$(dirname "$0")/run.sh" g0/2048 "$@"
