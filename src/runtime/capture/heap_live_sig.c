/* The live set: where each sampled block that was not freed yet is kept.
 *
 *   level 0 [ 256 slots ]  level 1 [ 2 Ki ]  ...  level 4 [ 1 Mi ]
 *             ^ one window of 8 slots       ^ and one here, for each address
 *
 * Small programs stay in level 0 (8 KiB); a level is touched only after the window before it was
 * full, so memory follows the number of live samples. A lookup reads one window for each level in
 * use. */
#include "base/sys.h"
#include "base/table.h"
#include "pprof/error.h"
#include "runtime/capture/heap_tables.h"

enum { WINDOW = 8, LEVELS = 5 };
#ifdef PPROF_SMALL
enum { FIRST_BITS = 3, STEP_BITS = 0, LIVE_CAP = 24 };
#else
enum { FIRST_BITS = 8, STEP_BITS = 3, LIVE_CAP = 1 << 20 };
#endif
enum { EMPTY = 0, HELD = 1 };

uint8_t pp_heap_filter[PP_HEAP_FILTER_BYTES] __attribute__((aligned(4096)));

/* The addresses of a window fill one cache line, which is all that most searches read. */
struct window {
    uintptr_t addresses[WINDOW]; /* EMPTY, HELD while being written or taken, or the block */
    struct {
        uint64_t weight, size;
        uint32_t bucket, born;
    } blocks[WINDOW];
};

static struct {
    struct window *windows;
    uint32_t levels; /* LEVELS, or what there is room for */
    uint32_t levels_used;
    uint64_t live, lost;
} set PP_HOT_DATA;

struct place {
    struct window *window; /* NULL: none */
    unsigned slot;
};

static size_t level_windows(unsigned level)
{
    return ((size_t)1 << (FIRST_BITS + STEP_BITS * level)) / WINDOW;
}

static size_t windows_in(unsigned levels)
{
    size_t windows = 0;
    for (unsigned level = 0; level < levels; level++) {
        windows += level_windows(level);
    }
    return windows;
}

static size_t set_bytes(void)
{
    return windows_in(set.levels) * sizeof *set.windows;
}

