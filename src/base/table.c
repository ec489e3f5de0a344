#include "base/table.h"

#include "pprof/error.h"

#include <string.h>

uint64_t pp_hash_secret;

uint32_t pp_hash_bytes(const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ at[i]) * 16777619u;
    }
    return hash;
}

static uint32_t hash_text(const char *text, size_t len)
{
    uint64_t hash = pp_hash_key(len), word;
    for (; len > sizeof(word); text += sizeof(word), len -= sizeof(word)) {
        memcpy(&word, text, sizeof(word));
        hash = pp_hash_key(hash ^ word);
    }
    word = 0;
    if (len) {
        memcpy(&word, text, len);
    }
    return (uint32_t)pp_hash_key(hash ^ word);
}

int pp_table_init(struct pp_table *table, struct pp_arena *arena)
{
    enum { FIRST_SLOTS = 64 };
    *table = (struct pp_table){ .arena = arena, .slot_count = FIRST_SLOTS };
    table->slots = pp_arena_array(arena, FIRST_SLOTS, sizeof(uint32_t));
    if (!table->slots || pp_table_intern(table, "", 0, true) != 0) {
        return PPROF_ERR_NOMEM;
    }
    return 0;
}

/* The slot that holds the text, or the empty one where it belongs. */
static size_t probe(const struct pp_table *table, const char *text, size_t len, uint32_t hash)
{
    size_t mask = table->slot_count - 1;
    size_t at = hash & mask;
    while (table->slots[at]) {
        const struct pp_text *item = &table->items[table->slots[at] - 1];
        if (item->hash == hash && item->len == len && memcmp(item->ptr, text, len) == 0) {
            break;
        }
        at = (at + 1) & mask;
    }
    return at;
}

static bool grow_slots(struct pp_table *table)
{
    size_t count = table->slot_count * 2;
    uint32_t *slots = pp_arena_array(table->arena, count, sizeof(uint32_t));
    if (!slots) {
        return false;
    }
    for (size_t i = 0; i < table->count; i++) {
        size_t at = table->items[i].hash & (count - 1);
        while (slots[at]) {
            at = (at + 1) & (count - 1);
        }
        slots[at] = (uint32_t)i + 1;
    }
    table->slots = slots;
    table->slot_count = count;
    return true;
}

uint32_t pp_table_intern(struct pp_table *table, const char *text, size_t len, bool borrow)
{
    if (len >= UINT32_MAX || table->count >= UINT32_MAX - 1) {
        return UINT32_MAX;
    }
    uint32_t hash = hash_text(text, len);
    size_t at = probe(table, text, len, hash);
    if (table->slots[at]) {
        return table->slots[at] - 1;
    }
    if (table->count * 2 >= table->slot_count) {
        if (!grow_slots(table)) {
            return UINT32_MAX;
        }
        at = probe(table, text, len, hash);
    }
    const char *kept = borrow ? text : pp_arena_strndup(table->arena, text, len);
    if (!kept || pp_arena_reserve(table->arena, &table->items, &table->cap, table->count,
                                  sizeof(*table->items)) != 0) {
        return UINT32_MAX;
    }
    table->items[table->count] = (struct pp_text){ kept, (uint32_t)len, hash };
    table->slots[at] = (uint32_t)++table->count;
    return (uint32_t)table->count - 1;
}

uint32_t pp_table_find(const struct pp_table *table, const char *text, size_t len)
{
    if (len >= UINT32_MAX) {
        return UINT32_MAX;
    }
    size_t at = probe(table, text, len, hash_text(text, len));
    return table->slots[at] ? table->slots[at] - 1 : UINT32_MAX;
}
