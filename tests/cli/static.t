#!/usr/bin/env bash
# libpprof.a in a static program: locks, threads and files work, profiles are whole, and a link that
# would leave the program without an allocator does not succeed.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
room
echo 'int main(void) { return 0; }' >"$tmp/empty.c"
cc -static -o "$tmp/empty" "$tmp/empty.c" 2>/dev/null || skip_all "no static libc here"
plan 12

# The program refers to the library weakly; -u brings it in.
flags=$(sed -n 's/^Libs.private: //p' "$build/libpprof.pc")
link() { cc -O2 -static -o "$tmp/static" tests/process/static.c -Wl,-u,pprof_write "$build/libpprof.a" "$@" -lpthread; }
# shellcheck disable=SC2086
link $flags 2>"$tmp/err"
ok $? "a static program links with what libpprof.pc says" "$(grep -v warning "$tmp/err" | tail -5)"
text=$(cd "$tmp" && timeout 30 ./static heap cpu.pb.gz)
is $? 0 "it runs and writes its profiles"
like "$text" '^works$' "locks, threads, files and signals are libc's"
like "$(cat "$tmp/heap")" '^(4[0-9]|[56][0-9]|[78][0-9]): [0-9]+ \[' "the heap profile has the 64 blocks, give or take"
like "$(cat "$tmp/heap")" '_start\+' "whole stacks"
unlike "$text" 'frames elided' "in the thread dump, too"
like "$("$build/pprof" -top "$tmp/static" "$tmp/cpu.pb.gz" 2>&1)" ' static_spin$' "the CPU profile has the loop"
link >"$tmp/plain" 2>&1
like "$(cat "$tmp/plain")" 'multiple definition of .(malloc|realloc|free)' "without them the link fails, not the program"

# Locks and waits, by the linker's --wrap.
cat >"$tmp/locks.c" <<'C'
#include <pprof/pprof.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
__attribute__((noinline)) void holds_it(void)
{
    pthread_mutex_lock(&mutex);
    nanosleep(&(struct timespec){ 0, 20000000 }, NULL);
    pthread_mutex_unlock(&mutex);
}
static void *take_turns(void *arg) { for (int i = 0; i < 20; i++) { holds_it(); } return arg; }
static void *wait_for_ever(void *arg)
{
    pthread_mutex_lock(&other);
    for (;;) { pthread_cond_wait(&never, &other); }
    return arg;
}
int main(void)
{
    pthread_t threads[4];
    (void)pprof_mutex_fraction(1);
    for (int i = 0; i < 3; i++) { pthread_create(&threads[i], NULL, take_turns, NULL); }
    pthread_create(&threads[3], NULL, wait_for_ever, NULL);
    for (int i = 0; i < 3; i++) { pthread_join(threads[i], NULL); }
    (void)pprof_write("mutex", 1, 1);
    (void)pprof_write("goroutine", 1, 2);
    return 0;
}
C
wrap=$(sed -n 's/^wrap=//p' "$build/libpprof.pc")
# shellcheck disable=SC2086
cc -O1 -static -Iinclude -o "$tmp/locks" "$tmp/locks.c" "$build/libpprof.a" $flags $wrap 2>"$tmp/err"
ok $? "a static program links with the wrap flags of libpprof.pc" "$(grep -v warning "$tmp/err" | tail -5)"
text=$(timeout 60 "$tmp/locks")
like "$text" 'holds_it\+' "its mutex profile has the holder"
like "$text" '\[sync\.Cond\.Wait' "its waits have reasons"
like "$text" '^created by main' "and its threads creators"
