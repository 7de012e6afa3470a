#!/bin/sh
# Starts MERIDIAN_PROGRAM in a network namespace of its own. Without root that takes a user namespace, too.
userns=
[ "$(id -u)" -eq 0 ] || userns=--map-root-user
exec unshare --net $userns -- "$MERIDIAN_NODE" "$(dirname "$0")/inside.ts" "$MERIDIAN_PROGRAM" "$@"
