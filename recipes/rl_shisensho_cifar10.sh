#!/usr/bin/env bash
# G0 on Shisen-Sho with pictures: reinforcement learning alone.
# From a fresh clone; see recipes/g0/shisensho_cifar10.yaml.
#   bash recipes/rl_shisensho_cifar10.sh seed=2 experiment=mine runs_dir=/data/runs trainer.total_training_steps=50
exec bash "$(dirname "$0")/run.sh" g0/shisensho_cifar10 "$@"
