#!/usr/bin/env bash
# Goroutines seen from outside: dumps, profiles, labels, deadlocks, leaks, overflow.
cd "$(dirname "$0")/../.." || exit 1
. tests/cli/tap.sh
build=${PP_BUILD:-build}
[ -x "$build/tests/proc_go_parked" ] || skip_all "no proc_go_parked in $build"
export PPROF_QUIET=1
parked=$build/tests/proc_go_parked ends=$build/tests/proc_go_ends
plan 57

dump=$(timeout 60 "$parked" 2 2>/dev/null)
for line in 'chan receive:waits_to_receive' 'chan send:waits_to_send' \
    'chan receive \(nil chan\):waits_for_nil' 'select \(no cases\):waits_for_nothing' \
    'select:select_below' 'sleep:waits_for_time' 'IO wait, named the-reader:waits_for_data'; do
    like "$(grep -A1 -E "^goroutine [0-9]+ \[${line%:*}\]:" <<<"$dump")" "^${line#*:}\(\.\.\.\)" \
        "[${line%:*}] in ${line#*:}"
done
is "$(grep -c '^select_below(' <<<"$dump")" 6 "a recursion is walked frame by frame"
like "$(grep -A1 -E '^goroutine [0-9]+ \[running\]:' <<<"$dump")" '^computes\(' \
    "one that runs has its stack"
is "$(grep -c '^created by starts_all in goroutine 1$' <<<"$dump")" 8 "who started them"
is "$(grep -cE '^goroutine [0-9]+ \[[^]]*, thread[],]' <<<"$dump")" 1 "threads, whose numbers are others, are told apart"
unlike "$dump" 'go_entry|pp_go_|go-worker|go_chan_recv' "nothing of ours is in it"

read_back=$("$build/pprof" -traces <(echo "$dump") 2>/dev/null)
like "$read_back" 'state: +IO wait$' "our reader passes over names"

text=$(timeout 60 "$parked" 1 2>/dev/null)
like "$text" '^goroutine profile: total 9$' "debug=1 counts them and the main thread"
like "$text" '# labels: \{"job":"chooser"\}' "with their labels"
timeout 60 "$parked" 0 2>/dev/null >"${TMPDIR:-/tmp}/go-$$.pb.gz"
traces=$("$build/pprof" -traces "${TMPDIR:-/tmp}/go-$$.pb.gz" 2>/dev/null)
like "$traces" 'waits_to_receive' "the profile has them"
timeout 60 "$parked" cpu 2>/dev/null >"${TMPDIR:-/tmp}/go-$$.pb.gz"
traces=$("$build/pprof" -traces "${TMPDIR:-/tmp}/go-$$.pb.gz" 2>/dev/null)
like "$traces" '[0-9]m?s +computes$' "CPU samples are of the goroutine"
unlike "$traces" 'pp_go_|go_entry' "and end at its function"
rm -f "${TMPDIR:-/tmp}/go-$$.pb.gz"

out=$(timeout 60 "$ends" deadlock 2>&1 >/dev/null)
is $? 2 "all asleep: status 2"
like "$out" '^fatal error: all goroutines are asleep - deadlock!$' "said as Go says it"
is "$(grep -c '^goroutine [0-9]* \[chan receive\]:' <<<"$out")" 2 "with every stack"
like "$out" '^starts_waiters\(\.\.\.\)' "and where"
like "$out" '^created by main$' "and that main, which ends with go_run, started it"
out=$(timeout 60 "$ends" alone 2>&1)
is $? 2 "also when no goroutine was ever started"
like "$out" '^goroutine [0-9]+ \[chan receive, thread\]:' "which is told alike"
out=$(timeout 60 "$ends" handler 2>&1)
is "$?: $out" "7: own handler" "a handler of the program's is asked instead"

out=$(GO_LEAKS=1 timeout 60 "$ends" leak 2>&1)
is $? 0 "leaks at exit are told"
like "$out" '^since the mark 1, ignored 0$' "marks and ignores"
like "$out" '^goroutine leak: 2 still there$' "how many"
like "$out" '^goroutine [0-9]+ \[chan receive\]:' "and each"
GO_LEAKS=fail timeout 60 "$ends" leak >/dev/null 2>&1
is $? 1 "GO_LEAKS=fail fails the program"
out=$(GO_LEAKS=fail timeout 60 "$ends" clean 2>&1)
is $? 0 "no leak, no failure"
unlike "$out" 'goroutine leak' "and no report"
out=$(timeout 60 "$ends" leak 2>&1)
unlike "$out" 'goroutine leak' "not asked, not told"

