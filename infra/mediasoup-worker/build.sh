#!/bin/bash
# Builds mediasoup-worker from the source inside the npm package "mediasoup",
# against Debian's packages alone (README.md lists them and says why).
#
#   build.sh MEDIASOUP_PACKAGE BUILD_DIRECTORY OUTPUT
#
# Neither installs packages nor locks anything: scripts/setup does that. The
# build directory is emptied first, so that a build that was killed leaves no
# trace in the next one. JOBS sets the number of compilers.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
package=$(cd "${1:?path of the mediasoup package}" && pwd)
build=$(realpath -m "${2:?directory to build in}")
output=$(realpath -m "${3:?path for the binary}")
jobs=${JOBS:-$(nproc)}

rm -rf "$build"
mkdir -p "$build"
cp -r "$package/worker" "$build/source"
cd "$build/source"

# The wraps would be downloaded; these stand in for them.
rm -rf subprojects
cp -r "$here/subprojects" subprojects
for change in "$here"/patches/*.patch; do
  patch --strip=1 --no-backup-if-mismatch <"$change"
done

# Upstream asks for meson 1.1; nothing in the file needs more than Debian's 1.0.
sed -i "s/meson_version: '>= [0-9.]*'/meson_version: '>= 1.0.0'/" meson.build

meson setup "$build/objects" --buildtype release -Db_ndebug=true --wrap-mode nodownload
ninja -C "$build/objects" -j "$jobs" mediasoup-worker

# A worker that is started without a parent process complains and exits with 41.
# Any other status means that it does not even load.
status=0
"$build/objects/mediasoup-worker" >/dev/null 2>&1 || status=$?
if [ "$status" -ne 41 ]; then
  echo "the mediasoup-worker that was built does not start (status $status)" >&2
  exit 1
fi

install -D --mode=755 --strip "$build/objects/mediasoup-worker" "$output"
rm -rf "$build"
