#include "runtime/serve/perfetto_write.h"

#include "profile/wire_put.h"
#include "runtime/capture/wait_hooks.h"
#include "runtime/unwind/module.h"

int pp_pf_init(struct pp_pf *w, struct pp_buf *out)
{
    struct pp_buf *bufs[] = { &w->packet, &w->event, &w->inner, &w->interned, &w->text };
    *w = (struct pp_pf){ .out = out };
    for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++) {
        pp_buf_init(bufs[i], out->arena);
    }
    int result = pp_table_init(&w->names, out->arena);
    result = result ? result : pp_table_init(&w->stacks, out->arena);
    return result ? result : pp_table_init(&w->tasks, out->arena);
}

/* ---- packets and tracks ----------------------------------------------------------------------- */

void pp_pf_end_packet(struct pp_pf *w)
{
    pp_put_u64(&w->packet, SEQUENCE_ID, SEQUENCE);
    pp_put_u64(&w->packet, SEQUENCE_FLAGS, w->begun ? NEEDS_STATE : STATE_CLEARED);
    w->begun = true;
    if (w->interned.len) {
        pp_put_message(&w->packet, INTERNED_DATA, &w->interned);
    }
    pp_put_message(w->out, PACKET, &w->packet);
}

void pp_pf_track(struct pp_pf *w, uint64_t uuid, uint64_t parent, const char *name)
{
    pp_put_u64(&w->event, UUID, uuid);
    pp_put_u64(&w->event, PARENT_UUID, parent);
    pp_put_text(&w->event, TRACK_NAME, name);
    pp_put_message(&w->packet, TRACK_DESCRIPTOR, &w->event);
    pp_pf_end_packet(w);
}

/* ---- names and stacks, once each -------------------------------------------------------------- */

static void intern(struct pp_pf *w, unsigned field, uint64_t iid, const char *text)
{
    pp_put_u64(&w->inner, IID, iid);
    pp_put_text(&w->inner, INTERNED_TEXT, text);
    pp_put_message(&w->interned, field, &w->inner);
}

void pp_pf_name(struct pp_pf *w, const char *text)
{
    size_t before = w->names.count;
    text = *text ? text : "(no name)";
    uint32_t index = pp_table_intern(&w->names, text, strlen(text), false);
    if (index == UINT32_MAX) {
        w->out->err = PPROF_ERR_NOMEM;
        return;
    }
    if (w->names.count != before) {
        intern(w, EVENT_NAMES, index + UINT64_C(1), text);
    }
    pp_put_u64(&w->event, NAME_IID, index + UINT64_C(1));
}

void pp_pf_number(struct pp_pf *w, const char *name, uint64_t value)
{
    pp_put_text(&w->inner, ANNOTATION_NAME, name);
    pp_put_u64(&w->inner, UINT_VALUE, value);
    pp_put_message(&w->event, ANNOTATIONS, &w->inner);
}

static void write_stack(struct pp_buf *out, const uintptr_t *pcs, size_t depth)
{
    pp_buf_reset(out);
    for (size_t i = 0; i < depth; i++) {
        const char *name;
        uintptr_t entry;
        if (pp_wait_hook_holds(pcs[i])) {
            continue;
        }
        pp_buf_str(out, out->len ? "\n" : "");
        if (pp_module_symbol(i ? pcs[i] - 1 : pcs[i], &name, &entry)) {
            pp_buf_str(out, name);
        } else {
            pp_buf_hex(out, pcs[i]);
        }
    }
}

void pp_pf_stack_text(struct pp_pf *w, const uintptr_t *pcs, size_t depth)
{
    write_stack(&w->text, pcs, depth);
    pp_put_text(&w->inner, ANNOTATION_NAME, "stack");
    pp_put_text(&w->inner, STRING_VALUE, w->text.data ? w->text.data : "");
    pp_put_message(&w->event, ANNOTATIONS, &w->inner);
}

void pp_pf_stack(struct pp_pf *w, pp_stack_id id)
{
    struct pp_stack stack = pp_stack_get_sig(id);
    size_t before = w->stacks.count;
    if (stack.count == 0) {
        return;
    }
    uint32_t index = pp_table_intern(&w->stacks, (const char *)&id, sizeof(id), false);
    if (index == UINT32_MAX) {
        w->out->err = PPROF_ERR_NOMEM;
        return;
    }
    if (w->stacks.count != before) {
        write_stack(&w->text, stack.pcs, stack.count);
        intern(w, STRING_VALUES, index + UINT64_C(1), w->text.data ? w->text.data : "");
    }
    pp_put_text(&w->inner, ANNOTATION_NAME, "stack");
    pp_put_u64(&w->inner, STRING_IID, index + UINT64_C(1));
    pp_put_message(&w->event, ANNOTATIONS, &w->inner);
}

void pp_pf_begin(struct pp_pf *w, int type, uint64_t track)
{
    pp_put_u64(&w->event, EVENT_TYPE, (uint64_t)type);
    pp_put_u64(&w->event, TRACK_UUID, track);
}

void pp_pf_end(struct pp_pf *w, int64_t at_ns)
{
    pp_put_u64(&w->packet, TIMESTAMP, (uint64_t)at_ns);
    pp_put_message(&w->packet, TRACK_EVENT, &w->event);
    pp_pf_end_packet(w);
}

void pp_pf_slice_end(struct pp_pf *w, uint64_t track, int64_t at_ns)
{
    pp_pf_begin(w, SLICE_END, track);
    pp_pf_end(w, at_ns);
}

/* A region or a log line, tied to its task. */
void pp_pf_user(struct pp_pf *w, uint64_t track, int type, const struct pp_trace_event *e)
{
    pp_pf_begin(w, type, track);
    pp_pf_name(w, pp_trace_text_of(e->name));
    if (e->value) {
        pp_put_fixed64(&w->event, FLOW_IDS, e->value);
    }
    pp_pf_end(w, e->at_ns);
}

void pp_pf_sample(struct pp_pf *w, uint64_t track, const struct pp_trace_event *e)
{
    pp_pf_begin(w, INSTANT, track);
    pp_pf_name(w, "CPU sample");
    pp_pf_stack(w, (pp_stack_id)e->value);
    pp_pf_end(w, e->at_ns);
}
