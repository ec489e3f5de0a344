#!/usr/bin/env bash
# The pages about memory: where the resident memory is, MemStats, metrics; the heap's peak and ages; and that known
# mixes come back within their bounds.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
room
program=$build/tests/proc_memory
jemalloc=$(ldconfig -p | sed -n 's/.*libjemalloc\.so\.2.*=> //p' | head -1)
tcmalloc=$(ldconfig -p | sed -n 's/.*libtcmalloc_minimal\.so\.4.*=> //p' | head -1)

plan 54

page() { timeout 60 "$program" "$@" 2>&1; }
within() { # GOT LOW HIGH NAME
    ok $(($1 >= $2 && $1 <= $3 ? 0 : 1)) "$4" "got $1, wanted $2 to $3"
}
# KiB of the first row with that text.
row() { awk -v text="$1" 'index($0, text) { for (i = NF; i > 0; i--) if ($i == "KiB") { print $(i - 1); exit } }' <<<"$out"; }
known() { sed -n 's/.*accounted for below  *\([0-9]*\)\.\([0-9]\) %/\1\2/p' <<<"$out"; }

# ---- where the resident memory is
out=$(page /debug/pprof/memory heap)
within "$(known)" 980 1000 "heap: 98 % and more are accounted for"
within "$(row 'heap in use, allocated by')" 32000 35000 "32 MiB in use belong to the program"
order=$(grep -oE '^(business code|other code|runtime|tool|not accounted for|environment|the heap)' <<<"$out" | tr '\n' ' ')
is "$order" "business code other code runtime tool not accounted for environment the heap " "in the order of suspicion"
like "$out" '^ +the machine.s memory +[1-9][0-9]+ KiB' "beside it the machine"

out=$(page /debug/pprof/memory map file threads)
within "$(known)" 980 1000 "maps, files, stacks: accounted for"
is "$(row 'mapped with mmap by')" 24576 "24 MiB mapped by the program"
is "$(row 'pages of the file /tmp/pprof-memory-')" 8192 "8 MiB of a file"
within "$(row 'stacks of its threads')" 4096 6000 "16 stacks of 256 KiB"

out=$(PPROF_HEAP_RATE=1 page /debug/pprof/memory threads)
is "$(grep -c 'allocated by .*libpprof' <<<"$out")" 0 "what pthread_create allocates is not the hook's that stands before it"

# Two claim the same pages: each page is counted once, and as the stack that it is.
out=$(page /debug/pprof/memory pile)
within "$(known)" 980 1000 "stacks in mapped memory: accounted for"
is "$(row 'mapped with mmap by')" $((16 * 1024)) "what is mapped and no stack is its caller's"
within "$(row 'stacks of its threads')" $((8 * 1024)) $((8 * 1024 + 512)) "stacks are stacks, whoever mapped them"
rows=$(sed -n '/^business/,/^environment/s/.* \([0-9]*\) KiB  *[0-9.]* %$/\1/p' <<<"$out" | awk '{ sum += $1 } END { print sum }')
within "$rows" $(($(row '  resident') - 64)) "$(row '  resident')" "the rows sum up to what is resident"

out=$(page /debug/pprof/memory raw)
if [ "$(uname -m)" = x86_64 ]; then
    within "$(row 'anonymous memory that nobody')" 16384 17000 "unseen memory at a multiple of 64 MiB is no arena of glibc's"
else
    skip "the system call is made on x86-64 only"
fi
like "$out" '^ +huge pages of hugetlbfs, counted beside what is resident +[0-9]+ KiB$' "beside it huge pages"

out=$(page /debug/pprof/memory cached)
within "$(known)" 980 1000 "freed blocks: accounted for"
within "$(row 'heap free, cached')" 7000 12000 "8 MiB freed are in the allocator still"

json=$(page '/debug/pprof/memory?format=json' heap)
if command -v jq >/dev/null; then
    sum=$(jq '[.rows[].bytes] | add' <<<"$json") all=$(jq .resident <<<"$json")
    within "$sum" $((all - all / 200)) $((all + all / 200)) "JSON: the rows sum up to what is resident"
    is "$(jq -r '.heap.allocator' <<<"$json")" glibc "JSON: whose heap"
    is "$(jq '.accounted_per_mille >= 980' <<<"$json")" true "JSON: how much is known"
