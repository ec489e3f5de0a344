#!/usr/bin/env bash
# Every fuzz target over its corpus, and over each file cut short at sixteen places.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
targets=(fuzz/targets/*.c)
plan ${#targets[@]}
for target in "${targets[@]}"; do
    name=$(basename "$target" .c)
    out=$("${PP_BUILD:-build}/fuzz/replay_$name" "fuzz/corpus/$name" 2>&1)
    ok $? "$name: $(grep -c '^ok' <<<"$out") files" "$(tail -20 <<<"$out")"
done
