#!/usr/bin/env bash
# What pprof attach must leave alone, each with its own sentence, exit status 2 and the process as it was. More of them,
# that need no such preparation, are in attach.t.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
. tests/cli/attach.sh
[ "$(uname -m)" = x86_64 ] || skip_all "attaching is for x86-64"
need cc
room
attach_or_skip
plan 21
refuses=$build/tests/proc_refuses

# Starts it; the process that is meant is in $shown. usage: begin_as HOW [COMMAND...]
begin_as() {
    local how=$1
    shift
    begin "$tmp/$how" "$@" "$refuses" "$how"
    await "$tmp/$how" '^ready'
    shown=$(sed -n 's/^ready //p' "$tmp/$how")
}

# Two results: the sentence, and a process that goes on. usage: refused REGEX NAME COMMAND...
refused() {
    local wanted=$1 name=$2 out status
    shift 2
    out=$("$@" 2>&1)
    status=$?
    like "$status: $out" "^2: .*$wanted" "$name"
    ok "$(kill -0 "$shown" 2>/dev/null; echo $?)" "$name: it lives"
}

begin_as filter
refused 'filters its own system calls.*--force' "a seccomp filter of its own" "$pprof" attach "$shown"
out=$("$pprof" attach --force "$shown" 2>&1)
is $? 0 "--force attaches all the same" "$out"
like "$out" '^process [0-9]+ serves ' "and says where"

begin_as strict
in_read() { [ "$(cut -d' ' -f1 "/proc/$shown/syscall")" = 0 ]; }
until_true in_read
refused 'strict seccomp' "strict seccomp" "$pprof" attach "$shown"
refused 'strict seccomp' "strict seccomp, forced" "$pprof" attach --force "$shown"

begin_as zombie
refused 'it has ended' "a zombie" "$pprof" attach "$shown"

# Programs that are not for us.
cat >"$tmp/bare.c" <<'C'
void _start(void)
{
    for (;;) {
    }
}
C
is_program() { [ "$(readlink "/proc/$pid/exe")" = "$1" ]; }
if cc -m32 -static -nostdlib -ffreestanding -fno-pic -fcf-protection=none -o "$tmp/bare32" "$tmp/bare.c" 2>"$tmp/err" &&
    { "$tmp/bare32" & pid=$!; pids+=("$pid"); until_true is_program "$tmp/bare32"; }; then
    shown=$pid
    refused '32-bit program' "a 32-bit program" "$pprof" attach "$pid"
    kill -KILL "$pid"; wait "$pid" 2>/dev/null
else
    skip "no 32-bit programs here: $(head -1 "$tmp/err")"
    skip "no 32-bit programs here"
fi
if command -v musl-gcc >/dev/null; then
    echo 'int main(void) { for (;;) { __builtin_ia32_pause(); } }' >"$tmp/loop.c"
    musl-gcc -o "$tmp/musl" "$tmp/loop.c" && begin /dev/null "$tmp/musl"
    until_true is_program "$tmp/musl"
    shown=$pid
    has_musl() { grep -q 'musl' "/proc/$pid/maps"; }
    until_true has_musl
    refused 'musl.*glibc' "a program of musl" "$pprof" attach "$pid"
    kill -KILL "$pid"; wait "$pid" 2>/dev/null
else
    skip "no musl-gcc here"
    skip "no musl-gcc here"
fi

# Another user, who may trace what is its own and nothing else.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null && ! findmnt -no OPTIONS -T "$tmp" | grep -q nosuid; then
    nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    mkdir "$tmp/public"
    cp "$pprof" "$build"/libpprof.so* "$refuses" "$tmp/public"
    cp "$refuses" "$tmp/public/raised"
    chmod 711 "$tmp"
    chmod u+s "$tmp/public/raised"
    refuses=$tmp/public/proc_refuses
    begin_as plain "${nobody[@]}"
    out=$("${nobody[@]}" "$tmp/public/pprof" attach "$shown" 2>&1)
    is $? 0 "another user may attach to its own" "$out"
    begin_as undumpable "${nobody[@]}"
    refused 'undumpable' "a process that made itself undumpable" "${nobody[@]}" "$tmp/public/pprof" attach "$shown"
    refuses=$tmp/public/raised
    begin_as plain "${nobody[@]}"
    refused 'raised rights \(setuid\)|may not be traced' "a setuid program" "${nobody[@]}" "$tmp/public/pprof" attach "$shown"
else
    for _ in 1 2 3 4 5; do skip "needs root to be another user, and a folder for setuid programs"; done
fi

# Yama, whose switch we show the tool in a file system of our own: the machine's stays as it is.
begin_sleep
shown=$pid
cat >"$tmp/yama" <<'SH'
mount -t tmpfs none /proc/sys/kernel && mkdir /proc/sys/kernel/yama && echo 1 >/proc/sys/kernel/yama/ptrace_scope || exit 77
exec strace -f -o /dev/null -e trace=ptrace -e inject=ptrace:error=EPERM "$@"
SH
if command -v strace >/dev/null && unshare -m sh -c 'mount -t tmpfs none /proc/sys/kernel' 2>/dev/null &&
    strace -o /dev/null true 2>/dev/null; then
    refused 'ptrace_scope is 1\); use sudo' "a kernel that forbids it (yama)" \
        unshare -m sh "$tmp/yama" "$pprof" attach "$shown"
else
    skip "no mounts of our own here, or no strace"
    skip "no mounts of our own here, or no strace"
fi
