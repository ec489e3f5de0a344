#!/usr/bin/env bash
# What it costs that each wait is seen: where and since when is noted at a park and looked at when
# one is readied. Beside a library built without it; a round is one, the other twice, the one again, at
# real-time priority where that is allowed; ns a park, medians and spread.
# usage: bench/go_seen.sh BUILD [ROUNDS]
set -uo pipefail
build=$(cd "${1:?usage: bench/go_seen.sh BUILD [ROUNDS]}" && pwd)
rounds=${2:-15}
source=$(cd "$(dirname "$0")/.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export PPROF_QUIET=1 GOMAXPROCS=1

unseen=$build/unseen
cmake -B "$unseen" -G Ninja -S "$source" -DPPROF_TOOL=OFF -DPPROF_TESTS=OFF \
    -DCMAKE_C_FLAGS=-DPP_GO_UNSEEN >/dev/null && ninja -C "$unseen" pprof_so >/dev/null || exit 1

first=()
chrt -f 1 true 2>/dev/null && first=(chrt -f 1)

# run LIBRARY-DIR NAME PARKS: ns a park
run() {
    LD_LIBRARY_PATH=$1 "${first[@]}" "$build/bench/go_micro" "$2" 1 2>/dev/null |
        awk -v n="$3" '{ print $2 / n }'
}
middle() {
    sort -n "$1" |
        awk '{ v[NR] = $1 } END { printf "%.2f (%.2f..%.2f)", v[int((NR + 1) / 2)], v[1], v[NR] }'
}

echo "### a park that is seen, ns: median (least..most of $rounds)"
echo
echo "| | noted | not noted | difference |"
echo "|---|---|---|---|"
for thing in pingpong:2 select:1; do
    name=${thing%:*} parks=${thing#*:}
    for _ in $(seq "$rounds"); do
        noted=$(run "$build" "$name" "$parks")
        without=$(run "$unseen" "$name" "$parks"; run "$unseen" "$name" "$parks")
        noted+=$'\n'$(run "$build" "$name" "$parks")
        echo "$noted" >>"$dir/$name.noted"
        echo "$without" >>"$dir/$name.without"
        paste <(echo "$noted") <(echo "$without") |
            awk '{ sum += $1 - $2 } END { print sum / NR }' >>"$dir/$name.difference"
    done
    printf '| %s ' "$name"
    for what in noted without difference; do
        printf '| %s ' "$(middle "$dir/$name.$what")"
    done
    echo '|'
done
