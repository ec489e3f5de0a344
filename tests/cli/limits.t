#!/usr/bin/env bash
# Little address space: smaller tables and one sentence, the true caps on the page about ourselves;
# very little: no profiling, one sentence, and the program runs.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
room
plan 12

# under KIB: proc_limits below that limit; "" is none
under() {
    (
        [ -z "$1" ] || ulimit -v "$1"
        exec "$build/tests/proc_limits"
    ) >"$tmp/out" 2>"$tmp/err"
}
cap() { sed -n "s/.*$1  *[0-9]* of \([0-9]*\)$/\1/p" "$tmp/out"; }

under ""
is $? 0 "no limit"
is "$(cat "$tmp/err")" "" "nothing to say"
full_stacks=$(cap 'bytes used for them' | head -1) full_live=$(cap 'live samples')
is "$full_stacks" $((64 << 20)) "64 MiB of stacks"

under $((512 << 10))
is $? 0 "512 MiB"
is "$(grep -c '^pprof: little address space' "$tmp/err")" 1 "one sentence"
ok $(($(cap 'bytes used for them' | head -1) == 8 << 20 ? 0 : 1)) "the page has the true cap of stacks" "$(cat "$tmp/out")"
ok $(($(cap 'live samples') < full_live && $(cap 'live samples') >= 4096 ? 0 : 1)) "and of live samples"
like "$(cat "$tmp/out")" '^samples: [1-9]' "and samples are taken"
like "$(cat "$tmp/out")" '^space: yes' "the program has its own share left"

under $((128 << 10))
is $? 0 "128 MiB"
is "$(cat "$tmp/err")" "pprof: profiling is off: the limit on this process's address space (ulimit -v, -d) is below 256 MiB, and the tables would take of it" "off, and said once"
like "$(cat "$tmp/out")" '^space: yes' "the program has what there is"
