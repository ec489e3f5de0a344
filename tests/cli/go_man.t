#!/usr/bin/env bash
# pprof/go.h, the library and libpprof-go(3) name the same functions, and the page's example works.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
build=$(cd "${PP_BUILD:-build}" && pwd) || exit 2
[ -e "$build/libpprof.so" ] || skip_all "no libpprof.so in $build"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
plan 6

# One line a declaration: comments and line ends away.
declared=$(sed 's#/\*.*\*/##; /\/\*/,/\*\//d' include/pprof/go.h | tr '\n' ' ' |
    grep -oE 'PPROF_API [^;]*\bgo_[a-z_]+\(' | grep -oE 'go_[a-z_]+\($' | tr -d '(' | sort -u)
[ "$(wc -l <<<"$declared")" -gt 90 ]
ok $? "the header's declarations are found" "$(wc -l <<<"$declared")"
exported=$(nm -D --defined-only "$build/libpprof.so" | awk '$3 ~ /^go_/ { print $3 }' | grep -vx go_debug_layout | sort -u)
is "$exported" "$declared" "each is defined in the library, and nothing else but the debugger's table"
page=$(sed -n '/^\.SH SYNOPSIS/,/^\.SH DESCRIPTION/p' docs/man/libpprof-go.3 |
    grep -oE '\bgo_[a-z_]+\(' | tr -d '(' | sort -u)
is "$(comm -23 <(grep -vxE 'go_errno|go_lookup_with|go_with_(begin|end)' <<<"$declared") <(cat <<<"$page"))" "" \
    "each is in the page's synopsis"

shown=$(grep -vxE 'go_errno|go_lookup_with|go_with_(begin|end)' <<<"$declared")
page=$(sed -n '/^\.SH FUNCTIONS/,/^\.SH SEEING/p' docs/man/libpprof-go.3 |
    sed -n '/^\.T[PQ]$/{n; s/\\f[BR]/ /g; p}' | grep -oE '\bgo_[a-z_]+' | sort)
is "$(comm -23 <(echo "$shown") <(sort -u <<<"$page"))" "" "each is under FUNCTIONS"
is "$(uniq -d <<<"$page")" "" "once"

{ echo '#include <pprof/go.h>' && sed -n '/^\.SH EXAMPLES/,/^\.fi/p' docs/man/libpprof-go.3 |
    sed '/^\./d; s/\\-/-/g'; } >"$tmp/example.c"
${CC:-cc} -Wall -Werror -Iinclude "$tmp/example.c" -o "$tmp/example" -L"$build" -lpprof \
    -Wl,-rpath,"$build" 2>"$tmp/err" && PPROF_QUIET=1 timeout 60 "$tmp/example"
ok $? "the page's example is compiled and runs" "$(cat "$tmp/err")"
