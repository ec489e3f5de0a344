#!/usr/bin/env bash
# pprof leaks over a real server under load, started and attached; early ends, signals, usage.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
room
export TMPDIR=$tmp
free_port

plan 45

# The whole: server, load, five moments, report. The server flushes every 5 s: with a moment every 2 s some of them see
# a rise and one a fall, wherever they lie. With three of them, 3 s apart, two flushes could fall between.
"$pprof" leaks --every=2 --moments=5 --rate=4k -o "$tmp/kept" --load "$build/examples/load $port 30" -- "$build/examples/leaky_server" $port \
    >"$tmp/out" 2>"$tmp/err" </dev/null
is $? 0 "the report of a server that was started ends with 0"
out=$(cat "$tmp/out")
like "$out" "^  1\. session_open  examples/leaky_server.c:$(line_of leaky_server LEAK)  \(almost certain\)" "the leak, with its line"
unlike "$out" '^  2\. ' "and no other"
like "$out" "[0-9.]+ [KM]iB a second, [0-9.]+ [MG]iB an hour" "how fast"
like "$out" "^       handle +examples/leaky_server.c:[0-9]+" "and from where"
objects=$(sed -n 's/.* in \([0-9,]*\) objects in .*/\1/p' "$tmp/out" | head -1 | tr -d ,)
kept=$("$pprof" -top -inuse_objects -diff_base "$tmp/kept/heap.1.pb.gz" "$tmp/kept/heap.5.pb.gz" 2>/dev/null |
    sed -n 's/^ *\([0-9]*\) .* session_open$/\1/p')
[ "${objects:-0}" -gt 0 ] && [ "$((objects - kept))" -le 1 ] && [ "$((kept - objects))" -le 1 ]
ok $? "as many objects as the kept profiles have" "$objects, $kept"
like "$out" "^  audit_append  examples/leaky_server.c:$(line_of leaky_server TEMPORARY)  \+[0-9.]+ [KM]iB, then -[0-9.]+ [KM]iB" "what is temporary"
like "$out" "^! +1  sync.Cond.Wait +[0-9]+(\.[0-9])? s  thumbnail_worker examples/leaky_server.c:$(line_of leaky_server WAITS)" "the thread that waits for ever"
like "$out" '^  live: http://127\.0\.0\.1:[0-9]+/debug/pprof/$' "where to look live"
like "$(cat "$tmp/err")" '^leaks: moment 5 of 5, after [0-9]+ s: [0-9.]+ MiB in use' "progress is told on standard error"
for n in 1 2 3 4 5; do
    [ -s "$tmp/kept/heap.$n.pb.gz" ]
    ok $? "the profile of moment $n is kept"
done
[ -s "$tmp/kept/goroutine.txt" ]
ok $? "and the threads"
like "$out" "diff_base $tmp/kept/heap.1.pb.gz $tmp/kept/heap.5.pb.gz" "with the command that compares them"
printed() { eval "\"$pprof\" $(sed -n "s/^  [^ ]*pprof \(.*$1.*\)/\1/p" "$tmp/out" | head -1)" 2>/dev/null; }
like "$(printed diff_base)" '^ +[0-9.]+[kM]B .* session_open$' "the printed command that compares moments works"
like "$(printed '-list')" " $(line_of leaky_server LEAK): .*LEAK" "and the one that shows the line"
pid=$(sed -n 's/.*started .* (pid \([0-9]*\)).*/\1/p' "$tmp/err")
kill -0 "$pid" 2>/dev/null
is $? 1 "without a terminal the server is ended"

