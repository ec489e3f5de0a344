/* The trace from outside of the threads that write it: switching, names, reading. */
#include "runtime/capture/trace_pool.h"

#include "base/err.h"
#include "base/sys.h"
#include "base/table.h"
#include "profile/sort.h"
#include "runtime/unwind/lock.h"

#include <errno.h>
#include <string.h>

enum {
    TEXT_BYTES = 128,
#ifdef PPROF_SMALL
    TEXTS = 8,
#else
    TEXTS = 8 << 10,
#endif
    TEXT_SLOTS = 2 * TEXTS,
};

/* Rank: leaf. Guards users, the pool's reservation, and the adding of texts. */
static uint32_t lock;
static unsigned users, stack_users;

static char (*texts)[TEXT_BYTES]; /* TEXTS of them, then the slots */
static uint32_t *text_slots;      /* number; 0: free */
static uint32_t text_count;

/* ---- texts ------------------------------------------------------------------------------------ */

static bool reserve_texts(void)
{
    if (!texts) {
        size_t text_bytes = (size_t)TEXTS * TEXT_BYTES;
        char *all = pp_sys_reserve(text_bytes + TEXT_SLOTS * sizeof(*text_slots));
        if (!all) {
            return false;
        }
        text_slots = (uint32_t *)(void *)(all + text_bytes);
        text_count = 1;
        pp_store_release(&texts, (char(*)[TEXT_BYTES])(void *)all);
    }
    return true;
}

/* The number at the text's slot; where it is free, 0 and *slot. */
static uint32_t find_text(const char *text, size_t len, uint32_t **slot)
{
    size_t at = pp_hash_bytes(text, len) % TEXT_SLOTS;
    for (;; at = (at + 1) % TEXT_SLOTS) {
        uint32_t number = pp_load_acquire(&text_slots[at]);
        *slot = &text_slots[at];
        if (!number || (memcmp(texts[number], text, len) == 0 && !texts[number][len])) {
            return number;
        }
    }
}

uint32_t pp_trace_text(const char *text)
{
    uint32_t *slot, number = 0;
    size_t len = strnlen(text, TEXT_BYTES - 1);
    if (!len) {
        return 0;
    }
    if (pp_load_acquire(&texts) && (number = find_text(text, len, &slot)) != 0) {
        return number;
    }
    pp_unwind_lock(&lock);
    if (reserve_texts() && !(number = find_text(text, len, &slot)) && text_count < TEXTS) {
        number = text_count++;
        memcpy(texts[number], text, len);
        pp_store_release(slot, number);
    }
    pp_unwind_unlock(&lock);
    return number;
}

const char *pp_trace_text_of(uint32_t name)
{
    return pp_load_acquire(&texts) && name < TEXTS ? texts[name] : "";
}

/* ---- on and off ------------------------------------------------------------------------------- */

static bool is_gone(pid_t tid)
{
    return pp_sys_tgkill(tid, 0) == -ESRCH;
}

/* What earlier traces left is not needed any more; what living threads hold stays theirs. */
static void free_chunks(void)
{
    for (uint32_t i = 0; i < pp_load_acquire(&pp_trace_high); i++) {
        struct pp_trace_head *head = &pp_trace_pool->heads[i];
        uint32_t sealed = PP_TRACE_SEALED, open = PP_TRACE_OPEN;
        if (!pp_cas(&head->state, &sealed, PP_TRACE_FREE_CHUNK) && sealed == PP_TRACE_OPEN &&
            is_gone(head->tid)) {
            (void)pp_cas(&head->state, &open, PP_TRACE_FREE_CHUNK);
        }
    }
}

static bool reserve_pool(void)
{
    if (!pp_trace_pool) {
        struct pp_trace_pool *pool = pp_sys_reserve(sizeof(*pool));
        if (!pool) {
            return false;
        }
        pp_sys_dont_fork(pool, sizeof(*pool));
        pp_store_release(&pp_trace_pool, pool);
    }
    return true;
}

static void publish(void)
{
    uint32_t on = users ? PP_TRACE_EVENTS : 0;
    pp_store(&pp_trace_on, on | (stack_users ? PP_TRACE_STACKS : 0));
}

int pp_trace_start(bool with_stacks, struct pprof_error *error)
{
    int result = 0;
    pp_unwind_lock(&lock);
    if (!reserve_pool()) {
        result = pp_err_set(error, PPROF_ERR_NOMEM, "no address space for %zu MiB of trace",
                            sizeof(struct pp_trace_pool) >> 20);
    } else {
        if (!users++) {
            free_chunks();
        }
        stack_users += with_stacks;
        publish();
    }
    pp_unwind_unlock(&lock);
    return result;
}

void pp_trace_stop(bool with_stacks)
{
    pp_unwind_lock(&lock);
    if (users) { /* 0 in a child that was forked meanwhile */
        users--;
        stack_users -= with_stacks && stack_users;
        publish();
    }
    pp_unwind_unlock(&lock);
}

