#!/usr/bin/env bash
# A program with libmicrohttpd mounts pprof_handle under its own routes.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
need curl
room
[ -x "$build/examples/microhttpd" ] || skip_all "libmicrohttpd was not found when this was built"
"$build/examples/microhttpd" 0 >"$tmp/out" 2>"$tmp/err" &
pids+=($!)
await "$tmp/out" port
url=http://127.0.0.1:$(sed 's/port //' "$tmp/out")
status() { curl -sS -o "$tmp/body" -D "$tmp/head" -w '%{http_code}' "$@"; }
header() { tr -d '\r' <"$tmp/head" | sed -n "s/^$1: //Ip"; }

plan 9
is "$(curl -sS "$url/")" hello "the program's own page"
is "$(status "$url/debug/pprof/")$(header Content-Type)" "200text/html; charset=utf-8" "the index page under its server"
is "$(status "$url/debug/pprof/heap")$(header Content-Disposition)" '200attachment; filename="heap"' "heap"
is "$(head -c 2 "$tmp/body" | od -An -tx1 | tr -d ' ')" 1f8b "is gzip"
is "$(status "$url/debug/pprof/goroutine?debug=2")$(header Content-Type)" "200text/plain; charset=utf-8" "goroutine with a parameter"
is "$(status "$url/debug/pprof/nothing")$(header X-Go-Pprof)" 4041 "an unknown profile"
is "$(status "$url/debug/pprof")$(header Location)" "307/debug/pprof/" "a redirect"
is "$(status "$url/debug/pprof/profile?seconds=1")$(header Content-Disposition)" '200attachment; filename="profile"' "a CPU profile"
unlike "$(cat "$tmp/err")" . "nothing on standard error"
