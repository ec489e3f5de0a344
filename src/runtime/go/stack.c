/* Stacks by size class, each with its struct pp_g at the top and a guard page at the bottom.
 *
 *   class -> chunks of reserved memory, each twice as large as the one before
 *   chunk -> [ slot | slot | slot ... ]     carved in batches, never unmapped
 *   slot  -> [ guard | stack, grows down ... | struct pp_g ]
 *
 * Guards are MADV_GUARD_INSTALL: no mapping spent, 400 ns each in a batch, so that a million stacks
 * are one mapping. Where the kernel has none (or mlockall is in force), pages are made PROT_NONE as
 * long as a budget of mappings lasts. 64 KiB is the default size, not more, because page tables of
 * a parked stack cost 128 bytes then and 8 KiB with 8 MiB.
 *
 * Free slots are kept hot; those beyond a reserve give their pages back (pp_go_stack_trim). */
#include "base/log.h"
#include "base/sys.h"
#include "base/sys_valgrind.h"
#include "runtime/go/stack_private.h"
#include "runtime/go/fiber.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

enum {
    CARVE = 64,            /* slots at a time */
    GUARD = 4 << 10,
    FIRST_BYTES = 16 << 20,
    KEEP = 256,            /* free slots of a class that keep their pages */
    GUARD_BUDGET_OF_10 = 4, /* of the mappings a process may have, for PROT_NONE guards */
    MAP_COUNT_DEFAULT = 65530,
};
#define CHUNK_BYTES_MAX ((size_t)64 << 30)

/* With a page for the guard: an odd number of pages, so that the tops of many stacks, each one page of
 * its own, fall into all sets of the processor's table of pages and not into eight of them. */
#define SLOT(bytes) ((bytes) + GUARD)
const size_t pp_go_class_bytes[PP_GO_CLASSES] = { SLOT(16 << 10), SLOT(64 << 10), SLOT(256 << 10),
                                                  SLOT(1 << 20), SLOT(8 << 20) };
struct pp_go_stack_class pp_go_stack_classes[PP_GO_CLASSES];

static struct {
    bool has_guard, has_batch;
    int64_t budget;
    uint64_t bare; /* stacks without a guard */
} guards;

/* ---- places in a slot ---- */

static struct pp_g *slot_g(unsigned k, const struct pp_go_chunk *chunk, size_t slot)
{
    char *end = chunk->start + (slot + 1) * pp_go_class_bytes[k];
    end -= slot % PP_GO_COLOURS * PP_GO_COLOUR_STEP;
    return (struct pp_g *)(void *)(end - PP_GO_G_BYTES);
}

size_t pp_go_stack_bytes(unsigned stack_class)
{
    return pp_go_class_bytes[stack_class] - GUARD;
}

int pp_go_stack_class(size_t bytes)
{
    if (bytes == 0) {
        return 1;
    }
    for (int k = 0; k < PP_GO_CLASSES; k++) {
        if (bytes <= pp_go_class_bytes[k] - GUARD) {
            return k;
        }
    }
    return -EINVAL;
}

/* ---- guards ---- */

static int64_t read_map_count(void)
{
    char text[32];
    int64_t value = 0;
    if (pp_sys_read_file("/proc/sys/vm/max_map_count", text, sizeof(text)) <= 0) {
        return MAP_COUNT_DEFAULT;
    }
    for (const char *p = text; *p >= '0' && *p <= '9'; p++) {
        value = value * 10 + (*p - '0');
    }
    return value;
}

static long advise(void *start, size_t bytes, int advice)
{
    return pp_sys_call(SYS_madvise, (long)start, (long)bytes, advice, 0, 0, 0);
}

int pp_go_stack_init(void)
{
    size_t page = pp_sys_page_size();
    char *probe = pp_sys_map(page);
    if (!probe) {
        return -ENOMEM;
    }
    guards.has_guard =
        advise(probe, page, MADV_GUARD_INSTALL) == 0 && !pp_sys_readable(probe);
    guards.has_batch = guards.has_guard && !pp_valgrind_is_here(); /* has no pidfd_open */
    guards.budget = read_map_count() * GUARD_BUDGET_OF_10 / 10;
    pp_sys_unmap(probe, page);
    return 0;
}

/* Many at once through a descriptor of our own process; false: one by one, then. */
static bool guard_batch(char *first, size_t stride, size_t count)
{
    struct iovec parts[CARVE];
    if (!guards.has_batch) {
        return false;
    }
    long fd = pp_sys_call(SYS_pidfd_open, pp_sys_pid(), 0, 0, 0, 0, 0);
    if (fd < 0) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        parts[i] = (struct iovec){ first + i * stride, pp_sys_page_size() };
    }
    long done = pp_sys_call(SYS_process_madvise, fd, (long)parts, (long)count, MADV_GUARD_INSTALL,
                            0, 0);
    (void)pp_sys_call(SYS_close, fd, 0, 0, 0, 0, 0);
    guards.has_batch = done == (long)(count * pp_sys_page_size());
    return guards.has_batch;
}

