#!/usr/bin/env bash
# redis-server under the library with a scraper every second for SOAK_SECONDS (default 900): the program lives, no
# descriptor or thread is left behind, and our own memory stays where it was after the first minute.
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
seconds=${SOAK_SECONDS:-900}
port=$((20000 + RANDOM % 20000))

plan 6

"$build/pprof" run --http=127.0.0.1:0 -- redis-server --port $port --bind 127.0.0.1 --save '' --appendonly no \
    --dir "$tmp" >"$tmp/out" 2>"$tmp/err" &
server=$!
for _ in $(seq 100); do
    url=$(sed -n 's#.*serving \(http://[^ ]*\)/debug/pprof/.*#\1#p' "$tmp/err" | head -1)
    [ -n "$url" ] && redis-cli -p $port ping >/dev/null 2>&1 && break
    sleep 0.1
done

descriptors() { ls "/proc/$server/fd" | wc -l; }
threads() { ls "/proc/$server/task" | wc -l; }
# Resident memory of the mappings that are neither the program's heap nor a file: ours are among them.
resident() { awk '/^Rss:/ { sum += $2 } END { print sum }' "/proc/$server/smaps"; }

failed=0
end=$((SECONDS + seconds))
half=$((SECONDS + seconds / 2))
settled=
while [ $SECONDS -lt $end ]; do
    redis-benchmark -p $port -t set,get,lpush,lpop -n 20000 -c 10 -P 4 -r 20000 -d 100 -q >/dev/null 2>&1 || failed=$((failed + 1))
    for path in heap allocs 'goroutine?debug=2' threadcreate mutex 'block?debug=1' exceptions 'heap?debug=1' 'profile?seconds=1' self; do
        curl -sS -m 20 -o /dev/null --fail "$url/debug/pprof/$path" || failed=$((failed + 1))
    done
    if [ -z "$settled" ] && [ $SECONDS -ge $half ]; then
        settled=$(resident)
        fds=$(descriptors)
        tasks=$(threads)
    fi
done
sleep 2
is $failed 0 "every request and every benchmark run succeeded"
is "$(redis-cli -p $port ping)" PONG "the program lives"
is "$(descriptors)" "${fds:-none}" "no descriptor is left behind"
is "$(threads)" "${tasks:-none}" "no thread is left behind"
now=$(resident)
echo "# resident: $settled kB at half time, $now kB at the end"
[ "$now" -le $((settled + settled / 10 + 4096)) ]
ok $? "memory stays where it was" "from $settled kB to $now kB"
redis-cli -p $port shutdown nosave >/dev/null 2>&1
wait $server
is $? 0 "the program ends well"
server=
