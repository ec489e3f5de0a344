#!/usr/bin/env bash
# main ends by pthread_exit: the process goes on as long as goroutines or threads do, and no longer.
cd "$(dirname "$0")/../.." || exit 1
. tests/cli/tap.sh
leaves=${PP_BUILD:-build}/tests/proc_go_main_leaves
[ -x "$leaves" ] || skip_all "no $leaves"
export PPROF_QUIET=1
plan 7

out=$(timeout 100 "$leaves" goroutines 2>&1)
is $? 0 "the last goroutine's end is the process's"
is "$out" $'goroutine ends\nat exit' "and exit handlers are called"
out=$(timeout 100 "$leaves" thread 2>&1)
is $? 0 "a thread that outlives them is waited for"
is "$out" $'goroutine ends\nthread ends\nat exit' "to its end"
out=$(timeout 100 "$leaves" asleep 2>&1)
is $? 2 "with goroutines that wait for ever it is a deadlock"
like "$out" '^goroutine 1 \[chan receive\]:' "with each of them"
like "$out" '^waits_for_ever\(' "and the names of functions"