int pp_heap_live_init(void)
{
    struct window *windows = NULL;
    for (set.levels = LEVELS + 1; !windows && set.levels > 1;) {
        set.levels--;
        size_t bytes = set_bytes();
        windows = pp_sys_reserve_some(&bytes, bytes);
    }
    if (!windows) {
        return PPROF_ERR_NOMEM;
    }
    pp_store_release(&set.windows, windows);
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
static struct window *window_of(uint64_t hash, unsigned level, size_t base)
{
    return set.windows + base + ((hash >> (8 * level)) & (level_windows(level) - 1));
}

/* Claims the first slot of the window that holds `wanted` (an address, or EMPTY). */
static PP_HOT struct place hold(struct window *window, uintptr_t wanted)
{
    for (unsigned i = 0; i < WINDOW; i++) {
        uintptr_t found = pp_load_acquire(&window->addresses[i]);
        if (found == wanted && pp_cas(&window->addresses[i], &found, (uintptr_t)HELD)) {
            return (struct place){ window, i };
        }
    }
    return (struct place){ NULL, 0 };
}

static void note_level(uint32_t levels)
{
    uint32_t old = pp_load_relaxed(&set.levels_used);
    while (old < levels && !pp_cas(&set.levels_used, &old, levels)) {
    }
}

static PP_HOT struct place hold_any_empty(uintptr_t address)
{
    uint64_t hash = pp_hash_u64(address);
    size_t base = 0;
    for (unsigned level = 0; level < set.levels; level++) {
        note_level(level + 1);
        struct place place = hold(window_of(hash, level, base), EMPTY);
        if (place.window) {
            return place;
        }
        base += level_windows(level);
    }
    return (struct place){ NULL, 0 };
}

static uint64_t live_cap(void)
{
    uint64_t slots = windows_in(set.levels) * WINDOW;
    return slots < LIVE_CAP ? slots : LIVE_CAP;
}

PP_HOT bool pp_heap_live_add_sig(const struct pp_heap_live *live)
{
    struct place place = { NULL, 0 };
    if (pp_load_relaxed(&set.live) < LIVE_CAP) {
        place = hold_any_empty(live->address);
    }
    if (!place.window) {
        pp_add_relaxed(&set.lost, 1);
        return false;
    }
    pp_add_relaxed(&set.live, 1);
    filter_raise(live->address);
    place.window->blocks[place.slot].weight = live->weight;
    place.window->blocks[place.slot].size = live->size;
    place.window->blocks[place.slot].bucket = live->bucket;
    place.window->blocks[place.slot].born = live->born;
    pp_store_release(&place.window->addresses[place.slot], live->address);
    return true;
}

static void empty_into(struct place place, uintptr_t address, struct pp_heap_live *live)
{
    *live = (struct pp_heap_live){
        .address = address,
        .weight = place.window->blocks[place.slot].weight,
        .size = place.window->blocks[place.slot].size,
        .bucket = place.window->blocks[place.slot].bucket,
        .born = place.window->blocks[place.slot].born,
    };
    pp_store_release(&place.window->addresses[place.slot], (uintptr_t)EMPTY);
    filter_lower(address);
    pp_sub_relaxed(&set.live, 1);
}

PP_HOT bool pp_heap_live_take_sig(uintptr_t address, struct pp_heap_live *live)
{
    uint32_t levels = pp_load_relaxed(&set.levels_used);
    if (address <= HELD) {
        return false;
    }
    uint64_t hash = pp_hash_u64(address);
    size_t base = 0;
    for (unsigned level = 0; level < levels; level++) {
        struct place place = hold(window_of(hash, level, base), address);
        if (place.window) {
            empty_into(place, address, live);
            return true;
        }
        base += level_windows(level);
    }
    return false;
}

/* False when the slot is empty or changed while it was read. */
static bool read_slot(const struct window *window, unsigned slot, struct pp_heap_live *live)
{
    uintptr_t address = pp_load_acquire(&window->addresses[slot]);
    if (address <= HELD) {
        return false;
    }
    *live = (struct pp_heap_live){
        .address = address,
        .weight = pp_load_relaxed(&window->blocks[slot].weight),
        .size = pp_load_relaxed(&window->blocks[slot].size),
        .bucket = pp_load_relaxed(&window->blocks[slot].bucket),
        .born = pp_load_relaxed(&window->blocks[slot].born),
    };
    pp_fence();
    return pp_load_relaxed(&window->addresses[slot]) == address;
}

int pp_heap_live_each(int (*visit)(void *ctx, const struct pp_heap_live *live), void *ctx)
{
    struct pp_heap_live live;
    size_t count = windows_in(pp_load_relaxed(&set.levels_used)) * WINDOW;
    for (size_t i = 0; i < count; i++) {
        if (read_slot(&set.windows[i / WINDOW], i % WINDOW, &live)) {
            int result = visit(ctx, &live);
            if (result) {
                return result;
            }
        }
    }
    return 0;
}

/* Of the filter only what live blocks raised is lowered: most of its pages were never written and
 * stay shared. What another thread had half done at the fork may leave a byte raised. */
void pp_heap_live_clear(void)
{
    size_t count = windows_in(set.levels_used);
    for (size_t i = 0; i < count * WINDOW; i++) {
        uintptr_t address = set.windows[i / WINDOW].addresses[i % WINDOW];
        if (address > HELD) {
            filter_lower(address);
        }
    }
    if (set.windows) {
        pp_sys_discard(set.windows, set_bytes());
    }
    set.levels_used = 0;
    set.live = set.lost = 0;
}

void pp_heap_table_stats_live(struct pp_heap_table_stats *stats)
{
    stats->live = pp_load_relaxed(&set.live);
    stats->live_cap = live_cap();
    stats->lost_live = pp_load_relaxed(&set.lost);
    stats->live_bytes = set_bytes();
}
