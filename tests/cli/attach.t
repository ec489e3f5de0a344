#!/usr/bin/env bash
# pprof attach: into running programs and out again, what they allocate meanwhile, what it says when it may not,
# and a program that goes on when anything fails on the way.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
. tests/cli/attach.sh
[ "$(uname -m)" = x86_64 ] || skip_all "attaching is for x86-64"
need cc curl redis-server redis-benchmark sqlite3
room
attach_or_skip
probe=$pid
plan 41

# One attach, looked at.
url=$(sed -n 's/^process [0-9]* serves //p' "$tmp/out")
like "$url" '^http://127\.0\.0\.1:[0-9]+$' "attach prints the address" "$(cat "$tmp/out")"
like "$("$pprof" ps)" "^ *$probe +$url " "pprof ps lists it"
is "$(curl -sS "$url/debug/pprof/cmdline" | tr '\0' ' ')" "sleep 600" "the process itself answers"
out=$("$pprof" attach "$probe" 2>&1)
is $? 2 "a second attach is refused"
like "$out" "serves already: $url" "with the address"
"$pprof" attach --detach "$probe" >"$tmp/out" 2>&1
is $? 0 "detach" "$(cat "$tmp/out")"
curl -s -m 5 "$url/debug/pprof/" >/dev/null
is $? 7 "nobody listens any more"
out=$("$pprof" attach --detach "$probe" 2>&1)
is $? 2 "a second detach is refused"
like "$out" "not attached" "and said"
"$pprof" attach --http="unix:$tmp/s" "$probe" >"$tmp/out" 2>&1
is "$(curl -sS --unix-socket "$tmp/s" http://localhost/debug/pprof/cmdline | tr '\0' ' ')" "sleep 600" \
    "attached again, on a unix socket"
kill "$probe"

# A leak that grows after attaching, in the program and in a plugin loaded after it.
cat >"$tmp/plugin.c" <<'C'
#include <stdlib.h>
void *plugin_leak(size_t n) { return malloc(n); }
C
cat >"$tmp/leaky.c" <<'C'
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
void *volatile last;
__attribute__((noinline)) void main_leak(void) { last = malloc(50000); }
int main(int argc, char **argv)
{
    (void)argc;
    puts("ready");
    fflush(stdout);
    void *(*leak)(size_t) = NULL;
    for (;;) {
        if (access(argv[3], F_OK) == 0) {
            puts("stopped");
            fflush(stdout);
            for (;;) {
                pause();
            }
        }
        main_leak();
        if (!leak && access(argv[2], F_OK) == 0) {
            *(void **)&leak = dlsym(dlopen(argv[1], RTLD_NOW), "plugin_leak");
        }
        if (leak) {
            last = leak(60000);
        }
        usleep(3000);
    }
}
C
cc -shared -fPIC -O1 -o "$tmp/plugin.so" "$tmp/plugin.c" && cc -O1 -o "$tmp/leaky" "$tmp/leaky.c" -ldl
ok $? "the leaky program builds"
begin "$tmp/leaky.out" "$tmp/leaky" "$tmp/plugin.so" "$tmp/go" "$tmp/stop"
leaky=$pid
await "$tmp/leaky.out" ready
"$pprof" attach --rate=4k "$leaky" >"$tmp/out" 2>&1
url=$(sed -n 's/^process [0-9]* serves //p' "$tmp/out")
touch "$tmp/go"
both_leak() {
    top=$("$pprof" -top "$url/debug/pprof/heap" 2>/dev/null)
    grep -q plugin_leak <<<"$top" && grep -q main_leak <<<"$top"
}
until_true both_leak
like "$top" ' main_leak$' "a leak of the program is seen"
like "$top" ' plugin_leak$' "and one of a plugin that dlopen brought afterwards"
like "$(curl -sS "$url/debug/pprof/heap?debug=1" | tail -40; curl -sS "$url/debug/pprof/self")" 'glibc' "who serves malloc is known"
touch "$tmp/stop"
await "$tmp/leaky.out" stopped
"$pprof" attach --detach "$leaky" >"$tmp/out" 2>&1
is $? 0 "a program whose profiles were read is detached from" "$(cat "$tmp/out")"
"$pprof" attach --rate=4k "$leaky" >"$tmp/out" 2>&1
url=$(sed -n 's/^process [0-9]* serves //p' "$tmp/out")
unlike "$("$pprof" -top "$url/debug/pprof/heap" 2>/dev/null)" '^ *[1-9].* (main|plugin)_leak$' \
    "after a detach the count begins anew"