for how in PPROF_OFF=1 PPROF_OFF=0; do
    out=$(env "$how" GO_LEAKS=1 timeout 60 "$ends" leak 2>&1)
    is "$(grep -c '^waits_for_ever(' <<<"$out")" 2 "$how: a leak report has its stacks, profiled or not"
    is "$(grep -c '^created by ' <<<"$out")" 2 "$how: and who started them"
done

out=$(ulimit -c 0; timeout 60 "$ends" overflow 2>&1)
is $(($? > 128)) 1 "a stack overflow ends the program by a signal"
like "$out" 'goroutine [0-9]+ \(hungry\): stack overflow: it has 16 KiB' "with name and size"
out=$(ulimit -c 0; timeout 60 "$ends" large 2>&1)
like "$out" 'goroutine [0-9]+ \(hungry\): stack overflow: it has 16 KiB' "also where a frame passed the guard"
out=$(ulimit -c 0; timeout 60 "$ends" sent 2>&1)
is $? $((128 + $(kill -l SEGV))) "a SIGSEGV that was sent ends the program as ever"
unlike "$out" 'overflow' "and is no overflow"

out=$(PPROF_QUIET=0 timeout 60 "$ends" spin 2>&1)
like "$out" 'goroutine [0-9]+ \(dizzy\) \(spins_long\) has run [0-9]+ ms without a break' "who spins is named"

timeout 60 "$ends" fork >/dev/null 2>&1
is $? 0 "a child of fork begins anew, the parent goes on"
timeout 60 "$ends" thread >/dev/null 2>&1
is $? 0 "go_exit ends an ordinary thread"

out=$(timeout 60 "$ends" jumps 2>&1)
for function in jumps_to_wait jumps_from_task; do
    like "$out" "^$function\(\.\.\.\)" "[chan receive] in $function, which may have no frame"
done
helper=$(grep -A4 -E '^goroutine [0-9]+ \[chan receive\]:' <<<"$out" | grep -A2 '^jumps_from_helper(\.\.\.)')
like "$helper" '^calls_helper\(\.\.\.\)' "and in a helper, which may have none within a longer stack"
is "$(grep -c '^jumps_from_helper(' <<<"$out")" 1 "once"

timeout 60 "$build/tests/proc_go_fds" dup
is $? 0 "a number that dup2 gave to something else is waited for anew"
like "$(timeout 60 "$build/tests/proc_go_fds" seen 2>/dev/null)" 'opens_by_goroutine' "who opened a descriptor by go_open"
text=$(timeout 60 "$parked" block 2>/dev/null)
like "$text" 'waits_long\+' "the block profile has waits at channels"
unlike "$text" 'go_chan_recv|pp_go_|answers_late' "where the program waits, and not sleeps"

# In a tree of control groups of our own: QUOTA of v1, or the line of v2.
limited_to() {
    unshare -rm sh -c 'mount -t tmpfs none /sys/fs/cgroup && mkdir /sys/fs/cgroup/cpu &&
        if [ "$1" = 1 ]; then
            echo "$2" >/sys/fs/cgroup/cpu/cpu.cfs_quota_us && echo 100000 >/sys/fs/cgroup/cpu/cpu.cfs_period_us
        else
            echo "$2" >/sys/fs/cgroup/cpu.max
        fi && exec "$3" procs' sh "$1" "$2" "$ends" 2>/dev/null
}
all=$(timeout 60 "$ends" procs)
if [ "$(limited_to 1 -1)" = "$all" ] && grep -qE '^[0-9]+:([^:]*,)?cpu(,[^:]*)?:' /proc/self/cgroup; then
    is "$(limited_to 1 30000)" 1 "a control group's limit (v1) says how many run at once"
else
    skip "no control groups of v1 here, or none can be made"
fi
if [ "$(limited_to 2 'max 100000')" = "$all" ] && grep -q '^0::/' /proc/self/cgroup; then
    is "$(limited_to 2 '100000 100000')" 1 "and of v2"
else
    skip "no control groups of v2 here, or none can be made"
fi

is "$(timeout 60 "${parked%_parked}_thread_ends" 2>&1)" "32 destroyed" "pthread_exit ends a goroutine, pinned, blocked or of a scope"
