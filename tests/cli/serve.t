#!/usr/bin/env bash
# The served endpoints from outside: curl and Go's own tool against a small process; addresses,
# children, files of the whole run.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
need curl
room
served=$build/tests/proc_served
[ -x "$served" ] || skip_all "$served is not built"

# start NAME ARGS...: sets $pid and $url; standard input stays open on descriptor $hold.
start() {
    local name=$1
    shift
    rm -f "$tmp/$name.in"
    mkfifo "$tmp/$name.in"
    "$served" "$@" <"$tmp/$name.in" >"$tmp/$name.out" 2>"$tmp/$name.err" &
    pid=$!
    pids+=("$pid")
    exec {hold}>"$tmp/$name.in"
    await "$tmp/$name.out" '^ready'
    url=$(awk '/^ready/ { print $3 }' "$tmp/$name.out")/debug/pprof
}

# stop: ends standard input and waits; the status is the program's.
stop() {
    exec {hold}>&-
    wait "$pid"
}

status() { curl -sS -o "$tmp/body" -D "$tmp/head" -w '%{http_code}' "$@"; }
header() { tr -d '\r' <"$tmp/head" | sed -n "s/^$1: //Ip"; }

plan 81

start main 127.0.0.1:0 spin alloc custom label
like "$(cat "$tmp/main.err")" "^pprof: serving http://127\.0\.0\.1:[0-9]+/debug/pprof/ \(pid $pid\)$" "the address is printed once"
like "$(cat /proc/$pid/maps)" 'memfd:pprof:http://127\.0\.0\.1:[0-9]+ ' "the address is announced in the process's maps"
is "$(ls -l /proc/$pid/fd | grep -c memfd)" 0 "the announcement keeps no descriptor"

# Headers and texts as Go has them.
is "$(status "$url/")" 200 "the index page"
is "$(header Content-Type)" "text/html; charset=utf-8" "is HTML"
is "$(header X-Content-Type-Options)" nosniff "with nosniff"
like "$(cat "$tmp/body")" "^<tr><td>3</td><td><a href='conns\?debug=1'>conns</a></td></tr>$" "and lists the custom profile with its count"
is "$(status "${url%/}")" 307 "without its slash it redirects"
is "$(header Location)" "/debug/pprof/" "to the page with a slash"
is "$(status "${url%/debug/pprof}/")" 307 "the root redirects too"
is "$(curl -sS "$url/cmdline" | tr '\0' ' ')" "$served 127.0.0.1:0 spin alloc custom label" "cmdline"
is "$(status "$url/heap")" 200 "heap"
is "$(header Content-Type) $(header Content-Disposition)" 'application/octet-stream attachment; filename="heap"' "is an attachment"
is "$(head -c 10 "$tmp/body" | od -An -tx1 | tr -d ' ')" "1f8b08000000000004ff" "with Go's gzip header"
is "$(status "$url/heap?debug=1")$(header Content-Type)" "200text/plain; charset=utf-8" "heap?debug=1 is text"
like "$(cat "$tmp/body")" 'serve_held\+0x' "that names the allocating function"
is "$(status "$url/nothing")$(header X-Go-Pprof)$(cat "$tmp/body")" "4041Unknown profile" "an unknown profile"
is "$(status "$url/heap?seconds=-1")$(cat "$tmp/body")" '400invalid value for "seconds" - must be a positive integer' "bad seconds"
is "$(status "$url/heap?seconds=1&debug=1")$(cat "$tmp/body")" '400seconds and debug params are incompatible' "seconds with debug"
is "$(status "$url/conns?seconds=1")$(cat "$tmp/body")" '400"seconds" parameter is not supported for this profile type' "seconds where there is no delta"
is "$(status "$url/heap?seconds=1")$(header Content-Disposition)" '200attachment; filename="heap-delta"' "a delta"
is "$(status -X DELETE "$url/heap")$(header Allow)$(cat "$tmp/body")" "405GET, HEADMethod Not Allowed" "DELETE"
is "$(status -I "$url/heap")$(header Content-Type)" "200application/octet-stream" "HEAD"
is "$(status -H 'Host: evil.example' "$url/")" 403 "a foreign Host header"
pc=$(sed -n 's/^#\t\(0x[0-9a-f]*\)\tserve_held+.*/\1/p' <(curl -sS "$url/heap?debug=1") | head -1)
is "$(curl -sS "$url/symbol?$pc")" "num_symbols: 1
$pc serve_held" "symbol by GET"
is "$(curl -sS -d "$pc+0x1" "$url/symbol")" "num_symbols: 1
$pc serve_held" "symbol by POST"
like "$(curl -sS "$url/goroutine?debug=1")" '^# labels: \{"who":"waiter"\}$' "a thread's labels"
like "$(curl -sS "$url/goroutine?debug=2")" '^goroutine [0-9]+ \[' "goroutine?debug=2"
like "$(curl -sS "$url/self")" '^  walks that lost their callers' "the page about ourselves"

