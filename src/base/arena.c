#include "base/arena.h"

#include "base/sys.h"
#include "pprof/error.h"

#include <stdint.h>
#include <string.h>

struct pp_arena_chunk {
    struct pp_arena_chunk *older;
    size_t size; /* mapped bytes, header included */
    size_t used; /* from the chunk's start */
    size_t last; /* start of the newest allocation */
};

enum { HEADER = 64, CHUNK_MIN = 64 << 10, CHUNK_MAX = 16 << 20 };

/* A large chunk is a multiple of HUGE, for only so can huge pages fill it: the first write to each
 * page of a megabyte takes 0.3 ms in small pages, and 0.1 ms in a huge one. */
enum { HUGE = 2 << 20 };
static size_t huge_from = 4 << 20;

void pp_arena_huge_from(size_t bytes)
{
    huge_from = bytes;
}

static size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) & ~(to - 1);
}

void pp_arena_init(struct pp_arena *arena, size_t cap_bytes)
{
    *arena = (struct pp_arena){ .cap_bytes = cap_bytes };
}

void pp_arena_release(struct pp_arena *arena)
{
    struct pp_arena_chunk *chunk = arena->head;
    while (chunk) {
        struct pp_arena_chunk *older = chunk->older;
        pp_sys_unmap(chunk, chunk->size);
        chunk = older;
    }
    pp_arena_init(arena, arena->cap_bytes);
}

static size_t next_chunk_size(const struct pp_arena *arena, size_t need)
{
    size_t size = arena->head ? arena->head->size * 2 : CHUNK_MIN;
    if (size > CHUNK_MAX) {
        size = CHUNK_MAX;
    }
    return size >= need ? size : need;
}

static bool add_chunk(struct pp_arena *arena, size_t payload)
{
    if (payload > SIZE_MAX / 2) {
        return false;
    }
    size_t need = round_up(payload + HEADER, 4096);
    size_t size = next_chunk_size(arena, need);
    size = size < huge_from ? size : round_up(size, HUGE);
    if (arena->cap_bytes && size > arena->cap_bytes - arena->total_bytes) {
        size = need;
        if (size > arena->cap_bytes - arena->total_bytes) {
            return false;
        }
    }
    struct pp_arena_chunk *chunk = pp_sys_map(size);
    if (!chunk) {
        return false;
    }
    if (size >= huge_from) {
        pp_sys_prefer_huge(chunk, size);
    }
    chunk->older = arena->head;
    chunk->size = size;
    chunk->used = HEADER;
    chunk->last = HEADER;
    arena->head = chunk;
    arena->total_bytes += size;
    return true;
}

void *pp_arena_alloc(struct pp_arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2) {
        return NULL;
    }
    size_t need = round_up(size ? size : 1, 16);
    struct pp_arena_chunk *chunk = arena->head;
    if (!chunk || need > chunk->size - chunk->used) {
        if (!add_chunk(arena, need)) {
            return NULL;
        }
        chunk = arena->head;
    }
    chunk->last = chunk->used;
    chunk->used += need;
    return (char *)chunk + chunk->last;
}

void *pp_arena_array(struct pp_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        return NULL;
    }
    return pp_arena_alloc(arena, bytes);
}

static bool grow_in_place(struct pp_arena *arena, const void *ptr, size_t new_size)
{
    struct pp_arena_chunk *chunk = arena->head;
    if (!chunk || (const char *)ptr != (const char *)chunk + chunk->last) {
        return false;
    }
    if (new_size > chunk->size - chunk->last - 16) {
        return false;
    }
    chunk->used = chunk->last + round_up(new_size, 16);
    return true;
}

void *pp_arena_grow(struct pp_arena *arena, void *ptr, size_t old_size, size_t new_size)
{
    if (ptr && new_size <= old_size) {
        return ptr;
    }
    if (ptr && grow_in_place(arena, ptr, new_size)) {
        return ptr;
    }
    void *fresh = pp_arena_alloc(arena, new_size);
    if (fresh && ptr) {
        memcpy(fresh, ptr, old_size);
    }
    return fresh;
}

char *pp_arena_strndup(struct pp_arena *arena, const char *text, size_t len)
{
    if (len == SIZE_MAX) {
        return NULL;
    }
    char *copy = pp_arena_alloc(arena, len + 1);
    if (copy) {
        memcpy(copy, text, len);
    }
    return copy;
}

int pp_arena_reserve(struct pp_arena *arena, void *items, size_t *cap, size_t count,
                     size_t elem_size)
{
    if (count < *cap) {
        return 0;
    }
    size_t grown = *cap ? *cap * 2 : 16;
    size_t bytes;
    if (grown < *cap || __builtin_mul_overflow(grown, elem_size, &bytes)) {
        return PPROF_ERR_NOMEM;
    }
    void *old;
    memcpy(&old, items, sizeof(old));
    void *fresh = pp_arena_grow(arena, old, *cap * elem_size, bytes);
    if (!fresh) {
        return PPROF_ERR_NOMEM;
    }
    memcpy(items, &fresh, sizeof(fresh));
    *cap = grown;
    return 0;
}
