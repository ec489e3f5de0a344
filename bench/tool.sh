#!/usr/bin/env bash
# The tool beside google/pprof on the same made-up profiles: median wall and processor time and peak memory, as tables.
# Without GOOGLE_PPROF (a google/pprof binary) those columns stay empty. LARGE=0 leaves the 1 GB file out, which takes
# some minutes to make. usage: bench/tool.sh BUILD_DIR [ROUNDS]
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "${1:?usage: bench/tool.sh BUILD_DIR [ROUNDS]}" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

gen() {
    python3 "$here/tests/data/gen.py" "${@:2}" "$dir/$1.pb.gz"
}
gen s --samples 10000 --depth 36 --funcs 1000 --locs 4000
gen m --samples 220000 --depth 36 --funcs 4000 --locs 24000
gen m2 --samples 200000 --depth 36 --funcs 4000 --locs 24000 --seed 2
gen mh --kind heap --samples 200000 --depth 36 --funcs 4000 --locs 12000 --labels 2
for i in $(seq -w 50); do
    gen "part$i" --samples 20000 --depth 36 --funcs 4000 --locs 24000 --seed "$((10#$i))"
done
[ "${LARGE:-1}" = 0 ] || python3 "$here/bench/large.py" "$dir/m.pb.gz" "$dir/large.pb.gz" 50
PPROF_TMPDIR=$dir python3 "$here/bench/tool.py" "$dir" "$build/pprof" "${GOOGLE_PPROF:-}" "${2:-3}" "$build/bench"
