#!/usr/bin/env bash
# CPU time of redis-server per request: alone, under libpprof, under libpprof with a CPU profile taken all the time,
# and with jemalloc's own profiler on. How it is measured: requests.py.
# usage: redis.sh BUILD_DIR [STARTS [QUADS]]
set -euo pipefail
build=${1:?usage: redis.sh BUILD_DIR [STARTS [QUADS]]}
here=$(cd "$(dirname "$0")" && pwd)
"$here/requests.py" redis "$build" "${2:-40}" "${3:-8}" alone pprof pprof-cpu jemalloc-prof |
    "$here/stats.py" "redis-server: CPU time per request (set, get, lpush, lpop; 20 clients, pipeline 100)" us alone
