#!/usr/bin/env bash
# Little address space: smaller tables and one sentence, the true caps on the page about ourselves;
# very little: no profiling, one sentence, and the program runs.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
room
plan 19

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

# No room in files: neither what we write nor what we say may end a program that writes little itself.
none_in_files() {
    (
        ulimit -f 0
        exec env LD_PRELOAD="$build/libpprof.so" "$@"
    ) 2>&1 | cat
    return "${PIPESTATUS[0]}"
}
said=$(none_in_files PPROF_OUT="$tmp/out.d" PPROF_HTTP=127.0.0.1:0 sh -c 'echo ran; exit 5')
is $? 5 "no file may grow: the program ends as it would"
like "$said" '^ran$' "and says what it says"
like "$said" '^pprof: cannot write .*: File too large' "what could not be written is told"
# Nobody reads standard error: the fifo's reader leaves before the program starts.
mkfifo "$tmp/fifo"
cat "$tmp/fifo" >"$tmp/read" &
reader=$!
exec 6>"$tmp/fifo"
kill "$reader"
wait "$reader" 2>/dev/null
ran=$(env --default-signal=PIPE LD_PRELOAD="$build/libpprof.so" PPROF_HTTP=127.0.0.1:0 sh -c 'echo ran; exit 5' 2>&6)
is "$? $ran" "5 ran" "nobody reads standard error: our line is dropped"
exec 6>&-

# Few processes: a thread of ours would be one of them.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    cp "$build/libpprof.so" "$build/tests/proc_limits" "$tmp/" && chmod 711 "$tmp" && chmod 755 "$tmp"/*pprof.so "$tmp/proc_limits"
    few() {
        setpriv --reuid=64999 --regid=64999 --clear-groups bash -c "ulimit -u $1; exec env LD_PRELOAD=$tmp/libpprof.so \
            LD_LIBRARY_PATH=$tmp PPROF_HTTP=127.0.0.1:0 sh -c 'sleep 0 & wait \$!; echo \$?'" 2>&1
    }
    few 2 >"$tmp/few"
    like "$(cat "$tmp/few")" '^0$' "two processes: the program has both"
    like "$(cat "$tmp/few")" '^pprof: .*cannot start a thread' "and we none, which is said"
    like "$(few 100)" '^pprof: serving ' "a hundred: there is one for us"
else
    for _ in 1 2 3; do skip "needs root and setpriv"; done
fi
