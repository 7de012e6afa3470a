#!/bin/bash
# The promise of the README on a machine that has nothing: `git clone`, then `npm start` until a meeting can be
# joined, and `git clone`, then `npm test`. The machine is a bare Debian 12 made with debootstrap in a directory
# of its own, with Debian's nodejs and npm, git, and nothing else. Prints how long each step took.
#
#   sudo test/fresh-machine.sh [DIRECTORY]
#
# Run by hand, as it takes some ten minutes. It tests what is committed. MIRROR names another Debian
# mirror, KEEP=1 leaves the directory for a look around, MERIDIAN_* variables are handed on. The machine's own
# network is used, so nothing may listen on Meridian's ports.
set -euo pipefail

repository=$(cd "$(dirname "$0")/.." && pwd)
directory=${1:-$(mktemp -d /var/tmp/meridian-fresh-machine.XXXXXX)}
machine=$directory/machine
checkout=/root/meridian
mirror=${MIRROR:-http://deb.debian.org/debian}
start_timeout=3600
stop_timeout=10

if [ "$(id -u)" -ne 0 ]; then
  echo "debootstrap and chroot need root: sudo $0 $*" >&2
  exit 1
fi
if ! command -v debootstrap >/dev/null; then
  echo "debootstrap is missing: apt-get install debootstrap" >&2
  exit 1
fi

summary=()
step_started=0
begin() {
  echo
  echo "=== $1"
  step_started=$(date +%s.%N)
}
finish() {
  local line
  line=$(printf '%-44s %8.1f s' "$1" "$(echo "$(date +%s.%N) $step_started" | awk '{ print $1 - $2 }')")
  summary+=("$line")
  echo "=== $line"
}

# Whoever has the machine as its root directory.
inhabitants() {
  local process
  for process in /proc/[0-9]*; do
    if [ "$(readlink "$process/root" 2>/dev/null)" = "$machine" ]; then
      echo "${process#/proc/}"
    fi
  done
}

tear_down() {
  local pid mount attempt
  # More than once: some start others while they end, and a mount is busy until the last is gone.
  for attempt in 1 2 3 4 5; do
    for pid in $(inhabitants); do kill -KILL "$pid" 2>/dev/null || true; done
    sleep 0.5
    if [ -z "$(inhabitants)" ]; then break; fi
  done
  for mount in dev/shm dev/pts dev sys proc; do
    if mountpoint -q "$machine/$mount" && ! umount "$machine/$mount"; then
      # Removing it now would remove what is mounted, too.
      echo "cannot unmount $machine/$mount; left as it is" >&2
      return
    fi
  done
  if [ -z "${KEEP:-}" ]; then rm -rf --one-file-system "$directory"; else echo "kept: $directory"; fi
}
trap tear_down EXIT

# Runs a command on the machine with a clean environment.
on_machine() {
  local environment=(HOME=/root "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" LANG=C.UTF-8)
  local name
  for name in "${!MERIDIAN_@}"; do environment+=("$name=${!name}"); done
  environment+=(
    "npm_config_registry=$registry"
    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
    npm_config_cafile=/etc/ssl/certs/ca-certificates.crt
  )
  chroot "$machine" /usr/bin/env -i "${environment[@]}" bash -c "cd $checkout 2>/dev/null || cd /; $1"
}

# The registry and the certificates belong to the network that this runs in, not to the project.
registry=$(npm config get registry 2>/dev/null)

begin "debootstrap bookworm"
mkdir -p "$directory"
machine=$(realpath -m "$machine")
debootstrap --variant=minbase --include=ca-certificates,git bookworm "$machine" "$mirror" >"$directory/debootstrap.log" ||
  { tail -n 20 "$directory/debootstrap.log" >&2; exit 1; }
cp /etc/resolv.conf /etc/hosts "$machine/etc/"
cp -r /usr/local/share/ca-certificates/. "$machine/usr/local/share/ca-certificates/" 2>/dev/null || true
chroot "$machine" update-ca-certificates >/dev/null 2>&1
mount -t proc proc "$machine/proc"
mount -t sysfs sysfs "$machine/sys"
mount --bind /dev "$machine/dev"
mount -t devpts devpts "$machine/dev/pts"
mount -t tmpfs tmpfs "$machine/dev/shm"
finish "debootstrap bookworm"

begin "apt-get install nodejs npm"
# Not by debootstrap, which cannot sort out what npm depends on.
on_machine 'apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends nodejs npm' \
  >"$directory/apt.log" 2>&1 || { tail -n 20 "$directory/apt.log" >&2; exit 1; }
finish "nodejs and npm (Node $(on_machine 'node --version'), npm $(on_machine 'npm --version'))"

begin "git clone"
git clone --quiet --no-hardlinks "$repository" "$machine$checkout"
finish "git clone"

# Starts everything, waits for the line with the address, and ends it as Ctrl-C would.
start_and_stop() {
  local name=$1 log="$directory/$2.log" waited=0
  begin "$name"
  on_machine 'exec npm start' >"$log" 2>&1 &
  local npm_pid=$!
  tail -n +1 -f --pid="$npm_pid" "$log" &
  until grep -q "Meridian is up" "$log"; do
    if ! kill -0 "$npm_pid" 2>/dev/null; then
      echo "npm start ended" >&2
      exit 1
    fi
    if [ $((waited += 1)) -gt "$start_timeout" ]; then
      echo "npm start was not up within $start_timeout s" >&2
      exit 1
    fi
    sleep 1
  done
  finish "$name"

  begin "Ctrl-C"
  local pid
  for pid in $(inhabitants); do
    if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q 'setup.mjs start'; then kill -INT "$pid"; fi
  done
  waited=0
  while [ -n "$(inhabitants)" ]; do
    if [ $((waited += 1)) -gt $((stop_timeout * 10)) ]; then
      echo "still there after $stop_timeout s:" >&2
      for pid in $(inhabitants); do tr '\0' ' ' <"/proc/$pid/cmdline" >&2; echo >&2; done
      exit 1
    fi
    sleep 0.1
  done
  finish "Ctrl-C, until the last process is gone"
}

start_and_stop "first npm start, until a meeting is joinable" first-start
start_and_stop "second npm start" second-start

begin "npm test"
status=0
on_machine 'npm test' || status=$?
finish "npm test"

echo
printf '%s\n' "${summary[@]}"
if [ "$status" -ne 0 ]; then
  echo "npm test failed ($status)" >&2
  exit 1
fi
echo "all green"