# Attached by pid, by URL, by host and port.
free_port
"$pprof" run --rate=4k -- "$build/examples/leaky_server" $port 2>"$tmp/err" </dev/null &
server=$!
pids+=("$server")
await "$tmp/err" listening
await_url "$tmp/err"
"$build/examples/load" $port 600 &
pids+=($!)
"$pprof" leaks --every=2500ms --fail-on-leak --quiet "$url/debug/pprof/heap" >"$tmp/url.out" 2>"$tmp/url.err" &
by_url=$!
"$pprof" leaks --every=2500ms --moments=4 "$server" >"$tmp/pid.out" 2>"$tmp/pid.err" &
by_pid=$!
wait $by_url
is $? 1 "--fail-on-leak makes it 1"
is "$(cat "$tmp/url.err")" "" "--quiet tells no progress"
like "$(cat "$tmp/url.out")" "^  1\. session_open  examples/leaky_server.c:$(line_of leaky_server LEAK)  " "attached by URL"
wait $by_pid
is $? 0 "attached by pid: 0"
like "$(cat "$tmp/pid.out")" "^  1\. session_open  examples/leaky_server.c:$(line_of leaky_server LEAK)  " "attached by pid"
like "$(cat "$tmp/pid.err")" 'moment 4 of 4' "as many moments as asked for"
kill -0 "$server" 2>/dev/null
is $? 0 "a program that was attached to goes on"
kill "$server"

# Programs that end early, badly, or by a signal.
"$pprof" leaks --every=600 --rate=4k --fail-on-leak -- "$build/examples/chain" 2 >"$tmp/out" 2>"$tmp/err"
is $? 0 "a program that ended by itself gives its status"
like "$(cat "$tmp/out")" '^NOT ENOUGH DATA: 1 moment, three are needed' "and what is missing is said"
like "$(cat "$tmp/out")" "[0-9.]+ [KM]iB \+- [0-9.]+ [KM]iB in [0-9,]+ objects  value_with  examples/chain.c:$(line_of chain LEAK)" \
    "with what it held at its end"
"$pprof" leaks --every=1 --moments=300 -- "$build/examples/chain" 600 >"$tmp/out" 2>"$tmp/err" &
hunt=$!
pids+=($hunt)
await "$tmp/err" 'moment 4 of 300'
kill "$(sed -n 's/.*started .* (pid \([0-9]*\)).*/\1/p' "$tmp/err")"
wait $hunt
like "$(cat "$tmp/out")" "^  1\. value_with  examples/chain.c:$(line_of chain LEAK)" "moments that were taken are judged"
"$pprof" leaks -- sh -c 'exit 7' >/dev/null 2>&1
is $? 7 "a failing program's status is passed on"
"$pprof" leaks -- sh -c 'sleep 0.3; kill -SEGV $$' >/dev/null 2>&1
is $? 139 "so is a signal, as a shell tells it"
"$pprof" leaks --every=600 -- sh -c 'trap "exit 9" TERM; : >"$0"; while :; do sleep 0.1; done' "$tmp/trapped" \
    >"$tmp/out" 2>"$tmp/err" &
hunt=$!
pids+=($hunt)
await "$tmp/err" moments
until_true [ -e "$tmp/trapped" ]
kill -TERM $hunt
wait $hunt
is $? 9 "signals are forwarded"
"$pprof" leaks -- no-such-command 2>/dev/null
is $? 127 "a command that is not there: 127"

# On a terminal the program is left running until Ctrl-C.
if command -v python3 >/dev/null; then
    free_port
    printf 'Ctrl-C\t\\x03\n' | timeout 300 tests/cli/terminal.py "$pprof" leaks --every=0.5 -- "$build/examples/leaky_server" $port >"$tmp/out"
    is "$(sed -n 's/^status //p' "$tmp/out")" 130 "Ctrl-C on a terminal ends the program, as a shell tells it"
    like "$(cat "$tmp/out")" 'goes on, Ctrl-C ends it; look at http://' "after the report it goes on"
    like "$(cat "$tmp/out")" '^LEAKS' "and the report was there before"
    pid=$(sed -n 's/.*started .* (pid \([0-9]*\)).*/\1/p' "$tmp/out")
    kill -0 "$pid" 2>/dev/null
    is $? 1 "nothing is left behind"
else
    for _ in 1 2 3 4; do skip "no python3 for a terminal"; done
fi

# Usage.
for args in "" "--moments=2 1" "--every=0 1" "1 2" "--bogus 1" "not_an_address"; do
    # shellcheck disable=SC2086
    "$pprof" leaks $args >/dev/null 2>"$tmp/err"
    is "$? $(wc -l <"$tmp/err")" "2 1" "wrong usage is one line and 2: leaks $args"
done
