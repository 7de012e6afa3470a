#!/bin/sh
# Behind everything else on the machine: pictures are what can wait when nodes and forty others have work.
exec nice -n 5 "$CHROMIUM" "$@"