kill "$leaky"

# In and out, again and again.
attach_busy 10
attach_redis 10
attach_sqlite 10 2000000000

# Something fails on the way: a call is refused, or the tool is killed, at the Nth call.
if command -v strace >/dev/null && strace -f -o /dev/null true 2>/dev/null; then
    for how in ptrace:error=EIO ptrace:signal=KILL pwrite64:error=EIO pwrite64:signal=KILL; do
        begin "$tmp/busy" "$build/tests/proc_attached" 1
        busy=$pid
        await "$tmp/busy" ready
        steps="1 2 3 4 5 6 8 10 12 20 60 120 165 170 172 174 176 178 180"
        [ "${how%%:*}" = pwrite64 ] && steps="1 2 3"
        for step in $steps; do
            (timeout 60 strace -f -o /dev/null -e trace="${how%%:*}" -e inject="$how:when=$step" \
                "$pprof" attach "$busy"; :) >"$tmp/out" 2>&1
            kill -0 "$busy" 2>/dev/null || break
            "$pprof" attach --detach "$busy" >"$tmp/out" 2>&1
        done
        "$pprof" attach "$busy" >"$tmp/out" 2>&1 # what was cut short has ended, and all works
        is $? 0 "$how at each step: it can be attached to after that" "$(cat "$tmp/out")"
        "$pprof" attach --detach "$busy" >"$tmp/out" 2>&1
        kill -TERM "$busy"
        wait "$busy"
        is "$(tail -1 "$tmp/busy")" unchanged "$how: the program goes on unchanged"
    done
else
    for _ in 1 2 3 4 5 6 7 8; do skip "no strace here, or it may not trace"; done
fi

# What may not be attached to.
out=$("$pprof" attach 999999999 2>&1)
is $? 2 "no such process: 2"
like "$out" 'no such process' "and said"
echo 'int main(void) { for (;;) { __builtin_ia32_pause(); } }' >"$tmp/static.c"
if cc -static -o "$tmp/static" "$tmp/static.c" 2>/dev/null; then
    begin /dev/null "$tmp/static"
    is_static() { [ "$(readlink "/proc/$pid/exe")" = "$tmp/static" ]; }
    until_true is_static
    like "$("$pprof" attach "$pid" 2>&1)" 'statically linked.*libpprof\.a' "a static program"
    kill "$pid"
else
    skip "no static libc here"
fi
begin_sleep
kill -STOP "$pid"
await "/proc/$pid/status" '^State:.T'
like "$("$pprof" attach "$pid" 2>&1)" 'is stopped' "a stopped process"
kill -KILL "$pid"
begin "$tmp/err" "$pprof" run -- sleep 600
await "$tmp/err" serving
like "$("$pprof" attach "$pid" 2>&1)" 'serves already' "a process that pprof run started"
kill "$pid"
begin_sleep env LD_PRELOAD="$build/libpprof.so"
like "$("$pprof" attach "$pid" 2>&1)" 'part of this program from its start' "a process that has the library, asleep"
kill "$pid"
if command -v gdb >/dev/null; then
    begin_sleep
    traced=$pid
    begin "$tmp/gdb" gdb -q -batch -ex 'shell echo held' -ex 'shell sleep 600' -p "$traced"
    debugger=$pid
    await "$tmp/gdb" '^held'
    like "$("$pprof" attach "$traced" 2>&1)" 'debugger|traces it already' "a process under a debugger"
    kill -STOP "$debugger" # first the sleep that it started, whose parent it is as long as it lives
    pkill -KILL -P "$debugger"
    kill -KILL "$debugger"
    kill -KILL "$traced"
else
    skip "no gdb here"
fi
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    begin_sleep
    mkdir "$tmp/public" # what another user may not reach, where we may stand
    cp "$pprof" "$build"/libpprof.so* "$tmp/public"
    chmod 711 "$tmp"
    like "$(setpriv --reuid=65534 --regid=65534 --clear-groups "$tmp/public/pprof" attach "$pid" 2>&1)" \
        'another user|may not be traced|not found|denied' "a process of another user"
    kill "$pid"
else
    skip "needs root to be another user"
fi
like "$("$pprof" attach x 2>&1)" 'number of one process' "a name is no number"
like "$("$pprof" attach --help)" '^usage: pprof attach' "--help helps"
