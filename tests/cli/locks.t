#!/usr/bin/env bash
# The profiles of waiting over HTTP: Go's texts and types, what waits now, deadlocks, the wall clock, C++ exceptions.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
room
export TMPDIR=$tmp

plan 55

# serve NAME COMMAND...: starts it under the library; sets $url.
serve() {
    local name=$1
    shift
    PPROF_MUTEX_FRACTION=1 PPROF_BLOCK_RATE=1 "$pprof" run -- "$@" >"$tmp/$name.out" 2>"$tmp/$name.err" &
    server=$!
    pids+=("$server")
    await_url "$tmp/$name.err"
    url=$url/debug/pprof/
}
get() { "$pprof" -raw -symbolize=none "$url$1" 2>"$tmp/get.err"; }
text() { python3 -c 'import sys, urllib.request as u; sys.stdout.write(u.urlopen(sys.argv[1]).read().decode())' "$url$1"; }
# until REGEX PAGE: the page, as soon as a line of it matches.
until_says() {
    says() { page=$(text "$2") && grep -qE -- "$1" <<<"$page"; }
    until_true says "$@"
}

# ---- waits and their holders ----

serve waits "$build/tests/proc_lock_waits"
until_says '^# waiting now: 6' 'block?debug=1'
block=$page
is "$(head -2 <<<"$block" | tr '\n' ' ')" "--- contention: cycles/second=1000000000 " "block: Go's first lines"
like "$block" '^[0-9]{7,} 20 @( 0x[0-9a-f]+)+$' "block: nanoseconds, waits, addresses; twenty waits of a millisecond or more"
like "$block" '^#	0x[0-9a-f]+	pthread_mutex_lock\+0x[0-9a-f]+' "block: the function that waited"
like "$block" '^#	0x[0-9a-f]+	wait_for_turn\+0x[0-9a-f]+' "block: and who called it"
like "$block" '^# waiting now: 6, longest first$' "what waits now is listed"
like "$block" '^# thread [0-9]+ \[sync.Mutex.Lock, [0-9.]+ s\] waits for mutex 0x[0-9a-f]+ held by thread [0-9]+$' "with its age and the holder"
like "$block" '^# thread [0-9]+ \[sleep, [0-9.]+ s\] holds what thread [0-9]+ waits for, and is at$' "and what the holder does"
like "$block" '^#	0x[0-9a-f]+	keeper\+0x' "with its stack"
like "$block" '^# thread [0-9]+ \[thread join, [0-9.]+ s\] waits for the end of thread [0-9]+$' "a join names its thread"
like "$block" '^# deadlock: thread ([0-9]+) \(in self_lock\) waits for mutex 0x[0-9a-f]+ held by itself: for ever$' "a lock taken twice"
like "$block" '^# deadlock: thread [0-9]+ \(in (joins|joined)\) waits for .*: for ever$' "a ring through a join"
like "$block" '^# deadlock: thread .*\(in gives_up\).*: until the first of them gives up$' "a ring with a time limit is said to end"
is "$(grep -c '^# deadlock' <<<"$block")" 3 "three deadlocks, no other"
unlike "$(grep -v '^#' <<<"$block" | tail -n +3)" '[^0-9a-fx @]' "every line that is not Go's is a comment"

dump=$(text 'goroutine?debug=2')
like "$dump" '^# waits for mutex 0x[0-9a-f]+ held by goroutine [0-9]+$' "goroutine?debug=2 tells what each waits for"
is "$(grep -c '^# deadlock: goroutine' <<<"$dump")" 3 "and the deadlocks"
like "$(text 'goroutine?debug=3')" '^goroutine [0-9]+ \[sync.Mutex.Lock, [0-9.]+ seconds\]:$' "debug=3 has seconds"
like "$(text self)" '^# deadlock: thread' "the page about ourselves names them too"
like "$(text self)" '^  kinds of mutex that hooks take themselves +4 of 4$' "and whether hooks take mutexes themselves"

mutex=$(text 'mutex?debug=1')
is "$(head -3 <<<"$mutex" | tr '\n' ' ')" "--- mutex: cycles/second=1000000000 sampling period=1 " "mutex: Go's first lines"
like "$mutex" '^[0-9]{7,} 20 @( 0x[0-9a-f]+)+$' "mutex: twenty contended unlocks"
like "$mutex" '^#	0x[0-9a-f]+	pthread_mutex_unlock\+0x0' "mutex: the function that released"
like "$mutex" '^#	0x[0-9a-f]+	take_turn\+0x[0-9a-f]+' "mutex: the holder that called it"

