#!/usr/bin/env bash
# Runs the steps of a Dockerfile in a bare Debian tree, without Docker: it shows whether they install on a system that
# has nothing else, as whom they run, and what they need of the clone. Needs root, and debootstrap for the first tree.
#   bash docker/check.sh docker/minimal.Dockerfile [COMMAND...]    # COMMAND runs at the end, as the image's user
#
#   EASYR1_CHECK_FOLDER=/tmp/easyr1-check   where the trees are; base/ is made once, and each check starts from a copy
#   EASYR1_CHECK_PIP=FILE                   a pip.conf, given to the steps that mount the secret pip_conf
#   USER_ID=..., EXTRAS=...                 a value for an ARG of that name
#
# The tree stands in for the image that FROM names. Certificates of this machine (/usr/local/share/ca-certificates) are
# copied into it. COPY takes the files that git tracks, less what .dockerignore leaves out.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2 && exit 2; }
[ "$(id -u)" = 0 ] || { echo "error: chroot and mount need root" >&2 && exit 2; }
# Mounts of their own, which end with this process.
[ -n "${EASYR1_CHECK_ALONE:-}" ] || EASYR1_CHECK_ALONE=1 exec unshare --mount --pid --fork --kill-child bash "$0" "$@"

root=$(cd "$(dirname "$0")/.." && pwd)
dockerfile=$1
shift
folder=${EASYR1_CHECK_FOLDER:-/tmp/easyr1-check}
tree=$folder/$(basename "$dockerfile" .Dockerfile)
context=$folder/context
environment=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
user=root
workdir=/

prepare() {
  mkdir -p "$folder"
  if [ ! -e "$folder/base/etc/debian_version" ]; then
    debootstrap --variant=minbase bookworm "$folder/base" >"$folder/debootstrap.log"
  fi
  rm -rf "$tree" "$context"
  cp -a "$folder/base" "$tree"
  mount -t proc proc "$tree/proc"
  mount --rbind /sys "$tree/sys"
  mount --rbind /dev "$tree/dev"
  cp /etc/resolv.conf "$tree/etc/resolv.conf"
  mkdir -p "$tree/usr/local/share/ca-certificates" "$context"
  find /usr/local/share/ca-certificates -name '*.crt' \
    -exec cp {} "$tree/usr/local/share/ca-certificates/" \; 2>/dev/null || true
  # .dockerignore leaves out everything (*) but the names that it lists with a "!".
  local kept
  mapfile -t kept < <(sed -n 's/^!//p' "$root/.dockerignore")
  (cd "$root" && git ls-files -z -- "${kept[@]}" | tar -c --null --files-from=-) | tar -x --no-same-owner -C "$context"
}

# The instructions of a Dockerfile, one a line: comments dropped, continued lines joined.
instructions() {
  sed -e '/^[[:space:]]*#/d' "$1" | sed -e ':again' -e '/\\$/{N;s/\\\n[[:space:]]*//;b again' -e '}' |
    sed '/^[[:space:]]*$/d'
}

# Adds NAME=VALUE words, with the variables that are set so far expanded in them.
set_variables() {
  mapfile -d '' -t environment < <(
    # shellcheck disable=SC2016
    env -i "${environment[@]}" bash -c 'eval "export $1"; unset SHLVL _ PWD OLDPWD; env -0' _ "$1"
  )
}

in_tree() {
  local ids home
  ids=$(chroot "$tree" id -u "$user"):$(chroot "$tree" id -g "$user")
  home=$(chroot "$tree" getent passwd "$user" | cut -d: -f6)
  # shellcheck disable=SC2016
  chroot --userspec="$ids" "$tree" /usr/bin/env -i HOME="$home" "${environment[@]}" \
    /bin/sh -c 'cd "$0" && exec "$@"' "$workdir" "$@"
}

run_step() {
  local command=$1 secret
  while [[ $command == --* ]]; do
    secret=$(sed -n 's/^--mount=type=secret,id=pip_conf,target=\([^ ,]*\) .*/\1/p' <<<"$command")
    [ -z "$secret" ] || [ -z "${EASYR1_CHECK_PIP:-}" ] || cp "$EASYR1_CHECK_PIP" "$tree/$secret"
    command=${command#* }
    command=${command#"${command%%[![:space:]]*}"}
  done
  in_tree /bin/sh -c "$command"
  [ -z "${secret:-}" ] || rm -f "$tree/$secret"
}

copy_step() {
  local words target source
  read -ra words <<<"$1"
  target=${words[-1]}
  [[ $target == /* ]] || target=$workdir/$target
  mkdir -p "$tree/$target"
  for source in "${words[@]:0:${#words[@]}-1}"; do
    [ -d "$context/$source" ] && source=$source/.
    cp -a "$context/$source" "$tree/$target/"
  done
}

prepare
while IFS= read -r line; do
  name=${line%% *}
  rest=${line#* }
  printf '%(%T)T  %.150s\n' -1 "$line"
  case $name in
    FROM) ;;
    ARG)
      argument=${rest%%=*}
      [ -z "${!argument:-}" ] || rest="$argument='${!argument}'"
      set_variables "$rest"
      ;;
    ENV) set_variables "$rest" ;;
    WORKDIR) workdir=$rest && mkdir -p "$tree/$rest" ;;
    USER) user=$rest ;;
    COPY) copy_step "$rest" ;;
    RUN) run_step "$rest" </dev/null ;;
    CMD) echo "the image starts: $rest" ;;
    *) echo "error: $name is not known to docker/check.sh" >&2 && exit 1 ;;
  esac
done < <(instructions "$dockerfile")
[ $# -eq 0 ] || in_tree "$@"
printf '%(%T)T  well: %s, %s MB\n' -1 "$dockerfile" "$(du -sm --one-file-system "$tree" | cut -f1)"
