#!/usr/bin/env bash
# Goroutines under Valgrind: it knows their stacks, and finds nothing in unit tests of goroutines.
cd "$(dirname "$0")/../.." || exit 1
. tests/cli/tap.sh
build=$(cd "${PP_BUILD:-build}" && pwd)
need valgrind
[ -x "$build/tests/proc_go_watched" ] || skip_all "no proc_go_watched in $build"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export PPROF_QUIET=1 CK_DEFAULT_TIMEOUT=300 GOMAXPROCS=2 GO_TEST_SHORT=1
under=(timeout 580 valgrind --error-exitcode=3)
units=(chan select sched io sync context)
plan $((3 + ${#units[@]}))

out=$("${under[@]}" "$build/tests/proc_go_watched" clean 2>&1)
is $? 0 "nothing to report" "$out"
unlike "$out" 'client switching stacks' "it knows the stacks"

said=$(grep -E '^--[0-9]+-- (WARNING|sigprocmask)' <<<"$out")
for unit in "${units[@]}"; do
    "${CC:-cc}" -g -O1 -D_GNU_SOURCE -Itests -Iinclude "tests/unit/runtime_go_$unit.c" -o "$dir/$unit" \
        -L"$build" -lpprof -Wl,-rpath,"$build" -lcheck -lsubunit -lrt -lm -lpthread
    out=$("${under[@]}" -q "$dir/$unit" 2>&1)
    ok $? "unit tests of $unit" "$(grep -E '^==|%:|:[EF]:' <<<"$out" | head -40)"
    said+=$(grep -E '^--[0-9]+-- (WARNING|sigprocmask)' <<<"$out")
done
is "$said" "" "Valgrind has nothing to say of our own calls to the kernel"
