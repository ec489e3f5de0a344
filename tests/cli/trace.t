#!/usr/bin/env bash
# The execution trace: by call, by request, and the flight recorder, read back; SIGQUIT.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
need curl python3
room
traced=$build/tests/proc_traced
[ -x "$traced" ] || skip_all "$traced is not built"

plan 57

mkfifo "$tmp/in"
"$traced" "$tmp" <"$tmp/in" >"$tmp/out" 2>"$tmp/err" &
pid=$!
pids+=("$pid")
exec {hold}>"$tmp/in"
await "$tmp/out" '^http'
ok $? "the program traces itself" "$(cat "$tmp/err")"
url=$(head -1 "$tmp/out")/debug/pprof

read_trace() { python3 tests/cli/trace_read.py "$1" 2>&1; }

calls=$(read_trace "$tmp/by-call")
like "$calls" '^clock 3$' "times are the monotonic clock's"
like "$calls" "^process proc_traced $pid\$" "the process is named"
like "$calls" '^slice proc_traced \[sync\.Mutex\.Lock\] [0-9]+ [0-9]{7,}$' "lock waits, with their time"
like "$calls" '^slice proc_traced \[sleep\] [0-9]+ [0-9]{7,}$' "sleeps"
like "$calls" '^slice proc_traced \[IO wait\] [0-9]+ ' "reads"
like "$calls" '^open proc_traced \[sync\.Mutex\.Lock\]$' "a lock that is never had stays open"
like "$calls" '^stack proc_traced \[sync\.Mutex\.Lock\] .*(hold_lock|stuck)' "where a lock was waited for"
like "$calls" '^stack proc_traced \[IO wait\] .*wait_for_bytes' "where was read"
for region in contend outer inner; do
    like "$calls" "^slice proc_traced \[$region\] [0-9]+ " "the region $region"
done
like "$calls" '^slice request \[request\] [0-9]+ ' "tasks have tracks of their own"
like "$calls" '^slice part \[part\] [0-9]+ ' "those within them too"
like "$calls" '^flows [1-9]' "and are tied to their regions"
like "$calls" '^log proc_traced \[allocated\]$' "logs"
like "$calls" '^counter \[allocated \(sampled\)\] [0-9]+ [0-9]{6,}$' "sampled allocations"
like "$calls" '^counter \[resident memory\] [0-9]+ [0-9]{6,}$' "resident memory"
like "$calls" '^counter \[CPU time\] [0-9]+ [0-9]+$' "CPU time"

recorded=$(read_trace "$tmp/recorded")
like "$recorded" '^slice proc_traced \[contend\] ' "the recorder has regions"
like "$recorded" '^open proc_traced \[sync\.Mutex\.Lock\]$' "and who waited all the time"
like "$recorded" '^stack proc_traced \[sync\.Mutex\.Lock\] .*stuck' "whose stack is taken then"
unlike "$recorded" '^stack .* wait_for_bytes' "but no stacks of its own"

for _ in 1 2 3 4 5; do # two seconds in which the machine stands still are given another try
    curl -sS -D "$tmp/head" -o "$tmp/asked" "$url/trace?seconds=2"
    status=$?
    asked=$(read_trace "$tmp/asked")
    grep -q '^slice proc_traced \[inner\]' <<<"$asked" && grep -q '^stack .* .*hold_lock' <<<"$asked" && break
done
is $status 0 "trace by request"
like "$(tr -d '\r' <"$tmp/head")" '^Content-Disposition: attachment; filename="trace"$' "as a file, as Go's"
like "$(tr -d '\r' <"$tmp/head")" '^Content-Type: application/octet-stream$' "of Go's type"
like "$asked" '^slice proc_traced \[inner\] ' "its regions"
like "$asked" '^stack proc_traced \[sync\.Mutex\.Lock\] .*hold_lock' "its stacks"
like "$asked" '^counter \[resident memory\] ([3-9]|[0-9]{2,}) ' "memory is looked at all along"
curl -sS -o "$tmp/plain" "$url/trace?seconds=1&stacks=0"
unlike "$(read_trace "$tmp/plain")" '^stack .* wait_for_bytes' "stacks=0 leaves them out"
curl -sS -o "$tmp/last" "$url/trace?last=3"
like "$(read_trace "$tmp/last")" '^slice proc_traced \[outer\] ' "the recorder by request"
like "$(curl -sS "$url/self")" 'trace: on' "the page about ourselves says so"

