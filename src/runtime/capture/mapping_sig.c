#include "runtime/capture/mapping.h"

#include "base/sys.h"
#include "base/table.h"
#include "runtime/capture/age.h"
#include "runtime/capture/caller.h"
#include "runtime/capture/self.h"

#ifdef PPROF_SMALL
enum { SLOTS = 64 };
#else
enum { SLOTS = 32 << 10 }; /* half of what the kernel allows by default (vm.max_map_count) */
#endif
enum { LEAST = 64, HINTS = 4096, PATIENCE = 4096 /* looks at a held slot: some 100 us */ };
enum { EARLY = 32 };
enum { EMPTY = 0, HELD = 1 }; /* in place of start */

static struct {
    struct pp_mapping *slots;
    uint32_t cap, used; /* slots at and above it were never taken */
    uint32_t lowest;    /* below it no slot is free, as far as is known */
    uint32_t sequence;
    uint64_t live, noted, lost, contended;
    uint32_t hints[HINTS]; /* slot + 1 by start: where an exact munmap looks first */
} table;

/* What was mapped before the table is there: the allocator's first memory, since somebody's
 * constructor allocates before ours runs. Of a stack only the caller is known by then. */
static struct {
    struct {
        uintptr_t start, limit, caller;
        enum pp_mapping_kind kind;
    } items[EARLY];
    uint32_t count; /* may be above EARLY: the rest is not kept */
} early;

static uint32_t *hint_of(uintptr_t start)
{
    return &table.hints[pp_hash_u64(start) % HINTS];
}

static bool hold(struct pp_mapping *slot, uintptr_t expected)
{
    return pp_cas(&slot->start, &expected, (uintptr_t)HELD);
}

/* Where a slot begins; waits while it is held, and gives up (HELD) when that takes too long. */
static uintptr_t settled_start(struct pp_mapping *slot)
{
    uintptr_t start = pp_load_acquire(&slot->start);
    for (int i = 0; start == HELD && i < PATIENCE; i++) {
        pp_pause();
        start = pp_load_acquire(&slot->start);
    }
    if (start == HELD) {
        pp_add_relaxed(&table.contended, 1);
    }
    return start;
}

/* ---- slots ---------------------------------------------------------------------------------- */

static struct pp_mapping *claim_below(uint32_t from, uint32_t limit)
{
    for (uint32_t i = from; i < limit; i++) {
        if (pp_load_relaxed(&table.slots[i].start) == EMPTY && hold(&table.slots[i], EMPTY)) {
            pp_store_relaxed(&table.lowest, i + 1);
            return &table.slots[i];
        }
    }
    return NULL;
}

static struct pp_mapping *claim_fresh(void)
{
    uint32_t at = pp_load_relaxed(&table.used);
    while (at < table.cap) {
        if (pp_cas(&table.used, &at, at + 1)) {
            return hold(&table.slots[at], EMPTY) ? &table.slots[at] : claim_fresh();
        }
    }
    return NULL;
}

/* A slot that is HELD, or NULL when all are taken. */
static struct pp_mapping *claim(void)
{
    uint32_t used = pp_load_relaxed(&table.used);
    struct pp_mapping *slot = claim_below(pp_load_relaxed(&table.lowest), used);
    slot = slot ? slot : claim_fresh();
    return slot ? slot : claim_below(0, used);
}

static void give_back(struct pp_mapping *slot)
{
    uint32_t index = (uint32_t)(slot - table.slots);
    uint32_t lowest = pp_load_relaxed(&table.lowest);
    pp_store_release(&slot->start, (uintptr_t)EMPTY);
    pp_sub_relaxed(&table.live, 1);
    while (index < lowest && !pp_cas(&table.lowest, &lowest, index)) {
    }
}

static void add(const struct pp_mapping *mapping)
{
    struct pp_mapping *slot = claim();
    if (!slot) {
        pp_add_relaxed(&table.lost, 1);
        return;
    }
    slot->limit = mapping->limit;
    slot->stack = mapping->stack;
    slot->born = mapping->born;
    slot->sequence = mapping->sequence;
    slot->kind = mapping->kind;
    pp_add_relaxed(&table.live, 1);
    pp_store_relaxed(hint_of(mapping->start), (uint32_t)(slot - table.slots) + 1);
    pp_store_release(&slot->start, mapping->start);
}

void pp_mapping_restore_sig(const struct pp_mapping *mapping)
{
    struct pp_mapping copy = *mapping;
    if (pp_load_acquire(&table.slots)) {
        copy.sequence = pp_add_relaxed(&table.sequence, 1);
        add(&copy);
    }
}

/* ---- before there is a table ---------------------------------------------------------------- */

static uint32_t early_count(void)
{
    uint32_t count = pp_load_relaxed(&early.count);
    return count < EARLY ? count : EARLY;
}

static void note_early(uintptr_t start, size_t bytes, enum pp_mapping_kind kind,
                       const void *caller)
{
    uint32_t at = pp_add_relaxed(&early.count, 1);
    if (at < EARLY) {
        early.items[at].limit = pp_sys_page_up(start + bytes);
        early.items[at].caller = (uintptr_t)caller;
        early.items[at].kind = kind;
        pp_store_release(&early.items[at].start, start);
    }
}

/* Of one that is cut in its middle the head stays. */
static void cut_early(uintptr_t start, uintptr_t limit)
{
    for (uint32_t i = 0; i < early_count(); i++) {
        uintptr_t *from = &early.items[i].start, *to = &early.items[i].limit;
        if (*from < start && start < *to) {
            *to = start;
        } else if (start <= *from && *from < limit) {
            *from = limit < *to ? limit : *to;
        }
    }
}

