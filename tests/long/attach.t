#!/usr/bin/env bash
# 500 attach/detach cycles on each of three programs under load, ATTACH_CYCLES to have another number.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
. tests/cli/attach.sh
[ "$(uname -m)" = x86_64 ] || skip_all "attaching is for x86-64"
need redis-server redis-benchmark sqlite3
room
cycles=${ATTACH_CYCLES:-500}
attach_or_skip
plan 8

begin "$tmp/busy" "$build/tests/proc_attached" 1
await "$tmp/busy" ready
cycles "$pid" 20 >/dev/null
before=$(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status")
cycles "$pid" $((cycles / 5)) >/dev/null
after=$(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status")
[ "$after" -le $((before + 1024)) ]
ok $? "nothing of ours grows from cycle to cycle" "from $before kB to $after kB in $((cycles / 5))"
kill -KILL "$pid"

attach_busy "$cycles"
attach_redis "$cycles"
attach_sqlite "$cycles" 200000000000
