/* The table of stacks. An entry is written into fresh words first and then published by one CAS of
 * its slot, so a reader that finds an id finds a whole stack. Who loses that CAS gives its words
 * back if nobody took more meanwhile; otherwise they are wasted (a few hundred bytes, in a race
 * only). */
#include "base/atomic.h"
#include "base/sys.h"
#include "base/table.h"
#include "pprof/error.h"
#include "runtime/capture/stacktab.h"
#include "runtime/unwind/unwind.h"

#include <string.h>

#ifdef PPROF_SMALL
enum { SLOT_BITS = 6, PP_STACKTAB_BYTES = 16 << 10 };
#else
enum { SLOT_BITS = 19, PP_STACKTAB_BYTES = 64 << 20 };
#endif

enum {
    SLOTS_LEAST = 1 << 6, /* what is left of both where there is little address space */
    BYTES_LEAST = 16 << 10,
    PROBES_MAX = 64, /* a longer run means the table is as good as full */
    HEAD_WORDS = 2,
    RECENT = 256,
    RECENT_FRAMES = 4,
};

/* word 0: hash << 32 | flags << 16 | count; word 1: label set; then the pcs. An id is the index of
 * word 0; index 0 is never used, so 0 can mean "full" and an empty slot. */
static struct {
    uint32_t *slots;
    uint64_t *words;
    uint64_t used; /* words */
    uint64_t word_cap;
    uint32_t slot_mask;
    uint64_t stacks, lost;
} table PP_HOT_DATA;

int pp_stacktab_init(void)
{
    size_t slot_bytes = ((size_t)1 << SLOT_BITS) * sizeof(uint32_t);
    size_t bytes = PP_STACKTAB_BYTES;
    uint32_t *slots = pp_sys_reserve_some(&slot_bytes, SLOTS_LEAST * sizeof *slots);
    uint64_t *words = pp_sys_reserve_some(&bytes, BYTES_LEAST);
    if (!slots || !words) {
        return PPROF_ERR_NOMEM;
    }
    table.slot_mask = (uint32_t)(slot_bytes / sizeof *slots - 1);
    table.word_cap = bytes / sizeof *words;
    table.used = HEAD_WORDS;
    table.slots = slots;
    pp_store_release(&table.words, words);
    return 0;
}

/* Ids of late, by innermost frames: most stacks come again soon, and comparing a stack with its
 * entry takes a third of what hashing and finding it does. */
static uint32_t recent[RECENT] PP_HOT_DATA;

static PP_HOT uint32_t *recent_of(const uintptr_t *pcs, size_t count)
{
    uintptr_t mixed = count * 7;
    for (size_t i = 0; i < count && i < RECENT_FRAMES; i++) {
        mixed = mixed * 5 + pcs[i];
    }
    return &recent[(mixed ^ mixed >> 8) % RECENT];
}

