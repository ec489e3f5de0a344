#!/usr/bin/env bash
# Situations that a library from outside easily makes worse: programs end and print as without us; children, other
# allocators, sanitizers and valgrind.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
need cc curl
room
faults=$build/tests/proc_faults
plugin=$build/tests/$(cd "$build/tests" && ls | grep -m1 'maker\.so')
scenarios=$("$faults")
plan $(($(wc -w <<<"$scenarios") * 2 + 27))

# The limit stands outside: the first process is the one that is profiled.
ours() { timeout -s KILL 240 env LD_PRELOAD="$build/libpprof.so" PPROF_HTTP=127.0.0.1:0 PPROF_HEAP_RATE=4096 "$@"; }

for name in $scenarios; do
    timeout -s KILL 240 "$faults" "$name" "$plugin" >"$tmp/bare" 2>/dev/null
    bare=$?
    ours "$faults" "$name" "$plugin" >"$tmp/ours" 2>"$tmp/err"
    is $? $bare "$name ends the same"
    is "$(cat "$tmp/ours")" "$(cat "$tmp/bare")" "$name prints the same"
done

# PPROF_CHILDREN: each process on its own, and a forked child's profiles start anew.
cat >"$tmp/forker.c" <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
void *volatile last;
__attribute__((noinline)) void before_fork(void) { for (int i = 0; i < 200; i++) { last = malloc(50000); } }
__attribute__((noinline)) void in_child(void) { for (int i = 0; i < 200; i++) { last = malloc(50000); } }
int main(int argc, char **argv)
{
    before_fork();
    if (argc == 1) {
        return 0;
    }
    if (fork() == 0) {
        in_child();
        if (argv[1][0] == 'e') {
            execl(argv[0], argv[0], NULL);
        }
        exit(0); /* the last files are written here */
    }
    wait(NULL);
    return 0;
}
C
cc -O1 -g -o "$tmp/forker" "$tmp/forker.c"
ok $? "the forking program builds"
profiles() { ls "$1"/heap.*.pb.gz 2>/dev/null; }
"$pprof" run --quiet --children --rate=4k -o "$tmp/both" -- "$tmp/forker" fork
is "$(profiles "$tmp/both" | wc -l)" 2 "parent and child write a profile each"
"$pprof" run --quiet --rate=4k -o "$tmp/one" -- "$tmp/forker" fork
is "$(profiles "$tmp/one" | wc -l)" 1 "without --children only the parent does"
has_before=0 has_child=0 has_both=0
for file in $(profiles "$tmp/both"); do
    top=$("$pprof" -top -sample_index=alloc_space "$file" 2>/dev/null)
    before=$(grep -c ' before_fork$' <<<"$top")
    child=$(grep -c ' in_child$' <<<"$top")
    has_before=$((has_before + (before && !child)))
    has_child=$((has_child + (child && !before)))
    has_both=$((has_both + (child && before)))
done
is "$has_before $has_child $has_both" "1 1 0" "the child's has only what the child allocated"
"$pprof" run --quiet --children --rate=4k -o "$tmp/exec" -- "$tmp/forker" exec
files=$(profiles "$tmp/exec" | wc -l)
[ "$files" -ge 2 ]
ok $? "a child that execs is profiled as the new program" "$files files"

# A program that is not root's own: the environment is not listened to.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    cc -o "$tmp/raised" "$tmp/forker.c" -L"$build" -Wl,--no-as-needed -lpprof -Wl,-rpath,"$build" &&
        chmod 4755 "$tmp/raised" && chmod 711 "$tmp"
    out=$(PPROF_HTTP=127.0.0.1:0 setpriv --reuid=65534 --regid=65534 --clear-groups "$tmp/raised" 2>&1)
    unlike "$out" serving "a setuid program does not serve because the environment says so"
else
    skip "needs root to make a setuid program"
fi

# Other allocators, before and behind.
cat >"$tmp/alloc.c" <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
void *volatile kept[300];
__attribute__((noinline)) static void keep(void) { for (int i = 0; i < 300; i++) { kept[i] = strdup("text"); kept[i] = calloc(7, 3000); } }
int main(void)
{
    keep();
    for (int i = 0; i < 20000; i++) {
        free(realloc(malloc((size_t)(i % 3000) + 1), (size_t)(i % 7000) + 1));
        free(aligned_alloc(64, 6400));
    }
    puts("allocated");
    return 0;
}
C
cc -O1 -g -fno-builtin -o "$tmp/alloc" "$tmp/alloc.c"
for name in jemalloc tcmalloc_minimal mimalloc; do
    other=$(ldconfig -p | sed -n "s/.*lib$name\.so\.[0-9.]* .*=> //p" | head -1)
    if [ -z "$other" ]; then
        skip "no lib$name here"
        skip "no lib$name here"
        continue
    fi
    out=$(LD_PRELOAD="$build/libpprof.so:$other" PPROF_OUT="$tmp/$name" PPROF_HEAP_RATE=4096 "$tmp/alloc" 2>"$tmp/err")
    is "$out" allocated "over $name"
    like "$("$pprof" -top "$(profiles "$tmp/$name" | head -1)" 2>/dev/null)" ' keep( |$)' "and its blocks are seen"
