#!/usr/bin/env bash
# The web pages beside google/pprof's: time to the first picture and to a refilter, weight of the page, memory; and the
# frame times of a scripted pan and zoom over a million samples. Prints a Markdown table.
# Without GOOGLE_PPROF (a google/pprof binary) its column stays empty. usage: bench/web.sh BUILD_DIR [ROUNDS]
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "${1:?usage: bench/web.sh BUILD_DIR [ROUNDS]}" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
if [ ! -d "$build/web-tests/node_modules/playwright-core" ]; then
    mkdir -p "$build/web-tests"
    cp "$here"/tests/web/package.json "$here"/tests/web/package-lock.json "$here"/tests/web/.npmrc "$build/web-tests"
    (cd "$build/web-tests" && npm ci --no-progress >&2)
fi
python3 "$here/tests/data/gen.py" --samples 220000 --depth 36 --funcs 4000 --locs 24000 "$dir/m.pb.gz"
python3 "$here/tests/data/gen.py" --samples 1000000 --depth 24 --funcs 8000 --locs 40000 "$dir/million.pb.gz"
PP_PLAYWRIGHT="$build/web-tests" PPROF_TMPDIR="$dir" node "$here/bench/web.mjs" "$dir" "$build/pprof" \
    "${GOOGLE_PPROF:-}" "${2:-3}"
