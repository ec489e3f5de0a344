/* Records of perf.data in order of time: who maps what where, and samples. */
#include "profile/perf.h"

enum {
    MISC_EXEC = 1 << 13,
    MISC_BUILD_ID = 1 << 14,
    KERNEL_MARKERS = 4095,
};

/* --- mappings ----------------------------------------------------------------------------- */

static void set_build_id(struct pp_perf_map *m, const unsigned char *id, size_t len)
{
    m->build_id_len = 0;
    for (size_t i = 0; i < len && i < PP_PERF_BUILD_ID_MAX; i++) {
        m->build_id[m->build_id_len++] = "0123456789abcdef"[id[i] >> 4];
        m->build_id[m->build_id_len++] = "0123456789abcdef"[id[i] & 15];
    }
}

/* The kernel's map has the name of the symbol that it was placed by behind its file's. */
static struct pp_scan known_name(struct pp_scan file)
{
    static const char kernel[] = "[kernel.kallsyms]";
    const struct pp_scan name = { kernel, kernel + sizeof(kernel) - 1 };
    return pp_scan_starts(file, kernel) ? name : file;
}

static void find_build_id(const struct pp_perf *p, struct pp_perf_map *m)
{
    struct pp_scan name = known_name(m->file);
    uint32_t at = pp_table_find(&p->files, name.at, pp_scan_len(name));
    if (!m->build_id_len && at != UINT32_MAX && at > 0) {
        set_build_id(m, p->build_ids[at - 1].id, p->build_ids[at - 1].len);
    }
}

static void read_map(struct pp_perf *p, const struct pp_perf_entry *entry)
{
    struct pp_perf_map m = { .mapping = PPROF_NONE };
    struct pp_bytes r = entry->body;
    uint32_t pid = u32(&r);
    (void)u32(&r);
    m.start = u64(&r);
    m.limit = m.start + u64(&r);
    m.offset = u64(&r);
    if (entry->type == PERF_RECORD_MMAP2) {
        if (entry->misc & MISC_BUILD_ID && left(&r) > 24) {
            set_build_id(&m, r.at + 4, r.at[0]);
        }
        skip(&r, 24);
        bool executable = u32(&r) & 4;
        (void)u32(&r);
        if (!executable) {
            return;
        }
    }
    m.file = c_string(r);
    pp_perf_space_map(&p->space, pid, &m);
}

static uint32_t text(struct pp_perf *p, struct pp_scan s)
{
    return s.at < s.end ? pp_build_string(p->s.build, s.at, (size_t)(s.end - s.at)) : 0;
}

/* A mapping becomes part of the profile when an address in it is met. */
static uint32_t mapping_of(struct pp_perf *p, struct pp_perf_map *m)
{
    if (m->mapping == PPROF_NONE) {
        find_build_id(p, m);
        struct pprof_mapping out = { .start = m->start, .limit = m->limit, .offset = m->offset,
                                     .filename = text(p, m->file) };
        out.build_id = text(p, (struct pp_scan){ m->build_id, m->build_id + m->build_id_len });
        m->mapping = pp_build_mapping(p->s.build, &out);
    }
    return m->mapping;
}

static void read_comm(struct pp_perf *p, const struct pp_perf_entry *entry)
{
    struct pp_bytes r = entry->body;
    uint32_t pid = u32(&r), thread = u32(&r);
    if (entry->misc & MISC_EXEC) {
        pp_perf_space_exec(&p->space, pid);
    }
    struct pp_perf_process *process = pp_perf_process(&p->space, pid);
    if (process && pid == thread) {
        process->comm = text(p, c_string(r));
    }
}

static void read_fork(struct pp_perf *p, struct pp_bytes r)
{
    uint32_t pid = u32(&r), parent = u32(&r);
    pp_perf_space_fork(&p->space, pid, parent);
}

/* --- samples ------------------------------------------------------------------------------ */

static void skip_read(struct pp_bytes *r, uint64_t format)
{
    size_t times = (format & 1) + (format >> 1 & 1);
    size_t each = 1 + (format >> 2 & 1) + (format >> 4 & 1);
    uint64_t count = format & 8 ? u64(r) : 1;
    uint64_t words = count > left(r) ? left(r) : times + count * each;

    skip(r, words > left(r) ? left(r) : (size_t)words * 8);
}

