/* Profile kinds: one table row each. A row says how to collect records and how Go prints them; the
 * writers, the index page and the handlers know only this table.
 *
 *   collect: records of (stack, values, labels) -> struct pp_snapshot -> profile.proto or text
 *
 * Kinds of this process are static rows (kind.c); custom profiles are added while it runs.
 */
#ifndef PP_CAPTURE_KIND_H
#define PP_CAPTURE_KIND_H

#include "base/arena.h"
#include "base/buf.h"
#include "pprof/error.h"
#include "runtime/capture/stacktab.h"

#include <stdbool.h>

enum { PP_VALUES_MAX = 4 };

/* One record: a stack and its values; what the values are is the kind's affair. A stack that was
 * only looked at (another thread's, now) stays out of the stack table, which never forgets: its pcs
 * lie in the snapshot's arena. */
struct pp_record {
    pp_stack_id stack;             /* when pcs is NULL */
    uint32_t depth;                /* of pcs */
    const uintptr_t *pcs;          /* or NULL; leaf first, not in the stack table */
    int64_t values[PP_VALUES_MAX]; /* as profile.proto carries them (unsampled) */
    int64_t raw[PP_VALUES_MAX];    /* as sampled, for Go's debug=1 text of heap; else equal */
    int64_t object_bytes;          /* numeric label "bytes"; 0: none */
    bool has_age;                  /* numeric label "age" in seconds: age_s, a class of age.h */
    int64_t age_s;
    uint32_t label_set;            /* string labels; 0: none (see label.h) */
};

struct pp_snapshot {
    struct pp_arena *arena; /* the caller's; all records live there */
    struct pp_record *records;
    size_t count, cap;
    int64_t time_ns;     /* wall clock when taken */
    int64_t duration_ns; /* cpu: the time profiled; delta: between the two moments; else 0 */
    int64_t period;
};

/* Appends a record; 0 or PPROF_ERR_NOMEM. */
int pp_snapshot_add(struct pp_snapshot *snapshot, const struct pp_record *record)
    __attribute__((warn_unused_result));

/* Lays pcs into the snapshot's arena and appends the record with them for its stack; depth 0 is an
 * unknown stack. 0 or PPROF_ERR_NOMEM. */
int pp_snapshot_add_pcs(struct pp_snapshot *snapshot, struct pp_record record,
                        const uintptr_t *pcs, size_t depth) __attribute__((warn_unused_result));

/* The record's stack, wherever it lies; of one that is not in the table flags and labels are 0. */
struct pp_stack pp_record_stack(const struct pp_record *record);

struct pp_value_name {
    const char *type, *unit;
};

struct pp_kind {
    const char *name;
    const char *description; /* our words, one line, plain text */
    struct pp_value_name values[PP_VALUES_MAX];
    size_t value_count;
    struct pp_value_name period;
    const char *default_sample_type; /* NULL: none written */
    bool supports_delta;             /* takes seconds=N */
    /* Fills the snapshot. `kind` is the row, ctx what the row carries (custom profiles). */
    int (*collect)(const struct pp_kind *kind, struct pp_snapshot *snapshot,
                   struct pprof_error *error);
    /* debug >= 1 text; NULL: Go's count-profile form ("NAME profile: total N"). */
    int (*text)(const struct pp_kind *kind, int debug, struct pp_buf *out,
                struct pprof_error *error);
    /* The number on the index page. */
    int64_t (*count)(const struct pp_kind *kind);
    /* True when pcs[0] of every stack is a return address too (creation stacks, custom). */
    bool leaf_is_return;
    void *ctx;
};

/* Kinds in name order, static and custom. Returns how many were written (at most cap). */
size_t pp_kind_list(const struct pp_kind **kinds, size_t cap);

/* The kind of that name, or NULL. */
const struct pp_kind *pp_kind_find(const char *name);

/* The rows, defined by the files that collect them. */
extern const struct pp_kind pp_kind_heap, pp_kind_allocs, pp_kind_peak; /* heap_profile.c */
extern const struct pp_kind pp_kind_heap_ages;                     /* heap?age=1, not listed */
extern const struct pp_kind pp_kind_fd;                            /* fd_profile.c */
extern const struct pp_kind pp_kind_mmap;                          /* mapping_profile.c */
extern const struct pp_kind pp_kind_block, pp_kind_mutex;          /* contention_profile.c */
extern const struct pp_kind pp_kind_exceptions;                    /* exceptions.c */
extern const struct pp_kind pp_kind_wall; /* wall.c: written by "wall", not listed by name */
extern const struct pp_kind pp_kind_goroutine, pp_kind_threadcreate; /* thread_profile.c */
extern const struct pp_kind
    pp_kind_cpu; /* cpu_profile.c: written by "profile", not listed by name */

#endif
