/* perf.data (PERFILE2, this machine's byte order), from a file or from perf's pipe mode.
 *
 *   file: header -> attrs (one an event) -> data: records -> features (build ids, event names)
 *   pipe: short header -> records, attrs and features among them
 *
 * Buffers of several processors are not in order of time: an index of the records is sorted, then
 * each is applied to the address spaces of perf_space.h or becomes a sample. Records without times
 * come before all samples. What `perf record -z` packed is one zstd stream, cut into records.
 *
 * Named and measured as google's perf_to_profile does: for each event EVENT_sample (how many) and
 * EVENT_event (the sum of periods), the last the default; the sampled address, then callers, each
 * one byte before its return address, those in no mapping left out; perf's version and command
 * line as comments; the main program's mapping first. Unlike there, a clock's periods have the unit
 * nanoseconds, samples have their process's name as the tag "comm", and perf's dummy event, which
 * `perf record -a` adds and which never fires, has no values.
 */
#include "profile/perf.h"

#include "base/err.h"
#include "profile/decode.h"
#include "profile/sort.h"

enum {
    MAX_WORDS = 4096,
    HEADER_SIZE = 104,
    PIPE_HEADER_SIZE = 16,
    RECORD_ATTR = 64,
    RECORD_TRACING_DATA = 66,
    RECORD_BUILD_ID = 67,
    RECORD_EVENT_UPDATE = 78,
    RECORD_FEATURE = 80,
    RECORD_COMPRESSED = 81,
    RECORD_COMPRESSED2 = 83, /* says how long it is, for it is padded */
    UPDATE_NAME = 2,
    FEATURE_BUILD_ID = 2,
    FEATURE_VERSION = 5,
    FEATURE_COMMAND = 11,
    FEATURE_EVENT_DESC = 12,
    MISC_BUILD_ID_SIZE = 1 << 15,
};

/* A part of the file; empty when it does not lie within. */
static struct pp_bytes part(const struct pp_perf *p, uint64_t offset, uint64_t size)
{
    size_t len = left(&p->file);
    struct pp_bytes none = { p->file.end, p->file.end };
    if (offset > len || size > len - offset) {
        return none;
    }
    return (struct pp_bytes){ p->file.at + offset, p->file.at + offset + size };
}

/* --- build ids ---------------------------------------------------------------------------- */

/* One of the list of build ids; of several for a file, the first that is not empty counts. */
static void add_build_id(struct pp_perf *p, struct pp_bytes r, uint32_t misc)
{
    enum { ID_FIELD = 24 };
    (void)u32(&r);
    struct pp_perf_build_id made = { .id = r.at, .len = PP_PERF_BUILD_ID_MAX };
    if (left(&r) <= ID_FIELD) {
        return;
    }
    made.len = misc & MISC_BUILD_ID_SIZE ? r.at[PP_PERF_BUILD_ID_MAX] : made.len;
    skip(&r, ID_FIELD);
    struct pp_scan file = c_string(r);
    uint32_t at = made.len ? pp_table_intern(&p->files, file.at, pp_scan_len(file), true) : 0;
    if (at <= p->build_id_count) {
        return;
    }
    if (at == UINT32_MAX || pp_arena_reserve(&p->s.arena, &p->build_ids, &p->build_id_cap,
                                             p->build_id_count, sizeof(made))) {
        p->s.failed = true;
        return;
    }
    p->build_ids[p->build_id_count++] = made;
}

static void read_build_ids(struct pp_perf *p, struct pp_bytes s)
{
    while (left(&s) > 8) {
        struct pp_bytes r = s;
        (void)u32(&r);
        uint32_t misc = (uint32_t)take(&r, 2), size = (uint32_t)take(&r, 2);
        if (size <= 8 || size > left(&s)) {
            return;
        }
        r.end = s.at + size;
        add_build_id(p, r, misc);
        s.at += size;
    }
}

/* --- records in order of time ------------------------------------------------------------- */

/* Where a sample's time stands is the same in all events, as perf takes care of; other records have
 * it at a fixed distance from their end. */
static uint64_t time_of(const struct pp_perf *p, uint32_t type, struct pp_bytes body)
{
    const struct pp_perf_event *e = &p->events[0];
    if (!(e->sample_type & HAS_TIME)) {
        return type == PERF_RECORD_SAMPLE;
    }
    if (type == PERF_RECORD_SAMPLE) {
        uint64_t before = e->sample_type & (HAS_IDENTIFIER | HAS_IP | HAS_TID);
        skip(&body, 8 * (size_t)__builtin_popcountll(before));
        return u64(&body);
    }
    uint64_t behind = e->sample_type & (HAS_ID | HAS_STREAM_ID | HAS_CPU | HAS_IDENTIFIER);
    size_t from_end = 8 * (1 + (size_t)__builtin_popcountll(behind));
    if (!e->has_trailer || left(&body) < from_end) {
        return 0;
    }
    body.at = body.end - from_end;
    return u64(&body);
}

static bool is_used(uint32_t type)
{
    return type == PERF_RECORD_SAMPLE || type == PERF_RECORD_MMAP || type == PERF_RECORD_MMAP2 ||
           type == PERF_RECORD_COMM || type == PERF_RECORD_FORK;
}

