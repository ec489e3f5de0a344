#!/usr/bin/env bash
# The library itself under AddressSanitizer and UndefinedBehaviorSanitizer, scheduler and all, with the
# unit tests of goroutines on it (preset go-asan). tests/cli/go_sanitize.t has programs that are
# instrumented, on the library as it is shipped.
cd "$(dirname "$0")/../.." || exit 1
. tests/cli/tap.sh
need cmake
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
units=(chan select sched io sync context)
plan $((1 + ${#units[@]}))
export PPROF_QUIET=1 CK_DEFAULT_TIMEOUT=300
export ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1

cmake --preset go-asan -B "$dir/build" >"$dir/log" 2>&1 && cmake --build "$dir/build" --target pprof_so >>"$dir/log" 2>&1
ok $? "the library, instrumented" "$(tail -20 "$dir/log")"

for unit in "${units[@]}"; do
    "${CC:-cc}" -g -O1 -fsanitize=address,undefined -D_GNU_SOURCE -Itests -Iinclude "tests/unit/runtime_go_$unit.c" \
        -o "$dir/$unit" -L"$dir/build" -lpprof -Wl,-rpath,"$dir/build" -lcheck -lsubunit -lrt -lm -lpthread 2>"$dir/log"
    out=$(timeout 580 "$dir/$unit" 2>&1)
    status=$?
    is "$status $(grep -cE 'ERROR: Addr|runtime error' <<<"$out")" "0 0" "unit tests of $unit" \
        "$(cat "$dir/log"; grep -E '%:|:[EF]:|ERROR|runtime error|#[0-9]' <<<"$out" | head -20)"
done
