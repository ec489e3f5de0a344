#!/usr/bin/env bash
# The house's own laws, and that each check can fail.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
build=${PP_BUILD:-build}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

plan 11

out=$(tools/check-includes 2>&1)
ok $? "includes follow the arrows" "$out"

mkdir -p "$tmp/src/base" "$tmp/src/tool/report" "$tmp/src/runtime/capture"
echo '#include "tool/report/graph.h"' >"$tmp/src/base/up.c"
tools/check-includes "$tmp" >"$tmp/out"
is $? 1 "an include that goes up is caught"
echo '#include "tool/report/graph.h"' >"$tmp/src/runtime/capture/across.c"
rm "$tmp/src/base/up.c"
tools/check-includes "$tmp" >"$tmp/out"
is $? 1 "an include across the wings is caught"
rm -r "$tmp/src"
tools/check-includes "$tmp" >"$tmp/out"
is $? 2 "an empty list of files is not a pass"

out=$(tools/check-library "$build/libpprof.so" 2>&1)
ok $? "libpprof.so needs libc and nothing else" "$out"
echo 'int stray(void) { return 0; }' >"$tmp/stray.c"
cc -shared -fPIC -Wl,--no-as-needed -o "$tmp/stray.so" "$tmp/stray.c" -lm
tools/check-library "$tmp/stray.so" >"$tmp/out"
is $? 1 "a library that needs more, or exports strays, is caught"
grep -q 'needs libm' "$tmp/out"
ok $? "and the sentence says what it needs"

out=$(tools/check-sig "$build" 2>&1)
ok $? "code that signal handlers reach calls nothing it must not" "$out"
echo '#include <stdlib.h>
void *f_sig(void); void *f_sig(void) { return malloc(1); }' >"$tmp/bad_sig.c"
cc -c -o "$tmp/bad_sig.c.o" "$tmp/bad_sig.c"
tools/check-sig "$tmp" >"$tmp/out" 2>&1
is $? 1 "a handler that calls malloc is caught"

out=$(tools/check-aarch64 2>&1)
status=$?
if [ $status -eq 77 ]; then
    skip "$out"
else
    ok $status "the library compiles for aarch64" "$out"
fi

shown() { grep -oE "$1 .*leaky_server.c:[0-9]+" README.md | grep -oE '[0-9]+$' | head -1; }
is "$(shown session_open) $(shown audit_append) $(shown thumbnail_worker)" \
    "$(line_of leaky_server LEAK) $(line_of leaky_server TEMPORARY) $(line_of leaky_server WAITS)" \
    "README shows the leaking server's lines as they are"
