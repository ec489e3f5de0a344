#!/usr/bin/env bash
# pprof ps: who can be looked at, and where.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
need curl
room

plan 17

row() { "$pprof" ps 2>/dev/null | grep -E "^ *$1 "; }

"$pprof" run -- sleep 941 2>/dev/null &
serving=$!
"$pprof" run -o "$tmp/out" -- sleep 942 2>/dev/null &
silent=$!
sleep 943 &
plain=$!
"$pprof" run --http="unix:$tmp/sock" -- sleep 944 2>/dev/null &
socket=$!
pids+=("$serving" "$silent" "$plain" "$socket")
all_listed() { [ -n "$(row $silent)" ] && grep -q http <<<"$(row $serving)" && grep -q unix <<<"$(row $socket)"; }
until_true all_listed

all=$("$pprof" ps 2>/dev/null)
is $? 0 "status 0"
like "$(head -1 <<<"$all")" '^ +PID  URL +AGE +RSS  COMMAND$' "there is a head line"
like "$(row $serving)" "^ *$serving  http://127\.0\.0\.1:[0-9]+ +[0-9.]+ s +[0-9.]+ [KM]iB  sleep 941$" "a serving process with URL, age, size, command"
url=$(row $serving | awk '{ print $2 }')
is "$(curl -sS "$url/debug/pprof/cmdline" | tr '\0' ' ')" "sleep 941" "the URL answers for that process"
like "$(row $silent)" "^ *$silent  - " "one that only writes files serves '-'"
like "$(row $socket)" "^ *$socket  unix:$tmp/sock " "a unix socket is listed by its path"
is "$(row $plain)" "" "one without the library is not listed"
columns=$("$pprof" ps 2>/dev/null | grep -bo 'COMMAND$\|sleep 94[124]$' | wc -l)
is "$columns" 4 "the commands stand in one column"
is "$("$pprof" ps 2>/dev/null | awk '{ print match($0, /COMMAND$|sleep 94[124]$/) }' | grep -v '^0$' | sort -u | wc -l)" 1 "at one offset"

# A process may announce anything; nothing in it reaches the terminal as a command.
if command -v python3 >/dev/null; then
    python3 -c 'import mmap, os, time
fd = os.memfd_create("pprof:http://\033[2J127.0.0.1:1")
os.ftruncate(fd, 4096)
page = mmap.mmap(fd, 4096)
time.sleep(600)' &
    liar=$!
    pids+=("$liar")
    is_listed() { [ -n "$(row $liar)" ]; }
    until_true is_listed
    like "$(row $liar)" "^ *$liar  - " "a false announcement is not a URL"
    is "$("$pprof" ps 2>/dev/null | grep -c $'\033')" 0 "and its control characters are not printed"
else
    for _ in 1 2; do skip "no python3 to lie"; done
fi

# What root started may run as somebody else. The library must be where that user can read it.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null && cp "$build/libpprof.so" "$tmp/" && chmod 755 "$tmp" "$tmp/libpprof.so"; then
    setpriv --reuid=65534 --clear-groups \
        env LD_PRELOAD="$tmp/libpprof.so" PPROF_HTTP=localhost:0 sleep 945 2>/dev/null &
    other=$!
    pids+=("$other")
    is_seen() { "$pprof" ps -a 2>/dev/null | grep -q "^ *$other .* sleep 945$"; }
    until_true is_seen
    like "$("$pprof" ps 2>&1)" '^note: [0-9]+ more of other users; pprof ps -a lists them$' "processes of other users are mentioned"
    is "$(row $other)" "" "and not listed"
else
    for _ in 1 2; do skip "other users' processes are root's to see"; done
fi

kill "$serving"
wait "$serving" 2>/dev/null
is "$(row $serving)" "" "a process that ended is gone from the list"
"$pprof" ps -a >/dev/null 2>&1
is $? 0 "-a is understood"
"$pprof" ps --bogus 2>"$tmp/err" >/dev/null
is $? 2 "an unknown argument: 2"
like "$("$pprof" ps --help)" '^usage: pprof ps' "--help helps"
