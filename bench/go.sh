#!/usr/bin/env bash
# Goroutines beside Go: micro costs, memory, and TCP echo beside a bare epoll loop. Rounds are interleaved;
# printed are the median and the spread. usage: bench/go.sh BUILD [ROUNDS]
set -uo pipefail
build=${1:?usage: bench/go.sh BUILD [ROUNDS]}
rounds=${2:-7}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export PPROF_QUIET=1
peer=$dir/peer
command -v go >/dev/null && go build -o "$peer" "$(dirname "$0")/go_peer.go" 2>/dev/null

# median and spread of the numbers on stdin
middle() { sort -n | awk '{ v[NR] = $1 } END { if (NR) printf "%s (%s..%s)", v[int((NR + 1) / 2)], v[1], v[NR]; else printf "-" }'; }

# NAME PROCS [traced]
micro() { GOMAXPROCS=$2 "$build/bench/go_micro" "$1" 1 ${3:+"$3"} 2>/dev/null | awk '{ print $2 }'; }
peer() { [ -x "$peer" ] && GOMAXPROCS=$2 "$peer" "$1" 1 ${3:+"$3"} | awk '{ print $2 }'; }

echo "### goroutines, ns each: median (least..most of $rounds)"
echo
echo "| | P | here | Go |"
echo "|---|---|---|---|"
for name in yield spawn pingpong buffered select; do
    for p in 1 2; do
        for _ in $(seq "$rounds"); do
            micro $name $p >>"$dir/$name.$p.here"
            peer $name $p >>"$dir/$name.$p.go"
        done
        echo "| $name | $p | $(middle <"$dir/$name.$p.here") | $(middle <"$dir/$name.$p.go") |"
    done
done

echo
echo "### the same with one P while an execution trace is taken, ns each"
echo
echo "| | here | Go |"
echo "|---|---|---|"
for name in yield spawn pingpong buffered select; do
    for _ in $(seq "$rounds"); do
        micro $name 1 traced >>"$dir/$name.traced.here"
        peer $name 1 traced >>"$dir/$name.traced.go"
    done
    echo "| $name | $(middle <"$dir/$name.traced.here") | $(middle <"$dir/$name.traced.go") |"
done

echo
echo "### many parked"
echo
echo '```'
for name in parked million; do
    echo "$name:"
    GOMAXPROCS=1 timeout 300 "$build/bench/go_micro" $name 2>/dev/null
done
echo '```'

# serve SERVER... : prints requests a second of one run against it
serve() {
    "$@" >"$dir/port" 2>/dev/null &
    local pid=$!
    for _ in $(seq 100); do [ -s "$dir/port" ] && break || sleep 0.05; done
    "$build/bench/go_echo" client "$(cat "$dir/port")" 1.2
    kill $pid
    wait $pid 2>/dev/null
    : >"$dir/port"
}

echo
echo "### TCP echo, 100 connections of 64 bytes, requests a second: median (least..most)"
echo
for _ in $(seq "$rounds"); do
    serve "$build/bench/go_echo" epoll >>"$dir/echo.epoll"
    for p in 1 2; do
        serve env GOMAXPROCS=$p "$build/bench/go_echo" go >>"$dir/echo.here.$p"
        [ -x "$peer" ] && serve env GOMAXPROCS=$p "$peer" echo >>"$dir/echo.go.$p"
    done
done
echo "| server | P | requests a second |"
echo "|---|---|---|"
echo "| bare epoll loop | 1 | $(middle <"$dir/echo.epoll") |"
for p in 1 2; do
    echo "| goroutines here | $p | $(middle <"$dir/echo.here.$p") |"
    [ -s "$dir/echo.go.$p" ] && echo "| Go | $p | $(middle <"$dir/echo.go.$p") |"
done
