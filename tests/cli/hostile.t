#!/usr/bin/env bash
# Hostile programs print and end as they do without us, while everything is asked of the library.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
need curl
room

scenarios="waves cancel longjmps altstack forks spawns daemons closes data_file limits signals
takes_signals last_thread"
plan $(($(wc -w <<<"$scenarios") * 2 + 3))

scrape() {
    while sleep 0.02; do
        url=$(grep -aoE 'http://[0-9.:]+' "$tmp/err" 2>/dev/null | head -1)
        for ask in heap 'goroutine?debug=2' 'profile?seconds=1' threadcreate mutex 'block?debug=1' self; do
            [ -n "$url" ] && curl -s -m 3 -o /dev/null "$url/debug/pprof/$ask"
        done
    done
}

for name in $scenarios; do
    : >"$tmp/err"
    timeout -s KILL 240 setsid -w "$build/tests/proc_hostile" "$name" >"$tmp/bare" 2>/dev/null
    bare=$?
    scrape 2>/dev/null &
    scraper=$!
    pids=($scraper)
    timeout -s KILL 240 setsid -w env LD_PRELOAD="$build/libpprof.so" PPROF_HTTP=127.0.0.1:0 \
        PPROF_HEAP_RATE=4096 "$build/tests/proc_hostile" "$name" >"$tmp/ours" 2>"$tmp/err"
    is $? $bare "$name ends the same"
    kill $scraper
    wait $scraper 2>/dev/null
    pids=()
    is "$(cat "$tmp/ours")" "$(cat "$tmp/bare")" "$name prints the same"
done

# A standard error that nobody reads: the line is dropped, the program runs.
mkfifo "$tmp/full"
out=$(exec 3<>"$tmp/full"; timeout 1 cat /dev/zero >&3
    timeout -s KILL 240 env LD_PRELOAD="$build/libpprof.so" PPROF_HTTP=127.0.0.1:0 /bin/echo ran 2>&3)
is "$out" ran "a full pipe as standard error stops nobody"
out=$(ulimit -n 4; LD_PRELOAD=$build/libpprof.so PPROF_HTTP=127.0.0.1:0 cat </dev/null 2>&1)
like "$out" "pprof: not serving: .*may open only 4 files" "a process with four descriptors keeps them"
out=$(ulimit -v 400000; LD_PRELOAD=$build/libpprof.so PPROF_HTTP=127.0.0.1:0 /bin/true 2>&1)
like "$out" "pprof: (profiling is off|little address space)" "a process with little address space keeps it"
