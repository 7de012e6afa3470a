#!/bin/sh
# Behind everything else on the machine: pictures are what can wait when nodes and forty others have work.
niceness=5
# Playwright gives the browser a session of its own; between sessions it is this niceness that counts, where there is
# one (sched(7), autogroup).
{ echo "$niceness" > /proc/self/autogroup; } 2> /dev/null
# Where root runs it, Chromium would take its renderers out of their niceness again.
[ "$(id -u)" = 0 ] && without="setpriv --bounding-set -sys_nice --inh-caps -sys_nice"
exec $without nice -n "$niceness" "$CHROMIUM" "$@"
