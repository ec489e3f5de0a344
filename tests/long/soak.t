#!/usr/bin/env bash
# redis-server under the library, every profile on and all of it asked for all the time, for SOAK_SECONDS (default
# 1800): the program lives, no descriptor or thread is left behind, and our memory does not grow.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
for tool in redis-server redis-benchmark redis-cli curl; do
    command -v $tool >/dev/null || skip_all "no $tool here"
done
build=$PWD/build
[ -n "${PP_BUILD:-}" ] && build=$(cd "$PP_BUILD" && pwd)
tmp=$(mktemp -d)
server=
trap '[ -n "$server" ] && kill "$server" 2>/dev/null; rm -rf "$tmp"' EXIT
seconds=${SOAK_SECONDS:-1800}
port=$((20000 + RANDOM % 20000))

plan 8

PPROF_BLOCK_IO=1 PPROF_BLOCK_RATE=1000 PPROF_MUTEX_FRACTION=1 PPROF_TRACE=10 PPROF_HEAP_RATE=65536 \
    PPROF_DIR="$tmp/recorded" PPROF_EVERY=10 PPROF_DIR_FILES=20 PPROF_ON_OOM="$tmp/oom" \
    "$build/pprof" run --http=127.0.0.1:0 -- redis-server --port $port --bind 127.0.0.1 --save '' --appendonly no \
    --dir "$tmp" >"$tmp/out" 2>"$tmp/err" &
server=$!
for _ in $(seq 100); do
    url=$(sed -n 's#.*serving \(http://[^ ]*\)/debug/pprof/.*#\1#p' "$tmp/err" | head -1)
    [ -n "$url" ] && redis-cli -p $port ping >/dev/null 2>&1 && break
    sleep 0.1
done

: >"$tmp/failed"
get() { curl -sS -m 20 --fail "$url/debug/pprof/$1" || echo "$1" >>"$tmp/failed"; }
descriptors() { ls "/proc/$server/fd" | wc -l; }
threads() { ls "/proc/$server/task" | wc -l; }
# What the memory page calls the tool's, in KiB; and the whole process.
ours() { get 'memory?debug=1' | sed -n 's/^tool: .*: \([0-9]*\) KiB$/\1/p'; }
resident() { awk '/^Rss:/ { sum += $2 } END { print sum }' "/proc/$server/smaps"; }
scrape() {
    for path in allocs block cmdline 'exceptions?debug=1' fd goroutine 'goroutine?debug=2' heap 'heap?debug=1' \
        'heap?gc=1' memory metrics mmap mutex peak self threadcreate; do
        get "$path" >/dev/null
    done
    for path in 'profile?seconds=1' 'wall?seconds=1' 'trace?seconds=1' 'heap?seconds=1' 'trace?last=5'; do
        get "$path" >/dev/null &
        scrapes+=($!)
    done
}

end=$((SECONDS + seconds))
half=$((SECONDS + seconds / 2))
settled=
while [ $SECONDS -lt $end ]; do
    scrapes=()
    scrape
    redis-benchmark -p $port -t set,get,lpush,lpop -n 20000 -c 10 -P 4 -r 20000 -d 100 -q >/dev/null 2>&1 ||
        echo redis-benchmark >>"$tmp/failed"
    wait "${scrapes[@]}"
    redis-cli -p $port flushall >/dev/null
    if [ -z "$settled" ] && [ $SECONDS -ge $half ]; then
        settled=$(resident)
        mine=$(ours)
        fds=$(descriptors)
        tasks=$(threads)
    fi
done
sleep 2
is "$(sort "$tmp/failed" | uniq -c)" "" "every request and every benchmark run succeeded"
is "$(redis-cli -p $port ping)" PONG "the program lives"
is "$(descriptors)" "${fds:-none}" "no descriptor is left behind"
is "$(threads)" "${tasks:-none}" "no thread is left behind"
now=$(resident)
now_ours=$(ours)
echo "# resident: $settled kB at half time, $now kB at the end; ours: $mine and $now_ours kB"
[ "$now" -le $((settled + settled / 10 + 4096)) ]
ok $? "memory stays where it was" "from $settled kB to $now kB"
[ "$now_ours" -le $((mine + mine / 20 + 512)) ]
ok $? "and ours" "from $mine kB to $now_ours kB"
[ "$(find "$tmp/recorded" -type f | wc -l)" -le 20 ]
ok $? "the recorded files are capped" "$(find "$tmp/recorded" -type f | wc -l)"
redis-cli -p $port shutdown nosave >/dev/null 2>&1
wait $server
is $? 0 "the program ends well"
server=
