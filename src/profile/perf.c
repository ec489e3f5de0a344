/* perf.data (PERFILE2, written to a file, this machine's byte order).
 *
 *   header -> attrs (one an event) -> data: records -> features (build ids, event names)
 *
 * Two passes over the records: mappings first, since the buffers of several processors are not in
 * order of time; then samples. The newest mapping of a process wins; a child that was forked falls
 * back to its parent's, everybody to the kernel's. Two sample types an event:
 * EVENT_sample (how many) and EVENT_event (the sum of periods); the names are not compared with
 * google's converter.
 */
#include "profile/stacks.h"

#include "base/err.h"

#include <string.h>

enum {
    MAX_EVENTS = 32,
    MAX_MAPS = 1 << 16,
    MAX_PARENTS = 16,
    MAX_IDS = 4096,
    HEADER_SIZE = 104,
    RECORD_MMAP = 1,
    RECORD_COMM = 3,
    RECORD_FORK = 7,
    RECORD_SAMPLE = 9,
    RECORD_MMAP2 = 10,
    FEATURE_BUILD_ID = 2,
    FEATURE_EVENT_DESC = 12,
    BUILD_ID_MAX = 20,
};

/* Bits of an event's sample type, in the order of the fields (IDENTIFIER is the first field). */
enum {
    HAS_IP = 1, HAS_TID = 2, HAS_TIME = 4, HAS_ADDR = 8, HAS_READ = 16, HAS_CALLCHAIN = 32,
    HAS_ID = 64, HAS_CPU = 128, HAS_PERIOD = 256, HAS_STREAM_ID = 512, HAS_IDENTIFIER = 1 << 16,
};

struct span {
    const unsigned char *at, *end;
};

struct event {
    uint32_t type;
    uint64_t config, period, sample_type, read_format;
    bool is_frequency;
    struct span ids;
    struct pp_scan name;
};

struct map {
    uint64_t start, limit, offset;
    struct pp_scan file;
    uint32_t mapping;  /* in the profile; PPROF_NONE until used */
    uint32_t older;    /* index + 1 */
    char build_id[2 * BUILD_ID_MAX];
    size_t build_id_len;
};

struct process {
    uint32_t pid, parent, newest; /* newest: map index + 1 */
    uint32_t comm;                /* string */
    bool has_parent;
};

struct perf {
    struct pp_stacks s;
    struct span file, data;
    struct event events[MAX_EVENTS];
    size_t event_count;
    struct map *maps;
    size_t map_count, map_cap;
    struct process *processes;
    size_t process_count, process_cap;
    uint32_t *process_slots;
    size_t process_mask;
    uint32_t comm_key;
};

/* --- reading ------------------------------------------------------------------------------ */

static uint64_t take(struct span *s, size_t bytes)
{
    uint64_t value = 0;
    if ((size_t)(s->end - s->at) < bytes) {
        s->at = s->end;
        return 0;
    }
    memcpy(&value, s->at, bytes);
    s->at += bytes;
    return value;
}

static void skip(struct span *s, size_t bytes)
{
    size_t len = (size_t)(s->end - s->at);
    s->at += bytes < len ? bytes : len;
}

static uint64_t u64(struct span *s)
{
    return take(s, 8);
}

static uint32_t u32(struct span *s)
{
    return (uint32_t)take(s, 4);
}

static size_t left(const struct span *s)
{
    return (size_t)(s->end - s->at);
}

/* A part of the file; empty when it does not lie within. */
static struct span part(const struct perf *p, uint64_t offset, uint64_t size)
{
    size_t len = left(&p->file);
    struct span none = { p->file.end, p->file.end };
    if (offset > len || size > len - offset) {
        return none;
    }
    return (struct span){ p->file.at + offset, p->file.at + offset + size };
}

