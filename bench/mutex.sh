#!/usr/bin/env bash
# What the mutex and block profiles cost: glibc alone, libpprof before it at default rates, and with both profiles off.
# A round runs all variants forth and back (A B C C B A). usage: mutex.sh BUILD_DIR [ROUNDS]
# PP_UNDER="chrt -f 50" runs them at real-time priority, which the fight of two threads needs on a machine that has
# other work: with one processor at a time they do not fight.
set -euo pipefail
build=$(cd "${1:?usage: mutex.sh BUILD_DIR [ROUNDS]}" && pwd)
rounds=${2:-10}
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
read -ra under <<<"${PP_UNDER:-}"
ours=${PP_LIBPPROF:-$build/libpprof.so}

run() {
    case $1 in
    glibc) "${under[@]}" "$build/bench/mutex" 3 ;;
    libpprof) PPROF_QUIET=1 LD_PRELOAD=$ours "${under[@]}" "$build/bench/mutex" 3 ;;
    libpprof-locks-off)
        PPROF_QUIET=1 PPROF_MUTEX_FRACTION=0 PPROF_BLOCK_RATE=0 LD_PRELOAD=$ours "${under[@]}" "$build/bench/mutex" 3
        ;;
    esac
}

for round in $(seq "$rounds"); do
    for variant in glibc libpprof libpprof-locks-off libpprof-locks-off libpprof glibc; do
        run "$variant" | sed "s/^/$round $variant /"
    done
    echo "mutex: round $round of $rounds" >&2
done >"$tmp/rows"

# "ROUND VARIANT NAME OF THE OPERATION NUMBER ns"
sed 's/^[0-9]* [^ ]* //; s/ *[0-9.]* ns$//' "$tmp/rows" | awk '!seen[$0]++' | while read -r name; do
    awk -v name="$name" 'index($0, " " name " ") { print $1, $2, $(NF - 1) }' "$tmp/rows" |
        "$here/stats.py" "$name" ns glibc
    echo
done
