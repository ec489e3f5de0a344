#!/usr/bin/env bash
# Goroutines under ThreadSanitizer, AddressSanitizer and Valgrind: what is wrong is found, what is right
# is not reported, and the unit tests of goroutines pass.
cd "$(dirname "$0")/../.." || exit 1
. tests/cli/tap.sh
build=$(cd "${PP_BUILD:-build}" && pwd)
[ -e "$build/libpprof.so" ] || skip_all "no libpprof.so in $build"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cc=${CC:-cc}
export TSAN_OPTIONS=atexit_sleep_ms=0 ASAN_OPTIONS=detect_leaks=0 GOMAXPROCS=1

# with SANITIZER SOURCE LIBS... -> $dir/SANITIZER-NAME
with() {
    local name
    name=$(basename "$2" .c)
    "$cc" -g -O1 -fsanitize="$1" -D_GNU_SOURCE -Itests -Iinclude "$2" -o "$dir/$1-$name" \
        -L"$build" -lpprof -Wl,-rpath,"$build" "${@:3}" -lpthread 2>"$dir/cc.log"
}
units=(chan select sched io)
plan $((4 + 5 + 2 + 2 * ${#units[@]}))

if with thread tests/process/go_watched.c; then
    out=$(timeout 120 "$dir/thread-go_watched" race 2>&1)
    like "$out" 'ThreadSanitizer: data race' "TSan: a race between goroutines of one thread"
    like "$out" 'in add_to_shared' "TSan: where"
    out=$(timeout 120 "$dir/thread-go_watched" ordered 2>&1)
    is $? 0 "TSan: a channel orders"
    timeout 120 "$dir/thread-go_watched" clean >/dev/null 2>&1
    is $? 0 "TSan: nothing to report"
else
    for _ in 1 2 3 4; do skip "no ThreadSanitizer: $(head -1 "$dir/cc.log")"; done
fi

if with address tests/process/go_watched.c; then
    out=$(timeout 120 "$dir/address-go_watched" overflow 2>&1)
    like "$out" 'AddressSanitizer: heap-buffer-overflow' "ASan: an overflow in a goroutine"
    like "$out" 'in overflow ' "ASan: where"
    out=$(timeout 120 "$dir/address-go_watched" stack 2>&1)
    like "$out" 'AddressSanitizer: stack-buffer-overflow' "ASan: an overflow on its stack"
    like "$out" 'in stack_overflow ' "ASan: where"
    timeout 120 "$dir/address-go_watched" clean >/dev/null 2>&1
    is $? 0 "ASan: nothing to report"
else
    for _ in 1 2 3 4 5; do skip "no AddressSanitizer: $(head -1 "$dir/cc.log")"; done
fi

if command -v valgrind >/dev/null && [ -x "$build/tests/proc_go_watched" ]; then
    out=$(timeout 300 valgrind --error-exitcode=3 "$build/tests/proc_go_watched" clean 2>&1)
    is $? 0 "Valgrind: nothing to report"
    unlike "$out" 'client switching stacks' "Valgrind knows the stacks"
else
    for _ in 1 2; do skip "no valgrind"; done
fi

for sanitizer in thread address; do
    for unit in "${units[@]}"; do
        if with $sanitizer tests/unit/runtime_go_"$unit".c -lcheck -lsubunit -lrt -lm; then
            out=$(GOMAXPROCS=2 timeout 580 "$dir/$sanitizer-runtime_go_$unit" 2>&1)
            is "$?$(grep -c 'WARNING: ThreadS\|ERROR: Addr' <<<"$out")" 00 \
                "$sanitizer: unit tests of $unit" "$(grep -E '%:|:[EF]:|SUMMARY' <<<"$out" | head)"
        else
            skip "$sanitizer: $(head -1 "$dir/cc.log")"
        fi
    done
done
