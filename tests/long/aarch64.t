#!/usr/bin/env bash
# libpprof.a for aarch64, in a static program under qemu-user: heap, stacks, threads, a profile on the wire.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
out=$(tools/check-aarch64 run 2>&1)
status=$?
[ $status = 77 ] && skip_all "$out"
plan 2
is $status 0 "it is built and runs"
like "$out" 'run under qemu-user' "and says what ran"