for name in block mutex; do
    raw=$(get $name)
    like "$raw" '^contentions/count delay/nanoseconds' "$name: Go's sample types"
    like "$raw" '^PeriodType: contentions count' "$name: and period"
    text "$name?debug=1" >"$tmp/$name.txt"
    like "$("$pprof" -top -sample_index=delay "$tmp/$name.txt" 2>&1)" 'Showing nodes accounting for [0-9.]+m?s, 100%' "$name: the tool reads the text"
done
like "$("$pprof" -top -sample_index=delay "${url}mutex?seconds=1" 2>&1)" '^Type: delay|no matches|Showing nodes' "mutex: a difference of two moments"

like "$("$pprof" -top -tagfocus=state=sleep "${url}wall?seconds=2" 2>&1)" ' keeper$' "wall: where threads sleep"
raw=$("$pprof" -tags "${url}wall?seconds=2" 2>/dev/null)
like "$raw" 'running' "wall: running threads"
like "$raw" 'sync.Mutex.Lock' "wall: waiting ones"
created=$(text 'threadcreate?debug=1')
like "$created" '^30 @ 0x' "threadcreate: thirty threads that have ended, by the stack that created them"
like "$created" 'start_many' "threadcreate: and its name"
kill "$server"

# ---- input and output, on request ----

waits() { timeout -s KILL 60 env PPROF_BLOCK_RATE=1 "$@" "$build/tests/proc_io_waits"; }
block=$(waits PPROF_BLOCK_IO=1)
stacks=$(awk '/^[0-9]/ { ns = $1 } /^#\t/ { sub(/\+.*/, "", $3); path = path "<" $3 } /^$/ { print ns, path; path = "" }' <<<"$block")
for way in read recv write accept connect poll select epoll/epoll_wait sleep/nanosleep flock; do
    like "$stacks" "^[0-9]{8,} <${way#*/}<by_${way%/*}<main" "block counts ${way#*/} when asked to, as called by the program"
done
if grep -q '^no ring$' <<<"$block"; then
    skip "the kernel gives no io_uring"
else
    like "$stacks" '^[0-9]{8,} <syscall<by_ring<main' "and a wait for a ring, by syscall()"
fi
unlike "$(waits)" 'by_' "and none of them by itself"
unlike "$block" '^#	0x[0-9a-f]+	(pp_|noted_|filtered_|hook_)' "no function of ours in between"

# ---- C++ ----

cxx=${CXX:-c++}
if command -v "$cxx" >/dev/null && "$cxx" -O1 -g -o "$tmp/throws" tests/cli/throws.cc -pthread 2>"$tmp/cxx.err"; then
    serve throws "$tmp/throws"
    until_says 'exceptions profile: total 60' 'exceptions?debug=1'
    like "$page" '^exceptions profile: total 60$' "every throw is counted"
    like "$page" '^# labels: \{"type":"std::runtime_error"\}' "with its type"
    like "$page" '^# labels: \{"type":"app::Failure"\}' "and a type of the program's own"
    like "$page" 'parse_number' "where it was thrown"
    until_says 'Counter3add' 'mutex?debug=1'
    like "$page" 'Counter3add' "std::mutex: the holder of a contended lock"
    # The C++ runtime out of the loader's order: python in C loads a module in C++.
    "$cxx" -O1 -shared -fPIC -DPLUGIN -o "$tmp/throws.so" tests/cli/throws.cc
    page=$(PPROF_QUIET=1 LD_PRELOAD=$build/libpprof.so python3 -c '
import ctypes, sys
module, us = ctypes.CDLL(sys.argv[1]), ctypes.CDLL(None)
print("caught", module.throw_all(), flush=True)
us.pprof_write(b"exceptions", 1, 1)' "$tmp/throws.so" 2>&1)
    like "$page" '^caught 60$' "a module that is loaded late throws and catches"
    like "$page" '^exceptions profile: total 60$' "and is counted"
else
    for _ in 1 2 3 4 5 6 7; do skip "no C++ compiler"; done
fi