static void add_entry(struct pp_perf *p, struct pp_perf_entry entry)
{
    if (pp_arena_reserve(&p->s.arena, &p->entries, &p->entry_cap, p->entry_count,
                         sizeof(*p->entries))) {
        p->s.failed = true;
        return;
    }
    entry.time = time_of(p, entry.type, entry.body);
    p->entries[p->entry_count++] = entry;
}

/* Takes the record at the front of s; false at the end, or where the file is broken off. */
static bool next_record(struct pp_bytes *s, struct pp_perf_entry *entry)
{
    struct pp_bytes head = *s;
    if (left(s) < 8) {
        return false;
    }
    entry->type = u32(&head);
    entry->misc = (uint32_t)take(&head, 2);
    uint32_t size = (uint32_t)take(&head, 2);
    if (size < 8 || size > left(s)) {
        return false;
    }
    entry->body = (struct pp_bytes){ head.at, s->at + size };
    s->at += size;
    return true;
}

static int by_time(const void *a, const void *b, void *ctx)
{
    const struct pp_perf_entry *x = a, *y = b;
    (void)ctx;
    return x->time < y->time ? -1 : x->time > y->time;
}

static void apply_all(struct pp_perf *p)
{
    if (p->s.failed ||
        pp_sort(p->entries, p->entry_count, sizeof(*p->entries), by_time, NULL, &p->s.arena)) {
        p->s.failed = true;
    }
    for (size_t i = 0; i < p->entry_count && !p->s.failed; i++) {
        pp_perf_apply(p, &p->entries[i]);
        p->s.failed |= p->space.failed;
    }
}

/* --- the file ----------------------------------------------------------------------------- */

static void read_feature(struct pp_perf *p, uint64_t feature, struct pp_bytes s)
{
    struct pp_bytes whole = s;
    switch (feature) {
    case FEATURE_BUILD_ID:
        read_build_ids(p, s);
        break;
    case FEATURE_EVENT_DESC:
        pp_perf_name_events(p, s);
        break;
    case FEATURE_VERSION:
        skip(&whole, 4);
        p->version = c_string(whole);
        break;
    case FEATURE_COMMAND:
        p->command = s;
        break;
    default:
        break;
    }
}

static void read_features(struct pp_perf *p, uint64_t at, uint64_t flags)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        if (flags >> bit & 1) {
            struct pp_bytes section = part(p, at, 16);
            uint64_t offset = u64(&section), size = u64(&section);
            read_feature(p, bit, part(p, offset, size));
            at += 16;
        }
    }
}

static void add_comments(struct pp_perf *p)
{
    struct pp_buf text;
    uint32_t words = u32(&p->command);
    pp_buf_init(&text, &p->s.arena);
    if (p->version.at < p->version.end) {
        pp_buf_str(&text, "perf-version:");
        pp_buf_append(&text, p->version.at, pp_scan_len(p->version));
        pp_build_comment(p->s.build, text.data ? text.data : "");
    }
    pp_buf_init(&text, &p->s.arena);
    pp_buf_str(&text, "perf-command:");
    for (uint32_t i = 0; i < words && i < MAX_WORDS && left(&p->command) > 4; i++) {
        uint32_t len = u32(&p->command);
        len = len > left(&p->command) ? (uint32_t)left(&p->command) : len;
        struct pp_scan word = c_string((struct pp_bytes){ p->command.at, p->command.at + len });
        pp_buf_str(&text, i ? " " : "");
        pp_buf_append(&text, word.at, pp_scan_len(word));
        p->command.at += len;
    }
    if (words && text.data) {
        pp_build_comment(p->s.build, text.data);
    }
    p->s.failed |= text.err != 0;
}

static void read_header(struct pp_perf *p)
{
    struct pp_bytes h = { p->file.at + 8, p->file.at + HEADER_SIZE };
    (void)u64(&h);
    uint64_t attr_size = u64(&h), attrs = u64(&h), attrs_size = u64(&h);
    uint64_t data = u64(&h), data_size = u64(&h);
    skip(&h, 16);
    uint64_t flags = u64(&h);
    struct pp_bytes list = part(p, attrs, attrs_size);
    while (attr_size >= 64 && attr_size <= left(&list)) {
        struct pp_bytes ids = { list.at + attr_size - 16, list.at + attr_size };
        uint64_t at = u64(&ids), size = u64(&ids);
        pp_perf_add_event(p, list, part(p, at, size));
        list.at += attr_size;
    }
    p->data = part(p, data, data_size);
    read_features(p, data + data_size, flags);
}

/* A name for the event of an id, which a pipe may tell late. */
static void read_update(struct pp_perf *p, struct pp_bytes r)
{
    uint64_t kind = u64(&r), id = u64(&r);
    if (kind == UPDATE_NAME && p->event_count) {
        p->events[pp_perf_event_of(p, id)].name = c_string(r);
    }
}

