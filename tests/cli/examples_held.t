#!/usr/bin/env bash
# More leaks of the articles, of memory, descriptors and timers: the commands in each file's top comment find them,
# with their line.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
room

plan 23

# The documented commands, at this build instead of build/ and in a directory of our own.
documented() { sed -n 's#^ \*   \(.*build/pprof.*\)$#\1#p' "examples/$1.c" | sed "s#build/#$build/#g; s#held#$tmp/$1#g"; }

export TMPDIR=$tmp

# ---- what grows
look() { eval "$(documented "$1")" >"$tmp/$1.out" 2>"$tmp/$1.err" </dev/null; }
for name in cache cycle destructor; do
    like "$(documented $name)" "pprof leaks" "$name.c documents its command"
    look $name &
done
wait
found() { # NAME FUNCTION CALLER: on a machine that stood still too little grew, and it has two more tries
    for _ in 1 2; do
        grep -q '(almost certain)' "$tmp/$1.out" || look "$1"
    done
    out=$(cat "$tmp/$1.out")
    like "$out" "1\. $2  examples/$1.c:$(line_of "$1" LEAK)  \(almost certain\)" "$1: the function and line that leak"
    like "$out" "$3 +examples/$1.c:[0-9]+" "$1: and who called it"
}
found cache cache_put answer
found cycle widget_new open_dialog
found destructor scratch handle_request

# ---- what is held when the program ends
for name in unclosed timers deferred; do
    eval "$(documented $name)" >"$tmp/$name.out" 2>"$tmp/$name.err" </dev/null
    is $? 0 "$name: the documented commands run"
done
top=$(cat "$tmp/unclosed.out")
like "$top" '^ +40 .* read_config$' "unclosed: 40 files that were not closed"
like "$top" '^ +120 .* log_request$' "unclosed: 120 sockets"
unlike "$top" '^ +[1-9][0-9]* .* main$' "unclosed: main itself opened nothing"
lines=$("$build/pprof" -traces -lines "$tmp"/unclosed/*.fd.pb.gz 2>&1)
like "$lines" "40 +read_config examples/unclosed.c:$(line_of unclosed FILE)|40 +read_config .*unclosed.c:$(line_of unclosed FILE)" "unclosed: the line of the file"
like "$lines" "120 +log_request .*unclosed.c:$(line_of unclosed SOCKET)" "unclosed: the line of the sockets"
like "$("$build/pprof" -tags "$tmp"/unclosed/*.fd.pb.gz 2>&1)" '12[0-9] .*: unix$' "unclosed: -tags tells sockets"
like "$(cat "$tmp/timers.out")" '^ +200 .* arm_timeout$' "timers: 200 timers"
like "$("$build/pprof" -traces -lines "$tmp"/timers/*.fd.pb.gz 2>&1)" "200 +arm_timeout .*timers.c:$(line_of timers TIMER)" "timers: the line"
like "$(cat "$tmp/deferred.out")" '^ +[0-9.]+MB +9[0-9.]+% .* load_batch$|^ +[0-9.]+MB +100% .* load_batch$' "deferred: what was held at the peak"
unlike "$("$build/pprof" -top -sample_index=inuse_space "$tmp"/deferred/*.heap.pb.gz 2>&1)" ' [1-9][0-9.]*[kM]B .* load_batch$' "deferred: nothing of it at the end"

# ---- what is held and old, in a program that runs
free_port
commands=$(documented free_list | sed "s/6063/$port/g; s/age=10s:/age=1s:/; s#/free_list \&#/free_list 600 \&#")
eval "$(head -1 <<<"$commands")" >/dev/null 2>&1 </dev/null
pids+=($!)
shows_pool() { eval "$(tail -1 <<<"$commands")" >"$tmp/free_list.out" 2>/dev/null && grep -q pool_take "$tmp/free_list.out"; }
until_true shows_pool
like "$(cat "$tmp/free_list.out")" '^ +[0-9.]+MB +[0-9.]+% .* pool_take$' "free_list: old and still held"
