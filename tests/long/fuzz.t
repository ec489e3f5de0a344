#!/usr/bin/env bash
# Every fuzz target under libFuzzer, FUZZ_SECONDS each (default 120), starting from its corpus.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
command -v clang >/dev/null || skip_all "no clang here (libFuzzer comes with it)"
tools/build fuzz >/dev/null 2>&1 || {
    plan 1
    ok 1 "the fuzz preset builds" "$(tools/build fuzz 2>&1 | tail -20)"
    exit 1
}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
targets=(build-fuzz/fuzz/fuzz_*)
plan ${#targets[@]}
for target in "${targets[@]}"; do
    name=${target##*/fuzz_}
    mkdir -p "$tmp/$name" "fuzz/corpus/$name"
    "$target" -max_total_time="${FUZZ_SECONDS:-120}" -timeout=10 -rss_limit_mb=4096 -max_len=65536 -print_final_stats=1 \
        -artifact_prefix="$tmp/" "$tmp/$name" "fuzz/corpus/$name" >"$tmp/$name.log" 2>&1
    ok $? "$name: $(sed -n 's/.*number_of_executed_units: *//p' "$tmp/$name.log") inputs" "$(tail -30 "$tmp/$name.log")"
done