/* In a pipe everything is a record. */
static void read_announcement(struct pp_perf *p, const struct pp_perf_entry *entry)
{
    struct pp_bytes r = entry->body, attr = r;
    uint32_t attr_size = 0;
    switch (entry->type) {
    case RECORD_ATTR:
        (void)u32(&attr);
        attr_size = u32(&attr);
        if (attr_size >= 48 && attr_size <= left(&r)) {
            pp_perf_add_event(p, r, (struct pp_bytes){ r.at + attr_size, r.end });
        }
        break;
    case RECORD_BUILD_ID:
        add_build_id(p, r, entry->misc);
        break;
    case RECORD_EVENT_UPDATE:
        read_update(p, r);
        break;
    case RECORD_FEATURE: {
        uint64_t feature = u64(&r);
        read_feature(p, feature, r);
        break;
    }
    default:
        break;
    }
}

static void keep_packed(struct pp_perf *p, const struct pp_perf_entry *entry)
{
    struct pp_bytes r = entry->body;
    if (entry->type == RECORD_COMPRESSED2) {
        uint64_t size = u64(&r);
        r.end = size < left(&r) ? r.at + size : r.end;
    }
    pp_buf_append(&p->packed, r.at, left(&r));
}

/* perf never ends its stream, so its end says nothing; what came before it is read. */
static int read_packed(struct pp_perf *p, struct pprof_error *error)
{
    struct pp_buf plain;
    struct pp_perf_entry entry = { 0 };
    if (!p->packed.len) {
        return 0;
    }
    if (!pp_zstd_unpack) {
        return pp_err_set(error, PPROF_ERR_UNSUPPORTED,
                          "parsing profile: perf.data is compressed by zstd");
    }
    pp_buf_init(&plain, &p->s.arena);
    int err = pp_zstd_unpack(&plain, p->packed.data, p->packed.len, p->memory_cap_bytes, error);
    if (err && !(err == PPROF_ERR_FORMAT && plain.len)) {
        return err;
    }
    struct pp_bytes s = { (const unsigned char *)plain.data,
                          (const unsigned char *)plain.data + plain.len };
    while (!p->s.failed && next_record(&s, &entry)) {
        if (is_used(entry.type)) {
            add_entry(p, entry);
        }
    }
    return 0;
}

/* One pass for what stands first in a file as well, one for all else. */
static void read_records(struct pp_perf *p, bool is_pipe, bool announced)
{
    struct pp_bytes s = p->data;
    struct pp_perf_entry entry = { 0 };
    while (!p->s.failed && next_record(&s, &entry)) {
        if (is_used(entry.type)) {
            if (announced) {
                add_entry(p, entry);
            }
        } else if (entry.type == RECORD_COMPRESSED || entry.type == RECORD_COMPRESSED2) {
            if (announced) {
                keep_packed(p, &entry);
            }
        } else if (is_pipe && !announced) {
            read_announcement(p, &entry);
        }
        if (entry.type == RECORD_TRACING_DATA && is_pipe) {
            struct pp_bytes size = entry.body;
            skip(&s, ((size_t)u32(&size) + 7) & ~(size_t)7); /* follows the record, uncounted */
        }
    }
}

static int read_file(struct pp_perf *p, struct pprof_error *error)
{
    struct pp_bytes h = { p->file.at + 8, p->file.end };
    bool is_pipe = u64(&h) == PIPE_HEADER_SIZE;
    if (pp_table_init(&p->files, &p->s.arena)) {
        p->s.failed = true;
        return 0;
    }
    if (is_pipe) {
        p->data = h;
        read_records(p, true, false);
    } else {
        read_header(p);
    }
    if (!p->event_count || p->data.at == p->data.end) {
        return pp_err_set(error, PPROF_ERR_FORMAT, "parsing profile: perf.data %s",
                          p->event_count ? "is cut short: no records" : "without events");
    }
    pp_perf_add_types(p);
    add_comments(p);
    p->comm_key = pp_build_cstr(p->s.build, "comm");
    pp_buf_init(&p->packed, &p->s.arena);
    read_records(p, is_pipe, true);
    int err = read_packed(p, error);
    if (!err) {
        apply_all(p);
    }
    return err;
}

int pp_perf_decode(const void *data, size_t len, size_t memory_cap_bytes,
                   struct pprof_profile **profile, struct pprof_error *error)
{
    if (len < 8 || memcmp(data, "PERFILE2", 8) != 0) {
        return PPROF_ERR_UNKNOWN;
    }
    uint64_t header = 0;
    memcpy(&header, (const char *)data + 8, len < 16 ? 0 : 8);
    if (len < 16 || (header != PIPE_HEADER_SIZE && len < HEADER_SIZE)) {
        return pp_err_set(error, PPROF_ERR_FORMAT, "parsing profile: perf.data is cut short");
    }
    struct pp_perf p = { .file = { data, (const unsigned char *)data + len },
                         .memory_cap_bytes = memory_cap_bytes };
    if (pp_stacks_init(&p.s, memory_cap_bytes)) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "reading the profile: out of memory");
    }
    pp_perf_space_init(&p.space, &p.s.arena);
    int err = read_file(&p, error);
    err = err ? err : pp_stacks_finish(&p.s, profile, error);
    pp_stacks_release(&p.s);
    return err;
}
