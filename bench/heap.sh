#!/usr/bin/env bash
# What heap sampling at the default rate costs: glibc alone, libpprof before it, and Debian's jemalloc without and with
# its own profiler at the same rate. A round runs all variants forth and back (A B C D D C B A).
# usage: heap.sh BUILD_DIR [ROUNDS]
set -euo pipefail
build=$(cd "${1:?usage: heap.sh BUILD_DIR [ROUNDS]}" && pwd)
rounds=${2:-10}
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
jemalloc=${PP_JEMALLOC:-$(ldconfig -p | sed -n 's/.*libjemalloc\.so\.2.*=> //p' | head -1)}
ours=${PP_LIBPPROF:-$build/libpprof.so}
variants=(glibc libpprof-512K libpprof-off)
[ -z "$jemalloc" ] || variants+=(jemalloc jemalloc-prof-512K)

run() { # VARIANT PROGRAM ARGS...
    local variant=$1
    shift
    case $variant in
    glibc) "$@" ;;
    libpprof-512K) PPROF_QUIET=1 LD_PRELOAD=$ours "$@" ;;
    libpprof-off) PPROF_QUIET=1 PPROF_OFF=1 LD_PRELOAD=$ours "$@" ;;
    jemalloc) LD_PRELOAD=$jemalloc "$@" ;;
    jemalloc-prof-512K) MALLOC_CONF=prof:true,prof_active:true,lg_prof_sample:19 LD_PRELOAD=$jemalloc "$@" ;;
    esac
}

backward() {
    local i
    for ((i = ${#variants[@]} - 1; i >= 0; i--)); do echo "${variants[i]}"; done
}

measure() { # TITLE UNIT PROGRAM ARGS...
    local title=$1 unit=$2 round variant
    shift 2
    for round in $(seq "$rounds"); do
        for variant in "${variants[@]}" $(backward); do
            echo "$round $variant $(run "$variant" "$@")"
        done
        echo "heap: $title: round $round of $rounds" >&2
    done >"$tmp/rows"
    "$here/stats.py" "$title" "$unit" glibc <"$tmp/rows"
}

measure "malloc(64) + free, called through the PLT" ns "$build/bench/heap_pair" "${PP_PAIRS:-20000000}"
measure "malloc(64) + free, built -fno-plt" ns "$build/bench/heap_pair_noplt" "${PP_PAIRS:-20000000}"
measure "mixed loop (11 GB/s allocated)" s "$build/bench/heap_mix" "${PP_STEPS:-3000000}"
measure "1 MiB allocated, written and freed" us "$build/bench/heap_big" "${PP_BUFFERS:-20000}"
