#!/usr/bin/env bash
# realloc over each allocator: a block that stays within its room stays with who placed it, of its
# new size; one that does not is who resized it's. To the byte, at rate 1.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
need cc ldconfig
room
library=$build/libpprof.so
plan 8

cat >"$tmp/program.c" <<'C'
#include <malloc.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
int pprof_write(const char *, int, int) __attribute__((weak));
enum { BLOCKS = 600, STEPS = 8 };
enum { PLACED, MOVED };
static struct { void *at; size_t size; int by; } blocks[BLOCKS];
static int stayed;
__attribute__((noinline)) static void make_placed(void)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i].size = 1 + i * 37 % 9000;
        blocks[i].at = malloc(blocks[i].size);
    }
}
__attribute__((noinline)) static void make_moved(size_t i, size_t size)
{
    void *old = blocks[i].at;
    size_t room = malloc_usable_size(old);
    blocks[i].at = realloc(old, size);
    if (blocks[i].at == old && size <= room) {
        stayed++;
    } else {
        blocks[i].by = MOVED;
    }
    blocks[i].size = size;
}
static void expect(int by, const char *name)
{
    size_t count = 0, bytes = 0;
    for (size_t i = 0; i < BLOCKS; i++) {
        count += blocks[i].by == by;
        bytes += blocks[i].by == by ? blocks[i].size : 0;
    }
    if (count) {
        printf("%s %zu: %zu ", name, count, bytes);
    }
}
int main(void)
{
    static char out[512];
    setvbuf(stdout, out, _IOFBF, sizeof out);
    make_placed();
    for (size_t step = 0; step < STEPS; step++) {
        for (size_t i = step % 3; i < BLOCKS; i += 2) {
            size_t size = blocks[i].size;
            make_moved(i, step % 4 == 3 ? size - size / 3 : size + size / 40 + 1);
        }
    }
    expect(MOVED, "make_moved");
    expect(PLACED, "make_placed");
    printf("\n%s stayed\n", stayed > BLOCKS / 4 ? "many" : "few");
    fflush(stdout);
    return pprof_write ? pprof_write("heap", 1, 1) : 3;
}
C
cc -O1 -o "$tmp/program" "$tmp/program.c" || exit 1

# "NAME COUNT: BYTES" of each function's live blocks.
held() { awk '/^[0-9]+: [0-9]+ \[/ { count = $1 + 0; size = $2 }
    match($3, /make_[a-z]+/) && count {
        name = substr($3, RSTART, RLENGTH); counts[name] += count; sizes[name] += size; count = 0 }
    END { for (name in counts) print name, counts[name] ": " sizes[name] }' | sort | tr '\n' ' '; }

# usage: check NAME PRELOAD
check() {
    PPROF_QUIET=1 PPROF_HEAP_RATE=1 LD_PRELOAD=$2 timeout 60 "$tmp/program" >"$tmp/out" 2>&1
    is "$(sed 1,2d "$tmp/out" | held)" "$(head -1 "$tmp/out")" \
        "$1: all blocks, with who placed them"
    is "$(sed -n 2p "$tmp/out")" "many stayed" "$1: of which many stayed where they were"
}

check glibc "$library"
for name in jemalloc tcmalloc_minimal mimalloc; do
    path=$(ldconfig -p | sed -n "s/.*lib$name\.so\.[0-9.]*[0-9] .*=> //p" | head -1)
    if [ -n "$path" ]; then
        check "$name" "$library:$path"
    else
        skip "no $name to preload"
        skip "no $name to preload"
    fi
done
