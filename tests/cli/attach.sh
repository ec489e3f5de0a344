# Shared by tests/cli/attach.t and tests/long/attach.t: source after tap.sh, with $pprof and $tmp set.

# Starts a program in the background; its pid is in $pid. usage: begin OUTPUT COMMAND...
begin() {
    local out=$1
    shift
    [ -f "$out" ] && : >"$out" # now: what an earlier one said must not be taken for this one's
    "$@" >"$out" 2>&1 &
    pid=$!
    pids+=("$pid")
}

# A sleeping process, past its start; its pid is in $pid.
begin_sleep() {
    begin /dev/null "$@" sleep 600
    until_true is_in_nanosleep "$pid"
}
is_in_nanosleep() { [ "$(cut -d' ' -f1 "/proc/$1/syscall" 2>/dev/null)" = 230 ]; }

# One attach to a process that sleeps; where tracing is forbidden (a container, yama) nothing can be shown.
attach_or_skip() {
    begin_sleep
    "$pprof" attach "$pid" >"$tmp/out" 2>&1 || {
        grep -q 'may not be traced\|ptrace_scope' "$tmp/out" && skip_all "$(cat "$tmp/out")"
    }
}

# COUNT times in and out of process PID; what went wrong on standard output, nothing else.
cycles() {
    local pid=$1 count=$2
    for i in $(seq "$count"); do
        "$pprof" attach "$pid" >"$tmp/in" 2>&1 || { echo "attach $i: $(cat "$tmp/in")"; return 1; }
        "$pprof" attach --detach "$pid" >"$tmp/in" 2>&1 || { echo "detach $i: $(cat "$tmp/in")"; return 1; }
        kill -0 "$pid" 2>/dev/null || { echo "the program died in cycle $i"; return 1; }
    done
}

threads_of() { ls "/proc/$1/task" | wc -l; }

# The busy program of tests/process/attached.c, COUNT cycles, three results.
attach_busy() {
    begin "$tmp/busy" "$build/tests/proc_attached" 2
    local busy=$pid
    await "$tmp/busy" ready
    is "$(cycles "$busy" "$1")" "" "$1 cycles: a program of churning, computing and waiting threads"
    only_its_own() { [ "$(threads_of "$busy")" = 7 ]; } # ours, told to end, end by themselves
    until_true only_its_own
    is "$(threads_of "$busy")" 7 "no thread of ours is left in it"
    kill -TERM "$busy"
    wait "$busy"
    is "$(tail -1 "$tmp/busy")" unchanged "registers, errno, masks, blocking calls and blocks are as they were"
}

attach_redis() {
    local port
    free_port
    begin "$tmp/redis" redis-server --port $port --bind 127.0.0.1 --save '' --appendonly no
    local server=$pid
    await "$tmp/redis" 'Ready to accept'
    begin "$tmp/load" redis-benchmark -p $port -t set,get,lpush,lpop -n 100000000 -c 10 -r 10000 -q
    local load=$pid
    is "$(cycles "$server" "$1")" "" "$1 cycles: redis-server under load"
    kill "$load" 2>/dev/null
    is "$(redis-cli -p $port ping)" PONG "redis-server answers"
    redis-cli -p $port shutdown nosave >/dev/null 2>&1
    wait "$server"
    is $? 0 "and ends well"
}

attach_sqlite() {
    mkfifo "$tmp/sql"
    begin "$tmp/sqlite" sqlite3 :memory: ".read $tmp/sql"
    local shell=$pid
    exec 4>"$tmp/sql"
    echo "create table t(a, b); select 'ready';
with recursive n(i) as (select 1 union all select i + 1 from n where i < $2)
insert into t select i, hex(randomblob(20)) from n where i % 50 = 0;" >&4
    exec 4>&-
    await "$tmp/sqlite" ready
    is "$(cycles "$shell" "$1")" "" "$1 cycles: sqlite3 at work"
    kill -KILL "$shell"
    wait "$shell" 2>/dev/null || true # killed
}
