#!/usr/bin/env bash
# Leaks of the articles: the command in each file's top comment finds it, with its line.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
build=$PWD/build
[ -n "${PP_BUILD:-}" ] && build=$(cd "$PP_BUILD" && pwd)
tmp=$(mktemp -d)
pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done; rm -rf "$tmp"' EXIT

plan 27

# The line of a marker comment in a source.
line_of() { grep -n "/\* $2" "examples/$1.c" | head -1 | cut -d: -f1; }

# The documented command, at this build instead of build/.
documented() { sed -n 's#^ \*   \(build/.*pprof leaks.*\)$#\1#p' "examples/$1.c" | head -1 | sed "s#build/#$build/#g"; }

export TMPDIR=$tmp
port=$((20000 + RANDOM % 20000))
for name in chain slice idle_consumer full_queue never_unlocked two_locks; do
    command=$(documented $name)
    like "$command" "pprof leaks" "$name.c documents its command"
    if [ $name = slice ]; then
        "$build/examples/slice" localhost:$port 20 >/dev/null 2>&1 &
        slice=$!
        command=${command/*& /sleep 0.5; } command=${command/6061/$port}
    fi
    (
        eval "$command" >"$tmp/$name.out" 2>"$tmp/$name.err" </dev/null
        echo $? >"$tmp/$name.status"
    ) &
    pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid"; done
kill "$slice"
pids=()

for name in chain slice idle_consumer full_queue never_unlocked two_locks; do
    is "$(cat "$tmp/$name.status")" 0 "$name: a report is made"
done
chain=$(cat "$tmp/chain.out")
like "$chain" "1\. value_with  examples/chain.c:$(line_of chain LEAK)  \(almost certain\)" "chain: the function and line that leak"
like "$chain" "loop +examples/chain.c:[0-9]+" "chain: and who called it"
like "$chain" "\+[0-9.]+ [KM]iB \+- [0-9.]+ [KMi]*B in [0-9,]+ objects in [0-9.]+ s: [0-9.]+ [KM]iB a second" "chain: how much, how sure, how fast"
slice=$(cat "$tmp/slice.out")
like "$slice" "1\. message_read  examples/slice.c:$(line_of slice HELD)" "slice: the function and line that hold the buffers"
unlike "$slice" '^  2\. ' "slice: and nothing else"
idle=$(cat "$tmp/idle_consumer.out")
like "$idle" "^! +6  sync.Cond.Wait +[0-9.]+ s  queue_take examples/idle_consumer.c:$(line_of idle_consumer WAITS) <- consumer" \
    "idle_consumer: six threads wait at that line, for how long"
like "$idle" '^  none: nothing grew' "idle_consumer: no memory leak is claimed"
full=$(cat "$tmp/full_queue.out")
like "$full" "^! +5  semacquire +[0-9.]+ s  queue_add examples/full_queue.c:$(line_of full_queue WAITS) <- producer" \
    "full_queue: five producers wait at that line"
like "$full" '^  none: nothing grew' "full_queue: no memory leak is claimed"

never=$(cat "$tmp/never_unlocked.out")
like "$never" "^! never unlocked: thread [0-9]+ \(in session_add\) waits for mutex 0x[0-9a-f]+ held by thread [0-9]+, which has ended" \
    "never_unlocked: who waits, and that nobody will unlock"
like "$never" "^. +4  sync.Mutex.Lock +[0-9.]+ s  session_add examples/never_unlocked.c:$(line_of never_unlocked WAITS) <- handle_request" \
    "never_unlocked: four threads wait at that line"
two=$(cat "$tmp/two_locks.out")
like "$two" "^! deadlock: thread [0-9]+ \(in transfer\) waits for mutex 0x[0-9a-f]+ held by thread [0-9]+ \(in transfer\), which waits for mutex 0x[0-9a-f]+ held by thread [0-9]+: for ever; 1 more waits behind it" \
    "two_locks: the ring is named, and who waits behind it"
like "$two" "sync.Mutex.Lock +[0-9.]+ s  transfer examples/two_locks.c:$(line_of two_locks WAITS) <- (save|spend)" \
    "two_locks: the line of the second lock"

# The CPU profile finds the thread that spins.
start=$(sed -n 's#^ \*   \(build/pprof run.*\) &$#\1#p' examples/spinner.c)
look=$(sed -n 's#^ \*   \(build/pprof -top .*\)$#\1#p' examples/spinner.c)
like "$start $look" "pprof run .*pprof -top" "spinner.c documents its commands"
here() { sed "s#build/#$build/#g; s#6062#$((port + 1))#" <<<"$1"; }
eval "exec $(here "$start") 50" >/dev/null 2>&1 &
pids+=($!)
for _ in $(seq 200); do (exec 3<>/dev/tcp/localhost/$((port + 1))) 2>/dev/null && break; sleep 0.1; done
like "$(eval "$(here "$look")" 2>&1 | grep -A1 'flat%' | tail -1)" "[0-9]% +await_reload$" "spinner: it is first in the CPU profile"
