#!/usr/bin/env bash
# Debian's redis-server (it links jemalloc), unmodified, under pprof run and redis-benchmark.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
need redis-server redis-benchmark redis-cli curl python3
room

plan 15

free_port
"$pprof" run --http=127.0.0.1:0 -- redis-server --port $port --bind 127.0.0.1 --save '' --appendonly no \
    --dir "$tmp" >"$tmp/out" 2>"$tmp/err" &
server=$!
pids+=($server)
pings() { redis-cli -p $port ping >"$tmp/ping" 2>/dev/null; }
until_true pings
is "$(cat "$tmp/ping")" PONG "redis answers"
is "$(cat /proc/$server/comm)" redis-server "it was exec'ed in place: same pid"
await_url "$tmp/err"
like "$url" '^http://127' "the address is printed"

redis-benchmark -p $port -t set,get,lpush,lpop,sadd,zadd -n 150000 -c 20 -P 8 -r 100000 -d 200 -q >"$tmp/bench" 2>&1 &
bench=$!
has_keys() { [ "$(redis-cli -p $port dbsize)" -gt 0 ]; }
until_true has_keys
curl -sS -o "$tmp/cpu.pb.gz" "$url/debug/pprof/profile?seconds=3"
ok $? "a CPU profile of 3 s can be taken under load"
curl -sS -o "$tmp/heap.pb.gz" "$url/debug/pprof/heap" && curl -sS "$url/debug/pprof/heap?debug=1" >"$tmp/heap.txt"
ok $? "and a heap profile, both forms"
curl -sS "$url/debug/pprof/goroutine?debug=2" >"$tmp/threads"
wait $bench
ok $? "redis-benchmark ends well"
unlike "$(cat "$tmp/bench")" 'ERR|Error|refused' "with no error"

like "$(head -1 "$tmp/heap.txt")" '^heap profile: [1-9][0-9]*: [1-9][0-9]* \[' "the heap profile is not empty"
like "$(cat "$tmp/heap.txt")" 'jemalloc' "and says that jemalloc owns malloc"

"$pprof" -raw "$tmp/cpu.pb.gz" >"$tmp/raw" 2>"$tmp/raw.err"
reach=$(tests/cli/reach.py "$(readlink -f "$(command -v redis-server)")" bioProcessBackgroundJobs <"$tmp/raw")
echo "# $reach" | head -9
share=$(sed -n 's/^reached .*(\([0-9]*\).*/\1/p' <<<"$reach")
[ "${share:-0}" -ge 95 ]
ok $? "at least 95 % of CPU samples reach main or a thread's start" "$reach"
echo "# $(curl -sS "$url/debug/pprof/self" | grep -i -m1 -E 'truncat|cut')"

top=$("$pprof" -top -nodecount=10 "$tmp/cpu.pb.gz" 2>/dev/null)
cum=$("$pprof" -top -cum -nodecount=25 "$tmp/cpu.pb.gz" 2>/dev/null)
like "$cum" '(call|processCommand|aeProcessEvents|aeMain|readQueryFromClient)$' "a function known to be hot is among the top"
like "$top" '[0-9.]+m?s +[0-9.]+% ' "top has lines with times"
inuse=$("$pprof" -top -cum "$tmp/heap.pb.gz" 2>/dev/null)
like "$inuse" '(zmalloc|ztrymalloc|sdsnewlen|createStringObject|dbAdd|setCommand)' "the heap is in the functions that allocate"
like "$(cat "$tmp/threads")" '^goroutine [0-9]+ \[' "threads are listed"

redis-cli -p $port shutdown nosave >/dev/null 2>&1
wait $server
is $? 0 "redis ends with status 0"