static struct pp_scan c_string(struct span s)
{
    const unsigned char *end = left(&s) ? memchr(s.at, 0, left(&s)) : NULL;
    return (struct pp_scan){ (const char *)s.at, (const char *)(end ? end : s.end) };
}

/* --- events ------------------------------------------------------------------------------- */

static const char *event_name(const struct event *e)
{
    static const char *const HARDWARE[] = { "cycles", "instructions", "cache-references",
                                            "cache-misses", "branches", "branch-misses" };
    static const char *const SOFTWARE[] = { "cpu-clock", "task-clock", "page-faults",
                                            "context-switches", "cpu-migrations", "minor-faults",
                                            "major-faults" };
    if (e->type == 0 && e->config < sizeof(HARDWARE) / sizeof(*HARDWARE)) {
        return HARDWARE[e->config];
    }
    if (e->type == 1 && e->config < sizeof(SOFTWARE) / sizeof(*SOFTWARE)) {
        return SOFTWARE[e->config];
    }
    return "event";
}

static void read_attr(const struct perf *p, struct event *e, struct span attr, uint64_t attr_size)
{
    struct span ids = { attr.at + attr_size - 16, attr.at + attr_size };
    e->type = u32(&attr);
    (void)u32(&attr);
    e->config = u64(&attr);
    e->period = u64(&attr);
    e->sample_type = u64(&attr);
    e->read_format = u64(&attr);
    e->is_frequency = u64(&attr) >> 10 & 1;
    uint64_t at = u64(&ids), size = u64(&ids);
    e->ids = part(p, at, size < MAX_IDS * 8 ? size : MAX_IDS * 8);
    e->name = (struct pp_scan){ event_name(e), event_name(e) + strlen(event_name(e)) };
}

/* Names as given to perf: for each event its attr, ids and name. */
static void read_names(struct perf *p, struct span s)
{
    uint32_t count = u32(&s), attr_size = u32(&s);
    for (uint32_t i = 0; i < count && i < p->event_count && left(&s) > attr_size; i++) {
        s.at += attr_size;
        uint32_t ids = u32(&s), len = u32(&s);
        if (len > left(&s) || (uint64_t)ids * 8 > left(&s) - len) {
            return;
        }
        struct pp_scan name = c_string((struct span){ s.at, s.at + len });
        if (name.at < name.end) {
            p->events[i].name = name;
        }
        s.at += len + (size_t)ids * 8;
    }
}

static const struct event *event_of(const struct perf *p, uint64_t id)
{
    for (size_t i = 0; i < p->event_count; i++) {
        struct span ids = p->events[i].ids;
        while (left(&ids) >= 8) {
            if (u64(&ids) == id) {
                return &p->events[i];
            }
        }
    }
    return &p->events[0];
}

/* --- processes and mappings --------------------------------------------------------------- */

static void grow_processes(struct perf *p)
{
    size_t slots = p->process_mask ? (p->process_mask + 1) * 2 : 256;
    p->process_slots = pp_arena_array(&p->s.arena, slots, sizeof(*p->process_slots));
    p->s.failed |= !p->process_slots;
    p->process_mask = slots - 1;
    for (size_t i = 0; !p->s.failed && i < p->process_count; i++) {
        size_t at = pp_hash_u64(p->processes[i].pid) & p->process_mask;
        while (p->process_slots[at]) {
            at = (at + 1) & p->process_mask;
        }
        p->process_slots[at] = (uint32_t)i + 1;
    }
}

/* NULL when memory is out. Good until the next call. */
static struct process *process_of(struct perf *p, uint32_t pid)
{
    if (p->process_count * 2 >= p->process_mask) {
        grow_processes(p);
    }
    if (p->s.failed) {
        return NULL;
    }
    size_t at = pp_hash_u64(pid) & p->process_mask;
    while (p->process_slots[at] && p->processes[p->process_slots[at] - 1].pid != pid) {
        at = (at + 1) & p->process_mask;
    }
    if (!p->process_slots[at]) {
        if (pp_arena_reserve(&p->s.arena, &p->processes, &p->process_cap, p->process_count,
                             sizeof(*p->processes))) {
            p->s.failed = true;
            return NULL;
        }
        p->processes[p->process_count++] = (struct process){ .pid = pid };
        p->process_slots[at] = (uint32_t)p->process_count;
    }
    return &p->processes[p->process_slots[at] - 1];
}