static void guard_one(char *page)
{
    size_t bytes = pp_sys_page_size();
    if (guards.has_guard && advise(page, bytes, MADV_GUARD_INSTALL) == 0) {
        return;
    }
    if (pp_sub_relaxed(&guards.budget, 2) > 0 &&
        pp_sys_call(SYS_mprotect, (long)page, (long)bytes, PROT_NONE, 0, 0, 0) == 0) {
        return;
    }
    if (pp_add_relaxed(&guards.bare, 1) == 0) {
        pp_log("goroutine stacks: no more guard pages can be had (vm.max_map_count, kernel before "
               "6.13); an overflow of further stacks goes unnoticed");
    }
}

static void guard_slots(unsigned k, char *first, size_t count)
{
    if (guard_batch(first, pp_go_class_bytes[k], count)) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        guard_one(first + i * pp_go_class_bytes[k]);
    }
}

/* ---- getting slots, under the class's lock ---- */

static bool add_chunk(unsigned k)
{
    struct pp_go_stack_class *class = &pp_go_stack_classes[k];
    size_t n = class->chunk_count;
    size_t bytes = (size_t)FIRST_BYTES << (n < 12 ? n : 12);
    bytes = bytes > CHUNK_BYTES_MAX ? CHUNK_BYTES_MAX : bytes;
    if (n == PP_GO_CHUNKS) {
        return false;
    }
    size_t least = pp_go_class_bytes[k] * 2;
    bytes = bytes < least ? least : bytes;
    char *start = pp_sys_reserve_some(&bytes, least);
    if (!start) {
        return false;
    }
    (void)advise(start, bytes, MADV_NOHUGEPAGE);
    size_t slots = bytes / pp_go_class_bytes[k];
    uint32_t *next_cold = pp_sys_reserve(slots * sizeof(*next_cold));
    if (!next_cold) {
        pp_sys_unmap(start, bytes);
        return false;
    }
    class->chunks[n] = (struct pp_go_chunk){ start, slots, 0, 0, next_cold };
    pp_store_release(&class->chunk_count, n + 1);
    return true;
}

static void put_hot(struct pp_go_stack_class *class, struct pp_g *g)
{
    pp_go_stack_link(g, class->hot);
    class->hot = g;
    class->hot_count++;
}

static void set_up(unsigned k, const struct pp_go_chunk *chunk, size_t slot)
{
    struct pp_g *g = slot_g(k, chunk, slot);
    g->stack_class = (uint8_t)k;
    g->stack_low = (uintptr_t)chunk->start + slot * pp_go_class_bytes[k] + pp_sys_page_size();
}

static bool carve(unsigned k)
{
    struct pp_go_stack_class *class = &pp_go_stack_classes[k];
    struct pp_go_chunk *chunk = class->chunk_count ? &class->chunks[class->chunk_count - 1] : NULL;
    if (!chunk || chunk->carved == chunk->slots) {
        if (!add_chunk(k)) {
            return false;
        }
        chunk = &class->chunks[class->chunk_count - 1];
    }
    size_t first = chunk->carved, left = chunk->slots - first;
    size_t most = k < 2 ? CARVE : 1;
    size_t count = left < most ? left : most;
    char *start = chunk->start + first * pp_go_class_bytes[k];
    guard_slots(k, start, count);
    for (size_t i = count; i-- > 0;) {
        set_up(k, chunk, first + i);
        struct pp_g *g = slot_g(k, chunk, first + i);
        pp_go_watch_stack((void *)g->stack_low, (void *)pp_go_stack_top(g));
        put_hot(class, g);
    }
    pp_store_release(&chunk->carved, first + count);
    return true;
}

static struct pp_g *take_cold(unsigned k)
{
    struct pp_go_stack_class *class = &pp_go_stack_classes[k];
    for (size_t i = 0; i < class->chunk_count; i++) {
        struct pp_go_chunk *chunk = &class->chunks[i];
        if (chunk->cold) {
            uint32_t slot = chunk->cold - 1;
            chunk->cold = chunk->next_cold[slot];
            set_up(k, chunk, slot);
            return slot_g(k, chunk, slot);
        }
    }
    return NULL;
}

/* A batch is needed one by one. */
static void open_batch(struct pp_go_stack_class *class)
{
    if (!class->hot && class->hot_batches) {
        class->hot = class->hot_batches;
        class->hot_batches = class->hot_batches->next_batch;
    }
}

