#!/usr/bin/env bash
# Allocators reached past malloc: jemalloc's mallocx and its like, tcmalloc's tc_malloc, mimalloc's mi_malloc. Each block is
# counted once and leaves the profile when it is freed, also by a plain free, and the other way round.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
need cc ldconfig
room
library=$build/libpprof.so
plan 12

# usage: program NAME FLAGS... <SOURCE: builds $tmp/NAME, with the common part before it
program() {
    local name=$1
    shift
    { cat <<'C'
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
int pprof_write(const char *, int, int) __attribute__((weak));
static void *kept[4][100];
enum { ROWS = sizeof kept[0] / sizeof *kept[0] };
#define EACH(row, expression) for (size_t i = 0; i < ROWS; i++) kept[row][i] = expression
#define MAKES __attribute__((noinline)) static void
C
        cat; } >"$tmp/$name.c"
    cc -O1 -o "$tmp/$name" "$tmp/$name.c" "$@" 2>"$tmp/err"
}
# usage: under PRELOAD PROGRAM [RATE]
under() { PPROF_QUIET=1 PPROF_HEAP_RATE=${3:-1} LD_PRELOAD=$1 timeout 60 "$2" 2>&1; }
# "COUNT: BYTES" of each function's live blocks.
held() { awk '/^[0-9]+: [0-9]+ \[/ { count = $1 + 0; size = $2 } match($3, /make_[a-z]+/) && count {
        name = substr($3, RSTART, RLENGTH); counts[name] += count; sizes[name] += size; count = 0 }
    END { for (name in counts) print name, counts[name] ": " sizes[name] }' | sort | tr '\n' ' '; }
path_of() { ldconfig -p | sed -n "s/.*lib$1\.so\.[0-9.]*[0-9] .*=> //p" | head -1; }

for linking in lazy now; do
    path=$(path_of jemalloc)
    if [ -n "$path" ] && program jemalloc "-Wl,-z,$linking" -Wl,--no-as-needed "$path" <<'C'; then
void *mallocx(size_t, int), *rallocx(void *, size_t, int);
void dallocx(void *, int), sdallocx(void *, size_t, int);
enum { ALIGN_64 = 6 };
MAKES make_plain(void) { EACH(0, mallocx(1000, 0)); }
MAKES make_aligned(void) { EACH(1, mallocx(512, ALIGN_64)); }
MAKES make_moved(void) { EACH(0, rallocx(kept[0][i], 3000, 0)); }
MAKES make_usual(void) { EACH(2, malloc(700)); }
int main(void)
{
    make_plain();
    make_aligned();
    make_moved();
    make_usual();
    for (int i = 0; i < 10; i++) { dallocx(kept[0][i], 0); sdallocx(kept[1][i], 512, ALIGN_64); dallocx(kept[2][i], 0); }
    for (int i = 10; i < 20; i++) { free(kept[0][i]); }
    return pprof_write ? pprof_write("heap", 1, 1) : 3;
}
C
        is "$(under "$library" "$tmp/jemalloc" | held)" "make_aligned 90: 46080 make_moved 80: 240000 make_usual 90: 63000 " \
            "mallocx, rallocx, dallocx, sdallocx ($linking)"
        like "$(under "$library" "$tmp/jemalloc")" "of functions of its own" "and the profile says so ($linking)"
        is "$(under "$library" "$tmp/jemalloc" 100000000 | held)" "" "nothing is sampled that is not due ($linking)"
        is "$(LD_PRELOAD=$library PPROF_OFF=1 "$tmp/jemalloc" >/dev/null 2>&1; echo $?)" 0 "switched off it runs ($linking)"
    else
        for _ in 1 2 3 4; do skip "no jemalloc to link: $(head -1 "$tmp/err" 2>/dev/null)"; done
    fi

    path=$(path_of tcmalloc_minimal)
    if [ -n "$path" ] && program tcmalloc "-Wl,-z,$linking" -Wl,--no-as-needed "$path" <<'C'; then
