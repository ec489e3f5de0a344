#!/usr/bin/env bash
# pprof -http asked by many at once: the same bytes as one after the other, and none waits for another's long answer.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
need curl python3
room
export XDG_CONFIG_HOME="$tmp/config" PPROF_TMPDIR="$tmp" HOME="$tmp" DEBUGINFOD_CACHE_PATH="$tmp/cache"
profile="$tmp/p.pb.gz"
python3 tests/data/gen.py --samples 4000 --depth 12 --funcs 150 --locs 600 --labels 2 "$profile" || exit 2

# serve NAME: sets url; each server starts without a kept answer
serve() {
    "$pprof" -http=localhost: -no_browser -symbolize=none "$profile" 2> "$tmp/$1.log" > /dev/null &
    pids+=($!)
    await "$tmp/$1.log" '^Serving web UI on '
    url=$(sed -n 's/^Serving web UI on //p' "$tmp/$1.log")
}
plan 8

# --- many at once ---
asks=()
for view in top flamegraph graph peek source labels; do
    for query in '' 'f=main' 'i=db' 'si=0' 'g=lines&n=30' 'f=parse&h=json' 'nf=0.1&ef=0.05'; do
        asks+=("data/$view?$query")
    done
done
asks+=('data/flamegraph?p=read' 'data/flamegraph?z=1' 'data/top?f=(' 'data/top?n=x')
asks+=('data/disasm?f=main' 'data/peek?f=zzz')
serve serial
mkdir "$tmp/serial" "$tmp/parallel"
for i in "${!asks[@]}"; do
    curl -s -g -o "$tmp/serial/$i" -w '%{http_code}\n' "$url/ui/${asks[i]}" > "$tmp/serial/$i.status"
done
statuses=$(cat "$tmp"/serial/*.status | sort | uniq -c | tr '\n' ' ')
like "$statuses" ' 4[0-9] 200 +[0-9]+ 400' "both answers and refusals are there"
is "$(cat "$tmp"/serial/[0-9]* | wc -c | awk '{ print ($1 > 100000) }')" 1 "the answers have something to say"
serve parallel
for round in 1 2 3; do # the same thing thrice at the same time is made once
    for i in "${!asks[@]}"; do
        printf 'url = "%s/ui/%s"\noutput = "%s/parallel/%s.%s"\n' "$url" "${asks[i]}" "$tmp" "$i" "$round"
    done
done > "$tmp/asks"
curl -s -g --no-progress-meter --parallel --parallel-immediate --parallel-max 24 -K "$tmp/asks"
wrong=''
for i in "${!asks[@]}"; do
    for round in 1 2 3; do
        cmp -s "$tmp/serial/$i" "$tmp/parallel/$i.$round" || wrong+="${asks[i]} ($round) "
    done
done
is "$wrong" '' "$((${#asks[@]} * 3)) requests at once get the bytes that they get one by one"
is "$(kill -0 "${pids[1]}" 2>&1)" '' "and the server is still there"

# --- one that takes long: its source is asked for at a server that never answers ---
cat > "$tmp/silent.py" <<'PY'
import socket, sys, time
server = socket.create_server(('127.0.0.1', 0))
print('port', server.getsockname()[1], flush=True)
held = []
while True:
    held.append(server.accept()[0])
    print('asked', len(held), flush=True)
PY
python3 "$tmp/silent.py" > "$tmp/silent.log" &
pids+=($!)
await "$tmp/silent.log" '^port '
DEBUGINFOD_URLS=http://127.0.0.1:$(sed -n 's/^port //p' "$tmp/silent.log")
export DEBUGINFOD_URLS DEBUGINFOD_TIMEOUT=3600
serve slow
curl -s -o "$tmp/long" "$url/ui/data/source?f=main" &
long=$!
pids+=("$long")
await "$tmp/silent.log" '^asked 1'
ok $? "a report waits for a server that does not answer"
is "$(curl -s -m 600 -o /dev/null -w '%{http_code}' "$url/ui/data/top?f=main")" 200 "another report is made meanwhile"
is "$(curl -s -m 600 -o /dev/null -w '%{http_code}' "$url/ui/download")" 200 "the profile is sent meanwhile"
is "$(kill -0 "$long" 2>&1)" '' "and the first one still waits"
