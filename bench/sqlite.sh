#!/usr/bin/env bash
# CPU time of SQLite's shell per statement over a database in memory: alone, under libpprof, under libpprof with a CPU
# profile taken all the time, and over jemalloc and gperftools' allocator with their sampling on. How it is measured:
# requests.py. usage: sqlite.sh BUILD_DIR [STARTS [QUADS]]
set -euo pipefail
build=${1:?usage: sqlite.sh BUILD_DIR [STARTS [QUADS]]}
here=$(cd "$(dirname "$0")" && pwd)
"$here/requests.py" sqlite "$build" "${2:-40}" "${3:-6}" alone pprof pprof-cpu jemalloc-prof gperftools |
    "$here/stats.py" "sqlite3: CPU time per statement (selects, updates, replaces; in memory)" us alone