void *tc_malloc(size_t), *tc_calloc(size_t, size_t), *tc_realloc(void *, size_t), *tc_memalign(size_t, size_t);
void *tc_new(size_t), tc_free(void *), tc_delete(void *);
int tc_posix_memalign(void **, size_t, size_t);
void *tc_new_aligned_nothrow(size_t, size_t, const void *), tc_delete_sized_aligned(void *, size_t, size_t);
static void *placed(size_t size) { void *block = NULL; return tc_posix_memalign(&block, 64, size) ? NULL : block; }
MAKES make_plain(void) { EACH(0, tc_malloc(1000)); }
MAKES make_zeroed(void) { EACH(1, tc_calloc(5, 100)); }
MAKES make_moved(void) { EACH(0, tc_realloc(kept[0][i], 3000)); }
MAKES make_new(void) { EACH(2, i % 2 ? tc_new(700) : tc_new_aligned_nothrow(700, 64, "")); }
MAKES make_placed(void) { EACH(3, i % 2 ? placed(640) : tc_memalign(64, 640)); }
int main(void)
{
    make_plain();
    make_zeroed();
    make_moved();
    make_new();
    make_placed();
    for (int i = 0; i < 10; i++) { tc_free(kept[0][i]); free(kept[1][i]); (i % 2 ? tc_delete(kept[2][i]) : tc_delete_sized_aligned(kept[2][i], 700, 64)); tc_free(kept[3][i]); }
    return pprof_write ? pprof_write("heap", 1, 1) : 3;
}
C
        is "$(under "$library" "$tmp/tcmalloc" | held)" \
            "make_moved 90: 270000 make_new 90: 63000 make_placed 90: 57600 make_zeroed 90: 45000 " "tc_malloc and its like ($linking)"
    else
        skip "no tcmalloc to link: $(head -1 "$tmp/err" 2>/dev/null)"
    fi

    path=$(path_of mimalloc)
    if [ -n "$path" ] && program mimalloc "-Wl,-z,$linking" -Wl,--no-as-needed "$path" <<'C'; then
void *mi_malloc(size_t), *mi_zalloc(size_t), *mi_realloc(void *, size_t), *mi_malloc_aligned(size_t, size_t);
void *mi_heap_malloc(void *, size_t), *mi_heap_get_default(void), mi_free(void *);
void *mi_heap_recalloc_aligned_at(void *, void *, size_t, size_t, size_t, size_t), *mi_new_n(size_t, size_t);
void *mi_heap_calloc_aligned_at(void *, size_t, size_t, size_t, size_t), *mi_recalloc(void *, size_t, size_t);
int mi_reallocarr(void *, size_t, size_t), reallocarr(void *, size_t, size_t);
char *mi_strdup(const char *), *mi_heap_strndup(void *, const char *, size_t);
static char text_99[100];
MAKES make_plain(void) { EACH(0, i % 2 ? mi_malloc(1000) : mi_zalloc(1000)); }
MAKES make_moved(void) { EACH(0, mi_realloc(kept[0][i], 3000)); }
MAKES make_aligned(void) { EACH(1, mi_malloc_aligned(512, 64)); }
MAKES make_own(void) { EACH(2, mi_heap_malloc(mi_heap_get_default(), 700)); }
MAKES make_rare(void)
{
    EACH(3, i % 4 == 0   ? mi_new_n(5, 20)
            : i % 4 == 1 ? mi_heap_calloc_aligned_at(mi_heap_get_default(), 10, 10, 64, 0)
            : i % 4 == 2 ? mi_strdup(text_99)
                         : mi_heap_strndup(mi_heap_get_default(), text_99, 200));
}
MAKES make_rarely_moved(void)
{
    for (size_t i = 0; i < 20; i++) {
        kept[3][i] = i % 2 ? mi_recalloc(kept[3][i], 20, 50)
                           : mi_heap_recalloc_aligned_at(mi_heap_get_default(), kept[3][i], 20, 50, 64, 0);
    }
    for (size_t i = 20; i < 30; i++) {
        if ((i % 2 ? mi_reallocarr : reallocarr)(&kept[3][i], 20, 50) != 0 || mi_reallocarr(&kept[3][i], (size_t)-1, 2) == 0) { exit(4); }
    }
}
int main(void)
{
    make_plain();
    make_moved();
    make_aligned();
    make_own();
    for (int i = 0; i < 99; i++) { text_99[i] = 'x'; }
    make_rare();
    make_rarely_moved();
    for (int i = 0; i < 10; i++) { mi_free(kept[0][i]); free(kept[1][i]); mi_free(kept[2][i]); }
    return pprof_write ? pprof_write("heap", 1, 1) : 3;
}
C
        is "$(under "$library" "$tmp/mimalloc" | held)" "make_aligned 90: 46080 make_moved 90: 270000 make_own 90: 63000 make_rare 70: 7000 make_rarely 30: 30000 " \
            "mi_malloc and its like ($linking)"
    else
        skip "no mimalloc to link: $(head -1 "$tmp/err" 2>/dev/null)"
    fi
done
