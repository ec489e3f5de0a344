#!/usr/bin/env bash
# pprof -http as a server: addresses, routes and status codes, who may ask, settings; and the checked-in bundle.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
need curl
build=$(realpath "${PP_BUILD:-build}")
work=$(mktemp -d)
pids=()
finish() {
    for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null; done
    rm -rf "$work"
}
trap finish EXIT
export XDG_CONFIG_HOME="$work/config" PPROF_TMPDIR="$work" HOME="$work"
profile="$work/folded.txt"
printf '%s\n' 'main;leaf 3072' 'main 1024' > "$profile"

# serve NAME ARGS...: sets url to the address once it serves
serve() {
    local log="$work/$1.log"
    shift
    "$build/pprof" -http=localhost: -no_browser -symbolize=none "$@" "$profile" 2> "$log" > /dev/null &
    pids+=($!)
    for _ in $(seq 600); do
        url=$(sed -n 's/^Serving web UI on //p' "$log")
        [ -n "$url" ] && return
        kill -0 $! 2> /dev/null || break
        sleep 0.1
    done
    echo "# $(cat "$log")"
}
status() { curl -s -o "$work/body" -w '%{http_code} %{redirect_url}' "$@"; }
refuse() { timeout 60 "$build/pprof" "$@" 2>&1 < /dev/null; }
plan 64

# --- the address ---
like "$(refuse -http=8080 "$profile")" '^pprof: could not split http address: address 8080: missing port in address$' \
    "an address without a colon is refused in google/pprof's words"
like "$(refuse -http=localhost:x "$profile")" '^pprof: invalid port number: ' "a port is a number"
like "$(refuse -http=localhost:0 -top "$profile")" '^pprof: -http is not compatible with an output format' \
    "a report and a page at once are refused"
like "$(refuse -no_browser "$profile")" '^pprof: -no_browser only makes sense with -http' "-no_browser alone is refused"
like "$(PPROF_TOKEN='' refuse -http=0.0.0.0:0 -no_browser "$profile")" 'a token is needed' \
    "an address that other machines reach wants a token"

serve one
like "$url" '^http://localhost:[0-9]+$' "says where it serves"
line=$(ss -ltn 2> /dev/null | grep ":${url##*:} " || true)
if [ -n "$line" ]; then like "$line" '127\.0\.0\.1|\[::1\]' "listens on loopback"; else skip "no ss"; fi

# --- routes, as google/pprof's ---
is "$(status "$url/")" "307 $url/ui" "/ leads to /ui"
is "$(status "$url/anything?f=x")" "307 $url/ui?f=x" "so does everything else, with its query"
is "$(status "$url/ui")" "301 $url/ui/" "/ui leads to /ui/"
is "$(status "$url/ui/?f=x&g=lines")" "301 $url/ui/flamegraph?f=x&g=lines" "/ui/ leads to the flame graph, query kept"
is "$(status "$url/ui/flamegraph2")" "301 $url/ui/flamegraph" "an older name of the flame graph"
is "$(status "$url/ui/flamegraphold?si=x")" "301 $url/ui/flamegraph?si=x" "and the oldest"
for view in top graph flamegraph peek source disasm labels goroutines live; do
    is "$(status "$url/ui/$view")" "200 " "/ui/$view is a page"
