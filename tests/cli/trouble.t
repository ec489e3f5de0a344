#!/usr/bin/env bash
# Trouble: each ends in a clear message or a counted loss; no program is lost.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
need curl
room

# start NAME COMMAND...: under the library, in the background; sets $url and $pid.
start() {
    local name=$1
    shift
    "$pprof" run --http=127.0.0.1:0 -- "$@" >"$tmp/$name.out" 2>"$tmp/$name.err" <"${input:-/dev/null}" &
    pid=$!
    pids+=("$pid")
    await_url "$tmp/$name.err"
    [ -n "$url" ] || echo "# $name did not come up: $(cat "$tmp/$name.err")"
}

# Standard input that does not end; a line on descriptor 6 is for who reads it.
mkfifo "$tmp/hold"
exec 6<>"$tmp/hold"

plan 24

# A program that owns SIGPROF.
input=$tmp/hold start sigprof "$build/tests/proc_owns_sigprof"
await "$tmp/sigprof.out" ready
code=$(curl -sS -o "$tmp/body" -w '%{http_code}' "$url/debug/pprof/profile?seconds=1")
is "$code" 500 "a CPU profile of a program that owns SIGPROF is refused"
like "$(cat "$tmp/body")" 'SIGPROF|ITIMER_PROF' "and the message says why"
echo >&6
wait "$pid"
is $? 0 "the program got its own ticks and ended well"

# dlopen and dlclose in a loop, under two allocating threads.
input=$tmp/hold start dlopen "$build/tests/proc_dlopener" "$build/tests/plugin_grower.so"
while_it_loads() {
    grep -q done "$tmp/dlopen.out" && return
    curl -sS -o /dev/null "$url/debug/pprof/heap"
    curl -sS -o /dev/null "$url/debug/pprof/goroutine?debug=2"
    return 1
}
until_true while_it_loads
is "$(cat "$tmp/dlopen.out")" done "200 loads and unloads while profiles are taken"
curl -sS -o "$tmp/dl.pb.gz" "$url/debug/pprof/allocs"
like "$("$pprof" -top -nodefraction=0 -focus=grow -alloc_space "$tmp/dl.pb.gz" 2>/dev/null)" ' grow$' "allocations in a library that came late have its names"
kill "$pid"

# Two CPU profiles at once.
start twice "$build/examples/leaky_server"
two_cpu_profiles "$tmp/cpu.pb.gz"
is "$second" 500 "a second CPU profile at once is refused"
is "$(cat "$tmp/second")" "Could not enable CPU profiling: cpu profiling already in use" "with Go's words"
is "$first" 200 "the first one is not disturbed"

# Names and parameters that do not exist.
is "$(curl -sS -w ' %{http_code}' "$url/debug/pprof/nonsense")" "Unknown profile
 404" "an unknown profile"
is "$(curl -sS -w ' %{http_code}' "$url/debug/pprof/heap?seconds=x")" "invalid value for \"seconds\" - must be a positive integer
 400" "a bad number of seconds"
is "$(curl -sS -o /dev/null -w '%{http_code}' -H 'Host: evil.example' "$url/debug/pprof/")" 403 "a foreign Host header"

# A port that is taken: the program runs, and says so.
port=${url##*:}
PPROF_HTTP=127.0.0.1:$port LD_PRELOAD=$build/libpprof.so /bin/echo still here >"$tmp/busy.out" 2>"$tmp/busy.err"
is "$(cat "$tmp/busy.out")" "still here" "a busy port does not stop the program"
like "$(cat "$tmp/busy.err")" "^pprof: .*$port.*(in use|taken|busy)" "and is said"
kill "$pid"
PPROF_HTTP=nowhere.example:99999 LD_PRELOAD=$build/libpprof.so /bin/echo still here >"$tmp/bad.out" 2>"$tmp/bad.err"
is "$(cat "$tmp/bad.out")" "still here" "a bad address does not stop the program"
like "$(cat "$tmp/bad.err")" '^pprof: .*(address|port)' "and is said"
PPROF_HTTP=0.0.0.0:0 LD_PRELOAD=$build/libpprof.so /bin/echo still here >"$tmp/open.out" 2>"$tmp/open.err"
like "$(cat "$tmp/open.err")" '^pprof: .*token' "an address beyond loopback wants a token"

# Profiles that are none.
noise >"$tmp/random"
head -c 100 "$tmp/dl.pb.gz" >"$tmp/short.pb.gz"
: >"$tmp/empty"
for file in random short.pb.gz empty; do
    "$pprof" -top "$tmp/$file" >"$tmp/out" 2>"$tmp/err"
    is $? 2 "$file is refused"
    like "$(cat "$tmp/err")" "$file.*(format|decompress|EOF|empty|end|trunc)" "and named"
done

# The library against a program that ends at once, and one that closes every descriptor.
out=$("$pprof" run --quiet -- /bin/true 2>&1)
is "$?$out" 0 "a program that ends at once"
"$pprof" run --quiet -- bash -c 'for fd in /proc/self/fd/*; do n=${fd##*/}; [ "$n" -gt 2 ] && eval "exec $n>&-"; done 2>/dev/null; sleep 0.3; echo fine' >"$tmp/fds"
is "$(cat "$tmp/fds")" fine "a program that closes every descriptor"
