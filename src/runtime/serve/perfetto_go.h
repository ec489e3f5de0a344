/* Goroutines in a Perfetto trace: a track each, of slices "running", "runnable" and what it waits
 * for, whichever threads ran it; its regions on a track below; an arrow from who let it go on. */
#ifndef PP_SERVE_PERFETTO_GO_H
#define PP_SERVE_PERFETTO_GO_H

#include "runtime/serve/perfetto_write.h"

struct pp_pf_goroutine {
    uint64_t id;
    size_t first, count; /* its items */
    const char *name;    /* as it was given, or that of its function, or "" */
    const char *status;  /* what it waits for, or NULL */
    pp_stack_id stack;   /* where */
};

struct pp_pf_item;

struct pp_pf_goroutines {
    struct pp_arena *arena;
    const struct pp_trace_view *view;
    struct pp_pf_item *items; /* by goroutine, then in time order */
    size_t item_count;
    struct pp_pf_goroutine *list; /* by id: those with items */
    size_t count;
    struct pp_pf_goroutine *live; /* by id: those that were there before the view was taken */
    size_t live_count, live_cap;
};

/* Looks at those that live: before the events are collected, since the events of those that end
 * after this say who they were. 0 or PPROF_ERR_NOMEM. */
int pp_pf_goroutines_look(struct pp_pf_goroutines *all, struct pp_arena *arena)
    __attribute__((warn_unused_result));

/* Adds what the events tell. */
int pp_pf_goroutines_find(struct pp_pf_goroutines *all, const struct pp_trace_view *view)
    __attribute__((warn_unused_result));

/* The name of one, "goroutine" when it is not known. */
const char *pp_pf_goroutine_name(const struct pp_pf_goroutines *all, uint64_t id);

/* The goroutine that ran on a thread before its first event; 0: none, or not known. */
uint64_t pp_pf_goroutine_before(const struct pp_trace_thread *thread);

/* Describes all tracks; then, once the threads' are described, what happened on them. */
void pp_pf_goroutines_tracks(struct pp_pf *w, const struct pp_pf_goroutines *all);
void pp_pf_goroutines_put(struct pp_pf *w, const struct pp_pf_goroutines *all);

#endif
