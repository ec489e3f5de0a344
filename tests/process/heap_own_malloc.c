/* flags: -O1 -rdynamic
 * Brings its own malloc, as programs with a static allocator do, and then asks the preloaded
 * library for its heap profile: the answer must say that it sees nothing. */
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

enum { ARENA = 64 << 20 };
static _Alignas(16) char arena[ARENA];
static size_t used;

EXPORT void *malloc(size_t size)
{
    size_t start = __atomic_fetch_add(&used, (size + 31) & ~(size_t)15, __ATOMIC_RELAXED) + 16;
    if (start + size > ARENA) {
        return NULL;
    }
    memcpy(arena + start - 16, &size, sizeof size);
    return arena + start;
}

EXPORT void free(void *block)
{
    (void)block;
}

EXPORT void *calloc(size_t count, size_t size)
{
    return malloc(count * size); /* never used before: zero */
}

EXPORT void *realloc(void *block, size_t size)
{
    void *moved = malloc(size);
    if (block && moved) {
        size_t old;
        memcpy(&old, (char *)block - 16, sizeof old);
        memcpy(moved, block, old < size ? old : size);
    }
    return moved;
}

int main(void)
{
    int (*write_profile)(const char *, int, int) =
        (int (*)(const char *, int, int))dlsym(RTLD_DEFAULT, "pprof_write");
    for (int i = 0; i < 3000; i++) {
        char *volatile block = malloc(10000);
        block[0] = 1;
    }
    if (write_profile && write_profile("heap", 1, 1) != 0) {
        return 1;
    }
    fprintf(stderr, "ended well\n");
    return 0;
}
