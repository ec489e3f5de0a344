#!/usr/bin/env bash
# Goroutines under ThreadSanitizer and AddressSanitizer: what is wrong is found, what is right
# is not reported, and the unit tests of goroutines and the mended kernels pass. The library is the one
# that is shipped; the sanitizers' programs find it as anybody's do.
cd "$(dirname "$0")/../.." || exit 1
. tests/cli/tap.sh
build=$(cd "${PP_BUILD:-build}" && pwd)
[ -e "$build/libpprof.so" ] || skip_all "no libpprof.so in $build"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cc=${CC:-cc}
export TSAN_OPTIONS=atexit_sleep_ms=0 GOMAXPROCS=1 CK_DEFAULT_TIMEOUT=300 PPROF_QUIET=1
export ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=1

# with SANITIZER NAME SOURCE... -> $dir/SANITIZER-NAME
with() {
    "$cc" -g -O1 -fsanitize="$1" -D_GNU_SOURCE -Itests -Iinclude "${@:3}" -o "$dir/$1-$2" \
        -L"$build" -lpprof -Wl,-rpath,"$build" -lcheck -lsubunit -lrt -lm -lpthread 2>"$dir/cc.log"
}

# reported TEXT: how often a sanitizer found something
reported() { grep -cE 'WARNING: ThreadS|ERROR: Addr' <<<"$1"; }

units=(chan select sched io sync context)
plan $((4 + 7 + 2 * (${#units[@]} + 1)))

if with thread go_watched tests/process/go_watched.c; then
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

if with address go_watched tests/process/go_watched.c; then
    out=$(timeout 120 "$dir/address-go_watched" overflow 2>&1)
    like "$out" 'AddressSanitizer: heap-buffer-overflow' "ASan: an overflow in a goroutine"
    like "$out" 'in overflow ' "ASan: where"
    out=$(timeout 120 "$dir/address-go_watched" stack 2>&1)
    like "$out" 'AddressSanitizer: stack-buffer-overflow' "ASan: an overflow on its stack"
    like "$out" 'in stack_overflow ' "ASan: where"
    out=$(timeout 120 "$dir/address-go_watched" returned 2>&1)
    like "$out" 'AddressSanitizer: stack-use-after-return' "ASan: a local of a function that returned"
    like "$out" 'in use_returned ' "ASan: where"
    timeout 120 "$dir/address-go_watched" clean >/dev/null 2>&1
    is $? 0 "ASan: nothing to report"
else
    for _ in 1 2 3 4 5 6 7; do skip "no AddressSanitizer: $(head -1 "$dir/cc.log")"; done
fi

# passes NAME COMMAND...: with status 0, and nothing reported
passes() {
    local out status
    out=$(GOMAXPROCS=2 timeout 580 "${@:2}" 2>&1)
    status=$?
    is "$status $(reported "$out")" "0 0" "$1" \
        "$(grep -E '%:|:[EF]:|SUMMARY|ThreadS|Addr' <<<"$out" | head -20)"
}

for sanitizer in thread address; do
    for unit in "${units[@]}"; do
        if with $sanitizer "$unit" tests/unit/runtime_go_"$unit".c; then
            passes "$sanitizer: unit tests of $unit" "$dir/$sanitizer-$unit"
        else
            skip "$sanitizer: $(head -1 "$dir/cc.log")"
        fi
    done
    if with $sanitizer kernels tests/kernels/*.c; then
        passes "$sanitizer: the kernels' fixed forms" "$dir/$sanitizer-kernels" fixed
    else
        skip "$sanitizer: $(head -1 "$dir/cc.log")"
    fi
done