else
    for _ in 1 2 3; do skip "no jq here"; done
fi
like "$(page '/debug/pprof/memory?format=xml')" '^invalid value for "format"' "another format is refused"

for name in jemalloc tcmalloc; do
    if [ -n "${!name}" ]; then
        out=$(LD_PRELOAD="$build/libpprof.so:${!name}" timeout 60 "$program" /debug/pprof/memory heap 2>&1)
        within "$(known)" 980 1000 "$name: accounted for"
        like "$out" "^  $name says of itself:" "$name: its own numbers"
        within "$(row 'heap in use, allocated by')" 31000 36000 "$name: 32 MiB in use"
        # What it maps for itself is the heap's also where no block of it was sampled.
        out=$(PPROF_HEAP_RATE=1000000000 LD_PRELOAD="$build/libpprof.so:${!name}" timeout 60 "$program" /debug/pprof/memory 2>&1)
        unlike "$out" '^  anonymous memory that nobody .* ([0-9]{4,}|[3-9][0-9]{2}) KiB' "$name: its first memory is the heap's"
    else
        for _ in 1 2 3 4; do skip "no $name here"; done
    fi
done

# ---- MemStats at the end of heap?debug=1
out=$(PPROF_HEAP_RATE=65536 page '/debug/pprof/heap?debug=1' heap)
names=$(sed -n '/^# runtime.MemStats$/,$s/^# \([A-Za-z]*\) = .*/\1/p' <<<"$out" | tr '\n' ' ')
is "$names" "Alloc TotalAlloc Sys Lookups Mallocs Frees HeapAlloc HeapSys HeapIdle HeapInuse HeapReleased HeapObjects Stack MSpan MCache BuckHashSys GCSys OtherSys NextGC LastGC PauseNs PauseEnd NumGC NumForcedGC GCCPUFraction DebugGC MaxRSS " \
    "Go's fields in Go's order"
field() { sed -n "s/^# $1 = \([0-9]*\).*/\1/p" <<<"$out"; }
within "$(field HeapInuse)" $((32 << 20)) $((34 << 20)) "HeapInuse is the allocator's"
within "$(field HeapObjects)" 390 634 "HeapObjects: 512, estimated, within seven standard errors"
within "$(field MaxRSS)" $((32 << 20)) $((200 << 20)) "MaxRSS in bytes"
is "$(sed -n 's/^# PauseNs = \[\(.*\)\]$/\1/p' <<<"$out" | wc -w)" 256 "256 pauses that were not"
page '/debug/pprof/heap?debug=1' heap >"$tmp/heap.txt"
like "$("$pprof" -top -sample_index=inuse_space "$tmp/heap.txt" 2>&1)" 'accounting for .*, 100% of .*MB total' "pprof reads the text"
if command -v go >/dev/null; then
    like "$(go tool pprof -top -sample_index=inuse_space "$tmp/heap.txt" 2>&1)" 'accounting for .*, 100% of .*MB total' "go tool pprof reads it"
else
    skip "no go here"
fi

# ---- known mixes, every byte sampled: exact; sampled: within seven standard errors
sums() { # FILE SAMPLE_INDEX: bytes by function
    "$pprof" -raw -sample_index="$2" "$1" >/dev/null 2>&1
    "$pprof" -top -unit=b -sample_index="$2" "$1" 2>/dev/null | awk '$6 ~ /^(makes_|written|rises|stays)/ { print $6, $4 + 0 }'
}
of() { sed -n "s/^$1 //p" <<<"$out"; }
PPROF_HEAP_RATE=1 page /debug/pprof/heap mix >"$tmp/exact.pb.gz"
out=$(sums "$tmp/exact.pb.gz" inuse_space)
is "$(of makes_hundreds) $(of makes_thousands) $(of makes_ten_thousands)" "8388600 8388000 8380000" "every byte sampled: exact"
PPROF_HEAP_RATE=16384 page /debug/pprof/heap mix >"$tmp/mix.pb.gz"
out=$(sums "$tmp/mix.pb.gz" inuse_space)
# The standard error of 8 MiB at 16 KiB is the root of both: 362 KiB. 512 samples are seven of them off once in 10^10.
for name in makes_hundreds makes_thousands makes_ten_thousands; do
    within "$(of $name)" $(((8192 - 7 * 362) << 10)) $(((8192 + 7 * 362) << 10)) "$name: within seven standard errors"
