#!/usr/bin/env bash
# What CPU profiling at 100 Hz costs a busy thread with a 24-frame stack, here and by gperftools (left out where it is
# not installed); interleaved A B C C B A.
# usage: cpu.sh BUILD_DIR [ROUNDS]
set -euo pipefail
build=$(cd "${1:?usage: cpu.sh BUILD_DIR [ROUNDS]}" && pwd)
rounds=${2:-12}
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
profiler=$(ldconfig -p | sed -n 's/.*libprofiler\.so\.0.*=> //p' | head -1)
peer=${profiler:+gperftools-100Hz}
for round in $(seq "$rounds"); do
    for variant in alone pprof-100Hz $peer $peer pprof-100Hz alone; do
        case $variant in
        gperftools*)
            value=$(CPUPROFILE=$tmp/prof CPUPROFILE_FREQUENCY=100 LD_PRELOAD=$profiler "$build/bench/spin" 1500 2>/dev/null)
            ;;
        alone) value=$("$build/bench/spin" 1500) ;;
        *) value=$("$build/pprof" run --quiet -o "$tmp/out" -- "$build/bench/spin" 1500) ;;
        esac
        echo "$round $variant $value"
    done
    echo "cpu: round $round of $rounds" >&2
done >"$tmp/rows"
"$here/stats.py" "CPU profile at 100 Hz, 24-frame stack, one busy thread" s alone <"$tmp/rows"