done
is "$(status "$url/ui/nothing")" "404 " "an unknown page is 404"
is "$(status "$url/ui/top?n=x")" "400 " "a bad option is 400"
like "$(cat "$work/body")" 'error setting config field nodecount: strconv.Atoi: parsing' "with the reason on the page"
is "$(status "$url/ui/top?f=(")" "400 " "so is a bad expression"
like "$(cat "$work/body")" 'parsing focus regexp: error parsing regexp: missing closing' "with its reason"
for name in tf ti ts th; do
    is "$(status "$url/ui/top?$name=(")" "400 " "and a bad expression for labels, $name"
done
is "$(status "$url/ui/peek?f=(")" "400 " "and one for functions to look at"
like "$(cat "$work/body")" 'parsing argument regexp \(: error parsing regexp: missing closing' "in its own words"
for view in source disasm; do
    is "$(status "$url/ui/$view?f=0x123456")" "400 " "$view of an address where no code is, too"
    like "$(cat "$work/body")" 'no matches found for (regexp:|address) 0x123456' "and says so"
done
is "$(status "$url/ui/top?si=zz")" "400 " "and an unknown sample type"
is "$(status "$url/ui/peek?f=zzz")" "400 " "peek at what is not there is 400"
is "$(status "$url/ui/top?f=zzz")" "200 " "top of what is not there is an empty table"
is "$(status "$url/ui/top?n=&f=")" "200 " "empty parameters are no parameters"
is "$(status "$url/ui/download")" "200 " "the profile can be downloaded"
is "$(timeout 60 "$build/pprof" -symbolize=none -raw "$work/body" 2> /dev/null | grep -c '3072')" 1 "and is the profile"
for view in top graph flamegraph peek source labels; do
    is "$(status "$url/ui/data/$view")" "200 " "$view has data"
done

# --- who may ask ---
is "$(status -H 'Host: evil.example' "$url/ui/top")" "403 " "a foreign Host is refused (DNS rebinding)"
is "$(status -H 'Sec-Fetch-Site: cross-site' "$url/ui/data/top")" "403 " "another site's page gets no data"
is "$(status -H 'Sec-Fetch-Site: cross-site' "$url/ui/saveconfig?config=x")" "403 " "and changes no settings"
is "$(status -H 'Sec-Fetch-Site: cross-site' "$url/ui/top")" "200 " "a link from elsewhere works"
headers=$(curl -s -o /dev/null -D - "$url/ui/top")
like "$headers" "^Content-Security-Policy: .*default-src 'none'.*script-src 'self'; style-src 'self'" \
    "the content security policy allows nothing inline"
like "$(curl -s -o /dev/null -D - -H 'Sec-Fetch-Site: cross-site' "$url/ui/top")" \
    '^Cross-Origin-Opener-Policy: same-origin' "a page that another site's page opened is out of its reach"
unlike "$(curl -s -o /dev/null -D - -H 'Sec-Fetch-Site: none' "$url/ui/top")" '^Cross-Origin-Opener-Policy' \
    "one that the user opened is drawn by the process at hand"
unlike "$headers" '^Access-Control-Allow-Origin' "no other origin may read"
unlike "$(curl -s "$url/ui/top")" '<script>|onload=|<style' "and the page has nothing inline"

# --- saved configurations ---
curl -s "$url/ui/saveconfig?config=mine&f=abc&trim=f" > /dev/null
like "$(cat "$XDG_CONFIG_HOME/pprof/settings.json")" '"focus": "abc"' "a configuration is kept as google/pprof keeps it"
is "$(status "$url/ui/deleteconfig?config=other")" "400 " "one that is not there cannot be deleted"
is "$(cat "$work/body")" "config other not found" "and it says so"
curl -s -X DELETE "$url/ui/deleteconfig?config=mine" > /dev/null
is "$(tr -d ' \n' < "$XDG_CONFIG_HOME/pprof/settings.json")" '{"configs":[]}' "it is gone after its deletion"

# --- the bundle ---
if command -v npm > /dev/null && command -v node > /dev/null; then
    cp -r web "$work/web" && rm -rf "$work/web/node_modules"
    if (cd "$work/web" && timeout 300 npm ci --no-progress > npm.log 2>&1); then
        out=$(cd "$work/web" && node build.mjs --check 2>&1)
        ok $? "web/dist is what its sources give" "$out"
    else
        skip "npm cannot fetch the packages of web/"
    fi
else
    skip "npm is not installed"
fi
is "$(($(cat web/dist/* | gzip -9 | wc -c) < 150000))" 1 "the bundle is under 150 kB gzipped"
