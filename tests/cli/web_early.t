#!/usr/bin/env bash
# pprof -http before its profile has been read: the page is there, what needs the profile waits, and who waits for
# a profile that cannot be read is told why.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
need curl python3
room
export XDG_CONFIG_HOME="$tmp/config" PPROF_TMPDIR="$tmp" HOME="$tmp"

# hold FILE: nobody can read it before release
hold() {
    coproc HOLDER { exec python3 tests/cli/held_file.py "$1" 2>&1; }
    read -r said <&"${HOLDER[0]}"
    [ "$said" = held ]
}
release() {
    local fd=${HOLDER[1]}
    exec {fd}>&-
}
# serve FILE: sets url and server; the tool goes on reading
serve() {
    : > "$tmp/log"
    "$pprof" -http=localhost: -no_browser -symbolize=none "$1" 2> "$tmp/log" > /dev/null &
    server=$!
    pids+=("$server")
    await "$tmp/log" '^Serving web UI on '
    url=$(sed -n 's/^Serving web UI on //p' "$tmp/log")
}
# A thread of the server waits for another: the request has arrived. (The number of futex on x86-64 and aarch64.)
somebody_waits() { cat "/proc/$server"/task/*/syscall 2> /dev/null | grep -qE '^(202|98) '; }
status() { curl -s -m 60 -o "$tmp/body" -w '%{http_code}' "$@"; }

printf '%s\n' 'main;leaf 3072' 'main 1024' > "$tmp/folded.txt"
printf 'no profile at all\n' > "$tmp/garbage"
hold "$tmp/folded.txt" || skip_all "$said"
plan 12

serve "$tmp/folded.txt"
is "$(status "$url/ui/flamegraph")" 200 "the page is there before the profile has been read"
like "$(cat "$tmp/body")" '"later":"data/known\?view=flamegraph"' "it says where the rest will be"
like "$(cat "$tmp/body")" 'rel="preload".*href="data/flamegraph"' "and asks for its data"
is "$(status "$url/ui/assets/app.js")" 200 "the script needs no profile"
curl -s -m 60 -o "$tmp/known" -w '%{http_code}' "$url/ui/data/known?view=flamegraph" > "$tmp/known.status" &
known=$!
curl -s -m 60 -o "$tmp/mistake" -w '%{http_code}' "$url/ui/top?n=x" > "$tmp/mistake.status" &
mistake=$!
until_true somebody_waits
is "$(cat "$tmp/known.status" "$tmp/mistake.status")" "" "what needs the profile waits for it"
release
wait "$known" "$mistake"
is "$(cat "$tmp/known.status")" 200 "until it has been read"
like "$(cat "$tmp/known")" '"types":\["samples"\]' "and then is told"
is "$(cat "$tmp/mistake.status")" 400 "a mistake in the address has its status, though the profile was not read yet"
unlike "$(curl -s "$url/ui/flamegraph")" '"later"' "a page after that is whole"

hold "$tmp/garbage"
serve "$tmp/garbage"
curl -s -m 60 -o "$tmp/known" -w '%{http_code}' "$url/ui/data/known?view=flamegraph" > "$tmp/known.status" &
known=$!
until_true somebody_waits
release
wait "$known"
is "$(cat "$tmp/known.status")" 500 "who waits for a profile that cannot be read is answered"
like "$(cat "$tmp/known")" 'failed to fetch any source profiles' "with the reason"
wait "$server"
is "$?" 2 "and the tool ends as it does without pages"
