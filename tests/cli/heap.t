#!/usr/bin/env bash
# The malloc hooks under whole programs: over glibc, jemalloc preloaded and linked, a program's own malloc.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
room
library=${PP_LIBPPROF:-$build/libpprof.so}
churn=$build/tests/proc_heap_churn
own=$build/tests/proc_heap_own_malloc
jemalloc=$(ldconfig -p | sed -n 's/.*libjemalloc\.so\.2.*=> //p' | head -1)

under() { # PRELOAD COMMAND...: with the library's words on standard error kept apart
    local preload=$1
    shift
    LD_PRELOAD=$preload timeout 60 "$@" 2>"$tmp/err"
    local status=$?
    [ $status -eq 0 ] || echo "status $status: $(head -c 500 "$tmp/err")"
}

# The header's in-use bytes in stacks below `churn`; after everything was freed there must be none.
left_by_churn() {
    awk '/^[0-9]+: [0-9]+ \[/ { bytes = $2 }
        /[[:space:]](allocate|resize|churn)\+0x/ && bytes > 0 { n += bytes; bytes = 0 }
        END { print n + 0 }'
}

plan 18

is "$("$churn")" ok "the program itself works"
is "$(under "$library" "$churn")" ok "at the default rate over glibc"
is "$(under "$library" "$churn" 1)" ok "every allocation sampled"
is "$(PPROF_OFF=1 under "$library" "$churn")" ok "switched off"

report=$(under "$library" "$churn" 1 report)
like "$report" '^heap profile: [0-9]+: [0-9]+ \[[1-9][0-9]{4,}: [0-9]+\] @ heap/2$' "at rate 1 the report counts each allocation"
like "$report" '^# malloc is glibc' "and says that malloc is glibc's"
like "$report" '[[:space:]]churn\+0x' "and names the functions"
is "$(left_by_churn <<<"$report")" 0 "and nothing of the freed blocks is in use"

if [ -n "$jemalloc" ]; then
    is "$(under "$library:$jemalloc" "$churn" 1)" ok "jemalloc preloaded behind us"
    report=$(under "$library:$jemalloc" "$churn" 1 report)
    like "$report" '^# malloc is that of .*libjemalloc' "is named"
    is "$(left_by_churn <<<"$report")" 0 "with nothing of the freed blocks in use"
    if ${CC:-cc} -O2 -D_GNU_SOURCE tests/process/heap_churn.c -o "$tmp/linked" -l:libjemalloc.so.2 -lpthread -ldl 2>"$tmp/cc"; then
        is "$(under "$library" "$tmp/linked" 1)" ok "jemalloc linked"
    else
        skip "cannot link jemalloc here: $(head -1 "$tmp/cc")"
    fi
else
    for _ in 1 2 3 4; do skip "no jemalloc here"; done
fi

report=$(under "$library" "$own")
like "$report" '^# .*proc_heap_own_malloc brings its own malloc .*cannot be seen' "a program's own malloc is said to hide it"
like "$(cat "$tmp/err")" '^ended well$' "and the program ends well"

# malloc and free are aimed at the allocator by replacing a page of our code: three mappings, else one.
code_mappings() {
    LD_PRELOAD=$library PPROF_QUIET=1 "$@" cat /proc/self/maps | grep -c 'r-xp.*/libpprof\.so'
}
frozen=$build/tests/proc_no_new_code
if [ "$(uname -m)" = x86_64 ]; then
    is "$(code_mappings env)" 3 "malloc and free jump straight to glibc"
else
    skip "malloc and free are aimed on x86-64 only"
fi
status=0
"$frozen" true || status=$?
if [ $status -eq 0 ]; then
    is "$(code_mappings "$frozen")" 1 "a process that may not change code keeps its code"
    is "$(under "$library" "$frozen" "$churn")" ok "and works at the default rate"
    is "$(under "$library" "$frozen" "$churn" 1)" ok "and with every allocation sampled"
else
    for _ in 1 2 3; do skip "this kernel cannot forbid new code (PR_SET_MDWE)"; done
fi
