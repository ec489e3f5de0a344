#include "runtime/capture/deadlock.h"

#include "base/table.h"
#include "runtime/unwind/module.h"

#include <string.h>

/* ---- words ---- */

static const char *kind_of(enum pp_wait_reason reason)
{
    switch (reason) {
    case PP_WAIT_MUTEX:
        return "mutex";
    case PP_WAIT_RLOCK:
    case PP_WAIT_WLOCK:
        return "rwlock";
    case PP_WAIT_COND:
        return "condition";
    case PP_WAIT_SEMAPHORE:
        return "semaphore";
    case PP_WAIT_BARRIER:
        return "barrier";
    default:
        return NULL;
    }
}

struct pp_wait_edge pp_wait_edge_of(const struct pp_thread_view *view)
{
    return (struct pp_wait_edge){
        .waiter = view->tid,
        .holder = view->holder,
        .object = view->object,
        .pc = view->lead < view->depth ? view->pcs[view->lead] : 0,
        .reason = view->reason,
        .is_bounded = view->is_bounded,
        .holder_gone = view->holder_gone,
        .seq = view->wait_seq,
    };
}

static void write_object(struct pp_buf *out, const struct pp_wait_edge *edge)
{
    pp_buf_str(out, kind_of(edge->reason));
    pp_buf_char(out, ' ');
    pp_buf_hex(out, edge->object);
}

static void write_who(struct pp_buf *out, int64_t who, const char *noun)
{
    pp_buf_str(out, who & PP_WHO_GOROUTINE ? "goroutine" : noun);
    pp_buf_char(out, ' ');
    pp_buf_i64(out, who & ~PP_WHO_GOROUTINE);
}

static void write_readers(struct pp_buf *out, const struct pp_wait_edge *edge)
{
    uint32_t more = edge->readers - (edge->holder != 0);
    if (edge->readers && more) {
        pp_buf_printf(out, edge->holder ? " and %u more reader%s" : " held by %u reader%s",
                      (unsigned)more, more == 1 ? "" : "s");
    }
}

void pp_wait_edge_write(struct pp_buf *out, const struct pp_wait_edge *edge, const char *noun)
{
    if (edge->reason == PP_WAIT_JOIN && edge->holder) {
        pp_buf_str(out, "the end of ");
        write_who(out, edge->holder, noun);
    } else if (edge->object && kind_of(edge->reason)) {
        write_object(out, edge);
        if (edge->holder == edge->waiter) {
            pp_buf_str(out, " held by itself");
        } else if (edge->holder) {
            pp_buf_str(out, " held by ");
            write_who(out, edge->holder, noun);
            pp_buf_str(out, edge->holder_gone ? ", which has ended" : "");
        }
        write_readers(out, edge);
    }
}

static void write_where(struct pp_buf *out, const struct pp_wait_edge *edge)
{
    const char *name;
    uintptr_t entry;
    if (edge->pc && pp_module_symbol(edge->pc - 1, &name, &entry)) {
        pp_buf_printf(out, " (in %s)", name);
    }
}

/* ---- rings ---- */

struct graph {
    const struct pp_wait_edge *edges;
    size_t count;
    uint32_t *slots; /* hash of waiters: index + 1 */
    size_t mask;
    uint32_t *seen; /* number of the search that came by; 0: none yet */
};

static bool make_graph(struct pp_arena *arena, struct graph *graph)
{
    graph->mask = 15;
    while (graph->mask < 2 * graph->count) {
        graph->mask = graph->mask * 2 + 1;
    }
    graph->slots = pp_arena_array(arena, graph->mask + 1, sizeof(*graph->slots));
    graph->seen = pp_arena_array(arena, graph->count + 1, sizeof(*graph->seen));
    for (size_t i = 0; graph->slots && graph->seen && i < graph->count; i++) {
        size_t at = (size_t)pp_hash_u64((uint64_t)graph->edges[i].waiter) & graph->mask;
        while (graph->slots[at]) {
            at = (at + 1) & graph->mask;
        }
        graph->slots[at] = (uint32_t)i + 1;
    }
    return graph->slots && graph->seen;
}

