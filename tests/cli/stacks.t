#!/usr/bin/env bash
# Thread stacks are whole: threads blocked in every common way, in code compiled three ways, and the
# dump compared with gdb's backtraces.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
need gdb
[ "$(cat /proc/sys/kernel/yama/ptrace_scope 2> /dev/null || echo 0)" = 0 ] || [ "$(id -u)" = 0 ] ||
    skip_all "this user may not attach a debugger (ptrace_scope)"
room
lib=$(realpath "$build/libpprof.so")
threads=15

# compare NAME PRELOAD: runs proc_blocked_NAME, dumps, lets gdb look at the same moment's stacks.
compare() {
    local program="$build/tests/proc_blocked_$1" dump="$tmp/$1.dump" pid
    mkfifo "$tmp/$1.in"
    LD_PRELOAD="$2" "$program" "$dump" < "$tmp/$1.in" > "$tmp/$1.out" 2> "$tmp/$1.err" &
    pid=$!
    pids+=("$pid")
    exec 3> "$tmp/$1.in"
    until_true eval "grep -q ready '$tmp/$1.out' || ! kill -0 $pid 2> /dev/null"
    ok "$(grep -q ready "$tmp/$1.out"; echo $?)" "$1: the program dumped its threads" \
        "$(cat "$tmp/$1.err")"
    gdb -nx -p "$pid" -batch -ex 'thread apply all bt' > "$tmp/$1.gdb" 2> "$tmp/$1.gdberr"
    local result
    result=$(python3 tests/cli/stacks.py "$program" "$dump" "$tmp/$1.gdb" "$pid" 2>&1)
    ok $? "$1: every stack is as gdb sees it" "$result
$(cat "$tmp/$1.gdberr")"
    like "$result" "^$threads threads compared, 0 different" "$1: all $threads threads were compared"
    exec 3>&-
    wait "$pid"
    is $? 0 "$1: the program ended as it should"
    rm -f "$tmp/$1.in"
}

plan 35
compare O0 "$lib"
compare O2 "$lib"
compare alloca "$lib"
compare linked ""

dump=$(cat "$tmp/O2.dump")
while read -r name status; do
    tid=$(awk -v f="wait_$name(...)" '/^goroutine/ { head = $0 } $0 == f { print head }' \
        "$tmp/O2.dump")
    like "$tid" "^goroutine [0-9]+ \[$status\]:" "a thread in $name is said to be in: $status"
done <<'LIST'
read IO wait
poll IO wait
select select
accept IO wait
epoll_wait IO wait
nanosleep sleep
clock_nanosleep sleep
futex futex wait
join thread join
mutex sync.Mutex.Lock
wrlock sync.RWMutex.Lock
cond sync.Cond.Wait
semaphore semacquire
barrier barrier wait
LIST

# Where the kernel hides the threads' system calls, the hooks' own frames must do.
BLOCKED_HIDDEN=1 LD_PRELOAD="$lib" "$build/tests/proc_blocked_O2" "$tmp/hidden.dump" \
    < /dev/null > "$tmp/hidden.out" 2>&1
is $? 0 "hidden: the program ended as it should"
for part in wait outer thread; do
    is "$(grep -cE "^${part}_[a-z_]+\(" "$tmp/hidden.dump")" $threads \
        "hidden: ${part}_NAME is in the stack of each thread"
done
like "$dump" '^created by main in goroutine [0-9]+$' "who created a thread is said"
