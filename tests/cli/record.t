#!/usr/bin/env bash
# Profiles at a fixed interval into a directory, capped, whole, also at the end and with a full disk; and profiles
# shortly before memory ends.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
room
library=${PP_LIBPPROF:-$build/libpprof.so}
program=$build/tests/proc_recorded
mounted= group=
trap '[ -n "$mounted" ] && umount "$mounted"; [ -n "$group" ] && rmdir "$group"; leave' EXIT

plan 38

profiles() { find "$1" -name '*.pb.gz' 2>/dev/null | sort; }
count() { profiles "$1" | grep -c "\\.$2\\.pb\\.gz\$"; }
all_whole() { # every profile of the directory can be read
    profiles "$1" | while read -r file; do "$build/pprof" -raw "$file" >/dev/null 2>&1 || echo "$file"; done
}

# ---- by the environment: three rounds and the one at the end
PPROF_DIR=$tmp/a PPROF_EVERY=1 LD_PRELOAD=$library "$program" until "$tmp/a" 10 2>"$tmp/err"
is $? 0 "the program runs"
is "$(cat "$tmp/err")" "" "nothing is said"
like "$(profiles "$tmp/a" | head -1)" '/[0-9]{8}T[0-9]{6}\.[0-9]{3}Z\.[0-9]+\.[a-z]+\.pb\.gz$' "names sort by time and say who"
ok $(($(count "$tmp/a" heap) >= 3 && $(count "$tmp/a" cpu) >= 3 ? 0 : 1)) "heap and cpu, round after round" "$(ls "$tmp/a")"
is "$(all_whole "$tmp/a")" "" "each file is a whole profile"
is "$(find "$tmp/a" -name '*.tmp')" "" "nothing half-written is left"
begins=$(for file in $(profiles "$tmp/a" | grep cpu); do "$build/pprof" -raw "$file" | sed -n 's/^Time: //p'; done)
is "$(sort -u <<<"$begins" | wc -l)" "$(count "$tmp/a" cpu)" "each cpu profile begins where the one before ended"
last=$(profiles "$tmp/a" | grep heap | tail -1)
like "$("$build/pprof" -top "$last" 2>&1)" ' at_the_end$' "the last round is written when the program ends"
is "$(stat -c %a "$last")" 600 "files are this user's only"

# ---- caps
mkdir "$tmp/b"
: >"$tmp/b/20200101T000000.000Z.1.heap.pb.gz"
: >"$tmp/b/20200101T000000.000Z.1.heap.pb.gz.tmp"
: >"$tmp/b/20200101T000000.000Z.1.notes.txt"
: >"$tmp/b/heap.pb.gz"
PPROF_DIR=$tmp/b PPROF_EVERY=1 PPROF_DIR_FILES=4 LD_PRELOAD=$library "$program" rounds 4 2>"$tmp/err"
ok $(($(profiles "$tmp/b" | grep -vc /heap) <= 4 ? 0 : 1)) "at most as many files as allowed" "$(ls "$tmp/b")"
ok "$([ ! -e "$tmp/b/20200101T000000.000Z.1.heap.pb.gz" ] && [ ! -e "$tmp/b/20200101T000000.000Z.1.heap.pb.gz.tmp" ]; echo $?)" "the oldest go first, of earlier runs too"
ok "$([ -e "$tmp/b/heap.pb.gz" ] && [ -e "$tmp/b/20200101T000000.000Z.1.notes.txt" ]; echo $?)" "files of another form stay"
PPROF_DIR=$tmp/c PPROF_EVERY=1 PPROF_DIR_BYTES=12288 PPROF_KINDS=heap,goroutine LD_PRELOAD=$library "$program" rounds 4 2>"$tmp/err"
ok $(($(du -k "$tmp/c" | cut -f1) <= 12 + 4 ? 0 : 1)) "at most as many bytes as allowed" "$(ls -ls "$tmp/c")"
ok $(($(count "$tmp/c" goroutine) > 0 && $(count "$tmp/c" cpu) == 0 ? 0 : 1)) "the profiles that were asked for, and no others" "$(ls "$tmp/c")"

# ---- by the interface
"$program" call "$tmp/d" >"$tmp/out" 2>&1
is "$(grep -c '^ok' "$tmp/out")" 7 "start, start again, cpu meanwhile, stop, start anew, a bad directory, a bad limit" || cat "$tmp/out"
is "$(all_whole "$tmp/d")" "" "and whole files"
ok $(($(count "$tmp/d" heap) >= 2 ? 0 : 1)) "one round at each stop" "$(ls "$tmp/d")"

# ---- what cannot be written
PPROF_DIR=/proc/nowhere LD_PRELOAD=$library "$program" rounds 0 2>"$tmp/err"
is $? 0 "a directory that cannot be made stops nobody"
like "$(cat "$tmp/err")" '^pprof: not recording: cannot make the directory /proc/nowhere' "and is said"
if mkdir "$tmp/full" && mount -t tmpfs -o size=16k,mode=0777 none "$tmp/full" 2>/dev/null; then
    mounted=$tmp/full
    PPROF_DIR=$tmp/full PPROF_EVERY=1 LD_PRELOAD=$library "$program" rounds 5 2>"$tmp/err"
    is $? 0 "a full disk stops nobody"
    is "$(all_whole "$tmp/full")$(find "$tmp/full" -name '*.tmp')" "" "what is there is whole"
    ok $(($(profiles "$tmp/full" | wc -l) > 0 ? 0 : 1)) "the newest are there"
    dd if=/dev/zero of="$tmp/full/filler" bs=4k count=8 2>/dev/null
    rm -f "$tmp"/full/*.pb.gz
    dd if=/dev/zero of="$tmp/full/filler2" bs=4k count=8 2>/dev/null
    PPROF_DIR=$tmp/full PPROF_EVERY=1 LD_PRELOAD=$library "$program" rounds 2 2>"$tmp/err"
    is "$(grep -c '^pprof: cannot write .*No space left on device$' "$tmp/err")" 1 "no room at all is said once"
else
    for _ in 1 2 3 4; do skip "a small file system cannot be mounted here"; done
fi

# ---- fork: the recording is the parent's
PPROF_DIR=$tmp/e PPROF_EVERY=1 LD_PRELOAD=$library "$program" fork 2>"$tmp/err"
is "$(profiles "$tmp/e" | sed 's/.*Z\.\([0-9]*\)\..*/\1/' | sort -u | wc -l)" 1 "a child writes nothing"

