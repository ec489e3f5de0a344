/* Where a debugger finds goroutines, in a live process or a core file, with or without debug
 * information: share/gdb/libpprof-gdb.py reads this by its name. Change the version with the
 * form. */
#include "runtime/go/stack_private.h"

#include <stddef.h>

enum { VERSION = 1 };

struct go_debug_layout {
    uint32_t version, bytes;
    /* struct pp_g */
    uint32_t g_pc, g_sp, g_fp, g_seq, g_state, g_reason, g_since, g_id, g_created_by, g_created_pc,
        g_fn, g_has_name, g_name, g_from_end, colours, colour_step;
    /* struct pp_m */
    uint32_t m_current, m_tid, m_next;
    /* classes of stacks, and their chunks */
    uint32_t class_count, class_stride, class_chunk_count, class_chunks, chunk_stride, chunk_start,
        chunk_carved;
    const void *classes, *class_bytes, *first_m, *clock_ns;
    const char *reasons[PP_GO_REASON_COUNT];
    const char *end;
};

extern const struct go_debug_layout go_debug_layout;

#define G(field) (uint32_t)offsetof(struct pp_g, field)
#define M(field) (uint32_t)offsetof(struct pp_m, field)

PPROF_API const struct go_debug_layout go_debug_layout = {
    .version = VERSION,
    .bytes = sizeof(struct go_debug_layout),
    .g_pc = G(regs.pc), .g_sp = G(regs.sp), .g_fp = G(regs.fp), .g_seq = G(seq),
    .g_state = G(state), .g_reason = G(reason), .g_since = G(since_ns), .g_id = G(id),
    .g_created_by = G(created_by), .g_created_pc = G(created_pc), .g_fn = G(fn),
    .g_has_name = G(has_name), .g_name = G(name), .g_from_end = PP_GO_G_BYTES,
    .colours = PP_GO_COLOURS, .colour_step = PP_GO_COLOUR_STEP,
    .m_current = M(current), .m_tid = M(tid), .m_next = M(next_all),
    .class_count = PP_GO_CLASSES,
    .class_stride = sizeof(struct pp_go_stack_class),
    .class_chunk_count = (uint32_t)offsetof(struct pp_go_stack_class, chunk_count),
    .class_chunks = (uint32_t)offsetof(struct pp_go_stack_class, chunks),
    .chunk_stride = sizeof(struct pp_go_chunk),
    .chunk_start = (uint32_t)offsetof(struct pp_go_chunk, start),
    .chunk_carved = (uint32_t)offsetof(struct pp_go_chunk, carved),
    .classes = pp_go_stack_classes,
    .class_bytes = pp_go_class_bytes,
    .first_m = &pp_go_sched.all_m,
    .clock_ns = &pp_go_sched.clock_ns,
    .reasons = {
#define X(name, text, leak) text,
        PP_GO_REASONS(X)
#undef X
    },
};
