#!/usr/bin/env bash
# C++ over allocators that serve operator new themselves: each block is seen, once, whichever operators are in front, theirs
# or those of the C++ runtime.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
need c++ ldconfig
room
plan 23

cat >"$tmp/new.cc" <<'CC'
#include <new>
struct S { char c[1000]; };
struct alignas(64) A { char c[1024]; };
static S *plain[100];
static A *aligned[50];
static char *arrays[40];
extern "C" int pprof_write(const char *, int, int) __attribute__((weak));
__attribute__((noinline)) static void make_plain() { for (auto &k : plain) k = new S; }
__attribute__((noinline)) static void make_aligned() { for (auto &k : aligned) k = new A; }
__attribute__((noinline)) static void make_arrays() { for (auto &k : arrays) k = new (std::nothrow) char[500]; }
int main()
{
    make_plain();
    make_aligned();
    make_arrays();
    for (int i = 0; i < 60; i++) delete plain[i];
    for (int i = 0; i < 10; i++) delete aligned[i];
    for (int i = 0; i < 5; i++) delete[] arrays[i];
    return pprof_write ? pprof_write("heap", 1, 1) : 3;
}
CC
c++ -std=c++17 -O1 -o "$tmp/new" "$tmp/new.cc"
ok $? "the program builds"
library=$build/libpprof.so

# usage: under PRELOAD PROGRAM
under() { PPROF_QUIET=1 PPROF_HEAP_RATE=1 LD_PRELOAD=$1 timeout 60 "$2" 2>&1; }

# "COUNT: BYTES" of each function's live blocks: 40 of 1000 bytes, 40 of 1024, 35 of 500.
held() { awk '/^[0-9]+: [0-9]+ \[/ { what = $1 " " $2 } match($3, /make_[a-z]+/) && what {
        print substr($3, RSTART, RLENGTH - 1), what; what = "" }' | sort | tr '\n' ' '; }
whole="make_aligned 40: 40960 make_arrays 35: 17500 make_plain 40: 40000 "

is "$(under "$library" "$tmp/new" | held)" "$whole" "over glibc each block is counted once"
for name in jemalloc tcmalloc_minimal mimalloc; do
    path=$(ldconfig -p | sed -n "s/.*lib$name\.so\.[0-9.]*[0-9] .*=> //p" | head -1)
    if [ -z "$path" ]; then
        for _ in 1 2 3 4 5 6 7; do skip "no $name here"; done
        continue
    fi
    is "$(under "$library:$path" "$tmp/new" | held)" "$whole" "$name preloaded"
    like "$(under "$library:$path" "$tmp/new")" "malloc is that of .*lib$name.*and of its C[+][+] operator new" "$name: and it is said"
    is "$(under "$library:libstdc++.so.6:$path" "$tmp/new" | held)" "$whole" "$name preloaded, behind the C++ runtime"
    if c++ -std=c++17 -O1 -o "$tmp/linked" "$tmp/new.cc" -Wl,--no-as-needed "$path" 2>"$tmp/err"; then
        is "$(under "$library" "$tmp/linked" | held)" "$whole" "$name linked"
        is "$(PPROF_QUIET=1 PPROF_HEAP_RATE=1 "$build/pprof" run -- "$tmp/linked" 2>&1 | held)" "$whole" "$name linked, under pprof run"
        is "$(under "$library:libstdc++.so.6" "$tmp/linked" | held)" "$whole" "$name linked, behind the C++ runtime"
        is "$(PPROF_QUIET=1 PPROF_HEAP_RATE=1 LD_PRELOAD=libstdc++.so.6 "$build/pprof" run -- "$tmp/linked" 2>&1 | held)" "$whole" \
            "$name linked, behind the C++ runtime, under pprof run"
    else
        for _ in 1 2 3 4; do skip "cannot link $name: $(head -1 "$tmp/err")"; done
    fi
done