done

# Sanitizers and valgrind.
cat >"$tmp/clean.c" <<'C'
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
static void *work(void *arg) { for (int i = 0; i < 2000; i++) { free(malloc(1000)); } return arg; }
int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, work, NULL);
    work(NULL);
    pthread_join(thread, NULL);
    puts("clean");
    return 0;
}
C
if cc -g -fsanitize=address -static-libasan -o "$tmp/asan" "$tmp/clean.c" 2>/dev/null; then
    out=$(ours "$tmp/asan" 2>"$tmp/err")
    is "$? $out" "0 clean" "a program built with ASan runs" "$(head -c 1000 "$tmp/err")"
    like "$(cat "$tmp/err")" 'pprof: .*(own|before ours|brings)' "and is told that its allocations are not seen"
    cc -g -fsanitize=address -o "$tmp/asan2" "$tmp/clean.c" -L"$build" -Wl,--no-as-needed -lpprof -Wl,-rpath,"$build"
    out=$(PPROF_HTTP=127.0.0.1:0 timeout 60 "$tmp/asan2" 2>"$tmp/err")
    is "$? $out" "0 clean" "one that is linked with us, too" "$(head -c 1000 "$tmp/err")"
else
    for _ in 1 2 3; do skip "no ASan here"; done
fi
if cc -g -fsanitize=thread -o "$tmp/tsan" "$tmp/clean.c" 2>/dev/null && "$tmp/tsan" >/dev/null 2>&1; then
    out=$(ours "$tmp/tsan" 2>"$tmp/err")
    is "$? $out" "0 clean" "a program built with TSan runs" "$(head -c 1000 "$tmp/err")"
    like "$(cat "$tmp/err")" 'profiling is off.*sanitizer' "and is told that profiling is off"
else
    skip "no TSan here"
    skip "no TSan here"
fi
if command -v valgrind >/dev/null; then
    cc -g -o "$tmp/clean" "$tmp/clean.c"
    out=$(ours valgrind -q --error-exitcode=9 "$tmp/clean" 2>"$tmp/err")
    is "$? $out" "0 clean" "a program under valgrind runs, and valgrind finds no fault" "$(head -c 2000 "$tmp/err")"
    out=$(ours timeout 120 valgrind -q --tool=helgrind "$build/tests/proc_counted" 2>"$tmp/err")
    is "$out" "counted 600 600 600 600" "a program runs under helgrind"
    unlike "$(cat "$tmp/err")" count_one "which sees each lock that it takes"
else
    for _ in 1 2 3; do skip "no valgrind here"; done
fi

# Started under a privilege-less, file-less life: no /proc.
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
    out=$(unshare -m sh -c 'mount -t tmpfs none /proc && LD_PRELOAD='"$build"'/libpprof.so PPROF_HTTP=127.0.0.1:0 \
        PPROF_HEAP_RATE=4096 exec '"$faults"' loads '"$plugin" 2>"$tmp/err")
    is "$? $out" "0 loaded" "a program without /proc runs" "$(cat "$tmp/err")"
else
    skip "needs root and mount namespaces to hide /proc"
fi

# Another C library: children of a profiled program may have it. Nothing is profiled there, and nothing is broken.
any=$PWD/tests/process/any_libc.c
if command -v musl-gcc >/dev/null && musl-gcc -O1 -D_GNU_SOURCE -o "$tmp/of-musl" "$any" 2>"$tmp/err"; then
    "$tmp/of-musl" >"$tmp/bare"
    is $? 5 "musl: the program runs"
    ours "$tmp/of-musl" >"$tmp/ours" 2>"$tmp/err"
    is $? 5 "musl: it ends the same"
    is "$(cat "$tmp/ours")" "$(cat "$tmp/bare")" "musl: it prints the same"
    is "$(cat "$tmp/err")" "pprof: profiling is off: this program does not run on glibc" "musl: and is told why there is no profile"
    "$pprof" run --http=127.0.0.1:0 -- bash -c '"$1"; echo status $?' bash "$tmp/of-musl" >"$tmp/ours" 2>"$tmp/err"
    like "$(cat "$tmp/ours")" '^status 5$' "musl: a child of a profiled program runs"
    is "$(grep -vc serving "$tmp/err")" 0 "musl: without a word"
else
    for _ in 1 2 3 4 5 6; do skip "no musl-gcc here"; done
fi