static void take_over_early(void)
{
    for (uint32_t i = 0; i < early_count(); i++) {
        struct pp_mapping mapping = {
            .start = early.items[i].start,
            .limit = early.items[i].limit,
            .born = pp_age_born(pp_sys_monotonic_coarse_ns()),
            .kind = early.items[i].kind,
        };
        if (mapping.start && mapping.start < mapping.limit) {
            mapping.stack = pp_stack_intern_sig(&early.items[i].caller, 1, 0, 0);
            pp_mapping_restore_sig(&mapping);
            pp_add_relaxed(&table.noted, 1);
        }
    }
}

int pp_mapping_init(void)
{
    size_t bytes = SLOTS * sizeof *table.slots;
    struct pp_mapping *slots = pp_sys_reserve_some(&bytes, LEAST * sizeof *slots);
    table.cap = slots ? (uint32_t)(bytes / sizeof *slots) : 0;
    pp_store_release(&table.slots, slots);
    take_over_early();
    return 0;
}

void pp_mapping_note_sig(uintptr_t start, size_t bytes, enum pp_mapping_kind kind,
                         const void *caller)
{
    if (!pp_load_acquire(&table.slots)) {
        note_early(start, bytes, kind, caller);
        return;
    }
    if (!pp_load_relaxed(&pp_enabled)) {
        return;
    }
    pp_self_enter();
    struct pp_mapping mapping = {
        .start = start,
        .limit = pp_sys_page_up(start + bytes),
        .stack = pp_caller_stack_spare_sig(caller),
        .born = pp_age_born(pp_sys_monotonic_coarse_ns()),
        .kind = kind,
    };
    pp_mapping_restore_sig(&mapping);
    pp_add_relaxed(&table.noted, 1);
    pp_self_leave();
}

/* ---- cutting -------------------------------------------------------------------------------- */

/* The slot is HELD and overlaps; what stays of it goes on, in a second slot where the middle went.
 */
static void cut_held(struct pp_mapping *slot, uintptr_t held_start, uintptr_t start,
                     uintptr_t limit)
{
    struct pp_mapping tail = *slot;
    tail.start = limit;
    bool has_head = held_start < start, has_tail = slot->limit > limit;
    if (has_head) {
        slot->limit = start;
        pp_store_release(&slot->start, held_start);
    } else {
        give_back(slot);
    }
    if (has_tail) {
        add(&tail);
    }
}

static void report(struct pp_mapping *first, const struct pp_mapping *slot, uintptr_t held_start,
                   uintptr_t start, uintptr_t limit)
{
    *first = *slot;
    first->start = held_start > start ? held_start : start;
    first->limit = slot->limit < limit ? slot->limit : limit;
}

/* True when the slot overlapped, and was cut. */
static bool cut_slot(struct pp_mapping *slot, uintptr_t start, uintptr_t limit,
                     struct pp_mapping *first)
{
    uintptr_t own = settled_start(slot);
    if (own <= HELD || own >= limit || pp_load_relaxed(&slot->limit) <= start || !hold(slot, own)) {
        return false;
    }
    if (slot->limit <= start) { /* it was cut by another before it was held */
        pp_store_release(&slot->start, own);
        return false;
    }
    if (first) {
        report(first, slot, own, start, limit);
    }
    cut_held(slot, own, start, limit);
    return true;
}

/* Most mappings are unmapped as they were mapped: no search. */
static bool cut_exact(uintptr_t start, uintptr_t limit, struct pp_mapping *first)
{
    uint32_t hint = pp_load_relaxed(hint_of(start));
    struct pp_mapping *slot = hint ? &table.slots[hint - 1] : NULL;
    return slot && pp_load_acquire(&slot->start) == start &&
           pp_load_relaxed(&slot->limit) == limit && cut_slot(slot, start, limit, first);
}

bool pp_mapping_cut_sig(uintptr_t start, size_t bytes, struct pp_mapping *first)
{
    uintptr_t limit = pp_sys_page_up(start + bytes);
    if (!pp_load_acquire(&table.slots)) {
        cut_early(start, limit);
        return false;
    }
    if (!pp_load_relaxed(&table.live) || !bytes) {
        return false;
    }
    if (cut_exact(start, limit, first)) {
        return true;
    }
    bool found = false;
    uint32_t used = pp_load_relaxed(&table.used);
    for (uint32_t i = 0; i < used; i++) {
        found |= cut_slot(&table.slots[i], start, limit, found ? NULL : first);
    }
    return found;
}

size_t pp_mapping_list(struct pp_mapping *mappings, size_t cap)
{
    size_t count = 0;
    uint32_t used = pp_load_acquire(&table.slots) ? pp_load_relaxed(&table.used) : 0;
    for (uint32_t i = 0; i < used; i++) {
        uintptr_t start = pp_load_acquire(&table.slots[i].start);
        struct pp_mapping copy = table.slots[i];
        copy.start = start;
        pp_fence();
        if (start > HELD && pp_load_relaxed(&table.slots[i].start) == start) {
            if (count < cap) {
                mappings[count] = copy;
            }
            count++;
        }
    }
    return count;
}

void pp_mapping_stats(struct pp_mapping_stats *stats)
{
    *stats = (struct pp_mapping_stats){
        .live = pp_load_relaxed(&table.live),
        .cap = table.cap,
        .noted = pp_load_relaxed(&table.noted),
        .lost = pp_load_relaxed(&table.lost),
        .contended = pp_load_relaxed(&table.contended),
        .bytes_reserved = table.cap * sizeof *table.slots,
        .off = !pp_load_acquire(&table.slots),
    };
}
