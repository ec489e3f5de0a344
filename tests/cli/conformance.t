#!/usr/bin/env bash
# Extra conformance cases, if present: outputs recorded from google/pprof, compared byte for byte.
# PPROF_EXTRA_CASES names the directory that holds bin/pprof-conformance and its data.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
build=$(cd "${PP_BUILD:-$here/../../build}" && pwd)
cases=${PPROF_EXTRA_CASES:-$here/../../../shared}
[ -x "$cases/bin/pprof-conformance" ] || skip_all "no extra conformance cases here"
need python3
plan 1
text=$("$cases/bin/pprof-conformance" "$build/pprof" 2>&1)
ok $? "every recorded output is met: $(tail -n 1 <<<"$text")" "$(head -n 40 <<<"$text")"