/* The program itself: what was mapped first into the process of the first sample. */
static void add_main(struct pp_perf *p, uint32_t pid)
{
    const struct pp_perf_process *process = pp_perf_process(&p->space, pid);
    if (!p->has_main && process && process->first_map) {
        (void)mapping_of(p, &p->space.maps[process->first_map - 1]);
    }
    p->has_main = true;
}

static void push_address(struct pp_perf *p, uint32_t pid, uint64_t address, uint64_t back)
{
    struct pp_perf_map *m = pp_perf_space_find(&p->space, pid, address);
    if (m && (!back || address > m->start)) {
        pp_stacks_push_address(&p->s, address - back, mapping_of(p, m));
    } else if (!back) {
        pp_stacks_push_address(&p->s, 0, PPROF_NONE);
    }
}

/* Values near the top are markers: what follows is the kernel's, the user's, ... The first address
 * is the sampled one again. */
static void push_callers(struct pp_perf *p, uint32_t pid, struct pp_bytes chain)
{
    bool is_first = true;
    while (left(&chain) >= 8) {
        uint64_t ip = u64(&chain);
        if (ip < (uint64_t)-KERNEL_MARKERS) {
            if (!is_first) {
                push_address(p, pid, ip, 1);
            }
            is_first = false;
        }
    }
}

/* The id stands first (IDENTIFIER) or behind what is equal in all events. */
static size_t sample_event(struct pp_perf *p, struct pp_bytes r)
{
    uint64_t type = p->events[0].sample_type;
    if (p->event_count == 1 || !(type & (HAS_IDENTIFIER | HAS_ID))) {
        return 0;
    }
    if (!(type & HAS_IDENTIFIER)) {
        uint64_t before = type & (HAS_IP | HAS_TID | HAS_TIME | HAS_ADDR);
        skip(&r, 8 * (size_t)__builtin_popcountll(before));
    }
    return pp_perf_event_of(p, u64(&r));
}

static void finish_sample(struct pp_perf *p, size_t event, uint32_t pid, uint64_t period)
{
    const struct pp_perf_event *e = &p->events[event];
    int64_t values[2 * PERF_EVENTS] = { 0 };
    period = period ? period : e->is_frequency || !e->period ? 1 : e->period;
    values[e->column] = 1;
    values[e->column + 1] = period > INT64_MAX ? INT64_MAX : (int64_t)period;
    const struct pp_perf_process *process = pp_perf_process(&p->space, pid);
    struct pprof_label label = { .key = p->comm_key, .str = process ? process->comm : 0 };
    pp_stacks_sample(&p->s, values, &label, label.str != 0);
}

static void read_sample(struct pp_perf *p, struct pp_bytes r)
{
    size_t event = sample_event(p, r);
    uint64_t type = p->events[event].sample_type;
    if (p->events[event].column == PPROF_NONE) {
        return;
    }
    skip(&r, type & HAS_IDENTIFIER ? 8 : 0);
    uint64_t ip = type & HAS_IP ? u64(&r) : 0;
    uint32_t pid = type & HAS_TID ? u32(&r) : 0;
    skip(&r, type & HAS_TID ? 4 : 0);
    for (uint64_t bit = HAS_TIME; bit <= HAS_ADDR; bit <<= 1) {
        skip(&r, type & bit ? 8 : 0);
    }
    skip(&r, type & HAS_ID ? 8 : 0);
    skip(&r, type & HAS_STREAM_ID ? 8 : 0);
    skip(&r, type & HAS_CPU ? 8 : 0);
    uint64_t period = type & HAS_PERIOD ? u64(&r) : 0;
    if (type & HAS_READ) {
        skip_read(&r, p->events[event].read_format);
    }
    uint64_t depth = type & HAS_CALLCHAIN ? u64(&r) : 0;
    depth = depth > left(&r) / 8 ? left(&r) / 8 : depth;
    add_main(p, pid);
    push_address(p, pid, ip, 0);
    push_callers(p, pid, (struct pp_bytes){ r.at, r.at + depth * 8 });
    finish_sample(p, event, pid, period);
}

/* --- all of them -------------------------------------------------------------------------- */

void pp_perf_apply(struct pp_perf *p, const struct pp_perf_entry *entry)
{
    switch (entry->type) {
    case PERF_RECORD_SAMPLE:
        read_sample(p, entry->body);
        break;
    case PERF_RECORD_COMM:
        read_comm(p, entry);
        break;
    case PERF_RECORD_FORK:
        read_fork(p, entry->body);
        break;
    default:
        read_map(p, entry);
    }
}