exec {hold}>&-
wait "$pid"
is $? 0 "the program ends as it would"

# Goroutines.
timeout 120 "$build/tests/proc_traced_go" "$tmp/goroutines" 2>"$tmp/go.err"
is $? 0 "a program with goroutines traces itself" "$(cat "$tmp/go.err")"
went=$(read_trace "$tmp/goroutines")
one='goroutine [0-9]+'
like "$went" "^slice regions \\[handle\\] 50 " "a goroutine's regions go with it"
like "$went" "^log $one (worker|second) \\[handled\\]\$" "and its logs"
like "$went" "^slice $one (worker|second) \\[running\\] " "when it ran"
like "$went" "^slice $one (worker|second) \\[runnable\\] " "when it could have"
like "$went" "^slice $one (worker|second) \\[sleep\\] " "when it slept"
like "$went" "^slice $one send_requests \\[chan send\\] " "what it waited for"
like "$went" "^stack $one (worker|second) \\[chan receive\\] take_request,serve" "and where"
like "$went" "^(open|slice) $one worker " "one that is older than the trace has its name"
like "$went" "^open $one wait_for_ever \\[chan receive\\]\$" "one that only waited is there"
like "$went" "^stack $one wait_for_ever \\[chan receive\\] wait_for_ever" "with its stack"
like "$went" "^slice go-worker-[0-9]+ \\[compute\\] " "threads show whom they run"
like "$went" "^stack $one compute \\[CPU sample\\] compute" "CPU samples, with their stacks"
like "$went" "^log $one work \\[go\\]\$" "who started whom"
like "$went" "^log .* \\[unblock\\]\$" "and who let whom go on"

# Off: a request for what was not recorded; on by the environment.
# A shell without job control starts what is in the background with SIGQUIT ignored.
env --default-signal=QUIT PPROF_HTTP=127.0.0.1:0 PPROF_SIGQUIT=1 LD_PRELOAD="$build/libpprof.so" \
    sleep 600 2>"$tmp/sleep.err" &
pid=$!
pids+=("$pid")
await_url "$tmp/sleep.err"
url=$url/debug/pprof
is "$(curl -sS -o "$tmp/body" -w '%{http_code}' "$url/trace?last=1")" 400 "no recorder, no record"
like "$(cat "$tmp/body")" 'PPROF_TRACE' "and how to have one"
has_dumped() { [ "$(grep -c '^__libc_start_main' "$tmp/sleep.err")" -ge "$1" ]; }
for dump in $(seq 20); do
    kill -QUIT "$pid"
    until_true has_dumped "$dump" || break
done
is "$(grep -c '^SIGQUIT: quit$' "$tmp/sleep.err")" 20 "SIGQUIT writes the stacks, each time"
like "$(cat "$tmp/sleep.err")" '^goroutine [0-9]+ \[sleep' "where the program was, in its sleep"
unlike "$(cat "$tmp/sleep.err")" '^(pp_|handle)' "and not in our handler"
like "$(cat "$tmp/sleep.err")" '^SIGQUIT: quit$' "with Go's first line"
like "$(sed -n '/^SIGQUIT/{n;n;p;q}' "$tmp/sleep.err")" '^goroutine [0-9]' "and one empty line after it"
kill -0 "$pid"
is $? 0 "and the program goes on"
env --ignore-signal=QUIT PPROF_SIGQUIT=1 LD_PRELOAD="$build/libpprof.so" sleep 0.2 2>"$tmp/ignored.err"
like "$(cat "$tmp/ignored.err")" 'handles or ignores SIGQUIT itself' "one that is ignored stays so"
