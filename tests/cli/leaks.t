#!/usr/bin/env bash
# pprof leaks over a real server under load, started and attached; early ends, signals, usage.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
build=$PWD/build
[ -n "${PP_BUILD:-}" ] && build=$(cd "$PP_BUILD" && pwd)
pprof=$build/pprof
tmp=$(mktemp -d)
export TMPDIR=$tmp
pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done; rm -rf "$tmp"' EXIT
port=$((20000 + RANDOM % 20000))
line_of() { grep -n "/\* $2" "examples/$1.c" | head -1 | cut -d: -f1; }

plan 43

# The whole: server, load, three moments, report.
"$pprof" leaks --every=3 -o "$tmp/kept" --load "$build/examples/load $port 30" -- "$build/examples/leaky_server" $port \
    >"$tmp/out" 2>"$tmp/err" </dev/null
is $? 0 "the report of a server that was started ends with 0"
out=$(cat "$tmp/out")
like "$out" "^  1\. session_open  examples/leaky_server.c:$(line_of leaky_server LEAK)  \(almost certain\)" "the leak, with its line"
unlike "$out" '^  2\. ' "and no other"
like "$out" "[0-9.]+ MiB a second, [0-9.]+ GiB an hour" "how fast"
like "$out" "^       handle +examples/leaky_server.c:[0-9]+" "and from where"
objects=$(sed -n 's/.* in \([0-9,]*\) objects in .*/\1/p' "$tmp/out" | head -1 | tr -d ,)
[ "${objects:-0}" -gt 7000 ] && [ "${objects:-0}" -lt 16000 ]
ok $? "about 2000 objects a second, as the load makes them" "$objects"
like "$out" "^  audit_append  examples/leaky_server.c:$(line_of leaky_server TEMPORARY)  \+[0-9.]+ MiB, then -[0-9.]+ MiB" "what is temporary"
like "$out" "^! +1  sync.Cond.Wait +[0-9]+(\.[0-9])? s  thumbnail_worker examples/leaky_server.c:$(line_of leaky_server WAITS)" "the thread that waits for ever"
like "$out" '^  live: http://127\.0\.0\.1:[0-9]+/debug/pprof/$' "where to look live"
like "$(cat "$tmp/err")" '^leaks: moment 3 of 3, after [0-9]+ s: [0-9.]+ MiB in use' "progress is told on standard error"
for n in 1 2 3; do
    [ -s "$tmp/kept/heap.$n.pb.gz" ]
    ok $? "the profile of moment $n is kept"
done
[ -s "$tmp/kept/goroutine.txt" ]
ok $? "and the threads"
like "$out" "diff_base $tmp/kept/heap.1.pb.gz $tmp/kept/heap.3.pb.gz" "with the command that compares them"
printed() { eval "\"$pprof\" $(sed -n "s/^  [^ ]*pprof \(.*$1.*\)/\1/p" "$tmp/out" | head -1)" 2>/dev/null; }
like "$(printed diff_base)" '^ +[0-9.]+MB .* session_open$' "the printed command that compares moments works"
like "$(printed '-list')" " $(line_of leaky_server LEAK): .*LEAK" "and the one that shows the line"
pid=$(sed -n 's/.*started .* (pid \([0-9]*\)).*/\1/p' "$tmp/err")
kill -0 "$pid" 2>/dev/null
is $? 1 "without a terminal the server is ended"

# Attached by pid, by URL, by host and port.
"$pprof" run --rate=64k -- "$build/examples/leaky_server" $((port + 1)) 2>"$tmp/err" </dev/null &
server=$!
pids+=("$server")
"$build/examples/load" $((port + 1)) 30 &
pids+=($!)
for _ in $(seq 100); do grep -q listening "$tmp/err" && grep -q serving "$tmp/err" && break; sleep 0.05; done
url=$(sed -n 's#.*serving \(http://[^ ]*\)/debug/pprof/.*#\1#p' "$tmp/err" | head -1)
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
"$pprof" leaks --fail-on-leak -- "$build/examples/chain" 2 >"$tmp/out" 2>"$tmp/err"
is $? 0 "a program that ended by itself gives its status"
like "$(cat "$tmp/out")" '^NOT ENOUGH DATA: 1 moment, three are needed' "and what is missing is said"
like "$(cat "$tmp/out")" "[0-9.]+ MiB \+- [0-9.]+ [KM]iB in [0-9,]+ objects  value_with  examples/chain.c:$(line_of chain LEAK)" \
    "with what it held at its end"
"$pprof" leaks --every=1 -- "$build/examples/chain" 3 >"$tmp/out" 2>"$tmp/err"
like "$(cat "$tmp/out")" "^  1\. value_with  examples/chain.c:$(line_of chain LEAK)" "moments that were taken are judged"
"$pprof" leaks -- sh -c 'exit 7' >/dev/null 2>&1
is $? 7 "a failing program's status is passed on"
"$pprof" leaks -- sh -c 'sleep 0.3; kill -SEGV $$' >/dev/null 2>&1
is $? 139 "so is a signal, as a shell tells it"
"$pprof" leaks --every=20 -- sh -c 'trap "exit 9" TERM; : >"$0"; while :; do sleep 0.1; done' "$tmp/trapped" \
    >"$tmp/out" 2>"$tmp/err" &
hunt=$!
pids+=($hunt)
for _ in $(seq 400); do grep -q moments "$tmp/err" && [ -e "$tmp/trapped" ] && break; sleep 0.05; done
kill -TERM $hunt
wait $hunt
is $? 9 "signals are forwarded"
"$pprof" leaks -- no-such-command 2>/dev/null
is $? 127 "a command that is not there: 127"

# On a terminal the program is left running until Ctrl-C.
if command -v python3 >/dev/null; then
    cat >"$tmp/terminal.py" <<'PY'
import os, pty, select, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
out, end, sent = b'', time.time() + 20, False
while time.time() < end:
    if select.select([fd], [], [], 0.2)[0]:
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        if not data:
            break
        out += data
    if b'Ctrl-C' in out and not sent:
        time.sleep(0.5)
        os.write(fd, b'\x03')
        sent = True
sys.stdout.write(out.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
    timeout 30 python3 "$tmp/terminal.py" "$pprof" leaks --every=0.5 -- "$build/examples/leaky_server" $((port + 2)) >"$tmp/out"
    is $? 130 "Ctrl-C on a terminal ends the program, as a shell tells it"
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