/* The wait of this waiter, or count. */
static size_t find_edge(const struct graph *graph, int64_t waiter)
{
    size_t at = (size_t)pp_hash_u64((uint64_t)waiter) & graph->mask;
    for (; waiter && graph->slots[at]; at = (at + 1) & graph->mask) {
        if (graph->edges[graph->slots[at] - 1].waiter == waiter) {
            return graph->slots[at] - 1;
        }
    }
    return graph->count;
}

static bool goes_on(const struct pp_wait_edge *edge)
{
    if (edge->goes_on) {
        return edge->goes_on(edge);
    }
    const struct pp_thread *slot = pp_thread_find((pid_t)edge->waiter);
    return slot && pp_load_acquire(&slot->wait.seq) == edge->seq;
}

static size_t next_of(const struct graph *graph, size_t at)
{
    return find_edge(graph, graph->edges[at].holder);
}

static bool is_ring_real(const struct graph *graph, size_t start)
{
    size_t at = start;
    do {
        if (!goes_on(&graph->edges[at])) {
            return false;
        }
        at = next_of(graph, at);
    } while (at != start);
    return true;
}

/* How many waits outside of the ring lead into it. */
static size_t count_behind(const struct graph *graph, size_t start)
{
    size_t behind = 0;
    for (size_t i = 0; i < graph->count; i++) {
        size_t at = i, steps = 0;
        bool inside = i == start;
        for (size_t on = next_of(graph, start); on != start && !inside; on = next_of(graph, on)) {
            inside = on == i;
        }
        while (!inside && at < graph->count && at != start && steps++ <= graph->count) {
            at = next_of(graph, at);
        }
        behind += !inside && at == start;
    }
    return behind;
}

static void write_ring(struct pp_buf *out, const struct graph *graph, size_t start,
                       const char *noun)
{
    const struct pp_wait_edge *edge = &graph->edges[start];
    bool is_bounded = false;
    size_t at = start;
    pp_buf_str(out, "# deadlock: ");
    write_who(out, edge->waiter, noun);
    do {
        edge = &graph->edges[at];
        write_where(out, edge);
        pp_buf_str(out, at == start ? " waits for " : ", which waits for ");
        pp_wait_edge_write(out, edge, noun);
        is_bounded = is_bounded || edge->is_bounded;
        at = next_of(graph, at);
    } while (at != start);
    pp_buf_str(out, is_bounded ? ": until the first of them gives up" : ": for ever");
    size_t behind = count_behind(graph, start);
    if (behind) {
        pp_buf_printf(out, "; %zu more wait%s behind it", behind, behind == 1 ? "s" : "");
    }
    pp_buf_char(out, '\n');
}

/* Follows holders from one wait; true when that closes a ring which no search found before. */
static bool search(const struct graph *graph, size_t from, size_t *start)
{
    uint32_t number = (uint32_t)from + 1;
    size_t at = from;
    while (at < graph->count && !graph->seen[at]) {
        graph->seen[at] = number;
        at = next_of(graph, at);
    }
    *start = at;
    return at < graph->count && graph->seen[at] == number;
}

/* An earlier wait for the same lock has told of it. */
static bool is_told(const struct graph *graph, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (graph->edges[i].holder_gone && graph->edges[i].object == graph->edges[at].object) {
            return true;
        }
    }
    return false;
}

static size_t write_orphans(struct pp_buf *out, const struct graph *graph, const char *noun)
{
    size_t lines = 0;
    for (size_t i = 0; i < graph->count; i++) {
        const struct pp_wait_edge *edge = &graph->edges[i];
        if (!edge->holder_gone || edge->reason == PP_WAIT_JOIN || is_told(graph, i)) {
            continue;
        }
        pp_buf_str(out, "# never unlocked: ");
        write_who(out, edge->waiter, noun);
        write_where(out, edge);
        pp_buf_str(out, " waits for ");
        pp_wait_edge_write(out, edge, noun);
        pp_buf_char(out, '\n');
        lines++;
    }
    return lines;
}

size_t pp_deadlocks_write(struct pp_buf *out, const struct pp_wait_edge *edges, size_t count,
                          const char *noun)
{
    struct graph graph = { .edges = edges, .count = count };
    size_t lines = 0;
    if (!count || !make_graph(out->arena, &graph)) {
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        size_t start;
        if (search(&graph, i, &start) && is_ring_real(&graph, start)) {
            write_ring(out, &graph, start, noun);
            lines++;
        }
    }
    return lines + write_orphans(out, &graph, noun);
}
