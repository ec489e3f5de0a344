#!/usr/bin/env bash
# pprof run: the program is exec'ed in place, and what LD_PRELOAD cannot do is said beforehand.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
need curl cc
room

plan 42

# In place: status, pid, arguments, standard input, signals.
"$pprof" run --quiet -- sh -c 'exit 42'
is $? 42 "the status is the command's own"
"$pprof" run --quiet sh -c 'exit 43'
is $? 43 "the -- may be left out"
is "$("$pprof" run --quiet -- printf '[%s]' 'a b' -x '*' '')" '[a b][-x][*][]' "arguments arrive as they are"
is "$(echo through | "$pprof" run --quiet -- cat)" through "standard input is the command's"
"$pprof" run --quiet -- sh -c 'echo $$; exec sleep 600' >"$tmp/pid" &
pid=$!
pids+=("$pid")
until_true [ -s "$tmp/pid" ]
is "$(cat "$tmp/pid")" "$pid" "the pid is that of pprof run"
kill -TERM "$pid"
wait "$pid" 2>/dev/null
is $? 143 "a signal ends the command as without us"

# Environment.
env=$("$pprof" run --quiet --http=localhost:0 --rate=64k --children -- env)
like "$env" '^LD_PRELOAD=/[^:]*libpprof[^:]*$' "LD_PRELOAD is the library alone"
like "$env" '^PPROF_HEAP_RATE=65536$' "--rate takes units"
like "$env" '^PPROF_CHILDREN=1$' "--children is passed on"
echo 'int other(void) { return 1; }' >"$tmp/other.c"
cc -shared -fPIC -o "$tmp/other.so" "$tmp/other.c"
like "$(LD_PRELOAD=$tmp/other.so "$pprof" run --quiet -- env)" "^LD_PRELOAD=/[^:]*libpprof[^:]*:$tmp/other.so$" \
    "what was preloaded before stays, behind the library"
again=$("$pprof" run --quiet -- "$pprof" run --quiet -- env)
is "$(grep -o libpprof <<<"$(grep ^LD_PRELOAD= <<<"$again")" | wc -l)" 1 "pprof run under pprof run preloads once"
like "$(PPROF_HTTP=unix:$tmp/env "$pprof" run --quiet -- env)" "^PPROF_HTTP=unix:$tmp/env$" "an address of the environment is kept"

# A library at a path that LD_PRELOAD would split.
mkdir "$tmp/a b:c"
cp "$build/libpprof.so" "$tmp/a b:c/"
out=$(PPROF_LIB="$tmp/a b:c/libpprof.so" "$pprof" run -- sh -c 'grep -c "a b:c/libpprof.so" /proc/self/maps' 2>&1)
like "$out" '^pprof: serving' "a library path with a space and a colon is loaded"
unlike "$out" 'cannot be preloaded' "and the loader does not complain"
out=$(PPROF_LIB=/nowhere/libpprof.so "$pprof" run -- true 2>&1)
is $? 2 "a library that is not there is our own trouble"
like "$out" '/nowhere/libpprof.so' "and named"

# Serving.
"$pprof" run -- sleep 600 2>"$tmp/err" &
pid=$!
pids+=("$pid")
await_url "$tmp/err"
like "$url" '^http://127\.0\.0\.1:[0-9]+$' "a free port of the loopback is served"
is "$(curl -sS "$url/debug/pprof/cmdline" | tr '\0' ' ')" "sleep 600" "by the program itself"
kill "$pid"
"$pprof" run --http="unix:$tmp/s" -- sleep 600 2>/dev/null &
pid=$!
pids+=("$pid")
until_true curl -s -o "$tmp/body" --unix-socket "$tmp/s" http://localhost/debug/pprof/cmdline
is "$(curl -sS --unix-socket "$tmp/s" http://localhost/debug/pprof/cmdline | tr '\0' ' ')" "sleep 600" "a unix socket is served"
kill "$pid"

# Children.
"$pprof" run -- sh -c 'sh -c "cat /dev/null; exit 0"; exit 0' 2>"$tmp/err"
is "$(grep -c serving "$tmp/err")" 1 "children stay silent"
"$pprof" run --children -- sh -c 'sh -c "cat /dev/null; exit 0"; exit 0' 2>"$tmp/err"
[ "$(grep -c serving "$tmp/err")" -gt 1 ]
ok $? "unless asked" "$(cat "$tmp/err")"

# Files.
(cd "$tmp" && "$pprof" run -o deep/dir -- sh -c 'cd /; true') 2>"$tmp/err"
[ -s "$(echo "$tmp"/deep/dir/heap.*.pb.gz)" ]
ok $? "-o makes the directory, relative to where one is" "$(ls -R "$tmp/deep" 2>&1; cat "$tmp/err")"
unlike "$(cat "$tmp/err")" serving "-o alone serves nothing"
out=$("$pprof" run -o "$tmp/pid" -- true 2>&1)
is $? 2 "-o with a file is wrong usage"

# What cannot be run.
"$pprof" run -- no-such-command-at-all 2>"$tmp/err"
is $? 127 "not found: 127"
like "$(cat "$tmp/err")" 'no-such-command-at-all: command not found' "and said"
touch "$tmp/plain"
"$pprof" run -- "$tmp/plain" 2>"$tmp/err"
is $? 126 "not executable: 126"
like "$(cat "$tmp/err")" 'not executable' "and said"
"$pprof" run -- / 2>"$tmp/err"
is $? 126 "a directory: 126"
echo 'int main(void) { return 0; }' >"$tmp/static.c"
if cc -static -o "$tmp/static" "$tmp/static.c" 2>/dev/null; then
    "$pprof" run -- "$tmp/static" 2>"$tmp/err"
    is $? 126 "a static program: 126"
    like "$(cat "$tmp/err")" 'statically linked.*libpprof\.a' "with what to do instead"
else
    skip "no static libc here"
    skip "no static libc here"
fi
printf '\177ELF\001\001\001\0\0\0\0\0\0\0\0\0\002\0\003\0\001\0\0\0' >"$tmp/small"
head -c 400 /dev/zero >>"$tmp/small"
chmod +x "$tmp/small"
"$pprof" run -- "$tmp/small" 2>"$tmp/err"
is $? 126 "a 32-bit program: 126"
like "$(cat "$tmp/err")" '32-bit' "and said"
printf '#!/bin/sh\necho script "$1"\n' >"$tmp/script"
chmod +x "$tmp/script"
is "$("$pprof" run --quiet -- "$tmp/script" runs)" "script runs" "a script is judged by its interpreter"
printf '#!/no/such/interpreter\n' >"$tmp/script2"
chmod +x "$tmp/script2"
"$pprof" run -- "$tmp/script2" 2>"$tmp/err"
is $? 126 "a script without its interpreter: 126"
like "$(cat "$tmp/err")" '/no/such/interpreter' "which is named"
if [ "$(id -u)" != 0 ] && [ -u /usr/bin/passwd ]; then
    "$pprof" run -- /usr/bin/passwd --help 2>"$tmp/err"
    is $? 126 "a setuid program: 126"
else
    skip "setuid programs need another user than root"
fi

# Usage.
"$pprof" run 2>"$tmp/err"
is $? 2 "no command: 2"
"$pprof" run --frobnicate -- true 2>"$tmp/err"
is $? 2 "an unknown option: 2"
like "$(cat "$tmp/err")" 'frobnicate' "which is named"
"$pprof" run --rate=lots -- true 2>"$tmp/err"
is $? 2 "a rate that is none: 2"
like "$("$pprof" run --help)" '^usage: pprof run' "--help helps"
