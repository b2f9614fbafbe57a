#!/usr/bin/env bash
# Installs the project and its engine: `bash install.sh [EXTRA...]`, or `source install.sh` to have the environment
# active afterwards. Makes .venv in this clone unless an environment is active, looks for a GPU, and picks the extra
# `gpu` or `cpu` (EASYR1_DEVICE=cpu decides by hand). Further extras, such as dev, come as arguments.
# A call that has nothing to do ends at once.

easyr1_install() {
  local root device extras stamp wanted python index
  root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || return 1
  device=${EASYR1_DEVICE:-$(nvidia-smi -L 2>/dev/null | grep -q '^GPU ' && echo gpu || echo cpu)}
  extras=$(printf '%s,' "$device" "$@")
  extras=${extras%,}

  if [ -z "${VIRTUAL_ENV:-}${CONDA_PREFIX:-}" ]; then
    if [ ! -x "$root/.venv/bin/python" ]; then
      python=$(command -v python3.11 || command -v python3.12 || command -v python3.10 || command -v python3)
      "$python" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 13))' || {
        echo "error: Python 3.10, 3.11 or 3.12 is needed; $("$python" --version) was found" >&2
        return 1
      }
      "$python" -m venv "$root/.venv" || return 1
    fi
    # shellcheck disable=SC1091
    source "$root/.venv/bin/activate"
  fi

  # One line an installed set of extras; a changed setup.py or another clone makes all of them stale.
  stamp="${VIRTUAL_ENV:-$CONDA_PREFIX}/.easyr1-installed"
  wanted="$root $extras $(cksum <"$root/setup.py")"
  grep -qxF "$wanted" "$stamp" 2>/dev/null && return 0

  echo "installing easyr1[$extras] into ${VIRTUAL_ENV:-$CONDA_PREFIX} (some minutes, once)" >&2
  index=()
  if [ "$device" = cpu ] && _easyr1_reachable https://download.pytorch.org/whl/cpu/torch/; then
    index=(--extra-index-url https://download.pytorch.org/whl/cpu) # CPU builds; elsewhere torch comes with CUDA
  fi
  python -m pip install --quiet "${index[@]}" --editable "$root[$extras]" 2> >(grep -v 'is ignored: it is neither' >&2) ||
    return 1
  if [ "$device" = gpu ] && ! python -c 'import flash_attn' 2>/dev/null; then
    python -m pip install --quiet --no-build-isolation --editable "$root[flash]" ||
      echo "note: flash-attn did not build; train with actor_rollout_ref.model.use_remove_padding=false" >&2
  fi
  echo "$wanted" >>"$stamp"
}

_easyr1_reachable() {
  python - "$1" <<'EOF' 2>/dev/null
import sys, urllib.request
urllib.request.urlopen(sys.argv[1], timeout=5)
EOF
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -euo pipefail
fi
easyr1_install "$@"