# Two CPU profiles at once.
url=${url%/debug/pprof} two_cpu_profiles "$tmp/cpu.pb.gz"
is "$second$(cat "$tmp/second")" "500Could not enable CPU profiling: cpu profiling already in use" "a second CPU profile at once"
is "$first" 200 "the first one is not disturbed"

# Go's tool reads everything.
if command -v go >/dev/null; then
    export PPROF_TMPDIR=$tmp/pprof
    for name in heap allocs goroutine threadcreate conns "profile?seconds=1" "heap?seconds=1"; do
        go tool pprof -raw "$url/$name" >"$tmp/raw" 2>"$tmp/raw.err"
        is $? 0 "go tool pprof -raw reads $name"
        like "$(cat "$tmp/raw")" '^Mappings' "and finds mappings in $name"
    done
    like "$(go tool pprof -top -sample_index=inuse_space "$url/heap" 2>/dev/null)" 'serve_held' "go tool pprof -top names the allocator"
    like "$(go tool pprof -top "$tmp/cpu.pb.gz" 2>/dev/null)" 'serve_spin' "and the spinner"
else
    for _ in $(seq 16); do skip "no go here"; done
fi

# A busy port and bad addresses.
address=$(sed 's#http://##; s#/debug.*##' <<<"$url")
"$served" "$address" </dev/null >/dev/null 2>"$tmp/busy.err"
is $? 2 "pprof_serve on a busy port fails"
like "$(cat "$tmp/busy.err")" "^pprof: not serving: .*$address is in use" "and says so"
PPROF_HTTP=$address "$served" - </dev/null >"$tmp/busy.out" 2>"$tmp/busy.err"
is $? 0 "PPROF_HTTP on a busy port lets the program run"
like "$(cat "$tmp/busy.err")" "^pprof: not serving: .*$address is in use" "and says so"
for bad in nonsense example.com:80 127.0.0.1:99999 unix:; do
    PPROF_HTTP=$bad "$served" - </dev/null >/dev/null 2>"$tmp/bad.err"
    like "$?$(cat "$tmp/bad.err")" "^0pprof: not serving: " "PPROF_HTTP=$bad"
done
like "$(PPROF_HTTP=0.0.0.0:0 "$served" - </dev/null 2>&1)" '^pprof: not serving: .*token' "beyond loopback without a token"
like "$(PPROF_CPU_RATE=fast "$served" - </dev/null 2>&1)" '^pprof: PPROF_CPU_RATE=fast is ignored' "a bad rate"
stop