static void set_build_id(struct map *m, const unsigned char *id, size_t len)
{
    m->build_id_len = 0;
    for (size_t i = 0; i < len && i < BUILD_ID_MAX; i++) {
        m->build_id[m->build_id_len++] = "0123456789abcdef"[id[i] >> 4];
        m->build_id[m->build_id_len++] = "0123456789abcdef"[id[i] & 15];
    }
}

static void read_map(struct perf *p, uint32_t type, uint32_t misc, struct span r)
{
    struct map m = { .mapping = PPROF_NONE };
    uint32_t pid = u32(&r);
    (void)u32(&r);
    m.start = u64(&r);
    m.limit = m.start + u64(&r);
    m.offset = u64(&r);
    if (type == RECORD_MMAP2) {
        if (misc & 1 << 14 && left(&r) > 24) {
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
    struct process *process = process_of(p, pid);
    if (!process || m.limit <= m.start || p->map_count >= MAX_MAPS) {
        return;
    }
    m.older = process->newest;
    if (pp_arena_reserve(&p->s.arena, &p->maps, &p->map_cap, p->map_count, sizeof(*p->maps))) {
        p->s.failed = true;
        return;
    }
    p->maps[p->map_count++] = m;
    process->newest = (uint32_t)p->map_count;
}

static struct map *find_map(struct perf *p, uint32_t pid, uint64_t address)
{
    for (int hops = 0; hops < MAX_PARENTS; hops++) {
        struct process *process = process_of(p, pid);
        for (uint32_t i = process ? process->newest : 0; i; i = p->maps[i - 1].older) {
            if (p->maps[i - 1].start <= address && address < p->maps[i - 1].limit) {
                return &p->maps[i - 1];
            }
        }
        if (!process || pid == UINT32_MAX) {
            return NULL;
        }
        pid = process->has_parent ? process->parent : UINT32_MAX;
    }
    return NULL;
}

static uint32_t text(struct perf *p, struct pp_scan s)
{
    return s.at < s.end ? pp_build_string(p->s.build, s.at, (size_t)(s.end - s.at)) : 0;
}

/* A mapping becomes part of the profile when an address in it is met. */
static uint32_t mapping_of(struct perf *p, struct map *m)
{
    if (m->mapping == PPROF_NONE) {
        struct pprof_mapping out = { .start = m->start, .limit = m->limit, .offset = m->offset,
                                     .filename = text(p, m->file) };
        out.build_id = text(p, (struct pp_scan){ m->build_id, m->build_id + m->build_id_len });
        m->mapping = pp_build_mapping(p->s.build, &out);
    }
    return m->mapping;
}

/* Build ids stand in a list of their own, by file. */
static void read_build_ids(struct perf *p, struct span s)
{
    enum { HEAD = 8 + 4 + 24 };
    for (int n = 0; left(&s) > HEAD && n < 4096; n++) {
        struct span r = s;
        (void)u32(&r);
        uint32_t misc = (uint32_t)take(&r, 2), size = (uint32_t)take(&r, 2);
        if (size <= HEAD || size > left(&s)) {
            return;
        }
        const unsigned char *id = s.at + 12;
        size_t len = misc & 1 << 15 ? id[BUILD_ID_MAX] : BUILD_ID_MAX;
        struct pp_scan name = c_string((struct span){ s.at + HEAD, s.at + size });
        for (size_t i = 0; i < p->map_count; i++) {
            struct map *m = &p->maps[i];
            if (m->file.end - m->file.at == name.end - name.at &&
                !memcmp(m->file.at, name.at, (size_t)(name.end - name.at))) {
                set_build_id(m, id, len);
            }
        }
        s.at += size;
    }
}

static void read_process(struct perf *p, uint32_t type, struct span r)
{
    uint32_t pid = u32(&r), second = u32(&r);
    struct process *other = process_of(p, second);
    uint32_t inherited = other ? other->comm : 0;
    struct process *process = process_of(p, pid);
    if (process && type == RECORD_COMM && pid == second) {
        process->comm = text(p, c_string(r));
    } else if (process && type == RECORD_FORK && pid != second && !process->has_parent) {
        process->parent = second;
        process->has_parent = true;
        process->comm = process->comm ? process->comm : inherited;
    }
}

/* --- samples ------------------------------------------------------------------------------ */

static void skip_read(struct span *r, uint64_t format)
{
    size_t times = (format & 1) + (format >> 1 & 1);
    size_t each = 1 + (format >> 2 & 1) + (format >> 4 & 1);
    uint64_t count = format & 8 ? u64(r) : 1;
    uint64_t words = count > left(r) ? left(r) : times + count * each;

    skip(r, words > left(r) ? left(r) : (size_t)words * 8);
}

static void push_address(struct perf *p, uint32_t pid, uint64_t address)
{
    struct map *m = find_map(p, pid, address);
    pp_stacks_push_address(&p->s, address, m ? mapping_of(p, m) : PPROF_NONE);
}

/* Values near the top are markers: what follows is the kernel's, the user's, ... The first address
 * after one is exact, the others are return addresses. */
static void push_chain(struct perf *p, uint32_t pid, struct span chain)
{
    bool exact = true;
    while (left(&chain) >= 8) {
        uint64_t ip = u64(&chain);
        if (ip >= (uint64_t)-4095) {
            exact = true;
        } else if (ip) {
            push_address(p, pid, exact ? ip : ip - 1);
            exact = false;
        }
    }
}

/* The id stands first (IDENTIFIER) or behind what is equal in all events. */
static const struct event *sample_event(const struct perf *p, struct span r)
{
    uint64_t type = p->events[0].sample_type;
    if (p->event_count == 1 || !(type & (HAS_IDENTIFIER | HAS_ID))) {
        return &p->events[0];
    }
    if (!(type & HAS_IDENTIFIER)) {
        uint64_t before = type & (HAS_IP | HAS_TID | HAS_TIME | HAS_ADDR);
        skip(&r, 8 * (size_t)__builtin_popcountll(before));
    }
    return event_of(p, u64(&r));
}

static void read_sample(struct perf *p, struct span r)
{
    const struct event *e = sample_event(p, r);
    uint64_t type = e->sample_type;
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
    uint64_t period = type & HAS_PERIOD ? u64(&r) : e->is_frequency ? 1 : e->period;
    if (type & HAS_READ) {
        skip_read(&r, e->read_format);
    }
    uint64_t depth = type & HAS_CALLCHAIN ? u64(&r) : 0;
    depth = depth > left(&r) / 8 ? left(&r) / 8 : depth;
    push_chain(p, pid, (struct span){ r.at, r.at + depth * 8 });
    if (!p->s.depth && ip) {
        push_address(p, pid, ip);
    }
    int64_t values[2 * MAX_EVENTS] = { 0 };
    values[2 * (e - p->events)] = 1;
    values[2 * (e - p->events) + 1] = period > INT64_MAX ? INT64_MAX : (int64_t)period;
    struct process *process = process_of(p, pid);
    struct pprof_label label = { .key = p->comm_key, .str = process ? process->comm : 0 };
    pp_stacks_sample(&p->s, values, &label, label.str != 0);
}

/* --- the file ----------------------------------------------------------------------------- */

static void read_records(struct perf *p, bool samples)
{
    struct span s = p->data;
    while (left(&s) >= 8 && !p->s.failed) {
        struct span head = s;
        uint32_t type = u32(&head), misc = (uint32_t)take(&head, 2),
                 size = (uint32_t)take(&head, 2);
        if (size < 8 || size > left(&s)) {
            return;
        }
        struct span r = { head.at, s.at + size };
        if (samples && type == RECORD_SAMPLE) {
            read_sample(p, r);
        } else if (!samples && (type == RECORD_MMAP || type == RECORD_MMAP2)) {
            read_map(p, type, misc, r);
        } else if (!samples && (type == RECORD_COMM || type == RECORD_FORK)) {
            read_process(p, type, r);
        }
        s.at += size;
    }
}

static void read_features(struct perf *p, uint64_t at, uint64_t flags, bool build_ids)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        if (flags >> bit & 1) {
            struct span section = part(p, at, 16);
            uint64_t offset = u64(&section), size = u64(&section);
            if (build_ids && bit == FEATURE_BUILD_ID) {
                read_build_ids(p, part(p, offset, size));
            } else if (!build_ids && bit == FEATURE_EVENT_DESC) {
                read_names(p, part(p, offset, size));
            }
            at += 16;
        }
    }
}

