/* The live set: where each sampled block that was not freed yet is kept.
 *
 *   level 0 [ 4 Ki slots ]  level 1 [ 16 Ki ]  ...  level 4 [ 1 Mi ]      one window of 8 slots in each
 *
 * Small programs stay in level 0 (128 KiB); a level is touched only after the window before it was
 * full, so memory follows the number of live samples. A lookup reads one window for each level in use. */
#include "base/sys.h"
#include "base/table.h"
#include "pprof/error.h"
#include "runtime/capture/heap_tables.h"

#include <string.h>

enum { WINDOW = 8, LEVELS = 5 };
#ifdef PPROF_SMALL
enum { FIRST_BITS = 3, STEP_BITS = 0, LIVE_CAP = 24 };
#else
enum { FIRST_BITS = 12, STEP_BITS = 2, LIVE_CAP = 1 << 20 };
#endif
enum { EMPTY = 0, HELD = 1 };

uint8_t pp_heap_filter[PP_HEAP_FILTER_BYTES] __attribute__((aligned(4096)));

static struct {
    struct pp_heap_live *slots;
    uint32_t levels_used;
    uint64_t live, lost;
} set;

static size_t level_slots(unsigned level)
{
    return (size_t)1 << (FIRST_BITS + STEP_BITS * level);
}

static size_t set_bytes(void)
{
    size_t slots = 0;
    for (unsigned level = 0; level < LEVELS; level++) {
        slots += level_slots(level);
    }
    return slots * sizeof *set.slots;
}

int pp_heap_live_init(void)
{
    struct pp_heap_live *slots = pp_sys_reserve(set_bytes());
    if (!slots) {
        return PPROF_ERR_NOMEM;
    }
    pp_store_release(&set.slots, slots);
    return 0;
}

static void filter_raise(uintptr_t address)
{
    uint8_t *byte = &pp_heap_filter[pp_heap_filter_index(address)];
    uint8_t old = pp_load_relaxed(byte);
    while (old != UINT8_MAX && !pp_cas(byte, &old, (uint8_t)(old + 1))) {
    }
}

static void filter_lower(uintptr_t address)
{
    uint8_t *byte = &pp_heap_filter[pp_heap_filter_index(address)];
    uint8_t old = pp_load_relaxed(byte);
    while (old != UINT8_MAX && old != 0 && !pp_cas(byte, &old, (uint8_t)(old - 1))) {
    }
}

void pp_heap_filter_pin_sig(uintptr_t address)
{
    pp_store_relaxed(&pp_heap_filter[pp_heap_filter_index(address)], UINT8_MAX);
}

/* The window of an address in a level; `base` is where the level starts. */
static struct pp_heap_live *window(uint64_t hash, unsigned level, size_t base)
{
    size_t windows = level_slots(level) / WINDOW;
    size_t at = (hash >> (8 * level)) & (windows - 1);
    return set.slots + base + at * WINDOW;
}

static struct pp_heap_live *hold_empty(struct pp_heap_live *slots)
{
    for (unsigned i = 0; i < WINDOW; i++) {
        uintptr_t found = pp_load_relaxed(&slots[i].address);
        if (found == EMPTY && pp_cas(&slots[i].address, &found, (uintptr_t)HELD)) {
            return &slots[i];
        }
    }
    return NULL;
}

static struct pp_heap_live *hold_address(struct pp_heap_live *slots, uintptr_t address)
{
    for (unsigned i = 0; i < WINDOW; i++) {
        uintptr_t found = pp_load_acquire(&slots[i].address);
        if (found == address && pp_cas(&slots[i].address, &found, (uintptr_t)HELD)) {
            return &slots[i];
        }
    }
    return NULL;
}

static void note_level(uint32_t levels)
{
    uint32_t old = pp_load_relaxed(&set.levels_used);
    while (old < levels && !pp_cas(&set.levels_used, &old, levels)) {
    }
}

static struct pp_heap_live *hold_any_empty(uintptr_t address)
{
    uint64_t hash = pp_hash_u64(address);
    size_t base = 0;
    for (unsigned level = 0; level < LEVELS; level++) {
        note_level(level + 1);
        struct pp_heap_live *slot = hold_empty(window(hash, level, base));
        if (slot) {
            return slot;
        }
        base += level_slots(level);
    }
    return NULL;
}

bool pp_heap_live_add_sig(const struct pp_heap_live *live)
{
    struct pp_heap_live *slot = NULL;
    if (pp_load_relaxed(&set.live) < LIVE_CAP) {
        slot = hold_any_empty(live->address);
    }
    if (!slot) {
        pp_add_relaxed(&set.lost, 1);
        return false;
    }
    pp_add_relaxed(&set.live, 1);
    filter_raise(live->address);
    slot->weight = live->weight;
    slot->size = live->size;
    slot->bucket = live->bucket;
    slot->born = live->born;
    pp_store_release(&slot->address, live->address);
    return true;
}

bool pp_heap_live_take_sig(uintptr_t address, struct pp_heap_live *live)
{
    uint32_t levels = pp_load_relaxed(&set.levels_used);
    if (address <= HELD) {
        return false;
    }
    uint64_t hash = pp_hash_u64(address);
    size_t base = 0;
    for (unsigned level = 0; level < levels; level++) {
        struct pp_heap_live *slot = hold_address(window(hash, level, base), address);
        if (slot) {
            *live = *slot;
            live->address = address;
            pp_store_release(&slot->address, (uintptr_t)EMPTY);
            filter_lower(address);
            pp_sub_relaxed(&set.live, 1);
            return true;
        }
        base += level_slots(level);
    }
    return false;
}

/* Of the filter only what live blocks raised is lowered: most of its pages were never written and stay
 * shared. What another thread had half done at the fork may leave a byte raised: speed only. */
void pp_heap_live_clear(void)
{
    size_t slots = 0;
    for (unsigned level = 0; level < set.levels_used; level++) {
        slots += level_slots(level);
    }
    for (size_t i = 0; i < slots; i++) {
        if (set.slots[i].address > HELD) {
            filter_lower(set.slots[i].address);
        }
    }
    if (set.slots) {
        pp_sys_discard(set.slots, set_bytes());
    }
    set.levels_used = 0;
    set.live = set.lost = 0;
}

void pp_heap_table_stats_live(struct pp_heap_table_stats *stats)
{
    stats->live = pp_load_relaxed(&set.live);
    stats->live_cap = LIVE_CAP;
    stats->lost_live = pp_load_relaxed(&set.lost);
    stats->live_bytes = set_bytes();
}