/* ---- reading ---------------------------------------------------------------------------------- */

/* One chunk as found. */
struct piece {
    const struct pp_trace_head *head;
    const struct pp_trace_event *events;
    uint32_t generation, count;
    pid_t tid;
    int64_t first_ns;
};

static bool look(const struct pp_trace_pool *pool, size_t chunk, struct piece *piece)
{
    const struct pp_trace_head *head = &pool->heads[chunk];
    uint32_t state = pp_load_acquire(&head->state);
    piece->head = head;
    piece->events = pool->events[chunk];
    piece->generation = pp_load_acquire(&head->generation);
    piece->count = pp_load_acquire(&head->count);
    piece->tid = head->tid;
    piece->first_ns = piece->events[0].at_ns;
    return state != PP_TRACE_FREE_CHUNK && piece->count;
}

static int by_thread_and_time(const void *a, const void *b, void *ctx)
{
    const struct piece *x = a, *y = b;
    (void)ctx;
    if (x->tid != y->tid) {
        return x->tid < y->tid ? -1 : 1;
    }
    return (x->first_ns > y->first_ns) - (x->first_ns < y->first_ns);
}

/* Copies the piece's events of the view's time behind the thread's others; false when the chunk was
 * taken anew meanwhile, and then nothing counts as copied. */
static bool copy_piece(const struct piece *piece, const struct pp_trace_view *view,
                       struct pp_trace_event *to, struct pp_trace_thread *thread)
{
    size_t first = 0, end = piece->count;
    while (first < end && piece->events[first].at_ns < view->from_ns) {
        first++;
    }
    while (end > first && piece->events[end - 1].at_ns > view->to_ns) {
        end--;
    }
    memcpy(to, piece->events + first, (end - first) * sizeof(*to));
    memcpy(thread->name, piece->head->name, sizeof(thread->name) - 1);
    pp_fence();
    if (pp_load_acquire(&piece->head->generation) != piece->generation) {
        return false;
    }
    thread->count += end - first;
    return true;
}

static void join(const struct piece *pieces, size_t count, struct pp_trace_event *to,
                 struct pp_trace_view *view)
{
    struct pp_trace_thread *thread = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!thread || thread->tid != pieces[i].tid) {
            thread = &view->threads[view->thread_count++];
            *thread = (struct pp_trace_thread){ .tid = pieces[i].tid, .events = to };
        }
        size_t before = thread->count;
        view->is_cut = !copy_piece(&pieces[i], view, to, thread) || view->is_cut;
        to += thread->count - before;
    }
}

int pp_trace_collect(struct pp_arena *arena, int64_t from_ns, struct pp_trace_view *view,
                     struct pprof_error *error)
{
    const struct pp_trace_pool *pool = pp_load_acquire(&pp_trace_pool);
    size_t chunks = pool ? pp_load_acquire(&pp_trace_high) : 0;
    size_t count = 0, total = 0;
    struct piece *pieces = pp_arena_array(arena, chunks + 1, sizeof(*pieces));
    /* Now, before any chunk is looked at: what comes later may be in one chunk and not in another. */
    *view = (struct pp_trace_view){ .from_ns = from_ns, .to_ns = pp_sys_monotonic_ns() };
    for (size_t i = 0; pieces && i < chunks; i++) {
        count += look(pool, i, &pieces[count]);
    }
    for (size_t i = 0; i < count; i++) {
        total += pieces[i].count;
    }
    view->threads = pp_arena_array(arena, count + 1, sizeof(*view->threads));
    struct pp_trace_event *events = pp_arena_array(arena, total + 1, sizeof(*events));
    if (!pieces || !view->threads || !events ||
        pp_sort(pieces, count, sizeof(*pieces), by_thread_and_time, NULL, arena) != 0) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "not enough memory to read the trace");
    }
    join(pieces, count, events, view);
    view->is_cut = view->is_cut || pp_load_relaxed(&pp_trace_recycled_ns) > from_ns;
    return 0;
}

void pp_trace_stats(struct pp_trace_stats *stats)
{
    *stats = (struct pp_trace_stats){
        .bytes_reserved = pp_load_relaxed(&pp_trace_pool) ? sizeof(struct pp_trace_pool) : 0,
        .chunks_used = pp_load_relaxed(&pp_trace_high),
        .chunk_cap = PP_TRACE_CHUNKS,
        .recycled = pp_load_relaxed(&pp_trace_recycled),
        .lost = pp_load_relaxed(&pp_trace_lost),
        .texts = pp_load_relaxed(&text_count),
        .text_cap = TEXTS,
    };
}

/* ---- fork ------------------------------------------------------------------------------------- */

void pp_trace_after_fork(void)
{
    lock = 0;
    users = stack_users = 0;
    pp_trace_after_fork_sig();
}
