#!/usr/bin/env bash
# CPU time of redis-server per request: alone, under libpprof (heap sampling at the default rate, serving), and with
# jemalloc's own profiler on; interleaved A B C C B A. usage: redis.sh BUILD_DIR [ROUNDS] [REQUESTS]
set -euo pipefail
build=$(cd "${1:?usage: redis.sh BUILD_DIR [ROUNDS] [REQUESTS]}" && pwd)
rounds=${2:-20} requests=${3:-100000}
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
server=
trap '[ -n "$server" ] && kill "$server" 2>/dev/null; rm -rf "$tmp"' EXIT
port=$((20000 + RANDOM % 20000))

start() {
    local options=(--port "$port" --bind 127.0.0.1 --save '' --appendonly no --dir "$tmp")
    case "$1" in
    alone) exec redis-server "${options[@]}" ;;
    pprof) exec "$build/pprof" run --http=127.0.0.1:0 --quiet -- redis-server "${options[@]}" ;;
    jemalloc-prof) exec env MALLOC_CONF=prof:true,prof_active:true,lg_prof_sample:19,prof_prefix:$tmp/je redis-server "${options[@]}" ;;
    esac >"$tmp/log" 2>&1 &
    server=$!
    for _ in $(seq 100); do
        redis-cli -p "$port" ping >/dev/null 2>&1 && return
        sleep 0.05
    done
    cat "$tmp/log" >&2
    exit 1
}

# Nanoseconds on a processor, all threads: the ticks of /proc/PID/stat are 10 ms each.
cpu_ns() { cat "/proc/$server/task"/*/schedstat | awk '{ ns += $1 } END { printf "%d", ns }'; }

measure() {
    start "$2"
    redis-benchmark -p "$port" -t set,get -n 50000 -c 20 -r 100000 -d 200 -q >/dev/null 2>&1
    local before after
    before=$(cpu_ns)
    redis-benchmark -p "$port" -t set,get,lpush,lpop -n "$requests" -c 20 -P 4 -r 100000 -d 200 -q >/dev/null 2>&1
    after=$(cpu_ns)
    redis-cli -p "$port" shutdown nosave >/dev/null 2>&1 || true
    wait "$server" || true
    server=
    echo "$1 $2 $(awk -v ns=$((after - before)) -v n="$requests" 'BEGIN { print ns / (4 * n) / 1e3 }')"
}

for round in $(seq "$rounds"); do
    for variant in alone pprof jemalloc-prof jemalloc-prof pprof alone; do
        measure "$round" $variant
        echo "redis: round $round of $rounds, $variant" >&2
    done
done >"$tmp/rows"
"$here/stats.py" "redis-server: CPU time per request ($requests requests each of set, get, lpush, lpop; pipeline 4)" us alone <"$tmp/rows"
