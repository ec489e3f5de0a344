#!/usr/bin/env bash
# Who waits at a terminal is told so; nobody else is.
cd "$(dirname "$0")/../.." || exit 1
. tests/cli/tap.sh
pprof=$(realpath "${PP_BUILD:-build}/pprof")
command -v script >/dev/null || skip_all "script (bsdutils) is not installed"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export PPROF_TMPDIR=$dir
plan 5

python3 tests/data/gen.py "$dir/p.pb.gz"
mkfifo "$dir/slow"

# The profile comes only once the line of progress is there, or after a minute.
feed() {
    for _ in $(seq 600); do
        grep -qE 'reading: [0-9]+ s' "$dir/log" 2>/dev/null && break
        sleep 0.1
    done
    cat "$dir/p.pb.gz" >"$dir/slow"
}
feed &
feeder=$!
script -qfec "$pprof -symbolize=none -top $dir/slow" "$dir/log" </dev/null >/dev/null 2>&1
ok $? "the report ends well"
wait "$feeder"
like "$(tr '\r' '\n' <"$dir/log")" '^reading: [1-9][0-9]* s' "a terminal is told after a second"
text=$(tail -c +1 "$dir/log" | tr -d '\0')
[[ $text == *$'\r\033[K'*"File: "* ]]
ok $? "the line is wiped before the report" "$(head -c 500 "$dir/log" | od -c | head -20)"

(sleep 1.2 && cat "$dir/p.pb.gz" >"$dir/slow") &
feeder=$!
"$pprof" -symbolize=none -top "$dir/slow" >"$dir/out" 2>"$dir/err"
wait "$feeder"
is "$(cat "$dir/err")" "" "without a terminal nothing is said"
like "$(head -1 "$dir/out")" '^File: ' "and the report is the same"