static struct pp_g *take_one(unsigned k)
{
    struct pp_go_stack_class *class = &pp_go_stack_classes[k];
    open_batch(class);
    struct pp_g *g = class->hot ? NULL : take_cold(k);
    if (!g && (class->hot || carve(k))) {
        g = class->hot;
        class->hot = g->next;
        class->hot_count--;
    }
    return g;
}

struct pp_g *pp_go_stack_take(unsigned k, uint32_t *count)
{
    struct pp_go_stack_class *class = &pp_go_stack_classes[k];
    struct pp_g *first = NULL, *g;
    uint32_t n = 0;
    pp_go_lock(&class->lock);
    if (*count == PP_GO_FREE_BATCH && class->hot_batches) {
        first = class->hot_batches;
        class->hot_batches = first->next_batch;
        class->hot_count -= n = PP_GO_FREE_BATCH;
    }
    while (n < *count && (n == 0 || class->hot) && (g = take_one(k)) != NULL) {
        pp_go_stack_link(g, first);
        first = g;
        n++;
    }
    pp_go_unlock(&class->lock);
    *count = n;
    return first;
}

void pp_go_stack_give(struct pp_g *g)
{
    struct pp_go_stack_class *class = &pp_go_stack_classes[g->stack_class];
    pp_go_lock(&class->lock);
    put_hot(class, g);
    pp_go_unlock(&class->lock);
}

void pp_go_stack_give_batch(struct pp_g *first)
{
    struct pp_go_stack_class *class = &pp_go_stack_classes[first->stack_class];
    pp_go_lock(&class->lock);
    first->next_batch = class->hot_batches;
    class->hot_batches = first;
    class->hot_count += PP_GO_FREE_BATCH;
    pp_go_unlock(&class->lock);
}

/* ---- giving pages back ---- */

static void cool(unsigned k, struct pp_g *g)
{
    struct pp_go_stack_class *class = &pp_go_stack_classes[k];
    uintptr_t low = g->stack_low - pp_sys_page_size();
    for (size_t i = 0; i < class->chunk_count; i++) {
        struct pp_go_chunk *chunk = &class->chunks[i];
        size_t offset = low - (uintptr_t)chunk->start;
        if (offset < chunk->slots * pp_go_class_bytes[k]) {
            uint32_t slot = (uint32_t)(offset / pp_go_class_bytes[k]);
            chunk->next_cold[slot] = chunk->cold;
            chunk->cold = slot + 1;
            pp_sys_discard((void *)g->stack_low, pp_go_class_bytes[k] - pp_sys_page_size());
            return;
        }
    }
}

static void trim_class(unsigned k)
{
    struct pp_go_stack_class *class = &pp_go_stack_classes[k];
    pp_go_lock(&class->lock);
    for (int i = 0; i < CARVE && class->hot_count > KEEP; i++) {
        open_batch(class);
        struct pp_g *g = class->hot;
        class->hot = g->next;
        class->hot_count--;
        cool(k, g);
    }
    pp_go_unlock(&class->lock);
}

void pp_go_stack_trim(void)
{
    for (unsigned k = 0; k < PP_GO_CLASSES; k++) {
        trim_class(k);
    }
}

/* ---- looking at them ---- */

void pp_go_stack_walk(bool (*visit)(void *ctx, struct pp_g *g), void *ctx)
{
    for (unsigned k = 0; k < PP_GO_CLASSES; k++) {
        size_t chunks = pp_load_acquire(&pp_go_stack_classes[k].chunk_count);
        for (size_t i = 0; i < chunks; i++) {
            const struct pp_go_chunk *chunk = &pp_go_stack_classes[k].chunks[i];
            size_t carved = pp_load_acquire(&chunk->carved);
            for (size_t slot = 0; slot < carved; slot++) {
                if (visit(ctx, slot_g(k, chunk, slot))) {
                    return;
                }
            }
        }
    }
}

struct pp_g *pp_go_stack_next(struct pp_go_cursor *at)
{
    for (; at->class < PP_GO_CLASSES; at->class++, at->chunk = 0) {
        const struct pp_go_stack_class *class = &pp_go_stack_classes[at->class];
        for (; at->chunk < pp_load_acquire(&class->chunk_count); at->chunk++, at->slot = 0) {
            const struct pp_go_chunk *chunk = &class->chunks[at->chunk];
            if (at->slot < pp_load_acquire(&chunk->carved)) {
                return slot_g((unsigned)at->class, chunk, at->slot++);
            }
        }
    }
    *at = (struct pp_go_cursor){ 0, 0, 0 };
    return NULL;
}
