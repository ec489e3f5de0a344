/* Packets of a Perfetto trace, field by field: for perfetto.c and perfetto_go.c.
 *
 *   pp_pf_begin -> (name, stack, annotations, flows into w->event) -> pp_pf_end
 *
 * Invariants: a track is described before an event names it; each text and stack is written once,
 * and its number from then on. Errors stay in out->err.
 */
#ifndef PP_SERVE_PERFETTO_WRITE_H
#define PP_SERVE_PERFETTO_WRITE_H

#include "base/buf.h"
#include "base/table.h"
#include "runtime/capture/trace.h"
#include "runtime/serve/perfetto_format.h"

/* Tracks of our own making. */
enum { PROCESS_TRACK = 1, COUNTER_TRACKS = 2, GOROUTINES_TRACK = 16, SEQUENCE = 1 };
#define THREAD_TRACK(tid) (UINT64_C(1) << 32 | (uint32_t)(tid))
#define TASK_TRACK(task) (UINT64_C(1) << 63 | (task))
#define GO_TRACK(id) (UINT64_C(1) << 62 | (id))
#define GO_REGIONS_TRACK(id) (UINT64_C(3) << 61 | (id))

struct pp_pf {
    struct pp_buf *out;
    struct pp_buf packet, event, inner, interned, text;
    struct pp_table names;  /* event names: index + 1 is the iid */
    struct pp_table stacks; /* stack ids, as bytes: likewise */
    struct pp_table tasks;  /* tasks that began within the trace, as bytes */
    bool begun;
};

int pp_pf_init(struct pp_pf *w, struct pp_buf *out) __attribute__((warn_unused_result));
void pp_pf_end_packet(struct pp_pf *w);
void pp_pf_track(struct pp_pf *w, uint64_t uuid, uint64_t parent, const char *name);

/* An event of that type (SLICE_BEGIN, ...) on a track; what belongs to it; and it is done. */
void pp_pf_begin(struct pp_pf *w, int type, uint64_t track);
void pp_pf_name(struct pp_pf *w, const char *text);
void pp_pf_stack(struct pp_pf *w, pp_stack_id id);
void pp_pf_stack_text(struct pp_pf *w, const uintptr_t *pcs, size_t depth);
void pp_pf_number(struct pp_pf *w, const char *name, uint64_t value);
void pp_pf_end(struct pp_pf *w, int64_t at_ns);

void pp_pf_slice_end(struct pp_pf *w, uint64_t track, int64_t at_ns);
/* A region or a log line, tied to its task. */
void pp_pf_user(struct pp_pf *w, uint64_t track, int type, const struct pp_trace_event *e);
void pp_pf_sample(struct pp_pf *w, uint64_t track, const struct pp_trace_event *e);

#endif
