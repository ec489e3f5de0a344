#!/usr/bin/env bash
# The blocking bugs of tests/kernels: the broken form of each leaks at the marked lines, for the
# marked reasons, as the goroutine profile and the dump tell it; the fixed form leaks nothing.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
build=${PP_BUILD:-build}
[ -x "$build/tests/go_kernels" ] || skip_all "no go_kernels in $build/tests"
need addr2line
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export PPROF_QUIET=1 TMPDIR=$tmp
kernels=$build/tests/go_kernels
mapfile -t names < <(grep -ho 'LEAK [a-z]*/[0-9]*' tests/kernels/*.c | sort -u | cut -d' ' -f2)

plan $((3 + 3 * ${#names[@]}))
[ ${#names[@]} -ge 60 ]
ok $? "there are at least 60 of them" "${#names[@]}"

# NAME FILE:LINE REASON of every mark.
grep -n 'LEAK ' tests/kernels/*.c | sed -nE \
    's#^tests/kernels/([a-z]*\.c):([0-9]+):.*/\* LEAK ([a-z]+/[0-9]+): (.*) \*/.*#\3 \1:\2 \4#p' |
    sort -u >"$tmp/marks"

# NAME FILE:LINE of the profile: the label, and the innermost line of the program's.
profile_lines() {
    "$build/pprof" -traces -lines "$tmp/leaky.pb.gz" 2>/dev/null | awk '
        / kernel: / { name = $2 }
        /^ +[0-9]+ +[a-z0-9_]+ / && name { n = split($3, p, "/"); print name, p[n]; name = "" }' |
        sort -u
}

# A thread that loses its processor for long in a wrong moment breaks the order of events that a
# deadlock needs: then all of them run once more.
for _ in 1 2 3 4 5; do
    timeout 120 "$kernels" leaky "$tmp/leaky.pb.gz" >"$tmp/dump" 2>"$tmp/err"
    status=$?
    profile_lines >"$tmp/profile"
    cut -d' ' -f1,2 "$tmp/marks" | sort -u | cmp -s - "$tmp/profile" && break
done
is $status 0 "the broken forms run"
timeout 250 "$kernels" fixed >"$tmp/fixed" 2>"$tmp/stacks"
is $? 0 "the fixed forms run"

# FILE:LINE REASON of the dump: the address of each innermost frame, made a line.
nm "$kernels" | awk '$2 ~ /[tT]/ { print $3, $1 }' >"$tmp/symbols"
awk 'FNR == NR { at[$1] = $2; next }
    /^goroutine / { reason = $0; sub(/^[^[]*\[/, "", reason); sub(/(, [0-9]+ minutes)?\]:$/, "", reason); depth = 0; next }
    depth == 0 && /\(\.\.\.\)$/ { f = $0; sub(/\(.*/, "", f); depth = 1; next }
    depth == 1 { depth = 2; if (f in at) { print at[f], substr($NF, 4), reason } }' \
    "$tmp/symbols" "$tmp/dump" | sort -u >"$tmp/frames"
while read -r base offset reason; do
    printf '%x %s\n' $((16#$base + 16#$offset - 1)) "$reason"
done <"$tmp/frames" >"$tmp/addresses"
cut -d' ' -f1 "$tmp/addresses" | addr2line -e "$kernels" | sed 's#.*/##; s# .*##' |
    paste -d' ' - <(cut -d' ' -f2- "$tmp/addresses") | sort -u >"$tmp/seen"

for name in "${names[@]}"; do
    marks=$(grep "^$name " "$tmp/marks")
    is "$(grep "^$name " "$tmp/profile")" "$(cut -d' ' -f1,2 <<<"$marks" | sort -u)" \
        "$name: the profile has the marked lines, and no other"
    missing=$(cut -d' ' -f2- <<<"$marks" | grep -vxFf "$tmp/seen")
    is "$missing" "" "$name: and the dump has them with what they wait for"
    is "$(grep "^$name:" "$tmp/fixed")" "$name: 0 leak" "$name: its fixed form leaks nothing"
done
