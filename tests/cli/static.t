#!/usr/bin/env bash
# libpprof.a in a static program: locks, threads and files work, profiles are whole, and a link that
# would leave the program without an allocator does not succeed.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
build=$PWD/build
[ -n "${PP_BUILD:-}" ] && build=$(cd "$PP_BUILD" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
echo 'int main(void) { return 0; }' >"$tmp/empty.c"
cc -static -o "$tmp/empty" "$tmp/empty.c" 2>/dev/null || skip_all "no static libc here"
plan 8

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