static void add_types(struct perf *p)
{
    for (size_t i = 0; i < p->event_count; i++) {
        const struct event *e = &p->events[i];
        int len = (int)(e->name.end - e->name.at > 80 ? 80 : e->name.end - e->name.at);
        bool is_clock = e->type == 1 && e->config <= 1;
        char name[100];
        memcpy(name, e->name.at, (size_t)len);
        memcpy(name + len, "_sample", sizeof("_sample"));
        pp_build_sample_type(p->s.build, name, "count");
        memcpy(name + len, "_event", sizeof("_event"));
        pp_build_sample_type(p->s.build, name, is_clock ? "nanoseconds" : "count");
    }
}

static int read_file(struct perf *p, struct pprof_error *error)
{
    struct span h = { p->file.at + 8, p->file.at + HEADER_SIZE };
    (void)u64(&h);
    uint64_t attr_size = u64(&h), attrs = u64(&h), attrs_size = u64(&h);
    uint64_t data = u64(&h), data_size = u64(&h);
    skip(&h, 16);
    uint64_t flags = u64(&h);
    struct span list = part(p, attrs, attrs_size);
    p->data = part(p, data, data_size);
    while (attr_size >= 64 && attr_size <= left(&list) && p->event_count < MAX_EVENTS) {
        read_attr(p, &p->events[p->event_count++], list, attr_size);
        list.at += attr_size;
    }
    if (!p->event_count || p->data.at == p->data.end) {
        return pp_err_set(error, PPROF_ERR_FORMAT, "parsing profile: perf.data %s",
                          p->event_count ? "is cut short: no records" : "without events");
    }
    read_features(p, data + data_size, flags, false);
    add_types(p);
    p->comm_key = pp_build_cstr(p->s.build, "comm");
    read_records(p, false);
    read_features(p, data + data_size, flags, true);
    read_records(p, true);
    return 0;
}

int pp_perf_decode(const void *data, size_t len, size_t memory_cap_bytes,
                   struct pprof_profile **profile, struct pprof_error *error)
{
    if (len < 8 || memcmp(data, "PERFILE2", 8) != 0) {
        return PPROF_ERR_UNKNOWN;
    }
    if (len < HEADER_SIZE) {
        return pp_err_set(error, PPROF_ERR_FORMAT, "parsing profile: perf.data is cut short");
    }
    struct perf p = { .file = { data, (const unsigned char *)data + len } };
    if (pp_stacks_init(&p.s, memory_cap_bytes)) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "reading the profile: out of memory");
    }
    int err = read_file(&p, error);
    err = err ? err : pp_stacks_finish(&p.s, profile, error);
    pp_stacks_release(&p.s);
    return err;
}
