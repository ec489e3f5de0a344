/* Interning table for strings: text in, small index out.
 *
 *   slots: open addressing, u32 index + 1 ... entries: { pointer, length, hash } by index
 *
 * Invariants: index 0 is always ""; indices are dense and stable; entries live until the arena is
 * released. One thread at a time; not for signal handlers.
 */
#ifndef PP_BASE_TABLE_H
#define PP_BASE_TABLE_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

struct pp_text {
    const char *ptr; /* NUL-terminated unless added with borrow */
    uint32_t len;
    uint32_t hash;
};

struct pp_table {
    struct pp_arena *arena;
    struct pp_text *items;
    size_t count, cap;
    uint32_t *slots;
    size_t slot_count; /* a power of two */
};

/* 0, or PPROF_ERR_NOMEM. */
int pp_table_init(struct pp_table *table, struct pp_arena *arena)
    __attribute__((warn_unused_result));

/* The index of the text, added (copied into the arena, or with borrow kept where it is) when new.
 * UINT32_MAX when memory or indices run out. */
uint32_t pp_table_intern(struct pp_table *table, const char *text, size_t len, bool borrow);

/* The index of the text, or UINT32_MAX when it was never added. */
uint32_t pp_table_find(const struct pp_table *table, const char *text, size_t len);

/* A secret that goes into the places of keys that are read from files. Without it a file of 600 KB
 * can name 60,000 functions that all meet in one place of a table, and takes seven seconds instead
 * of 0.07. 0 in libpprof, whose tables hold what its own process has; a program that reads files of
 * others draws one before anything else. The order of what comes out never depends on it. */
extern uint64_t pp_hash_secret;

/* 32 and 64 bit hashes used across the project (FNV-1a over bytes; a finalizing multiply-xor mix
 * for integers). Handler-safe. */
uint32_t pp_hash_bytes(const void *bytes, size_t len);
static inline uint64_t pp_hash_u64(uint64_t x)
{
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    x ^= x >> 32;
    return x;
}

/* The same with the secret, for keys from files; longer ones put hash ^ next in, part by part. */
static inline uint64_t pp_hash_key(uint64_t key)
{
    return pp_hash_u64(key ^ pp_hash_secret);
}

#endif
