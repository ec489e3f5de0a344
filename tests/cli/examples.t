#!/usr/bin/env bash
# The four leaks of the articles: the command in each file's top comment finds it, with its line.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
build=$PWD/build
[ -n "${PP_BUILD:-}" ] && build=$(cd "$PP_BUILD" && pwd)
tmp=$(mktemp -d)
pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done; rm -rf "$tmp"' EXIT

plan 17

# The line of a marker comment in a source.
line_of() { grep -n "/\* $2" "examples/$1.c" | head -1 | cut -d: -f1; }

# The documented command, at this build instead of build/.
documented() { sed -n 's#^ \*   \(build/.*pprof leaks.*\)$#\1#p' "examples/$1.c" | head -1 | sed "s#build/#$build/#g"; }

export TMPDIR=$tmp
port=$((20000 + RANDOM % 20000))
for name in chain slice idle_consumer full_queue; do
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

for name in chain slice idle_consumer full_queue; do
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
