#!/usr/bin/env bash
# The mmap profile under partial unmaps, mappings over mappings, moves, refusals, forks and threads.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
room

plan 24

out=
run() { out=$(timeout 120 "$build/tests/proc_mappings" "$1" 2>&1); }

# KiB (or with `count` the number) of mappings whose leaf is FUNCTION.
held() { awk -v name="$1" -v what="${2:-bytes}" '/^[0-9]+: [0-9]+ @/ { n = what == "count" ? $1 : $2 / 1024; leaf = 1; next }
    /^#\t/ && leaf { leaf = 0; if (index($0, "\t" name "+")) sum += n } END { print sum + 0 }' <<<"$out"; }
kind() { awk -v text="\"kind\":\"$1\"" '/^[0-9]+: [0-9]+ @/ { n = $2 } /^# labels/ && index($0, text) { sum += n } END { print sum + 0 }' <<<"$out"; }

run parts
is "$(held maps)" 10240 "head, tail and two holes are gone"
is "$(held maps count)" 3 "three parts are left"
like "$out" '^mmap profile: total 3: 10485760 bytes$' "and the total says so"

run across
is "$(held across)" 2048 "an unmap across four mappings leaves half of two"
is "$(held across count)" 2 "in two parts"

run over
is "$(held maps)" 6144 "what was mapped over no longer belongs to the first"
is "$(held maps_over)" 2048 "but to who mapped over it"

run remap
like "$out" '^failed 1 1$' "one move fails, one stays in place"
is "$(held moves)" $((34 * 1024)) "what mremap gave belongs to its caller, also after a failed one"
is "$(held maps)" 0 "and no longer to the first"
is "$(held remapped)" 0 "a failed move adds nothing"

run refused
for word in refused empty none; do like "$out" "^$word 1\$" "errno as without us: $word"; done
is "$(held maps)" 4096 "a refused unmap changes nothing"

run unseen
# Something that nobody sees may lie there by now, such as a file that is being read.
ok $(($(held maps) >= 2048 && $(held maps) < 4096 ? 0 : 1)) "unmapped by the system call itself: no longer there" "$out"

run reused
is "$(held maps_all)" 8192 "mapped over three that were unmapped unseen: all of it is the last one's"
is "$(held maps_over)" 0 "and nothing theirs"

run kinds
is "$(kind anonymous) $(kind file) $(kind shared)" "1048576 4096 1048576" "kinds"

run fork
is "$(held maps)" 2048 "a child knows the parent's mappings, and its own unmaps"

run threads
is "$(held maps)" 0 "eight threads: nothing is left of 24000"
is "$(held stays)" 3072 "eight threads: and what stays is there"

jemalloc=$(ldconfig -p | sed -n 's/.*libjemalloc\.so\.2.*=> //p' | head -1)
if [ -n "$jemalloc" ]; then
    out=$(LD_PRELOAD="$build/libpprof.so:$jemalloc" timeout 60 "$build/tests/proc_mappings" threads 2>&1)
    is "$(held stays)" 3072 "over jemalloc, which maps while it starts"
    unlike "$out" 'jemalloc' "whose own mappings are the heap's"
else
    skip "no jemalloc here"
    skip "no jemalloc here"
fi
