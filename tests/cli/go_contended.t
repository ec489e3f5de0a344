#!/usr/bin/env bash
# The mutex profile of goroutines' locks: the unlock for which others waited, and how long.
cd "$(dirname "$0")/../.." || exit 1
. tests/cli/tap.sh
build=${PP_BUILD:-build}
[ -x "$build/tests/proc_go_contended" ] || skip_all "no proc_go_contended in $build"
plan 5

out=$(PPROF_QUIET=1 timeout 60 "$build/tests/proc_go_contended")
is $? 0 "the program runs"
# One block of the text for each of the two unlocks, with its nanoseconds and count.
blocks=$(awk '/ @ / { head = $0; first = 1; next } first && /lets_others_in\+/ { print head } { first = 0 }' <<<"$out")
is "$(wc -l <<<"$blocks")" 2 "both unlocks are in it, where the program called them"
is "$(awk '$2 > 0 && $2 <= 20 { n++ } END { print n }' <<<"$blocks")" 2 "not oftener than they were"
# 20 waits of 5 ms and more; some of them may have begun late.
is "$(awk '$1 >= 10000000 { n++ } END { print n }' <<<"$blocks")" 2 "with what the others have waited"
unlike "$out" 'pp_go_|go_mutex|go_rwmutex' "and without our functions"
