#!/usr/bin/env bash
# Leaks of the articles: the command in each file's top comment finds it, with its line.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
room

plan 27

# The documented command, at this build instead of build/.
documented() { sed -n 's#^ \*   \(build/.*pprof leaks.*\)$#\1#p' "examples/$1.c" | head -1 | sed "s#build/#$build/#g"; }

# Runs what is in $command as the example says.
look() { # NAME
    eval "$(command_of "$1")" >"$tmp/$1.out" 2>"$tmp/$1.err" </dev/null
    echo $? >"$tmp/$1.status"
}
# One that the machine let stand still meanwhile shows too little: it has two more tries. usage: tells NAME REGEX TEST
tells() {
    for _ in 1 2; do
        grep -qE -- "$2" "$tmp/$1.out" && break
        look "$1"
    done
    like "$(cat "$tmp/$1.out")" "$2" "$1: $3"
}
command_of() {
    local command
    command=$(documented "$1")
    [ "$1" = slice ] && command=${command/*& /} command=${command/6061/$port}
    echo "$command"
}

export TMPDIR=$tmp
free_port
"$build/examples/slice" localhost:$port 600 >/dev/null 2>&1 &
pids+=($!)
until_true eval "(exec 3<>/dev/tcp/localhost/$port) 2>/dev/null"
looks=()
for name in chain slice idle_consumer full_queue never_unlocked two_locks; do
    like "$(documented $name)" "pprof leaks" "$name.c documents its command"
    look $name &
    looks+=($!)
done
wait "${looks[@]}"

for name in chain slice idle_consumer full_queue never_unlocked two_locks; do
    is "$(cat "$tmp/$name.status")" 0 "$name: a report is made"
done
tells chain "1\. value_with  examples/chain.c:$(line_of chain LEAK)  \(almost certain\)" "the function and line that leak"
chain=$(cat "$tmp/chain.out")
like "$chain" "loop +examples/chain.c:[0-9]+" "chain: and who called it"
like "$chain" "\+[0-9.]+ [KM]iB \+- [0-9.]+ [KMi]*B in [0-9,]+ objects in [0-9.]+ s: [0-9.]+ [KM]iB a second" "chain: how much, how sure, how fast"
tells slice "1\. message_read  examples/slice.c:$(line_of slice HELD)" "the function and line that hold the buffers"
unlike "$(cat "$tmp/slice.out")" '^  2\. ' "slice: and nothing else"
tells idle_consumer \
    "^! +6  sync.Cond.Wait +[0-9.]+ s  queue_take examples/idle_consumer.c:$(line_of idle_consumer WAITS) <- consumer" \
    "six threads wait at that line, for how long"
like "$(cat "$tmp/idle_consumer.out")" '^  none: nothing grew' "idle_consumer: no memory leak is claimed"
tells full_queue "^! +5  semacquire +[0-9.]+ s  queue_add examples/full_queue.c:$(line_of full_queue WAITS) <- producer" \
    "five producers wait at that line"
like "$(cat "$tmp/full_queue.out")" '^  none: nothing grew' "full_queue: no memory leak is claimed"

tells never_unlocked \
    "^. +4  sync.Mutex.Lock +[0-9.]+ s  session_add examples/never_unlocked.c:$(line_of never_unlocked WAITS) <- handle_request" \
    "four threads wait at that line"
like "$(cat "$tmp/never_unlocked.out")" "^! never unlocked: thread [0-9]+ \(in session_add\) waits for mutex 0x[0-9a-f]+ held by thread [0-9]+, which has ended" \
    "never_unlocked: who waits, and that nobody will unlock"
tells two_locks "^! deadlock: thread [0-9]+ \(in transfer\) waits for mutex 0x[0-9a-f]+ held by thread [0-9]+ \(in transfer\), which waits for mutex 0x[0-9a-f]+ held by thread [0-9]+: for ever; 1 more waits behind it" \
    "the ring is named, and who waits behind it"
like "$(cat "$tmp/two_locks.out")" "sync.Mutex.Lock +[0-9.]+ s  transfer examples/two_locks.c:$(line_of two_locks WAITS) <- (save|spend)" \
    "two_locks: the line of the second lock"

# The CPU profile finds the thread that spins.
start=$(sed -n 's#^ \*   \(build/pprof run.*\) &$#\1#p' examples/spinner.c)
top=$(sed -n 's#^ \*   \(build/pprof -top .*\)$#\1#p' examples/spinner.c)
like "$start $top" "pprof run .*pprof -top" "spinner.c documents its commands"
free_port
here() { sed "s#build/#$build/#g; s#6062#$port#" <<<"$1"; }
eval "exec $(here "$start") 600" >/dev/null 2>"$tmp/spinner.err" &
pids+=($!)
await "$tmp/spinner.err" serving
spins() { # in two seconds of which it got some
    first=$(eval "$(here "$top")" 2>&1 | grep -A1 'flat%' | tail -1)
    grep -q '% ' <<<"$first"
}
until_true spins
like "$first" "[0-9]% +await_reload$" "spinner: it is first in the CPU profile"
