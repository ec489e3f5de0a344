#!/usr/bin/env bash
# Goroutines in C++, and the header under every standard with all warnings.
cd "$(dirname "$0")/../.." || exit 1
. tests/cli/tap.sh
build=$(cd "${PP_BUILD:-build}" && pwd)
need g++
[ -e "$build/libpprof.so" ] || skip_all "no libpprof.so in $build"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export PPROF_QUIET=1
warnings=(-Wall -Wextra -Wshadow -Wconversion -Wcast-qual -Wundef -pedantic -Werror -Iinclude -fsyntax-only)
plan 17

g++ -std=c++17 -O1 -g -Iinclude -o "$dir/throws" tests/hosts/go_throws.cc -L"$build" -lpprof -Wl,-rpath,"$build"
for procs in 1 2; do
    GOMAXPROCS=$procs timeout 60 "$dir/throws" caught
    is $? 0 "exceptions that are caught stay with their goroutine, $procs at a time"
    GOMAXPROCS=$procs timeout 60 "$dir/throws" passing
    is $? 0 "and those that pass through a destructor, $procs at a time"
    GOMAXPROCS=$procs timeout 60 "$dir/throws" exits
    is $? 0 "go_exit runs destructors and cleanups, $procs at a time"
done
out=$(ulimit -c 0; PPROF_QUIET=0 timeout 60 "$dir/throws" swallows 2>&1)
is $? $((128 + $(kill -l ABRT))) "a catch-all that swallows go_exit ends the program"
like "$out" 'goroutine [0-9]+: go_exit was caught and not thrown on' "and is told"

cat >"$dir/use.c" <<'C'
#include <pprof/go.h>
int use(void);
int use(void)
{
    GO_WITH_TIMEOUT(GO_S) {
        GO_WITH_TIMEOUT(GO_MS) { go_yield(); }
    }
    errno = 0;
    return errno;
}
C
cp "$dir/use.c" "$dir/use.cc"
for standard in c99 c11 c17 gnu17; do
    out=$(gcc -std=$standard "${warnings[@]}" -Wstrict-prototypes "$dir/use.c" 2>&1)
    is "$?$out" 0 "the header as $standard"
done
for standard in c++11 c++17 c++20; do
    out=$(g++ -std=$standard "${warnings[@]}" "$dir/use.cc" 2>&1)
    is "$?$out" 0 "the header as $standard"
done
if command -v clang++ >/dev/null; then
    out=$(clang -std=c11 "${warnings[@]}" "$dir/use.c" 2>&1)
    is "$?$out" 0 "the header by clang"
    out=$(clang++ -std=c++17 "${warnings[@]}" "$dir/use.cc" 2>&1)
    is "$?$out" 0 "and as C++"
else
    skip "no clang"
    skip "no clang"
fi