# ---- before memory ends
PPROF_ON_OOM=$tmp/o PPROF_OOM_LIMIT=96M LD_PRELOAD=$library "$program" grow "$tmp/o" 2>"$tmp/err"
is $? 0 "past a limit: the program goes on"
like "$(cat "$tmp/err")" '^pprof: memory is at [1-9][0-9]{2,} % of the limit: writing profiles to ' "past a limit: it is said"
like "$("$build/pprof" -top -sample_index=inuse_space "$tmp"/o/*oom-heap.pb.gz 2>&1)" '% +grows$' "past a limit: heap, with who grew"
ok "$("$build/pprof" -raw "$tmp"/o/*oom-goroutine.pb.gz >/dev/null 2>&1; echo $?)" "past a limit: goroutine"
like "$(cat "$tmp"/o/*oom-memory.txt)" '^business code' "past a limit: the page about memory"
(ulimit -v 1000000 && PPROF_ON_OOM=$tmp/v LD_PRELOAD=$library exec "$program" grow "$tmp/v") 2>"$tmp/err"
is $? 0 "near the limit on address space: the program goes on"
like "$("$build/pprof" -top -sample_index=inuse_space "$tmp"/v/*oom-heap.pb.gz 2>&1)" '% +grows$' "and the profile is there before malloc fails"
PPROF_ON_OOM=$tmp/p PPROF_OOM_LIMIT=lots LD_PRELOAD=$library "$program" rounds 0 2>"$tmp/err"
like "$(cat "$tmp/err")" '^pprof: memory is not watched: lots is no limit' "a limit that is none is said"

# A group of our own with 120 MiB: the kernel kills it, and what we wanted to know is there.
root=/sys/fs/cgroup/memory limit=memory.limit_in_bytes
[ -e $root/$limit ] || { root=/sys/fs/cgroup limit=memory.max; }
if mkdir "$root/pprof-test-$$" 2>/dev/null && group=$root/pprof-test-$$ && { echo 120M >"$group/$limit"; } 2>/dev/null; then
    echo 0 2>/dev/null >"$group/memory.swap.max"
    exec 5>&2 2>/dev/null # the shell would tell of the kill
    (echo "$BASHPID" >"$group/cgroup.procs" && PPROF_ON_OOM=$tmp/q LD_PRELOAD=$library exec "$program" devour "$tmp/q") >"$tmp/err" 2>&1
    status=$?
    exec 2>&5
    is $status 137 "in a group of 120 MiB: killed by the kernel"
    like "$("$build/pprof" -top -sample_index=inuse_space "$tmp"/q/*oom-heap.pb.gz 2>&1)" '% +grows$' "but the profile was written before"
    like "$(cat "$tmp"/q/*oom-memory.txt)" '^ +its limit +122880 KiB' "with the group's limit"

    # At full speed 512 MiB last a quarter of a second; a machine that does much else may miss it, not ten times.
    echo 512M >"$group/$limit"
    exec 5>&2 2>/dev/null
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        (echo "$BASHPID" >"$group/cgroup.procs" && PPROF_ON_OOM=$tmp/g LD_PRELOAD=$library exec "$program" gulp) >"$tmp/err" 2>&1
        ls "$tmp"/g/*oom-heap.pb.gz >/dev/null && break
    done
    exec 2>&5
    like "$("$build/pprof" -top -sample_index=inuse_space "$tmp"/g/*oom-heap.pb.gz 2>&1)" '% +grows$' "a gigabyte and more in a second: written before, too"
else
    for _ in 1 2 3 4; do skip "no cgroup of our own here"; done
fi

# Version 2 of the kernel's groups, with its files written by us where the mount of our own shows them.
cat >"$tmp/v2" <<'SH'
mount -t tmpfs none /sys/fs/cgroup && cd /sys/fs/cgroup || exit 77
for line in "max $1" "high $2" 'current 99614720' 'stat inactive_file 0' 'events oom_kill 0'; do
    echo "${line#* }" >"memory.${line%% *}"
done
shift 2
exec "$@"
SH
watched() { unshare -m sh "$tmp/v2" "$1" "$2" env PPROF_ON_OOM="$3" LD_PRELOAD="$library" "$program" grow "$3" 2>&1; }
if grep -q '^0::' /proc/self/cgroup && unshare -m sh -c 'mount -t tmpfs none /sys/fs/cgroup' 2>/dev/null; then
    like "$(watched 104857600 max "$tmp/max")" 'memory is at 10[0-9] % of the limit' "version 2: 95 MiB of a memory.max of 100"
    like "$(watched max 104857600 "$tmp/high")" 'memory is at 10[0-9] % of the limit' "version 2: of a memory.high"
else
    for _ in 1 2; do skip "no mounts of our own here, or no groups of version 2"; done
fi