static uint32_t hash_stack(const uintptr_t *pcs, size_t count, uint64_t head, uint32_t label_set)
{
    uint64_t hash = head ^ ((uint64_t)label_set << 32);
    for (size_t i = 0; i < count; i++) {
        hash = (hash ^ pcs[i]) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    return (uint32_t)pp_hash_u64(hash);
}

/* head without its hash: the pcs decide. */
static PP_HOT bool is_equal(const uint64_t *entry, uint64_t head, uint32_t label_set,
                            const uintptr_t *pcs, size_t count)
{
    return (uint32_t)entry[0] == (uint32_t)head && entry[1] == label_set &&
           memcmp(entry + HEAD_WORDS, pcs, count * sizeof *pcs) == 0;
}

/* Index of fresh words, or 0 when there is no room. */
static uint32_t take_words(size_t need)
{
    uint64_t at = pp_load_relaxed(&table.used);
    do {
        if (at + need > table.word_cap) {
            return 0;
        }
    } while (!pp_cas(&table.used, &at, at + need));
    return (uint32_t)at;
}

static void return_words(uint32_t at, size_t need)
{
    uint64_t end = at + need;
    (void)pp_cas(&table.used, &end, (uint64_t)at);
}

static uint32_t write_entry(uint64_t head, uint32_t label_set, const uintptr_t *pcs, size_t count)
{
    uint32_t at = take_words(HEAD_WORDS + count);
    if (at) {
        uint64_t *entry = table.words + at;
        entry[0] = head;
        entry[1] = label_set;
        memcpy(entry + HEAD_WORDS, pcs, count * sizeof *pcs);
    }
    return at;
}

static pp_stack_id lose_stack(void)
{
    pp_add_relaxed(&table.lost, 1);
    return PP_STACK_FULL;
}

/* The id of a stack that is in the table or gets there now; 0 when it is full. */
static uint32_t find_or_add(const uintptr_t *pcs, size_t count, uint64_t head, uint32_t label_set)
{
    uint32_t hash = hash_stack(pcs, count, head, label_set), fresh = 0;
    head |= (uint64_t)hash << 32;
    for (uint32_t probe = 0; probe < PROBES_MAX; probe++) {
        uint32_t *slot = &table.slots[(hash + probe) & table.slot_mask];
        uint32_t id = pp_load_acquire(slot);
        if (!id) {
            if (!fresh && !(fresh = write_entry(head, label_set, pcs, count))) {
                return 0;
            }
            if (pp_cas(slot, &id, fresh)) {
                pp_add_relaxed(&table.stacks, 1);
                return fresh;
            }
            pp_fence(); /* id is now the winner's: see its words */
        }
        if (table.words[id] == head && is_equal(table.words + id, head, label_set, pcs, count)) {
            if (fresh) {
                return_words(fresh, HEAD_WORDS + count);
            }
            return id;
        }
    }
    if (fresh) {
        return_words(fresh, HEAD_WORDS + count);
    }
    return 0;
}

PP_HOT pp_stack_id pp_stack_intern_sig(const uintptr_t *pcs, size_t count, unsigned flags,
                                       uint32_t label_set)
{
    if (!pp_load_acquire(&table.words)) {
        return lose_stack();
    }
    if (pp_unlikely(count > PP_STACK_DEPTH_MAX)) {
        count = PP_STACK_DEPTH_MAX;
        flags = (flags & ~(unsigned)PP_UNWIND_COMPLETE) | PP_UNWIND_CUT;
    }
    uint64_t head = (uint64_t)(flags & UINT16_MAX) << 16 | count;
    uint32_t *last = recent_of(pcs, count);
    uint32_t id = pp_load_acquire(last);
    if (id && is_equal(table.words + id, head, label_set, pcs, count)) {
        return id;
    }
    id = find_or_add(pcs, count, head, label_set);
    if (!id) {
        return lose_stack();
    }
    pp_store_release(last, id);
    return id;
}

struct pp_stack pp_stack_get_sig(pp_stack_id id)
{
    if (id == PP_STACK_FULL || id == PP_STACK_NONE || id >= pp_load_relaxed(&table.used)) {
        return (struct pp_stack){ NULL, 0, 0, 0 };
    }
    const uint64_t *entry = table.words + id;
    return (struct pp_stack){
        .pcs = (const uintptr_t *)(entry + HEAD_WORDS),
        .count = entry[0] & UINT16_MAX,
        .flags = (entry[0] >> 16) & UINT16_MAX,
        .label_set = (uint32_t)entry[1],
    };
}

void pp_stacktab_stats(struct pp_stacktab_stats *stats)
{
    *stats = (struct pp_stacktab_stats){
        .stacks = pp_load_relaxed(&table.stacks),
        .bytes_used = pp_load_relaxed(&table.used) * 8,
        .bytes_cap = table.word_cap * sizeof *table.words,
        .lost = pp_load_relaxed(&table.lost),
    };
}
