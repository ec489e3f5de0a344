#!/usr/bin/env bash
# What heap sampling at the default rate costs: glibc alone, libpprof before it, Debian's jemalloc and gperftools'
# allocator without and with their own samplers at the same rate, and heaptrack, which traces every call (its rows go
# nowhere, and it gets a fiftieth of the work). A round runs all variants forth and back (A B C D D C B A). Peers that
# are not installed are left out. Runs are short and many: drift of the machine is larger than what is looked for.
# usage: heap.sh BUILD_DIR [ROUNDS]
set -euo pipefail
build=$(cd "${1:?usage: heap.sh BUILD_DIR [ROUNDS]}" && pwd)
rounds=${2:-30}
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
taskset -cp $(($(nproc) - 1)) $$ >/dev/null # this shell and all it starts
library() { ldconfig -p | sed -n "s/.*$1.*=> //p" | head -1; }
jemalloc=${PP_JEMALLOC:-$(library 'libjemalloc\.so\.2')}
tcmalloc=$(library 'libtcmalloc\.so\.4')
heaptrack=$(find /usr/lib -name libheaptrack_preload.so 2>/dev/null | head -1)
ours=${PP_LIBPPROF:-$build/libpprof.so}
variants=(glibc libpprof-512K libpprof-off)
[ -z "$jemalloc" ] || variants+=(jemalloc jemalloc-prof-512K)
[ -z "$tcmalloc" ] || variants+=(gperftools gperftools-512K)
[ -z "$heaptrack" ] || variants+=(heaptrack)

run() { # VARIANT PROGRAM COUNT
    local variant=$1
    shift
    case $variant in
    glibc) "$@" ;;
    libpprof-512K) PPROF_QUIET=1 LD_PRELOAD=$ours "$@" ;;
    libpprof-off) PPROF_QUIET=1 PPROF_OFF=1 LD_PRELOAD=$ours "$@" ;;
    jemalloc) LD_PRELOAD=$jemalloc "$@" ;;
    jemalloc-prof-512K) MALLOC_CONF=prof:true,prof_active:true,lg_prof_sample:19 LD_PRELOAD=$jemalloc "$@" ;;
    gperftools) LD_PRELOAD=$tcmalloc "$@" ;;
    gperftools-512K) TCMALLOC_SAMPLE_PARAMETER=524288 LD_PRELOAD=$tcmalloc "$@" ;;
    heaptrack) DUMP_HEAPTRACK_OUTPUT=/dev/null LD_PRELOAD=$heaptrack "$1" $(($2 / 50)) ;;
    esac
}

backward() {
    local i
    for ((i = ${#variants[@]} - 1; i >= 0; i--)); do echo "${variants[i]}"; done
}

measure() { # TITLE UNIT PROGRAM COUNT
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

# One process takes turns between glibc's functions and the hooks (heap_mix.c): a few seconds tell half a percent.
measure_within() { # TITLE UNIT PROGRAM COUNT
    local title=$1 unit=$2 round variant direct hooked
    shift 2
    for round in $(seq "$rounds"); do
        for variant in libpprof-512K libpprof-off; do
            read -r direct hooked < <(run "$variant" "$@" within)
            printf '%s\n' "$variant-$round glibc $direct" "$variant-$round $variant $hooked"
        done
        echo "heap: $title: round $round of $rounds" >&2
    done >"$tmp/rows"
    "$here/stats.py" "$title" "$unit" glibc <"$tmp/rows"
}

measure "malloc(64) + free, called through the PLT" ns "$build/bench/heap_pair" "${PP_PAIRS:-6000000}"
measure "malloc(64) + free, built -fno-plt" ns "$build/bench/heap_pair_noplt" "${PP_PAIRS:-6000000}"
measure "mixed loop (11 GB/s allocated), a step" ns "$build/bench/heap_mix" "${PP_STEPS:-1000000}"
measure_within "mixed loop, both ways within one process, a step" ns "$build/bench/heap_mix" "${PP_STEPS:-1000000}"
measure "1 MiB allocated, written and freed" us "$build/bench/heap_big" "${PP_BUFFERS:-6000}"
