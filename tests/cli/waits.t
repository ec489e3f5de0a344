#!/usr/bin/env bash
# Blocking calls that few programs make: the waiter's stack is whole in a dump, `block` counts the wait when asked to, and
# a signal or a cancellation ends it as it does without us.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
room
waits() { timeout -s KILL 120 env "$@"; }
program=$build/tests/proc_rare_waits

# NAME, as the C library's function may be called in a dump, and the state it is shown in.
io='preadv2 preadv64v2=preadv2 pwritev2 pwritev64v2=pwritev2 splice tee vmsplice sendfile sendfile64=sendfile sendmmsg
mq_receive=mq_(timed)?receive mq_timedreceive mq_send=mq_(timed)?send mq_timedsend open open64=open(64)? openat
openat64=openat(64)? creat creat64=creat(64)?'
others='semtimedop@semacquire bsd_sigpause=sig(pause|suspend)@signal_wait xpg_sigpause=(__xpg_sigpause|sigsuspend)@signal_wait'
once='syncfs close msync sync_file_range fsync fdatasync preadv pwritev copy_file_range tcdrain getrandom getentropy waitpid
sigwaitinfo'
# shellcheck disable=SC2086
plan $(($(wc -w <<<"$io $others") * 3 + $(wc -w <<<"$once") + 4))

out=$(waits "$program" park)
is $? 0 "threads wait in each"
# One line a thread: the state, then the functions from the leaf on.
dump=$(awk '/^goroutine / { sub(/^goroutine [0-9]+ /, ""); sub(/:$/, ""); line = $0 }
    /^[^\t ]*\(\.\.\.\)$/ { sub(/\(\.\.\.\)$/, ""); line = line "<" $0 } /^$/ { print line; line = "" } END { print line }' <<<"$out")
for way in $io $others; do
    state=IO_wait name=$way
    [[ $way == *@* ]] && state=${way#*@} name=${way%@*}
    function=${name#*=} name=${name%%=*}
    if grep -q "^$name, .*no such thing here" <<<"$out"; then
        for _ in 1 2 3; do skip "no $name here"; done
        continue
    fi
    like "$dump" "^\[${state/_/ }[^]]*\]<$function(<[^<]*)?<by_$name<park<" "$name waits, with its callers"
    like "$out" "^$name, a signal: EINTR\$" "a signal without SA_RESTART ends $name"
    case $name in
    sendfile* | semtimedop) like "$out" "^$name, a signal: EINTR\$" "$name is no point of cancellation" ;;
    *) like "$out" "^$name, cancelled: yes, cleaned up 1\$" "$name is cancelled, its clean-up runs once" ;;
    esac
done

block=$(waits PPROF_BLOCK_RATE=1 PPROF_BLOCK_IO=1 "$program")
is $? 0 "each is called once"
unlike "$block" '^(files|others): .*[1-9].* failed' "and succeeds"
stacks=$(awk '/^[0-9]/ { ns = $1 } /^#\t/ { sub(/\+.*/, "", $3); path = path "<" $3 } /^$/ { print ns, path; path = "" }' <<<"$block")
for name in $once; do
    like "$stacks" "^[0-9]+ <$name(64)?<.*once_" "block counts $name"
done
unlike "$(waits PPROF_BLOCK_RATE=1 "$program")" 'once_' "and none of them by itself"
