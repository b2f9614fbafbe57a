#!/usr/bin/env bash
#SBATCH --job-name=easyr1
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=8
#SBATCH --exclusive
#SBATCH --time=24:00:00
#SBATCH --signal=B:TERM@1800
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=slurm-%j.log
# Trains a recipe on several nodes of a Slurm cluster. From the clone, which all nodes must see, with its environment
# active or in .venv:
#   sbatch --nodes=4 docker/slurm.sh recipes/rl_shisensho.sh experiment=mine runs_dir=/shared/runs
# What stands behind the recipe goes to it, after hardware=nodes and trainer.nnodes. `experiment` must be given.
#
# Half an hour before the time is up (--signal above), or when the job is preempted, the run is asked to stop: it
# finishes its step, writes a checkpoint, and the job is queued again. Submitted with --requeue as here, the same
# command then goes on from that checkpoint. A run that ends by itself ends the job with its exit status.
#
#   EASYR1_SRUN="--container-image=..."   further options of each srun, such as a container's
#   EASYR1_GRACE_S=1500                   how long to wait for that checkpoint; the last one serves where it is late
#   EASYR1_HEAD_IP=...                    the first node's address, where `hostname -I` names another network first
set -euo pipefail

root=${EASYR1_ROOT:-${SLURM_SUBMIT_DIR:?run it by sbatch}}
cd "$root"
[ $# -ge 1 ] || { echo "usage: sbatch docker/slurm.sh RECIPE.sh experiment=NAME [KEY=VALUE ...]" >&2 && exit 2; }
recipe=$1
shift
runs_dir=runs experiment='' hardware=(hardware=nodes) size=("trainer.nnodes=$SLURM_JOB_NUM_NODES")
for argument in "$@"; do
  case $argument in
    experiment=*) experiment=${argument#*=} ;;
    runs_dir=*) runs_dir=${argument#*=} ;;
    hardware=*) hardware=() ;;
    trainer.nnodes=*) size=() ;;
  esac
done
[ -n "$experiment" ] || { echo "error: experiment: not given; it names the run's folder" >&2 && exit 2; }
run=$runs_dir/$experiment

# Every step gets the variables of this script: Ray's workers have those of the `ray start` that began them.
export EASYR1_DEVICE=${EASYR1_DEVICE:-gpu}
unset RAY_ADDRESS
if [ -z "${VIRTUAL_ENV:-}${CONDA_PREFIX:-}" ] && [ -x .venv/bin/python ]; then
  export VIRTUAL_ENV=$root/.venv PATH=$root/.venv/bin:$PATH
fi

mapfile -t nodes < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
head=${nodes[0]}
others=("${nodes[@]:1}")
ip=${EASYR1_HEAD_IP:-$(hostname -I | cut -d' ' -f1)}
# Of this job alone, and below the ports that the system gives away.
port=$((20000 + SLURM_JOB_ID % 10000))
read -ra more <<<"${EASYR1_SRUN:-}"

# on_nodes LIST COUNT COMMAND...: one process of COMMAND on each of the nodes, with all that the job has there. A step
# that does not say so gets one core. It takes the place of the shell that calls it, so that $! is srun itself.
on_nodes() {
  local list=$1 count=$2
  shift 2
  exec srun --export=ALL --overlap --nodelist="$list" --nodes="$count" --ntasks="$count" --ntasks-per-node=1 \
    --cpus-per-task="${SLURM_CPUS_ON_NODE:-1}" "${more[@]}" "$@"
}

started=()
# shellcheck disable=SC2317 # called by the trap
end_ray() {
  [ ${#started[@]} -eq 0 ] || kill "${started[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
}
trap end_ray EXIT

stopping=''
trap 'stopping=$SECONDS' TERM

on_nodes "$head" 1 ray start --head --node-ip-address="$ip" --port="$port" --disable-usage-stats --block &
started+=($!)
(on_nodes "$head" 1 python docker/wait_for_nodes.py "$ip:$port" 1)
if [ ${#others[@]} -gt 0 ]; then
  on_nodes "$(IFS=,; echo "${others[*]}")" ${#others[@]} ray start --address="$ip:$port" --block &
  started+=($!)
fi
(on_nodes "$head" 1 python docker/wait_for_nodes.py "$ip:$port" ${#nodes[@]})

export RAY_ADDRESS=$ip:$port
on_nodes "$head" 1 bash "$recipe" "${hardware[@]}" "${size[@]}" "$@" &
training=$!

# A request to stop is repeated, since a run that is still starting forgets an old one. The folders of the stages of a
# g1 recipe stand beside the run's own.
ask_to_stop() {
  local folder
  for folder in "$run" "${run}_sft" "${run}_examples"; do
    [ ! -d "$folder" ] || touch "$folder/stop"
  done
}

late=''
while [ -z "$stopping" ] && kill -0 "$training" 2>/dev/null; do
  wait "$training" || true # comes back at a signal, too
done
while kill -0 "$training" 2>/dev/null; do
  ask_to_stop
  if [ $((SECONDS - stopping)) -ge "${EASYR1_GRACE_S:-1500}" ]; then
    echo "no checkpoint within ${EASYR1_GRACE_S:-1500} s of the request to stop; the last one serves" >&2
    kill "$training"
    late=1
    break
  fi
  sleep "${EASYR1_POLL_S:-5}" || true
done
status=0
wait "$training" || status=$?

# 143: ended by the signal, as where a job is preempted. Any other failure is one.
if [ -n "$stopping" ] && [[ $status == 0 || $status == 143 || $late ]]; then
  echo "queueing job $SLURM_JOB_ID again; it goes on from the last checkpoint of $run" >&2
  end_ray
  exec scontrol requeue "$SLURM_JOB_ID"
fi
exit "$status"
