#!/usr/bin/env bash
# The fd profile tells the truth: whatever way descriptors are opened, closed, copied or taken away,
# each that is open is there once, under the function that opened it or as opened unseen.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
room

plan 49

out=
run() { out=$(timeout 120 "$build/tests/proc_descriptors" "$1" 2>&1 </dev/null); }

# How many are held by stacks that FUNCTION is the leaf of, and how many with that label.
held() { awk -v name="$1" '/^[0-9]+ @/ { n = $1; leaf = 1; next } /^#\t/ && leaf { leaf = 0; if (index($0, "\t" name "+")) sum += n }
    END { print sum + 0 }' <<<"$out"; }
labelled() { awk -v text="$1" '/^[0-9]+ @/ { n = $1 } /^# labels/ && $0 ~ text { sum += n } END { print sum + 0 }' <<<"$out"; }
total() { sed -n 's/^fd profile: total //p' <<<"$out"; }

run none
is "$(held main)" 0 "a program that opens nothing holds nothing"
is "$(total)" "$(labelled '"opened":"unseen"')" "what it inherited is opened unseen"
inherited=$(total)

run full
is "$(grep -c '^errno 1$' <<<"$out")" 1 "full table: the program has its error"
ok $(($(total) >= 64 ? 0 : 1)) "full table: every descriptor is in the profile" "$out"
is "$(held keeps)" $(($(total) - inherited)) "full table: and belongs to who opened it"

run many
wanted=$(sed -n 's/^wanted //p' <<<"$out")
is "$(held keeps)" "$wanted" "$wanted descriptors are listed"

run fork
is "$(held keeps)" 1 "fork: the child has one of the parent's two, by who opened it"
is "$(held drops)" 1 "fork: and its own"

run syscall
is "$(held drops)" 0 "closed by the system call itself: no longer there"
is "$(held keeps)" 1 "closed by the system call itself: the next one under the number is"
is "$(labelled '"opened":"unseen"')" $((inherited + 1)) "opened by the system call itself: unseen, not guessed"

run chroot
if grep -q '^not allowed$' <<<"$out"; then
    for _ in 1 2 3; do skip "chroot needs root"; done
else
    is "$(held keeps)" 1 "no /proc: the file"
    is "$(labelled '"kind":"eventfd"')" 1 "no /proc: what the call said is the kind"
    is "$(total)" $((inherited + 4)) "no /proc: all of them"
fi

run dup2
is "$(held drops)" 0 "dup2 over: the file before is closed"
is "$(held keeps)" 1 "dup2 to itself, or one that fails, changes nothing"
is "$(held copied_over)" 3 "three copies belong to who copied"

run kinds
for kind in file:1 directory:1 pipe:2 unix:2 tcp:1 udp:1 netlink:1 eventfd:1 epoll:1 timerfd:1 signalfd:1 inotify:1 memfd:1; do
    seen=$(labelled "\"age\":\"[0-9]+[a-z]+\", \"kind\":\"${kind%:*}\"")
    [ "$seen" = "${kind#*:}" ] || break
done
is "$kind $seen" "memfd:1 1" "each kind has its name"

run vfork
is "$(held keeps)" 2 "a vfork child that closes all closes its own"

run streams
is "$(held streams)" 2 "streams: fopen and opendir that were not closed, and nothing else"
is "$(total)" $((inherited + 2)) "streams: what their closing functions closed is closed"

run ranges
is "$(held drops)" 5 "close_range closes four of nine, and none when it only marks them"
is "$(held closed_in_ranges)" 0 "closefrom closes the copy"

run threads
is "$(held drops)" 0 "eight threads: nothing is left of 16000"
is "$(held churn)" 0 "eight threads: nor of their copies"
is "$(held keeps)" 1 "eight threads: and the one that stays is there"

run errno
for call in open close kept dup2; do like "$out" "^$call 1\$" "errno: $call"; done

run accept
is "$(labelled '"kind":"tcp"')" 5 "accept and accept4 are seen"
is "$(held accepted)" 5 "with who called them"

run received
is "$(grep -cE '^(sent|received|received two) 1$' <<<"$out")" 5 "descriptors are sent and received"
is "$(held receives)" 3 "recvmsg: three that came in one message belong to who received them"
is "$(held receives_two)" 2 "recvmmsg: one from each of two messages"

run rare
opened=$(grep -cE '^(queue|watch) 1$' <<<"$out") # where neither may be had, the rest counts
is "$(held rare)" $((2 + opened)) "pidfd_open, pidfd_getfd, mq_open, fanotify_init"
is "$(total)" $((inherited + 3 + opened)) "and mq_close closes"

run ring
if grep -q '^no ring$' <<<"$out"; then
    skip "no io_uring here"
    skip "no io_uring here"
else
    is "$(labelled '"kind":"io_uring", "opened":"unseen"')" 1 "a ring is one"
    is "$(total)" $((inherited + 2)) "and what was opened through it is there, opened unseen"
fi

LD_BIND_NOW=1 run altstack # the loader's own binding needs more stack than that
like "$out" '^below 1$' "on the least alternate stack nothing below it is written"
is "$(held keeps)" 1 "and the file is there, under its caller"
is "$(held drops)" 0 "and not what was closed"

run cancel
is "$out" "canceled 1" "a thread that waits in open can be canceled"
is "$(PPROF_OFF=1 timeout 120 "$build/tests/proc_descriptors" cancel)" "canceled 1" "also while switched off"

# Served, the profiler's own descriptors are no secret either.
out=$(PPROF_OFF=1 timeout 120 "$build/tests/proc_descriptors" kinds 2>&1 </dev/null)
like "$out" '^fd profile: total' "switched off by the environment the interface still answers"
is "$(held all_kinds)" 0 "and nothing was noted meanwhile"

LD_PRELOAD=$build/libpprof.so PPROF_OUT= bash -c "exec 9</etc/passwd; exec $build/tests/proc_descriptors none" >"$tmp/out" 2>&1 </dev/null
out=$(cat "$tmp/out")
is "$(total)" $((inherited + 1)) "an inherited file is counted"
is "$(labelled '"kind":"file", "opened":"unseen"')" "$(labelled '"kind":"file"')" "as opened unseen"
like "$out" '^# labels: \{"kind":"[a-z]+", "opened":"unseen"\}$' "with its kind"
