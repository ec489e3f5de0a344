#!/usr/bin/env bash
# Switched on, the calling thread samples at once; what it allocated while off is not there.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
room
export PPROF_HEAP_RATE=1 PPROF_QUIET=1
plan 6

text=$(PPROF_OFF=1 "$build/tests/proc_wakes" here)
is $? 0 "off by the environment, then on by a call"
like "$text" '^1: 1234 \[1: 1234\]' "its next allocation counts, whole at rate 1"
unlike "$text" 'sleep_alloc' "the one before does not"

text=$(PPROF_OUT=$tmp/out "$build/tests/proc_wakes" child)
is $? 0 "a dormant child asks for its own"
like "$text" '^1: 1234 \[1: 1234\]' "its next allocation counts"
unlike "$text" 'sleep_alloc' "neither the one before nor the parent's"
