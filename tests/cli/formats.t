#!/usr/bin/env bash
# Formats of other programs, in and out.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
pprof=$(realpath "${PP_BUILD:-build}/pprof")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
ulimit -f 200000
plan 18

printf 'main;a;b 12\nmain;a 3\nmain;c d;say "x\\" 5\nmain;a;b 1\n' >"$dir/in"
top=$("$pprof" -top "$dir/in" 2>/dev/null)
like "$top" '^ +13 61\.90% 61\.90% +13 61\.90%  b$' "folded: equal stacks are summed"
"$pprof" -folded "$dir/in" >"$dir/out" 2>/dev/null
is "$("$pprof" -top "$dir/out" 2>/dev/null)" "$top" "folded out and in again: the same -top"

printf 'main;a;b 12\nno count\n' >"$dir/bad"
like "$("$pprof" -top "$dir/bad" 2>&1)" 'unrecognized profile format' "other text is no folded stacks"

if command -v python3 >/dev/null; then
    got=$("$pprof" -json "$dir/in" 2>/dev/null | python3 -c 'import json, sys
r = json.load(sys.stdin)
print(r["type"], r["unit"], r["total"], [(x["name"], x["flat"], x["cum"]) for x in r["rows"]][:2])')
    is "$got" "samples count 21 [('b', 13, 13), ('say \"x\\\\\"', 5, 5)]" "json holds top's rows"
    got=$("$pprof" -speedscope "$dir/in" 2>/dev/null | python3 -c 'import json, sys
r = json.load(sys.stdin)
p = r["profiles"][0]
names = [f["name"] for f in r["shared"]["frames"]]
print(p["type"], p["endValue"], p["weights"], [names[i] for i in p["samples"][0]])')
    is "$got" "sampled 21 [13, 3, 5] ['main', 'a', 'b']" "speedscope holds the stacks, root first"
else
    skip "python3 is not installed"
    skip "python3 is not installed"
fi

spin='i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done'
if perf record -q -e cpu-clock -g -o "$dir/perf.data" sh -c "$spin" >/dev/null 2>&1; then
    counted=$(perf script -F ip,sym -i "$dir/perf.data" -G -F comm 2>/dev/null | grep -c .)
    raw=$("$pprof" -raw "$dir/perf.data" 2>/dev/null)
    total=$(awk '/^Samples:/ {on = 1; next} /^Locations/ {on = 0}
        on && $2 ~ /:$/ {sum += $1} END {print sum}' <<<"$raw")
    is "$total" "$counted" "perf.data: as many samples as perf counts"
    "$pprof" -symbolize=none -raw - <"$dir/perf.data" 2>/dev/null | sed -n '/^Samples/,$p' | cmp -s - \
        <("$pprof" -symbolize=none -raw "$dir/perf.data" 2>/dev/null | sed -n '/^Samples/,$p')
    ok $? "perf.data: from standard input"
    perf record -q -e cpu-clock -g -o - sh -c "$spin" 2>/dev/null |
        "$pprof" -symbolize=none -top - >"$dir/top" 2>&1
    like "$(cat "$dir/top")" '^Type: cpu-clock_event$' "perf.data: straight from a pipe"
    perf script -i "$dir/perf.data" >"$dir/script" 2>/dev/null
    is "$("$pprof" -symbolize=none -tags "$dir/script" 2>/dev/null)" \
        "$("$pprof" -symbolize=none -tags "$dir/perf.data" 2>/dev/null)" "perf script: the same samples"
    like "$raw" '^ *[0-9]+: 0x[0-9a-f]+/0x[0-9a-f]+/0x[0-9a-f]+ /.*sh [0-9a-f]{40}' \
        "perf.data: mappings have build ids"
    want=$(perf script -i "$dir/perf.data" -F ip,sym --no-inline 2>/dev/null | awk '$1 ~ /^ffffffff/ && $2 != "[unknown]" {
        print $2; exit}')
    if [ -z "$want" ] || ! grep -q '^[^ ]*[1-9a-f][^ ]* ' /proc/kallsyms 2>/dev/null; then
        skip "perf names no frame of the kernel here"
    else
        like "$raw" "M=[0-9]+ $want :0:0" "perf.data: the kernel's functions have names"
    fi
    perf record -q -z -e cpu-clock -g -o "$dir/packed" sh -c "$spin" >/dev/null 2>&1
    if ! perf script -i "$dir/packed" 2>/dev/null | grep -q . ||
        ! ldconfig -p | grep -q 'libzstd\.so\.1'; then
        skip "perf does not compress here, or libzstd is not installed"
    else
        counted=$(perf script -F ip,sym -i "$dir/packed" -G -F comm 2>/dev/null | grep -c .)
        raw=$("$pprof" -symbolize=none -raw "$dir/packed" 2>/dev/null)
        is "$(awk '/^Samples:/ {on = 1; next} /^Locations/ {on = 0}
            on && $2 ~ /:$/ {sum += $1} END {print sum}' <<<"$raw")" "$counted" \
            "perf record -z: as many samples as perf counts"
    fi
else
    for _ in 1 2 3 4 5 6 7; do skip "perf cannot record here"; done
fi

printf 'goroutine 7 [chan receive, 2 minutes]:\nmain.(*T).work(0xc0, {0x1})\n\t/m.go:12 +0x1d\ncreated by main.main\n\t/m.go:7 +0x4c\n\n' \
    >"$dir/one"
cat "$dir/one" "$dir/one" >"$dir/dump"
is "$("$pprof" -folded "$dir/dump" 2>/dev/null)" "main.(*T).work 2" "goroutine dump: equal ones are counted"

printf 'sh 12 [001] 2.5: 7 faults:\n\t55d0 leaf+0x1 (/bin/sh)\n\t55e0 main+0x7 (/bin/sh)\n' >"$dir/script"
is "$("$pprof" -folded -sample_index=1 "$dir/script" 2>/dev/null)" "main;leaf 7" "perf script is read as it is"

# a frame of one block that is stored: magic, descriptor, size and kind of the block, bytes
printf '\x28\xb5\x2f\xfd\x20\x08\x41\x00\x00main;a 3' >"$dir/stored.zst"
if ldconfig -p | grep -q 'libzstd\.so\.1'; then
    is "$("$pprof" -folded "$dir/stored.zst" 2>/dev/null)" "main;a 3" "zstd"
    head -c 14 "$dir/stored.zst" >"$dir/cut.zst"
    like "$("$pprof" -top "$dir/cut.zst" 2>&1)" '^.*/cut.zst: decompressing profile: unexpected EOF$' \
        "zstd that is cut short is an error"
else
    skip "libzstd is not installed"
    skip "libzstd is not installed"
fi

# a small machine, as far as the C library's word for its memory goes
cat >"$dir/small.c" <<'C'
#include <dlfcn.h>
#include <unistd.h>
long sysconf(int name)
{
    long (*real)(int) = (long (*)(int))dlsym(RTLD_NEXT, "sysconf");
    return name == _SC_PHYS_PAGES ? (64 << 20) / real(_SC_PAGESIZE) : real(name);
}
C
if cc -D_GNU_SOURCE -shared -fPIC -o "$dir/small.so" "$dir/small.c" 2>/dev/null; then
    head -c 100000000 /dev/zero | gzip >"$dir/bomb.gz"
    out=$(LD_PRELOAD="$dir/small.so" "$pprof" -top "$dir/bomb.gz" 2>&1)
    is $? 2 "what unpacks to more than the machine holds is an error"
    like "$out" '^.*/bomb.gz: decompressing profile: (out of memory|more than 33554432 bytes)$' \
        "and says so"
else
    skip "no compiler here"
    skip "no compiler here"
fi
