#!/usr/bin/env bash
# G1 on the paper's four games at once: examples, supervised training, reinforcement learning.
# From a fresh clone; see recipes/g1/mixture.yaml.
#   bash recipes/g1_mixture.sh seed=2 experiment=mine runs_dir=/data/runs trainer.total_training_steps=50
exec bash "$(dirname "$0")/run.sh" g1/mixture "$@"
