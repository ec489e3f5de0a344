#!/usr/bin/env bash
# The HTTP server of examples/ under wrk, GO_HTTP_SECONDS long (default 5): it answers all, nothing
# grows, keep-alive and timeouts work. ./test --long runs it for 10 minutes.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
room
[ -x "$build/examples/go_http" ] || skip_all "no go_http in $build/examples"
need wrk curl
seconds=${GO_HTTP_SECONDS:-5}
free_port
url=http://127.0.0.1:$port/

plan 11

PPROF_HTTP=127.0.0.1:0 "$build/examples/go_http" $port 2 >"$tmp/out" 2>"$tmp/err" &
server=$!
pids+=($server)
answers() { curl -s -m 5 -o /dev/null "$url"; }
until_true answers
is "$(curl -sS -m 20 "$url" "$url")" "hello
hello" "two requests are answered"
like "$(curl -sv -m 20 "$url" "$url" 2>&1)" 'Re-using existing connection' "over one connection"
like "$(curl -sS -i -m 20 -H 'Connection: close' "$url")" '^Connection: close' "which may be closed"
live=$(sed -n 's#.*serving \(http://[^ ]*\)/debug/pprof/.*#\1#p' "$tmp/err" | head -1)

# How many goroutines serve; descriptors; resident kB.
serving() { curl -s -m 20 "$live/debug/pprof/goroutine?debug=2" | grep -c '^serve('; }
descriptors() { ls "/proc/$server/fd" | wc -l; }
resident() { awk '/^VmRSS:/ { print $2 }' "/proc/$server/status"; }
none_serves() { [ "$(serving)" = 0 ]; }

# One that sends half a request, and one that sends nothing. They are there for two seconds only: others take their
# place when nobody looked in that time.
two_serve() {
    exec 7<>"/dev/tcp/127.0.0.1/$port" 8<>"/dev/tcp/127.0.0.1/$port"
    printf 'GET / HTTP/1.1\r\nHost: ' >&7
    for _ in $(seq 10); do [ "$(serving)" = 2 ] && return; sleep 0.1; done
    until_true none_serves
    return 1
}
until_true two_serve
ok $? "two slow clients have a goroutine each"
until_true none_serves
ok $? "and are dropped after a time"
is "$(timeout 20 cat <&7)" "" "without an answer"
exec 7>&- 8>&-

wrk -t 1 -c 50 -d 2s "$url" >/dev/null 2>&1
until_true none_serves
fds=$(descriptors) before=$(resident)
wrk -t 1 -c 50 -d "${seconds}s" --timeout 30s "$url" >"$tmp/wrk" 2>&1
sed 's/^/# /' "$tmp/wrk"
like "$(cat "$tmp/wrk")" '^ +[1-9][0-9]* requests in ' "wrk gets its answers"
unlike "$(cat "$tmp/wrk")" 'Socket errors|Non-2xx' "all of them"
until_true none_serves
ok $? "no goroutine is left behind"
same_descriptors() { [ "$(descriptors)" -le "$fds" ]; }
until_true same_descriptors
ok $? "no descriptor is left behind" "$fds before, $(descriptors) now"
now=$(resident)
echo "# resident: $before kB before, $now kB after $seconds s"
[ "$now" -le $((before + before / 10 + 4096)) ]
ok $? "memory stays where it was" "from $before kB to $now kB"
