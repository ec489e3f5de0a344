#!/usr/bin/env bash
# Goroutines in gdb: live, from the core file of a crash, and from one that gdb writes.
cd "$(dirname "$0")/../.." || exit 1
. tests/cli/tap.sh
build=$(cd "${PP_BUILD:-build}" && pwd)
need gdb
[ -x "$build/tests/proc_go_parked" ] || skip_all "no proc_go_parked in $build"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export PPROF_QUIET=1
plan 21

with_gdb() { timeout 120 gdb -batch -nx -ex 'set pagination off' -ex 'set debuginfod enabled off' "$@" 2>&1; }
asked=(-ex 'source share/gdb/libpprof-gdb.py' -ex 'info goroutines' -ex 'echo \n=== one\n'
    -ex 'goroutine 5 bt' -ex 'echo \n=== locals\n' -ex 'goroutine 2 info frame'
    -ex 'echo \n=== all\n' -ex 'goroutine all bt')

# looks at OUTPUT of the commands above, called HOW
looks() {
    like "$1" '^goroutine 2 \[chan receive.*\] in waits_to_receive, started at starts_all' "$2: listed"
    like "$1" '^goroutine 8 \(the-reader\) \[IO wait' "$2: with names"
    is "$(sed -n '/=== one/,/=== locals/p' <<<"$1" | grep -c 'in select_below (depth')" 6 \
        "$2: one stack, with arguments"
    like "$(sed -n '/=== locals/,/=== all/p' <<<"$1")" 'waits_to_receive' "$2: any command there"
    is "$(sed -n '/=== all/,$p' <<<"$1" | grep -cE 'in (waits_[a-z_]+) \(arg')" 7 "$2: all stacks"
}

# As gdb is without a script of ours, and what it says to allow it.
parked=("$build/tests/proc_go_parked")
script=$(cd share/gdb && pwd -P)/libpprof-gdb.py
if grep -q 'exited normally' <<<"$(with_gdb -ex run --args true)"; then
    out=$(with_gdb -ex 'break main' -ex run "${parked[@]}")
    like "$out" "^[[:space:]]*(add-auto-load-safe-path $script)\$" "a build tree: gdb prints a command"
    out=$(with_gdb -iex "add-auto-load-safe-path $script" -ex 'set breakpoint pending on' \
        -ex 'break pprof_write' -ex run "${asked[@]:2}" --args "${parked[@]}" 2)
    like "$out" 'hit Breakpoint' "with it, a dump's signal stops nobody"
    looks "$out" live
    like "$out" '^goroutine 9 runs on thread LWP [0-9]+$' "live: and those that run"
else
    for _ in 1 2 3 4 5 6 7 8; do skip "gdb cannot run programs here"; done
fi

(cd "$dir" && ulimit -c unlimited && exec timeout 60 "$build/tests/proc_go_parked" crash) >/dev/null 2>&1
core=$(find "$dir" -name 'core*' | head -1)
if [ -n "$core" ]; then
    out=$(with_gdb "${asked[@]}" "$build/tests/proc_go_parked" "$core")
    looks "$out" core
    like "$out" '^goroutine 9 runs on thread LWP [0-9]+$' "core: and those that run"
else
    for _ in 1 2 3 4 5 6; do skip "no core file is written here"; done
fi

mkfifo "$dir/in"
"$build/tests/proc_go_parked" stay <"$dir/in" >"$dir/stays" &
pid=$!
exec {hold}>"$dir/in"
for _ in $(seq 600); do
    grep -q parked "$dir/stays" && break
    sleep 0.1
done
with_gdb -p $pid -ex 'source share/gdb/libpprof-gdb.py' -ex "gcore $dir/written" >"$dir/gcore.log"
with_gdb -p $pid -ex "gcore $dir/plain" >/dev/null
exec {hold}>&-
wait $pid
if [ -s "$dir/written" ]; then
    like "$(with_gdb "${asked[@]:0:4}" "${parked[@]}" "$dir/plain")" 'lacks their stacks|^goroutine 2 ' \
        "gcore by a gdb without the script: said so"
    out=$(with_gdb "${asked[@]}" "$build/tests/proc_go_parked" "$dir/written")
    looks "$out" gcore
    like "$out" '^goroutine 9 runs on thread LWP [0-9]+$' "gcore: and those that run"
else
    for _ in 1 2 3 4 5 6 7; do skip "gdb attaches to nothing here: $(tail -1 "$dir/gcore.log")"; done
fi