# The environment: served, quiet, off, silent children.
PPROF_HTTP=localhost:0 PPROF_QUIET=1 start env - fork exec
is "$(cat "$tmp/env.err")" "" "PPROF_QUIET prints nothing"
port=${url#http://127.0.0.1:}
is "$(status "$url/cmdline")" 200 "PPROF_HTTP serves with no code"
both_are_there() { # the one that was forked, and cat, which the other one has become
    children=$(pgrep -P "$pid" | tr '\n' ' ')
    [ "$(wc -w <<<"$children")" = 2 ] && pgrep -P "$pid" -x cat >/dev/null
}
until_true both_are_there
quiet=0
for child in $children; do
    grep -q 'memfd:pprof:' "/proc/$child/maps" && quiet=1
    [ "$(ls -l "/proc/$child/fd" | grep -c socket)" -eq 0 ] || quiet=1
done
is "$(wc -w <<<"$children | $quiet" | tr -d ' ')$quiet" "40" "forked and exec'ed children stay silent and hold no socket"
is "$(curl -sS "$url/cmdline" | tr '\0' ' ')" "$served - fork exec" "and the parent goes on"
stop
PPROF_HTTP=localhost:0 PPROF_CHILDREN=1 start children - fork
both_serve() { [ "$(grep -c '^pprof: serving' "$tmp/children.err")" -ge 2 ]; }
until_true both_serve
is "$(grep -c '^pprof: serving' "$tmp/children.err")" 2 "PPROF_CHILDREN serves a forked child too"
child=$(sed -n 's#.*serving \(http[^ ]*\)/ (pid \([0-9]*\)).*#\1 \2#p' "$tmp/children.err" | grep -v " $pid$" | cut -d' ' -f1)
is "$(status "$child/heap")" 200 "which answers for itself"
stop
PPROF_HTTP=localhost:0 PPROF_OFF=1 start off -
like "$(cat "$tmp/off.out")" ' none$' "PPROF_OFF serves nothing"
is "$(cat "$tmp/off.err")" "" "and says nothing"
stop
out=$(PPROF_HTTP=localhost:0 LD_PRELOAD=$build/libpprof.so sh -c 'exec sh -c "echo \$PPROF_URL; exec sh -c \"echo \\\$PPROF_URL\""' 2>"$tmp/exec.err")
is "$(grep -c serving "$tmp/exec.err")$(sort -u <<<"$out" | wc -l)" 11 "programs that exec each other keep one address, said once"
like "$out" '^http://127' "which they find in PPROF_URL"
PPROF_HTTP=localhost:0 PPROF_PID=1 start other -
like "$(cat "$tmp/other.out")" ' none$' "PPROF_PID of another process keeps this one silent"
stop

# A setuid program has no such environment.
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
    chmod 755 "$tmp"
    cp "$served" "$tmp/suid" && chmod 4755 "$tmp/suid"
    out=$(PPROF_HTTP=localhost:0 setpriv --reuid 65534 --clear-groups "$tmp/suid" - </dev/null 2>&1)
    if grep -q '^ready' <<<"$out"; then
        is "$(sed 's/ [0-9]* / PID /' <<<"$out")" "ready PID none" "a setuid program ignores the environment"
    else
        skip "the setuid copy could not run here: $(head -1 <<<"$out")"
    fi
else
    skip "needs root and setpriv"
fi

# A unix socket.
start unix "unix:$tmp/x.sock"
is "$(stat -c %a "$tmp/x.sock")" 600 "a unix socket is for its owner"
is "$(status --unix-socket "$tmp/x.sock" http://any.name/debug/pprof/cmdline)" 200 "and serves"
stop
ok "$([ ! -e "$tmp/x.sock" ]; echo $?)" "its file is gone when the program ends"

# Stopping.
start stop 127.0.0.1:0 stop
echo >&"$hold"
await "$tmp/stop.out" stopped
curl -sS "$url/" >/dev/null 2>&1
is $? 7 "pprof_serve_stop frees the port"
stop

# Files of the whole run, however the program ends.
for way in exit quick under; do
    PPROF_OUT=$tmp/out.$way start out.$way - spin alloc $way
    until_true has_run "$pid" 50
    stop
    is "$(cd "$tmp/out.$way" && ls | sed "s/\.$pid\./.PID./" | tr '\n' ' ')" \
        "allocs.PID.pb.gz cpu.PID.pb.gz goroutine.PID.pb.gz heap.PID.pb.gz threadcreate.PID.pb.gz " "PPROF_OUT leaves five files after $way"
done
like "$(zcat "$tmp"/out.under/cpu.*.pb.gz | strings)" 'serve_spin' "the CPU profile of the run is whole"
PPROF_HTTP=localhost:0 PPROF_OUT=$tmp/both start both - spin
until_true has_run "$pid" 200
for _ in 1 2 3 4 5; do # a second in which it gets no processor is given another try
    answer=$(status "$url/profile?seconds=1")
    gunzip -c "$tmp/body" 2>/dev/null | strings >"$tmp/part"
    grep -q serve_spin "$tmp/part" && break
done
is "$answer$(header Content-Disposition)" '200attachment; filename="profile"' "a CPU profile while the whole run is recorded"
like "$(cat "$tmp/part")" 'serve_spin' "has what ran meanwhile"
if command -v go >/dev/null; then
    head=$(go tool pprof -top "$tmp/body" 2>/dev/null | grep '^Duration')
    # One thread computes: as much CPU time as it took, and some samples more.
    awk -F'[ ,=]+' 'function s(t) { return t ~ /ms$/ ? t / 1000 : t + 0 }
        { d = s($2); t = s($5) } END { exit !(d >= 1 && t > 0 && t <= d * 1.2) }' <<<"$head"
    ok $? "and only that" "$head"
else
    skip "no go here"
fi
stop
PPROF_OUT=/proc/nowhere "$served" - </dev/null >/dev/null 2>"$tmp/out.err"
like "$?$(cat "$tmp/out.err")" '^0pprof: not writing profiles: ' "a directory that cannot be made is said"
