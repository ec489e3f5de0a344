#!/usr/bin/env bash
# Every goroutine leak of the articles: the commands in each file's top comment find it, at its line.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
room
[ -x "$build/examples/goroutine_time" ] || skip_all "no goroutine_time in $build/examples"
export TMPDIR=$tmp PPROF_QUIET=1

plan 51

# The line with that mark, and the documented commands at this build, in a directory of our own.
line_of() { grep -n "/\* LEAK $2:" "examples/goroutine_$1.c" | head -1 | cut -d: -f1; }
documented() {
    sed -n 's#^ \*   \(.*build/.*\)$#\1#p' "examples/goroutine_$1.c" |
        sed "s#build/#$build/#g; s#held#$tmp/$2#g; s#\(examples/goroutine_$1\) .*#\1 $2#"
}
run() { # FILE KIND: runs it as documented, with the report at exit
    GO_LEAKS=1 PPROF_HEAP_RATE=4096 bash -c "timeout 60 env $(documented "$1" "$2" | head -1)" \
        >"$tmp/$2.out" 2>"$tmp/$2.err" </dev/null
}
look() { bash -c "$(documented "$1" "$2" | grep "\.$3\.pb")" 2>&1 </dev/null; }

parked() { # FILE KIND FUNCTION REASON [FUNCTION-IN-THE-REPORT] [MARK]
    run "$1" "$2"
    is $? 0 "$2: the documented command runs"
    like "$(look "$1" "$2" goroutine)" "^ +[1-9][0-9]* +$3 .*goroutine_$1.c:$(line_of "$1" "${6:-$2}")( |$)" \
        "$2: the profile has its line"
    like "$(grep -A1 -E "^goroutine [0-9]+ \[$4\]:" "$tmp/$2.err")" "^${5:-$3}\(" \
        "$2: and the report at exit what it waits for"
}

parked channels receive receive_answer 'chan receive'
parked channels send send_answer 'chan send'
parked channels full log_lines 'chan send'
parked channels nil wait_for_config 'chan receive \(nil chan\)'
parked channels worker work 'chan receive'
parked selects blocked follow select
parked selects timeout ask_peer 'IO wait'
parked locks lock withdraw sync.Mutex.Lock
parked locks order transfer sync.Mutex.Lock '(transfer|move)'
like "$(cat "$tmp/lock.err")" '^# waits for mutex 0x[0-9a-f]+ held by goroutine [0-9]+, which has ended$' \
    "lock: and that who holds it has ended"
like "$(cat "$tmp/order.err")" '^# waits for mutex 0x[0-9a-f]+ held by goroutine [0-9]+$' \
    "order: and who holds it"
parked locks group copy_all sync.WaitGroup.Wait
parked time context watch_query 'chan receive' watch_query waiter

# An early return leaves the one who would have sent to it.
run channels return
like "$(look channels return goroutine)" "^ +10 +send_answer .*goroutine_channels.c:$(line_of channels send)( |$)" \
    "return: those whose caller left early wait in their send"
like "$(head -1 "$tmp/return.err")" '^goroutine leak: 10 still there$' "return: half of the calls leaked"

# What is held: the heap profile, at the line that asked for it.
held() { # KIND FUNCTION
    [ -d "$tmp/$1" ] || run time "$1"
    like "$(look time "$1" heap)" "^ +(B|kB|MB|[0-9.]+[kM]?B)? *$2 .*goroutine_time.c:$(line_of time "$1")( |$)" \
        "$1: the heap profile has its line"
    total=$("$build/pprof" -top -sample_index=inuse_objects "$tmp/$1"/?*.heap.pb.gz 2>/dev/null |
        awk -v f="$2" '$NF == f { print $4 }')
    [ "${total%.*}" -gt 20000 ] 2>/dev/null
    ok $? "$1: and so many objects" "$total"
}
held ticker refresh_once
held after receive_or_give_up
held context start_query
held values add_value

# What computes: the CPU profile. One that got no processor for two seconds is given another try.
spins() { # FILE KIND FUNCTION
    for _ in 1 2 3 4 5; do
        rm -rf "${tmp:?}/$2"
        run "$1" "$2"
        out=$("$build/pprof" -traces -lines "$tmp/$2"/?*.cpu.pb.gz 2>&1)
        grep -qE " $3 .*goroutine_$1.c:$(line_of "$1" "$2")" <<<"$out" && break
    done
    like "$out" " $3 .*goroutine_$1.c:$(line_of "$1" "$2")( |$)" "$2: the CPU profile has its line"
    like "$(look "$1" "$2" cpu)" " $3 " "$2: and the documented command its function"
    like "$(look "$1" "$2" goroutine)" " $3 " "$2: and the goroutine profile shows it running"
}
spins selects default poll_events
spins time loop retry
