#!/usr/bin/env bash
# The C half of other languages' programs, under pprof run: each leaks in C, and the leak is found.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
need cc
room
hosts=$PWD/tests/hosts
plan 18
calls=400 # of 40 kB: 16 MB

# Runs a host until it has said "done", at $url, and keeps it waiting on descriptor 5. usage: host NAME COMMAND...
host() {
    name=$1
    shift
    mkfifo "$tmp/$name.in"
    "$pprof" run --http=127.0.0.1:0 --rate=16k -- "$@" <"$tmp/$name.in" >"$tmp/$name.out" 2>"$tmp/$name.err" &
    pid=$!
    pids+=("$pid")
    exec 5>"$tmp/$name.in"
    for _ in $(seq 1200); do
        grep -qs '^done' "$tmp/$name.out" && break
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    url=$(sed -n 's#.*serving \(http://[^ ]*\)/debug/pprof/.*#\1#p' "$tmp/$name.err" | head -1)
}

# It goes on, and ends as it does without us.
end_host() {
    echo go >&5
    exec 5>&-
    wait "$pid"
    is $? 0 "$name ends well" "$(tail -5 "$tmp/$name.err")"
}

# The leak: within a fifth of what was leaked, and what was freed is not in use.
leak_is_found() {
    top=$("$pprof" -top -unit=kb "$url/debug/pprof/heap" 2>&1)
    held=$(sed -n 's/^ *\([0-9.]*\)kB .* host_leak$/\1/p' <<<"$top")
    awk -v held="${held:-0}" -v want=$((calls * 40000 / 1024)) 'BEGIN { exit !(held > want * 0.8 && held < want * 1.2) }'
    ok $? "$name: the leak in C is found, and its size" "held: ${held:-nothing}
$(head -12 <<<"$top")"
    unlike "$top" '^ *[1-9][0-9.]*kB .* host_use$' "$name: what was freed is not in use"
}

skips() { for _ in $(seq "$1"); do skip "$2"; done; }

# Go with cgo.
if command -v go >/dev/null && (cd tests/hosts/cgo && CGO_ENABLED=1 GOFLAGS=-mod=mod GOCACHE="$tmp/gocache" \
    timeout 300 go build -o "$tmp/cgo" . 2>"$tmp/go.err"); then
    host cgo "$tmp/cgo" $calls
    leak_is_found
    like "$("$pprof" -traces "$url/debug/pprof/heap" 2>/dev/null)" 'cgo|runtime\.' "cgo: the stack reaches into Go"
    end_host
else
    skips 4 "no Go here, or it cannot build with cgo: $(head -c 200 "$tmp/go.err" 2>/dev/null | tr '\n' ' ')"
fi

# Python with an extension. The interpreter is that whose headers are installed.
python=/usr/bin/python3
include=$($python -c 'import sysconfig; print(sysconfig.get_paths()["include"])' 2>/dev/null)
if [ -n "$include" ] && [ -e "$include/Python.h" ] &&
    cc -O1 -g -shared -fPIC -I"$include" -o "$tmp/leaky.so" "$hosts/python/leaky.c"; then
    host python $python "$hosts/python/main.py" "$tmp" $calls
    leak_is_found
    like "$("$pprof" -traces "$url/debug/pprof/heap" 2>/dev/null)" '^ *leak$' "python: the stack goes on in the extension"
    end_host
else
    skips 4 "no python3 with its headers here (python3-dev)"
fi

# Java with a native library.
if command -v javac >/dev/null && javac -d "$tmp" "$hosts/java/Leaky.java" 2>"$tmp/javac.err" &&
    home=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")") &&
    cc -O1 -g -shared -fPIC -I"$home/include" -I"$home/include/linux" -o "$tmp/libleaky.so" "$hosts/java/leaky.c"; then
    host java java -Xmx128m -XX:+UseSerialGC -cp "$tmp" Leaky "$tmp/libleaky.so" $calls
    leak_is_found
    like "$("$pprof" -traces "$url/debug/pprof/heap" 2>/dev/null)" 'Java_Leaky_leak$' "java: the stack goes on in the native library"
    end_host
else
    skips 4 "no JDK here (default-jdk-headless)"
fi

# Node with an addon; perf's map names what it compiled.
if command -v node >/dev/null && cc -O1 -g -shared -fPIC -o "$tmp/leaky.node" "$hosts/node/leaky.c"; then
    host node node --perf-basic-prof --no-logfile-per-isolate --logfile="$tmp/v8.log" \
        "$hosts/node/main.js" "$tmp/leaky.node" $calls
    leak_is_found
    [ -s "/tmp/perf-$pid.map" ]
    ok $? "node: it wrote perf's map"
    top=$("$pprof" -top "$url/debug/pprof/profile?seconds=2" 2>&1)
    like "$top" 'spinJavascript' "node: its compiled functions have names in a CPU profile" "$top"
    like "$("$pprof" -traces -focus=host_leak "$url/debug/pprof/heap" 2>/dev/null)" 'node::Start$' \
        "node: the leak's stack goes through Javascript to node's own start"
    end_host
    rm -f "/tmp/perf-$pid.map"
else
    skips 6 "no node here (nodejs)"
fi