done

# ---- bias, not noise: the mean of 24 runs, whose standard error is a 24th root of one's
sum=0
for _ in $(seq 24); do
    PPROF_HEAP_RATE=16384 page /debug/pprof/heap mix >"$tmp/mix.pb.gz"
    out=$(sums "$tmp/mix.pb.gz" inuse_space)
    sum=$((sum + $(of makes_hundreds) + $(of makes_thousands) + $(of makes_ten_thousands)))
done
within $((sum / 24 >> 10)) $((24570 - 7 * 128)) $((24570 + 7 * 128)) "no bias: the mean of 24 runs within seven of its standard errors (128 KiB)"

# ---- the high-water mark: 24 MiB in rises(), long gone; now 6 and 8
PPROF_HEAP_RATE=1 page /debug/pprof/peak wave >"$tmp/peak.pb.gz"
PPROF_HEAP_RATE=1 page /debug/pprof/heap wave >"$tmp/now.pb.gz"
cum() { "$pprof" -top -cum -unit=b -sample_index=inuse_space "$1" 2>/dev/null | awk -v name="$2" '$6 == name { print $4 + 0 }'; }
is "$(cum "$tmp/peak.pb.gz" rises)" $((24 << 20)) "peak: what was in use when most was"
is "$(cum "$tmp/peak.pb.gz" stays_low)" "" "peak: nothing that came later"
is "$(cum "$tmp/now.pb.gz" rises) $(cum "$tmp/now.pb.gz" stays_low)" "$((6 << 20)) $((8 << 20))" "heap: what is in use now"
like "$("$pprof" -raw "$tmp/peak.pb.gz" 2>&1)" '^inuse_objects/count inuse_space/bytes' "peak: sample types"

# ---- ages
# What `mix` allocates is to be less than a second old: not on a machine that stands still meanwhile.
for _ in $(seq 20); do
    PPROF_HEAP_RATE=1 timeout 60 "$program" '/debug/pprof/heap?age=1' wave old mix >"$tmp/ages.pb.gz" 2>"$tmp/took"
    [ "$(cat "$tmp/took")" -lt 900 ] && break
done
aged() { "$pprof" -top -cum -unit=b -sample_index=inuse_space -tagfocus="age=$1" "$tmp/ages.pb.gz" 2>/dev/null | awk -v name="$2" '$6 == name { print $4 + 0 }'; }
is "$(aged 1s: rises)" $((6 << 20)) "age: what is a second old and more"
is "$(aged 1s: makes_hundreds)" "" "age: and nothing younger"
is "$(aged 0s:0s makes_hundreds)" 8388600 "age: what is younger"
unlike "$("$pprof" -raw "$tmp/now.pb.gz" 2>&1)" 'age:' "heap itself has no ages, as Go's"
like "$("$pprof" -raw "$tmp/now.pb.gz" 2>&1)" 'bytes:\[65536' "but the label bytes"

# ---- metrics
page /metrics heap >"$tmp/metrics"
like "$(cat "$tmp/metrics")" '^process_resident_memory_bytes [1-9][0-9]+$' "metrics: resident memory"
like "$(cat "$tmp/metrics")" '^pprof_heap_inuse_bytes [1-9][0-9]+$' "metrics: heap in use"
is "$(page /debug/pprof/metrics | grep -c '^# TYPE')" "$(grep -c '^# TYPE' "$tmp/metrics")" "metrics: the same at both addresses"
if command -v promtool >/dev/null; then
    is "$(promtool check metrics <"$tmp/metrics" 2>&1)" "" "promtool finds nothing to say"
else
    skip "no promtool here (Debian's prometheus has it)"
fi
